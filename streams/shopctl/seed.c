/* seed.c - the products of a new shop, from a JSON file to the catalogue's commands. */
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>

#include "msg/offer.h"
#include "streams/shopctl/once.h"
#include "streams/shopctl/shopctl.h"

/* One product of the file, checked; texts live as long as the JSON. */
struct product_line {
    const char *id, *name, *description, *picture, *currency;
    json_int_t price_minor, weight_grams, volume_cm3, stock; /* volume 0: not measured */
    json_t *categories;
};

/* NULL when it is a product, otherwise what is wrong with it. */
static const char *read_product(json_t *json, struct product_line *line)
{
    static char wrong[JSON_ERROR_TEXT_LENGTH];
    json_error_t error;
    json_t *category;
    size_t i;

    line->volume_cm3 = 0;
    if (json_unpack_ex(json, &error, JSON_STRICT, "{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s?:I, s:I, s:o}", "id",
                       &line->id, "name", &line->name, "description", &line->description, "picture", &line->picture,
                       "currency", &line->currency, "price_minor", &line->price_minor, "weight_grams",
                       &line->weight_grams, "volume_cm3", &line->volume_cm3, "stock", &line->stock, "categories",
                       &line->categories) != 0) {
        memcpy(wrong, error.text, sizeof(wrong));
        return wrong;
    }
    if (line->price_minor < 0 || line->stock < 0 || line->stock > INT32_MAX || line->weight_grams < 0 ||
        line->weight_grams > INT32_MAX || line->volume_cm3 < 0 || line->volume_cm3 > INT32_MAX)
        return "price_minor, weight_grams, volume_cm3 and stock must be 0 or more, and not absurd";
    if (!json_is_array(line->categories))
        return "categories must be a list of texts";
    json_array_foreach(line->categories, i, category)
    {
        if (!json_is_string(category))
            return "categories must be a list of texts";
    }
    return NULL;
}

static struct add_product product_of(const struct product_line *line, struct arena *arena)
{
    size_t count = json_array_size(line->categories);
    struct str *categories = arena_array(arena, count, sizeof(*categories));

    for (size_t i = 0; i < count; i++)
        categories[i] = str_of(json_string_value(json_array_get(line->categories, i)));
    return (struct add_product){.product_id = str_of(line->id),
                                .name = str_of(line->name),
                                .description = str_of(line->description),
                                .picture = str_of(line->picture),
                                .categories = {categories, count},
                                .price_minor = line->price_minor,
                                .currency = str_of(line->currency),
                                .weight_grams = (int32_t)line->weight_grams,
                                .volume_cm3 = (int32_t)line->volume_cm3,
                                .quantity = (int32_t)line->stock};
}

/* What the file says, and what came of it. */
struct seeds {
    struct seedling {
        struct add_product body;
        struct id id;
        bool answered;
    } * items;
    size_t count, answered, refused;
    bool done, wait, dry_run, json;
    const char *marks; /* --once */
    struct arena arena;
};

/* All of them are checked before the first is said. */
static bool read_all(const char *path, json_t *products, struct seeds *seeds)
{
    struct product_line line;
    json_t *product;
    size_t i;

    if (!json_is_array(products) || json_array_size(products) == 0) {
        complain("%s: there is no list \"products\", or nothing in it", path);
        return false;
    }
    seeds->items = arena_array(&seeds->arena, json_array_size(products), sizeof(*seeds->items));
    json_array_foreach(products, i, product)
    {
        const char *wrong = read_product(product, &line);
        struct seedling *item = &seeds->items[seeds->count++];

        if (!wrong) {
            item->body = product_of(&line, &seeds->arena);
            item->id = say_id(arena_printf(&seeds->arena, "seed:AddProduct:%s", line.id));
            wrong = offer_fault(&item->body);
        }
        if (wrong) {
            complain("%s: product %zu: %s", path, i + 1, wrong);
            return false;
        }
    }
    return true;
}

/* Answers of an earlier time count: the same file again is the same messages. */
static void hear(void *context, const struct msg *heard)
{
    struct seeds *seeds = context;

    for (size_t i = 0; i < seeds->count; i++) {
        struct seedling *item = &seeds->items[i];

        if (item->answered || !id_equal(&item->id, &heard->correlation))
            continue;
        item->answered = true;
        seeds->done = ++seeds->answered == seeds->count;
        if (heard->type == MSG_PRODUCT_COMMAND_REFUSED) {
            const struct product_command_refused *refused = heard->body;

            seeds->refused++;
            complain(STR_FMT ": refused. " STR_FMT, STR_ARG(item->body.product_id), STR_ARG(refused->detail));
        }
    }
}

static enum status say_all(struct seeds *seeds, struct err *err)
{
    static const enum topic topics[] = {TOPIC_CATALOG_EVENTS};
    enum status status = say_open(err);

    if (status == ST_OK && seeds->wait)
        status = hear_all(topics, 1, hear, seeds, err);
    if (status != ST_OK)
        return status;
    for (size_t i = 0; i < seeds->count; i++)
        say_as(MSG_ADD_PRODUCT, &seeds->items[i].body, &seeds->items[i].id);
    status = say_wait(err);
    return status == ST_OK && seeds->wait ? hear_until(&seeds->done, 0, err) : status;
}

static enum exit_code tell(const struct seeds *seeds, enum exit_code code)
{
    const char *fate = seeds->dry_run ? "would be offered" : seeds->wait ? "offered" : "on their way";

    if (seeds->json)
        printf("{\"products\":%zu,\"refused\":%zu,\"fate\":\"%s\"}\n", seeds->count, seeds->refused, fate);
    else if (seeds->dry_run)
        printf("%zu products would be offered to the catalogue.\n", seeds->count);
    else if (!seeds->wait)
        printf("%zu products are on their way to the catalogue; whether it takes them is not waited for.\n",
               seeds->count);
    else
        printf("%zu products are in the catalogue, %zu were refused.\n", seeds->count - seeds->refused, seeds->refused);
    return code;
}

static enum exit_code sow(struct seeds *seeds)
{
    struct err err;
    enum status status = say_all(seeds, &err);

    hear_close();
    say_close();
    if (status != ST_OK)
        return give_up(status, &err);
    return tell(seeds, seeds->refused ? EXIT_REFUSED : EXIT_DONE);
}

static const char help[] =
    "shopctl seed [--wait] [--once MARKS] [--dry-run] [--json] FILE - offer the products of a JSON file; again, it changes nothing\n\n"
    "The file is like services/catalog/catalog.json. All products are checked before the first is said.\n\n"
    "  --wait     waits for the catalogue's answers, and tells each refusal (exit code 3)\n"
    "  --once MARKS  not when the file MARKS remembers it; it does from now on\n"
    "  --dry-run  checks the file, and says nothing to the shop\n"
    "  --json     the sums, for programs\n";

static bool read_line(struct seeds *seeds, int argc, char **argv, bool *wants_help)
{
    static const struct option options[] = {{"wait", no_argument, NULL, 'w'},    {"once", required_argument, NULL, 'o'},
                                            {"dry-run", no_argument, NULL, 'd'}, {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},    {NULL, 0, NULL, 0}};
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        seeds->wait = seeds->wait || option == 'w';
        seeds->marks = option == 'o' ? optarg : seeds->marks;
        seeds->dry_run = seeds->dry_run || option == 'd';
        seeds->json = seeds->json || option == 'j';
        *wants_help = *wants_help || option == 'h';
        if (option == '?')
            return false;
    }
    return optind + 1 == argc;
}

enum exit_code seed(int argc, char **argv)
{
    struct seeds seeds = {0};
    enum exit_code code = EXIT_USAGE;
    bool wants_help = false, understood = read_line(&seeds, argc, argv, &wants_help);
    const char *path = argv[argc - 1];
    json_error_t error;
    json_t *file;

    if (!understood || wants_help) {
        fputs(help, wants_help ? stdout : stderr);
        return wants_help ? EXIT_DONE : EXIT_USAGE;
    }
    if (once_was_offered(seeds.marks, path))
        return EXIT_DONE;
    arena_init(&seeds.arena);
    file = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!file)
        complain_of_file(path, error.line, error.text);
    else if (read_all(path, json_object_get(file, "products"), &seeds))
        code = seeds.dry_run ? tell(&seeds, EXIT_DONE) : sow(&seeds);
    if (code == EXIT_DONE && seeds.marks && !seeds.dry_run && !once_note(seeds.marks, path))
        code = EXIT_FAILED;
    arena_release(&seeds.arena);
    json_decref(file);
    return code;
}
