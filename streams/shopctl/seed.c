/* seed.c - the products of a new shop, from a JSON file to the catalogue's commands. */
#include <jansson.h>
#include <stdio.h>

#include "streams/shopctl/shopctl.h"

/* One product of the file, checked; texts live as long as the JSON. */
struct product_line {
    const char *id, *name, *description, *picture, *currency;
    json_int_t price_minor, weight_grams, volume_cm3, stock; /* volume 0: not measured */
    json_t *categories;
};

static bool is_text(const char *text, size_t most)
{
    return text[0] != '\0' && strlen(text) <= most;
}

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
    if (!is_text(line->id, 64) || strpbrk(line->id, "\n \t"))
        return "id must be 1 to 64 bytes without blanks";
    if (!is_text(line->name, 200) || strlen(line->description) > 4000)
        return "name must not be empty, and it and the description not endless";
    if (line->picture[0] != '/')
        return "picture must be a path that starts with a slash";
    if (strlen(line->currency) != 3)
        return "currency must be an ISO 4217 code";
    if (line->price_minor < 0 || line->stock < 0 || line->stock > INT32_MAX || line->weight_grams < 0 ||
        line->weight_grams > INT32_MAX || line->volume_cm3 < 0 || line->volume_cm3 > INT32_MAX)
        return "price_minor, weight_grams, volume_cm3 and stock must be 0 or more, and not absurd";
    if (!json_is_array(line->categories))
        return "categories must be a list of texts";
    json_array_foreach(line->categories, i, category)
    {
        if (!json_is_string(category) || strpbrk(json_string_value(category), ",\n"))
            return "categories must be a list of texts, without commas";
    }
    return NULL;
}

static void say_product(const struct product_line *line, struct arena *arena)
{
    size_t count = json_array_size(line->categories);
    struct str *categories = arena_array(arena, count, sizeof(*categories));

    for (size_t i = 0; i < count; i++)
        categories[i] = str_of(json_string_value(json_array_get(line->categories, i)));
    say(MSG_ADD_PRODUCT,
        &(struct add_product){.product_id = str_of(line->id),
                              .name = str_of(line->name),
                              .description = str_of(line->description),
                              .picture = str_of(line->picture),
                              .categories = {categories, count},
                              .price_minor = line->price_minor,
                              .currency = str_of(line->currency),
                              .weight_grams = (int32_t)line->weight_grams,
                              .volume_cm3 = (int32_t)line->volume_cm3,
                              .quantity = (int32_t)line->stock},
        arena_printf(arena, "seed:AddProduct:%s", line->id));
}

/* All of them are checked before the first is said. */
static bool check_all(const char *path, json_t *products)
{
    struct product_line line;
    json_t *product;
    size_t i;

    if (!json_is_array(products)) {
        complain("%s: there is no list \"products\"", path);
        return false;
    }
    json_array_foreach(products, i, product)
    {
        const char *wrong = read_product(product, &line);

        if (wrong) {
            complain("%s: product %zu: %s", path, i + 1, wrong);
            return false;
        }
    }
    return true;
}

static enum exit_code say_all(json_t *products)
{
    struct product_line line;
    struct arena arena;
    enum status status;
    json_t *product;
    struct err err;
    size_t i;

    arena_init(&arena);
    status = say_open(&err);
    if (status == ST_OK) {
        json_array_foreach(products, i, product)
        {
            if (!read_product(product, &line))
                say_product(&line, &arena);
        }
        status = say_wait(&err);
    }
    say_close();
    arena_release(&arena);
    if (status != ST_OK)
        return give_up(status, &err);
    printf("%zu products are on their way to the catalogue.\n", json_array_size(products));
    return EXIT_DONE;
}

enum exit_code seed(int argc, char **argv)
{
    enum exit_code code = EXIT_USAGE;
    json_error_t error;
    json_t *file;

    if (argc != 2) {
        complain("seed needs one file, like services/catalog/catalog.json");
        return EXIT_USAGE;
    }
    file = json_load_file(argv[1], JSON_REJECT_DUPLICATES, &error);
    if (!file)
        complain("%s, line %d: %s", argv[1], error.line, error.text);
    else if (check_all(argv[1], json_object_get(file, "products")))
        code = say_all(json_object_get(file, "products"));
    json_decref(file);
    return code;
}
