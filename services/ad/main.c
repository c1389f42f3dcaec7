/* main.c - advertising's wiring. */
#include "run/run.h"
#include "services/ad/ad.h"

static const struct lane lanes[] = {
    {.rules = &ad_rules, .table = &ad_table, .refuse = ad_refuse},
    {.rules = &impression_rules, .table = &visitor_table, .shared = &ad_table, .shared_keys = impression_ads},
};

static const struct service service = {.name = "ad", .lanes = lanes, .lane_count = sizeof(lanes) / sizeof(lanes[0])};

int main(int argc, char **argv)
{
    return run_service(&service, argc, argv);
}
