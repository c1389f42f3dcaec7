/* view_words.c - how views are called, and whether a cart answers what was asked of it. */
#include "gateway/views.h"

struct str views_cart_key(struct str user_id, struct arena *arena)
{
    return arena_printf(arena, "cart:" STR_FMT, STR_ARG(user_id));
}

struct str views_order_key(struct str order_id, struct arena *arena)
{
    return arena_printf(arena, "order:" STR_FMT, STR_ARG(order_id));
}

bool views_has_mark(const struct cart_updated *cart, const struct cart_mark *mark)
{
    char id[ID_TEXT_LEN + 1];

    if (mark->offset < 0)
        return true;
    if (cart == NULL)
        return false;
    if (cart->position >= mark->offset)
        return true;
    id_write(&mark->command, id);
    for (size_t i = cart->command_ids.count; i-- > 0;)
        if (str_is(cart->command_ids.items[i], id))
            return true;
    return false;
}
