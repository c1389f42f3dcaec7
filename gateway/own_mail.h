/* own_mail.h - the mail address of who is signed in, for a page that shows it. */
#ifndef GATEWAY_OWN_MAIL_H
#define GATEWAY_OWN_MAIL_H

#include "gateway/gateway.h"

/* mail is empty for a visitor who is not signed in, and when the accounts' database does not answer within a second. In the
 * request's arena. */
typedef void own_mail_fn(struct visit *visit, struct str mail);

/* Calls then once, at once where nobody need be asked; not when the request was let go meanwhile. */
void own_mail(struct visit *visit, own_mail_fn *then);

#endif
