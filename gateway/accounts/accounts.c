/* accounts.c - the parts that accounts are made of, opened in the order of use. */
#include "gateway/accounts/accounts.h"

/* 128 * 8 * 2^15 bytes are 32 MB for each password at work; three rounds of it take what OWASP's table (2023) asks for. */
enum { COST_R = 8, COST_P = 3, COST_LEAST = 10, COST_MOST = 20 };

enum status accounts_open(struct accounts *accounts, const struct accounts_settings *settings, struct redis *redis,
                          const struct session_key *session_key, struct commands *commands, struct err *err)
{
    const struct life_limits limits = {settings->idle_ms, settings->absolute_ms, settings->trust_ms};
    enum status status;

    accounts->settings = *settings;
    if (settings->password_cost < COST_LEAST || settings->password_cost > COST_MOST || settings->password_queue < 1)
        return err_set(err, ST_FATAL, "APP_PASSWORD_COST must be %d to %d, and APP_PASSWORD_QUEUE at least 1",
                       COST_LEAST, COST_MOST);
    accounts->cost = (struct password_cost){(int)settings->password_cost, COST_R, COST_P};
    accounts->nobody = password_of_nobody(accounts->cost);
    status = session_key_read(settings->key, &accounts->key, err);
    if (status == ST_OK)
        status = book_open(commands->base, settings->database, &accounts->book, err);
    if (status != ST_OK)
        return status;
    accounts->mailboxes = mailbox_keys_of(accounts->key.bytes);
    accounts->hasher = hasher_open(commands->base, (size_t)settings->password_queue);
    accounts->tries = tries_open(redis, settings->tries_window_ms);
    accounts->members = members_open(commands->base, redis, accounts->book, session_key, &limits);
    accounts->merges = merges_open(commands, accounts->book);
    return ST_OK;
}

void accounts_close(struct accounts *accounts)
{
    hasher_close(accounts->hasher);
    book_close(accounts->book);
    merges_close(accounts->merges);
    members_close(accounts->members);
    tries_close(accounts->tries);
    seal_cleanse(&accounts->key, sizeof accounts->key);
    seal_cleanse(&accounts->mailboxes, sizeof accounts->mailboxes);
}
