"""catalogue_test.py - home, categories, search and products of one gateway, at 9 products, at 9,000, and at ones made to hurt."""
# needs: kafka redis
# timeout: 180
import json
import os
import re
import subprocess
import tempfile

import alone
import shelf
from alone import check

LARGEST_PAGE_BYTES = 60 * 1024
MARK = (b"\x01<key>\x02", b"\x03<end>\x04")
HOSTILE = ["%3Cscript%3Ealert(1)%3C%2Fscript%3E", "'%20OR%201%3D1%20--%20", "(a%2B)%2B%24(a%2B)%2B%24", "%01%02%7F", "..%2F..%2Fetc%2Fpasswd",
           "%26%26%26", "%25s%25n", "a" * 1900, "%20" * 600, "%E2%80%AE%F0%9F%98%80", "mug&q=watch"]


def feed(products, **more):
    """All of them in one go."""
    with tempfile.NamedTemporaryFile() as file:
        for p in products:
            words = {k: p[k] for k in ("name", "description", "picture", "categories", "price_minor", "currency", "weight_grams")}
            value = shelf.framed("ProductUpdated", **{**words, "product_id": p["id"], "version": shelf.news(), "stock": "PLENTY", **more})
            file.write(p["id"].encode() + MARK[0] + value + MARK[1])
        file.flush()
        escaped = ["".join(f"\\x{byte:02x}" for byte in mark) for mark in MARK]
        subprocess.run(["kcat", "-b", os.environ["KAFKA_BOOTSTRAP"], "-P", "-t", "product.state", "-K", escaped[0], "-D", escaped[1], "-l", file.name],
                       check=True)


def sold(kim):
    found = re.search(r">Everything <span>(\d+)", kim.get("/").text)
    return int(found.group(1)) if found else 0


def small(kim, path):
    """The page, which must be there and small."""
    page = kim.get(path)
    check(page.status == 200 and len(page.text.encode()) < LARGEST_PAGE_BYTES, f"{path[:60]} is a small page",
          f"{page.status}, {len(page.text.encode())} bytes")
    return page.text


def shown(text):
    return list(dict.fromkeys(re.findall(r'<a href="/product/([^"]+)">', text)))


def nine(kim):
    home = small(kim, "/")
    check(len(shown(home)) == 9 and 'class="pager"' not in home, "nine products are one page", shown(home))
    check(home.count('<option value="') >= 6 and home.index('value="CAD"') < home.index('value="KRW"'), "the currencies of the original come first")
    check(shown(small(kim, "/search?q=mugs"))[0] == shelf.MUG, "a search finds the mug")
    check("for <strong>sunglasses</strong>" in small(kim, "/search?q=sunglases"), "a typo is mended, and the page says so")
    check("are not looked for" in small(kim, "/search?q=the") and "are not looked for" not in small(kim, "/search?q=zzyzx"), "a word that is too common is called so")


def stock(kim):
    """The band is shown, and what is not there cannot be put into the cart."""
    vase = {"id": "THELASTVASE", "name": "The last vase", "description": "Of its kind.", "picture": "/static/img/nothing.svg", "categories": ["decor"],
            "price_minor": 1999, "currency": "USD", "weight_grams": 500}
    feed([vase], stock="FEW", left=3)
    check(kim.gateway.wait(lambda: "3 left" in kim.get("/product/THELASTVASE").text), "three that are left are said to be")
    check(re.findall(r"<option>(\d+)</option>", kim.get("/product/THELASTVASE").text) == ["1", "2", "3"], "and no more are offered")
    page = kim.get("/product/THELASTVASE").text
    check("/static/img/thing.svg" in page, "a product whose picture is not there has one all the same")
    page = kim.post("/cart", product_id="THELASTVASE", quantity=5)
    check(page.status == 422 and "only 3 left" in page.text and 'name="quantity"' in page.text, "five of three are refused, with the form", page.status)
    feed([vase], stock="NONE")
    check(kim.gateway.wait(lambda: "Sold out" in kim.get("/product/THELASTVASE").text), "sold out is said, too")
    check('data-gone="no" hidden>' in kim.get("/product/THELASTVASE").text, "what is sold out shows no form")
    page = kim.post("/cart", product_id="THELASTVASE", quantity=1)
    check(page.status == 422 and "sold out at this moment" in page.text, "and cannot be put into the cart", page.status)
    feed([vase], retired=True)
    check(kim.gateway.wait(lambda: kim.get("/product/THELASTVASE").status == 404), "what is sold no more has no page")
    check("The last vase" not in kim.get("/search?q=last+vase").text.replace("“last vase”", ""), "and is not found")


def faults(kim):
    """Each says what happened and what to do next, in the shop's design, in the currency that was chosen."""
    kim.cookies["shop_currency"] = "GBP"
    for ask, status in [(lambda: kim.get("/nowhere"), 404), (lambda: kim.ask("DELETE", "/cart"), 405), (lambda: kim.get("/search?q=" + "a" * 2100), 414),
                        (lambda: kim.post("/cart", note="x" * 17000), 413), (lambda: kim.post("/setCurrency", currency_code="XXX"), 422),
                        (lambda: kim.get("/search?q=%FF"), 400)]:
        page = ask()
        heading = re.search(r"<h1>([^<]+)</h1>\s*<p>([^<]+)</p>\s*<p>([^<]+)</p>", page.text)
        check(page.status == status and heading and 'role="search"' in page.text and "To the shop" in page.text,
              f"{status} says what happened, and what to do next", f"{page.status} {page.text[-900:]}")
        check('value="GBP" selected' in page.text, f"{status} keeps the currency")
    del kim.cookies["shop_currency"]


def pages_of(kim, path, pages):
    """Every product of the first pages, and of the last: none twice."""
    seen = []
    for number in [*range(1, min(4, pages)), pages]:
        seen += shown(small(kim, f"{path}page={number}"))
    return len(seen) == len(set(seen)) > 24


def full_cart(kim, products, redis):
    """As many lines as a cart takes, by the longest of their names."""
    kim.get("/cart")
    kim.post("/cart", product_id=shelf.MUG, quantity=1)
    longest = sorted(products, key=lambda p: -len(p["name"]))[:50]
    redis.cart(kim.user, shelf.news(), [(p["id"], 11) for p in longest], position=10**9)
    for currency in ("USD", "SEK"):
        kim.cookies["shop_currency"] = currency
        page = small(kim, "/cart")
        check(page.count('name="product_id"') == 50, f"a full cart is shown whole, in {currency}", page.count('name="product_id"'))
    page = kim.post("/cart/checkout", email="nobody", city="x" * 200, credit_card_number="1")
    check(page.status == 422 and len(page.text.encode()) < LARGEST_PAGE_BYTES, "and with mistakes in its form", f"{page.status} {len(page.text.encode())}")
    del kim.cookies["shop_currency"]


def nine_thousand(kim, products):
    home = small(kim, "/")
    check(len(shown(home)) == 24 and "Page </span>375" in home, "home shows 24 of them, and the way to page 375")
    check(pages_of(kim, "/?", 375), "no page repeats another's products")
    check('aria-current="page"><span class="unseen">Page </span>375' in small(kim, "/?page=99999"), "beyond the end is the last page")
    check(small(kim, "/?page=-1%00".replace("%00", "x")).count('aria-current="page"') == 1, "a page that is no number is the first")
    for word, of_the_nine in (("kitchen", 3), ("home", 0)):
        count = of_the_nine + sum(word in p["categories"] for p in products[9:])
        check(pages_of(kim, f"/?category={word}&", (count + 23) // 24), f"{word} has its {count} products, page after page")
    for product in products[:9] + products[100:9000:900]:
        found = shown(small(kim, "/search?q=" + alone.urllib.parse.quote(product["name"])))
        check(product["id"] in found[:3], f"the search for its name finds {product['name']}", found)
    page = small(kim, f"/product/{products[8000]['id']}")
    check(products[8000]["picture"] in page and page.count('<li class="card') == 4, "a product has its shelf's picture, and four beside it")
    page = small(kim, "/search?q=stoneware")
    total = int(re.search(r"<h1>(\d+) things", page).group(1))
    check(total > 24 and pages_of(kim, "/search?q=stoneware&", (total + 23) // 24), "what is found has pages, too", total)


def hostile_queries(kim):
    for query in HOSTILE:
        page = small(kim, "/search?q=" + query)
        check("<script>alert" not in page and page.count("<h1") == 1, f"'{query[:40]}' is only words")
    for query in ("%00", "%FF", "%C0%AF", "%ED%A0%80"):
        page = kim.get("/search?q=" + query)
        check(page.status == 400 and 'role="search"' in page.text, f"'{query}' is no text: 400, with a way to search on", page.status)
    check(kim.get("/search?q=" + "a" * 2100).status == 414, "a query beyond 2 KB is 414")
    check("What are you looking for?" in kim.get("/search").text, "no query is asked for one")
    nothing = kim.get("/search?q=zeppelin").text
    check("Nothing found for" in nothing and "Or walk along the shelves" in nothing, "nothing found says what to do next")


def hostile_products(kim):
    """The largest of everything, in characters that grow when they are escaped."""
    bad = [{"id": f"{'%&' * 20}{i:03}", "name": '"<>&' * 2000, "description": "\"'<b>" * 5000, "picture": "/static/" + "&" * 5000,
            "categories": [('"' * 50) + str(i + 40 * k) for k in range(20)] + ["c" * 3000], "price_minor": 2**62, "currency": "USD",
            "weight_grams": 1} for i in range(40)]
    feed(bad)
    check(kim.gateway.wait(lambda: sold(kim) == 9040), "forty products that want to hurt are taken")
    for path in ("/?page=1", "/?page=2", "/?category=" + "%22" * 50 + "1", "/search?q=x", "/product/" + alone.urllib.parse.quote(bad[0]["id"], safe=""),
                 f"/product/{shelf.MUG}"):
        page = small(kim, path)
        check("<b>" not in page.replace('<b class="badge">', ""), f"{path[:40]} shows no markup of theirs")
    feed(bad, retired=True)


def main():
    redis = shelf.Redis()
    redis("SET", "views:mark", "1")
    shelf.fill()
    products = json.loads(subprocess.run([shelf.ROOT / "services/catalog/make-catalogue", "9000"], check=True, capture_output=True).stdout)["products"]
    with tempfile.TemporaryDirectory() as folder:
        alone.make_keys(folder)
        gateway = alone.Gateway(folder, os.environ["KAFKA_BOOTSTRAP"], os.environ["REDIS_URL"].removeprefix("redis://"))
        kim = alone.Shopper(gateway)
        try:
            if check(gateway.wait(gateway.ready), "the gateway becomes ready"):
                nine(kim)
                stock(kim)
                faults(kim)
                feed(products[9:])
                check(gateway.wait(lambda: sold(kim) == 9000), "it hears of 9,000 products", sold(kim))
                full_cart(alone.Shopper(gateway), products, redis)
                nine_thousand(kim, products)
                hostile_queries(kim)
                hostile_products(kim)
                feed(products[9:], retired=True)
                check(gateway.wait(lambda: sold(kim) == 9), "and that all but nine are sold no more", sold(kim))
            check(gateway.stop() == 0, "it ends in order")
        finally:
            gateway.process.kill()
    alone.done()


main()
