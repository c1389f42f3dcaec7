/* model.h - one order, and everything that can happen to it: the services' rules as one machine with a finite number of
 * states.
 *
 * A state is rows, logs, how far each service has heard each topic, what was asked and not answered, which deadlines are
 * set, the acquirer's page, the mails that were taken, and how many faults have happened. All of it is numbers of interned
 * bytes, so a state is a few hundred bytes, and the same state reached on two ways is the same bytes.
 *
 * A step of a service is the simulator's (tests/saga/step.c), with the services' own tables of rules; each is worked out
 * once for a row and a message, and remembered. What is between commit and log is left out: that a record is produced late
 * or twice is the same to a reader as hearing it late, or again. */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "tests/model/intern.h"
#include "tests/saga/sabotage.h"
#include "tests/saga/world.h"

enum { MODEL_LANES = 8, MODEL_SAID = 8, MODEL_ASKED = 4, MODEL_REMINDED = 8 };

/* How many of each kind of fault, and of all kinds together. */
struct bound {
    unsigned again; /* a message heard again although the inbox does not know it any more */
    unsigned
        crash;     /* a process dies: its asks and the answers to them are lost; before a commit that is all there is */
    unsigned lost; /* an ask, or its answer */
    unsigned early; /* a deadline before what is on its way was heard */
    unsigned park;  /* a message heard behind later ones */
    unsigned total;
    bool pages; /* pages are told of stock at any time; otherwise once nothing else can happen */
};

/* Who orders what, and how it will go. */
struct scene {
    const char *
        commands; /* of order.commands: p places, q places again with other content and card, c cancels, s: a stranger */
    const char *cards;   /* of payment.commands: p and q as above */
    const char *card;    /* "good", "poor", "garbled", "fading" */
    int32_t stock;       /* pieces; one is ordered */
    const char *address; /* "good", "nowhere", "garbled" */
    const char *mailbox; /* "good", "full" */
};

/* A message with its time; asks, answers and deadlines too. */
struct message {
    struct said said;
    int64_t time_ms;
    size_t lane;      /* of an ask, an answer, a deadline: whose */
    unsigned hearers; /* a bit for each lane that hears its type */
};

/* What a step comes to. Numbers of messages. */
struct outcome {
    uint32_t row, product;
    uint32_t said[MODEL_SAID], asked[MODEL_ASKED];
    uint32_t reminded[MODEL_REMINDED]; /* due_ms INT64_MIN as time: taken back */
    size_t said_count, asked_count, reminded_count;
    const struct rule *rule;
    const char *wrong; /* NULL: nothing */
};

/* What asking somebody outside comes to. */
struct reply {
    uint32_t answer, silence, ledger, mails;
    const char *wrong;
};

struct state {
    uint32_t rows[MODEL_LANES], product;
    uint32_t streams[TOPIC_COUNT];                       /* lists of messages */
    uint32_t deadlines, calls, orphans, answers, parked; /* sets of messages; orphans: calls to which nobody listens */
    uint32_t ledger, mails;
    uint8_t positions[MODEL_LANES][TOPIC_COUNT];
    uint8_t again, crash, lost, early, park;
    uint8_t email; /* 1: everybody else has come to rest, and email hears what there is */
    uint8_t room[2];
};

/* How email came to rest, the first time, over one content of the logs. */
struct rest {
    uint32_t row, said, mails;
};

struct model {
    struct world world;
    struct scene scene;
    struct bound bound;
    const struct sabotage *sabotage; /* NULL: the services as they are */
    struct subject *order, *product, *user;
    enum topic topics[MODEL_LANES][TOPIC_COUNT]; /* that each lane hears */
    size_t topic_counts[MODEL_LANES];
    struct arena arena;
    struct interned texts, names, lists, ledger_names, step_names, reply_names;
    struct message *messages; /* by the numbers of names */
    struct ledger *ledgers;   /* by those of ledger_names */
    struct outcome *outcomes; /* by those of step_names */
    struct reply *replies;    /* by those of reply_names */
    uint32_t message_room, ledger_room, outcome_room, reply_room;
    struct outcome *filling; /* of the step that is worked out */
    uint32_t product_row;    /* after setup */
    struct hash_set visited, ends;
    struct interned rest_names; /* logs with which email began */
    struct rest *rests;         /* by their numbers */
    uint32_t rest_room, rest_now;
    uint64_t states, transitions, ended;
    size_t deepest;
    struct str wrong; /* empty: nothing so far */
};

/* Everything before the first command is written: prices, goods. What the scene names is in the log of *first. */
void model_open(struct model *model, const struct scene *scene, const struct bound *bound,
                const struct sabotage *sabotage, struct state *first);
void model_close(struct model *model);

/* Explores all that can follow; false when something is wrong: model->wrong says what, and the way there is printed. */
bool model_search(struct model *model, const struct state *first, bool quietly);

/* --- its parts ----------------------------------------------------------------------------------------------------- */

enum { LANE_CART, LANE_CHECKOUT, LANE_PRODUCT, LANE_RESERVATION, LANE_PAYMENT, LANE_SHIPPING, LANE_TARIFF, LANE_EMAIL };

/* steps.c */
uint32_t model_message(struct model *model, const struct said *said, int64_t time_ms, size_t lane);
const struct outcome *model_step(struct model *model, const struct state *state, size_t lane, uint32_t message);
const struct reply *model_ask(struct model *model, const struct state *state, uint32_t ask);
const uint32_t *model_list(const struct model *model, uint32_t list, size_t *count);
uint32_t model_add(struct model *model, uint32_t list, uint32_t message);    /* at the end */
uint32_t model_put(struct model *model, uint32_t list, uint32_t message);    /* into a set */
uint32_t model_remove(struct model *model, uint32_t list, uint32_t message); /* out of it */

/* moves.c: what can happen in a state, and what it leads to. */
enum move_kind {
    MOVE_HEAR,
    MOVE_DO,
    MOVE_ANSWER,
    MOVE_RING,
    MOVE_ORPHAN_DO,
    MOVE_ORPHAN_DROP,
    MOVE_UNPARK,
    /* Faults, from here on: a state is at rest when nothing but these can happen. */
    MOVE_LOSE_ASK,
    MOVE_LOSE_ANSWER,
    MOVE_CRASH,
    MOVE_EARLY,
    MOVE_AGAIN,
    MOVE_PARK
};

struct move {
    uint8_t kind, lane, topic, at;
    uint32_t message;
};

enum { MOVES_MAX = 128 };

size_t moves_list(struct model *model, const struct state *state, struct move *moves);
bool moves_at_rest(const struct move *moves, size_t count);

/* NULL, or what is wrong. */
const char *moves_take(struct model *model, const struct move *move, struct state *state);
void moves_print(struct model *model, const struct state *before, const struct move *move);

/* Skips what a service does not hear at all. */
void moves_settle(struct model *model, struct state *state);

/* steps.c: rows, ledger and mails of the state, in the simulator's world. */
void model_show(struct model *model, const struct state *state);

/* steps.c: a step outside any state, on the rows that are in the world; what it says is in *outcome. */
void model_deliver(struct model *model, size_t lane, uint32_t message, int64_t offset, struct outcome *outcome);

/* ends.c: the books of a state in which nothing can happen any more; NULL, or what is wrong. */
const char *ends_check(struct model *model, const struct state *state);

/* ends.c: the cart hears its own commands and what checkout told it, in every order. */
const char *ends_check_cart(struct model *model, const struct state *state);

#endif
