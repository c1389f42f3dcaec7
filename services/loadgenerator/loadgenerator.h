/* loadgenerator.h - the words: how a request can fail, and what becomes of an order. */
#ifndef LOADGENERATOR_H
#define LOADGENERATOR_H

/* What the network did instead of answering. What is wrong with an answer is said by check.h. */
enum fault {
    FAULT_NONE,
    FAULT_REFUSED,   /* no connection */
    FAULT_CLOSED,    /* the connection ended before the answer did */
    FAULT_TIMEOUT,   /* the answer was not whole in time */
    FAULT_MALFORMED, /* what came is not HTTP */
    FAULT_TOO_BIG    /* the answer exceeds CLIENT_MAX_BYTES */
};

enum outcome {
    OUTCOME_OPEN,
    OUTCOME_CONFIRMED,
    OUTCOME_CANCELLED,
    OUTCOME_REJECTED,
    OUTCOME_UNKNOWN, /* it was accepted, and no end of it was seen before patience ended */
    OUTCOMES
};

/* "the connection was closed before the answer was whole" */
const char *fault_sentence(enum fault fault);

/* "open", "confirmed", ... */
const char *outcome_name(enum outcome outcome);

#endif
