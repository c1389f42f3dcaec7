/* schemas.c - registering the schemas in the order of their ids, and refusing a registry that numbers them otherwise.
 *
 * A registry counts ids up from 1. All are looked up before the first is registered, so that a registry that holds
 * something else is left as it was. */
#include "events/publish/publish.h"
#include "events/publish/registry.h"

#include "base/clock.h"
#include "msg/schemas.h"

#include <stdio.h>
#include <unistd.h>

enum { PATIENCE_US = 120000000, PAUSE_US = 500000 };

static enum status wrong_id(const struct schema_text *schema, int32_t id, struct err *err)
{
    return err_set(err, ST_FATAL,
                   "The registry knows %s version %d under id %d, but events/schema-ids says %d: it was filled by "
                   "somebody else; give the shop a registry of its own",
                   schema->name, schema->version, id, schema->id);
}

/* How many it holds already, which are then the first ones. */
static enum status count_registered(struct registry *registry, size_t *count, struct err *err)
{
    int32_t id = 1;

    *count = 0;
    for (size_t i = 0; i < msg_schema_text_count; i++) {
        enum status status = registry_find(registry, msg_schema_texts[i].name, msg_schema_texts[i].text, &id, err);

        if (status != ST_OK)
            return status;
        if (id != 0 && id != msg_schema_texts[i].id)
            return wrong_id(&msg_schema_texts[i], id, err);
        if (id != 0 && *count < i)
            return err_set(err, ST_FATAL, "The registry has %s but lacks %s, which must come before it",
                           msg_schema_texts[i].name, msg_schema_texts[*count].name);
        if (id != 0)
            *count = i + 1;
    }
    return ST_OK;
}

static enum status register_rest(struct registry *registry, size_t count, struct err *err)
{
    for (size_t i = count; i < msg_schema_text_count; i++) {
        const struct schema_text *schema = &msg_schema_texts[i];
        enum status status;
        int32_t id;

        status = registry_add(registry, schema->name, schema->text, &id, err);
        if (status != ST_OK)
            return status;
        if (id != schema->id)
            return wrong_id(schema, id, err);
        printf("%s version %d: registered as %d\n", schema->name, schema->version, id);
    }
    return ST_OK;
}

static enum status one_round(struct registry *registry, bool change, struct err *err)
{
    enum status status = registry_ready(registry, err);
    size_t count = 0;

    if (status == ST_OK)
        status = count_registered(registry, &count, err);
    if (status != ST_OK)
        return status;
    if (!change && count < msg_schema_text_count)
        return err_set(err, ST_FATAL, "The registry lacks %zu schemas, the first is %s", msg_schema_text_count - count,
                       msg_schema_texts[count].name);
    if (!change)
        return ST_OK;
    status = registry_demand_compatibility(registry, err);
    return status == ST_OK ? register_rest(registry, count, err) : status;
}

enum status publish_schemas(const char *address, bool change, struct err *err)
{
    struct registry *registry = registry_open(address);
    int64_t end_us = clock_steady_us() + PATIENCE_US;
    enum status status;

    while ((status = one_round(registry, change, err)) == ST_RETRY && clock_steady_us() < end_us)
        usleep(PAUSE_US);
    if (status == ST_OK)
        printf("%zu schemas are registered under their ids\n", msg_schema_text_count);
    registry_close(registry);
    return status;
}
