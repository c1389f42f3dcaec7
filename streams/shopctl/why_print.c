/* why_print.c - the story, as text for people and as JSON for programs. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "streams/shopctl/shopctl.h"
#include "streams/shopctl/why.h"
#include "streams/shopctl/words.h"

/* --- for people --------------------------------------------------------------------------------------------------- */

static struct str cause_text(const struct told *told)
{
    static const struct id none;

    if (told->dead)
        return STR("");
    if (told->cause)
        return str_of(msg_type_name(told->cause->msg.type));
    if (id_equal(&told->msg.causation, &told->msg.id) || id_equal(&told->msg.causation, &none))
        return STR("somebody's wish");
    return STR("an answer or a deadline");
}

static void print_story(struct why *why)
{
    static const char *const head[] = {"when (UTC)", "who", "said", "because of", "what", "not heard by"};
    struct words_table table;

    words_table_init(&table, &why->arena, head, 6);
    for (size_t i = 0; i < why->told_count; i++) {
        const struct told *told = &why->told[i];
        const char *type = told->msg.type == MSG_UNKNOWN ? "(no message)" : msg_type_name(told->msg.type);

        words_cell(&table, words_time(told->msg.time_ms, &why->arena));
        words_cell(&table, told->dead ? STR("dead letter") : str_of(told->writer));
        words_cell(&table, told->dead ? str_of(told->topic) : str_of(type));
        words_cell(&table, cause_text(told));
        words_cell(&table, told->dead                      ? told->why_dead
                           : told->msg.type == MSG_UNKNOWN ? STR("bytes that nobody here can read")
                                                           : why_detail(&told->msg, &why->arena));
        words_cell(&table, told->unheard);
    }
    words_table_print(&table);
}

static bool is_telling(const json_t *value)
{
    return !json_is_null(value) && !json_is_false(value) &&
           !(json_is_integer(value) && json_integer_value(value) == 0) &&
           !(json_is_string(value) && json_string_length(value) == 0);
}

/* On one line. */
static struct str value_text(const json_t *value, struct arena *arena)
{
    char *plain = json_is_string(value) ? strdup(json_string_value(value)) : json_dumps(value, JSON_ENCODE_ANY);
    struct str text;

    for (char *c = plain; c && *c; c++)
        if (*c == '\n')
            *c = c[1] ? ';' : '\0';
    text = arena_copy(arena, str_of(plain));
    free(plain);
    return text;
}

/* "amount_minor 1798, currency USD": what is not empty. */
static struct str row_text(const json_t *row, struct arena *arena)
{
    struct str text = {0}, shown;
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)row, name, value)
    {
        if (!is_telling(value) || strcmp(name, "part") == 0)
            continue;
        shown = value_text(value, arena);
        text = arena_printf(arena, STR_FMT "%s%s " STR_FMT, STR_ARG(text), text.len ? ", " : "", name, STR_ARG(shown));
    }
    return text;
}

static void print_waiting(const struct witness *witness, struct arena *arena)
{
    const char *name = witness->database->name;
    struct str when;

    for (int row = 0; row < PQntuples(witness->deadlines); row++) {
        struct str type = database_text(witness->deadlines, row, 0);

        when = words_time(database_long(witness->deadlines, row, 1), arena);
        printf("%-10s deadline " STR_FMT ", due " STR_FMT "%s: %s\n", name, STR_ARG(type), STR_ARG(when),
               PQgetvalue(witness->deadlines, row, 2)[0] == 't' ? " when all before it is heard" : "",
               why_outcome(type));
    }
    for (int row = 0; row < PQntuples(witness->parked); row++) {
        when = words_time(database_long(witness->parked, row, 3), arena);
        printf("%-10s parked %s (%s, offset %s) since " STR_FMT "%s: %s\n", name, PQgetvalue(witness->parked, row, 1),
               PQgetvalue(witness->parked, row, 0), PQgetvalue(witness->parked, row, 4), STR_ARG(when),
               PQgetvalue(witness->parked, row, 5)[0] == 't' ? ", to be heard again" : "",
               PQgetvalue(witness->parked, row, 2));
    }
    for (int row = 0; row < PQntuples(witness->outbox); row++)
        printf("%-10s has decided %s, and Kafka has not taken it (%s)\n", name, PQgetvalue(witness->outbox, row, 1),
               PQgetvalue(witness->outbox, row, 0));
}

static void print_witnesses(struct why *why)
{
    puts("");
    for (size_t i = 0; i < why->witness_count; i++) {
        const struct witness *witness = &why->witnesses[i];
        const struct role *role = witness->role;

        if (!witness->database->link) {
            printf("%-10s is away: %s\n", witness->database->name, witness->database->why.text);
            continue;
        }
        if (role && witness->state >= 0) {
            struct str row = row_text(witness->row, &why->arena);

            printf("%-10s %s%s" STR_FMT "\n", role->service,
                   (size_t)witness->state < role->state_count ? role->states[witness->state].name : "(a newer state)",
                   row.len ? ": " : "", STR_ARG(row));
        } else if (role) {
            printf("%-10s knows nothing of it\n", role->service);
        }
        print_waiting(witness, &why->arena);
    }
}

static void print_next(struct why *why)
{
    int64_t left_ms = why->due_ms - clock_wall_ms();
    struct str when = words_time(why->due_ms, &why->arena);
    struct str span = words_span(left_ms < 0 ? -left_ms : left_ms, &why->arena);

    if (!why->due_ms)
        return;
    printf("What happens next, at the latest: at " STR_FMT " (%s" STR_FMT "%s)\n  " STR_FMT ".\n", STR_ARG(when),
           left_ms < 0 ? "" : "in ", STR_ARG(span), left_ms < 0 ? " ago" : "", STR_ARG(why->next));
    if (why->gives_up_ms <= why->due_ms)
        return;
    when = words_time(why->gives_up_ms, &why->arena);
    printf("If nothing else ends it: at " STR_FMT "\n  %s.\n", STR_ARG(when), why_outcome(STR("OrderOverdue")));
}

static void print_verdict(struct why *why)
{
    struct str when = words_time(why->end ? why->end->msg.time_ms : why->since_ms, &why->arena);
    struct str span;

    puts("");
    if (why->end)
        printf("It has ended: %s at " STR_FMT ".\n", msg_type_name(why->end->msg.type), STR_ARG(when));
    if (why->waits_for.len) {
        when = words_time(why->since_ms, &why->arena);
        span = words_span(clock_wall_ms() - why->since_ms, &why->arena);
        printf("It %swaits for " STR_FMT "\n  since " STR_FMT " (" STR_FMT ").\n", why->end ? "still " : "",
               STR_ARG(why->waits_for), STR_ARG(when), STR_ARG(span));
    } else if (why->end) {
        puts("It waits for nothing.");
    } else {
        puts("Nothing that was looked at says what it waits for.");
    }
    print_next(why);
}

void why_print(struct why *why)
{
    printf("Order " STR_FMT ", partition %d", STR_ARG(why->order), (int)why->part);
    printf(why->user.len ? ", of user " STR_FMT "\n\n" : "\n\n", STR_ARG(why->user));
    if (why->story_why.text[0])
        printf("The topics could not be read, so this is what the databases know: %s\n", why->story_why.text);
    if (why->told_count)
        print_story(why);
    print_witnesses(why);
    print_verdict(why);
}

/* --- for programs ------------------------------------------------------------------------------------------------- */

static json_t *text_json(struct str text)
{
    return json_stringn_nocheck(text.ptr ? text.ptr : "", text.len);
}

static json_t *told_json(const struct told *told, struct arena *arena)
{
    struct str body = told->msg.type == MSG_UNKNOWN ? STR("null") : msg_json(told->msg.type, told->msg.body, arena);

    return json_pack("{s:I, s:s, s:i, s:I, s:s, s:s, s:o, s:o, s:s, s:b, s:o, s:o, s:o}", "time_ms",
                     (json_int_t)told->msg.time_ms, "topic", told->topic, "partition", told->msg.partition, "offset",
                     (json_int_t)told->msg.offset, "writer", told->writer, "type", msg_type_name(told->msg.type), "id",
                     text_json(id_text(&told->msg.id, arena)), "causation",
                     text_json(id_text(&told->msg.causation, arena)), "because_of",
                     told->cause ? msg_type_name(told->cause->msg.type) : "", "dead", told->dead, "reason",
                     text_json(told->why_dead), "unheard_by", text_json(told->unheard), "body",
                     json_loadb(body.ptr, body.len, JSON_DECODE_ANY, NULL));
}

/* Rows as a list of objects; columns that end with _ms or are called offset are numbers. */
static json_t *rows_json(const PGresult *rows, const char *const *names)
{
    json_t *list = json_array();

    for (int row = 0; row < PQntuples(rows); row++) {
        json_t *object = json_object();

        for (int column = 0; names[column]; column++)
            json_object_set_new(object, names[column],
                                strstr(names[column], "_ms") || strcmp(names[column], "offset") == 0
                                    ? json_integer(database_long(rows, row, column))
                                    : json_string(PQgetvalue(rows, row, column)));
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *witness_json(const struct witness *witness)
{
    static const char *const deadline[] = {"type", "due_ms", "patient", NULL};
    static const char *const parked[] = {"topic", "type", "reason", "parked_ms", "offset", "again", NULL};
    static const char *const outbox[] = {"topic", "type", NULL};
    const struct role *role = witness->role;
    bool known = role && witness->state >= 0 && (size_t)witness->state < role->state_count;

    return json_pack("{s:s, s:b, s:s, s:s?, s:O?, s:o, s:o, s:o}", "service", witness->database->name, "away",
                     witness->database->link == NULL, "why", witness->database->why.text, "state",
                     known ? role->states[witness->state].name : NULL, "row", witness->row, "deadlines",
                     rows_json(witness->deadlines, deadline), "parked", rows_json(witness->parked, parked), "outbox",
                     rows_json(witness->outbox, outbox));
}

void why_print_json(struct why *why)
{
    json_t *messages = json_array(), *services = json_array(), *all;

    for (size_t i = 0; i < why->told_count; i++)
        json_array_append_new(messages, told_json(&why->told[i], &why->arena));
    for (size_t i = 0; i < why->witness_count; i++)
        json_array_append_new(services, witness_json(&why->witnesses[i]));
    all = json_pack("{s:o, s:i, s:o, s:s, s:s?, s:o, s:I, s:I, s:I, s:o, s:o, s:o}", "order", text_json(why->order),
                    "partition", why->part, "user", text_json(why->user), "topics_why", why->story_why.text, "end",
                    why->end ? msg_type_name(why->end->msg.type) : NULL, "waits_for", text_json(why->waits_for),
                    "since_ms", (json_int_t)why->since_ms, "gives_up_ms", (json_int_t)why->gives_up_ms, "due_ms",
                    (json_int_t)why->due_ms, "next", text_json(why->next), "messages", messages, "services", services);
    json_dumpf(all, stdout, JSON_INDENT(1));
    puts("");
    json_decref(all);
}
