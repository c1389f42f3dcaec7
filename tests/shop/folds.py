"""folds.py - what the tests of folding share: the operator's tool, when the shop is at rest, and what nobody may do twice."""

import collections
import json
import os
import pathlib
import re
import subprocess

import shop
import traces

FOLDING = ["payment", "checkout", "shipping", "cart", "email", "catalog"]  # what comes back to the last bit
SAID = ["order.events", "payment.events", "stock.events", "shipment.events", "email.events", "cart.events", "cart.checkouts", "catalog.events", "rates.state"]
ENDS = ("OrderConfirmed", "OrderCancelled", "OrderRejected")


def shopctl(*words):
    program = os.environ.get("BIN", str(shop.ROOT / "build/bin")) + "/shopctl"
    settings = {name: shop.env(name) for name in [*(f"DATABASE_URL_{name.upper()}" for name in traces.databases()), "REDIS_URL", "KEYS_DIR"]}
    done = subprocess.run([program, *words], check=False, capture_output=True, text=True, timeout=600,
                          env={**os.environ, **settings, "APP_KAFKA": shop.env("KAFKA_BOOTSTRAP")})
    return done.returncode, done.stdout, done.stderr


def ends(orders, types=ENDS):
    return {r.key for r in shop.read_topic("order.events") if r.key in orders and r.type in types}


def digests(services):
    return {entry["service"]: entry for entry in json.loads(shopctl("digest", *services, "--json")[1])}


def at_rest(orders, services=FOLDING):
    """Every confirmed order's parcel has arrived, each mail is out, and twice the same is known: the digests, by service."""
    confirmed = ends(orders, ("OrderConfirmed",))
    arrived = {r.key for r in shop.read_topic("shipment.events") if r.body.get("stage") == "DELIVERED"}
    told = [digests(services) for _ in range(2)]
    waiting = shop.sql("shipping", "SELECT count(*) FROM deadline WHERE type = 'ParcelDue'") + \
        shop.sql("email", "SELECT count(*) FROM deadline") + shop.sql("email", "SELECT count(*) FROM outbox")
    return confirmed <= arrived and waiting == [["0"]] * 3 and told[0] == told[1] and told[0]


def charges():
    return sorted(json.dumps(entry, sort_keys=True) for entry in shop.ledger())


def mails():
    """How often each was sent."""
    folder = pathlib.Path(shop.env("MAIL_DIR"))
    texts = (path.read_bytes() for box in ("new", "cur") for path in (folder / box).glob("*"))
    return collections.Counter(re.search(rb"^Message-ID:\s*(\S+)", text, re.M | re.I).group(1).decode() for text in texts)


def messages():
    """The ids of all that services have said: a record may be written twice, and says nothing new."""
    return {topic: {r.headers.get("ce-id") for r in shop.read_topic(topic)} for topic in SAID}
