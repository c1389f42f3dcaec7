/* shoppers.c - what shoppers and shopkeeper do, as the gateway writes it to the log: commands, each accepted or lost. */
#include "tests/saga/shoppers.h"

#include <stdlib.h>

#include "base/country.h"
#include "tests/saga/world.h"

enum { LOST_PERCENT = 3, WEIGHT_GRAMS = 100 };

static const char *const carriers[] = {"flat", "snail", "heron", "otter"};
enum { CARRIERS = sizeof(carriers) / sizeof(carriers[0]) };

/* The last two are written as a robot writes them: no country that counts. */
static const struct {
    const char *country, *code, *postal_zone;
} places[] = {{"Norway", "NO", "015"},
              {"United States", "US", "940"},
              {"Peru", "PE", "150"},
              {"Norway", "", "940"},
              {"Atlantis", "", "1"}};
enum { PLACES = sizeof(places) / sizeof(places[0]) };

static const char *const product_ids[PRODUCTS_MAX] = {"MUG", "LAMP", "WATCH", "PIPE"};
static const char *const user_ids[SHOPPERS_MAX] = {"11111111-1111-4111-8111-111111111111",
                                                   "22222222-2222-4222-8222-222222222222",
                                                   "33333333-3333-4333-8333-333333333333"};

/* --- commands ------------------------------------------------------------------------------------------------------ */

static struct said *command(struct world *world, enum msg_type type, const void *body)
{
    static const struct id space = {.bytes = "saga's commands"};
    struct said *said = arena_new(&world->arena, struct said);
    struct str name = arena_printf(&world->arena, "%llu:%u", (unsigned long long)world->seed,
                                   world->shop.command_count++);

    said->type = type;
    said->key = arena_copy(&world->arena, msg_key(type, body));
    said->value = msg_encode(type, body, &world->arena);
    said->id = said->correlation = said->causation = id_named(&space, name);
    return said;
}

/* One that is lost was never acknowledged: the shopper was told "unknown". */
static void send(struct world *world, const char *who, const struct said *said)
{
    if (!world->calm && world->weather.loss_percent > 0 && world_chance(world, LOST_PERCENT))
        world_note(world, who, "cannot say", said);
    else
        outbox_put(world, NULL, who, said);
}

static struct str any_product(struct world *world)
{
    return str_of(product_ids[world_roll(world, world->shop.product_count)]);
}

/* --- the cart ------------------------------------------------------------------------------------------------------ */

static void add_item(struct shopper *shopper, struct world *world)
{
    const struct add_item body = {
        .user_id = shopper->user_id, .product_id = any_product(world), .quantity = 1 + (int32_t)world_roll(world, 3)};

    send(world, "gateway", command(world, MSG_ADD_ITEM, &body));
}

static void change_cart(struct shopper *shopper, struct world *world)
{
    struct str product_id = any_product(world);
    const struct change_quantity change = {shopper->user_id, product_id, (int32_t)world_roll(world, 4)};
    const struct cart_line line = {product_id, 1 + (int32_t)world_roll(world, 3)};
    const struct merge_cart merge = {.user_id = shopper->user_id, .from_user_id = STR("guest"), .lines = {&line, 1}};
    const struct merge_cart back = {
        .user_id = shopper->user_id, .from_user_id = shopper->user_id, .lines = shopper->cart.left_behind};
    const struct empty_cart empty = {.user_id = shopper->user_id};

    if (shopper->cart.left_behind.count > 0 && world_chance(world, 60)) {
        send(world, "gateway", command(world, MSG_MERGE_CART, &back));
        return;
    }
    switch (world_roll(world, 4)) {
    case 0:
        send(world, "gateway", command(world, MSG_MERGE_CART, &merge));
        break;
    case 1:
        send(world, "gateway", command(world, MSG_EMPTY_CART, &empty));
        break;
    default:
        send(world, "gateway", command(world, MSG_CHANGE_QUANTITY, &change));
    }
}

/* --- the order ----------------------------------------------------------------------------------------------------- */

static struct sealed sealed_as(struct world *world, const struct shopper *shopper, const char *content)
{
    struct str text = arena_printf(&world->arena, "%s|" STR_FMT, content, STR_ARG(shopper->user_id));

    return (struct sealed){.key_id = shopper->user_id, .nonce = STR("nonce of 12 b"), .ciphertext = text};
}

/* Anyone who goes there; now and then somebody insists on one who does not, and is rejected. */
static bool choose_carrier(struct world *world, struct order *order, const struct parcel *parcel)
{
    struct str zone = country_zone(order->country_code);
    const struct tariff_updated *tariff;
    struct quote quote = {1, 0};
    struct err err;

    order->carrier = str_of(carriers[world_roll(world, CARRIERS)]);
    if (shelf_quote(world->shop.shelf, order->carrier, zone, parcel, &quote, &err) != ST_OK && !world_chance(world, 10))
        order->carrier = str_of(carriers[0]);
    tariff = shelf_tariff(world->shop.shelf, order->carrier);
    if (shelf_quote(world->shop.shelf, order->carrier, zone, parcel, &quote, &err) != ST_OK && !tariff)
        return false;
    order->tariff_version = tariff->version;
    order->shipping_minor = quote.price_minor;
    order->total_minor += quote.price_minor;
    return true;
}

/* False when the page cannot show what it costs. */
static bool fill_lines(struct shopper *shopper, struct world *world, struct order *order)
{
    const struct cart_line_list *cart = &shopper->cart.lines;
    struct order_line *lines = arena_array(&world->arena, cart->count, sizeof(*lines));
    struct parcel parcel = {0, 0};

    for (size_t i = 0; i < cart->count; i++) {
        const struct product_updated *product = shelf_product(world->shop.shelf, cart->items[i].product_id);

        if (!product)
            return false;
        lines[i] = (struct order_line){.product_id = arena_copy(&world->arena, product->product_id),
                                       .name = arena_copy(&world->arena, product->name),
                                       .quantity = cart->items[i].quantity,
                                       .unit_price_minor = product->price_minor,
                                       .product_version = product->version};
        order->total_minor += lines[i].quantity * lines[i].unit_price_minor;
        parcel_add(&parcel, product, lines[i].quantity);
    }
    order->lines = (struct order_line_list){lines, cart->count};
    return choose_carrier(world, order, &parcel);
}

static const char *any_card(struct world *world)
{
    static const char *const cards[] = {"poor", "garbled", "fading"};

    return world_chance(world, 75) ? "good" : cards[world_roll(world, 3)];
}

/* PayWith and PlaceOrder, which go their own ways. */
static void press(struct shopper *shopper, struct world *world, struct place_order *body)
{
    struct str card = arena_printf(&world->arena, "%s|%u", any_card(world), world->shop.command_count);
    const struct pay_with pay = {
        .order_id = body->order_id,
        .user_id = shopper->user_id,
        .card = {.key_id = STR("payment-1"), .encapsulated_key = STR("key"), .ciphertext = card}};

    shopper->last.paid = command(world, MSG_PAY_WITH, &pay);
    body->pay_with_id = id_text(&shopper->last.paid->id, &world->arena);
    shopper->last.placed = command(world, MSG_PLACE_ORDER, body);
    shopper->last.body = *body;
    send(world, "gateway", shopper->last.paid);
    send(world, "gateway", shopper->last.placed);
}

static void remember_order(struct shopper *shopper, struct str order_id)
{
    for (size_t i = 0; i < shopper->order_count; i++)
        if (str_equal(shopper->orders[i], order_id))
            return;
    if (shopper->order_count < SHOPPER_ORDERS)
        shopper->orders[shopper->order_count++] = order_id;
}

static void place(struct shopper *shopper, struct world *world)
{
    struct id id = id_of_order(shopper->user_id, shopper->cart.generation);
    struct place_order body = {.order_id = id_text(&id, &world->arena), .user_id = shopper->user_id};
    struct order *order = &body.order;
    unsigned where = world_roll(world, PLACES);

    if (shopper->cart.lines.count == 0 && world_chance(world, 99)) {
        add_item(shopper, world);
        return;
    }
    *order = (struct order){.cart_generation = shopper->cart.generation,
                            .currency = STR("USD"),
                            .country = str_of(places[where].country),
                            .country_code = str_of(places[where].code),
                            .postal_zone = str_of(places[where].postal_zone),
                            .email = sealed_as(world, shopper, shopper->mailbox),
                            .address = sealed_as(world, shopper, shopper->address)};
    if (!fill_lines(shopper, world, order))
        return;
    if (world_chance(world, 3))
        order->total_minor -= 1; /* somebody has tampered with the form */
    remember_order(shopper, body.order_id);
    press(shopper, world, &body);
}

/* The same form again: the same commands, or others with other content under the same order. */
static void press_again(struct shopper *shopper, struct world *world)
{
    struct place_order body = shopper->last.body;

    if (!shopper->last.placed)
        return;
    if (world_chance(world, 40)) {
        send(world, "gateway", shopper->last.paid);
        send(world, "gateway", shopper->last.placed);
        return;
    }
    if (body.order.lines.count > 0 && world_chance(world, 50)) {
        struct order_line *lines = arena_array(&world->arena, body.order.lines.count, sizeof(*lines));

        memcpy(lines, body.order.lines.items, body.order.lines.count * sizeof(*lines));
        lines[0].quantity++;
        body.order.total_minor += lines[0].unit_price_minor;
        body.order.lines.items = lines;
    }
    press(shopper, world, &body);
}

/* As the gateway works it out from what it has heard. */
static int64_t generation_of(const struct shopper *shopper, struct str order_id)
{
    for (int64_t generation = shopper->cart.generation; generation >= 0; generation--) {
        struct id made = id_of_order(shopper->user_id, generation), id;

        if (id_parse(order_id, &id) && id_equal(&made, &id))
            return generation;
    }
    return -1;
}

/* Mostly an order of their own; sometimes one that is still to come, or somebody else's. */
static void cancel(struct shopper *shopper, struct world *world)
{
    unsigned any = world_roll(world, world->shop.shopper_count);
    struct shopper *whose = world_chance(world, 90) ? shopper : &world->shop.shoppers[any];
    struct id next = id_of_order(whose->user_id, whose->cart.generation);
    struct cancel_order body = {.order_id = id_text(&next, &world->arena),
                                .user_id = shopper->user_id,
                                .cart_generation = whose->cart.generation};
    unsigned last = whose->order_count - 1;

    if (world_chance(world, 95)) {
        if (whose->order_count == 0)
            return;
        body.order_id = whose->orders[world_chance(world, 70) ? last : world_roll(world, whose->order_count)];
        body.cart_generation = generation_of(whose, body.order_id);
    }
    send(world, "gateway", command(world, MSG_CANCEL_ORDER, &body));
}

bool shopper_may_act(const struct shopper *shopper)
{
    const struct shop *shop = &shopper->world->shop;

    return shopper->todo > 0 && shelf_tariff(shop->shelf, str_of(carriers[0])) &&
           shelf_product(shop->shelf, str_of(product_ids[0]));
}

void shopper_act(struct shopper *shopper, struct world *world)
{
    unsigned roll = world_roll(world, 100);

    shopper->todo--;
    if (roll < 30)
        add_item(shopper, world);
    else if (roll < 38)
        change_cart(shopper, world);
    else if (roll < 76)
        place(shopper, world);
    else if (roll < 88)
        press_again(shopper, world);
    else
        cancel(shopper, world);
}

/* --- the shopkeeper ------------------------------------------------------------------------------------------------ */

bool shopkeeper_may_act(const struct world *world)
{
    return world->shop.chores > 0;
}

void shopkeeper_act(struct shop *shop, struct world *world)
{
    const struct change_price price = {any_product(world), 500 + (int64_t)world_roll(world, 3) * 100};
    const struct restock restock = {price.product_id, 1 + (int32_t)world_roll(world, 3)};
    const struct retire_product retire = {.product_id = price.product_id};
    unsigned roll = world_roll(world, 20);

    shop->chores--;
    if (roll < 11)
        send(world, "shopctl", command(world, MSG_CHANGE_PRICE, &price));
    else if (roll < 19)
        send(world, "shopctl", command(world, MSG_RESTOCK, &restock));
    else
        send(world, "shopctl", command(world, MSG_RETIRE_PRODUCT, &retire));
}

/* --- opening ------------------------------------------------------------------------------------------------------- */

static void offer(struct world *world, const char *product_id)
{
    const struct add_product body = {.product_id = str_of(product_id),
                                     .name = str_of(product_id),
                                     .picture = STR("/static/favicon.svg"),
                                     .price_minor = 500 + (int64_t)world_roll(world, 3) * 100,
                                     .currency = STR("USD"),
                                     .weight_grams = WEIGHT_GRAMS,
                                     .volume_cm3 = 3 * WEIGHT_GRAMS,
                                     .quantity = world->shop.plenty ? 99 : 1 + (int32_t)world_roll(world, 12)};

    outbox_put(world, NULL, "shopctl", command(world, MSG_ADD_PRODUCT, &body));
}

static enum key_state key_of(struct world *world)
{
    unsigned roll = world_roll(world, 100);

    return roll < 80 ? KEY_KNOWN : roll < 94 ? KEY_LATE : roll < 97 ? KEY_NEVER : KEY_FORGOTTEN;
}

static void come_in(struct world *world, struct shopper *shopper, const char *user_id)
{
    static const unsigned paces[] = {1, 6, 30};

    *shopper = (struct shopper){.world = world,
                                .user_id = str_of(user_id),
                                .todo = 6 + world_roll(world, 20),
                                .weight = paces[world_roll(world, 3)],
                                .shipping_key = key_of(world),
                                .email_key = key_of(world)};
    shopper->address = world_chance(world, 90) ? "good" : world_chance(world, 50) ? "nowhere" : "garbled";
    shopper->mailbox = world_chance(world, 90) ? "good" : world_chance(world, 50) ? "full" : "garbled";
}

void shop_open(struct world *world)
{
    struct shop *shop = &world->shop;
    struct lane *prices = NULL;
    struct reminder first = {.type = MSG_TARIFF_DUE, .due_ms = WORLD_START_MS, .cause = &(struct msg){.offset = -1}};

    for (size_t i = 0; i < world->lane_count; i++)
        if (rules_hear(world->lanes[i].rules, MSG_TARIFF_DUE))
            prices = &world->lanes[i];
    if (!prices)
        abort();
    for (size_t i = 0; i < CARRIERS; i++) {
        first.key = str_of(carriers[i]);
        deadline_set(prices, &first);
    }
    shop->shelf = shelf_open();
    shop->product_count = 1 + world_roll(world, PRODUCTS_MAX);
    shop->shopper_count = 1 + world_roll(world, SHOPPERS_MAX);
    shop->plenty = world_chance(world, 40);
    shop->chores = world_chance(world, 60) ? world_roll(world, 6) : 0;
    for (size_t i = 0; i < shop->product_count; i++)
        offer(world, product_ids[i]);
    for (size_t i = 0; i < shop->shopper_count; i++)
        come_in(world, &shop->shoppers[i], user_ids[i]);
}

void shop_close(struct world *world)
{
    shelf_close(world->shop.shelf);
}
