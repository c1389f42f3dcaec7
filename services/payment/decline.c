/* decline.c - why a card is not charged: the acquirer's words for it, and ours to the shopper. */
#include "services/payment/payment.h"

/* An acquirer's reason that is none of these is its bank's own affair. */
static const struct {
    const char *name;
    enum decline_reason reason;
} names[] = {
    {"insufficient_funds", DECLINE_REASON_INSUFFICIENT_FUNDS},
    {"card_expired", DECLINE_REASON_CARD_EXPIRED},
    {"card_invalid", DECLINE_REASON_CARD_INVALID},
    {"card_not_accepted", DECLINE_REASON_CARD_NOT_ACCEPTED},
    {"security_code_wrong", DECLINE_REASON_SECURITY_CODE_WRONG},
    {"limit_exceeded", DECLINE_REASON_LIMIT_EXCEEDED},
};

enum decline_reason decline_reason_of(struct str name)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (str_is(name, names[i].name))
            return names[i].reason;
    return DECLINE_REASON_REFUSED_BY_BANK;
}

struct str decline_sentence(enum decline_reason reason)
{
    switch (reason) {
    case DECLINE_REASON_CARD_INVALID:
        return STR("The bank does not know this card. Please check its number, or take another card.");
    case DECLINE_REASON_CARD_NOT_ACCEPTED:
        return STR("We take VISA and MasterCard. Please take another card.");
    case DECLINE_REASON_CARD_EXPIRED:
        return STR("The bank says that this card has expired. Please take another card.");
    case DECLINE_REASON_INSUFFICIENT_FUNDS:
        return STR("There is not enough money on this card. Please take another card.");
    case DECLINE_REASON_SECURITY_CODE_WRONG:
        return STR(
            "The security code is not this card's. Please check the three digits on its back, or take another card.");
    case DECLINE_REASON_LIMIT_EXCEEDED:
        return STR("This is more than the card's limit allows. Please take another card, or ask your bank.");
    case DECLINE_REASON_CARD_UNREADABLE:
        return STR("We could not read your card. Please order again.");
    default:
        return STR("The bank refused this card, and does not tell us why. Please take another card, or ask your bank.");
    }
}
