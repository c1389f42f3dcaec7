/* writer.h - views into Redis: batch by batch, each by one script that does all of it or is done again.
 *
 * Redis keeps the positions beside the views, so that both are lost together. Whether it lost them is asked at each
 * connect, in each batch, and once a second: "views:mark" is the word for "whole". Where it is missing, everything is
 * written anew from the beginning of the topics, and only then marked. */
#ifndef VIEWS_WRITER_H
#define VIEWS_WRITER_H

#include "store/redis.h"
#include "streams/views/views.h"

/* "views:alive" lives so long, and is written each second while the views are whole and written. */
#define WRITER_ALIVE_MS "4000"

struct writer;

struct writer_hooks {
    /* Redis was asked what it holds: hear everything from writer_position on. Called again after each loss. */
    void (*begin)(void *context);
    /* Redis is away: hear nothing until begin. What was not kept is forgotten here. */
    void (*stop)(void *context);
    /* The batch is kept: hear on. */
    void (*kept)(void *context);
};

/* Redis is borrowed, and its change function is taken; keep is borrowed. */
struct writer *writer_open(struct event_base *base, struct redis *redis, const struct view_keep *keep,
                           const struct writer_hooks *hooks, void *context);
void writer_close(struct writer *writer);

/* The next offset to be heard of a partition; -1: its beginning. Valid from the first begin on. */
int64_t writer_position(const struct writer *writer, enum topic topic, int32_t partition);

/* Adds what a record changes (perhaps nothing) to the batch. msg and value are copied. */
void writer_add(struct writer *writer, const struct msg *msg, struct str value);

/* Sends the batch, if there is anything to send; true: add nothing until kept, begin or stop. whole: every partition
 * was read to its end. */
bool writer_flush(struct writer *writer, bool whole);

/* For /readyz: the views are whole, and Redis takes what is written. */
bool writer_ready(void *writer, struct err *why);

#endif
