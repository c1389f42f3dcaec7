/* adopt.c - carts as they were last said, in a life that the database has lost. */
#include "services/cart/basket.h"

static struct str text_of(struct step *step, struct cart_line_list lines)
{
    struct basket *basket = arena_new(step->arena, struct basket);

    for (size_t i = 0; i < lines.count && basket->count < CART_LINES_KEPT; i++)
        basket->lines[basket->count++] = lines.items[i];
    return basket_write(basket, step->arena);
}

static struct str bytes_of(struct step *step, struct str_list ids)
{
    char *bytes = arena_alloc(step->arena, ids.count * sizeof(struct id) + 1);
    size_t count = 0;
    struct id id;

    for (size_t i = 0; i < ids.count; i++)
        if (id_parse(ids.items[i], &id))
            memcpy(bytes + sizeof(id) * count++, id.bytes, sizeof(id));
    return (struct str){bytes, count * sizeof(id)};
}

/* Of what a cart has said the greatest version counts; an order that the row holds it for may have ended. */
static bool is_news(struct cart *cart, int64_t version, int64_t generation)
{
    if (version <= cart->version)
        return false;
    cart->version = version;
    cart->generation = generation;
    if (cart->ordering <= generation)
        cart->ordering = 0;
    return true;
}

static void adopt_cart(struct step *step, void *row)
{
    struct cart *cart = row;
    const struct cart_updated *said = step->heard->body;

    if (!is_news(cart, said->version, said->generation))
        return;
    cart->answered = said->position + 1;
    cart->outcome = (int32_t)said->outcome;
    cart->reason = said->reason;
    cart->lines = text_of(step, said->lines);
    cart->commands = bytes_of(step, said->command_ids);
    cart->changed_ms = said->changed_ms > 0 ? said->changed_ms : step->now_ms;
    cart->left_behind = text_of(step, said->left_behind);
    cart->left_since_ms = said->left_since_ms;
    cart_remind_of_idling(step, cart);
}

static void adopt_expiry(struct step *step, void *row)
{
    struct cart *cart = row;
    const struct cart_expired *said = step->heard->body;

    if (!is_news(cart, said->version, said->generation))
        return;
    cart->answered = said->position + 1;
    cart->outcome = (int32_t)said->outcome;
    cart->reason = said->reason;
    cart->lines = (struct str){0};
    cart->commands = bytes_of(step, said->command_ids);
    cart->changed_ms = said->changed_ms > 0 ? said->changed_ms : step->now_ms;
    cart->left_behind = text_of(step, said->lines);
    cart->left_since_ms = said->idle_since_ms;
    cart_remind_of_idling(step, cart);
}

const struct adoption cart_adoptions[CART_ADOPTIONS] = {
    {MSG_CART_UPDATED, adopt_cart, "the whole cart, under this version"},
    {MSG_CART_EXPIRED, adopt_expiry, "it lay idle for too long, and its lines went out"},
};
