/* values.h - what a shopper's variables hold at the moment, and texts filled with them. */
#ifndef LOADGENERATOR_VALUES_H
#define LOADGENERATOR_VALUES_H

#include "base/out.h"
#include "services/loadgenerator/dice.h"
#include "services/loadgenerator/journeys.h"

enum { VALUE_MAX_BYTES = 160 };

struct values {
    struct dice dice;
    struct {
        char text[VALUE_MAX_BYTES];
        size_t len;
    } of[JOURNEYS_VARIABLES];
};

/* user is the shopper's own word; longer ones are cut. */
void values_init(struct values *values, const struct journeys *journeys, struct str user, uint64_t seed);

/* Draws the variables that the journey uses anew, but for the user's word; what was taken is forgotten. */
void values_draw(struct values *values, const struct journeys *journeys, const struct journey *journey);

/* False, and nothing is changed, when the text is too long to be kept. */
bool values_keep(struct values *values, int variable, struct str text);

enum values_form {
    VALUES_PLAIN,
    VALUES_PATH, /* what is in the file goes as it is, variables as a component of a URL */
    VALUES_FORM  /* everything as a component of a URL */
};

void values_put(const struct values *values, const struct pattern *pattern, enum values_form form, struct out *out);

#endif
