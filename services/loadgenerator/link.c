/* link.c - a bufferevent that reads lines. */
#include "services/loadgenerator/link.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <stdlib.h>

struct link {
    struct bufferevent *buffer;
    link_fn *heard;
    void *context;
};

static void on_gone(struct bufferevent *buffer, short what, void *context)
{
    struct link *link = context;

    (void)buffer;
    if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
        link->heard(link->context, link, NULL);
}

static void on_lines(struct bufferevent *buffer, void *context)
{
    struct link *link = context;
    struct evbuffer *input = bufferevent_get_input(buffer);
    size_t len;
    char *line;

    while ((line = evbuffer_readln(input, &len, EVBUFFER_EOL_LF)) != NULL) {
        json_t *message = json_loadb(line, len, 0, NULL);

        free(line);
        if (!message) {
            link->heard(link->context, link, NULL);
            return;
        }
        link->heard(link->context, link, message);
        json_decref(message);
    }
    if (evbuffer_get_length(input) > LINK_LINE_MAX_BYTES)
        link->heard(link->context, link, NULL);
}

struct link *link_new(struct event_base *base, evutil_socket_t fd, link_fn *heard, void *context)
{
    struct link *link = calloc(1, sizeof(*link));

    if (!link)
        abort();
    link->heard = heard;
    link->context = context;
    link->buffer = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
    if (!link->buffer)
        abort();
    bufferevent_setcb(link->buffer, on_lines, NULL, on_gone, link);
    bufferevent_enable(link->buffer, EV_READ | EV_WRITE);
    return link;
}

void link_free(struct link *link)
{
    if (!link)
        return;
    evbuffer_write(bufferevent_get_output(link->buffer), bufferevent_getfd(link->buffer));
    bufferevent_free(link->buffer);
    free(link);
}

void link_send(struct link *link, struct str message)
{
    bufferevent_write(link->buffer, message.ptr, message.len);
    bufferevent_write(link->buffer, "\n", 1);
}
