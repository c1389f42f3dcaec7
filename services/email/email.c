/* email.c - telling the shopper how the order ended, and that the parcel left: one mail at a time, until somebody takes it.
 *
 * A mail's own id follows from the order and its kind, so that one which was sent twice is recognized by those who read it. */
#include "services/email/email.h"

#include <stdlib.h>

#include "msg/say.h"

#define NOBODY_TOOK_IT STR("Nobody took the mail for a day.")

static struct str message_id(struct step *step, struct str order_id, enum email_kind kind)
{
    static const char *const names[] = {[EMAIL_KIND_CONFIRMATION] = "confirmation",
                                        [EMAIL_KIND_CANCELLATION] = "cancellation",
                                        [EMAIL_KIND_SHIPPED] = "shipped"};

    return arena_printf(step->arena, "<" STR_FMT "-%s@hipster.shop>", STR_ARG(order_id), names[kind]);
}

static struct send_email mail_of(struct step *step, const struct email *row)
{
    struct send_email mail;

    if (record_decode(RECORD_SEND_EMAIL, row->mail, step->arena, &mail, NULL) != ST_OK)
        abort(); /* we wrote it */
    return mail;
}

static int64_t pause_ms(const struct email *row)
{
    int64_t pause = EMAIL_PAUSE_MS;

    for (int32_t i = 1; i < row->attempts && pause < EMAIL_PAUSE_MAX_MS; i++)
        pause *= 2;
    return pause < EMAIL_PAUSE_MAX_MS ? pause : EMAIL_PAUSE_MAX_MS;
}

static void ask_server(struct step *step, struct email *row)
{
    struct send_email ask = mail_of(step, row);

    step_asked_before(step, row->attempts++);
    ask_send_email(step, &ask);
    step_remind_soon(step, MSG_MAIL_OVERDUE, row->row.key, step->now_ms + EMAIL_ASK_MS + pause_ms(row));
}

static void keep_mail(struct step *step, struct email *row, struct send_email *mail)
{
    mail->order_id = row->row.key;
    mail->message_id = message_id(step, row->row.key, mail->kind);
    mail->at_ms = step->now_ms;
    row->kind = (int32_t)mail->kind;
    row->mail = record_encode(RECORD_SEND_EMAIL, mail, step->arena);
    row->asked_at_ms = step->now_ms;
}

static void begin_sending(struct step *step, struct email *row, struct send_email *mail)
{
    keep_mail(step, row, mail);
    row->row.state = EMAIL_SENDING;
    row->attempts = 0;
    ask_server(step, row);
}

/* The order is on the paper still: the parcel's mail needs no more than another kind. */
static void begin_shipped(struct step *step, struct email *row)
{
    struct send_email mail = mail_of(step, row);

    mail.kind = EMAIL_KIND_SHIPPED;
    mail.days = row->days;
    begin_sending(step, row, &mail);
}

/* It is decided: what the mail was made of is kept only if another is to come. */
static void end_sending(struct step *step, struct email *row, enum email_state state)
{
    row->row.state = state;
    step_forget(step, MSG_MAIL_OVERDUE, row->row.key);
    row->attempts = 0;
    row->asked_at_ms = row->charged_minor = 0;
    row->unpaid = row->voided = false;
    if (row->kind != EMAIL_KIND_CONFIRMATION)
        row->mail = (struct str){0};
    else if (row->departed && row->mail.len > 0)
        begin_shipped(step, row);
}

static void give_up(struct step *step, struct email *row, struct str detail)
{
    say_email_failed(
        step, &(struct email_failed){.order_id = row->row.key, .kind = (enum email_kind)row->kind, .detail = detail});
    end_sending(step, row, EMAIL_FAILED);
}

static void wait_or_give_up(struct step *step, struct email *row, struct str detail)
{
    if (step->now_ms - row->asked_at_ms >= EMAIL_GIVE_UP_MS) {
        give_up(step, row, detail.len ? detail : NOBODY_TOOK_IT);
        return;
    }
    step_remind_soon(step, MSG_MAIL_OVERDUE, row->row.key, step->now_ms + pause_ms(row));
}

/* --- rules -------------------------------------------------------------------------------------------------------- */

static struct send_email confirmation_of(const struct order_confirmed *heard)
{
    return (struct send_email){.kind = EMAIL_KIND_CONFIRMATION,
                               .order = heard->order,
                               .carrier = heard->carrier,
                               .tracking_number = heard->tracking_number};
}

static void write_confirmation(struct step *step, void *data)
{
    struct send_email mail = confirmation_of(step->heard->body);

    begin_sending(step, data, &mail);
}

/* The mail went out in a life that was lost, and its paper with it: the parcel's mail will need it. */
static void find_paper(struct step *step, void *data)
{
    struct email *row = data;
    struct send_email mail = confirmation_of(step->heard->body);

    if (row->kind != EMAIL_KIND_CONFIRMATION || row->mail.len > 0)
        return;
    keep_mail(step, row, &mail);
    row->asked_at_ms = 0;
    if (row->departed)
        begin_shipped(step, row);
}

/* What may be said of the money: it goes back, none was taken (and the bank may have confirmed it), or nobody knows yet. */
static enum refund_news refund_news(const struct email *row, enum cancel_reason reason)
{
    if (row->charged_minor > 0)
        return REFUND_NEWS_ALL_GOES_BACK;
    if (row->voided)
        return REFUND_NEWS_VOIDED;
    /* The bank is not asked before the goods are set aside. */
    if (row->unpaid || reason == CANCEL_REASON_PAYMENT_DECLINED || reason == CANCEL_REASON_OUT_OF_STOCK)
        return REFUND_NEWS_NOTHING_CHARGED;
    return REFUND_NEWS_UNKNOWN;
}

static void write_cancellation(struct step *step, void *data)
{
    struct email *row = data;
    const struct order_cancelled *heard = step->heard->body;
    struct send_email mail = {.kind = EMAIL_KIND_CANCELLATION,
                              .order = heard->order,
                              .detail = heard->detail,
                              .refund = refund_news(row, heard->reason),
                              .refund_minor = row->charged_minor};

    if (mail.refund != REFUND_NEWS_UNKNOWN) {
        begin_sending(step, row, &mail);
        return;
    }
    keep_mail(step, row, &mail);
    row->row.state = EMAIL_ASKING_AROUND;
    step_remind(step, MSG_MAIL_OVERDUE, row->row.key, step->now_ms + EMAIL_MONEY_MS);
}

static void send_what_is_known(struct step *step, void *data)
{
    struct email *row = data;
    struct send_email mail = mail_of(step, row);

    mail.refund = refund_news(row, CANCEL_REASON_UNKNOWN);
    mail.refund_minor = row->charged_minor;
    begin_sending(step, row, &mail);
}

static void note_money(struct step *step, void *data)
{
    struct email *row = data;

    if (step->heard->type == MSG_PAYMENT_CHARGED)
        row->charged_minor = ((const struct payment_charged *)step->heard->body)->amount_minor;
    else if (step->heard->type == MSG_PAYMENT_REFUNDED)
        row->charged_minor = ((const struct payment_refunded *)step->heard->body)->amount_minor;
    else if (step->heard->type == MSG_PAYMENT_VOIDED)
        row->voided = true;
    else
        row->unpaid = true;
}

static void hear_of_money(struct step *step, void *data)
{
    note_money(step, data);
    send_what_is_known(step, data);
}

static void note_parcel(struct step *step, void *data)
{
    struct email *row = data;
    const struct shipment_moved *heard = step->heard->body;

    if (heard->stage != SHIPMENT_STAGE_IN_TRANSIT)
        return;
    row->departed = true;
    row->days = heard->days;
}

static void tell_of_parcel(struct step *step, void *data)
{
    struct email *row = data;

    note_parcel(step, row);
    if (row->departed && row->kind == EMAIL_KIND_CONFIRMATION && row->mail.len > 0)
        begin_shipped(step, row);
}

static void hear_server(struct step *step, void *data)
{
    struct email *row = data;
    const struct email_answered *heard = step->heard->body;

    if ((int32_t)heard->kind != row->kind)
        return; /* a late word on the mail before */
    switch (heard->outcome) {
    case EMAIL_OUTCOME_ACCEPTED:
        say_email_sent(step, &(struct email_sent){.order_id = row->row.key,
                                                  .kind = heard->kind,
                                                  .message_id = message_id(step, row->row.key, heard->kind)});
        end_sending(step, row, EMAIL_SENT);
        break;
    case EMAIL_OUTCOME_REFUSED:
    case EMAIL_OUTCOME_UNREADABLE:
        give_up(step, row, heard->detail);
        break;
    default:
        wait_or_give_up(step, row, heard->detail);
    }
}

/* While the server is away the edge may hold a mail back without a word, so the day ends here, too. */
static void send_again(struct step *step, void *data)
{
    struct email *row = data;

    if (step->now_ms - row->asked_at_ms >= EMAIL_GIVE_UP_MS)
        give_up(step, row, NOBODY_TOOK_IT);
    else
        ask_server(step, row);
}

/* --- the table ---------------------------------------------------------------------------------------------------- */

static const char *const states[] = {
    [EMAIL_NOTHING] = "nothing", [EMAIL_ASKING_AROUND] = "asking around",
    [EMAIL_SENDING] = "sending", [EMAIL_SENT] = "sent",
    [EMAIL_FAILED] = "failed",
};

/* clang-format off */
static const struct rule table[] = {
    /* when               hears                 then                because */
    {EMAIL_NOTHING,       MSG_ORDER_CONFIRMED,  write_confirmation, "the order went through: say so"},
    {EMAIL_NOTHING,       MSG_ORDER_CANCELLED,  write_cancellation, "the order ended without a sale: say why, and what becomes of the money"},
    {EMAIL_NOTHING,       MSG_PAYMENT_CHARGED,  note_money,         "should it be cancelled, so much goes back"},
    {EMAIL_NOTHING,       MSG_PAYMENT_DECLINED, note_money,         "nothing was charged"},
    {EMAIL_NOTHING,       MSG_PAYMENT_REFUNDED, note_money,         "so much goes back"},
    {EMAIL_NOTHING,       MSG_PAYMENT_VOIDED,   note_money,         "the bank keeps nothing"},
    {EMAIL_NOTHING,       MSG_SHIPMENT_MOVED,   note_parcel,        "the parcel overtook the confirmation: first things first"},
    {EMAIL_NOTHING,       MSG_EMAIL_ANSWERED,   NULL,               "nothing was asked"},
    {EMAIL_NOTHING,       MSG_MAIL_OVERDUE,     NULL,               "nothing was asked"},

    {EMAIL_ASKING_AROUND, MSG_ORDER_CONFIRMED,  NULL,               "it was cancelled"},
    {EMAIL_ASKING_AROUND, MSG_ORDER_CANCELLED,  NULL,               "said twice"},
    {EMAIL_ASKING_AROUND, MSG_PAYMENT_CHARGED,  hear_of_money,      "so much goes back"},
    {EMAIL_ASKING_AROUND, MSG_PAYMENT_DECLINED, hear_of_money,      "nothing was charged"},
    {EMAIL_ASKING_AROUND, MSG_PAYMENT_REFUNDED, hear_of_money,      "so much goes back"},
    {EMAIL_ASKING_AROUND, MSG_PAYMENT_VOIDED,   hear_of_money,      "the bank keeps nothing, and says so"},
    {EMAIL_ASKING_AROUND, MSG_SHIPMENT_MOVED,   NULL,               "it was cancelled: nothing leaves"},
    {EMAIL_ASKING_AROUND, MSG_EMAIL_ANSWERED,   NULL,               "nothing was asked"},
    {EMAIL_ASKING_AROUND, MSG_MAIL_OVERDUE,     send_what_is_known, "the mail waits no longer: what is not known, it says"},

    {EMAIL_SENDING,       MSG_ORDER_CONFIRMED,  NULL,               "said twice: an order ends once"},
    {EMAIL_SENDING,       MSG_ORDER_CANCELLED,  NULL,               "said twice: an order ends once"},
    {EMAIL_SENDING,       MSG_PAYMENT_CHARGED,  NULL,               "the mail is written"},
    {EMAIL_SENDING,       MSG_PAYMENT_DECLINED, NULL,               "the mail is written"},
    {EMAIL_SENDING,       MSG_PAYMENT_REFUNDED, NULL,               "the mail is written"},
    {EMAIL_SENDING,       MSG_PAYMENT_VOIDED,   NULL,               "the mail is written"},
    {EMAIL_SENDING,       MSG_SHIPMENT_MOVED,   note_parcel,        "one mail after the other"},
    {EMAIL_SENDING,       MSG_EMAIL_ANSWERED,   hear_server,        "what became of the mail"},
    {EMAIL_SENDING,       MSG_MAIL_OVERDUE,     send_again,         "not taken yet, or no answer: try again"},

    {EMAIL_SENT,          MSG_ORDER_CONFIRMED,  find_paper,         "said twice, or the paper was lost"},
    {EMAIL_SENT,          MSG_ORDER_CANCELLED,  NULL,               "said twice"},
    {EMAIL_SENT,          MSG_PAYMENT_CHARGED,  NULL,               "the mail is written"},
    {EMAIL_SENT,          MSG_PAYMENT_DECLINED, NULL,               "the mail is written"},
    {EMAIL_SENT,          MSG_PAYMENT_REFUNDED, NULL,               "the mail is written"},
    {EMAIL_SENT,          MSG_PAYMENT_VOIDED,   NULL,               "the mail is written"},
    {EMAIL_SENT,          MSG_SHIPMENT_MOVED,   tell_of_parcel,     "the parcel is on its way: say so, once"},
    {EMAIL_SENT,          MSG_EMAIL_ANSWERED,   NULL,               "it was taken: other answers change nothing"},
    {EMAIL_SENT,          MSG_MAIL_OVERDUE,     NULL,               "it was taken"},

    {EMAIL_FAILED,        MSG_ORDER_CONFIRMED,  find_paper,         "said twice, or the paper was lost"},
    {EMAIL_FAILED,        MSG_ORDER_CANCELLED,  NULL,               "said twice"},
    {EMAIL_FAILED,        MSG_PAYMENT_CHARGED,  NULL,               "the mail is written"},
    {EMAIL_FAILED,        MSG_PAYMENT_DECLINED, NULL,               "the mail is written"},
    {EMAIL_FAILED,        MSG_PAYMENT_REFUNDED, NULL,               "the mail is written"},
    {EMAIL_FAILED,        MSG_PAYMENT_VOIDED,   NULL,               "the mail is written"},
    {EMAIL_FAILED,        MSG_SHIPMENT_MOVED,   tell_of_parcel,     "another mail may be taken where the first was not"},
    {EMAIL_FAILED,        MSG_EMAIL_ANSWERED,   NULL,               "an answer has decided"},
    {EMAIL_FAILED,        MSG_MAIL_OVERDUE,     NULL,               "we gave up"},
};
/* clang-format on */

/* --- what was said in a life that was lost ------------------------------------------------------------------------ */

/* The next mail is due at once, should it not have been sent in that life, too. */
static void adopt_shipped(struct step *step, struct email *row)
{
    struct send_email mail = mail_of(step, row);

    mail.kind = EMAIL_KIND_SHIPPED;
    mail.days = row->days;
    keep_mail(step, row, &mail);
    row->row.state = EMAIL_SENDING;
    step_remind_soon(step, MSG_MAIL_OVERDUE, row->row.key, step->now_ms);
}

/* The paper of a confirmation stays, if this row has it. */
static void adopt_end(struct step *step, struct email *row, enum email_kind kind, enum email_state state)
{
    bool begun = row->row.state == EMAIL_SENDING && row->kind == (int32_t)kind;

    if ((row->kind == EMAIL_KIND_SHIPPED && kind != EMAIL_KIND_SHIPPED) ||
        (row->kind == (int32_t)kind && (row->row.state == EMAIL_SENT || row->row.state == EMAIL_FAILED)))
        return;
    row->row.state = state;
    row->kind = (int32_t)kind;
    row->attempts = 0;
    row->asked_at_ms = row->charged_minor = 0;
    row->unpaid = row->voided = false;
    step_forget(step, MSG_MAIL_OVERDUE, row->row.key);
    if (!begun || kind != EMAIL_KIND_CONFIRMATION)
        row->mail = (struct str){0};
    else if (row->departed)
        adopt_shipped(step, row);
}

static void adopt_sending(struct step *step, void *data)
{
    adopt_end(step, data, ((const struct email_sent *)step->heard->body)->kind, EMAIL_SENT);
}

static void adopt_failure(struct step *step, void *data)
{
    adopt_end(step, data, ((const struct email_failed *)step->heard->body)->kind, EMAIL_FAILED);
}

static const struct adoption adoptions[] = {
    {MSG_EMAIL_SENT, adopt_sending, "this mail was taken: it is not sent again"},
    {MSG_EMAIL_FAILED, adopt_failure, "this mail was given up"},
};

const struct rules email_rules = {
    .name = "email",
    .kind = KIND_ORDER,
    .states = states,
    .state_count = sizeof(states) / sizeof(states[0]),
    .row_size = sizeof(struct email),
    .table = table,
    .rule_count = sizeof(table) / sizeof(table[0]),
    .adoptions = adoptions,
    .adoption_count = sizeof(adoptions) / sizeof(adoptions[0]),
};
