/* made.h - what history.c and judge.c know of each other; no test includes it. */
#ifndef TESTS_RECOMMENDATION_MADE_H
#define TESTS_RECOMMENDATION_MADE_H

#include "tests/services/recommendation/history.h"

enum { SHOWN = 4, VIEWS_MOST = 8, LINES_MOST = 4 };

struct product {
    struct item item;
    char id[16], session[40];
    size_t list[2][SHOWN], list_count[2];
};

struct history {
    struct history_plan plan;
    size_t count; /* of products */
    struct product *products;
    double *cumulated; /* popularity of all products, by place within their groups first */
    size_t by_popularity[SHOWN + 1];
    uint64_t random, next_id;
    int64_t now_ms;
    struct assortment *assortment;
    struct arena arena;
    double view_us, order_us;
    size_t views, orders;
};

/* A number below limit, and different products that one shopper takes: as many as come of it. */
size_t history_below(struct history *history, size_t limit);
size_t history_fill(struct history *history, size_t *products, size_t wanted);

#endif
