/* proxy.h - a TCP proxy between the probe and Postgres, in a thread of the test: it lets pass, cuts, and loses answers. */
#ifndef TESTS_RUN_PROXY_H
#define TESTS_RUN_PROXY_H

struct proxy;

/* Listens on a free port of 127.0.0.1 and passes everything on to host:port. */
struct proxy *proxy_open(const char *host, int port);
void proxy_close(struct proxy *proxy);
int proxy_port(const struct proxy *proxy);

/* Cuts all connections and refuses new ones, until proxy_heal. */
void proxy_cut(struct proxy *proxy);
void proxy_heal(struct proxy *proxy);

/* The next times commits that pass: each is passed on, and the connection is cut 50 ms later, before its answer. */
void proxy_lose_commits(struct proxy *proxy, int times);
int proxy_lost(const struct proxy *proxy);

#endif
