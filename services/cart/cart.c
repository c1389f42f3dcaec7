/* cart.c - taking commands in and out of a cart, and saying the whole of it after each.
 *
 * Every command is answered by one CartUpdated, refused ones too; a command whose id was answered before changes nothing.
 * The generation, from which the order's id is made, rises only when checkout says that an order of it has ended. */
#include "services/cart/cart.h"

#include "msg/say.h"
#include "services/cart/basket.h"

enum { ID_BYTES = sizeof(struct id) };

static bool answered_before(const struct step *step, const struct cart *cart)
{
    for (size_t at = 0; at + ID_BYTES <= cart->commands.len; at += ID_BYTES)
        if (memcmp(cart->commands.ptr + at, step->heard->id.bytes, ID_BYTES) == 0)
            return true;
    return false;
}

static void remember_command(struct step *step, struct cart *cart)
{
    size_t drop = cart->commands.len >= CART_COMMANDS_KEPT * ID_BYTES ? ID_BYTES : 0;
    size_t kept = cart->commands.len - drop;
    char *ids = arena_alloc(step->arena, kept + ID_BYTES);

    if (kept > 0)
        memcpy(ids, cart->commands.ptr + drop, kept);
    memcpy(ids + kept, step->heard->id.bytes, ID_BYTES);
    cart->commands = (struct str){ids, kept + ID_BYTES};
    if (step->heard->offset >= cart->answered)
        cart->answered = step->heard->offset + 1;
}

static struct str_list command_ids(struct step *step, const struct cart *cart)
{
    size_t count = cart->commands.len / ID_BYTES;
    struct str *texts = arena_array(step->arena, count, sizeof(*texts));
    struct id id;

    for (size_t i = 0; i < count; i++) {
        memcpy(id.bytes, cart->commands.ptr + i * ID_BYTES, ID_BYTES);
        texts[i] = id_text(&id, step->arena);
    }
    return (struct str_list){texts, count};
}

static void say_cart(struct step *step, struct cart *cart)
{
    struct basket *basket = arena_new(step->arena, struct basket);

    basket_read(basket, cart->lines);
    cart->version++;
    say_cart_updated(step, &(struct cart_updated){.user_id = cart->row.key,
                                                  .version = cart->version,
                                                  .generation = cart->generation,
                                                  .lines = {basket->lines, basket->count},
                                                  .position = cart->answered - 1,
                                                  .outcome = (enum cart_outcome)cart->outcome,
                                                  .reason = cart->reason,
                                                  .command_ids = command_ids(step, cart)});
}

/* What a command does to the lines; NULL when it can, otherwise why not, and the lines are not used. */
typedef const char *command_fn(struct basket *basket, const void *body);

static void answer(struct step *step, struct cart *cart, command_fn *command)
{
    struct basket *basket = arena_new(step->arena, struct basket);
    const char *refusal;

    if (answered_before(step, cart))
        return;
    basket_read(basket, cart->lines);
    refusal = command(basket, step->heard->body);
    if (!refusal)
        cart->lines = basket_write(basket, step->arena);
    cart->outcome = refusal ? CART_OUTCOME_REFUSED : CART_OUTCOME_ACCEPTED;
    cart->reason = str_of(refusal);
    remember_command(step, cart);
    say_cart(step, cart);
}

static const char *put_in(struct basket *basket, struct str product_id, int32_t quantity)
{
    struct cart_line *line = basket_find(basket, product_id);

    if (!basket_can_hold(product_id))
        return "There is no such product.";
    if (quantity < 1 || quantity > CART_QUANTITY_MAX - (line ? line->quantity : 0))
        return "A cart holds 1 to 99 of a product.";
    if (line)
        line->quantity += quantity;
    else if (!basket_put(basket, product_id, quantity))
        return "A cart holds at most 100 different products.";
    return NULL;
}

static const char *do_add(struct basket *basket, const void *body)
{
    const struct add_item *heard = body;

    return put_in(basket, heard->product_id, heard->quantity);
}

static const char *do_change(struct basket *basket, const void *body)
{
    const struct change_quantity *heard = body;
    struct cart_line *line = basket_find(basket, heard->product_id);

    if (heard->quantity < 0 || heard->quantity > CART_QUANTITY_MAX)
        return "A cart holds 1 to 99 of a product.";
    if (heard->quantity == 0)
        basket_take(basket, heard->product_id, CART_QUANTITY_MAX);
    else if (line)
        line->quantity = heard->quantity;
    else
        return "It is not in the cart any more.";
    return NULL;
}

static const char *do_empty(struct basket *basket, const void *body)
{
    (void)body;
    basket->count = 0;
    return NULL;
}

/* Of each product the greater quantity, so that merging twice is merging once. */
static const char *do_merge(struct basket *basket, const void *body)
{
    const struct merge_cart *heard = body;

    for (size_t i = 0; i < heard->lines.count; i++) {
        const struct cart_line *theirs = &heard->lines.items[i];
        const struct cart_line *ours = basket_find(basket, theirs->product_id);
        const char *refusal;

        if (ours && ours->quantity >= theirs->quantity)
            continue;
        refusal = put_in(basket, theirs->product_id, theirs->quantity - (ours ? ours->quantity : 0));
        if (refusal)
            return refusal;
    }
    return NULL;
}

static void add_item(struct step *step, void *row)
{
    answer(step, row, do_add);
}

static void change_quantity(struct step *step, void *row)
{
    answer(step, row, do_change);
}

static void empty(struct step *step, void *row)
{
    answer(step, row, do_empty);
}

static void merge(struct step *step, void *row)
{
    answer(step, row, do_merge);
}

static void take_out(struct step *step, void *row)
{
    struct cart *cart = row;
    const struct cart_ordered *heard = step->heard->body;
    struct basket *basket = arena_new(step->arena, struct basket);

    if (heard->generation < cart->generation)
        return;
    basket_read(basket, cart->lines);
    for (size_t i = 0; i < heard->lines.count; i++)
        basket_take(basket, heard->lines.items[i].product_id, heard->lines.items[i].quantity);
    cart->lines = basket_write(basket, step->arena);
    cart->generation = heard->generation + 1;
    say_cart(step, cart);
}

static void keep(struct step *step, void *row)
{
    struct cart *cart = row;
    const struct cart_kept *heard = step->heard->body;

    if (heard->generation < cart->generation)
        return;
    cart->generation = heard->generation + 1;
    say_cart(step, cart);
}

// clang-format off
static const struct rule table[] = {
    /* when      hears                then             because */
    { CART_OPEN, MSG_ADD_ITEM,        add_item,        "so many more of it, as far as a cart goes" },
    { CART_OPEN, MSG_CHANGE_QUANTITY, change_quantity, "so many of it, or none" },
    { CART_OPEN, MSG_EMPTY_CART,      empty,           "everything out" },
    { CART_OPEN, MSG_MERGE_CART,      merge,           "of each product the greater quantity: merging twice is merging once" },
    { CART_OPEN, MSG_CART_ORDERED,    take_out,        "it was sold: what was ordered goes out, what came since stays" },
    { CART_OPEN, MSG_CART_KEPT,       keep,            "it was not sold: everything stays, and the next order is another one" },
};
// clang-format on

static const char *const states[] = {[CART_OPEN] = "open"};

const struct rules cart_rules = {
    .name = "cart",
    .kind = KIND_USER,
    .states = states,
    .state_count = sizeof(states) / sizeof(states[0]),
    .row_size = sizeof(struct cart),
    .table = table,
    .rule_count = sizeof(table) / sizeof(table[0]),
};
