/* ended.c - a list of what is still to be taken out, looked at every second. */
#include "gateway/accounts/ended.h"

#include <stdlib.h>
#include <sys/queue.h>

#include "base/clock.h"

enum { MAX_WAITING = 1024, SWEEP_EVERY_S = 3600 };

struct ended_one {
    STAILQ_ENTRY(ended_one) next;
    struct ended *ended;
    char hash[TOKEN_HASH_TEXT + 1];
};

struct ended {
    struct book *book;
    struct life_limits limits;
    struct event *tick;
    STAILQ_HEAD(, ended_one) waiting;
    size_t count;
    int64_t swept_us;
};

static const struct pg_statement take_out = {"session_end", "DELETE FROM session WHERE token_hash = $1"};
static const struct pg_statement sweep = {
    "session_sweep", "DELETE FROM session WHERE seen_at < now() - make_interval(secs => $1::bigint / 1000.0) "
                     "OR begun_at < now() - make_interval(secs => $2::bigint / 1000.0)"};

static void on_taken_out(void *context, enum status status, PGresult *const *results)
{
    struct ended_one *one = context;

    (void)results;
    if (status == ST_OK || one->ended->count >= MAX_WAITING) {
        free(one);
        return;
    }
    STAILQ_INSERT_TAIL(&one->ended->waiting, one, next);
    one->ended->count++;
}

static void ask(struct ended *ended, struct ended_one *one)
{
    struct question *question = question_new();

    question_text(question, question_add(question, &take_out), str_of(one->hash));
    book_ask(ended->book, EFFECT("session-end", "a session is taken out of the database"), question, on_taken_out, one);
}

void ended_add(struct ended *ended, struct str token_hash)
{
    struct ended_one *one = calloc(1, sizeof *one);

    if (one == NULL || token_hash.len != TOKEN_HASH_TEXT)
        abort();
    one->ended = ended;
    memcpy(one->hash, token_hash.ptr, TOKEN_HASH_TEXT);
    ask(ended, one);
}

static void on_swept(void *context, enum status status, PGresult *const *results)
{
    struct ended *ended = context;

    (void)results;
    if (status == ST_OK)
        ended->swept_us = clock_steady_us();
}

static void tick(evutil_socket_t fd, short what, void *context)
{
    struct ended *ended = context;
    struct ended_one *one;
    struct question *question;
    struct pg_params *params;

    (void)fd, (void)what;
    if (!book_is_there(ended->book))
        return;
    for (size_t left = ended->count; left > 0; left--) {
        one = STAILQ_FIRST(&ended->waiting);
        STAILQ_REMOVE_HEAD(&ended->waiting, next);
        ended->count--;
        ask(ended, one);
    }
    if (ended->swept_us && clock_steady_us() - ended->swept_us < SWEEP_EVERY_S * 1000000LL)
        return;
    question = question_new();
    params = question_add(question, &sweep);
    params_long(params, ended->limits.idle_ms, question_arena(question));
    params_long(params, ended->limits.absolute_ms, question_arena(question));
    book_ask(ended->book, EFFECT("session-sweep", "sessions that are too old are taken out"), question, on_swept,
             ended);
}

struct ended *ended_open(struct event_base *base, struct book *book, const struct life_limits *limits)
{
    struct ended *ended = calloc(1, sizeof *ended);
    struct timeval second = {1, 0};

    if (ended == NULL)
        abort();
    ended->book = book;
    ended->limits = *limits;
    STAILQ_INIT(&ended->waiting);
    ended->tick = event_new(base, -1, EV_PERSIST, tick, ended);
    if (ended->tick == NULL || event_add(ended->tick, &second))
        abort();
    return ended;
}

void ended_close(struct ended *ended)
{
    while (!STAILQ_EMPTY(&ended->waiting)) {
        struct ended_one *one = STAILQ_FIRST(&ended->waiting);

        STAILQ_REMOVE_HEAD(&ended->waiting, next);
        free(one);
    }
    event_free(ended->tick);
    free(ended);
}
