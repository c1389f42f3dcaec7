/* forget_look.c - what the databases have of a customer: every table of every one, whatever it is called.
 *
 * Three kinds of table. Where personal data lay, nothing may be left, and each has a question of its own. The books keep what
 * an order was worth, under a random id, with names sealed: what stays is counted and said. Of all others, those that nobody
 * has thought of yet too, no row may speak of the customer or of an order of theirs. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "streams/shopctl/forget.h"

enum { PATIENCE_TIMES = 50, PAUSE_US = 200 * 1000 };

/* $1 is the user id, $2 an array of their orders' ids. */
static const struct {
    const char *name, *service, *table, *sql;
} questions[] = {
    {"gateway.account", "gateway", "account", "SELECT count(*) FROM account WHERE user_id::text = $1"},
    {"gateway.session", "gateway", "session", "SELECT count(*) FROM session WHERE user_id::text = $1"},
    {"gateway.merge_due", "gateway", "merge_due",
     "SELECT count(*) FROM merge_due WHERE user_id::text = $1 OR from_user_id::text = $1"},
    {"cart.carts", "cart", "carts", "SELECT count(*) FROM carts WHERE key = $1 AND (lines <> '' OR left_behind <> '')"},
    {"ad.visitor", "ad", "visitor", "SELECT count(*) FROM visitor WHERE key = $1 AND shown <> ''"},
    {"recommendation.visit", "recommendation", "visit", "SELECT count(*) FROM visit WHERE key = $1 AND products <> ''"},
    {"payment.payment, cards", "payment", NULL,
     "SELECT count(*) FROM payment WHERE key = ANY($2::text[]) AND cards <> ''"},
};

/* The books, by key; and what the runtime keeps of messages' ids and of time alone. */
static const char books[] = "orders payment parcels mails reservation purchase books deadline ";
static const char ids_alone[] = "inbox position said claim replica replay ";

struct asked {
    struct forget_case *whom;
    struct forget_stores *stores;
    const char *orders, *traces, *mail; /* arrays as Postgres reads them; mail is NULL when nobody typed it */
};

struct forget_store *forget_store(struct forget_stores *stores, struct str name, int64_t left, struct str words)
{
    if (stores->count == stores->room) {
        stores->room = stores->room * 2 + 32;
        stores->list = reallocarray(stores->list, stores->room, sizeof(*stores->list));
        if (!stores->list)
            abort();
    }
    stores->list[stores->count] = (struct forget_store){.name = name, .left = left, .words = words};
    return &stores->list[stores->count++];
}

/* Ids and mail addresses have none of the characters that an array or a pattern would need to hide, but these. */
static struct str pattern(struct arena *arena, struct str text)
{
    char *hidden = arena_alloc(arena, text.len * 3 + 1);
    size_t len = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\\' || text.ptr[i] == '"' || text.ptr[i] == '%' || text.ptr[i] == '_') {
            hidden[len++] = '\\';
            hidden[len++] = '\\';
        }
        if (text.ptr[i] == '\\' || text.ptr[i] == '"')
            hidden[len++] = '\\';
        hidden[len++] = text.ptr[i];
    }
    return (struct str){hidden, len};
}

/* Bytes are printed as hex digits: the text is looked for as it is, and so. */
static struct str add_trace(struct arena *arena, struct str list, struct str text)
{
    char *hex = arena_alloc(arena, text.len * 2 + 1);
    struct str plain = pattern(arena, text);

    for (size_t i = 0; i < text.len; i++) {
        hex[2 * i] = "0123456789abcdef"[(unsigned char)text.ptr[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[text.ptr[i] & 15];
    }
    return arena_printf(arena, STR_FMT "%s\"%%" STR_FMT "%%\",\"%%%.*s%%\"", STR_ARG(list), list.len ? "," : "",
                        STR_ARG(plain), (int)(2 * text.len), hex);
}

static const char *array(struct arena *arena, struct str list)
{
    return arena_printf(arena, "{" STR_FMT "}", STR_ARG(list)).ptr;
}

static struct asked asked_of(struct forget_case *whom, struct forget_stores *stores)
{
    struct arena *arena = &whom->arena;
    struct str orders = {0}, traces = add_trace(arena, (struct str){0}, whom->user_id);

    for (size_t i = 0; i < whom->paper->orders.count; i++) {
        struct str id = whom->paper->orders.items[i];

        orders = arena_printf(arena, STR_FMT "%s" STR_FMT, STR_ARG(orders), i ? "," : "", STR_ARG(id));
        traces = add_trace(arena, traces, id);
    }
    if (whom->mail.len)
        traces = add_trace(arena, traces, whom->mail);
    return (struct asked){whom, stores, array(arena, orders), array(arena, traces),
                          whom->mail.len ? array(arena, add_trace(arena, (struct str){0}, whom->mail)) : NULL};
}

/* -1: the database does not answer. */
static int64_t number(struct database *database, const char *sql, const char *first, const char *second)
{
    const char *const parameters[] = {first, second};
    PGresult *rows = database_rows(database, sql, parameters, second ? 2 : 1);
    int64_t count = rows ? database_long(rows, 0, 0) : -1;

    PQclear(rows);
    return count;
}

static bool has_word(const char *words, const char *word)
{
    size_t len = strlen(word);

    for (const char *at = strstr(words, word); at; at = strstr(at + 1, word))
        if ((at == words || at[-1] == ' ') && at[len] == ' ')
            return true;
    return false;
}

static bool has_question(const struct database *database, const char *table)
{
    for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
        if (questions[i].table && strcmp(questions[i].service, database->name) == 0 &&
            strcmp(questions[i].table, table) == 0)
            return true;
    return false;
}

/* One table of the rest. Adds to the sum, and to the words when there is something. */
static void look_at_table(struct asked *asked, struct database *database, const char *table, int64_t *left,
                          struct str *words)
{
    struct arena *arena = &asked->whom->arena;
    bool kept = has_word(books, table);
    const char *sql =
        arena_printf(arena, "SELECT count(*) FROM \"%s\" AS r WHERE r::text LIKE ANY($1::text[])", table).ptr;
    const char *by_key = arena_printf(arena, "SELECT count(*) FROM \"%s\" WHERE key = ANY($1::text[])", table).ptr;
    int64_t count = kept ? number(database, by_key, asked->orders, NULL) : 0, named = 0;

    if (kept && count > 0)
        *words = arena_printf(arena, STR_FMT "%s%s %" PRId64, STR_ARG(*words),
                              words->len ? ", " : "kept for the books, without a name: ", table, count);
    if (!kept || asked->mail)
        named = number(database, sql, kept ? asked->mail : asked->traces, NULL);
    if (count < 0 || named < 0 || *left < 0) {
        *left = -1;
    } else if (named > 0) {
        *left += named;
        forget_store(asked->stores, arena_printf(arena, "%s.%s", database->name, table), named,
                     strcmp(table, "parked") == 0 ? arena_printf(arena,
                                                                 "shopctl parked list --reader %s: let them be heard, "
                                                                 "or drop them",
                                                                 database->name)
                                                  : STR(""));
    }
}

/* All that have no question of their own, in one line. */
static void look_at_rest(struct asked *asked, struct database *database)
{
    static const char list[] = "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND "
                               "relnamespace = 'public'::regnamespace ORDER BY relname";
    struct arena *arena = &asked->whom->arena;
    PGresult *tables = database_rows(database, list, NULL, 0);
    int count = tables ? PQntuples(tables) : 0;
    int64_t left = tables && count ? 0 : -1;
    struct str words = {0};

    for (int i = 0; i < count; i++) {
        const char *table = PQgetvalue(tables, i, 0);

        if (!has_word(ids_alone, table) && !has_question(database, table))
            look_at_table(asked, database, table, &left, &words);
    }
    PQclear(tables);
    if (left < 0)
        words = arena_printf(arena, "%.200s", database->why.text[0] ? database->why.text : "it has no tables");
    forget_store(asked->stores, arena_printf(arena, "%s, other tables", database->name), left, words);
}

static void look_at_all(struct asked *asked)
{
    struct databases *databases = &asked->whom->databases;

    asked->stores->count = 0;
    for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
        struct database *database = database_named(databases, questions[i].service);
        /* Postgres wants to know the type of each parameter, used or not. */
        const char *sql =
            arena_printf(&asked->whom->arena, "WITH p AS (SELECT $1::text, $2::text[]) %s", questions[i].sql).ptr;
        int64_t left = database ? number(database, sql, asked->whom->user_id.ptr, asked->orders) : -1;

        forget_store(asked->stores, str_of(questions[i].name), left,
                     left >= 0 ? STR("")
                     : database
                         ? arena_printf(&asked->whom->arena, "%.200s", database->why.text)
                         : arena_printf(&asked->whom->arena, "DATABASE_URL_ of %s is not set", questions[i].service));
    }
    for (size_t i = 0; i < databases->count; i++)
        look_at_rest(asked, &databases->list[i]);
}

void forget_look(struct forget_case *whom, struct forget_stores *stores)
{
    struct asked asked = asked_of(whom, stores);
    bool clean = false;

    for (int i = 0; i < PATIENCE_TIMES && !clean; i++) {
        if (i)
            usleep(PAUSE_US);
        look_at_all(&asked);
        clean = true;
        for (size_t k = 0; k < stores->count; k++)
            clean = clean && stores->list[k].left <= 0;
    }
}
