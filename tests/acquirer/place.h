/* place.h - payment's edge in a test of its own: a runtime as far as an edge sees it, and the acquirer as a process. */
#ifndef ACQUIRER_PLACE_H
#define ACQUIRER_PLACE_H

#include <stdint.h>
#include <sys/types.h>

#include "base/seal.h"
#include "run/run.h"
#include "services/payment/payment.h"

enum { ANSWERS = 512 };

struct run {
    struct event_base *base;
    struct acquirer_answered answers[ANSWERS];
    size_t count, wanted;
    struct arena arena;
};

extern struct place {
    char folder[64], url[64], listen[64], admin[64], ledger[96], key[96];
    int port;
    pid_t pid;
    struct seal_pair *public_half;
    struct run run;
    int32_t asked_before; /* of what is asked from now on */
} place;

/* Before and after all tests of a program: keys, a book, and the acquirer. */
int place_start(void **state);
int place_stop(void **state);

/* Before and after each. */
int place_open_edge(void **state);
int place_close_edge(void **state);

/* The acquirer dies without a word, and comes back with its book. */
void place_kill_acquirer(void);
void place_start_acquirer(void);

int place_free_port(void);

/* A card sealed for an order, as the gateway does. */
struct sealed_to sealed(struct card card, const char *order_id);
struct card card(const char *number);

void ask(enum msg_type type, const char *order_id, const void *body);
void ask_charge_with(const char *order_id, struct sealed_to to);

/* Turns the loop until so many answers came, and gives the last. */
const struct acquirer_answered *hear(size_t count);

#endif
