/* audit.c - shopctl audit: do money, goods and orders balance, now or as of a time? From the topics alone. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/money.h"
#include "streams/shopctl/books.h"
#include "streams/shopctl/shopctl.h"
#include "streams/shopctl/words.h"

static const char usage[] =
    "shopctl audit [--as-of TIME] [--grace SECONDS] [--json] - do money, goods and orders balance?\n\n"
    "Adds up every order-keyed topic and catalog.events, and no database. Exit code 3: something does not add up; the orders\n"
    "and products that do not are named, with the reason.\n\n"
    "  --as-of TIME      as it stood then: 2026-11-22, 2026-11-22T22:48:34Z (UTC), or 2h (ago)\n"
    "  --grace SECONDS   an order that was heard of within so long before may mend itself yet, and is not judged (120)\n"
    "  --json            for programs\n";

enum { GRACE_S = 120, NAMED_MAX = 50 };

struct call {
    int64_t at_ms, until_ms, grace_ms;
    bool json;
};

/* --- for people --------------------------------------------------------------------------------------------------- */

static struct str amount(int64_t minor, struct str currency, struct arena *arena)
{
    return money_text(minor, currency, arena);
}

static void print_orders(const struct book_tally *tally)
{
    printf("Orders: %" PRId64 ", of these %" PRId64 " confirmed, %" PRId64 " cancelled, %" PRId64 " rejected, %" PRId64
           " without an end yet.\n",
           tally->orders, tally->confirmed, tally->cancelled, tally->rejected, tally->open);
    if (tally->settling)
        printf("%" PRId64 " of them do not add up yet, and are too young to be judged.\n", tally->settling);
}

static void print_money(const struct books *books, struct arena *arena)
{
    static const char *const head[] = {"currency",   ">charged",    ">given back", ">net",
                                       ">confirmed", ">still open", ">difference"};
    struct words_table table;

    words_table_init(&table, arena, head, 7);
    for (size_t i = 0; i < books->money_count; i++) {
        const struct book_money *money = &books->money[i];

        if (!money->charged && !money->refunded && !money->confirmed && !money->open)
            continue;
        words_cell(&table, money->currency);
        words_cell(&table, amount(money->charged, money->currency, arena));
        words_cell(&table, amount(money->refunded, money->currency, arena));
        words_cell(&table, amount(money->charged - money->refunded, money->currency, arena));
        words_cell(&table, amount(money->confirmed, money->currency, arena));
        words_cell(&table, amount(money->open, money->currency, arena));
        words_cell(&table, amount(book_difference(money), money->currency, arena));
    }
    puts("");
    words_table_print(&table);
}

static void print_stock(const struct books *books, struct arena *arena)
{
    static const char *const head[] = {"product", ">received", ">set aside", ">put back", ">on hand", ""};
    struct words_table table;

    words_table_init(&table, arena, head, 6);
    for (size_t i = 0; i < books->product_count; i++) {
        const struct book_product *product = &books->products[i];

        words_cell(&table, product->id);
        words_number(&table, product->received);
        words_number(&table, product->reserved);
        words_number(&table, product->released);
        words_number(&table, book_on_hand(product));
        words_cell(&table, book_on_hand(product) < 0 ? STR("below zero") : STR(""));
    }
    puts("");
    words_table_print(&table);
}

static void print_faults(const struct books *books, struct arena *arena)
{
    size_t named = 0;

    for (size_t i = 0; i < books->order_places && named < NAMED_MAX; i++) {
        const struct book_order *order = books->orders[i];

        for (uint32_t kind = 1; order && kind < LEDGER_KINDS; kind++)
            if (order->faults & 1U << kind) {
                struct str sentence = ledger_sentence(&order->ledger, (enum audit_kind)kind, arena);

                printf("%s" STR_FMT "  %-13s " STR_FMT "\n", named++ ? "" : "\n", STR_ARG(order->id),
                       audit_kind_name((enum audit_kind)kind), STR_ARG(sentence));
            }
    }
    if (named == NAMED_MAX)
        puts("... and perhaps more: --json names them all");
}

/* --- for programs ------------------------------------------------------------------------------------------------- */

static json_t *text_json(struct str text)
{
    return json_stringn_nocheck(text.ptr ? text.ptr : "", text.len);
}

static json_t *faults_json(const struct books *books, struct arena *arena)
{
    json_t *list = json_array();

    for (size_t i = 0; i < books->order_places; i++) {
        const struct book_order *order = books->orders[i];

        for (uint32_t kind = 1; order && kind < LEDGER_KINDS; kind++)
            if (order->faults & 1U << kind)
                json_array_append_new(
                    list, json_pack("{s:o, s:s, s:o}", "order", text_json(order->id), "kind",
                                    audit_kind_name((enum audit_kind)kind), "detail",
                                    text_json(ledger_sentence(&order->ledger, (enum audit_kind)kind, arena))));
    }
    return list;
}

static json_t *money_json(const struct books *books)
{
    json_t *list = json_array();

    for (size_t i = 0; i < books->money_count; i++) {
        const struct book_money *money = &books->money[i];

        json_array_append_new(
            list, json_pack("{s:o, s:I, s:I, s:I, s:I, s:I, s:I}", "currency", text_json(money->currency), "charged",
                            (json_int_t)money->charged, "refunded", (json_int_t)money->refunded, "net",
                            (json_int_t)(money->charged - money->refunded), "confirmed", (json_int_t)money->confirmed,
                            "open", (json_int_t)money->open, "difference", (json_int_t)book_difference(money)));
    }
    return list;
}

static json_t *stock_json(const struct books *books)
{
    json_t *list = json_array();

    for (size_t i = 0; i < books->product_count; i++) {
        const struct book_product *product = &books->products[i];

        json_array_append_new(list, json_pack("{s:o, s:I, s:I, s:I, s:I}", "product", text_json(product->id),
                                              "received", (json_int_t)product->received, "reserved",
                                              (json_int_t)product->reserved, "released", (json_int_t)product->released,
                                              "on_hand", (json_int_t)book_on_hand(product)));
    }
    return list;
}

static void print_json(const struct books *books, const struct call *call, bool balanced, struct arena *arena)
{
    const struct book_tally *tally = &books->tally;
    json_t *all = json_pack("{s:b, s:I, s:{s:I, s:I, s:I, s:I, s:I, s:I, s:I}, s:o, s:o, s:o, s:I, s:I, s:I}",
                            "balanced", balanced, "at_ms", (json_int_t)call->at_ms, "orders", "all",
                            (json_int_t)tally->orders, "confirmed", (json_int_t)tally->confirmed, "cancelled",
                            (json_int_t)tally->cancelled, "rejected", (json_int_t)tally->rejected, "open",
                            (json_int_t)tally->open, "settling", (json_int_t)tally->settling, "faulty",
                            (json_int_t)tally->faulty, "money", money_json(books), "stock", stock_json(books), "faults",
                            faults_json(books, arena), "heard", (json_int_t)books->heard, "repeated",
                            (json_int_t)books->repeated, "unreadable", (json_int_t)books->unreadable);

    json_dumpf(all, stdout, JSON_INDENT(1));
    puts("");
    json_decref(all);
}

/* --- the command -------------------------------------------------------------------------------------------------- */

static bool is_balanced(const struct books *books)
{
    bool below = false;

    for (size_t i = 0; i < books->product_count; i++)
        below = below || book_on_hand(&books->products[i]) < 0;
    return !below && books->tally.faulty == 0;
}

static void print_text(const struct books *books, const struct call *call, bool balanced, struct arena *arena)
{
    struct str when = words_time(call->at_ms, arena);

    printf("As of " STR_FMT " UTC, from %" PRId64 " messages (%" PRId64 " of them written twice, %" PRId64
           " that nobody can read).\n",
           STR_ARG(when), books->heard, books->repeated, books->unreadable);
    print_orders(&books->tally);
    print_money(books, arena);
    print_stock(books, arena);
    print_faults(books, arena);
    puts(balanced ? "\nEverything adds up." : "\nIt does not add up. An order's story: shopctl why ORDER");
}

static enum exit_code tell(const struct call *call)
{
    struct books *books = calloc(1, sizeof(*books));
    struct tape *tape = NULL;
    struct err err;
    enum status status = tape_open(&tape, &err);
    enum exit_code code;
    bool balanced;

    if (!books)
        abort();
    if (status == ST_OK)
        status = books_read(books, tape, call->until_ms, &err);
    if (status == ST_OK) {
        books_judge(books, call->at_ms, call->grace_ms);
        balanced = is_balanced(books);
        arena_clear(&books->scratch);
        if (call->json)
            print_json(books, call, balanced, &books->scratch);
        else
            print_text(books, call, balanced, &books->scratch);
        code = balanced ? EXIT_DONE : EXIT_REFUSED;
    } else {
        code = give_up(status, &err);
    }
    if (tape)
        books_release(books);
    tape_close(tape);
    free(books);
    return code;
}

static bool is_wrong(const char *word, const char *what)
{
    complain("%.100s is %s", word, what);
    return false;
}

static bool read_call(struct call *call, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        char *end;

        if (strcmp(argv[i], "--json") == 0) {
            call->json = true;
        } else if (strcmp(argv[i], "--as-of") == 0 && i + 1 < argc) {
            if (!words_read_time(argv[++i], &call->until_ms) && !words_read_ago(argv[i], call->at_ms, &call->until_ms))
                return is_wrong(argv[i], "no time: it is 2026-11-22, 2026-11-22T22:48:34Z (UTC) or 2h (ago)");
            call->at_ms = call->until_ms;
        } else if (strcmp(argv[i], "--grace") == 0 && i + 1 < argc) {
            call->grace_ms = strtoll(argv[++i], &end, 10) * 1000;
            if (*end || end == argv[i] || call->grace_ms < 0)
                return is_wrong(argv[i], "no number of seconds");
        } else {
            return is_wrong(argv[i], i + 1 == argc ? "nothing that audit knows, or its value is missing"
                                                   : "nothing that audit knows");
        }
    }
    return true;
}

enum exit_code audit(int argc, char **argv)
{
    struct call call = {.at_ms = clock_wall_ms(), .until_ms = INT64_MAX, .grace_ms = GRACE_S * 1000};

    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        fputs(usage, stdout);
        return EXIT_DONE;
    }
    if (!read_call(&call, argc, argv)) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    return tell(&call);
}
