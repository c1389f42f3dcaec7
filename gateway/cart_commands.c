/* cart_commands.c - what a shopper does to the cart: put in, change, take out, empty, put back.
 *
 * Limits are the cart's to judge; what could never be right is turned back here. Either way a sentence says so. */
#include "gateway/pages.h"

enum { ADD_MAX = 10, LINE_MAX = 99 };

struct cart_command {
    struct visit *visit;
    struct command_wish wish;
    struct id id;
    const char *then;      /* where the browser goes */
    struct str product_id; /* whose page says what was refused; empty: the cart's */
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

static void show_refused(struct visit *visit)
{
    const struct cart_command *command = visit->more;

    cart_page(visit, MHD_HTTP_UNPROCESSABLE_CONTENT, NULL, command->refused);
}

/* On the page that the form was on. */
static void say_refused(struct cart_command *command)
{
    struct visit *visit = command->visit;

    visit->more = command;
    if (command->product_id.len)
        product_page(visit, command->product_id, MHD_HTTP_UNPROCESSABLE_CONTENT, command->refused);
    else
        visit_look(visit, &(struct wish){.orders = 1}, show_refused);
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
    if (command->refused.len)
        say_refused(command);
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

/* 0 to max, or -1. */
static int32_t quantity_of(struct str text, int32_t max)
{
    int32_t quantity = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || quantity > max)
            return -1;
        quantity = quantity * 10 + (text.ptr[i] - '0');
    }
    return text.len && quantity <= max ? quantity : -1;
}

static void no_product(struct visit *visit)
{
    fault_page(visit, MHD_HTTP_UNPROCESSABLE_CONTENT, "Which product?", "The form names none.",
               "Open a product's page and choose it there.", false);
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
                            .quantity = quantity_of(form_value(&request->form, "quantity"), ADD_MAX)};
    struct cart_command *command = arena_new(visit->arena, struct cart_command);
    const struct shown_product_card *card = window_card(visit->gateway->window, visit->currency, body.product_id);

    if (!visit_is_ours(visit)) {
        foreign_page(visit);
    } else if (body.product_id.len == 0) {
        no_product(visit);
    } else if (card == NULL) {
        no_such_product(visit);
    } else if (lacks(card, body.quantity)) {
        product_page(visit, body.product_id, MHD_HTTP_UNPROCESSABLE_CONTENT, shortage(card, visit->arena));
    } else if (body.quantity < 1) {
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

/* "remove" takes the line out, whatever its quantity says. */
static int32_t wanted_quantity(const struct request *request)
{
    if (form_value(&request->form, "remove").len)
        return 0;
    return quantity_of(form_value(&request->form, "quantity"), LINE_MAX);
}

void command_change(struct request *request)
{
    struct visit *visit = visit_begin(request);
    struct change_quantity body = {.user_id = visit->user_id,
                                   .product_id = form_value(&request->form, "product_id"),
                                   .quantity = wanted_quantity(request)};
    struct cart_command *command = arena_new(visit->arena, struct cart_command);

    *command = (struct cart_command){.visit = visit, .id = visit_command_id(visit, STR("change")), .then = "/cart"};
    if (!visit_is_ours(visit)) {
        foreign_page(visit);
    } else if (body.product_id.len == 0) {
        no_product(visit);
    } else if (body.quantity < 0) {
        command->refused = STR("A cart holds 1 to 99 of a product; 0 takes it out.");
        say_refused(command);
    } else {
        send_command(visit, MSG_CHANGE_QUANTITY, &body, command);
    }
}

/* --- what was left behind ------------------------------------------------------------------------------------------------ */

/* From the cart itself: the greater quantity of each, so that pressing twice is pressing once. Without lines it says that
 * nobody wants them. */
static void put_back(struct visit *visit)
{
    const struct cart_updated *cart = visit->look->cart;
    bool wanted = form_value(&visit->request->form, "no").len == 0;
    struct merge_cart body = {.user_id = visit->user_id, .from_user_id = visit->user_id};
    struct cart_command *command = visit->more;

    if (!visit->look->cart_known) {
        unknown_page(visit);
    } else if (cart == NULL || cart->left_behind.count == 0) {
        visit_redirect(visit, MHD_HTTP_FOUND, STR("/cart"));
    } else {
        if (wanted)
            body.lines = cart->left_behind;
        send_command(visit, MSG_MERGE_CART, &body, command);
    }
}

void command_put_back(struct request *request)
{
    struct visit *visit = visit_begin(request);
    struct cart_command *command = arena_new(visit->arena, struct cart_command);

    *command = (struct cart_command){.id = visit_command_id(visit, STR("back")), .then = "/cart"};
    visit->more = command;
    if (!visit_is_ours(visit))
        foreign_page(visit);
    else
        visit_look(visit, &(struct wish){.orders = 0}, put_back);
}
