/* ad_write.c - campaigns from a file, and their end: all are checked before the first is said, then each is answered. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/id.h"
#include "msg/shelf.h"
#include "msg/utf8.h"
#include "streams/shopctl/ad.h"
#include "streams/shopctl/once.h"
#include "streams/shopctl/words.h"

enum { CAMPAIGNS = 1000, DAY_MS = 24 * 60 * 60 * 1000, YEAR_DAYS = 365 };

/* A command, and whether it has been answered. */
struct saying {
    enum msg_type type;
    union {
        struct run_campaign run;
        struct stop_campaign stop;
    } body;
    struct id id;
    bool answered;
};

struct all {
    struct shelf *shelf; /* what is sold */
    struct saying *items;
    size_t count, answered;
    bool refused, done;
};

/* --- a file --------------------------------------------------------------------------------------------------------- */

static struct str_list words_of(json_t *list, struct arena *arena)
{
    struct str *items = arena_array(arena, json_array_size(list), sizeof(*items));

    for (size_t i = 0; i < json_array_size(list); i++)
        items[i] = str_of(json_string_value(json_array_get(list, i)));
    return (struct str_list){items, json_array_size(list)};
}

/* Texts, or no list at all. */
static bool are_texts(json_t *list)
{
    bool all = !list || json_is_array(list);

    for (size_t i = 0; all && i < json_array_size(list); i++)
        all = json_is_string(json_array_get(list, i)) && utf8_plain(str_of(json_string_value(json_array_get(list, i))));
    return all;
}

static bool is_number(json_int_t number)
{
    return number >= 0 && number <= INT32_MAX;
}

/* What is wrong, or NULL. The service looks closer; this is about what cannot be said at all. */
static const char *read_campaign(json_t *json, struct run_campaign *run, struct arena *arena)
{
    const char *id, *text, *product, *budget, *impression = "0.002", *click = "0.10", *from = NULL, *until = NULL;
    json_t *keywords = NULL, *categories = NULL;
    json_int_t weight = 1, cap = 3;
    json_error_t error;
    int64_t today_ms = clock_wall_ms() / DAY_MS * DAY_MS;

    *run = (struct run_campaign){.from_ms = today_ms, .until_ms = today_ms + (int64_t)YEAR_DAYS * DAY_MS};
    if (json_unpack_ex(json, &error, JSON_STRICT, "{s:s, s:s, s:s, s:s, s?s, s?s, s?s, s?s, s?o, s?o, s?I, s?I}", "id",
                       &id, "text", &text, "product", &product, "daily_budget", &budget, "impression", &impression,
                       "click", &click, "from", &from, "until", &until, "keywords", &keywords, "categories",
                       &categories, "weight", &weight, "session_cap", &cap) != 0)
        return arena_copy(arena, str_of(error.text)).ptr;
    if (!are_texts(keywords) || !are_texts(categories))
        return "keywords and categories are lists of texts";
    if (!is_number(weight) || !is_number(cap))
        return "weight and session_cap are 0 or more, and at most 2147483647";
    if (!utf8_plain(str_of(id)) || !utf8_plain(str_of(text)) || !utf8_plain(str_of(product)))
        return "id, text and product have no control characters, and no ends of lines";
    run->ad_id = str_of(id);
    run->text = str_of(text);
    run->product_id = str_of(product);
    run->keywords = words_of(keywords, arena);
    run->categories = words_of(categories, arena);
    run->weight = (int32_t)weight;
    run->session_cap = (int32_t)cap;
    if (!ad_micros(budget, &run->daily_budget_micros) || !ad_micros(impression, &run->impression_micros) ||
        !ad_micros(click, &run->click_micros))
        return "daily_budget, impression and click are dollars in quotes, like \"0.002\"";
    if ((from && !words_read_time(from, &run->from_ms)) || (until && !words_read_time(until, &run->until_ms)))
        return "from and until are like \"2026-11-22\" or \"2026-11-22T18:00:00Z\"";
    return NULL;
}

static bool is_named_before(const struct all *all, struct str ad_id)
{
    for (size_t i = 0; i < all->count; i++)
        if (str_equal(all->items[i].body.run.ad_id, ad_id))
            return true;
    return false;
}

static bool read_file(const char *path, json_t *file, struct all *all, struct arena *arena)
{
    json_t *list = json_object_get(file, "campaigns");

    if (json_array_size(list) == 0 || json_array_size(list) > CAMPAIGNS) {
        complain("%s: there is no list \"campaigns\" of 1 to %d", path, CAMPAIGNS);
        return false;
    }
    all->items = arena_array(arena, json_array_size(list), sizeof(*all->items));
    for (; all->count < json_array_size(list); all->count++) {
        struct saying *saying = &all->items[all->count];
        const char *wrong = read_campaign(json_array_get(list, all->count), &saying->body.run, arena);

        saying->type = MSG_RUN_CAMPAIGN;
        if (!wrong && is_named_before(all, saying->body.run.ad_id))
            wrong = "its id is that of another one of the file";
        if (wrong) {
            complain("%s: campaign %zu: %s", path, all->count + 1, wrong);
            return false;
        }
    }
    return true;
}

/* --- saying it, and hearing what came of it ------------------------------------------------------------------------- */

static void hear(void *context, const struct msg *heard)
{
    struct all *all = context;

    shelf_learn(all->shelf, heard->type, heard->body);
    for (size_t i = 0; i < all->count; i++) {
        struct saying *saying = &all->items[i];

        if (saying->answered || !id_equal(&saying->id, &heard->correlation))
            continue;
        saying->answered = true;
        all->done = ++all->answered == all->count;
        if (heard->type == MSG_CAMPAIGN_REFUSED) {
            const struct campaign_refused *refused = heard->body;

            all->refused = true;
            complain(STR_FMT ": " STR_FMT " was refused. " STR_FMT, STR_ARG(heard->key), STR_ARG(refused->command),
                     STR_ARG(refused->detail));
        } else {
            printf(STR_FMT ": %s\n", STR_ARG(heard->key),
                   saying->type == MSG_RUN_CAMPAIGN ? "runs." : "is shown no more.");
        }
    }
}

/* It is run all the same: the product may come later. */
static void warn_of_unknown_products(const struct all *all)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct run_campaign *run = &all->items[i].body.run;
        const struct product_updated *product;

        if (all->items[i].type != MSG_RUN_CAMPAIGN)
            continue;
        product = shelf_product(all->shelf, run->product_id);
        if (!product || product->retired)
            complain(STR_FMT ": warning: the shop does not sell " STR_FMT ", so the ad is not shown",
                     STR_ARG(run->ad_id), STR_ARG(run->product_id));
    }
}

static enum status say_and_wait(struct all *all, bool wait, struct err *err)
{
    static const enum topic topics[] = {TOPIC_AD_STATE, TOPIC_AD_EVENTS, TOPIC_PRODUCT_STATE};
    enum status status = say_open(err);

    if (status == ST_OK && wait)
        status = hear_all(topics, 3, hear, all, err);
    if (status != ST_OK)
        return status;
    if (wait)
        warn_of_unknown_products(all);
    for (size_t i = 0; i < all->count; i++)
        say_as(all->items[i].type, &all->items[i].body, &all->items[i].id);
    status = say_wait(err);
    return status == ST_OK && wait ? hear_until(&all->done, 0, err) : status;
}

static enum exit_code say_all(const struct ad_call *call, struct all *all, struct arena *arena)
{
    struct err err;
    enum status status;

    for (size_t i = 0; i < all->count; i++) {
        all->items[i].id = id_random();
        if (call->dry_run) {
            struct str json = msg_json(all->items[i].type, &all->items[i].body, arena);

            printf("Would say %s " STR_FMT "\n", msg_type_name(all->items[i].type), STR_ARG(json));
        }
    }
    if (call->dry_run || all->count == 0)
        return EXIT_DONE;
    all->shelf = shelf_open();
    status = say_and_wait(all, !call->no_wait, &err);
    hear_close();
    shelf_close(all->shelf);
    if (status == ST_RETRY)
        complain("%zu of %zu have been answered. What was said may still be heard; to say it again does no harm",
                 all->answered, all->count);
    if (status != ST_OK)
        return give_up(status, &err);
    return all->refused ? EXIT_REFUSED : EXIT_DONE;
}

enum exit_code ad_run(const struct ad_call *call, struct arena *arena)
{
    struct all all = {0};
    json_error_t error;
    json_t *file;
    enum exit_code code = EXIT_USAGE;

    if (once_was_offered(call->marks, call->operands[0]))
        return EXIT_DONE;
    file = json_load_file(call->operands[0], JSON_REJECT_DUPLICATES, &error);
    if (!file)
        complain_of_file(call->operands[0], error.line, error.text);
    else if (read_file(call->operands[0], file, &all, arena))
        code = say_all(call, &all, arena);
    if (code == EXIT_DONE && call->marks && !call->dry_run && !once_note(call->marks, call->operands[0]))
        code = EXIT_FAILED;
    json_decref(file);
    return code;
}

enum exit_code ad_stop(const struct ad_call *call, struct arena *arena)
{
    struct all all = {.count = call->operand_count};

    all.items = arena_array(arena, all.count, sizeof(*all.items));
    for (size_t i = 0; i < all.count; i++) {
        for (size_t k = 0; k < i; k++)
            if (strcmp(call->operands[i], call->operands[k]) == 0) {
                complain("%s: named twice", call->operands[i]);
                return EXIT_USAGE;
            }
        if (!utf8_plain(str_of(call->operands[i]))) {
            complain("an id has no control characters, and is UTF-8");
            return EXIT_USAGE;
        }
        all.items[i].type = MSG_STOP_CAMPAIGN;
        all.items[i].body.stop.ad_id = str_of(call->operands[i]);
    }
    return say_all(call, &all, arena);
}
