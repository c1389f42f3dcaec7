/* shop_pages.c - the shop window and a product. Both are made from memory; only the cart's count is read. */
#include <stdio.h>

#include "base/money.h"
#include "gateway/pages.h"
#include "pages/home.h"
#include "pages/product.h"

enum { PER_PAGE = 60 };

/* --- the window --------------------------------------------------------------------------------------------------------- */

static bool is_in(const struct shelf *shelf, struct str product_id, struct str category)
{
    const struct product_updated *product = shelf_product(shelf, product_id);

    for (size_t i = 0; product && i < product->categories.count; i++)
        if (str_equal(product->categories.items[i], category))
            return true;
    return false;
}

static struct shown_product_card_list cards_in(const struct visit *visit, struct str category)
{
    struct shown_product_card_list all = window_cards(visit->gateway->window, visit->currency);
    struct shown_product_card *some = arena_array(visit->arena, all.count, sizeof *some);
    size_t count = 0;

    if (category.len == 0)
        return all;
    for (size_t i = 0; i < all.count; i++)
        if (is_in(visit->gateway->state.shelf, all.items[i].id, category))
            some[count++] = all.items[i];
    return (struct shown_product_card_list){some, count};
}

/* "page" of the query, from 1 to of. */
static size_t page_number(const struct visit *visit, size_t of)
{
    struct str text = form_value(&visit->request->form, "page");
    size_t number = 0;

    for (size_t i = 0; i < text.len && i < 6; i++)
        number = text.ptr[i] >= '0' && text.ptr[i] <= '9' ? number * 10 + (size_t)(text.ptr[i] - '0') : 0;
    return number < 1 ? 1 : number > of ? of : number;
}

static struct str page_path(const struct visit *visit, struct str category, size_t number)
{
    if (category.len)
        return arena_printf(visit->arena, "/?category=" STR_FMT "&page=%zu", STR_ARG(category), number);
    return arena_printf(visit->arena, "/?page=%zu", number);
}

/* Cuts *cards to one page; NULL when they are one. */
static const struct shown_pager *turn_page(const struct visit *visit, struct str category,
                                           struct shown_product_card_list *cards)
{
    struct shown_pager *pager = arena_new(visit->arena, struct shown_pager);
    size_t of = (cards->count + PER_PAGE - 1) / PER_PAGE;
    size_t number = page_number(visit, of ? of : 1);

    if (of <= 1)
        return NULL;
    pager->number = (long)number;
    pager->of = (long)of;
    if (number > 1)
        pager->earlier = page_path(visit, category, number - 1);
    if (number < of)
        pager->later = page_path(visit, category, number + 1);
    cards->items += (number - 1) * PER_PAGE;
    cards->count = number < of ? PER_PAGE : cards->count - (number - 1) * PER_PAGE;
    return pager;
}

static void show_home(struct visit *visit)
{
    struct str category = form_value(&visit->request->form, "category");
    struct shown_product_card_list cards = cards_in(visit, category);
    struct page_home page = {.site = visit_site(visit)};

    if (cards.count == 0) /* a category that we do not have */
        cards = cards_in(visit, category = (struct str){NULL, 0});
    page.pager = turn_page(visit, category, &cards);
    page.products = cards;
    page.categories = window_categories(visit->gateway->window, category, visit->arena);
    page.chosen = category.len ? window_label(category, visit->arena) : category;
    render_home(&visit->request->out, &page);
    answer_page(visit->request, MHD_HTTP_OK);
}

void page_home(struct request *request)
{
    visit_look(visit_begin(request), &(struct wish){.orders = 0}, show_home);
}

/* --- a product ---------------------------------------------------------------------------------------------------------- */

static struct shown_category_list categories_of(const struct product_updated *product, struct arena *arena)
{
    struct shown_category *all = arena_array(arena, product->categories.count, sizeof *all);

    for (size_t i = 0; i < product->categories.count; i++)
        all[i] = (struct shown_category){.word = product->categories.items[i],
                                         .label = window_label(product->categories.items[i], arena)};
    return (struct shown_category_list){all, product->categories.count};
}

void product_page(struct visit *visit, struct str product_id, unsigned status, struct str problem)
{
    const struct product_updated *product = shelf_product(visit->gateway->state.shelf, product_id);
    const struct shown_product_card *card = window_card(visit->gateway->window, visit->currency, product_id);
    struct page_product page = {.site = visit_site(visit), .problem = problem};
    struct id command_id = id_random();

    if (product == NULL || card == NULL) {
        no_such_product(visit);
        return;
    }
    page.product = (struct shown_product){.id = card->id,
                                          .name = card->name,
                                          .picture = card->picture,
                                          .price = card->price,
                                          .stock = card->stock,
                                          .left = card->left,
                                          .description = product->description,
                                          .categories = categories_of(product, visit->arena)};
    page.command_id = id_text(&command_id, visit->arena);
    page.recommendations = window_goes_with(visit->gateway->window, visit->currency, &product_id, 1, visit->arena);
    if (status == MHD_HTTP_OK)
        visit_tell(visit, MSG_PRODUCT_VIEWED,
                   &(struct product_viewed){.session_id = visit->user_id, .product_id = card->id}, id_random());
    render_product(&visit->request->out, &page);
    answer_page(visit->request, status);
}

void no_such_product(struct visit *visit)
{
    size_t count;

    (void)shelf_products(visit->gateway->state.shelf, &count);
    if (count)
        fault_page(visit, MHD_HTTP_NOT_FOUND, "There is no such product",
                   "It may have been sold out for good, or never was.", "See what else there is.", false);
    else
        fault_page(visit, MHD_HTTP_SERVICE_UNAVAILABLE, "The shelves are being filled",
                   "We have not heard of our products yet.", "Try again in a moment.", true);
}

static void show_product(struct visit *visit)
{
    product_page(visit, visit->request->part, MHD_HTTP_OK, (struct str){NULL, 0});
}

void page_product(struct request *request)
{
    visit_look(visit_begin(request), &(struct wish){.orders = 0}, show_product);
}

/* --- a product for machines ---------------------------------------------------------------------------------------------- */

static void put_json(struct out *out, struct str text)
{
    out_put(out, "\"", 1);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        char escape[8];

        if (c == '"' || c == '\\') {
            out_put(out, (char[]){'\\', c}, 2);
        } else if ((unsigned char)c < 0x20) {
            out_put(out, escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", (unsigned char)c));
        } else {
            out_put(out, &c, 1);
        }
    }
    out_put(out, "\"", 1);
}

static void put_field(struct out *out, const char *name, struct str text)
{
    out_put(out, name, strlen(name));
    put_json(out, text);
}

static void put_product(struct out *out, const struct product_updated *product, struct arena *arena)
{
    int exponent = money_exponent(product->currency);
    int64_t one = 1, nanos;

    for (int i = 0; i < exponent; i++)
        one *= 10;
    nanos = product->price_minor % one * (1000000000 / one);
    put_field(out, "{\"id\":", product->product_id);
    put_field(out, ",\"name\":", product->name);
    put_field(out, ",\"description\":", product->description);
    put_field(out, ",\"picture\":", product->picture);
    put_field(out, ",\"price_usd\":{\"currency_code\":", product->currency);
    out_put_str(out, arena_printf(arena, ",\"units\":%lld,\"nanos\":%lld},\"categories\":[",
                                  (long long)(product->price_minor / one), (long long)nanos));
    for (size_t i = 0; i < product->categories.count; i++)
        put_field(out, i ? "," : "", product->categories.items[i]);
    out_put_str(out, STR("]}"));
}

void page_product_meta(struct request *request)
{
    struct gateway *gateway = request->context;
    const struct product_updated *product = shelf_product(gateway->state.shelf, request->part);

    if (product)
        put_product(&request->out, product, &request->arena);
    answer_text(request, MHD_HTTP_OK, "text/plain; charset=utf-8", out_str(&request->out));
}
