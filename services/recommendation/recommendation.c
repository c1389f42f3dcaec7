/* recommendation.c - what is said of a product: both lists of what goes with it.
 *
 * RecommendationsUpdated is said here and nowhere else, by the one owner of the product's partition; only when a list is
 * another one than before, or the product's weight has grown by an eighth, which others' scores need to know. */
#include "services/recommendation/recommendation.h"

#include "msg/say.h"
#include "services/recommendation/rank.h"

enum { NEWCOMER_TELLS = 4 };

static int64_t digest(const struct recommended *items, size_t count)
{
    uint64_t hash = UINT64_C(14695981039346656037);

    for (size_t i = 0; i < count; i++) {
        hash = (hash ^ (uint64_t)items[i].strategy) * UINT64_C(1099511628211);
        for (size_t k = 0; k < items[i].product_id.len; k++)
            hash = (hash ^ (uint8_t)items[i].product_id.ptr[k]) * UINT64_C(1099511628211);
    }
    return (int64_t)(hash >> 1);
}

static void say_lists(struct step *step, struct item *row, struct recommended_list lists)
{
    int64_t said = assortment_version(step->memory, row->row.key);
    int64_t now_shown = digest(lists.items, lists.count);

    if (row->version > 0 && now_shown == row->shown && row->seen - row->shown_seen <= row->shown_seen / 8)
        return;
    row->version = (said > row->version ? said : row->version) + 1;
    row->shown = now_shown;
    row->shown_seen = row->seen;
    say_recommendations_updated(
        step, &(struct recommendations_updated){
                  .product_id = row->row.key, .version = row->version, .items = lists, .seen = row->seen});
}

static void remind(struct step *step, struct str product_id)
{
    const struct recommendation_settings *settings = step->settings;

    step_remind_soon(step, MSG_RECOMMENDATIONS_DUE, product_id, step->now_ms + settings->settle_ms);
}

/* What is most like a new product may want to show it. */
static void introduce(struct step *step, struct str product_id)
{
    struct alike alike[NEWCOMER_TELLS];
    size_t count = assortment_alike(step->memory, product_id, alike, NEWCOMER_TELLS);

    for (size_t i = 0; i < count; i++)
        remind(step, alike[i].id);
}

static void show(struct step *step, void *data)
{
    struct item *row = data;
    struct recommended *items = arena_array(step->arena, 2 * RECOMMENDATION_LIST, sizeof(*items));
    int64_t unit = evidence_weight(step->now_ms, EVIDENCE_VIEW);
    struct sketch sketch;
    size_t count;

    row->due = !assortment_sells(step->memory, row->row.key);
    if (row->due) { /* the memory reads the topic by itself, and has not come so far */
        remind(step, row->row.key);
        return;
    }
    if (row->version == 0)
        introduce(step, row->row.key);
    sketch_read(&sketch, row->neighbours);
    count = rank_list(RECOMMENDATION_STRATEGY_COSINE, row, &sketch, step->memory, unit, items);
    count += rank_list(RECOMMENDATION_STRATEGY_LIFT, row, &sketch, step->memory, unit, items + count);
    say_lists(step, row, (struct recommended_list){items, count});
}

/* Nobody goes with it any more; those that it went with find another. */
static void withdraw(struct step *step, struct item *row)
{
    struct sketch sketch;

    row->row.state = ITEM_RETIRED;
    say_lists(step, row, (struct recommended_list){NULL, 0});
    sketch_read(&sketch, row->neighbours);
    for (size_t i = 0; i < sketch.count; i++)
        remind(step, sketch.list[i].id);
}

static void note(struct step *step, void *data)
{
    struct item *row = data;
    const struct product_updated *heard = step->heard->body;

    if (heard->retired) {
        withdraw(step, row);
        return;
    }
    row->row.state = ITEM_OFFERED;
    if (!row->due)
        remind(step, row->row.key);
    row->due = true;
}

static void rest(struct step *step, void *data)
{
    (void)step;
    ((struct item *)data)->due = false;
}

/* --- what was said in a life that was lost ------------------------------------------------------------------------ */

/* Counts come again from what is heard; here is only what pages know, so that it is not told them once more. */
static void adopt_lists(struct step *step, void *data)
{
    struct item *row = data;
    const struct recommendations_updated *said = step->heard->body;

    if (said->version <= row->version)
        return;
    row->version = said->version;
    row->shown = digest(said->items.items, said->items.count);
    row->shown_seen = said->seen;
}

/* clang-format off */
static const struct adoption adoptions[] = {
    /* what was said               then         because */
    {MSG_RECOMMENDATIONS_UPDATED, adopt_lists, "these lists are on the pages, under this version"},
};
/* clang-format on */

static const char *const states[] = {
    [ITEM_UNKNOWN] = "unknown", [ITEM_OFFERED] = "offered", [ITEM_RETIRED] = "retired"};

/* clang-format off */
static const struct rule table[] = {
    /* when        hears                    then     because */
    {ITEM_UNKNOWN, MSG_PRODUCT_UPDATED,     note,    "a new product: soon it is known what goes with it"},
    {ITEM_UNKNOWN, MSG_RECOMMENDATIONS_DUE, rest,    "counted, but nobody has said that it is sold"},

    {ITEM_OFFERED, MSG_PRODUCT_UPDATED,     note,    "another name, price or category; or it is sold no more"},
    {ITEM_OFFERED, MSG_RECOMMENDATIONS_DUE, show,    "new evidence: perhaps something else goes with it"},

    {ITEM_RETIRED, MSG_PRODUCT_UPDATED,     NULL,    "a retired product does not come back"},
    {ITEM_RETIRED, MSG_RECOMMENDATIONS_DUE, rest,    "it is on no page"},
};
/* clang-format on */

const struct rules item_rules = {
    .name = "item",
    .kind = KIND_PRODUCT,
    .states = states,
    .state_count = sizeof(states) / sizeof(states[0]),
    .row_size = sizeof(struct item),
    .table = table,
    .rule_count = sizeof(table) / sizeof(table[0]),
    .adoptions = adoptions,
    .adoption_count = sizeof(adoptions) / sizeof(adoptions[0]),
};
