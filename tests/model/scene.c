/* scene.c - a shop with one product, one shopper, and what this one writes to the log. */
#include <stdlib.h>

#include "services/cart/cart.h"
#include "services/catalog/catalog.h"
#include "services/checkout/checkout.h"
#include "services/payment/payment.h"
#include "services/shipping/shipping.h"
#include "tests/model/model.h"

#define USER "11111111-1111-4111-8111-111111111111"
#define STRANGER "22222222-2222-4222-8222-222222222222"

enum { WEIGHT_GRAMS = 100, PRICE_MINOR = 500 };

/* Whose scene is being opened, for the simulator's world_init. */
static struct model *opening;

void shop_open(struct world *world)
{
    struct shop *shop = &world->shop;

    shop->shelf = shelf_open();
    shop->shopper_count = shop->product_count = 1;
    shop->shoppers[0] = (struct shopper){.world = world,
                                         .user_id = STR(USER),
                                         .address = opening->scene.address,
                                         .mailbox = opening->scene.mailbox,
                                         .shipping_key = KEY_KNOWN,
                                         .email_key = KEY_KNOWN};
}

void shop_close(struct world *world)
{
    shelf_close(world->shop.shelf);
}

/* --- what is written ---------------------------------------------------------------------------------------------- */

static uint32_t command(struct model *model, enum msg_type type, const void *body, const char *name)
{
    static const struct id space = {.bytes = "model's commands"};
    struct said said = {.type = type, .key = msg_key(type, body), .id = id_named(&space, str_of(name))};

    said.value = msg_encode(type, body, &model->arena);
    said.correlation = said.causation = said.id;
    return model_message(model, &said, WORLD_START_MS, 0);
}

static void write_to(struct model *model, struct state *state, uint32_t message)
{
    enum topic topic = topic_of(model->messages[message].said.type);

    state->streams[topic] = model_add(model, state->streams[topic], message);
}

static struct sealed sealed_as(struct model *model, const char *content)
{
    return (struct sealed){.key_id = STR(USER),
                           .nonce = STR("nonce of 12 b"),
                           .ciphertext = arena_printf(&model->arena, "%s|" USER, content)};
}

static uint32_t pay_with(struct model *model, char which)
{
    const struct pay_with pay = {
        .order_id = model->order->key,
        .user_id = STR(USER),
        .card = {.key_id = STR("payment-1"),
                 .encapsulated_key = STR("key"),
                 .ciphertext = arena_printf(&model->arena, "%s|%c", which == 'p' ? model->scene.card : "good", which)}};

    return command(model, MSG_PAY_WITH, &pay, which == 'p' ? "pay p" : "pay q");
}

static uint32_t place_order(struct model *model, char which)
{
    const struct shelf *shelf = model->world.shop.shelf;
    const struct product_updated *product = shelf_product(shelf, model->product->key);
    const struct tariff_updated *tariff = shelf_tariff(shelf, STR("flat"));
    const struct order_line line = {.product_id = product->product_id,
                                    .name = product->name,
                                    .quantity = which == 'p' ? 1 : 2,
                                    .unit_price_minor = product->price_minor,
                                    .product_version = product->version};
    struct place_order body = {.order_id = model->order->key, .user_id = STR(USER)};
    struct parcel parcel = {0, 0};
    struct quote quote = {0, 0};
    struct err err;

    parcel_add(&parcel, product, line.quantity);
    if (shelf_quote(shelf, STR("flat"), STR("EU"), &parcel, &quote, &err) != ST_OK)
        abort();
    body.order = (struct order){.lines = {&line, 1},
                                .currency = STR("USD"),
                                .country = STR("Norway"),
                                .country_code = STR("NO"),
                                .postal_zone = STR("015"),
                                .carrier = STR("flat"),
                                .tariff_version = tariff->version,
                                .shipping_minor = quote.price_minor,
                                .total_minor = line.quantity * line.unit_price_minor + quote.price_minor,
                                .email = sealed_as(model, model->scene.mailbox),
                                .address = sealed_as(model, model->scene.address)};
    body.pay_with_id = id_text(&model->messages[pay_with(model, which)].said.id, &model->arena);
    return command(model, MSG_PLACE_ORDER, &body, which == 'p' ? "place p" : "place q");
}

static uint32_t cancel(struct model *model, bool stranger)
{
    const struct cancel_order body = {
        .order_id = model->order->key, .user_id = stranger ? STR(STRANGER) : STR(USER), .cart_generation = 0};

    return command(model, MSG_CANCEL_ORDER, &body, stranger ? "cancel s" : "cancel c");
}

/* --- what was there before ---------------------------------------------------------------------------------------- */

static void learn(struct model *model, uint32_t message)
{
    const struct said *said = &model->messages[message].said;
    const void *body = msg_decode_own(said->type, said->value, &model->arena);

    shelf_learn(model->world.shop.shelf, said->type, body);
    shelf_learn(model->world.lanes[LANE_CHECKOUT].service->shelf, said->type, body);
}

/* What a service says of its own before anybody orders: prices, goods. */
static void begin(struct model *model, size_t lane, uint32_t message, int64_t offset, struct state *first)
{
    struct outcome outcome;

    model_deliver(model, lane, message, offset, &outcome);
    for (size_t i = 0; i < outcome.said_count; i++) {
        write_to(model, first, outcome.said[i]);
        learn(model, outcome.said[i]);
    }
    for (size_t i = 0; lane == LANE_PRODUCT && i < outcome.reminded_count; i++)
        first->deadlines = model_put(model, first->deadlines, outcome.reminded[i]);
    if (lane == LANE_PRODUCT)
        first->product = outcome.product;
}

static void stock_up(struct model *model, struct state *first)
{
    const struct said tariff_due = {.type = MSG_TARIFF_DUE, .key = STR("flat"), .id = {.bytes = "prices"}};
    const struct add_product product = {.product_id = STR("MUG"),
                                        .name = STR("MUG"),
                                        .picture = STR("/static/favicon.svg"),
                                        .price_minor = PRICE_MINOR,
                                        .currency = STR("USD"),
                                        .weight_grams = WEIGHT_GRAMS,
                                        .volume_cm3 = 3 * WEIGHT_GRAMS,
                                        .quantity = model->scene.stock};
    const struct add_item item = {.user_id = STR(USER), .product_id = STR("MUG"), .quantity = 1};
    uint32_t offered = command(model, MSG_ADD_PRODUCT, &product, "offer");

    begin(model, LANE_TARIFF, model_message(model, &tariff_due, WORLD_START_MS, LANE_TARIFF), -1, first);
    write_to(model, first, offered);
    begin(model, LANE_PRODUCT, offered, 0, first);
    first->positions[LANE_PRODUCT][TOPIC_CATALOG_COMMANDS] = 1;
    write_to(model, first, command(model, MSG_ADD_ITEM, &item, "add 1"));
    write_to(model, first, command(model, MSG_ADD_ITEM, &item, "add 2"));
}

static void list_topics(struct model *model)
{
    for (size_t lane = 0; lane < MODEL_LANES; lane++) {
        const struct rules *rules = model->world.lanes[lane].rules;
        bool hears[TOPIC_COUNT] = {false};

        for (size_t i = 0; i < rules->rule_count; i++)
            hears[topic_of(rules->table[i].hears)] = true;
        for (int topic = TOPIC_NONE + 1; topic < TOPIC_COUNT; topic++)
            if (hears[topic])
                model->topics[lane][model->topic_counts[lane]++] = (enum topic)topic;
    }
}

void model_open(struct model *model, const struct scene *scene, const struct bound *bound,
                const struct sabotage *sabotage, struct state *first)
{
    struct interned *all[] = {&model->texts,      &model->names,       &model->lists,     &model->ledger_names,
                              &model->step_names, &model->reply_names, &model->rest_names};
    struct world *world = &model->world;
    struct id id = id_of_order(STR(USER), 0);

    memset(model, 0, sizeof(*model));
    *first = (struct state){0};
    model->scene = *scene;
    model->bound = *bound;
    arena_init(&model->arena);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        interned_init(all[i]);
    opening = model;
    world_init(world, 1);
    if (sabotage)
        sabotage_apply(world, sabotage);
    list_topics(model);
    world->calm = true;
    world->weather = (struct weather){0};
    for (size_t i = 0; i < world->service_count; i++)
        world->services[i].skew_ms = 0;
    model->order = world_subject(world, KIND_ORDER, id_text(&id, &world->arena));
    model->product = world_subject(world, KIND_PRODUCT, STR("MUG"));
    model->user = world_subject(world, KIND_USER, STR(USER));
    stock_up(model, first);
    for (const char *c = scene->cards; *c; c++)
        write_to(model, first, pay_with(model, *c));
    for (const char *c = scene->commands; *c; c++)
        write_to(model, first, *c == 'c' || *c == 's' ? cancel(model, *c == 's') : place_order(model, *c));
}

void model_close(struct model *model)
{
    struct interned *all[] = {&model->texts,      &model->names,       &model->lists,     &model->ledger_names,
                              &model->step_names, &model->reply_names, &model->rest_names};

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        interned_release(all[i]);
    free(model->messages);
    free(model->ledgers);
    free(model->outcomes);
    free(model->replies);
    free(model->rests);
    hash_set_release(&model->visited);
    hash_set_release(&model->ends);
    arena_release(&model->arena);
    world_release(&model->world);
}
