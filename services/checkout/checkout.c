/* checkout.c - accepting an order, waiting for the others, and saying its one end.
 *
 * Exactly one of OrderRejected, OrderConfirmed and OrderCancelled is said of each order, whatever comes in whatever order. */
#include "services/checkout/checkout.h"

#include <stdio.h>
#include <stdlib.h>

#include "msg/say.h"
#include "msg/shelf.h"
#include "services/checkout/terms.h"

static const struct order *frozen(struct step *step, const struct checkout_order *order)
{
    struct order *frozen = arena_new(step->arena, struct order);
    struct err err;

    if (record_decode(RECORD_ORDER, order->placed, step->arena, frozen, &err) != ST_OK) {
        fprintf(stderr, "checkout: the order " STR_FMT " that was kept cannot be read: %s\n", STR_ARG(order->row.key),
                err.text);
        abort();
    }
    return frozen;
}

void checkout_keep_cart(struct step *step, const struct checkout_order *order, int64_t generation)
{
    say_cart_kept(step, &(struct cart_kept){.user_id = order->user_id,
                                            .order_id = order->row.key,
                                            .generation = generation,
                                            .reason = order->detail});
}

void checkout_end(struct step *step, struct checkout_order *order, enum checkout_state state)
{
    order->row.state = state;
    step_forget(step, MSG_ORDER_OVERDUE, order->row.key);
    if (state != CHECKOUT_CONFIRMED)
        order->carrier = order->tracking_number = (struct str){0};
}

static void reject(struct step *step, struct checkout_order *order, enum reject_reason reason)
{
    const struct place_order *heard = step->heard->body;

    order->reason = CANCEL_REASON_UNKNOWN;
    checkout_end(step, order, CHECKOUT_REJECTED);
    say_order_rejected(step, &(struct order_rejected){.order_id = order->row.key,
                                                      .user_id = order->user_id,
                                                      .reason = reason,
                                                      .detail = order->detail,
                                                      .generation = heard->order.cart_generation});
    checkout_keep_cart(step, order, heard->order.cart_generation);
}

static void cancel(struct step *step, struct checkout_order *order)
{
    const struct order *placed = frozen(step, order);

    checkout_end(step, order, CHECKOUT_CANCELLED);
    say_order_cancelled(step, &(struct order_cancelled){.order_id = order->row.key,
                                                        .user_id = order->user_id,
                                                        .reason = (enum cancel_reason)order->reason,
                                                        .detail = order->detail,
                                                        .order = *placed});
    checkout_keep_cart(step, order, placed->cart_generation);
}

void checkout_take_from_cart(struct step *step, const struct checkout_order *order, const struct order *placed)
{
    struct cart_line *lines = arena_array(step->arena, placed->lines.count, sizeof(*lines));

    for (size_t i = 0; i < placed->lines.count; i++)
        lines[i] = (struct cart_line){placed->lines.items[i].product_id, placed->lines.items[i].quantity};
    say_cart_ordered(step, &(struct cart_ordered){.user_id = order->user_id,
                                                  .order_id = order->row.key,
                                                  .generation = placed->cart_generation,
                                                  .lines = {lines, placed->lines.count}});
}

static void confirm(struct step *step, struct checkout_order *order)
{
    const struct order *placed = frozen(step, order);

    checkout_end(step, order, CHECKOUT_CONFIRMED);
    say_order_confirmed(step, &(struct order_confirmed){.order_id = order->row.key,
                                                        .user_id = order->user_id,
                                                        .order = *placed,
                                                        .carrier = order->carrier,
                                                        .tracking_number = order->tracking_number});
    checkout_take_from_cart(step, order, placed);
}

/* The end is said as soon as the order is placed and somebody's answer decides it. */
static void decide(struct step *step, struct checkout_order *order)
{
    if (order->row.state != CHECKOUT_PLACED)
        return;
    if (order->reason != CANCEL_REASON_UNKNOWN)
        cancel(step, order);
    else if (order->tracking_number.len > 0)
        confirm(step, order);
}

void checkout_hold_cart(struct step *step, const struct checkout_order *order, int64_t generation)
{
    say_cart_ordering(
        step, &(struct cart_ordering){.user_id = order->user_id, .order_id = order->row.key, .generation = generation});
}

static void accept(struct step *step, struct checkout_order *order)
{
    const struct place_order *heard = step->heard->body;
    const struct checkout_settings *settings = step->settings;
    int64_t deadline_ms = step->now_ms + settings->order_deadline_ms;

    order->row.state = CHECKOUT_PLACED;
    order->placed = record_encode(RECORD_ORDER, &heard->order, step->arena);
    say_order_placed(step, &(struct order_placed){.order_id = order->row.key,
                                                  .user_id = order->user_id,
                                                  .pay_with_id = heard->pay_with_id,
                                                  .order = heard->order,
                                                  .deadline_ms = deadline_ms});
    checkout_hold_cart(step, order, heard->order.cart_generation);
    step_remind(step, MSG_ORDER_OVERDUE, order->row.key, deadline_ms);
    decide(step, order);
}

static bool cancelled_early(const struct checkout_order *order, struct str user_id)
{
    return order->row.state == CHECKOUT_UNWANTED && str_equal(order->user_id, user_id);
}

static void place(struct step *step, void *row)
{
    struct checkout_order *order = row;
    const struct place_order *heard = step->heard->body;
    struct str detail = STR("You cancelled it.");
    enum reject_reason reason = REJECT_REASON_CANCELLED_FIRST;

    if (!cancelled_early(order, heard->user_id))
        reason = terms_check(step->memory, &heard->order, step->arena, &detail);
    order->user_id = heard->user_id;
    if (reason == REJECT_REASON_UNKNOWN) {
        accept(step, order);
    } else {
        order->detail = detail;
        reject(step, order, reason);
    }
}

/* The first reason stays. */
static void give_up(struct step *step, struct checkout_order *order, enum cancel_reason reason, struct str detail)
{
    if (order->reason == CANCEL_REASON_UNKNOWN) {
        order->reason = (int32_t)reason;
        order->detail = detail;
    }
    decide(step, order);
}

static void note_lack(struct step *step, void *row)
{
    const struct stock_refused *heard = step->heard->body;
    struct str detail = {0};

    for (size_t i = 0; i < heard->lacking.count; i++) {
        const struct stock_lack *lack = &heard->lacking.items[i];
        const struct product_updated *product = shelf_product(step->memory, lack->product_id);
        struct str name = product ? product->name : lack->product_id;

        detail = arena_printf(step->arena, STR_FMT "%s", STR_ARG(detail), i ? " " : "");
        if (lack->left > 0)
            detail = arena_printf(step->arena, STR_FMT "Of " STR_FMT " only %d are left, not %d.", STR_ARG(detail),
                                  STR_ARG(name), lack->left, lack->wanted);
        else
            detail = arena_printf(step->arena, STR_FMT STR_FMT " is sold out.", STR_ARG(detail), STR_ARG(name));
    }
    give_up(step, row, CANCEL_REASON_OUT_OF_STOCK, detail);
}

static void note_decline(struct step *step, void *row)
{
    const struct payment_declined *heard = step->heard->body;

    give_up(step, row, CANCEL_REASON_PAYMENT_DECLINED, heard->detail);
}

static void note_refusal(struct step *step, void *row)
{
    const struct shipment_refused *heard = step->heard->body;

    give_up(step, row, CANCEL_REASON_SHIPMENT_REFUSED, heard->detail);
}

static void note_parcel(struct step *step, void *row)
{
    struct checkout_order *order = row;
    const struct shipment_created *heard = step->heard->body;

    order->carrier = heard->carrier;
    order->tracking_number = heard->tracking_number;
    decide(step, order);
}

static void run_late(struct step *step, void *row)
{
    give_up(step, row, CANCEL_REASON_OVERDUE, STR("It could not be finished in time. You are charged nothing."));
}

static void call_off(struct step *step, void *row)
{
    struct checkout_order *order = row;
    const struct cancel_order *heard = step->heard->body;

    if (str_equal(heard->user_id, order->user_id))
        give_up(step, order, CANCEL_REASON_BY_CUSTOMER, STR("You cancelled it."));
}

/* An order's id is made of its shopper and their cart's generation: a stranger has none that gives it. */
static bool is_theirs(struct str order_id, const struct cancel_order *heard)
{
    struct id made = id_of_order(heard->user_id, heard->cart_generation), id;

    return id_parse(order_id, &id) && id_equal(&id, &made);
}

static void call_off_early(struct step *step, void *row)
{
    struct checkout_order *order = row;
    const struct cancel_order *heard = step->heard->body;

    if (!is_theirs(order->row.key, heard))
        return;
    order->row.state = CHECKOUT_UNWANTED;
    order->user_id = heard->user_id;
}

static void refuse_cancel(struct step *step, void *row)
{
    const struct checkout_order *order = row;
    const struct cancel_order *heard = step->heard->body;

    if (str_equal(heard->user_id, order->user_id))
        say_cancel_refused(step, &(struct cancel_refused){.order_id = order->row.key,
                                                          .user_id = order->user_id,
                                                          .detail = STR("It is confirmed and being sent.")});
}

static void refuse_order(struct step *step, struct checkout_order *order)
{
    const struct place_order *heard = step->heard->body;

    if (order->row.state != CHECKOUT_NEW && order->row.state != CHECKOUT_UNWANTED)
        return;
    order->user_id = heard->user_id;
    order->detail = STR("The shop could not take it. You are charged nothing.");
    reject(step, order, REJECT_REASON_NOT_TAKEN);
}

void checkout_refuse(struct step *step, void *row)
{
    struct checkout_order *order = row;
    const struct cancel_order *heard = step->heard->body;

    if (step->heard->type == MSG_PLACE_ORDER)
        refuse_order(step, order);
    else if (order->row.state <= CHECKOUT_CONFIRMED && order->row.state != CHECKOUT_UNWANTED &&
             is_theirs(order->row.key, heard))
        say_cancel_refused(step, &(struct cancel_refused){.order_id = order->row.key,
                                                          .user_id = heard->user_id,
                                                          .detail = STR("The shop could not take that back in time.")});
}

// clang-format off
static const struct rule table[] = {
    /* when               hears                 then            because */
    { CHECKOUT_NEW,       MSG_PLACE_ORDER,      place,          "on the shop's terms it is frozen, otherwise rejected" },
    { CHECKOUT_NEW,       MSG_CANCEL_ORDER,     call_off_early, "its own customer's cancellation overtook it; a stranger's is nothing" },
    { CHECKOUT_NEW,       MSG_STOCK_REFUSED,    note_lack,      "it overtook the order: decides once that is placed" },
    { CHECKOUT_NEW,       MSG_PAYMENT_DECLINED, note_decline,   "it overtook the order: decides once that is placed" },
    { CHECKOUT_NEW,       MSG_SHIPMENT_CREATED, note_parcel,    "it overtook the order: decides once that is placed" },
    { CHECKOUT_NEW,       MSG_SHIPMENT_REFUSED, note_refusal,   "it overtook the order: decides once that is placed" },
    { CHECKOUT_NEW,       MSG_ORDER_OVERDUE,    NULL,           "no order, no deadline" },

    { CHECKOUT_UNWANTED,  MSG_PLACE_ORDER,      place,          "its customer took it back before it came: rejected" },
    { CHECKOUT_UNWANTED,  MSG_CANCEL_ORDER,     NULL,           "it is called off already" },
    { CHECKOUT_UNWANTED,  MSG_STOCK_REFUSED,    NULL,           "it is called off already" },
    { CHECKOUT_UNWANTED,  MSG_PAYMENT_DECLINED, NULL,           "it is called off already" },
    { CHECKOUT_UNWANTED,  MSG_SHIPMENT_CREATED, NULL,           "it is called off already" },
    { CHECKOUT_UNWANTED,  MSG_SHIPMENT_REFUSED, NULL,           "it is called off already" },
    { CHECKOUT_UNWANTED,  MSG_ORDER_OVERDUE,    NULL,           "no order, no deadline" },

    { CHECKOUT_PLACED,    MSG_PLACE_ORDER,      NULL,           "placed twice: the first one counts" },
    { CHECKOUT_PLACED,    MSG_CANCEL_ORDER,     call_off,       "the customer changed their mind in time" },
    { CHECKOUT_PLACED,    MSG_STOCK_REFUSED,    note_lack,      "there is not enough of something" },
    { CHECKOUT_PLACED,    MSG_PAYMENT_DECLINED, note_decline,   "no money, no sale" },
    { CHECKOUT_PLACED,    MSG_SHIPMENT_CREATED, note_parcel,    "reserved, paid and packed: that is all of it" },
    { CHECKOUT_PLACED,    MSG_SHIPMENT_REFUSED, note_refusal,   "nobody delivers there" },
    { CHECKOUT_PLACED,    MSG_ORDER_OVERDUE,    run_late,       "somebody stayed silent too long" },

    { CHECKOUT_CONFIRMED, MSG_PLACE_ORDER,      NULL,           "placed twice: the first one counts" },
    { CHECKOUT_CONFIRMED, MSG_CANCEL_ORDER,     refuse_cancel,  "too late to cancel" },
    { CHECKOUT_CONFIRMED, MSG_STOCK_REFUSED,    NULL,           "catalog said both: the parcel is packed" },
    { CHECKOUT_CONFIRMED, MSG_PAYMENT_DECLINED, NULL,           "payment said both: the parcel is packed" },
    { CHECKOUT_CONFIRMED, MSG_SHIPMENT_CREATED, NULL,           "said twice" },
    { CHECKOUT_CONFIRMED, MSG_SHIPMENT_REFUSED, NULL,           "shipping said both: the parcel is packed" },
    { CHECKOUT_CONFIRMED, MSG_ORDER_OVERDUE,    NULL,           "it was finished in time" },

    { CHECKOUT_CANCELLED, MSG_PLACE_ORDER,      NULL,           "placed twice: the first one counts" },
    { CHECKOUT_CANCELLED, MSG_CANCEL_ORDER,     NULL,           "it is cancelled already" },
    { CHECKOUT_CANCELLED, MSG_STOCK_REFUSED,    NULL,           "it is cancelled already" },
    { CHECKOUT_CANCELLED, MSG_PAYMENT_DECLINED, NULL,           "it is cancelled already" },
    { CHECKOUT_CANCELLED, MSG_SHIPMENT_CREATED, NULL,           "too late: shipping recalls it when it hears the cancellation" },
    { CHECKOUT_CANCELLED, MSG_SHIPMENT_REFUSED, NULL,           "it is cancelled already" },
    { CHECKOUT_CANCELLED, MSG_ORDER_OVERDUE,    NULL,           "it is cancelled already" },

    { CHECKOUT_REJECTED,  MSG_PLACE_ORDER,      NULL,           "placed twice: the first one counts" },
    { CHECKOUT_REJECTED,  MSG_CANCEL_ORDER,     NULL,           "there is nothing to cancel" },
    { CHECKOUT_REJECTED,  MSG_STOCK_REFUSED,    NULL,           "it was never placed" },
    { CHECKOUT_REJECTED,  MSG_PAYMENT_DECLINED, NULL,           "it was never placed" },
    { CHECKOUT_REJECTED,  MSG_SHIPMENT_CREATED, NULL,           "it was never placed" },
    { CHECKOUT_REJECTED,  MSG_SHIPMENT_REFUSED, NULL,           "it was never placed" },
    { CHECKOUT_REJECTED,  MSG_ORDER_OVERDUE,    NULL,           "no order, no deadline" },
};
// clang-format on

static const char *const states[] = {
    [CHECKOUT_NEW] = "new",
    [CHECKOUT_UNWANTED] = "unwanted",
    [CHECKOUT_PLACED] = "placed",
    [CHECKOUT_CONFIRMED] = "confirmed",
    [CHECKOUT_CANCELLED] = "cancelled",
    [CHECKOUT_REJECTED] = "rejected",
};

const struct rules checkout_rules = {
    .name = "checkout",
    .kind = KIND_ORDER,
    .states = states,
    .state_count = sizeof(states) / sizeof(states[0]),
    .row_size = sizeof(struct checkout_order),
    .table = table,
    .rule_count = sizeof(table) / sizeof(table[0]),
    .adoptions = checkout_adoptions,
    .adoption_count = CHECKOUT_ADOPTIONS,
};
