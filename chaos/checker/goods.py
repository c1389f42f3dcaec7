"""goods.py - invariants about stock and what is set aside of it."""
import collections

from checker.books import invariant

RESERVED = "1"  # reservation.state, in the order of services/catalog/schema.sql


def pieces(lines):
    count = collections.Counter()
    for line in lines:
        count[line["product_id"]] += line["quantity"]
    return count


def pieces_of_text(text):
    """Lines of "2 6E92ZMYYFZ"."""
    count = collections.Counter()
    for line in text.splitlines():
        quantity, product = line.split()
        count[product] += int(quantity)
    return count


@invariant("I6", "received = on hand + set aside, for each product; never fewer than none")
def stock_conserved(books):
    received, away = collections.Counter(), collections.Counter()
    for r in books.dump.heard("catalog.events"):
        if r.type in ("ProductAdded", "Restocked"):
            received[r.key] += r.body["quantity"]
    for order in books.orders.values():
        for r in order.events["StockReserved"]:
            away += pieces(r.body["lines"])
        for r in order.events["StockReleased"]:
            away.subtract(pieces(r.body["lines"]))
    rows = {row["key"]: int(row["on_hand"]) for row in books.dump.rows("catalog", "product")}
    for product in received.keys() | away.keys() | rows.keys():
        on_hand = rows.get(product)
        if on_hand is None:
            yield product, f"the topics know {received[product]} pieces of it, and catalog has no row"
            continue
        if on_hand < 0:
            yield product, f"{on_hand} on hand"
        if received[product] != on_hand + away[product]:
            yield product, f"received {received[product]}, on hand {on_hand}, set aside by the topics {away[product]}"


@invariant("I7", "goods stay set aside for confirmed orders only, in the amounts that were ordered")
def reservations(books):
    rows = {row["key"]: row for row in books.dump.rows("catalog", "reservation")}
    for key, order in books.orders.items():
        taken, back = order.events["StockReserved"], order.events["StockReleased"]
        if len(taken) > 1 or len(back) > 1:
            yield key, f"{len(taken)} different StockReserved, {len(back)} different StockReleased"
        if order.confirmed and (len(taken) != 1 or back):
            yield key, f"confirmed, with {len(taken)} reservations and {len(back)} releases"
        if order.ends and not order.confirmed and len(taken) != len(back):
            yield key, f"{order.ends[0]}, reserved {len(taken)} times and released {len(back)} times"
        if taken and order.one("OrderPlaced") and pieces(taken[0].body["lines"]) != pieces(order.one("OrderPlaced")["order"]["lines"]):
            yield key, "other goods were set aside than were ordered"
        row = rows.get(key)
        if (taken or back) and not row:
            yield key, "the topics tell of goods set aside for it, and catalog has no row"
        if row and order.ends and (row["state"] == RESERVED) != order.confirmed:
            yield key, f"{order.ends[0]}, and catalog's row is in state {row['state']}"
        if order.confirmed and (not row or pieces_of_text(row["lines"]) != pieces(taken[0].body["lines"] if taken else [])):
            yield key, "catalog's row has other lines than its StockReserved"
