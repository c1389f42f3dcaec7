/* door.c - when the shop opens. A shopper of the first half second would see an empty shop, and be told that nothing can
 * be put into the cart; a refused connection is tried again by whoever stands in front. But Kafka or Redis may be away for
 * long, and then a shop that says so is better than none. */
#include "gateway/door.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "gateway/forget/forget.h"
#include "run/program.h"

enum { LOOK_EVERY_MS = 10 };

/* Whether all that a first page shows is known; why says what is not. */
static bool is_furnished(struct gateway *gateway, struct err *why)
{
    if (!state_ready(&gateway->state, why) || !producer_ready(gateway->producer, why) ||
        !forget_ready(gateway->forget, why))
        return false;
    if (!views_answered(gateway->views))
        (void)err_set(why, ST_RETRY, "Redis has not answered yet");
    return views_answered(gateway->views);
}

static void look(evutil_socket_t fd, short what, void *context)
{
    struct gateway *gateway = context;
    struct timeval again = {0, LOOK_EVERY_MS * 1000};
    struct err err;

    (void)fd, (void)what;
    if (!is_furnished(gateway, &err)) {
        if (clock_steady_us() < gateway->open_by_us) {
            evtimer_add(gateway->door, &again);
            return;
        }
        log_warning("the shop opens all the same: %s", err.text);
    }
    if (http_listen(gateway->http, &err) == ST_OK)
        return;
    log_error("%s", err.text);
    program_end(gateway->program, 1);
}

void door_open_soon(struct gateway *gateway)
{
    struct timeval now = {0, 0};

    gateway->open_by_us = clock_steady_us() + DOOR_PATIENCE_MS * 1000;
    gateway->door = evtimer_new(gateway->program->base, look, gateway);
    if (gateway->door == NULL || evtimer_add(gateway->door, &now))
        abort();
}

void door_keep_shut(struct gateway *gateway)
{
    if (gateway->door)
        event_free(gateway->door);
    gateway->door = NULL;
}

bool door_ready(void *context, struct err *why)
{
    const struct gateway *gateway = context;
    bool open = gateway->http && http_listens(gateway->http);

    if (!open)
        (void)err_set(why, ST_RETRY, "nobody can come in yet");
    return open;
}
