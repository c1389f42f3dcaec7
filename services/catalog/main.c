/* main.c - the catalogue's wiring. */
#include "run/run.h"
#include "services/catalog/catalog.h"
#include "services/catalog/chaos.h"

static const struct setting settings[] = {
    {"APP_EXTRA_LATENCY", SETTING_DURATION, "0ms", &chaos_settings.latency_ms,
     "chaos: every step waits so long; at most 20s", false},
    {"APP_CATALOG", SETTING_TEXT, "services/catalog/catalog.json", &chaos_settings.file,
     "chaos: what is parsed for every message between SIGUSR1 and SIGUSR2", false},
};

static const struct lane lanes[] = {
    {.rules = &product_rules, .table = &product_table, .refuse = product_refuse},
    {.rules = &reservation_rules,
     .table = &reservation_table,
     .shared = &product_table,
     .shared_keys = reservation_products},
};

static const struct service service = {
    .name = "catalog",
    .lanes = lanes,
    .lane_count = sizeof(lanes) / sizeof(lanes[0]),
    .settings = settings,
    .setting_count = sizeof(settings) / sizeof(settings[0]),
    .open = chaos_open,
    .close = chaos_close,
    .before_step = chaos_before_step,
};

int main(int argc, char **argv)
{
    return run_service(&service, argc, argv);
}
