/* check.h - whether a request is one that every server and proxy on its way would read alike.
 *
 * The library accepts more than RFC 9112 allows (two lengths, a length beside chunks, control characters). What two
 * readers may understand differently is refused here, before anything else looks at it. */
#ifndef GATEWAY_CHECK_H
#define GATEWAY_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum {
    CHECK_MAX_TARGET_BYTES = 2048,
    CHECK_MAX_HEADERS = 64,
    CHECK_MAX_HEADER_BYTES = 8 * 1024,
    CHECK_MAX_BODY_BYTES = 16 * 1024
};

/* What the headers seen so far amount to; starts zeroed. */
struct check {
    unsigned count, hosts, lengths, encodings;
    size_t bytes;
    uint64_t content_length;
    unsigned status;     /* 0, or the first refusal: 400, 413 or 431 */
    const char *because; /* a sentence that goes with it */
};

/* Whether a request may begin so: a method and a blank, as far as they have come already. The library closes without a word,
 * or waits for ever, where this says no. */
bool check_first_bytes(struct str came);

/* Looks at one header. False when it is refused; check->status says with what. */
bool check_header(struct check *check, struct str name, struct str value);

/* After the last header: what only all of them together tell. came_bytes: of the whole head without its method and target,
 * as it came. What is longer than its headers written with one blank each has something between them that the library did
 * not show us: a NUL, a folded line. False when it is refused. */
bool check_headers_end(struct check *check, size_t came_bytes);

/* Whether a body follows the headers. */
bool check_has_body(const struct check *check);

/* The target of the request line: a path of plain characters and an optional query. 0, 400 or 414. */
unsigned check_target(struct str target);

#endif
