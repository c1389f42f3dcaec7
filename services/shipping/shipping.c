/* shipping.c - preparing a parcel for an order that is paid, and recalling it.
 *
 * The address is read as soon as the order is known: a bad one is refused before any money moves, and a good one costs
 * no time after the charge. */
#include "services/shipping/shipping.h"

#include <stdlib.h>

#include "msg/say.h"

/* --- what the rules do in common ---------------------------------------------------------------------------------- */

/* The address is not needed any more, whatever was learned of it. */
static void end_opening(struct step *step, struct shipping *row, enum shipping_state state)
{
    row->address = (struct str){0};
    row->row.state = state;
    step_forget(step, MSG_ADDRESS_OVERDUE, row->row.key);
}

static void open_address(struct step *step, struct shipping *row)
{
    struct open_address ask = {.order_id = row->row.key};

    if (record_decode(RECORD_SEALED, row->address, step->arena, &ask.address, NULL) != ST_OK)
        abort(); /* we wrote it */
    row->attempts++;
    ask_open_address(step, &ask);
    step_remind_soon(step, MSG_ADDRESS_OVERDUE, row->row.key, step->now_ms + SHIPPING_ASK_MS);
}

static void refuse(struct step *step, struct shipping *row, enum shipment_refusal reason, struct str detail)
{
    end_opening(step, row, SHIPPING_REFUSED);
    say_shipment_refused(step,
                         &(struct shipment_refused){.order_id = row->row.key, .reason = reason, .detail = detail});
}

static void create(struct step *step, struct shipping *row)
{
    row->row.state = row->confirmed ? SHIPPING_PICKING : SHIPPING_CREATED;
    row->tracking_number = shipping_tracking_number(row->row.key, step->arena);
    say_shipment_created(step, &(struct shipment_created){.order_id = row->row.key,
                                                          .carrier = STR(SHIPPING_CARRIER),
                                                          .tracking_number = row->tracking_number});
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

static void take_order(struct step *step, void *data)
{
    struct shipping *row = data;
    const struct order_placed *heard = step->heard->body;

    if (!str_is(heard->order.carrier, SHIPPING_CARRIER)) {
        refuse(step, row, SHIPMENT_REFUSAL_NO_CARRIER, STR("We do not ship with this carrier."));
        return;
    }
    row->row.state = SHIPPING_OPENING;
    row->address = record_encode(RECORD_SEALED, &heard->order.address, step->arena);
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

    (void)step;
    row->confirmed = true;
    row->row.state = SHIPPING_PICKING;
}

static void close_unshipped(struct step *step, void *data)
{
    end_opening(step, data, SHIPPING_CLOSED);
}

static void recall(struct step *step, void *data)
{
    struct shipping *row = data;

    row->row.state = SHIPPING_CLOSED;
    say_shipment_cancelled(
        step, &(struct shipment_cancelled){.order_id = row->row.key, .tracking_number = row->tracking_number});
}

/* --- the table ---------------------------------------------------------------------------------------------------- */

static const char *const states[] = {
    [SHIPPING_COLLECTING] = "collecting", [SHIPPING_OPENING] = "opening", [SHIPPING_READY] = "ready",
    [SHIPPING_CREATED] = "created",       [SHIPPING_PICKING] = "picking", [SHIPPING_REFUSED] = "refused",
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

    {SHIPPING_OPENING,    MSG_ORDER_PLACED,    NULL,              "said twice"},
    {SHIPPING_OPENING,    MSG_PAYMENT_CHARGED, note_charge,       "paid: ship as soon as the address is known to be good"},
    {SHIPPING_OPENING,    MSG_ORDER_CONFIRMED, note_confirmation, "confirmed: what we shall create may go out at once"},
    {SHIPPING_OPENING,    MSG_ORDER_CANCELLED, close_unshipped,   "cancelled before anything was prepared"},
    {SHIPPING_OPENING,    MSG_ADDRESS_OPENED,  hear_address,      "what is known of the address"},
    {SHIPPING_OPENING,    MSG_ADDRESS_OVERDUE, open_again,        "no answer, or no key yet: read the address again"},

    {SHIPPING_READY,      MSG_ORDER_PLACED,    NULL,              "said twice"},
    {SHIPPING_READY,      MSG_PAYMENT_CHARGED, ship,              "paid, and the address is good: prepare the parcel"},
    {SHIPPING_READY,      MSG_ORDER_CONFIRMED, note_confirmation, "confirmed: what we shall create may go out at once"},
    {SHIPPING_READY,      MSG_ORDER_CANCELLED, close_unshipped,   "cancelled before anything was prepared"},
    {SHIPPING_READY,      MSG_ADDRESS_OPENED,  NULL,              "said twice"},
    {SHIPPING_READY,      MSG_ADDRESS_OVERDUE, NULL,              "it was answered"},

    {SHIPPING_CREATED,    MSG_ORDER_PLACED,    NULL,              "said twice"},
    {SHIPPING_CREATED,    MSG_PAYMENT_CHARGED, NULL,              "said twice"},
    {SHIPPING_CREATED,    MSG_ORDER_CONFIRMED, pick,              "nothing can fail any more: the parcel goes out"},
    {SHIPPING_CREATED,    MSG_ORDER_CANCELLED, recall,            "it has not left the house: recall it"},
    {SHIPPING_CREATED,    MSG_ADDRESS_OPENED,  NULL,              "said twice"},
    {SHIPPING_CREATED,    MSG_ADDRESS_OVERDUE, NULL,              "it was answered"},

    {SHIPPING_PICKING,    MSG_ORDER_PLACED,    NULL,              "said twice"},
    {SHIPPING_PICKING,    MSG_PAYMENT_CHARGED, NULL,              "said twice"},
    {SHIPPING_PICKING,    MSG_ORDER_CONFIRMED, NULL,              "said twice"},
    {SHIPPING_PICKING,    MSG_ORDER_CANCELLED, NULL,              "nobody cancels what is confirmed"},
    {SHIPPING_PICKING,    MSG_ADDRESS_OPENED,  NULL,              "said twice"},
    {SHIPPING_PICKING,    MSG_ADDRESS_OVERDUE, NULL,              "it was answered"},

    {SHIPPING_REFUSED,    MSG_ORDER_PLACED,    NULL,              "said twice"},
    {SHIPPING_REFUSED,    MSG_PAYMENT_CHARGED, NULL,              "checkout has heard the refusal: it will go back"},
    {SHIPPING_REFUSED,    MSG_ORDER_CONFIRMED, NULL,              "nobody confirms what is refused"},
    {SHIPPING_REFUSED,    MSG_ORDER_CANCELLED, NULL,              "nothing was prepared"},
    {SHIPPING_REFUSED,    MSG_ADDRESS_OPENED,  NULL,              "an answer has decided"},
    {SHIPPING_REFUSED,    MSG_ADDRESS_OVERDUE, NULL,              "it was answered"},

    {SHIPPING_CLOSED,     MSG_ORDER_PLACED,    NULL,              "the cancellation overtook it"},
    {SHIPPING_CLOSED,     MSG_PAYMENT_CHARGED, NULL,              "the cancellation overtook it: payment gives it back"},
    {SHIPPING_CLOSED,     MSG_ORDER_CONFIRMED, NULL,              "nobody confirms what is cancelled"},
    {SHIPPING_CLOSED,     MSG_ORDER_CANCELLED, NULL,              "said twice"},
    {SHIPPING_CLOSED,     MSG_ADDRESS_OPENED,  NULL,              "it does not matter any more"},
    {SHIPPING_CLOSED,     MSG_ADDRESS_OVERDUE, NULL,              "it does not matter any more"},
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
};
