/* own_password.h - whether somebody who is signed in knows their password: asked before what cannot be undone. */
#ifndef GATEWAY_OWN_PASSWORD_H
#define GATEWAY_OWN_PASSWORD_H

#include "gateway/accounts/signing.h"

/* What is wrong with the form's current_password at first sight; empty: nothing. */
struct str own_password_complaint(const struct visit *visit);

/* Counts a try and compares the form's current_password with the account's; then is called if somebody still waits, with
 * signing->user_id and kept_text filled in. fail as for signing_new. */
void own_password(struct visit *visit, void (*fail)(struct signing *, unsigned, struct str),
                  void (*then)(struct signing *signing, bool same));

#endif
