/* visitor.c - the way through a journey: wait, send, follow redirects, repeat what may be repeated, check, go on. */
#include "services/loadgenerator/visitor.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

#include "base/clock.h"
#include "services/loadgenerator/check.h"

enum { BEAT_US = 25 * 1000, REDIRECTS = 10, AGAIN_AFTER_S = 1, RELOADS = 30, LONGEST_AGAIN_S = 30 };

struct visitor {
    struct floor *floor;
    struct connection *connection;
    struct cookies cookies;
    struct values values;
    struct event *timer;
    const struct journey *journey; /* NULL: nothing is under way */
    const struct journey *wish;    /* what comes behind start */
    const struct journey *last;    /* whose thinking is next */
    size_t step;
    uint64_t once;               /* the steps that are not taken again */
    bool fresh;                  /* start was not done yet */
    int64_t step_us, journey_us; /* when they were meant to begin */
    struct out path, body;       /* what is being asked for; redirects change it */
    bool post, waits_to_repeat;
    unsigned redirects, repeats;
};

/* --- going on --------------------------------------------------------------------------------------------------------------- */

static void after_us(struct visitor *visitor, int64_t wait_us)
{
    struct timeval wait = {0};

    if (wait_us > 0)
        wait = (struct timeval){wait_us / 1000000, wait_us % 1000000};
    evtimer_add(visitor->timer, &wait);
}

static void after_ms(struct visitor *visitor, int64_t wait_ms)
{
    after_us(visitor, wait_ms * 1000);
}

/* A pause ends with a beat, the same for all: those that end close together are one wake-up. The step is meant to begin then. */
static void pause_until_beat(struct visitor *visitor, int64_t until_us)
{
    visitor->step_us = (until_us + BEAT_US - 1) / BEAT_US * BEAT_US;
    after_us(visitor, visitor->step_us - clock_steady_us());
}

static int64_t drawn_ms(struct visitor *visitor, struct pause pause)
{
    return dice_between(&visitor->values.dice, pause.low_ms, pause.high_ms);
}

static void send_request(struct visitor *visitor)
{
    struct floor *floor = visitor->floor;
    const struct step *step = &visitor->journey->steps[visitor->step];
    struct out *head = &floor->head;

    out_clear(head);
    out_put_str(head, STR("Accept: text/html\r\nUser-Agent: shop-loadgenerator\r\n"));
    if (visitor->cookies.count) {
        out_put_str(head, STR("Cookie: "));
        cookies_put(&visitor->cookies, out_str(&visitor->path), head);
        out_put_str(head, STR("\r\n"));
    }
    connection_ask(visitor->connection, visitor->post ? "POST" : "GET", out_str(&visitor->path), out_str(head),
                   visitor->post ? out_str(&visitor->body) : (struct str){NULL, 0}, !visitor->post || step->again);
}

static void put_fields(struct visitor *visitor, const struct step *step)
{
    out_clear(&visitor->body);
    for (size_t i = 0; i < step->field_count; i++) {
        if (i)
            out_put(&visitor->body, "&", 1);
        out_put_url(&visitor->body, step->fields[i].name);
        out_put(&visitor->body, "=", 1);
        values_put(&visitor->values, &step->fields[i].value, VALUES_FORM, &visitor->body);
    }
}

static void send_step(struct visitor *visitor)
{
    const struct step *step = &visitor->journey->steps[visitor->step];

    out_clear(&visitor->path);
    values_put(&visitor->values, &step->path, VALUES_PATH, &visitor->path);
    put_fields(visitor, step);
    visitor->post = step->post;
    visitor->redirects = visitor->repeats = 0;
    histogram_add(&visitor->floor->client->tally->late, clock_steady_us() - visitor->step_us);
    send_request(visitor);
}

/* Takes from at, or the first step behind it that is still to be taken; false: there is none. */
static bool go_to_step(struct visitor *visitor, size_t at)
{
    const struct journey *journey = visitor->journey;

    while (at < journey->step_count && journey->steps[at].once & visitor->once)
        at++;
    visitor->step = at;
    return at < journey->step_count;
}

/* The step at hand, meant to begin at from_us and its own pause. */
static void begin_step(struct visitor *visitor, int64_t from_us)
{
    int64_t pause_ms = drawn_ms(visitor, visitor->journey->steps[visitor->step].pause);

    visitor->step_us = from_us;
    if (pause_ms)
        pause_until_beat(visitor, from_us + pause_ms * 1000);
    else
        send_step(visitor);
}

static void begin_journey(struct visitor *visitor, const struct journey *journey, int64_t from_us)
{
    visitor->journey = journey;
    visitor->journey_us = from_us;
    values_draw(&visitor->values, visitor->floor->journeys, journey);
    if (journey != &visitor->floor->journeys->start)
        visitor->floor->client->tally->counters[TALLY_BEGUN]++;
    (void)go_to_step(visitor, 0); /* the parser sees to it that there is one */
    begin_step(visitor, from_us);
}

static void end_journey(struct visitor *visitor, const char *problem)
{
    struct tally *tally = visitor->floor->client->tally;
    const struct journey *journey = visitor->journey, *wish = visitor->wish;
    int64_t now_us = clock_steady_us();

    if (!wish)
        tally->counters[problem ? TALLY_BROKEN_OFF : TALLY_FINISHED]++;
    if (problem)
        tally_bad(tally, journey->line, problem);
    else
        tally_good(tally, journey->line, now_us - visitor->journey_us);
    visitor->journey = visitor->wish = NULL;
    if (wish)
        visitor->fresh = problem != NULL;
    if (wish && !problem) {
        begin_journey(visitor, wish, now_us);
        return;
    }
    visitor->last = wish ? wish : journey;
    visitor->floor->done(visitor->floor->context, visitor);
}

/* --- what came --------------------------------------------------------------------------------------------------------------- */

static void fail_step(struct visitor *visitor, const char *sentence)
{
    tally_bad(visitor->floor->client->tally, visitor->journey->steps[visitor->step].line, sentence);
    end_journey(visitor, "a step failed");
}

static void hear_cookies(struct visitor *visitor, const struct answer *answer)
{
    struct str all = out_str(&answer->set_cookies);

    while (all.len) {
        const char *end = memchr(all.ptr, '\n', all.len);
        struct str one = {all.ptr, (size_t)(end - all.ptr)};

        cookies_hear(&visitor->cookies, one, out_str(&visitor->path), clock_wall_ms() / 1000);
        all = (struct str){end + 1, all.len - one.len - 1};
    }
}

/* The path on this site that a redirect leads to; empty: it leads elsewhere. */
static struct str path_of(const struct client *client, struct str location)
{
    const char *fragment = location.len ? memchr(location.ptr, '#', location.len) : NULL;
    size_t scheme = sizeof("http://") - 1, host = strlen(client->host);

    if (fragment)
        location.len = (size_t)(fragment - location.ptr);
    if (location.len > scheme + host && memcmp(location.ptr, "http://", scheme) == 0 &&
        memcmp(location.ptr + scheme, client->host, host) == 0)
        location = (struct str){location.ptr + scheme + host, location.len - scheme - host};
    if (location.len == 0 || location.ptr[0] != '/' || (location.len > 1 && location.ptr[1] == '/'))
        return (struct str){NULL, 0};
    for (size_t i = 0; i < location.len; i++)
        if ((unsigned char)location.ptr[i] <= ' ')
            return (struct str){NULL, 0};
    return location;
}

static void redirect(struct visitor *visitor, const struct answer *answer)
{
    struct str path = path_of(visitor->floor->client, out_str(&answer->location));

    if (path.len == 0) {
        fail_step(visitor, "a redirect leads nowhere on this site");
        return;
    }
    if (++visitor->redirects > REDIRECTS) {
        fail_step(visitor, "redirects without end");
        return;
    }
    out_clear(&visitor->path);
    out_put_str(&visitor->path, path);
    visitor->post = visitor->post && answer->status >= 307;
    send_request(visitor);
}

/* "Send it again": the shop says so by 503, or by saying nothing. */
static bool repeat(struct visitor *visitor, enum fault fault, const struct answer *answer)
{
    const struct step *step = &visitor->journey->steps[visitor->step];
    int64_t wait_s = AGAIN_AFTER_S;

    if (visitor->repeats >= step->again || (fault == FAULT_NONE && answer->status != 503))
        return false;
    if (fault == FAULT_NONE && answer->retry_after_s >= 0)
        wait_s = answer->retry_after_s < LONGEST_AGAIN_S ? answer->retry_after_s : LONGEST_AGAIN_S;
    visitor->repeats++;
    visitor->waits_to_repeat = true;
    visitor->floor->client->tally->counters[TALLY_REPEATED]++;
    after_ms(visitor, wait_s * 1000);
    return true;
}

/* A page that looks again by itself is not what the shopper waits for. */
static bool reload(struct visitor *visitor, const struct answer *answer)
{
    const struct floor *floor = visitor->floor;
    struct str mark = floor->journeys->reload;

    if (mark.len == 0 || answer->status != 200 || answer->body.len == 0 || visitor->repeats >= RELOADS ||
        !memmem(answer->body.ptr, answer->body.len, mark.ptr, mark.len))
        return false;
    visitor->repeats++;
    visitor->post = false;
    visitor->waits_to_repeat = true;
    floor->client->tally->counters[TALLY_REPEATED]++;
    after_ms(visitor, AGAIN_AFTER_S * 1000);
    return true;
}

static void check(struct visitor *visitor, const struct answer *answer)
{
    struct floor *floor = visitor->floor;
    const struct step *step = &visitor->journey->steps[visitor->step];
    struct arrival arrival = {answer->status, out_str(&visitor->path), out_str(&answer->body)};
    int64_t now_us = clock_steady_us();
    struct err why;

    if (!check_step(step, &arrival, &visitor->values, &floor->scratch, &why)) {
        fail_step(visitor, why.text);
        return;
    }
    tally_good(floor->client->tally, step->line, now_us - visitor->step_us);
    if (step->is_order)
        orders_follow(floor->orders, check_order_path(arrival.path), &visitor->cookies, arrival.body, visitor->step_us);
    visitor->once |= step->once;
    if (go_to_step(visitor, visitor->step + 1))
        begin_step(visitor, now_us);
    else
        end_journey(visitor, NULL);
}

static void on_answer(void *context, enum fault fault, const struct answer *answer)
{
    struct visitor *visitor = context;

    if (fault == FAULT_NONE)
        hear_cookies(visitor, answer);
    if (repeat(visitor, fault, answer))
        return;
    if (fault != FAULT_NONE)
        fail_step(visitor, fault_sentence(fault));
    else if (answer->status >= 301 && answer->status <= 308 && answer->status != 304 && answer->location.len)
        redirect(visitor, answer);
    else if (!reload(visitor, answer))
        check(visitor, answer);
}

static void on_timer(evutil_socket_t fd, short what, void *context)
{
    struct visitor *visitor = context;

    (void)fd;
    (void)what;
    if (!visitor->journey) {
        visitor_begin(visitor, visitor->step_us);
    } else if (visitor->waits_to_repeat) {
        visitor->waits_to_repeat = false;
        send_request(visitor);
    } else {
        send_step(visitor);
    }
}

/* --- the visitor ------------------------------------------------------------------------------------------------------------ */

static void note_lines(struct tally *tally, struct journey *journey)
{
    journey->line = tally_line(tally, TALLY_JOURNEY, journey->name);
    for (size_t i = 0; i < journey->step_count; i++)
        journey->steps[i].line = tally_line(tally, TALLY_STEP, journey->steps[i].label);
}

void floor_open(struct floor *floor, struct client *client, struct journeys *journeys, struct orders *orders,
                visitor_fn *done, void *context)
{
    *floor = (struct floor){.client = client, .journeys = journeys, .orders = orders, .done = done, .context = context};
    out_init(&floor->path);
    out_init(&floor->head);
    out_init(&floor->scratch);
    if (journeys->start.step_count)
        note_lines(client->tally, &journeys->start);
    for (size_t i = 0; i < journeys->count; i++)
        note_lines(client->tally, &journeys->journeys[i]);
}

void floor_release(struct floor *floor)
{
    out_release(&floor->path);
    out_release(&floor->head);
    out_release(&floor->scratch);
}

struct visitor *visitor_new(struct floor *floor, struct str name, uint64_t seed)
{
    struct visitor *visitor = calloc(1, sizeof(*visitor));

    if (!visitor)
        abort();
    visitor->floor = floor;
    visitor->timer = evtimer_new(floor->client->base, on_timer, visitor);
    if (!visitor->timer)
        abort();
    out_init(&visitor->path);
    out_init(&visitor->body);
    visitor_renew(visitor, name, seed);
    return visitor;
}

void visitor_renew(struct visitor *visitor, struct str name, uint64_t seed)
{
    connection_free(visitor->connection);
    visitor->connection = connection_new(visitor->floor->client, on_answer, visitor);
    visitor->cookies.count = 0;
    visitor->fresh = true;
    visitor->once = 0;
    values_init(&visitor->values, visitor->floor->journeys, name, seed);
}

void visitor_free(struct visitor *visitor)
{
    if (!visitor)
        return;
    connection_free(visitor->connection);
    event_free(visitor->timer);
    out_release(&visitor->path);
    out_release(&visitor->body);
    free(visitor);
}

void visitor_begin(struct visitor *visitor, int64_t intended_us)
{
    const struct journeys *all = visitor->floor->journeys;
    unsigned at = (unsigned)dice_between(&visitor->values.dice, 0, all->weight - 1);
    const struct journey *wish = journeys_at(all, at);

    if (visitor->fresh && all->start.step_count) {
        visitor->wish = wish;
        begin_journey(visitor, &all->start, intended_us);
    } else {
        begin_journey(visitor, wish, intended_us);
    }
}

void visitor_begin_later(struct visitor *visitor)
{
    int64_t think_ms = drawn_ms(visitor, visitor->last->think);

    pause_until_beat(visitor, clock_steady_us() + think_ms * 1000);
}

bool visitor_is_busy(const struct visitor *visitor)
{
    return visitor->journey != NULL;
}
