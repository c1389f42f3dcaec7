#!/usr/bin/python3
# timeout: 200
"""fold_test.py - each service that can loses its state and makes it again of the topics: every row is as it was, nobody is
charged or written to a second time, and the shop goes on.

Its name puts it before the tests that plant false events and drop messages (keeper, mend, operator_look): of what nobody said, or
somebody took away, a fold makes something else."""

import json
import os
import subprocess

import shop

t = shop.Tests()
REBUILT = ["payment", "checkout", "shipping", "cart", "email", "catalog"]
DATABASES = [f"DATABASE_URL_{name.upper()}" for name in [*REBUILT, "currency"]]
ORDERS, DECLINED, CANCELLED = 30, 5, 5


def shopctl(*words):
    program = os.environ.get("BIN", str(shop.ROOT / "build/bin")) + "/shopctl"
    settings = {name: shop.env(name) for name in [*DATABASES, "REDIS_URL"]}
    done = subprocess.run([program, *words], check=False, capture_output=True, text=True, timeout=90,
                          env={**os.environ, **settings, "APP_KAFKA": shop.env("KAFKA_BOOTSTRAP")})
    return done.returncode, done.stdout, done.stderr


def order(number):
    shopper = shop.Shopper()
    shopper.add(shop.PRODUCTS[number % len(shop.PRODUCTS)], 1 + number % 3)
    if number % 2:
        shopper.add()
    declined = {"credit_card_number": "4000000000000002"} if number < DECLINED else {}
    placed = shop.order_id_of(shopper.checkout(**declined))
    if DECLINED <= number < DECLINED + CANCELLED:
        shopper.post(f"/order/{placed}/cancel")
    return placed


def ends(orders, types):
    return {r.key for r in shop.read_topic("order.events") if r.key in orders and r.type in types}


def at_rest():
    """Every confirmed order's parcel has arrived, each mail is out, and twice the same is known: the digests."""
    confirmed = ends(orders, ("OrderConfirmed",))
    arrived = {r.key for r in shop.read_topic("shipment.events") if r.body.get("stage") == "DELIVERED"}
    told = [shopctl("digest", *REBUILT, "--json")[1] for _ in range(2)]
    waiting = shop.sql("shipping", "SELECT count(*) FROM deadline WHERE type = 'ParcelDue'") + \
        shop.sql("email", "SELECT count(*) FROM deadline") + shop.sql("email", "SELECT count(*) FROM outbox")
    return confirmed <= arrived and waiting == [["0"]] * 3 and told[0] == told[1] and told[0]


def charges():
    return sorted(json.dumps(entry, sort_keys=True) for entry in shop.ledger())


def refusals():
    code, out, err = shopctl("rebuild", "currency", "--yes")
    t.check(code == 3 and "no adoptions" in err, "a service that cannot is refused, and it is said why", out + err)
    code, out, err = shopctl("rebuild", "payment")
    t.check(code == 2 and "nothing was done" in err, "nothing is dropped that nobody agreed to", out + err)
    code, out, err = shopctl("rebuild", "payment", "--dry-run")
    t.check(code == 0 and "would be dropped" in out, "a dry run says what would be dropped", out + err)


def rebuilt(service, before):
    code, out, err = shopctl("rebuild", service, "--yes", "--json")
    told = json.loads(out) if code in (0, 3) else {}
    t.check(code == 0 and told["before"] == told["after"] and told["before"]["sha256"] == before[service]["sha256"],
            f"{service} folds its state again, and each of {before[service]['rows']} rows is as it was", out + err)


orders = [order(number) for number in range(ORDERS)]
t.check(all(orders) and shop.eventually(lambda: len(ends(orders, ("OrderConfirmed", "OrderCancelled", "OrderRejected"))) == ORDERS,
                                        60), "a few dozen orders come to their ends")
t.check(len(ends(orders, ("OrderConfirmed",))) >= ORDERS - DECLINED - CANCELLED
        and len(ends(orders, ("OrderCancelled",))) >= DECLINED, "some are confirmed, some are not")
rest = shop.eventually(at_rest, 60, 1)
t.check(rest, "and the shop comes to rest")
digests = {entry["service"]: entry for entry in json.loads(rest or shopctl("digest", "--json")[1])}
charged, sent = charges(), len(shop.mails())
refusals()
for name in REBUILT:
    rebuilt(name, digests)
t.equal(charges(), charged, "no card was charged for it")
t.equal(len(shop.mails()), sent, "and no mail was sent")
code, out, err = shopctl("rebuild", "views", "--yes")
t.check(code == 0 and "whole again" in out, "the views are written anew", out + err)
last = order(ORDERS)
t.check(last and shop.eventually(lambda: ends([last], ("OrderConfirmed",)), 30), "the next order is like any other", last)
t.check(shop.eventually(lambda: len(shop.mails()) > sent), "and its mail is sent")
t.equal(len(charges()) - len(charged), 1, "its card is charged once")
t.done()
