/* main.c - cart's wiring. */
#include "run/run.h"
#include "services/cart/cart.h"

static const struct lane lanes[] = {{.rules = &cart_rules, .table = &cart_table}};

static const struct service service = {.name = "cart", .lanes = lanes, .lane_count = 1};

int main(int argc, char **argv)
{
    return run_service(&service, argc, argv);
}
