/* trial.c - everything is collected, sorted, and joined at the end: a log of days is some megabytes. */
#include "streams/shopctl/trial.h"

#include <math.h>
#include <stdlib.h>

static const double z_95 = 1.959963984540054, z_80 = 0.8416212335729143;

struct exposure {
    struct id id, visitor;
    int arm;
    struct str shown[TRIAL_SHOWN];
    size_t count;
};

/* A product that somebody followed, or bought. */
struct deed {
    struct id of; /* the exposure followed; the order */
    struct id visitor;
    struct str product_id;
    int64_t time_ms;
    int arm; /* of a click with an exposure; -1: none */
};

struct pile {
    void *items;
    size_t count, size;
};

struct trial {
    struct arena arena;
    struct pile exposures, clicks, bought;
};

struct trial *trial_open(void)
{
    struct trial *trial = calloc(1, sizeof(*trial));

    if (!trial)
        abort();
    arena_init(&trial->arena);
    return trial;
}

void trial_close(struct trial *trial)
{
    if (!trial)
        return;
    arena_release(&trial->arena);
    free(trial->exposures.items);
    free(trial->clicks.items);
    free(trial->bought.items);
    free(trial);
}

static void *add(struct pile *pile, size_t size_bytes)
{
    if (pile->count == pile->size) {
        pile->size = pile->size ? 2 * pile->size : 256;
        pile->items = reallocarray(pile->items, pile->size, size_bytes);
        if (!pile->items)
            abort();
    }
    return (char *)pile->items + pile->count++ * size_bytes;
}

/* --- hearing -------------------------------------------------------------------------------------------------------------- */

static int arm_of(enum recommendation_strategy strategy)
{
    if (strategy == RECOMMENDATION_STRATEGY_COSINE)
        return 0;
    return strategy == RECOMMENDATION_STRATEGY_LIFT ? 1 : -1;
}

static void hear_shown(struct trial *trial, const struct recommendation_shown *heard)
{
    struct exposure exposure = {.arm = arm_of(heard->strategy)};

    if (exposure.arm < 0 || !id_parse(heard->exposure_id, &exposure.id) ||
        !id_parse(heard->session_id, &exposure.visitor))
        return;
    for (size_t i = 0; i < heard->shown.count && i < TRIAL_SHOWN; i++)
        exposure.shown[exposure.count++] = arena_copy(&trial->arena, heard->shown.items[i]);
    *(struct exposure *)add(&trial->exposures, sizeof(exposure)) = exposure;
}

static void hear_clicked(struct trial *trial, const struct recommendation_clicked *heard, int64_t time_ms)
{
    struct deed click = {.time_ms = time_ms, .arm = -1};

    if (!id_parse(heard->exposure_id, &click.of) || !id_parse(heard->session_id, &click.visitor))
        return;
    click.product_id = arena_copy(&trial->arena, heard->product_id);
    *(struct deed *)add(&trial->clicks, sizeof(click)) = click;
}

static void hear_confirmed(struct trial *trial, const struct order_confirmed *heard, int64_t time_ms)
{
    struct deed bought = {.time_ms = time_ms};

    if (!id_parse(heard->order_id, &bought.of) || !id_parse(heard->user_id, &bought.visitor))
        return;
    for (size_t i = 0; i < heard->order.lines.count; i++) {
        bought.product_id = arena_copy(&trial->arena, heard->order.lines.items[i].product_id);
        *(struct deed *)add(&trial->bought, sizeof(bought)) = bought;
    }
}

void trial_hear(void *context, const struct msg *heard)
{
    if (heard->type == MSG_RECOMMENDATION_SHOWN)
        hear_shown(context, heard->body);
    else if (heard->type == MSG_RECOMMENDATION_CLICKED)
        hear_clicked(context, heard->body, heard->time_ms);
    else if (heard->type == MSG_ORDER_CONFIRMED)
        hear_confirmed(context, heard->body, heard->time_ms);
}

/* --- joining -------------------------------------------------------------------------------------------------------------- */

static int compare_ids(const struct id *a, const struct id *b)
{
    return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

static int by_exposure(const void *a, const void *b)
{
    return compare_ids(&((const struct exposure *)a)->id, &((const struct exposure *)b)->id);
}

static int by_arm_and_visitor(const void *a, const void *b)
{
    const struct exposure *one = a, *other = b;

    return one->arm != other->arm ? one->arm - other->arm : compare_ids(&one->visitor, &other->visitor);
}

/* By what they belong to, then product; the earliest first. */
static int by_deed(const void *a, const void *b)
{
    const struct deed *one = a, *other = b;
    int order = compare_ids(&one->of, &other->of);

    if (order == 0)
        order = str_compare(one->product_id, other->product_id);
    return order ? order : (one->time_ms > other->time_ms) - (one->time_ms < other->time_ms);
}

static int by_click(const void *a, const void *b)
{
    const struct deed *one = a, *other = b;
    int order = compare_ids(&one->visitor, &other->visitor);

    if (order == 0)
        order = str_compare(one->product_id, other->product_id);
    return order ? order : (one->time_ms > other->time_ms) - (one->time_ms < other->time_ms);
}

static void sort(struct pile *pile, size_t size_bytes, int (*compare)(const void *, const void *))
{
    if (pile->count)
        qsort(pile->items, pile->count, size_bytes, compare);
}

static bool showed(const struct exposure *exposure, const struct deed *click)
{
    for (size_t i = 0; i < exposure->count; i++)
        if (str_equal(exposure->shown[i], click->product_id))
            return id_equal(&exposure->visitor, &click->visitor);
    return false;
}

/* Keeps one of each exposure. */
static void count_exposures(struct trial *trial, struct verdict *verdict)
{
    struct exposure *all = trial->exposures.items;
    size_t kept = 0;

    sort(&trial->exposures, sizeof(*all), by_exposure);
    for (size_t i = 0; i < trial->exposures.count; i++)
        if (kept == 0 || !id_equal(&all[i].id, &all[kept - 1].id)) {
            all[kept++] = all[i];
            verdict->arms[all[i].arm].exposures++;
        }
    trial->exposures.count = kept;
}

/* Each click gets the arm of its exposure; repeated ones, and those of no exposure, are dropped. */
static void count_clicks(struct trial *trial, struct verdict *verdict)
{
    struct deed *all = trial->clicks.items;
    size_t kept = 0;

    sort(&trial->clicks, sizeof(*all), by_deed);
    for (size_t i = 0; i < trial->clicks.count; i++) {
        const struct exposure wanted = {.id = all[i].of}, *exposure = NULL;

        if (kept && id_equal(&all[i].of, &all[kept - 1].of) && str_equal(all[i].product_id, all[kept - 1].product_id))
            continue;
        if (trial->exposures.count)
            exposure = bsearch(&wanted, trial->exposures.items, trial->exposures.count, sizeof(wanted), by_exposure);
        if (!exposure || !showed(exposure, &all[i])) {
            verdict->strangers++;
            continue;
        }
        all[kept] = all[i];
        all[kept++].arm = exposure->arm;
        verdict->arms[exposure->arm].clicks++;
    }
    trial->clicks.count = kept;
}

static void count_visitors(struct trial *trial, struct verdict *verdict)
{
    const struct exposure *all = trial->exposures.items;
    const struct deed *clicks = trial->clicks.items;

    sort(&trial->exposures, sizeof(*all), by_arm_and_visitor);
    for (size_t i = 0; i < trial->exposures.count; i++)
        verdict->arms[all[i].arm].visitors += i == 0 || by_arm_and_visitor(&all[i], &all[i - 1]) != 0;
    sort(&trial->clicks, sizeof(*clicks), by_click);
    for (size_t i = 0; i < trial->clicks.count; i++)
        verdict->arms[clicks[i].arm].clicked += i == 0 || !id_equal(&clicks[i].visitor, &clicks[i - 1].visitor);
}

/* The first click of this visitor on this product; clicks are sorted so. */
static const struct deed *first_click(const struct trial *trial, const struct deed *bought)
{
    const struct deed *clicks = trial->clicks.items;
    size_t low = 0, high = trial->clicks.count;
    const struct deed wanted = {.visitor = bought->visitor, .product_id = bought->product_id, .time_ms = INT64_MIN};

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (by_click(&clicks[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == trial->clicks.count || !id_equal(&clicks[low].visitor, &bought->visitor) ||
        !str_equal(clicks[low].product_id, bought->product_id))
        return NULL;
    return &clicks[low];
}

static void count_orders(struct trial *trial, struct verdict *verdict)
{
    const struct deed *all = trial->bought.items;
    const struct id *counted = NULL;

    sort(&trial->bought, sizeof(*all), by_deed);
    for (size_t i = 0; i < trial->bought.count; i++) {
        const struct deed *click = first_click(trial, &all[i]);

        if (!click || click->time_ms > all[i].time_ms || (counted && id_equal(counted, &all[i].of)))
            continue;
        verdict->arms[click->arm].orders++;
        counted = &all[i].of;
    }
}

/* --- judging -------------------------------------------------------------------------------------------------------------- */

void trial_interval(int64_t part, int64_t whole, double *low, double *high)
{
    double n = (double)whole, p = whole ? (double)part / n : 0, zz = z_95 * z_95;
    double middle, half;

    *low = 0;
    *high = 1;
    if (whole == 0)
        return;
    middle = (p + zz / (2 * n)) / (1 + zz / n);
    half = z_95 / (1 + zz / n) * sqrt(p * (1 - p) / n + zz / (4 * n * n));
    *low = part == 0 ? 0 : middle - half;
    *high = part == whole ? 1 : middle + half;
}

void trial_judge(struct verdict *verdict)
{
    struct arm *a = &verdict->arms[0], *b = &verdict->arms[1];
    double na = (double)a->visitors, nb = (double)b->visitors, pooled, spread, least;

    for (struct arm *arm = a; arm <= b; arm++) {
        arm->rate = arm->visitors ? (double)arm->clicked / (double)arm->visitors : 0;
        trial_interval(arm->clicked, arm->visitors, &arm->low, &arm->high);
    }
    verdict->enough = false;
    verdict->low = -1;
    verdict->high = 1;
    verdict->difference = b->rate - a->rate;
    if (a->visitors == 0 || b->visitors == 0)
        return;
    pooled = (double)(a->clicked + b->clicked) / (na + nb);
    if (pooled > 0 && pooled < 1)
        verdict->needed = (int64_t)ceil(2 * pow(z_95 + z_80, 2) * (1 - pooled) / (pooled * 0.2 * 0.2));
    least = fmin(na, nb) * fmin(pooled, 1 - pooled);
    verdict->enough = least >= 5;
    if (!verdict->enough)
        return;
    verdict->z = verdict->difference / sqrt(pooled * (1 - pooled) * (1 / na + 1 / nb));
    verdict->p_value = erfc(fabs(verdict->z) / sqrt(2));
    spread = z_95 * sqrt(a->rate * (1 - a->rate) / na + b->rate * (1 - b->rate) / nb);
    verdict->low = verdict->difference - spread;
    verdict->high = verdict->difference + spread;
}

struct verdict trial_verdict(struct trial *trial)
{
    struct verdict verdict = {
        .arms = {{.strategy = RECOMMENDATION_STRATEGY_COSINE}, {.strategy = RECOMMENDATION_STRATEGY_LIFT}}};

    count_exposures(trial, &verdict);
    count_clicks(trial, &verdict);
    count_visitors(trial, &verdict);
    count_orders(trial, &verdict);
    trial_judge(&verdict);
    return verdict;
}
