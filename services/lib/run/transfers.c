/* transfers.c - what libcurl's multi interface wants to be told, and to be asked. */
#include "run/transfers.h"

#include <stdlib.h>

enum { ARMED_MAX = 512 };

/* In a process that shall die somewhere: what a transfer does. */
struct armed {
    const CURL *easy;
    const struct effect *effect;
};

struct transfers {
    struct event_base *base;
    CURLM *multi;
    struct event *timer;
    transfers_done_fn *done;
    void *context;
    struct armed *armed;
};

/* easy's place, or a free one. */
static struct armed *armed_of(struct transfers *transfers, const CURL *easy)
{
    for (size_t i = 0; i < ARMED_MAX; i++)
        if (transfers->armed[i].easy == easy || !transfers->armed[i].easy)
            return &transfers->armed[i];
    abort();
}

/* libcurl tells what it has sent. */
static int note_sent(CURL *easy, curl_infotype what, char *bytes, size_t len, void *effect)
{
    (void)easy, (void)bytes, (void)len;
    if (what == CURLINFO_HEADER_OUT)
        effect_after(effect);
    return 0;
}

static void arm(struct transfers *transfers, const struct effect *effect, CURL *easy)
{
    if (!transfers->armed)
        transfers->armed = calloc(ARMED_MAX, sizeof(*transfers->armed));
    if (!transfers->armed)
        abort();
    *armed_of(transfers, easy) = (struct armed){easy, effect};
    curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, note_sent);
    curl_easy_setopt(easy, CURLOPT_DEBUGDATA, (void *)(uintptr_t)effect);
    curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
}

static void tell_what_is_done(struct transfers *transfers)
{
    CURLMsg *message;
    int more;

    while ((message = curl_multi_info_read(transfers->multi, &more))) {
        CURL *easy = message->easy_handle;
        CURLcode code = message->data.result; /* the message is gone with the next call */

        if (message->msg == CURLMSG_DONE && crash_armed)
            effect_answered(armed_of(transfers, easy)->effect);
        if (message->msg == CURLMSG_DONE)
            transfers->done(transfers->context, easy, code);
    }
}

static void on_socket(evutil_socket_t fd, short what, void *context)
{
    struct transfers *transfers = context;
    int running;

    curl_multi_socket_action(transfers->multi, fd,
                             (what & EV_READ ? CURL_CSELECT_IN : 0) | (what & EV_WRITE ? CURL_CSELECT_OUT : 0),
                             &running);
    tell_what_is_done(transfers);
}

static void on_timer(evutil_socket_t fd, short what, void *context)
{
    struct transfers *transfers = context;
    int running;

    (void)fd, (void)what;
    curl_multi_socket_action(transfers->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    tell_what_is_done(transfers);
}

static int watch_timer(CURLM *multi, long wait_ms, void *context)
{
    struct transfers *transfers = context;
    struct timeval wait = {wait_ms / 1000, wait_ms % 1000 * 1000};

    (void)multi;
    return wait_ms < 0 ? evtimer_del(transfers->timer) : evtimer_add(transfers->timer, &wait);
}

static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *watched)
{
    struct transfers *transfers = context;
    struct event *watch = watched;
    short events = (short)((what & CURL_POLL_IN ? EV_READ : 0) | (what & CURL_POLL_OUT ? EV_WRITE : 0) | EV_PERSIST);

    (void)easy;
    if (watch)
        event_free(watch);
    watch = what == CURL_POLL_REMOVE ? NULL : event_new(transfers->base, fd, events, on_socket, transfers);
    curl_multi_assign(transfers->multi, fd, watch);
    return watch ? event_add(watch, NULL) : 0;
}

struct transfers *transfers_open(struct event_base *base, long most_kept, transfers_done_fn *done, void *context)
{
    struct transfers *transfers = calloc(1, sizeof(*transfers));

    if (!transfers)
        abort();
    *transfers = (struct transfers){.base = base, .done = done, .context = context};
    transfers->multi = curl_multi_init();
    transfers->timer = evtimer_new(base, on_timer, transfers);
    if (!transfers->multi || !transfers->timer)
        abort();
    curl_multi_setopt(transfers->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
    curl_multi_setopt(transfers->multi, CURLMOPT_SOCKETDATA, transfers);
    curl_multi_setopt(transfers->multi, CURLMOPT_TIMERFUNCTION, watch_timer);
    curl_multi_setopt(transfers->multi, CURLMOPT_TIMERDATA, transfers);
    if (most_kept > 0)
        curl_multi_setopt(transfers->multi, CURLMOPT_MAXCONNECTS, most_kept);
    return transfers;
}

void transfers_close(struct transfers *transfers)
{
    if (!transfers)
        return;
    curl_multi_cleanup(transfers->multi);
    event_free(transfers->timer);
    free(transfers->armed);
    free(transfers);
}

void transfers_add(struct transfers *transfers, const struct effect *effect, CURL *easy)
{
    if (crash_armed)
        arm(transfers, effect, easy);
    effect_before(effect);
    /* crash points: those after it are in note_sent and tell_what_is_done */
    curl_multi_add_handle(transfers->multi, easy);
}

void transfers_drop(struct transfers *transfers, CURL *easy)
{
    curl_multi_remove_handle(transfers->multi, easy);
}
