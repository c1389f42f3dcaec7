/* why_words.c - what the services' states mean for an order that is in them.
 *
 * The states' names are the services' own, in the order of their enums: tests/streams/why_words_test.c compares them. */
#include "streams/shopctl/why.h"

static const struct role_state catalog[] = {
    {"awaited", "catalog to set the goods aside"},
    {"reserved", NULL},
    {"refused", NULL},
    {"released", NULL},
    {"closed", NULL},
};

static const struct role_state payment[] = {
    {"collecting", "payment to have the order, the goods and the card together"},
    {"asking", "the acquirer's answer to a charge"},
    {"checking", "the acquirer's word whether it charged (the card is gone by now)"},
    {"charged", NULL},
    {"declined", NULL},
    {"voiding", "the acquirer's word that it forgets a charge, for the order is cancelled"},
    {"refunding", "the acquirer to give the money back"},
    {"refunded", NULL},
    {"voided", NULL},
    {"closed", NULL},
};

static const struct role_state shipping[] = {
    {"collecting", "shipping to hear the order"},
    {"opening", "the customer's key, to read the address"},
    {"ready", NULL},
    {"created", NULL},
    {"picking", "the parcel to be packed"},
    {"picked", "the carrier's van"},
    {"in transit", "the parcel to arrive"},
    {"delivered", NULL},
    {"refused", NULL},
    {"closed", NULL},
};

static const struct role_state checkout[] = {
    {"new", "checkout to hear the order itself"},
    {"unwanted", NULL},
    {"placed", "checkout to say its end"},
    {"confirmed", NULL},
    {"cancelled", NULL},
    {"rejected", NULL},
};

static const struct role_state email[] = {
    {"nothing", NULL},
    {"sending", "the mail server to take a mail"},
    {"sent", NULL},
    {"failed", NULL},
    {"asking around", "word of the money, for the mail about the cancellation"},
};

static const struct role_state audit[] = {
    {"new", NULL},
    {"even", NULL},
    {"doubted", "what does not add up to mend itself"},
    {"found", "somebody to look at what does not add up: shopctl audit"},
};

#define ROLE(service_, table_, works_)                                             \
    {                                                                              \
        .service = #service_, .table = (table_), .states = (service_),             \
        .state_count = sizeof(service_) / sizeof((service_)[0]), .works = (works_) \
    }

const struct role roles[] = {
    ROLE(catalog, "reservation", true), ROLE(payment, "payment", true), ROLE(shipping, "parcels", true),
    ROLE(checkout, "orders", true),     ROLE(email, "mails", true),     ROLE(audit, "books", false),
};
const size_t role_count = sizeof(roles) / sizeof(roles[0]);

const struct role *role_of(const char *service)
{
    for (size_t i = 0; i < role_count; i++)
        if (strcmp(roles[i].service, service) == 0)
            return &roles[i];
    return NULL;
}

const char *why_outcome(struct str deadline)
{
    static const struct {
        const char *deadline, *outcome;
    } outcomes[] = {
        {"OrderOverdue", "checkout says OrderCancelled (OVERDUE): money goes back, goods return to the shelf"},
        {"AskOverdue", "payment asks the acquirer again, with the same key: nothing is charged twice"},
        {"CardOverdue", "payment erases the card; a charge that is still open is voided, or heard of"},
        {"AddressOverdue",
         "shipping tries to read the address again; without a key it says ShipmentRefused in the end"},
        {"ParcelDue", "the parcel goes on: ShipmentMoved"},
        {"MailOverdue", "email tries again; a day after the order's end it says EmailFailed"},
        {"AuditDue", "the audit looks, and tells what does not add up: AuditFound"},
    };

    for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
        if (str_is(deadline, outcomes[i].deadline))
            return outcomes[i].outcome;
    return "its owner hears it";
}
