"""log.py - invariants about the log itself: repeats, versions, positions, inboxes, dead letters."""
import collections
import uuid

from checker.books import SAGA, TERMINAL, invariant

STATES = {"OrderConfirmed": "3", "OrderCancelled": "4", "OrderRejected": "5"}  # orders.state, by services/checkout/checkout.h
TABLES = {"OrderPlaced": ("checkout", "orders"), "StockReserved": ("catalog", "reservation"), "PaymentCharged": ("payment", "payment"),
          "ShipmentCreated": ("shipping", "parcels"), "EmailSent": ("email", "mails")}

HEARS = {  # what each has a rule for, by the READMEs of services/; of other kinds one that was heard tells that all are
    "checkout": {"PlaceOrder", "CancelOrder", "StockRefused", "PaymentDeclined", "ShipmentCreated", "ShipmentRefused"},
    "catalog": {"OrderPlaced", "OrderCancelled", "AddProduct", "ChangePrice", "Restock", "RetireProduct"},
    "payment": {"PayWith", "OrderPlaced", "OrderRejected", "OrderConfirmed", "OrderCancelled", "StockReserved"},
    "shipping": {"OrderPlaced", "OrderConfirmed", "OrderCancelled", "PaymentCharged"},
    "email": {"OrderConfirmed", "OrderCancelled", "PaymentCharged", "PaymentDeclined", "PaymentRefunded", "PaymentVoided", "ShipmentMoved"},
    "cart": {"AddItem", "ChangeQuantity", "EmptyCart", "MergeCart", "CartOrdered", "CartKept"},
}


def readers(dump, topic):
    """The services with a database that hear it message by message (a compacted topic may be followed in memory instead)."""
    told = dump.declared.get(topic)
    return [r for r in told["readers"] if r in dump.tables] if told and told["kept"] != "compacted" else []


@invariant("I11", "versions of a cart and of a product rise by one, however often one of them is repeated; what a shopper saw never goes back")
def versions(books):
    for topic in ("cart.events", "product.state"):
        seen = collections.defaultdict(int)
        for r in books.dump.heard(topic):
            if r.body["version"] == seen[r.key] + 1:
                seen[r.key] += 1
            else:
                yield r.key, f"{r.type} of version {r.body['version']} after {seen[r.key]} at {topic} [{r.partition}] {r.offset}"
                seen[r.key] = max(seen[r.key], r.body["version"])
    ended = {}
    for line in books.dump.said("seen"):
        before = ended.get(line["order"])
        if before and line["state"] != before:
            yield line["order"], f"its page said {before}, and later {line['state']}"
        if line["state"] in ("confirmed", "cancelled", "rejected"):
            ended[line["order"]] = line["state"]


@invariant("I12", "one message id is one message, byte for byte, however often it was said; one thing is said under one id")
def same_bytes(books):
    for topic, told in books.dump.declared.items():
        first = {}
        for r in books.dump.topics.get(topic, []):
            if r.planted or told["writer"] in ("gateway", "shopctl"):  # a person may repeat a command in other words: the first counts
                continue
            known = first.setdefault(r.id, r)
            if (known.key, known.value, known.headers) != (r.key, r.value, r.headers):
                yield r.key, f"{r.type} {r.id} says one thing at [{known.partition}] {known.offset} and another at [{r.partition}] {r.offset} of {topic}"
    once = ("OrderPlaced", "StockRefused", "ShipmentRefused", "StockReserved", "ShipmentCreated", "ShipmentCancelled", *TERMINAL)
    for key, order in books.orders.items():
        for kind in once:
            if len(order.events[kind]) > 1:
                yield key, f"{kind} was said under {len(order.events[kind])} ids"


@invariant("I12b", "a record lies in the partition of its key: no key is in two")
def one_partition(books):
    home = {}
    for topic, records in books.dump.topics.items():
        kind = books.dump.declared.get(topic, {}).get("kind")
        for r in records:
            if kind and not r.planted and home.setdefault((kind, r.key), r.partition) != r.partition:
                yield r.key, f"is in partition {home[kind, r.key]} and, at {topic} {r.offset}, in {r.partition}"


@invariant("I12c", "no accepted order is missing in the topics: PlaceOrder and the PayWith that it names")
def commands_there(books):
    cards = collections.defaultdict(set)
    for r in books.dump.heard("payment.commands"):
        cards[r.key].add(r.id)
    for key in books.accepted:
        order = books.order(key)
        wanted = [c.body["pay_with_id"] for c in order.commands if c.type == "PlaceOrder"]
        if not wanted:
            yield key, "was accepted, and its PlaceOrder is in no topic"
        elif not any(pay_with in cards[key] for pay_with in wanted):
            yield key, "was accepted, and the PayWith of none of its PlaceOrders is there"


@invariant("I12e", "when an order would be given up follows from when it was sent and from nothing else, by whichever clock it was heard")
def deadlines(books):
    set_s = {line["settings"]["APP_ORDER_DEADLINE"].removesuffix("s") for line in books.dump.said("began") if "settings" in line}
    sent = collections.defaultdict(set)
    for r in books.dump.topics["order.commands"]:
        if r.type == "PlaceOrder":
            sent[r.key].add(r.time_ms)
    for key, order in books.orders.items():
        placed = order.one("OrderPlaced")
        if placed and set_s and not {placed["deadline_ms"] - 1000 * int(s) for s in set_s} & sent[key]:
            yield key, f"was sent at {sorted(sent[key])}, and its deadline is {placed['deadline_ms']}"


SAID_AT_ONCE = 64  # by one rule, of one type, at most


@invariant("I12f", "what is said has an id that follows from what was heard: UUIDv5 of the heard id, type and count, so that it is the same when it is said again")
def derived_ids(books):
    for topic in (*SAGA, "cart.checkouts", "cart.events"):
        for r in books.dump.heard(topic):
            try:
                heard = uuid.UUID(r.headers.get("causationid", ""))
            except ValueError:
                yield r.key, f"{r!r} names nothing that was heard"
                continue
            if not any(str(uuid.uuid5(heard, f"{r.type}:{count}")) == r.id for count in range(SAID_AT_ONCE)):
                yield r.key, f"{r!r} has the id {r.id}, which does not follow from {heard}"


@invariant("I13", "nothing waits unsent, every position is the log's end and not behind it, nothing is parked but what was planted")
def at_rest(books):
    dump = books.dump
    for service in dump.tables:
        for row in dump.rows(service, "outbox"):
            yield unhex(row["key"]), f"{service} has an unsent message for {row['topic']}"
        at = {(row["topic"], int(row["part"])): int(row["next_offset"]) for row in dump.rows(service, "position")}
        for (topic, part), end in dump.ends.items():
            here = at.get((topic, part), 0 if service in readers(dump, topic) else end)
            if here != end:
                yield f"{topic} [{part}]", f"{service} has heard it to {here}, it ends at {end}"
        for row in dump.rows(service, "parked"):
            if not unhex(row["key"]).startswith("planted-"):
                yield unhex(row["key"]), f"{service} parked a {row['type']}: {row['reason']}"


def unhex(text):
    return bytes.fromhex(text.removeprefix("\\x")).decode("utf-8", "replace")


@invariant("I12d", "a topic that is kept is in the dump from its first record to its end, without a gap")
def no_gaps(books):
    for topic, records in books.dump.topics.items():
        if books.dump.declared.get(topic, {}).get("kept") not in ("forever", "7d"):  # others lose their oldest in time
            continue
        at = collections.Counter()
        for r in records:
            if r.offset != at[r.partition]:
                yield r.key, f"{topic} [{r.partition}] goes on at {r.offset}, {at[r.partition]} was awaited"
            at[r.partition] = r.offset + 1
        for (name, part), end in books.dump.ends.items():
            if name == topic and at[part] != end:
                yield f"{topic} [{part}]", f"has {at[part]} records, and ends at {end}"


@invariant("I13b", "a service that hears one kind of message of a topic has heard every one of it: its inbox says so")
def inboxes(books):
    dump = books.dump
    for service, tables in dump.tables.items():
        known = {row["id"] for table in ("inbox", "parked") for row in tables.get(table, [])}
        kinds = collections.defaultdict(list)
        for topic in dump.declared:
            if service in readers(dump, topic):
                for r in dump.heard(topic):
                    kinds[topic, r.type].append(r)
        if kinds and not known:
            yield service, "its inbox is empty"
        for (_, kind), records in kinds.items():  # a kind that it has no rule for is heard by nobody
            if kind in HEARS.get(service, ()) or any(r.id in known for r in records):
                yield from ((r.key, f"{service} never heard {r!r}") for r in records if r.id not in known)


@invariant("I14", "every planted record is in the dead letters or parked, with its coordinates and the reason, at each reader; nothing else is")
def dead_letters(books):
    dump = books.dump
    for name, records in dump.topics.items():
        if not name.endswith(".dlt"):
            continue
        topic, reader = name.removesuffix(".dlt").rsplit(".", 1)
        source = {(r.partition, r.offset): r for r in dump.topics.get(topic, [])}
        letters = {}
        for r in records:
            where = r.headers.get("dlt-partition"), r.headers.get("dlt-offset")
            if None in where or not r.headers.get("dlt-reason") or r.headers.get("dlt-topic") != topic:
                yield r.key, f"{name} [{r.partition}] {r.offset} does not say where it came from, or why"
                continue
            came = source.get((int(where[0]), int(where[1])))
            letters[int(where[0]), int(where[1])] = r
            if not came or not came.value.startswith(r.value):
                yield r.key, f"{name} [{r.partition}] {r.offset} is not what stands at {topic} [{where[0]}] {where[1]}"
            elif not came.planted:
                yield r.key, f"{reader} could not take {came!r}: {r.headers['dlt-reason']}"
        parked = {(row["topic"], int(row["part"]), int(row["at_offset"])) for row in dump.rows(reader, "parked")}
        for place, r in source.items():
            if r.planted and place not in letters and (topic, *place) not in parked:
                yield r.key, f"{reader} neither laid {topic} [{place[0]}] {place[1]} aside nor sent it to the dead letters"
    for line in dump.said("planted"):
        if not any(r.key == line["key"] for r in dump.topics.get(line["topic"], [])):
            yield line["key"], f"was planted in {line['topic']}, and is not there"


@invariant("I15", "what a service's database says of an order is what the service said in its topic")
def databases(books):
    dump = books.dump
    rows = {pair: {row["key"]: row for row in dump.rows(*pair)} for pair in TABLES.values()}
    for key, order in books.orders.items():
        row = rows["checkout", "orders"].get(key)
        if len(order.ends) == 1 and (not row or row["state"] != STATES[order.ends[0]]):
            yield key, f"{order.ends[0]}, and checkout's row is in state {row['state'] if row else 'none'}"
        for kind, pair in TABLES.items():
            if order.has(kind) and key not in rows[pair]:
                yield key, f"{kind} was said, and {pair[0]} has no row of it"
    for (service, table), known in rows.items():
        for key in known.keys() - books.orders.keys() - (books.cards_alone if service == "payment" else set()):
            yield key, f"{service} has a row of it in {table}, and no topic knows it"
