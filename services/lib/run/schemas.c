/* schemas.c - GET <registry>/schemas/ids/<id> (Confluent's API), by the helper thread. */
#include "run/schemas.h"

#include <curl/curl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "run/engine.h"

enum { TRIES = 5, PATIENCE_MS = 2000, PAUSE_US = 500000, ANSWER_BYTES = 256 * 1024, GIVEN_UP_MAX = 64 };

struct schemas {
    struct run *run;
    bool fetching;
    int32_t given_up[GIVEN_UP_MAX];
    size_t given_up_count;
};

struct fetch {
    struct aside_job job;
    struct schemas *schemas;
    int32_t id;
    char url[512];
    char answer[ANSWER_BYTES];
    size_t answer_bytes;
    long code;
};

static size_t take(char *bytes, size_t size, size_t count, void *context)
{
    struct fetch *fetch = context;

    if (fetch->answer_bytes + size * count >= ANSWER_BYTES)
        return 0;
    memcpy(fetch->answer + fetch->answer_bytes, bytes, size * count);
    fetch->answer_bytes += size * count;
    return size * count;
}

static void ask_once(struct fetch *fetch)
{
    CURL *curl = curl_easy_init();

    fetch->answer_bytes = 0;
    fetch->code = 0;
    if (!curl)
        return;
    curl_easy_setopt(curl, CURLOPT_URL, fetch->url);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)PATIENCE_MS);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, fetch);
    /* READS: a schema is only asked for */
    if (curl_easy_perform(curl) == CURLE_OK)
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &fetch->code);
    curl_easy_cleanup(curl);
}

static void ask(struct aside_job *job)
{
    struct fetch *fetch = (struct fetch *)job;

    for (int i = 0; i < TRIES && fetch->code != 200 && fetch->code != 404; i++) {
        if (i)
            usleep(PAUSE_US);
        ask_once(fetch);
    }
}

static void give_up(struct schemas *schemas, int32_t id)
{
    schemas->given_up[schemas->given_up_count++ % GIVEN_UP_MAX] = id;
}

/* {"schema":"<Avro JSON as a string>", ...} */
static bool learn(struct fetch *fetch)
{
    json_t *answer = json_loadb(fetch->answer, fetch->answer_bytes, JSON_REJECT_DUPLICATES, NULL);
    const char *schema = json_string_value(json_object_get(answer, "schema"));
    struct err err = {"the answer holds no schema"};
    bool learned = schema && plans_learn(fetch->schemas->run->turn->plans, fetch->id, str_of(schema), &err) == ST_OK;

    if (learned)
        log_info("learned schema %d from the registry", fetch->id);
    else
        log_warning("schema %d of the registry is of no use: %s", fetch->id, err.text);
    json_decref(answer);
    return learned;
}

static void asked(struct aside_job *job)
{
    struct fetch *fetch = (struct fetch *)job;
    struct schemas *schemas = fetch->schemas;

    if (!job->closing) {
        schemas->fetching = false;
        if (fetch->code != 200)
            log_warning("schema %d is not to be had at %s (%ld)", fetch->id, fetch->url, fetch->code);
        if (fetch->code != 200 || !learn(fetch))
            give_up(schemas, fetch->id);
        engine_kick(schemas->run);
    }
    free(fetch);
}

struct schemas *schemas_open(struct run *run)
{
    struct schemas *schemas = calloc(1, sizeof(*schemas));

    if (!schemas)
        abort();
    schemas->run = run;
    return schemas;
}

void schemas_close(struct schemas *schemas)
{
    free(schemas);
}

void schemas_fetch(struct run *run, int32_t schema_id)
{
    struct schemas *schemas = run->schemas;
    struct fetch *fetch;

    if (schemas->fetching)
        return;
    if (!*run->settings.registry) {
        give_up(schemas, schema_id);
        engine_kick(run);
        return;
    }
    fetch = calloc(1, sizeof(*fetch));
    if (!fetch)
        abort();
    fetch->job.work = ask;
    fetch->job.done = asked;
    fetch->schemas = schemas;
    fetch->id = schema_id;
    snprintf(fetch->url, sizeof(fetch->url), "%s/schemas/ids/%d", run->settings.registry, (int)schema_id);
    schemas->fetching = true;
    aside_do(run->aside, &fetch->job);
}

void schemas_hope(struct run *run)
{
    run->schemas->given_up_count = 0;
}

bool schemas_given_up(const struct run *run, int32_t schema_id)
{
    const struct schemas *schemas = run->schemas;

    for (size_t i = 0; i < GIVEN_UP_MAX && i < schemas->given_up_count; i++)
        if (schemas->given_up[i] == schema_id)
            return true;
    return false;
}
