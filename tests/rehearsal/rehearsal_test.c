/* rehearsal_test.c - the rehearsal itself: a small service with faults on demand, and that each fault is found. */
/* links: tests/rehearsal msg base */
#include "tests/rehearsal/rehearsal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "msg/say.h"

/* A lamp: on, or broken for good. Its messages are borrowed from the shop. */
enum { LAMP_OFF, LAMP_ON, LAMP_BROKEN };

struct lamp {
    struct row row;
    int32_t heard; /* how often anything was heard */
};

static struct {
    bool forgets; /* the last message decides, not the first */
    bool counts;  /* says how often it was asked, which is another content at each repetition */
} faults;

static void switch_on(struct step *step, void *row)
{
    struct lamp *lamp = row;

    lamp->heard++;
    lamp->row.state = LAMP_ON;
    say_restocked(step, &(struct restocked){lamp->row.key, faults.counts ? lamp->heard : 1});
    step_remind(step, MSG_PRODUCT_DUE, lamp->row.key, step->now_ms + 1000);
}

static void burn_out(struct step *step, void *row)
{
    struct lamp *lamp = row;

    lamp->row.state = faults.forgets && lamp->row.state == LAMP_ON ? LAMP_OFF : LAMP_BROKEN;
    step_forget(step, MSG_PRODUCT_DUE, lamp->row.key);
}

static void switch_off(struct step *step, void *row)
{
    struct lamp *lamp = row;

    (void)step;
    lamp->row.state = LAMP_OFF;
}

// clang-format off
static const struct rule table[] = {
    { LAMP_OFF,    MSG_RESTOCK,        switch_on,  "light" },
    { LAMP_OFF,    MSG_RETIRE_PRODUCT, burn_out,   "too old" },
    { LAMP_OFF,    MSG_PRODUCT_DUE,    NULL,       "is off" },
    { LAMP_ON,     MSG_RESTOCK,        switch_on,  "light again" },
    { LAMP_ON,     MSG_RETIRE_PRODUCT, burn_out,   "too old" },
    { LAMP_ON,     MSG_PRODUCT_DUE,    switch_off, "long enough" },
    { LAMP_BROKEN, MSG_RESTOCK,        NULL,       "broken" },
    { LAMP_BROKEN, MSG_RETIRE_PRODUCT, NULL,       "broken" },
    { LAMP_BROKEN, MSG_PRODUCT_DUE,    NULL,       "broken" },
};
// clang-format on

static const char *const states[] = {"off", "on", "broken"};
static const struct rules lamp_rules = {"lamp", KIND_PRODUCT, states, 3, sizeof(struct lamp), table, 9, NULL, 0};

static const struct restock restock = {STR_INIT("lamp-1"), 1};
static const struct retire_product retire = {STR_INIT("lamp-1")};

static int setup(void **state)
{
    static struct rehearsal r;

    rehearsal_init(&r, &lamp_rules, NULL, NULL);
    faults.forgets = faults.counts = false;
    *state = &r;
    return 0;
}

static int teardown(void **state)
{
    rehearsal_release(*state);
    return 0;
}

/* Whether the test fails, in a process of its own that keeps quiet. */
static bool fails(CMUnitTestFunction test)
{
    pid_t child = fork();
    int status = 0;

    assert_true(child >= 0);
    if (child == 0) {
        const struct CMUnitTest tests[] = {{"inner", test, setup, teardown, NULL}};

        if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
            _exit(99);
        _exit(cmocka_run_group_tests(tests, NULL, NULL));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_true(WEXITSTATUS(status) <= 1);
    return WEXITSTATUS(status) == 1;
}

static void keeps_rows_and_what_was_said(void **state)
{
    struct rehearsal *r = *state;
    const struct restocked *said;

    rehearsal_hear(r, MSG_RESTOCK, &restock, "a");
    assert_int_equal(rehearsal_state(r, restock.product_id), LAMP_ON);
    assert_int_equal(rehearsal_state(r, STR("lamp-2")), LAMP_OFF);
    assert_null(rehearsal_row(r, STR("lamp-2")));
    assert_int_equal(rehearsal_said(r, MSG_RESTOCKED), 1);
    said = rehearsal_last(r, MSG_RESTOCKED);
    assert_true(str_equal(said->product_id, restock.product_id));
    assert_null(rehearsal_last(r, MSG_PRICE_CHANGED));
    rehearsal_clear(r);
    assert_int_equal(rehearsal_said(r, MSG_RESTOCKED), 0);
    assert_int_equal(rehearsal_state(r, restock.product_id), LAMP_OFF);
}

static void the_same_name_is_the_same_message(void **state)
{
    struct rehearsal *r = *state;

    rehearsal_hear(r, MSG_RESTOCK, &restock, "a");
    rehearsal_hear(r, MSG_RESTOCK, &restock, "a");
    assert_int_equal(rehearsal_said(r, MSG_RESTOCKED), 1);
    rehearsal_hear(r, MSG_RESTOCK, &restock, "b");
    rehearsal_hear(r, MSG_RESTOCK, &restock, NULL);
    rehearsal_hear(r, MSG_RESTOCK, &restock, NULL);
    assert_int_equal(rehearsal_said(r, MSG_RESTOCKED), 4);
    assert_int_equal(((const struct lamp *)rehearsal_row(r, restock.product_id))->heard, 5);
    r->drops_repeats = true;
    rehearsal_hear(r, MSG_RESTOCK, &restock, "a");
    assert_int_equal(((const struct lamp *)rehearsal_row(r, restock.product_id))->heard, 5);
}

static void rings_what_is_set_and_nothing_else(void **state)
{
    struct rehearsal *r = *state;

    rehearsal_hear(r, MSG_RESTOCK, &restock, "a");
    assert_int_equal(rehearsal_due(r, MSG_PRODUCT_DUE, restock.product_id), REHEARSAL_START_MS + 1000);
    rehearsal_ring(r, MSG_PRODUCT_DUE, restock.product_id);
    assert_int_equal(rehearsal_state(r, restock.product_id), LAMP_OFF);
    assert_int_equal(r->now_ms, REHEARSAL_START_MS + 1000);
    assert_true(rehearsal_due(r, MSG_PRODUCT_DUE, restock.product_id) == INT64_MIN);
}

static void rings_twice(void **state)
{
    struct rehearsal *r = *state;

    rehearsal_hear(r, MSG_RESTOCK, &restock, "a");
    rehearsal_ring(r, MSG_PRODUCT_DUE, restock.product_id);
    rehearsal_ring(r, MSG_PRODUCT_DUE, restock.product_id);
}

static void says_the_same_differently(void **state)
{
    faults.counts = true;
    rehearsal_hear(*state, MSG_RESTOCK, &restock, "a");
    rehearsal_hear(*state, MSG_RESTOCK, &restock, "a");
}

static void hears_what_no_rule_knows(void **state)
{
    rehearsal_hear(*state, MSG_CHANGE_PRICE, &(struct change_price){STR("lamp-1"), 5}, "a");
}

static void checks_a_table_with_a_hole(void **state)
{
    struct rules holed = lamp_rules;

    (void)state;
    holed.rule_count--;
    rehearsal_is_total(&holed);
}

static void checks_a_table_with_two_answers(void **state)
{
    struct rule twice[10];
    struct rules doubled = lamp_rules;

    (void)state;
    memcpy(twice, table, sizeof(table));
    twice[9] = table[0];
    doubled.table = twice;
    doubled.rule_count = 10;
    rehearsal_is_total(&doubled);
}

static void checks_a_rule_without_a_reason(void **state)
{
    struct rule bare[9];
    struct rules barren = lamp_rules;

    (void)state;
    memcpy(bare, table, sizeof(table));
    bare[3].because = "";
    barren.table = bare;
    rehearsal_is_total(&barren);
}

static void checks_rules_of_which_none_ran(void **state)
{
    struct rule copies[9];
    struct rules idle = lamp_rules;

    (void)state;
    memcpy(copies, table, sizeof(table));
    idle.table = copies;
    rehearsal_all_rules_ran(&idle);
}

static void finds_the_faults(void **state)
{
    (void)state;
    assert_true(fails(rings_twice));
    assert_true(fails(says_the_same_differently));
    assert_true(fails(hears_what_no_rule_knows));
    assert_true(fails(checks_a_table_with_a_hole));
    assert_true(fails(checks_a_table_with_two_answers));
    assert_true(fails(checks_a_rule_without_a_reason));
    assert_true(fails(checks_rules_of_which_none_ran));
    assert_false(fails(keeps_rows_and_what_was_said));
}

static const struct play both[] = {{.type = MSG_RESTOCK, .body = &restock, .name = "a"},
                                   {.type = MSG_RETIRE_PRODUCT, .body = &retire, .name = "b"}};

static const char *is_broken(struct rehearsal *r, void *context)
{
    ++*(size_t *)context;
    return rehearsal_state(r, restock.product_id) == LAMP_BROKEN ? NULL : "it still works";
}

static void plays_every_order_once(void **state)
{
    const struct play three[] = {both[0], both[1], {.type = MSG_RESTOCK, .body = &restock, .name = "c"}};
    size_t seen = 0;
    struct every_order every = {.messages = both, .count = 2, .check = is_broken, .context = &seen};

    /* a b, b a; each with its first twice at two places and its second at one */
    assert_int_equal(rehearsal_every_order(*state, &every), 2);
    every.repeats = true;
    assert_int_equal(rehearsal_every_order(*state, &every), 2 * (1 + 2 + 1));
    /* six orders, each with 3 + 2 + 1 repetitions */
    every.messages = three;
    every.count = 3;
    assert_int_equal(rehearsal_every_order(*state, &every), 6 * (1 + 6));
    assert_int_equal(seen, 2 + 8 + 42);
    /* a deadline: b a (nothing to ring), a b, a b with it between; after b it is taken back */
    every = (struct every_order){.messages = both, .count = 2, .rings = 1, .check = is_broken, .context = &seen};
    assert_int_equal(rehearsal_every_order(*state, &every), 3);
    every.repeats = true;
    every.limit = 10;
    assert_int_equal(rehearsal_every_order(*state, &every), 11);
}

static void meets_a_lamp_that_forgets(void **state)
{
    size_t seen = 0;
    const struct every_order every = {.messages = both, .count = 2, .check = is_broken, .context = &seen};

    faults.forgets = true;
    rehearsal_every_order(*state, &every);
}

static void compares_outcomes_that_differ(void **state)
{
    struct str first = {0};
    const struct every_order every = {.messages = both, .count = 2, .check = rehearsal_same_outcome, .context = &first};

    rehearsal_every_order(*state, &every); /* light before it broke, or not */
}

static void finds_the_order_that_is_wrong(void **state)
{
    (void)state;
    assert_true(fails(meets_a_lamp_that_forgets));
    assert_true(fails(compares_outcomes_that_differ));
}

/* The pile: what an edge answers comes at any place. */
static void echo(struct rehearsal *r, const struct said *asked, const void *body)
{
    (void)asked;
    (void)body;
    rehearsal_later(r, &both[1]);
}

static void ask(struct step *step, void *row)
{
    switch_on(step, row);
    step_ask(step, MSG_RESTOCKED, &(struct restocked){STR("lamp-1"), 1});
}

static void plays_what_edges_answer(void **state)
{
    struct rehearsal *r = *state;
    struct rule asking[9];
    struct rules rules = lamp_rules;
    size_t seen = 0;
    struct every_order every = {.messages = both, .count = 1, .check = is_broken, .context = &seen};

    memcpy(asking, table, sizeof(table));
    asking[0].then = ask;
    rules.table = asking;
    rehearsal_init(r, &rules, NULL, NULL);
    r->answer = echo;
    rehearsal_hear(r, MSG_RESTOCK, &restock, "a");
    assert_int_equal(rehearsal_state(r, restock.product_id), LAMP_ON);
    assert_int_equal(rehearsal_asked(r, MSG_RESTOCKED), 1);
    assert_non_null(rehearsal_last_asked(r, MSG_RESTOCKED));
    rehearsal_settle(r);
    assert_int_equal(rehearsal_state(r, restock.product_id), LAMP_BROKEN);
    assert_int_equal(rehearsal_every_order(r, &every), 1);
    assert_int_equal(seen, 1);
}

/* A lamp that is on when it is paid for. */
static void hear_bill(struct step *step, void *row)
{
    const struct acquirer_answered *heard = step->heard->body;

    ((struct row *)row)->state = heard->answer == ACQUIRER_ANSWER_CHARGED ? LAMP_ON : LAMP_OFF;
    if (heard->answer == ACQUIRER_ANSWER_CHARGED)
        say_restocked(step, &(struct restocked){STR("lamp-1"), 1});
}

static void reports_which_answer_led_where(void **state)
{
    static const struct rule bill[] = {{LAMP_OFF, MSG_ACQUIRER_ANSWERED, hear_bill, "paid: light; else not"},
                                       {LAMP_ON, MSG_ACQUIRER_ANSWERED, NULL, "paid"}};
    static const struct adoption adoptions[] = {{MSG_RESTOCKED, NULL, "the lamp keeps nothing of it"}};
    static const struct rules rules = {"bill", KIND_ORDER, states, 2, sizeof(struct lamp), bill, 2, adoptions, 1};
    static const enum acquirer_answer answers[] = {ACQUIRER_ANSWER_VOIDED, ACQUIRER_ANSWER_DECLINED,
                                                   ACQUIRER_ANSWER_CHARGED};
    struct rehearsal *r = *state;
    char folder[] = "/tmp/rehearsal-XXXXXX", path[64], text[2048] = "";
    FILE *file;

    rehearsal_init(r, &rules, NULL, NULL);
    for (size_t i = 0; i < 3; i++)
        rehearsal_hear(r, MSG_ACQUIRER_ANSWERED,
                       &(struct acquirer_answered){.order_id = STR("lamp-1"), .answer = answers[i]}, NULL);
    assert_non_null(mkdtemp(folder));
    setenv("REHEARSAL_REPORT", folder, 1);
    rehearsal_all_rules_ran(&rules);
    unsetenv("REHEARSAL_REPORT");
    snprintf(path, sizeof(path), "%s/bill.md", folder);
    file = fopen(path, "r");
    assert_non_null(file);
    assert_true(fread(text, 1, sizeof(text) - 1, file) > 0);
    fclose(file);
    unlink(path);
    rmdir(folder);
    assert_non_null(strstr(text, "off --> on: AcquirerAnswered CHARGED (paid – light, else not), says Restocked\n"));
    assert_non_null(strstr(text, "| off | AcquirerAnswered DECLINED, VOIDED | off |  | paid: light; else not |\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keeps_rows_and_what_was_said, setup, teardown),
        cmocka_unit_test_setup_teardown(the_same_name_is_the_same_message, setup, teardown),
        cmocka_unit_test_setup_teardown(rings_what_is_set_and_nothing_else, setup, teardown),
        cmocka_unit_test(finds_the_faults),
        cmocka_unit_test_setup_teardown(plays_every_order_once, setup, teardown),
        cmocka_unit_test(finds_the_order_that_is_wrong),
        cmocka_unit_test_setup_teardown(plays_what_edges_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(reports_which_answer_led_where, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
