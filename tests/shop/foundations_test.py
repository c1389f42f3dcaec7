"""foundations_test.py - Redis, Kafka and Postgres gone in turn: pages stay open, nothing accepted is lost, nothing is done twice."""

import re
import time

import shop

t = shop.Tests()


def timed(ask):
    began = time.monotonic()
    page = ask()
    return page, time.monotonic() - began


def complete(shopper, order):
    return shop.eventually(lambda: "Your order is complete" in shopper.get(f"/order/{order}").words, 60)


def open_pages(shopper, without, names):
    for path in ["/", f"/product/{shop.MUG}", "/cart"]:
        page, took = timed(lambda path=path: shopper.get(path))
        t.check(page.status == 200 and shop.MUG in page.text and took < 2, f"without {without}, {path} opens with what was known",
                f"{page.status} {took:.1f} s {page.words[:300]}")
        t.check(re.search(rf"<strong>{names}</strong>", page.text), f"without {without}, {path} names what is missing", page.words)


# Redis: the views are away
kim = shop.Shopper()
kim.add()
kim.cart_skus()
shop.hold_down("redis")
try:
    open_pages(kim, "Redis", "Cart and orders")
    page, took = timed(lambda: kim.once("POST", "/cart", {"product_id": "OLJCESPC7Z", "quantity": 1}))
    t.check(page.status == 302 and took < 3, "without Redis, something can be put into the cart", f"{page.status} {took:.1f} s")
    page = kim.get("/cart")
    t.check("still putting your last change" in page.text, "and the cart says that it is behind", page.words)
    t.equal(kim.checkout().status, 503, "of a cart that is behind no order is made")
    stranger = shop.Shopper()
    stranger.get("/")
    page = stranger.get("/cart")
    t.check(page.status == 200 and "is empty" not in page.words, "a cart that nobody here knows is not called empty", page.words)
finally:
    shop.let_up("redis")
t.check(shop.all_ready(), "with Redis back, all is ready again by itself")
t.equal(kim.cart_skus(), sorted([shop.MUG, "OLJCESPC7Z"]), "and the cart holds what was put in meanwhile")
order = shop.order_id_of(kim.checkout())
t.check(order and complete(kim, order), "and it can be ordered")

# Kafka: nothing can be accepted
kim = shop.Shopper()
kim.add()
kim.cart_skus()
shop.hold_down("kafka")
try:
    time.sleep(1)
    open_pages(kim, "Kafka", "Orders")
    page, took = timed(lambda: kim.once("POST", "/cart", {"product_id": "OLJCESPC7Z", "quantity": 1}))
    t.check(page.status == 503 and 4 < took < 7, "without Kafka, a command is unknown after five seconds", f"{page.status} {took:.1f} s")
    page, took = timed(kim.checkout)
    t.check(page.status == 503 and 4 < took < 7 and shop.ADDRESS["street_address"] in page.text, "so is an order, and the form is kept",
            f"{page.status} {took:.1f} s {page.words}")
    t.check(shop.ADDRESS["credit_card_number"] not in page.text, "but not the card")
finally:
    shop.let_up("kafka")
t.check(shop.all_ready(), "with Kafka back, all is ready again by itself")
page = shop.eventually(lambda: (lambda p: p if shop.order_id_of(p) else None)(kim.checkout()), 30)
order = page and shop.order_id_of(page)
t.check(order and complete(kim, order), "the order is sent again, and completes")
t.equal(len([e for e in shop.ledger() if order and order in str(e)]), 1, "and is charged once, though it was sent twice")

# Postgres: orders wait
kim = shop.Shopper()
kim.add()
kim.cart_skus()
shop.hold_down("postgres")
try:
    page = kim.checkout()
    order = shop.order_id_of(page)
    t.check(page.status == 200 and order, "without Postgres, an order is accepted", f"{page.status} {page.words}")
    t.check("We are on it" in kim.get(f"/order/{order}").words, "and its page says that it waits")
finally:
    shop.let_up("postgres")
t.check(order and complete(kim, order), "with Postgres back, it goes through")
t.done()
