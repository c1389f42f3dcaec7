/* wire.c - asks as HTTP requests of the acquirer, and its replies as answers.
 *
 * Here, and nowhere else, a card is seen in clear: its plaintext is overwritten before the function returns, the request's
 * body when it was sent. */
#include "services/payment/wire.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#include "services/payment/payment.h"

enum { BODY_BYTES = 512 }; /* more than any request needs, so that a buffer with a card in it never moves */

void wire_init(struct wire_request *request)
{
    out_init(&request->path);
    out_init(&request->key);
    out_init(&request->body);
}

void wire_release(struct wire_request *request)
{
    if (request->body.ptr)
        seal_cleanse(request->body.ptr, request->body.size_bytes);
    out_release(&request->path);
    out_release(&request->key);
    out_release(&request->body);
}

/* The order's id comes from outside: whatever it is, it stays one part of a path and one header. */
static void name_order(struct wire_request *request, struct str order_id, const char *verb)
{
    out_put_str(&request->path, STR("/v1/charges"));
    if (verb) {
        out_put(&request->path, "/", 1);
        out_put_url(&request->path, order_id);
        out_put_str(&request->path, str_of(verb));
    }
    out_put(&request->path, "", 1);
    out_put_url(&request->key, order_id);
    out_put(&request->key, "", 1);
}

static void decline(struct acquirer_answered *answer, enum decline_reason reason, struct str detail)
{
    answer->answer = ACQUIRER_ANSWER_DECLINED;
    answer->decline = reason;
    answer->detail = detail;
}

/* Digits only from here on: the number was checked, so JSON needs no escapes. */
static void put_charge(struct out *body, const struct charge_card *ask, const struct card *card)
{
    char text[128];
    int len;

    out_reserve(body, BODY_BYTES);
    len = snprintf(text, sizeof(text), "{\"amount_minor\":%" PRId64 ",\"currency\":\"%.3s\",\"card\":{\"number\":\"",
                   ask->amount_minor, ask->currency.len == 3 ? ask->currency.ptr : "???");
    out_put(body, text, (size_t)len);
    for (size_t i = 0; i < card->number.len; i++)
        if (card->number.ptr[i] >= '0' && card->number.ptr[i] <= '9')
            out_put(body, &card->number.ptr[i], 1);
    len = snprintf(text, sizeof(text), "\",\"expires_year\":%" PRId32 ",\"expires_month\":%" PRId32 ",\"cvv\":\"",
                   card->expires_year, card->expires_month);
    out_put(body, text, (size_t)len);
    out_put_str(body, card->cvv);
    out_put_str(body, STR("\"}}"));
}

static bool ask_charge_of(const struct charge_card *ask, const struct card *card, struct arena *arena,
                          struct wire_request *request, struct acquirer_answered *answer)
{
    struct card_check check;

    card_check(card, ask->ordered_at_ms, &check);
    if (check.reason != DECLINE_REASON_UNKNOWN) {
        decline(answer, check.reason, arena_copy(arena, str_of(check.detail)));
        return false;
    }
    name_order(request, ask->order_id, NULL);
    put_charge(&request->body, ask, card);
    return true;
}

static bool open_and_ask(const struct charge_card *ask, const struct seal_pair *own, struct arena *arena,
                         struct wire_request *request, struct acquirer_answered *answer)
{
    struct str plaintext = {0};
    struct card card = {0};
    bool sent = false;

    if (seal_open(own, ask->card.encapsulated_key, ask->card.ciphertext, ask->order_id, arena, &plaintext, NULL) !=
            ST_OK ||
        record_decode(RECORD_CARD, plaintext, arena, &card, NULL) != ST_OK)
        decline(answer, DECLINE_REASON_CARD_UNREADABLE, decline_sentence(DECLINE_REASON_CARD_UNREADABLE));
    else
        sent = ask_charge_of(ask, &card, arena, request, answer);
    if (plaintext.len > 0)
        seal_cleanse((char *)(uintptr_t)plaintext.ptr, plaintext.len);
    return sent;
}

bool wire_ask(const struct msg *ask, const struct seal_pair *own, struct arena *arena, struct wire_request *request,
              struct acquirer_answered *answer)
{
    *answer = (struct acquirer_answered){.order_id = ask->key};
    switch (ask->type) {
    case MSG_CHARGE_CARD:
        return open_and_ask(ask->body, own, arena, request, answer);
    case MSG_QUERY_CHARGE:
        name_order(request, ask->key, "");
        return true;
    case MSG_VOID_CHARGE:
        name_order(request, ask->key, "/void");
        break;
    case MSG_REFUND_CHARGE:
        name_order(request, ask->key, "/refund");
        break;
    default:
        wire_silence(ask, STR("nobody asks the acquirer this"), answer);
        return false;
    }
    out_put_str(&request->body, STR("{}"));
    return true;
}

static struct str text_of(const json_t *object, const char *name, struct arena *arena)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text ? arena_copy(arena, str_of(text)) : (struct str){0};
}

/* A void is answered with what the key came to: nothing taken, or nothing left of it, is as good as voided. */
static enum acquirer_answer answer_of(enum msg_type ask, struct str status)
{
    if (str_is(status, "charged"))
        return ACQUIRER_ANSWER_CHARGED;
    if (str_is(status, "voided"))
        return ACQUIRER_ANSWER_VOIDED;
    if (str_is(status, "declined"))
        return ask == MSG_VOID_CHARGE ? ACQUIRER_ANSWER_VOIDED : ACQUIRER_ANSWER_DECLINED;
    if (str_is(status, "refunded"))
        return ask == MSG_VOID_CHARGE ? ACQUIRER_ANSWER_VOIDED : ACQUIRER_ANSWER_REFUNDED;
    return ACQUIRER_ANSWER_UNKNOWN;
}

void wire_silence(const struct msg *ask, struct str why, struct acquirer_answered *answer)
{
    *answer = (struct acquirer_answered){.order_id = ask->key, .answer = ACQUIRER_ANSWER_UNKNOWN, .detail = why};
}

void wire_answer(const struct msg *ask, long http_status, struct str reply, struct arena *arena,
                 struct acquirer_answered *answer)
{
    json_t *json = json_loadb(reply.ptr ? reply.ptr : "", reply.len, JSON_REJECT_DUPLICATES, NULL);
    struct str status = text_of(json, "status", arena);

    wire_silence(ask, (struct str){0}, answer);
    if (ask->type == MSG_QUERY_CHARGE && http_status == 404 && str_is(text_of(json, "error", arena), "unknown"))
        answer->answer = ACQUIRER_ANSWER_NOT_FOUND;
    else if (http_status < 500 && http_status != 409)
        answer->answer = answer_of(ask->type, status);
    answer->transaction_id = text_of(json, "id", arena);
    answer->refund_id = text_of(json, "refund_id", arena);
    answer->card_brand = text_of(json, "brand", arena);
    answer->card_last4 = text_of(json, "last4", arena);
    answer->detail = text_of(json, "detail", arena);
    answer->amount_minor = json_integer_value(json_object_get(json, "amount_minor"));
    answer->at_ms = json_integer_value(json_object_get(json, "at_ms"));
    if (answer->answer == ACQUIRER_ANSWER_DECLINED) {
        answer->decline = decline_reason_of(text_of(json, "reason", arena));
        answer->detail = decline_sentence(answer->decline);
    }
    if (answer->answer == ACQUIRER_ANSWER_CHARGED && (answer->transaction_id.len == 0 || answer->amount_minor < 0))
        answer->answer = ACQUIRER_ANSWER_UNKNOWN;
    if (answer->answer == ACQUIRER_ANSWER_UNKNOWN)
        answer->detail = arena_printf(arena, "the acquirer answered %ld " STR_FMT, http_status,
                                      STR_ARG(answer->detail));
    json_decref(json);
}
