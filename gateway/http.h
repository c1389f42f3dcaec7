/* http.h - HTTP/1.1 on one port: libmicrohttpd inside the process's loop, and one struct request per request.
 *
 * A handler answers at once or later; until then the connection is suspended and costs nothing. Exactly one answer_...
 * call ends a request: after it the request must not be touched. A request that waits is alive until it is answered,
 * even when its client has gone: every handler that waits has a timer of its own. */
#ifndef GATEWAY_HTTP_H
#define GATEWAY_HTTP_H

#include <event2/event.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/id.h"
#include "base/out.h"
#include "base/status.h"
#include "gateway/check.h"
#include "gateway/form.h"
#include "gateway/route.h"

struct http;
struct stream;

enum {
    HTTP_READ_PATIENCE_S = 20, /* from the end of a request to the last byte of the next, however slowly they drip */
    HTTP_SEND_PATIENCE_S = 60, /* for an answer to be taken */
};

struct http_options {
    const char *listen;                            /* "127.0.0.1:19080" */
    const char *base;                              /* the prefix of all paths, "" or "/shop" */
    unsigned connections, connections_per_address; /* 0: no limit per address */
    const struct route *routes;
    size_t route_count;
    /* What a refusal looks like: 400 ... 431, 404, 405; because is a sentence. It must answer. NULL text is possible. */
    void (*refuse)(struct request *request, unsigned status, const char *because);
    /* Called with each request that a route answers, when it is read whole: calls its handler then, now or later. May be
     * NULL: now. */
    void (*enter)(struct request *request, route_fn *handler);
    /* Called once for each answered request, with the status and the time since its headers were read. May be NULL. */
    void (*answered)(void *context, const struct request *request, unsigned status, int64_t took_us);
    void *context;
};

struct request {
    struct arena arena;                   /* lives until the answer has left */
    struct out out;                       /* the page that is being written */
    void *context;                        /* of the options */
    void *guest;                          /* what options.enter found out; lives in the arena */
    const struct route *route;            /* NULL: there is none */
    struct str target, path, query, part; /* part: what {} or * of the route stands for */
    bool post, head;
    struct form form; /* of the body, then of the query */
    char id[ID_TEXT_LEN + 1];
    /* Whoever holds on to a request that waits is told to let go when somebody else answers it (at the server's stop).
     * Set it when you begin to wait, set it to NULL before you answer. */
    void (*let_go)(void *waiter);
    void *waiter;

    /* Private to the server. */
    struct http *http;
    struct peer *peer;
    struct MHD_Connection *connection;
    struct MHD_Response *response;
    struct stream *stream;
    struct out body, cookies;
    struct str extra[12][2]; /* headers of the answer */
    size_t extra_count;
    struct check check;
    int64_t begun_us;
    unsigned status;
    size_t flood_bytes; /* of a body that is too long: read and thrown away, so that the client hears why */
    bool read_begun, refused, handled, waiting;
    bool borrowed;        /* the response is not ours to destroy */
    struct request *next; /* of those at rest */
};

/* Ready to listen; nobody can connect before http_listen. options is kept, not copied. */
enum status http_open(struct event_base *base, const struct http_options *options, struct http **http,
                      struct err *err) must_check;

/* Opens the door. ST_FATAL when it cannot. */
enum status http_listen(struct http *http, struct err *err) must_check;

bool http_listens(const struct http *http);

/* No new connections; what waits is answered with 503, streams end. */
void http_stop(struct http *http);

/* After http_stop. */
void http_close(struct http *http);

/* Connections that are open now. */
unsigned http_connections(const struct http *http);

/* A header as it came; empty when there is none. Lives until the answer. */
struct str request_header(const struct request *request, const char *name);

/* The client's address, or what is nearest to it; NULL when it is not known. */
const struct sockaddr *request_address(const struct request *request);

/* --- answers ------------------------------------------------------------------------------------------------------ */

/* A header for the answer to come, at most 8. name is a literal; value lives in the request's arena, or for ever. */
void answer_header(struct request *request, const char *name, struct str value);

/* What request->out holds, as HTML, never stored by anybody. */
void answer_page(struct request *request, unsigned status);

/* body is in the request's arena, or lives for ever. */
void answer_text(struct request *request, unsigned status, const char *content_type, struct str body);

void answer_redirect(struct request *request, unsigned status, struct str location);

/* A response made in advance; it stays the caller's. */
void answer_prepared(struct request *request, unsigned status, struct MHD_Response *response);

/* --- streams of server-sent events -------------------------------------------------------------------------------- */

/* Answers with a stream. closed is called once, when the client has gone, the server stops, or stream_end took effect;
 * then the stream is gone too. */
struct stream *answer_stream(struct request *request, void (*closed)(void *context), void *context);

/* Sends an event of this name, with data's lines; an empty name sends a comment, as a heartbeat. A client that has not
 * taken the last 64 KiB is cut off. */
void stream_send(struct stream *stream, const char *name, struct str data);

/* What was sent goes out, then the connection ends. */
void stream_end(struct stream *stream);

#endif
