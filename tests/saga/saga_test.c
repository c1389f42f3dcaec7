/* saga_test.c - thousands of stories of a whole shop: whatever happens in whatever order, all books are right at the end. */
/* links: tests/saga services/cart/cart.c services/cart/basket.c services/cart/adopt.c services/cart/store.c services/checkout/checkout.c */
/* links: services/checkout/adopt.c services/checkout/terms.c services/checkout/store.c services/catalog/catalog.c services/catalog/reservation.c */
/* links: services/catalog/store.c services/payment/payment.c services/payment/ask.c services/payment/held.c services/payment/adopt.c */
/* links: services/payment/store.c services/shipping/shipping.c services/shipping/tracking.c services/shipping/tariff.c */
/* links: services/shipping/carriers.c services/shipping/adopt.c services/shipping/store.c services/email/email.c services/email/store.c msg base */
/* SEEDS=n how many, SEED=n the first; STORY=1 tells SEED's story. README.md says more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/saga/books.h"
#include "tests/saga/sabotage.h"

#ifdef __SANITIZE_ADDRESS__
enum { SEEDS = 2000 };
#else
enum { SEEDS = 8000 };
#endif

static struct world world;

static uint64_t number_of(const char *name, uint64_t unsaid)
{
    const char *text = getenv(name);

    return text && *text ? strtoull(text, NULL, 10) : unsaid;
}

/* False when something is wrong. sabotage may be NULL. */
static bool tell(uint64_t seed, const struct sabotage *sabotage)
{
    world_init(&world, seed);
    if (sabotage)
        sabotage_apply(&world, sabotage);
    world_run(&world);
    if (world.wrong.len == 0)
        books_check(&world);
    if (world.wrong.len == 0 && !sabotage)
        loss_of_each(&world);
    return world.wrong.len == 0;
}

static void fail_with_story(void)
{
    struct str key = world.wrong_key;

    printf("\nseed %llu, " STR_FMT ": " STR_FMT "\n", (unsigned long long)world.seed, STR_ARG(key),
           STR_ARG(world.wrong));
    story_print(&world, key);
    fail_msg("seed %llu, " STR_FMT ": " STR_FMT, (unsigned long long)world.seed, STR_ARG(key), STR_ARG(world.wrong));
}

static void print_outcomes(void)
{
    printf("placed %zu, confirmed %zu;", outcomes.placed, outcomes.confirmed);
    for (size_t i = 1; i <= CANCEL_REASON_OVERDUE; i++)
        printf(" %s %zu", cancel_reason_name((enum cancel_reason)i), outcomes.cancelled[i]);
    printf("; not placed:");
    for (size_t i = 1; i <= REJECT_REASON_CANCELLED_FIRST; i++)
        printf(" %s %zu", reject_reason_name((enum reject_reason)i), outcomes.rejected[i]);
    printf(
        "\nrefunds %zu, voids %zu, recalls %zu, releases %zu, mails that failed %zu, cancellations refused %zu, carts expired %zu\n",
        outcomes.refunds, outcomes.voids, outcomes.recalls, outcomes.releases, outcomes.mails_failed,
        outcomes.cancels_refused, outcomes.carts_expired);
    printf(
        "turns %zu, crashes %zu, rollbacks %zu, readers set back %zu, parked %zu, repeats dropped %zu, deadlines %zu, answers lost "
        "%zu\n",
        tally.picks, tally.crashes, tally.rollbacks, tally.forgotten, tally.parked, tally.repeats_dropped,
        tally.deadlines, tally.answers_lost);
}

/* Rules that no story came to. */
static void print_unseen(void)
{
    for (size_t lane = 0; lane < lane_info_count; lane++)
        for (size_t i = 0; i < lane_infos[lane].rules->rule_count; i++) {
            const struct rule *rule = &lane_infos[lane].rules->table[i];

            if (tally_of_rule(lane, i) == 0)
                printf("not seen: %s, %s hears %s: %s\n", lane_infos[lane].rules->name,
                       lane_infos[lane].rules->states[rule->state], msg_type_name(rule->hears), rule->because);
        }
}

static void all_books_are_right_at_the_end_of_every_story(void **state)
{
    uint64_t first = number_of("SEED", 1), count = number_of("SEEDS", SEEDS);

    (void)state;
    for (uint64_t seed = first; seed < first + count; seed++) {
        if (!tell(seed, NULL))
            fail_with_story();
        tally.picks += world.picks;
        world_release(&world);
    }
    print_outcomes();
    print_unseen();
}

/* Everything in the story, as one id. */
static struct id digest(uint64_t seed)
{
    struct id id = {.bytes = "the whole story"};

    tell(seed, NULL);
    for (const struct note *note = world.notes; note; note = note->next) {
        id = id_named(&id, str_of(note->verb));
        id = id_named(&id, note->key);
        id = id_named(&id, note->value);
        id.bytes[0] ^= (uint8_t)note->time_ms;
    }
    world_release(&world);
    return id;
}

static void the_same_seed_tells_the_same_story(void **state)
{
    struct id first = digest(1), other = digest(2), again = digest(1);

    (void)state;
    assert_true(id_equal(&first, &again));
    assert_false(id_equal(&first, &other));
}

/* --- does it bite? ------------------------------------------------------------------------------------------------- */

/* How many stories it takes until a book is wrong; 0: none of them does it. */
static uint64_t find(const struct sabotage *sabotage)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        bool well = tell(seed, sabotage);

        if (!well)
            printf("%5llu  %s: " STR_FMT "\n", (unsigned long long)seed, sabotage->name, STR_ARG(world.wrong));
        world_release(&world);
        if (!well)
            return seed;
    }
    return 0;
}

static void every_sabotage_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < sabotage_count; i++)
        if (find(&sabotages[i]) == 0)
            fail_msg("%s, and %d stories all ended well", sabotages[i].name, SEEDS);
}

/* MUTANTS=1: each rule that does something does nothing, one after the other. For a person to read: some are only the
 * second line of defence. */
static int try_mutants(void)
{
    for (size_t lane = 0; lane < lane_info_count; lane++)
        for (size_t i = 0; i < lane_infos[lane].rules->rule_count; i++) {
            const struct rule *rule = &lane_infos[lane].rules->table[i];
            const struct sabotage nothing = {
                .name = rule->because, .rules = lane_infos[lane].rules, .state = rule->state, .hears = rule->hears};

            if (!rule->then)
                continue;
            printf("%s, %s hears %s:\n", lane_infos[lane].rules->name, lane_infos[lane].rules->states[rule->state],
                   msg_type_name(rule->hears));
            if (find(&nothing) == 0)
                printf("       %s: not found out\n", rule->because);
        }
    return 0;
}

/* STORY=1: all of it; STORY=<order, user or product>: what concerns it. */
static int tell_one(const char *whose)
{
    bool well = tell(number_of("SEED", 1), NULL);

    story_print(&world, strcmp(whose, "1") == 0 ? (struct str){0} : str_of(whose));
    if (!well)
        printf(STR_FMT ": " STR_FMT "\n", STR_ARG(world.wrong_key), STR_ARG(world.wrong));
    world_release(&world);
    return well ? 0 : 1;
}

int main(void)
{
    const char *story = getenv("STORY");

    if (getenv("MUTANTS"))
        return try_mutants();
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_books_are_right_at_the_end_of_every_story),
                                       cmocka_unit_test(the_same_seed_tells_the_same_story),
                                       cmocka_unit_test(every_sabotage_is_found)};

    if (story && *story)
        return tell_one(story);
    return cmocka_run_group_tests_name("saga", tests, NULL, NULL);
}
