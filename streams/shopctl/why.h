/* why.h - an order's story, gathered from topics and databases, and what follows from it. */
#ifndef SHOPCTL_WHY_H
#define SHOPCTL_WHY_H

#include <jansson.h>

#include "streams/shopctl/look.h"

/* --- why_words.c: what the services' states and deadlines mean ------------------------------------------------------ */

struct role_state {
    const char *name;  /* as the rules have it */
    const char *waits; /* what an order in this state waits for; NULL: for nothing of this service */
};

/* A service with a row for each order; the further down, the later its part of the work. */
struct role {
    const char *service, *table;
    const struct role_state *states;
    size_t state_count;
    bool works; /* the order waits for it; the others only look on */
};

extern const struct role roles[];
extern const size_t role_count;

/* NULL: this service has no row of an order. */
const struct role *role_of(const char *service);

/* What happens when a deadline rings; a sentence that lives for ever. */
const char *why_outcome(struct str deadline);

/* --- what is gathered ----------------------------------------------------------------------------------------------- */

/* One message that was written about the order, or a dead letter of one. */
struct told {
    struct msg msg; /* body decoded; type MSG_UNKNOWN where that was not possible */
    const char *topic, *writer;
    const struct told *cause; /* among the others; NULL: none of them */
    struct str unheard;       /* "payment, views": who has not heard it; empty: everybody has */
    bool dead;                /* a dead letter; why_dead says why */
    struct str why_dead;
};

/* One service's rows. */
struct witness {
    struct database *database;
    const struct reader_look *reader;
    const struct role *role; /* NULL: it has no row of an order, but perhaps of what is to be done */
    int32_t state;           /* -1: there is no row */
    json_t *row;             /* its columns, without what is sealed; NULL */
    PGresult *deadlines;     /* type, due_ms, patient */
    PGresult *parked;        /* topic, type, reason, parked at (ms), offset, again */
    PGresult *outbox;        /* topic, type */
};

enum { WITNESSES_MAX = 24 };

struct why {
    struct str order;
    int32_t part;
    struct arena arena;
    struct look look;
    struct plans *plans;
    struct str user; /* who ordered; empty: not known */
    struct told *told;
    size_t told_count, told_room;
    struct witness witnesses[WITNESSES_MAX];
    size_t witness_count;
    struct err story_why; /* the topics could not be read; empty: they could */

    /* The verdict. */
    const struct told *end;   /* its terminal event; NULL: it has none */
    struct str waits_for;     /* a sentence; empty: for nothing */
    int64_t since_ms, due_ms; /* since when it waits; when the next deadline rings (0: there is none) */
    struct str next;          /* what happens then; empty: nothing */
    int64_t gives_up_ms;      /* when checkout ends it, if nobody else has; 0: it has an end, or was not accepted */
};

/* --- why_story.c, why_rows.c, why_verdict.c ------------------------------------------------------------------------- */

/* Reads the topics. What went wrong is in story_why. */
void why_read_story(struct why *why);

/* Asks the databases. */
void why_read_rows(struct why *why);
void why_release_rows(struct why *why);

/* Whether anything at all is known of the order. */
bool why_known(const struct why *why);

/* Fills the verdict. */
void why_judge(struct why *why);

/* What a message says, for a line of text: amounts, reasons, numbers; nothing that is sealed. In the arena. */
struct str why_detail(const struct msg *msg, struct arena *arena);

/* --- why_print.c ---------------------------------------------------------------------------------------------------- */

void why_print(struct why *why);
void why_print_json(struct why *why);

#endif
