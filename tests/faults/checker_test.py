"""checker_test.py - the checker passes a good dump, and names what is wrong with each spoilt one.

needs: none
timeout: 300
"""
import base64
import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/shop"), str(ROOT / "tests/faults"), str(ROOT / "chaos")]
import packages  # noqa: E402
sys.path.insert(0, packages.folder())

from checker.books import INVARIANTS, check  # noqa: E402
from checker.dump import Dump, Unreadable  # noqa: E402
import paper_dump as paper  # noqa: E402
from paper_dump import BOUGHT, LEFT, MUG, USER, encode, good  # noqa: E402
from shop import Tests  # noqa: E402

SPOILT = []


def spoilt(number, who, sentence):
    """A way to spoil the good dump: what the checker must say then, and of whom. After the positions were set, unless early."""
    def register(function):
        SPOILT.append((number, who, sentence, function))
        return function
    return register


def again(p, kind, key, **changes):
    """The same message under another id."""
    r = dict(p.told(kind, key))
    r["headers"] = {**r["headers"], "ce-id": "00000000-0000-4000-8000-00000000abcd", **changes}
    next(records for records in p.topics.values() if p.told(kind, key) in records).append(r)
    return r


def hit_at(ms):
    """A fault of email, and its end."""
    return [{"phase": "fault", "kind": "kill", "victim": "email", "at_ms": ms}, {"phase": "healed", "kind": "kill", "at_ms": ms + 100}]


@spoilt("I1", BOUGHT, "an order that never ended")
def _(p):
    p.drop("OrderConfirmed", BOUGHT)


@spoilt("I1", LEFT, "an order with two ends")
def _(p):
    p.say("order.events", "OrderConfirmed", LEFT, order_id=LEFT, user_id=USER)


@spoilt("I1", "cccccccc-0000-5000-8000-000000000003", "an accepted order that nobody knows")
def _(p):
    p.did(90, "checkout", "ok", command="x", order="cccccccc-0000-5000-8000-000000000003", offered="$1.00", currency="USD", email=paper.MAIL)


@spoilt("I1b", LEFT, "a cancellation that nobody answered")
def _(p):
    p.drop("OrderCancelled", LEFT)


@spoilt("I1c", USER, "a cart command without an answer")
def _(p):
    p.say("cart.commands", "AddItem", USER, user_id=USER, product_id=MUG, quantity=3)


@spoilt("I1c", USER, "an accepted cart command that is in no topic")
def _(p):
    p.topics["cart.commands"].pop()


@spoilt("I1c", USER, "a cart command that a later word passed over")
def _(p):
    p.topics["cart.events"][2]["headers"]["causationid"] = p.topics["cart.events"][0]["headers"]["causationid"]


@spoilt("I1c", USER, "a change of quantity that was accepted, and is in no topic")
def _(p):
    p.did(91, "change", "ok", command="ch", product=MUG, quantity=5)


@spoilt("I1d", MUG, "a delivery that was answered twice")
def _(p):
    p.say("catalog.events", "ProductCommandRefused", MUG, because=p.told("Restock", MUG), product_id=MUG)["headers"]["correlationid"] = \
        p.told("Restock", MUG)["headers"]["ce-id"]


@spoilt("I1d", MUG, "a delivery that the keeper was told had arrived, and did not")
def _(p):
    p.did(92, "restock", "ok", product=MUG, quantity=4)


@spoilt("I2", "dddddddd-0000-5000-8000-000000000004", "a parcel that nobody ordered")
def _(p):
    p.say("shipment.events", "ShipmentCreated", "dddddddd-0000-5000-8000-000000000004", order_id="dddddddd-0000-5000-8000-000000000004")


@spoilt("I2", BOUGHT, "an event that goes back to another command")
def _(p):
    p.told("StockReserved", BOUGHT)["headers"]["correlationid"] = "elsewhere"


@spoilt("I3", BOUGHT, "a card that was charged twice")
def _(p):
    p.ledger.append(dict(p.ledger[0]))


@spoilt("I3", BOUGHT, "a card that was charged again, under a longer key")
def _(p):
    p.ledger.append({**p.ledger[0], "key": BOUGHT + "b"})


@spoilt("I4", BOUGHT, "a charge of one cent more than was agreed, in the database alone")
def _(p):
    p.tables["payment"]["payment"][0]["charged_minor"] += 1


@spoilt("I4", LEFT, "a cancelled order that was not refunded")
def _(p):
    p.ledger = [e for e in p.ledger if e["event"] == "charged"]


@spoilt("I5", BOUGHT, "a void of what was sold")
def _(p):
    p.say("payment.events", "PaymentVoided", BOUGHT, order_id=BOUGHT, currency="USD")


@spoilt("I5", BOUGHT, "a confirmed order whose money went back")
def _(p):
    p.ledger.append({**p.ledger[0], "event": "refunded"})


@spoilt("I5", LEFT, "a refund in part")
def _(p):
    p.ledger[-1]["amount_minor"] -= 1


@spoilt("I6", MUG, "a mug that is gone")
def _(p):
    p.tables["catalog"]["product"][0]["on_hand"] -= 1


@spoilt("I6", MUG, "a product that has no row")
def _(p):
    p.tables["catalog"]["product"].clear()


@spoilt("I7", LEFT, "a reservation that was released, and has no row")
def _(p):
    p.tables["catalog"]["reservation"].pop()


@spoilt("I7", LEFT, "goods that stay set aside for a cancelled order")
def _(p):
    p.drop("StockReleased", LEFT)


@spoilt("I7", BOUGHT, "goods that were set aside twice")
def _(p):
    again(p, "StockReserved", BOUGHT)


@spoilt("I8", BOUGHT, "a confirmed order without a parcel")
def _(p):
    p.drop("ShipmentCreated", BOUGHT)


@spoilt("I8", LEFT, "a parcel that nobody recalled")
def _(p):
    p.drop("ShipmentCancelled", LEFT)


@spoilt("I8", LEFT, "a parcel that leaves for a cancelled order")
def _(p):
    p.say("shipment.events", "ShipmentMoved", LEFT, order_id=LEFT, stage="PICKED")


@spoilt("I9", BOUGHT, "a mail that came twice in a run without interruption")
def _(p):
    p.mails.append(p.mails[0])


@spoilt("I9", BOUGHT, "a mail that came twice in a run that hit email when it had gone out already")
def _(p):
    p.mails.append(p.mails[0])
    p.history += hit_at(2000)


@spoilt("I9b", BOUGHT, "a mail under an id that email never named")
def _(p):
    p.mails.append(p.mails[0].replace("-confirmation@", "-confirmation-again@"))


@spoilt("I9b", BOUGHT, "a mail to somebody else")
def _(p):
    p.mails[0] = p.mails[0].replace(paper.MAIL, "canary.eve@example.com")


@spoilt("I9b", BOUGHT, "a mail that names another total")
def _(p):
    p.mails[0] = p.mails[0].replace("$26.97", "$1.00")


@spoilt("I9", LEFT, "a cancelled order that was confirmed by mail")
def _(p):
    p.say("email.events", "EmailSent", LEFT, order_id=LEFT, kind="CONFIRMATION", message_id="<x>")


@spoilt("I10", USER, "a cart that still holds what was ordered")
def _(p):
    p.topics["cart.events"][-1]["value"] = encode("CartUpdated", {"user_id": USER, "version": 4, "generation": 2, "position": 1, "outcome": "ACCEPTED",
                                                                  "lines": [{"product_id": MUG, "quantity": 3}]})


@spoilt("I10", USER, "a cart that had another word in between")
def _(p):
    p.topics["cart.events"][0]["value"] = encode("CartUpdated", {"user_id": USER, "version": 1, "position": 0, "outcome": "ACCEPTED",
                                                                 "lines": [{"product_id": MUG, "quantity": 3}]})


@spoilt("I10", USER, "a cart that changed otherwise than its shopper said")
def _(p):
    change = p.say("cart.commands", "ChangeQuantity", USER, user_id=USER, product_id=MUG, quantity=4)
    p.say("cart.events", "CartUpdated", USER, because=change, user_id=USER, version=5, generation=2, position=2, outcome="ACCEPTED",
          lines=[{"product_id": MUG, "quantity": 5}])


@spoilt("I10", USER, "a refusal without a reason")
def _(p):
    change = p.say("cart.commands", "EmptyCart", USER, user_id=USER)
    p.say("cart.events", "CartUpdated", USER, because=change, user_id=USER, version=5, generation=2, position=2, outcome="REFUSED",
          lines=[{"product_id": MUG, "quantity": 1}])


@spoilt("I10b", BOUGHT, "a cart that was told twice of one order")
def _(p):
    again(p, "CartOrdered", USER)


@spoilt("I11", USER, "a version that was left out")
def _(p):
    p.topics["cart.events"].pop(1)


@spoilt("I11", BOUGHT, "a page that takes its word back")
def _(p):
    p.history.append({"phase": "seen", "order": BOUGHT, "state": "cancelled", "total": ""})


@spoilt("I12", BOUGHT, "one id, and two messages")
def _(p):
    r = dict(p.told("PaymentCharged", BOUGHT))
    r["value"] = encode("PaymentCharged", {"order_id": BOUGHT, "amount_minor": 2697, "currency": "USD", "transaction_id": "other"})
    p.topics["payment.events"].append(r)


@spoilt("I12", BOUGHT, "one message under two ids")
def _(p):
    again(p, "OrderPlaced", BOUGHT)


@spoilt("I12b", BOUGHT, "a record in another's partition")
def _(p):
    p.told("PaymentCharged", BOUGHT)["partition"] = 3


@spoilt("I12c", BOUGHT, "an accepted order without its card")
def _(p):
    p.topics["payment.commands"].pop(0)


@spoilt("I12d", "shipment.events [0]", "a log that lost its last record")
def _(p):
    p.lost = "shipment.events"


@spoilt("I13", "order.events [0]", "a reader that is behind")
def _(p):
    next(row for row in p.tables["email"]["position"] if row["topic"] == "order.events")["next_offset"] -= 1


@spoilt("I13", BOUGHT, "a message that was never sent")
def _(p):
    p.row("payment", "outbox", id="x", key="\\x" + BOUGHT.encode().hex(), topic="payment.events")


@spoilt("I12g", BOUGHT, "a message that was said again when its service was killed at rest")
def _(p):
    p.topics["payment.events"].append(p.told("PaymentCharged", BOUGHT))


@spoilt("I13c", BOUGHT, "a deadline of an order that has ended")
def _(p):
    p.row("checkout", "deadline", type="OrderOverdue", key=BOUGHT)


@spoilt("I13c", "payment, order 0", "a partition whose state is still folded")
def _(p):
    p.tables["payment"]["claim"][0]["rebuilding"] = "t"


@spoilt("I13c", "payment, order 0", "a partition with a suspect")
def _(p):
    p.tables["payment"]["claim"][0]["suspect"] = "order.events/0/3"


@spoilt("I13c", "order.events [0]", "a range that is still to be heard again")
def _(p):
    p.row("email", "replay", topic="order.events", part=0, from_offset=0)


@spoilt("I13b", BOUGHT, "a message that was skipped")
def _(p):
    gone = p.told("OrderPlaced", BOUGHT)["headers"]["ce-id"]
    p.tables["payment"]["inbox"] = [row for row in p.tables["payment"]["inbox"] if row["id"] != gone]


@spoilt("I12e", BOUGHT, "a deadline that was counted from another moment")
def _(p):
    next(r for r in p.topics["order.commands"] if r["key"] == BOUGHT.encode())["time"] = 1001


@spoilt("I12f", BOUGHT, "an id that does not follow from what was heard")
def _(p):
    p.told("StockReserved", BOUGHT)["headers"]["causationid"] = "00000000-0000-4000-8000-00000000abcd"


@spoilt("I13b", LEFT, "a whole kind of message that a service never heard")
def _(p):
    gone = p.told("OrderCancelled", LEFT)["headers"]["ce-id"]
    p.tables["catalog"]["inbox"] = [row for row in p.tables["catalog"]["inbox"] if row["id"] != gone]


@spoilt("I14", "planted-1", "poison that somebody swallowed")
def _(p):
    r = p.say("order.events", "OrderPlaced", "planted-1")
    r["value"], r["headers"] = b"rubbish", {"ce-type": "none"}


@spoilt("I14", BOUGHT, "a dead letter of a message that was good")
def _(p):
    r = dict(p.told("OrderPlaced", BOUGHT))
    at = p.topics["order.events"].index(p.told("OrderPlaced", BOUGHT))
    r["headers"] = {**r["headers"], "dlt-topic": "order.events", "dlt-partition": "0", "dlt-offset": str(at), "dlt-reason": "no mood"}
    p.topics["order.events.payment.dlt"].append(r)


@spoilt("I14b", "order.events [0]", "a message that was laid aside and heard as well")
def _(p):
    p.row("payment", "parked", id=p.told("OrderPlaced", BOUGHT)["headers"]["ce-id"], topic="order.events", part=0, at_offset=0,
          key="\\x" + b"planted-x".hex(), type="OrderPlaced", reason="no mood")


@spoilt("I15b", BOUGHT, "an order's terms that are others in checkout's table")
def _(p):
    p.tables["checkout"]["orders"][0]["placed"] = p.tables["checkout"]["orders"][1]["placed"]


@spoilt("I15b", MUG, "a price that is another in catalog's table")
def _(p):
    p.tables["catalog"]["product"][0]["price_minor"] = 898


@spoilt("I15b", LEFT, "a refund under another name in payment's table")
def _(p):
    p.tables["payment"]["payment"][1]["refund_id"] = "re2"


@spoilt("I15b", USER, "a cart with a reason that it never gave")
def _(p):
    p.tables["cart"]["carts"][0]["reason"] = "full"


@spoilt("I15", LEFT, "a database that thinks otherwise")
def _(p):
    p.tables["checkout"]["orders"][1]["state"] = 3


@spoilt("I16", BOUGHT, "a view that lacks a message")
def _(p):
    del p.redis[f"order:{BOUGHT}"][-2:]


@spoilt("I16b", BOUGHT, "a page that says what no topic says")
def _(p):
    next(line for line in p.history if line.get("state") == "confirmed")["state"] = "rejected"


@spoilt("I17", BOUGHT, "another price than the cart's page offered")
def _(p):
    next(line for line in p.history if line.get("do") == "checkout")["offered"] = "$26.96"


@spoilt("I18", "databases/payment/payment.csv", "a card number in a column of bytes")
def _(p):
    p.tables["payment"]["payment"][0]["currency"] = "\\x" + b"..4432801561520454..".hex()


@spoilt("I18", "topics/order.events", "a card number in a header, with gaps")
def _(p):
    p.told("OrderPlaced", BOUGHT)["headers"]["note"] = "4432 8015 6152 0454"


@spoilt("I18", "logs/payment", "a card number in base64")
def _(p):
    p.logs["payment"] = base64.b64encode(b"a4432801561520454b").decode()


@spoilt("I18", "databases/payment/payment.csv", "a card number in a table")
def _(p):
    p.tables["payment"]["payment"][0]["currency"] = "4432801561520454"


@spoilt("I19", "the run", "a shop that does not come to rest")
def _(p):
    p.history[-1]["missing"] = ["payment has 1 open questions"]


@spoilt("I20", BOUGHT, "a word of one who had been replaced")
def _(p):
    p.row("payment", "stale", key=BOUGHT, epoch=2, owner=3)


@spoilt("I20", "payment", "an epoch that fell")
def _(p):
    p.tables["payment"]["claim"][0]["epoch"] = 2


def findings(p):
    with tempfile.TemporaryDirectory() as folder:
        p.write(pathlib.Path(folder) / "dump")
        dump = Dump(pathlib.Path(folder) / "dump")
        return {(number, who) for number, _, found in check(dump) for who, _ in found}


def main():
    t = Tests()
    p = good()
    p.settle(ROOT / "events")
    t.equal(findings(p), set(), "a good dump passes")
    p.mails.append(p.mails[0])
    p.history += hit_at(950)
    t.equal(findings(p), set(), "a mail that was on its way when email was hit may come twice")
    for number, who, sentence, spoil in SPOILT:
        p = good()
        p.settle(ROOT / "events")
        spoil(p)
        found = findings(p)
        t.check((number, who) in found, f"{number} finds {sentence}", sorted(found))
    named = {number for number, _, _, _ in SPOILT}
    t.equal({number for number, _, _ in INVARIANTS} - named, set(), "every invariant has a dump that breaks it")
    with tempfile.TemporaryDirectory() as folder:
        for name, spoil in (("an empty folder", None), ("a shop in which nobody ordered", lambda p: p.topics["order.events"].clear())):
            target = pathlib.Path(folder) / name
            target.mkdir()
            if spoil:
                p = good()
                spoil(p)
                target.rmdir()
                p.write(target)
            try:
                Dump(target)
                t.check(False, f"{name} proves nothing")
            except Unreadable:
                t.check(True, f"{name} proves nothing")
    t.done()


main()
