/* logends.h - where the topics begin and end. The library's question may block, so the helper thread asks it. */
#ifndef RUN_LOGENDS_H
#define RUN_LOGENDS_H

#include <stdint.h>

struct run;
struct stream;

/* Asks for the ends of all streams of owned claims; they are written to wanted_end, then deadlines_sampled(run, number)
 * is called. Asked again until there is an answer. */
void logends_sample(struct run *run, uint64_t number);

/* The consumer found its position outside the log. Below the start of a topic that forgets: goes on at the start, counted
 * and logged. Below the start of one that is kept for ever, or above the end, the log is not the one we knew: the
 * process ends. */
void logends_repair(struct run *run, struct stream *stream);

#endif
