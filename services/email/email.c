/* email.c - telling the shopper how the order ended: one mail, until somebody takes it.
 *
 * The mail's own id follows from the order, so that one which was sent twice is recognized by those who read it. */
#include "services/email/email.h"

#include <stdlib.h>

#include "msg/say.h"

static struct str message_id(struct step *step, struct str order_id, enum email_kind kind)
{
    return arena_printf(step->arena, "<" STR_FMT "-%s@hipster.shop>", STR_ARG(order_id),
                        kind == EMAIL_KIND_CONFIRMATION ? "confirmation" : "cancellation");
}

static void ask_server(struct step *step, struct email *row)
{
    struct send_email ask;

    if (record_decode(RECORD_SEND_EMAIL, row->mail, step->arena, &ask, NULL) != ST_OK)
        abort(); /* we wrote it */
    row->attempts++;
    ask_send_email(step, &ask);
    step_remind_soon(step, MSG_MAIL_OVERDUE, row->row.key, step->now_ms + EMAIL_ASK_MS);
}

static void begin_sending(struct step *step, struct email *row, struct send_email *mail)
{
    mail->order_id = row->row.key;
    mail->message_id = message_id(step, row->row.key, mail->kind);
    mail->at_ms = step->now_ms;
    row->row.state = EMAIL_SENDING;
    row->kind = (int32_t)mail->kind;
    row->mail = record_encode(RECORD_SEND_EMAIL, mail, step->arena);
    row->asked_at_ms = step->now_ms;
    ask_server(step, row);
}

/* It is decided: what the mail was made of is not kept. */
static void end_sending(struct step *step, struct email *row, enum email_state state)
{
    row->row.state = state;
    row->mail = (struct str){0};
    step_forget(step, MSG_MAIL_OVERDUE, row->row.key);
}

static void give_up(struct step *step, struct email *row, struct str detail)
{
    end_sending(step, row, EMAIL_FAILED);
    say_email_failed(
        step, &(struct email_failed){.order_id = row->row.key, .kind = (enum email_kind)row->kind, .detail = detail});
}

static void wait_or_give_up(struct step *step, struct email *row, struct str detail)
{
    int64_t pause_ms = EMAIL_PAUSE_MS;

    if (step->now_ms - row->asked_at_ms >= EMAIL_GIVE_UP_MS) {
        give_up(step, row, detail.len ? detail : STR("Nobody took the mail for a day."));
        return;
    }
    for (int32_t i = 1; i < row->attempts && pause_ms < EMAIL_PAUSE_MAX_MS; i++)
        pause_ms *= 2;
    step_remind_soon(step, MSG_MAIL_OVERDUE, row->row.key,
                     step->now_ms + (pause_ms < EMAIL_PAUSE_MAX_MS ? pause_ms : EMAIL_PAUSE_MAX_MS));
}

/* --- rules -------------------------------------------------------------------------------------------------------- */

static void write_confirmation(struct step *step, void *data)
{
    const struct order_confirmed *heard = step->heard->body;
    struct send_email mail = {.kind = EMAIL_KIND_CONFIRMATION,
                              .order = heard->order,
                              .carrier = heard->carrier,
                              .tracking_number = heard->tracking_number};

    begin_sending(step, data, &mail);
}

static void write_cancellation(struct step *step, void *data)
{
    const struct order_cancelled *heard = step->heard->body;
    struct send_email mail = {.kind = EMAIL_KIND_CANCELLATION, .order = heard->order, .detail = heard->detail};

    begin_sending(step, data, &mail);
}

static void hear_server(struct step *step, void *data)
{
    struct email *row = data;
    const struct email_answered *heard = step->heard->body;

    switch (heard->outcome) {
    case EMAIL_OUTCOME_ACCEPTED:
        end_sending(step, row, EMAIL_SENT);
        say_email_sent(step,
                       &(struct email_sent){.order_id = row->row.key,
                                            .kind = (enum email_kind)row->kind,
                                            .message_id = message_id(step, row->row.key, (enum email_kind)row->kind)});
        break;
    case EMAIL_OUTCOME_REFUSED:
    case EMAIL_OUTCOME_UNREADABLE:
        give_up(step, row, heard->detail);
        break;
    default:
        wait_or_give_up(step, row, heard->detail);
    }
}

static void send_again(struct step *step, void *data)
{
    ask_server(step, data);
}

/* --- the table ---------------------------------------------------------------------------------------------------- */

static const char *const states[] = {
    [EMAIL_NOTHING] = "nothing",
    [EMAIL_SENDING] = "sending",
    [EMAIL_SENT] = "sent",
    [EMAIL_FAILED] = "failed",
};

/* clang-format off */
static const struct rule table[] = {
    /* when         hears                then                because */
    {EMAIL_NOTHING, MSG_ORDER_CONFIRMED, write_confirmation, "the order went through: say so"},
    {EMAIL_NOTHING, MSG_ORDER_CANCELLED, write_cancellation, "the order ended without a sale: say why"},
    {EMAIL_NOTHING, MSG_EMAIL_ANSWERED,  NULL,               "nothing was asked"},
    {EMAIL_NOTHING, MSG_MAIL_OVERDUE,    NULL,               "nothing was asked"},

    {EMAIL_SENDING, MSG_ORDER_CONFIRMED, NULL,               "said twice: an order ends once, and has one mail"},
    {EMAIL_SENDING, MSG_ORDER_CANCELLED, NULL,               "said twice: an order ends once, and has one mail"},
    {EMAIL_SENDING, MSG_EMAIL_ANSWERED,  hear_server,        "what became of the mail"},
    {EMAIL_SENDING, MSG_MAIL_OVERDUE,    send_again,         "not taken yet, or no answer: try again"},

    {EMAIL_SENT,    MSG_ORDER_CONFIRMED, NULL,               "said twice"},
    {EMAIL_SENT,    MSG_ORDER_CANCELLED, NULL,               "said twice"},
    {EMAIL_SENT,    MSG_EMAIL_ANSWERED,  NULL,               "it was taken: other answers change nothing"},
    {EMAIL_SENT,    MSG_MAIL_OVERDUE,    NULL,               "it was taken"},

    {EMAIL_FAILED,  MSG_ORDER_CONFIRMED, NULL,               "said twice"},
    {EMAIL_FAILED,  MSG_ORDER_CANCELLED, NULL,               "said twice"},
    {EMAIL_FAILED,  MSG_EMAIL_ANSWERED,  NULL,               "an answer has decided"},
    {EMAIL_FAILED,  MSG_MAIL_OVERDUE,    NULL,               "we gave up"},
};
/* clang-format on */

const struct rules email_rules = {
    .name = "email",
    .kind = KIND_ORDER,
    .states = states,
    .state_count = sizeof(states) / sizeof(states[0]),
    .row_size = sizeof(struct email),
    .table = table,
    .rule_count = sizeof(table) / sizeof(table[0]),
};
