/* mails_test.c - the mails as people get them: complete, deaf to hostile texts, and a subject that stays one line. */
/* links: base build/gen/mails/confirmed.c build/gen/mails/confirmed_text.c build/gen/mails/confirmed_subject_text.c build/gen/mails/cancelled.c build/gen/mails/cancelled_text.c build/gen/mails/cancelled_subject_text.c */
/* links: build/gen/mails/shipped.c build/gen/mails/shipped_text.c build/gen/mails/shipped_subject_text.c */
#include "mails/cancelled.h"
#include "mails/cancelled_subject_text.h"
#include "mails/cancelled_text.h"
#include "mails/confirmed.h"
#include "mails/confirmed_subject_text.h"
#include "mails/confirmed_text.h"
#include "mails/shipped.h"
#include "mails/shipped_subject_text.h"
#include "mails/shipped_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static const struct shown_line lines[] = {
    {{"Salt & Pepper Shakers", 21}, 2, {"$36.98", 6}},
    {{"Mug", 3}, 1, {"$8.99", 5}},
};
static const struct str address[] = {
    {"1600 Amphitheatre Parkway", 25}, {"Mountain View, CA 94043", 23}, {"United States", 13}};

static const struct shown_order order = {
    .id = {"5d0c2f3e-8a41-5b7c-9d20-6f1e4a7b8c93", 36},
    .lines = {lines, 2},
    .shipping = {"$8.99", 5},
    .total = {"$54.96", 6},
    .address = {address, 3},
    .link = {"https://shop.example/order/5d0c2f3e", 35},
};

static bool contains(const struct out *out, const char *text)
{
    return memmem(out->ptr, out->len, text, strlen(text)) != NULL;
}

static void a_confirmation_says_what_was_bought_and_how_to_find_it(void **state)
{
    struct {
        const char *in_html, *in_text;
    } checks[] = {
        {"Salt &amp; Pepper Shakers", "2 x Salt & Pepper Shakers: $36.98\n"},
        {"$54.96", "Total: $54.96\n"},
        {"HS-31-204-9917352", "Tracking number: HS-31-204-9917352 (Parcel post)\n"},
        {"Mountain View, CA 94043", "  Mountain View, CA 94043\n"},
        {"href=\"https://shop.example/order/5d0c2f3e\"", "See your order: https://shop.example/order/5d0c2f3e\n"},
        {"Order #5d0c2f3e-8a41-5b7c-9d20-6f1e4a7b8c93", "Order #5d0c2f3e-8a41-5b7c-9d20-6f1e4a7b8c93\n"},
    };
    struct mail_confirmed mail = {order, STR("Parcel post"), STR("HS-31-204-9917352")};
    struct mail_confirmed_text plain = {order, STR("Parcel post"), STR("HS-31-204-9917352")};
    struct out html, text;

    (void)state;
    out_init(&html);
    out_init(&text);
    render_confirmed(&html, &mail);
    render_confirmed_text(&text, &plain);
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        assert_true(contains(&html, checks[i].in_html));
        assert_true(contains(&text, checks[i].in_text));
    }
    out_release(&html);
    out_release(&text);
}

static void a_cancellation_says_why_and_what_becomes_of_the_money(void **state)
{
    static const struct {
        struct str refund;
        bool uncharged, voided;
        const char *in_html, *in_text, *subject;
    } cases[] = {
        {STR_INIT("$54.96"), false, false, "<strong>$54.96</strong> was charged, and all of it goes back to your card.",
         "$54.96 was charged, and all of it goes back to your card.",
         "Your order was cancelled: $54.96 goes back to your card"},
        {STR_INIT(""), true, false, "<strong>Nothing was charged to your card.</strong>",
         "Nothing was charged to your card.\n", "Your order was cancelled: nothing was charged"},
        {STR_INIT(""), true, true, "the payment was voided, and your bank has confirmed it.",
         "the payment was voided, and your bank has confirmed it.\n", "Your order was cancelled: nothing was charged"},
        {STR_INIT(""), false, false, "Should it have taken the <strong>$54.96</strong> already, all of it goes back",
         "Should it have taken the $54.96\nalready, all of it goes back", "Your order was cancelled"},
    };
    struct str reason = STR("The card was declined by its bank.");
    struct out html, text, subject;

    (void)state;
    out_init(&html);
    out_init(&text);
    out_init(&subject);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        out_clear(&html);
        out_clear(&text);
        out_clear(&subject);
        render_cancelled(&html,
                         &(struct mail_cancelled){order, reason, cases[i].refund, cases[i].uncharged, cases[i].voided});
        render_cancelled_text(
            &text, &(struct mail_cancelled_text){order, reason, cases[i].refund, cases[i].uncharged, cases[i].voided});
        render_cancelled_subject_text(&subject,
                                      &(struct mail_cancelled_subject_text){cases[i].refund, cases[i].uncharged});
        assert_true(contains(&html, "The card was declined by its bank."));
        assert_true(contains(&text, "The card was declined by its bank.\n"));
        assert_true(contains(&html, cases[i].in_html));
        assert_true(contains(&text, cases[i].in_text));
        assert_true(str_is(out_str(&subject), cases[i].subject));
    }
    out_release(&html);
    out_release(&text);
    out_release(&subject);
}

static void a_parcel_that_left_is_told_with_carrier_number_and_days(void **state)
{
    static const struct {
        int64_t days;
        const char *says;
    } cases[] = {{0, "Parcel post has it."},
                 {1, "Parcel post has it, and usually delivers within a day."},
                 {3, "Parcel post has it, and usually delivers within 3 days."}};
    struct str carrier = STR("Parcel post"), number = STR("HS-31-204-9917352");
    struct out html, text;

    (void)state;
    out_init(&html);
    out_init(&text);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        out_clear(&html);
        out_clear(&text);
        render_shipped(&html, &(struct mail_shipped){order, carrier, number, cases[i].days});
        render_shipped_text(&text, &(struct mail_shipped_text){order, carrier, number, cases[i].days});
        assert_true(contains(&html, cases[i].says));
        assert_true(contains(&text, cases[i].says));
        assert_true(contains(&html, ">HS-31-204-9917352<"));
        assert_true(contains(&text, "Tracking number: HS-31-204-9917352 (Parcel post)\n"));
        assert_true(contains(&html, "2 × Salt &amp; Pepper Shakers"));
        assert_true(contains(&text, "  2 x Salt & Pepper Shakers\n"));
    }
    out_release(&html);
    out_release(&text);
}

static void a_hostile_name_is_text_in_html_and_one_line_in_text(void **state)
{
    const struct shown_line line = {STR("<img src=x>\r\nBcc: all@example.com"), 1, STR("$1.00")};
    struct mail_confirmed mail = {order, STR("Parcel post"), STR("1")};
    struct mail_confirmed_text plain = {order, STR("Parcel post"), STR("1")};
    struct out html, text;

    (void)state;
    mail.order.lines = plain.order.lines = (struct shown_line_list){&line, 1};
    mail.order.link = STR("javascript:alert(1)");
    out_init(&html);
    out_init(&text);
    render_confirmed(&html, &mail);
    render_confirmed_text(&text, &plain);
    assert_false(contains(&html, "<img"));
    assert_true(contains(&html, "href=\"#\""));
    assert_true(contains(&text, "1 x <img src=x>  Bcc: all@example.com: $1.00\n"));
    out_release(&html);
    out_release(&text);
}

static void a_subject_is_one_line_without_an_end(void **state)
{
    struct mail_confirmed_subject_text confirmed = {STR("$54.96")};
    struct mail_cancelled_subject_text cancelled = {STR("1\r\nBcc: all@example.com"), false};
    struct mail_shipped_subject_text shipped = {STR("Pigeon\r\nBcc: all@example.com")};
    struct out out;

    (void)state;
    out_init(&out);
    render_confirmed_subject_text(&out, &confirmed);
    assert_true(str_is(out_str(&out), "Your order is complete: $54.96"));
    out_clear(&out);
    render_cancelled_subject_text(&out, &cancelled);
    assert_null(memchr(out.ptr, '\n', out.len));
    assert_null(memchr(out.ptr, '\r', out.len));
    out_clear(&out);
    render_shipped_subject_text(&out, &shipped);
    assert_true(str_is(out_str(&out), "Your parcel is on its way with Pigeon  Bcc: all@example.com"));
    out_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_confirmation_says_what_was_bought_and_how_to_find_it),
        cmocka_unit_test(a_cancellation_says_why_and_what_becomes_of_the_money),
        cmocka_unit_test(a_parcel_that_left_is_told_with_carrier_number_and_days),
        cmocka_unit_test(a_hostile_name_is_text_in_html_and_one_line_in_text),
        cmocka_unit_test(a_subject_is_one_line_without_an_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
