/* tracking.c - a number that says nothing of the order but finds it, and that shows when it was mistyped. */
#include "services/shipping/shipping.h"

#include <inttypes.h>
#include <stdio.h>

enum { CHECK_BASE = 97 };

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

struct str shipping_tracking_number(const struct carrier *carrier, struct str order_id, struct arena *arena)
{
    static const struct id space = {.bytes = "parcel's number"};
    struct id id = id_named(&space, order_id);
    uint64_t head = number_at(id.bytes, 6), tail = number_at(id.bytes + 8, 8);
    char body[64];
    int len = snprintf(body, sizeof(body), "%s-%08" PRIu64 "-%016" PRIu64, carrier->prefix, head % UINT64_C(100000000),
                       tail % UINT64_C(10000000000000000));
    int check = CHECK_BASE + 1 - remainder_of((struct str){body, (size_t)len}) * 100 % CHECK_BASE;

    return arena_printf(arena, "%s%02d", body, check);
}

bool shipping_tracking_number_good(struct str number)
{
    return number.len > 2 && remainder_of(number) == 1;
}
