"""away_test.py - with any one service dead, the shop stays open, and what was accepted meanwhile goes through.

What the pages say then, and without Kafka, Redis, Postgres and others, stands in docs/degradation.md: degradation_test.py."""

import re
import threading

import shop

t = shop.Tests()

# nine adds at once are nine lines
kim = shop.Shopper()
kim.get("/")


def add(product):
    shopper = shop.Shopper()
    shopper.cookies = dict(kim.cookies)
    shopper.add(product)


adding = [threading.Thread(target=add, args=(p,)) for p in shop.PRODUCTS]
for thread in adding:
    thread.start()
for thread in adding:
    thread.join()
t.check(shop.eventually(lambda: kim.cart_skus() == sorted(shop.PRODUCTS), 10), "nine adds at once are nine lines", kim.cart_skus())


def confirmed(shopper, order):
    page = shopper.get(f"/order/{order}")
    return bool(re.search(r"[A-Z]{2}-\d+-\d+", page.words))


for process in shop.SERVICES + ["views"]:
    kim = shop.Shopper()
    kim.add()
    shop.eventually(kim.cart_skus)
    shop.hold_down(process)
    try:
        for path in ["/", f"/product/{shop.MUG}", "/cart", "/search?q=mug"]:
            page = kim.get(path)
            t.equal(page.status, 200, f"without {process}, {path} opens")
            if path == "/":
                t.check(all(p in page.text for p in shop.PRODUCTS), f"without {process}, the nine products are there")
            if path == "/cart":
                t.check("SKU #" in page.text and shop.MUG in page.text.split("SKU #")[1], f"without {process}, the last known cart is there", page.words)
        page = kim.checkout()
        order = shop.order_id_of(page)
        t.check(page.status == 200 and order, f"without {process}, an order is accepted", f"{page.status} {page.words}")
        needed = process not in ("currency", "email", "cart", "recommendation", "ad")
        if order and needed:
            t.check(not confirmed(kim, order), f"without {process}, it waits")
    finally:
        shop.let_up(process)
    t.check(order and shop.eventually(lambda: confirmed(kim, order), 60), f"with {process} back, it goes through",
            order and kim.get(f"/order/{order}").words)

# a shopper who gives up waiting is neither charged twice nor left without an order page
kim = shop.Shopper(timeout=2)
kim.add()
shop.hold_down("payment")
try:
    try:
        kim.checkout()
    except OSError:
        pass
    page = kim.checkout()
    order = shop.order_id_of(page)
finally:
    shop.let_up("payment")
t.check(order and shop.eventually(lambda: confirmed(kim, order), 60), "who gave up waiting and tried again has an order page")
t.equal(len([e for e in shop.ledger() if order and order in str(e)]), 1, "and one charge")
t.done()
