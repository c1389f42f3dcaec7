/* crew.h - the workers: started here or joined from elsewhere, told what to do, heard, and missed when they are gone. */
#ifndef LOADGENERATOR_CREW_H
#define LOADGENERATOR_CREW_H

#include "services/loadgenerator/course.h"
#include "services/loadgenerator/process.h"

struct crew;

/* Listens for workers, and starts those that the settings want. journeys is the file's text, which they are sent; it and
 * course stay the caller's. */
enum status crew_open(struct event_base *base, const struct load_settings *settings, struct course *course,
                      const char *journeys, struct crew **crew, struct err *err) must_check;

/* Whoever still runs is gone afterwards. NULL is allowed. */
void crew_close(struct crew *crew);

/* How many are ready for load. */
size_t crew_ready(const struct crew *crew);

/* NULL, or what a worker said why it cannot. */
const char *crew_trouble(const struct crew *crew);

/* Shares the level out: who has joined or gone since changes everybody's share. */
void crew_level(struct crew *crew, double level);

/* Nobody is to come any more. */
void crew_finish(struct crew *crew);

/* Everybody has come to the end, or is gone. */
bool crew_is_done(const struct crew *crew);

#endif
