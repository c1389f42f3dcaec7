/* rates.c - shopctl rates: the exchange rates in force, the offers that were held back, and which of them still are. */
#include "streams/shopctl/rates.h"

#include <stdio.h>

/* A copy that stays: in the arena, which is only emptied at the end. */
static const void *keep(struct rates_seen *seen, const struct msg *heard)
{
    return msg_decode_own(heard->type, msg_encode(heard->type, heard->body, &seen->arena), &seen->arena);
}

static void note_held(struct rates_seen *seen, const struct rates_held *held)
{
    size_t at = 0;

    while (at < seen->held_count && !str_equal(seen->held[at].offered.currency, held->offered.currency))
        at++;
    if (at == RATES_HELD_MOST)
        return;
    seen->held[at] = *held;
    if (at == seen->held_count)
        seen->held_count++;
}

void rates_hear(void *context, const struct msg *heard)
{
    struct rates_seen *seen = context;
    const struct rates_updated *body = heard->body;

    if (heard->type == MSG_RATES_UPDATED && (!seen->told || seen->told->version < body->version))
        seen->told = keep(seen, heard);
    else if (heard->type == MSG_RATES_HELD)
        note_held(seen, keep(seen, heard));
}

bool rates_is_held(const struct rates_seen *seen, const struct rates_held *held)
{
    for (size_t i = 0; seen->told && i < seen->told->rates.count; i++)
        if (str_equal(seen->told->rates.items[i].currency, held->offered.currency))
            return str_compare(seen->told->rates.items[i].as_of, held->as_of) < 0 ||
                   (str_equal(seen->told->rates.items[i].as_of, held->as_of) &&
                    seen->told->rates.items[i].digits == held->known.digits &&
                    seen->told->rates.items[i].scale == held->known.scale);
    return true;
}

struct str rates_decimal(const struct rate *rate, struct arena *arena)
{
    int64_t one = 1;

    for (int i = 0; i < rate->scale; i++)
        one *= 10;
    if (rate->scale == 0)
        return arena_printf(arena, "%lld", (long long)rate->digits);
    return arena_printf(arena, "%lld.%0*lld", (long long)(rate->digits / one), (int)rate->scale,
                        (long long)(rate->digits % one));
}

static void print_rate(const struct rate *rate, struct arena *arena)
{
    struct str text = rates_decimal(rate, arena);
    int before = rate->scale ? (int)text.len - rate->scale - 1 : (int)text.len;

    printf(STR_FMT "  %*s" STR_FMT "%*s" STR_FMT "\n", STR_ARG(rate->currency), before < 8 ? 8 - before : 0, "",
           STR_ARG(text), 12 - (int)rate->scale - (rate->scale ? 1 : 0), "",
           STR_ARG(rate->as_of.len ? rate->as_of : STR("built in")));
}

static enum exit_code print_table(struct rates_seen *seen)
{
    struct str json;
    bool any = false;

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
        print_rate(&seen->told->rates.items[i], &seen->arena);
    for (size_t i = 0; i < seen->held_count; i++)
        if (rates_is_held(seen, &seen->held[i])) {
            printf("%sheld back, of " STR_FMT ": " STR_FMT "\n", any ? "" : "\n", STR_ARG(seen->held[i].as_of),
                   STR_ARG(seen->held[i].reason));
            any = true;
        }
    if (any)
        puts("A jump that is real is let through by: shopctl rates accept CURRENCY");
    return EXIT_DONE;
}

static enum exit_code show(struct rates_seen *seen)
{
    static const enum topic topics[] = {TOPIC_RATES_STATE, TOPIC_RATES_EVENTS};
    struct err err;
    enum status status = say_open(&err);

    if (status == ST_OK)
        status = hear_all(topics, 2, rates_hear, seen, &err);
    return status == ST_OK ? print_table(seen) : give_up(status, &err);
}

/* --- all that was ever held back ------------------------------------------------------------------------------------ */

static void print_held(void *context, const struct msg *heard)
{
    struct rates_seen *seen = context;
    const struct rates_held *body = heard->body;
    struct str json;

    if (heard->type != MSG_RATES_HELD)
        return;
    json = seen->json ? msg_json(heard->type, body, &seen->arena) : STR("");
    if (seen->json)
        printf("%s" STR_FMT, seen->held_count ? ",\n " : "[", STR_ARG(json));
    else
        printf(STR_FMT "  " STR_FMT "\n", STR_ARG(body->as_of), STR_ARG(body->reason));
    seen->held_count++;
}

static enum exit_code list_held(struct rates_seen *seen)
{
    static const enum topic topics[] = {TOPIC_RATES_EVENTS};
    struct err err;
    enum status status = say_open(&err);

    if (status == ST_OK)
        status = hear_all(topics, 1, print_held, seen, &err);
    if (status != ST_OK)
        return give_up(status, &err);
    if (seen->json)
        puts(seen->held_count ? "]" : "[]");
    else if (!seen->held_count)
        puts("Nothing was held back.");
    return EXIT_DONE;
}

/* --- the command ------------------------------------------------------------------------------------------------------ */

static const char usage[] = "shopctl rates [show] [--json]\n"
                            "  the exchange rates in force, each with its day, and what is held back\n"
                            "shopctl rates held [--json]\n"
                            "  all that was ever offered and not believed\n"
                            "shopctl rates accept CURRENCY [--dry-run]\n"
                            "  what is held back comes into force: the jump is real";

static enum exit_code run_word(struct rates_seen *seen, const char *word, const char *currency)
{
    bool accepts = strcmp(word, "accept") == 0;

    if (accepts && currency && !seen->json)
        return rates_accept(seen, currency);
    if (!accepts && !currency && !seen->dry_run) {
        if (strcmp(word, "show") == 0)
            return show(seen);
        if (strcmp(word, "held") == 0)
            return list_held(seen);
    }
    fprintf(stderr, "shopctl: it is\n%s\n", usage);
    return EXIT_USAGE;
}

enum exit_code rates(int argc, char **argv)
{
    static struct rates_seen seen;
    const char *words[2] = {"show", NULL};
    enum exit_code code;
    int count = 0;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            puts(usage);
            return EXIT_DONE;
        }
        if (strcmp(argv[i], "--json") == 0)
            seen.json = true;
        else if (strcmp(argv[i], "--dry-run") == 0)
            seen.dry_run = true;
        else if (count < 2 && argv[i][0] != '-')
            words[count++] = argv[i];
        else
            words[0] = "";
    }
    arena_init(&seen.arena);
    code = run_word(&seen, words[0], words[1]);
    hear_close();
    say_close();
    arena_release(&seen.arena);
    return code;
}
