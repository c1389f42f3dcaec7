/* order_place.c - POST /cart/checkout: from a form and a cart to PayWith and PlaceOrder.
 *
 * The order's id follows from the shopper and the cart's generation, so that whatever is sent twice is one order. It is
 * made only from a cart that answers the session's last command, at the prices that the shopper saw. */
#include <time.h>

#include "base/log.h"
#include "gateway/bill.h"
#include "gateway/pages.h"
#include "msg/keyring.h"

enum { ZONE_CHARACTERS = 3 };

struct placing {
    struct visit *visit;
    struct order_form form;
    struct command_wish wish;
    struct str order_id;
    struct said *place_order;
    struct key_waiter waiter;
};

static void go_to_order(struct visit *visit, struct str order_id)
{
    visit_redirect(visit, MHD_HTTP_SEE_OTHER, arena_printf(visit->arena, "/order/" STR_FMT, STR_ARG(order_id)));
}

static void refuse(struct placing *placing, unsigned status, struct str problem)
{
    struct order_form *form = &placing->form;

    form->shown.card_number.value = form->shown.card_cvv.value = (struct str){NULL, 0};
    cart_page(placing->visit, status, form, problem);
}

/* --- the messages -------------------------------------------------------------------------------------------------------- */

static struct sealed seal_as(const struct customer_secret *secret, struct str text, struct str order_id,
                             const char *name, struct arena *arena)
{
    struct sealed field = {.key_id = id_text(&secret->id, arena)};

    seal_field(&secret->key, text, keyring_additional(order_id, name, arena), arena, &field.nonce, &field.ciphertext);
    return field;
}

/* As many characters, not bytes. */
static struct str first_characters(struct str text, int count)
{
    size_t at = 0;

    while (at < text.len && ((text.ptr[at] & 0xC0) == 0x80 || count-- > 0))
        at++;
    return (struct str){text.ptr, at};
}

static struct said *compose_payment(const struct placing *placing, struct id id, struct id correlation,
                                    struct str trace)
{
    const struct visit *visit = placing->visit;
    const struct seal_pair *payment = visit->gateway->payment;
    struct pay_with body = {.order_id = placing->order_id, .user_id = visit->user_id};
    struct str card = record_encode(RECORD_CARD, &placing->form.card, visit->arena);

    body.card.key_id = seal_pair_id(payment);
    seal_to(payment, card, placing->order_id, visit->arena, &body.card.encapsulated_key, &body.card.ciphertext);
    return voice_compose(MSG_PAY_WITH, &body, id, correlation, trace, visit->arena);
}

static struct said *compose_order(const struct placing *placing, const struct bill *bill,
                                  const struct customer_secret *secret, struct id id, struct id pay_with_id,
                                  struct str trace)
{
    struct arena *arena = placing->visit->arena;
    const struct order_form *form = &placing->form;
    struct str address = record_encode(RECORD_POSTAL_ADDRESS, &form->address, arena);
    struct place_order body = {
        .order_id = placing->order_id,
        .user_id = placing->visit->user_id,
        .pay_with_id = id_text(&pay_with_id, arena),
        .order = {.cart_generation = placing->visit->look->cart->generation,
                  .currency = bill->currency,
                  .lines = {bill->lines, bill->count},
                  .carrier = bill->chosen->tariff->carrier,
                  .shipping_minor = bill->chosen->price_minor,
                  .total_minor = bill->total_minor,
                  .rates_version = bill->rates_version,
                  .tariff_version = bill->chosen->tariff->version,
                  .country = form->country,
                  .country_code = form->country_code,
                  .postal_zone = first_characters(form->zip_code, ZONE_CHARACTERS),
                  .email = seal_as(secret, form->email, placing->order_id, "email", arena),
                  .address = seal_as(secret, address, placing->order_id, "address", arena)},
    };

    return voice_compose(MSG_PLACE_ORDER, &body, id, id, trace, arena);
}

static struct id named(const struct placing *placing, const char *what)
{
    struct visit *visit = placing->visit;

    return visit_command_id(visit, arena_printf(visit->arena, "%s|" STR_FMT, what, STR_ARG(placing->order_id)));
}

static struct str trace_of(const struct visit *visit)
{
    return voice_trace(request_header(visit->request, "traceparent"), visit->arena);
}

/* The command waits for both records; PayWith is the second of the list, so it is written first. */
static void compose(struct placing *placing, const struct bill *bill, const struct customer_secret *secret)
{
    struct id place_id = named(placing, "place"), pay_id = named(placing, "pay");
    struct str trace = trace_of(placing->visit);

    placing->place_order = compose_order(placing, bill, secret, place_id, pay_id, trace);
    placing->place_order->next = compose_payment(placing, pay_id, place_id, trace);
}

/* --- sending them --------------------------------------------------------------------------------------------------------- */

static bool is_end(void *context, enum msg_type type, const void *body, int64_t offset)
{
    (void)context, (void)body, (void)offset;
    return type == MSG_ORDER_CONFIRMED || type == MSG_ORDER_CANCELLED || type == MSG_ORDER_REJECTED;
}

static void on_done(struct request *request, enum command_outcome outcome, int64_t offset, void *context)
{
    struct placing *placing = context;
    struct visit *visit = placing->visit;

    (void)request, (void)offset;
    if (outcome == COMMAND_UNKNOWN || outcome == COMMAND_IMPOSSIBLE) {
        answer_header(visit->request, "Retry-After", STR("2"));
        refuse(
            placing, MHD_HTTP_SERVICE_UNAVAILABLE,
            STR("We do not know whether your order went through. Please type your card again and send it once more: the "
                "same cart is never ordered or charged twice."));
        return;
    }
    if (placing->place_order)
        views_remember_order(visit->gateway->views, placing->order_id, placing->place_order->value,
                             placing->place_order->time_ms);
    go_to_order(visit, placing->order_id);
}

static void send_order(struct placing *placing, struct said *said)
{
    struct visit *visit = placing->visit;

    placing->wish = (struct command_wish){
        .said = said,
        .channel = views_order_key(placing->order_id, visit->arena),
        .look = {.order_id = placing->order_id},
        .answers = is_end,
        .then = on_done,
        .context = placing,
    };
    command_send(&visit->gateway->commands, visit->request, &placing->wish);
}

/* The order is there; whether its card is, nobody here knows: who got no answer may send again because this process died
 * between the two. The same id makes a card that came before the only one. */
static void send_card_again(struct placing *placing)
{
    send_order(placing,
               compose_payment(placing, named(placing, "pay"), named(placing, "place"), trace_of(placing->visit)));
}

static struct str why_not(const struct placing *placing, const struct bill *bill)
{
    struct arena *arena = placing->visit->arena;

    if (bill->lack == BILL_NO_PRODUCT && bill->for_good)
        return arena_printf(arena, STR_FMT " is sold no more. Nothing was ordered: take it out, and order the rest.",
                            STR_ARG(bill->lacking));
    if (bill->lack == BILL_NO_PRODUCT)
        return arena_printf(arena, "We cannot sell " STR_FMT " at this moment. Nothing was ordered.",
                            STR_ARG(bill->lacking));
    if (bill->lack == BILL_NO_RATE)
        return STR("There are no prices in this currency at this moment. Nothing was ordered.");
    if (bill->offer_count)
        return arena_printf(arena, "That carrier does not take this to " STR_FMT "; these do. Nothing was ordered.",
                            STR_ARG(placing->form.country));
    return arena_printf(
        arena, "No carrier that we know of takes this to " STR_FMT "; a lighter parcel may go. Nothing was ordered.",
        STR_ARG(placing->form.country));
}

static struct str what_changed(const struct bill *bill, struct str seen, struct arena *arena)
{
    struct str prices = bill_change(bill, seen, arena);

    if (prices.len == 0)
        prices = STR("Something changed since you looked: the cart, its currency, or what shipping costs there. ");
    return arena_printf(arena, STR_FMT "Nothing was ordered: please look at it once more, and order then.",
                        STR_ARG(prices));
}

static void place(struct placing *placing);

static void let_go(void *waiter)
{
    keys_stop_waiting(waiter);
}

/* What the shopper saw is compared once more: it may have changed meanwhile. */
static void on_key(struct key_waiter *waiter, bool there)
{
    struct placing *placing = (struct placing *)((char *)waiter - offsetof(struct placing, waiter));

    placing->visit->request->let_go = NULL;
    if (there)
        place(placing);
    else
        refuse(placing, MHD_HTTP_SERVICE_UNAVAILABLE,
               STR("We cannot take orders at this moment. Nothing was ordered; please try again shortly."));
}

/* Many order at once. */
static void wait_for_key(struct placing *placing)
{
    struct request *request = placing->visit->request;

    placing->waiter.then = on_key;
    request->let_go = let_go;
    request->waiter = &placing->waiter;
    keys_wait(placing->visit->gateway->keys, &placing->waiter);
}

static void place(struct placing *placing)
{
    struct visit *visit = placing->visit;
    const struct cart_updated *cart = visit->look->cart;
    struct str seen = form_value(&visit->request->form, "seen");
    struct bill bill = bill_make(visit->gateway->state.shelf, &cart->lines, visit->currency,
                                 &(struct destination){placing->form.country_code, placing->form.carrier},
                                 visit->arena);
    struct str carrier = placing->form.carrier;
    struct customer_secret secret;

    if (bill.lack == BILL_WHOLE && carrier.len && !str_equal(bill.chosen->tariff->carrier, carrier))
        bill.lack = BILL_NO_CARRIER;
    if (bill.lack != BILL_WHOLE) {
        refuse(placing, MHD_HTTP_UNPROCESSABLE_CONTENT, why_not(placing, &bill));
    } else if (seen.len && !str_equal(seen, bill_seen(&bill, cart->generation, visit->arena))) {
        refuse(placing, MHD_HTTP_UNPROCESSABLE_CONTENT, what_changed(&bill, seen, visit->arena));
    } else if (!keys_take(visit->gateway->keys, &secret)) {
        wait_for_key(placing);
    } else {
        compose(placing, &bill, &secret);
        seal_cleanse(&secret, sizeof secret);
        send_order(placing, placing->place_order);
    }
}

/* --- the cart that is ordered ----------------------------------------------------------------------------------------------- */

/* The order that this form has made already, when its cart has moved on since; empty otherwise. */
static struct str order_before(const struct placing *placing)
{
    const struct visit *visit = placing->visit;
    const struct cart_updated *cart = visit->look->cart;
    int64_t generation = bill_seen_generation(form_value(&visit->request->form, "seen"));
    struct id id;

    if (cart == NULL || generation < 0 || generation >= cart->generation)
        return (struct str){NULL, 0};
    id = id_of_order(visit->user_id, generation);
    return id_text(&id, visit->arena);
}

static void on_cart(struct visit *visit)
{
    struct placing *placing = visit->more;
    const struct look *look = visit->look;
    struct str before = order_before(placing);
    struct id id = id_of_order(visit->user_id, look->cart ? look->cart->generation : 0);

    placing->order_id = id_text(&id, visit->arena);
    if (before.len)
        go_to_order(visit, before);
    else if (look->cart && look->orders.count && str_equal(look->orders.items[0], placing->order_id) &&
             placing->form.good)
        send_card_again(placing);
    else if (look->cart && look->orders.count && str_equal(look->orders.items[0], placing->order_id))
        go_to_order(visit, placing->order_id);
    else if (!look->cart_known || visit->behind)
        refuse(
            placing, MHD_HTTP_SERVICE_UNAVAILABLE,
            STR("We cannot see all of your cart yet. Nothing was ordered; please type your card again and send it in a "
                "moment."));
    else if (look->cart == NULL || look->cart->lines.count == 0)
        refuse(placing, MHD_HTTP_UNPROCESSABLE_CONTENT, STR("There is nothing in your cart to order."));
    else if (!placing->form.good)
        refuse(placing, MHD_HTTP_UNPROCESSABLE_CONTENT,
               STR("Something in the form cannot be right. Nothing was ordered."));
    else
        place(placing);
}

static void look_at_cart(struct visit *visit)
{
    visit_look(visit, &(struct wish){.orders = 1}, on_cart);
}

static bool is_whole(void *context, enum msg_type type, const void *body, int64_t offset)
{
    const struct placing *placing = context;

    (void)offset;
    return type == MSG_CART_UPDATED && views_has_mark(body, &placing->visit->session.mark);
}

static void on_waited(struct request *request, enum command_outcome outcome, int64_t offset, void *context)
{
    const struct placing *placing = context;

    (void)request, (void)outcome, (void)offset;
    look_at_cart(placing->visit);
}

/* A cart that is behind is waited for, once, as long as cart or views need to come back: a typed card is worth it. */
static void on_first_look(struct visit *visit)
{
    struct placing *placing = visit->more;

    if (!visit->behind || visit->look->away) {
        on_cart(visit);
        return;
    }
    placing->wish = (struct command_wish){
        .channel = views_cart_key(visit->user_id, visit->arena),
        .look = {.user_id = visit->user_id},
        .patient = true,
        .answers = is_whole,
        .then = on_waited,
        .context = placing,
    };
    command_send(&visit->gateway->commands, visit->request, &placing->wish);
}

void command_order(struct request *request)
{
    struct visit *visit = visit_begin(request);
    struct placing *placing = arena_new(visit->arena, struct placing);
    time_t now = time(NULL);
    struct tm utc;

    gmtime_r(&now, &utc);
    placing->visit = visit;
    visit->more = placing;
    order_form_read(&placing->form, &request->form, utc.tm_year + 1900, utc.tm_mon + 1, visit->arena);
    if (!visit_is_ours(visit))
        foreign_page(visit);
    else
        visit_look(visit, &(struct wish){.orders = 1}, on_first_look);
}
