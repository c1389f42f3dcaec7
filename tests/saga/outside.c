/* outside.c - the acquirer, the reader of addresses and the mail server on paper, at the other end of a bad line. */
#include "tests/saga/outside.h"

#include <stdlib.h>

#include "tests/saga/world.h"

enum { PAUSE_PERCENT = 10 };

/* Text in a sealed field says what is in it: "good", "bad" ... up to a bar. */
static bool says(struct str sealed, const char *word)
{
    size_t len = strlen(word);

    return sealed.len >= len && memcmp(sealed.ptr, word, len) == 0;
}

static struct ledger *ledger_of(struct world *world, struct str order_id)
{
    return &world->outside.ledgers[world_subject(world, KIND_ORDER, order_id)->index];
}

/* --- the acquirer: a key is charged, declined or voided once; what is charged can be refunded once ----------------- */

static struct acquirer_answered word_of(const struct ledger *ledger, struct str order_id, bool voiding)
{
    struct acquirer_answered answer = {.order_id = order_id, .at_ms = 1};

    answer.transaction_id = STR("ch_1");
    answer.card_brand = STR("visa");
    answer.card_last4 = STR("0454");
    answer.amount_minor = ledger->charged_minor;
    if (ledger->state == LEDGER_CHARGED) {
        answer.answer = ACQUIRER_ANSWER_CHARGED;
    } else if (ledger->state == LEDGER_REFUNDED && !voiding) {
        answer.answer = ACQUIRER_ANSWER_REFUNDED;
        answer.refund_id = STR("re_1");
    } else if (ledger->state == LEDGER_DECLINED && !voiding) {
        answer.answer = ACQUIRER_ANSWER_DECLINED;
        answer.decline = DECLINE_REASON_INSUFFICIENT_FUNDS;
        answer.detail = STR("There is not enough money.");
    } else {
        answer.answer = ACQUIRER_ANSWER_VOIDED;
    }
    return answer;
}

static struct acquirer_answered unreadable(const struct charge_card *ask)
{
    return (struct acquirer_answered){.order_id = ask->order_id,
                                      .answer = ACQUIRER_ANSWER_DECLINED,
                                      .decline = DECLINE_REASON_CARD_UNREADABLE,
                                      .detail = STR("We could not read your card.")};
}

static struct acquirer_answered charge(struct world *world, const struct charge_card *ask)
{
    struct ledger *ledger = ledger_of(world, ask->order_id);
    struct str card = ask->card.ciphertext;

    if (says(card, "garbled") || (says(card, "fading") && ledger->asks++ > 0))
        return unreadable(ask);
    if (ledger->asked_minor && (ledger->asked_minor != ask->amount_minor || !str_equal(ledger->card, card)))
        world_wrong(world, ask->order_id, "the acquirer is asked twice, for another amount or with another card");
    ledger->asked_minor = ask->amount_minor;
    ledger->card = arena_copy(&world->arena, card);
    if (ledger->state == LEDGER_NEW && says(card, "poor")) {
        ledger->state = LEDGER_DECLINED;
    } else if (ledger->state == LEDGER_NEW || world->outside.forgets_keys) {
        ledger->state = LEDGER_CHARGED;
        ledger->charged_minor = ask->amount_minor;
        ledger->charges++;
    }
    return word_of(ledger, ask->order_id, false);
}

static struct acquirer_answered voided(struct world *world, const struct void_charge *ask)
{
    struct ledger *ledger = ledger_of(world, ask->order_id);

    if (ledger->state == LEDGER_NEW)
        ledger->state = LEDGER_VOIDED;
    return word_of(ledger, ask->order_id, true);
}

static struct acquirer_answered found(struct world *world, const struct query_charge *ask)
{
    struct ledger *ledger = ledger_of(world, ask->order_id);

    if (ledger->state == LEDGER_NEW)
        return (struct acquirer_answered){.order_id = ask->order_id, .answer = ACQUIRER_ANSWER_NOT_FOUND};
    return word_of(ledger, ask->order_id, false);
}

static struct acquirer_answered refund(struct world *world, const struct refund_charge *ask)
{
    struct ledger *ledger = ledger_of(world, ask->order_id);

    if (ledger->state != LEDGER_CHARGED && ledger->state != LEDGER_REFUNDED)
        world_wrong(world, ask->order_id, "a refund is asked for, and nothing was ever charged");
    if (ask->amount_minor != ledger->charged_minor)
        world_wrong(world, ask->order_id, "another amount is to be refunded than was charged");
    if (ledger->state == LEDGER_CHARGED) {
        ledger->state = LEDGER_REFUNDED;
        ledger->refunded_minor = ledger->charged_minor;
    }
    return word_of(ledger, ask->order_id, false);
}

static struct acquirer_answered acquirer(struct world *world, enum msg_type type, const void *body)
{
    if (type == MSG_CHARGE_CARD)
        return charge(world, body);
    if (type == MSG_QUERY_CHARGE)
        return found(world, body);
    return type == MSG_VOID_CHARGE ? voided(world, body) : refund(world, body);
}

/* --- addresses and mails ------------------------------------------------------------------------------------------- */

static struct address_opened open_address(struct world *world, const struct open_address *ask)
{
    const struct shopper *shopper = shopper_of(world, ask->address.key_id);
    struct address_opened answer = {.order_id = ask->order_id, .outcome = ADDRESS_OUTCOME_VALID};

    if (shopper->shipping_key == KEY_LATE || shopper->shipping_key == KEY_NEVER)
        answer.outcome = ADDRESS_OUTCOME_NO_KEY;
    else if (shopper->shipping_key == KEY_FORGOTTEN || says(ask->address.ciphertext, "garbled"))
        answer.outcome = ADDRESS_OUTCOME_UNREADABLE;
    else if (says(ask->address.ciphertext, "nowhere"))
        answer.outcome = ADDRESS_OUTCOME_INVALID;
    if (answer.outcome == ADDRESS_OUTCOME_UNREADABLE || answer.outcome == ADDRESS_OUTCOME_INVALID)
        answer.detail = STR("Nobody can be found there.");
    return answer;
}

static void deliver_mail(struct world *world, const struct send_email *ask)
{
    struct mailbag *bag = &world->outside.mailbags[world_subject(world, KIND_ORDER, ask->order_id)->index];
    struct mail *mail = &bag->mails[(size_t)ask->kind % OUTSIDE_KINDS];

    bag->two_ids |= mail->id.len > 0 && !str_equal(mail->id, ask->message_id);
    *mail = (struct mail){
        .id = arena_copy(&world->arena, ask->message_id), .refund = ask->refund, .refund_minor = ask->refund_minor};
}

static struct email_answered mail_server(struct world *world, const struct send_email *ask)
{
    const struct shopper *shopper = shopper_of(world, ask->order.email.key_id);
    struct email_answered answer = {.order_id = ask->order_id, .kind = ask->kind};

    if (shopper->email_key == KEY_LATE || shopper->email_key == KEY_NEVER) {
        answer.outcome = EMAIL_OUTCOME_NO_KEY;
    } else if (shopper->email_key == KEY_FORGOTTEN || says(ask->order.email.ciphertext, "garbled")) {
        answer.outcome = EMAIL_OUTCOME_UNREADABLE;
    } else if (says(ask->order.email.ciphertext, "full")) {
        answer.outcome = EMAIL_OUTCOME_REFUSED;
    } else if (!world->calm && world_chance(world, PAUSE_PERCENT)) {
        answer.outcome = EMAIL_OUTCOME_TRY_LATER;
    } else {
        answer.outcome = EMAIL_OUTCOME_ACCEPTED;
        deliver_mail(world, ask);
    }
    return answer;
}

/* --- the line ------------------------------------------------------------------------------------------------------ */

/* Ask, its answer's type, and the answer of a line that is silent. */
struct reply {
    enum msg_type type;
    union {
        struct acquirer_answered acquirer;
        struct address_opened address;
        struct email_answered email;
    };
};

static void do_it(struct world *world, enum msg_type type, const void *body, struct reply *reply)
{
    if (type == MSG_OPEN_ADDRESS)
        reply->address = open_address(world, body);
    else if (type == MSG_SEND_EMAIL)
        reply->email = mail_server(world, body);
    else
        reply->acquirer = acquirer(world, type, body);
}

static void be_silent(const struct said *ask, const void *body, struct reply *reply)
{
    if (ask->type == MSG_SEND_EMAIL)
        reply->email = (struct email_answered){
            .order_id = ask->key, .kind = ((const struct send_email *)body)->kind, .outcome = EMAIL_OUTCOME_TRY_LATER};
    else
        reply->acquirer = (struct acquirer_answered){.order_id = ask->key, .answer = ACQUIRER_ANSWER_UNKNOWN};
}

static void answer_once(struct world *world, const struct call *call, const struct reply *reply)
{
    struct answer *answer = arena_new(&world->arena, struct answer);
    struct str name = str_of(msg_type_name(reply->type));

    *answer = (struct answer){
        .next = world->answers, .lane = call->lane, .time_ms = world->now_ms + call->lane->service->skew_ms};
    answer->said = (struct said){.type = reply->type,
                                 .key = call->ask.key,
                                 .value = msg_encode(reply->type, &reply->acquirer, &world->arena),
                                 .id = id_named(&call->ask.id, name),
                                 .correlation = call->ask.correlation,
                                 .causation = call->ask.id};
    world->answers = answer;
}

static void drop_call(struct world *world, const struct call *call)
{
    struct call **at = &world->calls;

    while (*at != call)
        at = &(*at)->next;
    *at = call->next;
}

static enum msg_type answer_to(enum msg_type ask)
{
    return ask == MSG_OPEN_ADDRESS ? MSG_ADDRESS_OPENED
           : ask == MSG_SEND_EMAIL ? MSG_EMAIL_ANSWERED
                                   : MSG_ACQUIRER_ANSWERED;
}

void outside_do(struct call *call, struct world *world)
{
    const void *body = msg_decode_own(call->ask.type, call->ask.value, &world->arena);
    bool local = call->ask.type == MSG_OPEN_ADDRESS; /* no line that could be bad */
    bool lost = !local && !world->calm && world_chance(world, world->weather.loss_percent);
    bool unheard = !local && !world->calm && world_chance(world, world->weather.loss_percent);
    struct reply reply = {.type = answer_to(call->ask.type)};

    if (!lost)
        do_it(world, call->ask.type, body, &reply);
    if (lost || unheard)
        be_silent(&call->ask, body, &reply);
    drop_call(world, call);
    tally.answers_lost += !lost && unheard;
    world_note(world, "outside", lost ? "never gets" : unheard ? "does, and its answer is lost:" : "does", &call->ask);
    if (call->nobody_listens)
        return;
    answer_once(world, call, &reply);
    if (!world->calm && world_chance(world, world->weather.twice_percent))
        answer_once(world, call, &reply);
}

static void drop_answer(struct world *world, const struct answer *answer)
{
    struct answer **at = &world->answers;

    while (*at && *at != answer)
        at = &(*at)->next;
    if (*at)
        *at = answer->next;
}

/* It is in memory only: a process that dies on it has lost it. */
void outside_hear(struct answer *answer, struct world *world)
{
    struct subject *subject = world_subject(world, KIND_ORDER, answer->said.key);

    if (step_deliver(answer->lane, subject, &answer->said, answer->time_ms, TOPIC_NONE, -1) != ROLLED_BACK)
        drop_answer(world, answer);
}

static bool is_under_way(const struct world *world, const struct lane *lane, const struct said *asked)
{
    for (const struct call *call = world->calls; call; call = call->next)
        if (!call->nobody_listens && call->lane == lane && call->ask.type == asked->type &&
            str_equal(call->ask.key, asked->key))
            return true;
    return false;
}

void outside_ask(struct lane *lane, const struct said *asked)
{
    struct world *world = lane->world;
    struct call *call;

    if (is_under_way(world, lane, asked))
        return; /* its answer will do for both */
    call = arena_new(&world->arena, struct call);
    *call = (struct call){.next = world->calls, .lane = lane, .ask = *asked};
    call->ask.next = NULL;
    call->ask.key = arena_copy(&world->arena, asked->key);
    call->ask.value = arena_copy(&world->arena, asked->value);
    world->calls = call;
    world_note(world, lane->info->service, "asks", &call->ask);
}

void outside_hang_up(struct world *world, const char *service)
{
    struct answer **at = &world->answers;

    for (struct call *call = world->calls; call; call = call->next)
        call->nobody_listens |= strcmp(call->lane->info->service, service) == 0;
    while (*at)
        if (strcmp((*at)->lane->info->service, service) == 0)
            *at = (*at)->next;
        else
            at = &(*at)->next;
}
