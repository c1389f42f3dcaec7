"""recommend_test.py - what is looked at and bought together is recommended together, in two arms; clicks are counted once."""

import json
import os
import re
import subprocess

import shop

HAIRDRYER, LOAFERS = "2ZYFJ3GM2N", "L9ECAV7KIM"
t = shop.Tests()


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
    done = subprocess.run([shop.ROOT / "build/bin/shopctl", "experiment", "--json"], capture_output=True, text=True, timeout=60, check=True,
                          env={**os.environ, "APP_KAFKA": shop.env("KAFKA_BOOTSTRAP")})
    return json.loads(done.stdout)


def total(field):
    return sum(arm[field] for arm in experiment()["arms"])


# people look at a hairdryer and loafers, and buy them together: nothing that two products' descriptions would tell
for _ in range(8):
    visit(HAIRDRYER, LOAFERS)
buyer = visit(HAIRDRYER)
buyer.add(HAIRDRYER)
buyer.add(LOAFERS)
t.equal(buyer.checkout().status, 200, "somebody buys both")
kim = visit(HAIRDRYER)
t.check(shop.eventually(lambda: strip(kim.get(f"/product/{HAIRDRYER}"))[0][0] == LOAFERS, 30, 1), "soon the one is shown first with the other",
        strip(kim.get(f"/product/{HAIRDRYER}")))
t.equal(strip(kim.get(f"/product/{LOAFERS}"))[0][0], HAIRDRYER, "and the other with the one")

# both arms exist, and nobody changes theirs
others = [visit(HAIRDRYER) for _ in range(12)]
for other in others:
    other.get(f"/product/{HAIRDRYER}")
arms = shop.eventually(lambda: all(arm["visitors"] > 0 for arm in experiment()["arms"]), 20, 1)
t.check(arms, "visitors are in either arm", experiment())
visitors, exposures = total("visitors"), total("exposures")
for other in others:
    other.get(f"/product/{HAIRDRYER}")
t.check(shop.eventually(lambda: total("exposures") >= exposures + len(others), 20, 1), "more pages are more exposures", experiment())
t.equal(total("visitors"), visitors, "and not more visitors: nobody is in both arms")

# a click counts once
clicks = total("clicks")
product, exposure = strip(kim.get(f"/product/{HAIRDRYER}"))[0]
for _ in range(3):
    kim.get(f"/product/{product}?rec={exposure}")
visit(HAIRDRYER).get(f"/product/{product}?rec={exposure}")
t.check(shop.eventually(lambda: total("clicks") > clicks, 20, 1), "a click is counted", experiment())
t.check(shop.eventually(lambda: experiment()["clicks_without_exposure"] == 0, 1) and total("clicks") == clicks + 1,
        "once, however often it is loaded, and by whom", experiment())
text = subprocess.run([shop.ROOT / "build/bin/shopctl", "experiment"], capture_output=True, text=True, timeout=60, check=True,
                      env={**os.environ, "APP_KAFKA": shop.env("KAFKA_BOOTSTRAP")}).stdout
t.check("COSINE" in text and "LIFT" in text and "Too little data" in text, "the report says that it cannot know yet", text)

# without the service
shop.hold_down("recommendation")
try:
    page = visit(LOAFERS).get(f"/product/{HAIRDRYER}")
    t.check(page.status == 200 and strip(page)[0][0] == LOAFERS, "without recommendation, pages show what it last said", page.words)
finally:
    shop.let_up("recommendation")
t.check(shop.all_ready(60), "it comes back")
t.done()
