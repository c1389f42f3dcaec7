/* server.h - which mail server, and how far it is trusted: its URL, TLS, its certificate, who we are to it. */
#ifndef EMAIL_SERVER_H
#define EMAIL_SERVER_H

#include <curl/curl.h>
#include <stdbool.h>

#include "base/status.h"

struct server {
    const char *url;   /* smtp://user:password@host:port, or smtps: with TLS from the start */
    bool tls_required; /* otherwise it is used where the server offers it */
    const char *trust; /* "system": the system's authorities; "any": no check; otherwise a file of PEM certificates */
};

/* ST_FATAL, and a sentence that names the setting, when it is none. */
enum status server_check(const struct server *server, struct err *err) must_check;

/* Prepares an easy handle for connections to it. A password travels over TLS only. The texts must outlive the handle. */
void server_apply(const struct server *server, CURL *easy);

#endif
