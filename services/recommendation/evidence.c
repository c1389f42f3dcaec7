/* evidence.c - counting what was bought together, and what was looked at in one visit.
 *
 * Counting is adding: whatever the order in which orders and visits are heard, and whoever hears them, the sums are the same
 * (while a product has no more neighbours than its sketch has places). Nothing is said here: the item lane is reminded. */
#include "run/run.h"
#include "services/recommendation/sketch.h"

enum { DAY_MS = 24 * 60 * 60 * 1000, DOUBLINGS_MOST = 24 };

static const int64_t first_day_ms = 1767225600000; /* 2026-01-01 */

int64_t evidence_weight(int64_t time_ms, int64_t evidence)
{
    int64_t days = time_ms > first_day_ms ? (time_ms - first_day_ms) / DAY_MS : 0;
    int64_t doublings = days / EVIDENCE_HALF_LIFE_DAYS;

    if (doublings >= DOUBLINGS_MOST)
        return evidence * EVIDENCE_HALF_LIFE_DAYS << DOUBLINGS_MOST;
    return evidence * (EVIDENCE_HALF_LIFE_DAYS + days % EVIDENCE_HALF_LIFE_DAYS) << doublings;
}

/* --- in a product's row ------------------------------------------------------------------------------------------------- */

static void changed(struct step *step, struct item *item)
{
    const struct recommendation_settings *settings = step->settings;

    item->row.changed = true;
    if (item->due)
        return;
    item->due = true;
    step_remind_soon(step, MSG_RECOMMENDATIONS_DUE, item->row.key, step->now_ms + settings->settle_ms);
}

static void count_seen(struct step *step, struct str product_id, int64_t weight)
{
    struct item *item = step_shared(step, product_id);

    item->seen += weight;
    changed(step, item);
}

/* These were there together with the product, each other than it. */
static void count_together(struct step *step, struct str product_id, const struct str *others, size_t count,
                           int64_t weight)
{
    struct item *item = step_shared(step, product_id);
    struct sketch sketch;

    if (count == 0)
        return;
    sketch_read(&sketch, item->neighbours);
    for (size_t i = 0; i < count; i++)
        sketch_add(&sketch, others[i], weight);
    item->neighbours = sketch_text(&sketch, step->arena);
    changed(step, item);
}

static bool is_name(struct str product_id)
{
    return product_id.len > 0 && !memchr(product_id.ptr, '\n', product_id.len);
}

/* --- orders ------------------------------------------------------------------------------------------------------------- */

/* The different products of an order, at most PURCHASE_MOST: what a shop needs for its stock goes with everything. */
static size_t different(const struct order_confirmed *heard, struct str products[PURCHASE_MOST])
{
    size_t count = 0;

    for (size_t i = 0; i < heard->order.lines.count && count < PURCHASE_MOST; i++) {
        struct str id = heard->order.lines.items[i].product_id;
        size_t at = 0;

        while (at < count && !str_equal(products[at], id))
            at++;
        if (at == count && is_name(id))
            products[count++] = id;
    }
    return count;
}

void purchase_products(const struct msg *heard, const void *row, struct key_list *keys)
{
    struct str products[PURCHASE_MOST];
    size_t count = heard->type == MSG_ORDER_CONFIRMED ? different(heard->body, products) : 0;

    (void)row;
    for (size_t i = 0; i < count; i++)
        key_list_add(keys, products[i]);
}

static void count_order(struct step *step, void *data)
{
    struct purchase *row = data;
    int64_t weight = evidence_weight(step->now_ms, EVIDENCE_ORDER);
    struct str products[PURCHASE_MOST], others[PURCHASE_MOST];
    size_t count = different(step->heard->body, products);

    row->row.state = PURCHASE_COUNTED;
    for (size_t i = 0; i < count; i++) {
        size_t other = 0;

        for (size_t k = 0; k < count; k++)
            if (k != i)
                others[other++] = products[k];
        count_seen(step, products[i], weight);
        count_together(step, products[i], others, other, weight);
    }
}

/* --- visits ------------------------------------------------------------------------------------------------------------- */

static bool next_line(struct str *rest, struct str *line)
{
    const char *end = rest->len ? memchr(rest->ptr, '\n', rest->len) : NULL;

    if (!end)
        return false;
    *line = (struct str){rest->ptr, (size_t)(end - rest->ptr)};
    *rest = (struct str){end + 1, rest->len - line->len - 1};
    return true;
}

static size_t in_window(struct str text, struct str products[VISIT_WINDOW])
{
    size_t count = 0;

    while (count < VISIT_WINDOW && next_line(&text, &products[count]))
        count++;
    return count;
}

void visit_products(const struct msg *heard, const void *row, struct key_list *keys)
{
    struct str products[VISIT_WINDOW];
    size_t count = in_window(((const struct visit *)row)->products, products);

    if (heard->type == MSG_PRODUCT_VIEWED)
        key_list_add(keys, ((const struct product_viewed *)heard->body)->product_id);
    for (size_t i = 0; i < count; i++)
        key_list_add(keys, products[i]);
}

/* What the shop itself put before somebody's eyes is no evidence of taste: it would only prove what was said before. */
static bool was_pushed(const struct product_viewed *heard)
{
    return str_is(heard->referrer, "recommendation") || str_is(heard->referrer, "ad");
}

static void count_view(struct step *step, void *data)
{
    struct visit *row = data;
    const struct product_viewed *heard = step->heard->body;
    int64_t weight = evidence_weight(step->now_ms, EVIDENCE_VIEW);
    struct str before[VISIT_WINDOW], all = {heard->product_id.ptr, heard->product_id.len};
    size_t count = in_window(row->products, before);

    for (size_t i = 0; i < count; i++)
        if (str_equal(before[i], heard->product_id))
            return;
    if (was_pushed(heard) || !is_name(heard->product_id))
        return;
    count_seen(step, all, weight);
    count_together(step, all, before, count, weight);
    for (size_t i = 0; i < count; i++)
        count_together(step, before[i], &heard->product_id, 1, weight);
    row->products = arena_printf(step->arena, STR_FMT "\n", STR_ARG(heard->product_id));
    for (size_t i = 0; i < count && i + 1 < VISIT_WINDOW; i++)
        row->products = arena_printf(step->arena, STR_FMT STR_FMT "\n", STR_ARG(row->products), STR_ARG(before[i]));
    if (step->now_ms > row->seen_ms)
        row->seen_ms = step->now_ms;
    if (++row->count == VISIT_MOST) {
        row->row.state = VISIT_ENDLESS;
        row->products = (struct str){NULL, 0};
    }
}

static void forget_visit(struct step *step, void *data)
{
    struct visit *row = data;

    (void)step;
    row->row.state = VISIT_OPEN;
    row->products = (struct str){NULL, 0};
    row->count = 0;
    row->seen_ms = 0;
}

/* --- the tables --------------------------------------------------------------------------------------------------------- */

static const char *const purchase_states[] = {[PURCHASE_AWAITED] = "awaited", [PURCHASE_COUNTED] = "counted"};
static const char *const visit_states[] = {[VISIT_OPEN] = "open", [VISIT_ENDLESS] = "endless"};

/* clang-format off */
static const struct rule purchase_rule_table[] = {
    /* when            hears                then         because */
    {PURCHASE_AWAITED, MSG_ORDER_CONFIRMED, count_order, "what is bought together goes together"},
    {PURCHASE_COUNTED, MSG_ORDER_CONFIRMED, NULL,        "said twice"},
};

static const struct rule visit_rule_table[] = {
    /* when         hears               then        because */
    {VISIT_OPEN,    MSG_PRODUCT_VIEWED,    count_view,   "what is looked at in one visit goes together"},
    {VISIT_OPEN,    MSG_VISITOR_FORGOTTEN, forget_visit, "who looked at what is forgotten; what goes together is nobody's"},
    {VISIT_ENDLESS, MSG_PRODUCT_VIEWED,    NULL,         "no shopper looks at so much"},
    {VISIT_ENDLESS, MSG_VISITOR_FORGOTTEN, forget_visit, "it may have been somebody"},
};
/* clang-format on */

const struct rules purchase_rules = {
    .name = "purchase",
    .kind = KIND_ORDER,
    .states = purchase_states,
    .state_count = sizeof(purchase_states) / sizeof(purchase_states[0]),
    .row_size = sizeof(struct purchase),
    .table = purchase_rule_table,
    .rule_count = sizeof(purchase_rule_table) / sizeof(purchase_rule_table[0]),
};

const struct rules visit_rules = {
    .name = "visit",
    .kind = KIND_SESSION,
    .states = visit_states,
    .state_count = sizeof(visit_states) / sizeof(visit_states[0]),
    .row_size = sizeof(struct visit),
    .table = visit_rule_table,
    .rule_count = sizeof(visit_rule_table) / sizeof(visit_rule_table[0]),
};
