/* acquirer.c - payment's edge: asks go to the acquirer over HTTP, its replies come back as messages.
 *
 * Nothing blocks: libcurl's sockets and timer are events of the service's loop. So many asks are on their way at once, the
 * others queue; the same ask is on its way only once. While the acquirer does not answer, all of them wait, but for one that
 * finds out whether it is back. What is lost here, with the process, is asked again by its deadline. */
#include <curl/curl.h>
#include <malloc.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "run/guard.h"
#include "run/metrics.h"
#include "run/run.h"
#include "services/payment/payment.h"
#include "services/payment/wire.h"

enum { REPLY_MAX_BYTES = 16 * 1024, BUCKETS = 1024, WAITING_MAX = 4000 };

static const struct breaker_limits limits = {.failures = 5, .pause_ms = 1000, .pause_longest_ms = 15 * 1000};

struct payment_settings payment_settings;

/* An ask until it is answered: queued, then in a line. */
struct waiting {
    struct waiting *next_queued, *next_in_bucket;
    struct msg *ask;
};

/* One of the connections to the acquirer, for one ask after the other. */
struct line {
    struct line *next_free;
    CURL *easy;
    struct curl_slist *headers;
    struct waiting *waiting;
    uint64_t permit;
    struct wire_request request;
    struct out reply;
};

static struct edge {
    struct run *run;
    struct seal_pair *own;
    CURLM *multi;
    struct event *timer;
    struct line *lines, *free_lines;
    size_t line_count;
    struct guard *guard;
    struct waiting *first, *last; /* queued */
    size_t count;                 /* of all that wait */
    struct metric *waiting;
    struct waiting *buckets[BUCKETS];
    struct arena arena;
} edge;

/* --- the same ask only once ---------------------------------------------------------------------------------------- */

static struct waiting **bucket_of(const struct msg *ask)
{
    size_t hash = ask->type;

    for (size_t i = 0; i < ask->key.len; i++)
        hash = hash * 31 + (unsigned char)ask->key.ptr[i];
    return &edge.buckets[hash % BUCKETS];
}

/* Where the waiting ask of the same kind for the same order hangs, or would. */
static struct waiting **find_waiting(const struct msg *ask)
{
    struct waiting **at = bucket_of(ask);

    while (*at && ((*at)->ask->type != ask->type || !str_equal((*at)->ask->key, ask->key)))
        at = &(*at)->next_in_bucket;
    return at;
}

static void forget_waiting(struct waiting *waiting)
{
    struct waiting **at = find_waiting(waiting->ask);

    *at = waiting->next_in_bucket;
    metric_set(edge.waiting, (double)--edge.count);
    run_drop_ask(waiting->ask);
    free(waiting);
}

/* --- one ask in its line ------------------------------------------------------------------------------------------- */

static void answer(struct waiting *waiting, const struct acquirer_answered *body)
{
    if (body->answer == ACQUIRER_ANSWER_UNKNOWN)
        log_warning("order " STR_FMT ": %s is not answered: " STR_FMT, STR_ARG(waiting->ask->key),
                    msg_type_name(waiting->ask->type), STR_ARG(body->detail));
    run_answer(edge.run, waiting->ask, MSG_ACQUIRER_ANSWERED, body, body->at_ms ? body->at_ms : clock_wall_ms());
    forget_waiting(waiting);
}

static size_t take_reply(char *bytes, size_t one, size_t len, void *context)
{
    struct line *line = context;

    (void)one;
    if (line->reply.len + len > REPLY_MAX_BYTES)
        return 0; /* makes the transfer fail */
    out_put(&line->reply, bytes, len);
    return len;
}

static void free_line(struct line *line)
{
    wire_release(&line->request);
    curl_slist_free_all(line->headers);
    line->headers = NULL;
    line->next_free = edge.free_lines;
    edge.free_lines = line;
}

static void send_request(struct line *line)
{
    struct arena *arena = &edge.arena;
    struct str url = arena_printf(arena, "%s%s", payment_settings.acquirer, line->request.path.ptr);
    struct str key = arena_printf(arena, "Idempotency-Key: %s", line->request.key.ptr);

    line->headers = curl_slist_append(NULL, key.ptr);
    line->headers = curl_slist_append(line->headers, "Content-Type: application/json");
    line->headers = curl_slist_append(line->headers, "Expect:");
    curl_easy_setopt(line->easy, CURLOPT_URL, url.ptr);
    curl_easy_setopt(line->easy, CURLOPT_HTTPHEADER, line->headers);
    if (line->request.body.len > 0) {
        curl_easy_setopt(line->easy, CURLOPT_POSTFIELDS, line->request.body.ptr); /* makes it a POST */
        curl_easy_setopt(line->easy, CURLOPT_POSTFIELDSIZE, (long)line->request.body.len);
    } else {
        curl_easy_setopt(line->easy, CURLOPT_HTTPGET, 1L);
    }
    out_clear(&line->reply);
    curl_multi_add_handle(edge.multi, line->easy);
}

/* False: it was answered here and now, the line is free for another. */
static bool begin(struct line *line, struct waiting *waiting)
{
    struct acquirer_answered body;
    bool sent;

    wire_init(&line->request);
    sent = wire_ask(waiting->ask, edge.own, &edge.arena, &line->request, &body);
    if (sent) {
        line->waiting = waiting;
        send_request(line);
    } else {
        wire_release(&line->request);
        answer(waiting, &body);
    }
    arena_clear(&edge.arena);
    return sent;
}

static void fill_lines(void)
{
    while (edge.first && edge.free_lines) {
        struct waiting *waiting = edge.first;
        struct line *line = edge.free_lines;

        line->permit = guard_permit(edge.guard);
        if (!line->permit)
            return;
        edge.first = waiting->next_queued;
        if (begin(line, waiting))
            edge.free_lines = line->next_free;
        else
            guard_give_back(edge.guard, line->permit);
    }
}

static void resume(void *context)
{
    (void)context;
    fill_lines();
}

/* Whether it answers at all; what it says is another matter. */
static bool is_answer(CURLcode code, long http_status)
{
    return code == CURLE_OK && http_status < 500 && http_status != 429;
}

static void finish(struct line *line, CURLcode code)
{
    struct acquirer_answered body;
    long http_status = 0;

    curl_easy_getinfo(line->easy, CURLINFO_RESPONSE_CODE, &http_status);
    guard_report(edge.guard, line->permit, is_answer(code, http_status));
    if (code == CURLE_OK)
        wire_answer(line->waiting->ask, http_status, out_str(&line->reply), &edge.arena, &body);
    else
        wire_silence(line->waiting->ask, str_of(curl_easy_strerror(code)), &body);
    curl_multi_remove_handle(edge.multi, line->easy);
    answer(line->waiting, &body);
    line->waiting = NULL;
    free_line(line);
    arena_clear(&edge.arena);
}

/* --- libcurl in the loop ------------------------------------------------------------------------------------------- */

static void finish_what_is_done(void)
{
    CURLMsg *done;
    int more;

    while ((done = curl_multi_info_read(edge.multi, &more))) {
        struct line *line = NULL;

        if (done->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(done->easy_handle, CURLINFO_PRIVATE, (char **)&line);
        finish(line, done->data.result);
    }
    fill_lines();
}

static void on_socket(evutil_socket_t fd, short what, void *context)
{
    int running;

    (void)context;
    curl_multi_socket_action(
        edge.multi, fd, (what & EV_READ ? CURL_CSELECT_IN : 0) | (what & EV_WRITE ? CURL_CSELECT_OUT : 0), &running);
    finish_what_is_done();
}

static void on_timer(evutil_socket_t fd, short what, void *context)
{
    int running;

    (void)fd, (void)what, (void)context;
    curl_multi_socket_action(edge.multi, CURL_SOCKET_TIMEOUT, 0, &running);
    finish_what_is_done();
}

static int watch_timer(CURLM *multi, long wait_ms, void *context)
{
    struct timeval wait = {wait_ms / 1000, wait_ms % 1000 * 1000};

    (void)multi, (void)context;
    if (wait_ms < 0)
        return evtimer_del(edge.timer);
    return evtimer_add(edge.timer, &wait);
}

static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *watched)
{
    struct event *watch = watched;
    short events = (short)((what & CURL_POLL_IN ? EV_READ : 0) | (what & CURL_POLL_OUT ? EV_WRITE : 0) | EV_PERSIST);

    (void)easy, (void)context;
    if (watch)
        event_free(watch);
    watch = what == CURL_POLL_REMOVE ? NULL : event_new(run_base(edge.run), fd, events, on_socket, NULL);
    curl_multi_assign(edge.multi, fd, watch);
    return watch ? event_add(watch, NULL) : 0;
}

/* --- opening and closing ------------------------------------------------------------------------------------------- */

/* libcurl copies requests, cards included, into buffers of its own: they are overwritten when it gives them back. */
static void wiping_free(void *memory)
{
    if (memory)
        explicit_bzero(memory, malloc_usable_size(memory));
    free(memory);
}

static void *wiping_realloc(void *memory, size_t size_bytes)
{
    size_t old_bytes = memory ? malloc_usable_size(memory) : 0;
    void *moved = malloc(size_bytes);

    if (moved && memory) {
        memcpy(moved, memory, old_bytes < size_bytes ? old_bytes : size_bytes);
        wiping_free(memory);
    }
    return moved;
}

static void open_line(struct line *line)
{
    line->easy = curl_easy_init();
    if (!line->easy)
        abort();
    curl_easy_setopt(line->easy, CURLOPT_PRIVATE, line);
    curl_easy_setopt(line->easy, CURLOPT_WRITEFUNCTION, take_reply);
    curl_easy_setopt(line->easy, CURLOPT_WRITEDATA, line);
    curl_easy_setopt(line->easy, CURLOPT_TIMEOUT_MS, (long)payment_settings.timeout_ms);
    curl_easy_setopt(line->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(line->easy, CURLOPT_PROXY, "");
    out_init(&line->reply);
    free_line(line);
}

enum status acquirer_open(struct run *run, struct err *err)
{
    char path[4096];
    enum status status;

    snprintf(path, sizeof(path), "%s/payment.private.pem", payment_settings.keys);
    status = seal_pair_read_private(path, &edge.own, err);
    if (status != ST_OK)
        return status;
    if (payment_settings.asks_at_once < 1 || payment_settings.asks_at_once > 256)
        return err_set(err, ST_FATAL, "APP_ACQUIRER_CONNECTIONS must be 1 to 256");
    if (curl_global_init_mem(CURL_GLOBAL_ALL, malloc, wiping_free, wiping_realloc, strdup, calloc) != CURLE_OK)
        return err_set(err, ST_FATAL, "libcurl does not start");
    edge.run = run;
    edge.multi = curl_multi_init();
    edge.timer = evtimer_new(run_base(run), on_timer, NULL);
    edge.line_count = (size_t)payment_settings.asks_at_once;
    edge.lines = calloc(edge.line_count, sizeof(*edge.lines));
    if (!edge.multi || !edge.timer || !edge.lines)
        abort();
    arena_init(&edge.arena);
    edge.guard = guard_open(run_base(run), "acquirer", &limits, resume, NULL);
    edge.waiting = metric_gauge("shop_acquirer_asks_waiting", "asks that wait for the acquirer, or for its answer",
                                NULL);
    curl_multi_setopt(edge.multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
    curl_multi_setopt(edge.multi, CURLMOPT_TIMERFUNCTION, watch_timer);
    curl_multi_setopt(edge.multi, CURLMOPT_MAXCONNECTS, (long)edge.line_count);
    for (size_t i = 0; i < edge.line_count; i++)
        open_line(&edge.lines[i]);
    return ST_OK;
}

void acquirer_ask(struct run *run, const struct msg *ask)
{
    struct waiting **at = find_waiting(ask), *waiting;

    (void)run;
    if (*at || edge.count >= WAITING_MAX)
        return; /* its answer will do for both; or its deadline asks again, when there is more room */
    waiting = calloc(1, sizeof(*waiting));
    if (!waiting)
        abort();
    waiting->ask = run_keep_ask(ask);
    *at = waiting;
    metric_set(edge.waiting, (double)++edge.count);
    if (edge.first)
        edge.last->next_queued = waiting;
    else
        edge.first = waiting;
    edge.last = waiting;
    fill_lines();
}

static void close_line(struct line *line)
{
    if (line->waiting) {
        curl_multi_remove_handle(edge.multi, line->easy);
        forget_waiting(line->waiting);
        free_line(line);
    }
    curl_easy_cleanup(line->easy);
    out_release(&line->reply);
}

void acquirer_close(struct run *run)
{
    (void)run;
    for (size_t i = 0; i < edge.line_count; i++)
        close_line(&edge.lines[i]);
    while (edge.first) {
        struct waiting *next = edge.first->next_queued;

        forget_waiting(edge.first);
        edge.first = next;
    }
    if (edge.multi)
        curl_multi_cleanup(edge.multi);
    guard_close(edge.guard);
    if (edge.timer)
        event_free(edge.timer);
    free(edge.lines);
    arena_release(&edge.arena);
    seal_pair_free(edge.own);
    edge = (struct edge){0};
    curl_global_cleanup();
}
