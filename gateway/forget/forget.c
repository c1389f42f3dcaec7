/* forget.c - one customer after the other: the orders' keys, the visitor's notes, account and sessions, the certificate.
 *
 * 1. Nobody is taken on before the ledger was read to its end: who is in it is done with.
 * 2. From when a customer is asked for, their id is nobody's (forget_has): what they order now is another's.
 * 3. The keys are found by reading all orders, after the id was given up; one that was on its way is found in the time after.
 * 4. The certificate is said last. Killed before it, everything is done again. */
#include "gateway/forget/forget.h"

#include <stdlib.h>
#include <sys/queue.h>

#include "base/crash.h"
#include "base/log.h"
#include "gateway/forget/erase.h"
#include "gateway/forget/id_set.h"
#include "gateway/forget/scan.h"
#include "run/reader.h"

enum { LOOK_EVERY_S = 1, LINGER_S = 30, SWEEP_S = 60 };

enum leaver_state { LEAVER_KEYS, LEAVER_ACCOUNT, LEAVER_GONE };

/* A customer who is to be forgotten. */
struct leaver {
    TAILQ_ENTRY(leaver) link;
    struct forget *forget;
    enum leaver_state state;
    bool busy; /* an answer will come */
    struct arena arena;
    struct str user_id, asked_by;
    int64_t asked_at_ms;
    struct id command;
    struct scan *scan; /* from LEAVER_KEYS on, to the end */
    const struct scan_found *found;
    size_t unsaid; /* keys, and the visitor */
    int linger_s;  /* of LEAVER_GONE */
};

struct forget {
    struct event_base *base;
    struct kafka kafka;
    struct accounts *accounts;
    struct sayer *sayer;
    struct reader *reader;
    struct event *look;
    struct id_set asked, done; /* everybody ever asked for; those with a certificate */
    TAILQ_HEAD(, leaver) leavers;
    bool book_was_there;
    int unswept_s;
};

static void leaver_free(struct leaver *leaver)
{
    TAILQ_REMOVE(&leaver->forget->leavers, leaver, link);
    scan_close(leaver->scan);
    arena_release(&leaver->arena);
    free(leaver);
}

/* --- one customer ------------------------------------------------------------------------------------------------------- */

static void on_certified(void *context)
{
    struct leaver *leaver = context;

    (void)id_set_add(&leaver->forget->done, leaver->user_id);
    leaver->state = LEAVER_GONE;
    leaver->linger_s = LINGER_S;
    log_info("a customer is forgotten: %zu orders, %zu keys", leaver->found->orders.count, leaver->found->keys.count);
}

static void on_erased(void *context, bool done, const struct erased_list *erased)
{
    struct leaver *leaver = context;
    struct arena *arena = &leaver->arena;
    struct customer_forgotten body = {
        .user_id = leaver->user_id,
        .asked_by = leaver->asked_by,
        .asked_at_ms = leaver->asked_at_ms,
        .orders = {id_set_texts(&leaver->found->orders, arena), leaver->found->orders.count},
        .key_ids = {id_set_texts(&leaver->found->keys, arena), leaver->found->keys.count},
        .erased = *erased,
    };

    leaver->busy = done; /* or at the next look: the database is away */
    if (done)
        sayer_say(leaver->forget->sayer, EFFECT("customer-forgotten", "the certificate of an erasure is produced"),
                  MSG_CUSTOMER_FORGOTTEN, &body, id_named(&leaver->command, STR("forgotten")), leaver->command,
                  on_certified, leaver);
}

static void on_said(void *context)
{
    struct leaver *leaver = context;

    if (--leaver->unsaid > 0)
        return;
    leaver->state = LEAVER_ACCOUNT;
    leaver->busy = false;
}

static void on_scanned(void *context, const struct scan_found *found)
{
    struct leaver *leaver = context;
    struct sayer *sayer = leaver->forget->sayer;
    struct visitor_forgotten visitor = {leaver->user_id};
    struct str *keys = id_set_texts(&found->keys, &leaver->arena);

    leaver->found = found;
    leaver->unsaid = 1 + found->keys.count;
    for (size_t i = 0; i < leaver->found->keys.count; i++)
        sayer_forget_key(sayer, keys[i], on_said, leaver);
    sayer_say(sayer, EFFECT("visitor-forgotten", "what was noted of a visitor is disowned"), MSG_VISITOR_FORGOTTEN,
              &visitor, id_named(&leaver->command, STR("visitor")), leaver->command, on_said, leaver);
}

static void on_late(void *context, struct str key_id)
{
    struct leaver *leaver = context;

    log_info("a forgotten customer had one more order on its way");
    sayer_forget_key(leaver->forget->sayer, key_id, NULL, NULL);
}

static void find_keys(struct leaver *leaver)
{
    struct forget *forget = leaver->forget;
    const struct scan_wish wish = {leaver->user_id, on_scanned, on_late, leaver};
    struct err err;

    leaver->busy = scan_open(forget->base, &forget->kafka, &wish, &leaver->scan, &err) == ST_OK;
    if (!leaver->busy)
        log_warning("a customer cannot be forgotten yet: %s", err.text);
}

static void go_on(struct leaver *leaver)
{
    struct forget *forget = leaver->forget;

    if (leaver->state == LEAVER_GONE) {
        leaver->linger_s -= LOOK_EVERY_S;
        if (leaver->linger_s <= 0)
            leaver_free(leaver);
    } else if (leaver->busy) {
        return;
    } else if (id_set_has(&forget->done, leaver->user_id)) {
        leaver_free(leaver); /* done before, or by another gateway */
    } else if (leaver->state == LEAVER_KEYS) {
        find_keys(leaver);
    } else {
        leaver->busy = true;
        erase(forget->accounts, leaver->user_id, &leaver->arena, on_erased, leaver);
    }
}

/* --- all of them -------------------------------------------------------------------------------------------------------- */

static void on_swept(void *context, long count)
{
    struct forget *forget = context;

    if (count < 0)
        forget->unswept_s = SWEEP_S; /* the database went: at the next look */
    else if (count > 0)
        log_warning("the accounts' database had %ld forgotten customers again: it is from before", count);
}

/* Soon after the database came, and now and then. */
static void sweep(struct forget *forget)
{
    bool is_there = book_is_there(forget->accounts->book);

    forget->unswept_s += LOOK_EVERY_S;
    if (is_there && !forget->book_was_there)
        forget->unswept_s = SWEEP_S;
    forget->book_was_there = is_there;
    if (!is_there || forget->unswept_s < SWEEP_S || forget->done.count == 0)
        return;
    forget->unswept_s = 0;
    erase_again(forget->accounts, &forget->done, on_swept, forget);
}

static void look(evutil_socket_t fd, short what, void *context)
{
    struct forget *forget = context;
    struct leaver *next;

    (void)fd, (void)what;
    if (!reader_complete(forget->reader))
        return;
    sweep(forget);
    for (struct leaver *leaver = TAILQ_FIRST(&forget->leavers); leaver; leaver = next) {
        next = TAILQ_NEXT(leaver, link);
        go_on(leaver);
    }
}

static void take_on(struct forget *forget, const struct msg *msg, struct str user_id, struct str asked_by)
{
    struct leaver *leaver;

    if (str_is(user_id, SESSION_SHARED_USER) || !id_set_add(&forget->asked, user_id))
        return;
    leaver = calloc(1, sizeof *leaver);
    if (leaver == NULL)
        abort();
    arena_init(&leaver->arena);
    leaver->forget = forget;
    leaver->user_id = arena_copy(&leaver->arena, user_id);
    leaver->asked_by = arena_copy(&leaver->arena, asked_by);
    leaver->asked_at_ms = msg->time_ms;
    leaver->command = msg->id;
    TAILQ_INSERT_TAIL(&forget->leavers, leaver, link);
}

static void hear(void *context, const struct msg *msg, struct str value)
{
    struct forget *forget = context;
    const struct forget_customer *asked = msg->body;
    const struct customer_left *left = msg->body;

    (void)value;
    if (msg->type == MSG_CUSTOMER_FORGOTTEN)
        (void)id_set_add(&forget->done, ((const struct customer_forgotten *)msg->body)->user_id);
    else if (msg->type == MSG_FORGET_CUSTOMER)
        take_on(forget, msg, asked->user_id, asked->asked_by);
    else if (msg->type == MSG_CUSTOMER_LEFT)
        take_on(forget, msg, left->user_id, STR("the shopper"));
}

enum status forget_open(struct event_base *base, const struct kafka *kafka, struct accounts *accounts,
                        struct sayer *sayer, struct forget **opened, struct err *err)
{
    static const enum topic topics[] = {TOPIC_CUSTOMER_COMMANDS, TOPIC_CUSTOMER_EVENTS};
    const struct reader_from from = {.topics = topics, .topic_count = sizeof topics / sizeof *topics};
    struct forget *forget = calloc(1, sizeof *forget);
    struct timeval every = {LOOK_EVERY_S, 0};

    if (forget == NULL)
        abort();
    *forget = (struct forget){.base = base, .kafka = *kafka, .accounts = accounts, .sayer = sayer};
    TAILQ_INIT(&forget->leavers);
    *opened = forget;
    forget->look = event_new(base, -1, EV_PERSIST, look, forget);
    if (forget->look == NULL || event_add(forget->look, &every))
        abort();
    return reader_open(base, kafka, &from, hear, NULL, forget, &forget->reader, err);
}

void forget_close(struct forget *forget)
{
    if (forget == NULL)
        return;
    while (!TAILQ_EMPTY(&forget->leavers))
        /* It takes itself out of the list. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
        leaver_free(TAILQ_FIRST(&forget->leavers));
    reader_close(forget->reader);
    event_free(forget->look);
    id_set_release(&forget->asked);
    id_set_release(&forget->done);
    free(forget);
}

bool forget_has(const struct forget *forget, struct str user_id)
{
    return id_set_has(&forget->asked, user_id) || id_set_has(&forget->done, user_id);
}

void forget_leave(struct forget *forget, struct str user_id, void (*then)(void *context), void *context)
{
    static const struct id space = {.bytes = "customers left"};
    struct customer_left body = {user_id};
    struct id id = id_named(&space, user_id);

    sayer_say(forget->sayer, EFFECT("customer-left", "a shopper gives their account up"), MSG_CUSTOMER_LEFT, &body, id,
              id, then, context);
}

bool forget_ready(void *context, struct err *why)
{
    const struct forget *forget = context;

    return reader_ready(forget->reader, why);
}
