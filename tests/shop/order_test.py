"""order_test.py - one shopper buys a mug, and everybody tells the same story."""

import re

import shop

t = shop.Tests()
kim = shop.Shopper()

home = kim.get("/")
t.equal(home.status, 200, "the home page opens")
t.check(all(f"/product/{p}" in home.text for p in shop.PRODUCTS), "it shows the nine products", home.words)
t.check(len(home.body) < 60_000, "it is under 60 KB", len(home.body))
product = kim.get(f"/product/{shop.MUG}")
t.check(product.status == 200 and "$8.99" in product.words, "the mug costs $8.99", product.words)

t.equal(kim.once("POST", "/cart", {"product_id": shop.MUG, "quantity": 2}).status, 302, "adding to the cart redirects")
t.equal(kim.cart_skus(), [shop.MUG], "the cart holds the mug")
t.check("$26.97" in kim.get("/cart").words, "two mugs and shipping are $26.97")

page = kim.checkout()
order = shop.order_id_of(page)
t.check(page.status == 200 and order, "checking out ends on the order's page", f"{page.status} {page.url}\n{page.words}")


def confirmed():
    now = kim.get(f"/order/{order}")
    return now if re.search(r"[A-Z]{2}-\d+-\d+", now.words) and "confirmed" in now.words.lower() else None


done = shop.eventually(confirmed)
t.check(done, "the order is confirmed, with a tracking number", kim.get(f"/order/{order}").words)
t.check(done and "$26.97" in done.words, "the page names the total")
t.check(shop.eventually(lambda: kim.cart_skus() == []), "the cart is empty again")
t.equal(shop.Shopper().get(f"/order/{order}").status, 404, "a stranger does not see the order")


def delivered():
    now = kim.get(f"/order/{order}")
    return now if "delivered" in now.words else None


def mails_of(order, count=1):
    found = [m for m in shop.mails() if order in m.as_string()]
    return found if len(found) >= count else None


t.check(shop.eventually(delivered), "the parcel is delivered, and the page says so", kim.get(f"/order/{order}").words)
mail = shop.eventually(lambda: mails_of(order, 2))
t.equal(mail and len(mail), 2, "two mails arrived: one confirms the order, one says that it left")
for letter in mail or []:
    t.check(letter.get_body(("html",)) and letter.get_body(("plain",)), f"\"{letter['Subject']}\" has an HTML and a text part")
    t.equal(letter["To"], shop.ADDRESS["email"], "it went to the shopper")

story = []
raw = b""
for topic in ["order.events", "stock.events", "payment.events", "shipment.events", "email.events"]:
    records = [r for r in shop.distinct(shop.read_topic(topic)) if r.key == order]
    story += [r.type for r in records]
    raw += b"".join(r.value for r in records)
    for r in records:
        t.check({"ce-id", "ce-type", "ce-time", "correlationid", "causationid", "traceparent"} <= r.headers.keys(),
                f"{r.type} carries every header", r.headers)
t.equal(sorted(story), sorted(["OrderPlaced", "StockReserved", "PaymentCharged", "ShipmentCreated", "OrderConfirmed", "EmailSent",
                                "ShipmentMoved", "ShipmentMoved", "ShipmentMoved", "EmailSent"]),
        "the topics tell the whole story, each chapter once")
for topic in ["order.commands", "payment.commands"]:
    raw += b"".join(r.value for r in shop.read_topic(topic) if r.key == order)
secrets = [shop.ADDRESS[n] for n in ("email", "street_address", "credit_card_number")] + ["Mountain View"]
t.check(not [s for s in secrets if s.encode() in raw], "no name, address or card is readable on a topic",
        [s for s in secrets if s.encode() in raw])

charges = [e for e in shop.ledger() if order in str(e)]
t.check(len(charges) == 1 and "1798" not in str(charges) and "2697" in str(charges), "the acquirer charged once, $26.97", charges)

# a double submit is one order, and one charge
kim.add()
first, second = kim.checkout(), kim.checkout()
t.equal(shop.order_id_of(second) == shop.order_id_of(first) or second.status == 422, True, "a double submit is one order")

# refusals say what to do
kim = shop.Shopper()
t.equal(kim.checkout().status, 422, "an empty cart cannot be ordered")
kim.add()
bad = kim.checkout(email="test@", credit_card_number="4432801561520455")
t.check(bad.status == 422 and shop.ADDRESS["street_address"] in bad.text, "a mistake gives 422 and keeps what was typed", bad.words)
t.check("4432801561520455" not in bad.text, "the card number is not sent back")
declined = kim.checkout(credit_card_number="4111111111111111", credit_card_expiration_year="2020")
t.check(declined.status in (200, 422), "an expired card is a page that says why", f"{declined.status}\n{declined.words}")
t.equal(kim.get("/product/NOSUCHTHNG").status, 404, "an unknown product is 404")
t.equal(kim.once("DELETE", "/cart").status, 405, "a wrong method is 405")

# currencies
kim.post("/setCurrency", currency_code="EUR")
t.check("€7.95" in kim.get(f"/product/{shop.MUG}").words, "in euros the mug costs €7.95")
kim.post("/setCurrency", currency_code="JPY")
t.check("¥1,005" in kim.get(f"/product/{shop.MUG}").words, "in yen it has no decimals")
t.done()
