"""spoilt_log.py - ways to spoil the good dump that are about the log, the databases, Redis, prices, secrets and rest: I11 to I20."""
import base64

from paper_dump import BOUGHT, LEFT, MUG, USER, encode
from spoiling import again, spoilt

ALONE = "eeeeeeee-0000-5000-8000-000000000005"


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


def card_alone(p, phase):
    """A card without its order, and the click that it came from."""
    p.did(93, "checkout", phase, command="o9", offered="$1.00", currency="USD", email="canary.kim@example.com")
    p.say("payment.commands", "PayWith", ALONE, order_id=ALONE, user_id=USER)
    p.row("payment", "inbox", id=p.told("PayWith", ALONE)["headers"]["ce-id"])
    next(row for row in p.tables["payment"]["position"] if row["topic"] == "payment.commands")["next_offset"] += 1
    p.row("payment", "payment", key=ALONE, state=0)
    p.row("payment", "deadline", type="CardOverdue", key=ALONE)


@spoilt("I13c", ALONE, "a card without an order, though no click had no answer")
def _(p):
    card_alone(p, "fail")


@spoilt("I15", ALONE, "a payment of an order that nobody sent")
def _(p):
    card_alone(p, "fail")


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
