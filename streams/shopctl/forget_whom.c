/* forget_whom.c - who is meant by a user id, an order's id or a mail address. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/hex.h"
#include "base/mailbox.h"
#include "streams/shopctl/forget.h"

/* --- by mail address ---------------------------------------------------------------------------------------------- */

/* The key that the gateway seals mail addresses with. */
static bool read_key(uint8_t key[SEAL_KEY_BYTES])
{
    const char *path = getenv("APP_ACCOUNTS_KEY"), *folder = getenv("KEYS_DIR");
    char of_folder[4096], text[2 * SEAL_KEY_BYTES + 1] = "";
    FILE *file;

    if (!path && folder) {
        snprintf(of_folder, sizeof(of_folder), "%s/accounts.key", folder);
        path = of_folder;
    }
    file = path ? fopen(path, "re") : NULL;
    if (!file) {
        complain("a mail address is found with the gateway's key: APP_ACCOUNTS_KEY must name its file");
        return false;
    }
    if (!fgets(text, sizeof(text), file) || !hex_read(str_of(text), key, SEAL_KEY_BYTES)) {
        complain("%s holds no key", path);
        fclose(file);
        return false;
    }
    fclose(file);
    return true;
}

static PGresult *ask_gateway(struct forget_case *whom, const char *sql, struct str parameter)
{
    struct database *gateway = database_named(&whom->databases, "gateway");
    const char *const parameters[] = {arena_copy(&whom->arena, parameter).ptr};

    return gateway && gateway->link ? database_rows(gateway, sql, parameters, 1) : NULL;
}

static enum exit_code find_mail(struct forget_case *whom)
{
    uint8_t key[SEAL_KEY_BYTES];
    struct mailbox_keys keys;
    PGresult *rows;

    if (!read_key(key))
        return EXIT_USAGE;
    keys = mailbox_keys_of(key);
    whom->mail = mailbox_plain(str_of(whom->asked), &whom->arena);
    rows = ask_gateway(whom, "SELECT user_id::text FROM account WHERE mail_hash = $1",
                       mailbox_hash(&keys, whom->mail, &whom->arena));
    seal_cleanse(key, sizeof(key));
    seal_cleanse(&keys, sizeof(keys));
    if (!rows) {
        complain("the gateway's database does not answer, and only it knows mail addresses");
        return EXIT_FAILED;
    }
    if (PQntuples(rows) == 1)
        whom->user_id = arena_copy(&whom->arena, database_text(rows, 0, 0));
    PQclear(rows);
    if (whom->user_id.len > 0)
        return EXIT_DONE;
    complain(
        "nobody has an account under that address (any more: whom the shop has forgotten is found by their user id, it "
        "stands in the certificate); a guest is found by the id of one of their orders");
    return EXIT_REFUSED;
}

/* --- by what was ordered ------------------------------------------------------------------------------------------ */

/* Whose order it is, and whether it is one. */
static void hear_owner(void *context, const struct msg *heard)
{
    struct forget_case *whom = context;
    const struct place_order *asked = heard->body;
    const struct order_placed *taken = heard->body;
    struct str user = {0};

    if (heard->type == MSG_PLACE_ORDER)
        user = asked->user_id;
    else if (heard->type == MSG_ORDER_PLACED)
        user = taken->user_id;
    if (user.len > 0 && whom->user_id.len == 0 && (str_is(heard->key, whom->asked) || str_is(user, whom->asked)))
        whom->user_id = arena_copy(&whom->arena, user);
}

struct forget_key *forget_key(const struct forget_case *whom, struct str key_id)
{
    struct forget_key *key = whom->keys;

    while (key && !str_equal(key->id, key_id))
        key = key->next;
    return key;
}

void forget_note_key(struct forget_case *whom, struct str key_id)
{
    struct forget_key *key;

    if (key_id.len == 0 || forget_key(whom, key_id))
        return;
    key = arena_new(&whom->arena, struct forget_key);
    *key = (struct forget_key){whom->keys, arena_copy(&whom->arena, key_id), false};
    whom->keys = key;
}

/* A PlaceOrder that was said twice, or never taken, has keys of its own. */
static void note_keys(struct forget_case *whom, struct str user_id, const struct order *order)
{
    if (!str_equal(user_id, whom->user_id))
        return;
    forget_note_key(whom, order->email.key_id);
    forget_note_key(whom, order->address.key_id);
}

static void hear_orders(void *context, const struct msg *heard)
{
    struct forget_case *whom = context;
    const struct place_order *wanted = heard->body;
    const struct order_placed *placed = heard->body;
    const struct order_confirmed *confirmed = heard->body;
    const struct order_cancelled *cancelled = heard->body;

    if (heard->type == MSG_PLACE_ORDER)
        note_keys(whom, wanted->user_id, &wanted->order);
    if (heard->type == MSG_ORDER_PLACED)
        note_keys(whom, placed->user_id, &placed->order);
    if (heard->type == MSG_ORDER_PLACED && str_equal(placed->user_id, whom->user_id)) {
        whom->orders++;
        whom->open++;
    } else if ((heard->type == MSG_ORDER_CONFIRMED && str_equal(confirmed->user_id, whom->user_id)) ||
               (heard->type == MSG_ORDER_CANCELLED && str_equal(cancelled->user_id, whom->user_id))) {
        whom->open--;
    } else {
        forget_hear_paper(whom, heard);
    }
}

void forget_hear_paper(void *context, const struct msg *heard)
{
    struct forget_case *whom = context;

    if (heard->type != MSG_CUSTOMER_FORGOTTEN || whom->paper || !str_equal(heard->key, whom->user_id))
        return;
    whom->paper = msg_decode_own(heard->type, msg_encode(heard->type, heard->body, &whom->arena), &whom->arena);
    whom->paper_id = heard->id;
    whom->paper_ms = heard->time_ms;
}

static enum status read_topics(struct forget_case *whom, bool known, struct err *err)
{
    static const enum topic orders[] = {TOPIC_ORDER_COMMANDS, TOPIC_ORDER_EVENTS},
                            stories[] = {TOPIC_ORDER_COMMANDS, TOPIC_ORDER_EVENTS, TOPIC_CUSTOMER_EVENTS};
    enum status status = ST_OK;
    int64_t begun_us;

    if (!known) {
        status = hear_all(orders, sizeof(orders) / sizeof(orders[0]), hear_owner, whom, err);
        hear_close();
    }
    if (whom->user_id.len == 0)
        whom->user_id = str_of(whom->asked);
    begun_us = clock_steady_us();
    if (status == ST_OK)
        status = hear_all(stories, sizeof(stories) / sizeof(stories[0]), hear_orders, whom, err);
    whom->reading_ms = (clock_steady_us() - begun_us) / 1000;
    hear_close();
    return status;
}

static bool has_account(struct forget_case *whom)
{
    PGresult *rows = ask_gateway(whom, "SELECT 1 FROM account WHERE user_id::text = $1", whom->user_id);
    bool there = rows && PQntuples(rows) == 1;

    PQclear(rows);
    return there;
}

enum exit_code forget_whom(struct forget_case *whom)
{
    bool is_mail = strchr(whom->asked, '@') != NULL;
    enum exit_code code = is_mail ? find_mail(whom) : EXIT_DONE;
    struct err err;
    enum status status;
    struct id id;

    if (code != EXIT_DONE)
        return code;
    if (!is_mail && !id_parse(str_of(whom->asked), &id)) {
        complain("%s is no user id, no order's id and no mail address", whom->asked);
        return EXIT_USAGE;
    }
    status = read_topics(whom, is_mail, &err);
    if (status != ST_OK)
        return give_up(status, &err);
    whom->has_account = has_account(whom);
    if (whom->orders > 0 || whom->has_account || whom->paper || !str_is(whom->user_id, whom->asked))
        return EXIT_DONE;
    complain("%s is no customer and no order that anybody knows of", whom->asked);
    return EXIT_REFUSED;
}
