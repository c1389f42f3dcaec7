/* search_index.h - what search.c keeps and search_find.c reads; nobody else includes it.
 *
 * Every word that some product has is a term, in a list sorted by word, with the entries that have it. */
#ifndef GATEWAY_SEARCH_INDEX_H
#define GATEWAY_SEARCH_INDEX_H

#include "gateway/search.h"
#include "gateway/search_words.h"

enum { IN_NAME = 1, IN_CATEGORY = 2, IN_DESCRIPTION = 4, IN_ID = 8 };

struct posting {
    uint32_t entry;
    uint8_t fields;
};

struct term {
    struct word word;     /* without plural: what is compared */
    struct word spelling; /* as it was first read: what is shown */
    uint64_t letters;
    struct posting *postings; /* by entry */
    size_t count, capacity;
};

struct entry {
    char *id; /* NULL: dead */
    size_t id_len;
    uint64_t hash; /* of its words */
    unsigned name_words;
};

struct search {
    struct term **terms; /* by word */
    size_t term_count, term_capacity;
    struct entry *entries; /* by age */
    size_t entry_count, entry_capacity, dead;
    uint32_t *by_id; /* of those alive */
    size_t alive, by_id_capacity;
    /* While something is looked for, for each entry: the word's best fit, the sum of all, how many words fit. */
    uint16_t *best, *score;
    uint8_t *fits;
    size_t scratch_capacity;
};

static inline struct str entry_id(const struct entry *entry)
{
    return (struct str){entry->id, entry->id_len};
}

/* The first term that is not before word. */
size_t search_term_place(const struct search *search, struct str word);

#endif
