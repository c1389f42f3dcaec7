"""interleavings_test.py - two of the odder moments that DESIGN's sentences are written for, made on purpose: payment dies between
the commit of its ask and the charge; one customer is at two gateways at once. docs/promises.md says where the others are tested."""
# needs: shop
# timeout: 180
import pathlib
import subprocess
import sys
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/shop"))

import member  # noqa: E402
import shop  # noqa: E402
from victim import environment_of, program  # noqa: E402

t = shop.Tests()


def said(topic, order, kind=None):
    return [r for r in shop.distinct(shop.read_topic(topic)) if r.key == order and kind in (None, r.type)]


def charges(order):
    return [e for e in shop.ledger() if e.get("event") == "charged" and e["key"] == order]


def intent_before_charge():
    """The ask is committed, the process dies, and nobody has asked the acquirer: the next one must."""
    environment = environment_of("payment")
    shop.hold_down("payment")
    try:
        payment = subprocess.Popen([program("payment")], env={**environment, "APP_CHAOS": "1", "APP_CRASH_AT": "step-ask:1"}, cwd=ROOT,
                                   stdout=subprocess.DEVNULL)
        kim = shop.Shopper()
        kim.add()
        order = shop.order_id_of(kim.checkout())
        t.equal(order and payment.wait(60), -9, "intent before charge: payment dies when the ask is committed")
        t.equal(charges(order), [], "the acquirer has not heard of it")
        t.check(shop.sql("payment", f"SELECT 1 FROM deadline WHERE key = '{order}'"), "the intent, with its deadline, is in the database")
    finally:
        shop.let_up("payment")
    t.check(shop.eventually(lambda: said("order.events", order, "OrderConfirmed"), 60), "the next payment asks, and the order is confirmed")
    t.equal((len(charges(order)), len(said("payment.events", order, "PaymentCharged"))), (1, 1), "it was charged once")


def two_gateways_and_one_customer():
    """The same cookies at two gateways, in the same moment, again and again."""
    one, two = member.gateway("one"), member.gateway("two")
    try:
        for gateway in (one, two):
            t.check(gateway.wait(gateway.ready), "two gateways and one customer: a gateway is ready")
        kim = member.Browser(one)
        kim.get("/")
        tabs = [member.Browser(at, kim.cookies) for at in (one, two) * 3]
        at_once([lambda tab=tab: tab.add(shop.MUG, 1) for tab in tabs])
        t.check(shop.eventually(lambda: member.Browser(one, kim.cookies).quantities() == {shop.MUG: 6}), "six tabs put a mug in, and six are in the cart",
                member.Browser(one, kim.cookies).quantities())
        t.equal(member.Browser(two, kim.cookies).quantities(), {shop.MUG: 6}, "whichever gateway is asked")
        tabs = [member.Browser(at, kim.cookies) for at in (one, two) * 3]
        pages = at_once([tab.checkout for tab in tabs])
        orders = {shop.order_id_of(page) for page in pages if page.status == 200} - {None}
        t.equal(len(orders), 1, "six checkouts at once are one order")
        order = orders.pop()
        t.check(shop.eventually(lambda: said("order.events", order, "OrderConfirmed"), 60), "which is confirmed")
        placed = [r for r in shop.distinct(shop.read_topic("order.events")) if r.type == "OrderPlaced" and r.body["user_id"] == user_of(kim)]
        t.equal([r.key for r in placed], [order], "no other was placed")
        t.equal(len(charges(order)), 1, "it was charged once")
        t.check(shop.eventually(lambda: not member.Browser(two, kim.cookies).quantities()), "and the cart is empty at both")
    finally:
        one.stop()
        two.stop()


def user_of(browser):
    return browser.cookies["shop_session-id"].split(".")[0]


def at_once(calls):
    answers = [None] * len(calls)

    def run(i):
        answers[i] = calls[i]()

    threads = [threading.Thread(target=run, args=(i,)) for i in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


intent_before_charge()
two_gateways_and_one_customer()
t.done()
