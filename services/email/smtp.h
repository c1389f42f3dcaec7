/* smtp.h - handing letters to a mail server, in the service's loop: so many at once, and never blocking.
 *
 * libcurl finds the server, connects, and does TLS and login. From there on we talk ourselves:
 * libcurl's own sending waits for the server's last word without giving way to anything else. */
#ifndef EMAIL_SMTP_H
#define EMAIL_SMTP_H

#include <event2/event.h>

#include "services/email/email.h"
#include "services/email/server.h"

struct smtp;
struct smtp_line;

/* Called once for each letter that was sent off, from the loop. outcome: ACCEPTED, REFUSED (it will never be taken) or
 * TRY_LATER. reached: the server said so itself. detail: a sentence without personal data, empty when it was accepted; it
 * lives during the call. */
typedef void smtp_done_fn(void *context, enum email_outcome outcome, bool reached, const char *detail);

/* Called when lines may have become free. */
typedef void smtp_free_fn(void *context);

struct smtp_options {
    struct server server;
    const char *from;   /* the sender's bare address */
    size_t lines;       /* connections, and so letters on their way at once */
    int64_t timeout_ms; /* for connecting, and for each reply */
    smtp_free_fn *freed;
    void *context; /* of freed */
};

/* options are copied, but for the texts. ST_FATAL when the server is none. */
enum status smtp_open(struct event_base *base, const struct smtp_options *options, struct smtp **smtp,
                      struct err *err) must_check;

/* Letters on their way are given up without a word. NULL is allowed. */
void smtp_close(struct smtp *smtp);

/* A line that is free, NULL when all are busy. Write into its letter, then send it or leave it. */
struct smtp_line *smtp_line(struct smtp *smtp);
struct letter *smtp_letter(struct smtp_line *line);
void smtp_send(struct smtp_line *line, smtp_done_fn *done, void *context);

#endif
