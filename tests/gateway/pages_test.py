"""pages_test.py - the pages and commands of one gateway, with real Kafka and Redis; the services are played here."""
# needs: kafka redis
# timeout: 120
import os
import re
import tempfile
import threading
import time
import uuid

import alone
import shelf
from alone import check

FORM = {"email": "kim@example.com", "street_address": "7 Lane", "zip_code": "94043", "city": "Mountain View", "state": "CA",
        "country": "United States", "credit_card_number": "4432 8015 6152 0454", "credit_card_expiration_month": "1",
        "credit_card_expiration_year": str(time.gmtime().tm_year + 1), "credit_card_cvv": "672"}


def redis_address():
    return os.environ["REDIS_URL"].removeprefix("redis://")


def hidden(page, name):
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    return found and found.group(1)


def later(seconds, work):
    timer = threading.Timer(seconds, work)
    timer.start()
    return timer


def windows(kim):
    home = kim.get("/")
    check(home.status == 200 and all(f"/product/{p}" in home.text for p in shelf.PRODUCTS), "home shows the nine products", home.text)
    check("Salt &amp; Pepper" in home.text and "Salt & Pepper" not in home.text, "names are text, not markup")
    kitchen = kim.get("/?category=kitchen").text
    check(shelf.MUG in kitchen and "1YMWWN1N4O" not in kitchen, "a category shows its own")
    check(kim.get("/?category=%3Cscript%3E").status == 200, "a category that we do not have shows everything")
    mug = kim.get(f"/product/{shelf.MUG}")
    check(mug.status == 200 and "$8.99" in mug.text and "made &lt;to last&gt;" in mug.text, "a product's page", mug.text)
    check(mug.text.count("/product/") >= 4, "and what goes with it")
    check(kim.get("/product/NOSUCHTHNG").status == 404, "an unknown product is 404")
    views(kim)
    meta = kim.get(f"/product-meta/{shelf.MUG}")
    check(meta.headers["Content-Type"].startswith("text/plain") and '"units":8,"nanos":990000000' in meta.text, "a product's meta", meta.text)


def views(kim):
    """kim has looked at the mug once."""
    kim.ask("HEAD", f"/product/{shelf.MUG}")
    kim.get(f"/product/{shelf.MUG}", **{"Sec-Purpose": "prefetch"})
    robot = alone.Shopper(kim.gateway)
    robot.get(f"/product/{shelf.MUG}")
    expected = shelf.framed("ProductViewed", session_id=kim.user, product_id=shelf.MUG)
    kim.get("/product/0PUK6V6EV0")
    last = shelf.framed("ProductViewed", session_id=kim.user, product_id="0PUK6V6EV0")
    check(kim.gateway.wait(lambda: last in [r[3] for r in shelf.records("activity.events")]), "a product that is looked at is told")
    told = shelf.records("activity.events")
    check([value for key, _, _, value in told if key == kim.user] == [expected, last],
          "once: neither for a HEAD nor for a page fetched in advance", told)
    check(robot.user not in [r[0] for r in told], "nor for a visitor without a session")


def currencies(kim):
    page = kim.post("/setCurrency", {"Referer": f"http://127.0.0.1:{kim.gateway.port}/product/{shelf.MUG}?a=1"}, currency_code="EUR")
    check((page.status, page.headers["Location"]) == (302, f"/product/{shelf.MUG}?a=1"), "a currency leads back", page.headers)
    check("€7.95" in kim.get(f"/product/{shelf.MUG}").text, "in euros the mug costs €7.95")
    kim.post("/setCurrency", currency_code="JPY")
    check("¥1,005" in kim.get(f"/product/{shelf.MUG}").text, "yen have no decimals")
    for code in ("KWD", "", "EURO", "<b>"):
        check(kim.post("/setCurrency", currency_code=code).status == 422, f"'{code}' is refused")
    for referer in ("https://elsewhere.example/x", f"http://127.0.0.1:{kim.gateway.port}.example/", "javascript:alert(1)",
                    f"http://127.0.0.1:{kim.gateway.port}//elsewhere.example/"):
        page = kim.post("/setCurrency", {"Referer": referer}, currency_code="USD")
        check(page.headers["Location"] == "/", f"nobody is led to {referer}", page.headers)
    kim.cookies["shop_currency"] = "KWD"
    check("$8.99" in kim.get(f"/product/{shelf.MUG}").text, "a made-up currency shows dollars, not nothing")
    kim.post("/setCurrency", currency_code="USD")


def adding(kim, redis):
    started = time.monotonic()
    page = kim.post("/cart", product_id=shelf.MUG, quantity=2)
    check((page.status, page.headers["Location"]) == (302, "/cart") and 0.8 < time.monotonic() - started < 2,
          "an add is accepted, though the cart does not answer within a second", page.status)
    commands = [r for r in shelf.records("cart.commands") if r[0] == kim.user]
    check(len(commands) == 1 and commands[0][2]["ce-type"].endswith("AddItem"), "one command was written", commands)
    check({"ce-id", "ce-time", "correlationid", "traceparent"} <= commands[0][2].keys(), "with its headers", commands)
    pending = kim.get("/cart")
    check("still putting your last change" in pending.text, "the cart says that it is behind", pending.text)
    redis.cart(kim.user, 1, [(shelf.MUG, 2)], position=commands[0][1])
    whole = kim.get("/cart")
    check("still putting" not in whole.text and "SKU #" + shelf.MUG in whole.text and "$26.97" in whole.text,
          "then it shows two mugs and shipping", whole.text)

    form = kim.get(f"/product/{shelf.MUG}")
    command = hidden(form, "command_id")
    later(0.3, lambda: redis.cart(kim.user, 2, [(shelf.MUG, 3)], position=commands[0][1] + 1))
    started = time.monotonic()
    page = kim.post("/cart", {"traceparent": "00-" + "ab" * 16 + "-" + "cd" * 8 + "-01"}, product_id=shelf.MUG, quantity=1, command_id=command)
    took = time.monotonic() - started
    check(page.status == 302 and 0.2 < took < 0.8, "the wake-up of the view ends the wait", took)
    later(0.2, lambda: redis("PUBLISH", f"cart:{kim.user}", b"\0\0\0\0\x63garbage"))
    kim.post("/cart", product_id=shelf.MUG, quantity=1, command_id=command)
    mine = [r for r in shelf.records("cart.commands") if r[0] == kim.user]
    check(mine[1][2]["ce-id"] == mine[2][2]["ce-id"] != mine[0][2]["ce-id"], "the same form is the same command", mine)
    check("ab" * 16 in mine[1][2]["traceparent"] and "cd" * 8 not in mine[1][2]["traceparent"], "the browser's trace goes on, with a span of ours", mine[1])
    redis.cart(kim.user, 3, [(shelf.MUG, 3)], position=mine[1][1], command_ids=[mine[2][2]["ce-id"]])
    check("still putting" not in kim.get("/cart").text, "a repeated command is answered by its id")


def refusals(kim, redis):
    for form, wanted in [({"product_id": shelf.MUG, "quantity": "11"}, 422), ({"product_id": "", "quantity": "1"}, 422),
                         ({"product_id": "NOSUCHTHNG", "quantity": "1"}, 404), ({"product_id": shelf.MUG, "quantity": "0"}, 422)]:
        check(kim.post("/cart", **form).status == wanted, f"{form} is {wanted}")
    command = str(uuid.uuid4())
    last = [r for r in shelf.records("cart.commands") if r[0] == kim.user][-1][1]

    def refuse():
        sent = uuid.uuid5(uuid.UUID(kim.user), f"{command}|add")
        redis.cart(kim.user, 4, [(shelf.MUG, 3)], position=last + 1, outcome="REFUSED", reason="A cart holds 1 to 99 of a product.",
                   command_ids=[str(sent)])
    later(0.2, refuse)
    page = kim.post("/cart", product_id=shelf.MUG, quantity=10, command_id=command)
    check(page.status == 422 and "1 to 99 of a product" in page.text, "what the cart refuses is said", page.status)


def changing(kim, redis):
    def sent():
        return [r for r in shelf.records("cart.commands") if r[0] == kim.user]

    def answer(version, lines, **more):
        position = sent()[-1][1] + 1
        later(0.2, lambda: redis.cart(kim.user, version, lines, position=position, **more))
    answer(5, [(shelf.MUG, 7)])
    page = kim.post("/cart/quantity", product_id=shelf.MUG, quantity=7)
    check((page.status, page.headers["Location"]) == (302, "/cart"), "a quantity is changed by a form", page.status)
    check(sent()[-1][2]["ce-type"].endswith("ChangeQuantity"), "which is a command", sent()[-1])
    check('value="7"' in kim.get("/cart").text and "$71.92" in kim.get("/cart").text, "and the cart shows it, and the new total")
    for form in ({"quantity": "100"}, {"quantity": "-1"}, {"quantity": "a"}, {"quantity": ""}, {}):
        count = len(sent())
        page = kim.post("/cart/quantity", product_id=shelf.MUG, **form)
        check(page.status == 422 and "1 to 99 of a product" in page.text and 'value="7"' in page.text and len(sent()) == count,
              f"{form} is refused on the cart's page, and not sent", page.status)
    check(kim.post("/cart/quantity", quantity=1).status == 422, "so is a form without a product")

    command = str(uuid.uuid4())
    answer(6, [(shelf.MUG, 7)], outcome="REFUSED", reason="It is not in the cart any more.",
           command_ids=[str(uuid.uuid5(uuid.UUID(kim.user), f"{command}|change"))])
    page = kim.post("/cart/quantity", product_id="OLJCESPC7Z", quantity=3, command_id=command)
    check(page.status == 422 and "It is not in the cart any more" in page.text and 'value="7"' in page.text,
          "what the cart refuses is said on its page", page.status)
    answer(7, [])
    kim.post("/cart/quantity", product_id=shelf.MUG, quantity="7", remove="1")
    check("Your cart is empty" in kim.get("/cart").text, "a line is taken out")

    # it lies idle
    redis("HSET", f"cart:{kim.user}", "version", 8, "value", shelf.framed(
        "CartExpired", user_id=kim.user, version=8, generation=0, position=sent()[-1][1], idle_since_ms=1789999999000,
        lines=[{"product_id": shelf.MUG, "quantity": 3}]))
    page = kim.get("/cart").text
    check("You left something here" in page and "3 × " in page and "2026" in page and "still putting" not in page,
          "a cart that expired says what was in it, and since when it lay there", page)
    answer(9, [(shelf.MUG, 3)])
    check(kim.post("/cart/back").status == 302 and sent()[-1][2]["ce-type"].endswith("MergeCart") and shelf.MUG.encode() in sent()[-1][3],
          "all of it is put back by one press", sent()[-1])
    page = kim.get("/cart").text
    check("You left something" not in page and 'value="3"' in page, "and nobody speaks of it any more", page)
    count = len(sent())
    check(kim.post("/cart/back").status == 302 and len(sent()) == count, "with nothing to put back, nothing is sent")


def bad_orders(kim):
    for change, words in [({"email": "test@"}, "mail address"), ({"email": "test@example"}, "mail address"), ({"city": ""}, "Which city"),
                          ({"credit_card_number": "4432801561520455"}, "a digit may be wrong"),
                          ({"credit_card_number": "378282246310005"}, "Only VISA and MasterCard are accepted"), ({"credit_card_cvv": "ab1"}, "Three digits"),
                          ({"credit_card_expiration_month": "13"}, "month from 1 to 12"), ({"credit_card_expiration_year": "2020"}, "has expired"),
                          ({"zip_code": "<>"}, "postal code has"), ({"street_address": "x" * 513}, "longer than")]:
        page = kim.post("/cart/checkout", **{**FORM, **change})
        check(page.status == 422 and words in page.text and "Nothing was ordered" in page.text, f"{change} is refused, and why",
              f"{page.status} {page.text}"[:200])
        check("4432" not in page.text.split("<h2 id=\"checkout-title\"")[-1] and "Mountain View" in page.text or "city" in change,
              "what was typed is kept, but not the card")
    page = kim.post("/cart/checkout", **FORM, seen="0.0123456789abcdef")
    check(page.status == 422 and "Something changed" in page.text, "an order at other prices than were seen is turned back", page.status)
    check(not [r for r in shelf.records("order.commands") if kim.user.encode() in r[3]], "and nothing of it was written")


def carriers(page):
    """{code: what its line says}; the chosen one's code begins with a star."""
    found = {}
    for radio, line in re.findall(r'<input type="radio" id="carrier-([^>]*)>(.*?)</label>', page.text, re.S):
        star = "*" if "checked" in radio else ""
        found[star + radio.split('"')[0]] = " ".join(re.sub(r"<[^>]+>", " ", line).split())
    return found


def choosing(kim):
    ordered = len(shelf.records("order.commands"))  # others share the broker
    at_home = {"*parcel": "Parcel $8.99 usually 3 days $35.96 in all", "swift": "Swift $15.00 usually 1 day $41.97 in all"}
    page = kim.get("/cart")
    check(carriers(page) == at_home, "the cart offers who goes to the country that it shows", carriers(page))
    check("Shipping with Parcel" in page.text and ">$35.96<" in page.text, "and adds up with the cheapest", page.text)
    page = kim.get("/cart?country=%C3%B6sterreich&carrier=swift")
    check(carriers(page) == {"parcel": at_home["*parcel"], "*swift": "Swift $30.00 usually 4 days $56.97 in all"},
          "another country has other prices and days", carriers(page))
    check("Shipping with Swift" in page.text and ">$56.97<" in page.text, "the chosen one's are added up", page.text)
    page = kim.get("/cart?country=Peru&carrier=swift")
    check(carriers(page) == {"*parcel": at_home["*parcel"]}, "who does not go there is not offered", carriers(page))
    page = kim.get("/cart?country=Atlantis")
    check(list(carriers(page)) == [] and "We know no such country" in page.text, "an unknown country has no carriers", page.text)

    # without script: the form asks, and keeps what was typed
    page = kim.post("/cart/quotes", **{**FORM, "country": "Austria", "city": "Wien", "zip_code": "", "email": "x", "carrier": "parcel"})
    check(page.status == 200 and carriers(page)["swift"].startswith("Swift $30.00"), "the form can ask what shipping costs", page.text)
    check('value="Wien"' in page.text and 'value="Austria"' in page.text and "aria-invalid" not in page.text and "4432" not in page.text,
          "it keeps what was typed, complains of nothing, and knows no card", page.text)
    seen = hidden(page, "seen")
    austrian = {**FORM, "country": "Austria", "zip_code": "1010", "seen": seen}
    for change, words in [({"carrier": "parcel", "zip_code": "94043"}, "Austria: a postal code there looks like 1010."),
                          ({"carrier": "parcel", "zip_code": ""}, "looks like 1010"),
                          ({"carrier": "parcel", "country": "Atlantis"}, "We know no such country"),
                          ({"carrier": "zeppelin"}, "That carrier does not take this to Austria"),
                          ({"carrier": "swift", "country": "Peru", "zip_code": "15001"}, "That carrier does not take this to Peru"),
                          ({"carrier": "swift", "country": "United States", "zip_code": "94043"}, "Something changed since you looked")]:
        page = kim.post("/cart/checkout", **{**austrian, **change})
        check(page.status == 422 and words in page.text, f"{change} is refused: {words}", f"{page.status}\n{page.text}")
    check(len(shelf.records("order.commands")) == ordered, "nothing of it was ordered")


def ordering(kim, redis):
    cart = kim.get("/cart")
    form = {**FORM, "command_id": hidden(cart, "command_id"), "seen": hidden(cart, "seen")}
    started = time.monotonic()
    page = kim.post("/cart/checkout", **form)
    where = page.headers["Location"] or ""
    check(page.status == 303 and re.fullmatch(r"/order/[0-9a-f-]{36}", where) and time.monotonic() - started < 2.5,
          "an order is accepted", f"{page.status} {page.text[:300]}")
    order = where[-36:]
    placed = [r for r in shelf.records("order.commands") if r[0] == order]
    paid = [r for r in shelf.records("payment.commands") if r[0] == order]
    check(len(placed) == 1 and len(paid) == 1 and paid[0][2]["ce-id"].encode() in placed[0][3], "PlaceOrder names its PayWith")
    clear = [s for s in ("kim@", "7 Lane", "Mountain", "4432801561520454", "672") if s.encode() in placed[0][3] + paid[0][3]]
    check(not clear, "no name, address or card is in clear", clear)
    key = re.search(rb"[0-9a-f]{8}-[0-9a-f-]{27}", placed[0][3].split(b"United States")[1]).group().decode()
    check(key in [r[0] for r in shelf.records("customer.keys")], "the key that sealed it was acknowledged before", key)
    page = kim.get(where)
    check(page.status == 200 and "We are on it" in page.text and "$35.96" in page.text, "its page exists before anybody has heard of it", page.text)
    check(alone.Shopper(kim.gateway).get(where).status == 404, "a stranger does not see it")
    again = kim.post("/cart/checkout", **form)
    check(again.headers["Location"] == where, "a double submit is one order", again.status)
    ids = {r[2]["ce-id"] for r in shelf.records("order.commands") if r[0] == order}
    check(len(ids) == 1, "and one message, by its id", ids)
    return order


def living(kim, redis, order):
    stream = alone.http.client.HTTPConnection("127.0.0.1", kim.gateway.port, timeout=10)
    stream.request("GET", f"/order/{order}/events", headers={"Cookie": f"shop_session-id={kim.cookies['shop_session-id']}"})
    answer = stream.getresponse()
    check(answer.headers["Content-Type"] == "text/event-stream", "an open order has a stream")

    def hear(words):
        heard = b""
        end = time.monotonic() + 8
        while words.encode() not in heard and time.monotonic() < end:
            heard += answer.read1(65536)
        return heard.decode()
    check("We are on it" in hear("We are on it"), "it begins with how things are")
    owner = {"user_id": kim.user}
    content = {"order": {"currency": "USD", "lines": [{"product_id": shelf.MUG, "name": "Mug", "quantity": 3, "unit_price_minor": 899}],
                         "shipping_minor": 899, "total_minor": 3596}}
    redis.tell(order, "OrderPlaced", **owner, **content)
    redis("ZADD", f"orders:{kim.user}", 1, order)
    check("looking on the shelves" in hear("looking on the shelves"), "it moves with the story")
    check(order in kim.get("/cart").text, "the cart shows the order that is open")
    before = len([r for r in shelf.records("payment.commands") if r[0] == order])
    again = [kim.post("/cart/checkout", **FORM, command_id="sent-again").headers["Location"] for _ in range(2)]
    cards = [r[2]["ce-id"] for r in shelf.records("payment.commands") if r[0] == order][before:]
    check(again == [f"/order/{order}"] * 2 and len(cards) == 2 and len(set(cards)) == 1,
          "a form that comes again while its order is open brings the card again, under the same id", f"{again} {cards}")
    redis.tell(order, "StockReserved")
    redis.tell(order, "PaymentCharged", amount_minor=3596, currency="USD", card_brand="visa", card_last4="0454")
    redis.tell(order, "ShipmentCreated", carrier="parcel", tracking_number="AB-12-345")
    redis.tell(order, "OrderConfirmed", **owner, **content, carrier="parcel", tracking_number="AB-12-345")
    check("Your order is complete" in hear("Your order is complete"), "it says when it is complete")
    check('http-equiv="refresh"' in kim.get(f"/order/{order}").text, "without scripts it looks again until the cart has heard")
    redis.cart(kim.user, 9, [], position=10**6, generation=1)
    redis.tell(order, "EmailSent", kind="CONFIRMATION", message_id="m")
    for stage in ("PICKED", "IN_TRANSIT", "DELIVERED"):
        redis.tell(order, "ShipmentMoved", stage=stage, tracking_number="AB-12-345", days=0 if stage == "DELIVERED" else 2)
    rest = hear("event: end")
    check("event: end" in rest and answer.read() == b"", "it ends with the story", rest[-300:])
    page = kim.get(f"/order/{order}").text
    check("Usually 2 days to your door" in page and "It was delivered." in page, "the page shows the parcel's way", page)
    check("AB-12-345" in page and "confirmation email" in page and " UTC</time>" in page and
          "data-events" not in page and "refresh" not in page, "the page tells it whole", page)
    before = kim.post("/cart/checkout", **FORM, seen="0.0123456789abcdef")
    check(before.headers["Location"] == f"/order/{order}", "a form of the cart before leads to its order", before.status)
    check(kim.post("/cart/checkout", **FORM).status == 422, "an empty cart cannot be ordered")


def cancelling(kim, redis):
    redis.cart(kim.user, 10, [(shelf.MUG, 1)], position=10**6, generation=1)
    order = kim.post("/cart/checkout", **FORM).headers["Location"][-36:]
    owner = {"user_id": kim.user, "order": {"currency": "USD"}}
    redis.tell(order, "OrderPlaced", **owner)
    redis.tell(order, "PaymentCharged", amount_minor=1798, currency="USD", card_brand="visa", card_last4="0454")
    later(0.3, lambda: redis.tell(order, "OrderCancelled", **owner, reason="BY_CUSTOMER", detail="You cancelled it."))
    page = kim.post(f"/order/{order}/cancel")
    check((page.status, page.headers["Location"]) == (303, f"/order/{order}"), "an order can be called off", page.headers)
    page = kim.get(f"/order/{order}").text
    check("You cancelled it." in page and "$17.98 goes back to your card" in page, "its page says so, and what goes back", page)
    redis.tell(order, "PaymentRefunded", amount_minor=1798, currency="USD")
    check("$17.98 went back" in kim.get(f"/order/{order}").text, "and when it went back")
    redis.cart(kim.user, 11, [(shelf.MUG, 1)], position=10**6, generation=2)
    order = kim.post("/cart/checkout", **FORM).headers["Location"][-36:]
    redis.tell(order, "OrderPlaced", **owner)
    redis.tell(order, "OrderCancelled", **owner, reason="BY_CUSTOMER", detail="You cancelled it.")
    redis.tell(order, "EmailSent", kind="CANCELLATION", message_id="m")
    redis.cart(kim.user, 12, [(shelf.MUG, 1)], position=10**6, generation=3)
    page = kim.get(f"/order/{order}").text
    check("Nothing was charged" not in page and "goes back to your card by itself" in page and "data-events" in page,
          "while the bank is silent, the page claims nothing, and stays open", page)
    redis.tell(order, "PaymentVoided", currency="USD")
    page = kim.get(f"/order/{order}").text
    check("Nothing was charged: your bank has confirmed it." in page and "data-events" not in page, "what is known, it says, and ends", page)
    order = kim.post("/cart/checkout", **FORM).headers["Location"][-36:]
    redis.tell(order, "OrderRejected", user_id=kim.user, reason="PRICE_CHANGED", detail="Mug costs more now.")
    page = kim.get(f"/order/{order}").text
    check("This order was not taken." in page and "Mug costs more now." in page and "was cancelled" not in page, "a rejected order says so", page)
    way = re.search(r'href="(/cart\?again=[^"]+)">Try again with today', page)
    check(way and FORM["street_address"] in kim.get(way.group(1)).text, "its way back knows the address again", page)
    stranger = alone.Shopper(kim.gateway)
    stranger.get("/")
    check(stranger.post(f"/order/{order}/cancel").status == stranger.post(f"/order/{uuid.uuid4()}/cancel").status == 404 and
          not [r for r in shelf.records("order.commands") if stranger.user.encode() in r[3]],
          "a stranger's cancel tells nothing, and is not sent")


def away(kim, redis):
    kim.get("/cart")
    redis("DEL", "views:mark", f"cart:{kim.user}")
    page = kim.get("/cart")
    check(page.status == 200 and shelf.MUG in page.text and "last knew" in page.text, "without whole views the cart is the last known", page.text[:300])
    stranger = alone.Shopper(kim.gateway)
    stranger.get("/")
    page = stranger.get("/cart")
    check(page.status == 200 and "is empty" not in page.text, "and one that was never seen is not called empty", page.text[:300])
    check(not kim.gateway.wait(kim.gateway.ready, 2.5), "the gateway is not ready then")
    redis("SET", "views:mark", "1")
    check(kim.gateway.wait(kim.gateway.ready, 3), "and is again, by itself")


def opening(folder):
    """Whoever can connect at all finds the shelves full, however soon they come."""
    for _ in range(3):
        gateway = alone.Gateway(folder, os.environ["KAFKA_BOOTSTRAP"], redis_address())
        try:
            kim = alone.Shopper(gateway)
            home, added = kim.get("/"), kim.post("/cart", product_id=shelf.MUG, quantity=1)
            away = re.findall(r"<strong>([^<]+)</strong>:", home.text)  # accounts are: there is no Postgres here
            check(f"/product/{shelf.MUG}" in home.text and away == ["Account"], "the first page shows products, and all at work", away)
            check(added.status == 302, "the first command is taken", added.status)
        finally:
            gateway.process.kill()
            gateway.process.wait()


def main():
    redis = shelf.Redis()
    redis("MSET", "views:mark", "1", "views:alive", "1")
    shelf.fill()
    with tempfile.TemporaryDirectory() as folder:
        alone.make_keys(folder)
        opening(folder)
        gateway = alone.Gateway(folder, os.environ["KAFKA_BOOTSTRAP"], redis_address())
        try:
            if check(gateway.wait(gateway.ready), "the gateway becomes ready"):
                kim = alone.Shopper(gateway)
                windows(kim)
                currencies(kim)
                adding(kim, redis)
                refusals(kim, redis)
                changing(kim, redis)
                bad_orders(kim)
                choosing(kim)
                living(kim, redis, ordering(kim, redis))
                cancelling(kim, redis)
                away(kim, redis)
            check(gateway.stop() == 0, "it ends in order")
        finally:
            gateway.process.kill()
    alone.done()


main()
