/* table.c - what can be said of a table of rules: that it is total, that each rule ran, and what it led to. */
#include "tests/rehearsal/rehearsal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "msg/shape.h"

enum { SEEN_MAX = 1024, SAID_MAX = 12 };

/* What was seen of a rule that led to one state: what was answered, and what it said and asked then. Ordered by rule,
 * state and type, so that the same runs in another order give the same report. */
struct seen {
    const struct rule *rule;
    int32_t becomes;
    uint64_t answers; /* a bit for each value of answer_field */
    enum msg_type said[SAID_MAX], asked[SAID_MAX];
    size_t said_count, asked_count;
};

static struct seen all_seen[SEEN_MAX];
static size_t seen_count;

/* The first of this rule whose state is not before this one; seen_count when there is none. */
static size_t seen_from(const struct rule *rule, int32_t becomes)
{
    size_t at = 0;

    while (at < seen_count &&
           (all_seen[at].rule < rule || (all_seen[at].rule == rule && all_seen[at].becomes < becomes)))
        at++;
    return at;
}

static bool was_seen(const struct rule *rule)
{
    size_t at = seen_from(rule, 0);

    return at < seen_count && all_seen[at].rule == rule;
}

static void note_type(enum msg_type *types, size_t *count, enum msg_type type)
{
    size_t at = 0;

    while (at < *count && types[at] < type)
        at++;
    if (at < *count && types[at] == type)
        return;
    assert_true(*count < SAID_MAX);
    memmove(&types[at + 1], &types[at], (*count - at) * sizeof(types[0]));
    types[at] = type;
    ++*count;
}

/* The enum of a message that tells what came of something, by the schemas' names for it. NULL when it has none. */
static const struct field *answer_field(enum msg_type type)
{
    const struct field *whole;

    if (msg_bodies[type].record == RECORD_COUNT)
        return NULL;
    whole = &msg_records[msg_bodies[type].record].whole;
    for (int32_t i = 0; i < whole->part_count; i++)
        if (whole->parts[i].store == STORE_ENUM &&
            (strcmp(whole->parts[i].name, "answer") == 0 || strcmp(whole->parts[i].name, "outcome") == 0))
            return &whole->parts[i];
    return NULL;
}

static void note_answer(struct seen *seen, const struct msg *heard)
{
    const struct field *field = answer_field(heard->type);
    int32_t value;

    if (!field || !heard->body)
        return;
    memcpy(&value, (const char *)heard->body + field->offset, sizeof(value));
    assert_in_range(value, 0, 63);
    seen->answers |= UINT64_C(1) << value;
}

void rehearsal_note(const struct rules *rules, const struct rule *rule, int32_t becomes, const struct step *step)
{
    size_t at = seen_from(rule, becomes);

    if (becomes < 0 || (size_t)becomes >= rules->state_count)
        fail_msg("%s: \"%s\" led to state %d, which has no name", rules->name, rule->because, (int)becomes);
    if (at == seen_count || all_seen[at].rule != rule || all_seen[at].becomes != becomes) {
        assert_true(seen_count < SEEN_MAX);
        memmove(&all_seen[at + 1], &all_seen[at], (seen_count++ - at) * sizeof(all_seen[0]));
        all_seen[at] = (struct seen){.rule = rule, .becomes = becomes};
    }
    note_answer(&all_seen[at], step->heard);
    for (const struct said *said = step->said; said; said = said->next)
        note_type(all_seen[at].said, &all_seen[at].said_count, said->type);
    for (const struct said *asked = step->asked; asked; asked = asked->next)
        note_type(all_seen[at].asked, &all_seen[at].asked_count, asked->type);
}

static size_t count_rules(const struct rules *rules, int32_t state, enum msg_type hears)
{
    size_t count = 0;

    for (size_t i = 0; i < rules->rule_count; i++)
        count += rules->table[i].state == state && rules->table[i].hears == hears;
    return count;
}

void rehearsal_is_total(const struct rules *rules)
{
    for (size_t i = 0; i < rules->rule_count; i++) {
        const struct rule *rule = &rules->table[i];

        if (rule->state < 0 || (size_t)rule->state >= rules->state_count)
            fail_msg("%s: a rule for %s names a state that does not exist", rules->name, msg_type_name(rule->hears));
        if (!rule->because || !*rule->because)
            fail_msg("%s: %s in %s has no reason", rules->name, msg_type_name(rule->hears), rules->states[rule->state]);
        for (size_t state = 0; state < rules->state_count; state++) {
            size_t count = count_rules(rules, (int32_t)state, rule->hears);

            if (count != 1)
                fail_msg("%s: %zu rules for %s in %s, not one", rules->name, count, msg_type_name(rule->hears),
                         rules->states[state]);
        }
    }
}

/* --- the report --------------------------------------------------------------------------------------------------- */

/* A colon or a semicolon would end the label. */
static void write_label(FILE *file, const char *text)
{
    for (; *text; text++) {
        if (*text == ':')
            fputs(" –", file);
        else
            fputc(*text == ';' ? ',' : *text, file);
    }
}

/* The message; and the answers that lead to this state, where others lead elsewhere. */
static void write_heard(FILE *file, const struct seen *seen)
{
    const struct field *field = answer_field(seen->rule->hears);
    size_t first = seen_from(seen->rule, 0);
    const char *before = " ";

    fprintf(file, "%s", msg_type_name(seen->rule->hears));
    if (!field || first + 1 >= seen_count || all_seen[first + 1].rule != seen->rule)
        return;
    for (int32_t i = 0; i < field->symbols->count; i++)
        if (seen->answers >> i & 1) {
            fprintf(file, "%s%s", before, field->symbols->names[i]);
            before = ", ";
        }
}

static void write_types(FILE *file, const char *before, const enum msg_type *types, size_t count)
{
    for (size_t i = 0; i < count; i++)
        fprintf(file, "%s%s", i ? ", " : before, msg_type_name(types[i]));
}

static void write_edges(FILE *file, const struct rules *rules, const struct rule *rule)
{
    for (size_t at = seen_from(rule, 0); at < seen_count && all_seen[at].rule == rule; at++) {
        const struct seen *seen = &all_seen[at];

        if (seen->becomes == rule->state && seen->said_count + seen->asked_count == 0)
            continue;
        fprintf(file, "    %s --> %s: ", rules->states[rule->state], rules->states[seen->becomes]);
        write_heard(file, seen);
        fprintf(file, " (");
        write_label(file, rule->because);
        fprintf(file, ")");
        write_types(file, ", says ", seen->said, seen->said_count);
        write_types(file, ", asks ", seen->asked, seen->asked_count);
        fprintf(file, "\n");
    }
}

static void write_diagram(FILE *file, const struct rules *rules)
{
    fprintf(file, "```mermaid\nstateDiagram-v2\n    [*] --> %s\n", rules->states[0]);
    for (size_t i = 0; i < rules->rule_count; i++)
        if (rules->table[i].then)
            write_edges(file, rules, &rules->table[i]);
    fprintf(file, "```\n\n");
}

static void write_rows(FILE *file, const struct rules *rules, const struct rule *rule)
{
    const char *state = rules->states[rule->state];

    if (!rule->then)
        fprintf(file, "| %s | %s | | | %s |\n", state, msg_type_name(rule->hears), rule->because);
    for (size_t at = seen_from(rule, 0); rule->then && at < seen_count && all_seen[at].rule == rule; at++) {
        const struct seen *seen = &all_seen[at];

        fprintf(file, "| %s | ", state);
        write_heard(file, seen);
        fprintf(file, " | %s | ", rules->states[seen->becomes]);
        write_types(file, "", seen->said, seen->said_count);
        write_types(file, seen->said_count ? "; asks " : "asks ", seen->asked, seen->asked_count);
        fprintf(file, " | %s |\n", rule->because);
    }
}

static void write_report(const char *folder, const struct rules *rules)
{
    char path[4096];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s.md", folder, rules->name);
    file = fopen(path, "w");
    if (!file)
        fail_msg("%s cannot be written", path);
    write_diagram(file, rules);
    fprintf(
        file,
        "<details>\n<summary>All %zu rules: every state, every message; a row for each state that one leads to</summary>\n\n",
        rules->rule_count);
    fprintf(file, "| when | hears | becomes | says | because |\n|---|---|---|---|---|\n");
    for (size_t i = 0; i < rules->rule_count; i++)
        write_rows(file, rules, &rules->table[i]);
    fprintf(file, "\n</details>\n");
    assert_int_equal(fclose(file), 0);
}

/* --- what a fold of it comes to ------------------------------------------------------------------------------------- */

static bool belongs_to(const struct seen *seen, const struct rules *rules)
{
    return seen->rule >= rules->table && seen->rule < rules->table + rules->rule_count;
}

static bool was_said(const struct rules *rules, enum msg_type type)
{
    for (size_t at = 0; at < seen_count; at++)
        for (size_t i = 0; belongs_to(&all_seen[at], rules) && i < all_seen[at].said_count; i++)
            if (all_seen[at].said[i] == type)
                return true;
    return false;
}

static bool all_derived; /* for the tables of this program */

void rehearsal_says_what_it_adds_up(void)
{
    all_derived = true;
}

/* Whatever the rules say a fold knows what to do with, or knows that nothing is to be done; and nothing else. */
static void adoptions_are_total(const struct rules *rules)
{
    for (size_t at = 0; at < seen_count && !all_derived; at++)
        for (size_t i = 0; belongs_to(&all_seen[at], rules) && i < all_seen[at].said_count; i++)
            if (!rules_adoption(rules, all_seen[at].said[i]))
                fail_msg("%s says %s (\"%s\"), and no adoption takes that over", rules->name,
                         msg_type_name(all_seen[at].said[i]), all_seen[at].rule->because);
    for (size_t i = 0; i < rules->adoption_count; i++) {
        const struct adoption *adoption = &rules->adoptions[i];

        if (!adoption->because || !*adoption->because)
            fail_msg("%s: the adoption of %s has no reason", rules->name, msg_type_name(adoption->said));
        if (rules_adoption(rules, adoption->said) != adoption)
            fail_msg("%s: two adoptions of %s", rules->name, msg_type_name(adoption->said));
        if (!was_said(rules, adoption->said))
            fail_msg("%s adopts %s, which no test has heard it say", rules->name, msg_type_name(adoption->said));
    }
}

void rehearsal_all_rules_ran(const struct rules *rules)
{
    const char *folder = getenv("REHEARSAL_REPORT");

    for (size_t i = 0; i < rules->rule_count; i++) {
        const struct rule *rule = &rules->table[i];

        if (rule->then && !was_seen(rule))
            fail_msg("%s: no test ran \"%s\" (%s in %s)", rules->name, rule->because, msg_type_name(rule->hears),
                     rules->states[rule->state]);
    }
    adoptions_are_total(rules);
    if (folder && *folder)
        write_report(folder, rules);
}
