"""dump.py - reads a dump: topics with their Avro, tables, the acquirer's book, mails, Redis, the driver's history.

Nothing here is the shop's: Avro is fastavro's, and which schema an id is stands in events/schema-ids and events/published.
"""
import csv
import email.policy
import io
import json
import pathlib
import re
import sys
import tomllib

import fastavro

ROOT = pathlib.Path(__file__).resolve().parents[2]
LINE = re.compile(rb"(\d+) (\d+) (-?\d+) (-?\d+) (-?\d+)\n")
NAME = re.compile(r",(?=[A-Za-z][A-Za-z0-9-]*=)")  # a comma that begins the next header
csv.field_size_limit(sys.maxsize)


class Unreadable(Exception):
    """The dump is not one, or lacks what every dump has."""


class Schemas:
    def __init__(self, events):
        self.by_id = {}
        for line in (events / "schema-ids").read_text().splitlines():
            words = line.split()
            if words and words[0].isdigit():
                path = events / f"published/{words[1].split('.')[-1]}.{words[2]}.avsc"
                self.by_id[int(words[0])] = fastavro.parse_schema(json.loads(path.read_text()))

    def decode(self, value):
        """(type, body), or (None, None) for bytes that are no message."""
        schema = self.by_id.get(int.from_bytes(value[1:5], "big")) if len(value) > 5 and value[0] == 0 else None
        if schema is None:
            return None, None
        try:
            return schema["name"].split(".")[-1], fastavro.schemaless_reader(io.BytesIO(value[5:]), schema, None)
        except Exception:  # pylint: disable=broad-except
            return None, None


def terms_of(events):
    """The schema of an order's terms, as the newest OrderPlaced holds it; that is how checkout keeps them."""
    newest = max(events.glob("published/OrderPlaced.*.avsc"), key=lambda path: int(path.name.split(".")[1]))
    return fastavro.parse_schema(next(field["type"] for field in json.loads(newest.read_text())["fields"] if field["name"] == "order"))


class Record:
    def __init__(self, topic, numbers, key, value, headers, schemas):
        self.topic, self.value, self.headers = topic, value, headers
        self.partition, self.offset, self.time_ms = numbers
        self.key = key.decode("utf-8", "replace")
        self.id = headers.get("ce-id", "")
        self.planted = self.key.startswith("planted-")
        self.type, self.body = schemas.decode(value)

    def __repr__(self):
        return f"{self.type} of {self.key} at {self.topic} [{self.partition}] {self.offset}"


def records_of(path, schemas):
    """kcat's output: a line of numbers (partition, offset, time, bytes of key, bytes of value), key and value, a line of headers."""
    raw, at, records = path.read_bytes(), 0, []
    while at < len(raw):
        found = LINE.match(raw, at)
        if not found:
            raise Unreadable(f"{path}: no record begins at byte {at}")
        numbers = [int(n) for n in found.groups()]
        middle = found.end() + max(0, numbers[3])
        last = middle + max(0, numbers[4])
        end = raw.index(b"\n", last + 1)
        text = raw[last + 1:end].decode("utf-8", "replace")
        headers = dict(pair.split("=", 1) for pair in NAME.split(text) if "=" in pair)
        records.append(Record(path.name, numbers[:3], raw[found.end():middle], raw[middle:last], headers, schemas))
        at = end + 1
    return records


class Dump:
    def __init__(self, folder, events=ROOT / "events"):
        self.folder = pathlib.Path(folder)
        try:
            self.read(events)
        except (OSError, ValueError, KeyError) as fault:
            raise Unreadable(f"{folder} is no dump: {fault!r}") from fault

    def read(self, events):
        with open(events / "topics.toml", "rb") as file:
            self.declared = tomllib.load(file)["topics"]
        schemas = Schemas(events)
        self.terms = terms_of(events)
        self.topics = {path.name: records_of(path, schemas) for path in sorted((self.folder / "topics").iterdir())}
        self.ends = {(k.split()[0], int(k.split()[1])): n for k, n in json.loads((self.folder / "log-ends.json").read_text()).items()}
        self.tables = {path.name: {table.stem: list(csv.DictReader(open(table, newline="", encoding="utf-8")))
                                   for table in path.glob("*.csv")} for path in (self.folder / "databases").iterdir()}
        self.ledger = [json.loads(line) for line in (self.folder / "ledger.jsonl").read_text().splitlines()]
        self.mails = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
                      for path in sorted((self.folder / "mails").iterdir())]
        self.redis = {}
        for line in (self.folder / "redis.jsonl").read_text().splitlines():
            entry = json.loads(line)
            self.redis[entry["key"]] = [bytes.fromhex(word) for word in entry["value"]]
        self.history = [json.loads(line) for line in (self.folder / "history.jsonl").read_text().splitlines()]
        self.operations()
        for name in ("order.commands", "order.events", "payment.events", "cart.commands", "cart.events"):
            if not self.topics.get(name):
                raise Unreadable(f"{self.folder}: {name} is empty: nothing happened, so nothing is proven")
        if not any(op["phase"] == "ok" and op["do"] == "checkout" for op in self.ops):
            raise Unreadable(f"{self.folder}: the history has no accepted order: nothing is proven")

    def operations(self):
        """The driver's operations: what was asked, and how it ended ("open" when the history ends before)."""
        by_number = {}
        for line in self.history:
            if line["phase"] == "invoke":
                by_number[line["n"]] = {**line, "phase": "open"}
            elif "n" in line:
                by_number[line["n"]].update(phase=line["phase"], **({"order": line["order"]} if "order" in line else {}))
        self.ops = list(by_number.values())

    def said(self, phase):
        return [line for line in self.history if line["phase"] == phase]

    def heard(self, topic):
        """What its readers heard: each message once, by its id, in the order of the log; without what was planted."""
        seen, found = set(), []
        for record in self.topics.get(topic, []):
            if record.planted or not record.body or record.id in seen:
                continue
            seen.add(record.id)
            found.append(record)
        return found

    def frozen_text(self, order):
        """One text for an order's terms, whether a message holds them or, in Avro's bytes, a table; empty where there are none."""
        if isinstance(order, str):
            raw = bytes.fromhex(order.removeprefix("\\x"))
            order = fastavro.schemaless_reader(io.BytesIO(raw), self.terms, None) if raw else None
        return repr(order) if order else ""

    def rows(self, service, table):
        return self.tables.get(service, {}).get(table, [])
