/* mime.h - the form of a mail: headers and two equal parts, text and HTML (RFC 5322, 2045, 2046, 2047). */
#ifndef EMAIL_MIME_H
#define EMAIL_MIME_H

#include <stdint.h>

#include "base/out.h"

/* Texts are UTF-8. The header's are put on one line each: control characters in them become blanks. */
struct mime {
    struct str from_name, from, to; /* addresses are bare, without angle brackets, and ASCII */
    struct str subject;
    struct str message_id; /* with its angle brackets */
    int64_t at_ms;         /* since 1970; the Date */
    struct str text, html; /* lines end with LF */
};

/* Appends the whole mail, lines ending with CRLF. The same mail gives the same bytes: the boundary follows from nothing. */
void mime_write(struct out *out, const struct mime *mime);

#endif
