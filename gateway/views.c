/* views.c - what pages read from Redis. Three or four commands go out together; the last answer finishes the look. */
#include "gateway/views.h"

#include <stdlib.h>

#include "gateway/known.h"

enum { MAX_ORDERS = 50 };

struct views {
    struct redis *redis;
    const struct plans *plans;
    struct known *known;
    struct event *pulse;
    bool whole, answered, asked;
    bool fresh; /* somebody writes the views; so until the contrary is heard */
};

/* A look under way. */
struct run {
    struct views *views;
    struct request *request; /* NULL: nobody's, or nobody's any more */
    struct arena *arena;     /* NULL: what comes is not wanted any more */
    look_fn *then;
    void *context;
    struct wish wish;
    struct look *look; /* in the arena: whoever waits on reads it later, too */
    bool whole, failed;
    struct str cart; /* the value as it came */
};

static struct str own_key(const struct run *run, const char *kind, struct str name)
{
    return arena_printf(run->arena, "%s:" STR_FMT, kind, STR_ARG(name));
}

/* --- an order's story --------------------------------------------------------------------------------------------- */

static void tell(struct run *run, struct str id, struct str text)
{
    story_add(&run->look->story, run->views->plans, id, text, run->arena);
}

void views_remember_order(struct views *views, struct str order_id, struct str value, int64_t time_ms)
{
    struct arena arena;
    struct out text;
    struct str key;

    arena_init(&arena);
    key = arena_printf(&arena, "placed:" STR_FMT, STR_ARG(order_id));
    out_init(&text);
    out_put_int(&text, (long)time_ms);
    out_put(&text, " ", 1);
    out_put_str(&text, value);
    if (known_get(views->known, key).len == 0)
        known_put(views->known, key, out_str(&text));
    out_release(&text);
    arena_release(&arena);
}

bool views_remembers_order(const struct views *views, struct str order_id)
{
    struct arena arena;
    bool remembered;

    arena_init(&arena);
    remembered = known_get(views->known, arena_printf(&arena, "placed:" STR_FMT, STR_ARG(order_id))).len > 0;
    arena_release(&arena);
    return remembered;
}

/* The order as it left here, as long as nobody has told of it. */
static void recall_placed(struct run *run)
{
    struct str placed = known_get(run->views->known, own_key(run, "placed", run->wish.order_id));

    if (placed.len && story_find(&run->look->story, MSG_ORDER_PLACED) == NULL)
        tell(run, run->wish.order_id, placed);
}

static void recall_story(struct run *run)
{
    struct str packed = known_get(run->views->known, own_key(run, "order", run->wish.order_id));

    story_unpack(&run->look->story, run->views->plans, packed, run->arena);
}

static void settle_story(struct run *run)
{
    if (run->look->away)
        recall_story(run);
    recall_placed(run);
    story_sort(&run->look->story);
}

/* --- the cart ------------------------------------------------------------------------------------------------------- */

/* An expired cart is one without lines that has left something behind. */
static const struct cart_updated *cart_after(const struct cart_expired *expired, struct arena *arena)
{
    struct cart_updated *cart = arena_new(arena, struct cart_updated);

    *cart = (struct cart_updated){.user_id = expired->user_id,
                                  .version = expired->version,
                                  .generation = expired->generation,
                                  .position = expired->position,
                                  .outcome = CART_OUTCOME_ACCEPTED,
                                  .left_behind = expired->lines,
                                  .left_since_ms = expired->idle_since_ms};
    return cart;
}

static const struct cart_updated *read_cart(const struct run *run, struct str value)
{
    enum msg_type type;
    const void *body;
    int32_t schema_id;
    struct err err;

    if (value.len == 0 || msg_decode(run->views->plans, value, run->arena, &type, &body, &schema_id, &err) != ST_OK)
        return NULL;
    if (type == MSG_CART_EXPIRED)
        return cart_after(body, run->arena);
    return type == MSG_CART_UPDATED ? body : NULL;
}

static void settle_cart(struct run *run)
{
    struct str key = own_key(run, "cart", run->wish.user_id);
    struct look *look = run->look;

    look->cart = read_cart(run, run->cart);
    look->cart_known = !look->away || look->cart;
    if (look->away) {
        const struct cart_updated *known = read_cart(run, arena_copy(run->arena, known_get(run->views->known, key)));

        if (known && (look->cart == NULL || known->version > look->cart->version))
            look->cart = known;
        look->cart_known = look->cart != NULL;
    } else if (run->cart.len) {
        known_put(run->views->known, key, run->cart);
    }
}

/* --- one look ------------------------------------------------------------------------------------------------------- */

static void finish(struct run *run)
{
    struct look *look = run->look;

    if (run->arena) {
        look->away = run->failed || !run->whole;
        run->views->whole = !look->away;
        if (run->wish.user_id.len)
            settle_cart(run);
        if (run->wish.order_id.len)
            settle_story(run);
        if (run->request)
            run->request->let_go = NULL;
        run->then(run->request, look, run->context);
    }
    free(run);
}

static bool is_text(const redisReply *reply)
{
    return reply && (reply->type == REDIS_REPLY_STRING || reply->type == REDIS_REPLY_STATUS);
}

static struct str text_of(const redisReply *reply)
{
    return (struct str){reply->str, reply->len};
}

static bool usable(struct run *run, const redisReply *reply)
{
    run->failed = run->failed || reply == NULL || reply->type == REDIS_REPLY_ERROR;
    return run->arena && !run->failed;
}

static void on_mark(void *context, const redisReply *reply)
{
    struct run *run = context;

    run->whole = usable(run, reply) && is_text(reply);
    if (run->wish.user_id.len == 0 && run->wish.order_id.len == 0)
        finish(run);
}

static void on_session(void *context, const redisReply *reply)
{
    struct run *run = context;

    if (usable(run, reply) && is_text(reply))
        run->look->session = arena_copy(run->arena, text_of(reply));
}

static void on_cart(void *context, const redisReply *reply)
{
    struct run *run = context;

    if (usable(run, reply) && is_text(reply))
        run->cart = arena_copy(run->arena, text_of(reply));
    if (run->wish.orders == 0 && run->wish.order_id.len == 0)
        finish(run);
}

static void on_orders(void *context, const redisReply *reply)
{
    struct run *run = context;

    if (usable(run, reply) && reply->type == REDIS_REPLY_ARRAY) {
        struct str *ids = arena_array(run->arena, reply->elements, sizeof *ids);

        for (size_t i = 0; i < reply->elements; i++)
            ids[i] = arena_copy(run->arena, text_of(reply->element[i]));
        run->look->orders = (struct str_list){ids, reply->elements};
    }
    if (run->wish.order_id.len == 0)
        finish(run);
}

static void on_story(void *context, const redisReply *reply)
{
    struct run *run = context;

    struct out packed;

    out_init(&packed);
    if (usable(run, reply) && reply->type == REDIS_REPLY_ARRAY) {
        for (size_t i = 0; i + 1 < reply->elements; i += 2) {
            tell(run, text_of(reply->element[i]), text_of(reply->element[i + 1]));
            story_pack(&packed, text_of(reply->element[i]), text_of(reply->element[i + 1]));
        }
        if (packed.len)
            known_put(run->views->known, own_key(run, "order", run->wish.order_id), out_str(&packed));
    }
    out_release(&packed);
    finish(run);
}

static void send_all(struct run *run)
{
    struct redis *redis = run->views->redis;
    const struct wish *wish = &run->wish;
    struct arena *arena = run->arena;

    if (wish->session.len)
        redis_words(redis, READS, on_session, run, STR("GET"), wish->session);
    redis_words(redis, READS, on_mark, run, STR("GET"), STR("views:mark"));
    if (wish->user_id.len)
        redis_words(redis, READS, on_cart, run, STR("HGET"), views_cart_key(wish->user_id, arena), STR("value"));
    if (wish->orders)
        redis_words(redis, READS, on_orders, run, STR("ZREVRANGE"), own_key(run, "orders", wish->user_id), STR("0"),
                    arena_printf(arena, "%zu", wish->orders - 1));
    if (wish->order_id.len)
        redis_words(redis, READS, on_story, run, STR("HGETALL"), views_order_key(wish->order_id, arena));
}

static void let_go(void *context)
{
    struct run *run = context;

    run->request = NULL;
    run->arena = NULL;
}

static struct run *run_new(struct views *views, struct arena *arena, const struct wish *wish, look_fn *then,
                           void *context)
{
    struct run *run = calloc(1, sizeof *run);

    if (run == NULL)
        abort();
    *run = (struct run){.views = views,
                        .arena = arena,
                        .look = arena_new(arena, struct look),
                        .wish = *wish,
                        .then = then,
                        .context = context};
    if (wish->user_id.len == 0)
        run->wish.orders = 0;
    else if (wish->orders > MAX_ORDERS)
        run->wish.orders = MAX_ORDERS;
    return run;
}

void views_look(struct views *views, struct request *request, const struct wish *wish, look_fn *then, void *context)
{
    struct run *run = run_new(views, &request->arena, wish, then, context);

    run->request = request;
    request->let_go = let_go;
    request->waiter = run;
    send_all(run);
}

void views_look_alone(struct views *views, struct arena *arena, const struct wish *wish, look_fn *then, void *context)
{
    send_all(run_new(views, arena, wish, then, context));
}

bool views_read_wake(const struct views *views, struct str channel, struct str message, struct arena *arena,
                     struct told *told)
{
    int32_t schema_id;
    struct err err;

    *told = (struct told){.type = MSG_NONE};
    if (channel.len && channel.ptr[0] == 'c')
        return msg_decode(views->plans, message, arena, &told->type, &told->body, &schema_id, &err) == ST_OK &&
               told->body;
    if (message.len <= ID_TEXT_LEN + 1 || !id_parse((struct str){message.ptr, ID_TEXT_LEN}, &told->id))
        return false;
    message = (struct str){message.ptr + ID_TEXT_LEN + 1, message.len - ID_TEXT_LEN - 1};
    return told_read(views->plans, message, arena, told);
}

/* --- life ----------------------------------------------------------------------------------------------------------- */

static void on_pulse_mark(void *context, const redisReply *reply)
{
    struct views *views = context;

    views->asked = false;
    views->whole = is_text(reply);
    views->answered = views->answered || (reply && reply->type != REDIS_REPLY_ERROR);
}

static void on_pulse_alive(void *context, const redisReply *reply)
{
    struct views *views = context;

    views->fresh = is_text(reply);
}

static void pulse(evutil_socket_t fd, short what, void *context)
{
    struct views *views = context;

    (void)fd, (void)what;
    views->asked = true;
    redis_words(views->redis, READS, on_pulse_mark, views, STR("GET"), STR("views:mark"));
    redis_words(views->redis, READS, on_pulse_alive, views, STR("GET"), STR("views:alive"));
}

struct views *views_open(struct event_base *base, struct redis *redis, const struct plans *plans)
{
    struct views *views = calloc(1, sizeof *views);
    struct timeval second = {1, 0};

    if (views == NULL)
        abort();
    views->redis = redis;
    views->plans = plans;
    views->fresh = true;
    views->known = known_open();
    views->pulse = event_new(base, -1, EV_PERSIST, pulse, views);
    if (views->pulse == NULL || event_add(views->pulse, &second))
        abort();
    pulse(-1, 0, views);
    return views;
}

void views_close(struct views *views)
{
    if (views == NULL)
        return;
    event_free(views->pulse);
    known_close(views->known);
    free(views);
}

bool views_ready(void *context, struct err *why)
{
    const struct views *views = context;

    if (!views->whole)
        (void)err_set(why, ST_RETRY, "the views in Redis are not whole, or Redis is away");
    return views->whole;
}

bool views_fresh(const struct views *views)
{
    return views->fresh;
}

bool views_answered(struct views *views)
{
    if (!views->answered && !views->asked && redis_connected(views->redis))
        pulse(-1, 0, views);
    return views->answered;
}
