/* own_password.c - counted first, then read, then hashed beside the loop. */
#include "gateway/own_password.h"

#include "gateway/accounts/statements.h"

static void on_checked(void *context, const struct hashing *hashing)
{
    struct signing *signing = context;

    if (!signing_goes_on(signing))
        return;
    if (hashing == NULL)
        signing_is_away(signing);
    else
        signing->checked(signing, hashing->same);
}

static void on_kept(void *context, enum status status, PGresult *const *results)
{
    struct signing *signing = context;

    if (!signing_goes_on(signing))
        return;
    if (status != ST_OK || PQntuples(results[0]) != 1 ||
        !password_read(result_text(results[0], 0, 1), &signing->kept)) {
        signing_is_away(signing);
        return;
    }
    signing->kept_text = arena_copy(&signing->arena, result_text(results[0], 0, 1));
    signing_ask(signing);
    if (!hasher_check(signing->accounts->hasher, form_value(&signing->visit->request->form, "current_password"),
                      &signing->kept, on_checked, signing)) {
        signing->pending--;
        signing_is_busy(signing);
    }
}

static void on_counted(void *context, int64_t wait_s)
{
    struct signing *signing = context;
    struct question *question;

    if (!signing_goes_on(signing))
        return;
    if (wait_s > 0) {
        signing_is_limited(signing, wait_s);
        return;
    }
    question = question_new();
    question_text(question, question_add(question, &account_by_user), signing->user_id);
    signing_ask(signing);
    book_ask(signing->accounts->book, READS, question, on_kept, signing);
}

struct str own_password_complaint(const struct visit *visit)
{
    struct str current = form_value(&visit->request->form, "current_password");

    if (current.len == 0 || current.len > PASSWORD_MAX_BYTES)
        return STR("Please type the password so far.");
    return (struct str){NULL, 0};
}

void own_password(struct visit *visit, void (*fail)(struct signing *, unsigned, struct str),
                  void (*then)(struct signing *signing, bool same))
{
    struct signing *signing = signing_new(visit, fail);

    signing->checked = then;
    signing->user_id = arena_copy(&signing->arena, visit->user_id);
    signing->tried[0] = (struct tries_key){arena_printf(&signing->arena, "change:" STR_FMT, STR_ARG(visit->user_id)),
                                           signing->accounts->settings.tries_per_account};
    signing->tried_count = 1;
    signing_try(signing, on_counted);
}
