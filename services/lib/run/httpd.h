/* httpd.h - libmicrohttpd's daemon in a libevent loop: one listener, and nothing blocks. For small servers; the gateway
 * has its own, because it decides about each connection. */
#ifndef RUN_HTTPD_H
#define RUN_HTTPD_H

#include <event2/event.h>
#include <microhttpd.h>
#include <stdbool.h>

#include "base/status.h"

struct httpd;

struct httpd_options {
    const char *setting; /* the name of the setting that holds the address, for the sentence when it makes no sense */
    unsigned connections, idle_s;
    size_t connection_bytes; /* a request's line and headers must fit */
    bool suspends;           /* handlers may suspend their connections */
    MHD_AccessHandlerCallback handle;
    MHD_RequestCompletedCallback ended; /* or NULL */
    void *context;                      /* of both */
};

/* Listens at address ("127.0.0.1:9100", "[::1]:9100"). options are copied. ST_FATAL: it is no address, or it is taken. */
must_check enum status httpd_open(struct event_base *base, const char *address, const struct httpd_options *options,
                                  struct httpd **httpd, struct err *err);

/* After MHD_resume_connection outside a handler: the library does not wake itself. */
void httpd_kick(struct httpd *httpd);

/* Whoever was suspended must have been resumed. NULL is allowed. */
void httpd_close(struct httpd *httpd);

#endif
