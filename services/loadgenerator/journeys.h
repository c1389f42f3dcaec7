/* journeys.h - what shoppers do, read from a text file. README.md describes the format.
 *
 * Texts in it may name variables, ${product}; they are cut into pieces when the file is read. Everything lives in the
 * arena that was given to journeys_parse. */
#ifndef LOADGENERATOR_JOURNEYS_H
#define LOADGENERATOR_JOURNEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "services/loadgenerator/loadgenerator.h"

enum { JOURNEYS_VARIABLES = 48 };

enum variable_kind {
    VARIABLE_USER,   /* a word of each shopper's own */
    VARIABLE_UNIQUE, /* a word that nobody else gets, anew for each journey */
    VARIABLE_CHOICE, /* one of some words */
    VARIABLE_RANGE,  /* a whole number */
    VARIABLE_DIGITS, /* so many digits */
    VARIABLE_CARD,   /* a card number with a right sum */
    VARIABLE_TAKEN   /* out of a page */
};

struct variable {
    struct str name;
    enum variable_kind kind;
    struct str *choices;
    size_t choice_count;
    int64_t low, high; /* of a range; of digits and cards high is how many */
};

/* A text with gaps: literals, and in between variables. */
struct piece {
    struct str literal;
    int variable; /* -1: the literal counts */
};

struct pattern {
    struct str source; /* as it stands in the file */
    struct piece *pieces;
    size_t count;
};

struct field {
    struct str name;
    struct pattern value;
};

/* Out of the answer: what stands between two texts, the first time that it does. */
struct taking {
    int variable;
    struct str before, after;
};

struct pause {
    int64_t low_ms, high_ms;
};

struct step {
    struct str label; /* its line in the report */
    bool post, is_order;
    struct pattern path;
    struct field *fields;
    struct pattern *sees, *never;
    struct pattern lands; /* count 0: anywhere */
    struct taking *takings;
    size_t field_count, sees_count, never_count, taking_count;
    unsigned status;    /* of the answer, after redirects */
    unsigned again;     /* how often it is repeated when the shop says "send it again", or says nothing */
    uint64_t once;      /* a bit of its own, when each shopper takes it but once; 0: each time */
    struct pause pause; /* before it */
    size_t line;        /* its place in the tally, noted by visitor.c */
};

struct journey {
    struct str name;
    unsigned weight;
    struct pause think; /* after it */
    struct step *steps;
    size_t step_count;
    uint64_t uses; /* a bit for each variable that it names */
    size_t line;   /* its place in the tally, noted by visitor.c */
};

struct journeys {
    struct variable variables[JOURNEYS_VARIABLES];
    size_t variable_count;
    struct journey start; /* what every new shopper does first; no steps: nothing */
    struct journey *journeys;
    size_t count;
    unsigned once_count;        /* steps that are taken but once */
    unsigned weight;            /* of all */
    struct str marks[OUTCOMES]; /* what the page of an order says when it stands so; empty: no such page */
    struct str reload;          /* a page that says this looks again by itself; empty: no such page */
    struct pause think;
};

/* ST_REJECT, and a sentence that names the line, when the text is no such file. */
enum status journeys_parse(struct str text, struct arena *arena, struct journeys *journeys, struct err *err) must_check;

/* The journey at a point of the weights, 0 <= at < journeys->weight. */
const struct journey *journeys_at(const struct journeys *journeys, unsigned at);

#endif
