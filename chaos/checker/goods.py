"""goods.py - invariants about stock and carts."""
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
    for row in books.dump.rows("catalog", "product"):
        product, on_hand = row["key"], int(row["on_hand"])
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
        if row and order.ends and (row["state"] == RESERVED) != order.confirmed:
            yield key, f"{order.ends[0]}, and catalog's row is in state {row['state']}"
        if order.confirmed and (not row or pieces_of_text(row["lines"]) != pieces(taken[0].body["lines"] if taken else [])):
            yield key, "catalog's row has other lines than its StockReserved"


def carts_of(books):
    """For each shopper: commands, the ends of orders, and the updates, each message once."""
    carts = collections.defaultdict(lambda: ([], [], []))
    for at, topic in enumerate(("cart.commands", "cart.checkouts", "cart.events")):
        for r in books.dump.heard(topic):
            carts[r.key][at].append(r)
    return carts


@invariant("I10", "a cart is what was put in less what was ordered, each once; its generation counts the orders that ended")
def carts(books):
    rows = {row["key"]: row for row in books.dump.rows("cart", "carts")}
    for user, (commands, checkouts, updates) in carts_of(books).items():
        if not updates:
            yield user, "its cart was never told of"
            continue
        last = max(updates, key=lambda r: r.body["version"])
        ended = [r for r in checkouts if r.type in ("CartOrdered", "CartKept")]
        generations = [r.body["generation"] for r in ended]
        if len(set(generations)) != len(generations):
            yield user, f"two ends of one order: generations {generations}"
        if last.body["generation"] != (max(generations) + 1 if generations else 0):
            yield user, f"orders of generations {generations} ended, and the cart is in {last.body['generation']}"
        simple = all(c.type == "AddItem" for c in commands) and all(r.type == "CartUpdated" for r in updates)
        if simple and all(r.body["outcome"] == "ACCEPTED" for r in updates):
            wanted = pieces(c.body for c in commands)
            for r in ended:
                if r.type == "CartOrdered":
                    wanted.subtract(pieces(r.body["lines"]))
            if +wanted != pieces(last.body["lines"]):
                yield user, f"should hold {dict(+wanted)}, holds {dict(pieces(last.body['lines']))}"
        row = rows.get(user)
        if not row or (int(row["version"]), int(row["generation"])) != (last.body["version"], last.body["generation"]) \
                or pieces_of_text(row["lines"]) != pieces(last.body["lines"] if last.type == "CartUpdated" else []):
            yield user, "cart's database holds something else than its last CartUpdated"


@invariant("I10b", "each confirmed order was taken out of its cart once, each other one left it there")
def ordered_out(books):
    told = collections.defaultdict(list)
    for r in books.dump.heard("cart.checkouts"):
        if r.type in ("CartOrdered", "CartKept"):
            told[r.body["order_id"]].append(r.type)
    for key, order in books.orders.items():
        if order.has("OrderPlaced", "OrderRejected") and len(order.ends) == 1:
            wanted = ["CartOrdered" if order.confirmed else "CartKept"]
            if told[key] != wanted:
                yield key, f"{order.ends[0]}, and the cart was told {told[key] or 'nothing'}"


@invariant("I1c", "every accepted command to a cart is in its topic and was answered by its cart")
def cart_commands(books):
    answered = {}
    for user, (commands, _, updates) in carts_of(books).items():
        answered[user] = max((r.body["position"] for r in updates), default=-1)
        for c in commands:
            if c.offset > answered[user]:
                yield user, f"{c.type} at {c.topic} [{c.partition}] {c.offset} was never answered"
    counts = collections.Counter((c.key, c.body["product_id"], c.body["quantity"]) for c in books.dump.heard("cart.commands") if c.type == "AddItem")
    accepted = {(op["user"], op["command"]): (op["user"], op["product"], op["quantity"]) for op in books.dump.ops
                if op["do"] == "add" and op["phase"] == "ok"}
    asked = {(op["user"], op["command"]): (op["user"], op["product"], op["quantity"]) for op in books.dump.ops if op["do"] == "add"}
    wanted, most = collections.Counter(accepted.values()), collections.Counter(asked.values())
    for what, count in wanted.items():
        if counts[what] < count:
            yield what[0], f"{count} accepted commands to add {what[2]} {what[1]}, {counts[what]} in the topic"
    for what, count in counts.items():
        if what[0] in {user for user, _, _ in most} and count > most[what]:
            yield what[0], f"{count} commands to add {what[2]} {what[1]} in the topic, {most[what]} were sent"
