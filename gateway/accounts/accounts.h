/* accounts.h - the parts of the gateway that accounts are made of. */
#ifndef GATEWAY_ACCOUNTS_ACCOUNTS_H
#define GATEWAY_ACCOUNTS_ACCOUNTS_H

#include "gateway/accounts/hasher.h"
#include "base/mailbox.h"
#include "gateway/accounts/members.h"
#include "gateway/accounts/merges.h"
#include "gateway/accounts/tries.h"

struct admin;

struct accounts_settings {
    const char *database, *key; /* url; a file of 64 hex digits */
    int64_t idle_ms, absolute_ms, trust_ms;
    int64_t password_cost, password_queue;
    int64_t tries_per_account, tries_per_address, sign_ups_per_address, tries_window_ms;
    bool secure_cookies;
};

struct accounts {
    struct accounts_settings settings;
    struct session_key key; /* of mail addresses */
    struct mailbox_keys mailboxes;
    struct password_cost cost;
    struct password_hash nobody;
    struct book *book;
    struct hasher *hasher;
    struct tries *tries;
    struct members *members;
    struct merges *merges;
};

/* settings, redis, session_key and commands are borrowed. ST_FATAL when a setting is wrong; a database that is away is
 * waited for. */
enum status accounts_open(struct accounts *accounts, const struct accounts_settings *settings, struct redis *redis,
                          const struct session_key *session_key, struct commands *commands, struct err *err) must_check;

/* After producer_close and redis_close, which answer those who wait. */
void accounts_close(struct accounts *accounts);

#endif
