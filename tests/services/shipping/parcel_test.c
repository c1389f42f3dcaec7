/* parcel_test.c - what stands on a parcel: a number that shows its slips, an address where somebody can be found. */
/* links: services/shipping/tracking.c services/shipping/address.c services/shipping/carriers.c tests/sealing.c msg base */
#include "services/shipping/shipping.h"

#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/sealing.h"

#define COUNT(array) (sizeof(array) / sizeof(array[0]))

static const struct str order_id = STR_INIT("56dd8359-29f5-50a4-820a-ad35dc23dbc2");
static struct arena arena;

static int begin(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

/* --- tracking numbers --------------------------------------------------------------------------------------------- */

static void numbers_a_parcel_by_its_order_in_the_usual_shape(void **state)
{
    struct str number = shipping_tracking_number(carrier_find(STR("heron")), order_id, &arena);
    const struct carrier *flat = carrier_find(STR(SHIPPING_FLAT));
    regex_t shape;

    (void)state;
    assert_true(memcmp(number.ptr, "HE-", 3) == 0);
    assert_int_equal(regcomp(&shape, "^PD-[0-9]{8}-[0-9]{18}$", REG_EXTENDED | REG_NOSUB), 0);
    for (int i = 0; i < 500; i++) {
        struct id id = id_random();
        struct str text = id_text(&id, &arena), other = shipping_tracking_number(flat, text, &arena);

        assert_int_equal(regexec(&shape, other.ptr, 0, NULL, 0), 0);
        assert_false(str_equal(other, number));
        assert_true(str_equal(other, shipping_tracking_number(flat, text, &arena)));
        assert_true(shipping_tracking_number_good(other));
    }
    regfree(&shape);
}

static void notices_each_single_slip_and_each_swap_of_neighbours(void **state)
{
    struct str number = shipping_tracking_number(carrier_find(STR("heron")), order_id, &arena);
    char *text = (char *)(uintptr_t)number.ptr;

    (void)state;
    for (size_t i = 0; i < number.len; i++) {
        char was = text[i], first = was >= 'A' ? 'A' : '0', last = was >= 'A' ? 'Z' : '9';

        if (was == '-')
            continue;
        for (char c = first; c <= last; c++) {
            text[i] = c;
            assert_int_equal(shipping_tracking_number_good(number), c == was);
        }
        text[i] = was;
        if (i + 1 == number.len || text[i + 1] == '-' || text[i + 1] == was)
            continue;
        text[i] = text[i + 1];
        text[i + 1] = was;
        assert_false(shipping_tracking_number_good(number));
        text[i + 1] = text[i];
        text[i] = was;
    }
    assert_false(shipping_tracking_number_good(STR("")));
    assert_false(shipping_tracking_number_good(STR("ab-1-01")));
}

/* --- addresses ---------------------------------------------------------------------------------------------------- */

static struct seal_pair *own, *own_public;
static struct keyring *ring;
static struct sealing_customer ada;
static const struct postal_address good = {STR_INIT("12 St James's Square "), STR_INIT("London"), STR_INIT(""),
                                           STR_INIT("SW1Y 4JH"), STR_INIT("United Kingdom")};

static int begin_reading(void **state)
{
    struct customer_key key;

    begin(state);
    sealing_pair(&own, &own_public);
    ring = keyring_open("shipping", own);
    ada = sealing_customer(&arena);
    key = sealing_key(&ada, "shipping", own_public, 1, &arena);
    keyring_learn(ring, &key);
    return 0;
}

static int end_reading(void **state)
{
    keyring_close(ring);
    seal_pair_free(own);
    seal_pair_free(own_public);
    return end(state);
}

static struct address_opened read_sealed(struct str plaintext)
{
    struct open_address ask = {.order_id = order_id};

    ask.address = sealing_field(&ada, plaintext, order_id, "address", &arena);
    return shipping_open_address(ring, &ask, &arena);
}

static struct address_opened read_address(const struct postal_address *address)
{
    return read_sealed(record_encode(RECORD_POSTAL_ADDRESS, address, &arena));
}

static void finds_a_good_address_good(void **state)
{
    struct address_opened answered = read_address(&good);

    (void)state;
    assert_int_equal(answered.outcome, ADDRESS_OUTCOME_VALID);
    assert_true(str_equal(answered.order_id, order_id));
    assert_int_equal(answered.detail.len, 0);
}

static void names_what_is_wrong_without_quoting_it(void **state)
{
    char *long_street = arena_alloc(&arena, 513);
    struct postal_address bad[7];
    static const char *const sentences[] = {
        "The address has no street.",
        "The address has no city.",
        "The address has no country.",
        "The city of the address cannot be printed.",
        "The state of the address cannot be printed.",
        "The street of the address is too long.",
        "The postal code of the address cannot be printed.",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        bad[i] = good;
    bad[0].street = STR("   ");
    bad[1].city = STR("");
    bad[2].country = STR("");
    bad[3].city = STR("Lon\ndon");
    bad[4].state = STR("\x7f");
    bad[5].street = (struct str){memset(long_street, 'x', 513), 513};
    bad[6].zip_code = (struct str){"9\0", 2};
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct address_opened answered = read_address(&bad[i]);

        assert_int_equal(answered.outcome, ADDRESS_OUTCOME_INVALID);
        assert_true(str_is(answered.detail, sentences[i]));
    }
}

static struct address_opened read_quoted(const struct postal_address *address, const char *country, const char *code,
                                         const char *postal_zone)
{
    struct str plaintext = record_encode(RECORD_POSTAL_ADDRESS, address, &arena);
    struct open_address ask = {.order_id = order_id,
                               .address = sealing_field(&ada, plaintext, order_id, "address", &arena),
                               .country = str_of(country),
                               .country_code = str_of(code),
                               .postal_zone = str_of(postal_zone)};

    return shipping_open_address(ring, &ask, &arena);
}

/* What stands in clear is what shipping was paid for; the parcel would go where the sealed address says. */
static void refuses_another_address_than_the_one_that_was_quoted(void **state)
{
    static const char other_country[] = "The address is in another country than the one that shipping was quoted for.";
    static const char other_code[] = "The address has another postal code than the one that shipping was quoted for.";
    static const struct {
        const char *country, *code, *postal_zone, *sentence; /* empty: it is good */
    } cases[] = {
        {"United Kingdom", "GB", "SW1", ""},
        {"United Kingdom", "", "SW1", ""},
        {"United States", "US", "SW1", other_country},
        {"united kingdom", "GB", "SW1", other_country}, /* the gateway seals what it says in clear */
        {"United Kingdom", "GB", "W1A", other_code},
        {"United Kingdom", "US", "SW1", "We do not know the country of the address."},
        {"United Kingdom", "XX", "SW1", "We do not know the country of the address."},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct address_opened answered = read_quoted(&good, cases[i].country, cases[i].code, cases[i].postal_zone);
        bool valid = cases[i].sentence[0] == '\0';

        assert_int_equal(answered.outcome, valid ? ADDRESS_OUTCOME_VALID : ADDRESS_OUTCOME_INVALID);
        assert_true(valid || str_is(answered.detail, cases[i].sentence));
    }
}

static void refuses_a_postal_code_that_the_country_does_not_have(void **state)
{
    struct postal_address odd = good;
    struct address_opened answered;

    (void)state;
    odd.zip_code = STR("94043");
    answered = read_quoted(&odd, "United Kingdom", "GB", "940");
    assert_int_equal(answered.outcome, ADDRESS_OUTCOME_INVALID);
    assert_true(str_is(answered.detail, "United Kingdom: a postal code there looks like SW1A 1AA."));
    assert_int_equal(read_quoted(&odd, "United Kingdom", "", "940").outcome, ADDRESS_OUTCOME_VALID); /* as typed */
}

static void asks_for_a_region_only_where_addresses_have_one(void **state)
{
    struct postal_address home = good;
    struct address_opened answered;

    (void)state;
    home.state = STR(" ");
    assert_int_equal(read_quoted(&home, "United Kingdom", "GB", "SW1").outcome, ADDRESS_OUTCOME_VALID);
    home.country = STR("United States");
    home.zip_code = STR("94043");
    answered = read_quoted(&home, "United States", "US", "940");
    assert_int_equal(answered.outcome, ADDRESS_OUTCOME_INVALID);
    assert_true(str_is(answered.detail, "United States: an address there names its state, province or region."));
    assert_int_equal(read_quoted(&home, "United States", "", "940").outcome, ADDRESS_OUTCOME_VALID); /* as typed */
}

static void tells_unreadable_from_not_yet_readable(void **state)
{
    struct open_address ask = {.order_id = order_id};
    struct sealing_customer stranger = sealing_customer(&arena);
    struct customer_key forgotten = {.key_id = ada.key_id, .version = 2, .forgotten = true};

    (void)state;
    assert_int_equal(read_sealed(STR("\xff\xff\xff no record")).outcome, ADDRESS_OUTCOME_UNREADABLE);
    ask.address = sealing_field(&stranger, STR("x"), order_id, "address", &arena);
    assert_int_equal(shipping_open_address(ring, &ask, &arena).outcome, ADDRESS_OUTCOME_NO_KEY);
    ask.address = sealing_field(&ada, STR("x"), STR("another order"), "address", &arena);
    assert_int_equal(shipping_open_address(ring, &ask, &arena).outcome, ADDRESS_OUTCOME_UNREADABLE);
    keyring_learn(ring, &forgotten);
    assert_int_equal(read_address(&good).outcome, ADDRESS_OUTCOME_UNREADABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(numbers_a_parcel_by_its_order_in_the_usual_shape, begin, end),
        cmocka_unit_test_setup_teardown(notices_each_single_slip_and_each_swap_of_neighbours, begin, end),
        cmocka_unit_test_setup_teardown(finds_a_good_address_good, begin_reading, end_reading),
        cmocka_unit_test_setup_teardown(names_what_is_wrong_without_quoting_it, begin_reading, end_reading),
        cmocka_unit_test_setup_teardown(refuses_another_address_than_the_one_that_was_quoted, begin_reading,
                                        end_reading),
        cmocka_unit_test_setup_teardown(refuses_a_postal_code_that_the_country_does_not_have, begin_reading,
                                        end_reading),
        cmocka_unit_test_setup_teardown(asks_for_a_region_only_where_addresses_have_one, begin_reading, end_reading),
        cmocka_unit_test_setup_teardown(tells_unreadable_from_not_yet_readable, begin_reading, end_reading),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
