/* claims.h - which partitions this process steps for, under which epoch, and how far each of their topics was heard. */
#ifndef RUN_CLAIMS_H
#define RUN_CLAIMS_H

#include "run/kafka.h"
#include "run/run.h"
#include "store/columns.h"

struct run;

enum { STREAMS_MAX = 8, OWN_MAX = 4 };

/* One partition of one topic that is heard. */
struct stream {
    enum topic topic;
    int32_t part;
    int64_t committed;  /* first offset whose effect is not in the database; -1: from the beginning (an own: the end) */
    int64_t next;       /* of the step under way; 0: it does not touch this stream */
    int64_t taken;      /* first offset that was not taken from the consumer */
    int64_t seen_end;   /* the log's end when the consumer last stood there; -1: never */
    int64_t wanted_end; /* of the last sample, see deadlines.h; -1: none */
    struct replayed {
        int64_t to, end, began_ms; /* records below end come a second time, those below to are heard; 0: none */
        bool effects;              /* somebody outside may be asked because of them */
    } replay;
    int64_t first_end; /* the first that the consumer met since the claim; -1: not yet */
};

/* Partition part of all topics of a kind. */
struct claim {
    enum kind kind;
    int32_t part;
    bool granted; /* by the group: all its topics */
    bool owned;   /* granted, and claimed in the database */
    int64_t epoch;
    uint32_t said;        /* outbox rows under this epoch */
    bool troubled;        /* the database still counts tries, or names a suspect */
    bool careful;         /* one message a step, named before it is heard */
    int64_t careful_left; /* messages until that ends */
    char suspect[160];    /* what was being heard when the process last died; empty: nothing */
    struct stream streams[STREAMS_MAX];
    size_t stream_count;
    struct stream own[OWN_MAX]; /* topics of this kind that the service itself writes; read while folding: fold.h */
    size_t own_count;
    bool rebuilding; /* the database is younger than the log: nobody is asked, no deadline rings, until all is heard */
};

struct claims {
    struct claim *list;
    size_t count;
    bool folding;       /* the own streams are read, not the others */
    struct arena arena; /* of the group that claims */
};

/* A claim for each partition of each kind that the service's lanes have, with a stream for each topic they hear. */
void claims_init(struct claims *claims, const struct service *service);
void claims_release(struct claims *claims);

struct claim *claims_find(struct claims *claims, enum kind kind, int32_t part);

/* NULL when that topic is not heard; while folding, when it is not one of the service's own. */
struct stream *claims_stream(struct claims *claims, enum topic topic, int32_t part, struct claim **claim);

size_t claims_owned(const struct claims *claims);

/* Notes what the group granted; what is not in the list is neither granted nor owned any more. */
void claims_grant(struct claims *claims, const rd_kafka_topic_partition_list_t *list);

/* Nothing is owned any more; what was taken from the consumer and not committed counts as not taken. */
void claims_drop(struct claims *claims);

/* Raises the epochs of what is granted and reads the positions; then the engine fills the outbox. */
void claims_begin(struct run *run);

/* Claims under which everything has been heard, and the process lives: they are no crash loop. True when a group that
 * says so was sent. */
bool claims_settle(struct run *run);

/* Adds the statement that ends the counting of tries for the claims marked. */
void claims_add_settling(struct run *run, const bool *marked, struct arena *arena);

/* The partitions of what is owned, with the offsets to go on from (of the own streams, while folding); destroyed by the
 * caller. */
rd_kafka_topic_partition_list_t *claims_positions(const struct claims *claims);

/* Adds the two columns by which statements name claims: kind and part. all: every owned one, otherwise those marked. */
void claims_params(const struct claims *claims, const bool *marked, struct pg_params *params, struct arena *arena);

#endif
