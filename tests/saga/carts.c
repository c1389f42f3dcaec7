/* carts.c - the book of carts: what must be in each, from what the real one has heard, each message once. */
#include <stdlib.h>

#include "services/cart/cart.h"
#include "tests/saga/inside.h"

enum { SHADOW_LINES = 16, SHADOW_IDS = 512 };

struct shadow {
    struct cart_line lines[SHADOW_LINES];
    size_t count;
    struct id heard[SHADOW_IDS];
    size_t heard_count;
    int64_t generation, ordering;        /* the latter: 1 + that of the order that was told of last */
    struct cart_line left[SHADOW_LINES]; /* when it last expired */
    size_t left_count;
    int64_t expired;    /* how often */
    int64_t changed_ms; /* since then nobody came */
};

enum { IDLE_MS = 20 * 60 * 1000, LEFT_TIMES = 10 }; /* of lanes.c's settings, and of the service's README */

static struct cart_line *line_of(struct shadow *shadow, struct str product_id, bool make)
{
    for (size_t i = 0; i < shadow->count; i++)
        if (str_equal(shadow->lines[i].product_id, product_id))
            return &shadow->lines[i];
    if (!make)
        return NULL;
    if (shadow->count == SHADOW_LINES)
        abort();
    shadow->lines[shadow->count] = (struct cart_line){product_id, 0};
    return &shadow->lines[shadow->count++];
}

static void take(struct shadow *shadow, struct str product_id, int32_t quantity)
{
    struct cart_line *line = line_of(shadow, product_id, true);

    line->quantity = line->quantity > quantity ? line->quantity - quantity : 0;
}

static void merge(struct shadow *shadow, const struct cart_line_list *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        struct cart_line *line = line_of(shadow, lines->items[i].product_id, true);

        if (line->quantity < lines->items[i].quantity)
            line->quantity = lines->items[i].quantity;
    }
}

static void command(struct shadow *shadow, enum msg_type type, const void *body)
{
    const struct add_item *add = body;
    const struct change_quantity *change = body;
    struct cart_line *line;

    if (type == MSG_ADD_ITEM) {
        line_of(shadow, add->product_id, true)->quantity += add->quantity;
    } else if (type == MSG_CHANGE_QUANTITY) {
        line = line_of(shadow, change->product_id, false);
        if (line && line->quantity > 0)
            line->quantity = change->quantity;
    } else if (type == MSG_EMPTY_CART) {
        shadow->count = 0;
        shadow->left_count = 0;
    } else if (type == MSG_MERGE_CART) {
        merge(shadow, &((const struct merge_cart *)body)->lines);
        if (str_equal(((const struct merge_cart *)body)->from_user_id, ((const struct merge_cart *)body)->user_id))
            shadow->left_count = 0;
    }
}

static bool is_empty(const struct shadow *shadow)
{
    for (size_t i = 0; i < shadow->count; i++)
        if (shadow->lines[i].quantity > 0)
            return false;
    return true;
}

static void put_back(struct shadow *shadow)
{
    memcpy(shadow->lines, shadow->left, sizeof shadow->lines);
    shadow->count = shadow->left_count;
    shadow->left_count = 0;
}

static void somebody_came(struct shadow *shadow, int64_t when_ms)
{
    if (when_ms > shadow->changed_ms)
        shadow->changed_ms = when_ms;
}

/* An alarm of its own rings: what is in it goes, unless it is being ordered, or the alarm was parked and somebody came since. */
static void expire(struct shadow *shadow, int64_t now_ms)
{
    if (shadow->ordering > shadow->generation ||
        now_ms < shadow->changed_ms + (int64_t)IDLE_MS * (is_empty(shadow) ? LEFT_TIMES : 1))
        return;
    if (is_empty(shadow)) {
        shadow->left_count = 0;
        return;
    }
    memcpy(shadow->left, shadow->lines, sizeof shadow->left);
    shadow->left_count = shadow->count;
    shadow->count = 0;
    shadow->expired++;
    somebody_came(shadow, now_ms); /* nobody did; but from now on it is what was left behind that lies there */
}

/* Ordered before it was known that it has expired: it is as it was. */
static void hold(struct shadow *shadow, int64_t generation)
{
    if (generation < shadow->generation)
        return;
    shadow->ordering = generation + 1;
    if (is_empty(shadow) && shadow->left_count > 0)
        put_back(shadow);
}

/* An order of this generation has ended: each ends once, one after the other. */
static void end_generation(struct world *world, struct shadow *shadow, int64_t generation, struct str user_id)
{
    if (generation != shadow->generation)
        world_wrong(world, user_id, "book of carts: an order of generation %d ended, the cart is at %d",
                    (int)generation, (int)shadow->generation);
    else
        shadow->generation++;
}

static bool first_time(struct shadow *shadow, const struct id *id)
{
    for (size_t i = 0; i < shadow->heard_count; i++)
        if (id_equal(&shadow->heard[i], id))
            return false;
    if (shadow->heard_count == SHADOW_IDS)
        abort();
    shadow->heard[shadow->heard_count++] = *id;
    return true;
}

void books_heard(struct lane *lane, const struct subject *subject, const struct said *heard)
{
    struct world *world = lane->world;
    struct shadow **shadow = &world->books->shadows[subject->index];
    const void *body;

    if (lane->info->rules != &cart_rules)
        return;
    if (!*shadow)
        *shadow = arena_new(&world->arena, struct shadow);
    if (!first_time(*shadow, &heard->id))
        return;
    if (heard->type == MSG_CART_IDLE) {
        expire(*shadow, heard->time_ms);
        return;
    }
    body = msg_decode_own(heard->type, heard->value, &world->arena);
    if (heard->type == MSG_CART_ORDERED) {
        const struct cart_ordered *ordered = body;

        for (size_t i = 0; i < ordered->lines.count; i++)
            take(*shadow, ordered->lines.items[i].product_id, ordered->lines.items[i].quantity);
        end_generation(world, *shadow, ordered->generation, subject->key);
        somebody_came(*shadow, heard->time_ms);
    } else if (heard->type == MSG_CART_ORDERING) {
        hold(*shadow, ((const struct cart_ordering *)body)->generation);
    } else if (heard->type == MSG_CART_KEPT) {
        end_generation(world, *shadow, ((const struct cart_kept *)body)->generation, subject->key);
        somebody_came(*shadow, heard->time_ms);
    } else {
        command(*shadow, heard->type, body);
        somebody_came(*shadow, heard->time_ms);
    }
}

static bool is_given_by(struct world *world, const struct subject *order, struct str user_id, struct arena *arena)
{
    const struct stream *commands = log_stream(world, TOPIC_ORDER_COMMANDS, order);

    for (size_t i = 0; commands && i < commands->count; i++) {
        const struct said *said = &commands->records[i].said;
        const struct place_order *body = msg_decode_own(said->type, said->value, arena);

        if (said->type == MSG_PLACE_ORDER && str_equal(body->user_id, user_id))
            return true;
    }
    return false;
}

/* All of them, at rest. */
static int64_t ended_orders(struct world *world, struct str user_id, struct arena *arena)
{
    int64_t count = 0;

    for (size_t i = 0; i < world->subject_count; i++)
        count += world->subjects[i].kind == KIND_ORDER && is_given_by(world, &world->subjects[i], user_id, arena);
    return count;
}

static int64_t pieces_of(const struct cart_line_list *lines, struct str product_id)
{
    int64_t pieces = 0;

    for (size_t i = 0; i < lines->count; i++)
        pieces += str_equal(lines->items[i].product_id, product_id) ? lines->items[i].quantity : 0;
    return pieces;
}

/* An expiry is a cart without lines. */
static const struct cart_updated *cart_told(const struct said *said, struct arena *arena)
{
    const struct cart_expired *expired;
    struct cart_updated *cart;

    if (said->type == MSG_CART_UPDATED)
        return msg_decode_own(MSG_CART_UPDATED, said->value, arena);
    expired = msg_decode_own(MSG_CART_EXPIRED, said->value, arena);
    cart = arena_new(arena, struct cart_updated);
    *cart = (struct cart_updated){
        .version = expired->version, .generation = expired->generation, .left_behind = expired->lines};
    return cart;
}

static const char *check_left_behind(const struct shadow *shadow, const struct cart_updated *last)
{
    int64_t wanted = 0, there = 0;

    for (size_t i = 0; i < shadow->left_count; i++) {
        wanted += shadow->left[i].quantity;
        if (pieces_of(&last->left_behind, shadow->left[i].product_id) != shadow->left[i].quantity)
            return "more or less was left behind than was in it";
    }
    for (size_t i = 0; i < last->left_behind.count; i++)
        there += last->left_behind.items[i].quantity;
    return there != wanted ? "something was left behind that was not in it" : NULL;
}

static const char *check_cart(struct world *world, const struct subject *user, struct arena *arena)
{
    const struct stream *told = log_stream(world, TOPIC_CART_EVENTS, user);
    struct shadow *shadow = world->books->shadows[user->index];
    const struct cart_updated *last = NULL;
    int64_t there = 0, wanted = 0, expired = 0, wanted_expired = shadow ? shadow->expired : 0;

    for (size_t i = 0; told && i < told->count; i++) {
        const struct cart_updated *body = cart_told(&told->records[i].said, arena);

        if (body->version > (last ? last->version : 0) + 1)
            return "a version of the cart was never told";
        if (last && body->version <= last->version)
            continue;
        last = body;
        expired += told->records[i].said.type == MSG_CART_EXPIRED;
    }
    if (!shadow || !last)
        return shadow || last ? "nothing was told of a cart" : NULL;
    if (expired != wanted_expired)
        return "it expired more or less often than it should have";
    outcomes.carts_expired += (size_t)expired;
    if (last->generation != ended_orders(world, user->key, arena) || last->generation != shadow->generation)
        return "the generation is not the number of orders that ended";
    for (size_t i = 0; i < shadow->count; i++) {
        wanted += shadow->lines[i].quantity;
        if (pieces_of(&last->lines, shadow->lines[i].product_id) != shadow->lines[i].quantity)
            return "there is more or less of something in it than there should be";
    }
    for (size_t i = 0; i < last->lines.count; i++)
        there += last->lines.items[i].quantity;
    return there != wanted ? "there is something in it that nobody put there" : check_left_behind(shadow, last);
}

void books_check_carts(struct world *world)
{
    for (size_t i = 0; i < world->subject_count; i++) {
        const char *wrong;

        if (world->subjects[i].kind != KIND_USER)
            continue;
        arena_clear(&world->step_arenas[0]);
        wrong = check_cart(world, &world->subjects[i], &world->step_arenas[0]);
        if (wrong)
            world_wrong(world, world->subjects[i].key, "book of carts: %s", wrong);
    }
}
