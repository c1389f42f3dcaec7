/* erase.c - one transaction in Postgres, then what Redis has of the same. */
#include "gateway/forget/erase.h"

#include <stdlib.h>

#include "base/crash.h"

static const struct pg_statement end_sessions = {"forget_sessions",
                                                 "DELETE FROM session WHERE user_id = $1::uuid RETURNING token_hash"};
static const struct pg_statement end_merges = {
    "forget_merges", "DELETE FROM merge_due WHERE user_id = $1::uuid OR from_user_id = $1::uuid"};
static const struct pg_statement end_account = {"forget_account",
                                                "DELETE FROM account WHERE user_id = $1::uuid RETURNING mail_hash"};
static const struct pg_statement end_accounts = {
    "forget_again", "DELETE FROM account WHERE user_id = ANY(string_to_array($1, ',')::uuid[])"};

enum { STORES = 3 };

struct erasing {
    struct accounts *accounts;
    struct str user_id;
    struct arena *arena;
    erased_fn *then;
    void *context;
};

static void forget_tries(struct erasing *erasing, const PGresult *account)
{
    struct tries *tries = erasing->accounts->tries;

    tries_forget(tries, arena_printf(erasing->arena, "change:" STR_FMT, STR_ARG(erasing->user_id)));
    for (int row = 0; row < PQntuples(account); row++)
        tries_forget(tries, arena_printf(erasing->arena, "account:" STR_FMT, STR_ARG(result_text(account, row, 0))));
}

static void on_erased(void *context, enum status status, PGresult *const *results)
{
    static const char *const stores[STORES] = {"gateway.session", "gateway.merge_due", "gateway.account"};
    struct erasing *erasing = context;
    struct erased *items = arena_array(erasing->arena, STORES, sizeof *items);

    for (size_t i = 0; status == ST_OK && i < STORES; i++)
        items[i] = (struct erased){str_of(stores[i]), strtol(PQcmdTuples(results[i]), NULL, 10)};
    for (int row = 0; status == ST_OK && row < PQntuples(results[0]); row++)
        members_forget(erasing->accounts->members, result_text(results[0], row, 0));
    if (status == ST_OK)
        forget_tries(erasing, results[2]);
    erasing->then(erasing->context, status == ST_OK, &(struct erased_list){items, STORES});
    free(erasing);
}

void erase(struct accounts *accounts, struct str user_id, struct arena *arena, erased_fn *then, void *context)
{
    static const struct pg_statement *const all[STORES] = {&end_sessions, &end_merges, &end_account};
    struct erasing *erasing = calloc(1, sizeof *erasing);
    struct question *question = question_new();

    if (erasing == NULL)
        abort();
    *erasing = (struct erasing){accounts, user_id, arena, then, context};
    for (size_t i = 0; i < STORES; i++)
        question_text(question, question_add(question, all[i]), user_id);
    book_ask(accounts->book, EFFECT("forget-account", "a forgotten customer's account and sessions are taken out"),
             question, on_erased, erasing);
}

/* --- a database from before --------------------------------------------------------------------------------------------- */

struct sweeping {
    void (*then)(void *context, long count);
    void *context;
};

static void on_swept(void *context, enum status status, PGresult *const *results)
{
    struct sweeping *sweeping = context;

    sweeping->then(sweeping->context, status == ST_OK ? strtol(PQcmdTuples(results[0]), NULL, 10) : -1);
    free(sweeping);
}

void erase_again(struct accounts *accounts, const struct id_set *users, void (*then)(void *context, long count),
                 void *context)
{
    struct sweeping *sweeping = calloc(1, sizeof *sweeping);
    struct question *question = question_new();
    struct arena *arena = question_arena(question);
    struct str *texts = id_set_texts(users, arena);
    char *list = arena_alloc(arena, users->count * (ID_TEXT_LEN + 1) + 1);
    size_t len = 0;

    if (sweeping == NULL)
        abort();
    *sweeping = (struct sweeping){then, context};
    for (size_t i = 0; i < users->count; i++) {
        if (len)
            list[len++] = ',';
        memcpy(list + len, texts[i].ptr, texts[i].len);
        len += texts[i].len;
    }
    question_text(question, question_add(question, &end_accounts), (struct str){list, len});
    book_ask(accounts->book, EFFECT("forget-again", "forgotten customers are taken out of a database from before"),
             question, on_swept, sweeping);
}
