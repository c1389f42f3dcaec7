/* basket.c - a short list, searched from the front. */
#include "services/cart/basket.h"

#include <stdio.h>
#include <stdlib.h>

static void abort_on(struct str text)
{
    fprintf(stderr, "cart: these lines are not ours: " STR_FMT "\n", STR_ARG(text));
    abort();
}

/* One line up to its newline; returns what follows. */
static struct str read_line(struct str text, struct cart_line *line)
{
    const char *end = memchr(text.ptr, '\n', text.len), *at = text.ptr;

    line->quantity = 0;
    while (end && at < end && *at >= '0' && *at <= '9' && line->quantity <= CART_QUANTITY_MAX)
        line->quantity = line->quantity * 10 + (*at++ - '0');
    if (!end || at == text.ptr || *at != ' ' || line->quantity < 1 || line->quantity > CART_QUANTITY_MAX)
        abort_on(text);
    line->product_id = (struct str){at + 1, (size_t)(end - at) - 1};
    return (struct str){end + 1, text.len - (size_t)(end + 1 - text.ptr)};
}

void basket_read(struct basket *basket, struct str text)
{
    struct str rest = text;

    basket->count = 0;
    while (rest.len > 0) {
        if (basket->count == CART_LINES_KEPT)
            abort_on(text);
        rest = read_line(rest, &basket->lines[basket->count++]);
    }
}

struct str basket_write(const struct basket *basket, struct arena *arena)
{
    size_t size = basket->count * (CART_PRODUCT_ID_MAX + 8) + 1, len = 0;
    char *text = arena_alloc(arena, size);

    for (size_t i = 0; i < basket->count; i++)
        len += (size_t)snprintf(text + len, size - len, "%d " STR_FMT "\n", basket->lines[i].quantity,
                                STR_ARG(basket->lines[i].product_id));
    return (struct str){text, len};
}

struct cart_line *basket_find(struct basket *basket, struct str product_id)
{
    for (size_t i = 0; i < basket->count; i++)
        if (str_equal(basket->lines[i].product_id, product_id))
            return &basket->lines[i];
    return NULL;
}

bool basket_put(struct basket *basket, struct str product_id, int32_t quantity)
{
    if (basket->count >= CART_LINES_MAX)
        return false;
    basket->lines[basket->count++] = (struct cart_line){product_id, quantity};
    return true;
}

void basket_take(struct basket *basket, struct str product_id, int32_t quantity)
{
    struct cart_line *line = basket_find(basket, product_id);

    if (!line || quantity < 1)
        return;
    if (line->quantity > quantity) {
        line->quantity -= quantity;
        return;
    }
    memmove(line, line + 1, (size_t)(&basket->lines[basket->count] - (line + 1)) * sizeof(*line));
    basket->count--;
}

bool basket_can_hold(struct str product_id)
{
    for (size_t i = 0; i < product_id.len; i++)
        if (product_id.ptr[i] <= ' ' || product_id.ptr[i] >= 127)
            return false;
    return product_id.len >= 1 && product_id.len <= CART_PRODUCT_ID_MAX;
}
