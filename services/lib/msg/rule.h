/* rule.h - a service's rules as a table, and the step in which one of them runs.
 *
 * A rule is pure: it looks at what was heard, changes its row, and says what happened. It reads no clock, allocates
 * from the step's arena only, and does no I/O; that is why it can be tested, replayed and run twice. */
#ifndef MSG_RULE_H
#define MSG_RULE_H

#include "msg/msg.h"

/* The first member of every row. A row that the database does not have comes zeroed but for its key, in state 0. */
struct row {
    struct str key;
    int32_t state;
    bool changed; /* set by step_hear when a rule ran; by a rule itself for a shared row */
};

struct step;

/* row is the service's own struct; what it points to must live in the step's arena. */
typedef void rule_fn(struct step *step, void *row);

struct rule {
    int32_t state;
    enum msg_type hears;
    rule_fn *then;       /* NULL: knowingly nothing */
    const char *because; /* the log line, the diagram's label, the reader's answer to "what if" */
};

/* What the service said once, heard by a row that does not know of it: its database was lost, or is older. then brings the
 * row to where it stood after saying it, and says nothing new: only what it said in the same breath on topics of other
 * kinds, in the same order (step_adopt gives it the same ids). It may remind, and never asks. The same message may be
 * adopted twice. */
struct adoption {
    enum msg_type said;
    rule_fn *then; /* NULL: no row of this kind keeps anything of it */
    const char *because;
};

/* One kind of row and all its rules. Total: each state has one rule for each message that any rule hears. */
struct rules {
    const char *name; /* "payment" */
    enum kind kind;   /* of the rows' keys */
    const char *const *states;
    size_t state_count;
    size_t row_size;
    const struct rule *table;
    size_t rule_count;
    const struct adoption *adoptions; /* one for each message that a rule says; NULL: it cannot be rebuilt from them */
    size_t adoption_count;
};

/* The rule for this state and message; NULL when the table has none (which the tests exclude). */
const struct rule *rules_find(const struct rules *rules, int32_t state, enum msg_type hears);

/* Whether any state hears it. */
bool rules_hear(const struct rules *rules, enum msg_type type);

/* What becomes of a message of its own; NULL when no rule says that type. */
const struct adoption *rules_adoption(const struct rules *rules, enum msg_type said);

/* --- what a step collects, in the order in which it was said ------------------------------------------------------ */

struct said {
    struct said *next;
    enum msg_type type;
    struct str key;
    struct str value; /* encoded, with framing */
    struct id id;     /* derived from what was heard: the same step gives the same id */
    struct id correlation, causation;
    struct str traceparent; /* same trace, a span of its own derived from id; empty if none was heard */
    int64_t time_ms;        /* ce-time: the step's */
    int32_t before;         /* of an ask: how often the same was asked before */
};

struct reminder {
    struct reminder *next;
    enum msg_type type;
    struct str key;
    int64_t due_ms; /* INT64_MIN: forget it */
    bool patient;   /* delivered only when the log up to then has been heard */
    const struct msg *cause;
};

/* The id of a deadline's message. It names who set it, too: what falls due at once may be set anew for the same moment,
 * and is another message then. */
struct id reminder_id(const struct id *cause, enum msg_type deadline, struct str key, int64_t due_ms);

struct step {
    struct arena *arena;
    const struct msg *heard;
    int64_t now_ms;     /* heard->time_ms: never the clock's */
    const void *memory; /* what the service keeps of state topics (prices, rates); NULL if it follows none */
    const void *settings;
    void *(*shared)(void *context, struct str key); /* of the runtime, for step_shared */
    void *shared_context;
    struct said *said, **said_tail;
    struct said *asked, **asked_tail;
    struct reminder *reminders, **reminders_tail;
    unsigned count; /* of what was said and asked for the message being heard */
    int32_t asked_before;
};

/* An empty step; clear the arena first if it should be. */
void step_init(struct step *step, struct arena *arena, const void *memory, const void *settings);

/* Runs the rule for the row's state and heard. *ran (may be NULL) is the rule that was found. A message that the table
 * does not know in this state is ST_REJECT; everything else is ST_OK. */
enum status step_hear(struct step *step, const struct rules *rules, const struct msg *heard, struct row *row,
                      const struct rule **ran, struct err *err) must_check;

/* What the step says from now on, it says of heard. step_hear does this by itself; for whoever answers without a rule. */
void step_turn_to(struct step *step, const struct msg *heard);

/* Has a row take over what the service said in a life that this row does not remember. What the function says gets the ids
 * it had: now_ms, the trace and the cause are those of the step that said it. ST_REJECT: no rule says that type. */
enum status step_adopt(struct step *step, const struct rules *rules, const struct msg *said, struct row *row,
                       struct err *err) must_check;

/* --- for rules ---------------------------------------------------------------------------------------------------- */

/* Says an event: it is encoded at once, and written to the outbox with the row. The typed forms say_order_placed(step,
 * &(struct order_placed){...}) are generated in "msg/say.h". */
void step_say(struct step *step, enum msg_type type, const void *body);

/* Asks somebody outside, after the commit; the answer is heard as a message. Safe to repeat: it carries the key that
 * makes it so. Typed forms: ask_charge_card(step, ...). */
void step_ask(struct step *step, enum msg_type type, const void *body);

/* What is asked from now on in this step was asked so often before: a destination in trouble may be spared it, see
 * guard_admits. Without this nothing was. */
void step_asked_before(struct step *step, int32_t times);

/* A deadline for this row: delivered as a message after due_ms, when all that was written to the row's partition until
 * then has been heard. One per type and row: a later call moves it. */
void step_remind(struct step *step, enum msg_type deadline, struct str key, int64_t due_ms);

/* The same, delivered as soon as it is due, whatever the backlog; for refreshing and retrying. */
void step_remind_soon(struct step *step, enum msg_type deadline, struct str key, int64_t due_ms);

/* Takes a deadline back; nothing happens if there is none. */
void step_forget(struct step *step, enum msg_type deadline, struct str key);

/* The shared row of this key (a product, for catalog), loaded because the lane's shared_keys named it. Set its
 * row.changed when you change it. */
void *step_shared(struct step *step, struct str key);

#endif
