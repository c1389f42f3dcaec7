/* search.c - the index that is searched (search_find.c), and how it follows the catalogue. A product whose words changed
 * becomes another entry; the old one is dead until the index is swept, so that a change costs what one product costs. */
#include "gateway/search_index.h"

#include <stdlib.h>

enum { MAX_ENTRY_WORDS = 1000, SWEEP_AT = 64 };

struct search *search_open(void)
{
    struct search *search = calloc(1, sizeof *search);

    if (search == NULL)
        abort();
    return search;
}

static void term_free(struct term *term)
{
    free(term->postings);
    free(term);
}

void search_close(struct search *search)
{
    if (search == NULL)
        return;
    for (size_t i = 0; i < search->term_count; i++)
        term_free(search->terms[i]);
    for (size_t i = 0; i < search->entry_count; i++)
        free(search->entries[i].id);
    free(search->terms);
    free(search->entries);
    free(search->by_id);
    free(search->best);
    free(search->score);
    free(search->fits);
    free(search);
}

static void *grow(void *array, size_t capacity, size_t size)
{
    void *grown = reallocarray(array, capacity, size);

    if (grown == NULL)
        abort();
    return grown;
}

/* --- building --------------------------------------------------------------------------------------------------------- */

/* Where the id stands or should stand in by_id. */
static size_t place_of(const struct search *search, struct str id, bool *found)
{
    size_t low = 0, high = search->alive;

    *found = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = str_compare(entry_id(&search->entries[search->by_id[middle]]), id);

        if (order == 0)
            *found = true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t search_term_place(const struct search *search, struct str word)
{
    size_t low = 0, high = search->term_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (str_compare(word_str(&search->terms[middle]->word), word) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct term *term_of(struct search *search, const struct word *word, const struct word *spelling)
{
    size_t at = search_term_place(search, word_str(word));
    struct term *term;

    if (at < search->term_count && str_equal(word_str(&search->terms[at]->word), word_str(word)))
        return search->terms[at];
    if (search->term_count == search->term_capacity) {
        search->term_capacity = search->term_capacity ? 2 * search->term_capacity : 64;
        search->terms = grow(search->terms, search->term_capacity, sizeof(struct term *));
    }
    memmove(search->terms + at + 1, search->terms + at, (search->term_count - at) * sizeof(struct term *));
    search->term_count++;
    term = calloc(1, sizeof *term);
    if (term == NULL)
        abort();
    term->word = *word;
    term->spelling = *spelling;
    term->letters = word_letters(word_str(word));
    search->terms[at] = term;
    return term;
}

static void add_word(struct search *search, const struct word *spelling, uint8_t field)
{
    uint32_t entry = (uint32_t)search->entry_count - 1;
    struct word word = *spelling;
    struct term *term;

    word_cut_plural(&word);
    term = term_of(search, &word, spelling);
    if (term->count && term->postings[term->count - 1].entry == entry) {
        term->postings[term->count - 1].fields |= field;
        return;
    }
    if (term->count == term->capacity) {
        term->capacity = term->capacity ? 2 * term->capacity : 4;
        term->postings = grow(term->postings, term->capacity, sizeof *term->postings);
    }
    term->postings[term->count++] = (struct posting){entry, field};
}

/* How many words it has. */
static unsigned add_text(struct search *search, struct str text, uint8_t field)
{
    struct word word;
    unsigned count = 0;

    while (count < MAX_ENTRY_WORDS && word_next(&text, &word)) {
        if (word_is_frequent(word_str(&word)))
            continue;
        add_word(search, &word, field);
        count++;
    }
    return count;
}

static uint64_t hash_more(uint64_t hash, struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (uint8_t)text.ptr[i]) * 0x100000001b3;
    return (hash ^ 0xFF) * 0x100000001b3; /* a byte that no text has: ends are told apart */
}

static uint64_t hash_of(const struct search_text *text)
{
    uint64_t hash = hash_more(hash_more(0xcbf29ce484222325, text->name), text->description);

    for (size_t i = 0; i < text->category_count; i++)
        hash = hash_more(hash, text->categories[i]);
    return hash;
}

static void add_entry(struct search *search, const struct search_text *text, uint64_t hash)
{
    struct entry *entry;
    unsigned name_words;
    char *id = grow(NULL, text->id.len + 1, 1);

    memcpy(id, text->id.len ? text->id.ptr : "", text->id.len);
    if (search->entry_count == search->entry_capacity) {
        search->entry_capacity = search->entry_capacity ? 2 * search->entry_capacity : 16;
        search->entries = grow(search->entries, search->entry_capacity, sizeof *search->entries);
    }
    entry = &search->entries[search->entry_count++];
    *entry = (struct entry){.id = id, .id_len = text->id.len, .hash = hash};
    name_words = add_text(search, text->name, IN_NAME);
    entry->name_words = name_words ? name_words : 1;
    (void)add_text(search, text->id, IN_ID);
    for (size_t i = 0; i < text->category_count; i++)
        (void)add_text(search, text->categories[i], IN_CATEGORY);
    (void)add_text(search, text->description, IN_DESCRIPTION);
}

/* Postings of the living, with their new numbers. */
static void sweep_term(struct term *term, const uint32_t *number)
{
    size_t kept = 0;

    for (size_t i = 0; i < term->count; i++)
        if (number[term->postings[i].entry] != UINT32_MAX)
            term->postings[kept++] = (struct posting){number[term->postings[i].entry], term->postings[i].fields};
    term->count = kept;
}

/* Forgets the dead, once they are as many as the living. */
static void sweep(struct search *search)
{
    uint32_t *number;
    size_t kept = 0;

    if (search->dead < SWEEP_AT || search->dead < search->alive)
        return;
    number = grow(NULL, search->entry_count, sizeof *number);
    for (size_t i = 0; i < search->entry_count; i++) {
        number[i] = search->entries[i].id ? (uint32_t)kept : UINT32_MAX;
        if (search->entries[i].id)
            search->entries[kept++] = search->entries[i];
    }
    search->entry_count = kept;
    search->dead = 0;
    for (size_t i = 0; i < search->alive; i++)
        search->by_id[i] = number[search->by_id[i]];
    kept = 0;
    for (size_t i = 0; i < search->term_count; i++) {
        sweep_term(search->terms[i], number);
        if (search->terms[i]->count)
            search->terms[kept++] = search->terms[i];
        else
            term_free(search->terms[i]);
    }
    search->term_count = kept;
    free(number);
}

static void kill(struct search *search, uint32_t entry)
{
    free(search->entries[entry].id);
    search->entries[entry].id = NULL;
    search->dead++;
}

bool search_put(struct search *search, const struct search_text *text)
{
    uint64_t hash = hash_of(text);
    bool found;
    size_t at = place_of(search, text->id, &found);

    if (found && search->entries[search->by_id[at]].hash == hash)
        return false;
    if (found)
        kill(search, search->by_id[at]);
    if (!found && search->alive == search->by_id_capacity) {
        search->by_id_capacity = search->by_id_capacity ? 2 * search->by_id_capacity : 16;
        search->by_id = grow(search->by_id, search->by_id_capacity, sizeof *search->by_id);
    }
    if (!found)
        memmove(search->by_id + at + 1, search->by_id + at, (search->alive++ - at) * sizeof *search->by_id);
    add_entry(search, text, hash);
    search->by_id[at] = (uint32_t)search->entry_count - 1;
    sweep(search);
    return true;
}

bool search_remove(struct search *search, struct str id)
{
    bool found;
    size_t at = place_of(search, id, &found);

    if (!found)
        return false;
    kill(search, search->by_id[at]);
    memmove(search->by_id + at, search->by_id + at + 1, (--search->alive - at) * sizeof *search->by_id);
    sweep(search);
    return true;
}
