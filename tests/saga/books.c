/* books.c - each order's money, goods, parcel, mail and one end, from three sides where there are three. */
#include "tests/saga/books.h"

#include <stdlib.h>

#include "services/catalog/catalog.h"
#include "services/checkout/checkout.h"
#include "services/email/email.h"
#include "services/payment/payment.h"
#include "services/shipping/shipping.h"
#include "tests/saga/inside.h"

struct outcomes outcomes;

/* Everything that was ever said of one order. */
struct account {
    struct world *world;
    struct arena *arena;
    const struct subject *order;
    unsigned said[MSG_COUNT]; /* different messages of a type */
    const struct said *first[MSG_COUNT];
    const struct order_placed *placed; /* NULL: it was not accepted */
    bool confirmed;
    int64_t total_minor; /* what it should have cost: 0 unless it is confirmed */
};

static bool said_before(const struct stream *stream, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (id_equal(&stream->records[i].said.id, &stream->records[at].said.id))
            return true;
    return false;
}

static const void *body_of(const struct account *account, enum msg_type type)
{
    const struct said *said = account->first[type];

    return said ? msg_decode_own(type, said->value, account->arena) : NULL;
}

static void open_account(struct account *account)
{
    for (size_t topic = 0; topic < TOPIC_COUNT; topic++) {
        const struct stream *stream = log_stream(account->world, (enum topic)topic, account->order);

        for (size_t i = 0; stream && i < stream->count; i++) {
            const struct said *said = &stream->records[i].said;

            if (said_before(stream, i))
                continue;
            account->said[said->type]++;
            if (!account->first[said->type])
                account->first[said->type] = said;
        }
    }
    account->placed = body_of(account, MSG_ORDER_PLACED);
    account->confirmed = account->said[MSG_ORDER_CONFIRMED] > 0;
    account->total_minor = account->confirmed && account->placed ? account->placed->order.total_minor : 0;
}

static const void *row_of(const struct account *account, const struct rules *rules)
{
    return step_row(world_lane(account->world, rules), account->order, account->arena);
}

/* --- its one end --------------------------------------------------------------------------------------------------- */

static const char *check_end(const struct account *account)
{
    const unsigned *said = account->said;
    unsigned ends = said[MSG_ORDER_REJECTED] + said[MSG_ORDER_CONFIRMED] + said[MSG_ORDER_CANCELLED];

    if (said[MSG_PLACE_ORDER] == 0)
        return ends + said[MSG_ORDER_PLACED] ? "something was said of an order that nobody gave" : NULL;
    if (ends == 0)
        return "it has no end";
    if (ends > 1)
        return "it has more than one end";
    if (said[MSG_ORDER_PLACED] != !said[MSG_ORDER_REJECTED])
        return "it was accepted and rejected, or neither";
    if (said[MSG_STOCK_RESERVED] + said[MSG_STOCK_REFUSED] > 1 || said[MSG_STOCK_RELEASED] > 1)
        return "catalog has said two things of it";
    if (said[MSG_PAYMENT_CHARGED] > 1 || said[MSG_PAYMENT_REFUNDED] > 1 || said[MSG_PAYMENT_DECLINED] > 1)
        return "payment has said the same twice";
    if (said[MSG_SHIPMENT_CREATED] + said[MSG_SHIPMENT_REFUSED] > 1 || said[MSG_SHIPMENT_CANCELLED] > 1)
        return "shipping has said two things of it";
    return NULL;
}

static bool card_came(const struct account *account)
{
    const struct stream *cards = log_stream(account->world, TOPIC_PAYMENT_COMMANDS, account->order);

    for (size_t i = 0; cards && i < cards->count; i++)
        if (str_equal(id_text(&cards->records[i].said.id, account->arena), account->placed->pay_with_id))
            return true;
    return false;
}

/* Whatever dies, is lost once or comes late: nobody stays silent until the deadline. Time only jumps in bad weather. */
static const char *check_patience(const struct account *account)
{
    const struct weather *weather = &account->world->weather;
    const struct order_cancelled *cancelled = body_of(account, MSG_ORDER_CANCELLED);

    if (weather->jump > 0 || weather->loss_percent > 10 || weather->away_until > 0 || !cancelled ||
        cancelled->reason != CANCEL_REASON_OVERDUE)
        return NULL;
    return card_came(account) ? "time enough, and it ran into its deadline all the same" : NULL;
}

/* A cancellation by its own customer ends the order or is refused; a stranger's is nothing. */
static const char *check_cancellations(const struct account *account)
{
    const struct stream *commands = log_stream(account->world, TOPIC_ORDER_COMMANDS, account->order);
    unsigned own = 0;

    if (!account->confirmed)
        return NULL;
    for (size_t i = 0; i < commands->count; i++) {
        const struct said *said = &commands->records[i].said;
        const struct cancel_order *body = msg_decode_own(said->type, said->value, account->arena);

        if (said->type != MSG_CANCEL_ORDER || said_before(commands, i))
            continue;
        own += str_equal(body->user_id, account->placed->user_id);
    }
    if (account->said[MSG_CANCEL_REFUSED] > own)
        return "a cancellation was refused that nobody asked for";
    return account->said[MSG_CANCEL_REFUSED] < own ? "it was cancelled, and confirmed without a word" : NULL;
}

static struct str encoded(const struct account *account, const struct order *order)
{
    return record_encode(RECORD_ORDER, order, account->arena);
}

/* What was placed is what one command wanted, and what all ends tell of. */
static const char *check_frozen(const struct account *account)
{
    const struct stream *commands = log_stream(account->world, TOPIC_ORDER_COMMANDS, account->order);
    const struct order_confirmed *confirmed = body_of(account, MSG_ORDER_CONFIRMED);
    const struct order_cancelled *cancelled = body_of(account, MSG_ORDER_CANCELLED);
    struct str order;

    if (!account->placed)
        return NULL;
    order = encoded(account, &account->placed->order);
    if (confirmed && !str_equal(order, encoded(account, &confirmed->order)))
        return "what was confirmed is not what was placed";
    if (cancelled && !str_equal(order, encoded(account, &cancelled->order)))
        return "what was cancelled is not what was placed";
    for (size_t i = 0; i < commands->count; i++) {
        const struct said *said = &commands->records[i].said;
        const struct place_order *body = said->type == MSG_PLACE_ORDER
                                             ? msg_decode_own(said->type, said->value, account->arena)
                                             : NULL;

        if (body && str_equal(body->pay_with_id, account->placed->pay_with_id) &&
            str_equal(order, encoded(account, &body->order)))
            return NULL;
    }
    return "what was placed is not what anybody ordered with this card";
}

/* --- money --------------------------------------------------------------------------------------------------------- */

static const char *check_card(const struct account *account, const struct ledger *ledger)
{
    const struct stream *cards = log_stream(account->world, TOPIC_PAYMENT_COMMANDS, account->order);

    for (size_t i = 0; cards && i < cards->count; i++) {
        const struct said *said = &cards->records[i].said;
        const struct pay_with *body = msg_decode_own(said->type, said->value, account->arena);

        if (str_equal(id_text(&said->id, account->arena), account->placed->pay_with_id) &&
            str_equal(body->card.ciphertext, ledger->card))
            return NULL;
    }
    return "another card was charged than the order names";
}

static const char *check_money(const struct account *account)
{
    const struct ledger *ledger = &account->world->outside.ledgers[account->order->index];
    const struct payment_charged *charged = body_of(account, MSG_PAYMENT_CHARGED);
    const struct payment_refunded *refunded = body_of(account, MSG_PAYMENT_REFUNDED);
    const struct payment *row = row_of(account, &payment_rules);
    int64_t said_minor = (charged ? charged->amount_minor : 0) - (refunded ? refunded->amount_minor : 0);

    if (ledger->charges > 1)
        return "the acquirer charged more than once";
    if (ledger->charged_minor - ledger->refunded_minor != account->total_minor)
        return account->confirmed ? "by the acquirer's ledger it is not paid" : "by the acquirer's ledger money stayed";
    if (said_minor != account->total_minor)
        return "by what payment said it is not paid, or money stayed";
    if (row->charged_minor - row->refunded_minor != account->total_minor)
        return "by payment's row it is not paid, or money stayed";
    if (ledger->charges > 0 && !charged)
        return "the acquirer charged, and payment never said so";
    return ledger->charges > 0 ? check_card(account, ledger) : NULL;
}

/* --- goods --------------------------------------------------------------------------------------------------------- */

static int64_t pieces(const struct cart_line_list *lines, struct str product_id)
{
    int64_t count = 0;

    for (size_t i = 0; lines && i < lines->count; i++)
        if (str_equal(lines->items[i].product_id, product_id))
            count += lines->items[i].quantity;
    return count;
}

static const char *check_goods(const struct account *account)
{
    const struct stock_reserved *reserved = body_of(account, MSG_STOCK_RESERVED);
    const struct stock_released *released = body_of(account, MSG_STOCK_RELEASED);
    const struct reservation *row = row_of(account, &reservation_rules);

    for (size_t i = 0; account->placed && i < account->placed->order.lines.count; i++) {
        const struct order_line *line = &account->placed->order.lines.items[i];
        int64_t away = pieces(reserved ? &reserved->lines : NULL, line->product_id) -
                       pieces(released ? &released->lines : NULL, line->product_id);

        if (away != (account->confirmed ? line->quantity : 0))
            return account->confirmed ? "goods are missing from a confirmed order" : "goods are still set aside";
    }
    if (released && !reserved)
        return "goods were put back that were never set aside";
    if (account->confirmed && row->row.state != RESERVATION_RESERVED)
        return "catalog's row does not have the goods of a confirmed order";
    return !account->confirmed && row->lines.len > 0 ? "by catalog's row goods are still set aside" : NULL;
}

/* --- parcel and mail ----------------------------------------------------------------------------------------------- */

static bool is_one_of(const struct id *id, const struct id *ids, size_t count)
{
    while (count > 0)
        if (id_equal(id, &ids[--count]))
            return true;
    return false;
}

/* Each stage once, in this order, all of one parcel. */
static const char *check_way(const struct account *account)
{
    static const enum shipment_stage way[] = {SHIPMENT_STAGE_PICKED, SHIPMENT_STAGE_IN_TRANSIT,
                                              SHIPMENT_STAGE_DELIVERED};
    const struct stream *stream = log_stream(account->world, TOPIC_SHIPMENT_EVENTS, account->order);
    const struct shipment_created *created = body_of(account, MSG_SHIPMENT_CREATED);
    struct id ids[3];
    size_t at = 0;

    for (size_t i = 0; stream && i < stream->count; i++) {
        const struct said *said = &stream->records[i].said;
        const struct shipment_moved *moved = said->type == MSG_SHIPMENT_MOVED
                                                 ? msg_decode_own(said->type, said->value, account->arena)
                                                 : NULL;

        if (!moved || is_one_of(&said->id, ids, at))
            continue; /* after a crash it is said again */
        if (at == 3 || moved->stage != way[at])
            return "the parcel goes its way in another order";
        ids[at++] = said->id;
        if (!str_equal(moved->tracking_number, created->tracking_number) ||
            !str_equal(moved->carrier, created->carrier))
            return "another parcel goes its way";
    }
    return NULL;
}

static const char *check_parcel(const struct account *account)
{
    const struct shipping *row = row_of(account, &shipping_rules);
    unsigned parcels = account->said[MSG_SHIPMENT_CREATED] - account->said[MSG_SHIPMENT_CANCELLED];

    if (parcels != account->confirmed)
        return account->confirmed ? "there is no parcel" : "a parcel was not recalled";
    if (account->confirmed != (row->row.state == SHIPPING_DELIVERED))
        return "by shipping's row the parcel is delivered, or is not, as it should not";
    if (account->said[MSG_SHIPMENT_MOVED] != (account->confirmed ? 3 : 0))
        return "the parcel's way has a step too many, or too few";
    return check_way(account);
}

static const char *check_mail(const struct account *account)
{
    return books_check_mails(account->world, account->order, account->placed != NULL, account->confirmed,
                             account->arena);
}

/* --- rest ---------------------------------------------------------------------------------------------------------- */

static bool holds_a_card(const struct account *account, const struct payment *row)
{
    struct held_cards held = {{0}};

    if (row->cards.len == 0)
        return false;
    if (record_decode(RECORD_HELD_CARDS, row->cards, account->arena, &held, NULL) != ST_OK)
        return true;
    for (size_t i = 0; i < held.cards.count; i++)
        if (held.cards.items[i].card.ciphertext.len > 0)
            return true;
    return false;
}

static const char *check_rest(const struct account *account)
{
    const struct checkout_order *checkout = row_of(account, &checkout_rules);
    const struct payment *payment = row_of(account, &payment_rules);
    const struct shipping *shipping = row_of(account, &shipping_rules);
    const struct email *email = row_of(account, &email_rules);
    bool given = account->said[MSG_PLACE_ORDER] > 0;

    if (holds_a_card(account, payment))
        return "a card is still kept";
    if (given ? checkout->row.state < CHECKOUT_CONFIRMED : checkout->row.state > CHECKOUT_UNWANTED)
        return "checkout still waits";
    if (payment->row.state == PAYMENT_ASKING || payment->row.state == PAYMENT_CHECKING ||
        payment->row.state == PAYMENT_VOIDING || payment->row.state == PAYMENT_REFUNDING ||
        (given && payment->row.state == PAYMENT_COLLECTING))
        return "payment still waits";
    if (shipping->row.state == SHIPPING_OPENING || shipping->row.state == SHIPPING_READY ||
        (shipping->row.state >= SHIPPING_CREATED && shipping->row.state < SHIPPING_DELIVERED) ||
        shipping->address.len > 0)
        return "shipping still waits, or keeps an address";
    if (email->row.state == EMAIL_SENDING || email->row.state == EMAIL_ASKING_AROUND)
        return "email still waits";
    return email->mail.len > 0 && (!account->confirmed || email->departed) ? "email keeps a mail" : NULL;
}

/* --- all of them --------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    const char *(*check)(const struct account *account);
} books[] = {{"ends", check_end},       {"patience", check_patience}, {"cancellations", check_cancellations},
             {"orders", check_frozen},  {"money", check_money},       {"goods", check_goods},
             {"parcels", check_parcel}, {"mails", check_mail},        {"rest", check_rest}};

static void count_outcome(const struct account *account)
{
    const struct order_cancelled *cancelled = body_of(account, MSG_ORDER_CANCELLED);
    const struct order_rejected *rejected = body_of(account, MSG_ORDER_REJECTED);

    outcomes.placed += account->placed != NULL;
    outcomes.confirmed += account->confirmed;
    if (rejected)
        outcomes.rejected[(size_t)rejected->reason % 8]++;
    if (cancelled)
        outcomes.cancelled[(size_t)cancelled->reason % 8]++;
    outcomes.refunds += account->said[MSG_PAYMENT_REFUNDED];
    outcomes.voids += account->world->outside.ledgers[account->order->index].state == LEDGER_VOIDED;
    outcomes.recalls += account->said[MSG_SHIPMENT_CANCELLED];
    outcomes.releases += account->said[MSG_STOCK_RELEASED];
    outcomes.mails_failed += account->said[MSG_EMAIL_FAILED];
    outcomes.cancels_refused += account->said[MSG_CANCEL_REFUSED];
}

static void check_order(struct world *world, const struct subject *order)
{
    struct account account = {.world = world, .arena = &world->step_arenas[0], .order = order};

    arena_clear(account.arena);
    open_account(&account);
    for (size_t i = 0; i < sizeof(books) / sizeof(books[0]); i++) {
        const char *wrong = books[i].check(&account);

        if (wrong)
            world_wrong(world, order->key, "book of %s: %s", books[i].name, wrong);
    }
    count_outcome(&account);
}

void books_open(struct world *world)
{
    world->books = arena_new(&world->arena, struct books);
}

void books_check(struct world *world)
{
    for (size_t i = 0; i < world->subject_count; i++)
        if (world->subjects[i].kind == KIND_ORDER)
            check_order(world, &world->subjects[i]);
    books_check_shelf(world);
    books_check_carts(world);
}
