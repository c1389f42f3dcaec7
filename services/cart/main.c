/* main.c - cart's wiring. */
#include "run/run.h"
#include "services/cart/cart.h"

static const struct lane lanes[] = {{.rules = &cart_rules, .table = &cart_table, .refuse = cart_refuse}};

static struct cart_settings values;

static const struct setting settings[] = {
    {"APP_CART_IDLE", SETTING_DURATION, "720h", &values.idle_ms,
     "how long a cart may lie idle before it expires; not above a session's 90 days without a visit", false},
};

static const struct service service = {
    .name = "cart",
    .lanes = lanes,
    .lane_count = 1,
    .settings = settings,
    .setting_count = sizeof(settings) / sizeof(settings[0]),
    .settings_values = &values,
};

int main(int argc, char **argv)
{
    return run_service(&service, argc, argv);
}
