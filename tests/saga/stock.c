/* stock.c - the book of the shelf: pieces that came, were set aside, and were put back. */
#include "services/catalog/catalog.h"
#include "tests/saga/inside.h"

static void move(struct world *world, struct str product_id, int64_t count, struct str key)
{
    int64_t *on_hand = &world->books->on_hand[world_subject(world, KIND_PRODUCT, product_id)->index];

    *on_hand += count;
    if (*on_hand < 0)
        world_wrong(world, key, "book of the shelf: more of " STR_FMT " is set aside than there is",
                    STR_ARG(product_id));
}

static void move_all(struct world *world, const struct cart_line_list *lines, int64_t sign, struct str key)
{
    for (size_t i = 0; i < lines->count; i++)
        move(world, lines->items[i].product_id, sign * lines->items[i].quantity, key);
}

void books_said(struct world *world, const struct said *said)
{
    const void *body;

    if (topic_of(said->type) != TOPIC_STOCK_EVENTS && topic_of(said->type) != TOPIC_CATALOG_EVENTS)
        return;
    body = msg_decode_own(said->type, said->value, &world->arena);
    if (said->type == MSG_PRODUCT_ADDED)
        move(world, said->key, ((const struct product_added *)body)->quantity, said->key);
    else if (said->type == MSG_RESTOCKED)
        move(world, said->key, ((const struct restocked *)body)->quantity, said->key);
    else if (said->type == MSG_STOCK_RESERVED)
        move_all(world, &((const struct stock_reserved *)body)->lines, -1, said->key);
    else if (said->type == MSG_STOCK_RELEASED)
        move_all(world, &((const struct stock_released *)body)->lines, 1, said->key);
}

/* A product as the shopkeeper's commands have it, each of them once. */
struct wanted {
    int64_t pieces, price_minor;
    bool retired;
};

static struct wanted wanted_of(const struct world *world, const struct subject *subject, struct arena *arena)
{
    const struct stream *stream = log_stream(world, TOPIC_CATALOG_COMMANDS, subject);
    struct wanted wanted = {0};

    for (size_t i = 0; stream && i < stream->count; i++) {
        const struct said *said = &stream->records[i].said;
        const void *body = msg_decode_own(said->type, said->value, arena);

        if (said->type == MSG_ADD_PRODUCT) {
            wanted.pieces += ((const struct add_product *)body)->quantity;
            wanted.price_minor = ((const struct add_product *)body)->price_minor;
        } else if (said->type == MSG_RESTOCK) {
            wanted.pieces += ((const struct restock *)body)->quantity;
        } else if (said->type == MSG_CHANGE_PRICE && !wanted.retired) {
            wanted.price_minor = ((const struct change_price *)body)->price_minor;
        }
        wanted.retired |= said->type == MSG_RETIRE_PRODUCT;
    }
    return wanted;
}

static int64_t sold(struct world *world, struct str product_id, struct arena *arena)
{
    int64_t pieces = 0;

    for (size_t i = 0; i < world->subject_count; i++) {
        const struct subject *order = &world->subjects[i];
        const struct reservation *row;
        struct cart_line line;
        struct str rest;

        if (order->kind != KIND_ORDER)
            continue;
        row = step_row(world_lane(world, &reservation_rules), order, arena);
        rest = row->lines;
        while (reservation_next_line(&rest, &line))
            pieces += str_equal(line.product_id, product_id) ? line.quantity : 0;
    }
    return pieces;
}

/* Readers keep what they heard first of a version, and take none that is not greater. */
static bool is_told_twice_over(const struct stream *told, size_t at, struct arena *arena)
{
    const struct product_updated *body = msg_decode_own(told->records[at].said.type, told->records[at].said.value,
                                                        arena);

    for (size_t i = 0; i < at; i++) {
        const struct said *said = &told->records[i].said;
        const struct product_updated *before = msg_decode_own(said->type, said->value, arena);

        if (before->version == body->version)
            return !str_equal(said->value, told->records[at].said.value);
    }
    return false;
}

static const char *check_product(struct world *world, const struct subject *subject, struct arena *arena)
{
    const struct product *row = step_row(world_lane(world, &product_rules), subject, arena);
    const struct stream *told = log_stream(world, TOPIC_PRODUCT_STATE, subject);
    struct wanted wanted = wanted_of(world, subject, arena);
    int64_t last = 0;

    if (row->price_minor != wanted.price_minor || wanted.retired != (row->row.state == PRODUCT_RETIRED))
        return "it has another price than the shopkeeper wants, or is not retired, or is";
    if (row->on_hand != world->books->on_hand[subject->index])
        return "catalog's row has another number of pieces than what was said comes to";
    if (row->on_hand != wanted.pieces - sold(world, subject->key, arena))
        return "pieces were lost, or came from nowhere";
    if (product_is_stale(row))
        return "pages are told of pieces that are not there, or not told of some that are";
    for (size_t i = 0; told && i < told->count; i++) {
        const struct said *said = &told->records[i].said;
        const struct product_updated *body = msg_decode_own(said->type, said->value, arena);

        if (body->version > last + 1)
            return "a version of the product was never told";
        if (is_told_twice_over(told, i, arena))
            return "one version of the product was told with two contents";
        last = body->version > last ? body->version : last;
    }
    return last != row->version ? "the last version of the product was not told" : NULL;
}

void books_check_shelf(struct world *world)
{
    for (size_t i = 0; i < world->subject_count; i++) {
        const char *wrong;

        if (world->subjects[i].kind != KIND_PRODUCT)
            continue;
        arena_clear(&world->step_arenas[0]);
        wrong = check_product(world, &world->subjects[i], &world->step_arenas[0]);
        if (wrong)
            world_wrong(world, world->subjects[i].key, "book of the shelf: %s", wrong);
    }
}
