/* order_form_test.c - which card numbers and addresses are turned back with the form, before there is an order. */
/* links: gateway/order_form.c gateway/form.c msg base */
#include "gateway/order_form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static struct arena arena;

static void assert_complaint_of(const char *number, const char *carrier, const char *complaint)
{
    static const char rest[] = "&email=a@b.example&street_address=1+Main+St&zip_code=94043&city=c&state=CA&country=US"
                               "&credit_card_expiration_month=1&credit_card_expiration_year=2030&credit_card_cvv=672";
    struct form form;
    struct order_form read;

    form_init(&form);
    assert_int_equal(
        form_add_urlencoded(&form, arena_printf(&arena, "credit_card_number=%s%s&carrier=%s", number, rest, carrier),
                            &arena),
        FORM_OK);
    order_form_read(&read, &form, 2026, 7, &arena);
    if (!str_is(read.shown.card_number.error, complaint))
        fail_msg("%s: '" STR_FMT "', not '%s'", number, STR_ARG(read.shown.card_number.error), complaint);
    assert_int_equal(read.good, complaint[0] == '\0');
    assert_int_equal(read.shown.card_number.value.len, 0);
    assert_int_equal(read.shown.card_cvv.error.len,
                     0); /* one sentence, even where four digits would belong to the card */
}

/* On our own form, and on the original shop's. */
static void assert_complaint(const char *number, const char *complaint)
{
    assert_complaint_of(number, "flat", complaint);
    assert_complaint_of(number, "", complaint);
}

static void takes_visa_and_mastercard(void **state)
{
    static const char *const numbers[] = {"4432801561520454", "4432-8015-6152-0454", "4111+1111+1111+1111",
                                          "5272940000751666"};

    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        assert_complaint(numbers[i], "");
}

static void turns_back_brands_that_the_shop_does_not_take(void **state)
{
    static const struct {
        const char *number, *brand;
    } cards[] = {{"378282246310005", "American Express"},
                 {"6011111111111117", "Discover"},
                 {"3530111333300000", "JCB"},
                 {"30569309025904", "Diners Club"}};

    (void)state;
    for (size_t i = 0; i < sizeof cards / sizeof *cards; i++)
        assert_complaint(
            cards[i].number,
            arena_printf(&arena, "We do not take %s. Only VISA and MasterCard are accepted.", cards[i].brand).ptr);
    assert_complaint("2223003122003222",
                     "We cannot take MasterCard numbers that begin with 2 yet. Only VISA and MasterCard's "
                     "51 to 55 are accepted.");
    assert_complaint("9000000000000001", "We do not know whose card this is. Only VISA and MasterCard are accepted.");
}

static void leaves_visa_electron_of_the_originals_robots_to_payment(void **state)
{
    static const char *const numbers[] = {"4026000000000002", "4175000000000001", "4508750015741019",
                                          "4844000000000002", "4913000000000008", "4917300800000000"};

    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        assert_complaint_of(numbers[i], "flat", "We do not take VISA Electron. Only VISA and MasterCard are accepted.");
        assert_complaint_of(numbers[i], "", "");
    }
    assert_complaint("4508750015741018", "That is not a card number: a digit may be wrong.");
}

static void a_mistyped_number_is_not_called_a_wrong_brand(void **state)
{
    (void)state;
    assert_complaint("", "Which card?");
    assert_complaint("4432x", "A card number has digits only.");
    assert_complaint("44328015615", "A card number has 12 to 19 digits.");
    assert_complaint("44328015615204540000", "A card number has 12 to 19 digits.");
    assert_complaint("4432801561520455", "That is not a card number: a digit may be wrong.");
    assert_complaint("378282246310006", "That is not a card number: a digit may be wrong.");
    assert_complaint("4222222222222", "That is not a card number: a digit may be wrong.");
}

static void assert_email(const char *email, const char *complaint)
{
    struct form form;
    struct order_form read;

    form_init(&form);
    assert_int_equal(form_add_urlencoded(&form, arena_printf(&arena, "email=%s", email), &arena), FORM_OK);
    order_form_read(&read, &form, 2026, 7, &arena);
    if (!str_is(read.shown.email.error, complaint))
        fail_msg("%s: '" STR_FMT "', not '%s'", email, STR_ARG(read.shown.email.error), complaint);
}

static void turns_back_mail_addresses_that_no_mail_reaches(void **state)
{
    static const char none[] = "That is not a mail address that we could write to.";
    static const char letters[] = "Our mails reach only addresses in plain letters, a to z. Please give us such a one.";

    (void)state;
    assert_email("kim@example.com", "");
    assert_email("o'kim%2Btag@mail.example.com", "");
    assert_email("j%C3%BCrgen@example.com", letters);
    assert_email("kim@b%C3%BCcher.example", letters);
    assert_email("kim.o.kim@mail-2.example.co.uk", "");
    assert_email("kim@1.example", "");
    assert_email("a.@example.com", none);
    assert_email(".a..b@example.com", none);
    assert_email("a..b@example.com", none);
    assert_email("a@1.2", none);
    assert_email("a@-b.example", none);
    assert_email("a@b-.example", none);
    assert_email("a@b..example", none);
    assert_email("a@b.example.", none);
    assert_email("kim@example", none);
    assert_email("@example.com", none);
    assert_email("", "Where shall we write to?");
}

static void read_place_of(struct order_form *read, const char *region, const char *country, const char *zip_code,
                          const char *carrier)
{
    struct form form;

    form_init(&form);
    assert_int_equal(form_add_urlencoded(&form,
                                         arena_printf(&arena,
                                                      "credit_card_number=4432801561520454&email=a@b.example"
                                                      "&street_address=1+Main+St&city=c&state=%s&country=%s&zip_code=%s"
                                                      "&credit_card_expiration_month=1&credit_card_expiration_year=2030"
                                                      "&credit_card_cvv=672&carrier=%s",
                                                      region, country, zip_code, carrier),
                                         &arena),
                     FORM_OK);
    order_form_read(read, &form, 2026, 7, &arena);
}

static void read_place(struct order_form *read, const char *country, const char *zip_code, const char *carrier)
{
    read_place_of(read, "s", country, zip_code, carrier);
}

static void checks_the_address_of_who_chooses_a_carrier_by_its_country(void **state)
{
    static const char unknown[] = "We know no such country. Its English name, or two letters like DE, would do.";
    static const struct {
        const char *country, *zip_code, *carrier, *code, *zip_error, *country_error;
    } cases[] = {
        {"United+States", "94043", "flat", "US", "", ""},
        {"usa", "94043-1351", "flat", "US", "", ""},
        {"Austria", "94043", "flat", "AT", "Austria: a postal code there looks like 1010.", ""},
        {"Austria", "", "flat", "AT", "Austria: a postal code there looks like 1010.", ""},
        {"Hong+Kong", "", "flat", "HK", "", ""}, /* has none */
        {"Atlantis", "1", "flat", "", "", unknown},
        /* the original's form, and its robots */
        {"United+States", "94043", "", "US", "", ""},
        {"Austria", "94043", "", "", "", ""},
        {"Atlantis", "94043", "", "", "", ""},
        {"Austria", "", "", "", "Which postal code?", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct order_form read;

        read_place(&read, cases[i].country, cases[i].zip_code, cases[i].carrier);
        if (!str_is(read.country_code, cases[i].code) || !str_is(read.shown.zip_code.error, cases[i].zip_error) ||
            !str_is(read.shown.country.error, cases[i].country_error))
            fail_msg("%s, %s, by '%s': " STR_FMT ", '" STR_FMT "', '" STR_FMT "'", cases[i].country, cases[i].zip_code,
                     cases[i].carrier, STR_ARG(read.country_code), STR_ARG(read.shown.zip_code.error),
                     STR_ARG(read.shown.country.error));
        assert_int_equal(read.good, cases[i].zip_error[0] == '\0' && cases[i].country_error[0] == '\0');
    }
}

static void asks_for_a_region_only_where_addresses_have_one(void **state)
{
    static const char us[] = "United States: an address there names its state, province or region.";
    static const struct {
        const char *country, *zip_code, *carrier, *complaint;
    } cases[] = {
        {"Germany", "10115", "flat", ""},
        {"Singapore", "018956", "flat", ""},
        {"United+States", "94043", "flat", us},
        {"Germany", "10115", "", "Which state or region?"}, /* the original's form */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct order_form read;

        read_place_of(&read, "", cases[i].country, cases[i].zip_code, cases[i].carrier);
        if (!str_is(read.shown.state.error, cases[i].complaint))
            fail_msg("%s: '" STR_FMT "', not '%s'", cases[i].country, STR_ARG(read.shown.state.error),
                     cases[i].complaint);
        assert_int_equal(read.good, cases[i].complaint[0] == '\0');
    }
}

static void complains_of_an_unfinished_form_only_where_nothing_can_be_quoted(void **state)
{
    struct order_form read;
    struct form form;

    (void)state;
    form_init(&form);
    assert_int_equal(form_add_urlencoded(&form, STR("country=Norway&carrier=snail&city=Bergen&email=nobody"), &arena),
                     FORM_OK);
    order_form_unfinished(&read, &form, 2026, &arena);
    assert_true(str_is(read.country_code, "NO") && str_is(read.carrier, "snail"));
    assert_true(str_is(read.shown.city.value, "Bergen") && str_is(read.shown.email.value, "nobody"));
    assert_true(read.shown.email.error.len + read.shown.zip_code.error.len + read.shown.card_number.error.len == 0);
    assert_false(read.good);
    order_form_send_to(&read, STR("Narnia"), STR("snail"));
    assert_true(read.country_code.len == 0 && read.shown.country.error.len > 0);
    assert_true(str_is(read.shown.city.value, "Bergen"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_visa_and_mastercard),
        cmocka_unit_test(turns_back_brands_that_the_shop_does_not_take),
        cmocka_unit_test(leaves_visa_electron_of_the_originals_robots_to_payment),
        cmocka_unit_test(a_mistyped_number_is_not_called_a_wrong_brand),
        cmocka_unit_test(turns_back_mail_addresses_that_no_mail_reaches),
        cmocka_unit_test(checks_the_address_of_who_chooses_a_carrier_by_its_country),
        cmocka_unit_test(asks_for_a_region_only_where_addresses_have_one),
        cmocka_unit_test(complains_of_an_unfinished_form_only_where_nothing_can_be_quoted),
    };
    int failed;

    arena_init(&arena);
    failed = cmocka_run_group_tests_name("order_form", tests, NULL, NULL);
    arena_release(&arena);
    return failed;
}
