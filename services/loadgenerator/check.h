/* check.h - whether an answer is the one that a step wants. A 200 with the wrong page is a failure. */
#ifndef LOADGENERATOR_CHECK_H
#define LOADGENERATOR_CHECK_H

#include "services/loadgenerator/values.h"

/* What came in the end, after redirects. */
struct arrival {
    unsigned status;
    struct str path; /* where */
    struct str body;
};

/* True when it is right; otherwise one sentence in why, made of the file's words so that equal mistakes read alike. What
 * the step takes out of the page is kept in values. scratch is emptied. */
bool check_step(const struct step *step, const struct arrival *arrival, struct values *values, struct out *scratch,
                struct err *why) must_check;

/* The order's path without what is behind it, when a path is one: /order/ and an id of at least 8 characters. Otherwise
 * empty. */
struct str check_order_path(struct str path);

/* How an order stands, by the marks of its page. OUTCOME_UNKNOWN: the page has none of them. */
enum outcome check_outcome(const struct journeys *journeys, struct str body);

#endif
