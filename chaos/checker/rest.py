"""rest.py - invariants about a shop that has come to rest: nothing is left to be done, nothing is said again, nobody owns what another took."""
import collections

from checker.books import SAGA, invariant
from checker.log import HEARS, readers

# Deadlines of questions that are open; the others ring for ever (prices, campaigns) or in a month (a cart that lies idle).
QUESTIONS = ("OrderOverdue", "AskOverdue", "CardOverdue", "AddressOverdue", "ParcelDue", "MailOverdue", "FetchOverdue")
SAID_ONCE = (*SAGA, "cart.checkouts", "cart.events", "catalog.events")  # at rest nobody says anything there


@invariant("I13c", "nothing is left to be done: no open question's deadline, no partition that is folded, dropped or suspected, nothing to be heard again")
def left_over(books):
    dump = books.dump
    for service in dump.tables:
        for row in dump.rows(service, "deadline"):
            if row["type"] in QUESTIONS and not (row["type"] == "CardOverdue" and row["key"] in books.cards_alone):
                yield row["key"], f"{service} still waits for {row['type']}"
        for row in dump.rows(service, "claim"):
            state = [word for word in ("rebuilding", "dropped") if row[word] == "t"] + ([f"suspect {row['suspect']}"] if row["suspect"] else [])
            if state:
                yield f"{service}, {row['kind']} {row['part']}", f"its claim is left {' and '.join(state)}"
        for row in dump.rows(service, "replay"):
            yield f"{row['topic']} [{row['part']}]", f"{service} is to hear it again from {row['from_offset']}"


@invariant("I14b", "of each partition, by count: what came in = what was heard + what came twice + dead letters + parked + kinds without a rule")
def balance(books):
    dump = books.dump
    for service, tables in dump.tables.items():
        heard = {row["id"] for row in tables.get("inbox", [])}
        aside = collections.defaultdict(set)  # (topic, partition): offsets
        for row in tables.get("parked", []):
            aside[row["topic"], int(row["part"])].add(int(row["at_offset"]))
        for topic in dump.declared:
            if service not in readers(dump, topic):
                continue
            for r in dump.topics.get(f"{topic}.{service}.dlt", []):
                if "dlt-offset" in r.headers and "dlt-partition" in r.headers:
                    aside[topic, int(r.headers["dlt-partition"])].add(int(r.headers["dlt-offset"]))
            parts = collections.defaultdict(list)
            for r in dump.topics.get(topic, []):
                parts[r.partition].append(r)
            for part, records in parts.items():
                wrong = account(records, heard, aside[topic, part], HEARS.get(service))
                if wrong:
                    yield f"{topic} [{part}]", f"{service}: {wrong}"


def account(records, heard, aside, rules):
    """The sentence that says why the sum is not right; None when it is. A record is counted wherever it is found."""
    ids = [r.id for r in records if not r.planted and r.body]
    here = set(ids) & heard
    passed = sum(1 for r in {r.id: r for r in records if not r.planted and r.body}.values() if r.id not in heard and rules is not None
                 and r.type not in rules and r.offset not in aside)
    if rules is None:  # its rules are not told to the checker: whatever it did not hear counts as of no interest
        passed = len(set(ids) - heard)
    total = len(here) + (len(ids) - len(set(ids))) + len(aside) + passed
    return None if total == len(records) else (f"{len(records)} came in, {len(here)} were heard, {len(ids) - len(set(ids))} came twice, "
                                               f"{len(aside)} were laid aside, {passed} have no rule")


@invariant("I12g", "when the shop had come to rest every process was killed once more: nobody said again what it had said")
def said_again(books):
    for line in books.dump.said("rested"):
        for topic in SAID_ONCE:
            known = set()
            for r in books.dump.topics.get(topic, []):
                if not r.planted and r.offset >= line["ends"].get(f"{topic} {r.partition}", 0) and r.id in known:
                    yield r.key, f"{r!r} was said again by whoever was killed at rest"
                known.add(r.id)


@invariant("I1d", "each command of the shop's keeper is answered once; each piece that the keeper was told had arrived has arrived")
def keepers(books):
    answers = collections.Counter(r.headers.get("correlationid") for r in books.dump.heard("catalog.events"))
    there = collections.Counter()
    for c in books.dump.heard("catalog.commands"):
        if answers[c.id] != 1:
            yield c.key, f"{c!r} has {answers[c.id]} answers"
    for r in books.dump.heard("catalog.events"):
        if r.type == "Restocked":
            there[r.key] += r.body["quantity"]
    told, asked = collections.Counter(), collections.Counter()
    for op in books.dump.ops:
        if op["do"] == "restock":
            asked[op["product"]] += op["quantity"]
            told[op["product"]] += op["quantity"] if op["phase"] == "ok" else 0
    for product in (asked.keys() | there.keys() if asked else ()):  # a history without a keeper says nothing about them
        if not told[product] <= there[product] <= asked[product]:
            yield product, f"{told[product]} to {asked[product]} pieces were to arrive, {there[product]} did"


@invariant("I20", "who stood still while another took its partitions changes nothing any more: no row was written under an older epoch, and epochs only rise")
def fenced(books):
    dump = books.dump
    for service in dump.tables:
        for row in dump.rows(service, "stale"):  # written by a trigger of the harness, in the transaction that it tells of
            yield row["key"], f"{service} said something under epoch {row['epoch']} when {row['owner']} was the owner's"
    now = {(service, row["kind"], row["part"]): int(row["epoch"]) for service in dump.tables for row in dump.rows(service, "claim")}
    for at, line in enumerate(dump.history):
        if line["phase"] != "fence" or any(later.get("kind") == "postgres-restore" and later.get("service") == line["service"]
                                           for later in dump.history[at:]):
            continue  # an older database has older epochs
        for place, epoch in line["epochs"].items():
            kind, part = place.split()
            if now.get((line["service"], kind, part), 0) < epoch:
                yield line["service"], f"its {place} was claimed under epoch {epoch}, and is under {now.get((line['service'], kind, part))} at the end"
