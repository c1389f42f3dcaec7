/* reservation.c - setting goods aside for an order, all of them or none, and putting them back.
 *
 * Of a product's row only on_hand is changed here. What pages show of it is the product lane's to say: it is reminded. */
#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>

#include "msg/say.h"
#include "run/run.h"
#include "services/catalog/catalog.h"

/* --- what is wanted ----------------------------------------------------------------------------------------------- */

bool reservation_next_line(struct str *rest, struct cart_line *line)
{
    const char *end = rest->len > 0 ? memchr(rest->ptr, '\n', rest->len) : NULL;
    char *id;

    if (!end)
        return false;
    line->quantity = (int32_t)strtol(rest->ptr, &id, 10);
    line->product_id = (struct str){id + 1, (size_t)(end - id) - 1};
    *rest = (struct str){end + 1, rest->len - (size_t)(end - rest->ptr) - 1};
    return true;
}

void reservation_products(const struct msg *heard, const void *row, struct key_list *keys)
{
    struct str rest = ((const struct reservation *)row)->lines;
    struct cart_line line;

    while (reservation_next_line(&rest, &line))
        key_list_add(keys, line.product_id);
    if (heard->type == MSG_STOCK_RESERVED) { /* said by us, in a life that was lost */
        const struct stock_reserved *said = heard->body;

        for (size_t i = 0; i < said->lines.count; i++)
            key_list_add(keys, said->lines.items[i].product_id);
    }
    if (heard->type == MSG_ORDER_PLACED) {
        const struct order_placed *placed = heard->body;

        for (size_t i = 0; i < placed->order.lines.count; i++)
            key_list_add(keys, placed->order.lines.items[i].product_id);
    }
}

/* One wish a product: its lines added up. A line that asks for less than one piece spoils it. */
struct wish {
    struct str product_id;
    int64_t quantity;
    bool absurd;
};

static struct wish *wishes_of(struct step *step, struct order_line_list lines, size_t *count)
{
    struct wish *wishes = arena_array(step->arena, lines.count, sizeof(*wishes));

    *count = 0;
    for (size_t i = 0; i < lines.count; i++) {
        size_t at = 0;

        while (at < *count && !str_equal(wishes[at].product_id, lines.items[i].product_id))
            at++;
        if (at == *count)
            wishes[(*count)++].product_id = lines.items[i].product_id;
        wishes[at].quantity += lines.items[i].quantity;
        wishes[at].absurd |= lines.items[i].quantity < 1;
    }
    return wishes;
}

static int32_t clamp(int64_t number)
{
    return number > INT32_MAX ? INT32_MAX : (int32_t)number;
}

static struct stock_lack_list lacks_of(struct step *step, const struct wish *wishes, size_t count)
{
    struct stock_lack *lacks = arena_array(step->arena, count, sizeof(*lacks));
    size_t lacking = 0;

    for (size_t i = 0; i < count; i++) {
        const struct product *product = step_shared(step, wishes[i].product_id);
        int64_t left = product->row.state == PRODUCT_OFFERED ? product->on_hand : 0;

        if (wishes[i].absurd || wishes[i].quantity > left)
            lacks[lacking++] = (struct stock_lack){
                .product_id = wishes[i].product_id, .wanted = clamp(wishes[i].quantity), .left = clamp(left)};
    }
    return (struct stock_lack_list){lacks, lacking};
}

/* --- the shelf ---------------------------------------------------------------------------------------------------- */

static void move(struct step *step, struct str product_id, int64_t pieces)
{
    struct product *product = step_shared(step, product_id);

    product->on_hand += pieces;
    product->row.changed = true;
    if (product_is_stale(product))
        step_remind_soon(step, MSG_PRODUCT_DUE, product_id, step->now_ms);
}

static struct cart_line_list lines_of(struct step *step, struct str text)
{
    struct cart_line *lines = arena_array(step->arena, text.len, sizeof(*lines));
    size_t count = 0;

    while (reservation_next_line(&text, &lines[count]))
        count++;
    return (struct cart_line_list){lines, count};
}

static void reserve(struct step *step, void *data)
{
    struct reservation *row = data;
    const struct order_placed *heard = step->heard->body;
    size_t count;
    const struct wish *wishes = wishes_of(step, heard->order.lines, &count);
    struct stock_lack_list lacking = lacks_of(step, wishes, count);

    if (lacking.count > 0) {
        row->row.state = RESERVATION_REFUSED;
        say_stock_refused(step, &(struct stock_refused){.order_id = row->row.key, .lacking = lacking});
        return;
    }
    row->row.state = RESERVATION_RESERVED;
    for (size_t i = 0; i < count; i++) {
        move(step, wishes[i].product_id, -wishes[i].quantity);
        row->lines = arena_printf(step->arena, STR_FMT "%" PRId64 " " STR_FMT "\n", STR_ARG(row->lines),
                                  wishes[i].quantity, STR_ARG(wishes[i].product_id));
    }
    say_stock_reserved(step, &(struct stock_reserved){.order_id = row->row.key, .lines = lines_of(step, row->lines)});
}

static void release(struct step *step, void *data)
{
    struct reservation *row = data;
    struct cart_line_list lines = lines_of(step, row->lines);

    for (size_t i = 0; i < lines.count; i++)
        move(step, lines.items[i].product_id, lines.items[i].quantity);
    row->row.state = RESERVATION_RELEASED;
    row->lines = (struct str){0};
    say_stock_released(step, &(struct stock_released){.order_id = row->row.key, .lines = lines});
}

static void close_early(struct step *step, void *data)
{
    (void)step;
    ((struct reservation *)data)->row.state = RESERVATION_CLOSED;
}

/* --- what was said in a life that was lost ------------------------------------------------------------------------ */

static struct str text_of(struct step *step, struct cart_line_list lines)
{
    struct str text = {0};

    for (size_t i = 0; i < lines.count; i++)
        text = arena_printf(step->arena, STR_FMT "%d " STR_FMT "\n", STR_ARG(text), lines.items[i].quantity,
                            STR_ARG(lines.items[i].product_id));
    return text;
}

static void adopt_reservation(struct step *step, void *data)
{
    struct reservation *row = data;
    struct cart_line_list lines = ((const struct stock_reserved *)step->heard->body)->lines;

    if (row->row.state == RESERVATION_RESERVED || row->row.state == RESERVATION_RELEASED)
        return;
    for (size_t i = 0; i < lines.count; i++)
        move(step, lines.items[i].product_id, -lines.items[i].quantity);
    row->row.state = RESERVATION_RESERVED;
    row->lines = text_of(step, lines);
}

static void adopt_refusal(struct step *step, void *data)
{
    (void)step;
    ((struct reservation *)data)->row.state = RESERVATION_REFUSED;
}

static void adopt_release(struct step *step, void *data)
{
    struct reservation *row = data;
    struct cart_line_list lines = ((const struct stock_released *)step->heard->body)->lines;

    for (size_t i = 0; row->row.state == RESERVATION_RESERVED && i < lines.count; i++)
        move(step, lines.items[i].product_id, lines.items[i].quantity);
    row->row.state = RESERVATION_RELEASED;
    row->lines = (struct str){0};
}

/* clang-format off */
static const struct adoption adoptions[] = {
    /* what was said       then               because */
    {MSG_STOCK_RESERVED, adopt_reservation, "these pieces are away"},
    {MSG_STOCK_REFUSED,  adopt_refusal,     "nothing was set aside"},
    {MSG_STOCK_RELEASED, adopt_release,     "they are back on the shelf"},
};
/* clang-format on */

static const char *const states[] = {
    [RESERVATION_AWAITED] = "awaited",   [RESERVATION_RESERVED] = "reserved", [RESERVATION_REFUSED] = "refused",
    [RESERVATION_RELEASED] = "released", [RESERVATION_CLOSED] = "closed",
};

/* clang-format off */
static const struct rule table[] = {
    /* when               hears                then         because */
    {RESERVATION_AWAITED,  MSG_ORDER_PLACED,    reserve,     "set aside all of it, or nothing"},
    {RESERVATION_AWAITED,  MSG_ORDER_CANCELLED, close_early, "cancelled before anything was set aside"},

    {RESERVATION_RESERVED, MSG_ORDER_PLACED,    NULL,        "said twice"},
    {RESERVATION_RESERVED, MSG_ORDER_CANCELLED, release,     "the order ends without a sale: back on the shelf"},

    {RESERVATION_REFUSED,  MSG_ORDER_PLACED,    NULL,        "said twice"},
    {RESERVATION_REFUSED,  MSG_ORDER_CANCELLED, NULL,        "nothing was set aside"},

    {RESERVATION_RELEASED, MSG_ORDER_PLACED,    NULL,        "said twice"},
    {RESERVATION_RELEASED, MSG_ORDER_CANCELLED, NULL,        "said twice"},

    {RESERVATION_CLOSED,   MSG_ORDER_PLACED,    NULL,        "the cancellation overtook it"},
    {RESERVATION_CLOSED,   MSG_ORDER_CANCELLED, NULL,        "said twice"},
};
/* clang-format on */

const struct rules reservation_rules = {
    .name = "reservation",
    .kind = KIND_ORDER,
    .states = states,
    .state_count = sizeof(states) / sizeof(states[0]),
    .row_size = sizeof(struct reservation),
    .table = table,
    .rule_count = sizeof(table) / sizeof(table[0]),
    .adoptions = adoptions,
    .adoption_count = sizeof(adoptions) / sizeof(adoptions[0]),
};
