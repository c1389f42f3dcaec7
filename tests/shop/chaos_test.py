"""chaos_test.py - orders go on while every process is killed again and again; then the books are compared.

    chaos_test.py [--orders N] [--kills K] [--in-flight M]

At least N orders. Each service, the gateway, Kafka, Postgres and Redis are killed with SIGKILL K times, each time while at least M accepted orders
are on their way. Afterwards, without a look into the code: every accepted order has exactly one terminal outcome; at most one
in five was cancelled for its deadline; the acquirer's ledger, the payment database and the topics agree to the cent; and every
piece of stock is on the shelf or reserved for a confirmed order.
"""

import argparse
import collections
import http.client
import itertools
import random
import subprocess
import threading
import time

import shop

VICTIMS = shop.SERVICES + ["views", "gateway", "kafka", "postgres", "redis"]
TERMINAL = {"OrderConfirmed", "OrderCancelled", "OrderRejected"}

options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
options.add_argument("--orders", type=int, default=120)
options.add_argument("--kills", type=int, default=1)
options.add_argument("--in-flight", type=int, default=20)
options.add_argument("--seed", type=int, default=int(time.time()))
options = options.parse_args()

t = shop.Tests()
print(f"# seed {options.seed}: {options.orders} orders, {options.kills} kills of each of {len(VICTIMS)} processes", flush=True)
dice = random.Random(options.seed)
lock = threading.Lock()
accepted, ended = {}, set()
gave_up = []
numbers = itertools.count()
killed, finished = threading.Event(), threading.Event()


def watch():
    """Reads order.events again and again, so that the killer knows how many orders are on their way. A kcat of its own each
    time: one that stays does not always come back from a broker's death."""
    since = int(time.time() * 1000)
    while not finished.is_set():
        try:
            text = subprocess.run(["kcat", "-b", shop.env("KAFKA_BOOTSTRAP"), "-C", "-t", "order.events", "-o", f"s@{since}", "-e", "-q",
                                   "-f", "%k %h\n"], capture_output=True, timeout=5, check=False).stdout.decode("utf-8", "replace")
        except subprocess.TimeoutExpired:
            continue
        found = {line.split()[0] for line in text.splitlines() if any(f"ce-type={kind}," in line for kind in TERMINAL)}
        with lock:
            ended.update(found)
        time.sleep(0.5)


def in_flight():
    with lock:
        return sum(1 for order in accepted if order not in ended)


def buy(number):
    """One shopper, who tries again whatever answers; the order counts once the shop accepted it."""
    luck = random.Random(options.seed * 1000 + number)
    kim = shop.Shopper(timeout=10)
    product, quantity = luck.choice(shop.PRODUCTS), luck.randint(1, 3)
    deadline, last = time.monotonic() + 90, ""
    while time.monotonic() < deadline:
        try:
            if product not in kim.cart_skus():
                kim.add(product, quantity)
            page = kim.checkout()
            order = shop.order_id_of(page)
            if order and page.status == 200:
                with lock:
                    accepted[order] = product
                return
            last = f"{page.status} {page.url} {page.words[:300]}"
        except (OSError, http.client.HTTPException) as fault:  # nobody there, or half an answer
            last = repr(fault)
        time.sleep(0.3)
    gave_up.append(f"{number}: {last}")


def shoppers():
    """One after the other, until there were enough of them and everything has been killed."""
    while not (killed.is_set() and len(accepted) >= options.orders):
        if in_flight() > 3 * options.in_flight:
            time.sleep(0.1)
        else:
            buy(next(numbers))


def kill_all():
    """Every victim K times, in a shuffled order; returns the kills that met enough orders on their way."""
    plan = VICTIMS * options.kills
    dice.shuffle(plan)
    good = collections.Counter()
    for victim in plan:
        shop.eventually(lambda: in_flight() >= options.in_flight, 90, 0.02)
        flying = in_flight()
        if shop.eventually(lambda name=victim: shop.kill(name), 20):
            good[victim] += flying >= options.in_flight
            print(f"# {time.monotonic() - began:5.0f} s: killed {victim} with {flying} orders on their way", flush=True)
        time.sleep(dice.uniform(0.5, 2.5))
    return good


began = time.monotonic()
threading.Thread(target=watch, daemon=True).start()
shop.acquirer_behaviour(slow_ms=2000, charge_then_timeout_rate=0.05)
crowd = 24
buyers = [threading.Thread(target=shoppers, daemon=True) for _ in range(crowd)]
for buyer in buyers:
    buyer.start()
kills = kill_all()
killed.set()
for buyer in buyers:
    buyer.join()
shop.eventually(lambda: shop.acquirer_behaviour(slow_ms=0, charge_then_timeout_rate=0) or True)

t.check(all(kills[v] >= options.kills for v in VICTIMS), f"each process was killed {options.kills} times with {options.in_flight} orders on their way",
        dict(kills))
t.check(not gave_up, "every shopper got an order accepted in the end", gave_up)
t.check(shop.all_ready(90), "everybody is ready again")
t.check(shop.eventually(lambda: in_flight() == 0, 180), "every accepted order came to an end",
        [o for o in accepted if o not in ended][:5])
time.sleep(3)
finished.set()

# --- the books ---------------------------------------------------------------------------------------------------------

orders = shop.distinct(shop.read_topic("order.events"))
outcome = collections.defaultdict(list)
placed, total, reason = {}, {}, {}
for r in orders:
    if r.type in TERMINAL:
        outcome[r.key].append(r.type)
        reason[r.key] = str(r.body.get("reason"))
    elif r.type == "OrderPlaced":
        placed[r.key], total[r.key] = r.body["order"]["lines"], r.body["order"]["total_minor"]
wrong = {o: outcome[o] for o in accepted if len(outcome[o]) != 1}
t.check(not wrong, f"each of {len(accepted)} accepted orders has exactly one outcome", wrong)
late = [o for o in accepted if reason.get(o) == "OVERDUE"]
t.check(len(late) * 5 <= len(accepted), "at most one in five was cancelled for its deadline", len(late))

charged, refunded = collections.Counter(), collections.Counter()
for r in shop.distinct(shop.read_topic("payment.events")):
    if r.type == "PaymentCharged":
        charged[r.key] += r.body["amount_minor"]
    if r.type == "PaymentRefunded":
        refunded[r.key] += r.body["amount_minor"]
for order, kinds in outcome.items():
    wanted = total[order] if kinds == ["OrderConfirmed"] else 0
    if charged[order] - refunded[order] != wanted:
        t.check(False, f"{order}: charged {charged[order]}, refunded {refunded[order]}, wanted {wanted}", kinds)
t.check(True, "the topics' charges and refunds fit the outcomes")

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

sold = collections.Counter()
for order, kinds in outcome.items():
    if kinds == ["OrderConfirmed"]:
        for line in placed[order]:
            sold[line["product_id"]] += line["quantity"]
received = collections.Counter()
for r in shop.distinct(shop.read_topic("catalog.events")):
    if r.type in ("ProductAdded", "Restocked"):
        received[r.key] += r.body["quantity"]
left = dict(shop.sql("catalog", "SELECT key, on_hand FROM product ORDER BY key"))
t.equal({p: int(n) for p, n in left.items()}, {p: received[p] - sold[p] for p in left}, "every piece is on the shelf or sold")
for service in shop.SERVICES:
    t.equal(shop.sql(service, "SELECT count(*) FROM parked")[0][0], "0", f"{service} has parked nothing")
t.done()
