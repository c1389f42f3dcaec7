/* leave_page.c - POST /account/delete: the shopper gives their account up, and everything that says who they were. */
#include "gateway/forget/forget.h"
#include "gateway/own_password.h"
#include "gateway/pages.h"

static void stay(struct visit *visit, unsigned status, struct str problem)
{
    fault_page(visit, status, "Your account is still there", problem.ptr, "It can be deleted on your account's page.",
               false);
}

static void fail(struct signing *signing, unsigned status, struct str problem)
{
    struct visit *visit = signing->visit;
    struct str kept = arena_copy(visit->arena, problem);

    (void)signing_take(signing);
    stay(visit, status, kept);
}

/* It is durable: the gateway does the rest by itself, whatever happens to it meanwhile. */
static void on_left(void *context)
{
    struct signing *signing = context;
    struct visit *visit = signing->visit;

    if (!signing_goes_on(signing))
        return;
    (void)signing_take(signing);
    end_session(visit->request, false);
    visit->member = NULL;
    fault_page(
        visit, MHD_HTTP_OK, "Your account is deleted",
        "Your name, mail and addresses are being erased, in every order as well: that takes less than an hour. What "
        "was paid stays in our books, without you.",
        "Nothing else needs to be done.", false);
}

static void on_checked(struct signing *signing, bool same)
{
    if (!same) {
        signing_count("wrong");
        fail(signing, MHD_HTTP_UNPROCESSABLE_CONTENT, STR("That is not your password."));
        return;
    }
    signing_count("left");
    signing_ask(signing);
    forget_leave(signing->visit->gateway->forget, signing->user_id, on_left, signing);
}

void command_leave(struct request *request)
{
    struct visit *visit = visit_begin(request);
    struct str complaint = own_password_complaint(visit);

    if (!visit_is_ours(visit))
        foreign_page(visit);
    else if (visit->member == NULL)
        visit_redirect(visit, MHD_HTTP_SEE_OTHER,
                       arena_printf(visit->arena, "/signin?next=%s/account", visit->gateway->base));
    else if (complaint.len)
        stay(visit, MHD_HTTP_UNPROCESSABLE_CONTENT, complaint);
    else if (form_value(&request->form, "sure").len == 0)
        stay(visit, MHD_HTTP_UNPROCESSABLE_CONTENT, STR("Please tick that you are sure: it cannot be undone."));
    else
        own_password(visit, fail, on_checked);
}
