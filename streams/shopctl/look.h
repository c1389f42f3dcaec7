/* look.h - how far everybody has heard: positions out of the services' databases, beside the logs' ends on the broker.
 *
 * What is away is told and left out: without Kafka the databases still say who stands where, without a database the others
 * are still looked at. */
#ifndef SHOPCTL_LOOK_H
#define SHOPCTL_LOOK_H

#include "streams/shopctl/database.h"
#include "streams/shopctl/tape.h"

/* One partition of one topic, as one reader has heard it. */
struct stand {
    const struct reader_look *reader;
    enum topic topic;
    int32_t part;
    int64_t position;   /* the first offset that was not heard; -1: nothing was yet */
    int64_t start, end; /* of the log; -1: not known */
    int64_t committed;  /* what it told Kafka, for the tools; -1: nothing, or not known */
    int64_t behind;     /* records that were not heard; -1: not known */
    int64_t oldest_ms;  /* when the first of them was written; 0: there is none, or not known */
};

/* One partition of one kind of key, as its owner claims it. */
struct holding {
    char kind[32];
    int32_t part;
    int64_t epoch, tries;
    char suspect[160];
    int64_t due_ms; /* of its oldest deadline; 0: it has none */
    char due[64];   /* that deadline's type */
};

enum { HOLDINGS_MAX = 48 };

struct reader_look {
    char name[32];
    bool away; /* its database is; why says it */
    struct err why;
    bool views;                                /* no service: its positions lie in Redis */
    int64_t connected, outbox, parked, now_ms; /* connections of its process; the database's clock */
    struct holding holdings[HOLDINGS_MAX];
    size_t holding_count;
};

struct look {
    struct databases databases;
    struct tape *tape; /* NULL: Kafka is away */
    struct err why;    /* it is */
    struct reader_look *readers;
    size_t reader_count;
    struct stand *stands;
    size_t stand_count, stand_room;
};

/* reader: only this one; NULL: all. ST_FATAL: there is no such reader, or a setting is wrong. */
enum status look_open(struct look *look, const char *reader, struct err *err) must_check;
void look_close(struct look *look);

/* In a sentence, why this reader is behind or may be; the first that applies. In the arena. */
struct str look_reason(const struct reader_look *reader, struct arena *arena);

#endif
