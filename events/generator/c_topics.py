"""c_topics.py - topics.h, topics.c and say.h: message types, kinds and topics as enums and tables."""

from names import snake, upper

HEADER = """\
/* topics.h - messages, kinds of keys and topics, as events/topics.toml lists them. Generated.
 *
 * The numbers change when the list grows: what is stored is the name. */
#ifndef MSG_TOPICS_H
#define MSG_TOPICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* What travels, then asks, their answers, and deadlines. */
enum msg_type {
    MSG_NONE,
    MSG_UNKNOWN, /* of a schema that no reader here knows */
@messages@
    MSG_COUNT
};

/* What a key is. Topics of one kind have the same number of partitions. */
enum kind {
@kinds@
    KIND_COUNT
};

enum topic {
    TOPIC_NONE, /* of a message that does not travel */
@topics@
    TOPIC_COUNT
};

enum {
    TOPIC_FOR_EVER = -1,
    TOPIC_MAX_READERS = @max_readers@
};

struct topic_info {
    const char *name;
    enum kind kind;
    int64_t retention_ms; /* TOPIC_FOR_EVER: nothing is deleted by age */
    bool compacted;
    int64_t segment_ms; /* 0: the broker's default */
    int64_t min_lag_ms; /* of compaction */
    int64_t max_lag_ms; /* 0: the broker's default */
    bool secret;        /* what is set aside of it goes when the topic itself forgets it */
    const char *writer;
    const char *readers[TOPIC_MAX_READERS + 1]; /* ends with NULL */
};

/* How long a dead letter is kept, in ms. Their topics are "<topic>.<reader>.dlt", one for each reader. */
#define TOPIC_DEAD_LETTERS_MS @dead_letters@

/* "OrderPlaced"; "None" and "Unknown" for the first two and anything out of range. Lives for ever. */
const char *msg_type_name(enum msg_type type);

/* MSG_UNKNOWN for a name that is none of ours. */
enum msg_type msg_type_of(struct str name);

bool msg_is_ask(enum msg_type type);
bool msg_is_answer(enum msg_type type);
bool msg_is_deadline(enum msg_type type);

/* What the message's key is. Not for MSG_NONE and MSG_UNKNOWN (which abort). */
enum kind msg_kind(enum msg_type type);

const char *kind_name(enum kind kind);
int32_t kind_partitions(enum kind kind);

/* Where a message travels; TOPIC_NONE for one that does not. */
enum topic topic_of(enum msg_type type);

/* TOPIC_NONE for a name that is none of ours. */
enum topic topic_named(struct str name);

/* These abort on TOPIC_NONE. */
const struct topic_info *topic_info(enum topic topic);
const char *topic_name(enum topic topic);
enum kind topic_kind(enum topic topic);

#endif
"""

SOURCE = """\
/* topics.c - the tables behind topics.h. Generated. */
#include "msg/topics.h"

#include <stdlib.h>

struct msg_info {
    const char *name;
    enum kind kind;
    enum topic topic;
};

static const struct msg_info msgs[MSG_COUNT] = {
    [MSG_NONE] = {"None", KIND_COUNT, TOPIC_NONE},
    [MSG_UNKNOWN] = {"Unknown", KIND_COUNT, TOPIC_NONE},
@msgs@
};

static const struct kind_info {
    const char *name;
    int32_t partitions;
} kinds[KIND_COUNT] = {
@kinds@
};

static const struct topic_info topics[TOPIC_COUNT] = {
@topics@
};

static const struct msg_info *info_of(enum msg_type type)
{
    return (size_t)type < MSG_COUNT ? &msgs[type] : &msgs[MSG_UNKNOWN];
}

const char *msg_type_name(enum msg_type type)
{
    return info_of(type)->name;
}

enum msg_type msg_type_of(struct str name)
{
    for (int type = MSG_UNKNOWN + 1; type < MSG_COUNT; type++)
        if (str_is(name, msgs[type].name))
            return (enum msg_type)type;
    return MSG_UNKNOWN;
}

bool msg_is_ask(enum msg_type type)
{
    return @asks@;
}

bool msg_is_answer(enum msg_type type)
{
    return @answers@;
}

bool msg_is_deadline(enum msg_type type)
{
    return @deadlines@;
}

enum kind msg_kind(enum msg_type type)
{
    const struct msg_info *info = info_of(type);

    if (info->kind == KIND_COUNT)
        abort();
    return info->kind;
}

const char *kind_name(enum kind kind)
{
    return (size_t)kind < KIND_COUNT ? kinds[kind].name : "?";
}

int32_t kind_partitions(enum kind kind)
{
    if ((size_t)kind >= KIND_COUNT)
        abort();
    return kinds[kind].partitions;
}

enum topic topic_of(enum msg_type type)
{
    return info_of(type)->topic;
}

enum topic topic_named(struct str name)
{
    for (int topic = TOPIC_NONE + 1; topic < TOPIC_COUNT; topic++)
        if (str_is(name, topics[topic].name))
            return (enum topic)topic;
    return TOPIC_NONE;
}

const struct topic_info *topic_info(enum topic topic)
{
    if (topic == TOPIC_NONE || (size_t)topic >= TOPIC_COUNT)
        abort();
    return &topics[topic];
}

const char *topic_name(enum topic topic)
{
    return topic_info(topic)->name;
}

enum kind topic_kind(enum topic topic)
{
    return topic_info(topic)->kind;
}
"""


def filled(template, **values):
    for name, value in values.items():
        template = template.replace(f"@{name}@", value)
    return template


def header(shop):
    groups = [
        ("", shop.travelling()),
        ("asked of somebody outside", shop.asks()),
        ("what they answered", shop.answers()),
        ("deadlines", shop.deadlines()),
    ]
    messages = []
    for title, group in groups:
        messages += [f"    /* {title} */"] if title and group else []
        messages += [f"    MSG_{upper(m)}," for m, _ in group]
    return filled(
        HEADER,
        messages="\n".join(messages),
        kinds="\n".join(f"    KIND_{upper(k)}," for k in shop.kinds),
        topics="\n".join(f"    TOPIC_{upper(t.name)}," for t in shop.topics),
        max_readers=str(max(len(t.readers) for t in shop.topics)),
        dead_letters=f"INT64_C({shop.dead_letters_ms})",
    )


def msg_line(name, kind, topic):
    return f'    [MSG_{upper(name)}] = {{"{name}", KIND_{upper(kind)}, TOPIC_{upper(topic)}}},'


def topic_line(topic):
    readers = ", ".join([f'"{r}"' for r in topic.readers] + ["NULL"])
    return (
        f'    [TOPIC_{upper(topic.name)}] = {{"{topic.name}", KIND_{upper(topic.kind)}, {topic.retention_ms}, '
        f"{'true' if topic.compacted else 'false'}, {topic.segment_ms}, {topic.min_lag_ms}, {topic.max_lag_ms}, "
        f"{'true' if topic.secret else 'false'}, "
        f'"{topic.writer}", {{{readers}}}}},'
    )


def between(group):
    """A test for a run of enumerators; they are listed group by group."""
    if not group:
        return "(void)type, false"
    return f"type >= MSG_{upper(group[0][0])} && type <= MSG_{upper(group[-1][0])}"


def source(shop):
    local = shop.asks() + shop.answers() + shop.deadlines()
    lines = [msg_line(m, t.kind, t.name) for m, t in shop.travelling()]
    lines += [msg_line(m, part.kind, "none") for m, part in local]
    return filled(
        SOURCE,
        msgs="\n".join(lines),
        kinds="\n".join(f'    [KIND_{upper(k)}] = {{"{k}", {n}}},' for k, n in shop.kinds.items()),
        topics="\n".join(topic_line(t) for t in shop.topics),
        asks=between(shop.asks()),
        answers=between(shop.answers()),
        deadlines=between(shop.deadlines()),
    )


def wrapper(verb, message):
    name = snake(message)
    return [
        f"static inline void {verb}_{name}(struct step *step, const struct {name} *body)",
        "{",
        f"    step_{verb}(step, MSG_{upper(message)}, body);",
        "}",
        "",
    ]


def wrappers(shop):
    lines = [
        "/* say.h - step_say and step_ask with the right type. Generated. */",
        "#ifndef MSG_SAY_H",
        "#define MSG_SAY_H",
        "",
        '#include "msg/rule.h"',
        "",
    ]
    for message, _ in shop.travelling():
        lines += wrapper("say", message)
    for message, _ in shop.asks():
        lines += wrapper("ask", message)
    return "\n".join(lines + ["#endif", ""])
