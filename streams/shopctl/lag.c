/* lag.c - shopctl lag: who is behind, by how much, since when, and why. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "streams/shopctl/look.h"
#include "streams/shopctl/shopctl.h"
#include "streams/shopctl/words.h"

static const char usage[] =
    "shopctl lag [--reader R] [--max N] [--json] - who is behind, by how much, since when, and why\n\n"
    "A reader's position lies in its own database (for views: in Redis) and is compared with the log's end; where what it\n"
    "told Kafka differs, that stands beside it. Below: each reader's claims, and what else it has not done yet.\n\n"
    "  --reader R   this one only\n"
    "  --max N      exit code 3 when a reader is more than N messages behind in a topic, or nobody can say\n"
    "  --json       for programs\n";

struct call {
    const char *reader;
    int64_t max; /* -1: none */
    bool json;
};

/* All partitions of one topic, for one reader. */
struct sum {
    const struct reader_look *reader;
    enum topic topic;
    int64_t behind, oldest_ms, untold; /* untold: by how much Kafka was told less (or more) than is true */
    int32_t parts, parts_behind;
    bool unknown, told; /* its end is not; something was told to Kafka */
};

static void add(struct sum *sum, const struct stand *stand)
{
    sum->reader = stand->reader;
    sum->topic = stand->topic;
    sum->parts++;
    sum->unknown = sum->unknown || stand->behind < 0;
    if (stand->behind > 0) {
        sum->behind += stand->behind;
        sum->parts_behind++;
    }
    if (stand->oldest_ms && (!sum->oldest_ms || stand->oldest_ms < sum->oldest_ms))
        sum->oldest_ms = stand->oldest_ms;
    sum->told = sum->told || stand->committed >= 0;
    if (stand->committed >= 0 && stand->position >= 0)
        sum->untold += stand->committed > stand->position ? stand->committed - stand->position
                                                          : stand->position - stand->committed;
}

/* Stands come reader by reader, topic by topic. Freed by the caller. */
static struct sum *sums_of(const struct look *look, size_t *count)
{
    struct sum *sums = calloc(look->stand_count + 1, sizeof(*sums));

    if (!sums)
        abort();
    *count = 0;
    for (size_t i = 0; i < look->stand_count; i++) {
        const struct stand *stand = &look->stands[i];

        if (i == 0 || stand[-1].reader != stand->reader || stand[-1].topic != stand->topic)
            (*count)++;
        add(&sums[*count - 1], stand);
    }
    return sums;
}

/* --- in words ----------------------------------------------------------------------------------------------------- */

static void print_sums(const struct sum *sums, size_t count, struct arena *arena)
{
    static const char *const head[] = {"reader", "topic", ">behind", ">oldest", ">partitions", ">Kafka was told"};
    struct words_table table;

    words_table_init(&table, arena, head, 6);
    for (size_t i = 0; i < count; i++) {
        const struct sum *sum = &sums[i];
        int64_t age_ms = sum->oldest_ms ? clock_wall_ms() - sum->oldest_ms : 0;

        words_cell(&table, str_of(sum->reader->name));
        words_cell(&table, str_of(topic_name(sum->topic)));
        words_cell(&table, sum->unknown ? STR("?") : arena_printf(arena, "%" PRId64, sum->behind));
        words_cell(&table, sum->oldest_ms ? words_span(age_ms, arena) : STR("-"));
        words_cell(&table, sum->parts_behind ? arena_printf(arena, "%d of %d", (int)sum->parts_behind, (int)sum->parts)
                                             : STR("-"));
        words_cell(&table, sum->untold ? arena_printf(arena, "%" PRId64 " other", sum->untold)
                           : sum->told ? STR("the same")
                                       : STR("-"));
    }
    words_table_print(&table);
}

/* A reader's partitions of one kind, as one line. */
static void print_holdings(const struct reader_look *reader, size_t from, size_t to, struct words_table *table)
{
    const struct holding *holdings = reader->holdings;
    int64_t low = holdings[from].epoch, high = low, tries = 0, due_ms = 0;
    const char *suspect = "", *due = "";
    struct arena *arena = table->arena;

    for (size_t i = from; i < to; i++) {
        low = holdings[i].epoch < low ? holdings[i].epoch : low;
        high = holdings[i].epoch > high ? holdings[i].epoch : high;
        tries = holdings[i].tries > tries ? holdings[i].tries : tries;
        suspect = holdings[i].suspect[0] ? holdings[i].suspect : suspect;
        if (holdings[i].due_ms && holdings[i].due_ms < reader->now_ms && (!due_ms || holdings[i].due_ms < due_ms)) {
            due_ms = holdings[i].due_ms;
            due = holdings[i].due;
        }
    }
    words_cell(table, str_of(reader->name));
    words_cell(table, str_of(holdings[from].kind));
    words_cell(table, reader->connected ? STR("up") : STR("nobody"));
    words_cell(table, low == high ? arena_printf(arena, "%" PRId64, low)
                                  : arena_printf(arena, "%" PRId64 "-%" PRId64, low, high));
    words_number(table, tries);
    words_number(table, reader->parked);
    words_number(table, reader->outbox);
    words_cell(table, due_ms ? words_span(reader->now_ms - due_ms, arena) : STR("-"));
    words_cell(table, arena_printf(arena, "%s%s%s", due, suspect[0] && due[0] ? "; " : "", suspect));
}

static void print_readers(const struct look *look, struct arena *arena)
{
    static const char *const head[] = {
        "reader", "keys", "owner", ">epoch", ">tries", ">parked", ">to send", ">overdue", "overdue deadline; suspect"};
    struct words_table table;

    words_table_init(&table, arena, head, 9);
    for (size_t r = 0; r < look->reader_count; r++) {
        const struct reader_look *reader = &look->readers[r];
        size_t from = 0;

        for (size_t i = 1; i <= reader->holding_count; i++)
            if (i == reader->holding_count || strcmp(reader->holdings[i].kind, reader->holdings[from].kind) != 0) {
                print_holdings(reader, from, i, &table);
                from = i;
            }
    }
    puts("");
    words_table_print(&table);
}

static void print_reasons(const struct look *look, const struct sum *sums, size_t count, struct arena *arena)
{
    if (!look->tape)
        printf("\nKafka is away, so nobody knows where the logs end: %s\n", look->why.text);
    for (size_t r = 0; r < look->reader_count; r++) {
        const struct reader_look *reader = &look->readers[r];
        int64_t behind = 0;
        struct str reason = look_reason(reader, arena);

        for (size_t i = 0; i < count; i++)
            behind += sums[i].reader == reader ? sums[i].behind : 0;
        if (reader->away) /* it is an element of an array. NOLINT(clang-analyzer-core.NullDereference) */
            printf("\n%s: " STR_FMT "\n", reader->name, STR_ARG(reason));
        else if (behind)
            printf("\n%s is %" PRId64 " messages behind: " STR_FMT "\n", reader->name, behind, STR_ARG(reason));
        if (reader->parked)
            printf("\n%s has parked %" PRId64 " messages, which wait for a person: shopctl parked list\n", reader->name,
                   reader->parked);
    }
}

/* --- for programs ------------------------------------------------------------------------------------------------- */

static json_t *json_of_reader(const struct reader_look *reader, const struct sum *sums, size_t count,
                              struct arena *arena)
{
    json_t *topics = json_array(), *claims = json_array();

    for (size_t i = 0; i < count; i++)
        if (sums[i].reader == reader)
            json_array_append_new(
                topics, json_pack("{s:s, s:o, s:I, s:i, s:i, s:I}", "topic", topic_name(sums[i].topic), "behind",
                                  sums[i].unknown ? json_null() : json_integer(sums[i].behind), "oldest_ms",
                                  (json_int_t)sums[i].oldest_ms, "partitions", sums[i].parts, "partitions_behind",
                                  sums[i].parts_behind, "kafka_differs_by", (json_int_t)sums[i].untold));
    for (size_t i = 0; i < reader->holding_count; i++)
        json_array_append_new(
            claims,
            json_pack("{s:s, s:i, s:I, s:I, s:s, s:I, s:s}", "kind", reader->holdings[i].kind, "part",
                      reader->holdings[i].part, "epoch", (json_int_t)reader->holdings[i].epoch, "tries",
                      (json_int_t)reader->holdings[i].tries, "suspect", reader->holdings[i].suspect, "next_deadline_ms",
                      (json_int_t)reader->holdings[i].due_ms, "next_deadline", reader->holdings[i].due));
    return json_pack("{s:s, s:b, s:s, s:I, s:I, s:I, s:o, s:o}", "reader", reader->name, "away", reader->away, "reason",
                     look_reason(reader, arena).ptr, "connections", (json_int_t)reader->connected, "parked",
                     (json_int_t)reader->parked, "outbox", (json_int_t)reader->outbox, "topics", topics, "claims",
                     claims);
}

static void print_json(const struct look *look, const struct sum *sums, size_t count, struct arena *arena)
{
    json_t *readers = json_array(), *all;

    for (size_t i = 0; i < look->reader_count; i++)
        json_array_append_new(readers, json_of_reader(&look->readers[i], sums, count, arena));
    all = json_pack("{s:b, s:s, s:o}", "kafka", look->tape != NULL, "kafka_why", look->tape ? "" : look->why.text,
                    "readers", readers);
    json_dumpf(all, stdout, JSON_INDENT(1));
    puts("");
    json_decref(all);
}

/* --- the command -------------------------------------------------------------------------------------------------- */

static enum exit_code judge(const struct look *look, const struct sum *sums, size_t count, int64_t max)
{
    bool away = !look->tape;

    for (size_t i = 0; i < look->reader_count; i++)
        away = away || look->readers[i].away;
    for (size_t i = 0; i < count && max >= 0; i++)
        if (sums[i].unknown || sums[i].behind > max)
            return EXIT_REFUSED;
    if (max >= 0 && away)
        return EXIT_REFUSED;
    return away ? EXIT_FAILED : EXIT_DONE;
}

static enum exit_code tell(const struct call *call)
{
    struct look look;
    struct arena arena;
    struct err err;
    enum status status = look_open(&look, call->reader, &err);
    enum exit_code code;
    struct sum *sums;
    size_t count;

    if (status != ST_OK) {
        look_close(&look);
        return give_up(status, &err);
    }
    arena_init(&arena);
    sums = sums_of(&look, &count);
    if (call->json) {
        print_json(&look, sums, count, &arena);
    } else {
        print_sums(sums, count, &arena);
        print_readers(&look, &arena);
        print_reasons(&look, sums, count, &arena);
    }
    code = judge(&look, sums, count, call->max);
    free(sums);
    arena_release(&arena);
    look_close(&look);
    return code;
}

enum exit_code lag(int argc, char **argv)
{
    struct call call = {.max = -1};

    for (int i = 1; i < argc; i++) {
        char *end = NULL;

        if (strcmp(argv[i], "--help") == 0) {
            fputs(usage, stdout);
            return EXIT_DONE;
        }
        if (strcmp(argv[i], "--json") == 0) {
            call.json = true;
        } else if (strcmp(argv[i], "--reader") == 0 && i + 1 < argc) {
            call.reader = argv[++i];
        } else if (strcmp(argv[i], "--max") == 0 && i + 1 < argc && (call.max = strtoll(argv[++i], &end, 10)) >= 0 &&
                   end != argv[i] && !*end) {
            continue;
        } else {
            fputs(usage, stderr);
            return EXIT_USAGE;
        }
    }
    return tell(&call);
}
