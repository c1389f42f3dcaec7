/* forget_paper.c - the certificate: what the shop says that it did, and whether that is so. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "streams/shopctl/forget.h"
#include "streams/shopctl/product.h"

static void hear_key(void *context, const struct msg *heard)
{
    struct forget_case *whom = context;
    const struct customer_key *body = heard->body;
    struct forget_key *key;

    if (heard->type != MSG_CUSTOMER_KEY || !(key = forget_key(whom, body->key_id)))
        return;
    whom->clear += !body->forgotten;
    key->dark = body->forgotten && body->wraps.count == 0;
}

static void count_keys(const struct forget_case *whom, size_t *dark, size_t *all)
{
    *dark = *all = 0;
    for (const struct forget_key *key = whom->keys; key; key = key->next) {
        *dark += key->dark;
        ++*all;
    }
}

static void print_store(const struct forget_store *store)
{
    printf("  %-13s " STR_FMT ": ", "", STR_ARG(store->name));
    if (store->left >= 0)
        printf("%" PRId64 " left%s" STR_FMT "\n", store->left, store->words.len ? "; " : "", STR_ARG(store->words));
    else
        printf("not looked at: " STR_FMT "\n", STR_ARG(store->words));
}

static void print_text(struct forget_case *whom, const struct forget_stores *stores)
{
    const struct customer_forgotten *paper = whom->paper;
    struct str asked = product_time(paper->asked_at_ms, &whom->arena);
    struct str done = product_time(whom->paper_ms, &whom->arena);
    size_t dark, all;

    printf("Customer " STR_FMT " is forgotten.\n  asked for by  " STR_FMT ", " STR_FMT "\n  done          " STR_FMT
           "\n",
           STR_ARG(paper->user_id), STR_ARG(paper->asked_by), STR_ARG(asked), STR_ARG(done));
    for (size_t i = 0; i < paper->orders.count; i++)
        printf("  %-13s " STR_FMT "\n", i == 0 ? "orders" : "", STR_ARG(paper->orders.items[i]));
    for (size_t i = 0; i < paper->key_ids.count; i++)
        printf("  %-13s " STR_FMT "\n", i == 0 ? "keys" : "", STR_ARG(paper->key_ids.items[i]));
    for (size_t i = 0; i < paper->erased.count; i++)
        printf("  %-13s " STR_FMT ": %" PRId64 "\n", i == 0 ? "erased" : "", STR_ARG(paper->erased.items[i].store),
               paper->erased.items[i].count);
    count_keys(whom, &dark, &all);
    printf("  %-13s customer.keys: %zu of %zu say nothing any more; %zu with the key wait for compaction\n",
           "looked at", dark, all, whom->clear);
    printf("  %-13s order.commands, order.events: all names and addresses are sealed under these keys\n", "");
    for (size_t i = 0; i < stores->count; i++)
        print_store(&stores->list[i]);
}

/* A text of our own, or of a library: quotes and control characters are all that a text of JSON must hide. */
static void print_quoted(struct str text)
{
    putchar('"');
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] == '"' || text.ptr[i] == '\\')
            printf("\\%c", text.ptr[i]);
        else
            putchar((unsigned char)text.ptr[i] < ' ' ? ' ' : text.ptr[i]);
    putchar('"');
}

static void print_json(struct forget_case *whom, const struct forget_stores *stores)
{
    struct str body = msg_json(MSG_CUSTOMER_FORGOTTEN, whom->paper, &whom->arena);
    struct str id = id_text(&whom->paper_id, &whom->arena);
    size_t dark, all;

    count_keys(whom, &dark, &all);
    printf("{\"certificate\":" STR_FMT ",\"message_id\":\"" STR_FMT "\",\"done_at_ms\":%" PRId64
           ",\"keys\":%zu,\"keys_dark\":%zu,\"keys_to_be_compacted\":%zu,\"left\":{",
           STR_ARG(body), STR_ARG(id), whom->paper_ms, all, dark, whom->clear);
    for (size_t i = 0; i < stores->count; i++) {
        printf(i ? "," : "");
        print_quoted(stores->list[i].name);
        if (stores->list[i].left < 0)
            printf(":null");
        else
            printf(":%" PRId64, stores->list[i].left);
    }
    printf("},\"remarks\":{");
    for (size_t i = 0, said = 0; i < stores->count; i++) {
        if (!stores->list[i].words.len)
            continue;
        printf(said++ ? "," : "");
        print_quoted(stores->list[i].name);
        putchar(':');
        print_quoted(stores->list[i].words);
    }
    puts("}}");
}

/* What is amiss, in a sentence; EXIT_DONE: nothing. */
static enum exit_code judge(const struct forget_case *whom, const struct forget_stores *stores)
{
    bool left = false, unseen = false;
    size_t dark, all;

    count_keys(whom, &dark, &all);
    for (size_t i = 0; i < stores->count; i++) {
        left = left || stores->list[i].left > 0;
        unseen = unseen || (stores->list[i].left < 0 && !stores->list[i].elsewhere);
    }
    if (left || dark < all)
        complain(
            "something is left of them, in the lines above that do not say 0 left: a service may be behind (shopctl lag); "
            "look again with: shopctl forget " STR_FMT,
            STR_ARG(whom->user_id));
    else if (unseen)
        complain(
            "not every store could be looked at, and the lines above say why: when they are there, the same again: "
            "shopctl forget " STR_FMT,
            STR_ARG(whom->user_id));
    return left || dark < all || unseen ? EXIT_FAILED : EXIT_DONE;
}

enum exit_code forget_print(struct forget_case *whom, bool json)
{
    static const enum topic keys[] = {TOPIC_CUSTOMER_KEYS};
    struct forget_stores stores = {0};
    enum exit_code code;
    struct err err;
    enum status status;

    for (size_t i = 0; i < whom->paper->key_ids.count; i++)
        forget_note_key(whom, whom->paper->key_ids.items[i]);
    status = hear_all(keys, 1, hear_key, whom, &err);
    if (status != ST_OK)
        return give_up(status, &err);
    forget_look(whom, &stores);
    forget_look_redis(whom, &stores);
    forget_look_letters(whom, &stores);
    forget_look_logs(whom, &stores);
    if (json)
        print_json(whom, &stores);
    else
        print_text(whom, &stores);
    code = judge(whom, &stores);
    free(stores.list);
    return code;
}
