/* ledger.c - adding up an order. Every step commutes with every other, so that the order of arrival changes nothing. */
#include "msg/ledger.h"

#include <inttypes.h>

#include "base/money.h"

const enum topic ledger_topics[] = {TOPIC_ORDER_COMMANDS, TOPIC_ORDER_EVENTS,    TOPIC_STOCK_EVENTS,
                                    TOPIC_PAYMENT_EVENTS, TOPIC_SHIPMENT_EVENTS, TOPIC_EMAIL_EVENTS};
const size_t ledger_topic_count = sizeof(ledger_topics) / sizeof(ledger_topics[0]);

/* --- adding up ---------------------------------------------------------------------------------------------------- */

static void hear_placed(struct ledger *ledger, const struct order_placed *heard, struct arena *arena)
{
    if (ledger->placed++ > 0)
        return; /* the first wins, and two of them are a fault of their own */
    ledger->deadline_ms = heard->deadline_ms;
    ledger->currency = arena_copy(arena, heard->order.currency);
    ledger->total_minor = heard->order.total_minor;
    for (size_t i = 0; i < heard->order.lines.count; i++)
        ledger->pieces += heard->order.lines.items[i].quantity;
}

static void note_currency(struct ledger *ledger, struct str currency, struct arena *arena)
{
    if (ledger->paid_in.len == 0)
        ledger->paid_in = arena_copy(arena, currency);
    else if (!str_equal(ledger->paid_in, currency))
        ledger->paid_in = STR(LEDGER_MIXED);
}

static int64_t pieces_of(struct cart_line_list lines)
{
    int64_t pieces = 0;

    for (size_t i = 0; i < lines.count; i++)
        pieces += lines.items[i].quantity;
    return pieces;
}

static void hear_no_mail(struct ledger *ledger, enum email_kind kind)
{
    ledger->mails_given_up += kind != EMAIL_KIND_SHIPPED;
}

static void hear_end(struct ledger *ledger, const struct msg *heard, int32_t *ends)
{
    ++*ends;
    if (heard->time_ms > ledger->ended_ms)
        ledger->ended_ms = heard->time_ms;
}

static void hear_mail(struct ledger *ledger, enum email_kind kind)
{
    ledger->confirmation_mails += kind == EMAIL_KIND_CONFIRMATION;
    ledger->cancellation_mails += kind == EMAIL_KIND_CANCELLATION;
    ledger->departure_mails += kind == EMAIL_KIND_SHIPPED;
}

/* What checkout and its customer say. False: it was something else. */
static bool hear_order(struct ledger *ledger, const struct msg *heard, struct arena *arena)
{
    if (heard->type == MSG_PLACE_ORDER) {
        if (ledger->asked_ms == 0 || heard->time_ms < ledger->asked_ms)
            ledger->asked_ms = heard->time_ms;
    } else if (heard->type == MSG_ORDER_PLACED) {
        hear_placed(ledger, heard->body, arena);
    } else if (heard->type == MSG_ORDER_REJECTED) {
        ledger->rejected++;
    } else if (heard->type == MSG_ORDER_CONFIRMED) {
        hear_end(ledger, heard, &ledger->confirmed);
    } else if (heard->type == MSG_ORDER_CANCELLED) {
        hear_end(ledger, heard, &ledger->cancelled);
    } else {
        return false;
    }
    return true;
}

static void hear_money(struct ledger *ledger, const struct msg *heard, struct arena *arena)
{
    if (heard->type == MSG_PAYMENT_CHARGED) {
        const struct payment_charged *charged = heard->body;

        ledger->charges++;
        ledger->charged_minor += charged->amount_minor;
        note_currency(ledger, charged->currency, arena);
    } else {
        const struct payment_refunded *refunded = heard->body;

        ledger->refunded_minor += refunded->amount_minor;
        note_currency(ledger, refunded->currency, arena);
    }
}

void ledger_hear(struct ledger *ledger, const struct msg *heard, struct arena *arena)
{
    if (hear_order(ledger, heard, arena))
        return;
    if (heard->type == MSG_PAYMENT_CHARGED || heard->type == MSG_PAYMENT_REFUNDED)
        hear_money(ledger, heard, arena);
    else if (heard->type == MSG_STOCK_RESERVED)
        ledger->reserved += pieces_of(((const struct stock_reserved *)heard->body)->lines);
    else if (heard->type == MSG_STOCK_RELEASED)
        ledger->released += pieces_of(((const struct stock_released *)heard->body)->lines);
    else if (heard->type == MSG_EMAIL_SENT)
        hear_mail(ledger, ((const struct email_sent *)heard->body)->kind);
    else if (heard->type == MSG_EMAIL_FAILED)
        hear_no_mail(ledger, ((const struct email_failed *)heard->body)->kind);
    ledger->declines += heard->type == MSG_PAYMENT_DECLINED;
    ledger->voids += heard->type == MSG_PAYMENT_VOIDED;
    ledger->parcels += heard->type == MSG_SHIPMENT_CREATED;
    ledger->recalls += heard->type == MSG_SHIPMENT_CANCELLED;
    ledger->moves += heard->type == MSG_SHIPMENT_MOVED;
}

/* --- judging ------------------------------------------------------------------------------------------------------ */

static int32_t ends_of(const struct ledger *ledger)
{
    return ledger->rejected + ledger->confirmed + ledger->cancelled;
}

static bool money_is_wrong(const struct ledger *ledger)
{
    int64_t net_minor = ledger->charged_minor - ledger->refunded_minor;

    if (net_minor < 0 || str_is(ledger->paid_in, LEDGER_MIXED))
        return true;
    if (ledger->declines && ledger->charges)
        return true; /* "no money was taken, and none will be" */
    if (ledger->confirmed && (ledger->declines || ledger->voids))
        return true;
    if (ledger->confirmed && ledger->placed)
        return net_minor != ledger->total_minor || (net_minor != 0 && !str_equal(ledger->paid_in, ledger->currency));
    return ends_of(ledger) > 0 && !ledger->confirmed && net_minor != 0;
}

static bool stock_is_wrong(const struct ledger *ledger)
{
    int64_t taken = ledger->reserved - ledger->released;

    if (taken < 0)
        return true;
    if (ledger->confirmed && ledger->placed)
        return taken != ledger->pieces;
    return ends_of(ledger) > 0 && !ledger->confirmed && taken != 0;
}

static bool parcels_are_wrong(const struct ledger *ledger)
{
    if (ledger->parcels > 1 || ledger->recalls > ledger->parcels)
        return true;
    if (ledger->confirmed)
        return ledger->parcels != 1 || ledger->recalls != 0;
    return ledger->moves > 0 || (ends_of(ledger) > 0 && ledger->parcels != ledger->recalls);
}

static bool mails_are_wrong(const struct ledger *ledger)
{
    return ledger->confirmation_mails > 1 || ledger->cancellation_mails > 1 || ledger->departure_mails > 1 ||
           (ledger->confirmation_mails > 0 && !ledger->confirmed) ||
           (ledger->cancellation_mails > 0 && !ledger->cancelled);
}

static bool waits_for_its_mail(const struct ledger *ledger)
{
    return ledger->placed && ends_of(ledger) == 1 && ledger->ended_ms &&
           ledger->confirmation_mails + ledger->cancellation_mails + ledger->mails_given_up == 0;
}

static bool is_phantom(const struct ledger *ledger)
{
    return ledger->placed == 0 &&
           (ledger->confirmed || ledger->cancelled || ledger->charges || ledger->refunded_minor || ledger->reserved ||
            ledger->released || ledger->parcels || ledger->recalls || ledger->moves || ledger->confirmation_mails ||
            ledger->cancellation_mails || ledger->departure_mails);
}

uint32_t ledger_faults(const struct ledger *ledger)
{
    uint32_t faults = 0;

    if ((ledger->asked_ms || ledger->placed) && ends_of(ledger) == 0)
        faults |= 1U << AUDIT_KIND_NO_END;
    if (ends_of(ledger) > 1 || ledger->placed > 1 || (ledger->placed && ledger->rejected))
        faults |= 1U << AUDIT_KIND_TWO_ENDS;
    if (is_phantom(ledger))
        faults |= 1U << AUDIT_KIND_PHANTOM;
    if (ledger->charges > 1)
        faults |= 1U << AUDIT_KIND_CHARGED_TWICE;
    if (money_is_wrong(ledger))
        faults |= 1U << AUDIT_KIND_MONEY;
    if (stock_is_wrong(ledger))
        faults |= 1U << AUDIT_KIND_STOCK;
    if (parcels_are_wrong(ledger))
        faults |= 1U << AUDIT_KIND_PARCEL;
    if (mails_are_wrong(ledger))
        faults |= 1U << AUDIT_KIND_MAIL;
    if (waits_for_its_mail(ledger))
        faults |= 1U << AUDIT_KIND_NO_MAIL;
    return faults;
}

int64_t ledger_overdue_ms(const struct ledger *ledger)
{
    if (waits_for_its_mail(ledger))
        return ledger->ended_ms + LEDGER_MAIL_MS;
    return ledger->placed ? ledger->deadline_ms : ledger->asked_ms + LEDGER_ANSWER_MS;
}

/* --- in words ----------------------------------------------------------------------------------------------------- */

static const char *end_of(const struct ledger *ledger)
{
    if (ends_of(ledger) > 1)
        return "ended more than once";
    if (ledger->confirmed)
        return "is confirmed";
    if (ledger->cancelled)
        return "is cancelled";
    return ledger->rejected ? "is rejected" : "has no end yet";
}

static struct str money_sentence(const struct ledger *ledger, struct arena *arena)
{
    struct str currency = str_is(ledger->paid_in, LEDGER_MIXED) ? STR("XXX") : ledger->paid_in;
    struct str charged = money_text(ledger->charged_minor, currency, arena);
    struct str refunded = money_text(ledger->refunded_minor, currency, arena);
    struct str total = money_text(ledger->total_minor, ledger->currency, arena);

    return arena_printf(arena, "It %s; charged " STR_FMT ", given back " STR_FMT ", total " STR_FMT ".%s%s%s",
                        end_of(ledger), STR_ARG(charged), STR_ARG(refunded), STR_ARG(total),
                        str_is(ledger->paid_in, LEDGER_MIXED) ? " The charges are in two currencies." : "",
                        ledger->declines ? " Payment has said that it is declined." : "",
                        ledger->voids ? " Payment has said that it is voided." : "");
}

struct str ledger_sentence(const struct ledger *ledger, enum audit_kind kind, struct arena *arena)
{
    switch (kind) {
    case AUDIT_KIND_NO_END:
        return ledger->placed ? STR("It was accepted, its deadline is over, and nobody has ended it.")
                              : STR("It was given, and nobody has accepted or rejected it.");
    case AUDIT_KIND_TWO_ENDS:
        return arena_printf(arena, "It was accepted %d, rejected %d, confirmed %d, cancelled %d times.",
                            (int)ledger->placed, (int)ledger->rejected, (int)ledger->confirmed, (int)ledger->cancelled);
    case AUDIT_KIND_PHANTOM:
        return STR("Something was done for it, and it was never accepted.");
    case AUDIT_KIND_CHARGED_TWICE:
        return arena_printf(arena, "It was charged %d times.", (int)ledger->charges);
    case AUDIT_KIND_MONEY:
        return money_sentence(ledger, arena);
    case AUDIT_KIND_STOCK:
        return arena_printf(arena,
                            "It %s; %" PRId64 " pieces were ordered, %" PRId64 " set aside, %" PRId64 " put back.",
                            end_of(ledger), ledger->pieces, ledger->reserved, ledger->released);
    case AUDIT_KIND_PARCEL:
        return arena_printf(arena, "It %s; parcels: %d prepared, %d recalled, %d times moved on.", end_of(ledger),
                            (int)ledger->parcels, (int)ledger->recalls, (int)ledger->moves);
    case AUDIT_KIND_MAIL:
        return arena_printf(arena, "It %s; mails: %d of a confirmation, %d of a cancellation, %d of a departure.",
                            end_of(ledger), (int)ledger->confirmation_mails, (int)ledger->cancellation_mails,
                            (int)ledger->departure_mails);
    case AUDIT_KIND_NO_MAIL:
        return arena_printf(arena, "It %s, and email has said neither that its mail went nor that none will.",
                            end_of(ledger));
    default:
        return STR("");
    }
}
