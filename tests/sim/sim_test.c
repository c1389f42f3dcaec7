/* sim_test.c - whole shops by seed, with the services' own runtime: whatever fails wherever, all books are right at the end. */
/* links: tests/sim tests/saga/world.c tests/saga/log.c tests/saga/outbox.c tests/saga/lanes.c tests/saga/outside.c */
/* links: tests/saga/hearsay.c tests/saga/shoppers.c tests/saga/books.c tests/saga/stock.c tests/saga/mails.c */
/* links: tests/saga/carts.c tests/saga/story.c tests/saga/sabotage.c services/cart/cart.c services/cart/basket.c services/cart/store.c */
/* links: services/checkout/checkout.c services/checkout/terms.c services/checkout/store.c services/catalog/catalog.c */
/* links: services/catalog/reservation.c services/catalog/store.c services/payment/payment.c services/payment/ask.c */
/* links: services/payment/adopt.c services/shipping/adopt.c services/cart/adopt.c services/checkout/adopt.c */
/* links: services/payment/held.c services/payment/store.c services/shipping/shipping.c services/shipping/tracking.c */
/* links: services/shipping/tariff.c services/shipping/carriers.c services/shipping/store.c services/email/email.c */
/* links: services/email/store.c run store msg base */
/* SEEDS=n how many, SEED=n the first; STORY=1 tells SEED's story; POINTS=1: who died where; ONLY_SEEDS=1: no more than these. README.md says more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "tests/saga/books.h"
#include "tests/saga/sabotage.h"
#include "tests/sim/sim.h"

#ifdef __SANITIZE_ADDRESS__
enum { SEEDS = 150 };
#else
enum { SEEDS = 1000 };
#endif

/* A process that dies in the middle of a function leaves behind what only that function knew of. */
int __lsan_is_turned_off(void);

int __lsan_is_turned_off(void)
{
    return 1;
}

static uint64_t number_of(const char *name, uint64_t unsaid)
{
    const char *text = getenv(name);

    return text && *text ? strtoull(text, NULL, 10) : unsaid;
}

static void print_sums(uint64_t count, uint64_t turns, double seconds)
{
    printf("%llu seeds, %llu turns, %.1f s of one core: %.0f seeds a second; %zu orders placed, %zu confirmed\n",
           (unsigned long long)count, (unsigned long long)turns, seconds, (double)count / seconds, outcomes.placed,
           outcomes.confirmed);
    for (int i = 0; i < SIM_FAULT_COUNT; i++)
        printf("%10llu  %s\n", (unsigned long long)sim_faults[i], sim_fault_texts[i]);
}

static void fail_with_seed(void)
{
    printf("\nseed %llu, " STR_FMT ": " STR_FMT "\n", (unsigned long long)sim.world.seed, STR_ARG(sim.world.wrong_key),
           STR_ARG(sim.world.wrong));
    fail_msg("seed %llu: " STR_FMT " (STORY=1 SEED=%llu tells it)", (unsigned long long)sim.world.seed,
             STR_ARG(sim.world.wrong), (unsigned long long)sim.world.seed);
}

static void all_books_are_right_after_faults_at_every_point(void **state)
{
    uint64_t first = number_of("SEED", 1), count = number_of("SEEDS", SEEDS), turns = 0;
    clock_t began = clock();

    (void)state;
    for (uint64_t seed = first; seed < first + count; seed++) {
        if (!sim_tell(seed, NULL))
            fail_with_seed();
        turns += sim.turns;
        sim_release();
    }
    if (getenv("POINTS"))
        points_print();
    sim_faults[SIM_ASKS_LOST] = tally.answers_lost;
    print_sums(count, turns, (double)(clock() - began) / CLOCKS_PER_SEC);
}

static struct id digest(uint64_t seed)
{
    struct id id = {.bytes = "the whole story"};

    sim_tell(seed, NULL);
    for (const struct note *note = sim.world.notes; note; note = note->next) {
        id = id_named(&id, str_of(note->verb));
        id = id_named(&id, note->key);
        id = id_named(&id, note->value);
        id.bytes[0] ^= (uint8_t)note->time_ms;
    }
    sim_release();
    return id;
}

static void the_same_seed_is_the_same_story(void **state)
{
    struct id first = digest(11), other = digest(12), again = digest(11);

    (void)state;
    assert_true(id_equal(&first, &again));
    assert_false(id_equal(&first, &other));
}

/* --- does it bite? ------------------------------------------------------------------------------------------------- */

static const struct {
    enum sim_spoilt spoilt;
    const char *name;
    bool in_every_build;
} spoilt[] = {{SIM_NO_OUTBOX, "the outbox is not written: what the process dies with is lost", true},
              {SIM_NO_FENCE, "an epoch is never raised: nobody's claim is in force", true},
              {SIM_NO_ROWS, "rows are not saved with the rest", true},
              {SIM_NO_DEADLINES, "deadlines are not saved with the rest", true},
              {SIM_NO_MEMORY, "neither the inbox nor positions are saved", true},
              /* Each of these is a second line of defence of the other. */
              {SIM_NO_INBOX, "the inbox remembers nothing", false},
              {SIM_NO_POSITIONS, "positions are not saved with the rest", false}};

/* How many seeds it takes; 0: none of them does it. */
static uint64_t find(const char *name, const struct sabotage *sabotage, enum sim_spoilt how, uint64_t most)
{
    for (uint64_t seed = 1; seed <= most; seed++) {
        bool well;

        sim_spoil = how;
        well = sim_tell(seed, sabotage);
        if (!well)
            printf("%5llu  %s: " STR_FMT "\n", (unsigned long long)seed, name, STR_ARG(sim.world.wrong));
        sim_release();
        sim_spoil = SIM_AS_IT_IS;
        if (!well)
            return seed;
    }
    printf("    -  %s: not found in %llu seeds\n", name, (unsigned long long)most);
    return 0;
}

static void a_spoilt_database_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(spoilt) / sizeof(spoilt[0]); i++)
        if (spoilt[i].in_every_build && find(spoilt[i].name, NULL, spoilt[i].spoilt, 200) == 0)
            fail_msg("%s, and all went well", spoilt[i].name);
}

/* The real inbox keeps a message that comes again from the rule, so these show only where it is spoilt as well. */
static const char *const behind_the_inbox[] = {"goods are set aside again", "a cart is emptied twice",
                                               "a mail is written twice"};

/* Of what the saga on paper alone does or has: each step twice, and inbox and outboxes of its own (ours are spoilt below). */
static const char *const of_the_saga_alone[] = {"a step is not the same twice", "the catalogue's inbox is forgotten",
                                                "a crash takes the outboxes"};

static bool is_among(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static bool is_missed(const struct sabotage *sabotage, uint64_t most)
{
    bool guarded = is_among(sabotage->name, behind_the_inbox, sizeof(behind_the_inbox) / sizeof(behind_the_inbox[0]));

    if (is_among(sabotage->name, of_the_saga_alone, sizeof(of_the_saga_alone) / sizeof(of_the_saga_alone[0])))
        return false;
    return find(sabotage->name, sabotage, guarded ? SIM_NO_INBOX : SIM_AS_IT_IS, most) == 0;
}

/* MUTANTS=word: those of the saga's mistakes, and of ours, that have it in their name; 1: all. Fails when one is not found. */
static int try_mutants(const char *word)
{
    uint64_t most = number_of("SEEDS", 3000);
    bool all = strcmp(word, "1") == 0, missed = false;

    for (size_t i = 0; i < sabotage_count; i++)
        if (all || strstr(sabotages[i].name, word))
            missed |= is_missed(&sabotages[i], most);
    for (size_t i = 0; i < sizeof(spoilt) / sizeof(spoilt[0]); i++)
        if (all || strstr(spoilt[i].name, word))
            missed |= find(spoilt[i].name, NULL, spoilt[i].spoilt, most) == 0 && spoilt[i].in_every_build;
    return missed;
}

static int tell_one(void)
{
    bool well;

    sim.loud = true;
    well = sim_tell(number_of("SEED", 1), NULL);
    if (strcmp(getenv("STORY"), "1") != 0)
        story_print(&sim.world, str_of(getenv("STORY")));
    if (!well)
        printf(STR_FMT ": " STR_FMT "\n", STR_ARG(sim.world.wrong_key), STR_ARG(sim.world.wrong));
    sim_release();
    return well ? 0 : 1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_books_are_right_after_faults_at_every_point),
                                       cmocka_unit_test(the_same_seed_is_the_same_story),
                                       cmocka_unit_test(a_spoilt_database_is_found)};
    const struct CMUnitTest tests_of_seeds[] = {cmocka_unit_test(all_books_are_right_after_faults_at_every_point)};
    const char *story = getenv("STORY");

    setenv("APP_KAFKA", "paper", 1);
    setenv("APP_DATABASE", "paper", 1);
    if (story && *story)
        return tell_one();
    if (getenv("MUTANTS"))
        return try_mutants(getenv("MUTANTS"));
    if (getenv("ONLY_SEEDS"))
        return cmocka_run_group_tests_name("sim", tests_of_seeds, NULL, NULL);
    return cmocka_run_group_tests_name("sim", tests, NULL, NULL);
}
