"""carts.py - invariants about carts: each is walked from its first command to its last word, by the rules that services/cart/README.md gives."""
import collections

from checker.books import invariant
from checker.goods import pieces, pieces_of_text

COMMANDS = ("cart.commands", "cart.checkouts", "customer.events")
OF_ONE, PRODUCTS = 99, 50  # what a cart holds


def carts_of(books):
    """For each shopper: commands, the ends of orders, and the updates, each message once."""
    carts = collections.defaultdict(lambda: ([], [], []))
    for at, topic in enumerate(("cart.commands", "cart.checkouts", "cart.events")):
        for r in books.dump.heard(topic):
            carts[r.key][at].append(r)
    return carts


def put_in(lines, product, quantity):
    """So many more of it; None when a cart does not go so far."""
    if quantity < 1 or lines[product] + quantity > OF_ONE or not lines[product] and len(+lines) >= PRODUCTS:
        return None
    return lines + collections.Counter({product: quantity})


def changed(lines, product, quantity):
    """So many of it, or none."""
    if not 0 <= quantity <= OF_ONE or quantity and not lines[product]:
        return None
    return +collections.Counter({**lines, product: quantity})


def merged(lines, theirs):
    """Of each product the greater quantity."""
    for line in theirs:
        more = line["quantity"] - lines[line["product_id"]]
        if more > 0:
            lines = put_in(lines, line["product_id"], more)
            if lines is None:
                return None
    return lines


def commanded(lines, command):
    """What a shopper's command makes of the lines; None: it must be refused."""
    body = command.body
    if command.type == "AddItem":
        return put_in(lines, body["product_id"], body["quantity"])
    if command.type == "ChangeQuantity":
        return changed(lines, body["product_id"], body["quantity"])
    return merged(lines, body["lines"]) if command.type == "MergeCart" else collections.Counter()


class Walk:
    """One cart, update by update; wrong: what should not be."""

    def __init__(self):
        self.lines, self.left, self.answered, self.wrong = collections.Counter(), collections.Counter(), set(), []

    def step(self, update, cause):
        """cause: the record that the update names, or None when it is a time that came."""
        if update.type == "CartExpired":
            self.expire(update)
        elif cause is None or cause.id in self.answered:
            self.left = collections.Counter()  # what was left behind is not kept for ever
        elif cause.topic == "cart.commands":
            self.command(update, cause)
        elif cause.type == "CartOrdered":
            self.lines = self.lines - pieces(cause.body["lines"])
        elif cause.type == "CartOrdering":
            self.lines, self.left = self.left, collections.Counter()
        elif cause.type == "CustomerForgotten":
            self.lines = collections.Counter()
        if cause is not None:
            self.answered.add(cause.id)
        self.compare(update)

    def expire(self, update):
        if pieces(update.body["lines"]) != self.lines:
            self.wrong.append(f"{update!r}: should leave {dict(self.lines)} behind, leaves {dict(pieces(update.body['lines']))}")
        self.lines, self.left = collections.Counter(), self.lines

    def command(self, update, cause):
        wanted = commanded(self.lines, cause)
        outcome = update.body["outcome"]
        if outcome != ("REFUSED" if wanted is None else "ACCEPTED") and "could not take" not in update.body["reason"]:
            self.wrong.append(f"{cause!r} was {outcome}: {update.body['reason']}")
        if outcome == "ACCEPTED" and wanted is not None:
            self.lines = wanted

    def compare(self, update):
        holds = collections.Counter() if update.type == "CartExpired" else pieces(update.body["lines"])
        if holds != +self.lines:
            self.wrong.append(f"{update!r}: should hold {dict(+self.lines)}, holds {dict(holds)}")
            self.lines = holds  # one mistake is told once


@invariant("I10", "each word of a cart is what its cause makes of the one before: commands, orders' ends; its generation counts the orders that ended")
def carts(books):
    causes = {r.id: r for topic in COMMANDS for r in books.dump.heard(topic)}
    rows = {row["key"]: row for row in books.dump.rows("cart", "carts")}
    for user, (_, checkouts, updates) in carts_of(books).items():
        if not updates:
            yield user, "its cart was never told of"
            continue
        walk = Walk()
        for update in sorted(updates, key=lambda r: r.body["version"]):
            walk.step(update, causes.get(update.headers.get("causationid")))
        yield from ((user, what) for what in walk.wrong)
        last = max(updates, key=lambda r: r.body["version"])
        generations = [r.body["generation"] for r in checkouts if r.type in ("CartOrdered", "CartKept")]
        if len(set(generations)) != len(generations):
            yield user, f"two ends of one order: generations {generations}"
        if last.body["generation"] != (max(generations) + 1 if generations else 0):
            yield user, f"orders of generations {generations} ended, and the cart is in {last.body['generation']}"
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


@invariant("I1c", "every accepted command to a cart is in its topic, and was answered by its cart in a word of its own")
def cart_commands(books):
    for user, (commands, _, updates) in carts_of(books).items():
        last = max((r.body["position"] for r in updates), default=-1)
        answered = {r.headers.get("causationid") for r in updates}
        for c in commands:
            if c.offset > last or c.id not in answered:
                yield user, f"{c.type} at {c.topic} [{c.partition}] {c.offset} was never answered"
    counts = collections.Counter(asked_of(DOES.get(c.type), c.key, c.body) for c in books.dump.heard("cart.commands"))
    asked = {(op["user"], op["command"]): op for op in books.dump.ops if op["do"] in DOES.values()}
    accepted = {(op["user"], op["command"]) for op in books.dump.ops if op["do"] in DOES.values() and op["phase"] == "ok"}
    most = collections.Counter(asked_of(op["do"], op["user"], op) for op in asked.values())
    wanted = collections.Counter(asked_of(asked[pair]["do"], pair[0], asked[pair]) for pair in accepted)
    for what, count in wanted.items():
        if counts[what] < count:
            yield what[1], f"{count} accepted commands to {' '.join(map(str, what[0:1] + what[2:]))}, {counts[what]} in the topic"
    driven = {what[1] for what in most}
    for what, count in counts.items():
        if what[1] in driven and what[0] and count > most[what]:
            yield what[1], f"{count} commands to {' '.join(map(str, what[0:1] + what[2:]))} in the topic, {most[what]} were sent"


DOES = {"AddItem": "add", "ChangeQuantity": "change", "EmptyCart": "empty"}  # the driver's word for it


def asked_of(do, user, said):
    return do, user, said.get("product_id", said.get("product", "")), said.get("quantity", 0)
