"""driver.py - shoppers: they fill carts, change their minds, order, order again, cancel, click twice, and send again what they got no
answer to; and the shop's keeper, who puts pieces on the shelves.

Each goes through the front door by HTTP, like a browser without script. What they saw is in the history; what it should have
been is the checker's business.
"""
import concurrent.futures
import html
import http.client
import os
import random
import re
import subprocess
import threading
import time
import uuid

import shop

CURRENCIES = ["USD", "USD", "EUR", "JPY", "GBP", "CHF", "KRW"]
DECLINED = ["4000000000000002", "4000000000009995", "4000000000000127"]
ODD_CARDS = ["4000000000000119", "4000000000000341"]  # charged without an answer; fails once
SECRETS = ["Canary Wharf Lane", "Canaryville", shop.ADDRESS["credit_card_number"], *DECLINED, *ODD_CARDS]
PATIENCE_S = 60
TROUBLE = (OSError, http.client.HTTPException)


class Driver:
    """A crowd of threads, each one shopper after the other, at a bounded rate and with a bounded number of open orders."""

    def __init__(self, history, seed, crowd=8, per_second=5.0, cancels=0.06, afterthoughts=0.1, open_orders=60, tool=None):
        self.history, self.tool, self.seed, self.open_orders = history, tool, seed, open_orders
        self.cancels, self.afterthoughts = cancels, afterthoughts
        self.pace = crowd / per_second
        self.stopping, self.over = threading.Event(), threading.Event()
        self.lock = threading.Lock()
        self.watched = {}  # order -> its shopper, until a page shows its end
        self.accepted = self.ended = 0
        self.threads = [threading.Thread(target=self.shop, args=(n,), daemon=True) for n in range(crowd)]
        if tool:  # shopctl; without it there is no keeper
            self.threads.append(threading.Thread(target=self.keep, daemon=True))
        self.watcher = threading.Thread(target=self.watch, daemon=True)

    def start(self):
        for thread in [*self.threads, self.watcher]:
            thread.start()

    def keep(self):
        """The shop's keeper: pieces arrive now and then. By the operator's tool, which waits for catalog's answer."""
        luck = random.Random(self.seed * 1000 + 999)
        while not self.stopping.wait(luck.uniform(2, 5)):
            product, quantity = luck.choice(shop.PRODUCTS), luck.randint(1, 9)
            number = self.history.invoke("restock", product=product, quantity=quantity)
            done = subprocess.run([self.tool, "product", "restock", product, str(quantity)], check=False, capture_output=True, text=True, timeout=120,
                                  env={**os.environ, "APP_KAFKA": shop.env("KAFKA_BOOTSTRAP"), "APP_PATIENCE": "20s"})
            self.history.write("ok" if done.returncode == 0 else "unknown", n=number, **({"why": done.stderr[-200:]} if done.returncode else {}))

    def stop(self):
        """No new orders. The watcher goes on until finish()."""
        self.stopping.set()
        for thread in self.threads:
            thread.join(PATIENCE_S * 3)

    def finish(self):
        self.over.set()
        self.watcher.join(PATIENCE_S)

    def shop(self, number):
        luck = random.Random(self.seed * 1000 + number)
        while not self.stopping.is_set():
            began = time.monotonic()
            if len(self.watched) < self.open_orders:
                try:
                    Visit(self, luck).go()
                except TROUBLE:
                    pass  # a page that shows nothing but the shop's trouble; what was asked of it is in the history
            self.stopping.wait(max(0.05, luck.uniform(0.5, 1.5) * self.pace - (time.monotonic() - began)))

    def took(self, order, shopper):
        with self.lock:
            if order not in self.watched:
                self.accepted += 1
            self.watched[order] = shopper

    def watch(self):
        """Looks at each open order's page about once a second, so that the history has what a shopper saw, in their order."""
        while not self.over.wait(0.5):
            with self.lock:
                open_now = list(self.watched.items())
            for order, shopper in open_now:
                state = self.look(order, shopper)
                if state in ("confirmed", "cancelled", "rejected"):
                    with self.lock:
                        self.watched.pop(order, None)
                        self.ended += 1

    def look(self, order, shopper):
        try:
            page = shopper.once("GET", f"/order/{order}")
        except TROUBLE:
            return None
        state = re.search(r'class="verdict (\w+)"', page.text)
        if page.status != 200 or not state:
            return None
        total = re.search(r"<dt>Total</dt><dd>([^<]*)<", page.text)
        self.history.write("seen", order=order, state=state.group(1), total=html.unescape(total.group(1)) if total else "")
        return state.group(1)


class Visit:
    """One shopper with one session."""

    def __init__(self, driver, luck):
        self.driver, self.luck, self.history = driver, luck, driver.history
        self.shopper = shop.Shopper(timeout=12)
        self.shopper.once("GET", f"/product/{shop.MUG}")
        self.user = self.shopper.cookies.get("shop_session-id", "").partition(".")[0]

    def go(self):
        if not self.user:
            return
        if self.luck.random() < 0.6:
            self.shopper.once("POST", "/setCurrency", {"currency_code": self.luck.choice(CURRENCIES)})
        for _ in range(2 if self.luck.random() < 0.2 else 1):  # some come back with a second cart
            if not self.fill() or not self.order() or self.driver.stopping.is_set():
                return

    def fill(self):
        products = self.luck.sample(shop.PRODUCTS, self.luck.choice([1, 1, 2, 3]))
        if self.luck.random() < 0.06 and not (self.put_in(self.luck.choice(shop.PRODUCTS), 1) and self.change_mind("empty", "/cart/empty")):
            return False
        for product in products:
            if not self.put_in(product, self.luck.randint(1, 3)):
                return False
            if self.luck.random() < 0.1:
                quantity = self.luck.randint(0 if product != products[0] else 1, 4)
                if not self.change_mind("change", "/cart/quantity", product=product, quantity=quantity):
                    return False
        return True

    def change_mind(self, what, path, **said):
        names = {"product": "product_id"}
        form = {names.get(name, name): value for name, value in said.items()}
        form["command_id"] = str(uuid.UUID(int=self.luck.getrandbits(128), version=4))
        return self.until_known(what, path, form, **said)

    def put_in(self, product, quantity):
        form = {"product_id": product, "quantity": quantity, "command_id": str(uuid.UUID(int=self.luck.getrandbits(128), version=4))}
        done = self.until_known("add", "/cart", form, product=product, quantity=quantity)
        if done and self.luck.random() < 0.1:  # the same form once more
            self.ask("add", "/cart", form, product=product, quantity=quantity)
        return done

    def order(self):
        """From the cart's page to an accepted order. False: this shopper goes home."""
        form, offered = self.form()
        if not form:
            return False
        card, mail = self.luck.random(), self.luck.random()
        if card < 0.12:
            form["credit_card_number"] = self.luck.choice(DECLINED if card < 0.06 else ODD_CARDS)
        tag = f"{self.user[:8]}{self.luck.randrange(1000)}"
        form["email"] = f"{'later+' if mail < 0.04 else 'canary.'}{tag}@example.com"
        said = {"offered": offered, "currency": form["seen"].split("~")[1], "email": form["email"], "card": form["credit_card_number"]}
        if self.luck.random() < 0.15:
            order = self.double_click(form, said)
        else:
            order = self.until_known("checkout", "/cart/checkout", form, **said)
        if not order:
            return False
        self.driver.took(order, self.shopper)
        if self.luck.random() < self.driver.afterthoughts:  # something that came to mind too late: it stays for the next order
            self.put_in(self.luck.choice(shop.PRODUCTS), 1)
        if self.luck.random() < self.driver.cancels:
            time.sleep(self.luck.choice([0, self.luck.uniform(0.1, 0.8)]))  # at once, or when something was done already
            self.until_known("cancel", f"/order/{order}/cancel", {}, order=order)
        return self.wait_for_end(order)

    def form(self):
        """The checkout form as the cart's page offers it, with one of its carriers: (fields, what that costs in all)."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end and not self.driver.stopping.is_set():
            try:
                text = self.shopper.once("GET", "/cart").text
            except TROUBLE:
                text = ""
            hidden = {name: html.unescape(value) for name, value in re.findall(r'id="(command_id|seen)" name="\w+" value="([^"]*)"', text)}
            carriers = re.findall(r'name="carrier" value="(\w+)".*?<span class="small">([^<]*) in all</span>', text, re.S)
            if len(hidden) == 2 and carriers:
                carrier, offered = self.luck.choice(carriers)
                return {**shop.ADDRESS, **hidden, "carrier": carrier, "street_address": "7 Canary Wharf Lane", "city": "Canaryville"}, \
                    html.unescape(offered)
            time.sleep(0.5)
        return None, None

    def double_click(self, form, said):
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            clicks = [pool.submit(self.ask, "checkout", "/cart/checkout", form, **said) for _ in range(2)]
            phases = [click.result() for click in clicks]
        known = [order for phase, order in phases if phase == "ok"]
        return known[0] if known else self.until_known("checkout", "/cart/checkout", form, **said)

    def until_known(self, what, path, form, **said):
        """Sent again until the shop says yes or no. True or the order's id for yes."""
        end = time.monotonic() + PATIENCE_S
        while True:
            phase, order = self.ask(what, path, form, **said)
            if phase != "unknown":
                return order or phase == "ok"
            if time.monotonic() > end or self.driver.stopping.is_set():
                return None
            time.sleep(self.luck.uniform(0.2, 1.0))

    def ask(self, what, path, form, **said):
        """One request: (phase, order's id if there is one)."""
        number = self.history.invoke(what, user=self.user, command=form.get("command_id"), **said)
        try:
            page = self.shopper.once("POST", path, form)
        except TROUBLE as fault:
            self.history.write("unknown", n=number, why=repr(fault)[:120])
            return "unknown", None
        place = page.headers.get("Location", "")
        order = re.search(r"/order/([0-9a-f-]{36})", place)
        phase = "ok" if page.status in (302, 303) else "fail" if page.status in (404, 409, 422) else "unknown"
        order = order.group(1) if order and what == "checkout" else None
        self.history.write(phase, n=number, status=page.status, **({"order": order} if order else {}))
        return phase, order

    def wait_for_end(self, order):
        end = time.monotonic() + PATIENCE_S
        while order in self.driver.watched:
            if time.monotonic() > end or self.driver.stopping.wait(0.3):
                return False
        return True
