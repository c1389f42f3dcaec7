/* words.c - the words in writing. Pure. */
#include "services/loadgenerator/loadgenerator.h"

const char *fault_sentence(enum fault fault)
{
    switch (fault) {
    case FAULT_REFUSED:
        return "no connection";
    case FAULT_CLOSED:
        return "the connection was closed before the answer was whole";
    case FAULT_TIMEOUT:
        return "no whole answer in time";
    case FAULT_MALFORMED:
        return "what came is not HTTP";
    case FAULT_TOO_BIG:
        return "the answer is too big";
    case FAULT_NONE:
        break;
    }
    return "nothing";
}

const char *outcome_name(enum outcome outcome)
{
    static const char *const names[OUTCOMES] = {"open", "confirmed", "cancelled", "rejected", "unknown"};

    return outcome < OUTCOMES ? names[outcome] : "unknown";
}
