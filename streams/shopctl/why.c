/* why.c - shopctl why: an order's story, what it waits for, and what would happen next. */
#include "streams/shopctl/why.h"

#include <stdio.h>

#include "run/kafka.h"
#include "streams/shopctl/shopctl.h"

static const char usage[] =
    "shopctl why ORDER [--json] - an order's story, what it waits for, since when, and what would happen next\n\n"
    "Everything that was written about it on any topic, in the order of time, with who said it and because of what; its row\n"
    "in each service's database, deadlines, parked messages, and what Kafka has not taken yet. What is away is named, and the\n"
    "rest is told. Names, addresses and cards stay sealed. Exit code 3: nobody knows such an order.\n\n"
    "  --json   for programs: with the whole of each message\n";

static enum exit_code unknown(const struct why *why)
{
    bool whole = !why->story_why.text[0];

    complain("there is no order " STR_FMT ": no topic and no database that answers knows it", STR_ARG(why->order));
    if (!whole)
        complain("Kafka is left out: %s", why->story_why.text);
    for (size_t i = 0; i < why->look.databases.count; i++) {
        const struct database *database = &why->look.databases.list[i];

        if (!database->link)
            complain("%s is left out: %s", database->name, database->why.text);
        whole = whole && database->link;
    }
    if (!whole)
        complain("try again when these are back (make status)");
    return whole ? EXIT_REFUSED : EXIT_FAILED;
}

static enum exit_code tell(struct why *why, bool json)
{
    why_read_story(why);
    why_read_rows(why);
    if (!why_known(why))
        return unknown(why);
    why_judge(why);
    (json ? why_print_json : why_print)(why);
    return EXIT_DONE;
}

enum exit_code why(int argc, char **argv)
{
    const char *order = NULL;
    struct why story = {0};
    enum exit_code code;
    struct id id;
    bool json = false;
    struct err err;
    enum status status;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(usage, stdout);
            return EXIT_DONE;
        }
        if (strcmp(argv[i], "--json") == 0)
            json = true;
        else if (argv[i][0] != '-' && !order)
            order = argv[i];
        else
            order = "";
    }
    if (!order || !order[0]) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    if (!id_parse(str_of(order), &id)) {
        complain(
            "%.100s is no order's id: it stands in the page's address and in the mail, as in 7b6cf098-3686-58b3-a5f0-b18d3282eb2d",
            order);
        return EXIT_USAGE;
    }
    story.order = str_of(order);
    story.part = kafka_partition(KIND_ORDER, story.order);
    arena_init(&story.arena);
    story.plans = plans_open();
    status = look_open(&story.look, NULL, &err);
    code = status == ST_OK ? tell(&story, json) : give_up(status, &err);
    why_release_rows(&story);
    look_close(&story.look);
    plans_close(story.plans);
    arena_release(&story.arena);
    return code;
}
