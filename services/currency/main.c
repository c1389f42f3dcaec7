/* main.c - currency's wiring. */
#include "run/run.h"
#include "services/currency/currency.h"

static const struct setting settings[] = {
    {"APP_RATES_URL", SETTING_TEXT, "", &currency_settings.url,
     "the bank's daily reference rates, XML; empty: the built-in rates, and nobody is asked", false},
    {"APP_RATES_PERIOD", SETTING_DURATION, "6h", &currency_settings.period_ms, "how often the bank is asked", false},
    {"APP_RATES_RETRY", SETTING_DURATION, "5m", &currency_settings.retry_ms,
     "after no usable answer, doubled each time, at most the period", false},
    {"APP_RATES_TIMEOUT", SETTING_DURATION, "10s", &currency_settings.timeout_ms, "how long its answer may take",
     false},
    {"APP_RATES_JUMP", SETTING_COUNT, "20", &currency_settings.jump_percent,
     "a rate that is more percent away from the one in force is held back", false},
    {"APP_RATES_CA", SETTING_TEXT, "", &currency_settings.ca,
     "file of certificates that the bank's is checked by; empty: the system's", false},
};

static const struct lane lanes[] = {{.rules = &currency_rules, .table = &currency_table}};

static const struct standing standing[] = {{MSG_RATES_DUE, CURRENCY_BASE}};

static const struct service service = {
    .name = "currency",
    .lanes = lanes,
    .lane_count = 1,
    .standing = standing,
    .standing_count = 1,
    .settings = settings,
    .setting_count = sizeof(settings) / sizeof(settings[0]),
    .settings_values = &currency_settings,
    .open = bank_open,
    .ask = bank_ask,
    .close = bank_close,
};

int main(int argc, char **argv)
{
    return run_service(&service, argc, argv);
}
