/* sim.h - whole services of the shop in one process, on one thread: their rules and their runtime are the real ones; Postgres,
 * Kafka's library, libevent, the clock and the signals' program are of paper, and a seed rules over all of them.
 *
 * The paper parts have the names of what they stand for, so the linker puts them there: pg_send, rd_kafka_consumer_poll,
 * event_new, clock_gettime ... A process is run_service() on a stack of its own; where it would turn its loop, it gives
 * the stack back, and from then on the scheduler calls its callbacks, one at each turn, in any order that the seed likes. */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include <librdkafka/rdkafka.h>
#include <setjmp.h>
#include <ucontext.h>

#include "base/crash.h"
#include "run/aside.h"
#include "run/kafka.h"
#include "store/pg.h"
#include "tests/saga/world.h"
#include "tests/sim/runtime.h"

enum { SIM_PROCESSES = 12, SIM_STACK_BYTES = 256 * 1024 };

/* --- faults, counted ------------------------------------------------------------------------------------------------ */

/* name, what happens */
#define SIM_FAULTS(X)                                                                                  \
    X(DIES_AT_A_POINT, "processes that died at a crash point")                                         \
    X(DIES, "processes that died between two callbacks")                                               \
    X(PAUSES, "processes that stood still until their partitions were another's")                      \
    X(LOST_BEFORE, "database connections lost before a group was done")                                \
    X(LOST_AFTER, "database connections lost after a group was done")                                  \
    X(LOST_COMMITS, "commits whose answer was lost")                                                   \
    X(SERIALIZATION, "groups rolled back by the database (40001, 40P01)")                              \
    X(REFUSED_ROWS, "groups refused by the database (22, 23): the message goes alone, then is parked") \
    X(COMMIT_ROLLBACK, "commits answered with ROLLBACK")                                               \
    X(IDLE_KILLED, "transactions of a process that stands still, ended by the database")               \
    X(PRODUCER_BROKEN, "producers declared broken by the library")                                     \
    X(PRODUCED_UNKNOWN, "records in the log whose acknowledgement was lost")                           \
    X(PRODUCED_TWICE, "records that were in the log already")                                          \
    X(REBALANCES, "rebalances without a reason")                                                       \
    X(OFFSET_GAPS, "offsets without a record")                                                         \
    X(ENDS_UNKNOWN, "questions for the log's ends without an answer")                                  \
    X(FENCED, "processes that ended because their epoch was old")                                      \
    X(CLOCK_JUMPS, "jumps of the clock to the next deadline")                                          \
    X(ASKS_LOST, "asks or answers of the outside lost")

#define SIM_FAULT_NAME(name, text) SIM_##name,
enum sim_fault { SIM_FAULTS(SIM_FAULT_NAME) SIM_FAULT_COUNT };
#undef SIM_FAULT_NAME

extern uint64_t sim_faults[SIM_FAULT_COUNT];
extern const char *const sim_fault_texts[SIM_FAULT_COUNT];

/* In millionths of the places where each can happen. */
struct storm {
    unsigned at_point, die, pause, lose, refuse, abort, break_producer, rebalance, gap, forget_ends, jump;
    bool two; /* some service has two processes */
};

/* points.c: how often each crash point was come by while anything could fail, and how often somebody died there; a table. */
void points_print(void);

/* --- a database ------------------------------------------------------------------------------------------------------ */

struct tuple {
    struct str key;
    struct str *values;
    int count;
    bool live;
};

struct paper_table {
    struct paper_table *next;
    const char *name;
    struct tuple *list;
    size_t count, room;
    uint32_t *slots;
    size_t slot_count;
};

struct database {
    const char *name;
    struct paper_table *tables;
};

struct paper_table *database_table(struct database *database, const char *name);
struct tuple *table_find(const struct paper_table *table, struct str key); /* NULL: not there */
void table_put(struct paper_table *table, struct str key, const struct str *values, int count);
void table_delete(struct paper_table *table, struct str key);

/* waiting.c: somebody said that this row of parked is to be heard again. */
bool parked_is_asked(const struct str *row);

/* calendar.c, of all databases: when the next deadline is due, INT64_MAX: never; somebody has what is parked heard again (false: nothing
 * is); whether any is to be, and has not been; whether anything ever was parked. */
int64_t waiting_next_ms(void);
bool waiting_redrive(void);
bool waiting_is_asked(void);
bool waiting_was_parked(void);

/* A write of a transaction, or one at once. */
struct write {
    struct write *next;
    struct paper_table *table;
    struct str key, *values;
    int count; /* -1: deleted */
};

struct process;

struct pg {
    struct process *process;
    struct database *database;
    const struct pg_statement *group[PG_MAX_GROUP];
    struct pg_params params[PG_MAX_GROUP];
    size_t count;
    bool up, busy, in_transaction, cut; /* cut: the server has ended the connection, and nobody here knows yet */
    struct write *writes, **writes_tail;
    uint64_t locks[2048];
    size_t lock_count;
    const struct effect *effect; /* of the group under way */
    pg_done_fn *done;
    void *context;
    pg_change_fn *change;
    void *change_context;
    struct heard_note *heard; /* of the step that commits */
};

/* What one statement does; defined by its name. False: the paper does not know it. */
bool statement_run(struct pg *pg, const struct pg_statement *statement, const struct pg_params *params,
                   PGresult *result);
void statement_locks(struct pg *pg, const struct pg_statement *statement, const struct pg_params *params);
void pg_write(struct pg *pg, const char *table, struct str key, const struct str *values, int count);
void pg_apply(struct pg *pg);

/* The scheduler's: may the group go on, and let it. */
bool link_may_go(const struct pg *pg);
void link_go(struct pg *pg);
void link_die(struct pg *pg);

/* Somebody waits for a lock of a process that stands still: the database ends that transaction. */
void link_end_idle(void);

struct pg_result {
    int rows, columns, room;
    struct str *cells;
    const char *tag;
};

/* --- a process --------------------------------------------------------------------------------------------------------- */

struct event {
    struct event *next;
    struct process *process;
    int fd;
    short what;
    event_callback_fn callback;
    void *context;
    bool armed, ready;
    int64_t due_us, every_us;
};

struct process {
    const char *name;
    int64_t ordinal;
    struct shelf *shelf;
    struct runtime *runtime; /* NULL: it does not run */
    ucontext_t stack;
    void *stack_bytes;
    struct event *events;
    struct pg *pg;
    rd_kafka_t *clients;
    struct aside_job *todo, *done;
    bool dying, paused;
    int64_t wakes_ms; /* when one that is paused goes on, or one that died starts again */
    unsigned sloth;   /* percent of its turns that it lets pass */
};

void process_start(struct process *process);
void process_die(struct process *process, const char *how);
bool process_may_go(const struct process *process);
/* One of the things that its loop would do; false when there is none. */
bool process_turn(struct process *process);
/* It has nothing to do, and nothing on its way to it: runtime_rests, and its clients too. One that is away does not rest. */
bool process_rests(const struct process *process);
/* When its next timer is due, us; INT64_MAX: never. */
int64_t process_next_us(const struct process *process);

/* loop.c */
struct event *loop_pick(struct process *process, unsigned *count);
bool loop_rests(const struct process *process); /* none would be picked */
void loop_fire(struct event *event);
void loop_ready(struct process *process, int fd);
void loop_release(struct process *process);
void aside_turn(struct process *process);

/* --- a broker ------------------------------------------------------------------------------------------------------------ */

struct paper_record {
    bool there; /* false: a gap */
    struct str key, value;
    rd_kafka_headers_t *headers;
    int64_t time_ms;
};

struct paper_part {
    struct paper_record *list;
    size_t count, room;
};

struct rd_kafka_topic_s {
    struct rd_kafka_topic_s *next;
    char name[128];
    enum topic topic; /* TOPIC_NONE: dead letters */
    struct paper_part parts[16];
};

struct rd_kafka_topic_s *broker_topic(const char *name);
struct paper_part *broker_part(struct rd_kafka_topic_s *topic, int32_t part);

/* To the log, and to the world's copy of it. Takes headers. */
void broker_append(struct rd_kafka_topic_s *topic, struct str key, struct str value, rd_kafka_headers_t *headers,
                   const char *who);
/* A command of the gateway's; the world has its own copy. */
void broker_command(const struct outgoing *outgoing);
void broker_release(void);

/* client.c, for the scheduler. */
rd_kafka_t *client_next(const rd_kafka_t *client); /* of the same process */
unsigned client_choices(const rd_kafka_t *client); /* 0: nothing to do */
bool client_rests(const rd_kafka_t *client);       /* no choice, and nothing that its process has not taken */
void client_turn(rd_kafka_t *client);
void client_die(rd_kafka_t *client);
/* The group forgets a member that stands still; or takes it back. */
void group_leave(struct process *process);
void group_come_back(struct process *process);
void group_rebalance(const char *group);

/* --- all of it ------------------------------------------------------------------------------------------------------------ */

struct sim {
    struct world world;
    struct storm storm;
    struct process processes[SIM_PROCESSES];
    size_t process_count;
    struct database databases[SIM_PROCESSES];
    size_t database_count;
    struct rd_kafka_topic_s *topics;
    struct process *current; /* whose callback runs; NULL: the world's */
    jmp_buf death;
    bool mortal; /* crash points may kill */
    ucontext_t scheduler;
    uint64_t turns, progress;      /* the latter: what changed anything */
    bool loud;                     /* tells its story */
    uint64_t seen_progress, quiet; /* how long nothing has changed */
    int64_t quiet_ms;              /* since when */
    int64_t shop_ms;               /* when a shopper does something next */
};

extern struct sim sim;

bool sim_falls(unsigned per_million, enum sim_fault fault);

/* A message that a rule has heard in a step under way. */
struct heard_note {
    struct heard_note *next;
    const struct rules *rules;
    struct said said;
};

/* A transaction took place: its books. */
void sim_committed(const struct pg *pg);

/* Databases made wrong on purpose, so that a test can see the books find it. */
enum sim_spoilt {
    SIM_AS_IT_IS,
    SIM_NO_INBOX,
    SIM_NO_OUTBOX,
    SIM_NO_FENCE,
    SIM_NO_ROWS,
    SIM_NO_DEADLINES,
    SIM_NO_POSITIONS,
    SIM_NO_MEMORY
};

extern enum sim_spoilt sim_spoil;

struct sabotage;

/* From the seed to its end; false when something is wrong: sim.world.wrong says what. sabotage may be NULL. */
bool sim_tell(uint64_t seed, const struct sabotage *sabotage);
void sim_release(void);

#endif
