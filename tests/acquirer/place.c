/* place.c - payment's edge in a test of its own: a runtime as far as an edge sees it, and the acquirer as a process. */
#include "tests/acquirer/place.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "run/metrics.h"
#include "base/clock.h"

enum { PATIENCE_S = 10 };

/* --- the runtime, as far as an edge sees it ------------------------------------------------------------------------- */

struct kept {
    struct msg msg;
    struct arena arena;
};

struct event_base *run_base(struct run *run)
{
    return run->base;
}

int64_t run_now_ms(const struct run *run)
{
    (void)run;
    return clock_wall_ms();
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

struct place place;

int place_free_port(void)
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

void place_start_acquirer(void)
{
    char *argv[] = {"build/bin/acquirer", NULL}, *environment[] = {place.listen, place.admin, place.ledger, NULL};
    posix_spawn_file_actions_t quiet;

    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    assert_int_equal(posix_spawn(&place.pid, argv[0], &quiet, NULL, argv, environment), 0);
    posix_spawn_file_actions_destroy(&quiet);
    for (int i = 0; i < 500 && !answers_at(place.port); i++)
        usleep(10000);
}

void place_kill_acquirer(void)
{
    kill(place.pid, SIGKILL);
    waitpid(place.pid, NULL, 0);
}

int place_start(void **state)
{
    int port = place.port = place_free_port();

    (void)state;
    metrics_init("payment");
    snprintf(place.folder, sizeof(place.folder), "/tmp/edge-XXXXXX");
    assert_non_null(mkdtemp(place.folder));
    write_keys();
    snprintf(place.url, sizeof(place.url), "http://127.0.0.1:%d", port);
    snprintf(place.listen, sizeof(place.listen), "APP_LISTEN=127.0.0.1:%d", port);
    snprintf(place.admin, sizeof(place.admin), "APP_ADMIN=127.0.0.1:%d", place_free_port());
    snprintf(place.ledger, sizeof(place.ledger), "APP_LEDGER=%s/ledger", place.folder);
    place_start_acquirer();
    return 0;
}

int place_stop(void **state)
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

int place_open_edge(void **state)
{
    struct err err;

    (void)state;
    place.run = (struct run){.base = event_base_new()};
    arena_init(&place.run.arena);
    payment_settings = (struct payment_settings){
        .acquirer = place.url, .keys = place.folder, .asks_at_once = 4, .timeout_ms = 400};
    return acquirer_open(&place.run, &err) == ST_OK ? 0 : -1;
}

int place_close_edge(void **state)
{
    (void)state;
    acquirer_close(&place.run);
    event_base_free(place.run.base);
    arena_release(&place.run.arena);
    return 0;
}

/* --- asking --------------------------------------------------------------------------------------------------------- */

struct sealed_to sealed(struct card card, const char *order_id)
{
    struct arena *arena = &place.run.arena;
    struct sealed_to to = {.key_id = STR("k")};

    seal_to(place.public_half, record_encode(RECORD_CARD, &card, arena), str_of(order_id), arena, &to.encapsulated_key,
            &to.ciphertext);
    return to;
}

struct card card(const char *number)
{
    return (struct card){.number = str_of(number), .expires_year = 2030, .expires_month = 1, .cvv = STR("672")};
}

void ask(enum msg_type type, const char *order_id, const void *body)
{
    struct msg msg = {.type = type, .key = str_of(order_id), .body = body, .asked_before = place.asked_before};

    acquirer_ask(&place.run, &msg);
}

void ask_charge_with(const char *order_id, struct sealed_to to)
{
    struct charge_card body = {.order_id = str_of(order_id),
                               .amount_minor = 2697,
                               .currency = STR("USD"),
                               .card = to,
                               .ordered_at_ms = INT64_C(1785542400000)};

    ask(MSG_CHARGE_CARD, order_id, &body);
}

const struct acquirer_answered *hear(size_t count)
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
