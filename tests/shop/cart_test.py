"""cart_test.py - a cart under many hands: tabs at once, Redis lost in the middle, months of idleness, a card that is declined.

timeout: 240
"""

import re
import subprocess
import threading

import shop

t = shop.Tests()
TABS = 6


def tab_of(shopper):
    """Another tab of the same browser: the same cookies, connections of its own."""
    tab = shop.Shopper()
    tab.cookies = dict(shopper.cookies)
    return tab


def held(shopper):
    """What the cart's page shows: product -> quantity; None when it does not show a cart."""
    page = shopper.get("/cart")
    lines = dict(re.findall(r'id="q-(\w+)"[^>]*? value="(\d+)"', page.text))
    return {product: int(quantity) for product, quantity in lines.items()} if "SKU #" in page.text else None


def at_once(*jobs):
    threads = [threading.Thread(target=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def redis(*words):
    return subprocess.run(["redis-cli", "-u", shop.env("REDIS_URL"), *words], check=True, capture_output=True, text=True).stdout


def confirmed(shopper, order):
    return "Your order is complete" in shopper.get(f"/order/{order}").text


# --- tabs at once: adds to the same lines, changes of a line of its own -------------------------------------------------

kim = shop.Shopper()
kim.get("/")
shared, own = shop.PRODUCTS[:3], shop.PRODUCTS[3:]
refused = []


def shop_in_a_tab(number):
    tab = tab_of(kim)

    def send(path, **form):
        page = tab.once("POST", path, form)
        if page.status != 302:
            refused.append(f"{path} {form}: {page.status}")
    send("/cart", product_id=own[number], quantity=1)
    for turn in range(5):
        for product in shared:
            send("/cart", product_id=product, quantity=1)
        send("/cart/quantity", product_id=own[number], quantity=turn + 2)


at_once(*(lambda n=n: shop_in_a_tab(n) for n in range(TABS)))
wanted = {**{product: 5 * TABS for product in shared}, **{product: 6 for product in own[:TABS]}}
t.equal(refused, [], f"{TABS} tabs at once: nothing is refused")
t.check(shop.eventually(lambda: held(kim) == wanted), "nothing is lost: the cart holds the sum of all", held(kim))

# --- limits -----------------------------------------------------------------------------------------------------------------

page = kim.post("/cart/quantity", product_id=shared[0], quantity=100)
t.check(page.status == 422 and "1 to 99" in page.words, "a hundred of one thing are refused with a sentence", page.status)
kim.post("/cart/quantity", product_id=shared[0], quantity=95)
page = kim.post("/cart", product_id=shared[0], quantity=5)
t.check(page.status == 422 and "1 to 99" in page.words, "so are five more than ninety-five, by the cart itself", page.status)
t.equal(held(kim).get(shared[0]), 95, "and nothing of them is put in")
for product in wanted:
    kim.post("/cart/quantity", product_id=product, quantity=1, remove=1)
t.check(shop.eventually(lambda: "Your cart is empty" in kim.get("/cart").words), "with every line taken out it is empty")

# --- Redis is flushed, then killed, while things are put in ----------------------------------------------------------------

kim.add()
t.equal(held(kim), {shop.MUG: 1}, "there is a mug")
odd, done = [], threading.Event()


def watch():
    tab = tab_of(kim)
    while not done.is_set():
        page = tab.get("/cart")
        if page.status != 200 or ("SKU #" not in page.text and "Your cart is safe" not in page.words):
            odd.append(f"{page.status}: {page.words[-600:]}")


def put_in(count):
    tab = tab_of(kim)
    for _ in range(count):
        tab.once("POST", "/cart", {"product_id": shop.MUG, "quantity": 1})


def lose_redis():
    for _ in range(2):
        shop.eventually(lambda: redis("EXISTS", "views:mark").strip() == "1")
        redis("FLUSHALL")
    shop.eventually(lambda: redis("EXISTS", "views:mark").strip() == "1")
    shop.kill("redis")


watching = threading.Thread(target=watch)
watching.start()
at_once(lose_redis, *(lambda: put_in(8) for _ in range(4)))
whole = shop.eventually(lambda: held(kim) == {shop.MUG: 33}, 60)
done.set()
watching.join()
t.check(whole, "with Redis flushed twice and killed once in between, nothing is lost", held(kim))
t.equal(odd[:3], [], "and no page ever shows an empty cart, or an error")

t.check(shop.all_ready(), "everybody is ready again")

# --- a declined card: another one, with the cart and the address kept -------------------------------------------------------

kim = shop.Shopper()
kim.add(shop.MUG, 2)
page = kim.checkout(credit_card_number="4000000000000002")
declined = shop.order_id_of(page)
t.check(declined, "an order whose card will be declined is taken", f"{page.status} {page.words[-900:]}")
t.check(shop.eventually(lambda: "was cancelled" in kim.get(f"/order/{declined}").words), "a card that the bank refuses ends the order")
page = kim.get(f"/order/{declined}")
t.check("refused this card" in page.words and "your address are kept" in page.words and f"/cart?again={declined}" in page.text,
        "its page says why, what to do, and leads back", page.words[-800:])
t.check(shop.kill("gateway") and shop.eventually(lambda: shop.ready("gateway")), "the gateway starts anew")
again = kim.get(f"/cart?again={declined}")
fields = dict(re.findall(r'name="(\w+)"[^>]*? value="([^"]*)"', again.text))
t.equal([fields.get(n) for n in ("email", "street_address", "city")],
        [shop.ADDRESS[n] for n in ("email", "street_address", "city")], "the form knows the address again, by the key on the topic")
t.equal(fields.get("credit_card_number"), "", "but no card")
t.check(held(kim) == {shop.MUG: 2} and "were declined" not in again.words, "the cart is as it was", held(kim))
stranger = shop.Shopper()
stranger.add()
t.check(shop.ADDRESS["street_address"] not in stranger.get(f"/cart?again={declined}").text, "a stranger is not shown the address")
typed = {n: fields[n] for n in ("command_id", "seen", "email", "street_address", "zip_code", "city", "state", "country")}
order = shop.order_id_of(kim.open("POST", "/cart/checkout", {**shop.ADDRESS, **typed}))
t.check(order and order != declined and shop.eventually(lambda: confirmed(kim, order)), "with another card it is bought", order)
t.equal(len([e for e in shop.ledger() if declined in str(e) and "charge" in str(e.get("event")) and "declined" not in str(e)]), 0, "nothing was charged to the first")

# --- a change of mind, after the charge -------------------------------------------------------------------------------------

kim.add()
shop.hold_down("shipping")
try:
    order = shop.order_id_of(kim.checkout())
    t.check(shop.eventually(lambda: "$17.98 from your Visa" in kim.get(f"/order/{order}").words), "paid, it waits for the parcel",
            kim.get(f"/order/{order}").words)
    t.equal(shop.Shopper().post(f"/order/{order}/cancel").status, 404, "a stranger cannot cancel it")
    page = kim.post(f"/order/{order}/cancel")
    t.check("You cancelled it" in page.words or "asked to cancel" in page.words, "its shopper can", page.words)
    t.check(shop.eventually(lambda: "$17.98 went back to your card" in kim.get(f"/order/{order}").words), "and all the money goes back",
            kim.get(f"/order/{order}").words)
finally:
    shop.let_up("shipping")
t.equal(held(kim), {shop.MUG: 1}, "the cart keeps what was in it")

# --- idleness ---------------------------------------------------------------------------------------------------------------

settings = shop.RUN / "settings"
before = settings.read_text()


def restart_cart():
    subprocess.run(["sv", "-w", "15", "restart", str(shop.RUN / "sv/cart")], check=True, capture_output=True)
    return shop.eventually(lambda: shop.ready("cart"), 60)


def left_behind(shopper):
    return "You left something here" in shopper.get("/cart").words


shop.hold_down("payment")
settings.write_text(before + "APP_CART_IDLE=3s\n")
try:
    t.check(restart_cart(), "the cart's patience is three seconds")
    first = order
    waiting, idle = shop.Shopper(), shop.Shopper()
    waiting.add(shop.MUG, 3)
    held(waiting)
    order = shop.order_id_of(waiting.checkout())
    kim.add(shop.MUG, 2)
    held(kim)
    idle.add(shop.PRODUCTS[0], 1)  # later than the others: when this one has expired, the others have had their time
    t.check(shop.eventually(lambda: left_behind(kim) and left_behind(idle), 60), "carts that lie idle expire, and say so")
    page = kim.get("/cart")
    t.check("3 ×" in page.words and "Mug" in page.words and "SKU #" not in page.text, "the page says what was in it", page.words[-900:])
    t.equal(held(waiting), {shop.MUG: 3}, "one that is being ordered does not expire")
finally:
    settings.write_text(before)
    restart_cart()
    shop.let_up("payment")
kim.post("/cart/back")
t.check(shop.eventually(lambda: held(kim) == {shop.MUG: 3}) and not left_behind(kim), "all of it is put back", held(kim))
second = shop.order_id_of(kim.checkout())
t.check(second != first and shop.eventually(lambda: confirmed(kim, second)), "and bought, as an order of its own: the count of orders has not begun again")
idle.post("/cart/back", no=1)
t.check(shop.eventually(lambda: not left_behind(idle)), "who does not want it back is not asked again")
t.check(shop.eventually(lambda: confirmed(waiting, order), 60), "what was ordered meanwhile goes through")
t.done()
