"""model.py - schemas and topics as objects, checked: a mistake is a line `file:line: sentence`."""

import dataclasses
import json
import re
import tomllib

import lint

NAMESPACE = "shop"
PRIMITIVES = ("boolean", "int", "long", "double", "bytes", "string")
MISSING = object()
UNITS_MS = {"s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
FOR_EVER = -1


class Problems(Exception):
    def __init__(self, lines):
        super().__init__("\n".join(lines))
        self.lines = lines


@dataclasses.dataclass(eq=False)
class Source:
    """A file and its text, so that a mistake can be shown where it stands."""

    path: object
    text: str

    def at(self, *words):
        """`file:line` of the first line that holds all words; line 1 when there is none."""
        for number, line in enumerate(self.text.splitlines(), 1):
            if all(word in line for word in words):
                return f"{self.path}:{number}"
        return f"{self.path}:1"


@dataclasses.dataclass(eq=False)
class Primitive:
    name: str


@dataclasses.dataclass(eq=False)
class Array:
    items: object


@dataclasses.dataclass(eq=False)
class Optional:
    inner: object


@dataclasses.dataclass(eq=False)
class Enum:
    name: str
    symbols: list
    default: str
    doc: str
    source: Source


@dataclasses.dataclass(eq=False)
class Field:
    name: str
    type: object
    doc: str
    default: object


@dataclasses.dataclass(eq=False)
class Record:
    name: str
    doc: str
    source: Source
    raw: dict
    fields: list = dataclasses.field(default_factory=list)

    def field(self, name):
        return next((f for f in self.fields if f.name == name), None)


@dataclasses.dataclass(eq=False)
class Topic:
    name: str
    kind: str
    key: str
    kept: str
    writer: str
    readers: list
    messages: list
    retention_ms: int
    segment_ms: int = 0
    min_lag_ms: int = 0
    max_lag_ms: int = 0
    secret: bool = False

    @property
    def compacted(self):
        return self.kept == "compacted"


@dataclasses.dataclass(eq=False)
class Local:
    """What never travels: a service's asks, their answers, its deadlines."""

    name: str
    kind: str
    asks: list
    answers: list
    deadlines: list


class Shop:
    """Everything that was read. types: by name, each after those it uses."""

    def __init__(self, events):
        self.events = events
        self.types = {}
        self.raw = {}  # the JSON of each of them
        self.kinds = {}
        self.sources = []
        self.topics = []
        self.locals = []
        self.dead_letters_ms = 0
        self.problems = []
        self.topics_source = None
        self.ids = {}  # schema id by message; filled by published.check

    def complain(self, where, sentence):
        self.problems.append(f"{where}: {sentence}")

    @property
    def records(self):
        return [t for t in self.types.values() if isinstance(t, Record)]

    @property
    def enums(self):
        return [t for t in self.types.values() if isinstance(t, Enum)]

    def travelling(self):
        return [(m, t) for t in self.topics for m in t.messages]

    def asks(self):
        return [(m, part) for part in self.locals for m in part.asks]

    def answers(self):
        return [(m, part) for part in self.locals for m in part.answers]

    def deadlines(self):
        return [(m, part) for part in self.locals for m in part.deadlines]

    def bodies(self):
        """Names of all messages with a schema, in the order of enum msg_type."""
        return [m for m, _ in self.travelling() + self.asks() + self.answers()]

    def key_of(self, message):
        """The field that is the message's key. A local message's is that of its kind's topics."""
        for name, topic in self.travelling():
            if name == message:
                return topic.key
        kind = next(part.kind for name, part in self.asks() + self.answers() if name == message)
        return next(topic.key for topic in self.topics if topic.kind == kind)


def milliseconds(text):
    match = re.fullmatch(r"(\d+)([smhd])", text)
    return int(match[1]) * UNITS_MS[match[2]] if match else None


class Reader:
    """Reads the schemas' files, each when it is first needed."""

    def __init__(self, shop):
        self.shop = shop
        self.open = []  # names being read: one that comes again is a recursion
        self.files = {p.stem: p for p in sorted((shop.events / "schemas").glob("*.avsc"))}

    def read_all(self):
        for name in self.files:
            self.named(name, Source("events/schemas", ""))

    def named(self, name, user):
        """The type of that name, read from its file if it was not yet."""
        name = name.removeprefix(NAMESPACE + ".")
        if name in self.open:
            self.shop.complain(user.at(f'"{name}"'), f"{name} contains itself; recursion is not allowed")
            return None
        if name not in self.shop.types and name in self.files:
            self.file(name)
        if name not in self.shop.types:
            self.shop.complain(user.at(f'"{name}"'), f"there is no type {name}")
        return self.shop.types.get(name)

    def file(self, name):
        path = self.files[name]
        source = Source(path.relative_to(self.shop.events.parent), path.read_text())
        try:
            raw = json.loads(source.text)
        except json.JSONDecodeError as error:
            raise Problems([f"{source.path}:{error.lineno}: {error.msg}"]) from error
        if not isinstance(raw, dict) or raw.get("name") != name or raw.get("namespace") != NAMESPACE:
            raise Problems([f"{source.path}:1: must hold one type called {name} in namespace {NAMESPACE}"])
        self.type(raw, source)

    def type(self, raw, source):
        """An object for a type as it stands in JSON; None after a complaint."""
        if isinstance(raw, str):
            return Primitive(raw) if raw in PRIMITIVES else self.named(raw, source)
        if isinstance(raw, list):
            return self.union(raw, source)
        kind = raw.get("type")
        if kind == "record":
            return self.record(raw, source)
        if kind == "enum":
            return self.enum(raw, source)
        if kind == "array":
            return Array(self.type(raw["items"], source))
        if kind in PRIMITIVES:
            return Primitive(kind)
        self.shop.complain(source.at(f'"{kind}"'), f"type {kind} is not used here (no maps, fixed, float)")
        return None

    def union(self, raw, source):
        if len(raw) != 2 or raw[0] != "null" or raw[1] == "null":
            self.shop.complain(source.at("["), f'the union {raw} is not ["null", T]')
            return None
        return Optional(self.type(raw[1], source))

    def record(self, raw, source):
        self.shop.raw[raw["name"]] = raw
        record = Record(raw["name"], raw.get("doc", ""), source, raw)
        self.open.append(record.name)
        for field in raw["fields"]:
            kind = self.type(field["type"], source)
            if kind:
                record.fields.append(Field(field["name"], kind, field.get("doc", ""), field.get("default", MISSING)))
        self.open.pop()
        return self.add(record)

    def enum(self, raw, source):
        self.shop.raw[raw["name"]] = raw
        return self.add(Enum(raw["name"], raw["symbols"], raw.get("default"), raw.get("doc", ""), source))

    def add(self, named):
        if named.name in self.shop.types:
            self.shop.complain(named.source.at(f'"{named.name}"'), f"{named.name} is defined twice")
        self.shop.types[named.name] = named
        return named


def read_topics(shop):
    path = shop.events / "topics.toml"
    shop.topics_source = Source(path.relative_to(shop.events.parent), path.read_text())
    try:
        raw = tomllib.loads(shop.topics_source.text)
    except tomllib.TOMLDecodeError as error:
        raise Problems([f"{shop.topics_source.path}: {error}"]) from error
    shop.kinds = raw["kinds"]
    shop.sources = raw.get("sources", [])
    shop.dead_letters_ms = milliseconds(raw["dead-letters"]["kept"])
    for name, t in raw["topics"].items():
        kept = t["kept"]
        retention = FOR_EVER if kept in ("forever", "compacted") else milliseconds(kept)
        if retention is None:
            shop.complain(shop.topics_source.at(f'"{name}"'), f'{name}: kept = "{kept}" is no time')
        topic = Topic(name, t["kind"], t["key"], kept, t["writer"], t["readers"], t["messages"], retention)
        topic.segment_ms = milliseconds(t.get("segment", "0s"))
        topic.min_lag_ms = milliseconds(t.get("min-lag", "1d" if topic.compacted else "0s"))
        topic.max_lag_ms = milliseconds(t.get("max-lag", "0s"))
        topic.secret = t.get("secret", False)
        shop.topics.append(topic)
    for name, part in raw.get("local", {}).items():
        shop.locals.append(
            Local(name, part["kind"], part.get("asks", []), part.get("answers", []), part.get("deadlines", []))
        )


def load(events):
    """The whole folder; raises Problems with every mistake found."""
    shop = Shop(events.resolve())
    Reader(shop).read_all()
    read_topics(shop)
    if not shop.problems:
        lint.run(shop)
    if shop.problems:
        raise Problems(shop.problems)
    return shop
