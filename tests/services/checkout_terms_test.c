/* checkout_terms_test.c - the terms on which an order is accepted, and the sentence that says what is wrong with others. */
/* links: services/checkout tests/rehearsal msg base */
#include "services/checkout/terms.h"

#include "tests/services/checkout_shop.h"

struct terms_case {
    const char *what;
    const char *currency, *country;
    struct order_line line;
    int64_t shipping_minor, total_minor, rates_version, tariff_version;
    enum reject_reason reason;
    const char *detail;
};

#define LINE(id, name, quantity, price, version)               \
    {                                                          \
        STR_INIT(id), STR_INIT(name), quantity, price, version \
    }

// clang-format off
static const struct terms_case cases[] = {
    {"today's price", "USD", "Peru", LINE("MUG", "Mug", 1, 899, 5), 899, 1798, 0, 2, REJECT_REASON_UNKNOWN, ""},
    {"an older version, the same price", "USD", "Peru", LINE("MUG", "Mug", 1, 899, 4), 899, 1798, 0, 1,
     REJECT_REASON_UNKNOWN, ""},
    {"a newer version is believed", "USD", "Peru", LINE("MUG", "Mug", 1, 1, 6), 5, 6, 0, 2, REJECT_REASON_UNKNOWN, ""},
    {"an older price", "USD", "Peru", LINE("MUG", "Cup", 1, 799, 4), 899, 1698, 0, 2, REJECT_REASON_PRICE_CHANGED,
     "Mug costs $8.99 now, not $7.99. Please look again."},
    {"today's version, another price", "USD", "Peru", LINE("MUG", "Mug", 1, 1, 5), 899, 900, 0, 2,
     REJECT_REASON_PRICE_CHANGED, "Mug costs $8.99 now, not $0.01. Please look again."},
    {"converted", "JPY", "Peru", LINE("MUG", "Mug", 1, 1005, 5), 1005, 2010, 3, 2, REJECT_REASON_UNKNOWN, ""},
    {"converted by older rates", "JPY", "Peru", LINE("MUG", "Mug", 1, 1000, 5), 1005, 2005, 2, 2,
     REJECT_REASON_RATES_CHANGED, "At the newest exchange rates Mug costs ¥1,005 now, not ¥1,000. Please look again."},
    {"converted by newer rates", "JPY", "Peru", LINE("MUG", "Mug", 1, 1000, 5), 1000, 2000, 4, 2,
     REJECT_REASON_UNKNOWN, ""},
    {"today's rates, another price", "JPY", "Peru", LINE("MUG", "Mug", 1, 1, 5), 1005, 1006, 3, 2,
     REJECT_REASON_PRICE_CHANGED, "Mug costs ¥1,005 now, not ¥1. Please look again."},
    {"no such rate", "KWD", "Peru", LINE("MUG", "Mug", 1, 0, 5), 0, 0, 3, 2, REJECT_REASON_RATES_CHANGED,
     "There are no prices in KWD now."},
    {"unknown product", "USD", "Peru", LINE("CAR", "Car", 1, 1, 1), 899, 900, 0, 2, REJECT_REASON_PRODUCT_UNKNOWN,
     "We do not sell Car."},
    {"unknown, and without a name", "USD", "Peru", LINE("CAR", "", 1, 1, 1), 899, 900, 0, 2,
     REJECT_REASON_PRODUCT_UNKNOWN, "We do not sell CAR."},
    {"retired", "USD", "Peru", LINE("PIPE", "Pipe", 1, 100, 4), 899, 999, 0, 2, REJECT_REASON_PRODUCT_UNKNOWN,
     "We do not sell Pipe."},
    {"offered again since", "USD", "Peru", LINE("PIPE", "Pipe", 1, 120, 6), 899, 1019, 0, 2, REJECT_REASON_UNKNOWN, ""},
    {"none of it", "USD", "Peru", LINE("MUG", "Mug", 0, 899, 5), 0, 0, 0, 2, REJECT_REASON_TOTAL_WRONG,
     "Of Mug one can order 1 to 99."},
    {"as many as may be", "USD", "Peru", LINE("MUG", "Mug", 99, 899, 6), 899, 89900, 0, 2, REJECT_REASON_UNKNOWN, ""},
    {"a hundred of it", "USD", "Peru", LINE("MUG", "Mug", 100, 899, 6), 899, 90799, 0, 2, REJECT_REASON_TOTAL_WRONG,
     "Of Mug one can order 1 to 99."},
    {"a price below zero", "USD", "Peru", LINE("MUG", "Mug", 1, -899, 6), 899, 0, 0, 2, REJECT_REASON_TOTAL_WRONG,
     "Of Mug one can order 1 to 99."},
    {"a wrong sum", "USD", "Peru", LINE("MUG", "Mug", 2, 899, 5), 899, 1798, 0, 2, REJECT_REASON_TOTAL_WRONG,
     "The total is not the sum of its parts. Please look again."},
    {"a sum that does not fit", "USD", "Peru", LINE("MUG", "Mug", 9, INT64_MAX / 2, 6), 899, 0, 0, 2,
     REJECT_REASON_TOTAL_WRONG, "The total is not the sum of its parts. Please look again."},
    {"shipping below zero", "USD", "Peru", LINE("MUG", "Mug", 1, 899, 6), -1, 898, 0, 2, REJECT_REASON_TOTAL_WRONG,
     "The total is not the sum of its parts. Please look again."},
    {"heavier", "USD", "Peru", LINE("MUG", "Mug", 7, 899, 5), 1899, 8192, 0, 2, REJECT_REASON_UNKNOWN, ""},
    {"shipping too cheap", "USD", "Peru", LINE("MUG", "Mug", 7, 899, 5), 899, 7192, 0, 2, REJECT_REASON_SHIPPING_CHANGED,
     "Shipping by Parcel post costs $18.99 now, not $8.99. Please look again."},
    {"a zone of its own", "USD", "norway", LINE("MUG", "Mug", 1, 899, 5), 2500, 3399, 0, 2, REJECT_REASON_UNKNOWN, ""},
    {"too heavy for the zone", "USD", "Norway", LINE("MUG", "Mug", 4, 899, 5), 2500, 6096, 0, 2,
     REJECT_REASON_SHIPPING_CHANGED, "Parcel post does not take this to Norway."},
    {"a newer tariff", "USD", "Peru", LINE("MUG", "Mug", 1, 899, 5), 1, 900, 0, 3, REJECT_REASON_UNKNOWN, ""},
    {"an older tariff, the same price", "USD", "Peru", LINE("MUG", "Mug", 1, 899, 5), 899, 1798, 0, 1,
     REJECT_REASON_UNKNOWN, ""},
    {"an older tariff", "USD", "Peru", LINE("MUG", "Mug", 1, 899, 5), 799, 1698, 0, 1, REJECT_REASON_SHIPPING_CHANGED,
     "Shipping by Parcel post costs $8.99 now, not $7.99. Please look again."},
    {"shipping converted by older rates", "JPY", "Peru", LINE("MUG", "Mug", 1, 1005, 5), 1000, 2005, 2, 2,
     REJECT_REASON_SHIPPING_CHANGED, "Shipping by Parcel post costs ¥1,005 now, not ¥1,000. Please look again."},
};
// clang-format on

/* What checkout says to an order on these terms; NULL when it accepts. */
static const struct order_rejected *offer_order(const struct order *order)
{
    rehearsal_clear(&r);
    rehearsal_hear(&r, MSG_PLACE_ORDER, &(struct place_order){order_id, STR("user-1"), STR("pay-1"), *order}, NULL);
    assert_int_equal(rehearsal_said(&r, MSG_ORDER_PLACED) + rehearsal_said(&r, MSG_ORDER_REJECTED), 1);
    assert_int_equal(rehearsal_said(&r, MSG_CART_KEPT), rehearsal_said(&r, MSG_ORDER_REJECTED));
    return rehearsal_last(&r, MSG_ORDER_REJECTED);
}

static struct order order_of(const struct terms_case *c)
{
    return (struct order){.currency = str_of(c->currency),
                          .lines = {&c->line, 1},
                          .carrier = STR("post"),
                          .shipping_minor = c->shipping_minor,
                          .total_minor = c->total_minor,
                          .rates_version = c->rates_version,
                          .tariff_version = c->tariff_version,
                          .country = str_of(c->country),
                          .country_code = str_is(str_of(c->country), "norway") || str_is(str_of(c->country), "Norway")
                                              ? STR("NO")
                                              : STR("")};
}

static void sells_on_its_own_terms_only(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct order order = order_of(&cases[i]);
        const struct order_rejected *rejected = offer_order(&order);

        if ((rejected ? rejected->reason : REJECT_REASON_UNKNOWN) != cases[i].reason)
            fail_msg("%s: %s", cases[i].what, rejected ? reject_reason_name(rejected->reason) : "accepted");
        assert_text(rejected ? rejected->detail : STR(""), cases[i].detail);
    }
}

static void needs_lines_but_not_too_many(void **state)
{
    static struct order_line many[TERMS_LINES_MAX + 1];
    struct order order = order_of(&cases[2]);

    (void)state;
    for (size_t i = 0; i < TERMS_LINES_MAX + 1; i++)
        many[i] = (struct order_line){STR("MUG"), STR("Mug"), 1, 1, 6};
    order.lines = (struct order_line_list){many, TERMS_LINES_MAX};
    order.total_minor = order.shipping_minor + TERMS_LINES_MAX;
    assert_null(offer_order(&order));
    order.lines.count++;
    order.total_minor++;
    assert_text(offer_order(&order)->detail, "An order has at most 100 lines.");
    order.lines.count = 0;
    order.total_minor = order.shipping_minor;
    assert_int_equal(offer_order(&order)->reason, REJECT_REASON_EMPTY);
    assert_text(offer_order(&order)->detail, "There is nothing in this order.");
}

static void knows_its_carriers(void **state)
{
    struct order order = order_of(&cases[0]);

    (void)state;
    order.carrier = STR("pigeon");
    assert_int_equal(offer_order(&order)->reason, REJECT_REASON_SHIPPING_CHANGED);
    assert_text(offer_order(&order)->detail, "pigeon does not take this to Peru.");
}

/* A cheaper zone cannot be had by naming another country than the address's, nor by naming none. */
static void believes_no_country_but_the_one_that_was_typed(void **state)
{
    struct order order = order_of(&cases[0]);

    (void)state;
    order.country_code = STR("PE");
    assert_null(offer_order(&order));
    order.country_code = STR("BR");
    assert_int_equal(offer_order(&order)->reason, REJECT_REASON_SHIPPING_CHANGED);
    assert_text(offer_order(&order)->detail,
                "The country is not the one that shipping was quoted for. Please look again.");
    order.country = STR("Atlantis");
    assert_int_equal(offer_order(&order)->reason, REJECT_REASON_SHIPPING_CHANGED);
    order.country_code = STR("");
    assert_null(offer_order(&order)); /* as typed: for everywhere's price */
    order.country = STR("Norway");
    assert_null(offer_order(&order));
    order.country_code = STR("NO");
    assert_text(offer_order(&order)->detail, "Shipping by Parcel post costs $25.00 now, not $8.99. Please look again.");
}

/* 1800 g of mugs alone would still go for $8.99. */
static void weighs_the_whole_order(void **state)
{
    static const struct order_line lines[] = {LINE("MUG", "Mug", 6, 899, 5), LINE("WATCH", "Watch", 3, 10999, 5)};
    struct order order = order_of(&cases[0]);

    (void)state;
    order.lines = (struct order_line_list){lines, 2};
    order.shipping_minor = 899;
    order.total_minor = 6 * 899 + 3 * 10999 + 899;
    assert_int_equal(offer_order(&order)->reason, REJECT_REASON_SHIPPING_CHANGED);
    order.shipping_minor = 1899;
    order.total_minor += 1000;
    assert_null(offer_order(&order));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sells_on_its_own_terms_only), cmocka_unit_test(needs_lines_but_not_too_many),
        cmocka_unit_test(knows_its_carriers),          cmocka_unit_test(believes_no_country_but_the_one_that_was_typed),
        cmocka_unit_test(weighs_the_whole_order),
    };

    return cmocka_run_group_tests(tests, open_shop, close_shop);
}
