/* mails.c - the book of mails: who got which, under one Message-ID each, and whether what they say of the money is true. */
#include "tests/saga/inside.h"

static const struct said *record_of(const struct stream *stream, size_t i)
{
    for (size_t before = 0; before < i; before++)
        if (id_equal(&stream->records[before].said.id, &stream->records[i].said.id))
            return NULL; /* said again */
    return &stream->records[i].said;
}

/* How many words email has said about mails of this kind; of the mail that was sent, whether it is the one they got. */
static unsigned told(struct world *world, const struct subject *order, enum email_kind kind, struct arena *arena)
{
    const struct stream *stream = log_stream(world, TOPIC_EMAIL_EVENTS, order);
    struct str got = world->outside.mailbags[order->index].mails[kind].id;
    unsigned count = 0;

    for (size_t i = 0; stream && i < stream->count; i++) {
        const struct said *said = record_of(stream, i);
        const void *body = said ? msg_decode_own(said->type, said->value, arena) : NULL;

        if (!body)
            continue;
        if (said->type == MSG_EMAIL_FAILED)
            count += ((const struct email_failed *)body)->kind == kind;
        else if (((const struct email_sent *)body)->kind == kind)
            count += str_equal(((const struct email_sent *)body)->message_id, got) ? 1 : 100;
    }
    return count;
}

static bool parcel_left(struct world *world, const struct subject *order, struct arena *arena)
{
    const struct stream *stream = log_stream(world, TOPIC_SHIPMENT_EVENTS, order);

    for (size_t i = 0; stream && i < stream->count; i++) {
        const struct said *said = &stream->records[i].said;

        if (said->type == MSG_SHIPMENT_MOVED &&
            ((const struct shipment_moved *)msg_decode_own(said->type, said->value, arena))->stage ==
                SHIPMENT_STAGE_IN_TRANSIT)
            return true;
    }
    return false;
}

static const char *check_promise(const struct ledger *ledger, const struct mail *mail)
{
    if ((mail->refund == REFUND_NEWS_NOTHING_CHARGED || mail->refund == REFUND_NEWS_VOIDED) && ledger->charges > 0)
        return "the mail says that nothing was charged, and the acquirer's book says it was";
    if (mail->refund == REFUND_NEWS_ALL_GOES_BACK && ledger->refunded_minor != mail->refund_minor)
        return "the mail promises another sum than went back";
    return NULL;
}

const char *books_check_mails(struct world *world, const struct subject *order, bool placed, bool confirmed,
                              struct arena *arena)
{
    const struct mailbag *bag = &world->outside.mailbags[order->index];
    bool left = parcel_left(world, order, arena);
    const struct {
        enum email_kind kind;
        bool due;
    } mails[] = {
        {EMAIL_KIND_CONFIRMATION, placed && confirmed},
        {EMAIL_KIND_CANCELLATION, placed && !confirmed},
        {EMAIL_KIND_SHIPPED, left},
    };

    for (size_t i = 0; i < sizeof(mails) / sizeof(mails[0]); i++) {
        if (told(world, order, mails[i].kind, arena) != mails[i].due)
            return mails[i].due ? "there is a reason for a mail, and not one word about it that is true"
                                : "email speaks of a mail of the wrong kind";
        if (bag->mails[mails[i].kind].id.len > 0 && !mails[i].due)
            return "the shopper got a mail of the wrong kind";
    }
    if (bag->two_ids)
        return "the shopper got a mail twice, and could not know it";
    return check_promise(&world->outside.ledgers[order->index], &bag->mails[EMAIL_KIND_CANCELLATION]);
}
