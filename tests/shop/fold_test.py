#!/usr/bin/python3
# timeout: 200
"""fold_test.py - each service that can loses its state and makes it again of the topics: every row is as it was, nobody is
charged or written to a second time, and the shop goes on.

Its name puts it before the tests that plant false events and drop messages (keeper, mend, operator_look): of what nobody said, or
somebody took away, a fold makes something else."""

import json
import uuid

import folds
import shop
import traces
from folds import charges, ends, shopctl

t = shop.Tests()
ORDERS, DECLINED, CANCELLED = 30, 5, 5


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


def refusals():
    code, out, err = shopctl("rebuild", "gateway", "--yes")
    t.check(code == 3 and "no fold of the topics" in err, "what is no fold is refused, and it is said why", out + err)
    code, out, err = shopctl("replay", "--reader", "audit", "--from", "beginning", "--yes")
    t.check(code == 3 and "count twice" in err, "nor may the audit hear its past on top of what it has added up", out + err)
    shop.hold_down("payment")
    code, out, err = shopctl("rebuild", "payment", "--yes")
    t.check(code == 3 and "nobody would fold it" in err, "nothing is dropped while nobody is there to fold it", out + err)
    shop.let_up("payment")
    shop.eventually(lambda: shop.ready("payment"))
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
t.check(all(orders) and shop.eventually(lambda: len(ends(orders)) == ORDERS, 60), "a few dozen orders come to their ends")
t.check(len(ends(orders, ("OrderConfirmed",))) >= ORDERS - DECLINED - CANCELLED
        and len(ends(orders, ("OrderCancelled",))) >= DECLINED, "some are confirmed, some are not")
t.check(shopctl("product", "price", "NOSUCHPROD", "3")[0] == 3, "what the catalogue refuses leaves something in it, too")
digests = shop.eventually(lambda: folds.at_rest(orders), 60, 1)
t.check(digests, "and the shop comes to rest")
digests = digests or folds.digests(folds.FOLDING)
charged, sent = charges(), len(shop.mails())
refusals()
for name in folds.FOLDING:
    rebuilt(name, digests)
rebuilt("currency", folds.digests(["currency"]))
for service, table in (("ad", "key, state, text, keywords, from_ms, until_ms, daily_budget_micros, session_cap FROM ad"),
                       ("recommendation", "key, state, seen FROM item")):
    rows = shop.sql(service, f"SELECT {table} ORDER BY key")
    code, out, err = shopctl("rebuild", service, "--yes")
    t.check(code in (0, 3) and rows and shop.sql(service, f"SELECT {table} ORDER BY key") == rows,
            f"{service} folds again what it promises: {table.replace(' FROM ', ' of each ')}", out + err)
t.equal(charges(), charged, "no card was charged for it")
t.equal(len(shop.mails()), sent, "and no mail was sent")
rebuilt("audit", folds.digests(["audit"]))
traces.redis("HSET", f"order:{uuid.uuid4()}", "phantom", "1 nobody said this")
garbled = f"cart:{[r for r in shop.read_topic('cart.events') if r.type == 'CartUpdated'][-1].key}"
traces.redis("HSET", garbled, "version", "999999")
code, out, err = shopctl("rebuild", "views", "--yes", "--json")
told = json.loads(out)["tables"] if code == 3 else {}
t.check(told and [told[name]["different"] for name in ("carts", "orders' messages")] == [1, 1],
        "the views are dropped and written anew, and what no message says is named and gone", out + err)
code, out, err = shopctl("rebuild", "views", "--yes")
t.check(code == 0 and "Equal" in out and ">" not in out, "written anew once more they are the same", out + err)
last = order(ORDERS)
t.check(last and shop.eventually(lambda: ends([last], ("OrderConfirmed",)), 30), "the next order is like any other", last)
t.check(shop.eventually(lambda: len(shop.mails()) > sent), "and its mail is sent")
t.equal(len(charges()) - len(charged), 1, "its card is charged once")
t.done()
