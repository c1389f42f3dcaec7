/* rates.c - shopctl rates: the exchange rates in force, and the offers that were held back. */
#include <stdio.h>

#include "streams/shopctl/shopctl.h"

struct seen {
    struct arena arena;
    const struct rates_updated *told; /* the greatest version; NULL: none was heard */
    bool json;
    size_t held;
};

static void hear_table(void *context, const struct msg *heard)
{
    struct seen *seen = context;
    const struct rates_updated *body = heard->body;

    if (seen->told && seen->told->version >= body->version)
        return;
    arena_clear(&seen->arena);
    seen->told = msg_decode_own(heard->type, msg_encode(heard->type, body, &seen->arena), &seen->arena);
}

static void hear_held(void *context, const struct msg *heard)
{
    struct seen *seen = context;
    const struct rates_held *body = heard->body;
    struct str json;

    if (heard->type != MSG_RATES_HELD)
        return;
    json = seen->json ? msg_json(heard->type, body, &seen->arena) : STR("");
    if (seen->json)
        printf("%s" STR_FMT, seen->held ? ",\n " : "[", STR_ARG(json));
    else
        printf(STR_FMT "  " STR_FMT "\n", STR_ARG(body->as_of), STR_ARG(body->reason));
    seen->held++;
    arena_clear(&seen->arena);
}

static void print_rate(const struct rate *rate)
{
    int64_t one = 1;

    for (int i = 0; i < rate->scale; i++)
        one *= 10;
    printf(STR_FMT "  %8lld", STR_ARG(rate->currency), (long long)(rate->digits / one));
    if (rate->scale)
        printf(".%0*lld", (int)rate->scale, (long long)(rate->digits % one));
    printf("%*s" STR_FMT "\n", 12 - (int)rate->scale - (rate->scale ? 1 : 0), "",
           STR_ARG(rate->as_of.len ? rate->as_of : STR("built in")));
}

static enum exit_code print_table(struct seen *seen)
{
    struct str json;

    if (!seen->told) {
        complain("no rates were told yet");
        return EXIT_REFUSED;
    }
    if (seen->json) {
        json = msg_json(MSG_RATES_UPDATED, seen->told, &seen->arena);
        printf(STR_FMT "\n", STR_ARG(json));
        return EXIT_DONE;
    }
    printf("Version %lld: units for one " STR_FMT "\n", (long long)seen->told->version, STR_ARG(seen->told->base));
    for (size_t i = 0; i < seen->told->rates.count; i++)
        print_rate(&seen->told->rates.items[i]);
    return EXIT_DONE;
}

static enum exit_code print_all(struct seen *seen, bool held)
{
    const enum topic topic = held ? TOPIC_RATES_EVENTS : TOPIC_RATES_STATE;
    struct err err;
    enum status status = say_open(&err);

    if (status == ST_OK)
        status = hear_all(&topic, 1, held ? hear_held : hear_table, seen, &err);
    if (status != ST_OK)
        return give_up(status, &err);
    if (!held)
        return print_table(seen);
    if (seen->json)
        puts(seen->held ? "]" : "[]");
    else if (!seen->held)
        puts("Nothing was held back.");
    return EXIT_DONE;
}

enum exit_code rates(int argc, char **argv)
{
    struct seen seen = {0};
    enum exit_code code;
    bool held = false;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            puts("shopctl rates [held] [--json]\n"
                 "  the exchange rates in force, each with its day; held: what was offered and not believed");
            return EXIT_DONE;
        }
        if (strcmp(argv[i], "--json") != 0 && strcmp(argv[i], "held") != 0) {
            complain("it is: shopctl rates [held] [--json]");
            return EXIT_USAGE;
        }
        seen.json = seen.json || argv[i][0] == '-';
        held = held || argv[i][0] == 'h';
    }
    arena_init(&seen.arena);
    code = print_all(&seen, held);
    hear_close();
    say_close();
    arena_release(&seen.arena);
    return code;
}
