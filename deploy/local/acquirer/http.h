/* http.h - libmicrohttpd in the loop, for answers that are given later than they were asked for. */
#ifndef ACQUIRER_HTTP_H
#define ACQUIRER_HTTP_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/out.h"
#include "base/status.h"

enum { HTTP_BODY_MAX_BYTES = 8 * 1024 };

struct http;

/* One request, until it was answered. */
struct exchange {
    const char *method, *path; /* as they came, without query */
    const char *key;           /* Idempotency-Key; NULL without one */
    struct out body;
    void *context;         /* the handler's own */
    struct exchange *next; /* the handler's own */
    /* The rest is http.c's. */
    struct http *http;
    struct MHD_Connection *connection;
    struct MHD_Response *response;
    struct exchange *before, *after;
    unsigned status;
    bool asked, answered, dropped, suspended;
};

/* Called once for each request; answers at once or later, by exactly one of the functions below. */
typedef void http_handle_fn(void *context, struct exchange *exchange);

enum status http_open(struct event_base *base, const char *address, http_handle_fn *handle, void *context,
                      struct http **http, struct err *err) must_check;

/* What is not answered yet is answered 503. NULL is allowed. */
void http_close(struct http *http);

/* JSON; body is copied. */
void http_answer(struct exchange *exchange, unsigned status, struct str body);

/* A part of a file, as JSON lines. Owns fd. */
void http_answer_file(struct exchange *exchange, int fd, uint64_t offset, uint64_t size_bytes);

/* Closes the connection without a word. */
void http_drop(struct exchange *exchange);

#endif
