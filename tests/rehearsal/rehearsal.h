/* rehearsal.h - playing messages to a service's rules without any I/O: what becomes of its rows, and what it says.
 *
 *     struct rehearsal r;
 *
 *     rehearsal_init(&r, &payment_rules, NULL, &settings);
 *     rehearsal_hear(&r, MSG_ORDER_PLACED, &placed, "placed");
 *     assert_int_equal(rehearsal_state(&r, placed.order_id), PAYMENT_WAITING);
 *     assert_int_equal(rehearsal_said(&r, MSG_PAYMENT_CHARGED), 0);
 *     rehearsal_release(&r);
 *
 * A message that the rules cannot take, and an id that was said twice with different bytes, fail the test at once. */
#ifndef REHEARSAL_REHEARSAL_H
#define REHEARSAL_REHEARSAL_H

#include "msg/rule.h"

/* The time at which every rehearsal begins, ms since 1970. */
#define REHEARSAL_START_MS INT64_C(1800000000000)

enum { REHEARSAL_PILE = 64, REHEARSAL_HEARD = 512 }; /* most messages on the pile, and heard between two clears */

struct key_list; /* of run.h, for lanes with shared rows */
struct rehearsal;

/* A message to be heard. */
struct play {
    enum msg_type type;
    const void *body; /* NULL for a deadline */
    const char *name; /* the same name is the same message (its id follows from it); NULL: one that was never heard */
    struct str key;   /* of the row; may be empty when there is a body */
    int64_t time_ms;  /* 0: the rehearsal's now_ms */
};

struct kept_row;
struct kept_reminder;

struct rehearsal {
    const struct rules *rules;
    const void *memory, *settings;
    int64_t now_ms;     /* time of the messages to come; a test moves it on */
    bool drops_repeats; /* as the inbox does; otherwise a repeated message is heard again */

    /* Set for a service with shared rows: how large they are, what a row is before it was ever saved (zeroed but for
     * its key; may be NULL), and the lane's own function, so that a row that was not announced is missed here too. */
    size_t shared_size;
    void (*shared_fresh)(void *row);
    void (*shared_keys)(const struct msg *heard, const void *row, struct key_list *keys);

    /* Called for each ask, repeated ones too; answers by rehearsal_later. May be NULL. */
    void (*answer)(struct rehearsal *r, const struct said *asked, const void *body);
    void *context; /* the test's own, for answer */

    /* What was said and asked, oldest first, each id once. */
    struct said *said, *asked;

    /* The rest is the rehearsal's own. */
    struct arena arena;
    struct said **said_tail, **asked_tail;
    struct kept_row *rows, *shared_rows;
    struct kept_reminder *reminders;
    struct key_list *announced;
    struct id heard_ids[REHEARSAL_HEARD];
    size_t heard_count;
    const struct msg *later[REHEARSAL_PILE];
    size_t later_count;
    int64_t next_offset;
    unsigned next_name;
};

/* No rows, nothing said, time at its start. memory and settings are what step->memory and step->settings will be. */
void rehearsal_init(struct rehearsal *r, const struct rules *rules, const void *memory, const void *settings);
void rehearsal_release(struct rehearsal *r);

/* Forgets rows, what was said, and reminders; keeps what the test has set. */
void rehearsal_clear(struct rehearsal *r);

/* Plays one message to the row of its key. body is copied through its encoding. */
void rehearsal_hear(struct rehearsal *r, enum msg_type type, const void *body, const char *name);
void rehearsal_play(struct rehearsal *r, const struct play *play);

/* Rows and deadlines are lost, and everything that was said is adopted, in its order; then once more, for the same message
 * may be adopted twice. Shared rows stay. Pointers to rows of before stay good. */
void rehearsal_fold(struct rehearsal *r);

/* Plays the deadline that a rule has set for this key, at its due time; fails the test when there is none. */
void rehearsal_ring(struct rehearsal *r, enum msg_type deadline, struct str key);

/* Puts a message on the pile of what will be heard: by rehearsal_settle in order, by rehearsal_every_order in every. */
void rehearsal_later(struct rehearsal *r, const struct play *play);

/* Plays the pile until it is empty. */
void rehearsal_settle(struct rehearsal *r);

/* --- what came of it ---------------------------------------------------------------------------------------------- */

/* The row of this key; NULL when nothing was heard for it. */
const void *rehearsal_row(const struct rehearsal *r, struct str key);

/* Its state; 0 when nothing was heard. */
int32_t rehearsal_state(const struct rehearsal *r, struct str key);

/* The shared row of this key, made when it is new: a test may fill it. */
void *rehearsal_shared(struct rehearsal *r, struct str key);

/* How many messages of this type were said (asked), and the body of the last; NULL when none was. */
size_t rehearsal_said(const struct rehearsal *r, enum msg_type type);
const void *rehearsal_last(struct rehearsal *r, enum msg_type type);
size_t rehearsal_asked(const struct rehearsal *r, enum msg_type type);
const void *rehearsal_last_asked(struct rehearsal *r, enum msg_type type);

/* When the deadline is due, ms since 1970; INT64_MIN when it is not set. */
int64_t rehearsal_due(const struct rehearsal *r, enum msg_type deadline, struct str key);

/* States of all rows and everything that was said, as sorted lines of text: equal texts are equal outcomes. Ids are
 * left out, for they tell which message came last. */
struct str rehearsal_outcome(struct rehearsal *r);

/* --- every order -------------------------------------------------------------------------------------------------- */

/* Looks at the end of one order; NULL when it is right, otherwise a sentence. */
typedef const char *rehearsal_check(struct rehearsal *r, void *context);

/* How an order is made. */
struct every_order {
    const struct play *messages;
    size_t count;
    bool repeats;   /* beside each order: the same with one of its messages heard again, at each later place */
    unsigned rings; /* so often each deadline that is set may ring, at every place or not at all */
    void (*setup)(struct rehearsal *r); /* before each order; may be NULL */
    rehearsal_check *check;
    void *context;
    size_t limit; /* beyond so many orders (0: 200,000) a random sample of a tenth of it takes over, always the same */
};

/* Plays every order of the messages and of what is put on the pile meanwhile, each from a clear start, and checks each
 * end; fails the test with the first order whose end is not right. Returns how many were played. */
size_t rehearsal_every_order(struct rehearsal *r, const struct every_order *every);

/* A check for every_order: the outcome of each is that of the first. context is a struct str that starts empty; the
 * caller frees its text. */
const char *rehearsal_same_outcome(struct rehearsal *r, void *context);

/* --- the table itself ---------------------------------------------------------------------------------------------- */

/* Fails the test unless each state has exactly one rule for each message that is heard, each with its reason. */
void rehearsal_is_total(const struct rules *rules);

/* What the rules of this program say is no decision: who hears everything anew comes to the same, so there are no adoptions. */
void rehearsal_says_what_it_adds_up(void);

/* Fails the test unless every rule that does something was run by this program, and there is one adoption for each type that
 * was said, with its reason, and for no other. Call it last. When the environment
 * names a folder by REHEARSAL_REPORT, the states and rules as they were seen are written there, to <name>.md: the part
 * of a service's README that docs/diagrams keeps up to date. */
void rehearsal_all_rules_ran(const struct rules *rules);

/* Told by the rehearsal itself, after the step in which this rule ran and the row came to this state. */
void rehearsal_note(const struct rules *rules, const struct rule *rule, int32_t becomes, const struct step *step);

#endif
