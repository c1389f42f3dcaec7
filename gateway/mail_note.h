/* mail_note.h - what became of an order's mails, in words. */
#ifndef GATEWAY_MAIL_NOTE_H
#define GATEWAY_MAIL_NOTE_H

#include "gateway/story.h"

/* Sentences: which mails were sent, and which one could not be, and why. Empty while none is decided. In the arena. */
struct str mail_note(const struct story *story, struct arena *arena);

#endif
