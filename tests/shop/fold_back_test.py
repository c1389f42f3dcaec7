#!/usr/bin/python3
# timeout: 240
"""fold_back_test.py - databases are dumped while people shop, each at another moment; later they are put back, and what the services
said since is in them again: nobody is charged, written to or told a second time.

SEED says which services, and when each was dumped. Its name puts it before the tests that plant false events, as fold_test's does."""

import os
import random
import subprocess

import folds
import shop
import traces

t = shop.Tests()
SEED = int(os.environ.get("SEED") or 5)
chance = random.Random(SEED)
SERVICES = sorted(chance.sample(folds.FOLDING, chance.randint(4, len(folds.FOLDING))))
ORDERS = 18
MOMENT = {name: chance.randint(1, ORDERS - 4) for name in SERVICES}  # so many orders were placed; the last of them are on their way
DECLINED, FORGOTTEN, CANCELLED = (0, 9), 2, (3, 10, 13)
print("# seed", SEED, "- dumped after so many orders:", MOMENT)


def order(number):
    shopper = shop.Shopper()
    shopper.add(shop.PRODUCTS[number % len(shop.PRODUCTS)], 1 + number % 3)
    declined = {"credit_card_number": "4000000000000002"} if number in DECLINED else {}
    placed = shop.order_id_of(shopper.checkout(**declined))
    if number in CANCELLED:
        shopper.post(f"/order/{placed}/cancel")
    return placed


def refunded():
    """One is cancelled when its card was charged and no parcel is there."""
    shop.hold_down("shipping")
    shopper = shop.Shopper()
    shopper.add()
    placed = shop.order_id_of(shopper.checkout())
    shop.eventually(lambda: placed in {r.key for r in shop.read_topic("payment.events") if r.type == "PaymentCharged"})
    shopper.post(f"/order/{placed}/cancel")
    shop.let_up("shipping")
    return placed


def keeper(*words):
    code, out, err = folds.shopctl(*words)
    t.check(code == 0, f"meanwhile: shopctl {words[0]} {words[1]}", out + err)


def restore(name, dump):
    """As docs/runbooks/restore.md does it."""
    subprocess.run(["psql", "-qX1", "-v", "ON_ERROR_STOP=1", shop.env(f"DATABASE_URL_{name.upper()}"), "-c", "DROP SCHEMA public CASCADE",
                    "-c", "CREATE SCHEMA public", "-f", "-"], input=dump, check=True, capture_output=True, timeout=60)


def behind():
    """Claims that have not heard everything yet."""
    return sum(int(shop.sql(name, "SELECT count(*) FROM claim WHERE rebuilding OR dropped")[0][0]) for name in SERVICES)


# --- people shop, and somebody makes backups ---------------------------------------------------------------------------------
orders, dumps = [], {}
for at in range(ORDERS):
    dumps.update({name: traces.dump_of(name, "--no-owner") for name in SERVICES if MOMENT[name] == at})
    orders.append(order(at))
    if at == ORDERS // 2:
        keeper("product", "restock", shop.MUG, "40")
        keeper("product", "price", shop.PRODUCTS[0], "18.99")
        keeper("product", "price", shop.PRODUCTS[0], "19.99")
    if at == ORDERS - 3:
        keeper("forget", orders[FORGOTTEN], "--yes", "--by", "a test")
orders.append(refunded())
t.check(all(orders) and shop.eventually(lambda: len(folds.ends(orders)) == len(orders), 60), "some orders come to their ends")
t.check({r.key for r in shop.read_topic("payment.events") if r.type == "PaymentRefunded"} & set(orders), "one that was paid is refunded")
before = shop.eventually(lambda: folds.at_rest(orders), 60, 1)
t.check(before, "and the shop comes to rest")
before = before or folds.digests(folds.FOLDING)
charged, sent, said = folds.charges(), folds.mails(), folds.messages()

# --- the older databases come back -------------------------------------------------------------------------------------------
for name in SERVICES:
    shop.hold_down(name)
for name in SERVICES:
    restore(name, dumps[name])
older = folds.digests(SERVICES)
t.check(all(older[name]["sha256"] != before[name]["sha256"] for name in SERVICES), "the databases that were put back know less", older)
for name in SERVICES:
    shop.let_up(name)
shop.eventually(lambda: all(shop.ready(name) for name in SERVICES) and not behind(), 60)
after = shop.eventually(lambda: (now := folds.at_rest(orders)) == before and now, 30, 1) or folds.digests(folds.FOLDING)
for name in folds.FOLDING:
    t.equal(after[name], before[name], f"{name}, {'restored' if name in SERVICES else 'untouched'}, knows what it knew, row by row")
t.equal(folds.charges(), charged, "no card was charged for it, and none given back to")
t.equal(folds.mails(), sent, "no mail was sent")
now = folds.messages()
t.equal({topic: len(now[topic] - said[topic]) for topic in now}, {topic: 0 for topic in now}, "and nobody said anything new")

# --- and the shop goes on ----------------------------------------------------------------------------------------------------
last = order(ORDERS)
t.check(last and shop.eventually(lambda: folds.ends([last], ("OrderConfirmed",)), 30), "the next order is like any other", last)
t.check(shop.eventually(lambda: sum((folds.mails() - sent).values()) == 1), "and its mail is sent")
t.equal(len(folds.charges()) - len(charged), 1, "its card is charged once")
code, out, err = folds.shopctl("audit", "--grace", "5")
t.check(code == 0, "money, goods and orders balance", out + err)
t.done()
