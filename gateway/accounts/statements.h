/* statements.h - what is asked of the accounts and sessions in Postgres. */
#ifndef GATEWAY_ACCOUNTS_STATEMENTS_H
#define GATEWAY_ACCOUNTS_STATEMENTS_H

#include "store/pg.h"

extern const struct pg_statement account_by_mail; /* mail_hash: user_id, password */
extern const struct pg_statement account_by_user; /* user_id: mail_sealed, password */
extern const struct pg_statement account_add;     /* user_id, mail_hash, mail_sealed, password */
extern const struct pg_statement account_rehash;  /* user_id, old password, new one: the same, hashed anew */
extern const struct pg_statement account_change;  /* user_id, old password, new one */

/* token_hash, user_id, password: only while that is still the account's. One row, or none. */
extern const struct pg_statement session_begin;
extern const struct pg_statement session_end_all; /* user_id: token_hash of each */
extern const struct pg_statement
    session_end_changed; /* user_id, password: if it is the account's now; token_hash of each */

#endif
