/* dropped.h - messages that were given up for readers that keep no database (views, the gateway).
 *
 * Such a reader has no inbox to note it in, and nothing parked: shopctl says MessageDropped in its name, and finds it there
 * again. All others say it themselves. */
#ifndef SHOPCTL_DROPPED_H
#define SHOPCTL_DROPPED_H

#include "streams/shopctl/shopctl.h"
#include "streams/shopctl/tape.h"

struct dropped; /* which ones */

/* Reads operator.events. ST_RETRY: not all of it came. */
enum status dropped_read(struct tape *tape, struct dropped **dropped, struct err *err) must_check;
void dropped_free(struct dropped *dropped);

/* id is the ce-id of the record that was given up. */
bool dropped_has(const struct dropped *dropped, struct str reader, struct str id);

/* Says it once, however often it is called, and waits until the broker has it. */
enum status dropped_say(const struct message_dropped *body, struct err *err) must_check;

#endif
