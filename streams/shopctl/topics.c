/* topics.c - shopctl topics: the list of events/topics.toml against what the broker has. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "run/drift.h"
#include "streams/shopctl/shopctl.h"
#include "streams/shopctl/tape.h"
#include "streams/shopctl/words.h"

static const char usage[] =
    "shopctl topics [--all] [--json] - the shop's topics, as they should be and as the broker has them\n\n"
    "records are those that lie there now; first and next the smallest and the greatest offset of any partition; a minute is\n"
    "what came in the last five, on average. A topic that is missing, or has other partitions or settings than\n"
    "events/topics.toml says, is named, and makes the exit code 3 (make run corrects it: publish topics).\n\n"
    "  --all    dead-letter topics that are empty, too\n"
    "  --json   for programs\n";

enum { PARTS_MAX = 64, RECENT_MIN = 5, RECENT_MS = RECENT_MIN * 60 * 1000 };

struct line {
    const struct wanted *wanted;
    int32_t partitions; /* on the broker; 0: it is missing */
    int64_t starts[PARTS_MAX], ends[PARTS_MAX], recent;
    struct str faults; /* a sentence each; empty: it is as it should be */
};

struct list {
    struct tape *tape;
    struct wanted *wanted;
    struct line *lines;
    size_t count;
    struct str strangers; /* topics of the broker that nobody here knows */
    struct arena arena;
};

static void add_fault(struct list *list, struct line *line, struct str fault)
{
    line->faults = arena_printf(&list->arena, STR_FMT "%s" STR_FMT, STR_ARG(line->faults), line->faults.len ? "; " : "",
                                STR_ARG(fault));
}

static int64_t records_of(const struct line *line)
{
    int64_t records = 0;

    for (int32_t p = 0; p < line->partitions; p++)
        records += line->ends[p] - line->starts[p];
    return records;
}

/* --- what the broker has ------------------------------------------------------------------------------------------ */

/* How many came since then: each partition's end less the first offset that is young enough. */
static int64_t count_recent(struct list *list, const struct line *line)
{
    rd_kafka_topic_partition_list_t *times = rd_kafka_topic_partition_list_new(line->partitions);
    int64_t recent = 0, since_ms = clock_wall_ms() - RECENT_MS;
    rd_kafka_resp_err_t code;

    for (int32_t p = 0; p < line->partitions; p++)
        rd_kafka_topic_partition_list_add(times, line->wanted->name, p)->offset = since_ms;
    code = rd_kafka_offsets_for_times(tape_client(list->tape), times, tape_patience_ms(list->tape));
    for (int i = 0; i < times->cnt && !code; i++)
        if (times->elems[i].offset >= 0 && !times->elems[i].err)
            recent += line->ends[times->elems[i].partition] - times->elems[i].offset;
    rd_kafka_topic_partition_list_destroy(times);
    return recent;
}

static enum status measure(struct list *list, struct line *line, struct err *err)
{
    enum status status = ST_OK;
    int32_t there = tape_partitions(list->tape, line->wanted->name);

    line->partitions = there < PARTS_MAX ? there : PARTS_MAX;
    if (!there)
        add_fault(list, line, STR("is missing"));
    else if (there != line->wanted->partitions)
        add_fault(
            list, line,
            arena_printf(&list->arena, "has %d partitions, should have %d", (int)there, (int)line->wanted->partitions));
    for (int32_t p = 0; p < line->partitions && status == ST_OK; p++)
        status = tape_ends(list->tape, line->wanted->name, p, &line->starts[p], &line->ends[p], err);
    if (status == ST_OK && records_of(line) > 0)
        line->recent = count_recent(list, line);
    return status;
}

static struct line *line_named(struct list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->lines[i].wanted->name, name) == 0)
            return &list->lines[i];
    return NULL;
}

static void compare(struct list *list, const rd_kafka_ConfigResource_t *resource)
{
    size_t count;
    const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(resource, &count);
    struct line *line = line_named(list, rd_kafka_ConfigResource_name(resource));

    for (size_t i = 0; line && i < count; i++) {
        const char *value = rd_kafka_ConfigEntry_value(entries[i]), *should;

        if (drift_found(line->wanted, entries[i], &should))
            add_fault(list, line,
                      arena_printf(&list->arena, "%s is %s, should be %s", rd_kafka_ConfigEntry_name(entries[i]),
                                   value ? value : "not set", should ? should : "the broker's default"));
    }
}

static enum status compare_settings(struct list *list, struct err *err)
{
    rd_kafka_ConfigResource_t **resources = calloc(list->count + 1, sizeof(*resources));
    rd_kafka_queue_t *answers = rd_kafka_queue_new(tape_client(list->tape));
    const rd_kafka_ConfigResource_t **described;
    enum status status = ST_OK;
    rd_kafka_event_t *event = NULL;
    size_t count = 0;

    if (!resources)
        abort();
    for (size_t i = 0; i < list->count; i++)
        if (list->lines[i].partitions)
            resources[count++] = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, list->lines[i].wanted->name);
    if (count) {
        rd_kafka_DescribeConfigs(tape_client(list->tape), resources, count, NULL, answers);
        event = rd_kafka_queue_poll(answers, tape_patience_ms(list->tape));
        if (!event || rd_kafka_event_error(event))
            status = err_set(err, ST_RETRY, "Kafka does not tell the topics' settings: %s",
                             event ? rd_kafka_event_error_string(event) : "no answer");
    }
    rd_kafka_ConfigResource_destroy_array(resources, count);
    if (event && status == ST_OK) {
        described = rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event), &count);
        for (size_t i = 0; i < count; i++)
            compare(list, described[i]);
    }
    if (event)
        rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(answers);
    free(resources);
    return status;
}

static void note_stranger(void *context, const char *topic)
{
    struct list *list = context;

    if (strncmp(topic, "__", 2) != 0 && !line_named(list, topic))
        list->strangers = arena_printf(&list->arena, STR_FMT "%s%s", STR_ARG(list->strangers),
                                       list->strangers.len ? ", " : "", topic);
}

static enum status look(struct list *list, struct err *err)
{
    enum status status = tape_open(&list->tape, err);

    list->wanted = wanted_list(&list->count);
    list->lines = calloc(list->count, sizeof(*list->lines));
    if (!list->lines)
        abort();
    for (size_t i = 0; i < list->count; i++)
        list->lines[i].wanted = &list->wanted[i];
    for (size_t i = 0; i < list->count && status == ST_OK; i++)
        status = measure(list, &list->lines[i], err);
    if (status == ST_OK)
        status = compare_settings(list, err);
    if (status == ST_OK)
        tape_each_topic(list->tape, note_stranger, list);
    return status;
}

/* --- telling it --------------------------------------------------------------------------------------------------- */

static struct str kept_text(const struct wanted *wanted, struct arena *arena)
{
    const char *policy = wanted_value(wanted, "cleanup.policy"), *ms = wanted_value(wanted, "retention.ms");

    if (policy && strcmp(policy, "compact") == 0)
        return STR("compacted");
    if (!ms || ms[0] == '-')
        return STR("for ever");
    return words_span(strtoll(ms, NULL, 10), arena);
}

static bool is_shown(const struct line *line, bool all)
{
    return all || line->faults.len || records_of(line) > 0 || topic_named(str_of(line->wanted->name)) != TOPIC_NONE;
}

static void bounds(const struct line *line, int64_t *first, int64_t *next)
{
    *first = line->partitions ? line->starts[0] : 0;
    *next = 0;
    for (int32_t p = 0; p < line->partitions; p++) {
        *first = line->starts[p] < *first ? line->starts[p] : *first;
        *next = line->ends[p] > *next ? line->ends[p] : *next;
    }
}

static void print_table(struct list *list, bool all)
{
    static const char *const head[] = {"topic",  "writer", "kept",      ">partitions", ">records",
                                       ">first", ">next",  ">a minute", "fault"};
    struct words_table table;

    words_table_init(&table, &list->arena, head, 9);
    for (size_t i = 0; i < list->count; i++) {
        const struct line *line = &list->lines[i];
        enum topic topic = topic_named(str_of(line->wanted->name));
        int64_t first, next;

        if (!is_shown(line, all))
            continue;
        bounds(line, &first, &next);
        words_cell(&table, str_of(line->wanted->name));
        words_cell(&table, topic == TOPIC_NONE ? STR("(dead letters)") : str_of(topic_info(topic)->writer));
        words_cell(&table, kept_text(line->wanted, &list->arena));
        words_number(&table, line->partitions);
        words_number(&table, records_of(line));
        words_number(&table, first);
        words_number(&table, next);
        words_cell(&table, arena_printf(&list->arena, "%.1f", (double)line->recent / RECENT_MIN));
        words_cell(&table, line->faults);
    }
    words_table_print(&table);
    if (list->strangers.len)
        printf("\nNot in events/topics.toml: " STR_FMT "\n", STR_ARG(list->strangers));
}

static void print_json(const struct list *list)
{
    json_t *topics = json_array();

    for (size_t i = 0; i < list->count; i++) {
        const struct line *line = &list->lines[i];
        json_t *parts = json_array();

        for (int32_t p = 0; p < line->partitions; p++)
            json_array_append_new(
                parts, json_pack("{s:I, s:I}", "start", (json_int_t)line->starts[p], "end", (json_int_t)line->ends[p]));
        json_array_append_new(topics,
                              json_pack("{s:s, s:I, s:f, s:s, s:o}", "topic", line->wanted->name, "records",
                                        (json_int_t)records_of(line), "a_minute", (double)line->recent / RECENT_MIN,
                                        "faults", line->faults.len ? line->faults.ptr : "", "partitions", parts));
    }
    json_dumpf(topics, stdout, JSON_INDENT(1));
    puts("");
    json_decref(topics);
}

static enum exit_code tell(struct list *list, bool all, bool json)
{
    if (json)
        print_json(list);
    else
        print_table(list, all);
    for (size_t i = 0; i < list->count; i++)
        if (list->lines[i].faults.len)
            return EXIT_REFUSED;
    return EXIT_DONE;
}

enum exit_code topics(int argc, char **argv)
{
    struct list list = {0};
    bool all = false, json = false;
    enum exit_code code;
    enum status status;
    struct err err;

    for (int i = 1; i < argc; i++) {
        bool help = strcmp(argv[i], "--help") == 0;

        all = all || strcmp(argv[i], "--all") == 0;
        json = json || strcmp(argv[i], "--json") == 0;
        if (!help && (strcmp(argv[i], "--all") == 0 || strcmp(argv[i], "--json") == 0))
            continue;
        fputs(usage, help ? stdout : stderr);
        return help ? EXIT_DONE : EXIT_USAGE;
    }
    arena_init(&list.arena);
    status = look(&list, &err);
    code = status == ST_OK ? tell(&list, all, json) : give_up(status, &err);
    tape_close(list.tape);
    free(list.lines);
    free(list.wanted);
    arena_release(&list.arena);
    return code;
}
