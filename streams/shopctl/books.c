/* books.c - folding the topics into books. A message that was written twice is heard once, by its id. */
#include "streams/shopctl/books.h"

#include <stdlib.h>

#include "run/decode.h"
#include "streams/shopctl/shopctl.h"

enum { FIRST_PLACES = 1024, TOPICS_MAX = 16 };

/* --- messages that were heard ------------------------------------------------------------------------------------- */

static size_t place_of_id(const struct id *places, size_t count, const struct id *id)
{
    static const struct id none;
    uint64_t hash;
    size_t at;

    memcpy(&hash, id, sizeof(hash));
    for (at = (size_t)hash & (count - 1); !id_equal(&places[at], &none) && !id_equal(&places[at], id);)
        at = (at + 1) & (count - 1);
    return at;
}

static void grow_seen(struct books *books)
{
    size_t places = books->seen_places ? books->seen_places * 2 : FIRST_PLACES;
    struct id *grown = calloc(places, sizeof(*grown));
    static const struct id none;

    if (!grown)
        abort();
    for (size_t i = 0; i < books->seen_places; i++)
        if (!id_equal(&books->seen[i], &none))
            grown[place_of_id(grown, places, &books->seen[i])] = books->seen[i];
    free(books->seen);
    books->seen = grown;
    books->seen_places = places;
}

/* False: it was heard before. */
static bool is_new(struct books *books, const struct id *id)
{
    size_t at;

    if (books->seen_count * 2 >= books->seen_places)
        grow_seen(books);
    at = place_of_id(books->seen, books->seen_places, id);
    if (id_equal(&books->seen[at], id))
        return false;
    books->seen[at] = *id;
    books->seen_count++;
    return true;
}

/* --- orders and products ------------------------------------------------------------------------------------------- */

static size_t place_of_order(struct book_order *const *places, size_t count, struct str id)
{
    uint64_t hash = 14695981039346656037U; /* FNV-1a */
    size_t at;

    for (size_t i = 0; i < id.len; i++)
        hash = (hash ^ (unsigned char)id.ptr[i]) * 1099511628211U;
    for (at = (size_t)hash & (count - 1); places[at] && !str_equal(places[at]->id, id);)
        at = (at + 1) & (count - 1);
    return at;
}

static void grow_orders(struct books *books)
{
    size_t places = books->order_places ? books->order_places * 2 : FIRST_PLACES;
    struct book_order **grown = calloc(places, sizeof(struct book_order *));

    if (!grown)
        abort();
    for (size_t i = 0; i < books->order_places; i++)
        if (books->orders[i])
            grown[place_of_order(grown, places, books->orders[i]->id)] = books->orders[i];
    free(books->orders);
    books->orders = grown;
    books->order_places = places;
}

static struct book_order *order_of(struct books *books, struct str id)
{
    size_t at;

    if (books->order_count * 2 >= books->order_places)
        grow_orders(books);
    at = place_of_order(books->orders, books->order_places, id);
    if (!books->orders[at]) {
        books->orders[at] = arena_new(&books->arena, struct book_order);
        books->orders[at]->id = arena_copy(&books->arena, id);
        books->order_count++;
    }
    return books->orders[at];
}

static struct book_product *product_of(struct books *books, struct str id)
{
    for (size_t i = 0; i < books->product_count; i++)
        if (str_equal(books->products[i].id, id))
            return &books->products[i];
    if (books->product_count == books->product_room) {
        books->product_room = books->product_room * 2 + 64;
        books->products = reallocarray(books->products, books->product_room, sizeof(*books->products));
        if (!books->products)
            abort();
    }
    books->products[books->product_count] = (struct book_product){.id = arena_copy(&books->arena, id)};
    return &books->products[books->product_count++];
}

static struct book_money *money_of(struct books *books, struct str currency)
{
    for (size_t i = 0; i < books->money_count; i++)
        if (str_equal(books->money[i].currency, currency))
            return &books->money[i];
    if (books->money_count == BOOKS_CURRENCIES)
        return &books->money[BOOKS_CURRENCIES - 1];
    books->money[books->money_count].currency = arena_copy(&books->arena, currency);
    return &books->money[books->money_count++];
}

/* --- hearing ------------------------------------------------------------------------------------------------------ */

static void move_stock(struct books *books, struct cart_line_list lines, bool release)
{
    for (size_t i = 0; i < lines.count; i++) {
        struct book_product *product = product_of(books, lines.items[i].product_id);

        *(release ? &product->released : &product->reserved) += lines.items[i].quantity;
    }
}

static void hear_goods_and_money(struct books *books, const struct msg *msg)
{
    if (msg->type == MSG_STOCK_RESERVED) {
        move_stock(books, ((const struct stock_reserved *)msg->body)->lines, false);
    } else if (msg->type == MSG_STOCK_RELEASED) {
        move_stock(books, ((const struct stock_released *)msg->body)->lines, true);
    } else if (msg->type == MSG_PAYMENT_CHARGED) {
        const struct payment_charged *charged = msg->body;

        money_of(books, charged->currency)->charged += charged->amount_minor;
    } else if (msg->type == MSG_PAYMENT_REFUNDED) {
        const struct payment_refunded *refunded = msg->body;

        money_of(books, refunded->currency)->refunded += refunded->amount_minor;
    }
}

static void hear_message(struct books *books, const struct msg *msg)
{
    struct book_order *order;

    if (msg->type == MSG_PRODUCT_ADDED)
        product_of(books, msg->key)->received += ((const struct product_added *)msg->body)->quantity;
    else if (msg->type == MSG_RESTOCKED)
        product_of(books, msg->key)->received += ((const struct restocked *)msg->body)->quantity;
    if (topic_kind(msg->topic) != KIND_ORDER)
        return;
    order = order_of(books, msg->key);
    ledger_hear(&order->ledger, msg, &books->arena);
    order->last_ms = msg->time_ms > order->last_ms ? msg->time_ms : order->last_ms;
    hear_goods_and_money(books, msg);
}

static bool hear(void *context, const rd_kafka_message_t *record)
{
    struct books *books = context;
    struct err err;
    struct msg msg;
    int32_t schema_id;

    arena_clear(&books->scratch);
    if (decode_record(books->plans, record, &books->scratch, &msg, &schema_id, &err) != ST_OK ||
        msg.type == MSG_UNKNOWN) {
        books->unreadable++;
    } else if (msg.time_ms <= books->until_ms) {
        books->heard++;
        if (is_new(books, &msg.id))
            hear_message(books, &msg);
        else
            books->repeated++;
    }
    return true;
}

enum status books_read(struct books *books, struct tape *tape, int64_t until_ms, struct err *err)
{
    const char *topics[TOPICS_MAX] = {topic_name(TOPIC_CATALOG_EVENTS)};

    *books = (struct books){.until_ms = until_ms};
    arena_init(&books->arena);
    arena_init(&books->scratch);
    books->plans = plans_open();
    for (size_t i = 0; i < ledger_topic_count; i++)
        topics[i + 1] = topic_name(ledger_topics[i]);
    return tape_read_topics(tape, topics, ledger_topic_count + 1, -1, hear, books, err);
}

void books_release(struct books *books)
{
    plans_close(books->plans);
    arena_release(&books->arena);
    arena_release(&books->scratch);
    free(books->orders);
    free(books->products);
    free(books->seen);
}

/* --- judging ------------------------------------------------------------------------------------------------------ */

static void count_order(struct books *books, struct book_order *order, bool open)
{
    const struct ledger *ledger = &order->ledger;
    struct str currency = ledger->paid_in.len ? ledger->paid_in : ledger->currency;

    books->tally.orders++;
    books->tally.confirmed += ledger->confirmed > 0;
    books->tally.cancelled += ledger->cancelled > 0;
    books->tally.rejected += ledger->rejected > 0;
    books->tally.open += open;
    books->tally.settling += order->settling;
    books->tally.faulty += order->faults != 0;
    if (ledger->confirmed && ledger->placed)
        money_of(books, ledger->currency)->confirmed += ledger->total_minor;
    else if (open || order->settling)
        money_of(books, currency.len ? currency : STR("-"))->open += ledger->charged_minor - ledger->refunded_minor;
}

void books_judge(struct books *books, int64_t at_ms, int64_t grace_ms)
{
    const uint32_t no_end = 1U << AUDIT_KIND_NO_END;

    for (size_t i = 0; i < books->order_places; i++) {
        struct book_order *order = books->orders[i];
        uint32_t faults = order ? ledger_faults(&order->ledger) : 0;
        bool open = faults & no_end;

        if (!order)
            continue;
        if (faults & LEDGER_LATE && at_ms < ledger_overdue_ms(&order->ledger) + grace_ms)
            faults &= ~LEDGER_LATE;
        order->settling = faults && order->last_ms > at_ms - grace_ms;
        order->faults = order->settling ? 0 : faults;
        count_order(books, order, open);
    }
}

int64_t book_on_hand(const struct book_product *product)
{
    return product->received - product->reserved + product->released;
}

int64_t book_difference(const struct book_money *money)
{
    return money->charged - money->refunded - money->confirmed - money->open;
}
