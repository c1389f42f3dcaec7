"""options_test.py - what a shop may be configured to be: below a prefix, with a message, in a colour, one cart for all."""
# needs: kafka redis
# timeout: 120
import hashlib
import hmac
import os
import pathlib
import re
import subprocess
import tempfile
import time
import uuid

import alone
import shelf
from alone import check

BASE = "/a/shop"
FORM = {"email": "kim@example.com", "street_address": "7 Lane", "zip_code": "94043", "city": "Mountain View", "state": "CA",
        "country": "United States", "credit_card_number": "4432 8015 6152 0454", "credit_card_expiration_month": "1",
        "credit_card_expiration_year": str(time.gmtime().tm_year + 1), "credit_card_cvv": "672"}


def start(folder, **settings):
    gateway = alone.Gateway(folder, os.environ["KAFKA_BOOTSTRAP"], os.environ["REDIS_URL"].removeprefix("redis://"), **settings)
    check(gateway.wait(gateway.ready), f"a gateway with {settings or 'nothing special'} becomes ready")
    return gateway, alone.Shopper(gateway)


def leads_out(page):
    """What of a page's links, forms, pictures and streams does not lead below the prefix."""
    found = re.findall(r'(?:href|src|action|data-events)="([^"#][^"]*)"', page.text)
    return [path for path in found if not path.startswith(BASE + "/")] if found else ["no link at all"]


def signed_in(gateway, folder, redis):
    """A shopper whose account's session stands in Redis, as if it had just been checked: there is no Postgres here."""
    kim, user, secret, now = alone.Shopper(gateway), str(uuid.uuid4()), os.urandom(32), int(time.time() * 1000)
    key = bytes.fromhex((pathlib.Path(folder) / "session.key").read_text())
    kim.cookies["shop_account"] = f"{user}.{secret.hex()}.{hmac.new(key, user.encode() + secret, hashlib.sha256).hexdigest()[:32]}"
    redis("SET", f"session:{hashlib.sha256(secret).hexdigest()}", f"live {now} {now} {now}")
    return kim


def accounts_below_a_prefix(gateway, folder, redis):
    kim, mail = alone.Shopper(gateway), {"email": "kim@example.com", "password": "a-few-words-of-mine", "next": f"{BASE}/cart"}
    redirects = [kim.get(f"{BASE}/account"), kim.post(f"{BASE}/signout")]
    pages = [kim.get(f"{BASE}/{name}") for name in ("signin", "signup", "orders", f"signin?next={BASE}/cart")]
    pages += [kim.post(f"{BASE}/signin", **mail), kim.post(f"{BASE}/signup", **mail)]
    check(f'name="next" value="{BASE}/cart"' in pages[3].text and f'name="next" value="{BASE}/"' in pages[0].text, "what comes after a sign-in does, too")
    kim = signed_in(gateway, folder, redis)
    account = kim.get(f"{BASE}/account")
    check(account.status == 200 and f'href="{BASE}/account"' in account.text, "who is signed in has an account's page", account.text)
    pages += [account, kim.get(f"{BASE}/orders")]
    redirects += [kim.get(f"{BASE}/signin?next={there}") for there in (f"{BASE}/cart", "/cart", "//evil.example/")] + [kim.get(f"{BASE}/signup")]
    check(redirects[2].headers["Location"] == f"{BASE}/cart", "and is led to where the link meant", redirects[2].headers["Location"])
    redirects += [kim.post(f"{BASE}/signout/here")]
    check(all(page.status in (200, 503) and not leads_out(page) for page in pages), "no link of accounts' pages leads out of the prefix",
          [(page.status, leads_out(page)) for page in pages])
    check(all(page.status in (302, 303) and page.headers["Location"].startswith(BASE + "/") for page in redirects), "and no redirect",
          [(page.status, page.headers["Location"]) for page in redirects])
    cookies = [v for page in redirects + pages for v in page.headers.get_all("Set-Cookie") or []]
    check(any(v.startswith("shop_account=") for v in cookies) and all(f"; Path={BASE};" in v for v in cookies), "and no cookie", cookies)


def below_a_prefix(folder, redis):
    gateway, kim = start(folder, APP_BASE=BASE)
    redirects = [kim.get(BASE), kim.get("//a//shop"), kim.post(f"{BASE}/cart", product_id=shelf.MUG, quantity=1)]
    command = [r for r in shelf.records("cart.commands") if r[0] == kim.user][-1]
    redis.cart(kim.user, 1, [(shelf.MUG, 1)], position=command[1])
    redirects.append(kim.post(f"{BASE}/cart/checkout", **FORM))
    order = (redirects[-1].headers["Location"] or "")[-36:]
    redirects += [kim.post(f"{BASE}/order/{order}/cancel"), kim.post(f"{BASE}/setCurrency", currency_code="EUR"),
                  kim.post(f"{BASE}/setCurrency", {"Referer": f"http://127.0.0.1:{gateway.port}{BASE}/cart"}, currency_code="EUR"),
                  kim.get(f"{BASE}/search/../cart")]
    for page in redirects:
        where = page.headers["Location"] or ""
        check(page.status in (301, 302, 303) and where.startswith(BASE + "/"), f"a redirect leads to {where[:40]}", page.status)
    pages = {path: kim.get(BASE + path) for path in
             ("/", "/?category=kitchen", f"/product/{shelf.MUG}", "/search?q=mug", "/search?q=nothing", "/cart", f"/order/{order}", "/nowhere")}
    assets = set()
    for path, page in pages.items():
        check(not leads_out(page), f"no link of {path[:20]} leads out of the prefix", leads_out(page))
        assets.update(re.findall(r'(?:src|<link[^>]* href)="([^"]+)"', page.text))
    check(all(kim.get(path).status == 200 for path in assets) and len(assets) >= 5, "pictures, style and script are there", assets)
    check('data-events="' in pages[f"/order/{order}"].text, "an open order has a stream")
    stream = alone.http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=10)
    stream.request("GET", f"{BASE}/order/{order}/events", headers={"Cookie": f"shop_session-id={kim.cookies['shop_session-id']}"})
    heard = stream.getresponse().read1(65536).decode()
    check(f'action="{BASE}/order/{order}/cancel"' in heard, "and what it sends leads below the prefix, too", heard)
    for path in ("/", "/cart", f"/product/{shelf.MUG}", "/a/shopping/cart", "/static/shop.css"):
        check(alone.Shopper(gateway).get(path).status == 404, f"{path} is not ours")
    cookies = [v for page in (alone.Shopper(gateway).get(BASE + "/"), redirects[2], redirects[-3], kim.get(f"{BASE}/logout"))
               for v in page.headers.get_all("Set-Cookie") or []]
    check(len(cookies) >= 5 and all(f"; Path={BASE};" in v for v in cookies), "cookies go no further up", cookies)
    accounts_below_a_prefix(gateway, folder, redis)
    check(gateway.stop() == 0, "it ends in order")


def dressed(folder):
    gateway, kim = start(folder, APP_MESSAGE='Free <b>coffee</b> "today" & tomorrow', APP_BANNER_COLOR="#1E5a4D")
    page = kim.get("/")
    check("Free &lt;b&gt;coffee&lt;/b&gt; &quot;today&quot; &amp; tomorrow" in page.text.replace("&#34;", "&quot;"), "the message is text", page.text[:1500])
    sheet = kim.get("/static/banner.css?v=1e5a4d")
    check('href="/static/banner.css?v=1e5a4d"' in page.text and sheet.status == 200 and "background: #1e5a4d; color: #fff" in sheet.text,
          "the banner's colour comes as a style sheet", sheet.text)
    check("unsafe-inline" not in page.headers["Content-Security-Policy"] and " style=" not in page.text, "and nothing is inline")
    check("banner.css" in kim.get("/nowhere").text, "an error page wears it, too")
    check(gateway.stop() == 0, "it ends in order")
    for settings in [{"APP_BANNER_COLOR": "red;} body{display:none"}, {"APP_BANNER_COLOR": "#12345"}, {"APP_BANNER_COLOR": "nocolour"},
                     {"APP_MESSAGE": "x" * 301}, {"APP_BASE": "/shop/"}, {"APP_BASE": "shop"}, {"APP_BASE": "/sh op"}, {"APP_BASE": "//x"}]:
        environment = {"APP_LISTEN": f"127.0.0.1:{alone.free_port()}", "APP_ADMIN": f"127.0.0.1:{alone.free_port()}", "APP_KEYS": folder,
                       "APP_SESSION_KEY": f"{folder}/session.key", "APP_ACCOUNTS_KEY": f"{folder}/accounts.key",
                       "APP_DATABASE": "postgresql://nobody@127.0.0.1:1/none", "APP_KAFKA": "127.0.0.1:1", "APP_REDIS": "127.0.0.1:1", **settings}
        done = subprocess.run([alone.PROGRAM], env={**os.environ, **environment}, cwd=alone.ROOT, capture_output=True, text=True, timeout=20)
        name = next(iter(settings))
        check(done.returncode == 1 and name in done.stdout + done.stderr, f"{name}={settings[name][:12]} is refused at the start, by name", done)


def shared(folder, redis):
    gateway, kim = start(folder, APP_SINGLE_SHARED_SESSION="on")
    lee = alone.Shopper(gateway)
    lee.cookies["shop_session-id"] = "5d0c2f3e-8a41-4b7c-9d20-6f1e4a7b8c93." + "0" * 32
    kim.get("/"), lee.get("/")
    check(kim.user == lee.user == "12345678-1234-1234-1234-123456789123", "everybody is one shopper", [kim.user, lee.user])
    check(kim.get("/").headers["Set-Cookie"] is None, "and is told once")
    redis.cart(kim.user, 1, [(shelf.MUG, 3)], position=10**6)
    check("SKU #" + shelf.MUG in lee.get("/cart").text and "SKU #" + shelf.MUG in alone.Shopper(gateway).get("/cart").text, "with one cart")
    check(gateway.stop() == 0, "it ends in order")


def main():
    redis = shelf.Redis()
    redis("SET", "views:mark", "1")
    shelf.fill()
    with tempfile.TemporaryDirectory() as folder:
        alone.make_keys(folder)
        below_a_prefix(folder, redis)
        dressed(folder)
        shared(folder, redis)
    alone.done()


main()
