/* book.c - a queue of questions before one connection. */
#include "gateway/accounts/book.h"

#include <stdlib.h>

#include "base/log.h"

enum { MAX_WAITING = 512 };

struct question {
    struct question *next;
    struct arena arena;
    size_t count;
    const struct pg_statement *statements[BOOK_MAX_STATEMENTS];
    struct pg_params *params[BOOK_MAX_STATEMENTS];
    const struct effect *effect;
    book_answer_fn *answer;
    void *context;
    bool refused;
};

struct book {
    struct pg *pg;
    struct question *asked, *first, **last;
    struct event *next;
    size_t waiting;
    bool complained;
};

static void ask_next(evutil_socket_t fd, short what, void *context);

enum status book_open(struct event_base *base, const char *url, struct book **book, struct err *err)
{
    struct book *opened = calloc(1, sizeof *opened);

    if (opened == NULL)
        abort();
    opened->last = &opened->first;
    opened->next = evtimer_new(base, ask_next, opened);
    if (opened->next == NULL)
        abort();
    *book = opened;
    return pg_open(base, url, "gateway", &opened->pg, err);
}

static void question_end(struct question *question, enum status status, PGresult *const *results)
{
    question->answer(question->context, status, results);
    arena_release(&question->arena);
    free(question);
}

void book_close(struct book *book)
{
    if (book == NULL)
        return;
    pg_close(book->pg);
    if (book->asked)
        question_end(book->asked, ST_RETRY, NULL);
    while (book->first) {
        struct question *question = book->first;

        book->first = question->next;
        question_end(question, ST_RETRY, NULL);
    }
    event_free(book->next);
    free(book);
}

bool book_ready(void *context, struct err *why)
{
    const struct book *book = context;

    return pg_ready(book->pg, why);
}

bool book_is_there(const struct book *book)
{
    return pg_connected(book->pg);
}

struct question *question_new(void)
{
    struct question *question = calloc(1, sizeof *question);

    if (question == NULL)
        abort();
    arena_init(&question->arena);
    return question;
}

struct arena *question_arena(struct question *question)
{
    return &question->arena;
}

struct pg_params *question_add(struct question *question, const struct pg_statement *statement)
{
    if (question->count == BOOK_MAX_STATEMENTS)
        abort();
    question->statements[question->count] = statement;
    question->params[question->count] = arena_new(&question->arena, struct pg_params);
    return question->params[question->count++];
}

void question_text(struct question *question, struct pg_params *params, struct str text)
{
    params_text(params, arena_copy(&question->arena, text));
}

/* --- one after the other -------------------------------------------------------------------------------------------------- */

static void go_on(struct book *book)
{
    struct timeval now = {0, 0};

    if (book->first && book->asked == NULL)
        evtimer_add(book->next, &now);
}

static void on_answer(void *context, enum status status, const struct pg_answer *answer, const struct err *err)
{
    struct book *book = context;
    struct question *question = book->asked;

    if (status != ST_OK && !book->complained)
        log_warning("the accounts: %s", err->text);
    book->complained = status != ST_OK;
    book->asked = NULL;
    question_end(question, status, answer->results);
    go_on(book);
}

static struct question *take(struct book *book)
{
    struct question *question = book->first;

    book->first = question->next;
    if (book->first == NULL)
        book->last = &book->first;
    book->waiting--;
    return question;
}

static void ask_next(evutil_socket_t fd, short what, void *context)
{
    struct book *book = context;
    struct question *question;

    (void)fd, (void)what;
    while (book->first && book->asked == NULL) {
        question = take(book);
        if (question->refused) {
            question_end(question, ST_RETRY, NULL);
            continue;
        }
        book->asked = question;
        for (size_t i = 0; i < question->count; i++)
            pg_add(book->pg, question->statements[i], question->params[i]);
        pg_send(book->pg, question->effect, on_answer, book);
    }
}

void book_ask(struct book *book, const struct effect *effect, struct question *question, book_answer_fn *answer,
              void *context)
{
    question->effect = effect;
    question->answer = answer;
    question->context = context;
    question->refused = book->waiting >= MAX_WAITING || !pg_connected(book->pg);
    question->next = NULL;
    *book->last = question;
    book->last = &question->next;
    book->waiting++;
    go_on(book);
}
