/* search.h - which products the words of a shopper mean: an index in memory, kept up to date piece by piece.
 *
 * A word counts where it stands (name, category, description) and how well it fits (whole, as a beginning, with one typo);
 * a typo is forgiven only to a word that nothing fits better. Pure: no I/O, no clock; the same products give the same
 * answer, in whatever order they came. */
#ifndef GATEWAY_SEARCH_H
#define GATEWAY_SEARCH_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"

struct search;

struct search_text {
    struct str id, name, description;
    const struct str *categories;
    size_t category_count;
};

struct search_found {
    const struct str *ids; /* of this page, best first; valid until the next search_put or search_remove */
    size_t count, total;
    size_t words;       /* of the query that counted, 8 at most; 0: there was nothing to look for */
    bool partly;        /* nothing has all of the words: these have most of them */
    struct str read_as; /* the words as they were understood, when a typo was mended; empty otherwise; in the arena */
};

struct search *search_open(void);
void search_close(struct search *search);

/* Takes a product, or its new words (copied). True when anything about them changed. */
bool search_put(struct search *search, const struct search_text *text);

/* True when it was there. */
bool search_remove(struct search *search, struct str id);

/* Up to most of what query finds, from the from-th on. The query is any bytes of any length. */
struct search_found search_find(struct search *search, struct str query, size_t from, size_t most, struct arena *arena);

#endif
