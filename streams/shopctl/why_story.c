/* why_story.c - what was written about one order, out of every topic that can name it. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/money.h"
#include "run/decode.h"
#include "streams/shopctl/shopctl.h"
#include "streams/shopctl/why.h"

enum { TOPICS_MAX = 96 };

/* --- one record --------------------------------------------------------------------------------------------------- */

static struct told *add_told(struct why *why)
{
    if (why->told_count == why->told_room) {
        struct told *grown = arena_array(&why->arena, why->told_room * 2 + 32, sizeof(*grown));

        if (why->told_count)
            memcpy(grown, why->told, why->told_count * sizeof(*grown));
        why->told = grown;
        why->told_room = why->told_room * 2 + 32;
    }
    why->told[why->told_count] = (struct told){0};
    return &why->told[why->told_count++];
}

/* The order that a message of another kind of key is about; empty: of none. */
static struct str order_of(const struct msg *msg)
{
    switch (msg->type) {
    case MSG_CART_ORDERING:
        return ((const struct cart_ordering *)msg->body)->order_id;
    case MSG_CART_ORDERED:
        return ((const struct cart_ordered *)msg->body)->order_id;
    case MSG_CART_KEPT:
        return ((const struct cart_kept *)msg->body)->order_id;
    case MSG_AUDIT_FOUND:
    case MSG_AUDIT_CLEARED:
        return msg->key;
    default:
        return topic_kind(msg->topic) == KIND_ORDER ? msg->key : (struct str){0};
    }
}

static void note_user(struct why *why, const struct msg *msg)
{
    if (msg->type == MSG_ORDER_PLACED)
        why->user = ((const struct order_placed *)msg->body)->user_id;
    else if (msg->type == MSG_PLACE_ORDER && why->user.len == 0)
        why->user = ((const struct place_order *)msg->body)->user_id;
}

static struct str header(const rd_kafka_message_t *record, const char *name)
{
    rd_kafka_headers_t *headers;
    const void *value;
    size_t len;

    if (rd_kafka_message_headers(record, &headers) || rd_kafka_header_get_last(headers, name, &value, &len))
        return (struct str){0};
    return (struct str){value, len};
}

static bool is_ours(const struct why *why, const rd_kafka_message_t *record)
{
    enum topic topic = topic_named(str_of(rd_kafka_topic_name(record->rkt)));

    if (topic != TOPIC_NONE && topic_kind(topic) == KIND_USER)
        return true; /* its body says whose it is */
    return str_equal((struct str){record->key, record->key_len}, why->order);
}

/* The record's bytes live as long as the story. */
static struct msg decoded(struct why *why, const rd_kafka_message_t *record)
{
    rd_kafka_message_t kept = *record;
    struct msg msg;
    struct err err;
    int32_t schema_id;

    kept.payload = (void *)arena_copy(&why->arena, (struct str){record->payload, record->len}).ptr;
    kept.key = (void *)arena_copy(&why->arena, (struct str){record->key, record->key_len}).ptr;
    if (decode_record(why->plans, record, &why->arena, &msg, &schema_id, &err) != ST_OK)
        msg.type = MSG_UNKNOWN;
    msg.key = (struct str){kept.key, kept.key_len};
    msg.traceparent = (struct str){0};
    if (msg.type != MSG_UNKNOWN && msg_decode(why->plans, (struct str){kept.payload, kept.len}, &why->arena, &msg.type,
                                              &msg.body, &schema_id, &err) != ST_OK)
        msg.type = MSG_UNKNOWN;
    return msg;
}

static bool hear(void *context, const rd_kafka_message_t *record)
{
    struct why *why = context;
    struct told *told;
    struct msg msg;

    if (!is_ours(why, record))
        return true;
    msg = decoded(why, record);
    if (msg.topic != TOPIC_NONE && msg.type != MSG_UNKNOWN && !str_equal(order_of(&msg), why->order))
        return true;
    told = add_told(why);
    told->msg = msg;
    told->topic = arena_copy(&why->arena, str_of(rd_kafka_topic_name(record->rkt))).ptr;
    told->dead = msg.topic == TOPIC_NONE;
    told->writer = msg.topic == TOPIC_NONE ? "" : topic_info(msg.topic)->writer;
    told->why_dead = arena_copy(&why->arena, header(record, "dlt-reason"));
    if (msg.type != MSG_UNKNOWN)
        note_user(why, &msg);
    return true;
}

/* --- all of them -------------------------------------------------------------------------------------------------- */

static int in_time(const void *a, const void *b)
{
    const struct told *one = a, *other = b;

    if (one->msg.time_ms != other->msg.time_ms)
        return one->msg.time_ms < other->msg.time_ms ? -1 : 1;
    if (one->msg.topic != other->msg.topic)
        return one->msg.topic < other->msg.topic ? -1 : 1;
    return (one->msg.offset > other->msg.offset) - (one->msg.offset < other->msg.offset);
}

static void find_causes(struct why *why)
{
    for (size_t i = 0; i < why->told_count; i++)
        for (size_t k = 0; k < why->told_count; k++)
            if (k != i && !why->told[k].dead && id_equal(&why->told[i].msg.causation, &why->told[k].msg.id))
                why->told[i].cause = &why->told[k];
}

/* Messages that came within one millisecond are told after what caused them. */
static void put_causes_first(struct why *why)
{
    for (size_t round = 0; round < why->told_count; round++)
        for (size_t i = 0; i + 1 < why->told_count; i++) {
            struct told one = why->told[i], other = why->told[i + 1];

            if (one.msg.time_ms == other.msg.time_ms && id_equal(&one.msg.causation, &other.msg.id)) {
                why->told[i] = other;
                why->told[i + 1] = one;
            }
        }
}

static void find_unheard(struct why *why)
{
    for (size_t i = 0; i < why->told_count; i++)
        for (size_t k = 0; k < why->look.stand_count; k++) {
            const struct stand *stand = &why->look.stands[k];
            struct told *told = &why->told[i];

            if (told->dead || stand->topic != told->msg.topic || stand->part != told->msg.partition ||
                stand->position > told->msg.offset)
                continue;
            told->unheard = arena_printf(&why->arena, STR_FMT "%s%s", STR_ARG(told->unheard),
                                         told->unheard.len ? ", " : "", stand->reader->name);
        }
}

static const char *dead_topic(struct why *why, enum topic topic, const char *reader)
{
    return arena_printf(&why->arena, "%s.%s.dlt", topic_name(topic), reader).ptr;
}

void why_read_story(struct why *why)
{
    static const char *const others[] = {"cart.checkouts", "audit.findings"};
    const char *topics[TOPICS_MAX];
    size_t count = 0;
    enum status status;

    if (!why->look.tape) {
        why->story_why = why->look.why;
        return;
    }
    for (int topic = TOPIC_NONE + 1; topic < TOPIC_COUNT && count < TOPICS_MAX; topic++) {
        if (topic_kind((enum topic)topic) != KIND_ORDER)
            continue;
        topics[count++] = topic_name((enum topic)topic);
        for (const char *const *r = topic_info((enum topic)topic)->readers; *r && count < TOPICS_MAX; r++)
            topics[count++] = dead_topic(why, (enum topic)topic, *r);
    }
    status = tape_read_topics(why->look.tape, topics, count, why->part, hear, why, &why->story_why);
    if (status == ST_OK)
        status = tape_read_topics(why->look.tape, others, 2, -1, hear, why, &why->story_why);
    if (why->told_count)
        qsort(why->told, why->told_count, sizeof(*why->told), in_time);
    put_causes_first(why);
    find_causes(why);
    find_unheard(why);
    if (status == ST_OK)
        why->story_why.text[0] = '\0';
}

/* --- what it says ------------------------------------------------------------------------------------------------- */

static struct str placed_detail(const struct order *order, struct arena *arena)
{
    struct str total = money_text(order->total_minor, order->currency, arena);

    return arena_printf(arena, STR_FMT ", %zu line%s, carrier " STR_FMT, STR_ARG(total), order->lines.count,
                        order->lines.count == 1 ? "" : "s", STR_ARG(order->carrier));
}

static struct str reason_detail(const char *reason, struct str detail, struct arena *arena)
{
    return arena_printf(arena, "%s: " STR_FMT, reason, STR_ARG(detail));
}

static struct str order_detail(const struct msg *msg, struct arena *arena)
{
    const void *body = msg->body;

    if (msg->type == MSG_PLACE_ORDER)
        return placed_detail(&((const struct place_order *)body)->order, arena);
    if (msg->type == MSG_ORDER_PLACED)
        return placed_detail(&((const struct order_placed *)body)->order, arena);
    if (msg->type == MSG_ORDER_REJECTED)
        return reason_detail(reject_reason_name(((const struct order_rejected *)body)->reason),
                             ((const struct order_rejected *)body)->detail, arena);
    if (msg->type == MSG_ORDER_CANCELLED)
        return reason_detail(cancel_reason_name(((const struct order_cancelled *)body)->reason),
                             ((const struct order_cancelled *)body)->detail, arena);
    return (struct str){0};
}

static struct str money_detail(const struct msg *msg, struct arena *arena)
{
    if (msg->type == MSG_PAYMENT_CHARGED) {
        const struct payment_charged *charged = msg->body;
        struct str amount = money_text(charged->amount_minor, charged->currency, arena);

        return arena_printf(arena, STR_FMT ", the acquirer's " STR_FMT, STR_ARG(amount),
                            STR_ARG(charged->transaction_id));
    }
    if (msg->type == MSG_PAYMENT_REFUNDED) {
        const struct payment_refunded *refunded = msg->body;

        return money_text(refunded->amount_minor, refunded->currency, arena);
    }
    if (msg->type == MSG_PAYMENT_VOIDED)
        return STR("the acquirer keeps nothing for it");
    if (msg->type == MSG_PAYMENT_DECLINED)
        return reason_detail(decline_reason_name(((const struct payment_declined *)msg->body)->reason),
                             ((const struct payment_declined *)msg->body)->detail, arena);
    return (struct str){0};
}

static struct str parcel_detail(const struct msg *msg, struct arena *arena)
{
    if (msg->type == MSG_SHIPMENT_CREATED)
        return ((const struct shipment_created *)msg->body)->tracking_number;
    if (msg->type == MSG_SHIPMENT_MOVED)
        return str_of(shipment_stage_name(((const struct shipment_moved *)msg->body)->stage));
    if (msg->type == MSG_SHIPMENT_REFUSED)
        return reason_detail(shipment_refusal_name(((const struct shipment_refused *)msg->body)->reason),
                             ((const struct shipment_refused *)msg->body)->detail, arena);
    return (struct str){0};
}

struct str why_detail(const struct msg *msg, struct arena *arena)
{
    if (msg->type == MSG_EMAIL_SENT)
        return str_of(email_kind_name(((const struct email_sent *)msg->body)->kind));
    if (msg->type == MSG_EMAIL_FAILED)
        return reason_detail(email_kind_name(((const struct email_failed *)msg->body)->kind),
                             ((const struct email_failed *)msg->body)->detail, arena);
    if (msg->type == MSG_AUDIT_FOUND)
        return reason_detail(audit_kind_name(((const struct audit_found *)msg->body)->kind),
                             ((const struct audit_found *)msg->body)->detail, arena);
    if (msg->type == MSG_AUDIT_CLEARED)
        return str_of(audit_kind_name(((const struct audit_cleared *)msg->body)->kind));
    if (msg->topic == TOPIC_PAYMENT_EVENTS)
        return money_detail(msg, arena);
    return msg->topic == TOPIC_SHIPMENT_EVENTS ? parcel_detail(msg, arena) : order_detail(msg, arena);
}
