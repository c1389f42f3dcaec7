/* timeline.c - an order's story as a page shows it. Pure, and indifferent to the order in which the story was told: each
 * step looks for the events that decide it. */
#include "gateway/timeline.h"

#include <time.h>

#include "base/money.h"
#include "gateway/advice.h"
#include "gateway/mail_note.h"

enum {
    STEPS = 9,
    ORDER_STEPS = 6, /* the others are a parcel's way, which only a confirmed order has */
    SLOW_MS = 3000,
    MINUTE_MS = 60000,
    LIVE_MS = 30 * 60000 /* so long a page waits for a parcel's next step, or for word of a charge */
};

/* One step: what finishes it, what makes it fail, what takes it back, and what is said while it is waited for. */
struct chapter {
    const char *name;
    enum msg_type done, failed, undone;
    enum shipment_stage stage; /* of a ShipmentMoved */
    const char *waiting;       /* what is being done */
    const char *slow;          /* when it takes longer; NULL: it may take days */
};

static const struct chapter chapters[STEPS] = {
    {"Order placed", MSG_ORDER_PLACED, MSG_ORDER_REJECTED, MSG_NONE, 0, "We have it and are reading it.",
     "We have it. The checkout is away for a moment and will take it up by itself."},
    {"Goods set aside", MSG_STOCK_RESERVED, MSG_STOCK_REFUSED, MSG_STOCK_RELEASED, 0, "We are looking on the shelves.",
     "The catalogue is away for a moment; it will set your things aside by itself."},
    {"Payment", MSG_PAYMENT_CHARGED, MSG_PAYMENT_DECLINED, MSG_PAYMENT_REFUNDED, 0, "We are asking your bank.",
     "The payment takes longer than usual; it will be tried by itself, and only once."},
    {"Parcel", MSG_SHIPMENT_CREATED, MSG_SHIPMENT_REFUSED, MSG_SHIPMENT_CANCELLED, 0, "We are preparing the parcel.",
     "The shipping is away for a moment; it will prepare the parcel by itself."},
    {"Confirmed", MSG_ORDER_CONFIRMED, MSG_ORDER_CANCELLED, MSG_NONE, 0, "All is there; we are confirming it.",
     "The checkout is away for a moment; it will confirm the order by itself."},
    {"Mail", MSG_EMAIL_SENT, MSG_EMAIL_FAILED, MSG_NONE, 0, "We are writing to you.",
     "The mail is on its way out; it takes longer than usual."},
    {"Packed", MSG_SHIPMENT_MOVED, MSG_NONE, MSG_NONE, SHIPMENT_STAGE_PICKED,
     "We are taking your things from the shelves.", NULL},
    {"On its way", MSG_SHIPMENT_MOVED, MSG_NONE, MSG_NONE, SHIPMENT_STAGE_IN_TRANSIT, "The carrier will come for it.",
     NULL},
    {"Delivered", MSG_SHIPMENT_MOVED, MSG_NONE, MSG_NONE, SHIPMENT_STAGE_DELIVERED, "It is on the road.", NULL},
};

struct str time_text(int64_t time_ms, struct arena *arena)
{
    time_t seconds = time_ms / 1000;
    struct tm utc;

    gmtime_r(&seconds, &utc);
    return arena_printf(arena, "%02d:%02d:%02d", utc.tm_hour, utc.tm_min, utc.tm_sec);
}

struct str time_day(int64_t time_ms, struct arena *arena)
{
    static const char *const months[] = {"January", "February", "March",     "April",   "May",      "June",
                                         "July",    "August",   "September", "October", "November", "December"};
    time_t seconds = time_ms / 1000;
    struct tm utc;

    gmtime_r(&seconds, &utc);
    return arena_printf(arena, "%d %s %d, %02d:%02d UTC", utc.tm_mday, months[utc.tm_mon], utc.tm_year + 1900,
                        utc.tm_hour, utc.tm_min);
}

struct str time_iso(int64_t time_ms, struct arena *arena)
{
    time_t seconds = time_ms / 1000;
    struct tm utc;

    gmtime_r(&seconds, &utc);
    return arena_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02dZ", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                        utc.tm_hour, utc.tm_min, utc.tm_sec);
}

/* --- what an event adds in words ---------------------------------------------------------------------------------------- */

static struct str brand_words(struct str brand)
{
    if (str_is(brand, "visa"))
        return STR("Visa");
    return str_is(brand, "mastercard") ? STR("Mastercard") : brand;
}

static struct str charged_words(const struct payment_charged *body, struct arena *arena)
{
    struct str amount = money_text(body->amount_minor, body->currency, arena);

    return arena_printf(arena, STR_FMT " from your " STR_FMT " card that ends in " STR_FMT ".", STR_ARG(amount),
                        STR_ARG(brand_words(body->card_brand)), STR_ARG(body->card_last4));
}

static struct str days_words(const char *before, int32_t days, struct arena *arena)
{
    if (days == 0)
        return str_of(before);
    return arena_printf(arena, "%s Usually %d %s to your door.", before, (int)days, days == 1 ? "day" : "days");
}

static struct str moved_words(const struct shipment_moved *moved, struct arena *arena)
{
    if (moved->stage == SHIPMENT_STAGE_PICKED)
        return STR("Your things are in the box.");
    if (moved->stage == SHIPMENT_STAGE_IN_TRANSIT)
        return days_words("The carrier has it.", moved->days, arena);
    return STR("It was delivered.");
}

static struct str words_of(const struct told *told, struct arena *arena)
{
    switch ((int)told->type) {
    case MSG_ORDER_REJECTED:
        return ((const struct order_rejected *)told->body)->detail;
    case MSG_STOCK_REFUSED:
        return STR("There was not enough of it.");
    case MSG_STOCK_RELEASED:
        return STR("The things are back on the shelf.");
    case MSG_PAYMENT_CHARGED:
        return charged_words(told->body, arena);
    case MSG_PAYMENT_DECLINED:
        return ((const struct payment_declined *)told->body)->detail;
    case MSG_PAYMENT_REFUNDED:
        return STR("All of it went back to your card.");
    case MSG_PAYMENT_VOIDED:
        return STR("The bank has struck it off.");
    case MSG_SHIPMENT_CREATED:
        return days_words("It has a number.", ((const struct shipment_created *)told->body)->days, arena);
    case MSG_SHIPMENT_MOVED:
        return moved_words(told->body, arena);
    case MSG_SHIPMENT_REFUSED:
        return ((const struct shipment_refused *)told->body)->detail;
    case MSG_SHIPMENT_CANCELLED:
        return STR("The parcel was called back.");
    case MSG_ORDER_CANCELLED:
        return ((const struct order_cancelled *)told->body)->detail;
    case MSG_EMAIL_FAILED:
        return ((const struct email_failed *)told->body)->detail;
    default:
        return (struct str){NULL, 0};
    }
}

/* --- steps --------------------------------------------------------------------------------------------------------------- */

static const struct told *find_stage(const struct story *story, enum shipment_stage stage)
{
    for (size_t i = 0; i < story->count; i++)
        if (story->items[i].type == MSG_SHIPMENT_MOVED &&
            ((const struct shipment_moved *)story->items[i].body)->stage == stage)
            return &story->items[i];
    return NULL;
}

static const struct told *first_of(const struct story *story, const struct chapter *chapter,
                                   enum shown_step_state *state)
{
    const struct told *told = story_find(story, chapter->undone);

    *state = SHOWN_STEP_STATE_UNDONE;
    if (told && story_find(story, chapter->done)) /* what was never done is not undone */
        return told;
    *state = SHOWN_STEP_STATE_DONE;
    told = chapter->stage ? find_stage(story, chapter->stage) : story_find(story, chapter->done);
    if (told)
        return told;
    *state = SHOWN_STEP_STATE_FAILED;
    told = story_find(story, chapter->failed);
    if (told)
        return told;
    *state = SHOWN_STEP_STATE_UNDONE; /* nothing failed, and it will never be done */
    return chapter->done == MSG_PAYMENT_CHARGED ? story_find(story, MSG_PAYMENT_VOIDED) : NULL;
}

static struct shown_order_step step_of(const struct story *story, const struct chapter *chapter, struct arena *arena)
{
    struct shown_order_step step = {.name = str_of(chapter->name), .state = SHOWN_STEP_STATE_NEXT};
    enum shown_step_state state;
    const struct told *told = first_of(story, chapter, &state);

    if (told) {
        step.state = state;
        step.time = time_text(told->time_ms, arena);
        step.time_iso = time_iso(told->time_ms, arena);
        step.note = words_of(told, arena);
    }
    return step;
}

static int64_t last_time(const struct story *story)
{
    return story->count ? story->items[story->count - 1].time_ms : 0;
}

/* The first step that has not happened is the one that is waited for. */
static void note_waiting(struct shown_order_step *steps, size_t count, const struct story *story, int64_t now_ms,
                         struct str *reason, struct arena *arena)
{
    int64_t since_ms = last_time(story);

    for (size_t i = 0; i < count; i++) {
        bool slow = since_ms && now_ms - since_ms > SLOW_MS && chapters[i].slow;

        if (steps[i].state != SHOWN_STEP_STATE_NEXT)
            continue;
        steps[i].state = SHOWN_STEP_STATE_WAITING;
        steps[i].note = str_of(slow ? chapters[i].slow : chapters[i].waiting);
        if (slow && now_ms - since_ms > MINUTE_MS)
            steps[i].note = arena_printf(arena, "%s (Since %s UTC.)", chapters[i].slow, time_text(since_ms, arena).ptr);
        *reason = steps[i].note;
        return;
    }
}

/* Of an order that ended early, what was never begun is left out; the mail is still to come. */
static size_t without_never_begun(struct shown_order_step *steps, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++)
        if (steps[i].state != SHOWN_STEP_STATE_NEXT)
            steps[kept++] = steps[i];
    return kept;
}

/* What the page's head says, no step repeats: which of them failed is seen. */
static void say_once(struct str reason, struct shown_order_step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (reason.len && str_equal(steps[i].note, reason))
            steps[i].note = (struct str){NULL, 0};
}

static void make_steps(struct timeline *timeline, const struct story *story, int64_t now_ms, struct arena *arena)
{
    struct shown_order_step *steps = arena_array(arena, STEPS, sizeof *steps);
    struct shown_order *order = &timeline->order;
    size_t count = order->state == SHOWN_ORDER_STATE_CONFIRMED ? STEPS : ORDER_STEPS;
    struct str waiting_for = {NULL, 0};

    for (size_t i = 0; i < STEPS; i++)
        steps[i] = step_of(story, &chapters[i], arena);
    if (order->state == SHOWN_ORDER_STATE_CANCELLED || order->state == SHOWN_ORDER_STATE_REJECTED) {
        if (story_find(story, MSG_ORDER_CANCELLED))
            steps[4].name = STR("Cancelled");
        count = without_never_begun(steps, count);
        say_once(order->reason, steps, count);
    } else {
        note_waiting(steps, count, story, now_ms, &waiting_for, arena);
    }
    if (order->state == SHOWN_ORDER_STATE_OPEN)
        order->reason = waiting_for;
    order->steps = (struct shown_order_step_list){steps, count};
}

/* --- the whole ------------------------------------------------------------------------------------------------------------ */

static void note_content(struct timeline *timeline, const struct story *story)
{
    const struct told *placed = story_find(story, MSG_ORDER_PLACED);
    const struct told *sent = story_find(story, MSG_PLACE_ORDER);
    const struct told *rejected = story_find(story, MSG_ORDER_REJECTED);

    if (rejected)
        timeline->user_id = ((const struct order_rejected *)rejected->body)->user_id;
    if (sent) {
        timeline->content = &((const struct place_order *)sent->body)->order;
        timeline->user_id = ((const struct place_order *)sent->body)->user_id;
    }
    if (placed) {
        timeline->content = &((const struct order_placed *)placed->body)->order;
        timeline->user_id = ((const struct order_placed *)placed->body)->user_id;
    }
    if (placed || sent)
        timeline->placed_ms = placed ? placed->time_ms : sent->time_ms;
}

static void note_parcel(struct shown_order *order, const struct story *story)
{
    const struct told *created = story_find(story, MSG_SHIPMENT_CREATED);

    if (created && story_find(story, MSG_SHIPMENT_CANCELLED) == NULL) {
        order->tracking = ((const struct shipment_created *)created->body)->tracking_number;
        order->carrier = ((const struct shipment_created *)created->body)->carrier;
    }
}

/* Silence is not an answer: the bank may be asked, and may charge, until payment has said how it ended: declined, or void,
 * which the bank itself confirmed. It is not asked before the goods are set aside. */
static bool is_uncharged(const struct story *story)
{
    const struct told *cancelled = story_find(story, MSG_ORDER_CANCELLED);
    enum cancel_reason reason = cancelled ? ((const struct order_cancelled *)cancelled->body)->reason
                                          : CANCEL_REASON_UNKNOWN;

    return story_find(story, MSG_ORDER_REJECTED) || reason == CANCEL_REASON_PAYMENT_DECLINED ||
           reason == CANCEL_REASON_OUT_OF_STOCK || story_find(story, MSG_PAYMENT_DECLINED) ||
           story_find(story, MSG_PAYMENT_VOIDED) || story_find(story, MSG_STOCK_REFUSED);
}

static void note_money(struct shown_order *order, const struct story *story, struct arena *arena)
{
    const struct told *charged = story_find(story, MSG_PAYMENT_CHARGED);
    const struct told *refunded = story_find(story, MSG_PAYMENT_REFUNDED);

    if (order->state != SHOWN_ORDER_STATE_CANCELLED)
        return;
    if (refunded) {
        const struct payment_refunded *body = refunded->body;

        order->refund = money_text(body->amount_minor, body->currency, arena);
        order->refunded = true;
    } else if (charged) {
        const struct payment_charged *body = charged->body;

        order->refund = money_text(body->amount_minor, body->currency, arena);
    } else {
        order->uncharged = is_uncharged(story);
        order->unasked = !order->uncharged && !story_find(story, MSG_STOCK_RESERVED);
        order->voided = story_find(story, MSG_PAYMENT_VOIDED) != NULL;
    }
}

/* Who cancelled before the checkout took it up hears that it is cancelled. */
static enum shown_order_state rejected_state(const struct order_rejected *rejected)
{
    return rejected->reason == REJECT_REASON_CANCELLED_FIRST ? SHOWN_ORDER_STATE_CANCELLED : SHOWN_ORDER_STATE_REJECTED;
}

static void note_end(struct shown_order *order, const struct story *story)
{
    const struct told *rejected = story_find(story, MSG_ORDER_REJECTED);
    const struct told *cancelled = story_find(story, MSG_ORDER_CANCELLED);

    order->state = SHOWN_ORDER_STATE_OPEN;
    if (rejected)
        order->state = rejected_state(rejected->body);
    else if (cancelled)
        order->state = SHOWN_ORDER_STATE_CANCELLED;
    else if (story_find(story, MSG_ORDER_CONFIRMED))
        order->state = SHOWN_ORDER_STATE_CONFIRMED;
    order->can_cancel = order->state == SHOWN_ORDER_STATE_OPEN;
}

/* A parcel's way takes days, and payment does not say that it closed what the bank was never asked for: a page that nobody
 * closed does not wait for all of it. */
static bool goes_on(const struct shown_order *order, const struct story *story, int64_t now_ms)
{
    if (now_ms - last_time(story) >= LIVE_MS)
        return false;
    if (order->state == SHOWN_ORDER_STATE_CANCELLED)
        return order->refund.len == 0 && !order->uncharged;
    return order->state == SHOWN_ORDER_STATE_CONFIRMED && find_stage(story, SHIPMENT_STAGE_DELIVERED) == NULL;
}

struct timeline timeline_of(const struct story *story, struct str order_id, int64_t now_ms, struct arena *arena)
{
    const struct told *rejected = story_find(story, MSG_ORDER_REJECTED);
    const struct told *cancelled = story_find(story, MSG_ORDER_CANCELLED);
    struct timeline timeline = {.order = {.id = arena_copy(arena, order_id)}};
    struct shown_order *order = &timeline.order;

    note_end(order, story);
    note_content(&timeline, story);
    note_parcel(order, story);
    note_money(order, story, arena);
    order->mail = mail_note(story, arena);
    if (rejected)
        order->reason = ((const struct order_rejected *)rejected->body)->detail;
    else if (cancelled)
        order->reason = ((const struct order_cancelled *)cancelled->body)->detail;
    make_steps(&timeline, story, now_ms, arena);
    order_advise(order, story);
    timeline.over = order->state != SHOWN_ORDER_STATE_OPEN && (order->mail.len || rejected) &&
                    (order->refund.len == 0 || order->refunded) && !goes_on(order, story, now_ms);
    return timeline;
}
