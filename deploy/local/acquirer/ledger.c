/* ledger.c - the acquirer's book: an append-only file of JSON lines, and an index of it in memory. */
#include "deploy/local/acquirer/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/out.h"

enum { BUCKETS = 1 << 16, SUMS = 64, SALT_BYTES = 32 };

struct ledger {
    char *path;
    int fd;
    uint64_t size_bytes, begin; /* of the file; where the facts begin */
    struct out pending;
    unsigned char salt[SALT_BYTES];
    struct entry *buckets[BUCKETS];
    uint64_t counts[ENTRY_REFUNDED + 1];
    struct ledger_totals sums[SUMS];
    size_t sum_count;
};

static const char *const state_names[] = {"new", "charged", "declined", "voided", "refunded"};

const char *entry_state_name(enum entry_state state)
{
    return state_names[state];
}

/* --- in memory ---------------------------------------------------------------------------------------------------- */

static struct entry **bucket_of(const struct ledger *ledger, struct str key)
{
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < key.len; i++)
        hash = (hash ^ (unsigned char)key.ptr[i]) * 16777619u;
    return (struct entry **)&ledger->buckets[hash % BUCKETS];
}

struct entry *ledger_find(const struct ledger *ledger, struct str key)
{
    struct entry *entry = *bucket_of(ledger, key);

    while (entry && !str_is(key, entry->key))
        entry = entry->next;
    return entry;
}

struct entry *ledger_entry(struct ledger *ledger, struct str key)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-";
    struct entry *entry = ledger_find(ledger, key), **bucket = bucket_of(ledger, key);

    if (entry || key.len < 1 || key.len > LEDGER_KEY_MAX)
        return entry;
    for (size_t i = 0; i < key.len; i++)
        if (!key.ptr[i] || !strchr(allowed, key.ptr[i]))
            return NULL;
    entry = calloc(1, sizeof(*entry));
    if (!entry)
        abort();
    memcpy(entry->key, key.ptr, key.len);
    entry->next = *bucket;
    *bucket = entry;
    return entry;
}

static struct ledger_totals *sum_of(struct ledger *ledger, const char *currency)
{
    size_t i = 0;

    while (i < ledger->sum_count && strcmp(ledger->sums[i].currency, currency) != 0)
        i++;
    if (i == SUMS)
        return &ledger->sums[SUMS - 1]; /* more currencies than there are */
    if (i == ledger->sum_count) {
        memcpy(ledger->sums[i].currency, currency, sizeof(ledger->sums[i].currency));
        ledger->sum_count++;
    }
    return &ledger->sums[i];
}

static void count(struct ledger *ledger, const struct entry *entry)
{
    ledger->counts[entry->state]++;
    if (entry->state == ENTRY_CHARGED)
        sum_of(ledger, entry->currency)->charged_minor += entry->amount_minor;
    if (entry->state == ENTRY_REFUNDED)
        sum_of(ledger, entry->currency)->refunded_minor += entry->amount_minor;
}

const uint64_t *ledger_counts(const struct ledger *ledger)
{
    return ledger->counts;
}

const struct ledger_totals *ledger_sums(const struct ledger *ledger, size_t *sum_count)
{
    *sum_count = ledger->sum_count;
    return ledger->sums;
}

static void write_hex(const unsigned char *bytes, size_t len, char *text)
{
    for (size_t i = 0; i < len; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

void ledger_print(const struct ledger *ledger, struct str text, char print[65])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int len = 0;

    if (!HMAC(EVP_sha256(), ledger->salt, SALT_BYTES, (const unsigned char *)text.ptr, text.len, digest, &len))
        abort();
    write_hex(digest, 32, print);
}

/* --- on the disk -------------------------------------------------------------------------------------------------- */

void ledger_write(struct ledger *ledger, const struct entry *entry)
{
    char line[640];
    int len;

    len = snprintf(line, sizeof(line),
                   "{\"event\":\"%s\",\"key\":\"%s\",\"at_ms\":%" PRId64 ",\"id\":\"%s\",\"amount_minor\":%" PRId64
                   ",\"currency\":\"%s\",\"brand\":\"%s\",\"last4\":\"%s\",\"reason\":\"%s\",\"refund_id\":\"%s\""
                   ",\"print\":\"%s\"}\n",
                   state_names[entry->state], entry->key,
                   entry->state == ENTRY_REFUNDED ? entry->refunded_at_ms : entry->at_ms, entry->id,
                   entry->amount_minor, entry->currency, entry->brand, entry->last4, entry->reason, entry->refund_id,
                   entry->print);
    out_put(&ledger->pending, line, (size_t)len);
    count(ledger, entry);
}

bool ledger_dirty(const struct ledger *ledger)
{
    return ledger->pending.len > 0;
}

static void die_of_disk(const struct ledger *ledger, const char *what)
{
    log_error("the ledger %s cannot be %s: %s", ledger->path, what, strerror(errno));
    _exit(1); /* an answer that is not in the book must never be given */
}

void ledger_sync(struct ledger *ledger)
{
    size_t written = 0;

    while (written < ledger->pending.len) {
        ssize_t part = write(ledger->fd, ledger->pending.ptr + written, ledger->pending.len - written);

        if (part < 0 && errno != EINTR)
            die_of_disk(ledger, "written");
        written += part > 0 ? (size_t)part : 0;
    }
    if (written > 0 && fdatasync(ledger->fd) != 0)
        die_of_disk(ledger, "brought to the disk");
    ledger->size_bytes += written;
    out_clear(&ledger->pending);
}

int ledger_export(const struct ledger *ledger, uint64_t *offset, uint64_t *size_bytes)
{
    *offset = ledger->begin;
    *size_bytes = ledger->size_bytes - ledger->begin;
    return open(ledger->path, O_RDONLY | O_CLOEXEC);
}

/* --- from the disk ------------------------------------------------------------------------------------------------ */

static void take_text(const json_t *line, const char *name, char *text, size_t size_bytes)
{
    const char *value = json_string_value(json_object_get(line, name));

    snprintf(text, size_bytes, "%s", value ? value : "");
}

static bool take_salt(struct ledger *ledger, const json_t *line)
{
    const char *salt = json_string_value(json_object_get(line, "salt"));

    if (!salt || strlen(salt) != (size_t)2 * SALT_BYTES)
        return false;
    for (size_t i = 0; i < SALT_BYTES; i++) {
        const char digits[] = {salt[2 * i], salt[2 * i + 1], '\0'};

        ledger->salt[i] = (unsigned char)strtoul(digits, NULL, 16);
    }
    return strspn(salt, "0123456789abcdef") == (size_t)2 * SALT_BYTES;
}

static bool take_fact(struct ledger *ledger, const json_t *line)
{
    struct entry *entry = ledger_entry(ledger, str_of(json_string_value(json_object_get(line, "key"))));
    const char *event = json_string_value(json_object_get(line, "event"));
    enum entry_state state = ENTRY_REFUNDED;

    while (event && state > ENTRY_NEW && strcmp(event, state_names[state]) != 0)
        state--;
    if (!entry || !event || state == ENTRY_NEW)
        return false;
    entry->state = state;
    take_text(line, "id", entry->id, sizeof(entry->id));
    take_text(line, "refund_id", entry->refund_id, sizeof(entry->refund_id));
    take_text(line, "print", entry->print, sizeof(entry->print));
    take_text(line, "currency", entry->currency, sizeof(entry->currency));
    take_text(line, "brand", entry->brand, sizeof(entry->brand));
    take_text(line, "last4", entry->last4, sizeof(entry->last4));
    take_text(line, "reason", entry->reason, sizeof(entry->reason));
    entry->amount_minor = json_integer_value(json_object_get(line, "amount_minor"));
    *(state == ENTRY_REFUNDED ? &entry->refunded_at_ms
                              : &entry->at_ms) = json_integer_value(json_object_get(line, "at_ms"));
    count(ledger, entry);
    return true;
}

static enum status begin_book(struct ledger *ledger)
{
    char salt[2 * SALT_BYTES + 1];
    char line[256];
    int len;

    if (RAND_bytes(ledger->salt, SALT_BYTES) != 1)
        abort();
    write_hex(ledger->salt, SALT_BYTES, salt);
    len = snprintf(line, sizeof(line), "{\"event\":\"opened\",\"at_ms\":%" PRId64 ",\"salt\":\"%s\"}\n",
                   clock_wall_ms(), salt);
    out_put(&ledger->pending, line, (size_t)len);
    ledger_sync(ledger);
    ledger->begin = ledger->size_bytes;
    return ST_OK;
}

static enum status take_line(struct ledger *ledger, const char *text, size_t len, struct err *err)
{
    json_t *line = json_loadb(text, len, 0, NULL);
    bool taken = ledger->size_bytes == 0 ? take_salt(ledger, line) : take_fact(ledger, line);

    json_decref(line);
    if (!taken)
        return err_set(err, ST_FATAL, "the ledger %s is damaged at byte %" PRIu64, ledger->path, ledger->size_bytes);
    ledger->size_bytes += len;
    if (ledger->begin == 0)
        ledger->begin = len;
    return ST_OK;
}

static enum status read_book(struct ledger *ledger, struct err *err)
{
    FILE *file = fopen(ledger->path, "re");
    char *text = NULL;
    size_t room = 0;
    ssize_t len;
    enum status status = ST_OK;

    if (!file)
        return err_set(err, ST_FATAL, "the ledger %s cannot be read: %s", ledger->path, strerror(errno));
    while (status == ST_OK && (len = getline(&text, &room, file)) > 0 && text[len - 1] == '\n')
        status = take_line(ledger, text, (size_t)len, err);
    free(text);
    fclose(file);
    if (status == ST_OK && ftruncate(ledger->fd, (off_t)ledger->size_bytes) != 0)
        status = err_set(err, ST_FATAL, "the ledger %s cannot be cut: %s", ledger->path, strerror(errno));
    return status == ST_OK && ledger->size_bytes == 0 ? begin_book(ledger) : status;
}

enum status ledger_open(const char *path, struct ledger **ledger, struct err *err)
{
    struct ledger *opened = calloc(1, sizeof(*opened));
    enum status status;

    if (!opened || !(opened->path = strdup(path)))
        abort();
    out_init(&opened->pending);
    opened->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (opened->fd < 0)
        status = err_set(err, ST_FATAL, "the ledger %s cannot be opened: %s", path, strerror(errno));
    else
        status = read_book(opened, err);
    if (status == ST_OK)
        *ledger = opened;
    else
        ledger_close(opened);
    return status;
}

void ledger_close(struct ledger *ledger)
{
    if (!ledger)
        return;
    if (ledger->fd >= 0)
        close(ledger->fd);
    for (size_t i = 0; i < BUCKETS; i++)
        while (ledger->buckets[i]) {
            struct entry *next = ledger->buckets[i]->next;

            free(ledger->buckets[i]);
            ledger->buckets[i] = next;
        }
    out_release(&ledger->pending);
    free(ledger->path);
    free(ledger);
}
