"""books.py - what the dump says of each order, put side by side; and the list of invariants that look at it."""
import collections

TERMINAL = ("OrderConfirmed", "OrderCancelled", "OrderRejected")
SAGA = ("order.events", "stock.events", "payment.events", "shipment.events", "email.events")
INVARIANTS = []


def invariant(number, sentence):
    """Registers a function that takes the books and yields (who, what is wrong): who is an order, else a key or a place."""
    def register(function):
        INVARIANTS.append((number, sentence, function))
        return function
    return register


class Order:
    def __init__(self, key):
        self.key = key
        self.commands, self.events = [], collections.defaultdict(list)  # events: by type, each message id once

    def has(self, *types):
        return any(self.events[t] for t in types)

    def one(self, kind):
        return self.events[kind][0].body if self.events[kind] else None

    @property
    def ends(self):
        return [r.type for t in TERMINAL for r in self.events[t]]

    @property
    def confirmed(self):
        return self.ends == ["OrderConfirmed"]

    @property
    def total(self):
        placed = self.one("OrderPlaced")
        return (placed["order"]["total_minor"], placed["order"]["currency"]) if placed else None


class Books:
    def __init__(self, dump):
        self.dump = dump
        self.orders = {}
        for record in dump.heard("order.commands"):
            self.order(record.key).commands.append(record)
        for topic in SAGA:
            for record in dump.heard(topic):
                self.order(record.key).events[record.type].append(record)
        self.accepted = {op["order"] for op in dump.ops if op["do"] == "checkout" and op["phase"] == "ok"}
        self.cards_alone = self.without_order(dump)
        self.charges, self.refunds = self.entries("charged"), self.entries("refunded")

    def without_order(self, dump):
        """Keys of which only a card was written, and the shopper never heard that it was accepted: payment keeps it for an hour at most. There
        are no more of them than clicks without an answer; otherwise none is excused."""
        alone = {r.key for r in dump.heard("payment.commands")} - self.orders.keys() - self.accepted
        unanswered = sum(1 for op in dump.ops if op["do"] == "checkout" and op["phase"] in ("unknown", "open"))
        return alone if len(alone) <= unanswered else set()

    def entries(self, event):
        """Of the acquirer's book: {key: [(amount, currency)]}"""
        found = {}
        for entry in self.dump.ledger:
            if entry["event"] == event:
                found.setdefault(entry["key"], []).append((entry["amount_minor"], entry["currency"]))
        return found

    def order(self, key):
        if key not in self.orders:
            self.orders[key] = Order(key)
        return self.orders[key]


def check(dump):
    """[(number, sentence, [(who, what)])] of every invariant. Importing them is what registers them."""
    from checker import carts, fold, goods, log, mails, orders, rest, secrets, views  # pylint: disable=unused-import
    books = Books(dump)
    listed = sorted(INVARIANTS, key=lambda entry: int(entry[0][1:].rstrip("abcdefg")))
    return [(number, sentence, list(function(books))) for number, sentence, function in listed]
