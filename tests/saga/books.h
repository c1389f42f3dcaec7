/* books.h - what must hold of a shop that has come to rest, and of its stock at any time. */
#ifndef SAGA_BOOKS_H
#define SAGA_BOOKS_H

#include "tests/saga/world.h"

/* Shoppers' outcomes over many seeds. */
struct outcomes {
    size_t placed, confirmed, rejected[8], cancelled[8], refunds, voids, recalls, releases, mails_failed,
        cancels_refused, carts_expired;
};

extern struct outcomes outcomes;

void books_open(struct world *world);

/* A step was committed: heard (again or for the first time; time_ms is the step's), and said. */
void books_heard(struct lane *lane, const struct subject *subject, const struct said *heard);
void books_said(struct world *world, const struct said *said);

/* All books of a world at rest; world->wrong says what is not right. */
void books_check(struct world *world);

#endif
