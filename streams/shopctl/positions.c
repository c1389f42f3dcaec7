/* positions.c - shopctl positions: where each reader stands in each partition, raw. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "streams/shopctl/look.h"
#include "streams/shopctl/shopctl.h"
#include "streams/shopctl/words.h"

static const char usage[] =
    "shopctl positions [--reader R] [--json] - where each reader stands in each partition\n\n"
    "position is the first offset that the reader has not heard, from its own database; start and end are the log's. One\n"
    "below the start has missed what is gone; one above the end belongs to another log. Either makes the exit code 3.\n";

static const char *fault_of(const struct stand *stand)
{
    if (stand->end >= 0 && stand->position > stand->end)
        return "above the end";
    if (stand->start >= 0 && stand->position >= 0 && stand->position < stand->start)
        return topic_info(stand->topic)->retention_ms == TOPIC_FOR_EVER ? "below the start of a topic kept for ever"
                                                                        : "below the start";
    return "";
}

static struct str offset_text(int64_t offset, struct arena *arena)
{
    return offset < 0 ? STR("-") : arena_printf(arena, "%" PRId64, offset);
}

static void print_table(const struct look *look, struct arena *arena)
{
    static const char *const head[] = {"reader", "topic", ">partition", ">position",
                                       ">start", ">end",  ">committed", "fault"};
    struct words_table table;

    words_table_init(&table, arena, head, 8);
    for (size_t i = 0; i < look->stand_count; i++) {
        const struct stand *stand = &look->stands[i];

        words_cell(&table, str_of(stand->reader->name));
        words_cell(&table, str_of(topic_name(stand->topic)));
        words_number(&table, stand->part);
        words_cell(&table, offset_text(stand->position, arena));
        words_cell(&table, offset_text(stand->start, arena));
        words_cell(&table, offset_text(stand->end, arena));
        words_cell(&table, offset_text(stand->committed, arena));
        words_cell(&table, str_of(fault_of(stand)));
    }
    words_table_print(&table);
}

static void print_json(const struct look *look)
{
    json_t *list = json_array();

    for (size_t i = 0; i < look->stand_count; i++) {
        const struct stand *stand = &look->stands[i];

        json_array_append_new(list, json_pack("{s:s, s:s, s:i, s:I, s:I, s:I, s:I, s:s}", "reader", stand->reader->name,
                                              "topic", topic_name(stand->topic), "partition", stand->part, "position",
                                              (json_int_t)stand->position, "start", (json_int_t)stand->start, "end",
                                              (json_int_t)stand->end, "committed", (json_int_t)stand->committed,
                                              "fault", fault_of(stand)));
    }
    json_dumpf(list, stdout, JSON_INDENT(1));
    puts("");
    json_decref(list);
}

static enum exit_code judge(const struct look *look)
{
    enum exit_code code = look->tape ? EXIT_DONE : EXIT_FAILED;

    if (!look->tape)
        complain("%s", look->why.text);
    for (size_t i = 0; i < look->reader_count; i++)
        if (look->readers[i].away) {
            complain("%s: %s", look->readers[i].name, look->readers[i].why.text);
            code = EXIT_FAILED;
        }
    for (size_t i = 0; i < look->stand_count; i++)
        if (fault_of(&look->stands[i])[0])
            return EXIT_REFUSED;
    return code;
}

enum exit_code positions(int argc, char **argv)
{
    const char *reader = NULL;
    bool json = false;
    enum exit_code code;
    enum status status;
    struct look look;
    struct arena arena;
    struct err err;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            json = true;
        } else if (strcmp(argv[i], "--reader") == 0 && i + 1 < argc) {
            reader = argv[++i];
        } else {
            bool help = strcmp(argv[i], "--help") == 0;

            fputs(usage, help ? stdout : stderr);
            return help ? EXIT_DONE : EXIT_USAGE;
        }
    }
    status = look_open(&look, reader, &err);
    code = status == ST_OK ? judge(&look) : give_up(status, &err);
    if (status == ST_OK && json) {
        print_json(&look);
    } else if (status == ST_OK) {
        arena_init(&arena);
        print_table(&look, &arena);
        arena_release(&arena);
    }
    look_close(&look);
    return code;
}
