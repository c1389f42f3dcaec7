/* templates_samples.c - a shop that does not run: the nine products, a cart, orders in each of their states. */
#include "templates_samples.h"

#include "templates_sample_form.h"

#include "pages/cart.h"
#include "pages/error.h"
#include "pages/home.h"
#include "pages/forgotten.h"
#include "pages/order.h"
#include "pages/order_live.h"
#include "pages/product.h"
#include "pages/search.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct str base;
static struct str instead;

void samples_set(struct str the_base, struct str the_instead)
{
    base = the_base;
    instead = the_instead;
}

static struct str said(const char *text)
{
    return instead.len > 0 && text[0] != '\0' ? instead : str_of(text);
}

/* Structs that are filled anew for each sample, so that a page may point to them. */
static struct shown_product_card cards[9];
static struct shown_currency currencies[6];
static struct shown_category categories[7];
static struct shown_away away[2];

static const struct {
    const char *id, *name, *slug, *price;
    enum shown_stock stock;
    long left;
} goods[9] = {
    {"OLJCESPC7Z", "Sunglasses", "sunglasses", "$19.99", SHOWN_STOCK_PLENTY, 0},
    {"66VCHSJNUP", "Tank Top", "tank-top", "$18.99", SHOWN_STOCK_PLENTY, 0},
    {"1YMWWN1N4O", "Watch", "watch", "$109.99", SHOWN_STOCK_FEW, 3},
    {"L9ECAV7KIM", "Loafers", "loafers", "$89.99", SHOWN_STOCK_PLENTY, 0},
    {"2ZYFJ3GM2N", "Hairdryer", "hairdryer", "$24.99", SHOWN_STOCK_PLENTY, 0},
    {"0PUK6V6EV0", "Candle Holder", "candle-holder", "$18.99", SHOWN_STOCK_PLENTY, 0},
    {"LS4PSXUNUM", "Salt & Pepper Shakers", "salt-and-pepper-shakers", "$18.49", SHOWN_STOCK_NONE, 0},
    {"9SIQT8TOJO", "Bamboo Glass Jar", "bamboo-glass-jar", "$5.49", SHOWN_STOCK_PLENTY, 0},
    {"6E92ZMYYFZ", "Mug", "mug", "$8.99", SHOWN_STOCK_PLENTY, 0},
};

static struct str picture_of(size_t which)
{
    static char paths[9][64] = {{0}};
    size_t len = strlen(goods[which].slug);

    memcpy(paths[which], "/static/img/products/", 21);
    memcpy(paths[which] + 21, goods[which].slug, len);
    memcpy(paths[which] + 21 + len, ".svg", 5);
    return instead.len > 0 ? instead : str_of(paths[which]);
}

static struct str path_of(const char *path)
{
    return instead.len > 0 ? instead : str_of(path);
}

static struct shown_site site(long cart_count)
{
    static const char *const codes[] = {"EUR", "USD", "JPY", "GBP", "TRY", "CAD"};
    static const char *const names[] = {"Euro", "US dollar", "Yen", "Pound", "Turkish lira", "Canadian dollar"};

    for (size_t i = 0; i < COUNT(codes); i++)
        currencies[i] = (struct shown_currency){said(codes[i]), said(names[i]), i == 1};
    for (size_t i = 0; i < COUNT(goods); i++)
        cards[i] = (struct shown_product_card){
            said(goods[i].id), said(goods[i].name), picture_of(i), said(goods[i].price),
            goods[i].stock,    goods[i].left,       {NULL, 0}};
    return (struct shown_site){
        .base = base,
        .request_id = said("4f1c9a52-77d0-4f7e-9a3b-0d2f5a1c8e46"),
        .currencies = {currencies, COUNT(codes)},
        .cart_count = cart_count,
    };
}

static void home(struct out *out)
{
    static const char *const words[] = {"", "accessories", "clothing", "footwear", "beauty", "home", "kitchen"};
    static const char *const labels[] = {"Everything", "Accessories", "Clothing", "Footwear",
                                         "Beauty",     "Home",        "Kitchen"};
    static const long counts[] = {9, 2, 1, 1, 1, 1, 3};
    struct page_home page = {.site = site(0), .front = true, .heading = said("Everything"), .more_categories = 3};

    for (size_t i = 0; i < COUNT(words); i++)
        categories[i] = (struct shown_category){said(words[i]), said(labels[i]), counts[i], i == 0};
    page.categories = (struct shown_category_list){categories, COUNT(words)};
    page.products = (struct shown_product_card_list){cards, COUNT(goods)};
    render_home(out, &page);
}

static void home_away(struct out *out)
{
    static struct shown_page_link links[4];
    static struct shown_pager pager;
    struct page_home page = {.site = site(12), .heading = said("Kitchen")};

    away[0] = (struct shown_away){said("Catalogue"), said("prices and stock are those we last heard.")};
    away[1] = (struct shown_away){said("Cart"), said("what you add shows a little later. It is not lost.")};
    for (size_t i = 0; i < COUNT(links); i++)
        links[i] = (struct shown_page_link){(long)(3 * i), path_of("/?page=3"), i == 1, i > 1};
    pager = (struct shown_pager){2, 9, {links, COUNT(links)}, path_of("/?page=1"), STR("/?page=3")};
    page.site.away = (struct shown_away_list){away, COUNT(away)};
    page.site.message = said("Free coffee on Fridays.");
    page.products = (struct shown_product_card_list){cards + 6, 3};
    page.pager = &pager;
    render_home(out, &page);
}

static void search(struct out *out)
{
    struct page_search page = {.site = site(1), .query = said("muug"), .total = 3, .partly = true};

    page.site.query = page.query;
    page.read_as = said("mug");
    page.products = (struct shown_product_card_list){cards + 6, 3};
    render_search(out, &page);
}

static void search_nothing(struct out *out)
{
    struct page_search page = {.site = site(1), .query = said("zeppelin")};

    page.site.query = page.query;
    categories[0] = (struct shown_category){said("kitchen"), said("Kitchen"), 3, false};
    page.categories = (struct shown_category_list){categories, 1};
    render_search(out, &page);
}

static void product_at(struct out *out, size_t which, const char *description, const char *problem)
{
    static struct shown_ad ad;
    struct page_product page = {.site = site(2), .command_id = said("c6f0"), .problem = said(problem)};

    categories[0] = (struct shown_category){said("kitchen"), said("Kitchen"), 3, false};
    page.product = (struct shown_product){
        .id = said(goods[which].id),
        .name = said(goods[which].name),
        .picture = picture_of(which),
        .price = said(goods[which].price),
        .stock = goods[which].stock,
        .left = goods[which].left,
        .summary = said(description),
        .description = said(description),
        .categories = {categories, 1},
    };
    ad = (struct shown_ad){said("Bamboo Glass Jar: ten percent off this week"),
                           instead.len > 0 ? instead : STR("/product/9SIQT8TOJO")};
    page.ad = &ad;
    page.recommendations = (struct shown_product_card_list){cards + 4, 4};
    render_product(out, &page);
}

static void product(struct out *out)
{
    product_at(
        out, 8,
        "Stoneware, glazed by hand in two coats, with a handle that fits three fingers. Keeps coffee warm for the "
        "length of a letter.",
        "");
}

static void product_few(struct out *out)
{
    product_at(out, 2, "Automatic, with a plain face and a strap that grows old well.",
               "There are only 3 left, so 5 could not be put into your cart.");
}

static void product_none(struct out *out)
{
    product_at(out, 6,
               "Turned from one piece of beech each, one light and one dark, so that you know them apart at night.",
               "");
}

static void cart_with(struct out *out, bool refused)
{
    static struct shown_cart_line lines[3];
    static struct shown_checkout form;
    static struct shown_open_order open;
    struct page_cart page = {.site = site(refused ? 13 : 5)};

    lines[0] = (struct shown_cart_line){cards[8].id,    cards[8].name,  cards[8].picture, 2,
                                        cards[8].price, said("$17.98"), STR("")};
    lines[1] = (struct shown_cart_line){cards[0].id,    cards[0].name,  cards[0].picture, 1,
                                        cards[0].price, cards[0].price, STR("")};
    lines[2] = (struct shown_cart_line){cards[6].id,
                                        cards[6].name,
                                        cards[6].picture,
                                        refused ? 10 : 2,
                                        cards[6].price,
                                        said("$36.98"),
                                        said(refused ? "Only 2 are left." : "")};
    form = sample_checkout(refused, said);
    open = (struct shown_open_order){said("5d0c2f3e-8a41-5b7c-9d20-6f1e4a7b8c93"), said("It waits for the payment.")};
    page.lines = (struct shown_cart_line_list){lines, COUNT(lines)};
    page.subtotal = said("$74.95");
    page.shipping = said("$8.99");
    page.carrier = said("Pigeon & Daughters");
    page.total = said("$83.94");
    page.checkout = &form;
    page.problem = said(refused ? "Nothing was ordered. Please look at the three fields that are marked below." : "");
    page.open_order = refused ? &open : NULL;
    page.recommendations = (struct shown_product_card_list){cards + 1, 4};
    render_cart(out, &page);
}

static void cart(struct out *out)
{
    cart_with(out, false);
}

static void cart_refused(struct out *out)
{
    cart_with(out, true);
}

static void cart_empty(struct out *out)
{
    struct page_cart page = {.site = site(0)};

    page.recommendations = (struct shown_product_card_list){cards + 5, 4};
    render_cart(out, &page);
}

/* While something is put in, what lay idle is still offered. */
static void cart_pending(struct out *out)
{
    static struct shown_cart_line line;
    static struct shown_left_behind left;
    struct page_cart page = {.site = site(0), .pending = true, .left = &left};

    line = (struct shown_cart_line){.id = cards[0].id, .name = cards[0].name, .quantity = 2};
    left = (struct shown_left_behind){said("3 October 2026, 14:03 UTC"), said("2026-10-03T14:03:07Z"), {&line, 1}};

    page.site.refresh_s = 2;
    render_cart(out, &page);
}

static struct shown_order_step step(const char *name, enum shown_step_state state, const char *time, const char *note)
{
    return (struct shown_order_step){said(name), state, said(time), time[0] ? STR("2024-05-06T14:03:07Z") : STR(""),
                                     said(note)};
}

static void order_page(struct out *out, const struct shown_order *order)
{
    static struct shown_order_line lines[2];
    struct page_order page = {.site = site(0), .order = *order};

    lines[0] = (struct shown_order_line){cards[8].id, cards[8].name, cards[8].picture, 2, said("$17.98")};
    lines[1] = (struct shown_order_line){cards[0].id, cards[0].name, cards[0].picture, 1, said("$19.99")};
    page.site.refresh_s = order->state == SHOWN_ORDER_STATE_OPEN ? 3 : 0;
    page.lines = (struct shown_order_line_list){lines, COUNT(lines)};
    page.shipping = said("$8.99");
    page.total = said("$46.96");
    page.placed = said("6 May 2024, 14:03");
    page.placed_iso = said("2024-05-06T14:03:07Z");
    page.events = instead.len > 0 ? instead : STR("/order/5d0c/events");
    page.recommendations = (struct shown_product_card_list){cards + 1, 4};
    render_order(out, &page);
}

static void forgotten(struct out *out)
{
    render_forgotten(out, &(struct page_forgotten){.site = site(0),
                                                   .order_id = said("5d0c2f3e-8a41-5b7c-9d20-6f1e4a7b8c93"),
                                                   .state = SHOWN_ORDER_STATE_CANCELLED,
                                                   .refund = said("$46.96"),
                                                   .shipping = said("$8.99"),
                                                   .total = said("$46.96"),
                                                   .placed = said("6 May 2024, 14:03"),
                                                   .placed_iso = said("2024-05-06T14:03:07Z")});
}

static void order_open(struct out *out)
{
    struct shown_order_step steps[] = {
        step("Order received", SHOWN_STEP_STATE_DONE, "14:03:07", ""),
        step("Goods set aside", SHOWN_STEP_STATE_DONE, "14:03:07", "2 lines, all in stock."),
        step("Payment", SHOWN_STEP_STATE_WAITING, "",
             "The bank has not answered yet. We ask again until it does; you are charged once."),
        step("Shipment", SHOWN_STEP_STATE_NEXT, "", ""),
        step("Confirmation", SHOWN_STEP_STATE_NEXT, "", ""),
    };

    order_page(out, &(struct shown_order){
                        .id = said("5d0c2f3e-8a41-5b7c-9d20-6f1e4a7b8c93"),
                        .state = SHOWN_ORDER_STATE_OPEN,
                        .reason = said("It waits for the payment."),
                        .can_cancel = true,
                        .steps = {steps, COUNT(steps)},
                    });
}

static void order_confirmed(struct out *out)
{
    struct shown_order_step steps[] = {
        step("Order received", SHOWN_STEP_STATE_DONE, "14:03:07", ""),
        step("Goods set aside", SHOWN_STEP_STATE_DONE, "14:03:07", "2 lines, all in stock."),
        step("Payment", SHOWN_STEP_STATE_DONE, "14:03:08", "$46.96 from your Visa ending 0454."),
        step("Shipment", SHOWN_STEP_STATE_DONE, "14:03:08", "Parcel booked."),
        step("Confirmation", SHOWN_STEP_STATE_DONE, "14:03:08", ""),
    };

    order_page(out, &(struct shown_order){
                        .id = said("5d0c2f3e-8a41-5b7c-9d20-6f1e4a7b8c93"),
                        .state = SHOWN_ORDER_STATE_CONFIRMED,
                        .mail = said("A confirmation is on its way to your mailbox."),
                        .tracking = said("HS-31-204-9917352"),
                        .carrier = said("Parcel post"),
                        .steps = {steps, COUNT(steps)},
                    });
}

static void order_cancelled(struct out *out)
{
    struct shown_order_step steps[] = {
        step("Order received", SHOWN_STEP_STATE_DONE, "14:03:07", ""),
        step("Goods set aside", SHOWN_STEP_STATE_UNDONE, "14:18:09", "Back on the shelf."),
        step("Payment", SHOWN_STEP_STATE_UNDONE, "14:18:10", "$46.96 returned."),
        step("Shipment", SHOWN_STEP_STATE_FAILED, "14:18:08", "No carrier answered in time."),
    };

    order_page(out, &(struct shown_order){
                        .id = said("5d0c2f3e-8a41-5b7c-9d20-6f1e4a7b8c93"),
                        .state = SHOWN_ORDER_STATE_CANCELLED,
                        .reason = said("Shipping took longer than we let anybody wait."),
                        .refund = said("$46.96"),
                        .refunded = true,
                        .steps = {steps, COUNT(steps)},
                    });
}

static void error_404(struct out *out)
{
    struct page_error page = {.site = site(2), .status = 404};

    page.title = said("We do not have that page.");
    page.what = said("The address may have a slip in it, or the thing is no longer sold.");
    page.next = said("The shop itself is one step away.");
    render_error(out, &page);
}

static void error_503(struct out *out)
{
    struct page_error page = {.site = site(2), .status = 503, .retry = true};

    page.title = said("This is taking longer than it should.");
    page.what = said("We could not be sure that your order was written down, so we do not say it was.");
    page.next = said("Please send it again. It is safe: the same order is never taken twice.");
    render_error(out, &page);
}

const struct sample samples[] = {
    {"home", home},
    {"home_away", home_away},
    {"search", search},
    {"search_nothing", search_nothing},
    {"product", product},
    {"product_few", product_few},
    {"product_none", product_none},
    {"cart", cart},
    {"cart_refused", cart_refused},
    {"cart_empty", cart_empty},
    {"cart_pending", cart_pending},
    {"order_open", order_open},
    {"order_confirmed", order_confirmed},
    {"forgotten", forgotten},
    {"order_cancelled", order_cancelled},
    {"error_404", error_404},
    {"error_503", error_503},
};
const size_t samples_count = COUNT(samples);
