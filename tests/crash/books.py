"""books.py - what must be true of all orders once nothing is under way, told from the topics, the acquirer's ledger and the
databases alone."""

import collections

import shop

TERMINAL = {"OrderConfirmed", "OrderCancelled", "OrderRejected"}


class Orders:
    """What order.events says of each order."""

    def __init__(self):
        self.outcome, self.placed, self.total, self.reason = collections.defaultdict(list), {}, {}, {}
        for r in shop.distinct(shop.read_topic("order.events")):
            if r.type in TERMINAL:
                self.outcome[r.key].append(r.type)
                self.reason[r.key] = str(r.body.get("reason"))
            elif r.type == "OrderPlaced":
                self.placed[r.key], self.total[r.key] = r.body["order"]["lines"], r.body["order"]["total_minor"]

    def open(self):
        """Those that have not come to an end."""
        return [order for order in self.placed if not self.outcome[order]]


def settled(seconds=120):
    """Until no order is open."""
    return shop.eventually(lambda: not Orders().open(), seconds, 1)


def check_outcomes(t, orders, accepted):
    wrong = {o: orders.outcome[o] for o in accepted if len(orders.outcome[o]) != 1}
    t.check(not wrong, f"each of {len(accepted)} accepted orders has exactly one outcome", wrong)


def check_money(t, orders):
    charged, refunded = collections.Counter(), collections.Counter()
    for r in shop.distinct(shop.read_topic("payment.events")):
        if r.type == "PaymentCharged":
            charged[r.key] += r.body["amount_minor"]
        if r.type == "PaymentRefunded":
            refunded[r.key] += r.body["amount_minor"]
    wanted = {order: orders.total[order] if kinds == ["OrderConfirmed"] else 0 for order, kinds in orders.outcome.items()}
    t.equal({o: (charged[o], refunded[o], total) for o, total in wanted.items() if charged[o] - refunded[o] != total}, {},
            "the topics' charges and refunds fit the outcomes")
    book = collections.Counter()
    for entry in shop.ledger():
        if entry.get("event") == "charged":
            book[entry["key"]] += entry["amount_minor"]
        if entry.get("event") == "refunded":
            book[entry["key"]] -= entry["amount_minor"]
    net = {o: charged[o] - refunded[o] for o in set(charged) | set(book)}
    t.equal({o: n for o, n in book.items() if n != net.get(o)}, {}, "the acquirer's ledger and the topics agree to the cent")
    rows = {key: int(amount) for key, amount in shop.sql("payment", "SELECT key, charged_minor - refunded_minor FROM payment")}
    t.equal({o: n for o, n in rows.items() if n != net.get(o, 0)}, {}, "the payment database and the topics agree to the cent")


def check_stock(t, orders):
    sold, received = collections.Counter(), collections.Counter()
    for order, kinds in orders.outcome.items():
        if kinds == ["OrderConfirmed"]:
            for line in orders.placed[order]:
                sold[line["product_id"]] += line["quantity"]
    for r in shop.distinct(shop.read_topic("catalog.events")):
        if r.type in ("ProductAdded", "Restocked"):
            received[r.key] += r.body["quantity"]
    left = dict(shop.sql("catalog", "SELECT key, on_hand FROM product ORDER BY key"))
    t.equal({p: int(n) for p, n in left.items()}, {p: received[p] - sold[p] for p in left}, "every piece is on the shelf or sold")


def redrive_suspects(service):
    """Who dies again and again while a message is heard parks it, as a deadly one. Here the killer was somebody else: a person would say so."""
    shop.sql(service, "UPDATE parked SET again = true WHERE reason = 'the process ended while it was hearing this message'")
    shop.eventually(lambda: not int(shop.sql(service, "SELECT count(*) FROM parked WHERE again")[0][0]), 60)


def check_parked(t):
    for service in shop.SERVICES:
        t.equal(shop.sql(service, "SELECT count(*) FROM parked")[0][0], "0", f"{service} has parked nothing")


def check(t, accepted):
    """All of it. Returns the orders."""
    for service in shop.SERVICES:
        redrive_suspects(service)
    orders = Orders()
    check_outcomes(t, orders, accepted)
    check_money(t, orders)
    check_stock(t, orders)
    check_parked(t)
    return orders
