"""paper_dump.py - a dump of a shop that never ran: two orders, one confirmed and one cancelled after its charge, as everybody would
have written them down. What a test spoils in it, the checker has to find.
"""
import csv
import io
import json
import pathlib
import uuid

import fastavro

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVICES = ["checkout", "catalog", "payment", "shipping", "email", "cart", "currency", "recommendation", "ad"]
USER, BOUGHT, LEFT = "11111111-1111-4111-8111-111111111111", "aaaaaaaa-0000-5000-8000-000000000001", "bbbbbbbb-0000-5000-8000-000000000002"
MUG, MAIL = "6E92ZMYYFZ", "canary.kim@example.com"
IDS = {line.split()[1]: (int(line.split()[0]), int(line.split()[2])) for line in (ROOT / "events/schema-ids").read_text().splitlines()
       if line[:1].isdigit()}


def blank(schema):
    """The emptiest value of a schema."""
    if isinstance(schema, dict) and schema["type"] == "record":
        return {field["name"]: blank(field["type"]) for field in schema["fields"]}
    kind = schema["type"] if isinstance(schema, dict) else schema
    return {"string": "", "long": 0, "int": 0, "boolean": False, "bytes": b"", "array": []}.get(kind) if kind != "enum" else schema["symbols"][0]


def encode(kind, fields):
    number, version = IDS[kind] if kind in IDS else IDS[f"shop.{kind}"]
    text = json.loads((ROOT / f"events/published/{kind}.{version}.avsc").read_text())
    body = whole(text, {}, fields)
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(text), body)
    return b"\0" + number.to_bytes(4, "big") + out.getvalue()


def terms_bytes(terms):
    """An order's terms as checkout's table keeps them."""
    newest = json.loads((ROOT / f"events/published/OrderPlaced.{IDS['OrderPlaced'][1] if 'OrderPlaced' in IDS else IDS['shop.OrderPlaced'][1]}.avsc").read_text())
    schema = next(field["type"] for field in newest["fields"] if field["name"] == "order")
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(schema), whole(schema, {}, terms))
    return "\\x" + out.getvalue().hex()


def whole(schema, known, given):
    """The given value with every field that it does not name; known: named types met so far."""
    schema = known.get(schema, schema) if isinstance(schema, str) else schema
    if not isinstance(schema, dict):
        return blank(schema) if given is None else given
    if "name" in schema:
        known[schema["name"]] = known[f"shop.{schema['name']}"] = schema
    if schema["type"] == "record":
        return {f["name"]: whole(f["type"], known, (given or {}).get(f["name"])) for f in schema["fields"]}
    if schema["type"] == "array":
        whole(schema["items"], known, None)
        return [whole(schema["items"], known, item) for item in given or []]
    if isinstance(schema["type"], (dict, str)) and schema["type"] not in ("enum", "string", "long", "int", "bytes", "boolean"):
        return whole(schema["type"], known, given)
    return given if given is not None else blank(schema)


class Paper:
    def __init__(self):
        self.topics = {name: [] for name in ("order.commands", "payment.commands", "order.events", "stock.events", "payment.events",
                                             "shipment.events", "email.events", "cart.commands", "cart.checkouts", "cart.events",
                                             "catalog.commands", "catalog.events", "product.state", "order.events.payment.dlt")}
        self.tables = {service: {"position": [], "inbox": [], "outbox": [], "parked": [], "deadline": [], "replay": [], "stale": [],
                                 "claim": [{"kind": "order", "part": 0, "epoch": 3, "tries": 0, "suspect": "", "rebuilding": "f", "dropped": "f"}]}
                       for service in SERVICES}
        self.ledger, self.mails, self.redis, self.history, self.logs = [], [], {}, [], {}
        self.command = self.lost = ""  # lost: a topic whose end is one further than its records go

    def say(self, topic, kind, key, /, because=None, **fields):
        """One record; its id follows from what it answers, or from what it is."""
        heard = uuid.UUID(because["headers"]["ce-id"]) if because else uuid.uuid5(uuid.NAMESPACE_URL, f"{topic} {key} {fields}")
        record = {"partition": 0, "key": key.encode(), "value": encode(kind, fields), "time": 1000,
                  "headers": {"ce-id": str(uuid.uuid5(heard, f"{kind}:0")), "ce-type": kind, "correlationid": self.command, "causationid": str(heard)}}
        if topic == "order.commands":
            self.command = record["headers"]["correlationid"] = record["headers"]["ce-id"]
        self.topics[topic].append(record)
        return record

    def told(self, kind, key):
        """The record of that kind and key."""
        return next(r for records in self.topics.values() for r in records if r["headers"]["ce-type"] == kind and r["key"] == key.encode())

    def drop(self, kind, key):
        gone = self.told(kind, key)
        for records in self.topics.values():
            if gone in records:
                records.remove(gone)

    def row(self, service, table, /, **columns):
        self.tables[service].setdefault(table, []).append(columns)

    def did(self, number, what, ended, **said):
        order = {"order": said.pop("order")} if "order" in said and ended == "ok" and what == "checkout" else {}
        self.history.append({"phase": "invoke", "n": number, "do": what, "user": USER, **said})
        self.history.append({"phase": ended, "n": number, **order})

    def settle(self, events):
        """Positions, inboxes and Redis, as they follow from the topics."""
        import tomllib
        declared = tomllib.loads((events / "topics.toml").read_text())["topics"]
        for topic, records in self.topics.items():
            for service in declared.get(topic, {}).get("readers", []):
                if service in self.tables and declared[topic]["kept"] != "compacted":
                    self.row(service, "position", topic=topic, part=0, next_offset=len(records))
                    for r in records:
                        self.row(service, "inbox", id=r["headers"]["ce-id"])
        for service in SERVICES:  # who hears nothing of these two orders heard something else
            self.row(service, "inbox", id=str(uuid.uuid5(uuid.NAMESPACE_URL, service)))
        for topic in ("order.events", "stock.events", "payment.events", "shipment.events", "email.events"):
            for r in self.topics[topic]:
                self.redis.setdefault(f"order:{r['key'].decode()}", ["hash"]).extend([r["headers"]["ce-id"].encode(), b"1000 " + r["value"]])

    def write(self, folder):
        for name in ("topics", "databases", "mails", "logs"):
            (folder / name).mkdir(parents=True)
        for topic, records in self.topics.items():
            with open(folder / "topics" / topic, "wb") as file:
                for offset, r in enumerate(records):
                    headers = ",".join(f"{k}={v}" for k, v in r["headers"].items())
                    file.write(f"{r['partition']} {offset} {r['time']} {len(r['key'])} {len(r['value'])}\n".encode() + r["key"] + r["value"]
                               + f"\n{headers}\n".encode())
        (folder / "log-ends.json").write_text(json.dumps({f"{t} 0": len(records) + (t == self.lost) for t, records in self.topics.items()}))
        for service, tables in self.tables.items():
            (folder / "databases" / service).mkdir()
            for table, rows in tables.items():
                with open(folder / "databases" / service / f"{table}.csv", "w", newline="", encoding="utf-8") as file:
                    out = csv.DictWriter(file, list(rows[0]) if rows else ["id"])
                    out.writeheader()
                    out.writerows(rows)
        (folder / "ledger.jsonl").write_text("".join(json.dumps(e) + "\n" for e in self.ledger))
        for name, text in self.logs.items():
            (folder / "logs" / name).write_text(text)
        for at, text in enumerate(self.mails):
            (folder / "mails" / str(at)).write_text(text)
        (folder / "redis.jsonl").write_text("".join(json.dumps({"key": k, "type": v[0], "value": [w.hex() for w in v[1:]]}) + "\n"
                                                    for k, v in self.redis.items()))
        (folder / "history.jsonl").write_text("".join(json.dumps(line) + "\n" for line in self.history))


def good():
    """Two mugs bought; then one more, cancelled by the shopper after it was paid for."""
    p = Paper()
    p.history.append({"phase": "began", "secrets": ["4432801561520454"], "settings": {"APP_ORDER_DEADLINE": "90s"}})
    p.say("catalog.events", "ProductAdded", MUG, product_id=MUG, quantity=93, price_minor=899, currency="USD")
    p.did(90, "restock", "ok", product=MUG, quantity=7)
    more = p.say("catalog.commands", "Restock", MUG, product_id=MUG, quantity=7)
    p.command = more["headers"]["ce-id"]
    p.say("catalog.events", "Restocked", MUG, because=more, product_id=MUG, quantity=7)
    p.say("product.state", "ProductUpdated", MUG, product_id=MUG, version=1, name="Mug", categories=["kitchen", "cups"], stock="PLENTY")
    for generation, (order, quantity) in enumerate([(BOUGHT, 2), (LEFT, 1)]):
        buy(p, generation, order, quantity)
    p.row("catalog", "product", key=MUG, state=1, on_hand=98, price_minor=899, currency="USD", version=1, name="Mug", description="", picture="",
          categories="kitchen,cups", weight_grams=0, volume_cm3=0, shown_stock=1, shown_left=0)
    p.history += [{"phase": "seen", "order": BOUGHT, "state": "open", "total": "$26.97"}, {"phase": "seen", "order": BOUGHT, "state": "confirmed", "total": "$26.97"},
                  {"phase": "fence", "service": "payment", "epochs": {"order 0": 3}},
                  {"phase": "rested", "ends": {f"{topic} 0": len(records) for topic, records in p.topics.items()}},
                  {"phase": "quiet", "after_s": 1, "missing": []}]
    p.redis[f"orders:{USER}"] = ["zset", BOUGHT.encode(), b"1", LEFT.encode(), b"2"]
    last = p.topics["cart.events"][-1]
    p.redis[f"cart:{USER}"] = ["hash", b"version", b"4", b"value", last["value"]]
    p.row("cart", "carts", key=USER, version=4, generation=2, lines=f"1 {MUG}\n", answered=2, outcome=1, reason="", changed_ms=0, commands="\\x",
          left_behind="")
    return p


def buy(p, generation, order, quantity):
    sold, total = order == BOUGHT, 899 * quantity + 899
    line = {"product_id": MUG, "quantity": quantity}
    terms = {"cart_generation": generation, "currency": "USD", "lines": [{**line, "unit_price_minor": 899}], "shipping_minor": 899, "total_minor": total}
    said, whose = {"order_id": order}, {"order_id": order, "user_id": USER}
    p.did(10 * generation + 1, "add", "ok", command=f"c{generation}", product=MUG, quantity=quantity)
    added = p.say("cart.commands", "AddItem", USER, user_id=USER, **line)
    p.say("cart.events", "CartUpdated", USER, because=added, user_id=USER, version=2 * generation + 1, generation=generation, lines=[line], position=generation, outcome="ACCEPTED")
    p.did(10 * generation + 2, "checkout", "ok", command=f"o{generation}", order=order, offered=f"${total / 100:.2f}", currency="USD", email=MAIL)
    command = p.say("order.commands", "PlaceOrder", order, **whose, pay_with_id=f"pay-{generation}", order=terms)
    p.say("payment.commands", "PayWith", order, **whose)["headers"]["ce-id"] = f"pay-{generation}"
    p.say("order.events", "OrderPlaced", order, **whose, order=terms, deadline_ms=91000)
    p.say("stock.events", "StockReserved", order, **said, lines=[line])
    p.say("payment.events", "PaymentCharged", order, **said, amount_minor=total, currency="USD", transaction_id=f"ch{generation}")
    p.ledger.append({"event": "charged", "key": order, "amount_minor": total, "currency": "USD"})
    p.say("shipment.events", "ShipmentCreated", order, **said, tracking_number=f"T{generation}")
    if sold:
        p.say("order.events", "OrderConfirmed", order, **whose, order=terms, tracking_number=f"T{generation}")
        p.say("shipment.events", "ShipmentMoved", order, **said, stage="PICKED")
        told = p.say("cart.checkouts", "CartOrdered", USER, **whose, generation=generation, lines=[line])
    else:
        p.say("order.commands", "CancelOrder", order, **whose)
        p.command = command["headers"]["ce-id"]
        p.say("order.events", "OrderCancelled", order, **whose, order=terms, reason="BY_CUSTOMER")
        p.say("stock.events", "StockReleased", order, **said, lines=[line])
        p.say("payment.events", "PaymentRefunded", order, **said, amount_minor=total, currency="USD", refund_id="re1")
        p.ledger.append({"event": "refunded", "key": order, "amount_minor": total, "currency": "USD"})
        p.say("shipment.events", "ShipmentCancelled", order, **said, tracking_number=f"T{generation}")
        told = p.say("cart.checkouts", "CartKept", USER, **whose, generation=generation)
    p.say("cart.events", "CartUpdated", USER, because=told, user_id=USER, version=2 * generation + 2, generation=generation + 1, lines=[] if sold else [line],
          position=generation, outcome="ACCEPTED")
    kind = "CONFIRMATION" if sold else "CANCELLATION"
    p.say("email.events", "EmailSent", order, **said, kind=kind, message_id=f"<{order}-{kind.lower()}@hipster.shop>")
    p.mails.append(f"Message-ID: <{order}-{kind.lower()}@hipster.shop>\nTo: {MAIL}\nSubject: Your order: ${total / 100:.2f}\n\nGood day.\n")
    keep(p, order, generation, quantity, terms)


def keep(p, order, generation, quantity, terms):
    """The rows of an order that has ended, as each service holds them."""
    sold, total = order == BOUGHT, terms["total_minor"]
    p.row("checkout", "orders", key=order, state=3 if sold else 4, user_id=USER, reason=0 if sold else 4, detail="", placed=terms_bytes(terms), carrier="",
          tracking_number=f"T{generation}" if sold else "")
    p.row("catalog", "reservation", key=order, state=1 if sold else 3, lines=f"{quantity} {MUG}\n" if sold else "")
    p.row("payment", "payment", key=order, state=3 if sold else 7, currency="USD", cards="\\x", amount_minor=0, attempts=0, transaction_id=f"ch{generation}",
          charged_minor=total, refund_id="" if sold else "re1", refunded_minor=0 if sold else total)
    p.row("shipping", "parcels", key=order, state=5 if sold else 9, carrier="", days=0, tracking_number=f"T{generation}" if sold else "")
    p.row("email", "mails", key=order, kind=1 if sold else 2, state=2)
