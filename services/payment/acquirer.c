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
#include "run/transfers.h"
#include "services/payment/payment.h"
#include "services/payment/wire.h"

enum { REPLY_MAX_BYTES = 16 * 1024, BUCKETS = 1024, WAITING_MAX = 4000 };

static const struct breaker_limits limits = {.failures = 5, .pause_ms = 1000, .pause_longest_ms = 15 * 1000};
static const struct budget_limits retries = {.percent = 20, .floor_second = 10, .most = 200};

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
    struct transfers *transfers;
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
    run_answer(edge.run, waiting->ask, MSG_ACQUIRER_ANSWERED, body, body->at_ms ? body->at_ms : run_now_ms(edge.run));
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

DEFINE_EFFECT(charging, "acquirer-charge", "the acquirer is asked to charge a card");
DEFINE_EFFECT(querying, "acquirer-query", "the acquirer is asked what became of a charge");
DEFINE_EFFECT(voiding, "acquirer-void", "the acquirer is asked to void a charge");
DEFINE_EFFECT(refunding, "acquirer-refund", "the acquirer is asked to give money back");

static const struct effect *effect_of(enum msg_type ask)
{
    switch (ask) {
    case MSG_CHARGE_CARD:
        return &charging;
    case MSG_VOID_CHARGE:
        return &voiding;
    case MSG_REFUND_CHARGE:
        return &refunding;
    default:
        return &querying;
    }
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
    transfers_add(edge.transfers, effect_of(line->waiting->ask->type), line->easy);
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

static void finish(void *context, CURL *easy, CURLcode code)
{
    struct line *line = NULL;
    struct acquirer_answered body;
    long http_status = 0;

    (void)context;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&line);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &http_status);
    guard_report(edge.guard, line->permit, is_answer(code, http_status));
    if (code == CURLE_OK)
        wire_answer(line->waiting->ask, http_status, out_str(&line->reply), &edge.arena, &body);
    else
        wire_silence(line->waiting->ask, str_of(curl_easy_strerror(code)), &body);
    transfers_drop(edge.transfers, line->easy);
    answer(line->waiting, &body);
    line->waiting = NULL;
    free_line(line);
    arena_clear(&edge.arena);
    fill_lines();
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
    edge.line_count = (size_t)payment_settings.asks_at_once;
    edge.transfers = transfers_open(run_base(run), (long)edge.line_count, finish, NULL);
    edge.lines = calloc(edge.line_count, sizeof(*edge.lines));
    if (!edge.lines)
        abort();
    arena_init(&edge.arena);
    edge.guard = guard_open(run_base(run), "acquirer", &limits, &retries, resume, NULL);
    edge.waiting = metric_gauge("shop_acquirer_asks_waiting", "asks that wait for the acquirer, or for its answer",
                                NULL);
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
    if (!guard_admits(edge.guard, ask))
        return;
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
        transfers_drop(edge.transfers, line->easy);
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
    transfers_close(edge.transfers);
    guard_close(edge.guard);
    free(edge.lines);
    arena_release(&edge.arena);
    seal_pair_free(edge.own);
    edge = (struct edge){0};
    curl_global_cleanup();
}
