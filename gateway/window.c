/* window.c - products as cards. A shop has many visitors, and shows each a few of perhaps many products: a card is made when
 * it is shown, and kept until there is news. */
#include "gateway/window.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/money.h"
#include "gateway/form.h"
#include "gateway/lineup.h"

enum { CURRENCIES_KEPT = 8, CURRENCY_BYTES = 3, GOES_WITH = 4, MOST_LOOKED_AT = 50, MAX_PICTURE_BYTES = 160 };

const struct str window_any_picture = STR_INIT("/static/img/thing.svg");

struct slot {
    uint64_t version; /* of the state it was made from; 0: empty */
    char *text;       /* what the card needs beside the product's own words */
    struct shown_product_card card;
};

/* The cards in one currency, by place. */
struct pane {
    char currency[CURRENCY_BYTES];
    struct slot *slots;
    size_t count;
};

struct window {
    const struct state *state;
    const struct files *files;
    struct lineup *lineup;
    struct pane panes[CURRENCIES_KEPT];
    size_t next; /* whose place a new currency takes */
    struct shown_currency *currencies;
    size_t currency_count;
    int64_t rates_version; /* that they were made from */
};

struct window *window_open(const struct state *state, const struct files *files)
{
    struct window *window = calloc(1, sizeof *window);

    if (window == NULL)
        abort();
    window->state = state;
    window->files = files;
    window->lineup = lineup_open(state);
    return window;
}

static void pane_clear(struct pane *pane)
{
    for (size_t i = 0; i < pane->count; i++)
        free(pane->slots[i].text);
    free(pane->slots);
    *pane = (struct pane){.count = 0};
}

void window_close(struct window *window)
{
    if (window == NULL)
        return;
    for (size_t i = 0; i < CURRENCIES_KEPT; i++)
        pane_clear(&window->panes[i]);
    lineup_close(window->lineup);
    free(window->currencies);
    free(window);
}

/* --- cards ---------------------------------------------------------------------------------------------------------- */

static struct str price_of(const struct shelf *shelf, const struct product_updated *product, struct str currency,
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

/* Only what needs no escaping, and leads nowhere else. */
static bool is_plain_path(struct str path)
{
    for (size_t i = 0; i < path.len; i++)
        if (!isalnum((unsigned char)path.ptr[i]) && (path.ptr[i] == 0 || !strchr("/._-", path.ptr[i])))
            return false;
    return path.len > 0 && path.len <= MAX_PICTURE_BYTES && !memmem(path.ptr, path.len, "..", 2);
}

/* The picture's path below /static/, or nothing when there is none. */
static struct str picture_of(const struct window *window, const struct product_updated *product)
{
    static const struct str below = STR_INIT("/static/");
    struct str path = product->picture;

    if (path.len > below.len && memcmp(path.ptr, below.ptr, below.len) == 0)
        path = (struct str){path.ptr + below.len, path.len - below.len};
    return is_plain_path(path) && files_have(window->files, path) ? path : (struct str){NULL, 0};
}

static void make_card(const struct window *window, struct slot *slot, const struct product_updated *product,
                      struct str currency)
{
    struct str picture = picture_of(window, product);
    struct str name = text_cut(product->name, WINDOW_NAME_BYTES);
    struct arena arena;
    struct str price;
    int len;
    char *name_text, *price_text;

    arena_init(&arena);
    price = price_of(window->state->shelf, product, currency, &arena);
    free(slot->text);
    len = asprintf(&slot->text, "%s" STR_FMT STR_FMT STR_FMT "…", picture.len ? "/static/" : "", STR_ARG(picture),
                   STR_ARG(price), STR_ARG(name));
    arena_release(&arena);
    if (len < 0)
        abort();
    picture.len += picture.len ? strlen("/static/") : 0;
    price_text = slot->text + picture.len;
    name_text = price_text + price.len;
    slot->version = window->state->version;
    slot->card = (struct shown_product_card){
        .id = product->product_id,
        .name = name.len == product->name.len ? name : str_of(name_text),
        .picture = picture.len ? (struct str){slot->text, picture.len} : window_any_picture,
        .price = {price_text, price.len},
        .stock = stock_of(product),
        .left = product->left,
    };
}

static struct pane *pane_of(struct window *window, struct str currency)
{
    struct pane *pane = NULL;
    size_t count;

    if (currency.len != CURRENCY_BYTES)
        currency = STR("USD");
    (void)shelf_products(window->state->shelf, &count);
    for (size_t i = 0; i < CURRENCIES_KEPT && pane == NULL; i++)
        if (memcmp(window->panes[i].currency, currency.ptr, CURRENCY_BYTES) == 0)
            pane = &window->panes[i];
    if (pane == NULL)
        pane = &window->panes[window->next++ % CURRENCIES_KEPT];
    if (memcmp(pane->currency, currency.ptr, CURRENCY_BYTES) != 0 || pane->count != count) {
        pane_clear(pane);
        memcpy(pane->currency, currency.ptr, CURRENCY_BYTES);
        pane->slots = calloc(count ? count : 1, sizeof *pane->slots);
        if (pane->slots == NULL)
            abort();
        pane->count = count;
    }
    return pane;
}

static const struct shown_product_card *card_at(struct window *window, struct pane *pane, size_t place)
{
    struct slot *slot = &pane->slots[place];
    size_t count;

    if (slot->version != window->state->version)
        make_card(window, slot, shelf_products(window->state->shelf, &count)[place],
                  (struct str){pane->currency, CURRENCY_BYTES});
    return &slot->card;
}

static struct places places_of(struct window *window, struct str category)
{
    return category.len ? lineup_in(window->lineup, category) : lineup_all(window->lineup);
}

size_t window_count(struct window *window, struct str category)
{
    return places_of(window, category).count;
}

struct shown_product_card_list window_cards(struct window *window, struct str currency, struct str category,
                                            size_t from, struct arena *arena)
{
    struct pane *pane = pane_of(window, currency);
    struct places places = places_of(window, category);
    struct shown_product_card *cards = arena_array(arena, WINDOW_PER_PAGE, sizeof *cards);
    size_t count = 0;

    for (size_t i = from; i < places.count && count < WINDOW_PER_PAGE; i++)
        cards[count++] = *card_at(window, pane, places.items[i]);
    return (struct shown_product_card_list){cards, count};
}

const struct shown_product_card *window_card(struct window *window, struct str currency, struct str product_id)
{
    const struct product_updated *product = shelf_product(window->state->shelf, product_id);
    size_t low = 0, high;
    const struct product_updated *const *products = shelf_products(window->state->shelf, &high);

    if (product == NULL || product->retired)
        return NULL;
    while (products[low] != product) {
        size_t middle = low + (high - low) / 2;

        if (str_compare(products[middle]->product_id, product_id) <= 0)
            low = middle;
        else
            high = middle;
    }
    return card_at(window, pane_of(window, currency), low);
}

/* --- categories ------------------------------------------------------------------------------------------------------ */

struct str window_label(struct str word, struct arena *arena)
{
    char *first = arena_alloc(arena, word.len + 1);

    memcpy(first, word.len ? word.ptr : "", word.len);
    first[0] = (char)toupper((unsigned char)first[0]);
    return (struct str){first, word.len};
}

static int by_size(const void *a, const void *b)
{
    const struct lineup_category *left = *(const struct lineup_category *const *)a,
                                 *right = *(const struct lineup_category *const *)b;
    int order = (left->places.count < right->places.count) - (left->places.count > right->places.count);

    return order ? order : str_compare(left->word, right->word);
}

static int by_word(const void *a, const void *b)
{
    return str_compare((*(const struct lineup_category *const *)a)->word,
                       (*(const struct lineup_category *const *)b)->word);
}

/* The largest ones, and the chosen one. */
static size_t choose(const struct lineup_category *all, size_t count, struct str chosen,
                     const struct lineup_category **some)
{
    bool found = chosen.len == 0;

    for (size_t i = 0; i < count; i++)
        some[i] = &all[i];
    if (count <= WINDOW_CATEGORIES)
        return count;
    qsort(some, count, sizeof *some, by_size);
    for (size_t i = 0; i < WINDOW_CATEGORIES && !found; i++)
        found = str_equal(some[i]->word, chosen);
    for (size_t i = 0; i < count && !found; i++)
        if (str_equal(all[i].word, chosen))
            some[WINDOW_CATEGORIES - 1] = &all[i];
    qsort(some, WINDOW_CATEGORIES, sizeof *some, by_word);
    return WINDOW_CATEGORIES;
}

struct shown_category_list window_categories(struct window *window, struct str chosen, size_t *more,
                                             struct arena *arena)
{
    size_t count, kept, sold = lineup_all(window->lineup).count;
    const struct lineup_category *all = lineup_categories(window->lineup, &count);
    const struct lineup_category **some = arena_array(arena, count, sizeof(struct lineup_category *));
    struct shown_category *shown = arena_array(arena, WINDOW_CATEGORIES + 1, sizeof *shown);

    kept = choose(all, count, chosen, some);
    *more = count - kept;
    shown[0] = (struct shown_category){.label = STR("Everything"), .count = (long)sold, .chosen = chosen.len == 0};
    for (size_t i = 0; i < kept; i++)
        shown[i + 1] = (struct shown_category){.word = some[i]->word,
                                               .label = window_label(some[i]->word, arena),
                                               .count = (long)some[i]->places.count,
                                               .chosen = str_equal(some[i]->word, chosen)};
    return (struct shown_category_list){shown, sold ? kept + 1 : 0};
}

/* --- what goes with it ------------------------------------------------------------------------------------------------ */

static bool is_among(struct str id, const struct str *ids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(ids[i], id))
            return true;
    return false;
}

/* Adds those of places that are not among skip or chosen yet, round from some place of its own. */
static void add_some(struct window *window, struct pane *pane, struct places places, size_t start,
                     const struct str *skip, size_t skip_count, struct shown_product_card *chosen, size_t *count)
{
    for (size_t i = 0; i < places.count && i < MOST_LOOKED_AT && *count < GOES_WITH; i++) {
        const struct shown_product_card *card = card_at(window, pane, places.items[(start + i) % places.count]);
        bool had = is_among(card->id, skip, skip_count) || card->stock == SHOWN_STOCK_NONE;

        for (size_t k = 0; k < *count && !had; k++)
            had = str_equal(chosen[k].id, card->id);
        if (!had)
            chosen[(*count)++] = *card;
    }
}

struct shown_product_card_list window_goes_with(struct window *window, struct str currency, const struct str *skip,
                                                size_t skip_count, struct arena *arena)
{
    struct pane *pane = pane_of(window, currency);
    const struct product_updated *first = skip_count ? shelf_product(window->state->shelf, skip[0]) : NULL;
    struct shown_product_card *chosen = arena_array(arena, GOES_WITH, sizeof *chosen);
    size_t count = 0, start = 0;

    for (size_t i = 0; first && i < first->product_id.len; i++) /* not the same four for everything */
        start = start * 31 + (unsigned char)first->product_id.ptr[i];
    for (size_t i = 0; first && i < first->categories.count; i++)
        add_some(window, pane, lineup_in(window->lineup, first->categories.items[i]), start, skip, skip_count, chosen,
                 &count);
    add_some(window, pane, lineup_all(window->lineup), start, skip, skip_count, chosen, &count);
    return (struct shown_product_card_list){chosen, count};
}

/* --- currencies ------------------------------------------------------------------------------------------------------- */

bool window_has_currency(const struct window *window, struct str currency)
{
    int64_t minor;
    struct err err;

    return currency.len == CURRENCY_BYTES &&
           shelf_convert(window->state->shelf, 100, STR("USD"), currency, &minor, &err) == ST_OK;
}

/* Made when there are other rates. */
static void make_currencies(struct window *window, const struct rates_updated *rates)
{
    const struct money_style *style;

    window->rates_version = rates->version;
    window->currency_count = 0;
    for (size_t i = 0; (style = money_style_at(i)); i++) {
        struct shown_currency *grown;

        if (style->name == NULL || !window_has_currency(window, str_of(style->code)))
            continue;
        grown = reallocarray(window->currencies, window->currency_count + 1, sizeof *grown);
        if (grown == NULL)
            abort();
        window->currencies = grown;
        grown[window->currency_count++] = (struct shown_currency){.code = str_of(style->code),
                                                                  .name = str_of(style->name)};
    }
}

struct shown_currency_list window_currencies(struct window *window, struct str chosen, struct arena *arena)
{
    const struct rates_updated *rates = shelf_rates(window->state->shelf);
    struct shown_currency *all;
    size_t count;
    bool found = false;

    if (rates == NULL)
        return (struct shown_currency_list){NULL, 0};
    if (rates->version != window->rates_version)
        make_currencies(window, rates);
    count = window->currency_count;
    all = arena_array(arena, count + 1, sizeof *all);
    memcpy(all, window->currencies, count * sizeof *all);
    for (size_t i = 0; i < count; i++)
        found |= all[i].chosen = str_equal(all[i].code, chosen);
    if (!found) /* one that has a rate and no name, set by its code */
        all[count++] = (struct shown_currency){chosen, (struct str){NULL, 0}, true};
    return (struct shown_currency_list){all, count};
}
