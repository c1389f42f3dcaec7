/* signing.c - waiting for several, and letting go of all of them. */
#include "gateway/accounts/signing.h"

#include <stdio.h>
#include <stdlib.h>

#include "run/metrics.h"

enum { PATIENCE_S = 10 };

void signing_count(const char *outcome)
{
    char labels[64];

    snprintf(labels, sizeof labels, "outcome=\"%s\"", outcome);
    metric_add(metric_counter("shop_sign_ins_total", "Forms to sign in or up, by what became of them.", labels), 1);
}

static void free_if_done(struct signing *signing)
{
    if (signing->request || signing->pending)
        return;
    event_free(signing->patience);
    arena_release(&signing->arena);
    seal_cleanse(&signing->token, sizeof signing->token);
    free(signing);
}

static void let_go(void *waiter)
{
    struct signing *signing = waiter;

    signing->request = NULL;
    evtimer_del(signing->patience);
    free_if_done(signing);
}

static void on_patience(evutil_socket_t fd, short what, void *context)
{
    struct signing *signing = context;

    (void)fd, (void)what;
    signing_count("late");
    if (signing->request)
        answer_header(signing->request, "Retry-After", STR("5"));
    signing_fail(context, MHD_HTTP_SERVICE_UNAVAILABLE,
                 STR("That takes longer than it should. Please try again in a moment."));
}

struct signing *signing_new(struct visit *visit, void (*fail)(struct signing *, unsigned, struct str))
{
    struct signing *signing = calloc(1, sizeof *signing);
    struct timeval patience = {PATIENCE_S, 0};

    if (signing == NULL)
        abort();
    signing->accounts = &visit->gateway->accounts;
    signing->request = visit->request;
    signing->visit = visit;
    signing->fail = fail;
    arena_init(&signing->arena);
    signing->patience = evtimer_new(visit->gateway->commands.base, on_patience, signing);
    if (signing->patience == NULL || evtimer_add(signing->patience, &patience))
        abort();
    visit->request->let_go = let_go;
    visit->request->waiter = signing;
    return signing;
}

void signing_ask(struct signing *signing)
{
    signing->pending++;
}

bool signing_goes_on(struct signing *signing)
{
    bool wanted = signing->request != NULL;

    signing->pending--;
    free_if_done(signing);
    return wanted;
}

struct request *signing_take(struct signing *signing)
{
    struct request *request = signing->request;

    request->let_go = NULL;
    let_go(signing);
    return request;
}

void signing_try(struct signing *signing, void (*then)(void *context, int64_t wait_s))
{
    signing_ask(signing);
    tries_count(signing->accounts->tries, signing->tried, signing->tried_count, then, signing);
}

void signing_fail(struct signing *signing, unsigned status, struct str problem)
{
    signing->fail(signing, status, problem);
}

void signing_is_limited(struct signing *signing, int64_t wait_s)
{
    struct arena *arena = &signing->request->arena;
    long minutes = (long)(wait_s + 59) / 60;

    signing_count("limited");
    answer_header(signing->request, "Retry-After", arena_printf(arena, "%lld", (long long)wait_s));
    signing_fail(signing, MHD_HTTP_TOO_MANY_REQUESTS,
                 minutes > 1 ? arena_printf(arena, "That was tried often. Please try again in %ld minutes.", minutes)
                             : STR("That was tried often. Please try again in a minute."));
}

void signing_is_busy(struct signing *signing)
{
    signing_count("busy");
    tries_take_back(signing->accounts->tries, signing->tried, signing->tried_count);
    answer_header(signing->request, "Retry-After", STR("5"));
    signing_fail(signing, MHD_HTTP_SERVICE_UNAVAILABLE,
                 STR("Many people sign in at this moment. Please try again in a moment."));
}

void signing_is_away(struct signing *signing)
{
    signing_count("away");
    tries_take_back(signing->accounts->tries, signing->tried, signing->tried_count);
    answer_header(signing->request, "Retry-After", STR("5"));
    signing_fail(
        signing, MHD_HTTP_SERVICE_UNAVAILABLE,
        STR("Our book of accounts does not answer at this moment. You can go on shopping without it; please try "
            "again in a moment."));
}
