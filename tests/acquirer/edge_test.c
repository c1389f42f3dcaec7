/* edge_test.c - payment's edge against the acquirer as it runs: what is asked, what is answered, what is never sent. */
/* links: services/payment/acquirer.c services/payment/wire.c services/payment/card.c msg base */
/* timeout: 60 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/seal.h"
#include "run/run.h"
#include "services/payment/payment.h"

#define ORDER "8a5f3f5e-6f52-5d3c-9f0e-2d1d0c5b7a10"

enum { ANSWERS = 512, PATIENCE_S = 10 };

/* --- the runtime, as far as an edge sees it ------------------------------------------------------------------------- */

struct run {
    struct event_base *base;
    struct acquirer_answered answers[ANSWERS];
    size_t count, wanted;
    struct arena arena;
};

struct kept {
    struct msg msg;
    struct arena arena;
};

struct event_base *run_base(struct run *run)
{
    return run->base;
}

void run_answer(struct run *run, const struct msg *ask, enum msg_type type, const void *body, int64_t time_ms)
{
    struct str value = msg_encode(type, body, &run->arena);
    const struct acquirer_answered *copy = msg_decode_own(type, value, &run->arena);

    assert_int_equal(type, MSG_ACQUIRER_ANSWERED);
    assert_true(time_ms > 0);
    assert_true(str_equal(copy->order_id, ask->key));
    assert_true(run->count < ANSWERS);
    run->answers[run->count++] = *copy;
    if (run->count == run->wanted)
        event_base_loopbreak(run->base);
}

struct msg *run_keep_ask(const struct msg *ask)
{
    struct kept *kept = calloc(1, sizeof(*kept));

    assert_non_null(kept);
    arena_init(&kept->arena);
    kept->msg = *ask;
    kept->msg.key = arena_copy(&kept->arena, ask->key);
    kept->msg.body = msg_decode_own(ask->type, msg_encode(ask->type, ask->body, &kept->arena), &kept->arena);
    return &kept->msg;
}

void run_drop_ask(struct msg *ask)
{
    arena_release(&((struct kept *)ask)->arena);
    free(ask);
}

/* --- the acquirer, and a key of payment's --------------------------------------------------------------------------- */

static struct place {
    char folder[64], url[64], listen[64], admin[64], ledger[96], key[96];
    pid_t pid;
    struct seal_pair *public_half;
    struct run run;
} place;

static int free_port(void)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(any);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&any, sizeof(any)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&any, &size), 0);
    close(fd);
    return ntohs(any.sin_port);
}

static void write_keys(void)
{
    EVP_PKEY *pair = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
    char path[96];
    struct err err;
    FILE *file;

    snprintf(place.key, sizeof(place.key), "%s/payment.private.pem", place.folder);
    file = fopen(place.key, "w");
    assert_true(file && PEM_write_PrivateKey(file, pair, NULL, NULL, 0, NULL, NULL));
    fclose(file);
    snprintf(path, sizeof(path), "%s/public.pem", place.folder);
    file = fopen(path, "w");
    assert_true(file && PEM_write_PUBKEY(file, pair));
    fclose(file);
    EVP_PKEY_free(pair);
    assert_int_equal(seal_pair_read_public(path, &place.public_half, &err), ST_OK);
    unlink(path);
}

static bool answers_at(int port)
{
    struct sockaddr_in there = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bool answers = connect(fd, (struct sockaddr *)&there, sizeof(there)) == 0;

    close(fd);
    return answers;
}

static int start(void **state)
{
    char *argv[] = {"build/bin/acquirer", NULL}, *environment[] = {place.listen, place.admin, place.ledger, NULL};
    posix_spawn_file_actions_t quiet;
    int port = free_port();

    (void)state;
    snprintf(place.folder, sizeof(place.folder), "/tmp/edge-XXXXXX");
    assert_non_null(mkdtemp(place.folder));
    write_keys();
    snprintf(place.url, sizeof(place.url), "http://127.0.0.1:%d", port);
    snprintf(place.listen, sizeof(place.listen), "APP_LISTEN=127.0.0.1:%d", port);
    snprintf(place.admin, sizeof(place.admin), "APP_ADMIN=127.0.0.1:%d", free_port());
    snprintf(place.ledger, sizeof(place.ledger), "APP_LEDGER=%s/ledger", place.folder);
    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    assert_int_equal(posix_spawn(&place.pid, argv[0], &quiet, NULL, argv, environment), 0);
    posix_spawn_file_actions_destroy(&quiet);
    for (int i = 0; i < 500 && !answers_at(port); i++)
        usleep(10000);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    kill(place.pid, SIGTERM);
    waitpid(place.pid, NULL, 0);
    unlink(place.ledger + strlen("APP_LEDGER="));
    unlink(place.key);
    rmdir(place.folder);
    seal_pair_free(place.public_half);
    return 0;
}

static int open_edge(void **state)
{
    struct err err;

    (void)state;
    place.run = (struct run){.base = event_base_new()};
    arena_init(&place.run.arena);
    payment_settings = (struct payment_settings){
        .acquirer = place.url, .keys = place.folder, .asks_at_once = 4, .timeout_ms = 400};
    return acquirer_open(&place.run, &err) == ST_OK ? 0 : -1;
}

static int close_edge(void **state)
{
    (void)state;
    acquirer_close(&place.run);
    event_base_free(place.run.base);
    arena_release(&place.run.arena);
    return 0;
}

/* --- asking --------------------------------------------------------------------------------------------------------- */

/* A card sealed for an order, as the gateway does. */
static struct sealed_to sealed(struct card card, const char *order_id)
{
    struct arena *arena = &place.run.arena;
    struct sealed_to to = {.key_id = STR("k")};

    seal_to(place.public_half, record_encode(RECORD_CARD, &card, arena), str_of(order_id), arena, &to.encapsulated_key,
            &to.ciphertext);
    return to;
}

static struct card card(const char *number)
{
    return (struct card){.number = str_of(number), .expires_year = 2030, .expires_month = 1, .cvv = STR("672")};
}

static void ask(enum msg_type type, const char *order_id, const void *body)
{
    struct msg msg = {.type = type, .key = str_of(order_id), .body = body};

    acquirer_ask(&place.run, &msg);
}

static void ask_charge_with(const char *order_id, struct sealed_to to)
{
    struct charge_card body = {.order_id = str_of(order_id),
                               .amount_minor = 2697,
                               .currency = STR("USD"),
                               .card = to,
                               .ordered_at_ms = INT64_C(1785542400000)};

    ask(MSG_CHARGE_CARD, order_id, &body);
}

/* Turns the loop until so many answers came, and gives the last. */
static const struct acquirer_answered *hear(size_t count)
{
    struct run *run = &place.run;
    struct timeval patience = {PATIENCE_S, 0};

    run->wanted = count;
    if (run->count < count) {
        event_base_loopexit(run->base, &patience);
        event_base_dispatch(run->base);
    }
    assert_int_equal(run->count, count);
    return &run->answers[count - 1];
}

static void charges_refunds_and_voids(void **state)
{
    const struct acquirer_answered *answer;
    char id[40];

    (void)state;
    ask_charge_with(ORDER, sealed(card("4432-8015-6152-0454"), ORDER));
    answer = hear(1);
    assert_int_equal(answer->answer, ACQUIRER_ANSWER_CHARGED);
    assert_int_equal(answer->amount_minor, 2697);
    assert_true(str_is(answer->card_brand, "visa") && str_is(answer->card_last4, "0454"));
    assert_true(answer->at_ms > 0 && answer->transaction_id.len == 35);
    memcpy(id, answer->transaction_id.ptr, 35);
    ask(MSG_VOID_CHARGE, ORDER, &(struct void_charge){.order_id = STR(ORDER)});
    answer = hear(2);
    assert_int_equal(answer->answer, ACQUIRER_ANSWER_CHARGED);
    assert_memory_equal(answer->transaction_id.ptr, id, 35);
    ask(MSG_REFUND_CHARGE, ORDER, &(struct refund_charge){.order_id = STR(ORDER)});
    answer = hear(3);
    assert_int_equal(answer->answer, ACQUIRER_ANSWER_REFUNDED);
    assert_int_equal(answer->refund_id.len, 35);
    ask(MSG_VOID_CHARGE, ORDER, &(struct void_charge){.order_id = STR(ORDER)});
    assert_int_equal(hear(4)->answer, ACQUIRER_ANSWER_VOIDED);
    ask(MSG_VOID_CHARGE, "voided", &(struct void_charge){.order_id = STR("voided")});
    assert_int_equal(hear(5)->answer, ACQUIRER_ANSWER_VOIDED);
    ask_charge_with("voided", sealed(card("4111111111111111"), "voided"));
    assert_int_equal(hear(6)->answer, ACQUIRER_ANSWER_VOIDED);
}

static void tells_why_the_bank_refused(void **state)
{
    (void)state;
    ask_charge_with("poor", sealed(card("4000000000009995"), "poor"));
    assert_int_equal(hear(1)->answer, ACQUIRER_ANSWER_DECLINED);
    assert_int_equal(place.run.answers[0].decline, DECLINE_REASON_INSUFFICIENT_FUNDS);
    ask_charge_with("refused", sealed(card("4000000000000002"), "refused"));
    assert_int_equal(hear(2)->decline, DECLINE_REASON_REFUSED_BY_BANK);
    assert_true(place.run.answers[1].detail.len > 0);
    ask(MSG_VOID_CHARGE, "poor", &(struct void_charge){.order_id = STR("poor")});
    assert_int_equal(hear(3)->answer, ACQUIRER_ANSWER_VOIDED);
}

/* Afterwards the acquirer has never heard of the order: a void finds nothing, a refund is refused. */
static void asks_nobody_for_a_card_that_is_no_good(void **state)
{
    struct card expired = card("4111111111111111"), short_code = card("4111111111111111");
    struct sealed_to torn = sealed(card("4111111111111111"), "d");

    (void)state;
    expired.expires_year = 2026;
    expired.expires_month = 7;
    short_code.cvv = STR("12");
    torn.ciphertext.len--;
    ask_charge_with("a", sealed(expired, "a"));
    assert_int_equal(hear(1)->decline, DECLINE_REASON_CARD_EXPIRED);
    ask_charge_with("b", sealed(card("378282246310005"), "b"));
    assert_int_equal(hear(2)->decline, DECLINE_REASON_CARD_NOT_ACCEPTED);
    ask_charge_with("c", sealed(card("4111111111111111"), "another order"));
    assert_int_equal(hear(3)->decline, DECLINE_REASON_CARD_UNREADABLE);
    ask_charge_with("d", torn);
    assert_int_equal(hear(4)->decline, DECLINE_REASON_CARD_UNREADABLE);
    ask_charge_with("e", sealed(short_code, "e"));
    assert_int_equal(hear(5)->decline, DECLINE_REASON_CARD_INVALID);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(place.run.answers[i].answer, ACQUIRER_ANSWER_DECLINED);
        assert_true(place.run.answers[i].detail.len > 0);
    }
    ask(MSG_REFUND_CHARGE, "a", &(struct refund_charge){.order_id = STR("a")});
    assert_int_equal(hear(6)->answer, ACQUIRER_ANSWER_UNKNOWN);
}

static void silence_and_trouble_are_unknown_and_the_next_ask_finds_the_truth(void **state)
{
    int64_t began_us = clock_steady_us();

    (void)state;
    ask_charge_with("silent", sealed(card("4000000000000119"), "silent"));
    ask_charge_with("flaky", sealed(card("4000000000000341"), "flaky"));
    hear(2);
    assert_true(clock_steady_us() - began_us < 5 * 1000000);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(place.run.answers[i].answer, ACQUIRER_ANSWER_UNKNOWN);
    ask_charge_with("silent", sealed(card("4000000000000119"), "silent"));
    ask_charge_with("flaky", sealed(card("4000000000000341"), "flaky"));
    hear(4);
    for (size_t i = 2; i < 4; i++)
        assert_int_equal(place.run.answers[i].answer, ACQUIRER_ANSWER_CHARGED);
}

static void an_acquirer_that_is_away_is_unknown(void **state)
{
    char url[64];

    (void)state;
    snprintf(url, sizeof(url), "http://127.0.0.1:%d", free_port());
    payment_settings.acquirer = url;
    ask_charge_with("away", sealed(card("4111111111111111"), "away"));
    assert_int_equal(hear(1)->answer, ACQUIRER_ANSWER_UNKNOWN);
    assert_true(place.run.answers[0].detail.len > 0);
    payment_settings.acquirer = place.url;
    ask_charge_with("away", sealed(card("4111111111111111"), "away"));
    assert_int_equal(hear(2)->answer, ACQUIRER_ANSWER_CHARGED);
}

static void answers_all_of_a_crowd_and_each_order_once(void **state)
{
    (void)state;
    for (int i = 0; i < 300; i++) {
        char order_id[16];

        snprintf(order_id, sizeof(order_id), "crowd-%d", i);
        for (int twice = 0; twice < 2; twice++) /* the second is on its way already */
            ask_charge_with(order_id, sealed(card("5272940000751666"), order_id));
    }
    hear(300);
    event_base_loop(place.run.base, EVLOOP_NONBLOCK);
    assert_int_equal(place.run.count, 300);
    for (size_t i = 0; i < 300; i++) {
        assert_int_equal(place.run.answers[i].answer, ACQUIRER_ANSWER_CHARGED);
        for (size_t j = 0; j < i; j++)
            assert_false(str_equal(place.run.answers[i].transaction_id, place.run.answers[j].transaction_id));
    }
}

/* The sanitizers look for what is left. */
static void leaves_with_questions_open(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        char order_id[16];

        snprintf(order_id, sizeof(order_id), "open-%d", i);
        ask_charge_with(order_id, sealed(card("4111111111111111"), order_id));
    }
    event_base_loop(place.run.base, EVLOOP_ONCE);
    assert_true(place.run.count < 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(charges_refunds_and_voids, open_edge, close_edge),
        cmocka_unit_test_setup_teardown(tells_why_the_bank_refused, open_edge, close_edge),
        cmocka_unit_test_setup_teardown(asks_nobody_for_a_card_that_is_no_good, open_edge, close_edge),
        cmocka_unit_test_setup_teardown(silence_and_trouble_are_unknown_and_the_next_ask_finds_the_truth, open_edge,
                                        close_edge),
        cmocka_unit_test_setup_teardown(an_acquirer_that_is_away_is_unknown, open_edge, close_edge),
        cmocka_unit_test_setup_teardown(answers_all_of_a_crowd_and_each_order_once, open_edge, close_edge),
        cmocka_unit_test_setup_teardown(leaves_with_questions_open, open_edge, close_edge),
    };

    return cmocka_run_group_tests_name("payment's edge", tests, start, stop);
}
