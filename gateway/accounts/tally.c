/* tally.c - tries, counted in places found by a hash that begins with a secret of the process, so that nobody outside can
 * choose whose place to share. */
#include "gateway/accounts/tally.h"

#include <openssl/rand.h>
#include <stdlib.h>

/* FNV-1a, begun from a secret. */
static uint64_t hash(struct str who)
{
    static uint64_t secret;
    uint64_t value;

    while (secret == 0)
        if (RAND_bytes((unsigned char *)&secret, sizeof secret) != 1)
            abort();
    value = secret;
    for (size_t i = 0; i < who.len; i++)
        value = (value ^ (unsigned char)who.ptr[i]) * 0x100000001B3ULL;
    return value ^ value >> 29;
}

int64_t tally_add(struct tally *tally, struct str who, int64_t now_ms, int64_t *left_ms)
{
    uint64_t value = hash(who);
    struct tally_place *place = &tally->places[value % TALLY_PLACES];

    if (place->count == 0 || now_ms - place->begun_ms >= tally->window_ms)
        *place = (struct tally_place){.who = value, .begun_ms = now_ms};
    *left_ms = place->begun_ms + tally->window_ms - now_ms;
    return ++place->count;
}

void tally_take_back(struct tally *tally, struct str who)
{
    uint64_t value = hash(who);
    struct tally_place *place = &tally->places[value % TALLY_PLACES];

    if (place->who == value && place->count > 0)
        place->count--;
}

void tally_clear(struct tally *tally, struct str who)
{
    uint64_t value = hash(who);
    struct tally_place *place = &tally->places[value % TALLY_PLACES];

    if (place->who == value)
        place->count = 0;
}
