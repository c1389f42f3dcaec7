/* rates_note.h - how old the exchange rates are that a page's prices were made with. */
#ifndef GATEWAY_RATES_NOTE_H
#define GATEWAY_RATES_NOTE_H

#include "msg/msg.h"

enum { RATES_FRESH_DAYS = 5 }; /* a weekend, holidays around it, and the bank's own time */

/* A sentence for pages with prices in currency, converted from dollars: of which day the rates are, that they are old, or
 * that they were built in. Empty when nothing is converted. In the arena. */
struct str rates_note(const struct rates_updated *rates, struct str currency, int64_t now_ms, struct arena *arena);

#endif
