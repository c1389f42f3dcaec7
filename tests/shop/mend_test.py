#!/usr/bin/python3
# timeout: 420
"""mend_test.py - the keeper's repairs on the running shop: parked messages, dead letters, hearing the past again."""

import collections
import json
import os
import subprocess
import uuid

from shop import (ROOT, Shopper, Tests, env, eventually, ledger, mails, order_id_of, read_topic, sql)

tests = Tests()


def shopctl(*words, patience="60s"):
    done = subprocess.run([str(ROOT / "build/bin/shopctl"), *words], check=False, capture_output=True, text=True, timeout=200,
                          env={**os.environ, **{n: env(n) for n in DATABASES}, "APP_KAFKA": env("KAFKA_BOOTSTRAP"),
                               "REDIS_URL": env("REDIS_URL"), "APP_PATIENCE": patience})
    return done.returncode, done.stdout + done.stderr


DATABASES = [f"DATABASE_URL_{name}" for name in ("CART", "CATALOG", "CHECKOUT", "PAYMENT", "SHIPPING", "EMAIL")]


def produce(topic, key, value, command_id=None):
    words = ["kcat", "-b", env("KAFKA_BOOTSTRAP"), "-P", "-t", topic, "-k", key, "-X", "partitioner=murmur2_random"]
    for name, text in (("ce-id", command_id),) if command_id else ():
        words += ["-H", f"{name}={text}"]
    path = ROOT / "build" / f"mend-{uuid.uuid4()}"
    path.write_bytes(value)
    try:
        subprocess.run([*words, str(path)], check=True, timeout=30)
    finally:
        path.unlink()


def confirmed_order(shopper):
    shopper.add()
    order = order_id_of(shopper.checkout())
    tests.check(order and eventually(lambda: "onfirmed" in shopper.get(f"/order/{order}").words, 60),
                "an order is confirmed", order)
    return order


def line_of(reader):
    code, text = shopctl("parked", "list", "--reader", reader, "--json", "--all")
    return json.loads(text) if code == 0 else []


# --- a cart whose commands cannot be taken ------------------------------------------------------------------------------

def park_a_cart(shopper):
    """The store refuses this cart; what its shopper does next stands behind the first command."""
    shopper.add("OLJCESPC7Z")
    eventually(lambda: shopper.cart_skus() == ["OLJCESPC7Z"])
    user = max((r for r in read_topic("cart.events") if r.type == "CartUpdated" and [x["product_id"] for x in r.body["lines"]]
                == ["OLJCESPC7Z"]), key=lambda r: r.time_ms).key
    sql("cart", f"ALTER TABLE carts ADD CONSTRAINT mended CHECK (key <> '{user}' OR version < 2) NOT VALID")
    shopper.post("/cart", product_id="66VCHSJNUP", quantity=1)
    shopper.post("/cart", product_id="L9ECAV7KIM", quantity=2)
    waiting = eventually(lambda: (lambda rows: rows if len(rows) == 2 else None)([r for r in line_of("cart")
                                                                                  if r["key"] == user]))
    tests.check(waiting and [r["behind"] for r in waiting] == [False, True] and waiting[0]["followers"] == 1
                and waiting[0]["body"]["product_id"] == "66VCHSJNUP" and waiting[0]["reason"],
                "a parked command is listed with its reason and its body, and the one behind it", waiting)
    return user, waiting


def parked_carts():
    shopper = Shopper()
    user, waiting = park_a_cart(shopper)
    code, text = shopctl("parked", "redrive", user)
    tests.check(code == 3 and "refused again" in text and len(line_of("cart")) == 2,
                "heard again for the same reason, it is refused again, and the one behind it does not overtake it", text)
    sql("cart", "ALTER TABLE carts DROP CONSTRAINT mended")
    code, text = shopctl("parked", "redrive", user, "--dry-run")
    tests.check(code == 0 and "would hear 2" in text and len(line_of("cart")) == 2, "a dry run changes nothing", text)
    code, text = shopctl("parked", "redrive", user)
    tests.check(code == 0 and "heard all 2 again" in text, "once the reason is gone, both are heard", text)
    tests.equal(eventually(lambda: shopper.cart_skus() if len(shopper.cart_skus()) == 3 else None),
                ["66VCHSJNUP", "L9ECAV7KIM", "OLJCESPC7Z"], "and the cart holds what its shopper put in")
    tests.check(waiting[0]["id"] != waiting[1]["id"] and not line_of("cart"), "nothing is parked any more")


def dropped_carts():
    shopper = Shopper()
    user, waiting = park_a_cart(shopper)
    head = waiting[0]["id"]
    code, text = shopctl("parked", "drop", head, "--yes")
    tests.check(code == 2 and "--reason" in text, "dropping needs a reason", text)
    code, text = shopctl("parked", "drop", waiting[1]["id"], "--reason", "no", "--yes")
    tests.check(code == 3, "what only waits is not dropped", text)
    sql("cart", "ALTER TABLE carts DROP CONSTRAINT mended")
    code, text = shopctl("parked", "drop", head, "--reason", "it is a test", "--by", "ada", "--yes")
    tests.check(code == 0 and "MessageDropped" in text, "a message is dropped", text)
    said = eventually(lambda: [r.body for r in read_topic("operator.events") if r.body["message_id"] == head])
    tests.check(said and said[0]["dropped_by"] == "ada" and said[0]["dropped_because"] == "it is a test"
                and said[0]["answered"], "which is an event: who, why and what", said)
    tests.equal(eventually(lambda: shopper.cart_skus() if len(shopper.cart_skus()) == 2 else None),
                ["L9ECAV7KIM", "OLJCESPC7Z"], "what stood behind it was heard, it was not")
    refused = eventually(lambda: [r for r in read_topic("cart.events") if r.key == user and r.type == "CartUpdated"
                                  and r.body["outcome"] == "REFUSED" and head in r.body["command_ids"]])
    tests.check(bool(refused), "and its shopper is told that it is refused")


def a_dropped_order():
    """Checkout cannot place it; its shopper waits, and is answered when it is given up."""
    shopper = Shopper()
    shopper.add()
    sql("checkout", "ALTER TABLE orders ADD CONSTRAINT mended CHECK (state <> 2) NOT VALID")
    order = order_id_of(shopper.checkout())
    waiting = eventually(lambda: [r for r in line_of("checkout") if r["key"] == order])
    sql("checkout", "ALTER TABLE orders DROP CONSTRAINT mended")
    page = shopper.get(f"/order/{order}").words
    tests.check(waiting and waiting[0]["type"] == "PlaceOrder" and "sealed" not in json.dumps(waiting[0]["reason"])
                and "rejected" not in page, "an order that cannot be placed is parked, and its page waits", page)
    code, text = shopctl("parked", "show", waiting[0]["id"])
    tests.check(code == 0 and "PlaceOrder" in text and "check constraint" in text and "kim.tester" not in text,
                "it can be looked into; what is sealed stays sealed", text)
    code, text = shopctl("parked", "drop", waiting[0]["id"], "--reason", "a test", "--yes")
    tests.check(code == 0 and eventually(lambda: "could not take it" in shopper.get(f"/order/{order}").words),
                "given up, its shopper reads that the shop could not take it", text)


# --- dead letters -------------------------------------------------------------------------------------------------------

def dead_letters():
    key, command = str(uuid.uuid4()), str(uuid.uuid4())
    produce("order.commands", key, b"no message at all", command)
    found = eventually(lambda: [x for x in json.loads(shopctl("dead", "list", "--reader", "checkout", "--json")[1])
                                if x["key"] == key.encode().hex()])
    tests.check(found and found[0]["topic"] == "order.commands" and found[0]["reason"], "a dead letter is listed", found)
    letter = found[0]["id"]
    code, text = shopctl("forget", str(uuid.uuid4()), "--dry-run", patience="20s")
    tests.check(code == 3, "what reads the topic whole passes over it", text)
    code, text = shopctl("dead", "show", letter)
    tests.check(code == 0 and "undecoded" in text and command in text, "and shown", text)
    code, text = shopctl("dead", "redrive", letter, "--reader", "checkout")
    tests.check(code == 3 and "refused again" in text and not line_of("checkout"),
                "heard again it still is no message, and stays a dead letter", text)
    code, text = shopctl("dead", "drop", letter, "--reader", "checkout", "--reason", "bytes of a test", "--yes")
    listed = shopctl("dead", "list", "--reader", "checkout", "--json")[1]
    tests.check(code == 0 and letter not in listed, "dropped it is not listed any more", text + listed)
    tests.check(eventually(lambda: [r for r in read_topic("operator.events") if r.body["message_id"] == command
                                    and r.body["reader"] == "checkout"]), "and that is an event")


def secret_letters():
    key = str(uuid.uuid4())
    produce("payment.commands", key, b"a card, perhaps")
    found = eventually(lambda: [x for x in json.loads(shopctl("dead", "list", "--reader", "payment", "--json")[1])
                                if x["key"] == key.encode().hex()])
    tests.check(found and found[0]["left_out"] and not found[0]["bytes"], "a dead letter of a secret topic holds nothing of it", found)
    code, text = shopctl("dead", "show", found[0]["id"])
    tests.check(code == 0 and "left out: its topic is secret" in text, "which is said when it is shown", text)
    code, text = shopctl("dead", "redrive", found[0]["id"], "--reader", "payment")
    tests.check(code == 3 and "was not kept" in text and not line_of("payment"), "it cannot be heard again", text)


# --- the past -----------------------------------------------------------------------------------------------------------

def mails_of(order):
    return len([m for m in mails() if order in str(m)])


def copies():
    """How often each mail was sent, by its Message-ID."""
    return collections.Counter(m["Message-ID"] for m in mails())


def charges():
    return sorted((x.get("key") or x.get("order") or str(x)) for x in ledger())


def past():
    shopper = Shopper()
    order = confirmed_order(shopper)
    tests.check(eventually(lambda: mails_of(order)), "its mail was sent")
    for reader in ("cart", "catalog"):
        code, text = shopctl("replay", "--reader", reader, "--from", "beginning", "--yes")
        tests.check(code == 3 and "rebuild it instead" in text, f"{reader} may not hear the past again", text)
    sent, charged = copies(), charges()
    for reader in ("email", "payment", "shipping", "checkout"):
        code, text = shopctl("replay", "--reader", reader, "--from", "beginning", "--yes")
        tests.check(code == 0 and "heard again." in text, f"{reader} hears all of it again", text)
    again = {mail: count for mail, count in copies().items() if count > max(sent[mail], 1)}  # what is mailed meanwhile is new
    tests.equal((again, charges()), ({}, charged), "no mail is sent for it, no card charged")
    again = confirmed_order(Shopper())
    tests.check(eventually(lambda: mails_of(again)), "and the next order is like any other")
    code, text = shopctl("replay", "--reader", "views", "--from", "beginning", "--yes")
    tests.check(code == 0 and "onfirmed" in shopper.get(f"/order/{order}").words, "the views hear it again, too", text)
    return order


def effects(order):
    """Email has lost what it knew of the order: only with effects it would write to the customer once more."""
    sent = mails_of(order)
    sql("email", f"DELETE FROM mails WHERE key = '{order}'")
    code, text = shopctl("replay", "--reader", "email", "--from", "beginning", "--yes")
    tests.check(code == 0 and "as if unheard" in text and sql("email", f"SELECT count(*) FROM mails WHERE key = '{order}' "
                "AND state > 0") == [["0"]], "what would ask somebody outside is not heard", text)
    tests.equal(mails_of(order), sent, "so no mail is sent")
    code, text = shopctl("replay", "--reader", "email", "--from", "beginning", "--key", order, "--with-effects", "--yes")
    tests.check(code == 0 and f"messages of {order}" in text, "with effects, its messages alone are heard again", text)
    tests.check(eventually(lambda: mails_of(order) > sent), "and the mail goes out")


def schemas():
    path = ROOT / "events/schemas/OrderConfirmed.avsc"
    broken = ROOT / "build/OrderConfirmed.avsc"
    broken.write_text(path.read_text().replace('"tracking_number"', '"parcel_number"'))
    code, text = shopctl("schema", "check", str(path))
    tests.check(code == 0, "a schema that is as it was may be published", text)
    code, text = shopctl("schema", "check", str(broken))
    tests.check(code == 3 and "default" in text and "tracking_number" in text, "a renamed field may not, and the rule is named",
                text)


try:
    parked_carts()
    dropped_carts()
    a_dropped_order()
    dead_letters()
    secret_letters()
    effects(past())
    schemas()
finally:  # what failed leaves the shop to the next
    sql("cart", "ALTER TABLE carts DROP CONSTRAINT IF EXISTS mended")
    sql("checkout", "ALTER TABLE orders DROP CONSTRAINT IF EXISTS mended")
tests.done()
