"""fold.py - what the services' tables must hold, folded from the topics: row by row, and as one digest a table.

Only what is decided: rows of orders that have an end. Numbers are those of the enums in the services' headers.
"""
import collections
import hashlib
import json

from checker.books import invariant
from checker.goods import pieces

FOLDS = {}
CHECKOUT = {"OrderConfirmed": 3, "OrderCancelled": 4, "OrderRejected": 5}
WHY = {why: at for at, why in enumerate(("UNKNOWN", "OUT_OF_STOCK", "PAYMENT_DECLINED", "SHIPMENT_REFUSED", "BY_CUSTOMER", "OVERDUE"))}
MAILS = {"CONFIRMATION": 1, "CANCELLATION": 2, "SHIPPED": 3}
STAGES = {"PICKED": 5, "IN_TRANSIT": 6, "DELIVERED": 7}
STOCK = {"UNKNOWN": 0, "PLENTY": 1, "FEW": 2, "NONE": 3}
OUTCOMES = {"UNKNOWN": 0, "ACCEPTED": 1, "REFUSED": 2}


def fold(service, table):
    """Registers a function that takes the books and returns {key: {column: value}}."""
    def register(function):
        FOLDS[service, table] = function
        return function
    return register


def text_of(lines):
    """As catalog and cart write them: "2 6E92ZMYYFZ", a line each."""
    return "".join(f"{line['quantity']} {line['product_id']}\n" for line in lines)


def ended(books):
    return ((key, order, order.one(order.ends[0])) for key, order in books.orders.items() if len(order.ends) == 1)


@fold("checkout", "orders")
def orders(books):
    return {key: {"state": CHECKOUT[order.ends[0]], "user_id": end["user_id"], "reason": WHY.get(end.get("reason"), 0) if not order.has("OrderRejected") else 0,
                  "detail": end.get("detail", ""), "placed": books.dump.frozen_text(end.get("order")),
                  "carrier": end.get("carrier", ""), "tracking_number": end.get("tracking_number", "")} for key, order, end in ended(books)}


@fold("catalog", "reservation")
def reservations(books):
    rows = {}
    for key, order, _ in ended(books):
        taken, back, refused = (order.one(kind) for kind in ("StockReserved", "StockReleased", "StockRefused"))
        if taken or refused:
            rows[key] = {"state": 3 if back else 1 if taken else 2, "lines": "" if back or not taken else text_of(taken["lines"])}
    return rows


@fold("catalog", "product")
def products(books):
    rows = collections.defaultdict(lambda: {"state": 1, "on_hand": 0})
    for r in books.dump.heard("catalog.events"):
        if r.type in ("ProductAdded", "Restocked"):
            rows[r.key]["on_hand"] += r.body["quantity"]
        if r.type in ("ProductAdded", "PriceChanged"):
            rows[r.key].update({name: r.body[name] for name in ("price_minor", "currency") if name in r.body})
        if r.type == "ProductRetired":
            rows[r.key]["state"] = 2
    for order in books.orders.values():
        for kind, sign in (("StockReserved", -1), ("StockReleased", 1)):
            for r in order.events[kind]:
                for product, count in pieces(r.body["lines"]).items():
                    rows[product]["on_hand"] += sign * count
    for r in books.dump.heard("product.state"):
        said = r.body
        if said["version"] >= rows[r.key].get("version", 0):
            rows[r.key].update({name: said[name] for name in ("version", "name", "description", "picture", "weight_grams", "volume_cm3")},
                               categories=",".join(said["categories"]), shown_stock=STOCK[said["stock"]], shown_left=said["left"])
    return dict(rows)


@fold("payment", "payment")
def payments(books):
    rows = {}
    for key, order, _ in ended(books):
        charged, refunded, declined, voided = (order.one(f"Payment{word}") for word in ("Charged", "Refunded", "Declined", "Voided"))
        if charged or declined or voided:
            state = 7 if refunded else 3 if charged else 4 if declined else 8
            rows[key] = {"state": state, "currency": (charged or declined or voided)["currency"], "cards": "\\x", "amount_minor": 0, "attempts": 0,
                         "transaction_id": charged["transaction_id"] if charged else "", "charged_minor": charged["amount_minor"] if charged else 0,
                         "refund_id": refunded["refund_id"] if refunded else "", "refunded_minor": refunded["amount_minor"] if refunded else 0}
    return rows


@fold("shipping", "parcels")
def parcels(books):
    rows = {}
    for key, order, _ in ended(books):
        made = order.one("ShipmentCreated")
        moved = [STAGES[r.body["stage"]] for r in order.events["ShipmentMoved"]]
        if order.confirmed and made and moved:
            rows[key] = {"state": max(moved), "carrier": made["carrier"], "days": made["days"], "tracking_number": made["tracking_number"]}
        elif order.has("ShipmentCancelled", "OrderCancelled"):
            rows[key] = {"state": 8 if order.has("ShipmentRefused") else 9, "carrier": "", "tracking_number": ""}
    return rows


@fold("email", "mails")
def mails(books):
    rows = {}
    for key, order, _ in ended(books):
        told = [(MAILS[r.body["kind"]], 2 if kind == "EmailSent" else 3) for kind in ("EmailSent", "EmailFailed") for r in order.events[kind]]
        if told:
            kind, state = max(told)
            rows[key] = {"kind": kind, "state": state}
    return rows


@fold("cart", "carts")
def carts(books):
    last = {}
    for r in books.dump.heard("cart.events"):
        if r.key not in last or r.body["version"] > last[r.key].body["version"]:
            last[r.key] = r
    rows = {}
    for user, r in last.items():
        said, gone = r.body, r.type == "CartExpired"
        rows[user] = {"version": said["version"], "generation": said["generation"], "answered": said["position"] + 1, "outcome": OUTCOMES[said["outcome"]],
                      "reason": said["reason"], "lines": "" if gone else text_of(said["lines"]), "changed_ms": said["changed_ms"],
                      "commands": "\\x" + "".join(said["command_ids"]).replace("-", ""),
                      "left_behind": text_of(said["lines"] if gone else said["left_behind"])}
    return rows


@fold("currency", "currency")
def rates(books):
    return {r.key: {"version": r.body["version"]} for r in sorted(books.dump.heard("rates.state"), key=lambda r: r.body["version"])}


@fold("shipping", "tariffs")
def tariffs(books):
    return {r.key: {"version": r.body["version"]} for r in sorted(books.dump.heard("shipping.tariffs"), key=lambda r: r.body["version"])}


def digest(rows):
    return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()


def held(books, service, table, wanted):
    """The same columns of the same rows, as the database has them."""
    rows = {}
    for row in books.dump.rows(service, table):
        if row["key"] in wanted:
            placed = {"placed": books.dump.frozen_text(row["placed"])} if table == "orders" else {}
            rows[row["key"]] = {name: {**row, **placed}.get(name) for name in wanted[row["key"]]}
    return rows


@invariant("I15b", "each service's table is what its topics say: a fold of them, row by row of what is decided, has the table's digest")
def folded(books):
    for (service, table), function in FOLDS.items():
        wanted = {key: {name: str(value) for name, value in row.items()} for key, row in function(books).items()}
        rows = held(books, service, table, wanted)
        if digest(wanted) == digest(rows):
            continue
        for key, row in wanted.items():
            there = rows.get(key)
            differ = [name for name in row if not there or there[name] != row[name]]
            if differ:
                yield key, f"{service}'s {table} has {f'{differ[0]} {there[differ[0]]!r}' if there else 'no row'}, by its topics it is {row[differ[0]]!r}"
