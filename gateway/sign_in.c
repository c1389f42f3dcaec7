/* sign_in.c - signing in, and up.
 *
 * The same work and the same answer whether or not there is such an account. A session is always a new one, whatever the
 * browser brought along. */
#include <stdlib.h>

#include "gateway/accounts/signing.h"
#include "gateway/accounts/statements.h"
#include "gateway/pages.h"
#include "pages/signin.h"
#include "pages/signup.h"

/* --- the page ------------------------------------------------------------------------------------------------------------- */

struct shown_page {
    struct shown_sign_form form;
    unsigned status;
    bool up;
};

static void show(struct visit *visit)
{
    const struct shown_page *shown = visit->more;

    if (shown->up) {
        struct page_signup page = {.site = visit_site(visit), .form = shown->form};

        render_signup(&visit->request->out, &page);
    } else {
        struct page_signin page = {.site = visit_site(visit), .form = shown->form};

        render_signin(&visit->request->out, &page);
    }
    answer_page(visit->request, shown->status);
}

static void show_page(struct visit *visit, bool up, unsigned status, const struct shown_sign_form *form)
{
    struct shown_page *shown = arena_new(visit->arena, struct shown_page);

    *shown = (struct shown_page){*form, status, up};
    visit->more = shown;
    visit_look(visit, &(struct wish){.orders = 0}, show);
}

static void fail(struct signing *signing, unsigned status, struct str problem)
{
    struct visit *visit = signing->visit;
    struct shown_sign_form form = signing->form.shown;
    bool up = signing->up;

    form.problem = problem;
    (void)signing_take(signing);
    show_page(visit, up, status, &form);
}

static void open_page(struct request *request, bool up)
{
    struct visit *visit = visit_begin(request);
    struct str given = form_value(&request->form, "next");
    struct shown_sign_form form = {
        .next = path_to_go_back(given.len ? given : visit_came_from(visit), visit->gateway->base, visit->arena)};

    if (visit->member && given.len)
        answer_redirect(request, MHD_HTTP_SEE_OTHER, form.next);
    else if (visit->member)
        visit_redirect(visit, MHD_HTTP_SEE_OTHER, STR("/account"));
    else
        show_page(visit, up, MHD_HTTP_OK, &form);
}

void page_sign_in(struct request *request)
{
    open_page(request, false);
}

void page_sign_up(struct request *request)
{
    open_page(request, true);
}

/* --- in ------------------------------------------------------------------------------------------------------------------- */

/* The last step: the cart has been taken over, or will be. Lives in the request's arena. */
struct entrance {
    struct visit *visit;
    struct str user_id, next;
};

static void on_merged(struct request *request, struct id id, int64_t offset, void *context)
{
    const struct entrance *entrance = context;
    struct session session = session_of_user(entrance->user_id, (struct str){NULL, 0});
    struct str cookie = session_forget_cookie(CART_COOKIE, &request->arena);

    session.mark = (struct cart_mark){offset, id};
    if (offset >= 0)
        cookie = session_set_mark(&session, &request->arena);
    answer_header(request, "Set-Cookie", cookie);
    answer_redirect(request, MHD_HTTP_SEE_OTHER, entrance->next);
}

/* Who this browser was until now. fresh: nobody, or everybody, whose cart stays everybody's. */
static struct session session_so_far(const struct visit *visit)
{
    struct session session = session_of(&visit->gateway->session_key, request_header(visit->request, "Cookie"));

    session.fresh = session.fresh || strcmp(session.user_id, SESSION_SHARED_USER) == 0;
    return session;
}

static struct merge merge_of(const struct signing *signing, const struct session *before, struct arena *arena)
{
    return (struct merge){.from_user_id = arena_copy(arena, str_of(before->user_id)),
                          .user_id = arena_copy(arena, signing->user_id),
                          .mark = before->mark};
}

static void let_in(struct signing *signing)
{
    struct visit *visit = signing->visit;
    struct gateway *gateway = visit->gateway;
    struct arena *arena = visit->arena;
    struct session before = session_so_far(visit);
    struct merge merge = merge_of(signing, &before, arena);
    struct entrance *entrance = arena_new(arena, struct entrance);
    struct request *request = signing->request;
    int64_t lifetime_ms = signing->accounts->settings.absolute_ms;

    signing_count(signing->up ? "up" : "in");
    members_begin(signing->accounts->members, &signing->token);
    if (visit->member)
        members_end(signing->accounts->members, str_of(visit->member->token.hash));
    answer_header(request, "Set-Cookie",
                  token_set_cookie(&gateway->session_key, &signing->token, lifetime_ms,
                                   signing->accounts->settings.secure_cookies, arena));
    answer_header(request, "Set-Cookie", session_forget_cookie(SESSION_COOKIE, arena));
    answer_header(request, "Set-Cookie",
                  before.fresh ? session_forget_cookie(BEFORE_COOKIE, arena)
                               : session_set_before(&gateway->session_key, merge.from_user_id, arena));
    *entrance = (struct entrance){visit, merge.user_id, signing->form.shown.next};
    (void)signing_take(signing);
    if (before.fresh)
        on_merged(request, (struct id){{0}}, -1, entrance);
    else
        merge_now(gateway->accounts.merges, request, &merge, on_merged, entrance);
}

static void is_wrong(struct signing *signing)
{
    signing_count(signing->up ? "taken" : "wrong");
    signing_fail(signing, MHD_HTTP_UNPROCESSABLE_CONTENT,
                 signing->up
                     ? STR("We cannot make this account. If you have one with this mail address, please sign in.")
                     : STR("The mail address or the password is wrong."));
}

/* A password that was hashed with less work than is done today is hashed anew, now that it is known. Nobody waits. */
struct rehashing {
    struct accounts *accounts;
    struct arena arena;
    struct str user_id, old;
};

static void on_rehash_noted(void *context, enum status status, PGresult *const *results)
{
    (void)context, (void)status, (void)results;
}

static void on_rehashed(void *context, const struct hashing *hashing)
{
    struct rehashing *rehashing = context;

    if (hashing) {
        struct question *question = question_new();
        struct pg_params *params = question_add(question, &account_rehash);

        question_text(question, params, rehashing->user_id);
        question_text(question, params, rehashing->old);
        question_text(question, params, password_write(&hashing->hash, question_arena(question)));
        book_ask(rehashing->accounts->book,
                 EFFECT("account-rehash", "a password's hash is written anew, with today's cost"), question,
                 on_rehash_noted, NULL);
    }
    arena_release(&rehashing->arena);
    free(rehashing);
}

static void rehash(const struct signing *signing)
{
    struct rehashing *rehashing = calloc(1, sizeof *rehashing);

    if (rehashing == NULL)
        abort();
    rehashing->accounts = signing->accounts;
    arena_init(&rehashing->arena);
    rehashing->user_id = arena_copy(&rehashing->arena, signing->user_id);
    rehashing->old = arena_copy(&rehashing->arena, signing->kept_text);
    if (!hasher_make(signing->accounts->hasher, signing->form.password, signing->accounts->cost, on_rehashed,
                     rehashing))
        on_rehashed(rehashing, NULL);
}

static void on_begun(void *context, enum status status, PGresult *const *results)
{
    struct signing *signing = context;
    struct accounts *accounts = signing->accounts;

    if (!signing_goes_on(signing))
        return;
    if (status != ST_OK) {
        signing_is_away(signing);
    } else if (strcmp(PQcmdTuples(results[signing->up ? 1 : 0]), "1") != 0) {
        is_wrong(signing); /* the account exists; or its password was changed just now */
    } else {
        tries_forget(accounts->tries, arena_printf(&signing->arena, "account:" STR_FMT, STR_ARG(signing->mail_hash)));
        if (!signing->up && password_is_weak(&signing->kept, accounts->cost))
            rehash(signing);
        let_in(signing);
    }
}

/* The session, and what is to be taken over into its cart: one transaction. */
static void begin_session(struct signing *signing, struct question *question)
{
    struct session before = session_so_far(signing->visit);
    struct merge merge = merge_of(signing, &before, &signing->arena);
    struct pg_params *params = question_add(question, &session_begin);

    signing->token = token_new(signing->user_id);
    question_text(question, params, str_of(signing->token.hash));
    question_text(question, params, signing->user_id);
    question_text(question, params, signing->kept_text);
    if (!before.fresh)
        merge_note(question, &merge);
    signing_ask(signing);
    book_ask(signing->accounts->book, EFFECT("account-enter", "an account is made where it is new, a session begun"),
             question, on_begun, signing);
}

static void on_checked(void *context, const struct hashing *hashing)
{
    struct signing *signing = context;

    if (!signing_goes_on(signing))
        return;
    if (hashing == NULL)
        signing_is_away(signing);
    else if (!hashing->same || signing->user_id.len == 0)
        is_wrong(signing);
    else
        begin_session(signing, question_new());
}

static void on_account(void *context, enum status status, PGresult *const *results)
{
    struct signing *signing = context;

    if (!signing_goes_on(signing))
        return;
    if (status != ST_OK) {
        signing_is_away(signing);
        return;
    }
    signing->kept = signing->accounts->nobody;
    if (PQntuples(results[0]) == 1 && password_read(result_text(results[0], 0, 1), &signing->kept)) {
        signing->user_id = arena_copy(&signing->arena, result_text(results[0], 0, 0));
        signing->kept_text = arena_copy(&signing->arena, result_text(results[0], 0, 1));
    }
    signing_ask(signing);
    if (!hasher_check(signing->accounts->hasher, signing->form.password, &signing->kept, on_checked, signing)) {
        signing->pending--;
        signing_is_busy(signing);
    }
}

/* --- up ------------------------------------------------------------------------------------------------------------------- */

static void on_made(void *context, const struct hashing *hashing)
{
    struct signing *signing = context;
    struct arena *arena = &signing->arena;
    const struct mailbox_keys *keys = &signing->accounts->mailboxes;
    struct question *question;
    struct pg_params *params;
    struct id id = id_random();

    if (!signing_goes_on(signing))
        return;
    if (hashing == NULL) {
        signing_is_away(signing);
        return;
    }
    signing->user_id = id_text(&id, arena);
    signing->kept_text = password_write(&hashing->hash, arena);
    question = question_new();
    params = question_add(question, &account_add);
    question_text(question, params, signing->user_id);
    question_text(question, params, signing->mail_hash);
    question_text(question, params, mailbox_seal(keys, signing->form.mail, signing->user_id, arena));
    question_text(question, params, signing->kept_text);
    begin_session(signing, question);
}

/* --- both ----------------------------------------------------------------------------------------------------------------- */

static void on_counted(void *context, int64_t wait_s)
{
    struct signing *signing = context;
    struct accounts *accounts = signing->accounts;
    struct question *question;

    if (!signing_goes_on(signing))
        return;
    if (wait_s > 0) {
        signing_is_limited(signing, wait_s);
    } else if (!signing->up) {
        question = question_new();
        question_text(question, question_add(question, &account_by_mail), signing->mail_hash);
        signing_ask(signing);
        book_ask(accounts->book, READS, question, on_account, signing);
    } else if (!book_is_there(accounts->book)) {
        signing_is_away(signing);
    } else {
        signing_ask(signing);
        if (!hasher_make(accounts->hasher, signing->form.password, accounts->cost, on_made, signing)) {
            signing->pending--;
            signing_is_busy(signing);
        }
    }
}

static void begin(struct visit *visit, const struct sign_form *form, bool up)
{
    struct signing *signing = signing_new(visit, fail);
    const struct accounts_settings *settings = &signing->accounts->settings;
    struct arena *arena = &signing->arena;

    signing->form = *form;
    signing->up = up;
    signing->mail_hash = mailbox_hash(&signing->accounts->mailboxes, form->mail, arena);
    signing->tried[0] = (struct tries_key){
        tries_address(up ? "new" : "address", request_address(visit->request), arena),
        up ? settings->sign_ups_per_address : settings->tries_per_address};
    signing->tried[1] = (struct tries_key){arena_printf(arena, "account:" STR_FMT, STR_ARG(signing->mail_hash)),
                                           settings->tries_per_account};
    signing->tried_count = up ? 1 : 2;
    signing_try(signing, on_counted);
}

static void command_sign(struct request *request, bool up)
{
    struct visit *visit = visit_begin(request);
    struct sign_form form;

    sign_form_read(&form, &request->form, up, visit->gateway->base, visit->arena);
    if (!visit_is_ours(visit))
        foreign_page(visit);
    else if (!form.good)
        show_page(visit, up, MHD_HTTP_UNPROCESSABLE_CONTENT, &form.shown);
    else
        begin(visit, &form, up);
}

void command_sign_in(struct request *request)
{
    command_sign(request, false);
}

void command_sign_up(struct request *request)
{
    command_sign(request, true);
}
