"""docs.py - docs/events.md: the catalogue of topics and messages."""

import json

import model

KEPT = {"forever": "for ever", "compacted": "the last of each key"}

INTRODUCTION = """\
# Events

Generated from `events/` by `make docs`; edit the schemas and `events/topics.toml` instead.

A record's value is a zero byte, the schema id as four bytes (big-endian), and the Avro body; its key is the field named
below. Headers: `ce-id`, `ce-type`, `ce-time`, `correlationid`, `causationid`, `traceparent`. Topics of one kind have the
same number of partitions. A reader's dead letters go to `<topic>.<reader>.dlt`; those of a secret topic without their value.

"""


def type_name(kind):
    if isinstance(kind, model.Primitive):
        return kind.name
    if isinstance(kind, model.Array):
        return "list of " + type_name(kind.items)
    if isinstance(kind, model.Optional):
        return type_name(kind.inner) + ", may be absent"
    return f"[{kind.name}](#{kind.name.lower()})"


def cell(text):
    return text.replace("|", "\\|")


def topic_rows(shop):
    yield "| topic | key | partitions | kept | writer | readers | messages |\n|---|---|---|---|---|---|---|\n"
    for topic in shop.topics:
        messages = ", ".join(f"[{m}](#{m.lower()})" for m in topic.messages)
        readers = ", ".join(topic.readers) or "-"
        kept = KEPT.get(topic.kept, topic.kept) + (", secret" if topic.secret else "")
        yield (
            f"| {topic.name} | {topic.key} | {shop.kinds[topic.kind]} | {kept} "
            f"| {topic.writer} | {readers} | {messages} |\n"
        )


def record_lines(record, where):
    yield f"### {record.name}\n\n{record.doc}{where}\n\n| field | type | |\n|---|---|---|\n"
    for field in record.fields:
        default = "" if field.default in (model.MISSING, None) else f" Default: `{json.dumps(field.default)}`."
        yield f"| {field.name} | {type_name(field.type)} | {cell(field.doc + default)} |\n"
    yield "\n"


def enum_lines(enum):
    doc = enum.doc + " " if enum.doc else ""
    yield f"### {enum.name}\n\n{doc}One of {', '.join(enum.symbols)}.\n\n"


def catalogue(shop):
    """The whole page."""
    parts = [INTRODUCTION, "## Topics\n\n", *topic_rows(shop), "\n"]
    for topic in shop.topics:
        parts.append(f"## {topic.name}\n\n")
        for message in topic.messages:
            number = f" Schema id {shop.ids[message]}." if message in shop.ids else ""
            parts += record_lines(shop.types[message], number)
    parts.append("## What never travels\n\n")
    for part in shop.locals:
        deadlines = ", ".join(part.deadlines) or "none"
        asks = ", ".join(f"[{m}](#{m.lower()})" for m in part.asks + part.answers) or "none"
        parts.append(f"- **{part.name}**: asks and answers {asks}; deadlines {deadlines}.\n")
    parts.append("\n")
    for message, _ in shop.asks() + shop.answers():
        parts += record_lines(shop.types[message], "")
    parts.append("## Parts\n\n")
    bodies = set(shop.bodies())
    for named in sorted(shop.types.values(), key=lambda t: t.name):
        if named.name not in bodies:
            parts += enum_lines(named) if isinstance(named, model.Enum) else record_lines(named, "")
    return "".join(parts).rstrip("\n") + "\n"
