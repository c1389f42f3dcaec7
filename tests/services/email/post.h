/* post.h - a mail server as a process (mail_server.py), a sender to it, and what came of each letter. */
#ifndef EMAIL_POST_H
#define EMAIL_POST_H

#include <jansson.h>
#include <stdio.h>
#include <sys/types.h>

#include "services/email/smtp.h"

enum { LINES = 3, LETTERS = 20 };

extern struct event_base *base;
extern struct smtp *smtp;
extern pid_t server;
extern FILE *taken; /* what the server prints */
extern int port;
extern char url[64];

extern const char *const *queue; /* recipients, ends with NULL */
extern const char *body;

struct ending {
    enum email_outcome outcome;
    bool reached;
    char detail[160];
};
extern struct ending ends[LETTERS];

/* Options as in mail_server.py; NULL where there is none. Sets port and url. */
void start_server(const char *first_option, const char *second_option);
void open_smtp(struct server to);

/* Before and after a test with a server without TLS. */
int begin_plain(void **state);
int end_plain(void **state);

/* Sends what is in the queue as long as there is a free line. */
void send_more(void *context);

/* One letter to each recipient, and waits until all are decided: ends says how. */
void send_all(const char *const *recipients, size_t count);

/* The next mail that the server took, the caller's to give back; a number in it. */
json_t *next_taken(void);
int64_t member(json_t *mail, const char *name);

#endif
