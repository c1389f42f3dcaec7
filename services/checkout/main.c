/* main.c - checkout's wiring: the rules, and the shelf of prices that they judge by. */
#include "msg/shelf.h"
#include "run/run.h"
#include "services/checkout/checkout.h"

static struct checkout_settings values;

static const struct setting settings[] = {
    {"APP_ORDER_DEADLINE", SETTING_DURATION, "15m", &values.order_deadline_ms,
     "from placing an order to giving it up; below what payment.commands keeps (1h)", false},
};

static const struct lane lanes[] = {{.rules = &checkout_rules, .table = &checkout_table, .refuse = checkout_refuse}};

static const enum topic follows[] = {TOPIC_PRODUCT_STATE, TOPIC_RATES_STATE, TOPIC_SHIPPING_TARIFFS};

static void learn(void *memory, const struct msg *heard)
{
    shelf_learn(memory, heard->type, heard->body);
}

int main(int argc, char **argv)
{
    struct shelf *shelf = shelf_open();
    struct service service = {
        .name = "checkout",
        .lanes = lanes,
        .lane_count = 1,
        .follows = follows,
        .follow_count = sizeof(follows) / sizeof(follows[0]),
        .memory = shelf,
        .learn = learn,
        .settings = settings,
        .setting_count = 1,
        .settings_values = &values,
    };
    int code = run_service(&service, argc, argv);

    shelf_close(shelf);
    return code;
}
