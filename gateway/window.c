/* window.c - products as cards. A shop has few products and many visitors: cards are made when something changed. */
#include "gateway/window.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/money.h"

enum { CURRENCIES_KEPT = 8, CURRENCY_BYTES = 3, GOES_WITH = 4, MAX_CATEGORIES = 32 };

struct pane {
    char currency[CURRENCY_BYTES];
    uint64_t version; /* of the state it was made from; 0: empty */
    struct arena arena;
    struct shown_product_card *cards;
    size_t count;
};

struct window {
    const struct state *state;
    struct pane panes[CURRENCIES_KEPT];
    size_t next; /* whose place a new currency takes */
};

struct window *window_open(const struct state *state)
{
    struct window *window = calloc(1, sizeof *window);

    if (window == NULL)
        abort();
    window->state = state;
    for (size_t i = 0; i < CURRENCIES_KEPT; i++)
        arena_init(&window->panes[i].arena);
    return window;
}

void window_close(struct window *window)
{
    for (size_t i = 0; window && i < CURRENCIES_KEPT; i++)
        arena_release(&window->panes[i].arena);
    free(window);
}

/* --- cards ---------------------------------------------------------------------------------------------------------- */

static struct str price_text(const struct shelf *shelf, const struct product_updated *product, struct str currency,
                             struct arena *arena)
{
    int64_t price;
    struct err err;

    if (shelf_convert(shelf, product->price_minor, product->currency, currency, &price, &err) == ST_OK)
        return money_text(price, currency, arena);
    return money_text(product->price_minor, product->currency, arena);
}

static enum shown_stock stock_of(const struct product_updated *product)
{
    switch (product->stock) {
    case STOCK_BAND_PLENTY:
        return SHOWN_STOCK_PLENTY;
    case STOCK_BAND_FEW:
        return SHOWN_STOCK_FEW;
    case STOCK_BAND_NONE:
        return SHOWN_STOCK_NONE;
    case STOCK_BAND_UNKNOWN:
        break;
    }
    return SHOWN_STOCK_UNKNOWN;
}

static struct shown_product_card make_card(const struct shelf *shelf, const struct product_updated *product,
                                           struct str currency, struct arena *arena)
{
    bool rooted = product->picture.len && product->picture.ptr[0] == '/';

    return (struct shown_product_card){
        .id = arena_copy(arena, product->product_id),
        .name = arena_copy(arena, product->name),
        .picture = arena_printf(arena, "%s" STR_FMT, rooted ? "" : "/static/", STR_ARG(product->picture)),
        .price = price_text(shelf, product, currency, arena),
        .stock = stock_of(product),
        .left = product->left,
    };
}

static void make_pane(const struct window *window, struct pane *pane, struct str currency)
{
    const struct shelf *shelf = window->state->shelf;
    size_t count;
    const struct product_updated *const *products = shelf_products(shelf, &count);

    arena_clear(&pane->arena);
    memcpy(pane->currency, currency.ptr, CURRENCY_BYTES);
    pane->version = window->state->version;
    pane->cards = arena_array(&pane->arena, count, sizeof *pane->cards);
    pane->count = 0;
    for (size_t i = 0; i < count; i++)
        if (!products[i]->retired)
            pane->cards[pane->count++] = make_card(shelf, products[i], currency, &pane->arena);
}

static const struct pane *pane_of(struct window *window, struct str currency)
{
    struct pane *pane;

    if (currency.len != CURRENCY_BYTES)
        currency = STR("USD");
    for (size_t i = 0; i < CURRENCIES_KEPT; i++) {
        pane = &window->panes[i];
        if (memcmp(pane->currency, currency.ptr, CURRENCY_BYTES) == 0) {
            if (pane->version != window->state->version)
                make_pane(window, pane, currency);
            return pane;
        }
    }
    pane = &window->panes[window->next++ % CURRENCIES_KEPT];
    make_pane(window, pane, currency);
    return pane;
}

struct shown_product_card_list window_cards(struct window *window, struct str currency)
{
    const struct pane *pane = pane_of(window, currency);

    return (struct shown_product_card_list){pane->cards, pane->count};
}

static int by_id(const void *key, const void *card)
{
    return str_compare(*(const struct str *)key, ((const struct shown_product_card *)card)->id);
}

const struct shown_product_card *window_card(struct window *window, struct str currency, struct str product_id)
{
    const struct pane *pane = pane_of(window, currency);

    return bsearch(&product_id, pane->cards, pane->count, sizeof *pane->cards, by_id);
}

/* --- categories ------------------------------------------------------------------------------------------------------ */

struct str window_label(struct str word, struct arena *arena)
{
    char *first = arena_alloc(arena, word.len + 1);

    memcpy(first, word.len ? word.ptr : "", word.len);
    first[0] = (char)toupper((unsigned char)first[0]);
    return (struct str){first, word.len};
}

static void count_category(struct shown_category *all, size_t *count, struct str word)
{
    for (size_t i = 0; i < *count; i++)
        if (str_equal(all[i].word, word)) {
            all[i].count++;
            return;
        }
    if (*count < MAX_CATEGORIES)
        all[(*count)++] = (struct shown_category){.word = word, .count = 1};
}

static int by_word(const void *a, const void *b)
{
    return str_compare(((const struct shown_category *)a)->word, ((const struct shown_category *)b)->word);
}

struct shown_category_list window_categories(const struct window *window, struct str chosen, struct arena *arena)
{
    struct shown_category *all = arena_array(arena, MAX_CATEGORIES, sizeof *all);
    size_t count = 1, product_count;
    const struct product_updated *const *products = shelf_products(window->state->shelf, &product_count);

    all[0] = (struct shown_category){.label = STR("Everything"), .chosen = chosen.len == 0};
    for (size_t i = 0; i < product_count; i++) {
        if (products[i]->retired)
            continue;
        all[0].count++;
        for (size_t k = 0; k < products[i]->categories.count; k++)
            count_category(all, &count, products[i]->categories.items[k]);
    }
    qsort(all + 1, count - 1, sizeof *all, by_word);
    for (size_t i = 1; i < count; i++) {
        all[i].label = window_label(all[i].word, arena);
        all[i].chosen = str_equal(all[i].word, chosen);
    }
    return (struct shown_category_list){all, all[0].count ? count : 0};
}

/* --- what goes with it ------------------------------------------------------------------------------------------------ */

static bool is_among(struct str id, const struct str *ids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(ids[i], id))
            return true;
    return false;
}

static bool share_category(const struct product_updated *a, const struct product_updated *b)
{
    for (size_t i = 0; a && b && i < a->categories.count; i++)
        if (is_among(a->categories.items[i], b->categories.items, b->categories.count))
            return true;
    return false;
}

struct shown_product_card_list window_goes_with(struct window *window, struct str currency, const struct str *skip,
                                                size_t skip_count, struct arena *arena)
{
    const struct pane *pane = pane_of(window, currency);
    const struct shelf *shelf = window->state->shelf;
    const struct product_updated *first = skip_count ? shelf_product(shelf, skip[0]) : NULL;
    struct shown_product_card *chosen = arena_array(arena, GOES_WITH, sizeof *chosen);
    size_t count = 0, start = first ? (size_t)(unsigned char)first->product_id.ptr[0] : 0;

    for (int akin = 1; akin >= 0; akin--)
        for (size_t i = 0; i < pane->count && count < GOES_WITH; i++) {
            const struct shown_product_card *card = &pane->cards[(start + i) % pane->count];

            if (!is_among(card->id, skip, skip_count) && card->stock != SHOWN_STOCK_NONE &&
                share_category(first, shelf_product(shelf, card->id)) == akin)
                chosen[count++] = *card;
        }
    return (struct shown_product_card_list){chosen, count};
}

/* --- currencies ------------------------------------------------------------------------------------------------------- */

static const struct {
    struct str code, name;
} offered[] = {
    {STR_INIT("EUR"), STR_INIT("Euro")},         {STR_INIT("USD"), STR_INIT("US dollar")},
    {STR_INIT("JPY"), STR_INIT("Japanese yen")}, {STR_INIT("GBP"), STR_INIT("British pound")},
    {STR_INIT("TRY"), STR_INIT("Turkish lira")}, {STR_INIT("CAD"), STR_INIT("Canadian dollar")},
};
enum { OFFERED = sizeof offered / sizeof *offered };

bool window_has_currency(const struct window *window, struct str currency)
{
    int64_t minor;
    struct err err;

    return currency.len == CURRENCY_BYTES &&
           shelf_convert(window->state->shelf, 100, STR("USD"), currency, &minor, &err) == ST_OK;
}

struct shown_currency_list window_currencies(const struct window *window, struct str chosen, struct arena *arena)
{
    struct shown_currency *all = arena_array(arena, OFFERED + 1, sizeof *all);
    size_t count = 0;
    bool found = false;

    if (shelf_rates(window->state->shelf) == NULL)
        return (struct shown_currency_list){NULL, 0};
    for (size_t i = 0; i < OFFERED; i++) {
        bool is_chosen = str_equal(offered[i].code, chosen);

        all[count++] = (struct shown_currency){offered[i].code, offered[i].name, is_chosen};
        found = found || is_chosen;
    }
    if (!found) /* one that was set by its code */
        all[count++] = (struct shown_currency){chosen, (struct str){NULL, 0}, true};
    return (struct shown_currency_list){all, count};
}
