/* cart_pages.c - the cart as it is shown. */
#include <time.h>

#include "base/money.h"
#include "gateway/bill.h"
#include "gateway/pages.h"
#include "gateway/order_view.h"
#include "gateway/own_mail.h"
#include "gateway/recall.h"
#include "gateway/recommend.h"
#include "pages/cart.h"
#include "pages/error.h"

enum { CATEGORIES_OF_A_CART = 32, LOOK_AGAIN_S = 5 };

/* --- the page ------------------------------------------------------------------------------------------------------------- */

static struct str money_or_dash(int64_t minor, struct str currency, struct arena *arena)
{
    return minor < 0 ? STR("–") : money_text(minor, currency, arena);
}

/* Of what has no card: it was retired, or not heard of yet. */
static void name_without_card(const struct visit *visit, struct shown_cart_line *line)
{
    const struct product_updated *product = shelf_product(visit->gateway->state.shelf, line->id);

    line->note = STR("We do not know its price at this moment.");
    if (product) {
        line->name = text_cut(product->name, WINDOW_NAME_BYTES);
        line->note = STR("It is sold no more.");
    }
}

static struct shown_cart_line line_of(const struct visit *visit, const struct order_line *line)
{
    const struct shown_product_card *card = window_card(visit->gateway->window, visit->currency, line->product_id);
    int64_t total = -1;
    struct shown_cart_line shown = {
        .id = line->product_id, .name = line->product_id, .picture = window_any_picture, .quantity = line->quantity};

    if (line->unit_price_minor >= 0 && !money_multiply(line->unit_price_minor, line->quantity, &total))
        total = -1;
    shown.unit_price = money_or_dash(line->unit_price_minor, visit->currency, visit->arena);
    shown.price = money_or_dash(total, visit->currency, visit->arena);
    if (card == NULL) {
        name_without_card(visit, &shown);
        return shown;
    }
    shown.name = card->name;
    shown.picture = card->picture;
    if (card->stock == SHOWN_STOCK_NONE)
        shown.note = STR("Sold out at this moment.");
    else if (card->stock == SHOWN_STOCK_FEW && card->left < line->quantity)
        shown.note = arena_printf(visit->arena, "Only %ld left.", card->left);
    return shown;
}

static struct shown_cart_line_list lines_of(const struct visit *visit, const struct bill *bill)
{
    struct shown_cart_line *lines = arena_array(visit->arena, bill->count, sizeof *lines);

    for (size_t i = 0; i < bill->count; i++)
        lines[i] = line_of(visit, &bill->lines[i]);
    return (struct shown_cart_line_list){lines, bill->count};
}

/* All categories of what lies in the cart. */
static struct str_list categories_of(const struct visit *visit, const struct bill *bill)
{
    struct str *items = arena_array(visit->arena, CATEGORIES_OF_A_CART, sizeof *items);
    size_t count = 0;

    for (size_t i = 0; i < bill->count; i++) {
        const struct product_updated *product = shelf_product(visit->gateway->state.shelf, bill->lines[i].product_id);

        for (size_t k = 0; product && k < product->categories.count && count < CATEGORIES_OF_A_CART; k++)
            items[count++] = product->categories.items[k];
    }
    return (struct str_list){items, count};
}

static struct shown_product_card_list goes_with_cart(const struct visit *visit, const struct bill *bill)
{
    struct str *ids = arena_array(visit->arena, bill->count, sizeof *ids);

    for (size_t i = 0; i < bill->count; i++)
        ids[i] = bill->lines[i].product_id;
    return recommend(visit, &(struct recommend_about){.others = ids, .other_count = bill->count});
}

/* An order of this cart that has been placed, and that the cart has not heard the end of. */
static const struct shown_open_order *open_order_of(const struct visit *visit)
{
    const struct look *look = visit->look;
    struct shown_open_order *open = arena_new(visit->arena, struct shown_open_order);
    struct id id;

    if (look->cart == NULL)
        return NULL;
    id = id_of_order(visit->user_id, look->cart->generation);
    open->id = id_text(&id, visit->arena);
    return look->orders.count && str_equal(look->orders.items[0], open->id) ? open : NULL;
}

static struct str problem_of(const struct visit *visit, const struct bill *bill)
{
    if (bill->lack == BILL_NO_PRODUCT && bill->for_good)
        return arena_printf(visit->arena, STR_FMT " is sold no more: take it out, and order the rest.",
                            STR_ARG(bill->lacking));
    if (bill->lack == BILL_NO_PRODUCT)
        return arena_printf(visit->arena,
                            "We cannot sell " STR_FMT " at this moment; without it the rest can be ordered.",
                            STR_ARG(bill->lacking));
    if (bill->lack == BILL_NO_RATE)
        return STR("There are no prices in this currency at this moment. Please choose another.");
    if (bill->lack == BILL_NO_CARRIER)
        return STR("No carrier that we know of at this moment takes this there.");
    return (struct str){NULL, 0};
}

int this_year(void)
{
    time_t now = time(NULL);
    struct tm utc;

    gmtime_r(&now, &utc);
    return utc.tm_year + 1900;
}

/* Something in the cart has no price: so it cannot be ordered, whoever carries it. */
static bool is_stopped(const struct bill *bill)
{
    return bill->lack == BILL_NO_PRODUCT || bill->lack == BILL_NO_RATE;
}

static struct shown_checkout *checkout_of(const struct visit *visit, const struct order_form *form,
                                          const struct bill *bill, int64_t generation)
{
    struct shown_checkout *checkout = arena_new(visit->arena, struct shown_checkout);
    struct id id = id_random();

    *checkout = form->shown;
    checkout->command_id = id_text(&id, visit->arena);
    checkout->seen = bill_seen(bill, generation, visit->arena);
    checkout->stopped = is_stopped(bill);
    checkout->kept_carrier = form->carrier;
    if (!checkout->stopped)
        checkout->carriers = quotes_shown(visit, bill);
    checkout->countries = quotes_countries(visit->arena);
    return checkout;
}

/* Of a cart that cannot be looked into: the form as it was sent, so that sending it again is the same order. */
static struct shown_checkout *checkout_kept(const struct visit *visit, const struct order_form *form)
{
    struct shown_checkout *checkout = arena_new(visit->arena, struct shown_checkout);

    *checkout = form->shown;
    checkout->kept = true;
    checkout->kept_carrier = form->carrier;
    checkout->command_id = form_value(&visit->request->form, "command_id");
    checkout->seen = form_value(&visit->request->form, "seen");
    checkout->countries = quotes_countries(visit->arena);
    return checkout;
}

/* What went out of the cart because it lay idle. */
static const struct shown_left_behind *left_behind(const struct visit *visit, const struct cart_updated *cart)
{
    size_t count = cart ? cart->left_behind.count : 0;
    struct shown_cart_line *lines = arena_array(visit->arena, count, sizeof *lines);
    struct shown_left_behind *left = arena_new(visit->arena, struct shown_left_behind);

    if (count == 0)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        const struct cart_line *line = &cart->left_behind.items[i];
        const struct shown_product_card *card = window_card(visit->gateway->window, visit->currency, line->product_id);

        lines[i] = (struct shown_cart_line){
            .id = line->product_id, .name = card ? card->name : line->product_id, .quantity = line->quantity};
    }
    *left = (struct shown_left_behind){.since = time_day(cart->left_since_ms, visit->arena),
                                       .since_iso = time_iso(cart->left_since_ms, visit->arena),
                                       .lines = {lines, count}};
    return left;
}

/* Nobody's price is named for a country that there is not. */
static void withdraw_offers(struct bill *bill)
{
    bill->offer_count = 0;
    bill->chosen = NULL;
    bill->lack = bill->lack == BILL_WHOLE ? BILL_NO_CARRIER : bill->lack;
}

/* What has no price has no total, nor has its parcel one. */
static void note_sums(const struct visit *visit, const struct bill *bill, struct page_cart *page)
{
    if (!is_stopped(bill) || bill->subtotal_minor)
        page->subtotal = money_text(bill->subtotal_minor, visit->currency, visit->arena);
    if (is_stopped(bill))
        return;
    page->shipping = money_or_dash(bill->chosen ? bill->chosen->price_minor : -1, visit->currency, visit->arena);
    page->carrier = bill->chosen ? bill->chosen->tariff->name : (struct str){NULL, 0};
    page->total = money_or_dash(bill->lack == BILL_WHOLE ? bill->total_minor : -1, visit->currency, visit->arena);
}

static void render_page(struct visit *visit, unsigned status, const struct order_form *form, struct str problem)
{
    static const struct cart_line_list nothing = {NULL, 0};
    const struct cart_updated *cart = visit->look->cart;
    struct page_cart page = {.site = visit_site(visit), .pending = visit->behind, .problem = problem};
    struct bill bill;

    bill = bill_make(visit->gateway->state.shelf, cart ? &cart->lines : &nothing, visit->currency,
                     &(struct destination){form->country_code, form->carrier}, visit->arena);
    if (bill.count && problem.len == 0)
        page.problem = problem_of(visit, &bill);
    if (form->shown.country.error.len)
        withdraw_offers(&bill);
    page.lines = lines_of(visit, &bill);
    note_sums(visit, &bill, &page);
    page.open_order = open_order_of(visit);
    page.again = form->again;
    page.left = left_behind(visit, cart);
    if (cart && bill.count)
        page.checkout = checkout_of(visit, form, &bill, cart->generation);
    else if (!visit->look->cart_known && form_value(&visit->request->form, "street_address").len)
        page.checkout = checkout_kept(visit, form);
    page.recommendations = goes_with_cart(visit, &bill);
    page.ad = visit_ad(visit, (struct str){NULL, 0}, categories_of(visit, &bill), (struct str){NULL, 0});
    page.site.refresh_s = visit->behind ? 1 : 0;
    render_cart(&visit->request->out, &page);
    answer_page(visit->request, status);
}

/* A page whose form nobody has filled in yet. */
struct fresh_page {
    struct order_form form;
    unsigned status;
    struct str problem;
};

static void on_mail(struct visit *visit, struct str mail)
{
    struct fresh_page *page = visit->more;

    if (mail.len)
        page->form.shown.email.value = mail;
    render_page(visit, page->status, &page->form, page->problem);
}

void cart_page(struct visit *visit, unsigned status, const struct order_form *form, struct str problem)
{
    const struct cart_updated *cart = visit->look->cart;
    struct fresh_page *page;

    if (form) {
        render_page(visit, status, form, problem);
        return;
    }
    page = arena_new(visit->arena, struct fresh_page);
    order_form_example(&page->form, this_year(), visit->arena);
    order_form_send_to(&page->form, form_value(&visit->request->form, "country"),
                       form_value(&visit->request->form, "carrier"));
    page->status = status;
    page->problem = problem;
    visit->more = page;
    if (cart && cart->lines.count)
        own_mail(visit, on_mail);
    else
        on_mail(visit, (struct str){NULL, 0}); /* there is no form to fill in */
}

/* Whether the form can be filled in as in an order of the visitor's own that ended without a sale. */
static bool fill_in_again(const struct visit *visit, struct order_form *form)
{
    struct str order_id = form_value(&visit->request->form, "again");
    struct timeline timeline;

    if (order_id.len == 0 || order_view(visit, order_id, &timeline) != ORDER_VIEW_OWN || timeline.content == NULL ||
        timeline.order.again.len == 0 ||
        !recall_form(visit->gateway->recall, timeline.content, order_id, this_year(), form, visit->arena))
        return false;
    form->again = STR("What you ordered and where it should go stand here as they were. Your card is not kept: please "
                      "type it, or another one.");
    return true;
}

/* Nobody who knows what is in it answers. */
static void show_out_of_sight(struct visit *visit)
{
    struct page_error page = {
        .site = visit_site(visit),
        .status = MHD_HTTP_OK,
        .title = STR("Your cart is safe"),
        .what = STR(
            "What shows carts does not answer at this moment, so we cannot look into yours. Nothing in it is lost."),
        .next = STR("You need not do anything: this page looks again every few seconds. The rest of the shop is open."),
        .retry = true,
    };

    page.site.refresh_s = LOOK_AGAIN_S;
    render_error(&visit->request->out, &page);
    answer_page(visit->request, MHD_HTTP_OK);
}

static void show_cart(struct visit *visit)
{
    struct order_form form;

    if (!visit->look->cart_known) {
        show_out_of_sight(visit);
        return;
    }
    if (!fill_in_again(visit, &form)) {
        cart_page(visit, MHD_HTTP_OK, NULL, (struct str){NULL, 0});
        return;
    }
    order_form_send_to(&form, form_value(&visit->request->form, "country"),
                       form_value(&visit->request->form, "carrier"));
    cart_page(visit, MHD_HTTP_OK, &form, (struct str){NULL, 0});
}

void page_cart(struct request *request)
{
    struct visit *visit = visit_begin(request);
    struct wish wish = {.orders = 1};
    struct id id;

    if (id_parse(form_value(&request->form, "again"), &id))
        wish.order_id = id_text(&id, visit->arena);
    visit_look(visit, &wish, show_cart);
}
