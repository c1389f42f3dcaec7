/* transfers.h - libcurl's transfers in a libevent loop: its sockets and its timer are events, nothing blocks. */
#ifndef RUN_TRANSFERS_H
#define RUN_TRANSFERS_H

#include <curl/curl.h>
#include <event2/event.h>

#include "base/crash.h"

struct transfers;

/* Called from the loop when a transfer has ended, well or badly. easy is still among the transfers, since a connection of
 * libcurl's CONNECT_ONLY lives no longer: whoever has no more use for it drops it, and may add it again at once. */
typedef void transfers_done_fn(void *context, CURL *easy, CURLcode code);

/* most_kept is how many connections are kept for later; 0: as libcurl thinks. After curl_global_init. */
struct transfers *transfers_open(struct event_base *base, long most_kept, transfers_done_fn *done, void *context);

/* NULL is allowed. Whatever was added was dropped, or has ended. */
void transfers_close(struct transfers *transfers);

/* easy stays the caller's. effect: READS when the transfer only reads. */
void transfers_add(struct transfers *transfers, const struct effect *effect, CURL *easy);

/* Takes one out, ended or still on its way; then done is not called for it. One that was not added is none. */
void transfers_drop(struct transfers *transfers, CURL *easy);

#endif
