/* answer.h - reading one HTTP/1.1 answer as its bytes come. It trusts nobody: what is no answer is told, not guessed. */
#ifndef LOADGENERATOR_ANSWER_H
#define LOADGENERATOR_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/out.h"

enum { ANSWER_MAX_HEAD_BYTES = 64 * 1024, ANSWER_MAX_BODY_BYTES = 8 * 1024 * 1024 };

enum answer_progress { ANSWER_MORE, ANSWER_WHOLE, ANSWER_BROKEN, ANSWER_TOO_BIG };

enum answer_part {
    ANSWER_STATUS_LINE,
    ANSWER_HEADERS,
    ANSWER_BODY,        /* so many bytes */
    ANSWER_UNTIL_CLOSE, /* all that comes */
    ANSWER_CHUNK_SIZE,
    ANSWER_CHUNK,
    ANSWER_CHUNK_END,
    ANSWER_TRAILERS,
    ANSWER_DONE
};

struct answer {
    unsigned status;
    bool keeps;             /* the connection may be used again */
    int64_t retry_after_s;  /* -1: not said */
    struct out location;    /* empty: not said */
    struct out set_cookies; /* one Set-Cookie a line */
    struct out body;
    /* The rest is answer.c's. */
    enum answer_part part;
    struct out line; /* of a line, the part that came */
    size_t head_bytes;
    uint64_t left;
    bool has_length, chunked;
};

void answer_init(struct answer *answer);

/* Ready for the next one; memory is kept. */
void answer_clear(struct answer *answer);

void answer_release(struct answer *answer);

/* Hears more bytes. ANSWER_WHOLE: it is all there. Bytes behind its end are ANSWER_BROKEN: nobody asked for them. */
enum answer_progress answer_hear(struct answer *answer, const char *bytes, size_t len);

/* The connection ended: ANSWER_WHOLE when that is how the answer ends, otherwise ANSWER_MORE: it is cut off. */
enum answer_progress answer_end(struct answer *answer);

#endif
