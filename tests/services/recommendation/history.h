/* history.h - a shop's history with a known structure, played to recommendation's rules, and how good the lists become.
 *
 * Products form groups (tea, jazz, gardens); shoppers come for one of them, some products are loved more than others, and a
 * part of everything is chance. All of it follows from the seed. */
#ifndef TESTS_RECOMMENDATION_HISTORY_H
#define TESTS_RECOMMENDATION_HISTORY_H

#include "services/recommendation/assortment.h"
#include "services/recommendation/recommendation.h"

struct history_plan {
    uint64_t seed;
    size_t groups, per_group;
    size_t visits, orders;
    unsigned chance_percent; /* of what is viewed or bought: taken from all products by popularity; 100: no structure */
};

struct history;

/* Plays the plan's visits and orders to the rules, and then what falls due, until nothing is new. */
struct history *history_play(const struct history_plan *plan);
void history_free(struct history *history);

/* What it cost to hear it: CPU of the rules alone. */
double history_us_per_view(const struct history *history);
double history_us_per_order(const struct history *history);

/* Bytes of all products' rows, as text in the database. */
size_t history_row_bytes(const struct history *history);

enum history_judge { JUDGE_COSINE, JUDGE_LIFT, JUDGE_POPULARITY, JUDGE_RANDOM, JUDGES };

/* The share, in percent, of baskets that were never played in which the second product is among the four that are shown with
 * the first. */
void history_hit_rates(struct history *history, size_t baskets, double percent[JUDGES]);

/* The share of all products, in percent, that somebody can find by recommendations: those in any list. */
double history_coverage(struct history *history, enum history_judge judge);

/* What is shown with a product, by number; returns how many. */
size_t history_list(struct history *history, enum history_judge judge, size_t product, size_t list[4]);

#endif
