/* adopt.c - what shipping said in a life that its database has lost, taken over: no parcel is made or moved twice. */
#include "services/shipping/shipping.h"

static void adopt_parcel(struct step *step, void *data)
{
    struct shipping *row = data;
    const struct shipment_created *said = step->heard->body;

    if (row->row.state >= SHIPPING_CREATED)
        return;
    row->row.state = SHIPPING_CREATED;
    row->address = (struct str){0};
    row->attempts = 0;
    row->charged = true;
    row->carrier = said->carrier;
    row->days = said->days;
    row->tracking_number = said->tracking_number;
    step_forget(step, MSG_ADDRESS_OVERDUE, row->row.key);
    if (row->confirmed)
        shipping_start_picking(step, row);
}

static void adopt_refusal(struct step *step, void *data)
{
    shipping_end(step, data, SHIPPING_REFUSED);
}

static void adopt_recall(struct step *step, void *data)
{
    shipping_end(step, data, SHIPPING_CLOSED);
}

static void adopt_move(struct step *step, void *data)
{
    const struct shipment_moved *said = step->heard->body;
    struct shipping *row = data;

    row->confirmed = true;
    if (said->stage == SHIPMENT_STAGE_PICKED && row->row.state < SHIPPING_PICKED)
        shipping_note_picked(step, row);
    else if (said->stage == SHIPMENT_STAGE_IN_TRANSIT && row->row.state < SHIPPING_IN_TRANSIT)
        shipping_note_departed(step, row);
    else if (said->stage == SHIPMENT_STAGE_DELIVERED)
        shipping_note_delivered(step, row);
}

/* clang-format off */
const struct adoption shipping_adoptions[SHIPPING_ADOPTIONS] = {
    /* what was said           then           because */
    {MSG_SHIPMENT_CREATED,   adopt_parcel,  "a parcel was prepared, under this number"},
    {MSG_SHIPMENT_REFUSED,   adopt_refusal, "nobody delivers there"},
    {MSG_SHIPMENT_CANCELLED, adopt_recall,  "it was recalled"},
    {MSG_SHIPMENT_MOVED,     adopt_move,    "so far it has come"},
};
/* clang-format on */
