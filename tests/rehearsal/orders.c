/* orders.c - every order in which messages may arrive: one play after the other, each choosing differently.
 *
 * A play asks the chooser at each point where something could come next. The chooser replays what it chose before and
 * takes the next unexplored branch at the end, so nothing of a play need be saved or undone. */
#include "tests/rehearsal/rehearsal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/rehearsal/inside.h"

enum { DEPTH_MAX = 128, STANDARD_LIMIT = 200000, SAMPLED_PART = 10 };

struct chooser {
    size_t taken[DEPTH_MAX], of[DEPTH_MAX];
    size_t depth, known;
    bool at_random;
    uint64_t seed;
};

/* 0 .. options - 1 */
static size_t choose(struct chooser *chooser, size_t options)
{
    if (options == 1)
        return 0;
    if (chooser->at_random) {
        chooser->seed ^= chooser->seed << 13;
        chooser->seed ^= chooser->seed >> 7;
        chooser->seed ^= chooser->seed << 17;
        return (size_t)(chooser->seed % options);
    }
    assert_true(chooser->depth < DEPTH_MAX);
    if (chooser->depth == chooser->known) {
        chooser->taken[chooser->known] = 0;
        chooser->of[chooser->known++] = options;
    }
    return chooser->taken[chooser->depth++];
}

/* False when all was explored. */
static bool next_branch(struct chooser *chooser)
{
    chooser->depth = 0;
    if (chooser->at_random)
        return true;
    while (chooser->known > 0) {
        size_t last = chooser->known - 1;

        if (++chooser->taken[last] < chooser->of[last])
            return true;
        chooser->known--;
    }
    return false;
}

/* One play: what was heard so far, in order. */
struct played {
    const struct msg *heard[DEPTH_MAX];
    size_t count;
    bool repeated;
};

static void hear(struct rehearsal *r, struct played *played, const struct msg *msg)
{
    assert_true(played->count < DEPTH_MAX);
    played->heard[played->count++] = msg;
    rehearsal_deliver(r, msg);
}

static struct kept_reminder *nth_reminder(struct rehearsal *r, unsigned rings, size_t n)
{
    for (struct kept_reminder *kept = r->reminders; kept; kept = kept->next)
        if (kept->due_ms != INT64_MIN && kept->rung < rings && n-- == 0)
            return kept;
    return NULL;
}

static size_t count_reminders(struct rehearsal *r, unsigned rings)
{
    size_t count = 0;

    while (nth_reminder(r, rings, count))
        count++;
    return count;
}

/* One more message, or none: false when the play is over. */
static bool go_on(struct rehearsal *r, const struct every_order *every, struct chooser *chooser, struct played *played)
{
    size_t reminders = count_reminders(r, every->rings);
    size_t repeats = every->repeats && !played->repeated ? played->count : 0;
    size_t stop = r->later_count == 0;
    size_t options = stop + r->later_count + reminders + repeats, n;

    n = choose(chooser, options);
    if (stop && n == 0)
        return false;
    n -= stop;
    if (n < r->later_count) {
        const struct msg *msg = r->later[n];

        memmove(&r->later[n], &r->later[n + 1], (--r->later_count - n) * sizeof(r->later[0]));
        hear(r, played, msg);
    } else if (n < r->later_count + reminders) {
        hear(r, played, rehearsal_ringing(r, nth_reminder(r, every->rings, n - r->later_count)));
    } else {
        played->repeated = true;
        hear(r, played, played->heard[n - r->later_count - reminders]);
    }
    return true;
}

static void fail_with_order(const struct played *played, const char *sentence)
{
    print_error("in this order:");
    for (size_t i = 0; i < played->count; i++) {
        char id[ID_TEXT_LEN + 1];

        id_write(&played->heard[i]->id, id);
        print_error(" %s(%.4s)", msg_type_name(played->heard[i]->type), id);
    }
    print_error("\n");
    fail_msg("%s", sentence);
}

static void play_once(struct rehearsal *r, const struct every_order *every, struct chooser *chooser)
{
    struct played played = {.count = 0};
    const char *wrong;

    rehearsal_clear(r);
    if (every->setup)
        every->setup(r);
    for (size_t i = 0; i < every->count; i++)
        rehearsal_later(r, &every->messages[i]);
    while (go_on(r, every, chooser, &played))
        continue;
    wrong = every->check(r, every->context);
    if (wrong)
        fail_with_order(&played, wrong);
}

size_t rehearsal_every_order(struct rehearsal *r, const struct every_order *every)
{
    struct chooser *chooser = calloc(1, sizeof(*chooser));
    size_t limit = every->limit ? every->limit : STANDARD_LIMIT, count = 0;

    assert_non_null(chooser);
    do {
        if (count == limit) {
            chooser->at_random = true;
            chooser->seed = 0x9e3779b97f4a7c15;
        }
        play_once(r, every, chooser);
        count++;
    } while (next_branch(chooser) && count < limit + limit / SAMPLED_PART);
    free(chooser);
    return count;
}

const char *rehearsal_same_outcome(struct rehearsal *r, void *context)
{
    struct str outcome = rehearsal_outcome(r), *first = context;
    char *copy;

    if (first->ptr && str_equal(*first, outcome))
        return NULL;
    if (first->ptr) {
        print_error("the first order's outcome:\n" STR_FMT "and this one's:\n" STR_FMT, STR_ARG(*first),
                    STR_ARG(outcome));
        return "another outcome than the first order's";
    }
    copy = malloc(outcome.len + 1);
    assert_non_null(copy);
    if (outcome.len > 0)
        memcpy(copy, outcome.ptr, outcome.len);
    *first = (struct str){copy, outcome.len};
    return NULL;
}
