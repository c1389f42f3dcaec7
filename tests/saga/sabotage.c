/* sabotage.c - the mistakes that the books must find. */
#include "tests/saga/sabotage.h"

#include <stdlib.h>

#include "services/cart/cart.h"
#include "services/catalog/catalog.h"
#include "services/checkout/checkout.h"
#include "services/email/email.h"
#include "services/payment/payment.h"
#include "services/shipping/shipping.h"

enum { COLUMNS_MAX = 32 };

/* What another rule does. */
static void as(const struct rules *rules, int32_t state, enum msg_type hears, struct step *step, struct row *row)
{
    row->state = state;
    rules_find(rules, state, hears)->then(step, row);
}

static void confirm_again(struct step *step, void *row)
{
    as(&checkout_rules, CHECKOUT_NEW, MSG_PLACE_ORDER, step, row);
}

static void cancel_what_is_confirmed(struct step *step, void *data)
{
    struct checkout_order *row = data;

    row->reason = CANCEL_REASON_UNKNOWN;
    as(&checkout_rules, CHECKOUT_PLACED, MSG_CANCEL_ORDER, step, &row->row);
}

static void close_without_asking(struct step *step, void *row)
{
    as(&payment_rules, PAYMENT_COLLECTING, MSG_ORDER_REJECTED, step, row);
}

static void say_the_charge_again(struct step *step, void *row)
{
    const struct acquirer_answered *heard = step->heard->body;

    if (heard->answer == ACQUIRER_ANSWER_CHARGED)
        as(&payment_rules, PAYMENT_ASKING, MSG_ACQUIRER_ANSWERED, step, row);
}

static void reserve_again(struct step *step, void *data)
{
    ((struct reservation *)data)->lines = (struct str){0};
    as(&reservation_rules, RESERVATION_AWAITED, MSG_ORDER_PLACED, step, data);
}

static void empty_the_cart_again(struct step *step, void *data)
{
    ((struct cart *)data)->generation = ((const struct cart_ordered *)step->heard->body)->generation;
    as(&cart_rules, CART_OPEN, MSG_CART_ORDERED, step, data);
}

static void expire_as_new(struct step *step, void *data)
{
    ((struct cart *)data)->generation = 0;
    as(&cart_rules, CART_OPEN, MSG_CART_IDLE, step, data);
}

static void expire_without_a_word(struct step *step, void *data)
{
    (void)step;
    ((struct cart *)data)->lines = (struct str){0};
}

static void write_again(struct step *step, void *row)
{
    as(&email_rules, EMAIL_NOTHING, MSG_ORDER_CANCELLED, step, row);
}

static void hear_wrong_of_the_money(struct step *step, void *row)
{
    (void)step;
    ((struct email *)row)->unpaid = true;
}

static void ship_as_it_likes(struct step *step, void *data)
{
    static int32_t count;

    as(&shipping_rules, SHIPPING_READY, MSG_PAYMENT_CHARGED, step, data);
    ((struct shipping *)data)->attempts = ++count;
}

/* --- around the rules ---------------------------------------------------------------------------------------------- */

static void storm(struct world *world)
{
    world->weather = (struct weather){.crash = 40, .forget = 40, .loss_percent = 30, .calm_after = 1500};
}

static void forget_commands(struct world *world)
{
    storm(world);
    world_lane(world, &product_rules)->forgetful = true;
}

static void lose_outboxes(struct world *world)
{
    storm(world);
    world->loses_outboxes = true;
}

static void charge_without_keys(struct world *world)
{
    storm(world);
    world->outside.forgets_keys = true;
}

static void forget_a_column(struct world *world)
{
    static struct column columns[COLUMNS_MAX];
    static struct table table;
    size_t count = 0;

    table = shipping_table;
    for (size_t i = 0; i < table.column_count; i++)
        if (strcmp(table.columns[i].name, "charged") != 0)
            columns[count++] = table.columns[i];
    table.columns = columns;
    table.column_count = count;
    world_lane(world, &shipping_rules)->rows->table = &table;
}

/* clang-format off */
const struct sabotage sabotages[] = {
    {"a refund is dropped",              &payment_rules,     PAYMENT_CHARGED,      MSG_ORDER_CANCELLED,   NULL, NULL},
    {"a late charge stays",              &payment_rules,     PAYMENT_VOIDING,      MSG_ACQUIRER_ANSWERED, close_without_asking, NULL},
    {"a void is ignored",                &payment_rules,     PAYMENT_ASKING,       MSG_ORDER_CANCELLED,   close_without_asking, NULL},
    {"an ask is never repeated",         &payment_rules,     PAYMENT_VOIDING,      MSG_ASK_OVERDUE,       NULL, NULL},
    {"a charge is said again",           &payment_rules,     PAYMENT_CHARGED,      MSG_ACQUIRER_ANSWERED, say_the_charge_again, NULL},
    {"an old card is kept",              &payment_rules,     PAYMENT_COLLECTING,   MSG_CARD_OVERDUE,      NULL, NULL},
    {"goods are not put back",           &reservation_rules, RESERVATION_RESERVED, MSG_ORDER_CANCELLED,   NULL, NULL},
    {"goods are set aside again",        &reservation_rules, RESERVATION_RESERVED, MSG_ORDER_PLACED,      reserve_again, NULL},
    {"pages are not told of stock",      &product_rules,     PRODUCT_OFFERED,      MSG_PRODUCT_DUE,       NULL, NULL},
    {"a parcel is not recalled",         &shipping_rules,    SHIPPING_CREATED,     MSG_ORDER_CANCELLED,   NULL, NULL},
    {"a parcel stays where it is",       &shipping_rules,    SHIPPING_PICKED,      MSG_PARCEL_DUE,        NULL, NULL},
    {"a charge overtakes, and is lost",  &shipping_rules,    SHIPPING_OPENING,     MSG_PAYMENT_CHARGED,   NULL, NULL},
    {"a step is not the same twice",     &shipping_rules,    SHIPPING_READY,       MSG_PAYMENT_CHARGED,   ship_as_it_likes, NULL},
    {"an order is confirmed twice",      &checkout_rules,    CHECKOUT_CONFIRMED,   MSG_PLACE_ORDER,       confirm_again, NULL},
    {"the confirmed is cancelled",       &checkout_rules,    CHECKOUT_CONFIRMED,   MSG_CANCEL_ORDER,      cancel_what_is_confirmed, NULL},
    {"a deadline is not heard",          &checkout_rules,    CHECKOUT_PLACED,      MSG_ORDER_OVERDUE,     NULL, NULL},
    {"a cart is emptied twice",          &cart_rules,        CART_OPEN,            MSG_CART_ORDERED,      empty_the_cart_again, NULL},
    {"a kept cart stays as it is",       &cart_rules,        CART_OPEN,            MSG_CART_KEPT,         NULL, NULL},
    {"a cart expires under an order",    &cart_rules,        CART_OPEN,            MSG_CART_ORDERING,     NULL, NULL},
    {"a cart expires as a new one",      &cart_rules,        CART_OPEN,            MSG_CART_IDLE,         expire_as_new, NULL},
    {"a cart that expired is lost",      &cart_rules,        CART_OPEN,            MSG_CART_IDLE,         expire_without_a_word, NULL},
    {"a mail is written twice",          &email_rules,       EMAIL_SENT,           MSG_ORDER_CANCELLED,   write_again, NULL},
    {"a mail is wrong about the money",  &email_rules,       EMAIL_NOTHING,        MSG_PAYMENT_CHARGED,   hear_wrong_of_the_money, NULL},
    {"a mail is tried once",             &email_rules,       EMAIL_SENDING,        MSG_MAIL_OVERDUE,      NULL, NULL},
    {"the catalogue's inbox is forgotten", NULL, 0, MSG_NONE, NULL, forget_commands},
    {"a crash takes the outboxes",         NULL, 0, MSG_NONE, NULL, lose_outboxes},
    {"the acquirer ignores its keys",      NULL, 0, MSG_NONE, NULL, charge_without_keys},
    {"a column is not saved",              NULL, 0, MSG_NONE, NULL, forget_a_column},
};
/* clang-format on */

const size_t sabotage_count = sizeof(sabotages) / sizeof(sabotages[0]);

void sabotage_apply(struct world *world, const struct sabotage *sabotage)
{
    struct rules *rules = arena_new(&world->arena, struct rules);
    struct rule *table;

    if (sabotage->spoil)
        sabotage->spoil(world);
    if (!sabotage->rules)
        return;
    *rules = *sabotage->rules;
    table = arena_array(&world->arena, rules->rule_count, sizeof(*table));
    memcpy(table, rules->table, rules->rule_count * sizeof(*table));
    for (size_t i = 0; i < rules->rule_count; i++)
        if (table[i].state == sabotage->state && table[i].hears == sabotage->hears)
            table[i].then = sabotage->then;
    rules->table = table;
    world_lane(world, sabotage->rules)->rules = rules;
}
