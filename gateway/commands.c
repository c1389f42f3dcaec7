/* commands.c - a shopper's wish, written to Kafka, and the wait for its answer.
 *
 * Order matters: subscribe first, then write, then read the view once, then wait. What is published before the
 * subscription stands is in the view that is read after it. A command outlives its request until the reports of its
 * records and its look have come back. */
#include "gateway/commands.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"

enum { MAX_RECORDS = 2, STALL_MS = 1000 };

struct command;

struct record_ticket {
    struct ticket ticket;
    struct command *command;
};

struct command {
    LIST_ENTRY(command) link;
    struct commands *commands;
    struct request *request; /* NULL: answered */
    const struct command_wish *wish;
    struct record_ticket records[MAX_RECORDS];
    size_t unreported, unacknowledged;
    bool failed, impossible, answered, subscribed, looking, look_again, in_send;
    int64_t offset;
    struct wait *wait;
    struct event *timer;
    int64_t due_us;     /* of the timer, by the steady clock */
    bool stalled;       /* it rang late once, and was set anew */
    struct arena arena; /* of its looks */
};

static void drop(struct command *command)
{
    LIST_REMOVE(command, link);
    event_free(command->timer);
    arena_release(&command->arena);
    free(command);
}

static void drop_if_done(struct command *command)
{
    if (!command->request && !command->unreported && !command->looking && !command->in_send)
        drop(command);
}

void commands_release(struct commands *commands)
{
    for (struct command *command = LIST_FIRST(&commands->open), *next; command; command = next) {
        next = LIST_NEXT(command, link);
        drop(command);
    }
}

static void let_go(void *waiter)
{
    struct command *command = waiter;

    command->request = NULL;
    wait_end(command->wait);
    command->wait = NULL;
    evtimer_del(command->timer);
    drop_if_done(command);
}

static void finish(struct command *command, enum command_outcome outcome)
{
    struct request *request = command->request;
    const struct command_wish *wish = command->wish;
    int64_t offset = command->unacknowledged ? -1 : command->offset;

    if (request == NULL)
        return;
    request->let_go = NULL;
    let_go(command);
    wish->then(request, outcome, offset, wish->context);
}

static void arm(struct command *command, int64_t wait_ms)
{
    struct timeval wait = {wait_ms / 1000, wait_ms % 1000 * 1000};

    command->due_us = clock_steady_us() + wait_ms * 1000;
    evtimer_add(command->timer, &wait);
}

static void on_timer(evutil_socket_t fd, short what, void *context)
{
    struct command *command = context;

    (void)fd, (void)what;
    /* Time in which this process itself stood still is no patience: the acknowledgement may lie there unread. */
    if (command->unacknowledged && !command->failed && !command->stalled &&
        clock_steady_us() - command->due_us > STALL_MS * 1000) {
        command->stalled = true;
        arm(command, COMMAND_PATIENCE_S * 1000);
    } else if (command->impossible)
        finish(command, COMMAND_IMPOSSIBLE);
    else if (command->unacknowledged)
        finish(command, COMMAND_UNKNOWN);
    else
        finish(command, command->answered ? COMMAND_ANSWERED : COMMAND_ACCEPTED);
}

/* What happened leads to an end only from the loop, never from inside command_send. */
static void finish_soon(struct command *command)
{
    if (command->request)
        arm(command, 0);
}

static bool is_answer(const struct command *command, enum msg_type type, const void *body)
{
    int64_t offset = command->unacknowledged ? -1 : command->offset;

    return command->wish->answers(command->wish->context, type, body, offset);
}

/* --- the view ------------------------------------------------------------------------------------------------------- */

static void look(struct command *command);

static void on_look(struct request *request, const struct look *seen, void *context)
{
    struct command *command = context;

    (void)request;
    command->looking = false;
    CRASH_POINT("command-look.answered", "a command's view was read once: answered, not noted");
    if (command->request) {
        if (seen->cart && is_answer(command, MSG_CART_UPDATED, seen->cart))
            command->answered = true;
        for (size_t i = 0; i < seen->story.count; i++)
            if (is_answer(command, seen->story.items[i].type, seen->story.items[i].body))
                command->answered = true;
        if (command->answered || seen->away) /* nobody will wake us */
            finish_soon(command);
        else if (command->look_again)
            look(command);
    }
    drop_if_done(command);
}

/* Reads the view once; only when everything is acknowledged, so that nothing that answers is missed. */
static void look(struct command *command)
{
    if (command->unacknowledged || !command->subscribed || command->answered)
        return;
    command->look_again = command->looking;
    if (command->looking)
        return;
    command->looking = true;
    CRASH_POINT("command-look.before", "a command's view is read once: not begun yet");
    arena_clear(&command->arena);
    views_look_alone(command->commands->views, &command->arena, &command->wish->look, on_look, command);
}

static void on_heard(void *context, struct str message)
{
    struct command *command = context;
    struct arena arena;
    struct told told;

    if (message.ptr == NULL) {
        command->subscribed = true;
        look(command);
        return;
    }
    arena_init(&arena);
    if (views_read_wake(command->commands->views, command->wish->channel, message, &arena, &told) &&
        is_answer(command, told.type, told.body))
        command->answered = true;
    arena_release(&arena);
    if (command->answered && command->unacknowledged == 0)
        finish_soon(command);
}

/* --- writing -------------------------------------------------------------------------------------------------------- */

DEFINE_EFFECT(commanding, "command-say", "a record of a shopper's command is produced");

static void on_report(struct ticket *ticket, enum status status, int64_t offset)
{
    struct command *command = ((struct record_ticket *)ticket)->command;

    effect_answered(&commanding);
    command->unreported--;
    if (status == ST_OK) {
        command->unacknowledged--;
        if ((struct record_ticket *)ticket == &command->records[0])
            command->offset = offset;
    } else {
        command->failed = true;
        command->impossible = command->impossible || status == ST_REJECT;
    }
    if (command->request && command->unreported == 0) {
        if (command->failed || command->answered)
            finish_soon(command);
        else
            arm(command, COMMAND_VIEW_PATIENCE_MS);
        look(command);
    }
    drop_if_done(command);
}

/* The first record to be written is the last to be sent: what it needs is there before it. */
static void write_records(struct command *command)
{
    struct said *said[MAX_RECORDS];
    size_t count = 0;
    struct err err;

    for (struct said *one = command->wish->said; one && count < MAX_RECORDS; one = one->next)
        said[count++] = one;
    command->unacknowledged = count;
    while (count-- > 0) {
        enum status status;

        command->records[count] = (struct record_ticket){{on_report}, command};
        status = producer_say(command->commands->producer, &commanding, said[count], &command->records[count], &err);
        if (status == ST_OK) {
            command->unreported++;
            continue;
        }
        log_warning("a command could not be written: %s", err.text);
        command->failed = true;
        command->impossible = status == ST_REJECT;
        finish_soon(command);
        return;
    }
}

void command_send(struct commands *commands, struct request *request, const struct command_wish *wish)
{
    struct command *command = calloc(1, sizeof *command);

    if (command == NULL)
        abort();
    *command = (struct command){.commands = commands, .request = request, .wish = wish, .offset = -1, .in_send = true};
    LIST_INSERT_HEAD(&commands->open, command, link);
    arena_init(&command->arena);
    command->timer = evtimer_new(commands->base, on_timer, command);
    if (command->timer == NULL)
        abort();
    request->let_go = let_go;
    request->waiter = command;
    command->wait = wait_begin(commands->waits, wish->channel, on_heard, command);
    arm(command, wish->said || wish->patient ? COMMAND_PATIENCE_S * 1000 : COMMAND_VIEW_PATIENCE_MS);
    write_records(command);
    command->in_send = false;
}
