/* main.c - the audit's wiring. */
#include "run/run.h"
#include "streams/audit/audit.h"

struct audit_settings audit_settings;

static const struct setting settings[] = {
    {"APP_AUDIT_GRACE", SETTING_DURATION, "2m", &audit_settings.grace_ms,
     "How long what does not add up may mend itself before it is told.", false},
};

static const struct lane lanes[] = {
    {.rules = &audit_rules, .table = &audit_table, .shared = &stock_table, .shared_keys = audit_products},
    {.rules = &stock_rules, .table = &stock_table},
};

static const struct service service = {
    .name = "audit",
    .purpose = "adds up what the topics say, all the time, and tells what does not add up",
    .lanes = lanes,
    .lane_count = 2,
    .settings = settings,
    .setting_count = sizeof(settings) / sizeof(settings[0]),
    .settings_values = &audit_settings,
    .open = audit_open,
    .close = audit_close,
};

int main(int argc, char **argv)
{
    return run_service(&service, argc, argv);
}
