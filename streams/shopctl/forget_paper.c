/* forget_paper.c - the certificate: what the shop says that it did, and whether that is so. */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "streams/shopctl/forget.h"
#include "streams/shopctl/product.h"

enum { PATIENCE_TIMES = 100, PAUSE_US = 100 * 1000 };

/* What no database may have of the customer any more. */
static const struct leftover {
    const char *store, *service, *sql;
} leftovers[] = {
    {"gateway.account", "gateway", "SELECT count(*) FROM account WHERE user_id::text = $1"},
    {"gateway.session", "gateway", "SELECT count(*) FROM session WHERE user_id::text = $1"},
    {"gateway.merge_due", "gateway",
     "SELECT count(*) FROM merge_due WHERE user_id::text = $1 OR from_user_id::text = $1"},
    {"cart.carts", "cart", "SELECT count(*) FROM carts WHERE key = $1 AND (lines <> '' OR left_behind <> '')"},
    {"ad.visitor", "ad", "SELECT count(*) FROM visitor WHERE key = $1 AND shown <> ''"},
    {"recommendation.visit", "recommendation", "SELECT count(*) FROM visit WHERE key = $1 AND products <> ''"},
};

enum { LEFTOVERS = sizeof(leftovers) / sizeof(leftovers[0]) };

/* -1: the database is away, or not named by the environment. */
static int64_t count_left(struct forget_case *whom, const struct leftover *leftover)
{
    struct database *database = database_named(&whom->databases, leftover->service);
    const char *const parameters[] = {whom->user_id.ptr};
    PGresult *rows = database && database->link ? database_rows(database, leftover->sql, parameters, 1) : NULL;
    int64_t count = rows ? database_long(rows, 0, 0) : -1;

    PQclear(rows);
    return count;
}

/* The services hear of it at about the same time as we do: they are given ten seconds. */
static int64_t wait_for_none(struct forget_case *whom, const struct leftover *leftover)
{
    int64_t count = count_left(whom, leftover);

    for (int i = 0; count > 0 && i < PATIENCE_TIMES; i++) {
        usleep(PAUSE_US);
        count = count_left(whom, leftover);
    }
    return count;
}

static bool is_theirs(const struct forget_case *whom, struct str key_id)
{
    for (size_t i = 0; i < whom->paper->key_ids.count; i++)
        if (str_equal(whom->paper->key_ids.items[i], key_id))
            return true;
    return false;
}

static void hear_key(void *context, const struct msg *heard)
{
    struct forget_case *whom = context;
    const struct customer_key *key = heard->body;

    if (heard->type != MSG_CUSTOMER_KEY || !is_theirs(whom, key->key_id))
        return;
    whom->keys += !key->forgotten;
    whom->dark += key->forgotten && key->wraps.count == 0;
}

static void print_text(struct forget_case *whom, const int64_t left[LEFTOVERS])
{
    const struct customer_forgotten *paper = whom->paper;
    struct str asked = product_time(paper->asked_at_ms, &whom->arena);
    struct str done = product_time(whom->paper_ms, &whom->arena);

    printf("Customer " STR_FMT " is forgotten.\n  asked for by  " STR_FMT ", " STR_FMT "\n  done          " STR_FMT
           "\n",
           STR_ARG(paper->user_id), STR_ARG(paper->asked_by), STR_ARG(asked), STR_ARG(done));
    for (size_t i = 0; i < paper->orders.count; i++)
        printf("  %-13s " STR_FMT "\n", i == 0 ? "orders" : "", STR_ARG(paper->orders.items[i]));
    for (size_t i = 0; i < paper->key_ids.count; i++)
        printf("  %-13s " STR_FMT "\n", i == 0 ? "keys" : "", STR_ARG(paper->key_ids.items[i]));
    for (size_t i = 0; i < paper->erased.count; i++)
        printf("  %-13s " STR_FMT ": %" PRId64 "\n", i == 0 ? "erased" : "", STR_ARG(paper->erased.items[i].store),
               paper->erased.items[i].count);
    printf("  %-13s customer.keys: %zu of %zu say nothing any more; %zu with the key wait for compaction\n",
           "looked at", whom->dark < paper->key_ids.count ? whom->dark : paper->key_ids.count, paper->key_ids.count,
           whom->keys);
    for (size_t i = 0; i < LEFTOVERS; i++)
        if (left[i] < 0)
            printf("  %-13s %s: not looked at, its database does not answer\n", "", leftovers[i].store);
        else
            printf("  %-13s %s: %" PRId64 " left\n", "", leftovers[i].store, left[i]);
}

static void print_json(struct forget_case *whom, const int64_t left[LEFTOVERS])
{
    struct str body = msg_json(MSG_CUSTOMER_FORGOTTEN, whom->paper, &whom->arena);
    struct str id = id_text(&whom->paper_id, &whom->arena);

    printf("{\"certificate\":" STR_FMT ",\"message_id\":\"" STR_FMT "\",\"done_at_ms\":%" PRId64
           ",\"keys_dark\":%zu,\"keys_to_be_compacted\":%zu,\"left\":{",
           STR_ARG(body), STR_ARG(id), whom->paper_ms, whom->dark, whom->keys);
    for (size_t i = 0; i < LEFTOVERS; i++)
        if (left[i] < 0)
            printf("%s\"%s\":null", i ? "," : "", leftovers[i].store);
        else
            printf("%s\"%s\":%" PRId64, i ? "," : "", leftovers[i].store, left[i]);
    puts("}}");
}

enum exit_code forget_print(struct forget_case *whom, bool json)
{
    static const enum topic keys[] = {TOPIC_CUSTOMER_KEYS};
    int64_t left[LEFTOVERS];
    bool clean = true;
    struct err err;
    enum status status = hear_all(keys, 1, hear_key, whom, &err);

    if (status != ST_OK)
        return give_up(status, &err);
    for (size_t i = 0; i < LEFTOVERS; i++) {
        left[i] = wait_for_none(whom, &leftovers[i]);
        clean = clean && left[i] <= 0;
    }
    clean = clean && whom->dark >= whom->paper->key_ids.count;
    if (json)
        print_json(whom, left);
    else
        print_text(whom, left);
    if (!clean)
        complain("something is left of them: the services may be behind; look again with the same command");
    return clean ? EXIT_DONE : EXIT_FAILED;
}
