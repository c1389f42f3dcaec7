/* told_story.c - an order's story, told event by event. */
#include "told_story.h"

struct arena arena;
struct plans *plans;
struct story story;

void tell(enum msg_type type, const void *body, int64_t time_ms)
{
    struct id id = id_random();
    struct str value = msg_encode(type, body, &arena);
    struct str text = arena_printf(&arena, "%lld ", (long long)time_ms);
    char *whole = arena_alloc(&arena, text.len + value.len);

    memcpy(whole, text.ptr, text.len);
    memcpy(whole + text.len, value.ptr, value.len);
    story_add(&story, plans, id_text(&id, &arena), (struct str){whole, text.len + value.len}, &arena);
    story_sort(&story);
}

const struct order content = {.currency = {"USD", 3}, .shipping_minor = 899, .total_minor = 1798};

void tell_placed(int64_t time_ms)
{
    tell(MSG_ORDER_PLACED, &(struct order_placed){.order_id = ORDER_ID, .user_id = USER_ID, .order = content}, time_ms);
}

void tell_reserved(int64_t time_ms)
{
    tell(MSG_STOCK_RESERVED, &(struct stock_reserved){.order_id = ORDER_ID}, time_ms);
}

void tell_charged(int64_t time_ms)
{
    tell(MSG_PAYMENT_CHARGED,
         &(struct payment_charged){.order_id = ORDER_ID,
                                   .amount_minor = 1798,
                                   .currency = STR("USD"),
                                   .card_brand = STR("visa"),
                                   .card_last4 = STR("0454")},
         time_ms);
}

void tell_parcel(int64_t time_ms)
{
    tell(MSG_SHIPMENT_CREATED, &(struct shipment_created){ORDER_ID, STR("parcel"), STR("AB-1-2"), 0}, time_ms);
}

void tell_cancelled(int64_t time_ms)
{
    tell(MSG_ORDER_CANCELLED,
         &(struct order_cancelled){.order_id = ORDER_ID, .user_id = USER_ID, .detail = STR("Somebody stayed silent.")},
         time_ms);
}

struct timeline now(int64_t now_ms)
{
    return timeline_of(&story, ORDER_ID, now_ms, &arena);
}

enum shown_step_state state_of(const struct timeline *timeline, const char *name)
{
    for (size_t i = 0; i < timeline->order.steps.count; i++)
        if (str_is(timeline->order.steps.items[i].name, name))
            return timeline->order.steps.items[i].state;
    fail_msg("there is no step '%s'", name);
    return SHOWN_STEP_STATE_NEXT;
}

int begin(void **state)
{
    (void)state;
    arena_init(&arena);
    story = (struct story){0};
    plans = plans_open();
    return 0;
}

int end(void **state)
{
    (void)state;
    plans_close(plans);
    arena_release(&arena);
    return 0;
}
