/* own_mail.c - one question to the accounts' database, and no long wait: pages do without the answer. */
#include "gateway/own_mail.h"

#include <stdlib.h>

#include "gateway/accounts/statements.h"

enum { PATIENCE_S = 1 };

struct mail_asking {
    struct visit *visit; /* NULL: nobody waits any more */
    struct accounts *accounts;
    own_mail_fn *then;
    struct event *patience;
};

static void let_go(void *waiter)
{
    struct mail_asking *asking = waiter;

    asking->visit = NULL;
    evtimer_del(asking->patience);
}

static void answer(struct mail_asking *asking, struct str mail)
{
    struct visit *visit = asking->visit;

    visit->request->let_go = NULL;
    let_go(asking);
    asking->then(visit, mail);
}

static void on_patience(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what;
    answer(context, (struct str){NULL, 0});
}

static void on_account(void *context, enum status status, PGresult *const *results)
{
    struct mail_asking *asking = context;
    struct str mail = {NULL, 0};

    if (asking->visit) {
        if (status == ST_OK && PQntuples(results[0]) == 1)
            mail = mailbox_open(&asking->accounts->mailboxes, result_text(results[0], 0, 0), asking->visit->user_id,
                                asking->visit->arena);
        answer(asking, mail);
    }
    event_free(asking->patience);
    free(asking);
}

void own_mail(struct visit *visit, own_mail_fn *then)
{
    struct accounts *accounts = &visit->gateway->accounts;
    struct timeval patience = {PATIENCE_S, 0};
    struct mail_asking *asking;
    struct question *question;

    if (visit->member == NULL || !book_is_there(accounts->book)) {
        then(visit, (struct str){NULL, 0});
        return;
    }
    asking = calloc(1, sizeof *asking);
    if (asking == NULL)
        abort();
    *asking = (struct mail_asking){.visit = visit, .accounts = accounts, .then = then};
    asking->patience = evtimer_new(visit->gateway->commands.base, on_patience, asking);
    if (asking->patience == NULL || evtimer_add(asking->patience, &patience))
        abort();
    visit->request->let_go = let_go;
    visit->request->waiter = asking;
    question = question_new();
    question_text(question, question_add(question, &account_by_user), visit->user_id);
    book_ask(accounts->book, READS, question, on_account, asking);
}
