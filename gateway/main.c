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
    {"APP_SESSION_KEY", SETTING_TEXT, NULL, &values.session_key, "File with 64 hex digits that sign sessions.", false},
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
