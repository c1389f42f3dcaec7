/* cart_pages.c - the cart, and what is put into it. */
#include <time.h>

#include "base/money.h"
#include "gateway/bill.h"
#include "gateway/pages.h"
#include "pages/cart.h"

/* --- the page ------------------------------------------------------------------------------------------------------------- */

static struct str money_or_dash(int64_t minor, struct str currency, struct arena *arena)
{
    return minor < 0 ? STR("–") : money_text(minor, currency, arena);
}

static struct shown_cart_line line_of(const struct visit *visit, const struct order_line *line)
{
    const struct shown_product_card *card = window_card(visit->gateway->window, visit->currency, line->product_id);
    int64_t total = -1;
    struct shown_cart_line shown = {.id = line->product_id, .name = line->product_id, .quantity = line->quantity};

    if (line->unit_price_minor >= 0 && !money_multiply(line->unit_price_minor, line->quantity, &total))
        total = -1;
    shown.unit_price = money_or_dash(line->unit_price_minor, visit->currency, visit->arena);
    shown.price = money_or_dash(total, visit->currency, visit->arena);
    if (card == NULL) {
        shown.note = STR("We do not know its price at this moment.");
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

static struct shown_product_card_list goes_with_cart(const struct visit *visit, const struct bill *bill)
{
    struct str *ids = arena_array(visit->arena, bill->count, sizeof *ids);

    for (size_t i = 0; i < bill->count; i++)
        ids[i] = bill->lines[i].product_id;
    return window_goes_with(visit->gateway->window, visit->currency, ids, bill->count, visit->arena);
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

static int this_year(void)
{
    time_t now = time(NULL);
    struct tm utc;

    gmtime_r(&now, &utc);
    return utc.tm_year + 1900;
}

static struct shown_checkout *checkout_of(const struct visit *visit, const struct order_form *form,
                                          const struct bill *bill, int64_t generation)
{
    struct shown_checkout *checkout = arena_new(visit->arena, struct shown_checkout);
    struct id id = id_random();

    *checkout = form->shown;
    checkout->command_id = id_text(&id, visit->arena);
    checkout->seen = bill_seen(bill, generation, visit->arena);
    return checkout;
}

void cart_page(struct visit *visit, unsigned status, const struct order_form *form, struct str problem)
{
    static const struct cart_line_list nothing = {NULL, 0};
    const struct cart_updated *cart = visit->look->cart;
    struct page_cart page = {.site = visit_site(visit), .pending = visit->behind, .problem = problem};
    struct order_form example;
    struct bill bill;

    if (form == NULL) {
        order_form_example(&example, this_year(), visit->arena);
        form = &example;
    }
    bill = bill_make(visit->gateway->state.shelf, cart ? &cart->lines : &nothing, visit->currency,
                     &(struct destination){form->country_code, form->carrier}, visit->arena);
    page.lines = lines_of(visit, &bill);
    page.subtotal = money_text(bill.subtotal_minor, visit->currency, visit->arena);
    page.shipping = money_or_dash(bill.chosen ? bill.chosen->price_minor : -1, visit->currency, visit->arena);
    page.total = money_or_dash(bill.lack == BILL_WHOLE ? bill.total_minor : -1, visit->currency, visit->arena);
    page.open_order = open_order_of(visit);
    if (bill.count && problem.len == 0)
        page.problem = problem_of(visit, &bill);
    if (cart && bill.count)
        page.checkout = checkout_of(visit, form, &bill, cart->generation);
    page.recommendations = goes_with_cart(visit, &bill);
    page.site.refresh_s = visit->behind ? 1 : 0;
    render_cart(&visit->request->out, &page);
    answer_page(visit->request, status);
}

static void show_cart(struct visit *visit)
{
    if (!visit->look->cart_known) {
        fault_page(visit, MHD_HTTP_OK, "Your cart is safe",
                   "We cannot look into it at this moment; nothing in it is lost.", "Try again in a moment.", true);
        return;
    }
    cart_page(visit, MHD_HTTP_OK, NULL, (struct str){NULL, 0});
}

void page_cart(struct request *request)
{
    visit_look(visit_begin(request), &(struct wish){.orders = 1}, show_cart);
}

/* --- commands ------------------------------------------------------------------------------------------------------------- */

struct cart_command {
    struct visit *visit;
    struct command_wish wish;
    struct id id;
    const char *then;      /* where the browser goes */
    struct str product_id; /* whose page says what was refused; empty: none */
    struct str refused;    /* why */
};

static bool is_answer(void *context, enum msg_type type, const void *body, int64_t offset)
{
    struct cart_command *command = context;
    const struct cart_updated *cart = body;
    char id[ID_TEXT_LEN + 1];

    if (type != MSG_CART_UPDATED ||
        !views_has_mark(cart, &(struct cart_mark){offset < 0 ? INT64_MAX : offset, command->id}))
        return false;
    id_write(&command->id, id);
    if (cart->outcome == CART_OUTCOME_REFUSED && cart->command_ids.count &&
        str_is(cart->command_ids.items[cart->command_ids.count - 1], id))
        command->refused = arena_copy(command->visit->arena, cart->reason);
    return true;
}

void unknown_page(struct visit *visit)
{
    answer_header(visit->request, "Retry-After", STR("2"));
    fault_page(visit, MHD_HTTP_SERVICE_UNAVAILABLE, "We do not know whether that went through",
               "The shop's memory does not answer at this moment.",
               "Go back and send it again: what was heard already is not done twice.", false);
}

void foreign_page(struct visit *visit)
{
    fault_page(visit, MHD_HTTP_FORBIDDEN, "That came from another site", "Only our own pages can do this.",
               "If you meant it, do it here: from the product's page, or from your cart.", false);
}

static void on_done(struct request *request, enum command_outcome outcome, int64_t offset, void *context)
{
    struct cart_command *command = context;

    (void)request;
    if (outcome == COMMAND_UNKNOWN || outcome == COMMAND_IMPOSSIBLE) {
        unknown_page(command->visit);
        return;
    }
    command->visit->gateway->carts_behind = outcome == COMMAND_ACCEPTED;
    visit_mark(command->visit, command->id, offset);
    if (command->refused.len && command->product_id.len)
        product_page(command->visit, command->product_id, MHD_HTTP_UNPROCESSABLE_CONTENT, command->refused);
    else
        visit_redirect(command->visit, MHD_HTTP_FOUND, str_of(command->then));
}

static void send_command(struct visit *visit, enum msg_type type, const void *body, struct cart_command *command)
{
    struct str trace = voice_trace(request_header(visit->request, "traceparent"), visit->arena);

    command->visit = visit;
    command->wish = (struct command_wish){
        .said = voice_compose(type, body, command->id, command->id, trace, visit->arena),
        .channel = views_cart_key(visit->user_id, visit->arena),
        .look = {.user_id = visit->user_id},
        .answers = is_answer,
        .then = on_done,
        .context = command,
    };
    command_send(&visit->gateway->commands, visit->request, &command->wish);
}

/* 1 to 10, or 0. */
static int32_t quantity_of(struct str text)
{
    int32_t quantity = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || quantity > 10)
            return 0;
        quantity = quantity * 10 + (text.ptr[i] - '0');
    }
    return quantity <= 10 ? quantity : 0;
}

/* Whether the shelf, as last heard of, has less than that. */
static bool lacks(const struct shown_product_card *card, int32_t quantity)
{
    return card->stock == SHOWN_STOCK_NONE || (card->stock == SHOWN_STOCK_FEW && quantity > card->left);
}

static struct str shortage(const struct shown_product_card *card, struct arena *arena)
{
    if (card->stock == SHOWN_STOCK_NONE)
        return STR("It is sold out at this moment, so nothing was put into your cart.");
    return arena_printf(arena, "There %s only %ld left, so nothing was put into your cart. Please take fewer.",
                        card->left == 1 ? "is" : "are", card->left);
}

void command_add(struct request *request)
{
    struct visit *visit = visit_begin(request);
    struct add_item body = {.user_id = visit->user_id,
                            .product_id = form_value(&request->form, "product_id"),
                            .quantity = quantity_of(form_value(&request->form, "quantity"))};
    struct cart_command *command = arena_new(visit->arena, struct cart_command);
    const struct shown_product_card *card = window_card(visit->gateway->window, visit->currency, body.product_id);

    if (!visit_is_ours(visit)) {
        foreign_page(visit);
    } else if (body.product_id.len == 0) {
        fault_page(visit, MHD_HTTP_UNPROCESSABLE_CONTENT, "Which product?", "The form names none.",
                   "Open a product's page and choose it there.", false);
    } else if (card == NULL) {
        no_such_product(visit);
    } else if (lacks(card, body.quantity)) {
        product_page(visit, body.product_id, MHD_HTTP_UNPROCESSABLE_CONTENT, shortage(card, visit->arena));
    } else if (body.quantity == 0) {
        product_page(visit, body.product_id, MHD_HTTP_UNPROCESSABLE_CONTENT, STR("Please take 1 to 10 at a time."));
    } else {
        *command = (struct cart_command){
            .id = visit_command_id(visit, STR("add")), .then = "/cart", .product_id = body.product_id};
        send_command(visit, MSG_ADD_ITEM, &body, command);
    }
}

void command_empty(struct request *request)
{
    struct visit *visit = visit_begin(request);
    struct empty_cart body = {.user_id = visit->user_id};
    struct cart_command *command = arena_new(visit->arena, struct cart_command);

    if (!visit_is_ours(visit)) {
        foreign_page(visit);
        return;
    }
    *command = (struct cart_command){.id = visit_command_id(visit, STR("empty")), .then = "/"};
    send_command(visit, MSG_EMPTY_CART, &body, command);
}
