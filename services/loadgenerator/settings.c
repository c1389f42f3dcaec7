/* settings.c - the list of settings: what is loaded, how, and where it must stop. */
#include "services/loadgenerator/settings.h"

struct load_settings load_settings;

// clang-format off
const struct setting load_setting_list[] = {
    {"APP_TARGET", SETTING_TEXT, "http://127.0.0.1:8080", &load_settings.target, "The shop, http://host:port.", false},
    {"APP_ALLOW_REMOTE", SETTING_SWITCH, "off", &load_settings.allow_remote,
     "Whether the target may be on another machine.", false},
    {"APP_JOURNEYS", SETTING_TEXT, "services/loadgenerator/journeys/shop.journeys", &load_settings.journeys,
     "File of what shoppers do.", false},
    {"APP_LOAD", SETTING_TEXT, "users to 10 in 10s, for 5m", &load_settings.load,
     "How many users, or how many visitors a second (rate 5 for 1m), for how long.", false},
    {"APP_ARRIVALS", SETTING_TEXT, "random", &load_settings.arrivals,
     "random or even: the distances between visitors that come by a rate.", false},
    {"APP_WORKERS", SETTING_COUNT, "1", &load_settings.workers, "Worker processes to start on this machine.", false},
    {"APP_WORKERS_AWAITED", SETTING_COUNT, "0", &load_settings.workers_awaited,
     "Workers that join from elsewhere, and are waited for.", false},
    {"APP_WORKERS_LISTEN", SETTING_TEXT, "127.0.0.1", &load_settings.workers_listen,
     "Address, and port if it matters, at which workers join.", false},
    {"APP_JOIN", SETTING_TEXT, "", &load_settings.join,
     "Address and port of a coordinator: be one of its workers.", false},
    {"APP_LISTEN", SETTING_TEXT, "127.0.0.1:8089", &load_settings.listen, "Address and port of the live page.", false},
    {"APP_PAGE", SETTING_TEXT, "services/loadgenerator/page", &load_settings.page, "Folder of the live page.", false},
    {"APP_REPORT", SETTING_TEXT, "", &load_settings.report,
     "Folder for report.json, report.csv and seconds.csv; empty: none.", false},
    {"APP_LINGER", SETTING_DURATION, "0s", &load_settings.linger_ms, "How long the live page outlasts the run.", false},
    {"APP_PATIENCE", SETTING_DURATION, "30s", &load_settings.patience_ms,
     "How long a shopper waits for an answer.", false},
    {"APP_ORDER_PATIENCE", SETTING_DURATION, "2m", &load_settings.order_patience_ms,
     "How long an order is followed before its end counts as unknown.", false},
    {"APP_SEED", SETTING_COUNT, "1", &load_settings.seed, "The same seed: the same choices.", false},
    {"APP_MOST_TIME", SETTING_DURATION, "15m", &load_settings.most_time_ms, "No load is made for longer.", false},
    {"APP_MOST_USERS", SETTING_COUNT, "1000", &load_settings.most_users,
     "Users at most; by a rate, visitors at the same time and worker.", false},
    {"APP_MOST_RATE", SETTING_COUNT, "1000", &load_settings.most_rate, "Visitors a second at most.", false},
    {"APP_MOST_REQUESTS", SETTING_COUNT, "1000000", &load_settings.most_requests,
     "It ends within a second after so many HTTP exchanges.", false},
};
// clang-format on
const size_t load_setting_count = sizeof(load_setting_list) / sizeof(load_setting_list[0]);
