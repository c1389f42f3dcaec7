/* why_rows.c - what the services' databases hold of one order. What is sealed lies in bytea columns, and is left out. */
#include <stdio.h>
#include <string.h>

#include "streams/shopctl/shopctl.h"
#include "streams/shopctl/why.h"

static void read_row(const struct why *why, struct witness *witness)
{
    const char *const key[] = {why->order.ptr};
    const char *name;
    json_t *value;
    char sql[128];
    PGresult *rows;
    void *next;

    snprintf(sql, sizeof(sql), "SELECT state, to_jsonb(t) FROM %s t WHERE key = $1", witness->role->table);
    rows = database_rows(witness->database, sql, key, 1);
    if (!rows || PQntuples(rows) == 0) {
        PQclear(rows);
        return;
    }
    witness->state = (int32_t)database_long(rows, 0, 0);
    witness->row = json_loads(PQgetvalue(rows, 0, 1), 0, NULL);
    json_object_foreach_safe(witness->row, next, name,
                             value) if (json_is_string(value) && strncmp(json_string_value(value), "\\x", 2) == 0)
        json_object_del(witness->row, name);
    json_object_del(witness->row, "key");
    json_object_del(witness->row, "state");
    PQclear(rows);
}

static void read_waiting(const struct why *why, struct witness *witness)
{
    const char *const key[] = {why->order.ptr};

    witness->deadlines = database_rows(
        witness->database, "SELECT type, due_ms, patient FROM deadline WHERE key = $1 ORDER BY due_ms", key, 1);
    witness->parked = database_rows(witness->database,
                                    "SELECT topic, type, reason, (extract(epoch FROM parked_at) * 1000)::bigint, "
                                    "at_offset, again FROM parked WHERE key = convert_to($1, 'UTF8') "
                                    "ORDER BY parked_at, at_offset",
                                    key, 1);
    witness->outbox = database_rows(
        witness->database,
        "SELECT topic, coalesce(substring(headers from 'ce-type: ([^\\n]*)'), '?') FROM outbox "
        "WHERE key = convert_to($1, 'UTF8') ORDER BY seq",
        key, 1);
}

void why_read_rows(struct why *why)
{
    for (size_t i = 0; i < why->look.databases.count && why->witness_count < WITNESSES_MAX; i++) {
        struct witness *witness = &why->witnesses[why->witness_count++];

        *witness = (struct witness){.database = &why->look.databases.list[i], .state = -1};
        witness->role = role_of(witness->database->name);
        for (size_t r = 0; r < why->look.reader_count; r++)
            if (strcmp(why->look.readers[r].name, witness->database->name) == 0)
                witness->reader = &why->look.readers[r];
        if (witness->role)
            read_row(why, witness);
        read_waiting(why, witness);
    }
}

void why_release_rows(struct why *why)
{
    for (size_t i = 0; i < why->witness_count; i++) {
        json_decref(why->witnesses[i].row);
        PQclear(why->witnesses[i].deadlines);
        PQclear(why->witnesses[i].parked);
        PQclear(why->witnesses[i].outbox);
    }
}

bool why_known(const struct why *why)
{
    bool known = why->told_count > 0;

    for (size_t i = 0; i < why->witness_count; i++) {
        const struct witness *witness = &why->witnesses[i];

        known = known || witness->state >= 0 || PQntuples(witness->parked) > 0 || PQntuples(witness->outbox) > 0;
    }
    return known;
}
