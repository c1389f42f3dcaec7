/* cart.c - taking commands in and out of a cart, and saying the whole of it after each.
 *
 * Every command is answered by one CartUpdated, refused ones too; a command whose id was answered before changes nothing.
 * The generation, from which the order's id is made, rises only when checkout says that an order of it has ended: not
 * when the cart expires, which takes its lines and nothing else. */
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

static struct cart_line_list lines_of(struct step *step, struct str text)
{
    struct basket *basket = arena_new(step->arena, struct basket);

    basket_read(basket, text);
    return (struct cart_line_list){basket->lines, basket->count};
}

static void say_cart(struct step *step, struct cart *cart)
{
    cart->version++;
    say_cart_updated(step, &(struct cart_updated){.user_id = cart->row.key,
                                                  .version = cart->version,
                                                  .generation = cart->generation,
                                                  .lines = lines_of(step, cart->lines),
                                                  .position = cart->answered - 1,
                                                  .outcome = (enum cart_outcome)cart->outcome,
                                                  .reason = cart->reason,
                                                  .command_ids = command_ids(step, cart),
                                                  .left_behind = lines_of(step, cart->left_behind),
                                                  .left_since_ms = cart->left_since_ms,
                                                  .changed_ms = cart->changed_ms});
}

/* --- idleness ------------------------------------------------------------------------------------------------------ */

static bool is_ordered(const struct cart *cart)
{
    return cart->ordering > cart->generation;
}

static void forget_left_behind(struct cart *cart)
{
    cart->left_behind = (struct str){0};
    cart->left_since_ms = 0;
}

/* When its patience with an absent shopper ends. */
static int64_t patient_until_ms(const struct step *step, const struct cart *cart)
{
    const struct cart_settings *settings = step->settings;

    return cart->changed_ms + settings->idle_ms * (cart->lines.len > 0 ? 1 : CART_LEFT_TIMES);
}

void cart_remind_of_idling(struct step *step, const struct cart *cart)
{
    if (cart->lines.len + cart->left_behind.len > 0)
        step_remind(step, MSG_CART_IDLE, cart->row.key, patient_until_ms(step, cart));
    else
        step_forget(step, MSG_CART_IDLE, cart->row.key);
}

/* From now on it lies idle, if there is anything in it to lie there. */
static void begin_idling(struct step *step, struct cart *cart)
{
    if (step->now_ms > cart->changed_ms)
        cart->changed_ms = step->now_ms;
    cart_remind_of_idling(step, cart);
}

/* The order that was open is not any more. */
static void raise_generation(struct cart *cart, int64_t ended)
{
    cart->generation = ended + 1;
    if (!is_ordered(cart))
        cart->ordering = 0;
}

static void leave_behind(struct step *step, struct cart *cart)
{
    cart->left_behind = cart->lines;
    cart->left_since_ms = cart->changed_ms;
    cart->lines = (struct str){0};
    cart->version++;
    begin_idling(step, cart);
    say_cart_expired(step, &(struct cart_expired){.user_id = cart->row.key,
                                                  .version = cart->version,
                                                  .generation = cart->generation,
                                                  .lines = lines_of(step, cart->left_behind),
                                                  .idle_since_ms = cart->left_since_ms,
                                                  .position = cart->answered - 1,
                                                  .outcome = (enum cart_outcome)cart->outcome,
                                                  .reason = cart->reason,
                                                  .command_ids = command_ids(step, cart),
                                                  .changed_ms = cart->changed_ms});
}

/* An open order holds it; the order's end reminds anew. */
static void expire(struct step *step, void *row)
{
    struct cart *cart = row;

    if (is_ordered(cart))
        return;
    if (patient_until_ms(step, cart) > step->now_ms) {
        step_remind(step, MSG_CART_IDLE, cart->row.key, patient_until_ms(step, cart));
    } else if (cart->lines.len > 0) {
        leave_behind(step, cart);
    } else if (cart->left_behind.len > 0) {
        forget_left_behind(cart);
        say_cart(step, cart);
    }
}

/* --- commands ------------------------------------------------------------------------------------------------------ */

/* What a command does to the lines; NULL when it can, otherwise why not, and the lines are not used. */
typedef const char *command_fn(struct basket *basket, const void *body);

/* settles: what was left behind is not spoken of any more, once the command is accepted. */
static void answer(struct step *step, struct cart *cart, command_fn *command, bool settles)
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
    if (settles && !refusal)
        forget_left_behind(cart);
    remember_command(step, cart);
    begin_idling(step, cart);
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
        return "A cart holds at most 50 different products.";
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
    answer(step, row, do_add, false);
}

static void change_quantity(struct step *step, void *row)
{
    answer(step, row, do_change, false);
}

static void empty(struct step *step, void *row)
{
    answer(step, row, do_empty, true);
}

/* From the cart itself: what it left behind is put back, or (without lines) not wanted. */
static void merge(struct step *step, void *row)
{
    const struct cart *cart = row;
    const struct merge_cart *heard = step->heard->body;

    answer(step, row, do_merge, str_equal(heard->from_user_id, cart->row.key));
}

void cart_refuse(struct step *step, void *row)
{
    struct cart *cart = row;

    if (answered_before(step, cart))
        return;
    cart->outcome = CART_OUTCOME_REFUSED;
    cart->reason = STR("The shop could not take it: nothing was changed. Please try again.");
    remember_command(step, cart);
    say_cart(step, cart);
}

/* --- orders -------------------------------------------------------------------------------------------------------- */

/* Ordered when it had just expired: the shopper was there, so it had not. */
static void hold(struct step *step, void *row)
{
    struct cart *cart = row;
    const struct cart_ordering *heard = step->heard->body;

    if (heard->generation < cart->generation)
        return;
    cart->ordering = heard->generation + 1;
    if (cart->lines.len > 0 || cart->left_behind.len == 0)
        return;
    cart->lines = cart->left_behind;
    forget_left_behind(cart);
    say_cart(step, cart);
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
    raise_generation(cart, heard->generation);
    begin_idling(step, cart);
    say_cart(step, cart);
}

static void keep(struct step *step, void *row)
{
    struct cart *cart = row;
    const struct cart_kept *heard = step->heard->body;

    if (heard->generation < cart->generation)
        return;
    raise_generation(cart, heard->generation);
    begin_idling(step, cart);
    say_cart(step, cart);
}

/* --- the customer is forgotten ------------------------------------------------------------------------------------- */

/* The generation stays: an order's id is not made twice. */
static void be_nobodys(struct step *step, void *row)
{
    struct cart *cart = row;

    if (cart->version == 0)
        return;
    cart->lines = cart->reason = cart->commands = (struct str){0};
    forget_left_behind(cart);
    step_forget(step, MSG_CART_IDLE, cart->row.key);
    say_cart(step, cart);
}

// clang-format off
static const struct rule table[] = {
    /* when      hears                then             because */
    { CART_OPEN, MSG_ADD_ITEM,        add_item,        "so many more of it, as far as a cart goes" },
    { CART_OPEN, MSG_CHANGE_QUANTITY, change_quantity, "so many of it, or none" },
    { CART_OPEN, MSG_EMPTY_CART,      empty,           "everything out" },
    { CART_OPEN, MSG_MERGE_CART,      merge,           "of each product the greater quantity: merging twice is merging once" },
    { CART_OPEN, MSG_CART_ORDERING,   hold,            "an order of it is open: it does not expire" },
    { CART_OPEN, MSG_CART_ORDERED,    take_out,        "it was sold: what was ordered goes out, what came since stays" },
    { CART_OPEN, MSG_CART_KEPT,       keep,            "it was not sold: everything stays, and the next order is another one" },
    { CART_OPEN, MSG_CART_IDLE,       expire,          "nobody came for so long: what was in it is left behind, then forgotten" },
    { CART_OPEN, MSG_CUSTOMER_FORGOTTEN, be_nobodys,   "nobody is to know what they meant to buy" },
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
    .adoptions = cart_adoptions,
    .adoption_count = CART_ADOPTIONS,
};
