/* probe.h - a service for tests of the runtime: its messages say in their user_id what its rules shall do.
 *
 * CancelOrder hears "plain", "deadline", "soon", "ask", "share" (a row that all of them share), "constraint" (a row that the table refuses), "die" (the process
 * ends in the rule), and answers each with CancelRefused, whose detail tells how often the row was changed. EmptyCart is
 * heard by a lane whose order matters; a key that begins with "bad" is refused by the table. */
#ifndef TESTS_RUN_PROBE_H
#define TESTS_RUN_PROBE_H

enum { PROBE_DEADLINE_MS = 1500 };

/* The process of the service: called by main when the test was started with a word. PROBE_NAME names it; PROBE_OLDER
 * leaves the second lane out; PROBE_FOLLOWS makes it read ad.state. */
int probe_serve(void);

/* Its tables. */
extern const char probe_schema[];

#endif
