/* bank.c - currency's edge: the bank is asked for its file over HTTP, and what it answers comes back as a message.
 *
 * Nothing blocks: libcurl's socket and timer are events of the service's loop. There is one question at a time; one that is
 * lost with the process is asked again by its deadline. A bank that has not answered for some time is asked no more than its
 * breaker and its budget of retries allow. Redirects are not followed: the bank lives where we were told. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/out.h"
#include "run/guard.h"
#include "run/metrics.h"
#include "run/run.h"
#include "run/transfers.h"
#include "services/currency/currency.h"

struct currency_settings currency_settings;

enum { OUTCOMES = FETCH_OUTCOME_REFUSED + 1 };

static const struct breaker_limits limits = {.failures = 3, .pause_ms = 5 * 1000, .pause_longest_ms = 5 * 60 * 1000};
static const struct budget_limits retries = {.percent = 20, .floor_second = 1, .most = 5};

static struct bank {
    struct run *run;
    struct guard *guard;
    uint64_t permit; /* of the question that is on its way; 0: none is */
    struct transfers *transfers;
    CURL *easy;
    struct msg *ask; /* NULL: nothing is being asked */
    struct out reply;
    struct arena arena;
    enum fetch_outcome last; /* a bank that is away is worth one line, until that changes */
    struct metric *outcomes[OUTCOMES], *held, *day;
    char why[CURL_ERROR_SIZE];
} bank;

/* --- answers ------------------------------------------------------------------------------------------------------ */

/* The rules decide; here it is only said aloud, by the same measure. */
static void tell_doubts(const struct fetch_rates *asked, const struct rates_fetched *answer)
{
    for (size_t i = 0; i < answer->rates.count; i++) {
        const struct rate *known = currency_find(asked->known, answer->rates.items[i].currency);
        struct str doubt = {0};

        if (known)
            doubt = currency_doubt(known, &answer->rates.items[i], currency_settings.jump_percent, &bank.arena);
        if (doubt.len == 0)
            continue;
        metric_add(bank.held, 1);
        log_warning("a rate is held back: " STR_FMT, STR_ARG(doubt));
    }
    if (str_compare(answer->as_of, asked->known_as_of) < 0)
        log_warning("the bank's rates of " STR_FMT " are older than ours of " STR_FMT ": they are ignored",
                    STR_ARG(answer->as_of), STR_ARG(asked->known_as_of));
    if (str_compare(answer->as_of, currency_day(run_now_ms(bank.run) + INT64_C(24) * 3600 * 1000, &bank.arena)) > 0)
        log_warning("the bank's rates are of " STR_FMT ", which is to come: they are ignored", STR_ARG(answer->as_of));
}

static void tell_outcome(const struct rates_fetched *answer)
{
    metric_add(bank.outcomes[answer->outcome], 1);
    if (answer->outcome == FETCH_OUTCOME_FETCHED)
        log_info("the bank's rates of " STR_FMT ": %zu currencies", STR_ARG(answer->as_of), answer->rates.count);
    else if (answer->outcome != bank.last)
        log_warning("no rates from %s: " STR_FMT " Those that are known stay in force; this is said once.",
                    currency_settings.url, STR_ARG(answer->detail));
    bank.last = answer->outcome;
}

static void note_day(struct str as_of)
{
    struct tm tm = {0};

    if (strptime(as_of.ptr, "%Y-%m-%d", &tm))
        metric_set(bank.day, (double)timegm(&tm));
}

static void answer(const struct rates_fetched *body)
{
    tell_outcome(body);
    run_answer(bank.run, bank.ask, MSG_RATES_FETCHED, body, run_now_ms(bank.run));
    run_drop_ask(bank.ask);
    bank.ask = NULL;
    arena_clear(&bank.arena);
}

static void answer_without(enum fetch_outcome outcome, struct str detail)
{
    const struct fetch_rates *asked = bank.ask->body;

    answer(&(struct rates_fetched){.base = asked->base, .outcome = outcome, .detail = detail});
}

static size_t take_reply(char *bytes, size_t one, size_t len, void *context)
{
    (void)one, (void)context;
    if (bank.reply.len + len > CURRENCY_XML_BYTES)
        return 0; /* makes the transfer fail */
    out_put(&bank.reply, bytes, len);
    return len;
}

static void finish(void *context, CURL *easy, CURLcode code)
{
    struct rates_fetched body;
    long http_status = 0;

    (void)context;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &http_status);
    transfers_drop(bank.transfers, easy);
    guard_report(bank.guard, bank.permit, code == CURLE_WRITE_ERROR || (code == CURLE_OK && http_status < 500));
    bank.permit = 0;
    if (code == CURLE_WRITE_ERROR) {
        answer_without(FETCH_OUTCOME_REFUSED, STR("It is longer than such a file can be."));
    } else if (code != CURLE_OK) {
        answer_without(FETCH_OUTCOME_UNREACHABLE,
                       arena_printf(&bank.arena, "%s.", bank.why[0] ? bank.why : curl_easy_strerror(code)));
    } else if (http_status != 200) {
        answer_without(FETCH_OUTCOME_REFUSED, arena_printf(&bank.arena, "It answers %ld.", http_status));
    } else {
        currency_read(out_str(&bank.reply), &bank.arena, &body);
        if (body.outcome == FETCH_OUTCOME_FETCHED) {
            tell_doubts(bank.ask->body, &body);
            note_day(body.as_of);
        }
        answer(&body);
    }
}

/* --- opening, asking, closing ------------------------------------------------------------------------------------- */

static void open_metrics(void)
{
    char labels[64];

    for (int i = 0; i < OUTCOMES; i++) {
        snprintf(labels, sizeof(labels), "outcome=\"%s\"", fetch_outcome_name((enum fetch_outcome)i));
        bank.outcomes[i] = metric_counter("shop_rates_fetches_total", "Questions to the bank, by what came of them.",
                                          labels);
    }
    bank.held = metric_counter("shop_rates_held_total", "Offered rates that were not believed.", NULL);
    bank.day = metric_gauge("shop_rates_day_seconds", "The day of the bank's last rates, seconds since 1970.", NULL);
}

static void open_easy(void)
{
    bank.easy = curl_easy_init();
    if (!bank.easy)
        abort();
    curl_easy_setopt(bank.easy, CURLOPT_URL, currency_settings.url);
    curl_easy_setopt(bank.easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(bank.easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(bank.easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(bank.easy, CURLOPT_SSL_VERIFYHOST, 2L);
    if (currency_settings.ca[0])
        curl_easy_setopt(bank.easy, CURLOPT_CAINFO, currency_settings.ca);
    curl_easy_setopt(bank.easy, CURLOPT_TIMEOUT_MS, (long)currency_settings.timeout_ms);
    curl_easy_setopt(bank.easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(bank.easy, CURLOPT_FORBID_REUSE, 1L); /* hours lie between two questions */
    curl_easy_setopt(bank.easy, CURLOPT_WRITEFUNCTION, take_reply);
    curl_easy_setopt(bank.easy, CURLOPT_ERRORBUFFER, bank.why);
}

/* Without a permit it is called again, when there may be one. */
static void begin(void *context)
{
    (void)context;
    if (!bank.ask || bank.permit)
        return;
    bank.permit = guard_permit(bank.guard);
    if (!bank.permit)
        return;
    bank.why[0] = 0;
    out_clear(&bank.reply);
    transfers_add(bank.transfers, EFFECT("bank-ask", "the bank is asked for its rates"), bank.easy);
}

enum status bank_open(struct run *run, struct err *err)
{
    const char *url = currency_settings.url;

    if (url[0] && strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0)
        return err_set(err, ST_FATAL, "APP_RATES_URL must begin with https:// or http://");
    if (currency_settings.period_ms < 1 || currency_settings.retry_ms < 1 || currency_settings.timeout_ms < 1)
        return err_set(err, ST_FATAL, "APP_RATES_PERIOD, APP_RATES_RETRY and APP_RATES_TIMEOUT must not be 0");
    if (currency_settings.jump_percent < 1 || currency_settings.jump_percent > 1000)
        return err_set(err, ST_FATAL, "APP_RATES_JUMP must be 1 to 1000");
    if (curl_global_init(CURL_GLOBAL_ALL) != CURLE_OK)
        return err_set(err, ST_FATAL, "libcurl does not start");
    bank.run = run;
    bank.last = FETCH_OUTCOME_UNKNOWN;
    bank.transfers = transfers_open(run_base(run), 0, finish, NULL);
    bank.guard = guard_open(run_base(run), "bank", &limits, &retries, begin, NULL);
    out_init(&bank.reply);
    arena_init(&bank.arena);
    open_metrics();
    open_easy();
    if (!url[0])
        log_info("no bank is asked for rates: APP_RATES_URL is empty");
    return ST_OK;
}

void bank_ask(struct run *run, const struct msg *ask)
{
    (void)run;
    if (bank.ask)
        return; /* its answer will do for both */
    if (!guard_admits(bank.guard, ask))
        return;
    bank.ask = run_keep_ask(ask);
    begin(NULL);
}

void bank_close(struct run *run)
{
    (void)run;
    if (bank.permit)
        transfers_drop(bank.transfers, bank.easy);
    run_drop_ask(bank.ask);
    guard_close(bank.guard);
    curl_easy_cleanup(bank.easy);
    transfers_close(bank.transfers);
    out_release(&bank.reply);
    arena_release(&bank.arena);
    bank = (struct bank){0};
    curl_global_cleanup();
}
