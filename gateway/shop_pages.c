/* shop_pages.c - the shop window and a product. Both are made from memory; only the cart's count is read. */
#include <stdio.h>

#include "base/money.h"
#include "gateway/lineup.h"
#include "gateway/pages.h"
#include "gateway/paging.h"
#include "gateway/recommend.h"
#include "pages/home.h"
#include "pages/product.h"

enum { CATEGORIES_OF_A_PRODUCT = 8, NAME_BYTES = 300, SUMMARY_BYTES = 160, DESCRIPTION_BYTES = 6000 };

/* --- the window --------------------------------------------------------------------------------------------------------- */

static void show_home(struct visit *visit)
{
    struct window *window = visit->gateway->window;
    struct str category = form_value(&visit->request->form, "category");
    struct page_home page = {.site = visit_site(visit)};
    size_t total, from, more;

    if (window_count(window, category) == 0) /* a category that we do not have */
        category = (struct str){NULL, 0};
    total = window_count(window, category);
    page.pager = paging_of(
        visit,
        category.len ? arena_printf(visit->arena, "/?category=" STR_FMT "&", STR_ARG(paging_escape(visit, category)))
                     : STR("/?"),
        total, &from);
    page.front = category.len == 0 && from == 0;
    page.products = window_cards(window, visit->currency, category, from, visit->arena);
    page.categories = window_categories(window, category, &more, visit->arena);
    page.more_categories = (long)more;
    page.heading = category.len ? window_label(category, visit->arena) : STR("Everything");
    page.ad = visit_ad(visit, (struct str){NULL, 0}, (struct str_list){&category, category.len ? 1 : 0},
                       (struct str){NULL, 0});
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
    struct shown_category *all = arena_array(arena, CATEGORIES_OF_A_PRODUCT, sizeof *all);
    size_t count = 0;

    for (size_t i = 0; i < product->categories.count && count < CATEGORIES_OF_A_PRODUCT; i++)
        if (product->categories.items[i].len && product->categories.items[i].len <= LINEUP_WORD_BYTES)
            all[count++] = (struct shown_category){.word = product->categories.items[i],
                                                   .label = window_label(product->categories.items[i], arena)};
    return (struct shown_category_list){all, count};
}

/* As the original shop offers them, but no more than there are. */
static struct shown_str_list quantities_of(const struct shown_product_card *card, struct arena *arena)
{
    static const struct {
        long count;
        const char *text;
    } offered[] = {{1, "1"}, {2, "2"}, {3, "3"}, {4, "4"}, {5, "5"}, {10, "10"}};
    enum { OFFERED = sizeof offered / sizeof *offered };
    struct str *texts = arena_array(arena, OFFERED, sizeof *texts);
    size_t count = 0;

    for (size_t i = 0; i < OFFERED; i++)
        if (i == 0 || card->stock != SHOWN_STOCK_FEW || offered[i].count <= card->left)
            texts[count++] = str_of(offered[i].text);
    return (struct shown_str_list){texts, count};
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
                                          .name = text_cut(product->name, NAME_BYTES),
                                          .picture = card->picture,
                                          .price = card->price,
                                          .stock = card->stock,
                                          .left = card->left,
                                          .summary = text_cut(product->description, SUMMARY_BYTES),
                                          .description = text_cut(product->description, DESCRIPTION_BYTES),
                                          .categories = categories_of(product, visit->arena)};
    page.quantities = quantities_of(card, visit->arena);
    page.command_id = id_text(&command_id, visit->arena);
    page.seen = product_seen(visit->gateway, product, visit->arena);
    page.ad = visit_ad(visit, card->id, product->categories, product->name);
    if (status == MHD_HTTP_OK)
        recommend_note_view(visit, card->id);
    page.recommendations = recommend(visit, &(struct recommend_about){.product_id = product_id});
    render_product(&visit->request->out, &page);
    answer_page(visit->request, status);
}

void no_such_product(struct visit *visit)
{
    size_t count;

    (void)shelf_products(visit->gateway->state.shelf, &count);
    /* After a start without Kafka it may be among those that were not read yet. */
    if (count && reader_complete(visit->gateway->state.reader))
        fault_page(visit, MHD_HTTP_NOT_FOUND, "There is no such product",
                   "It may have been sold out for good, or never was.", "See what else there is.", false);
    else
        fault_page(visit, MHD_HTTP_SERVICE_UNAVAILABLE, "The shelves are being filled",
                   "We have not heard of our products yet.", "Try again in a moment.", true);
}

static void show_product(struct visit *visit)
{
    visit_ad_followed(visit);
    product_page(visit, path_decoded(visit->request->part, visit->arena), MHD_HTTP_OK, (struct str){NULL, 0});
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
    const struct product_updated *product = shelf_product(gateway->state.shelf,
                                                          path_decoded(request->part, &request->arena));

    if (product)
        put_product(&request->out, product, &request->arena);
    answer_text(request, MHD_HTTP_OK, "text/plain; charset=utf-8", out_str(&request->out));
}
