/* codec_tool.c - the codec behind a pipe, for tests of any set of schemas. One command a line, one answer a line.
 *
 *     learn ID FILE      -> learned | refused SENTENCE
 *     decode HEX         -> unknown | retry ID | refused SENTENCE | NAME TAB HEX TAB JSON
 *
 * The second HEX is the message written again by today's schema. */
#include "base/arena.h"
#include "msg/msg.h"

#include <stdio.h>
#include <stdlib.h>

enum { LINE_BYTES = 1024 * 1024 };

static struct plans *plans;
static struct arena arena;

static struct str read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text = arena_alloc(&arena, LINE_BYTES);

    if (!file) {
        perror(path);
        exit(1);
    }
    return (struct str){text, fread(text, 1, LINE_BYTES, file) + (size_t)fclose(file)};
}

static void learn(const char *words)
{
    struct err err = {0};
    char *path;
    long id = strtol(words, &path, 10);

    if (plans_learn(plans, (int32_t)id, read_file(path + 1), &err) == ST_OK)
        puts("learned");
    else
        printf("refused %s\n", err.text);
}

/* An allocation of exactly the message's length, so that a sanitizer sees a byte too many. */
static struct str from_hex(const char *hex)
{
    size_t len = strlen(hex) / 2;
    char *bytes = malloc(len ? len : 1), digits[3] = {0};

    for (size_t i = 0; i < len; i++) {
        memcpy(digits, hex + 2 * i, 2);
        bytes[i] = (char)strtol(digits, NULL, 16);
    }
    return (struct str){bytes, len};
}

static void print_again(enum msg_type type, const void *body)
{
    struct str value = msg_encode(type, body, &arena);
    struct str json = msg_json(type, body, &arena);

    if (!msg_same(type, body, msg_decode_own(type, value, &arena)))
        abort();
    printf("%s\t", msg_type_name(type));
    for (size_t i = 0; i < value.len; i++)
        printf("%02x", (unsigned char)value.ptr[i]);
    printf("\t" STR_FMT "\n", STR_ARG(json));
}

static void decode(const char *hex)
{
    struct str value = from_hex(hex);
    struct err err = {0};
    enum msg_type type;
    const void *body;
    int32_t id;
    enum status status = msg_decode(plans, value, &arena, &type, &body, &id, &err);

    if (status == ST_RETRY)
        printf("retry %d\n", id);
    else if (status != ST_OK)
        printf("refused %s\n", err.text);
    else if (type == MSG_UNKNOWN)
        puts("unknown");
    else
        print_again(type, body);
    free((void *)(uintptr_t)value.ptr);
}

int main(void)
{
    static char line[LINE_BYTES];

    plans = plans_open();
    arena_init(&arena);
    while (fgets(line, sizeof(line), stdin)) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "learn ", 6) == 0)
            learn(line + 6);
        else if (strncmp(line, "decode ", 7) == 0)
            decode(line + 7);
        else
            puts("what?");
        fflush(stdout);
        arena_clear(&arena);
    }
    arena_release(&arena);
    plans_close(plans);
    return 0;
}
