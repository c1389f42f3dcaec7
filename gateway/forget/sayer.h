/* sayer.h - saying what must not get lost: again until the broker has it. */
#ifndef GATEWAY_FORGET_SAYER_H
#define GATEWAY_FORGET_SAYER_H

#include "gateway/voice.h"

struct sayer;

struct sayer *sayer_open(struct event_base *base, struct producer *producer);

/* After producer_close. What is not acknowledged is not said. */
void sayer_close(struct sayer *sayer);

/* Encodes body and says it under this id, with correlation; effect lives for ever. done (may be NULL) is called once, when the broker has it, never
 * from within. */
void sayer_say(struct sayer *sayer, const struct effect *effect, enum msg_type type, const void *body, struct id id,
               struct id correlation, void (*done)(void *context), void *context);

/* A key's last and greatest version, without key material. */
void sayer_forget_key(struct sayer *sayer, struct str key_id, void (*done)(void *context), void *context);

#endif
