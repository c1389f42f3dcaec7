/* audit.c - an order's books: what everybody said of it, added up with each message, and looked at when it had its time.
 *
 * It believes nobody: it knows no service's row, only what stands on the topics. */
#include "streams/audit/audit.h"

#include "run/run.h"

static void weigh(struct step *step, struct audited *row, uint32_t faults)
{
    bool waits = faults & LEDGER_LATE & ~(uint32_t)row->doubt.told;

    doubt_weigh(step, &row->row, &row->doubt, MSG_AUDIT_DUE, faults, waits ? ledger_overdue_ms(&row->ledger) : 0);
}

static void move_stock(struct step *step, struct cart_line_list lines, bool release)
{
    for (size_t i = 0; i < lines.count; i++) {
        struct audited_stock *stock = step_shared(step, lines.items[i].product_id);

        *(release ? &stock->released : &stock->reserved) += lines.items[i].quantity;
        stock_weigh(step, stock);
        stock->row.changed = true;
    }
}

static void hear(struct step *step, void *data)
{
    struct audited *row = data;

    ledger_hear(&row->ledger, step->heard, step->arena);
    if (step->heard->type == MSG_STOCK_RESERVED)
        move_stock(step, ((const struct stock_reserved *)step->heard->body)->lines, false);
    if (step->heard->type == MSG_STOCK_RELEASED)
        move_stock(step, ((const struct stock_released *)step->heard->body)->lines, true);
    weigh(step, row, ledger_faults(&row->ledger));
}

static void judge(struct step *step, void *data)
{
    const struct audit_settings *settings = step->settings;
    struct audited *row = data;
    uint32_t faults = ledger_faults(&row->ledger), due = faults;

    if (step->now_ms < ledger_overdue_ms(&row->ledger) + settings->grace_ms)
        due &= ~LEDGER_LATE;
    due = doubt_judge(&row->doubt, due);
    for (uint32_t kind = 0; kind < LEDGER_KINDS; kind++)
        if (due & 1U << kind)
            doubt_tell(step, &row->row, (enum audit_kind)kind,
                       ledger_sentence(&row->ledger, (enum audit_kind)kind, step->arena));
    weigh(step, row, faults);
}

void audit_products(const struct msg *heard, const void *row, struct key_list *keys)
{
    struct cart_line_list lines = {0};

    (void)row;
    if (heard->type == MSG_STOCK_RESERVED)
        lines = ((const struct stock_reserved *)heard->body)->lines;
    if (heard->type == MSG_STOCK_RELEASED)
        lines = ((const struct stock_released *)heard->body)->lines;
    for (size_t i = 0; i < lines.count; i++)
        key_list_add(keys, lines.items[i].product_id);
}

static const char *const states[] = {
    [AUDIT_NEW] = "new", [AUDIT_EVEN] = "even", [AUDIT_DOUBTED] = "doubted", [AUDIT_FOUND] = "found"};

/* clang-format off */
static const struct rule table[] = {
    /* when       hears                    then   because */
    {AUDIT_NEW,     MSG_PLACE_ORDER,         hear,  "somebody wants it: it must be answered"},
    {AUDIT_NEW,     MSG_ORDER_PLACED,        hear,  "accepted: from here on it must come to one end"},
    {AUDIT_NEW,     MSG_ORDER_REJECTED,      hear,  "its end: nothing may have been taken for it"},
    {AUDIT_NEW,     MSG_ORDER_CONFIRMED,     hear,  "its end: everything was taken, and no more"},
    {AUDIT_NEW,     MSG_ORDER_CANCELLED,     hear,  "its end: everything must be given back"},
    {AUDIT_NEW,     MSG_STOCK_RESERVED,      hear,  "pieces set aside"},
    {AUDIT_NEW,     MSG_STOCK_RELEASED,      hear,  "pieces put back"},
    {AUDIT_NEW,     MSG_PAYMENT_CHARGED,     hear,  "money taken"},
    {AUDIT_NEW,     MSG_PAYMENT_REFUNDED,    hear,  "money given back"},
    {AUDIT_NEW,     MSG_PAYMENT_DECLINED,    hear,  "no money: it may not be confirmed"},
    {AUDIT_NEW,     MSG_PAYMENT_VOIDED,      hear,  "no money any more: it may not be confirmed"},
    {AUDIT_NEW,     MSG_SHIPMENT_CREATED,    hear,  "a parcel"},
    {AUDIT_NEW,     MSG_SHIPMENT_CANCELLED,  hear,  "a parcel less"},
    {AUDIT_NEW,     MSG_SHIPMENT_MOVED,      hear,  "a parcel on its way"},
    {AUDIT_NEW,     MSG_EMAIL_SENT,          hear,  "a mail"},
    {AUDIT_NEW,     MSG_EMAIL_FAILED,        hear,  "no mail, and it was said"},
    {AUDIT_NEW,     MSG_AUDIT_DUE,           NULL,  "there is nothing to look at"},

    {AUDIT_EVEN,    MSG_PLACE_ORDER,         hear,  "somebody wants it: it must be answered"},
    {AUDIT_EVEN,    MSG_ORDER_PLACED,        hear,  "accepted: from here on it must come to one end"},
    {AUDIT_EVEN,    MSG_ORDER_REJECTED,      hear,  "its end: nothing may have been taken for it"},
    {AUDIT_EVEN,    MSG_ORDER_CONFIRMED,     hear,  "its end: everything was taken, and no more"},
    {AUDIT_EVEN,    MSG_ORDER_CANCELLED,     hear,  "its end: everything must be given back"},
    {AUDIT_EVEN,    MSG_STOCK_RESERVED,      hear,  "pieces set aside"},
    {AUDIT_EVEN,    MSG_STOCK_RELEASED,      hear,  "pieces put back"},
    {AUDIT_EVEN,    MSG_PAYMENT_CHARGED,     hear,  "money taken"},
    {AUDIT_EVEN,    MSG_PAYMENT_REFUNDED,    hear,  "money given back"},
    {AUDIT_EVEN,    MSG_PAYMENT_DECLINED,    hear,  "no money: it may not be confirmed"},
    {AUDIT_EVEN,    MSG_PAYMENT_VOIDED,      hear,  "no money any more: it may not be confirmed"},
    {AUDIT_EVEN,    MSG_SHIPMENT_CREATED,    hear,  "a parcel"},
    {AUDIT_EVEN,    MSG_SHIPMENT_CANCELLED,  hear,  "a parcel less"},
    {AUDIT_EVEN,    MSG_SHIPMENT_MOVED,      hear,  "a parcel on its way"},
    {AUDIT_EVEN,    MSG_EMAIL_SENT,          hear,  "a mail"},
    {AUDIT_EVEN,    MSG_EMAIL_FAILED,        hear,  "no mail, and it was said"},
    {AUDIT_EVEN,    MSG_AUDIT_DUE,           judge, "is it time, and has it no end, or no mail?"},

    {AUDIT_DOUBTED, MSG_PLACE_ORDER,         hear,  "somebody wants it: it must be answered"},
    {AUDIT_DOUBTED, MSG_ORDER_PLACED,        hear,  "accepted: from here on it must come to one end"},
    {AUDIT_DOUBTED, MSG_ORDER_REJECTED,      hear,  "its end: nothing may have been taken for it"},
    {AUDIT_DOUBTED, MSG_ORDER_CONFIRMED,     hear,  "its end: everything was taken, and no more"},
    {AUDIT_DOUBTED, MSG_ORDER_CANCELLED,     hear,  "its end: everything must be given back"},
    {AUDIT_DOUBTED, MSG_STOCK_RESERVED,      hear,  "pieces set aside"},
    {AUDIT_DOUBTED, MSG_STOCK_RELEASED,      hear,  "pieces put back"},
    {AUDIT_DOUBTED, MSG_PAYMENT_CHARGED,     hear,  "money taken"},
    {AUDIT_DOUBTED, MSG_PAYMENT_REFUNDED,    hear,  "money given back"},
    {AUDIT_DOUBTED, MSG_PAYMENT_DECLINED,    hear,  "no money: it may not be confirmed"},
    {AUDIT_DOUBTED, MSG_PAYMENT_VOIDED,      hear,  "no money any more: it may not be confirmed"},
    {AUDIT_DOUBTED, MSG_SHIPMENT_CREATED,    hear,  "a parcel"},
    {AUDIT_DOUBTED, MSG_SHIPMENT_CANCELLED,  hear,  "a parcel less"},
    {AUDIT_DOUBTED, MSG_SHIPMENT_MOVED,      hear,  "a parcel on its way"},
    {AUDIT_DOUBTED, MSG_EMAIL_SENT,          hear,  "a mail"},
    {AUDIT_DOUBTED, MSG_EMAIL_FAILED,        hear,  "no mail, and it was said"},
    {AUDIT_DOUBTED, MSG_AUDIT_DUE,           judge, "it had its time to mend itself"},

    {AUDIT_FOUND,   MSG_PLACE_ORDER,         hear,  "somebody wants it: it must be answered"},
    {AUDIT_FOUND,   MSG_ORDER_PLACED,        hear,  "accepted: from here on it must come to one end"},
    {AUDIT_FOUND,   MSG_ORDER_REJECTED,      hear,  "its end: nothing may have been taken for it"},
    {AUDIT_FOUND,   MSG_ORDER_CONFIRMED,     hear,  "its end: everything was taken, and no more"},
    {AUDIT_FOUND,   MSG_ORDER_CANCELLED,     hear,  "its end: everything must be given back"},
    {AUDIT_FOUND,   MSG_STOCK_RESERVED,      hear,  "pieces set aside"},
    {AUDIT_FOUND,   MSG_STOCK_RELEASED,      hear,  "pieces put back"},
    {AUDIT_FOUND,   MSG_PAYMENT_CHARGED,     hear,  "money taken"},
    {AUDIT_FOUND,   MSG_PAYMENT_REFUNDED,    hear,  "money given back"},
    {AUDIT_FOUND,   MSG_PAYMENT_DECLINED,    hear,  "no money: it may not be confirmed"},
    {AUDIT_FOUND,   MSG_PAYMENT_VOIDED,      hear,  "no money any more: it may not be confirmed"},
    {AUDIT_FOUND,   MSG_SHIPMENT_CREATED,    hear,  "a parcel"},
    {AUDIT_FOUND,   MSG_SHIPMENT_CANCELLED,  hear,  "a parcel less"},
    {AUDIT_FOUND,   MSG_SHIPMENT_MOVED,      hear,  "a parcel on its way"},
    {AUDIT_FOUND,   MSG_EMAIL_SENT,          hear,  "a mail"},
    {AUDIT_FOUND,   MSG_EMAIL_FAILED,        hear,  "no mail, and it was said"},
    {AUDIT_FOUND,   MSG_AUDIT_DUE,           judge, "is there more to tell?"},
};
/* clang-format on */

const struct rules audit_rules = {
    .name = "audit",
    .kind = KIND_ORDER,
    .states = states,
    .state_count = sizeof(states) / sizeof(states[0]),
    .row_size = sizeof(struct audited),
    .table = table,
    .rule_count = sizeof(table) / sizeof(table[0]),
};
