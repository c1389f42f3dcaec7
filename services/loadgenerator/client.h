/* client.h - an HTTP/1.1 client that costs little: one kept connection per shopper, all in one loop, to one address. */
#ifndef LOADGENERATOR_CLIENT_H
#define LOADGENERATOR_CLIENT_H

#include <event2/event.h>
#include <sys/socket.h>

#include "services/loadgenerator/answer.h"
#include "services/loadgenerator/loadgenerator.h"
#include "services/loadgenerator/tally.h"

/* What all connections share. */
struct client {
    struct event_base *base;
    struct sockaddr_storage address;
    socklen_t address_bytes;
    char host[128];                 /* as the Host header says it */
    struct out host_line;           /* the rest of a request line, and that header */
    const struct timeval *patience; /* from sending to the whole answer; a common timeout of the loop */
    struct tally *tally;            /* exchanges, connections, bytes */
    char *buffer;
};

/* target: http://host:port. Only what is on this machine's loopback is taken, unless remote. ST_REJECT with a sentence
 * otherwise. Asks the system for the host's address, which may block. */
enum status client_open(struct client *client, struct event_base *base, const char *target, bool remote,
                        int64_t patience_ms, struct tally *tally, struct err *err) must_check;

void client_release(struct client *client);

struct connection;

/* Called once for each request; fault says whether answer means anything. It may ask the next one. */
typedef void connection_fn(void *context, enum fault fault, const struct answer *answer);

/* Not connected yet. */
struct connection *connection_new(struct client *client, connection_fn *done, void *context);

/* Forgets what is under way, without a call. NULL is allowed. */
void connection_free(struct connection *connection);

/* Sends one request; only when none is under way. head is all between the target's line and the empty line, Host
 * excluded, each line ended by CR LF. path and body are copied. One that meets the end of a kept connection, without a
 * byte of an answer, is sent once more on a new one if repeatable, as browsers do. */
void connection_ask(struct connection *connection, const char *method, struct str path, struct str head,
                    struct str body, bool repeatable);

#endif
