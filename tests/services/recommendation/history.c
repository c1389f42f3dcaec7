/* history.c - shoppers made from a seed, and the rules that hear them, without runtime or database. */
#include "tests/services/recommendation/made.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "msg/rule.h"

static const int64_t start_ms = 1790000000000; /* September 2026 */

static const struct recommendation_settings settings = {.settle_ms = 5000};

/* --- chance ------------------------------------------------------------------------------------------------------------- */

static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static double fraction(struct history *history)
{
    return (double)(next_random(&history->random) >> 11) / 9007199254740992.0;
}

size_t history_below(struct history *history, size_t limit)
{
    return (size_t)(next_random(&history->random) % limit);
}

/* The k-th of a group is loved 1/k as much as its first, and so are the groups. */
static double love(const struct history *history, size_t product)
{
    size_t group = product / history->plan.per_group, place = product % history->plan.per_group;

    return 1.0 / (double)(place + 1) / (double)(group + 1);
}

/* One of the products from..to, by popularity. */
static size_t pick(struct history *history, size_t from, size_t to)
{
    double before = from ? history->cumulated[from - 1] : 0;
    double at = before + fraction(history) * (history->cumulated[to - 1] - before);
    size_t low = from, high = to - 1;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (history->cumulated[middle] <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* What a shopper who came for this group takes next. */
static size_t choose(struct history *history, size_t group)
{
    if (history_below(history, 100) < history->plan.chance_percent)
        return pick(history, 0, history->count);
    return pick(history, group * history->plan.per_group, (group + 1) * history->plan.per_group);
}

static size_t choose_group(struct history *history)
{
    return pick(history, 0, history->count) / history->plan.per_group;
}

/* --- the rules' surroundings ---------------------------------------------------------------------------------------------- */

static size_t number_of(struct str id)
{
    return (size_t)strtoul(id.ptr + 1, NULL, 10);
}

static void *share(void *context, struct str key)
{
    struct history *history = context;

    return &history->products[number_of(key)].item;
}

/* What a rule left in the step's arena is kept beyond it. */
static void keep(struct history *history, struct str key)
{
    struct product *product = &history->products[number_of(key)];
    char *text = malloc(product->item.neighbours.len + 1);

    if (!text)
        abort();
    if (product->item.neighbours.len)
        memcpy(text, product->item.neighbours.ptr, product->item.neighbours.len);
    product->item.neighbours.ptr = text;
    product->item.row.changed = false;
}

static struct id new_id(struct history *history)
{
    struct id id = {{1}};

    history->next_id++;
    memcpy(id.bytes + 8, &history->next_id, sizeof(history->next_id));
    return id;
}

/* One step; what is said is learned at once. */
static void hear(struct history *history, const struct rules *rules, enum msg_type type, const void *body,
                 struct row *row)
{
    struct msg msg = {.type = type, .key = row->key, .body = body, .time_ms = history->now_ms, .id = new_id(history)};
    struct step step;
    struct err err;

    msg.correlation = msg.id;
    step_init(&step, &history->arena, history->assortment, &settings);
    step.shared = share;
    step.shared_context = history;
    if (step_hear(&step, rules, &msg, row, NULL, &err) != ST_OK)
        abort();
    for (const struct said *said = step.said; said; said = said->next) {
        struct msg heard = {.type = said->type, .key = said->key, .time_ms = history->now_ms};

        heard.body = msg_decode_own(said->type, said->value, &history->arena);
        assortment_learn(history->assortment, &heard);
    }
}

static double cpu_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* Frees what stood in the rows of these products before the step. */
static void settle(struct history *history, const size_t *products, const char *const *old, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct product *product = &history->products[products[i]];

        if (product->item.neighbours.ptr == old[i])
            continue;
        keep(history, product->item.row.key);
        free((void *)(uintptr_t)old[i]);
    }
    arena_clear(&history->arena);
}

/* --- shoppers ------------------------------------------------------------------------------------------------------------- */

static void remember(const struct history *history, const size_t *products, size_t count, const char **old)
{
    for (size_t i = 0; i < count; i++)
        old[i] = history->products[products[i]].item.neighbours.ptr;
}

size_t history_fill(struct history *history, size_t *products, size_t wanted)
{
    size_t group = choose_group(history), count = 0;

    for (size_t tries = 0; count < wanted && tries < 4 * wanted; tries++) {
        size_t next = choose(history, group), at = 0;

        while (at < count && products[at] != next)
            at++;
        if (at == count)
            products[count++] = next;
    }
    return count;
}

static void play_visit(struct history *history, size_t number)
{
    size_t products[VIEWS_MOST], count = history_fill(history, products, 1 + history_below(history, VIEWS_MOST));
    char session[40], window[VISIT_WINDOW * 16];
    struct visit visit = {.row.key = {session, 0}};
    const char *old[VIEWS_MOST];
    double began;

    visit.row.key.len = (size_t)snprintf(session, sizeof(session), "visit-%zu", number);
    for (size_t i = 0; i < count; i++) {
        struct product_viewed body = {.session_id = visit.row.key,
                                      .product_id = history->products[products[i]].item.row.key};

        remember(history, products, count, old);
        began = cpu_us();
        hear(history, &visit_rules, MSG_PRODUCT_VIEWED, &body, &visit.row);
        history->view_us += cpu_us() - began;
        history->views++;
        if (visit.products.len) {
            memcpy(window, visit.products.ptr, visit.products.len);
            visit.products.ptr = window;
        }
        settle(history, products, old, count);
    }
}

static void play_order(struct history *history, size_t number)
{
    size_t products[LINES_MOST], count = history_fill(history, products, 1 + history_below(history, LINES_MOST));
    struct order_line lines[LINES_MOST];
    struct order_confirmed body = {.order.lines = {lines, count}};
    struct purchase purchase = {.row.key = {NULL, 0}};
    const char *old[LINES_MOST];
    char order[40];
    double began;

    purchase.row.key = (struct str){order, (size_t)snprintf(order, sizeof(order), "order-%zu", number)};
    body.order_id = purchase.row.key;
    for (size_t i = 0; i < count; i++)
        lines[i] = (struct order_line){.product_id = history->products[products[i]].item.row.key, .quantity = 1};
    remember(history, products, count, old);
    began = cpu_us();
    hear(history, &purchase_rules, MSG_ORDER_CONFIRMED, &body, &purchase.row);
    history->order_us += cpu_us() - began;
    history->orders++;
    settle(history, products, old, count);
}

/* --- the lists ------------------------------------------------------------------------------------------------------------ */

static void read_lists(struct history *history, struct product *product, const struct said *said)
{
    const struct recommendations_updated *lists = msg_decode_own(said->type, said->value, &history->arena);

    product->list_count[0] = product->list_count[1] = 0;
    for (size_t i = 0; i < lists->items.count; i++) {
        const struct recommended *one = &lists->items.items[i];
        size_t which = one->strategy == RECOMMENDATION_STRATEGY_LIFT;

        if (product->list_count[which] < SHOWN)
            product->list[which][product->list_count[which]++] = number_of(one->product_id);
    }
}

/* All weights are known only when everybody has said theirs: said twice, the second time it counts. */
static void play_due(struct history *history)
{
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < history->count; i++) {
            struct product *product = &history->products[i];
            struct msg msg = {
                .type = MSG_RECOMMENDATIONS_DUE, .key = product->item.row.key, .time_ms = history->now_ms};
            struct step step;
            struct err err;

            msg.id = msg.correlation = new_id(history);
            product->item.version = 0; /* so that it is said again, changed or not */
            step_init(&step, &history->arena, history->assortment, &settings);
            if (step_hear(&step, &item_rules, &msg, &product->item.row, NULL, &err) != ST_OK || !step.said)
                abort();
            read_lists(history, product, step.said);
            msg.type = step.said->type;
            msg.body = msg_decode_own(step.said->type, step.said->value, &history->arena);
            assortment_learn(history->assortment, &msg);
            arena_clear(&history->arena);
        }
}

static void offer(struct history *history, size_t number)
{
    struct product *product = &history->products[number];
    struct product_updated body = {.version = 1, .name = STR("Thing"), .currency = STR("USD")};
    char word[24];
    struct str category = {word, (size_t)snprintf(word, sizeof(word), "shelf-%zu", number % 7)};
    struct msg msg = {.type = MSG_PRODUCT_UPDATED, .body = &body};

    snprintf(product->id, sizeof(product->id), "P%06zu", number);
    product->item.row.key = body.product_id = msg.key = str_of(product->id);
    product->item.row.state = ITEM_OFFERED;
    body.price_minor = (int64_t)(100 + 7919 * number % 9973);
    body.categories = (struct str_list){&category, 1};
    assortment_learn(history->assortment, &msg);
}

static void rank_popularity(struct history *history)
{
    for (size_t place = 0; place <= SHOWN; place++) {
        size_t best = history->count;

        for (size_t i = 0; i < history->count; i++) {
            bool taken = false;

            for (size_t k = 0; k < place; k++)
                taken = taken || history->by_popularity[k] == i;
            if (!taken &&
                (best == history->count || history->products[i].item.seen > history->products[best].item.seen))
                best = i;
        }
        history->by_popularity[place] = best;
    }
}

struct history *history_play(const struct history_plan *plan)
{
    struct history *history = calloc(1, sizeof(*history));

    if (!history)
        abort();
    history->plan = *plan;
    history->random = plan->seed;
    history->now_ms = start_ms;
    history->count = plan->groups * plan->per_group;
    history->products = calloc(history->count, sizeof(*history->products));
    history->cumulated = calloc(history->count, sizeof(*history->cumulated));
    history->assortment = assortment_open();
    arena_init(&history->arena);
    if (!history->products || !history->cumulated)
        abort();
    for (size_t i = 0; i < history->count; i++) {
        offer(history, i);
        history->cumulated[i] = (i ? history->cumulated[i - 1] : 0) + love(history, i);
    }
    for (size_t i = 0, k = 0; i < plan->visits || k < plan->orders;) {
        if (i * plan->orders <= k * plan->visits && i < plan->visits)
            play_visit(history, i++);
        else
            play_order(history, k++);
        history->now_ms += 60 * 1000;
    }
    play_due(history);
    rank_popularity(history);
    return history;
}

void history_free(struct history *history)
{
    for (size_t i = 0; i < history->count; i++)
        free((void *)(uintptr_t)history->products[i].item.neighbours.ptr);
    free(history->products);
    free(history->cumulated);
    assortment_close(history->assortment);
    arena_release(&history->arena);
    free(history);
}

double history_us_per_view(const struct history *history)
{
    return history->views ? history->view_us / (double)history->views : 0;
}

double history_us_per_order(const struct history *history)
{
    return history->orders ? history->order_us / (double)history->orders : 0;
}

size_t history_row_bytes(const struct history *history)
{
    size_t bytes = 0;

    for (size_t i = 0; i < history->count; i++)
        bytes += history->products[i].item.neighbours.len + history->products[i].item.row.key.len + 48;
    return bytes;
}
