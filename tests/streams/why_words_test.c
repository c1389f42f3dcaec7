/* why_words_test.c - what shopctl why says of a state is said of the services' own states, tables and deadlines. */
/* links: streams/shopctl/why_words.c streams/audit/audit.c streams/audit/stock.c streams/audit/doubt.c msg base */
/* links: streams/audit/store.c services/checkout/checkout.c services/checkout/terms.c services/checkout/store.c */
/* links: services/catalog/catalog.c services/catalog/reservation.c services/catalog/store.c services/payment/payment.c */
/* links: services/payment/adopt.c services/shipping/adopt.c services/checkout/adopt.c */
/* links: services/payment/ask.c services/payment/held.c services/payment/store.c services/shipping/shipping.c */
/* links: services/shipping/tracking.c services/shipping/tariff.c services/shipping/carriers.c services/shipping/store.c */
/* links: services/email/email.c services/email/store.c tests/rehearsal */
#include "streams/shopctl/why.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "services/catalog/catalog.h"
#include "services/checkout/checkout.h"
#include "services/email/email.h"
#include "services/payment/payment.h"
#include "services/shipping/shipping.h"
#include "streams/audit/audit.h"

static const struct {
    const char *service;
    const struct rules *rules;
    const struct table *table;
} truths[] = {
    {"catalog", &reservation_rules, &reservation_table},
    {"payment", &payment_rules, &payment_table},
    {"shipping", &shipping_rules, &shipping_table},
    {"checkout", &checkout_rules, &checkout_table},
    {"email", &email_rules, &email_table},
    {"audit", &audit_rules, &audit_table},
};

enum { TRUTHS = sizeof(truths) / sizeof(truths[0]) };

static void names_each_state_as_its_service_does(void **state)
{
    (void)state;
    assert_int_equal(role_count, TRUTHS);
    for (size_t i = 0; i < TRUTHS; i++) {
        const struct role *role = role_of(truths[i].service);

        assert_non_null(role);
        assert_string_equal(role->table, truths[i].table->name);
        assert_int_equal(role->state_count, truths[i].rules->state_count);
        for (size_t s = 0; s < role->state_count; s++)
            assert_string_equal(role->states[s].name, truths[i].rules->states[s]);
    }
}

/* A rule that does something on a deadline is an order that goes on by itself: somebody waits for it. */
static void knows_what_each_deadline_of_an_order_brings(void **state)
{
    const char *unknown = why_outcome(STR("NoSuchDeadline"));
    size_t deadlines = 0;

    (void)state;
    for (int type = MSG_UNKNOWN + 1; type < MSG_COUNT; type++) {
        if (!msg_is_deadline((enum msg_type)type) || msg_kind((enum msg_type)type) != KIND_ORDER)
            continue;
        for (size_t i = 0; i < TRUTHS; i++)
            if (rules_hear(truths[i].rules, (enum msg_type)type)) {
                if (strcmp(why_outcome(str_of(msg_type_name((enum msg_type)type))), unknown) == 0)
                    fail_msg("shopctl why does not know what %s brings", msg_type_name((enum msg_type)type));
                deadlines++;
            }
    }
    assert_true(deadlines >= 7);
}

static void waits_for_nothing_where_a_service_is_done(void **state)
{
    (void)state;
    assert_null(role_of("checkout")->states[CHECKOUT_CONFIRMED].waits);
    assert_null(role_of("payment")->states[PAYMENT_CHARGED].waits);
    assert_non_null(role_of("payment")->states[PAYMENT_ASKING].waits);
    assert_non_null(role_of("checkout")->states[CHECKOUT_PLACED].waits);
    assert_null(role_of("gateway"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_each_state_as_its_service_does),
        cmocka_unit_test(knows_what_each_deadline_of_an_order_brings),
        cmocka_unit_test(waits_for_nothing_where_a_service_is_done),
    };

    return cmocka_run_group_tests_name("why_words", tests, NULL, NULL);
}
