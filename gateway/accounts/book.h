/* book.h - the accounts' database: questions to Postgres, answered one after the other in the loop. Accounts and sessions are
 * not folded from anything: this is their source.
 *
 * Postgres may be away: then a question is answered at once with ST_RETRY, and whoever asked says so to a person. */
#ifndef GATEWAY_ACCOUNTS_BOOK_H
#define GATEWAY_ACCOUNTS_BOOK_H

#include "base/arena.h"
#include "store/columns.h"
#include "store/pg.h"

struct book;

/* url as for pg_open: ST_FATAL when it cannot be read. */
enum status book_open(struct event_base *base, const char *url, struct book **book, struct err *err) must_check;

/* What is still asked is answered with ST_RETRY. */
void book_close(struct book *book);

/* For /readyz. */
bool book_ready(void *book, struct err *why);

/* Whether it is there, as far as anybody knows. */
bool book_is_there(const struct book *book);

enum { BOOK_MAX_STATEMENTS = 4 };

/* results: one per statement, unless status is not ST_OK. Valid during the call. */
typedef void book_answer_fn(void *context, enum status status, PGresult *const *results);

/* A question: its statements are one transaction. */
struct question;

struct question *question_new(void);

/* What its parameters are made in; lives until the answer. */
struct arena *question_arena(struct question *question);

/* Adds a statement; its parameters are then added to what is returned. statement lives for ever. */
struct pg_params *question_add(struct question *question, const struct pg_statement *statement);

/* The next parameter: a text, copied. */
void question_text(struct question *question, struct pg_params *params, struct str text);

/* Takes the question. answer is called once, never before book_ask returned. */
void book_ask(struct book *book, const struct effect *effect, struct question *question, book_answer_fn *answer,
              void *context);

#endif
