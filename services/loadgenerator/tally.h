/* tally.h - what is counted. Workers count, send what was new once a second, and begin at zero; the coordinator adds up.
 *
 * Adding is exact, histograms included: the coordinator's sums are what one process would have counted. */
#ifndef LOADGENERATOR_TALLY_H
#define LOADGENERATOR_TALLY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/out.h"
#include "base/status.h"
#include "services/loadgenerator/histogram.h"

enum { TALLY_LINES = 64, TALLY_FAILURES = 16, TALLY_NAME_BYTES = 80, TALLY_SENTENCE_BYTES = 160 };

enum tally_counter {
    TALLY_STEPS,       /* that were asked for and came to an end, good or bad */
    TALLY_FAILED,      /* steps, and looks at orders, that were not answered as they should */
    TALLY_REPEATED,    /* requests that were sent again because the shop said so, or nothing */
    TALLY_EXCHANGES,   /* HTTP answers, redirects and looks at orders included */
    TALLY_CONNECTIONS, /* that were opened */
    TALLY_BYTES_IN,
    TALLY_BYTES_OUT,
    TALLY_BEGUN, /* journeys */
    TALLY_FINISHED,
    TALLY_BROKEN_OFF,  /* journeys that ended with a step that failed */
    TALLY_NEVER_BEGUN, /* visitors for whom no place became free, in open loop */
    TALLY_ACCEPTED,    /* orders; each comes to one of the four behind it */
    TALLY_CONFIRMED,
    TALLY_CANCELLED,
    TALLY_REJECTED,
    TALLY_UNKNOWN,
    TALLY_COUNTERS
};

/* "steps", "failed", ... as they stand in reports. */
const char *tally_counter_name(enum tally_counter counter);

enum tally_kind {
    TALLY_STEP,
    TALLY_JOURNEY, /* from its intended beginning to its end */
    TALLY_LOOK     /* at an order that is followed */
};

/* "step", "journey", "look" */
const char *tally_kind_name(enum tally_kind kind);

struct tally_line {
    char name[TALLY_NAME_BYTES];
    enum tally_kind kind;
    uint64_t failed;
    struct histogram latency; /* of those that did not fail */
    struct tally_failure {
        char sentence[TALLY_SENTENCE_BYTES];
        uint64_t count;
    } failures[TALLY_FAILURES]; /* the last counts all sentences that found no place */
    size_t failure_count;
};

struct tally {
    uint64_t counters[TALLY_COUNTERS];
    struct tally_line *lines[TALLY_LINES];
    size_t line_count;
    struct histogram all;    /* steps that did not fail, whatever their line */
    struct histogram orders; /* from the intention to order until its end was seen */
    struct histogram late;   /* how much later than intended requests were sent: the generator's own fault */
};

void tally_init(struct tally *tally);
void tally_release(struct tally *tally);

/* All numbers are zero again; lines keep their places. */
void tally_clear(struct tally *tally);

/* The place of the line with this name, made if there is none; longer names are cut. When there are too many, the last
 * line stands for all others. */
size_t tally_line(struct tally *tally, enum tally_kind kind, struct str name);

void tally_good(struct tally *tally, size_t line, int64_t latency_us);
void tally_bad(struct tally *tally, size_t line, const char *sentence);

/* count more failures of the line, under this sentence. */
void tally_count_failure(struct tally_line *line, const char *sentence, uint64_t count);

void tally_merge(struct tally *into, const struct tally *from);

/* As JSON, without what is zero. tally_read adds what it reads to into; false when it is nothing that tally_write has
 * written, and then into may have got a part of it. */
void tally_write(const struct tally *tally, struct out *out);
bool tally_read(const json_t *root, struct tally *into) must_check;

#endif
