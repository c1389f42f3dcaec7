/* letters.h - dead letters, as they lie in the topics "<topic>.<reader>.dlt". */
#ifndef SHOPCTL_LETTERS_H
#define SHOPCTL_LETTERS_H

#include "streams/shopctl/mend.h"

struct letter {
    struct str reader, topic, key, reason, value, lines;
    struct str id, own_id; /* of the letter, by its coordinates; what the record itself says, or the same */
    int64_t offset, time_ms, died_ms;
    int32_t part;
    bool copy;   /* of a parked message */
    bool secret; /* nothing of it lies there but where it came from */
    bool cut;    /* only its beginning lies there */
    bool heard;  /* since, or given up: its reader's inbox has it */
};

struct letters {
    struct mend *mend;
    struct letter *list;
    size_t count;
    const char *topics[512];
    size_t topic_count;
};

/* Reads those of mend's reader, or all, each once, and whether it was heard since; 10,000 at most. The caller frees list. What went
 * wrong has been said. */
enum exit_code letters_read(struct letters *letters);

#endif
