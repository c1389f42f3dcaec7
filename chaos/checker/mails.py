"""mails.py - invariants about what the mail server took."""
import collections
import email.utils
import re

from checker.books import invariant


def order_of(mail):
    found = re.match(r"<([0-9a-f-]{36})-", mail["Message-ID"] or "")
    return found.group(1) if found else str(mail["Message-ID"])


@invariant("I9", "one confirmation by mail for each confirmed order, one cancellation for each cancelled, by Message-ID at the mail server")
def mails(books):
    arrived = {}
    for mail in books.dump.mails:
        arrived[mail["Message-ID"]] = arrived.get(mail["Message-ID"], 0) + 1
    hit = interruptions(books, "email")
    for key, order in books.orders.items():
        kinds = {"CONFIRMATION": order.confirmed, "CANCELLATION": order.ends == ["OrderCancelled"]}
        told = {r.body["kind"]: r.body["message_id"] for r in order.events["EmailSent"]}
        failed = {r.body["kind"] for r in order.events["EmailFailed"]}
        if len(told) != len(order.events["EmailSent"]):
            yield key, f"EmailSent {[r.body['kind'] for r in order.events['EmailSent']]}"
        for kind, wanted in kinds.items():
            if wanted and kind not in told and kind not in failed:
                yield key, f"no word of a mail of {kind}"
            if kind in told and not wanted:
                yield key, f"a mail of {kind}, and the order ended with {order.ends}"
        for kind, message_id in told.items():
            count = arrived.get(message_id, 0)
            if count == 0:
                yield key, f"EmailSent for {kind}, and the mail server has none"
            if count > 1 and not was_on_its_way(order, kind, hit):
                yield key, f"{count} mails of {kind}, and nothing was hit while it was on its way"


ANYBODYS = ("mail-away", "disk-full", "postgres-crash", "postgres-immediate", "postgres-clock", "broker-clock")
HOUR_MS, AFTERWARDS_MS = 3_600_000, 3000


def interruptions(books, service):
    """[(from, to)] in milliseconds: when it, its database or the mail server was hit. A kind is healed before it comes again."""
    near = {service, "postgres", "mail", f"postgres/{service}", "smtp"}
    found, begun = [], {}
    for line in books.dump.history:
        if line["phase"] == "fault" and (near & {line.get("victim"), line.get("service"), line.get("part")} or line["kind"] in ANYBODYS):
            begun[line["kind"]] = line
        elif line["phase"] in ("healed", "calm"):
            for kind in [line["kind"]] if line["phase"] == "healed" else list(begun):
                if fault := begun.pop(kind, None):
                    astray = HOUR_MS if kind.endswith("clock") else 0  # records' times are in another hour
                    found.append((fault["at_ms"] - astray, line["at_ms"] + astray + AFTERWARDS_MS))
    return found


def was_on_its_way(order, kind, hit):
    """Between the order's end and EmailSent something was hit: then it may have gone out twice, under the same Message-ID."""
    ended = [r.time_ms for end in ("OrderConfirmed", "OrderCancelled") for r in order.events[end]]
    told = [r.time_ms for r in order.events["EmailSent"] if r.body["kind"] == kind]
    return any(min(ended, default=0) <= until and since <= max(told) for since, until in hit)


@invariant("I9b", "each mail at the mail server is one that email says it sent, to the shopper's address; a confirmation's subject names the total")
def every_mail(books):
    addresses = collections.defaultdict(set)
    for op in books.dump.ops:
        if op["do"] == "checkout":
            addresses[op["user"]].add(op["email"].lower())
    for mail in books.dump.mails:
        key = order_of(mail)
        if key not in books.orders:
            continue  # a phantom: I2
        order = books.orders[key]
        told = {r.body["message_id"]: r.body["kind"] for r in order.events["EmailSent"]}
        kind = told.get(mail["Message-ID"])
        if not kind:
            yield key, f"the mail server has {mail['Message-ID']}, and email never said so"
            continue
        to = email.utils.parseaddr(str(mail["To"]))[1].lower()
        if to not in addresses[(order.one("OrderPlaced") or order.one("OrderRejected") or {}).get("user_id")]:
            yield key, f"its mail of {kind} went to {to}"
        named = re.sub(r"\D", "", str(mail["Subject"]).partition(":")[2])
        if kind == "CONFIRMATION" and order.total and named != str(order.total[0]):
            yield key, f"its total is {order.total[0]}, and its mail's subject is {mail['Subject']!r}"
