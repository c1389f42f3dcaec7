/* statements.c - texts only. */
#include "gateway/accounts/statements.h"

const struct pg_statement account_by_mail = {"account_by_mail",
                                             "SELECT user_id::text, password FROM account WHERE mail_hash = $1"};
const struct pg_statement account_by_user = {"account_by_user",
                                             "SELECT mail_sealed, password FROM account WHERE user_id = $1::uuid"};
const struct pg_statement account_add = {"account_add",
                                         "INSERT INTO account (user_id, mail_hash, mail_sealed, password) "
                                         "VALUES ($1::uuid, $2, $3, $4) ON CONFLICT DO NOTHING"};
const struct pg_statement account_rehash = {
    "account_rehash", "UPDATE account SET password = $3 WHERE user_id = $1::uuid AND password = $2"};
const struct pg_statement account_change = {
    "account_change",
    "UPDATE account SET password = $3, password_at = now() WHERE user_id = $1::uuid AND password = $2"};
const struct pg_statement session_begin = {"session_begin",
                                           "INSERT INTO session (token_hash, user_id) SELECT $1, user_id FROM account "
                                           "WHERE user_id = $2::uuid AND password = $3"};
const struct pg_statement session_end_all = {"session_end_all",
                                             "DELETE FROM session WHERE user_id = $1::uuid RETURNING token_hash"};
const struct pg_statement session_end_changed = {
    "session_end_changed", "DELETE FROM session USING account WHERE session.user_id = $1::uuid "
                           "AND account.user_id = session.user_id AND account.password = $2 RETURNING token_hash"};
