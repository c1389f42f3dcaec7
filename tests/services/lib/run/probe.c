/* probe.c - two lanes, a deadline, an ask, and a way to die. */
#include "tests/services/lib/run/probe.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "msg/say.h"
#include "run/run.h"

const char probe_schema[] =
    "CREATE TABLE IF NOT EXISTS probe_order (key text PRIMARY KEY, state integer NOT NULL, part integer NOT NULL, "
    "count bigint NOT NULL CHECK (count >= 0), last text NOT NULL);"
    "CREATE TABLE IF NOT EXISTS probe_user (key text PRIMARY KEY, state integer NOT NULL, part integer NOT NULL, "
    "count bigint NOT NULL CHECK (count >= 0))";

struct probe_order {
    struct row row;
    int64_t count;
    struct str last;
};

struct probe_user {
    struct row row;
    int64_t count;
};

/* The topics hold messages of other runs too: those are heard, and not obeyed. */
static bool is_ours(struct str key)
{
    const char *name = getenv("PROBE_NAME");

    return memmem(key.ptr, key.len, name, strlen(name)) != NULL;
}

static void tell(struct step *step, const struct probe_order *order, const char *word)
{
    say_cancel_refused(step,
                       &(struct cancel_refused){.order_id = order->row.key,
                                                .user_id = str_of(word),
                                                .detail = arena_printf(step->arena, "%lld", (long long)order->count)});
}

/* The row that all messages with "share" share. */
static struct str shared_key(struct arena *arena)
{
    return arena_printf(arena, "%s-shared", getenv("PROBE_NAME"));
}

static void count_shared(struct step *step)
{
    struct probe_user *user = step_shared(step, shared_key(step->arena));

    user->count++;
    user->row.changed = true;
}

static void name_shared(const struct msg *heard, const void *row, struct key_list *keys)
{
    static char text[64];
    const struct cancel_order *order = heard->body;

    (void)row;
    if (heard->type != MSG_CANCEL_ORDER || !is_ours(heard->key) || !str_is(order->user_id, "share"))
        return;
    snprintf(text, sizeof(text), "%s-shared", getenv("PROBE_NAME"));
    key_list_add(keys, str_of(text));
}

static void obey(struct step *step, void *row)
{
    struct probe_order *order = row;
    const struct cancel_order *heard = step->heard->body;

    order->count++;
    order->last = heard->user_id;
    if (!is_ours(order->row.key))
        return;
    if (str_is(heard->user_id, "deadline"))
        step_remind(step, MSG_ORDER_OVERDUE, order->row.key, step->now_ms + PROBE_DEADLINE_MS);
    if (str_is(heard->user_id, "soon"))
        step_remind_soon(step, MSG_ORDER_OVERDUE, order->row.key, step->now_ms + 50);
    if (str_is(heard->user_id, "ask"))
        ask_open_address(step, &(struct open_address){.order_id = order->row.key});
    if (str_is(heard->user_id, "share"))
        count_shared(step);
    if (str_is(heard->user_id, "constraint"))
        order->count = -1;
    if (str_is(heard->user_id, "die"))
        raise(SIGKILL);
    tell(step, order, "heard");
}

/* No card of ours is ever taken. */
static void refuse_card(struct step *step, void *row)
{
    struct probe_order *order = row;

    (void)step;
    order->count = is_ours(order->row.key) ? -1 : 0;
    order->last = STR("card");
}

static void note_overdue(struct step *step, void *row)
{
    struct probe_order *order = row;

    order->count++;
    tell(step, order, "overdue");
}

static void note_answer(struct step *step, void *row)
{
    struct probe_order *order = row;

    order->count++;
    tell(step, order, "answered");
}

static void refuse(struct step *step, void *row)
{
    tell(step, row, "refused");
}

static void refuse_user(struct step *step, void *row)
{
    const struct probe_user *user = row;

    say_cart_kept(step, &(struct cart_kept){.user_id = user->row.key, .generation = -1});
}

static void empty(struct step *step, void *row)
{
    struct probe_user *user = row;

    user->count++;
    if (is_ours(user->row.key) && memcmp(user->row.key.ptr, "bad", 3) == 0)
        user->count = -1;
    say_cart_kept(step, &(struct cart_kept){.user_id = user->row.key, .generation = user->count});
}

/* clang-format off */
static const struct rule order_rules[] = {
    {0, MSG_CANCEL_ORDER,   obey,         "it does as it is told"},
    {0, MSG_PAY_WITH,       refuse_card,  "the store refuses it"},
    {0, MSG_ORDER_OVERDUE,  note_overdue, "time is up"},
    {0, MSG_ADDRESS_OPENED, note_answer,  "somebody outside answered"},
};

static const struct rule user_rules[] = {
    {0, MSG_EMPTY_CART, empty, "one more"},
};
/* clang-format on */

static const char *const states[] = {"always"};

static const struct rules orders = {.name = "probe order",
                                    .kind = KIND_ORDER,
                                    .states = states,
                                    .state_count = 1,
                                    .row_size = sizeof(struct probe_order),
                                    .table = order_rules,
                                    .rule_count = sizeof(order_rules) / sizeof(*order_rules)};

static const struct rules users = {.name = "probe user",
                                   .kind = KIND_USER,
                                   .states = states,
                                   .state_count = 1,
                                   .row_size = sizeof(struct probe_user),
                                   .table = user_rules,
                                   .rule_count = 1};

static const struct column order_columns[] = {COLUMN(struct probe_order, count, COLUMN_LONG),
                                              COLUMN(struct probe_order, last, COLUMN_TEXT)};
static const struct column user_columns[] = {COLUMN(struct probe_user, count, COLUMN_LONG)};

static const struct table order_table = {
    .name = "probe_order", .columns = order_columns, .column_count = 2, .row_size = sizeof(struct probe_order)};
static const struct table user_table = {
    .name = "probe_user", .columns = user_columns, .column_count = 1, .row_size = sizeof(struct probe_user)};

/* --- somebody outside, who takes 20 ms ---------------------------------------------------------------------------- */

struct waiting {
    struct run *run;
    struct msg *ask;
    struct event *timer;
};

static void answer(evutil_socket_t fd, short what, void *context)
{
    struct waiting *waiting = context;

    (void)fd;
    (void)what;
    run_answer(waiting->run, waiting->ask, MSG_ADDRESS_OPENED,
               &(struct address_opened){.order_id = waiting->ask->key, .outcome = ADDRESS_OUTCOME_VALID}, 1);
    run_drop_ask(waiting->ask);
    event_free(waiting->timer);
    free(waiting);
}

static void ask(struct run *run, const struct msg *asked)
{
    struct waiting *waiting = calloc(1, sizeof(*waiting));
    struct timeval wait = {0, 20000};

    *waiting = (struct waiting){.run = run, .ask = run_keep_ask(asked)};
    waiting->timer = evtimer_new(run_base(run), answer, waiting);
    evtimer_add(waiting->timer, &wait);
}

/* --- the process --------------------------------------------------------------------------------------------------- */

static void learn_nothing(void *memory, const struct msg *heard)
{
    (void)memory;
    (void)heard;
}

int probe_serve(void)
{
    static const enum topic follows[] = {TOPIC_AD_STATE};
    static const struct lane lanes[] = {
        {.rules = &orders, .table = &order_table, .shared = &user_table, .shared_keys = name_shared, .refuse = refuse},
        {.rules = &users, .table = &user_table, .refuse = refuse_user}};
    const struct service service = {.name = getenv("PROBE_NAME"),
                                    .lanes = lanes,
                                    .lane_count = 2,
                                    .ask = ask,
                                    .follows = follows,
                                    .follow_count = getenv("PROBE_FOLLOWS") ? 1 : 0,
                                    .learn = learn_nothing};
    struct service older = service;
    char *argv[] = {"probe", NULL};

    older.lane_count = 1;
    return run_service(getenv("PROBE_OLDER") ? &older : &service, 1, argv);
}
