"""recommend_test.py - what is looked at and bought together is recommended together, in two arms; clicks are counted once."""

import json
import os
import re
import subprocess
import uuid

import shop

# Two products of this run's own: whatever other tests buy together, nobody buys these.
RUN = uuid.uuid4().hex[:6].upper()
ANVIL, KITE = f"ANVIL{RUN}", f"KITE{RUN}"
t = shop.Tests()


def shopctl(*words):
    return subprocess.run([shop.ROOT / "build/bin/shopctl", *words], capture_output=True, text=True, timeout=60, check=True,
                          env={**os.environ, "APP_KAFKA": shop.env("KAFKA_BOOTSTRAP")}).stdout


def strip(page):
    """Products and exposures that a page recommends."""
    return re.findall(r'href="/product/([^"?]+)(?:\?rec=([0-9a-f-]{36}))?"', page.text[page.text.find('id="strip-title"'):])


def visit(*products):
    kim = shop.Shopper()
    kim.get("/")
    for product in products:
        kim.get(f"/product/{product}")
    return kim


def experiment():
    return json.loads(shopctl("experiment", "--json"))


def total(field):
    return sum(arm[field] for arm in experiment()["arms"])


shopctl("product", "add", ANVIL, "--name", "Anvil", "--price", "310", "--category", "forge", "--stock", "50", "--description", "Solid.")
shopctl("product", "add", KITE, "--name", "Kite", "--price", "12.50", "--category", "outside", "--stock", "50", "--description", "It flies.")
shop.eventually(lambda: all(shop.Shopper().get(f"/product/{product}").status == 200 for product in (ANVIL, KITE)))

# people look at an anvil and a kite, and buy them together: nothing that two products' descriptions would tell
for _ in range(8):
    visit(ANVIL, KITE)
buyer = visit(ANVIL)
buyer.add(ANVIL)
buyer.add(KITE)
t.equal(buyer.checkout().status, 200, "somebody buys both")
kim = visit(ANVIL)
t.check(shop.eventually(lambda: strip(kim.get(f"/product/{ANVIL}"))[0][0] == KITE, 30, 1), "soon the one is shown first with the other",
        strip(kim.get(f"/product/{ANVIL}")))
t.check(shop.eventually(lambda: strip(visit(KITE).get(f"/product/{KITE}"))[0][0] == ANVIL, 30, 1), "and the other with the one",
        strip(visit(KITE).get(f"/product/{KITE}")))

# both arms exist, and nobody changes theirs
others = [visit(ANVIL) for _ in range(12)]
for other in others:
    other.get(f"/product/{ANVIL}")
arms = shop.eventually(lambda: all(arm["visitors"] > 0 for arm in experiment()["arms"]), 20, 1)
t.check(arms, "visitors are in either arm", experiment())
visitors, exposures = total("visitors"), total("exposures")
for other in others:
    other.get(f"/product/{ANVIL}")
t.check(shop.eventually(lambda: total("exposures") >= exposures + len(others), 20, 1), "more pages are more exposures", experiment())
t.equal(total("visitors"), visitors, "and not more visitors: nobody is in both arms")

# a click counts once
clicks = total("clicks")
product, exposure = strip(kim.get(f"/product/{ANVIL}"))[0]
for _ in range(3):
    kim.get(f"/product/{product}?rec={exposure}")
visit(ANVIL).get(f"/product/{product}?rec={exposure}")
t.check(shop.eventually(lambda: total("clicks") > clicks, 20, 1), "a click is counted", experiment())
t.check(shop.eventually(lambda: experiment()["clicks_without_exposure"] == 0, 1) and total("clicks") == clicks + 1,
        "once, however often it is loaded, and by whom", experiment())
text = shopctl("experiment")
t.check("COSINE" in text and "LIFT" in text and "Too little data" in text, "the report says that it cannot know yet", text)

# without the service
shop.hold_down("recommendation")
try:
    page = visit(KITE).get(f"/product/{ANVIL}")
    t.check(page.status == 200 and strip(page)[0][0] == KITE, "without recommendation, pages show what it last said", page.words)
finally:
    shop.let_up("recommendation")
t.check(shop.all_ready(60), "it comes back")
for product in (ANVIL, KITE):
    shopctl("product", "retire", product)
t.done()
