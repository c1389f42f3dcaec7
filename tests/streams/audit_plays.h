/* audit_plays.h - what the audit may hear of one order: each message, and whole stories. For audit_test.c. */
#ifndef STREAMS_AUDIT_PLAYS_H
#define STREAMS_AUDIT_PLAYS_H

#include "streams/audit/audit.h"
#include "tests/rehearsal/rehearsal.h"

#define ORDER_ID STR_INIT("56dd8359-29f5-50a4-820a-ad35dc23dbc2")

enum { GRACE_MS = 60 * 1000, DEADLINE_MS = 900 * 1000, TOTAL_MINOR = 1798, HEARD_MAX = 12 };
static const struct str order_id = ORDER_ID;
static const struct str mug = STR_INIT("6E92ZMYYFZ");

/* --- what may be heard -------------------------------------------------------------------------------------------- */

static const struct order_line ordered[] = {{.product_id = STR_INIT("6E92ZMYYFZ"), .quantity = 2}};
static const struct cart_line taken[] = {{.product_id = STR_INIT("6E92ZMYYFZ"), .quantity = 2}};
static const struct place_order asked = {.order_id = ORDER_ID};
static const struct order_placed placed = {
    .order_id = ORDER_ID,
    .order = {.currency = STR_INIT("USD"), .total_minor = TOTAL_MINOR, .lines = {(struct order_line *)ordered, 1}},
    .deadline_ms = REHEARSAL_START_MS + DEADLINE_MS};
static const struct order_rejected rejected = {.order_id = ORDER_ID};
static const struct order_confirmed confirmed = {.order_id = ORDER_ID};
static const struct order_cancelled cancelled = {.order_id = ORDER_ID};
static const struct stock_reserved reserved = {.order_id = ORDER_ID, .lines = {(struct cart_line *)taken, 1}};
static const struct stock_released released = {.order_id = ORDER_ID, .lines = {(struct cart_line *)taken, 1}};
static const struct payment_charged charged = {
    .order_id = ORDER_ID, .amount_minor = TOTAL_MINOR, .currency = STR_INIT("USD")};
static const struct payment_charged charged_euros = {
    .order_id = ORDER_ID, .amount_minor = TOTAL_MINOR, .currency = STR_INIT("EUR")};
static const struct payment_charged charged_less = {
    .order_id = ORDER_ID, .amount_minor = TOTAL_MINOR - 1, .currency = STR_INIT("USD")};
static const struct payment_refunded refunded = {
    .order_id = ORDER_ID, .amount_minor = TOTAL_MINOR, .currency = STR_INIT("USD")};
static const struct payment_declined declined = {.order_id = ORDER_ID};
static const struct payment_voided voided = {.order_id = ORDER_ID};
static const struct shipment_created parcel = {.order_id = ORDER_ID};
static const struct shipment_cancelled recalled = {.order_id = ORDER_ID};
static const struct shipment_moved moved = {.order_id = ORDER_ID, .stage = SHIPMENT_STAGE_PICKED};
static const struct email_sent mailed = {.order_id = ORDER_ID, .kind = EMAIL_KIND_CONFIRMATION};
static const struct email_sent mailed_end = {.order_id = ORDER_ID, .kind = EMAIL_KIND_CANCELLATION};
static const struct email_failed unmailed = {.order_id = ORDER_ID, .kind = EMAIL_KIND_CONFIRMATION};
static const struct email_failed unmailed_end = {.order_id = ORDER_ID, .kind = EMAIL_KIND_CANCELLATION};
static const struct email_failed unmailed_off = {.order_id = ORDER_ID, .kind = EMAIL_KIND_SHIPPED};
static const struct email_sent mailed_off = {.order_id = ORDER_ID, .kind = EMAIL_KIND_SHIPPED};

/* A message; the second of the same kind has a name of its own. */
#define M(type_, body_)                                       \
    {                                                         \
        .type = MSG_##type_, .body = &(body_), .name = #body_ \
    }
#define AGAIN(type_, body_)                                       \
    {                                                             \
        .type = MSG_##type_, .body = &(body_), .name = #body_ "2" \
    }

static const struct play sold[] = {
    M(PLACE_ORDER, asked),       M(ORDER_PLACED, placed),     M(STOCK_RESERVED, reserved),
    M(PAYMENT_CHARGED, charged), M(SHIPMENT_CREATED, parcel), M(ORDER_CONFIRMED, confirmed),
    M(SHIPMENT_MOVED, moved),    M(EMAIL_SENT, mailed),       M(EMAIL_SENT, mailed_off),
};
static const struct play undone[] = {
    M(PLACE_ORDER, asked),         M(ORDER_PLACED, placed),     M(STOCK_RESERVED, reserved),
    M(PAYMENT_CHARGED, charged),   M(SHIPMENT_CREATED, parcel), M(ORDER_CANCELLED, cancelled),
    M(PAYMENT_REFUNDED, refunded), M(STOCK_RELEASED, released), M(SHIPMENT_CANCELLED, recalled),
    M(EMAIL_SENT, mailed_end),
};
static const struct play unpaid[] = {
    M(PLACE_ORDER, asked),         M(ORDER_PLACED, placed),       M(STOCK_RESERVED, reserved),
    M(PAYMENT_DECLINED, declined), M(ORDER_CANCELLED, cancelled), M(PAYMENT_VOIDED, voided),
    M(STOCK_RELEASED, released),   M(EMAIL_FAILED, unmailed_end),
};
static const struct play turned_away[] = {M(PLACE_ORDER, asked), M(ORDER_REJECTED, rejected)};

#endif
