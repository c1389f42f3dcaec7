/* replay.c - shopctl replay: a reader hears the past again. What it is asked stands in its own database; its own process does
 * it, see services/lib/run/replay.h. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "run/headers.h"
#include "streams/shopctl/replay.h"
#include "streams/shopctl/words.h"

static const char help[] =
    "shopctl replay --reader R --from TIME|OFFSET [--to TIME|OFFSET] [--topic T] [--key K] [--with-effects]\n"
    "  R hears again what it has heard between the two. TIME is 2026-11-22T10:00:00Z, 90m (ago) or beginning; OFFSET is\n"
    "  TOPIC/PARTITION/OFFSET. Only topics that are keyed by an order; for views, all of theirs. What is in place already is\n"
    "  \"said twice\"; what was missed is made up for. Nobody outside is asked: no mail, no charge.\n"
    "  --key K         only the messages of this order (views: all of the partitions that it lies in)\n"
    "  --with-effects  messages that were not heard the first time may ask somebody outside, too\n"
    "  --dry-run       tells which ranges    --yes  does not ask    --by NAME  who asks for it (otherwise USER)\n"
    "  --json          the ranges, then what came of it, a line each\n";

enum { LOOK_EVERY_US = 300000 };

/* --- by a range --------------------------------------------------------------------------------------------------- */

static const char ask_ranges[] =
    "INSERT INTO replay (topic, part, kind, from_offset, to_offset, effects, asked_by) SELECT topic, part, kind, "
    "from_offset, to_offset, $6::boolean, $7 FROM unnest($1::text[], $2::integer[], $3::text[], $4::bigint[], "
    "$5::bigint[]) AS r (topic, part, kind, from_offset, to_offset) WHERE NOT EXISTS (SELECT FROM replay u JOIN position p "
    "USING (topic, part) WHERE u.began_at IS NOT NULL AND p.next_offset < u.end_offset) ON CONFLICT (topic, part) DO UPDATE "
    "SET from_offset = excluded.from_offset, to_offset = excluded.to_offset, effects = excluded.effects, asked_by = "
    "excluded.asked_by, asked_at = now(), began_at = NULL, end_offset = -1, heard = 0, fenced = 0 RETURNING topic";

/* From the ranges asked for: how much is left, heard, fenced, and not begun. */
static const char look_ranges[] =
    "SELECT coalesce(sum(CASE WHEN r.began_at IS NULL THEN r.to_offset - r.from_offset ELSE greatest(r.end_offset - "
    "p.next_offset, 0) END), 0), coalesce(sum(r.heard), 0), coalesce(sum(r.fenced), 0) FROM replay r JOIN position p USING "
    "(topic, part) JOIN unnest($1::text[], $2::integer[]) AS m (topic, part) USING (topic, part)";

struct columns {
    const char *texts[7];
};

/* Postgres' arrays, by column. */
static struct columns columns_of(struct replay_plan *plan)
{
    struct arena *arena = &plan->mend.arena;
    struct str out[5];
    struct columns columns;

    for (int c = 0; c < 5; c++)
        out[c] = STR("{");
    for (size_t i = 0; i < plan->count; i++) {
        const struct replay_range *range = &plan->ranges[i];
        const char *comma = i ? "," : "";

        out[0] = arena_printf(arena, STR_FMT "%s%s", STR_ARG(out[0]), comma, topic_name(range->topic));
        out[1] = arena_printf(arena, STR_FMT "%s%d", STR_ARG(out[1]), comma, (int)range->part);
        out[2] = arena_printf(arena, STR_FMT "%s%s", STR_ARG(out[2]), comma, kind_name(topic_kind(range->topic)));
        out[3] = arena_printf(arena, STR_FMT "%s%" PRId64, STR_ARG(out[3]), comma, range->from);
        out[4] = arena_printf(arena, STR_FMT "%s%" PRId64, STR_ARG(out[4]), comma, range->to);
    }
    for (int c = 0; c < 5; c++)
        columns.texts[c] = arena_printf(arena, STR_FMT "}", STR_ARG(out[c])).ptr;
    columns.texts[5] = plan->effects ? "true" : "false";
    columns.texts[6] = plan->mend.by;
    return columns;
}

static enum exit_code tell(const struct replay_plan *plan, const PGresult *rows)
{
    if (plan->mend.json) {
        printf("{\"heard\":%s,\"fenced\":%s}\n", PQgetvalue(rows, 0, 1), PQgetvalue(rows, 0, 2));
        return EXIT_DONE;
    }
    printf("%s messages were heard again", PQgetvalue(rows, 0, 1));
    if (database_long(rows, 0, 2))
        printf("; %s of them would have asked somebody outside, and are as if unheard (--with-effects)",
               PQgetvalue(rows, 0, 2));
    puts(".");
    return EXIT_DONE;
}

static enum exit_code follow(struct replay_plan *plan, const struct columns *columns)
{
    int64_t patience_us = say_patience().tv_sec * INT64_C(1000000), till_us = clock_steady_us() + patience_us;
    int64_t left = INT64_MAX, whole = 0;
    enum exit_code code = EXIT_FAILED;
    int told = 0;

    while (left && clock_steady_us() < till_us) {
        PGresult *rows = database_rows(plan->database, look_ranges, columns->texts, 2);
        int64_t now = rows ? database_long(rows, 0, 0) : left;

        whole = now > whole ? now : whole;
        if (now < left)
            till_us = clock_steady_us() + patience_us;
        left = now;
        words_progress(whole - left, whole, &told);
        if (rows && !left)
            code = tell(plan, rows);
        PQclear(rows);
        if (left)
            usleep(LOOK_EVERY_US);
    }
    if (code != EXIT_DONE)
        complain("%" PRId64 " records are left; %s hears them as soon as it runs", left, plan->mend.reader);
    return code;
}

static enum exit_code replay_by_range(struct replay_plan *plan)
{
    struct columns columns = columns_of(plan);
    PGresult *rows = database_change(plan->database, EFFECT("operator-replay", "ranges are to be heard again"),
                                     ask_ranges, columns.texts, 7);
    bool asked = rows && PQntuples(rows) > 0;

    if (!rows)
        complain("%s: %s", plan->database->name, plan->database->why.text);
    else if (!asked)
        complain("%s is hearing another range again: wait until that is over", plan->mend.reader);
    PQclear(rows);
    if (asked)
        return follow(plan, &columns);
    return rows ? EXIT_REFUSED : EXIT_FAILED;
}

/* --- by a key ----------------------------------------------------------------------------------------------------- */

struct picking {
    struct replay_plan *plan;
    struct str ids; /* "{id,id" */
    size_t count;
    bool failed;
};

/* Each is put before the reader as a parked message is: nobody else's messages wait for it. */
static bool pick(void *context, const rd_kafka_message_t *record)
{
    struct picking *picking = context;
    struct replay_plan *plan = picking->plan;
    struct msg heard = {0};
    rd_kafka_timestamp_type_t type;
    PGresult *rows;

    if (!str_is((struct str){record->key, record->key_len}, plan->key))
        return true;
    headers_read(record, &heard);
    rows = mend_put(&plan->mend, plan->database,
                    &(struct mend_record){.id = id_text(&heard.id, &plan->mend.arena).ptr,
                                          .topic = topic_named(str_of(rd_kafka_topic_name(record->rkt))),
                                          .part = record->partition,
                                          .offset = record->offset,
                                          .time_ms = rd_kafka_message_timestamp(record, &type),
                                          .key = {record->key, record->key_len},
                                          .value = {record->payload, record->len},
                                          .lines = headers_lines(record, &plan->mend.arena),
                                          .reason = STR("it is heard again, by shopctl replay"),
                                          .replayed = true,
                                          .fenced = !plan->effects});
    picking->failed = !rows || PQntuples(rows) == 0;
    if (!picking->failed)
        picking->ids = arena_printf(&plan->mend.arena, STR_FMT "%s%s", STR_ARG(picking->ids),
                                    picking->count++ ? "," : "{", id_text(&heard.id, &plan->mend.arena).ptr);
    PQclear(rows);
    return !picking->failed;
}

static enum exit_code replay_by_key(struct replay_plan *plan)
{
    struct tape_range ranges[REPLAY_RANGES_MAX];
    struct picking picking = {.plan = plan};
    enum status status;
    char done[96];
    struct err err;

    for (size_t i = 0; i < plan->count; i++)
        ranges[i] = (struct tape_range){topic_name(plan->ranges[i].topic), plan->ranges[i].part, plan->ranges[i].from,
                                        plan->ranges[i].to};
    status = tape_read(plan->tape, ranges, plan->count, pick, &picking, &err);
    if (status != ST_OK)
        return give_up(status, &err);
    if (picking.failed || !picking.count) {
        complain("%s", picking.failed ? plan->database->why.text : "there is no message of that key in the range");
        return picking.failed ? EXIT_FAILED : EXIT_REFUSED;
    }
    snprintf(done, sizeof(done), "%zu messages of %.40s were heard again.", picking.count, plan->key);
    return mend_wait(&plan->mend, plan->database,
                     arena_printf(&plan->mend.arena, STR_FMT "}", STR_ARG(picking.ids)).ptr, done);
}

/* --- the command -------------------------------------------------------------------------------------------------- */

/* A line for each range. */
static void print_json(const struct replay_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++)
        printf("{\"reader\":\"%s\",\"topic\":\"%s\",\"partition\":%d,\"from\":%" PRId64 ",\"to\":%" PRId64 "}\n",
               plan->mend.reader, topic_name(plan->ranges[i].topic), (int)plan->ranges[i].part, plan->ranges[i].from,
               plan->ranges[i].to);
}

static void print_ranges(struct replay_plan *plan)
{
    static const char *const head[] = {"topic", ">partition", ">from", ">to", ">records"};
    struct words_table table;
    int64_t sum = 0;

    words_table_init(&table, &plan->mend.arena, head, 5);
    for (size_t i = 0; i < plan->count; i++) {
        const struct replay_range *range = &plan->ranges[i];

        words_cell(&table, str_of(topic_name(range->topic)));
        words_number(&table, range->part);
        words_number(&table, range->from);
        words_number(&table, range->to);
        words_number(&table, range->to - range->from);
        sum += range->to - range->from;
    }
    words_table_print(&table);
    printf("%s hears %" PRId64 " records again%s%s; %s.\n", plan->mend.reader, sum,
           plan->key ? plan->database ? ", of them those of " : ", all of the partitions that have " : "",
           plan->key ? plan->key : "", plan->effects ? "asks of somebody outside are made" : "nobody outside is asked");
}

static bool take_option(struct replay_plan *plan, int option)
{
    int64_t now_ms = clock_wall_ms();

    switch (option) {
    case 'r':
        plan->mend.reader = optarg;
        return true;
    case 'f':
        return replay_place_read(optarg, now_ms, &plan->from);
    case 't':
        return replay_place_read(optarg, now_ms, &plan->to);
    case 'T':
        plan->topic = topic_named(str_of(optarg));
        return plan->topic != TOPIC_NONE;
    case 'k':
        plan->key = optarg;
        return true;
    case 'b':
        plan->mend.by = optarg;
        return true;
    case 'e':
        plan->effects = true;
        return true;
    case 'd':
        plan->mend.dry_run = true;
        return true;
    case 'y':
        plan->mend.yes = true;
        return true;
    case 'j':
        plan->mend.json = true;
        return true;
    default:
        return false;
    }
}

static bool read_line(struct replay_plan *plan, int argc, char **argv, bool *wants_help)
{
    static const struct option options[] = {
        {"reader", required_argument, NULL, 'r'}, {"from", required_argument, NULL, 'f'},
        {"to", required_argument, NULL, 't'},     {"topic", required_argument, NULL, 'T'},
        {"key", required_argument, NULL, 'k'},    {"by", required_argument, NULL, 'b'},
        {"with-effects", no_argument, NULL, 'e'}, {"dry-run", no_argument, NULL, 'd'},
        {"yes", no_argument, NULL, 'y'},          {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        *wants_help = *wants_help || option == 'h';
        if (option != 'h' && !take_option(plan, option)) {
            if (option != '?')
                complain("%s makes no sense here", optarg);
            return false;
        }
    }
    return *wants_help || (optind == argc && plan->mend.reader && plan->from.given &&
                           (plan->to.topic == TOPIC_NONE || plan->to.topic == plan->from.topic));
}

static enum exit_code open_reader(struct replay_plan *plan)
{
    bool views = strcmp(plan->mend.reader, "views") == 0;
    struct err err = {{0}};
    enum status status = tape_open(&plan->tape, &err);

    if (status == ST_OK)
        status = databases_open(&plan->mend.databases, &err);
    if (status != ST_OK)
        return give_up(status, &err);
    plan->database = views ? NULL : database_named(&plan->mend.databases, plan->mend.reader);
    if (views || plan->database)
        return EXIT_DONE;
    complain("there is no reader %s that keeps a position", plan->mend.reader);
    return EXIT_USAGE;
}

static enum exit_code do_it(struct replay_plan *plan)
{
    const char *no = replay_forbidden(plan->mend.reader);
    enum exit_code code;

    if (no) {
        complain("%s may not hear the past again: %s", plan->mend.reader, no);
        return EXIT_REFUSED;
    }
    code = open_reader(plan);
    if (code == EXIT_DONE)
        code = replay_ranges(plan);
    if (code != EXIT_DONE)
        return code;
    if (plan->mend.json)
        print_json(plan);
    else
        print_ranges(plan);
    if (plan->mend.dry_run)
        return EXIT_DONE;
    if (!mend_agreed(&plan->mend, "What it hears next waits until that is over."))
        return EXIT_USAGE;
    if (!plan->database)
        return replay_views(plan);
    return plan->key ? replay_by_key(plan) : replay_by_range(plan);
}

enum exit_code replay(int argc, char **argv)
{
    const char *user = getenv("USER");
    struct replay_plan *plan = calloc(1, sizeof(*plan));
    bool wants_help = false;
    enum exit_code code;

    if (!plan)
        abort();
    plan->mend.by = user && *user ? user : "a keeper";
    arena_init(&plan->mend.arena);
    plan->mend.plans = plans_open();
    if (!read_line(plan, argc, argv, &wants_help) || wants_help) {
        fputs(help, wants_help ? stdout : stderr);
        code = wants_help ? EXIT_DONE : EXIT_USAGE;
    } else {
        code = do_it(plan);
    }
    tape_close(plan->tape);
    mend_end(&plan->mend);
    free(plan);
    return code;
}
