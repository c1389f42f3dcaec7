/* form.h - what a browser sends in a form: names and values, urlencoded or multipart, all in memory. */
#ifndef GATEWAY_FORM_H
#define GATEWAY_FORM_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"

enum { FORM_MAX_FIELDS = 64 };

struct form_field {
    struct str name, value;
};

/* The first of several fields with one name is the one that counts, as in the original shop. */
struct form {
    struct form_field fields[FORM_MAX_FIELDS];
    size_t count;
};

enum form_result {
    FORM_OK,
    FORM_MALFORMED,  /* 400: not what its type says, not UTF-8, or with a NUL byte */
    FORM_TOO_MANY,   /* 413: more than FORM_MAX_FIELDS fields */
    FORM_UNSUPPORTED /* 415: neither urlencoded nor multipart */
};

/* No fields. */
void form_init(struct form *form);

/* Adds the fields of a body. content_type is the header as it came. Names and values live as long as body and arena do;
 * files of a multipart body are skipped. After anything but FORM_OK the form holds what came before the mistake. */
enum form_result form_add_body(struct form *form, struct str content_type, struct str body, struct arena *arena);

/* Adds the fields of "a=1&b=2", which is also a URL's query. A % that no two hex digits follow stands for itself. */
enum form_result form_add_urlencoded(struct form *form, struct str text, struct arena *arena);

/* A segment of a path as it was meant: %41 is A, + is itself. Empty when it is no clean text. In the arena. */
struct str path_decoded(struct str segment, struct arena *arena);

/* Whether content_type is one that form_add_body reads. */
bool form_reads(struct str content_type);

/* The value of the first field of this name without the blanks around it; empty when there is none. */
struct str form_value(const struct form *form, const char *name);

/* Valid UTF-8 without NUL: no overlong forms, no surrogates, nothing above U+10FFFF. */
bool text_is_clean(struct str text);

/* Its beginning, most_bytes at most, not cut in the middle of a character. */
struct str text_cut(struct str text, size_t most_bytes);

#endif
