/* payment_wire_test.c - what is sent to the acquirer, and which of its replies are believed. */
/* links: services/payment/wire.c services/payment/card.c services/payment/decline.c msg base */
#include "services/payment/payment.h"
#include "services/payment/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void understands_nothing_that_it_cannot_trust(void **state)
{
    static const struct {
        long status;
        const char *reply;
        enum acquirer_answer answer;
    } cases[] = {
        {200, "{\"status\":\"charged\",\"id\":\"ch\",\"amount_minor\":5}", ACQUIRER_ANSWER_CHARGED},
        {200, "{\"status\":\"charged\",\"amount_minor\":5}", ACQUIRER_ANSWER_UNKNOWN},
        {200, "{\"status\":\"charged\",\"id\":\"ch\",\"amount_minor\":-5}", ACQUIRER_ANSWER_UNKNOWN},
        {500, "{\"status\":\"charged\",\"id\":\"ch\",\"amount_minor\":5}", ACQUIRER_ANSWER_UNKNOWN},
        {409, "{\"status\":\"charged\",\"id\":\"ch\",\"amount_minor\":5}", ACQUIRER_ANSWER_UNKNOWN},
        {200, "{\"status\":\"perhaps\"}", ACQUIRER_ANSWER_UNKNOWN},
        {200, "{\"status\":7}", ACQUIRER_ANSWER_UNKNOWN},
        {200, "{\"status\":\"declined\",\"status\":\"charged\"}", ACQUIRER_ANSWER_UNKNOWN},
        {200, "<html>", ACQUIRER_ANSWER_UNKNOWN},
        {200, "", ACQUIRER_ANSWER_UNKNOWN},
        {402, "{\"status\":\"declined\",\"reason\":\"new in 2031\"}", ACQUIRER_ANSWER_DECLINED},
    };
    struct msg charge = {.type = MSG_CHARGE_CARD, .key = STR("order")};
    struct arena arena;

    (void)state;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct acquirer_answered answer;

        wire_answer(&charge, cases[i].status, str_of(cases[i].reply), &arena, &answer);
        if (answer.answer != cases[i].answer)
            print_error("%s\n", cases[i].reply);
        assert_int_equal(answer.answer, cases[i].answer);
    }
    arena_release(&arena);
}

/* The shopper hears why, and what to do, in our words: the acquirer's are another company's. */
static void a_refusal_comes_with_its_reason_and_our_sentence(void **state)
{
    static const struct {
        const char *name;
        enum decline_reason reason;
        const char *says;
    } cases[] = {
        {"insufficient_funds", DECLINE_REASON_INSUFFICIENT_FUNDS, "not enough money"},
        {"card_expired", DECLINE_REASON_CARD_EXPIRED, "expired"},
        {"card_invalid", DECLINE_REASON_CARD_INVALID, "check its number"},
        {"card_not_accepted", DECLINE_REASON_CARD_NOT_ACCEPTED, "VISA and MasterCard"},
        {"security_code_wrong", DECLINE_REASON_SECURITY_CODE_WRONG, "three digits"},
        {"limit_exceeded", DECLINE_REASON_LIMIT_EXCEEDED, "limit"},
        {"refused_by_bank", DECLINE_REASON_REFUSED_BY_BANK, "ask your bank"},
        {"a new one of 2031", DECLINE_REASON_REFUSED_BY_BANK, "ask your bank"},
    };
    struct msg ask = {.type = MSG_CHARGE_CARD, .key = STR("order")};
    struct arena arena;

    (void)state;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct str reply = arena_printf(
            &arena, "{\"status\":\"declined\",\"reason\":\"%s\",\"detail\":\"<b>words</b>\"}", cases[i].name);
        struct acquirer_answered answer;

        wire_answer(&ask, 402, reply, &arena, &answer);
        assert_int_equal(answer.decline, cases[i].reason);
        assert_non_null(memmem(answer.detail.ptr, answer.detail.len, cases[i].says, strlen(cases[i].says)));
        assert_null(memmem(answer.detail.ptr, answer.detail.len, "words", 5));
    }
    for (int reason = DECLINE_REASON_UNKNOWN; reason <= DECLINE_REASON_LIMIT_EXCEEDED; reason++)
        assert_non_null(memmem(decline_sentence((enum decline_reason)reason).ptr,
                               decline_sentence((enum decline_reason)reason).len, "lease", 5)); /* what to do */
    arena_release(&arena);
}

/* Only the acquirer's own word counts: a 404 may come from anybody on the way. */
static void hears_that_a_key_was_never_used(void **state)
{
    static const struct {
        enum msg_type ask;
        long status;
        const char *reply;
        enum acquirer_answer answer;
    } cases[] = {
        {MSG_QUERY_CHARGE, 404, "{\"error\":\"unknown\"}", ACQUIRER_ANSWER_NOT_FOUND},
        {MSG_QUERY_CHARGE, 404, "{\"error\":\"no_such_page\"}", ACQUIRER_ANSWER_UNKNOWN},
        {MSG_QUERY_CHARGE, 404, "<h1>Not Found</h1>", ACQUIRER_ANSWER_UNKNOWN},
        {MSG_QUERY_CHARGE, 503, "{\"error\":\"unknown\"}", ACQUIRER_ANSWER_UNKNOWN},
        {MSG_CHARGE_CARD, 404, "{\"error\":\"unknown\"}", ACQUIRER_ANSWER_UNKNOWN},
        {MSG_QUERY_CHARGE, 200, "{\"status\":\"charged\",\"id\":\"ch\",\"amount_minor\":5}", ACQUIRER_ANSWER_CHARGED},
        {MSG_QUERY_CHARGE, 200, "{\"status\":\"declined\",\"reason\":\"card_expired\"}", ACQUIRER_ANSWER_DECLINED},
        {MSG_QUERY_CHARGE, 200, "{\"status\":\"voided\"}", ACQUIRER_ANSWER_VOIDED},
        {MSG_QUERY_CHARGE, 200, "{\"status\":\"refunded\"}", ACQUIRER_ANSWER_REFUNDED},
    };
    struct arena arena;

    (void)state;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct msg ask = {.type = cases[i].ask, .key = STR("order")};
        struct acquirer_answered answer;

        wire_answer(&ask, cases[i].status, str_of(cases[i].reply), &arena, &answer);
        if (answer.answer != cases[i].answer)
            print_error("%s\n", cases[i].reply);
        assert_int_equal(answer.answer, cases[i].answer);
    }
    arena_release(&arena);
}

static void a_question_is_a_get_of_the_key(void **state)
{
    struct msg ask = {.type = MSG_QUERY_CHARGE, .key = STR("a/b")};
    struct acquirer_answered answer;
    struct wire_request request;
    struct arena arena;

    (void)state;
    arena_init(&arena);
    wire_init(&request);
    assert_true(wire_ask(&ask, NULL, &arena, &request, &answer));
    assert_string_equal(request.path.ptr, "/v1/charges/a%2Fb");
    assert_int_equal(request.body.len, 0);
    wire_release(&request);
    arena_release(&arena);
}

/* An order's id is whatever somebody sent: it must not become another path or another header. */
static void an_order_id_stays_one_part_of_the_path(void **state)
{
    struct msg ask = {.type = MSG_VOID_CHARGE, .key = STR("../x?y\r\nz: 1")};
    struct acquirer_answered answer;
    struct wire_request request;
    struct arena arena;

    (void)state;
    arena_init(&arena);
    wire_init(&request);
    assert_true(wire_ask(&ask, NULL, &arena, &request, &answer));
    assert_string_equal(request.path.ptr, "/v1/charges/..%2Fx%3Fy%0D%0Az%3A%201/void");
    assert_string_equal(request.key.ptr, "..%2Fx%3Fy%0D%0Az%3A%201");
    wire_release(&request);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(understands_nothing_that_it_cannot_trust),
        cmocka_unit_test(a_refusal_comes_with_its_reason_and_our_sentence),
        cmocka_unit_test(hears_that_a_key_was_never_used),
        cmocka_unit_test(a_question_is_a_get_of_the_key),
        cmocka_unit_test(an_order_id_stays_one_part_of_the_path),
    };

    return cmocka_run_group_tests_name("payment's wire", tests, NULL, NULL);
}
