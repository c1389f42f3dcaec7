/* hearsay.c - what has come to the shoppers' ears: their carts as pages show them, prices, and whose key is known where. */
#include "tests/saga/shoppers.h"

#include "tests/saga/world.h"

/* --- their keys ---------------------------------------------------------------------------------------------------- */

struct shopper *shopper_of(struct world *world, struct str key_id)
{
    for (size_t i = 0; i < world->shop.shopper_count; i++)
        if (str_equal(world->shop.shoppers[i].user_id, key_id))
            return &world->shop.shoppers[i];
    return NULL;
}

void shopper_keys_arrive(struct shopper *shopper, struct world *world)
{
    enum key_state *key = shopper->shipping_key == KEY_LATE ? &shopper->shipping_key : &shopper->email_key;

    *key = KEY_KNOWN;
    world_note(world, key == &shopper->email_key ? "email" : "shipping", "hears of a key that it lacked", NULL);
}

/* --- their pages --------------------------------------------------------------------------------------------------- */

static void learn_expiry(struct shopper *shopper, const struct cart_expired *expired)
{
    if (expired->version > shopper->cart.version)
        shopper->cart = (struct cart_updated){
            .version = expired->version, .generation = expired->generation, .left_behind = expired->lines};
}

void shop_learn(struct world *world, const struct said *said)
{
    struct shopper *shopper;
    const struct cart_updated *cart;

    if (said->type == MSG_CART_EXPIRED) {
        learn_expiry(shopper_of(world, said->key), msg_decode_own(said->type, said->value, &world->arena));
        return;
    }
    if (said->type != MSG_CART_UPDATED) {
        shelf_learn(world->shop.shelf, said->type, msg_decode_own(said->type, said->value, &world->step_arenas[0]));
        return;
    }
    cart = msg_decode_own(said->type, said->value, &world->arena);
    shopper = shopper_of(world, said->key);
    if (cart->version > shopper->cart.version)
        shopper->cart = *cart;
}
