/* database.h - the services' own databases, as the keeper's tool looks into them: by DATABASE_URL_<SERVICE>.
 *
 * Blocking, with short patience: a database that is away is told by its name, and the others are looked at all the same. */
#ifndef SHOPCTL_DATABASE_H
#define SHOPCTL_DATABASE_H

#include <libpq-fe.h>
#include <stdint.h>

#include "base/crash.h"
#include "base/status.h"
#include "base/str.h"

struct redisContext;

struct database {
    char name[32];  /* of the service: "checkout" */
    PGconn *link;   /* NULL: it is away */
    struct err why; /* it is away, or a query failed */
};

struct databases {
    struct database list[24];
    size_t count;
};

/* Connects to every one that the environment names (DATABASE_URL_NAME=address, or files database-NAME in the folder
 * DATABASE_URLS), in the alphabet's order. ST_FATAL when it names none: RUN/env was not read. */
enum status databases_open(struct databases *databases, struct err *err) must_check;
void databases_close(struct databases *databases);

/* NULL when the environment does not name it. */
struct database *database_named(struct databases *databases, const char *name);

/* Rows as text (none for what has no rows, as BEGIN); NULL when it is away or refuses, and why says it. Parameters are text,
 * NULL for none; freed by PQclear. */
PGresult *database_rows(struct database *database, const char *sql, const char *const *parameters, int count);

/* The same for what changes something: EFFECT("operator-drop", "...") names the place where an operator's tool may die. */
PGresult *database_change(struct database *database, const struct effect *effect, const char *sql,
                          const char *const *parameters, int count);

/* Fields of such rows. */
struct str database_text(const PGresult *rows, int row, int column);
int64_t database_long(const PGresult *rows, int row, int column);

/* The views' Redis, by REDIS_URL, for whoever asks it one question; the caller frees it by redisFree. NULL: it is away. */
struct redisContext *database_redis(struct err *err);

#endif
