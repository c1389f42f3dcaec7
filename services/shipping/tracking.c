/* tracking.c - a number that says nothing of the order but finds it, and that shows when it was mistyped. */
#include "services/shipping/shipping.h"

#include <inttypes.h>
#include <stdio.h>

/* Without I and O, which are read as 1 and 0. */
static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ";
enum { LETTERS = sizeof(letters) - 1, CHECK_BASE = 97 };

static uint64_t number_at(const uint8_t *bytes, size_t count)
{
    uint64_t number = 0;

    for (size_t i = 0; i < count; i++)
        number = number << 8 | bytes[i];
    return number;
}

/* The rest by 97 of the number that the text is, a letter standing for 10 to 35; -1 for another text. */
static int remainder_of(struct str text)
{
    int rest = 0;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if (c >= '0' && c <= '9')
            rest = (rest * 10 + (c - '0')) % CHECK_BASE;
        else if (c >= 'A' && c <= 'Z')
            rest = (rest * 100 + (c - 'A' + 10)) % CHECK_BASE;
        else if (c != '-')
            return -1;
    }
    return rest;
}

struct str shipping_tracking_number(struct str order_id, struct arena *arena)
{
    static const struct id space = {.bytes = "parcel's number"};
    struct id id = id_named(&space, order_id);
    uint64_t head = number_at(id.bytes, 6), tail = number_at(id.bytes + 9, 7);
    char body[64];
    int len = snprintf(body, sizeof(body), "%c%c-%06" PRIu64 "-%014" PRIu64, letters[head % LETTERS],
                       letters[head / LETTERS % LETTERS], head / (LETTERS * LETTERS) % 1000000,
                       tail % UINT64_C(100000000000000));
    int check = CHECK_BASE + 1 - remainder_of((struct str){body, (size_t)len}) * 100 % CHECK_BASE;

    return arena_printf(arena, "%s%02d", body, check);
}

bool shipping_tracking_number_good(struct str number)
{
    return number.len > 2 && remainder_of(number) == 1;
}
