/* talk.h - what is said to a mail server to hand over one letter (RFC 5321), without doing it. */
#ifndef EMAIL_TALK_H
#define EMAIL_TALK_H

#include "services/email/email.h"

enum talk_state {
    TALK_READY, /* between letters */
    TALK_SENDER,
    TALK_RECIPIENT,
    TALK_DATA,
    TALK_LETTER,
    TALK_RESET, /* a letter was not taken: back to the beginning */
    TALK_BROKEN /* the server does not understand us: close the connection */
};

struct talk {
    enum talk_state state;
    const struct letter *letter;
    /* When a letter is decided: what became of it, and the server's code, 0 if there was none. */
    enum email_outcome outcome;
    int code;
};

/* Begins with a letter, which must live until it is decided. Appends to say what goes to the server. */
void talk_begin(struct talk *talk, const char *from, const struct letter *letter, struct out *say);

/* The server replied. Appends what is said next; true when the letter is decided by it. */
bool talk_reply(struct talk *talk, int code, struct out *say);

/* Takes a whole reply, which may have several lines, from the beginning of heard: its code. 0 when more must come, -1
 * when this is no mail server. */
int talk_take_reply(struct out *heard);

#endif
