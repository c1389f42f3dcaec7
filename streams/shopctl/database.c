/* database.c - looking into the services' databases. */
#include "streams/shopctl/database.h"

#include "base/crash.h"

#include <ctype.h>
#include <dirent.h>
#include <hiredis/hiredis.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PREFIX "DATABASE_URL_"
#define FILE_PREFIX "database-"
#define REDIS_PREFIX "redis://"

enum { PATIENCE_S = 3, REDIS_PORT = 6379 };

/* What libpq has to say, without its line end. */
static void note(struct database *database, const char *text)
{
    size_t len = strcspn(text, "\n");

    err_set(&database->why, ST_RETRY, "%.*s", (int)len, text);
}

static void open_link(struct database *database, const char *url)
{
    const char *const names[] = {"dbname", "connect_timeout", "application_name", "options", NULL};
    const char *const values[] = {url, "3", "shopctl", "-c statement_timeout=30000", NULL};

    database->link = PQconnectdbParams(names, values, 1);
    if (PQstatus(database->link) == CONNECTION_OK) {
        PQsetErrorVerbosity(database->link, PQERRORS_TERSE); /* the detail quotes rows */
        return;
    }
    note(database, PQerrorMessage(database->link));
    PQfinish(database->link);
    database->link = NULL;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct database *)a)->name, ((const struct database *)b)->name);
}

static void add(struct databases *databases, const char *name, size_t len, const char *url)
{
    struct database *database = &databases->list[databases->count];

    if (len == 0 || len >= sizeof(database->name) ||
        databases->count == sizeof(databases->list) / sizeof(databases->list[0]))
        return;
    for (size_t i = 0; i < len; i++)
        database->name[i] = (char)tolower((unsigned char)name[i]);
    open_link(database, url);
    databases->count++;
}

/* A container's: DATABASE_URLS names a folder in which database-NAME holds the address of NAME's. */
static void add_files(struct databases *databases, const char *folder)
{
    DIR *entries = opendir(folder);
    char path[PATH_MAX], url[512];

    for (struct dirent *entry; entries && (entry = readdir(entries));) {
        FILE *file;

        if (strncmp(entry->d_name, FILE_PREFIX, sizeof(FILE_PREFIX) - 1) != 0)
            continue;
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        file = fopen(path, "re");
        if (file && fgets(url, sizeof(url), file)) {
            url[strcspn(url, "\n")] = '\0';
            add(databases, entry->d_name + sizeof(FILE_PREFIX) - 1, strlen(entry->d_name) - (sizeof(FILE_PREFIX) - 1),
                url);
        }
        if (file)
            fclose(file);
    }
    if (entries)
        closedir(entries);
}

enum status databases_open(struct databases *databases, struct err *err)
{
    const char *folder = getenv("DATABASE_URLS");

    *databases = (struct databases){.count = 0};
    for (char **variable = environ; *variable; variable++) {
        const char *equals = strchr(*variable, '='), *name = *variable + sizeof(PREFIX) - 1;

        if (equals && strncmp(*variable, PREFIX, sizeof(PREFIX) - 1) == 0)
            add(databases, name, (size_t)(equals - name), equals + 1);
    }
    if (folder)
        add_files(databases, folder);
    qsort(databases->list, databases->count, sizeof(databases->list[0]), by_name);
    return databases->count
               ? ST_OK
               : err_set(err, ST_FATAL,
                         "neither DATABASE_URL_... nor a folder DATABASE_URLS with database-... files is set: "
                         "source .run/env (or RUN/env) first");
}

void databases_close(struct databases *databases)
{
    for (size_t i = 0; i < databases->count; i++)
        PQfinish(databases->list[i].link);
    databases->count = 0;
}

struct database *database_named(struct databases *databases, const char *name)
{
    for (size_t i = 0; i < databases->count; i++)
        if (strcmp(databases->list[i].name, name) == 0)
            return &databases->list[i];
    return NULL;
}

/* Takes rows. */
static PGresult *judged(struct database *database, PGresult *rows)
{
    if (PQresultStatus(rows) == PGRES_TUPLES_OK || PQresultStatus(rows) == PGRES_COMMAND_OK)
        return rows;
    note(database, PQresultErrorMessage(rows));
    PQclear(rows);
    return NULL;
}

PGresult *database_rows(struct database *database, const char *sql, const char *const *parameters, int count)
{
    if (!database->link)
        return NULL;
    /* READS */
    return judged(database, PQexecParams(database->link, sql, count, NULL, parameters, NULL, NULL, 0));
}

PGresult *database_change(struct database *database, const struct effect *effect, const char *sql,
                          const char *const *parameters, int count)
{
    PGresult *rows = NULL, *next;
    int sent;

    if (!database->link)
        return NULL;
    effect_before(effect);
    sent = PQsendQueryParams(database->link, sql, count, NULL, parameters, NULL, NULL, 0);
    effect_after(effect);
    while (sent && (next = PQgetResult(database->link))) {
        PQclear(rows);
        rows = next;
    }
    effect_answered(effect);
    if (rows)
        return judged(database, rows);
    note(database, PQerrorMessage(database->link));
    return NULL;
}

struct str database_text(const PGresult *rows, int row, int column)
{
    return (struct str){PQgetvalue(rows, row, column), (size_t)PQgetlength(rows, row, column)};
}

int64_t database_long(const PGresult *rows, int row, int column)
{
    return strtoll(PQgetvalue(rows, row, column), NULL, 10);
}

struct redisContext *database_redis(struct err *err)
{
    const struct timeval patience = {PATIENCE_S, 0};
    const char *url = getenv("REDIS_URL"), *address, *colon;
    redisContext *link;
    char host[128];

    if (!url || strncmp(url, REDIS_PREFIX, sizeof(REDIS_PREFIX) - 1) != 0) {
        err_set(err, ST_FATAL, "REDIS_URL is not set: source .run/env (or RUN/env) first");
        return NULL;
    }
    address = url + sizeof(REDIS_PREFIX) - 1;
    colon = strchr(address, ':');
    snprintf(host, sizeof(host), "%.*s", (int)(colon ? colon - address : (ptrdiff_t)strlen(address)), address);
    link = redisConnectWithTimeout(host, colon ? (int)strtol(colon + 1, NULL, 10) : REDIS_PORT, patience);
    if (link && !link->err)
        return link;
    err_set(err, ST_RETRY, "Redis at %s: %s", url, link ? link->errstr : "no answer");
    if (link)
        redisFree(link);
    return NULL;
}
