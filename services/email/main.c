/* main.c - email's wiring. */
#include "run/run.h"
#include "services/email/email.h"

static const struct setting settings[] = {
    {"APP_SMTP", SETTING_TEXT, NULL, &email_settings.smtp, "The mail server, smtp://user:password@host:port or smtps:.",
     true},
    {"APP_SMTP_TLS_REQUIRED", SETTING_SWITCH, "off", &email_settings.tls_required,
     "Send nothing to a mail server without TLS; off: TLS where it is offered.", false},
    {"APP_SMTP_TRUST", SETTING_TEXT, "system", &email_settings.trust,
     "Who vouches for its certificate: system, a file of PEM certificates, or any (not checked).", false},
    {"APP_SMTP_CONNECTIONS", SETTING_COUNT, "4", &email_settings.connections, "Mails sent at once; others queue.",
     false},
    {"APP_SMTP_TIMEOUT", SETTING_DURATION, "60s", &email_settings.timeout_ms,
     "How long the mail server may take to connect, and for each reply.", false},
    {"APP_MAIL_FROM", SETTING_TEXT, "orders@hipster.shop", &email_settings.from, "The shop's mail address.", false},
    {"APP_SHOP_URL", SETTING_TEXT, "", &email_settings.shop_url, "The shop's URL, for links; empty: none.", false},
    {"APP_KEYS", SETTING_TEXT, NULL, &email_settings.keys, "Folder of email.private.pem, to open customers' keys.",
     false},
};

static const struct lane lanes[] = {{.rules = &email_rules, .table = &email_table}};

static const enum topic follows[] = {TOPIC_CUSTOMER_KEYS, TOPIC_SHIPPING_TARIFFS};

static const struct service service = {
    .name = "email",
    .lanes = lanes,
    .lane_count = 1,
    .follows = follows,
    .follow_count = 2,
    .memory = &email_edge,
    .learn = email_learn,
    .settings = settings,
    .setting_count = sizeof(settings) / sizeof(settings[0]),
    .settings_values = &email_settings,
    .open = email_open,
    .ask = email_ask,
    .close = email_close,
};

int main(int argc, char **argv)
{
    return run_service(&service, argc, argv);
}
