/* letter_test.c - an order becomes a mail that Python's email package reads without a complaint. */
/* links: services/email services/lib/run/guard.c services/lib/run/transfers.c services/lib/run/metrics.c */
/* links: tests/services/email/no_run.c tests/services/email/reader.c tests/sealing.c msg base */
#include "services/email/email.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "services/email/mime.h"
#include "tests/sealing.h"
#include "tests/services/email/reader.h"

#define ORDER_ID "56dd8359-29f5-50a4-820a-ad35dc23dbc2"

/* --- a customer, an order ------------------------------------------------------------------------------------------ */

static struct arena arena;
static struct seal_pair *own, *own_public;
static struct sealing_customer ada;
static struct letter_desk desk;
static struct letter letter;
static struct order_line lines[2];
static struct send_email ask;

static void seal_addresses(struct str email, const struct postal_address *address)
{
    struct str encoded = record_encode(RECORD_POSTAL_ADDRESS, address, &arena);

    ask.order.email = sealing_field(&ada, email, ask.order_id, "email", &arena);
    ask.order.address = sealing_field(&ada, encoded, ask.order_id, "address", &arena);
}

static int begin(void **state)
{
    static const struct postal_address address = {STR_INIT("1600 Amphitheatre Parkway"), STR_INIT("Mountain View"),
                                                  STR_INIT("CA"), STR_INIT("94043"), STR_INIT("United States")};
    struct tariff_updated tariff = {.carrier = STR("flat"), .version = 1, .name = STR("Pigeon & Daughters")};
    struct customer_key key;

    (void)state;
    arena_init(&arena);
    sealing_pair(&own, &own_public);
    ada = sealing_customer(&arena);
    desk = (struct letter_desk){.ring = keyring_open("email", own),
                                .shelf = shelf_open(),
                                .from = "orders@hipster.shop",
                                .shop_url = "http://127.0.0.1:19080"};
    key = sealing_key(&ada, "email", own_public, 1, &arena);
    keyring_learn(desk.ring, &key);
    shelf_learn(desk.shelf, MSG_TARIFF_UPDATED, &tariff);
    letter_init(&letter);
    lines[0] = (struct order_line){.name = STR("Mug"), .quantity = 2, .unit_price_minor = 899};
    lines[1] = (struct order_line){.name = STR("Salt & Pepper Shakers"), .quantity = 1, .unit_price_minor = 1849};
    ask = (struct send_email){
        .order_id = STR(ORDER_ID),
        .kind = EMAIL_KIND_CONFIRMATION,
        .message_id = STR("<" ORDER_ID "-confirmation@hipster.shop>"),
        .order = {.currency = STR("USD"), .lines = {lines, 2}, .shipping_minor = 899, .total_minor = 4546},
        .carrier = STR("flat"),
        .tracking_number = STR("KD-481516-2342108315777123"),
        .at_ms = INT64_C(1772366462999)};
    seal_addresses(STR("ada@example.com"), &address);
    return 0;
}

static int end(void **state)
{
    (void)state;
    letter_release(&letter);
    keyring_close(desk.ring);
    shelf_close(desk.shelf);
    seal_pair_free(own);
    seal_pair_free(own_public);
    arena_release(&arena);
    return 0;
}

static enum email_outcome write_letter(void)
{
    const char *detail = NULL;
    enum email_outcome outcome;

    letter_clear(&letter);
    outcome = letter_write(&desk, &ask, &arena, &letter, &detail);
    assert_true(outcome == EMAIL_OUTCOME_ACCEPTED || (detail && !strstr(detail, "example")));
    return outcome;
}

/* For tests/services/email/preview, which looks at mails: under the name that it gives, into the folder that it names. */
static void keep(const char *name)
{
    const char *folder = getenv("MAIL_PREVIEW");
    char path[256];
    FILE *file;

    if (!folder || !name)
        return;
    snprintf(path, sizeof(path), "%s/%s.eml", folder, name);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(letter.text.ptr, 1, letter.text.len, file), letter.text.len);
    fclose(file);
}

/* name: of the mail in the preview; NULL: it is nothing to look at. */
static json_t *written(const char *name)
{
    json_t *seen;

    assert_int_equal(write_letter(), EMAIL_OUTCOME_ACCEPTED);
    keep(name);
    seen = read_mail(out_str(&letter.text));
    check_form(seen);
    return seen;
}

/* --- tests -------------------------------------------------------------------------------------------------------- */

static void confirms_an_order_in_text_and_html(void **state)
{
    static const char *const in_both[] = {
        "$17.98", "$18.49",        "$8.99",  "$45.46",        "KD-481516-2342108315777123",
        "Mug",    "Mountain View", ORDER_ID, "United States", "http://127.0.0.1:19080/order/" ORDER_ID};
    json_t *seen = written("confirmed");

    (void)state;
    assert_string_equal(text_of(seen, "from"), "Hipster Shop <orders@hipster.shop>");
    assert_string_equal(letter.to, "ada@example.com");
    assert_string_equal(json_string_value(json_array_get(json_object_get(seen, "to"), 0)), "ada@example.com");
    assert_string_equal(text_of(seen, "subject"), "Your order is complete: $45.46");
    assert_string_equal(text_of(seen, "message_id"), "<" ORDER_ID "-confirmation@hipster.shop>");
    assert_int_equal((int64_t)json_real_value(json_object_get(seen, "date")), 1772366462);
    for (size_t i = 0; i < sizeof(in_both) / sizeof(in_both[0]); i++) {
        if (!strstr(text_of(seen, "text"), in_both[i]) || !strstr(text_of(seen, "html"), in_both[i]))
            fail_msg("the mail does not say %s", in_both[i]);
    }
    assert_non_null(strstr(text_of(seen, "text"), "Pigeon & Daughters"));
    assert_non_null(strstr(text_of(seen, "html"), "Pigeon &amp; Daughters"));
    assert_non_null(strstr(text_of(seen, "html"), "Salt &amp; Pepper"));
    json_decref(seen);
}

static void tells_a_cancellation_and_why(void **state)
{
    json_t *seen;

    (void)state;
    ask.kind = EMAIL_KIND_CANCELLATION;
    ask.detail = STR("There are only 2 mugs left.");
    seen = written("cancelled");
    assert_string_equal(text_of(seen, "subject"), "Your order was cancelled");
    assert_non_null(strstr(text_of(seen, "text"), "There are only 2 mugs left."));
    assert_non_null(strstr(text_of(seen, "html"), "There are only 2 mugs left."));
    assert_null(strstr(text_of(seen, "text"), "Amphitheatre")); /* nothing goes there */
    json_decref(seen);
}

static void tells_how_much_goes_back(void **state)
{
    json_t *seen;

    (void)state;
    ask.kind = EMAIL_KIND_CANCELLATION;
    ask.refund = REFUND_NEWS_ALL_GOES_BACK;
    ask.refund_minor = ask.order.total_minor;
    seen = written("cancelled_refund");
    assert_string_equal(text_of(seen, "subject"), "Your order was cancelled: $45.46 goes back to your card");
    assert_non_null(strstr(text_of(seen, "text"), "$45.46 was charged, and all of it goes back"));
    json_decref(seen);
    ask.refund = REFUND_NEWS_NOTHING_CHARGED;
    seen = written("cancelled_uncharged");
    assert_string_equal(text_of(seen, "subject"), "Your order was cancelled: nothing was charged");
    json_decref(seen);
    ask.refund = REFUND_NEWS_VOIDED;
    seen = written("cancelled_voided");
    assert_string_equal(text_of(seen, "subject"), "Your order was cancelled: nothing was charged");
    assert_non_null(strstr(text_of(seen, "text"), "the payment was voided, and your bank has confirmed it."));
    assert_null(strstr(text_of(seen, "text"), "goes back"));
    json_decref(seen);
}

static void tells_who_has_the_parcel(void **state)
{
    json_t *seen;

    (void)state;
    ask.kind = EMAIL_KIND_SHIPPED;
    ask.days = 3;
    seen = written("shipped");
    assert_string_equal(text_of(seen, "subject"), "Your parcel is on its way with Pigeon & Daughters");
    assert_non_null(strstr(text_of(seen, "text"), "Pigeon & Daughters has it, and usually delivers within 3 days."));
    assert_non_null(strstr(text_of(seen, "text"), "KD-481516-2342108315777123"));
    assert_non_null(strstr(text_of(seen, "html"), "Mountain View"));
    json_decref(seen);
}

static void writes_the_same_bytes_each_time(void **state)
{
    struct str first;

    (void)state;
    assert_int_equal(write_letter(), EMAIL_OUTCOME_ACCEPTED);
    first = arena_copy(&arena, out_str(&letter.text));
    assert_int_equal(write_letter(), EMAIL_OUTCOME_ACCEPTED);
    assert_true(str_equal(first, out_str(&letter.text)));
}

static void shows_what_people_are_called_everywhere(void **state)
{
    static const struct postal_address address = {STR_INIT("Grüner Weg 5 — 3. Stock"), STR_INIT("Köln"), STR_INIT(""),
                                                  STR_INIT("50667"), STR_INIT("日本🗾")};
    json_t *seen;

    (void)state;
    ask.order.currency = STR("EUR");
    lines[0].name = STR(
        "Tasse „Café“ 🙂 with a name that is longer than any line of a mail may be, and then some");
    seal_addresses(STR("ada@example.com"), &address);
    seen = written("names");
    assert_string_equal(text_of(seen, "subject"), "Your order is complete: €45.46");
    assert_non_null(strstr(text_of(seen, "text"), "Grüner Weg 5 — 3. Stock"));
    assert_non_null(strstr(text_of(seen, "html"), "日本🗾"));
    assert_non_null(strstr(text_of(seen, "text"), lines[0].name.ptr));
    json_decref(seen);
}

/* Each of them would like to be a header, a tag, the end of the mail, or a second part. */
static void lets_no_text_leave_its_place(void **state)
{
    static const char hostile[] = "x\r\n.\r\nBcc: all@example.com\r\n\r\n<script>alert(1)</script>=0D=0A "
                                  "--=_hipster-shop_=--\r\n\" onload=\"x";
    static const struct postal_address address = {{hostile, sizeof(hostile) - 1},
                                                  {hostile, sizeof(hostile) - 1},
                                                  STR_INIT("."),
                                                  STR_INIT("From "),
                                                  STR_INIT("=")};
    json_t *seen;

    (void)state;
    lines[0].name = lines[1].name = str_of(hostile);
    ask.tracking_number = str_of(hostile);
    seal_addresses(STR("ada@example.com"), &address);
    seen = written("hostile");
    assert_null(strstr(text_of(seen, "html"), "<script>"));
    assert_int_equal(json_array_size(json_object_get(seen, "to")), 1);
    json_decref(seen);
    ask.kind = EMAIL_KIND_CANCELLATION;
    ask.detail = str_of(hostile);
    json_decref(written(NULL));
}

static void leaves_the_link_out_when_nobody_knows_the_shops_url(void **state)
{
    json_t *seen;

    (void)state;
    desk.shop_url = "";
    seen = written(NULL);
    assert_null(strstr(text_of(seen, "text"), "/order/"));
    assert_null(strstr(text_of(seen, "html"), "/order/"));
    json_decref(seen);
}

static void is_a_mail_even_without_a_readable_postal_address(void **state)
{
    json_t *seen;

    (void)state;
    ask.order.address.ciphertext.len--;
    seen = written(NULL);
    assert_null(strstr(text_of(seen, "text"), "It goes to"));
    json_decref(seen);
}

static void writes_to_addresses_only(void **state)
{
    static const char *const good[] = {"ada@example.com", "a.b+c@x.y", "o'neill@sub.example.co.uk", "x@localhost"};
    static const char *const bad[] = {"",
                                      "ada",
                                      "@example.com",
                                      "ada@",
                                      "ada@@example.com",
                                      "a b@c.de",
                                      "ada@exa mple.com",
                                      "<ada@example.com>",
                                      "ada@example.com\r\nRCPT TO:<x@y.z>",
                                      ".a@b.c",
                                      "a.@b.c",
                                      "a..b@c.d",
                                      "a@.b.c",
                                      "a@b.c.",
                                      "a@b..c",
                                      "ä@example.com",
                                      "a,b@c.de",
                                      "a@b>c"};
    static const struct postal_address address = {STR_INIT("x"), STR_INIT("y"), STR_INIT(""), STR_INIT(""),
                                                  STR_INIT("z")};
    char long_one[300];

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        seal_addresses(str_of(good[i]), &address);
        assert_int_equal(write_letter(), EMAIL_OUTCOME_ACCEPTED);
        assert_string_equal(letter.to, good[i]);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        seal_addresses(str_of(bad[i]), &address);
        assert_int_equal(write_letter(), EMAIL_OUTCOME_REFUSED);
        assert_int_equal(letter.text.len, 0);
    }
    memset(long_one, 'x', sizeof(long_one));
    long_one[30] = '@';
    seal_addresses((struct str){long_one, 254}, &address);
    assert_int_equal(write_letter(), EMAIL_OUTCOME_ACCEPTED);
    seal_addresses((struct str){long_one, 255}, &address);
    assert_int_equal(write_letter(), EMAIL_OUTCOME_REFUSED);
}

static void tells_a_key_that_may_come_from_one_that_is_gone(void **state)
{
    struct customer_key forgotten = {.key_id = ada.key_id, .version = 2, .forgotten = true};
    struct sealing_customer stranger = sealing_customer(&arena);
    struct sealed kept = ask.order.email;

    (void)state;
    ask.order.email = sealing_field(&stranger, STR("eve@example.com"), ask.order_id, "email", &arena);
    assert_int_equal(write_letter(), EMAIL_OUTCOME_NO_KEY);
    ask.order.email = kept;
    keyring_learn(desk.ring, &forgotten);
    assert_int_equal(write_letter(), EMAIL_OUTCOME_UNREADABLE);
}

/* Every length of line, with a character of one to four bytes and a blank at each end. */
static void wraps_lines_of_every_length(void **state)
{
    static const char *const characters[] = {"a", "=", "é", "€", "🙂", " ", ".", "F"};
    struct out out;

    (void)state;
    out_init(&out);
    for (size_t i = 0; i < sizeof(characters) / sizeof(characters[0]); i++) {
        struct out body;
        json_t *seen;

        out_init(&body);
        for (size_t len = 1; len < 160; len += 1 + len / 40) {
            for (size_t n = 0; n < len; n++)
                out_put(&body, characters[i], strlen(characters[i]));
            out_put(&body, "\n", 1);
        }
        out_put(&body, "\0end", 4);
        out_clear(&out);
        mime_write(&out, &(struct mime){.from_name = STR("Sälly \"S\" <x>"),
                                        .from = STR("a@b.c"),
                                        .to = STR("d@e.f"),
                                        .subject = out_str(&body),
                                        .message_id = STR("<x@y>"),
                                        .text = out_str(&body),
                                        .html = STR("<p>")});
        seen = read_mail(out_str(&out));
        check_form(seen);
        assert_int_equal(json_string_length(json_object_get(seen, "text")), body.len);
        assert_memory_equal(text_of(seen, "text"), body.ptr, body.len);
        assert_string_equal(text_of(seen, "from"), "\"Sälly \\\"S\\\" <x>\" <a@b.c>");
        json_decref(seen);
        out_release(&body);
    }
    out_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(confirms_an_order_in_text_and_html, begin, end),
        cmocka_unit_test_setup_teardown(tells_a_cancellation_and_why, begin, end),
        cmocka_unit_test_setup_teardown(tells_how_much_goes_back, begin, end),
        cmocka_unit_test_setup_teardown(tells_who_has_the_parcel, begin, end),
        cmocka_unit_test_setup_teardown(writes_the_same_bytes_each_time, begin, end),
        cmocka_unit_test_setup_teardown(shows_what_people_are_called_everywhere, begin, end),
        cmocka_unit_test_setup_teardown(lets_no_text_leave_its_place, begin, end),
        cmocka_unit_test_setup_teardown(leaves_the_link_out_when_nobody_knows_the_shops_url, begin, end),
        cmocka_unit_test_setup_teardown(is_a_mail_even_without_a_readable_postal_address, begin, end),
        cmocka_unit_test_setup_teardown(writes_to_addresses_only, begin, end),
        cmocka_unit_test_setup_teardown(tells_a_key_that_may_come_from_one_that_is_gone, begin, end),
        cmocka_unit_test_setup_teardown(wraps_lines_of_every_length, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
