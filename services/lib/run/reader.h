/* reader.h - reading whole topics, all partitions, outside any group: state topics into memory, events into views.
 *
 * Whoever lives by a topic lays what is no message aside, in the dead letters "<topic>.<kafka's name>.dlt" (see letter.h),
 * by a producer that the first of them opens. Nothing more is heard until the broker has it; if it can never be written,
 * that is logged, and reading goes on. Whoever reads from the beginning writes it again at each start, under the same ce-id
 * and coordinates: the rule "only what is new since the start" would lose what came while nobody read, and a double can be
 * told from a second case. Whoever only looks passes over it, and writes nothing. */
#ifndef RUN_READER_H
#define RUN_READER_H

#include "run/kafka.h"

struct reader;

struct reader_from {
    const enum topic *topics;
    size_t topic_count;
    /* For what keeps its positions itself: the first offset to be heard of a partition, -1 for its beginning. Asked at the
     * opening and at each rewind, with the reader's context. NULL: from the beginning at each start. */
    int64_t (*start)(void *context, enum topic topic, int32_t partition);
    /* What no schema here reads is a dead letter too: for who would pass over for good what a later version can read. */
    bool reads_all;
    /* What is no message is passed over, and writes nothing: for a tool that looks, and has no topic of dead letters. */
    bool only_looks;
};

/* Called for each record, in the order of its partition. msg and value live during the call only. msg->type is
 * MSG_UNKNOWN (and body NULL) when no schema here reads it, unless reads_all; what cannot be decoded at all is not heard. Once
 * the broker has its dead letter, what was laid aside is heard as MSG_UNKNOWN without key and value: its position counts. */
typedef void reader_hear_fn(void *context, const struct msg *msg, struct str value);

/* ended (may be NULL) is called after each run of records, when the queue is empty, 500 were heard or one was refused:
 * the place to flush. */
typedef void reader_pause_fn(void *context);

enum status reader_open(struct event_base *base, const struct kafka *kafka, const struct reader_from *from,
                        reader_hear_fn *hear, reader_pause_fn *ended, void *context, struct reader **reader,
                        struct err *err) must_check;
void reader_close(struct reader *reader);

/* Has every partition been read to its end once? */
bool reader_complete(const struct reader *reader);

/* Calls complete once, when that happens (at once if it has). */
void reader_on_complete(struct reader *reader, reader_pause_fn *complete);

/* No records are heard until reader_resume: what they would change is away. Nothing is lost. */
void reader_halt(struct reader *reader);
void reader_resume(struct reader *reader);

/* Starts over: each partition from where start says, or from the beginning. */
void reader_rewind(struct reader *reader);

/* Records that are in the topics and not heard yet, as far as is known; -1 before the first answer. */
int64_t reader_lag(const struct reader *reader);

/* How far the reading is: records heard or passed over since the opening, of so many that are known of (in compacted
 * topics some of them are gone, and count as heard). whole is -1 until every partition has answered. */
void reader_progress(const struct reader *reader, int64_t *done, int64_t *whole);

/* For /readyz: complete, and a broker answers. */
bool reader_ready(void *reader, struct err *why);

#endif
