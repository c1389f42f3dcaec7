/* main.c - currency's wiring. */
#include "run/run.h"
#include "services/currency/currency.h"

static const struct lane lanes[] = {{.rules = &currency_rules, .table = &currency_table}};

static const struct standing standing[] = {{MSG_RATES_DUE, CURRENCY_BASE}};

static const struct service service = {
    .name = "currency",
    .lanes = lanes,
    .lane_count = 1,
    .standing = standing,
    .standing_count = 1,
};

int main(int argc, char **argv)
{
    return run_service(&service, argc, argv);
}
