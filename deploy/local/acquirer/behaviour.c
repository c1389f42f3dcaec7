/* behaviour.c - dice that fall the same way for the same seed, key and try, whatever else goes on. */
#include "deploy/local/acquirer/behaviour.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { SLOW_MAX_MS = 600000 };

static enum status change_one(struct behaviour *behaviour, const char *name, const json_t *value, struct err *err)
{
    const struct {
        const char *name;
        double *rate;
        int64_t *count;
        int64_t most;
    } members[] = {
        {"slow_ms", NULL, &behaviour->slow_ms, SLOW_MAX_MS},
        {"fail_rate", &behaviour->fail_rate, NULL, 1},
        {"decline_rate", &behaviour->decline_rate, NULL, 1},
        {"charge_then_timeout_rate", &behaviour->charge_then_timeout_rate, NULL, 1},
        {"seed", NULL, &behaviour->seed, INT64_MAX},
    };

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        double number = json_number_value(value);

        if (strcmp(name, members[i].name) != 0)
            continue;
        if (!json_is_number(value) || number < 0 || number > (double)members[i].most ||
            (members[i].count && !json_is_integer(value)))
            return err_set(err, ST_REJECT, "%s must be a number from 0 to %" PRId64, name, members[i].most);
        if (members[i].rate)
            *members[i].rate = number;
        else
            *members[i].count = json_integer_value(value);
        return ST_OK;
    }
    return err_set(err, ST_REJECT, "there is no behaviour of this name");
}

enum status behaviour_change(struct behaviour *behaviour, struct str json, struct err *err)
{
    json_t *object = json_loadb(json.ptr ? json.ptr : "", json.len, JSON_REJECT_DUPLICATES, NULL), *value;
    struct behaviour changed = *behaviour;
    enum status status = ST_OK;
    const char *name;

    if (!json_is_object(object))
        status = err_set(err, ST_REJECT, "the body must be a JSON object");
    json_object_foreach(object, name, value)
    {
        if (status == ST_OK)
            status = change_one(&changed, name, value, err);
    }
    json_decref(object);
    if (status == ST_OK)
        *behaviour = changed;
    return status;
}

void behaviour_print(const struct behaviour *behaviour, struct out *out)
{
    char text[256];
    int len = snprintf(text, sizeof(text),
                       "{\"slow_ms\":%" PRId64 ",\"fail_rate\":%g,\"decline_rate\":%g,\"charge_then_timeout_rate\":%g,"
                       "\"seed\":%" PRId64 "}\n",
                       behaviour->slow_ms, behaviour->fail_rate, behaviour->decline_rate,
                       behaviour->charge_then_timeout_rate, behaviour->seed);

    out_put(out, text, (size_t)len);
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 32;
}

bool behaviour_dice(const struct behaviour *behaviour, double rate, const char *key, unsigned tries,
                    const char *purpose)
{
    uint64_t hash = mix((uint64_t)behaviour->seed + 1, tries);

    if (rate <= 0)
        return false;
    for (const char *at = key; *at; at++)
        hash = mix(hash, (unsigned char)*at);
    for (const char *at = purpose; *at; at++)
        hash = mix(hash, (unsigned char)*at);
    return (double)(mix(hash, 1) >> 11) / (double)(UINT64_C(1) << 53) < rate;
}
