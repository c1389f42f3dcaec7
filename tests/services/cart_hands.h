/* cart_hands.h - one shopper's hands on their cart: commands that return what the cart says of itself then. */
#ifndef CART_HANDS_H
#define CART_HANDS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "services/cart/cart.h"
#include "tests/rehearsal/rehearsal.h"

#define USER STR("user-1")

static struct rehearsal r;
static const struct cart_settings settings = {.idle_ms = 60000};

static int clear(void **state)
{
    (void)state;
    rehearsal_release(&r);
    rehearsal_init(&r, &cart_rules, NULL, &settings);
    return 0;
}

static void put_lines(char *text, size_t size, int len, const struct cart_line_list *lines)
{
    for (size_t i = 0; i < lines->count && (size_t)len < size; i++)
        len += snprintf(text + len, size - (size_t)len, " %d x " STR_FMT, lines->items[i].quantity,
                        STR_ARG(lines->items[i].product_id));
}

/* The last CartUpdated as "<version>.<generation> <outcome> <lines>". */
static const char *shown(void)
{
    static char text[4096];
    const struct cart_updated *cart = rehearsal_last(&r, MSG_CART_UPDATED);
    int len;

    if (!cart)
        return "nothing said";
    len = snprintf(text, sizeof(text), "%d.%d %s", (int)cart->version, (int)cart->generation,
                   cart_outcome_name(cart->outcome));
    put_lines(text, sizeof(text), len, &cart->lines);
    return text;
}

static const struct cart_updated *last_cart(void)
{
    return rehearsal_last(&r, MSG_CART_UPDATED);
}

static const char *reason(void)
{
    static char text[256];
    snprintf(text, sizeof(text), STR_FMT, STR_ARG(last_cart()->reason));
    return text;
}

static const char *add(const char *product, int32_t quantity)
{
    rehearsal_hear(&r, MSG_ADD_ITEM, &(struct add_item){USER, str_of(product), quantity}, NULL);
    return shown();
}

static const char *change(const char *product, int32_t quantity)
{
    rehearsal_hear(&r, MSG_CHANGE_QUANTITY, &(struct change_quantity){USER, str_of(product), quantity}, NULL);
    return shown();
}

static const char *merge(const struct cart_line *lines, size_t count)
{
    rehearsal_hear(&r, MSG_MERGE_CART, &(struct merge_cart){USER, STR("guest"), {lines, count}}, NULL);
    return shown();
}

#endif
