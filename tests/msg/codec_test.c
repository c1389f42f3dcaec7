/* codec_test.c - exact bytes, framing, and what is refused. */
/* links: msg base */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "msg/msg.h"
#include "msg/shape.h"
#include "msg/utf8.h"

static struct arena arena;
static struct plans *plans;

static const struct add_item sample = {.user_id = {"u1", 2}, .product_id = {"MUG", 3}, .quantity = 2};
static const char sample_body[] = "\x04u1\x06MUG\x04";

static struct order_placed order(void)
{
    static const struct order_line lines[] = {
        {{"OLJCESPC7Z", 10}, {"Sunglasses", 10}, 1, 1999, 1},
        {{"66VCHSJNUP", 10}, {"Tank \"Top\"", 10}, 2, 1899, 300},
    };

    return (struct order_placed){.order_id = STR("3f0e1f8c-9b1a-5d6f-8f43-000000000001"),
                                 .user_id = STR("user"),
                                 .pay_with_id = STR("pay"),
                                 .order = {.cart_generation = -1,
                                           .currency = STR("USD"),
                                           .lines = {lines, 2},
                                           .carrier = STR("post"),
                                           .total_minor = INT64_MAX,
                                           .shipping_minor = INT64_MIN,
                                           .country = STR("Österreich"),
                                           .email = {STR("key-1"), {"\0\1\2", 3}, STR("secret-mail")},
                                           .address = {STR("key-1"), {"\0\1\2", 3}, STR("secret-address")}},
                                 .deadline_ms = 1700000000000};
}

static enum status decode(struct str value, enum msg_type *type, const void **body, struct err *err)
{
    int32_t schema_id;

    return msg_decode(plans, value, &arena, type, body, &schema_id, err);
}

static struct str framed(enum msg_type type, const char *body, size_t len)
{
    char *value = arena_alloc(&arena, len + 5);

    value[4] = (char)msg_bodies[type].schema_id;
    memcpy(value + 5, body, len);
    return (struct str){value, len + 5};
}

static void writes_a_zero_byte_the_id_and_the_avro_body(void **state)
{
    struct str value = msg_encode(MSG_ADD_ITEM, &sample, &arena);

    (void)state;
    assert_int_equal(value.len, 5 + sizeof(sample_body) - 1);
    assert_memory_equal(value.ptr, "\0\0\0\0\x01", 5);
    assert_memory_equal(value.ptr + 5, sample_body, sizeof(sample_body) - 1);
}

static void reads_what_it_wrote_without_copying_text(void **state)
{
    struct order_placed said = order();
    struct str value = msg_encode(MSG_ORDER_PLACED, &said, &arena);
    const struct order_placed *heard;
    enum msg_type type;
    const void *body;

    (void)state;
    assert_int_equal(decode(value, &type, &body, NULL), ST_OK);
    assert_int_equal(type, MSG_ORDER_PLACED);
    heard = body;
    assert_true(str_equal(heard->order_id, said.order_id));
    assert_true(heard->order_id.ptr > value.ptr && heard->order_id.ptr < value.ptr + value.len);
    assert_int_equal(heard->order.cart_generation, -1);
    assert_true(heard->order.total_minor == INT64_MAX && heard->order.shipping_minor == INT64_MIN);
    assert_int_equal(heard->order.lines.count, 2);
    assert_int_equal(heard->order.lines.items[1].product_version, 300);
    assert_true(str_equal(heard->order.email.nonce, said.order.email.nonce));
    assert_true(msg_same(MSG_ORDER_PLACED, &said, heard));
    assert_true(str_equal(msg_key(MSG_ORDER_PLACED, heard), said.order_id));
    heard = msg_decode_own(MSG_ORDER_PLACED, value, &arena);
    assert_true(msg_same(MSG_ORDER_PLACED, &said, heard));
    said.deadline_ms++;
    assert_false(msg_same(MSG_ORDER_PLACED, &said, heard));
}

static void an_empty_body_is_every_default(void **state)
{
    struct cart_updated empty = {0};
    struct str value = msg_encode(MSG_CART_UPDATED, &empty, &arena);
    const struct cart_updated *heard = msg_decode_own(MSG_CART_UPDATED, value, &arena);

    (void)state;
    assert_int_equal(value.len, 5 + 11);
    assert_int_equal(heard->lines.count, 0);
    assert_int_equal(heard->outcome, CART_OUTCOME_UNKNOWN);
}

static void refuses_a_frame_that_is_none(void **state)
{
    char *large = arena_alloc(&arena, MSG_MAX_BYTES + 1);
    const struct str bad[] = {
        {NULL, 0}, {"", 1}, {"\0\0\0\0", 4}, {"\1\0\0\0\1\4u1\6MUG\4", 13}, {large, MSG_MAX_BYTES + 1},
    };
    enum msg_type type;
    const void *body;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct err err = {0};

        assert_int_equal(decode(bad[i], &type, &body, &err), ST_REJECT);
        assert_true(err.text[0] && !body);
    }
}

static void asks_for_a_schema_that_it_does_not_know(void **state)
{
    enum msg_type type;
    const void *body;
    int32_t schema_id;

    (void)state;
    assert_int_equal(msg_decode(plans, (struct str){"\0\0\1\xE2\x40", 5}, &arena, &type, &body, &schema_id, NULL),
                     ST_RETRY);
    assert_int_equal(schema_id, 123456);
}

static void refuses_every_cut_and_every_byte_left_over(void **state)
{
    struct order_placed said = order();
    struct str value = msg_encode(MSG_ORDER_PLACED, &said, &arena);
    char *longer = arena_alloc(&arena, value.len + 1);
    enum msg_type type;
    const void *body;

    (void)state;
    for (size_t len = 5; len < value.len; len++) {
        struct str cut = {memcpy(malloc(len), value.ptr, len), len}; /* exact, for the sanitizer */

        assert_int_equal(decode(cut, &type, &body, NULL), ST_REJECT);
        free((void *)(uintptr_t)cut.ptr);
    }
    memcpy(longer, value.ptr, value.len);
    assert_int_equal(decode((struct str){longer, value.len + 1}, &type, &body, NULL), ST_REJECT);
}

struct lie {
    enum msg_type type;
    const char *body;
    size_t len;
    const char *why;
};

#define LIE(type, body, why)              \
    {                                     \
        type, body, sizeof(body) - 1, why \
    }

static const struct lie lies[] = {
    LIE(MSG_ADD_ITEM, "\x7Fu1", "longer than what is left"),
    LIE(MSG_ADD_ITEM, "\x01", "longer than what is left"), /* a length of -1 */
    LIE(MSG_ADD_ITEM, "\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", "longer than what is left"),
    LIE(MSG_ADD_ITEM, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02", "more than 64 bits"),
    LIE(MSG_ADD_ITEM, "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", "more than 64 bits"),
    LIE(MSG_ADD_ITEM, "\x80", "cut short"),
    LIE(MSG_ADD_ITEM, "\x04u1\x06MUG\x80\x80\x80\x80\x10", "more than 32 bits"),
    LIE(MSG_ADD_ITEM, "\x04u1\x06MUG\x81\x80\x80\x80\x10", "more than 32 bits"),
    LIE(MSG_ADD_ITEM, "\x04\xC3\x28\x06MUG\x04", "UTF-8"),
    LIE(MSG_STOCK_RESERVED, "\0\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", "more items"),
    LIE(MSG_STOCK_RESERVED, "\0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01\2\2a\2\0", "more items"), /* INT64_MIN */
    LIE(MSG_STOCK_RESERVED, "\0\6\2a\2\0", "more items"),
    LIE(MSG_STOCK_RESERVED, "\0\1\x10\2a\2\0", "block longer"),
    LIE(MSG_STOCK_RESERVED, "\0\1\1\2a\2\0", "block longer"), /* a size of -1 */
    LIE(MSG_STOCK_RESERVED, "\0\1\2\2a\2\0", "another length"),
    LIE(MSG_PAYMENT_DECLINED, "\0\xC8\1\0", "no symbol"),
    LIE(MSG_PAYMENT_DECLINED, "\0\1\0", "no symbol"),
    LIE(MSG_CUSTOMER_KEY, "\0\0\2\0", "neither true nor false"),
};

static void refuses_lies_and_says_why(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        struct err err = {0};
        enum msg_type type;
        const void *body;

        assert_int_equal(decode(framed(lies[i].type, lies[i].body, lies[i].len), &type, &body, &err), ST_REJECT);
        if (!strstr(err.text, lies[i].why))
            fail_msg("case %zu: %s", i, err.text);
    }
}

static void reads_blocks_of_any_size_that_tell_the_truth(void **state)
{
    static const char body[] = "\2o\1\6\2a\2\3\x0C\2b\4\2c\6\0";
    const struct stock_reserved *heard;
    enum msg_type type;
    const void *made;

    (void)state;
    assert_int_equal(decode(framed(MSG_STOCK_RESERVED, body, sizeof(body) - 1), &type, &made, NULL), ST_OK);
    heard = made;
    assert_int_equal(heard->lines.count, 3);
    assert_true(str_is(heard->lines.items[2].product_id, "c"));
    assert_int_equal(heard->lines.items[2].quantity, 3);
    assert_int_equal(heard->lines.items[0].quantity, 1);
}

static void prints_json_without_what_is_sealed(void **state)
{
    struct order_placed said = order();
    struct str json = msg_json(MSG_ORDER_PLACED, &said, &arena);
    const char *text = arena_copy(&arena, json).ptr;

    (void)state;
    assert_non_null(strstr(text, "\"email\":{\"sealed\":\"key-1\"}"));
    assert_non_null(strstr(text, "\"name\":\"Tank \\\"Top\\\"\",\"quantity\":2"));
    assert_non_null(strstr(text, "\"country\":\"Österreich\""));
    assert_null(strstr(text, "secret"));
    assert_true(str_is(msg_json(MSG_ADD_ITEM, NULL, &arena), "{}"));
    assert_true(str_is(msg_json(MSG_ORDER_OVERDUE, &said, &arena), "{}"));
}

static void json_survives_text_that_is_no_text(void **state)
{
    struct add_item odd = {.user_id = {"\x01\x7F\xFF\n\xED\xA0\x80", 7}, .product_id = {"a\\", 2}, .quantity = -3};
    struct str json = msg_json(MSG_ADD_ITEM, &odd, &arena);

    (void)state;
    assert_true(str_is(json, "{\"user_id\":\"\\u0001\\u007f\\ufffd\\u000a\\ufffd\\ufffd\\ufffd\","
                             "\"product_id\":\"a\\\\\",\"quantity\":-3}"));
}

static void records_travel_without_a_frame(void **state)
{
    struct card card = {.number = STR("4432801561520454"), .expires_year = 2039, .expires_month = 1, .cvv = STR("672")};
    struct str bytes = record_encode(RECORD_CARD, &card, &arena);
    struct card read;
    struct err err;

    (void)state;
    assert_int_equal(bytes.len, 17 + 2 + 1 + 4);
    assert_int_equal(record_decode(RECORD_CARD, bytes, &arena, &read, &err), ST_OK);
    assert_true(str_equal(read.number, card.number));
    assert_int_equal(read.expires_year, 2039);
    bytes.len--;
    assert_int_equal(record_decode(RECORD_CARD, bytes, &arena, &read, &err), ST_REJECT);
    assert_int_equal(record_decode(RECORD_CARD, (struct str){0}, &arena, &read, &err), ST_REJECT);
}

/* In a process of its own, for it is to abort. */
static bool survives(void (*attempt)(void))
{
    pid_t child = fork();
    int status = 0;

    if (child == 0) {
        (void)!freopen("/dev/null", "w", stderr);
        signal(SIGABRT, SIG_DFL);
        attempt();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return !WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT;
}

static void write_a_value_that_its_enum_lacks(void)
{
    (void)msg_encode(MSG_PAYMENT_DECLINED, &(struct payment_declined){.reason = (enum decline_reason)1000}, &arena);
}

static void write_a_deadline(void)
{
    (void)msg_encode(MSG_ORDER_OVERDUE, &sample, &arena);
}

static void read_another_type_as_own(void)
{
    const struct retire_product same_fields = {.product_id = {"MUG", 3}};

    (void)msg_decode_own(MSG_PRODUCT_RETIRED, msg_encode(MSG_RETIRE_PRODUCT, &same_fields, &arena), &arena);
}

static void read_half_of_it_as_own(void)
{
    struct str value = msg_encode(MSG_ADD_ITEM, &sample, &arena);

    (void)msg_decode_own(MSG_ADD_ITEM, (struct str){value.ptr, value.len - 1}, &arena);
}

static void aborts_on_broken_invariants(void **state)
{
    (void)state;
    assert_false(survives(write_a_value_that_its_enum_lacks));
    assert_false(survives(write_a_deadline));
    assert_false(survives(read_another_type_as_own));
    assert_false(survives(read_half_of_it_as_own));
}

static void knows_utf8(void **state)
{
    static const char *const good[] = {"",
                                       "a",
                                       "\xC2\x80",
                                       "\xDF\xBF",
                                       "\xE0\xA0\x80",
                                       "\xED\x9F\xBF",
                                       "\xEE\x80\x80",
                                       "\xF0\x90\x80\x80",
                                       "\xF4\x8F\xBF\xBF",
                                       "eight byte\xC3\xA4nd more"};
    static const char *const bad[] = {"\x80",
                                      "\xC0\x80",
                                      "\xC1\xBF",
                                      "\xC2",
                                      "\xC2\x41",
                                      "\xE0\x9F\x80",
                                      "\xED\xA0\x80",
                                      "\xE1\x80",
                                      "\xE1\x80\x41",
                                      "\xF0\x8F\x80\x80",
                                      "\xF4\x90\x80\x80",
                                      "\xF5\x80\x80\x80",
                                      "\xFF\x80\x80\x80",
                                      "eight byt\xC3"};

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_true(utf8_valid(str_of(good[i])));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(utf8_valid(str_of(bad[i])));
}

static int start(void **state)
{
    (void)state;
    arena_init(&arena);
    plans = plans_open();
    return 0;
}

static int stop(void **state)
{
    (void)state;
    plans_close(plans);
    arena_release(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_a_zero_byte_the_id_and_the_avro_body),
        cmocka_unit_test(reads_what_it_wrote_without_copying_text),
        cmocka_unit_test(an_empty_body_is_every_default),
        cmocka_unit_test(refuses_a_frame_that_is_none),
        cmocka_unit_test(asks_for_a_schema_that_it_does_not_know),
        cmocka_unit_test(refuses_every_cut_and_every_byte_left_over),
        cmocka_unit_test(refuses_lies_and_says_why),
        cmocka_unit_test(reads_blocks_of_any_size_that_tell_the_truth),
        cmocka_unit_test(prints_json_without_what_is_sealed),
        cmocka_unit_test(json_survives_text_that_is_no_text),
        cmocka_unit_test(records_travel_without_a_frame),
        cmocka_unit_test(aborts_on_broken_invariants),
        cmocka_unit_test(knows_utf8),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
