/* members.c - who is signed in. Memory first, then Redis, then Postgres; each answer is noted in those before it. A note
 * that a session has ended is never overwritten by one that it lives. */
#include "gateway/accounts/members.h"

#include <stdlib.h>

#include "base/clock.h"
#include "gateway/accounts/ended.h"
#include "base/hex.h"

enum { PLACES = 4096, PATIENCE_MS = 1000, CACHED_MS = 24 * 60 * 60 * 1000 };

struct place {
    char hash[TOKEN_HASH_TEXT + 1]; /* empty: nobody's */
    struct life life;
    bool checking;
};

struct members {
    struct event_base *base;
    struct redis *redis;
    struct book *book;
    const struct session_key *key;
    struct life_limits limits;
    struct ended *ended;
    struct place places[PLACES];
};

/* Somebody who waits to be recognised; or nobody, when only memory is to be brought up to date. */
struct asking {
    struct members *members;
    struct request *request; /* NULL: nobody waits (any more) */
    route_fn *then;
    struct token token;
    struct life last; /* what was last known; checked_ms 0: nothing */
    struct event *patience;
    int pending; /* answers that will still come */
};

/* --- memory and Redis ----------------------------------------------------------------------------------------------------- */

static struct place *place_of(struct members *members, const char *hash)
{
    uint8_t start[2] = {0, 0};

    (void)hex_read((struct str){hash, 4}, start, 2);
    return &members->places[(start[0] << 8 | start[1]) % PLACES];
}

static struct place *find(struct members *members, const char *hash)
{
    struct place *place = place_of(members, hash);

    return strcmp(place->hash, hash) == 0 ? place : NULL;
}

static void remember(struct members *members, const struct token *token, struct life life)
{
    struct place *place = place_of(members, token->hash);

    if (strcmp(place->hash, token->hash) != 0)
        *place = (struct place){.checking = false};
    memcpy(place->hash, token->hash, sizeof place->hash);
    place->life = life;
}

static struct str key_of(struct str hash, struct arena *arena)
{
    return arena_printf(arena, "session:" STR_FMT, STR_ARG(hash));
}

struct str members_key(const struct member *member, struct arena *arena)
{
    return key_of(str_of(member->token.hash), arena);
}

static void tell_redis(struct members *members, struct str hash, struct str value, bool over_all)
{
    static const char unless_ended[] = "if redis.call('GET', KEYS[1]) ~= '" LIFE_ENDED "' then "
                                       "redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end";
    struct arena arena;
    struct str for_ms;

    arena_init(&arena);
    for_ms = arena_printf(&arena, "%d", CACHED_MS);
    if (over_all)
        redis_words(members->redis, EFFECT("session-remember", "Redis is told that a session ended or changed"), NULL,
                    NULL, STR("SET"), key_of(hash, &arena), value, STR("PX"), for_ms);
    else
        redis_words(members->redis, EFFECT("session-cache", "Redis is told of a session that was found"), NULL, NULL,
                    STR("EVAL"), str_of(unless_ended), STR("1"), key_of(hash, &arena), value, for_ms);
    arena_release(&arena);
}

static void note_life(struct members *members, const struct token *token, struct life life)
{
    struct arena arena;

    remember(members, token, life);
    arena_init(&arena);
    tell_redis(members, str_of(token->hash), life_write(&life, &arena), false);
    arena_release(&arena);
}

void members_forget(struct members *members, struct str token_hash)
{
    struct place *place;

    if (token_hash.len != TOKEN_HASH_TEXT)
        return;
    place = place_of(members, token_hash.ptr);
    if (str_is(token_hash, place->hash))
        *place = (struct place){.checking = false};
    tell_redis(members, token_hash, STR(LIFE_ENDED), true);
}

void members_begin(struct members *members, const struct token *token)
{
    int64_t now_ms = clock_wall_ms();

    note_life(members, token, (struct life){now_ms, now_ms, now_ms});
}

void members_end(struct members *members, struct str token_hash)
{
    members_forget(members, token_hash);
    ended_add(members->ended, token_hash);
}

/* --- Postgres --------------------------------------------------------------------------------------------------------------- */

static const struct pg_statement find_session = {
    "session_find", "SELECT user_id::text, (extract(epoch FROM now() - begun_at) * 1000)::bigint, "
                    "(extract(epoch FROM now() - seen_at) * 1000)::bigint FROM session WHERE token_hash = $1"};
static const struct pg_statement note_session = {"session_note",
                                                 "UPDATE session SET seen_at = now() WHERE token_hash = $1"};

static void on_noted(void *context, enum status status, PGresult *const *results)
{
    (void)context, (void)status, (void)results; /* if it failed, the next check finds it undone, and it is done again */
}

/* Notes that the session was used, now and then. */
static void note_use(struct members *members, const struct token *token, struct life life)
{
    struct question *question;
    int64_t now_ms = clock_wall_ms();

    if (!life_wants_note(&life, &members->limits, now_ms) || !book_is_there(members->book))
        return;
    life.seen_ms = now_ms;
    note_life(members, token, life);
    question = question_new();
    question_text(question, question_add(question, &note_session), str_of(token->hash));
    book_ask(members->book, EFFECT("session-note", "a session's use is noted"), question, on_noted, NULL);
}

static void leave(struct asking *asking)
{
    struct place *place = find(asking->members, asking->token.hash);

    if (asking->request || asking->pending)
        return;
    if (place)
        place->checking = false;
    if (asking->patience)
        event_free(asking->patience);
    free(asking);
}

static void decide(struct asking *asking, enum member_state state)
{
    struct request *request = asking->request;
    struct member *member = request ? request->guest : NULL;

    if (request == NULL)
        return;
    asking->request = NULL;
    request->let_go = NULL;
    member->state = state;
    asking->then(request);
}

/* Nobody who knows answers: what was last known counts, as long as it may. */
static void decide_without(struct asking *asking)
{
    bool known = asking->last.checked_ms && !life_is_over(&asking->last, &asking->members->limits, clock_wall_ms());

    decide(asking, known ? MEMBER_IN : MEMBER_AWAY);
}

static void on_found(void *context, enum status status, PGresult *const *results)
{
    struct asking *asking = context;
    struct members *members = asking->members;
    int64_t now_ms = clock_wall_ms();
    struct life life = {.checked_ms = now_ms};

    asking->pending--;
    if (status != ST_OK) {
        decide_without(asking);
    } else if (PQntuples(results[0]) == 1 && str_is(result_text(results[0], 0, 0), asking->token.user_id)) {
        life.begun_ms = now_ms - result_long(results[0], 0, 1);
        life.seen_ms = now_ms - result_long(results[0], 0, 2);
        if (life_is_over(&life, &members->limits, now_ms)) {
            members_end(members, str_of(asking->token.hash));
            decide(asking, MEMBER_OVER);
        } else {
            note_life(members, &asking->token, life);
            note_use(members, &asking->token, life);
            decide(asking, MEMBER_IN);
        }
    } else {
        members_forget(members, str_of(asking->token.hash));
        decide(asking, MEMBER_OVER);
    }
    leave(asking);
}

static void ask_postgres(struct asking *asking)
{
    struct question *question = question_new();

    question_text(question, question_add(question, &find_session), str_of(asking->token.hash));
    asking->pending++;
    book_ask(asking->members->book, READS, question, on_found, asking);
}

static struct asking *asking_new(struct members *members, const struct token *token)
{
    const struct place *place = find(members, token->hash);
    struct asking *asking = calloc(1, sizeof *asking);

    if (asking == NULL)
        abort();
    *asking = (struct asking){.members = members, .token = *token};
    if (place)
        asking->last = place->life;
    return asking;
}

/* Brings memory and Redis up to date, while nobody waits. */
static void check_soon(struct members *members, const struct token *token)
{
    struct place *place = find(members, token->hash);

    if (place == NULL || place->checking || !book_is_there(members->book))
        return;
    place->checking = true;
    ask_postgres(asking_new(members, token));
}

/* --- recognising ------------------------------------------------------------------------------------------------------------ */

static bool is_live(const struct members *members, const struct life *life)
{
    return life->checked_ms && !life_is_over(life, &members->limits, clock_wall_ms());
}

static void take_redis(struct asking *asking, struct life life)
{
    struct members *members = asking->members;

    if (life.checked_ms > asking->last.checked_ms)
        asking->last = life;
    if (!is_live(members, &asking->last) || life_is_stale(&asking->last, &members->limits, clock_wall_ms())) {
        ask_postgres(asking);
        return;
    }
    remember(members, &asking->token, asking->last);
    note_use(members, &asking->token, asking->last);
    decide(asking, MEMBER_IN);
}

static void on_redis(void *context, const redisReply *reply)
{
    struct asking *asking = context;
    struct life life = {.checked_ms = 0};
    struct str value = reply && reply->type == REDIS_REPLY_STRING ? (struct str){reply->str, reply->len} : STR("");

    asking->pending--;
    if (asking->request == NULL) {
        leave(asking);
        return;
    }
    if (str_is(value, LIFE_ENDED)) {
        members_forget(asking->members, str_of(asking->token.hash));
        decide(asking, MEMBER_OVER);
    } else if (life_read(value, &life)) {
        take_redis(asking, life);
    } else {
        ask_postgres(asking); /* memory alone has not heard of what ended elsewhere */
    }
    leave(asking);
}

static void on_patience(evutil_socket_t fd, short what, void *context)
{
    struct asking *asking = context;

    (void)fd, (void)what;
    decide_without(asking);
    leave(asking);
}

static void let_go(void *waiter)
{
    struct asking *asking = waiter;

    asking->request = NULL;
    leave(asking);
}

static void ask(struct members *members, struct request *request, route_fn *then, const struct token *token)
{
    struct asking *asking = asking_new(members, token);
    struct timeval patience = {PATIENCE_MS / 1000, PATIENCE_MS % 1000 * 1000};

    asking->request = request;
    asking->then = then;
    request->let_go = let_go;
    request->waiter = asking;
    asking->patience = evtimer_new(members->base, on_patience, asking);
    if (asking->patience == NULL || evtimer_add(asking->patience, &patience))
        abort();
    asking->pending++;
    redis_words(members->redis, READS, on_redis, asking, STR("GET"), key_of(str_of(token->hash), &request->arena));
}

void members_enter(struct members *members, struct request *request, route_fn *then)
{
    struct member *member = arena_new(&request->arena, struct member);
    const struct place *place;

    if (!token_of(members->key, request_header(request, "Cookie"), &member->token)) {
        then(request);
        return;
    }
    request->guest = member;
    place = find(members, member->token.hash);
    if (request->post || place == NULL || !is_live(members, &place->life) ||
        life_is_old(&place->life, &members->limits, clock_wall_ms())) {
        ask(members, request, then, &member->token);
        return;
    }
    member->state = MEMBER_IN;
    note_use(members, &member->token, place->life);
    then(request);
}

bool members_heard(struct members *members, struct member *member, struct str value)
{
    struct place *place = find(members, member->token.hash);
    struct life life;

    if (str_is(value, LIFE_ENDED)) {
        members_forget(members, str_of(member->token.hash));
        member->state = MEMBER_OVER;
        return false;
    }
    if (life_read(value, &life) && place && life.checked_ms > place->life.checked_ms)
        place->life = life;
    if (place && (value.len == 0 || life_is_stale(&place->life, &members->limits, clock_wall_ms())))
        check_soon(members, &member->token);
    return true;
}

struct members *members_open(struct event_base *base, struct redis *redis, struct book *book,
                             const struct session_key *key, const struct life_limits *limits)
{
    struct members *members = calloc(1, sizeof *members);

    if (members == NULL)
        abort();
    members->base = base;
    members->redis = redis;
    members->book = book;
    members->key = key;
    members->limits = *limits;
    members->ended = ended_open(base, book, limits);
    return members;
}

void members_close(struct members *members)
{
    if (members == NULL)
        return;
    ended_close(members->ended);
    free(members);
}
