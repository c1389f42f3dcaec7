/* world.h - a whole shop in one process: every service's rules, and a log, databases, clock and outside that a seed rules.
 *
 * One seed is one story, always the same. At each turn one of all the things that could happen next is chosen: a reader
 * hears the next record of one key of one topic, an outbox gives a record to the log, somebody outside answers, a
 * deadline falls due, a shopper does something, a process dies. Nothing is promised but the order within one key of one
 * topic, and that a patient deadline comes after the backlog of its key. */
#ifndef SAGA_WORLD_H
#define SAGA_WORLD_H

#include "msg/rule.h"
#include "msg/shelf.h"
#include "store/table.h"
#include "tests/saga/outside.h"
#include "tests/saga/shoppers.h"

#define WORLD_START_MS INT64_C(1800000000000)

enum {
    WORLD_SUBJECTS = 64, /* keys of all kinds */
    WORLD_LANES = 12,
    WORLD_PICKS = 60000 /* a story that is longer does not come to rest */
};

struct key_list; /* of run.h */

/* One kind of row of a service, as its main.c describes it to the runtime. */
struct lane_info {
    const char *service;
    const struct rules *rules;
    const struct table *table, *shared;
    void (*shared_keys)(const struct msg *heard, const void *row, struct key_list *keys);
    const void *settings;
    bool follows;   /* products, rates and tariffs, as step->memory */
    bool forgetful; /* its rules promise that what is said twice changes nothing: its inbox may be forgotten */
};

extern const struct lane_info lane_infos[];
extern const size_t lane_info_count;

/* A key: of an order, a user, a product ... index is its place in the world's arrays. */
struct subject {
    enum kind kind;
    struct str key;
    size_t index;
};

struct record {
    struct said said;
    int64_t time_ms, offset;
};

/* The records of one key in one topic. */
struct stream {
    enum topic topic;
    struct subject *subject;
    struct record *records;
    size_t count, room;
};

/* How far somebody has read a stream. */
struct reading {
    struct reading *next;
    struct world *world;
    struct lane *lane;       /* NULL: read whole into memory */
    struct service *service; /* NULL: the gateway's pages */
    struct stream *stream;
    size_t position;
    unsigned weight; /* how likely it goes on */
};

struct inbox {
    struct id *ids;
    size_t count, room;
};

/* A table in a database. Lanes that name the same table see the same rows. */
struct stored {
    const struct table *table;
    struct str rows[WORLD_SUBJECTS]; /* packed; empty: never saved */
};

struct lane {
    struct world *world;
    const struct lane_info *info;
    const struct rules *rules; /* a test may put others here, to see them found out */
    struct service *service;
    struct stored *rows, *shared; /* the latter NULL: it shares none */
    bool forgetful;               /* as its info says, unless a test wants it otherwise */
    struct inbox inboxes[WORLD_SUBJECTS];
};

/* A row of an outbox. */
struct outgoing {
    struct outgoing *next;
    struct service *service; /* NULL: a command of the gateway's or of shopctl's */
    struct said said;
    const char *who;
    bool produced; /* it is in the log, but still here: a crash says it again */
    unsigned weight;
};

struct deadline {
    struct deadline *next;
    struct lane *lane;
    enum msg_type type;
    struct subject *subject;
    int64_t due_ms;
    bool patient, sampled;
    size_t ends[TOPIC_COUNT]; /* once sampled: what must have been heard */
    struct id cause, correlation;
};

/* An ask under way to somebody outside. */
struct call {
    struct call *next;
    struct lane *lane;
    struct said ask;
    bool nobody_listens; /* the process that asked has died */
};

/* A record that a lane could not take when it came, and hears later: behind others. */
struct parked {
    struct parked *next;
    struct lane *lane;
    const struct stream *stream;
    size_t at;
};

/* What somebody outside answered, on its way back. */
struct answer {
    struct answer *next;
    struct lane *lane;
    struct said said;
    int64_t time_ms;
};

struct service {
    const char *name;
    const void *settings; /* step->settings */
    void *memory;         /* step->memory */
    struct shelf *shelf;  /* what it follows; NULL: nothing */
    int64_t skew_ms;      /* its clock differs by so much */
    bool rebuilding;      /* it lost its database, and has not heard everything anew */
};

/* How bad it is, as the seed has it. In thousandths of turns but for the percentages. */
struct weather {
    unsigned rollback, crash, forget, park, jump;
    unsigned loss_percent, twice_percent;
    bool fair; /* nothing fails at all */
    size_t
        away_until; /* picks; up to then the acquirer is away, and asks of it wait at payment's edge; 0: it is there */
    size_t calm_after; /* picks; then nothing fails any more, and all must end well */
};

/* One line of the story. */
struct note {
    struct note *next;
    int64_t time_ms;
    const char *who, *verb, *was, *is, *because; /* may be NULL */
    enum msg_type type;                          /* MSG_NONE: verb says it all */
    struct str key, value;                       /* value may be empty */
};

struct world {
    uint64_t seed, random;
    struct weather weather;
    bool calm;
    bool timeless; /* turns take no time: no deadline falls due by them */
    int64_t now_ms;
    size_t picks;
    struct arena arena, step_arenas[2];
    struct subject subjects[WORLD_SUBJECTS];
    size_t subject_count;
    struct stream *streams[TOPIC_COUNT][WORLD_SUBJECTS];
    int64_t offsets[TOPIC_COUNT];
    struct reading *readings;
    struct lane lanes[WORLD_LANES];
    struct service services[WORLD_LANES];
    struct stored tables[WORLD_LANES];
    size_t lane_count, service_count, table_count;
    struct outgoing *outbox, **outbox_tail;
    struct deadline *deadlines;
    struct call *calls;
    struct answer *answers;
    struct parked *parked;
    uint64_t answer_count;
    struct outside outside;
    struct shop shop;
    struct books *books;
    struct note *notes, **notes_tail;
    bool loses_outboxes; /* a test wants to see what happens when a crash takes them */
    struct str wrong;    /* a sentence; empty as long as all is well */
    struct str wrong_key;
};

/* What happened over many seeds: so that a test can see that it was not always the same. */
struct tally {
    size_t picks, crashes, rollbacks, forgotten, parked, repeats_dropped, deadlines, answers_lost;
};

extern struct tally tally;

/* Counts the rule; and how often it ran since the program began, by its place in the lane's table. */
void tally_rule(const struct lane *lane, const struct rule *rule);
size_t tally_of_rule(size_t lane, size_t rule);

/* Everything that follows from the seed, nothing has happened yet. A test may change lanes[].rules and weather before it
 * runs. */
void world_init(struct world *world, uint64_t seed);
void world_release(struct world *world);

/* Until nothing can happen any more, or something is wrong. */
void world_run(struct world *world);

/* --- for its parts ------------------------------------------------------------------------------------------------ */

/* 0 .. options - 1 */
unsigned world_roll(struct world *world, unsigned options);
bool world_chance(struct world *world, unsigned percent);

/* The first sentence stays; the story ends. key (may be empty) says whose story is to be told. */
void world_wrong(struct world *world, struct str key, const char *format, ...) __attribute__((format(printf, 3, 4)));

struct subject *world_subject(struct world *world, enum kind kind, struct str key);
struct lane *world_lane(struct world *world, const struct rules *rules);

/* Writes a line of the story. said may be NULL. */
struct note *world_note(struct world *world, const char *who, const char *verb, const struct said *said);

/* log.c: appends to the topic of the type; who is told in the story. service may be NULL: its clock is right. */
void log_append(struct world *world, const struct service *service, const char *who, const struct said *said);
struct stream *log_stream(const struct world *world, enum topic topic, const struct subject *subject);

/* Follows what was written since the beginning, at once: a process that starts. */
void log_follow_all(struct world *world, struct service *service);
void log_follow(struct reading *reading);

/* outbox.c: what was committed goes to the log some time later, and perhaps again. */
void outbox_put(struct world *world, struct service *service, const char *who, const struct said *said);
void outbox_produce(struct outgoing *outgoing, struct world *world);
bool outbox_may_produce(const struct world *world, const struct outgoing *outgoing);

/* The process of the service died: what was produced and not deleted is produced again. */
void outbox_again(struct world *world, const struct service *service);

/* deadlines.c */
void deadline_set(struct lane *lane, const struct reminder *reminder);
void deadline_drop(struct world *world, struct deadline *deadline);
void deadline_ring(struct deadline *deadline, struct world *world);
bool deadline_may_ring(struct world *world, struct deadline *deadline);

/* When the next one that is not due yet falls due; INT64_MAX: none. */
int64_t deadline_next(const struct world *world);

/* step.c: one message to one row, twice, and a commit that may fail. It says what became of it. */
enum heard { HEARD, ROLLED_BACK, DIED };
enum heard step_deliver(struct lane *lane, struct subject *subject, const struct said *said, int64_t time_ms,
                        enum topic topic, int64_t offset);

/* A reading hears its next record. */
void step_read(struct reading *reading, struct world *world);

/* What was parked is heard. */
void step_unpark(struct parked *parked, struct world *world);

/* The process of the service dies and starts again. */
void step_crash(struct world *world, struct service *service);

/* A reader is set back to the beginning of one key, and its inbox forgets that. */
void step_replay(struct lane *lane, struct subject *subject);

/* The row as the service's own struct, in the arena; zeroed but for its key when it was never saved. */
void *step_row(const struct lane *lane, const struct subject *subject, struct arena *arena);
void *step_shared_row(const struct lane *lane, const struct subject *subject, struct arena *arena);

/* A message of its own, in a life that the row does not remember (msg/rule.h). */
void step_take_over(struct lane *lane, struct subject *subject, const struct record *record);

/* loss.c: nobody is asked and no deadline rings before everything has been heard anew. */
bool loss_is_behind(const struct world *world, struct service *service);

/* At the end of a story each service loses its database and makes it again. */
void loss_of_each(struct world *world);

/* rows.c: what Postgres would keep of a row. */
struct str row_pack(const struct table *table, const struct row *row, struct arena *arena);
/* The names of the columns that differ; NULL: none does, and a row that holds nothing is as good as none. */
const char *row_difference(const struct table *table, struct str a, struct str b, struct arena *arena);
void *row_unpack(const struct table *table, struct str key, struct str packed, struct arena *arena);

/* story.c: the lines of one key and of whatever names it; of all when key is empty. */
void story_print(const struct world *world, struct str key);

#endif
