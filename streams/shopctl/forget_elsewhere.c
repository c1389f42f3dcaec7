/* forget_elsewhere.c - what is not in a database: Redis, the dead letters, and what the processes have written into logs. */
#include <dirent.h>
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "streams/shopctl/forget.h"
#include "streams/shopctl/tape.h"

enum { TOPICS_MAX = 512 };

/* The customer, or an order of theirs, is spoken of. */
static bool speaks_of(const struct forget_case *whom, const char *bytes, size_t len)
{
    if (bytes == NULL || len == 0)
        return false;
    if (memmem(bytes, len, whom->user_id.ptr, whom->user_id.len) ||
        (whom->mail.len && memmem(bytes, len, whom->mail.ptr, whom->mail.len)))
        return true;
    for (size_t i = 0; i < whom->paper->orders.count; i++)
        if (memmem(bytes, len, whom->paper->orders.items[i].ptr, whom->paper->orders.items[i].len))
            return true;
    return false;
}

/* --- Redis ---------------------------------------------------------------------------------------------------------- */

struct redis_look {
    struct forget_case *whom;
    redisContext *link;
    int64_t keys, left, orders;
    bool failed;
};

static bool begins(struct str text, const char *prefix)
{
    return text.len >= strlen(prefix) && memcmp(text.ptr, prefix, strlen(prefix)) == 0;
}

/* The cart's key stays for a year, so that a late version of it stays away; nothing may be in it. */
static bool cart_is_empty(struct redis_look *look, struct str key)
{
    struct arena *arena = &look->whom->arena;
    /* READS */
    redisReply *reply = redisCommand(look->link, "HGET %b value", key.ptr, key.len);
    struct plans *plans = plans_open();
    enum msg_type type = MSG_UNKNOWN;
    const void *body = NULL;
    int32_t schema_id;
    struct err err;
    bool empty = reply && reply->type == REDIS_REPLY_STRING &&
                 msg_decode(plans, (struct str){reply->str, reply->len}, arena, &type, &body, &schema_id, &err) ==
                     ST_OK;

    if (type == MSG_CART_UPDATED)
        empty = ((const struct cart_updated *)body)->lines.count +
                    ((const struct cart_updated *)body)->left_behind.count ==
                0;
    else
        empty = empty && type == MSG_CART_EXPIRED && ((const struct cart_expired *)body)->lines.count == 0;
    plans_close(plans);
    freeReplyObject(reply);
    return empty;
}

/* Sessions that pages were shown with lie here for a while; each names its customer. */
static bool names_customer(struct redis_look *look, struct str key)
{
    /* READS */
    redisReply *reply = redisCommand(look->link, "GET %b", key.ptr, key.len);
    bool named = reply && reply->type == REDIS_REPLY_STRING && speaks_of(look->whom, reply->str, reply->len);

    look->failed = look->failed || !reply;
    freeReplyObject(reply);
    return named;
}

static void look_at_key(struct redis_look *look, struct str key)
{
    bool theirs = speaks_of(look->whom, key.ptr, key.len);

    look->keys++;
    if (begins(key, "session:"))
        look->left += names_customer(look, key);
    else if (theirs && begins(key, "order:"))
        look->orders++;
    else if (theirs && begins(key, "cart:"))
        look->left += !cart_is_empty(look, key);
    else if (theirs && !begins(key, "forgotten:"))
        look->left++;
}

static void scan(struct redis_look *look)
{
    char cursor[32] = "0";

    do {
        /* READS */
        redisReply *page = redisCommand(look->link, "SCAN %s COUNT 1000", cursor);

        look->failed = !page || page->type != REDIS_REPLY_ARRAY || page->elements != 2;
        for (size_t i = 0; !look->failed && i < page->element[1]->elements; i++)
            look_at_key(look, (struct str){page->element[1]->element[i]->str, page->element[1]->element[i]->len});
        if (!look->failed)
            snprintf(cursor, sizeof(cursor), "%s", page->element[0]->str);
        freeReplyObject(page);
    } while (!look->failed && strcmp(cursor, "0") != 0);
}

void forget_look_redis(struct forget_case *whom, struct forget_stores *stores)
{
    struct err err = {{0}};
    struct redis_look look = {.whom = whom, .link = database_redis(&err)};

    if (look.link)
        scan(&look);
    if (!look.link || look.failed)
        forget_store(stores, STR("redis"), -1,
                     arena_printf(&whom->arena, "%.200s", look.link ? "it has stopped answering" : err.text));
    else
        forget_store(stores, STR("redis"), look.left,
                     arena_printf(&whom->arena, "of %" PRId64 " keys; kept, without a name: %" PRId64 " orders",
                                  look.keys, look.orders));
    if (look.link)
        redisFree(look.link);
}

/* --- dead letters --------------------------------------------------------------------------------------------------- */

struct letters_look {
    struct forget_case *whom;
    const char *topics[TOPICS_MAX];
    size_t count;
    int64_t left;
    char first[256];
};

static void note_topic(void *context, const char *topic)
{
    struct letters_look *look = context;
    size_t len = strlen(topic);

    if (len > 4 && strcmp(topic + len - 4, ".dlt") == 0 && look->count < TOPICS_MAX)
        look->topics[look->count++] = topic;
}

static bool take(void *context, const rd_kafka_message_t *record)
{
    struct letters_look *look = context;

    if (!speaks_of(look->whom, record->payload, record->len) && !speaks_of(look->whom, record->key, record->key_len))
        return true;
    if (look->left++ == 0)
        snprintf(look->first, sizeof(look->first), "%s", rd_kafka_topic_name(record->rkt));
    return true;
}

void forget_look_letters(struct forget_case *whom, struct forget_stores *stores)
{
    struct letters_look look = {.whom = whom};
    struct tape *tape = NULL;
    struct err err = {{0}};
    enum status status = tape_open(&tape, &err);
    struct str words;

    if (status == ST_OK) {
        tape_each_topic(tape, note_topic, &look);
        status = tape_read_topics(tape, look.topics, look.count, -1, take, &look, &err);
    }
    tape_close(tape);
    if (status != ST_OK)
        words = arena_printf(&whom->arena, "%.200s", err.text);
    else if (look.left)
        words = arena_printf(
            &whom->arena,
            "speak of them, the first in %.200s: shopctl dead list --all tells which; what a letter says in clear goes "
            "with its topic, 30 days after it died, or by kafka-delete-records at once",
            look.first);
    else
        words = arena_printf(&whom->arena, "in %zu topics", look.count);
    forget_store(stores, STR("dead letters"), status == ST_OK ? look.left : -1, words);
}

/* --- logs ----------------------------------------------------------------------------------------------------------- */

struct logs_look {
    struct forget_case *whom;
    int64_t files, named, ids; /* lines with the mail address; with the random id */
};

static void read_log(struct logs_look *look, const char *path)
{
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t room = 0;
    ssize_t len;

    if (!file)
        return;
    look->files++;
    while ((len = getline(&line, &room, file)) > 0) {
        bool named = look->whom->mail.len && memmem(line, (size_t)len, look->whom->mail.ptr, look->whom->mail.len);

        look->named += named;
        look->ids += !named && speaks_of(look->whom, line, (size_t)len);
    }
    free(line);
    fclose(file);
}

/* LOGS_DIR has a folder for each process, and files in that. */
static void read_folder(struct logs_look *look, const char *path, int depth)
{
    DIR *folder = opendir(path);
    struct dirent *entry;
    char inner[4096];

    while (folder && (entry = readdir(folder))) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(inner, sizeof(inner), "%s/%s", path, entry->d_name);
        if (entry->d_type == DT_DIR && depth < 2)
            read_folder(look, inner, depth + 1);
        else if (entry->d_type == DT_REG)
            read_log(look, inner);
    }
    if (folder)
        closedir(folder);
}

void forget_look_logs(struct forget_case *whom, struct forget_stores *stores)
{
    const char *path = getenv("LOGS_DIR");
    struct logs_look look = {.whom = whom};
    struct arena *arena = &whom->arena;

    if (path && *path)
        read_folder(&look, path, 0);
    if (look.files == 0)
        forget_store(
            stores, STR("logs"), -1,
            arena_printf(
                arena, "%s; whoever keeps the processes' logs looks there for the mail address (the shop writes none)",
                path && *path ? "LOGS_DIR has no files" : "LOGS_DIR is not set"))
            ->elsewhere = true;
    else
        forget_store(
            stores, STR("logs"), look.named,
            arena_printf(
                arena,
                "in %" PRId64 " files, %s; %" PRId64 " lines with the random id or an order's, which go with the files",
                look.files, whom->mail.len ? "by the mail address" : "without a mail address to look for", look.ids));
}
