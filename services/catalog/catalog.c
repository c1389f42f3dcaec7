/* catalog.c - what is sold, for how much, and what pages are told of it.
 *
 * ProductUpdated is said here and nowhere else, by the one owner of the product's partition, so its version rises by one. */
#include "services/catalog/catalog.h"

#include "msg/commas.h"
#include "msg/offer.h"
#include "msg/say.h"

void product_band(const struct product *product, enum stock_band *stock, int32_t *left)
{
    *left = 0;
    if (product->row.state != PRODUCT_OFFERED || product->on_hand <= 0) {
        *stock = STOCK_BAND_NONE;
    } else if (product->on_hand > PRODUCT_FEW) {
        *stock = STOCK_BAND_PLENTY;
    } else {
        *stock = STOCK_BAND_FEW;
        *left = (int32_t)product->on_hand;
    }
}

bool product_is_stale(const struct product *product)
{
    enum stock_band stock;
    int32_t left;

    product_band(product, &stock, &left);
    return product->row.state != PRODUCT_UNKNOWN &&
           ((int32_t)stock != product->shown_stock || left != product->shown_left);
}

static void tell(struct step *step, struct product *row)
{
    enum stock_band stock;
    int32_t left;

    product_band(row, &stock, &left);
    row->shown_stock = (int32_t)stock;
    row->shown_left = left;
    say_product_updated(step, &(struct product_updated){.product_id = row->row.key,
                                                        .version = row->version,
                                                        .name = row->name,
                                                        .description = row->description,
                                                        .picture = row->picture,
                                                        .categories = commas_split(row->categories, step->arena),
                                                        .price_minor = row->price_minor,
                                                        .currency = row->currency,
                                                        .weight_grams = row->weight_grams,
                                                        .volume_cm3 = row->volume_cm3,
                                                        .stock = stock,
                                                        .left = left,
                                                        .retired = row->row.state == PRODUCT_RETIRED});
}

static void show(struct step *step, struct product *row)
{
    row->version++;
    tell(step, row);
}

/* --- the keeper's commands ---------------------------------------------------------------------------------------- */

/* Each command is answered: by what became of it, or by this. */
static void refuse(struct step *step, const struct product *row, struct str detail)
{
    say_product_command_refused(
        step, &(struct product_command_refused){
                  .product_id = row->row.key, .command = str_of(msg_type_name(step->heard->type)), .detail = detail});
}

void product_refuse(struct step *step, void *row)
{
    refuse(step, row, STR("It could not be taken, was parked, and is given up: nothing was changed."));
}

static void refuse_unknown(struct step *step, void *data)
{
    const struct product *row = data;

    refuse(step, row, arena_printf(step->arena, "There is no product " STR_FMT ".", STR_ARG(row->row.key)));
}

static void refuse_double(struct step *step, void *data)
{
    const struct product *row = data;

    refuse(step, row,
           arena_printf(step->arena, STR_FMT " is offered already, as " STR_FMT ".", STR_ARG(row->row.key),
                        STR_ARG(row->name)));
}

static void refuse_retired(struct step *step, void *data)
{
    const struct product *row = data;

    refuse(step, row,
           arena_printf(step->arena, STR_FMT " is retired; what comes back gets another id.", STR_ARG(row->name)));
}

static void offer(struct step *step, void *data)
{
    struct product *row = data;
    const struct add_product *heard = step->heard->body;
    const char *fault = offer_fault(heard);

    if (fault) {
        refuse(step, row, str_of(fault));
        return;
    }
    row->row.state = PRODUCT_OFFERED;
    row->name = heard->name;
    row->description = heard->description;
    row->picture = heard->picture;
    row->categories = commas_join(heard->categories, step->arena);
    row->price_minor = heard->price_minor;
    row->currency = heard->currency;
    row->weight_grams = heard->weight_grams;
    row->volume_cm3 = heard->volume_cm3;
    row->on_hand = heard->quantity;
    say_product_added(step, &(struct product_added){.product_id = row->row.key,
                                                    .name = row->name,
                                                    .description = row->description,
                                                    .picture = row->picture,
                                                    .categories = heard->categories,
                                                    .price_minor = row->price_minor,
                                                    .currency = row->currency,
                                                    .weight_grams = row->weight_grams,
                                                    .volume_cm3 = row->volume_cm3,
                                                    .quantity = heard->quantity});
    show(step, row);
}

static void change_price(struct step *step, void *data)
{
    struct product *row = data;
    const struct change_price *heard = step->heard->body;
    int64_t was_minor = row->price_minor;

    if (heard->price_minor < 0 || heard->price_minor > OFFER_MOST_MINOR || heard->price_minor == was_minor) {
        refuse(step, row,
               heard->price_minor == was_minor ? STR("It costs that already.")
                                               : STR("A price is 0 or more, and not absurd."));
        return;
    }
    row->price_minor = heard->price_minor;
    say_price_changed(step, &(struct price_changed){
                                .product_id = row->row.key, .price_minor = row->price_minor, .was_minor = was_minor});
    show(step, row);
}

static void show_if_stale(struct step *step, void *data)
{
    if (product_is_stale(data))
        show(step, data);
}

static void restock(struct step *step, void *data)
{
    struct product *row = data;
    const struct restock *heard = step->heard->body;

    if (heard->quantity <= 0) {
        refuse(step, row, STR("The number of pieces must be 1 or more."));
        return;
    }
    row->on_hand += heard->quantity;
    say_restocked(step, &(struct restocked){.product_id = row->row.key, .quantity = heard->quantity});
    show_if_stale(step, row);
}

static void retire(struct step *step, void *data)
{
    struct product *row = data;

    row->row.state = PRODUCT_RETIRED;
    say_product_retired(step, &(struct product_retired){.product_id = row->row.key});
    show(step, row);
}

/* --- what the topic of states holds ------------------------------------------------------------------------------- */

/* Compaction keeps the last record of a product, not the greatest version: the last must be the greatest. A version that
 * this database never gave is of a life that it has lost; ours go on above it, or no reader would take them. */
static void note_told(struct step *step, void *data)
{
    struct product *row = data;
    const struct product_updated *heard = step->heard->body;

    if (heard->version > row->version) {
        row->version = heard->version;
        if (row->row.state != PRODUCT_UNKNOWN)
            show(step, row);
    } else if (heard->version < row->seen_version && row->row.state != PRODUCT_UNKNOWN) {
        if (product_is_stale(row))
            show(step, row); /* a version stands for one content */
        else
            tell(step, row);
    }
    if (heard->version > row->seen_version)
        row->seen_version = heard->version;
}

/* --- what was said in a life that was lost ------------------------------------------------------------------------ */

/* What pages are shown is looked at when all has been heard. */
static void look_later(struct step *step, const struct product *row)
{
    if (product_is_stale(row))
        step_remind_soon(step, MSG_PRODUCT_DUE, row->row.key, step->now_ms);
}

static void adopt_product(struct step *step, void *data)
{
    struct product *row = data;
    const struct product_added *said = step->heard->body;

    if (row->row.state != PRODUCT_UNKNOWN)
        return;
    row->row.state = PRODUCT_OFFERED;
    row->name = said->name;
    row->description = said->description;
    row->picture = said->picture;
    row->categories = commas_join(said->categories, step->arena);
    row->price_minor = said->price_minor;
    row->currency = said->currency;
    row->weight_grams = said->weight_grams;
    row->volume_cm3 = said->volume_cm3;
    row->on_hand += said->quantity;
    look_later(step, row);
}

static void adopt_price(struct step *step, void *data)
{
    (void)step;
    ((struct product *)data)->price_minor = ((const struct price_changed *)step->heard->body)->price_minor;
}

static void adopt_pieces(struct step *step, void *data)
{
    struct product *row = data;

    row->on_hand += ((const struct restocked *)step->heard->body)->quantity;
    look_later(step, row);
}

static void adopt_retirement(struct step *step, void *data)
{
    struct product *row = data;

    row->row.state = PRODUCT_RETIRED;
    look_later(step, row);
}

static void adopt_version(struct step *step, void *data)
{
    struct product *row = data;
    const struct product_updated *said = step->heard->body;

    if (said->version <= row->version)
        return;
    row->version = said->version;
    row->shown_stock = (int32_t)said->stock;
    row->shown_left = said->left;
    look_later(step, row);
}

/* Whoever asked for a product that nobody offers left a row all the same, with nothing in it. */
static void adopt_refusal(struct step *step, void *data)
{
    (void)step;
    (void)data;
}

/* clang-format off */
static const struct adoption adoptions[] = {
    /* what was said                then              because */
    {MSG_PRODUCT_ADDED,           adopt_product,    "it is offered, with its first pieces"},
    {MSG_PRICE_CHANGED,           adopt_price,      "so much it costs since"},
    {MSG_RESTOCKED,               adopt_pieces,     "so many pieces came"},
    {MSG_PRODUCT_RETIRED,         adopt_retirement, "it is sold no more"},
    {MSG_PRODUCT_COMMAND_REFUSED, adopt_refusal,    "an answer; what nobody offers has a row by it, and nothing in it"},
    {MSG_PRODUCT_UPDATED,         adopt_version,    "what pages were told, under this version"},
};
/* clang-format on */

static const char *const states[] = {
    [PRODUCT_UNKNOWN] = "unknown", [PRODUCT_OFFERED] = "offered", [PRODUCT_RETIRED] = "retired"};

/* clang-format off */
static const struct rule table[] = {
    /* when          hears                then            because */
    {PRODUCT_UNKNOWN, MSG_ADD_PRODUCT,     offer,          "a new product, with its first pieces"},
    {PRODUCT_UNKNOWN, MSG_CHANGE_PRICE,    refuse_unknown, "there is no such product"},
    {PRODUCT_UNKNOWN, MSG_RESTOCK,         refuse_unknown, "there is no such product"},
    {PRODUCT_UNKNOWN, MSG_RETIRE_PRODUCT,  refuse_unknown, "there is no such product"},
    {PRODUCT_UNKNOWN, MSG_PRODUCT_DUE,     NULL,           "there is nothing to show"},
    {PRODUCT_UNKNOWN, MSG_PRODUCT_UPDATED, note_told,      "told in a life that this database has lost"},

    {PRODUCT_OFFERED, MSG_ADD_PRODUCT,     refuse_double,  "there is one of this id"},
    {PRODUCT_OFFERED, MSG_CHANGE_PRICE,    change_price,   "another price for orders to come"},
    {PRODUCT_OFFERED, MSG_RESTOCK,         restock,        "pieces arrived"},
    {PRODUCT_OFFERED, MSG_RETIRE_PRODUCT,  retire,         "it is sold no more"},
    {PRODUCT_OFFERED, MSG_PRODUCT_DUE,     show_if_stale,  "orders changed what pages should show"},
    {PRODUCT_OFFERED, MSG_PRODUCT_UPDATED, note_told,      "what readers are told last must be the newest"},

    {PRODUCT_RETIRED, MSG_ADD_PRODUCT,     refuse_retired, "a product that comes back gets another id"},
    {PRODUCT_RETIRED, MSG_CHANGE_PRICE,    refuse_retired, "nobody buys it any more"},
    {PRODUCT_RETIRED, MSG_RESTOCK,         restock,        "pieces arrived; they are counted, not sold"},
    {PRODUCT_RETIRED, MSG_RETIRE_PRODUCT,  refuse_retired, "it is retired already"},
    {PRODUCT_RETIRED, MSG_PRODUCT_DUE,     NULL,           "its stock is not shown"},
    {PRODUCT_RETIRED, MSG_PRODUCT_UPDATED, note_told,      "what readers are told last must be the newest"},
};
/* clang-format on */

const struct rules product_rules = {
    .name = "product",
    .kind = KIND_PRODUCT,
    .states = states,
    .state_count = sizeof(states) / sizeof(states[0]),
    .row_size = sizeof(struct product),
    .table = table,
    .rule_count = sizeof(table) / sizeof(table[0]),
    .adoptions = adoptions,
    .adoption_count = sizeof(adoptions) / sizeof(adoptions[0]),
};
