/* dress.h - what a shop may put on: a message of the day, the colour of its banner. */
#ifndef GATEWAY_DRESS_H
#define GATEWAY_DRESS_H

#include "base/status.h"
#include "base/str.h"

struct files;

enum { DRESS_MESSAGE_BYTES = 300 };

struct dress {
    struct str message; /* empty: none */
    char banner[48];    /* the path of its style sheet, with a hash; empty: none */
};

/* Checks the settings; ST_FATAL with a sentence when one is no colour, or no message. The banner is a file among files,
 * since pages have no inline style. message lives as long as its setting. */
enum status dress_open(struct dress *dress, struct files *files, const char *message, const char *colour,
                       struct err *err) must_check;

/* Whether base is "", or a prefix like "/shop" of plain characters. */
enum status dress_check_base(const char *base, struct err *err) must_check;

#endif
