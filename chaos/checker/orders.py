"""orders.py - invariants about orders and their money."""
import re

from checker.books import invariant
from checker.mails import order_of


@invariant("I1", "every accepted order, and every PlaceOrder, comes to exactly one end")
def one_end(books):
    for key in books.accepted - books.orders.keys():
        yield key, "was accepted, and is in no topic"
    for key, order in books.orders.items():
        placed = any(c.type == "PlaceOrder" for c in order.commands)
        if (placed or key in books.accepted) and len(order.ends) != 1:
            yield key, f"has {len(order.ends)} ends: {' '.join(order.ends) or 'none'}"
        if order.has("OrderRejected") and order.has("OrderPlaced"):
            yield key, "was placed and rejected"
        if order.has("OrderConfirmed", "OrderCancelled") and not order.has("OrderPlaced"):
            yield key, "ended without having been placed"


@invariant("I1b", "every accepted cancellation is answered: cancelled, refused, or the order had ended otherwise")
def cancels_answered(books):
    for key, order in books.orders.items():
        if any(c.type == "CancelOrder" for c in order.commands) and not order.has("OrderCancelled", "CancelRefused", "OrderRejected"):
            yield key, "was to be cancelled, and nobody answered"


@invariant("I2", "no phantoms: every event, charge and mail belongs to an order that a shopper sent, and names that command")
def no_phantoms(books):
    sent = {}
    for op in books.dump.ops:
        if op["do"] == "checkout":
            sent[op["user"]] = sent.get(op["user"], 0) + 1
    for key, order in books.orders.items():
        ids = {c.id for c in order.commands}
        if not ids:
            yield key, f"nobody ordered it, and there are {', '.join(t for t, r in order.events.items() if r)}"
        for records in order.events.values():
            for r in records:
                if r.headers.get("correlationid") not in ids:
                    yield key, f"{r.type} goes back to {r.headers.get('correlationid')}, which is no command of this order"
        for c in order.commands:
            if c.type == "PlaceOrder" and c.body["user_id"] not in sent:
                yield key, f"is of {c.body['user_id']}, who never sent an order"
    for key in {*books.charges, *books.refunds} - books.orders.keys():
        yield key, "the acquirer has it, and nobody ordered it"
    for mail in books.dump.mails:
        key = order_of(mail)
        if key not in books.orders:
            yield key, "a mail is about it, and nobody ordered it"


@invariant("I3", "by the acquirer's own book an order is charged at most once, whatever else stands in its key")
def charged_once(books):
    charges = {}
    for key, amounts in books.charges.items():
        found = re.match(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", key)
        charges.setdefault(found.group() if found else key, []).extend(amounts)
    for key, amounts in charges.items():
        if len(amounts) > 1:
            yield key, f"charged {len(amounts)} times"


def net(amounts, given_back):
    total = {}
    for amount, currency in amounts:
        total[currency] = total.get(currency, 0) + amount
    for amount, currency in given_back:
        total[currency] = total.get(currency, 0) - amount
    return {currency: amount for currency, amount in total.items() if amount}


@invariant("I4", "what stays charged is the total of a confirmed order and nothing of any other: acquirer, topics and database agree")
def money_agrees(books):
    rows = {row["key"]: row for row in books.dump.rows("payment", "payment")}
    for key, order in books.orders.items():
        wanted = {order.total[1]: order.total[0]} if order.confirmed and order.total else {}
        acquirer = net(books.charges.get(key, ()), books.refunds.get(key, ()))
        topics = net(*([(r.body["amount_minor"], r.body["currency"]) for r in order.events[t]] for t in ("PaymentCharged", "PaymentRefunded")))
        row = rows.get(key)
        database = net([(int(row["charged_minor"]), row["currency"])], [(int(row["refunded_minor"]), row["currency"])]) if row else {}
        if not wanted == acquirer == topics == database:
            yield key, f"{' '.join(order.ends)}: wanted {wanted}, acquirer {acquirer}, topics {topics}, database {database}"


@invariant("I5", "a refund is of a charge, in full, once; neither it nor a void is ever of an order that was confirmed")
def refunds(books):
    for key, given_back in books.refunds.items():
        charged = books.charges.get(key, [])
        if len(given_back) > 1 or given_back != charged[:1]:
            yield key, f"charged {charged}, given back {given_back}"
        if key in books.orders and books.orders[key].confirmed:
            yield key, "was confirmed, and the money went back"
    for key, order in books.orders.items():
        for kind in ("PaymentCharged", "PaymentRefunded", "PaymentDeclined", "PaymentVoided"):
            if len(order.events[kind]) > 1:
                yield key, f"{len(order.events[kind])} different {kind}"
        if order.has("PaymentRefunded") and not order.has("PaymentCharged"):
            yield key, "PaymentRefunded without PaymentCharged"
        if order.has("PaymentVoided") and order.confirmed:
            yield key, "was confirmed, and the acquirer keeps no money for it"


@invariant("I8", "a confirmed order has one parcel, which is not recalled; any other has none, or one that was recalled and never left")
def parcels(books):
    rows = {row["key"]: row for row in books.dump.rows("shipping", "parcels")}
    for key, order in books.orders.items():
        made = order.events["ShipmentCreated"]
        recalled = order.has("ShipmentCancelled")
        if len(made) > 1:
            yield key, f"{len(made)} different ShipmentCreated"
        if order.confirmed and (len(made) != 1 or recalled):
            yield key, f"confirmed, with {len(made)} parcels{' and a recall' if recalled else ''}"
        if order.confirmed and made and order.one("OrderConfirmed")["tracking_number"] != made[0].body["tracking_number"]:
            yield key, "the confirmation names another parcel"
        if order.ends and not order.confirmed and made and not recalled:
            yield key, f"{order.ends[0]}, and its parcel was not recalled"
        if order.has("ShipmentMoved") and not order.confirmed:
            yield key, "its parcel moves, and it is not confirmed"
        stages = [r.body["stage"] for r in order.events["ShipmentMoved"]]
        if len(set(stages)) != len(stages):
            yield key, f"its parcel went through the same stage twice: {stages}"
        row = rows.get(key)
        if made and (not row or order.confirmed and row["tracking_number"] != made[0].body["tracking_number"]):
            yield key, "shipping's database does not know its parcel"


@invariant("I17", "what is charged is what the shopper was shown: on the cart's page, in PlaceOrder, in OrderPlaced, on the order's page, at the acquirer")
def prices(books):
    shown = {line["order"]: line["total"] for line in books.dump.said("seen") if line["total"]}
    offered = {}
    for op in books.dump.ops:
        if op["do"] == "checkout" and op["phase"] == "ok":
            offered.setdefault(op["order"], set()).add((op["offered"], op["currency"]))
    for key, order in books.orders.items():
        placed = order.one("OrderPlaced")
        if not placed:
            continue
        terms = placed["order"]
        commands = [c.body["order"] for c in order.commands if c.type == "PlaceOrder"]
        agreed = [(o["lines"], o["total_minor"], o["currency"], o["shipping_minor"]) for o in commands]
        if (terms["lines"], terms["total_minor"], terms["currency"], terms["shipping_minor"]) not in agreed:
            yield key, "OrderPlaced is not what any PlaceOrder said"
        if sum(l["quantity"] * l["unit_price_minor"] for l in terms["lines"]) + terms["shipping_minor"] != terms["total_minor"]:
            yield key, "its lines and shipping are not its total"
        if key in shown and int(re.sub(r"\D", "", shown[key])) != terms["total_minor"]:
            yield key, f"its page shows {shown[key]}, the total is {terms['total_minor']} {terms['currency']}"
        wanted = {(int(re.sub(r"\D", "", text)), currency) for text, currency in offered.get(key, ())}
        if wanted and (terms["total_minor"], terms["currency"]) not in wanted:
            yield key, f"the cart offered {wanted}, the total is {terms['total_minor']} {terms['currency']}"
        for amount in books.charges.get(key, ()):
            if amount != (terms["total_minor"], terms["currency"]):
                yield key, f"charged {amount}, agreed {terms['total_minor']} {terms['currency']}"


@invariant("I19", "when the faults are over the shop comes to rest in time: every reader at the log's end, every order at its end")
def rest(books):
    quiet = books.dump.said("quiet")
    if not quiet:
        yield "the run", "nobody waited for it"
    for line in quiet:
        for missing in line["missing"]:
            yield "the run", missing
