/* held.c - the sealed cards in a payment's row: several until the order is known that names one, none as soon as may be. */
#include "services/payment/payment.h"

#include <stdlib.h>

static struct held_cards cards_of(struct step *step, const struct payment *row)
{
    struct held_cards held = {{0}};

    if (row->cards.len > 0 && record_decode(RECORD_HELD_CARDS, row->cards, step->arena, &held, NULL) != ST_OK)
        abort(); /* we wrote it */
    return held;
}

/* Into the row; the deadline is that of the card which is to be erased first. */
static void keep(struct step *step, struct payment *row, const struct held_card *items, size_t count)
{
    struct held_cards held = {.cards = {items, count}};
    int64_t first_ms = INT64_MAX;

    for (size_t i = 0; i < count; i++)
        if (items[i].card.ciphertext.len > 0 && items[i].erase_at_ms < first_ms)
            first_ms = items[i].erase_at_ms;
    row->cards = count ? record_encode(RECORD_HELD_CARDS, &held, step->arena) : (struct str){0};
    if (first_ms < INT64_MAX)
        step_remind_soon(step, MSG_CARD_OVERDUE, row->row.key, first_ms);
    else
        step_forget(step, MSG_CARD_OVERDUE, row->row.key);
}

void held_add(struct step *step, struct payment *row, struct str pay_with_id, const struct sealed_to *card)
{
    struct held_cards held = cards_of(step, row);
    struct held_card *items = arena_array(step->arena, held.cards.count + 1, sizeof(*items));

    for (size_t i = 0; i < held.cards.count; i++) {
        items[i] = held.cards.items[i];
        if (str_equal(items[i].pay_with_id, pay_with_id))
            return;
    }
    if (held.cards.count >= PAYMENT_CARDS_MAX)
        return;
    items[held.cards.count] = (struct held_card){
        .pay_with_id = pay_with_id, .erase_at_ms = step->heard->time_ms + PAYMENT_CARD_KEPT_MS, .card = *card};
    keep(step, row, items, held.cards.count + 1);
}

const struct sealed_to *held_named(struct step *step, const struct payment *row)
{
    struct held_cards held = cards_of(step, row);

    for (size_t i = 0; i < held.cards.count; i++)
        if (str_equal(held.cards.items[i].pay_with_id, row->pay_with_id))
            return &held.cards.items[i].card;
    return NULL;
}

void held_keep_named(struct step *step, struct payment *row)
{
    struct held_cards held = cards_of(step, row);
    size_t i = 0;

    while (i < held.cards.count && !str_equal(held.cards.items[i].pay_with_id, row->pay_with_id))
        i++;
    keep(step, row, held.cards.items + i, i < held.cards.count ? 1 : 0);
}

void held_erase_old(struct step *step, struct payment *row)
{
    struct held_cards held = cards_of(step, row);
    struct held_card *items = arena_array(step->arena, held.cards.count, sizeof(*items));

    for (size_t i = 0; i < held.cards.count; i++) {
        items[i] = held.cards.items[i];
        if (items[i].erase_at_ms <= step->now_ms)
            items[i].card.ciphertext = items[i].card.encapsulated_key = (struct str){0};
    }
    keep(step, row, items, held.cards.count);
}

void held_erase(struct step *step, struct payment *row)
{
    keep(step, row, NULL, 0);
}
