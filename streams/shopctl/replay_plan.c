/* replay_plan.c - from what the keeper typed to ranges of partitions. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "run/kafka.h"
#include "streams/shopctl/replay.h"
#include "streams/shopctl/words.h"

static bool read_offset(const char *text, struct replay_place *place)
{
    const char *slash = strchr(text, '/');
    char *end;

    if (!slash)
        return false;
    place->topic = topic_named((struct str){text, (size_t)(slash - text)});
    place->part = (int32_t)strtol(slash + 1, &end, 10);
    if (place->topic == TOPIC_NONE || end == slash + 1 || *end != '/' || place->part < 0 ||
        place->part >= kind_partitions(topic_kind(place->topic)))
        return false;
    slash = end;
    place->offset = strtoll(slash + 1, &end, 10);
    return end != slash + 1 && *end == '\0' && place->offset >= 0;
}

static bool read_time(const char *text, struct replay_place *place)
{
    static const char *const forms[] = {"%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%MZ", "%Y-%m-%d"};

    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        struct tm tm = {0};
        const char *end = strptime(text, forms[i], &tm);

        if (!end || *end)
            continue;
        place->time_ms = (int64_t)timegm(&tm) * 1000;
        return true;
    }
    return false;
}

bool replay_place_read(const char *text, int64_t now_ms, struct replay_place *place)
{
    *place = (struct replay_place){.given = true};
    if (strcmp(text, "beginning") == 0)
        return true;
    return words_read_ago(text, now_ms, &place->time_ms) || read_time(text, place) || read_offset(text, place);
}

const char *replay_forbidden(const char *reader)
{
    if (strcmp(reader, "audit") == 0)
        return "it adds up what it hears, and heard twice would count twice: rebuild it instead (shopctl rebuild audit)";
    if (strcmp(reader, "cart") == 0 || strcmp(reader, "catalog") == 0)
        return "its commands add to what is there, and heard twice would count twice: rebuild it instead (shopctl rebuild)";
    return NULL;
}

/* --- ranges ------------------------------------------------------------------------------------------------------- */

/* The first offset of that time or later; the end when there is none. */
static enum status offset_at(struct replay_plan *plan, const struct replay_range *range, int64_t time_ms, int64_t end,
                             int64_t *offset, struct err *err)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_resp_err_t code;

    rd_kafka_topic_partition_list_add(list, topic_name(range->topic), range->part)->offset = time_ms;
    code = rd_kafka_offsets_for_times(tape_client(plan->tape), list, tape_patience_ms(plan->tape));
    code = code ? code : list->elems[0].err;
    *offset = list->elems[0].offset < 0 ? end : list->elems[0].offset;
    rd_kafka_topic_partition_list_destroy(list);
    return code ? err_set(err, ST_RETRY, "Kafka does not say what it held then: %s", rd_kafka_err2str(code)) : ST_OK;
}

static enum status measure(struct replay_plan *plan, struct replay_range *range, struct err *err)
{
    int64_t start, end;
    enum status status = tape_ends(plan->tape, topic_name(range->topic), range->part, &start, &end, err);

    range->from = plan->from.offset;
    range->to = plan->to.topic == TOPIC_NONE ? range->position : plan->to.offset;
    if (status == ST_OK && range->position > end)
        return err_set(
            err, ST_REJECT,
            "%s/%d ends at %lld, and %s has heard it up to %lld: this Kafka is not the one that its database was "
            "made with",
            topic_name(range->topic), (int)range->part, (long long)end, plan->mend.reader, (long long)range->position);
    if (status == ST_OK && plan->from.topic == TOPIC_NONE && plan->from.time_ms)
        status = offset_at(plan, range, plan->from.time_ms, end, &range->from, err);
    if (status == ST_OK && plan->to.given && plan->to.topic == TOPIC_NONE)
        status = offset_at(plan, range, plan->to.time_ms, end, &range->to, err);
    if (range->from < start)
        range->from = start;
    if (range->to > range->position)
        range->to = range->position;
    return status;
}

/* Only what hears any order of messages, and answers "said twice". */
static bool is_wanted(const struct replay_plan *plan, const struct replay_range *range)
{
    if (plan->database && topic_kind(range->topic) != KIND_ORDER)
        return false;
    if (plan->topic != TOPIC_NONE && range->topic != plan->topic)
        return false;
    if (plan->from.topic != TOPIC_NONE && (range->topic != plan->from.topic || range->part != plan->from.part))
        return false;
    return !plan->key || range->part == kafka_partition(topic_kind(range->topic), str_of(plan->key));
}

/* The reader's own positions. */
static enum exit_code read_positions(struct replay_plan *plan)
{
    PGresult *rows;

    if (!plan->database)
        return replay_views_positions(plan);
    rows = database_rows(plan->database, "SELECT topic, part, next_offset FROM position ORDER BY topic, part", NULL, 0);
    if (!rows) {
        complain("%s: %s", plan->database->name, plan->database->why.text);
        return EXIT_FAILED;
    }
    for (int row = 0; row < PQntuples(rows) && plan->count < REPLAY_RANGES_MAX; row++)
        plan->ranges[plan->count++] = (struct replay_range){.topic = topic_named(database_text(rows, row, 0)),
                                                            .part = (int32_t)database_long(rows, row, 1),
                                                            .position = database_long(rows, row, 2)};
    PQclear(rows);
    return EXIT_DONE;
}

static enum exit_code refused(enum status status, const struct err *err)
{
    enum exit_code code = give_up(status, err);

    return status == ST_REJECT ? EXIT_REFUSED : code;
}

enum exit_code replay_ranges(struct replay_plan *plan)
{
    enum exit_code code = read_positions(plan);
    size_t wanted = 0;
    struct err err;

    for (size_t i = 0; code == EXIT_DONE && i < plan->count; i++) {
        struct replay_range range = plan->ranges[i];
        enum status status = ST_OK;

        if (range.topic == TOPIC_NONE || !is_wanted(plan, &range))
            continue;
        status = measure(plan, &range, &err);
        if (status != ST_OK)
            code = refused(status, &err);
        else if (range.from < range.to)
            plan->ranges[wanted++] = range;
    }
    plan->count = wanted;
    if (code == EXIT_DONE && !wanted) {
        complain("%s has heard nothing there that it may hear again", plan->mend.reader);
        return EXIT_REFUSED;
    }
    return code;
}
