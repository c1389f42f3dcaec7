"""keeper_test.py - the shop's keeper changes a price, sells the last pieces of something, and lets the catalogue stumble; open
pages follow, and nobody gets what is not there."""

import concurrent.futures
import json
import re
import signal
import subprocess
import threading
import urllib.request
import uuid

import shop

t = shop.Tests()
POT, HOT = "POT0OF0TEA", "HOT0PRODUC"
PIECES, BUYERS, AT_ONCE = 50, 200, 16


def shopctl(*words):
    return subprocess.run([shop.ROOT / "build/bin/shopctl", "product", *words], capture_output=True, text=True, timeout=60, check=False,
                          env={"APP_KAFKA": shop.env("KAFKA_BOOTSTRAP")})


def metric(process, name):
    with urllib.request.urlopen(shop.env(f"ADMIN_URL_{process.upper()}") + "/metrics", timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.split(" ")[0].split("{")[0] == name)


class Listener:
    """An open product page's stream: the data of its events."""

    def __init__(self, shopper, page):
        path = re.search(r'data-events="([^"]+)"', page.text).group(1).replace("&amp;", "&")
        cookies = "; ".join(f"{k}={v}" for k, v in shopper.cookies.items())
        request = urllib.request.Request(shop.env("SHOP_URL") + path, headers={"Cookie": cookies})
        self.stream = urllib.request.urlopen(request, timeout=60)
        self.heard = ""
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        try:
            for line in self.stream:
                self.heard += line.decode()
        except (OSError, ValueError, AttributeError):
            pass  # closed

    def hears(self, *words):
        return shop.eventually(lambda: all(word in self.heard for word in words), 30)


# --- a new product, its price, its last pieces ---------------------------------------------------------------------------
done = shopctl("add", POT, "--name", "Tea pot", "--price", "24.99", "--category", "kitchen", "--stock", "30")
t.check(done.returncode == 0 and "$24.99" in done.stdout, "the keeper adds a product", done.stdout + done.stderr)
t.check(shopctl("add", POT, "--name", "Tea pot", "--price", "1").returncode == 3, "but not twice")
t.equal(shopctl("add", "XKWD", "--name", "Dallah", "--price", "1.555", "--currency", "KWD").returncode, 2, "nor in a currency without a rate")
done = shopctl("price", "NOSUCHPROD", "3")
t.check(done.returncode == 3 and "There is no product NOSUCHPROD" in done.stderr, "what the catalogue refuses reaches the keeper",
        done.stderr)

kim = shop.Shopper()
t.check(shop.eventually(lambda: kim.get(f"/product/{POT}").status == 200), "it has a page")
kim.post("/setCurrency", currency_code="EUR")
page = kim.get(f"/product/{POT}")
t.check("€22.10" in page.words, "in euros, too", page.words)
t.check("built-in rates" in page.words, "which says how old its exchange rates are", page.words)
open_page = Listener(kim, page)
kim.add(POT, 2)
t.equal(kim.cart_skus(), [POT], "a shopper has two in the cart")
seen = re.search(r'name="seen" value="([^"]+)"', kim.get("/cart").text)

done = shopctl("price", POT, "31.00")
t.check(done.returncode == 0 and "$31.00 now, not $24.99" in done.stdout, "the keeper changes the price", done.stdout + done.stderr)
t.check(open_page.hears("€27.42"), "an open page shows it by itself, in its own currency", open_page.heard)
late = kim.checkout(seen=seen.group(1) if seen else "")
t.check(late.status == 422 and "Tea pot costs €27.42 now, not €22.10." in late.words, "who orders at the price that was seen is told both",
        f"{late.status} {late.words}")
placed = kim.checkout()
t.check(shop.order_id_of(placed), "and can order at the new one", placed.words)

again = json.loads(shopctl("restock", POT, "3", "--json").stdout)
twice = json.loads(shopctl("restock", POT, "3", "--json", "--command-id", again["command_id"]).stdout)
t.equal(twice, again, "a command that is repeated under its id is done once")
order = shop.order_id_of(placed)
t.check(shop.eventually(lambda: "confirmed" in kim.get(f"/order/{order}").words.lower()), "the order goes through")
t.equal(shop.sql("catalog", f"SELECT on_hand FROM product WHERE key = '{POT}'"), [["31"]], "30 + 3 - 2 are left")
history = [e["event"] for e in json.loads(shopctl("history", POT, "--json").stdout)]
t.equal(history, ["ProductAdded", "ProductCommandRefused", "PriceChanged", "Restocked"], "its history is kept")
holder = shop.Shopper()
holder.add(POT, 1)
t.equal(shopctl("retire", POT).returncode, 0, "the keeper retires it")
t.check(open_page.hears("Sold out"), "the open page says so", open_page.heard)
cart = shop.eventually(lambda: (p := holder.get("/cart")) and "sold no more" in p.words and p)
t.check(cart and "Tea pot is sold no more: take it out" in cart.words, "a cart that holds it calls it by its name", holder.get("/cart").words)
t.check(cart and "Place order" not in cart.words and "$0.00" not in cart.text, "and offers no order, and no price of nothing", cart)
t.check(shop.eventually(lambda: kim.get(f"/product/{POT}").status == 404), "and a new one is not found")

# --- a zombie on a compacted topic: an older version that lands behind a newer one -----------------------------------------
states = [r for r in shop.read_topic("product.state") if r.key == POT]
with open("/tmp/zombie", "wb") as file:
    file.write(states[0].value)
subprocess.run(["kcat", "-b", shop.env("KAFKA_BOOTSTRAP"), "-P", "-t", "product.state", "-p", str(states[0].partition), "-k", POT, "-H", f"ce-id={uuid.uuid4()}", "-H",
                "ce-type=ProductUpdated", file.name], check=True, timeout=60)
newest = max(r.body["version"] for r in states)


def last_is_newest():
    now = [r.body["version"] for r in shop.read_topic("product.state") if r.key == POT]
    return len(now) >= len(states) + 2 and now[-1] == newest


t.check(shop.eventually(last_is_newest), "zombie on a compacted topic: its record is followed by the newest version again")
t.equal(kim.get(f"/product/{POT}").status, 404, "and no page has gone back to the older one")

# --- two hundred buyers, fifty pieces -----------------------------------------------------------------------------------
t.equal(shopctl("add", HOT, "--name", "Hot thing", "--price", "10", "--stock", str(PIECES)).returncode, 0, "a hot product")
shop.eventually(lambda: kim.get(f"/product/{HOT}").status == 200)


def fill_cart(_):
    buyer = shop.Shopper(timeout=60)
    buyer.add(HOT, 1)
    return buyer if shop.eventually(lambda: buyer.cart_skus() == [HOT]) else None


def buy(buyer):
    return shop.order_id_of(buyer.checkout()) if buyer else None


with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
    buyers = list(pool.map(fill_cart, range(BUYERS)))
with concurrent.futures.ThreadPoolExecutor(BUYERS) as pool:
    orders = set(pool.map(buy, buyers)) - {None}
t.check(all(buyers), "each of 200 buyers has it in the cart")
t.equal(len(orders), BUYERS, "all press at the same moment, and each is taken")


def ends():
    found = {}
    for record in shop.distinct(shop.read_topic("order.events")):
        if record.key in orders and record.type != "OrderPlaced":
            found.setdefault(record.key, []).append((record.type, record.body.get("reason", "")))
    return found


t.check(shop.eventually(lambda: len(ends()) == len(orders), 120, 1), "every order ends")
found = [end for of_one in ends().values() for end in of_one]
t.equal(len(found), len(orders), "each once")
t.equal(found.count(("OrderConfirmed", "")), PIECES, "exactly fifty are sold")
t.equal(found.count(("OrderCancelled", "OUT_OF_STOCK")), len(orders) - PIECES, "the others hear that there are none left")
t.equal(shop.sql("catalog", f"SELECT on_hand FROM product WHERE key = '{HOT}'"), [["0"]], "the shelf is empty")


def money():
    """What each order's payment comes to: charged less refunded."""
    net = {}
    for record in shop.distinct(shop.read_topic("payment.events")):
        if record.key in orders:
            sign = {"PaymentCharged": 1, "PaymentRefunded": -1}.get(record.type, 0)
            net[record.key] = net.get(record.key, 0) + sign * record.body.get("amount_minor", 0)
    return net


sold = {key for key, of_one in ends().items() if of_one[0][0] == "OrderConfirmed"}
t.check(shop.eventually(lambda: {k for k, v in money().items() if v} == sold), "and only the fifty have paid",
        {k: v for k, v in money().items() if v and k not in sold})

# --- chaos switches ---------------------------------------------------------------------------------------------------------
shop.kill("catalog", signal.SIGUSR1)
t.check(shop.eventually(lambda: metric("catalog", "shop_chaos_waste") == 1), "SIGUSR1 makes the catalogue wasteful")
kim.add()
wasted = shop.order_id_of(kim.checkout())
t.check(wasted and shop.eventually(lambda: "confirmed" in kim.get(f"/order/{wasted}").words.lower()), "an order goes through all the same")
t.check(metric("catalog", "shop_chaos_parsed_total") > 0, "files were parsed for it")
shop.kill("catalog", signal.SIGUSR2)
t.check(shop.eventually(lambda: metric("catalog", "shop_chaos_waste") == 0), "SIGUSR2 ends it")
t.done()
