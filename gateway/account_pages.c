/* account_pages.c - /account, a new password, and the ways out. */
#include "gateway/accounts/signing.h"
#include "gateway/accounts/statements.h"
#include "gateway/ads.h"
#include "gateway/history.h"
#include "gateway/own_mail.h"
#include "gateway/own_password.h"
#include "gateway/pages.h"
#include "gateway/taste.h"
#include "pages/account.h"

enum { RECENT_ORDERS = 5 };

/* --- the page ------------------------------------------------------------------------------------------------------------- */

struct account_page {
    struct page_account page;
    unsigned status;
    struct str problem, current_error, fresh_error;
};

/* Without the book of accounts the page is shown all the same, and says what it lacks. */
static void on_mail(struct visit *visit, struct str mail)
{
    struct account_page *account = visit->more;

    account->page.mail = mail;
    account->page.site = visit_site(visit);
    render_account(&visit->request->out, &account->page);
    answer_page(visit->request, account->status);
}

static void on_before(struct visit *visit, const struct history *history)
{
    struct account_page *account = visit->more;

    account->page.before_total = (long)history->total;
    own_mail(visit, on_mail);
}

static void on_history(struct visit *visit, const struct history *history)
{
    struct account_page *account = visit->more;

    account->page.orders = history->rows;
    account->page.orders_away = history->away;
    account->page.total = (long)history->total;
    if (visit->before.len && !history->away)
        history_look(visit, visit->before, 0, 1, on_before);
    else
        own_mail(visit, on_mail);
}

static void ask_to_sign_in(struct visit *visit)
{
    visit_redirect(visit, MHD_HTTP_SEE_OTHER,
                   arena_printf(visit->arena, "/signin?next=%s/account", visit->gateway->base));
}

static void read_history(struct visit *visit)
{
    if (visit->member)
        history_look(visit, visit->user_id, 0, RECENT_ORDERS, on_history);
    else
        ask_to_sign_in(visit); /* the session has ended elsewhere, just now */
}

static void show_account(struct visit *visit, struct account_page *account)
{
    visit->more = account;
    account->page.changed = form_value(&visit->request->form, "changed").len > 0;
    visit_look(visit, &(struct wish){.orders = 0}, read_history);
}

void page_account(struct request *request)
{
    struct visit *visit = visit_begin(request);
    struct account_page *account = arena_new(visit->arena, struct account_page);

    account->status = MHD_HTTP_OK;
    if (visit->member)
        show_account(visit, account);
    else
        ask_to_sign_in(visit);
}

/* --- another password ------------------------------------------------------------------------------------------------------- */

static void show_problem(struct visit *visit, unsigned status, struct str problem, struct str current, struct str fresh)
{
    struct account_page *account = arena_new(visit->arena, struct account_page);

    account->status = status;
    account->page.problem = problem;
    account->page.current = (struct shown_field){.error = current};
    account->page.fresh = (struct shown_field){.error = fresh};
    show_account(visit, account);
}

static void fail(struct signing *signing, unsigned status, struct str problem)
{
    struct visit *visit = signing->visit;

    (void)signing_take(signing);
    show_problem(visit, status, problem, (struct str){NULL, 0}, (struct str){NULL, 0});
}

static void current_is_wrong(struct signing *signing)
{
    struct visit *visit = signing->visit;

    signing_count("wrong");
    (void)signing_take(signing);
    show_problem(visit, MHD_HTTP_UNPROCESSABLE_CONTENT, (struct str){NULL, 0}, STR("That is not the password so far."),
                 (struct str){NULL, 0});
}

/* Ends what a RETURNING token_hash says has ended. */
static void forget_all(struct accounts *accounts, const PGresult *result)
{
    for (int row = 0; row < PQntuples(result); row++)
        members_forget(accounts->members, result_text(result, row, 0));
}

static void on_changed(void *context, enum status status, PGresult *const *results)
{
    struct signing *signing = context;
    struct accounts *accounts = signing->accounts;
    struct visit *visit = signing->visit;

    if (status == ST_OK) /* whether or not somebody still waits */
        forget_all(accounts, results[1]);
    if (!signing_goes_on(signing))
        return;
    if (status != ST_OK) {
        signing_is_away(signing);
    } else if (strcmp(PQcmdTuples(results[0]), "1") != 0) {
        current_is_wrong(signing); /* somebody else changed it just now */
    } else {
        signing_count("changed");
        members_begin(accounts->members, &signing->token);
        answer_header(visit->request, "Set-Cookie",
                      token_set_cookie(&visit->gateway->session_key, &signing->token, accounts->settings.absolute_ms,
                                       accounts->settings.secure_cookies, visit->arena));
        (void)signing_take(signing);
        visit_redirect(visit, MHD_HTTP_SEE_OTHER, STR("/account?changed=1"));
    }
}

/* The password, the end of all sessions, and a new one for this browser: one transaction. */
static void on_made(void *context, const struct hashing *hashing)
{
    struct signing *signing = context;
    struct question *question;
    struct pg_params *params;
    struct str fresh;

    if (!signing_goes_on(signing))
        return;
    if (hashing == NULL) {
        signing_is_away(signing);
        return;
    }
    question = question_new();
    fresh = password_write(&hashing->hash, question_arena(question));
    params = question_add(question, &account_change);
    question_text(question, params, signing->user_id);
    question_text(question, params, signing->kept_text);
    question_text(question, params, fresh);
    params = question_add(question, &session_end_changed);
    question_text(question, params, signing->user_id);
    question_text(question, params, fresh);
    signing->token = token_new(signing->user_id);
    params = question_add(question, &session_begin);
    question_text(question, params, str_of(signing->token.hash));
    question_text(question, params, signing->user_id);
    question_text(question, params, fresh);
    signing_ask(signing);
    book_ask(signing->accounts->book, EFFECT("account-change", "a password is changed, the other sessions ended"),
             question, on_changed, signing);
}

static void on_checked(struct signing *signing, bool same)
{
    struct str fresh = form_value(&signing->visit->request->form, "new_password");

    if (!same) {
        current_is_wrong(signing);
        return;
    }
    signing_ask(signing);
    if (!hasher_make(signing->accounts->hasher, fresh, signing->accounts->cost, on_made, signing)) {
        signing->pending--;
        signing_is_busy(signing);
    }
}

void command_password(struct request *request)
{
    struct visit *visit = visit_begin(request);
    struct str fresh_error = password_complaint(form_value(&request->form, "new_password"), (struct str){NULL, 0});
    struct str current_error = own_password_complaint(visit);

    if (!visit_is_ours(visit))
        foreign_page(visit);
    else if (visit->member == NULL)
        ask_to_sign_in(visit);
    else if (current_error.len || fresh_error.len)
        show_problem(visit, MHD_HTTP_UNPROCESSABLE_CONTENT, (struct str){NULL, 0}, current_error, fresh_error);
    else
        own_password(visit, fail, on_checked);
}

/* --- the ways out ------------------------------------------------------------------------------------------------------------ */

static void forget_cookies(struct request *request, bool currency_too)
{
    static const char *const cookies[] = {SESSION_COOKIE, CART_COOKIE, ACCOUNT_COOKIE, BEFORE_COOKIE,
                                          ADS_COOKIE,     SEEN_COOKIE, KEPT_COOKIE,    CURRENCY_COOKIE};
    size_t count = sizeof cookies / sizeof *cookies - (currency_too ? 0 : 1);

    for (size_t i = 0; i < count; i++)
        answer_header(request, "Set-Cookie", session_forget_cookie(cookies[i], &request->arena));
}

/* This browser's session, if it has one. */
void end_session(struct request *request, bool currency_too)
{
    struct gateway *gateway = request->context;
    const struct member *member = request->guest;

    if (member && member->state != MEMBER_OVER)
        members_end(gateway->accounts.members, str_of(member->token.hash));
    forget_cookies(request, currency_too);
}

static void leave(struct request *request, bool currency_too, unsigned status)
{
    struct gateway *gateway = request->context;

    end_session(request, currency_too);
    answer_redirect(request, status, arena_printf(&request->arena, "%s/", gateway->base));
}

void page_logout(struct request *request)
{
    leave(request, true, MHD_HTTP_FOUND);
}

void command_sign_out_here(struct request *request)
{
    struct visit visit = {.request = request, .gateway = request->context, .arena = &request->arena};

    if (visit_is_ours(&visit))
        leave(request, false, MHD_HTTP_SEE_OTHER);
    else
        foreign_page(visit_begin(request));
}

/* Who wants to leave leaves this browser at least, whoever is away. */
static void only_here(struct visit *visit)
{
    end_session(visit->request, false);
    visit->member = NULL;
    fault_page(
        visit, MHD_HTTP_SERVICE_UNAVAILABLE, "You are signed out here, and not yet elsewhere",
        "Our book of accounts does not answer at this moment, so we could not end your sign-ins on other devices.",
        "If you have any: please sign in and out once more in a while, here or there.", false);
}

static void not_everywhere(struct signing *signing, unsigned status, struct str problem)
{
    struct visit *visit = signing->visit;

    (void)status, (void)problem;
    (void)signing_take(signing);
    only_here(visit);
}

static void on_ended(void *context, enum status status, PGresult *const *results)
{
    struct signing *signing = context;

    if (status == ST_OK)
        forget_all(signing->accounts, results[0]);
    if (!signing_goes_on(signing))
        return;
    if (status != ST_OK)
        signing_is_away(signing);
    else
        leave(signing_take(signing), false, MHD_HTTP_SEE_OTHER);
}

void command_sign_out(struct request *request)
{
    struct visit *visit = visit_begin(request);
    struct signing *signing;
    struct question *question;

    if (!visit_is_ours(visit)) {
        foreign_page(visit);
    } else if (visit->member_away) {
        only_here(visit);
    } else if (visit->member == NULL) {
        leave(request, false, MHD_HTTP_SEE_OTHER);
    } else {
        signing = signing_new(visit, not_everywhere);
        question = question_new();
        question_text(question, question_add(question, &session_end_all), visit->user_id);
        signing_ask(signing);
        book_ask(signing->accounts->book, EFFECT("session-end-all", "all sessions of an account are ended"), question,
                 on_ended, signing);
    }
}
