/* main.c - the catalogue's wiring. */
#include "run/run.h"
#include "services/catalog/catalog.h"

static const struct lane lanes[] = {
    {.rules = &product_rules, .table = &product_table},
    {.rules = &reservation_rules,
     .table = &reservation_table,
     .shared = &product_table,
     .shared_keys = reservation_products},
};

static const struct service service = {
    .name = "catalog", .lanes = lanes, .lane_count = sizeof(lanes) / sizeof(lanes[0])};

int main(int argc, char **argv)
{
    return run_service(&service, argc, argv);
}
