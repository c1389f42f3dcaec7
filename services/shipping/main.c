/* main.c - shipping's wiring. */
#include "run/run.h"
#include "services/shipping/shipping.h"

static const struct setting settings[] = {
    {"APP_KEYS", SETTING_TEXT, NULL, &shipping_settings.keys,
     "Folder of shipping.private.pem, which opens customers' keys.", false},
    {"APP_PICK_TIME", SETTING_DURATION, "2h", &shipping_settings.pick_ms,
     "from confirmation to packed, and from there to the carrier's van", false},
    {"APP_DAY_LENGTH", SETTING_DURATION, "24h", &shipping_settings.day_ms,
     "how long a day of a tariff is; a demonstration's are shorter", false},
};

static const struct lane lanes[] = {
    {.rules = &shipping_rules, .table = &shipping_table},
    {.rules = &tariff_rules, .table = &tariff_table},
};

static const enum topic follows[] = {TOPIC_CUSTOMER_KEYS};

static const struct standing standing[] = {
    {MSG_TARIFF_DUE, SHIPPING_FLAT},
    {MSG_TARIFF_DUE, "snail"},
    {MSG_TARIFF_DUE, "heron"},
    {MSG_TARIFF_DUE, "otter"},
};

static const struct service service = {
    .name = "shipping",
    .lanes = lanes,
    .lane_count = 2,
    .follows = follows,
    .follow_count = 1,
    .memory = &shipping_reader,
    .learn = shipping_learn,
    .standing = standing,
    .standing_count = sizeof(standing) / sizeof(standing[0]),
    .settings = settings,
    .setting_count = sizeof(settings) / sizeof(settings[0]),
    .settings_values = &shipping_settings,
    .open = shipping_open,
    .ask = shipping_ask,
    .close = shipping_close,
};

int main(int argc, char **argv)
{
    return run_service(&service, argc, argv);
}
