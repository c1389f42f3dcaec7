/* main.c - payment's wiring. */
#include "services/payment/payment.h"

#include "run/run.h"

static const struct setting settings[] = {
    {"APP_ACQUIRER", SETTING_TEXT, NULL, &payment_settings.acquirer, "URL of the acquirer, without a path", false},
    {"APP_KEYS", SETTING_TEXT, NULL, &payment_settings.keys, "folder of payment.private.pem, which opens cards", false},
    {"APP_ACQUIRER_CONNECTIONS", SETTING_COUNT, "32", &payment_settings.asks_at_once,
     "how many questions are with the acquirer at once; others queue", false},
    {"APP_ACQUIRER_TIMEOUT", SETTING_DURATION, "3s", &payment_settings.timeout_ms,
     "how long an answer may take before it counts as unknown", false},
};

static const struct lane lanes[] = {{.rules = &payment_rules, .table = &payment_table}};

static const struct service service = {
    .name = "payment",
    .lanes = lanes,
    .lane_count = 1,
    .settings = settings,
    .setting_count = sizeof(settings) / sizeof(settings[0]),
    .settings_values = &payment_settings,
    .open = acquirer_open,
    .ask = acquirer_ask,
    .close = acquirer_close,
};

int main(int argc, char **argv)
{
    return run_service(&service, argc, argv);
}
