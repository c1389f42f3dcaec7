/* digest.h - what a service knows, as numbers that can be compared: rows and a SHA-256 for each table, and one for all of it.
 *
 * A row's text is its columns by name, as JSON, so the order of columns and of rows in the table makes no difference. */
#ifndef SHOPCTL_DIGEST_H
#define SHOPCTL_DIGEST_H

#include "streams/shopctl/database.h"
#include "streams/shopctl/shopctl.h"

enum { DIGEST_TABLES_MAX = 32, DIGEST_TEXT_LEN = 64 };

struct digest_table {
    char name[64]; /* as SQL wants it: quoted where it must be */
    int64_t rows;
    char sha256[DIGEST_TEXT_LEN + 1];
};

struct digest {
    struct digest_table tables[DIGEST_TABLES_MAX];
    size_t count;
    int64_t rows;
    char sha256[DIGEST_TEXT_LEN + 1]; /* of all tables */
};

/* False: the database is away or refuses, and its why says it. In a transaction the tables are seen at one moment only
 * when nobody can write meanwhile. */
bool digest_take(struct database *database, struct digest *digest);

/* Each row's key and digest, by key in the order of bytes; NULL as database_rows. Only for tables with a key. */
PGresult *digest_rows(struct database *database, const char *table);

#endif
