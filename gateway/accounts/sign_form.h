/* sign_form.h - what somebody typed to sign in or up: read, checked field by field, and shown again. Pure. */
#ifndef GATEWAY_ACCOUNTS_SIGN_FORM_H
#define GATEWAY_ACCOUNTS_SIGN_FORM_H

#include "gateway/form.h"
#include "pages/types.h"

struct sign_form {
    struct str mail, password; /* mail in one spelling; the password as it was typed */
    bool good;
    struct shown_sign_form shown; /* the same for a page, without the password */
};

/* up: for a new account, so the password has to be worth something. base: prefix of this site's paths. In the arena. */
void sign_form_read(struct sign_form *read, const struct form *form, bool up, const char *base, struct arena *arena);

/* What is wrong with a new password; empty when nothing is. */
struct str password_complaint(struct str password, struct str mail);

/* path when it leads to a page of this site that one can come back to, the start page otherwise. */
struct str path_to_go_back(struct str path, const char *base, struct arena *arena);

#endif
