/* search_find.c - what a query finds. Its cost is bounded whatever it says: 8 words, each a walk over the terms that fit and
 * the entries that have them, and one over all entries. */
#include <stdlib.h>

#include "gateway/search_index.h"

enum {
    MAX_QUERY_WORDS = 8,
    MAX_QUERY_BYTES = 256,
    MIN_TYPO_LEN = 3,
    MIN_LOOSE_TYPO_LEN =
        4, /* a shorter word must begin alike, be the whole of the other, and mean what a thing is called */
    MIN_BEGINNING_LEN = 2,
    MIN_ID_LEN = 4, /* of the beginning of an id */
    WHOLE = 4,      /* how well a word fits, in quarters */
    BEGINNING = 3,
    TYPO = 2,
    NAME_WEIGHT = 100,
    SHORT_NAME_WEIGHT = 60, /* shared by the words of a name: "Mug" is more of a mug than "Mug rack" */
    CATEGORY_WEIGHT = 40,
    DESCRIPTION_WEIGHT = 10,
    ID_WEIGHT = 100,
    MAX_SCORE = (NAME_WEIGHT + SHORT_NAME_WEIGHT + CATEGORY_WEIGHT + DESCRIPTION_WEIGHT + ID_WEIGHT) * MAX_QUERY_WORDS
};

enum { ANYWHERE = IN_NAME | IN_CATEGORY | IN_DESCRIPTION | IN_ID };

/* The words of one query. */
struct query {
    struct word typed[MAX_QUERY_WORDS];
    struct str read_as[MAX_QUERY_WORDS]; /* empty: as typed */
    size_t count;
};

static bool is_among(const struct query *query, const struct word *word)
{
    for (size_t i = 0; i < query->count; i++)
        if (str_equal(word_str(&query->typed[i]), word_str(word)))
            return true;
    return false;
}

static void query_read(struct query *query, struct str text)
{
    struct word word;

    query->count = 0;
    if (text.len > MAX_QUERY_BYTES)
        text.len = MAX_QUERY_BYTES;
    while (query->count < MAX_QUERY_WORDS && word_next(&text, &word))
        if (!word_is_frequent(word_str(&word)) && !is_among(query, &word)) {
            query->read_as[query->count] = (struct str){NULL, 0};
            query->typed[query->count++] = word;
        }
}

static void scratch_reserve(struct search *search)
{
    if (search->scratch_capacity < search->entry_count) {
        search->scratch_capacity = search->entry_capacity;
        search->best = reallocarray(search->best, search->scratch_capacity, sizeof *search->best);
        search->score = reallocarray(search->score, search->scratch_capacity, sizeof *search->score);
        search->fits = reallocarray(search->fits, search->scratch_capacity, sizeof *search->fits);
        if (search->best == NULL || search->score == NULL || search->fits == NULL)
            abort();
    }
    if (search->entry_count == 0)
        return;
    memset(search->score, 0, search->entry_count * sizeof *search->score);
    memset(search->fits, 0, search->entry_count * sizeof *search->fits);
}

static unsigned weight_of(const struct entry *entry, uint8_t fields)
{
    return (fields & IN_NAME ? NAME_WEIGHT + SHORT_NAME_WEIGHT / entry->name_words : 0) +
           (fields & IN_CATEGORY ? CATEGORY_WEIGHT : 0) + (fields & IN_DESCRIPTION ? DESCRIPTION_WEIGHT : 0) +
           (fields & IN_ID ? ID_WEIGHT : 0);
}

/* Takes those that have the term in one of fields. True when any of them is alive. */
static bool take_term(struct search *search, const struct term *term, uint8_t fields, unsigned closeness)
{
    bool any = false;

    for (size_t i = 0; i < term->count; i++) {
        const struct posting *posting = &term->postings[i];
        const struct entry *entry = &search->entries[posting->entry];
        uint16_t score = (uint16_t)(weight_of(entry, posting->fields & fields) * closeness / WHOLE);

        if (entry->id == NULL || !(posting->fields & fields))
            continue;
        any = true;
        if (score > search->best[posting->entry])
            search->best[posting->entry] = score;
    }
    return any;
}

static bool starts(struct str text, struct str start)
{
    return text.len >= start.len && memcmp(text.ptr, start.ptr, start.len) == 0;
}

static bool take_as_typed(struct search *search, const struct word *typed)
{
    struct word stem = *typed;
    uint8_t fields = typed->len < MIN_ID_LEN ? ANYWHERE & ~IN_ID : ANYWHERE;
    bool any = false;
    size_t at;

    word_cut_plural(&stem);
    at = search_term_place(search, word_str(&stem));
    if (at < search->term_count && str_equal(word_str(&search->terms[at]->word), word_str(&stem)))
        any = take_term(search, search->terms[at], ANYWHERE, WHOLE);
    if (typed->len < MIN_BEGINNING_LEN)
        return any;
    for (at = search_term_place(search, word_str(typed));
         at < search->term_count && starts(word_str(&search->terms[at]->word), word_str(typed)); at++)
        any |= take_term(search, search->terms[at], fields, BEGINNING);
    return any;
}

static bool is_meant(const struct word *typed, const struct word *stem, struct str known)
{
    if (!word_is_near(word_str(stem), known) && !word_is_near(word_str(typed), known))
        return false;
    return typed->len >= MIN_LOOSE_TYPO_LEN || (known.len <= typed->len + 1 && known.ptr[0] == typed->bytes[0]);
}

/* *read_as is the mended word that most products have. */
static void take_with_a_typo(struct search *search, const struct word *typed, struct str *read_as)
{
    struct word stem = *typed;
    uint8_t fields = typed->len < MIN_LOOSE_TYPO_LEN ? IN_NAME | IN_CATEGORY : ANYWHERE & ~IN_ID;
    uint64_t letters;
    size_t most = 0;

    if (typed->len < MIN_TYPO_LEN)
        return;
    word_cut_plural(&stem);
    letters = word_letters(word_str(&stem));
    for (size_t i = 0; i < search->term_count; i++) {
        const struct term *term = search->terms[i];

        if (__builtin_popcountll(letters & ~term->letters) > 1 || !is_meant(typed, &stem, word_str(&term->word)))
            continue;
        if (take_term(search, term, fields, TYPO) && term->count > most) {
            most = term->count;
            *read_as = word_str(&term->spelling);
        }
    }
}

/* Adds each word's best fit to what its entries have. */
static void look(struct search *search, struct query *query)
{
    for (size_t w = 0; w < query->count; w++) {
        memset(search->best, 0, search->entry_count * sizeof *search->best);
        if (!take_as_typed(search, &query->typed[w]))
            take_with_a_typo(search, &query->typed[w], &query->read_as[w]);
        for (size_t i = 0; i < search->entry_count; i++) {
            search->score[i] = (uint16_t)(search->score[i] + search->best[i]);
            search->fits[i] = (uint8_t)(search->fits[i] + (search->best[i] > 0));
        }
    }
}

/* Those with the most words, best first, equals by id: counted by score, so that sorting many costs no more than seeing
 * them. */
static void choose(struct search *search, size_t from, size_t most, struct search_found *found, struct arena *arena)
{
    size_t first[MAX_SCORE + 1] = {0};
    struct str *ids = arena_array(arena, most, sizeof *ids);
    uint8_t fits = 1;

    for (size_t i = 0; i < search->alive; i++)
        if (search->fits[search->by_id[i]] > fits)
            fits = search->fits[search->by_id[i]];
    for (size_t i = 0; i < search->alive; i++)
        if (search->fits[search->by_id[i]] == fits)
            first[search->score[search->by_id[i]]]++;
    for (size_t score = MAX_SCORE + 1; score-- > 0;) {
        size_t count = first[score];

        first[score] = found->total;
        found->total += count;
    }
    for (size_t i = 0; i < search->alive; i++) {
        uint32_t entry = search->by_id[i];
        size_t place;

        if (search->fits[entry] != fits)
            continue;
        place = first[search->score[entry]]++;
        if (place >= from && place - from < most)
            ids[place - from] = entry_id(&search->entries[entry]);
    }
    found->ids = ids;
    found->count = found->total <= from ? 0 : found->total - from < most ? found->total - from : most;
    found->partly = found->total && fits < found->words;
}

static struct str mended(const struct query *query, struct arena *arena)
{
    struct str text = {NULL, 0};
    bool any = false;

    for (size_t w = 0; w < query->count; w++) {
        struct str word = query->read_as[w].len ? query->read_as[w] : word_str(&query->typed[w]);

        any |= query->read_as[w].len > 0;
        text = arena_printf(arena, STR_FMT "%s" STR_FMT, STR_ARG(text), w ? " " : "", STR_ARG(word));
    }
    return any ? text : (struct str){NULL, 0};
}

struct search_found search_find(struct search *search, struct str query, size_t from, size_t most, struct arena *arena)
{
    struct search_found found = {.count = 0};
    struct query words;

    query_read(&words, query);
    found.words = words.count;
    if (words.count == 0 || search->alive == 0)
        return found;
    scratch_reserve(search);
    look(search, &words);
    choose(search, from, most, &found, arena);
    found.read_as = mended(&words, arena);
    return found;
}
