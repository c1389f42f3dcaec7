/* main.c - recommendation's wiring: three lanes, and the assortment in memory. */
#include "run/run.h"
#include "services/recommendation/assortment.h"
#include "services/recommendation/recommendation.h"

static struct recommendation_settings values;

static const struct setting settings[] = {
    {"APP_SETTLE", SETTING_DURATION, "5s", &values.settle_ms,
     "from the first new evidence for a product to its new lists: at most one update of it in this time", false},
};

static const struct lane lanes[] = {
    {.rules = &item_rules, .table = &item_table},
    {.rules = &purchase_rules, .table = &purchase_table, .shared = &item_table, .shared_keys = purchase_products},
    {.rules = &visit_rules, .table = &visit_table, .shared = &item_table, .shared_keys = visit_products},
};

static const enum topic follows[] = {TOPIC_PRODUCT_STATE, TOPIC_RECOMMENDATION_STATE};

int main(int argc, char **argv)
{
    struct assortment *assortment = assortment_open();
    struct service service = {
        .name = "recommendation",
        .lanes = lanes,
        .lane_count = sizeof(lanes) / sizeof(lanes[0]),
        .follows = follows,
        .follow_count = sizeof(follows) / sizeof(follows[0]),
        .memory = assortment,
        .learn = assortment_learn,
        .settings = settings,
        .setting_count = 1,
        .settings_values = &values,
    };
    int code = run_service(&service, argc, argv);

    assortment_close(assortment);
    return code;
}
