/* main.c - the gateway: the shop's pages, and the shoppers' commands. */
#include "base/log.h"
#include "gateway/process.h"

static struct gateway_settings values;

static const struct setting settings[] = {
    {"APP_LISTEN", SETTING_TEXT, "127.0.0.1:8080", &values.listen, "Address and port of the shop.", false},
    {"APP_BASE", SETTING_TEXT, "", &values.base, "Prefix of all paths, without a slash at its end.", false},
    {"APP_KAFKA", SETTING_TEXT, NULL, &values.kafka, "Kafka's bootstrap servers.", false},
    {"APP_REDIS", SETTING_TEXT, NULL, &values.redis, "Redis, host:port.", false},
    {"APP_KEYS", SETTING_TEXT, NULL, &values.keys,
     "Folder of the public keys that fields are sealed to, and of gateway.private.pem.", false},
    {"APP_KEY_TICK", SETTING_DURATION, "10m", &values.key_tick_ms,
     "How often customer.keys is written to at least, so that Kafka compacts it and a forgotten key really goes.",
     false},
    {"APP_SESSION_KEY", SETTING_TEXT, NULL, &values.session_key, "File with 64 hex digits that sign sessions.", false},
    {"APP_DATABASE", SETTING_TEXT, NULL, &values.accounts.database, "The accounts' database, a libpq URL.", true},
    {"APP_ACCOUNTS_KEY", SETTING_TEXT, NULL, &values.accounts.key, "File with 64 hex digits that seal mail addresses.",
     false},
    {"APP_SESSION_IDLE", SETTING_DURATION, "336h", &values.accounts.idle_ms, "Unused so long, a sign-in expires.",
     false},
    {"APP_SESSION_ABSOLUTE", SETTING_DURATION, "2160h", &values.accounts.absolute_ms, "So old, a sign-in expires.",
     false},
    {"APP_SESSION_TRUST", SETTING_DURATION, "1m", &values.accounts.trust_ms,
     "So long a sign-in is believed without asking the accounts' database again.", false},
    {"APP_SECURE_COOKIES", SETTING_SWITCH, "off", &values.accounts.secure_cookies,
     "Whether browsers reach the shop by HTTPS only, so that a sign-in travels by nothing else.", false},
    {"APP_PASSWORD_COST", SETTING_COUNT, "15", &values.accounts.password_cost,
     "Of scrypt: log2 of N, with r 8 and p 3; each step up doubles time and memory (15: 32 MB).", false},
    {"APP_PASSWORD_QUEUE", SETTING_COUNT, "16", &values.accounts.password_queue,
     "Passwords that wait to be hashed, at most.", false},
    {"APP_TRIES_PER_ACCOUNT", SETTING_COUNT, "10", &values.accounts.tries_per_account,
     "Sign-ins to one account in a window, until one succeeds; 0: no limit.", false},
    {"APP_TRIES_PER_ADDRESS", SETTING_COUNT, "300", &values.accounts.tries_per_address,
     "Sign-ins from one address in a window; 0: no limit, behind a proxy.", false},
    {"APP_SIGN_UPS_PER_ADDRESS", SETTING_COUNT, "100", &values.accounts.sign_ups_per_address,
     "New accounts from one address in a window; 0: no limit.", false},
    {"APP_TRIES_WINDOW", SETTING_DURATION, "15m", &values.accounts.tries_window_ms, "The window of those.", false},
    {"APP_STATIC", SETTING_TEXT, "gateway/static", &values.files, "Folder of what lies under /static.", false},
    {"APP_ROBOTS", SETTING_SWITCH, "on", &values.robots, "Whether search engines may look at the shop.", false},
    {"APP_MESSAGE", SETTING_TEXT, "", &values.message, "Message of the day, at the top of each page.", false},
    {"APP_BANNER_COLOR", SETTING_TEXT, "", &values.banner, "Colour of the pages' head: #1e5a4d, #abc or crimson.",
     false},
    {"APP_SINGLE_SHARED_SESSION", SETTING_SWITCH, "off", &values.single_shared_session,
     "Whether all visitors are one shopper, with one cart.", false},
    {"APP_CONNECTIONS", SETTING_COUNT, "2000", &values.connections, "Connections at most.", false},
    {"APP_CONNECTIONS_PER_ADDRESS", SETTING_COUNT, "500", &values.connections_per_address,
     "Connections at most from one address; 0: no limit, behind a proxy.", false},
};

int main(int argc, char **argv)
{
    static struct gateway gateway;
    struct program program = {
        .name = "gateway",
        .purpose = "The shop's pages, and the shoppers' commands.",
        .settings = settings,
        .setting_count = sizeof settings / sizeof *settings,
        .stop = gateway_stop,
        .context = &gateway,
    };
    struct err err;
    int code;

    if (!program_begin(&program, argc, argv, &code))
        return code;
    gateway.program = &program;
    if (gateway_open(&gateway, &program, &values, &err) == ST_OK) {
        code = program_loop(&program);
    } else {
        log_error("%s", err.text);
        code = 1;
    }
    gateway_close(&gateway);
    program_close(&program);
    return code;
}
