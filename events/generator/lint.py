"""lint.py - what schemas and topics must obey, so that any reader can read any writer and any service can be rebuilt."""

import re

import model

C_WORDS = set(
    "auto break case char const continue default do double else enum extern float for goto if inline int long register "
    "restrict return short signed sizeof static struct switch typedef union unsigned void volatile while bool".split()
)
TAKEN = {"Msg", "Str", "Id", "Step", "Row", "Rule", "Rules", "Said", "Reminder", "Plans", "Arena", "Err", "Topic"}


def run(shop):
    for enum in shop.enums:
        check_enum(shop, enum)
    for record in shop.records:
        check_record(shop, record)
    check_message_names(shop)
    for topic in shop.topics:
        check_topic(shop, topic)
    for part in shop.locals:
        check_local(shop, part)
    check_retention(shop)


def check_name(shop, named):
    if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", named.name) or named.name in TAKEN:
        shop.complain(named.source.at(f'"{named.name}"'), f"{named.name} is no good name for a struct of ours")


def check_enum(shop, enum):
    check_name(shop, enum)
    where = enum.source.at(f'"{enum.name}"')
    if not enum.symbols or enum.symbols[0] != "UNKNOWN" or enum.default != "UNKNOWN":
        shop.complain(where, f"{enum.name}: the first symbol and the default must be UNKNOWN, for what newer writers say")
    if len(set(enum.symbols)) != len(enum.symbols):
        shop.complain(where, f"{enum.name}: a symbol stands twice")
    for symbol in enum.symbols:
        if not re.fullmatch(r"[A-Z][A-Z0-9_]*", symbol):
            shop.complain(where, f"{enum.name}: the symbol {symbol} is not in capitals")


def check_record(shop, record):
    check_name(shop, record)
    if not record.fields:
        shop.complain(record.source.at(f'"{record.name}"'), f"{record.name} has no fields: an array of it has no size")
    seen = set()
    for field in record.fields:
        where = record.source.at('"name"', f'"{field.name}"')
        if not re.fullmatch(r"[a-z][a-z0-9_]*", field.name) or field.name in C_WORDS:
            shop.complain(where, f"{record.name}.{field.name} is no good name for a member in C")
        if field.name in seen:
            shop.complain(where, f"{record.name}.{field.name} stands twice")
        seen.add(field.name)
        if isinstance(field.type, model.Optional):
            seen.add("has_" + field.name)
        check_nesting(shop, where, record, field)
        if field.default is not model.MISSING:
            check_default(shop, where, f"{record.name}.{field.name}", field.type, field.default)


def check_nesting(shop, where, record, field):
    inner = field.type.inner if isinstance(field.type, model.Optional) else field.type
    if isinstance(inner, model.Optional):
        shop.complain(where, f"{record.name}.{field.name}: a union in a union")
    if isinstance(inner, model.Array) and isinstance(inner.items, (model.Array, model.Optional)):
        shop.complain(where, f"{record.name}.{field.name}: items of an array are records, enums or plain values")


def default_fits(kind, value):
    if isinstance(kind, model.Optional):
        return value is None
    if isinstance(kind, model.Enum):
        return value in kind.symbols
    if isinstance(kind, model.Array):
        return isinstance(value, list) and all(default_fits(kind.items, item) for item in value)
    if isinstance(kind, model.Record):
        return isinstance(value, dict) and all(
            f.name in value and default_fits(f.type, value[f.name]) for f in kind.fields
        )
    if kind.name == "boolean":
        return isinstance(value, bool)
    if kind.name in ("int", "long"):
        bits = 31 if kind.name == "int" else 63
        return isinstance(value, int) and not isinstance(value, bool) and -(2**bits) <= value < 2**bits
    if kind.name == "double":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, str) and (kind.name == "string" or all(ord(c) < 256 for c in value))


def check_default(shop, where, name, kind, value):
    if not default_fits(kind, value):
        shop.complain(where, f"{name}: the default {value!r} does not fit its type")


def check_message_names(shop):
    names = shop.bodies() + [m for m, _ in shop.deadlines()]
    for name in sorted({n for n in names if names.count(n) > 1}):
        shop.complain(shop.topics_source.at(f'"{name}"'), f"{name} stands in two places; a message has one topic")
    for name, _ in shop.deadlines():
        if name in shop.types:
            shop.complain(shop.topics_source.at(f'"{name}"'), f"{name} is a deadline and has no schema")
    for name in ("None", "Unknown"):
        if name in names:
            shop.complain(shop.topics_source.at(f'"{name}"'), f"{name} is no name for a message")


def check_body(shop, where, message, key):
    record = shop.types.get(message)
    if not isinstance(record, model.Record):
        shop.complain(where, f"{message} has no record in events/schemas")
        return
    field = record.field(key)
    if not field or not isinstance(field.type, model.Primitive) or field.type.name != "string":
        shop.complain(record.source.at(f'"{message}"'), f'{message} lacks the key of its topic, the string "{key}"')


def check_topic(shop, topic):
    where = shop.topics_source.at(f'[topics."{topic.name}"]')
    if not re.fullmatch(r"[a-z]+(\.[a-z]+)+", topic.name):
        shop.complain(where, f"{topic.name}: a topic's name is words with dots")
    if topic.kind not in shop.kinds:
        shop.complain(where, f"{topic.name}: there is no kind {topic.kind}")
    if not isinstance(topic.writer, str) or not topic.writer:
        shop.complain(where, f"{topic.name}: a topic has exactly one writer")
    if not topic.messages:
        shop.complain(where, f"{topic.name} has no messages")
    if topic.secret and topic.retention_ms == model.FOR_EVER:
        shop.complain(where, f"{topic.name} is secret and kept {topic.kept}: what is set aside of it would never go")
    for message in topic.messages:
        check_body(shop, where, message, topic.key)


def check_local(shop, part):
    where = shop.topics_source.at(f"[local.{part.name}]")
    keys = {t.key for t in shop.topics if t.kind == part.kind}
    if len(keys) != 1:
        shop.complain(where, f"local.{part.name}: kind {part.kind} has no key of its own among the topics")
        return
    for message in part.asks + part.answers:
        check_body(shop, where, message, next(iter(keys)))


def check_retention(shop):
    """A service that is rebuilt folds what it said before it hears again what it answered: that must still be there."""
    for said in shop.topics:
        if said.writer in shop.sources or said.retention_ms == model.FOR_EVER:
            continue
        for heard in shop.topics:
            if said.writer not in heard.readers:
                continue
            if heard.retention_ms == model.FOR_EVER or heard.retention_ms > said.retention_ms:
                shop.complain(
                    shop.topics_source.at(f'[topics."{said.name}"]'),
                    f"{said.name} is kept {said.kept}, but {said.writer} answers {heard.name}, kept {heard.kept}: "
                    "after a rebuild it would answer again what it no longer finds",
                )
