/* server.h - what http.c, reading.c, answer.c and stream.c know of each other; nobody else includes it. */
#ifndef GATEWAY_SERVER_H
#define GATEWAY_SERVER_H

#include <event2/listener.h>

#include "gateway/http.h"

/* A connection. */
struct peer {
    struct peer *next, *previous;
    struct request *request; /* being read or answered; NULL between two */
    int64_t since_us;        /* when it last got on: a request ended, an answer began */
    int fd;
};

struct http {
    const struct http_options *options;
    struct MHD_Daemon *daemon;
    struct evconnlistener *listener;
    struct event *pump, *pump_later, *sweep;
    struct peer *peers;
    struct request *resting;
    unsigned connections, resting_count;
    bool stopping;
    bool pumping, again; /* inside the library; somebody asked for another turn meanwhile */
};

/* Runs the library soon. */
void http_kick(struct http *http);

/* The library's callbacks for one request (reading.c). */
void *reading_target(void *cls, const char *uri, struct MHD_Connection *connection);
enum MHD_Result reading_step(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
                             const char *version, const char *data, size_t *data_len, void **con_cls);
void reading_end(void *cls, struct MHD_Connection *connection, void **con_cls, enum MHD_RequestTerminationCode code);

/* Asks for the answer that goes with a refusal. */
void reading_refuse(struct request *request, unsigned status, const char *because);

/* Frees the requests at rest. */
void reading_release(struct http *http);

/* Gives the request's response to the library, now or when it comes back from its rest. */
void http_respond(struct request *request, unsigned status, struct MHD_Response *response);

/* Lets a suspended connection go on. The library does not wake itself in another's loop: the pump is run for it. */
void http_resume(struct request *request);

/* The stream's request has ended. */
void stream_closed(struct stream *stream);

#endif
