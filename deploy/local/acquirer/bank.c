/* bank.c - the acquirer's decisions. Every answer is made from the key's entry alone, so it is the same each time. */
#include "deploy/local/acquirer/bank.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/id.h"

/* Cards that behave for tests; all others are charged. */
static const struct {
    const char *number, *reason; /* reason NULL: it is charged in the end */
    bool silent_first, fails_first;
} test_cards[] = {
    {"4000000000000002", "refused_by_bank", false, false},
    {"4000000000009995", "insufficient_funds", false, false},
    {"4000000000000069", "card_expired", false, false},
    {"4000000000000101", "card_invalid", false, false},
    {"4000000000000127", "security_code_wrong", false, false},
    {"4000000000006975", "limit_exceeded", false, false},
    {"4000000000000119", NULL, true, false},
    {"4000000000000341", NULL, false, true},
};

struct charge {
    int64_t amount_minor, year, month;
    char currency[4], number[20];
    size_t test; /* index of test_cards, or their count */
};

static void put(struct out *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct out *out, const char *format, ...)
{
    char text[512];
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    out_put(out, text, (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1);
}

void bank_error(struct reply *reply, unsigned status, const char *error, const char *detail)
{
    reply->status = status;
    put(&reply->body, "{\"error\":\"%s\",\"detail\":\"%s\"}\n", error, detail);
}

/* --- what the key came to ----------------------------------------------------------------------------------------- */

static const char *sentence(const char *reason)
{
    static const struct {
        const char *reason, *sentence;
    } sentences[] = {
        {"insufficient_funds", "There is not enough money on this card."},
        {"card_invalid", "The bank does not know this card."},
        {"card_expired", "This card has expired."},
        {"security_code_wrong", "The security code is wrong."},
        {"limit_exceeded", "This is beyond the card's limit."},
    };

    for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++)
        if (strcmp(reason, sentences[i].reason) == 0)
            return sentences[i].sentence;
    return "The bank refused this card.";
}

static void put_state(struct reply *reply, const struct entry *entry, enum entry_state state)
{
    put(&reply->body, "{\"status\":\"%s\",\"key\":\"%s\"", entry_state_name(state), entry->key);
    if (state == ENTRY_CHARGED || state == ENTRY_REFUNDED)
        put(&reply->body,
            ",\"id\":\"%s\",\"amount_minor\":%" PRId64 ",\"currency\":\"%s\",\"brand\":\"%s\",\"last4\":\"%s\"",
            entry->id, entry->amount_minor, entry->currency, entry->brand, entry->last4);
    if (state == ENTRY_DECLINED)
        put(&reply->body, ",\"reason\":\"%s\",\"detail\":\"%s\"", entry->reason, sentence(entry->reason));
    if (state == ENTRY_REFUNDED)
        put(&reply->body, ",\"refund_id\":\"%s\",\"refunded_at_ms\":%" PRId64, entry->refund_id, entry->refunded_at_ms);
    put(&reply->body, ",\"at_ms\":%" PRId64 "}\n", entry->at_ms);
}

static void tell(struct reply *reply, unsigned status, const struct entry *entry)
{
    reply->status = status;
    put_state(reply, entry, entry->state);
}

/* The entry of a key; NULL, and answered, when the key is none, or bad luck struck. */
static struct entry *entry_for(struct bank *bank, struct str key, const char *purpose, struct reply *reply)
{
    struct entry *entry = ledger_entry(bank->ledger, key);

    if (!entry) {
        bank_error(reply, 400, "bad_key", "An idempotency key has 1 to 64 letters, digits, dots and dashes.");
        return NULL;
    }
    entry->tries++;
    if (behaviour_dice(&bank->behaviour, bank->behaviour.fail_rate, entry->key, entry->tries, purpose)) {
        bank_error(reply, 503, "unavailable", "Try again.");
        return NULL;
    }
    return entry;
}

/* --- charge ------------------------------------------------------------------------------------------------------- */

static bool is_right_number(const char *number)
{
    size_t count = strlen(number);
    int sum = 0;

    for (size_t i = 0; i < count; i++) {
        int digit = number[count - 1 - i] - '0';

        if (digit < 0 || digit > 9)
            return false;
        sum += i % 2 == 1 ? (digit > 4 ? 2 * digit - 9 : 2 * digit) : digit;
    }
    return count >= 12 && sum % 10 == 0;
}

static bool read_charge(struct str body, struct charge *charge)
{
    json_t *json = json_loadb(body.ptr ? body.ptr : "", body.len, JSON_REJECT_DUPLICATES, NULL);
    const char *currency = NULL, *number = NULL, *cvv = NULL;
    json_int_t amount = -1, year = 0, month = 0;
    bool whole = json && json_unpack(json, "{s:I, s:s, s:{s:s, s:I, s:I, s:s}}", "amount_minor", &amount, "currency",
                                     &currency, "card", "number", &number, "expires_year", &year, "expires_month",
                                     &month, "cvv", &cvv) == 0;

    whole = whole && amount >= 0 && strlen(currency) == 3 && strspn(currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 3 &&
            strlen(number) < sizeof(charge->number);
    if (whole) {
        *charge = (struct charge){.amount_minor = amount, .year = year, .month = month};
        memcpy(charge->currency, currency, 4);
        memcpy(charge->number, number, strlen(number) + 1);
        while (charge->test < sizeof(test_cards) / sizeof(test_cards[0]) &&
               strcmp(test_cards[charge->test].number, number) != 0)
            charge->test++;
    }
    json_decref(json);
    return whole;
}

static const char *refusal(const struct bank *bank, const struct entry *entry, const struct charge *charge)
{
    if (!is_right_number(charge->number))
        return "card_invalid";
    if (charge->test < sizeof(test_cards) / sizeof(test_cards[0]) && test_cards[charge->test].reason)
        return test_cards[charge->test].reason;
    if (behaviour_dice(&bank->behaviour, bank->behaviour.decline_rate, entry->key, 0, "decline"))
        return "insufficient_funds";
    return NULL;
}

/* "ch_" and 32 hex digits */
static void name_transaction(const char *prefix, char text[40])
{
    struct id id = id_random();
    char dashed[ID_TEXT_LEN + 1];
    size_t at = strlen(prefix);

    id_write(&id, dashed);
    memcpy(text, prefix, at);
    for (const char *digit = dashed; *digit; digit++)
        if (*digit != '-')
            text[at++] = *digit;
    text[at] = '\0';
}

static void decide(struct bank *bank, struct entry *entry, const struct charge *charge, const char *print,
                   int64_t now_ms)
{
    const char *reason = refusal(bank, entry, charge);
    size_t digits = strlen(charge->number);

    entry->state = reason ? ENTRY_DECLINED : ENTRY_CHARGED;
    entry->amount_minor = charge->amount_minor;
    entry->at_ms = now_ms;
    snprintf(entry->print, sizeof(entry->print), "%s", print);
    snprintf(entry->currency, sizeof(entry->currency), "%s", charge->currency);
    snprintf(entry->brand, sizeof(entry->brand), "%s", charge->number[0] == '4' ? "visa" : "mastercard");
    snprintf(entry->last4, sizeof(entry->last4), "%s", digits < 4 ? "" : charge->number + digits - 4);
    snprintf(entry->reason, sizeof(entry->reason), "%s", reason ? reason : "");
    if (!reason)
        name_transaction("ch_", entry->id);
    ledger_write(bank->ledger, entry);
}

static bool stays_silent(const struct bank *bank, const struct entry *entry, const struct charge *charge)
{
    if (charge->test < sizeof(test_cards) / sizeof(test_cards[0]) && test_cards[charge->test].silent_first)
        return entry->tries == 1;
    return behaviour_dice(&bank->behaviour, bank->behaviour.charge_then_timeout_rate, entry->key, entry->tries,
                          "silence");
}

static void charge_entry(struct bank *bank, struct entry *entry, const struct charge *charge, int64_t now_ms,
                         struct reply *reply)
{
    char text[128], print[65];
    int len = snprintf(text, sizeof(text), "%" PRId64 "|%s|%s|%" PRId64 "|%" PRId64, charge->amount_minor,
                       charge->currency, charge->number, charge->year, charge->month);

    ledger_print(bank->ledger, (struct str){text, (size_t)len}, print);
    explicit_bzero(text, sizeof(text));
    if (entry->state == ENTRY_VOIDED) {
        tell(reply, 410, entry);
        return;
    }
    if (entry->state == ENTRY_NEW) {
        decide(bank, entry, charge, print, now_ms);
    } else if (strcmp(entry->print, print) != 0) {
        bank_error(reply, 409, "key_reused", "This key was used for something else.");
        return;
    }
    reply->silent = stays_silent(bank, entry, charge);
    reply->status = entry->state == ENTRY_DECLINED ? 402 : 200;
    put_state(reply, entry, entry->state == ENTRY_DECLINED ? ENTRY_DECLINED : ENTRY_CHARGED);
}

void bank_charge(struct bank *bank, struct str key, struct str body, int64_t now_ms, struct reply *reply)
{
    struct entry *entry = entry_for(bank, key, "charge", reply);
    struct charge charge;

    if (!entry)
        return;
    if (!read_charge(body, &charge)) {
        bank_error(reply, 400, "bad_request", "amount_minor, currency and card are needed.");
        return;
    }
    if (charge.test < sizeof(test_cards) / sizeof(test_cards[0]) && test_cards[charge.test].fails_first &&
        entry->tries == 1)
        bank_error(reply, 503, "unavailable", "Try again.");
    else
        charge_entry(bank, entry, &charge, now_ms, reply);
    explicit_bzero(&charge, sizeof(charge));
}

/* --- the rest ----------------------------------------------------------------------------------------------------- */

void bank_void(struct bank *bank, struct str key, int64_t now_ms, struct reply *reply)
{
    struct entry *entry = entry_for(bank, key, "void", reply);

    if (!entry)
        return;
    if (entry->state == ENTRY_NEW) {
        entry->state = ENTRY_VOIDED;
        entry->at_ms = now_ms;
        ledger_write(bank->ledger, entry);
    }
    tell(reply, 200, entry);
}

void bank_refund(struct bank *bank, struct str key, int64_t now_ms, struct reply *reply)
{
    struct entry *entry = entry_for(bank, key, "refund", reply);

    if (!entry)
        return;
    if (entry->state == ENTRY_CHARGED) {
        entry->state = ENTRY_REFUNDED;
        entry->refunded_at_ms = now_ms;
        name_transaction("re_", entry->refund_id);
        ledger_write(bank->ledger, entry);
    }
    if (entry->state == ENTRY_REFUNDED)
        tell(reply, 200, entry);
    else
        bank_error(reply, 409, "not_charged", "There is nothing to refund.");
}

void bank_query(struct bank *bank, struct str key, struct reply *reply)
{
    struct entry *entry = ledger_find(bank->ledger, key);

    if (entry && entry->state != ENTRY_NEW)
        tell(reply, 200, entry);
    else
        bank_error(reply, 404, "unknown", "This key was never used.");
}

void bank_totals(struct bank *bank, struct reply *reply)
{
    const uint64_t *counts = ledger_counts(bank->ledger);
    size_t count;
    const struct ledger_totals *sums = ledger_sums(bank->ledger, &count);

    reply->status = 200;
    put(&reply->body,
        "{\"charges\":%" PRIu64 ",\"declines\":%" PRIu64 ",\"voids\":%" PRIu64 ",\"refunds\":%" PRIu64
        ",\"currencies\":{",
        counts[ENTRY_CHARGED], counts[ENTRY_DECLINED], counts[ENTRY_VOIDED], counts[ENTRY_REFUNDED]);
    for (size_t i = 0; i < count; i++)
        put(&reply->body, "%s\"%s\":{\"charged_minor\":%" PRId64 ",\"refunded_minor\":%" PRId64 "}", i ? "," : "",
            sums[i].currency, sums[i].charged_minor, sums[i].refunded_minor);
    out_put_str(&reply->body, STR("}}\n"));
}
