"""pay_test.py - each card that a bank refuses says why and keeps the cart; a bank and a mail server that are away lose no order,
no charge and no mail; what a silent bank took is never denied; a mail follows each parcel."""

import re
import urllib.request

import shop

t = shop.Tests()


def order_of(**changes):
    shopper = shop.Shopper()
    shopper.add()
    return shopper, shop.order_id_of(shopper.checkout(**changes))


def told(topic, order, kind=None):
    return [r for r in shop.distinct(shop.read_topic(topic)) if r.key == order and kind in (None, r.type)]


def metric(process, name):
    with urllib.request.urlopen(shop.env(f"ADMIN_URL_{process.upper()}") + "/metrics", timeout=5) as answer:
        return sum(float(line.split()[-1]) for line in answer.read().decode().splitlines() if line.startswith(name))


def mails_about(order):
    return [m for m in shop.mails() if order in m.as_string()]


def plain(mail):
    return re.sub(r"\s+", " ", mail.get_body(("plain",)).get_content())


# each refusal of a bank, from its word to the page, the cart and the mail
REFUSALS = {"4000000000000002": ("REFUSED_BY_BANK", "ask your bank"), "4000000000009995": ("INSUFFICIENT_FUNDS", "not enough money"),
            "4000000000000069": ("CARD_EXPIRED", "expired"), "4000000000000101": ("CARD_INVALID", "check its number"),
            "4000000000000127": ("SECURITY_CODE_WRONG", "three digits"), "4000000000006975": ("LIMIT_EXCEEDED", "limit"),
            # not a bank's, but payment's own, of a form of the original shop's robots
            "4508000000000009": ("CARD_NOT_ACCEPTED", "not VISA Electron")}
refused = [(order_of(credit_card_number=number), *expected) for number, expected in REFUSALS.items()]
for (kim, order), reason, sentence in refused:
    page = order and shop.eventually(lambda: (p := kim.get(f"/order/{order}")) and sentence in p.words and p)
    t.check(page, f"{reason}: the order's page says what to do", order and kim.get(f"/order/{order}").words)
    declined = told("payment.events", order)
    t.equal([(r.type, r.body["reason"]) for r in declined], [("PaymentDeclined", reason)], f"{reason}: so it is said")
    t.check(shop.eventually(lambda: kim.cart_skus() == [shop.MUG]), f"{reason}: the cart is kept", kim.cart_skus())
mail = shop.eventually(lambda: mails_about(refused[0][0][1]))
t.check(mail and "nothing was charged" in mail[0]["Subject"] and "ask your bank" in plain(mail[0]),
        "the mail says that nothing was charged, and why", mail and mail[0].as_string())
kim, order = refused[1][0]
again = shop.order_id_of(kim.checkout())
t.check(again and again != order and shop.eventually(lambda: told("order.events", again, "OrderConfirmed")),
        "another card, and the same cart goes through")

# the bank is away: orders wait, the bank is not asked by all of them, and each is charged once when it is back
before = metric("payment", "shop_breaker_opened_total")
shop.hold_down("acquirer")
waiting = [order_of() for _ in range(8)]
try:
    t.check(all(order for _, order in waiting), "without a bank orders are accepted")
    t.check(shop.eventually(lambda: metric("payment", "shop_breaker_opened_total") > before), "its breaker opens")
    t.check(shop.eventually(lambda: "payment takes longer" in waiting[0][0].get(f"/order/{waiting[0][1]}").words),
            "the page says what is waited for", waiting[0][0].get(f"/order/{waiting[0][1]}").words)
finally:
    shop.let_up("acquirer")
for _, order in waiting:
    t.check(shop.eventually(lambda: told("order.events", order, "OrderConfirmed"), 90), "with the bank back, each goes through")
charges = [e for e in shop.ledger() if e.get("event") == "charged"]
t.equal([sum(order in str(e) for e in charges) for _, order in waiting], [1] * len(waiting), "and is charged once")

# a bank that charges and does not say so: a cancelled order's page claims nothing until it is known, and its stream goes on
kim, order = order_of()
t.check(shop.eventually(lambda: told("order.events", order, "OrderConfirmed")), "the bank answers again")
shop.acquirer_behaviour(charge_then_timeout_rate=1)
kim, order = order_of()
try:
    t.check(shop.eventually(lambda: any(e.get("event") == "charged" and order in str(e) for e in shop.ledger())), "the bank charges in silence")
    shop.hold_down("payment")
    kim.post(f"/order/{order}/cancel")
    page = shop.eventually(lambda: (p := kim.get(f"/order/{order}")) and "was cancelled" in p.words and p)
    t.check(page and "Nothing was charged" not in page.words and "goes back to your card by itself" in page.words and "data-events" in page.text,
            "its page does not say that nothing was charged", kim.get(f"/order/{order}").words)
finally:
    shop.let_up("payment")
    shop.acquirer_behaviour(charge_then_timeout_rate=0)
t.check(shop.eventually(lambda: "$17.98 went back to your card" in kim.get(f"/order/{order}").words, 60), "and tells of the refund when it is known",
        kim.get(f"/order/{order}").words)

# the mail server is away: orders go through, their mails wait
shop.hold_down("mail")
kim, order = order_of()
try:
    t.check(order and shop.eventually(lambda: told("order.events", order, "OrderConfirmed")), "without a mail server orders go through")
    t.equal(told("email.events", order), [], "and no mail counts as sent or failed")
finally:
    shop.let_up("mail")
t.check(shop.eventually(lambda: "CONFIRMATION" in [r.body["kind"] for r in told("email.events", order, "EmailSent")], 90),
        "with the mail server back, it is sent")

# the parcel's mail comes after the confirmation, with its number
t.check(shop.eventually(lambda: len(mails_about(order)) == 2, 60), "a second mail says that the parcel left", len(mails_about(order)))
parcel = told("shipment.events", order, "ShipmentCreated")[0].body["tracking_number"]
second = [m for m in mails_about(order) if "on its way" in m["Subject"]]
t.check(len(second) == 1 and parcel in plain(second[0]), "it names the tracking number", [m["Subject"] for m in mails_about(order)])
t.equal(sorted(m["Message-ID"] for m in mails_about(order)), [f"<{order}-confirmation@hipster.shop>", f"<{order}-shipped@hipster.shop>"],
        "each mail has its own Message-ID")

# a mailbox that takes no mail: the order goes through, and its page says why nothing came; one that asks for patience gets it
kim, order = order_of(email="refused+kim@example.com")
later = order_of(email="later+kim@example.com")[1]
failed = order and shop.eventually(lambda: told("email.events", order, "EmailFailed"), 60)
t.check(failed and told("order.events", order, "OrderConfirmed"), "no mail reaches its shopper, and the order is confirmed", failed)
page = order and shop.eventually(lambda: (p := kim.get(f"/order/{order}")) and "could not be sent" in p.words and p)
t.check(page, "the order's page says that the mail could not be sent", order and kim.get(f"/order/{order}").words)
t.equal(mails_about(order), [], "and none was")
t.check(shop.eventually(lambda: mails_about(later), 90), "a mail that was put off twice is taken at the third attempt")
t.done()
