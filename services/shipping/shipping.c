/* shipping.c - preparing a parcel for an order that is paid, recalling it, and telling its way to the door.
 *
 * The address is read as soon as the order is known: a bad one is refused before any money moves, and a good one costs
 * no time after the charge. */
#include "services/shipping/shipping.h"

#include <stdlib.h>

#include "base/country.h"
#include "msg/say.h"

/* --- what the rules do in common ---------------------------------------------------------------------------------- */

/* The address is not needed any more, whatever was learned of it. */
static void end_opening(struct step *step, struct shipping *row, enum shipping_state state)
{
    row->address = (struct str){0};
    row->attempts = 0;
    row->row.state = state;
    step_forget(step, MSG_ADDRESS_OVERDUE, row->row.key);
}

/* There is no parcel, and will be none: nothing of it needs to be known. */
void shipping_end(struct step *step, struct shipping *row, enum shipping_state state)
{
    end_opening(step, row, state);
    row->charged = row->confirmed = false;
    row->carrier = row->tracking_number = (struct str){0};
    row->days = 0;
}

static void open_address(struct step *step, struct shipping *row)
{
    struct open_address ask;

    if (record_decode(RECORD_OPEN_ADDRESS, row->address, step->arena, &ask, NULL) != ST_OK)
        abort(); /* we wrote it */
    row->attempts++;
    ask_open_address(step, &ask);
    step_remind_soon(step, MSG_ADDRESS_OVERDUE, row->row.key, step->now_ms + SHIPPING_ASK_MS);
}

static void refuse(struct step *step, struct shipping *row, enum shipment_refusal reason, struct str detail)
{
    shipping_end(step, row, SHIPPING_REFUSED);
    say_shipment_refused(step,
                         &(struct shipment_refused){.order_id = row->row.key, .reason = reason, .detail = detail});
}

/* The parcel's next step is due after so long. */
static void move_later(struct step *step, struct shipping *row, int64_t pause_ms)
{
    row->moves_ms = step->now_ms + pause_ms;
    step_remind_soon(step, MSG_PARCEL_DUE, row->row.key, row->moves_ms);
}

void shipping_start_picking(struct step *step, struct shipping *row)
{
    const struct shipping_settings *settings = step->settings;

    row->row.state = SHIPPING_PICKING;
    move_later(step, row, settings->pick_ms);
}

static void create(struct step *step, struct shipping *row)
{
    row->row.state = SHIPPING_CREATED;
    row->tracking_number = shipping_tracking_number(carrier_find(row->carrier), row->row.key, step->arena);
    say_shipment_created(step, &(struct shipment_created){.order_id = row->row.key,
                                                          .carrier = row->carrier,
                                                          .tracking_number = row->tracking_number,
                                                          .days = row->days});
    if (row->confirmed)
        shipping_start_picking(step, row);
}

void shipping_note_picked(struct step *step, struct shipping *row)
{
    const struct shipping_settings *settings = step->settings;

    row->row.state = SHIPPING_PICKED;
    move_later(step, row, settings->pick_ms);
}

void shipping_note_departed(struct step *step, struct shipping *row)
{
    const struct shipping_settings *settings = step->settings;

    row->row.state = SHIPPING_IN_TRANSIT;
    move_later(step, row, row->days * settings->day_ms);
}

void shipping_note_delivered(struct step *step, struct shipping *row)
{
    row->row.state = SHIPPING_DELIVERED;
    row->moves_ms = 0;
    step_forget(step, MSG_PARCEL_DUE, row->row.key);
}

static void tell_move(struct step *step, const struct shipping *row, enum shipment_stage stage, int32_t days)
{
    say_shipment_moved(step, &(struct shipment_moved){.order_id = row->row.key,
                                                      .tracking_number = row->tracking_number,
                                                      .stage = stage,
                                                      .carrier = row->carrier,
                                                      .days = days});
}

/* What was due earlier, and comes again, moves nothing. */
static bool is_due(const struct step *step, const struct shipping *row)
{
    return row->moves_ms && step->now_ms >= row->moves_ms;
}

/* The key may still be on its way to us: it travels on another topic. */
static void wait_for_key(struct step *step, struct shipping *row)
{
    int64_t pause_ms = SHIPPING_KEY_MS;

    if (row->attempts >= SHIPPING_KEY_ATTEMPTS) {
        refuse(step, row, SHIPMENT_REFUSAL_ADDRESS_UNREADABLE,
               STR("We could not read the address. Please order again."));
        return;
    }
    for (int32_t i = 1; i < row->attempts && pause_ms < SHIPPING_KEY_MAX_MS; i++)
        pause_ms *= 2;
    step_remind_soon(step, MSG_ADDRESS_OVERDUE, row->row.key,
                     step->now_ms + (pause_ms < SHIPPING_KEY_MAX_MS ? pause_ms : SHIPPING_KEY_MAX_MS));
}

/* --- rules -------------------------------------------------------------------------------------------------------- */

/* The zone that the order was quoted for: none when its address was taken as typed. */
static struct str zone_of(const struct order *order)
{
    return order->country_code.len ? country_zone(order->country_code) : (struct str){0};
}

static void take_order(struct step *step, void *data)
{
    struct shipping *row = data;
    const struct order *order = &((const struct order_placed *)step->heard->body)->order;
    const struct carrier *carrier = carrier_find(order->carrier);
    struct open_address ask = {.order_id = row->row.key,
                               .address = order->address,
                               .country = order->country,
                               .country_code = order->country_code,
                               .postal_zone = order->postal_zone};

    row->days = carrier ? carrier_days(carrier, zone_of(order)) : 0;
    if (row->days == 0) {
        refuse(step, row, SHIPMENT_REFUSAL_NO_CARRIER,
               carrier ? STR("This carrier does not go there.") : STR("We do not ship with this carrier."));
        return;
    }
    row->row.state = SHIPPING_OPENING;
    row->carrier = carrier->code;
    row->address = record_encode(RECORD_OPEN_ADDRESS, &ask, step->arena);
    open_address(step, row);
}

static void note_charge(struct step *step, void *data)
{
    struct shipping *row = data;

    (void)step;
    row->charged = true;
}

static void note_confirmation(struct step *step, void *data)
{
    struct shipping *row = data;

    (void)step;
    row->confirmed = true;
}

static void hear_address(struct step *step, void *data)
{
    struct shipping *row = data;
    const struct address_opened *heard = step->heard->body;

    switch (heard->outcome) {
    case ADDRESS_OUTCOME_VALID:
        end_opening(step, row, SHIPPING_READY);
        if (row->charged)
            create(step, row);
        break;
    case ADDRESS_OUTCOME_INVALID:
        refuse(step, row, SHIPMENT_REFUSAL_ADDRESS_INVALID, heard->detail);
        break;
    case ADDRESS_OUTCOME_UNREADABLE:
        refuse(step, row, SHIPMENT_REFUSAL_ADDRESS_UNREADABLE, heard->detail);
        break;
    default:
        wait_for_key(step, row);
    }
}

static void open_again(struct step *step, void *data)
{
    open_address(step, data);
}

static void ship(struct step *step, void *data)
{
    struct shipping *row = data;

    row->charged = true;
    create(step, row);
}

static void pick(struct step *step, void *data)
{
    struct shipping *row = data;

    row->confirmed = true;
    shipping_start_picking(step, row);
}

static void pack(struct step *step, void *data)
{
    struct shipping *row = data;

    if (!is_due(step, row))
        return;
    tell_move(step, row, SHIPMENT_STAGE_PICKED, row->days);
    shipping_note_picked(step, row);
}

static void hand_over(struct step *step, void *data)
{
    struct shipping *row = data;

    if (!is_due(step, row))
        return;
    tell_move(step, row, SHIPMENT_STAGE_IN_TRANSIT, row->days);
    shipping_note_departed(step, row);
}

static void deliver(struct step *step, void *data)
{
    struct shipping *row = data;

    if (!is_due(step, row))
        return;
    tell_move(step, row, SHIPMENT_STAGE_DELIVERED, 0);
    shipping_note_delivered(step, row);
}

static void close_unshipped(struct step *step, void *data)
{
    shipping_end(step, data, SHIPPING_CLOSED);
}

static void recall(struct step *step, void *data)
{
    struct shipping *row = data;

    say_shipment_cancelled(
        step, &(struct shipment_cancelled){.order_id = row->row.key, .tracking_number = row->tracking_number});
    shipping_end(step, row, SHIPPING_CLOSED);
}

/* --- the table ---------------------------------------------------------------------------------------------------- */

static const char *const states[] = {
    [SHIPPING_COLLECTING] = "collecting", [SHIPPING_OPENING] = "opening",     [SHIPPING_READY] = "ready",
    [SHIPPING_CREATED] = "created",       [SHIPPING_PICKING] = "picking",     [SHIPPING_PICKED] = "picked",
    [SHIPPING_IN_TRANSIT] = "in transit", [SHIPPING_DELIVERED] = "delivered", [SHIPPING_REFUSED] = "refused",
    [SHIPPING_CLOSED] = "closed",
};

/* clang-format off */
static const struct rule table[] = {
    /* when              hears                then               because */
    {SHIPPING_COLLECTING, MSG_ORDER_PLACED,    take_order,        "an order: see whether somebody can be found there"},
    {SHIPPING_COLLECTING, MSG_PAYMENT_CHARGED, note_charge,       "paid, but for what we have not heard yet"},
    {SHIPPING_COLLECTING, MSG_ORDER_CONFIRMED, note_confirmation, "confirmed, but we have not heard it placed yet"},
    {SHIPPING_COLLECTING, MSG_ORDER_CANCELLED, close_unshipped,   "cancelled before we began"},
    {SHIPPING_COLLECTING, MSG_ADDRESS_OPENED,  NULL,              "nothing was asked"},
    {SHIPPING_COLLECTING, MSG_ADDRESS_OVERDUE, NULL,              "nothing was asked"},
    {SHIPPING_COLLECTING, MSG_PARCEL_DUE,     NULL,              "there is no parcel yet"},

    {SHIPPING_OPENING,    MSG_ORDER_PLACED,    NULL,              "said twice"},
    {SHIPPING_OPENING,    MSG_PAYMENT_CHARGED, note_charge,       "paid: ship as soon as the address is known to be good"},
    {SHIPPING_OPENING,    MSG_ORDER_CONFIRMED, note_confirmation, "confirmed: what we shall create may go out at once"},
    {SHIPPING_OPENING,    MSG_ORDER_CANCELLED, close_unshipped,   "cancelled before anything was prepared"},
    {SHIPPING_OPENING,    MSG_ADDRESS_OPENED,  hear_address,      "what is known of the address"},
    {SHIPPING_OPENING,    MSG_ADDRESS_OVERDUE, open_again,        "no answer, or no key yet: read the address again"},
    {SHIPPING_OPENING,    MSG_PARCEL_DUE,     NULL,              "there is no parcel yet"},

    {SHIPPING_READY,      MSG_ORDER_PLACED,    NULL,              "said twice"},
    {SHIPPING_READY,      MSG_PAYMENT_CHARGED, ship,              "paid, and the address is good: prepare the parcel"},
    {SHIPPING_READY,      MSG_ORDER_CONFIRMED, note_confirmation, "confirmed: what we shall create may go out at once"},
    {SHIPPING_READY,      MSG_ORDER_CANCELLED, close_unshipped,   "cancelled before anything was prepared"},
    {SHIPPING_READY,      MSG_ADDRESS_OPENED,  NULL,              "said twice"},
    {SHIPPING_READY,      MSG_ADDRESS_OVERDUE, NULL,              "it was answered"},
    {SHIPPING_READY,      MSG_PARCEL_DUE,     NULL,              "there is no parcel yet"},

    {SHIPPING_CREATED,    MSG_ORDER_PLACED,    NULL,              "said twice"},
    {SHIPPING_CREATED,    MSG_PAYMENT_CHARGED, NULL,              "said twice"},
    {SHIPPING_CREATED,    MSG_ORDER_CONFIRMED, pick,              "nothing can fail any more: pick it"},
    {SHIPPING_CREATED,    MSG_ORDER_CANCELLED, recall,            "it has not left the house: recall it"},
    {SHIPPING_CREATED,    MSG_ADDRESS_OPENED,  NULL,              "said twice"},
    {SHIPPING_CREATED,    MSG_ADDRESS_OVERDUE, NULL,              "it was answered"},
    {SHIPPING_CREATED,    MSG_PARCEL_DUE,     NULL,              "nothing moves before it is confirmed"},

    {SHIPPING_PICKING,    MSG_ORDER_PLACED,    NULL,              "said twice"},
    {SHIPPING_PICKING,    MSG_PAYMENT_CHARGED, NULL,              "said twice"},
    {SHIPPING_PICKING,    MSG_ORDER_CONFIRMED, NULL,              "said twice"},
    {SHIPPING_PICKING,    MSG_ORDER_CANCELLED, NULL,              "nobody cancels what is confirmed"},
    {SHIPPING_PICKING,    MSG_ADDRESS_OPENED,  NULL,              "said twice"},
    {SHIPPING_PICKING,    MSG_ADDRESS_OVERDUE, NULL,              "it was answered"},
    {SHIPPING_PICKING,    MSG_PARCEL_DUE,     pack,              "everything was found: pack it"},

    {SHIPPING_PICKED,     MSG_ORDER_PLACED,    NULL,              "said twice"},
    {SHIPPING_PICKED,     MSG_PAYMENT_CHARGED, NULL,              "said twice"},
    {SHIPPING_PICKED,     MSG_ORDER_CONFIRMED, NULL,              "said twice"},
    {SHIPPING_PICKED,     MSG_ORDER_CANCELLED, NULL,              "nobody cancels what is confirmed"},
    {SHIPPING_PICKED,     MSG_ADDRESS_OPENED,  NULL,              "said twice"},
    {SHIPPING_PICKED,     MSG_ADDRESS_OVERDUE, NULL,              "it was answered"},
    {SHIPPING_PICKED,     MSG_PARCEL_DUE,      hand_over,         "the carrier came for it"},

    {SHIPPING_IN_TRANSIT, MSG_ORDER_PLACED,    NULL,              "said twice"},
    {SHIPPING_IN_TRANSIT, MSG_PAYMENT_CHARGED, NULL,              "said twice"},
    {SHIPPING_IN_TRANSIT, MSG_ORDER_CONFIRMED, NULL,              "said twice"},
    {SHIPPING_IN_TRANSIT, MSG_ORDER_CANCELLED, NULL,              "nobody cancels what is confirmed"},
    {SHIPPING_IN_TRANSIT, MSG_ADDRESS_OPENED,  NULL,              "said twice"},
    {SHIPPING_IN_TRANSIT, MSG_ADDRESS_OVERDUE, NULL,              "it was answered"},
    {SHIPPING_IN_TRANSIT, MSG_PARCEL_DUE,      deliver,           "somebody opened the door"},

    {SHIPPING_DELIVERED,  MSG_ORDER_PLACED,    NULL,              "said twice"},
    {SHIPPING_DELIVERED,  MSG_PAYMENT_CHARGED, NULL,              "said twice"},
    {SHIPPING_DELIVERED,  MSG_ORDER_CONFIRMED, NULL,              "said twice"},
    {SHIPPING_DELIVERED,  MSG_ORDER_CANCELLED, NULL,              "nobody cancels what is confirmed"},
    {SHIPPING_DELIVERED,  MSG_ADDRESS_OPENED,  NULL,              "said twice"},
    {SHIPPING_DELIVERED,  MSG_ADDRESS_OVERDUE, NULL,              "it was answered"},
    {SHIPPING_DELIVERED,  MSG_PARCEL_DUE,      NULL,              "it is there"},

    {SHIPPING_REFUSED,    MSG_ORDER_PLACED,    NULL,              "said twice"},
    {SHIPPING_REFUSED,    MSG_PAYMENT_CHARGED, NULL,              "checkout has heard the refusal: it will go back"},
    {SHIPPING_REFUSED,    MSG_ORDER_CONFIRMED, NULL,              "nobody confirms what is refused"},
    {SHIPPING_REFUSED,    MSG_ORDER_CANCELLED, NULL,              "nothing was prepared"},
    {SHIPPING_REFUSED,    MSG_ADDRESS_OPENED,  NULL,              "an answer has decided"},
    {SHIPPING_REFUSED,    MSG_ADDRESS_OVERDUE, NULL,              "it was answered"},
    {SHIPPING_REFUSED,    MSG_PARCEL_DUE,     NULL,              "there is no parcel"},

    {SHIPPING_CLOSED,     MSG_ORDER_PLACED,    NULL,              "the cancellation overtook it"},
    {SHIPPING_CLOSED,     MSG_PAYMENT_CHARGED, NULL,              "the cancellation overtook it: payment gives it back"},
    {SHIPPING_CLOSED,     MSG_ORDER_CONFIRMED, NULL,              "nobody confirms what is cancelled"},
    {SHIPPING_CLOSED,     MSG_ORDER_CANCELLED, NULL,              "said twice"},
    {SHIPPING_CLOSED,     MSG_ADDRESS_OPENED,  NULL,              "it does not matter any more"},
    {SHIPPING_CLOSED,     MSG_ADDRESS_OVERDUE, NULL,              "it does not matter any more"},
    {SHIPPING_CLOSED,     MSG_PARCEL_DUE,     NULL,              "there is no parcel any more"},
};
/* clang-format on */

const struct rules shipping_rules = {
    .name = "shipping",
    .kind = KIND_ORDER,
    .states = states,
    .state_count = sizeof(states) / sizeof(states[0]),
    .row_size = sizeof(struct shipping),
    .table = table,
    .rule_count = sizeof(table) / sizeof(table[0]),
    .adoptions = shipping_adoptions,
    .adoption_count = SHIPPING_ADOPTIONS,
};
