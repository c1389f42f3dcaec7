/* out.h - a growing buffer of bytes, and the ways to put text into it so that it stays text. */
#ifndef BASE_OUT_H
#define BASE_OUT_H

#include "base/str.h"

#include <stddef.h>
#include <string.h>

/* The bytes written so far are ptr[0 .. len). Owns ptr; out of memory aborts. */
struct out {
    char *ptr;
    size_t len;
    size_t size_bytes;
};

/* Empty, and nothing allocated before the first byte. */
void out_init(struct out *out);

/* Empty again; the memory is kept for the next page. */
void out_clear(struct out *out);

/* Frees the bytes; out is then as after out_init. NULL is allowed. */
void out_release(struct out *out);

/* Makes room for more_bytes and returns where they go; the caller adds to len what it wrote. Earlier pointers into the
 * buffer are void after it. */
char *out_reserve(struct out *out, size_t more_bytes);

/* The bytes as they are. */
static inline void out_put(struct out *out, const char *bytes, size_t len)
{
    if (len == 0)
        return;
    if (out->size_bytes - out->len < len)
        out_reserve(out, len);
    memcpy(out->ptr + out->len, bytes, len);
    out->len += len;
}

/* The text as it is: for what is already markup. */
static inline void out_put_str(struct out *out, struct str text)
{
    out_put(out, text.ptr, text.len);
}

/* As text of an HTML element or of a quoted attribute: & < > " ' become references, control characters but tab and line
 * ends become U+FFFD. Bytes from 0x80 on pass as they are: UTF-8 is checked where text comes in. */
void out_put_html(struct out *out, struct str text);

/* As one component of a URL: everything but A-Z a-z 0-9 - . _ ~ becomes %XX. */
void out_put_url(struct out *out, struct str text);

/* As a path of this site, with query if any, in a quoted attribute. Text that is not empty and does not start with one
 * slash could lead to another site or be a script: "#" is put in its place. */
void out_put_path(struct out *out, struct str text);

/* As a whole URL in a quoted attribute: what does not start with http:// or https:// becomes "#". */
void out_put_link(struct out *out, struct str text);

/* As a part of one line of plain text, a mail's header included: each control character becomes a blank. */
void out_put_line(struct out *out, struct str text);

/* In decimal. */
void out_put_int(struct out *out, long number);

/* What is written so far; void after the next out_put. */
static inline struct str out_str(const struct out *out)
{
    return (struct str){out->ptr, out->len};
}

#endif
