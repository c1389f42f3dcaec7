/* stock.c - a product's pieces: what was received, less what orders hold, is never below nothing. */
#include <inttypes.h>

#include "streams/audit/audit.h"

static int64_t on_hand(const struct audited_stock *stock)
{
    return stock->received - stock->reserved + stock->released;
}

static uint32_t faults_of(const struct audited_stock *stock)
{
    return on_hand(stock) < 0 ? 1U << AUDIT_KIND_BELOW_ZERO : 0;
}

void stock_weigh(struct step *step, struct audited_stock *stock)
{
    doubt_weigh(step, &stock->row, &stock->doubt, MSG_STOCK_DUE, faults_of(stock), 0);
}

static void receive(struct step *step, void *data)
{
    struct audited_stock *stock = data;

    if (step->heard->type == MSG_PRODUCT_ADDED)
        stock->received += ((const struct product_added *)step->heard->body)->quantity;
    else
        stock->received += ((const struct restocked *)step->heard->body)->quantity;
    stock_weigh(step, stock);
}

static void judge(struct step *step, void *data)
{
    struct audited_stock *stock = data;

    if (doubt_judge(&stock->doubt, faults_of(stock)))
        doubt_tell(step, &stock->row, AUDIT_KIND_BELOW_ZERO,
                   arena_printf(step->arena,
                                "%" PRId64 " pieces were received, %" PRId64 " set aside, %" PRId64
                                " put back: %" PRId64 " on hand.",
                                stock->received, stock->reserved, stock->released, on_hand(stock)));
    stock_weigh(step, stock);
}

static const char *const states[] = {
    [AUDIT_NEW] = "new", [AUDIT_EVEN] = "even", [AUDIT_DOUBTED] = "doubted", [AUDIT_FOUND] = "found"};

/* clang-format off */
static const struct rule table[] = {
    /* when        hears              then     because */
    {AUDIT_NEW,     MSG_PRODUCT_ADDED, receive, "a new product, with its first pieces"},
    {AUDIT_NEW,     MSG_RESTOCKED,     receive, "pieces arrived"},
    {AUDIT_NEW,     MSG_STOCK_DUE,     NULL,    "there is nothing to look at"},

    {AUDIT_EVEN,    MSG_PRODUCT_ADDED, receive, "its first pieces, heard after an order that took some"},
    {AUDIT_EVEN,    MSG_RESTOCKED,     receive, "pieces arrived"},
    {AUDIT_EVEN,    MSG_STOCK_DUE,     NULL,    "it mended itself"},

    {AUDIT_DOUBTED, MSG_PRODUCT_ADDED, receive, "its first pieces, heard after an order that took some"},
    {AUDIT_DOUBTED, MSG_RESTOCKED,     receive, "pieces arrived"},
    {AUDIT_DOUBTED, MSG_STOCK_DUE,     judge,   "it had its time to mend itself"},

    {AUDIT_FOUND,   MSG_PRODUCT_ADDED, receive, "its first pieces, late"},
    {AUDIT_FOUND,   MSG_RESTOCKED,     receive, "pieces arrived: perhaps it adds up again"},
    {AUDIT_FOUND,   MSG_STOCK_DUE,     NULL,    "it was told"},
};
/* clang-format on */

const struct rules stock_rules = {
    .name = "audit-stock",
    .kind = KIND_PRODUCT,
    .states = states,
    .state_count = sizeof(states) / sizeof(states[0]),
    .row_size = sizeof(struct audited_stock),
    .table = table,
    .rule_count = sizeof(table) / sizeof(table[0]),
};
