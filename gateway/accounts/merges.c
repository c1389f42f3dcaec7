/* merges.c - MergeCart, at once for who waits, and later for what could not be done at once; then EmptyCart for the cart that
 * was taken over: only when both are acknowledged it is no longer due. */
#include "gateway/accounts/merges.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"

enum {
    LOOK_EVERY_S = 3,
    OVERDUE_S = 3600 /* a command that has not been answered by then, or an order that has not ended, never will */
};

struct merges {
    struct commands *commands;
    struct book *book;
    struct event *tick;
    bool asking;
    LIST_HEAD(, late) late;
};

/* --- what is written ------------------------------------------------------------------------------------------------------ */

static const struct pg_statement note_merge = {
    "merge_note", "INSERT INTO merge_due (from_user_id, user_id, mark) SELECT $1::uuid, $2::uuid, $3 "
                  "WHERE EXISTS (SELECT FROM account WHERE user_id = $2::uuid) "
                  "ON CONFLICT (from_user_id, user_id) DO UPDATE SET mark = EXCLUDED.mark, due_since = now()"};
static const struct pg_statement done_merge = {
    "merge_done", "DELETE FROM merge_due WHERE from_user_id = $1::uuid AND user_id = $2::uuid"};
static const struct pg_statement find_merges = {
    "merge_find", "SELECT from_user_id::text, user_id::text, mark, extract(epoch FROM now() - due_since)::bigint "
                  "FROM merge_due WHERE due_since < now() - interval '5 s' ORDER BY random() LIMIT 8"};

void merge_note(struct question *question, const struct merge *merge)
{
    struct pg_params *params = question_add(question, &note_merge);
    struct str mark = {"", 0};

    if (merge->mark.offset >= 0)
        mark = cart_mark_write(&merge->mark, question_arena(question));
    question_text(question, params, merge->from_user_id);
    question_text(question, params, merge->user_id);
    question_text(question, params, mark);
}

static void on_forgotten(void *context, enum status status, PGresult *const *results)
{
    (void)context, (void)status, (void)results; /* if it failed, it is found again, and done once more */
}

static void forget(struct merges *merges, const struct merge *merge)
{
    struct question *question = question_new();
    struct pg_params *params = question_add(question, &done_merge);

    question_text(question, params, merge->from_user_id);
    question_text(question, params, merge->user_id);
    book_ask(merges->book, EFFECT("merge-done", "a cart's taking over is no longer due"), question, on_forgotten, NULL);
}

/* The command that takes a cart over, under an id that is the same however often it is made. */
static struct said *compose(const struct merge *merge, const struct cart_updated *cart, struct id *id,
                            struct arena *arena)
{
    struct merge_cart body = {.user_id = merge->user_id, .from_user_id = merge->from_user_id, .lines = cart->lines};
    struct id space;

    if (!id_parse(merge->user_id, &space))
        abort();
    *id = id_named(
        &space, arena_printf(arena, "merge|" STR_FMT "|%lld", STR_ARG(merge->from_user_id), (long long)cart->version));
    return voice_compose(MSG_MERGE_CART, &body, *id, *id, voice_trace((struct str){NULL, 0}, arena), arena);
}

/* What was taken over is the account's: signing out must not show it again. The id is of the version that was taken, so that
 * it is done once, however often it is found due. */
static struct said *compose_emptying(const struct merge *merge, int64_t version, struct arena *arena)
{
    struct empty_cart body = {.user_id = merge->from_user_id};
    struct id space, id;

    if (!id_parse(merge->from_user_id, &space))
        abort();
    id = id_named(&space, arena_printf(arena, "merged|" STR_FMT "|%lld", STR_ARG(merge->user_id), (long long)version));
    return voice_compose(MSG_EMPTY_CART, &body, id, id, voice_trace((struct str){NULL, 0}, arena), arena);
}

/* Whether an order of this cart is under way: what is in it may be sold already. It is taken over when the cart has heard how
 * that ended, with what is then left. */
static bool is_being_sold(const struct merges *merges, const struct merge *merge, const struct look *seen)
{
    char text[ID_TEXT_LEN + 1];
    struct id order;

    if (seen->cart == NULL)
        return false;
    order = id_of_order(merge->from_user_id, seen->cart->generation);
    id_write(&order, text);
    return (seen->orders.count && str_is(seen->orders.items[0], text)) ||
           views_remembers_order(merges->commands->views, str_of(text));
}

/* --- what is written without a request ------------------------------------------------------------------------------------- */

/* A cart whose request has been answered, or that was found due. */
struct late {
    LIST_ENTRY(late) link;
    struct ticket ticket;
    struct merges *merges;
    struct arena arena;
    struct merge merge;
    int64_t version; /* of the cart, as it is taken over */
    bool overdue;
};

static struct late *late_new(struct merges *merges, struct str from_user_id, struct str user_id)
{
    struct late *late = calloc(1, sizeof *late);

    if (late == NULL)
        abort();
    arena_init(&late->arena);
    late->merges = merges;
    late->merge.from_user_id = arena_copy(&late->arena, from_user_id);
    late->merge.user_id = arena_copy(&late->arena, user_id);
    LIST_INSERT_HEAD(&merges->late, late, link);
    return late;
}

static void late_free(struct late *late)
{
    LIST_REMOVE(late, link);
    arena_release(&late->arena);
    free(late);
}

DEFINE_EFFECT(merging_late, "merge-late", "a cart that is due to be taken over is, by a command");

/* Frees late when it cannot be written: it stays due. */
static void late_say(struct late *late, struct said *said, void (*report)(struct ticket *, enum status, int64_t))
{
    struct err err;

    late->ticket.report = report;
    if (producer_say(late->merges->commands->producer, &merging_late, said, &late->ticket, &err) == ST_OK)
        return;
    log_warning("a cart cannot be taken over yet: %s", err.text);
    late_free(late);
}

static struct late *late_of(struct ticket *ticket)
{
    effect_answered(&merging_late);
    return (struct late *)((char *)ticket - offsetof(struct late, ticket));
}

static void on_emptied(struct ticket *ticket, enum status status, int64_t offset)
{
    struct late *late = late_of(ticket);

    (void)offset;
    if (status == ST_OK)
        forget(late->merges, &late->merge);
    late_free(late);
}

static void late_empty(struct late *late)
{
    late_say(late, compose_emptying(&late->merge, late->version, &late->arena), on_emptied);
}

/* --- at once ---------------------------------------------------------------------------------------------------------------- */

/* Lives in the request's arena. */
struct merging {
    struct merges *merges;
    struct request *request;
    struct merge merge;
    struct command_wish wish;
    struct id id;
    int64_t version; /* of the cart, as it is taken over */
    bool waited;
    merged_fn *then;
    void *context;
};

static void finish(struct merging *merging, int64_t offset)
{
    merging->then(merging->request, merging->id, offset, merging->context);
}

static bool is_merged(void *context, enum msg_type type, const void *body, int64_t offset)
{
    const struct merging *merging = context;

    return type == MSG_CART_UPDATED &&
           views_has_mark(body, &(struct cart_mark){offset < 0 ? INT64_MAX : offset, merging->id});
}

static void on_merged(struct request *request, enum command_outcome outcome, int64_t offset, void *context)
{
    struct merging *merging = context;

    (void)request;
    if (outcome == COMMAND_ANSWERED || outcome == COMMAND_ACCEPTED) {
        struct late *late = late_new(merging->merges, merging->merge.from_user_id, merging->merge.user_id);

        late->version = merging->version;
        late_empty(late);
    }
    finish(merging, offset);
}

static void send_merge(struct merging *merging, const struct cart_updated *cart)
{
    struct arena *arena = &merging->request->arena;
    struct str user_id = merging->merge.user_id;

    merging->version = cart->version;
    merging->wish = (struct command_wish){
        .said = compose(&merging->merge, cart, &merging->id, arena),
        .channel = views_cart_key(user_id, arena),
        .look = {.user_id = user_id},
        .answers = is_merged,
        .then = on_merged,
        .context = merging,
    };
    command_send(merging->merges->commands, merging->request, &merging->wish);
}

static void look(struct merging *merging);

static bool is_current(void *context, enum msg_type type, const void *body, int64_t offset)
{
    const struct merging *merging = context;

    (void)offset;
    return type == MSG_CART_UPDATED && views_has_mark(body, &merging->merge.mark);
}

static void on_current(struct request *request, enum command_outcome outcome, int64_t offset, void *context)
{
    (void)request, (void)outcome, (void)offset;
    look(context);
}

/* The view does not show yet what was put in last: that is waited for, once. */
static void wait_for_view(struct merging *merging)
{
    struct str from = merging->merge.from_user_id;

    merging->waited = true;
    merging->wish = (struct command_wish){
        .channel = views_cart_key(from, &merging->request->arena),
        .look = {.user_id = from},
        .answers = is_current,
        .then = on_current,
        .context = merging,
    };
    command_send(merging->merges->commands, merging->request, &merging->wish);
}

static void on_look(struct request *request, const struct look *seen, void *context)
{
    struct merging *merging = context;
    bool current = !seen->away && views_has_mark(seen->cart, &merging->merge.mark);

    (void)request;
    if (seen->away || (!current && merging->waited) || is_being_sold(merging->merges, &merging->merge, seen)) {
        finish(merging, -1); /* it stays due */
    } else if (!current) {
        wait_for_view(merging);
    } else if (seen->cart == NULL || seen->cart->lines.count == 0) {
        forget(merging->merges, &merging->merge);
        finish(merging, -1);
    } else {
        send_merge(merging, seen->cart);
    }
}

static void look(struct merging *merging)
{
    views_look(merging->merges->commands->views, merging->request,
               &(struct wish){.user_id = merging->merge.from_user_id, .orders = 1}, on_look, merging);
}

void merge_now(struct merges *merges, struct request *request, const struct merge *merge, merged_fn *then,
               void *context)
{
    struct merging *merging = arena_new(&request->arena, struct merging);

    *merging = (struct merging){
        .merges = merges, .request = request, .merge = *merge, .then = then, .context = context};
    look(merging);
}

/* --- later ------------------------------------------------------------------------------------------------------------------ */

static void on_late_report(struct ticket *ticket, enum status status, int64_t offset)
{
    struct late *late = late_of(ticket);

    (void)offset;
    if (status == ST_OK)
        late_empty(late);
    else
        late_free(late);
}

static void on_late_look(struct request *request, const struct look *seen, void *context)
{
    struct late *late = context;
    struct id id;

    (void)request;
    if (seen->away || (!late->overdue && (!views_has_mark(seen->cart, &late->merge.mark) ||
                                          is_being_sold(late->merges, &late->merge, seen)))) {
        late_free(late);
        return;
    }
    if (seen->cart == NULL || seen->cart->lines.count == 0) {
        forget(late->merges, &late->merge);
        late_free(late);
        return;
    }
    late->version = seen->cart->version;
    late_say(late, compose(&late->merge, seen->cart, &id, &late->arena), on_late_report);
}

static void begin_late(struct merges *merges, const PGresult *result, int row)
{
    struct late *late = late_new(merges, result_text(result, row, 0), result_text(result, row, 1));

    late->merge.mark = cart_mark_read(result_text(result, row, 2));
    late->overdue = result_long(result, row, 3) > OVERDUE_S;
    views_look_alone(merges->commands->views, &late->arena,
                     &(struct wish){.user_id = late->merge.from_user_id, .orders = 1}, on_late_look, late);
}

static void on_due(void *context, enum status status, PGresult *const *results)
{
    struct merges *merges = context;

    merges->asking = false;
    for (int row = 0; status == ST_OK && row < PQntuples(results[0]); row++)
        begin_late(merges, results[0], row);
}

static void tick(evutil_socket_t fd, short what, void *context)
{
    struct merges *merges = context;
    struct question *question;
    struct err why;

    (void)fd, (void)what;
    if (merges->asking || !LIST_EMPTY(&merges->late) || !book_is_there(merges->book) ||
        !views_ready(merges->commands->views, &why))
        return;
    merges->asking = true;
    question = question_new();
    (void)question_add(question, &find_merges);
    book_ask(merges->book, READS, question, on_due, merges);
}

struct merges *merges_open(struct commands *commands, struct book *book)
{
    struct merges *merges = calloc(1, sizeof *merges);
    struct timeval every = {LOOK_EVERY_S, 0};

    if (merges == NULL)
        abort();
    merges->commands = commands;
    merges->book = book;
    merges->tick = event_new(commands->base, -1, EV_PERSIST, tick, merges);
    if (merges->tick == NULL || event_add(merges->tick, &every))
        abort();
    return merges;
}

void merges_close(struct merges *merges)
{
    struct late *next;

    if (merges == NULL)
        return;
    for (struct late *late = LIST_FIRST(&merges->late); late; late = next) {
        next = LIST_NEXT(late, link);
        late_free(late);
    }
    event_free(merges->tick);
    free(merges);
}
