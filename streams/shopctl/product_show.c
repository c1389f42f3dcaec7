/* product_show.c - what the catalogue has said: of all products, of one, and of one from its beginning on. */
#include <stdio.h>

#include "base/money.h"
#include "streams/shopctl/product.h"

static void learn(void *context, const struct msg *heard)
{
    struct product_book *book = context;

    shelf_learn(book->shelf, heard->type, heard->body);
}

static enum status read_products(struct product_book *book, struct err *err)
{
    static const enum topic topics[] = {TOPIC_PRODUCT_STATE};
    enum status status = say_open(err);

    return status == ST_OK ? hear_all(topics, 1, learn, book, err) : status;
}

/* --- all of them -------------------------------------------------------------------------------------------------- */

static bool is_wanted(const struct product_call *call, const struct product_updated *product)
{
    if (product->retired && !call->all)
        return false;
    for (size_t i = 0; i < call->category_count; i++) {
        bool has = false;

        for (size_t k = 0; k < product->categories.count; k++)
            has = has || str_equal(product->categories.items[k], call->categories[i]);
        if (!has)
            return false;
    }
    return true;
}

static struct str stock_text(const struct product_updated *product, struct arena *arena)
{
    if (product->retired)
        return STR("retired");
    if (product->stock == STOCK_BAND_FEW)
        return arena_printf(arena, "%d left", (int)product->left);
    return product->stock == STOCK_BAND_NONE ? STR("sold out") : STR("plenty");
}

/* Text and blanks up to a width, counted in characters. */
static void put_column(struct str text, int width)
{
    int taken = 0;

    for (size_t i = 0; i < text.len; i++)
        taken += (text.ptr[i] & 0xC0) != 0x80;
    printf(STR_FMT "%*s", STR_ARG(text), taken < width ? width - taken : 1, "");
}

static void put_product(const struct product_updated *product, struct arena *arena)
{
    put_column(product->product_id, 14);
    put_column(stock_text(product, arena), 12);
    put_column(money_text(product->price_minor, product->currency, arena), 14);
    printf(STR_FMT "\n", STR_ARG(product->name));
}

enum exit_code product_list(const struct product_call *call, struct product_book *book)
{
    const struct product_updated *const *products;
    struct err err;
    enum status status = read_products(book, &err);
    size_t count, shown = 0;

    if (status != ST_OK)
        return give_up(status, &err);
    products = shelf_products(book->shelf, &count);
    for (size_t i = 0; i < count; i++) {
        struct str json;

        if (!is_wanted(call, products[i]))
            continue;
        json = call->json ? msg_json(MSG_PRODUCT_UPDATED, products[i], &book->arena) : STR("");
        if (call->json)
            printf("%s" STR_FMT, shown ? ",\n " : "[", STR_ARG(json));
        else
            put_product(products[i], &book->arena);
        shown++;
        arena_clear(&book->arena);
    }
    if (call->json)
        puts(shown ? "]" : "[]");
    else if (!shown)
        puts("There are no such products.");
    return EXIT_DONE;
}

/* --- one ---------------------------------------------------------------------------------------------------------- */

static enum exit_code no_such(const struct product_call *call)
{
    complain("there is no product %s", call->id);
    return EXIT_REFUSED;
}

enum exit_code product_show(const struct product_call *call, struct product_book *book)
{
    struct err err;
    enum status status = read_products(book, &err);
    const struct product_updated *product;
    struct str text;

    if (status != ST_OK)
        return give_up(status, &err);
    product = shelf_product(book->shelf, str_of(call->id));
    if (!product)
        return no_such(call);
    if (call->json) {
        text = msg_json(MSG_PRODUCT_UPDATED, product, &book->arena);
        printf(STR_FMT "\n", STR_ARG(text));
        return EXIT_DONE;
    }
    put_product(product, &book->arena);
    printf("version %lld, %d g, picture " STR_FMT "\n", (long long)product->version, (int)product->weight_grams,
           STR_ARG(product->picture));
    printf("categories:");
    for (size_t i = 0; i < product->categories.count; i++)
        printf(" " STR_FMT, STR_ARG(product->categories.items[i]));
    printf("\n" STR_FMT "\n", STR_ARG(product->description));
    return EXIT_DONE;
}

/* --- from its beginning on ---------------------------------------------------------------------------------------- */

struct history {
    const struct product_call *call;
    struct product_book *book;
    struct product_updated known; /* its currency and name, as it was added */
    size_t count;
    bool whole;
};

static void tell(void *context, const struct msg *heard)
{
    struct history *history = context;
    struct arena *arena = &history->book->arena;
    struct str time, text;

    if (!str_is(heard->key, history->call->id) || history->whole)
        return;
    if (heard->type == MSG_PRODUCT_ADDED) {
        const struct product_added *added = heard->body;

        history->known.product_id = arena_copy(arena, added->product_id);
        history->known.name = arena_copy(arena, added->name);
        history->known.currency = arena_copy(arena, added->currency);
    }
    if (history->call->json) {
        printf("%s", history->count ? ",\n " : "[");
        product_print_event(heard, arena);
    } else {
        time = product_time(heard->time_ms, arena);
        text = product_sentence(heard->type, heard->body, history->known.currency.len ? &history->known : NULL, arena);
        printf(STR_FMT "  " STR_FMT "\n", STR_ARG(time), STR_ARG(text));
    }
    history->count++;
}

enum exit_code product_history(const struct product_call *call, struct product_book *book)
{
    static const enum topic topics[] = {TOPIC_CATALOG_EVENTS};
    struct history history = {.call = call, .book = book};
    struct err err;
    enum status status = say_open(&err);

    if (status == ST_OK)
        status = hear_all(topics, 1, tell, &history, &err);
    history.whole = true;
    if (status != ST_OK)
        return give_up(status, &err);
    if (!history.count)
        return no_such(call);
    if (call->json)
        puts("]");
    return EXIT_DONE;
}
