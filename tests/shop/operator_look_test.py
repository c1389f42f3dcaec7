"""operator_look_test.py - what an operator sees: an order's story, who is behind and why, and what does not add up."""
# needs: shop
# timeout: 240

import io
import json
import os
import subprocess
import time
import urllib.request
import uuid

import fastavro

import shop

t = shop.Tests()
SHOPCTL = shop.ROOT / "build/bin/shopctl"


def environment(**changes):
    lines = (shop.RUN / "env").read_text().splitlines()
    known = dict(line.removeprefix("export ").replace("'", "").split("=", 1) for line in lines)
    return {**os.environ, **known, "APP_KAFKA": known["KAFKA_BOOTSTRAP"], **changes}


def shopctl(*words, **changes):
    return subprocess.run([SHOPCTL, *words], env=environment(**changes), capture_output=True, text=True, timeout=90, check=False)


def told(*words, **changes):
    """The answer as JSON."""
    done = shopctl(*words, "--json", **changes)
    return json.loads(done.stdout) if done.stdout else {"failed": done.stderr}


def order():
    kim = shop.Shopper()
    kim.add()
    return kim, shop.order_id_of(kim.checkout())


def plant(topic, name, body, ce_id=None):
    """Writes a message as if its writer had said it."""
    words = next(line.split() for line in (shop.ROOT / "events/schema-ids").read_text().splitlines() if f" {name} " in line)
    value = io.BytesIO(b"\0" + int(words[0]).to_bytes(4, "big"))
    value.seek(5)
    fastavro.schemaless_writer(value, shop.published_schema(int(words[0])), body)
    path = shop.RUN / "planted"
    path.write_bytes(value.getvalue())
    subprocess.run(["kcat", "-b", shop.env("KAFKA_BOOTSTRAP"), "-P", "-t", topic, "-k", body["order_id"], "-X",
                    "topic.partitioner=murmur2_random", "-H", f"ce-id={ce_id or uuid.uuid4()}", "-H", f"ce-type=shop.{name}",
                    str(path)], check=True)
    path.unlink()


def found(subject):
    """What the audit has found of it and not cleared."""
    kinds = set()
    for record in shop.distinct(shop.read_topic("audit.findings")):
        if record.key == subject:
            (kinds.add if record.type == "AuditFound" else kinds.discard)(record.body["kind"])
    return kinds


def gauge(kind):
    with urllib.request.urlopen(shop.env("ADMIN_URL_AUDIT") + "/metrics", timeout=5) as answer:
        return next(float(line.split()[-1]) for line in answer.read().decode().splitlines()
                    if line.startswith(f'shop_audit_findings{{kind="{kind}"}}'))


def faults(*words):
    return {(fault["order"], fault["kind"]) for fault in told("audit", "--grace", "0", *words)["faults"]}


def is_told(text, *parts):
    return all(part in text for part in parts)


# an order that went well
kim, sold = order()
t.check(shop.eventually(lambda: told("why", sold).get("end") == "OrderConfirmed"), "a confirmed order's story has its end")
story = told("why", sold)
causes = {m["type"]: m["because_of"] for m in story["messages"]}
t.check({"PlaceOrder", "OrderPlaced", "StockReserved", "PaymentCharged", "ShipmentCreated", "OrderConfirmed"} <= set(causes),
        "it tells what everybody said", causes)
t.equal((causes["OrderPlaced"], causes["ShipmentCreated"]), ("PlaceOrder", "PaymentCharged"), "and because of what")
times = [m["time_ms"] for m in story["messages"]]
t.equal(times, sorted(times), "in the order of time")
states = {s["service"]: s["state"] for s in story["services"]}
t.equal((states["checkout"], states["payment"], states["catalog"]), ("confirmed", "charged", "reserved"), "and each service's row")
secrets = [shop.ADDRESS[name] for name in ("email", "street_address", "credit_card_number")]
plain = shopctl("why", sold)
t.check(plain.returncode == 0 and "OrderConfirmed" in plain.stdout, "people read the same", plain.stdout + plain.stderr)
t.check(not any(secret in plain.stdout + json.dumps(story) for secret in secrets), "names, addresses and cards stay sealed")
nobody = shopctl("why", str(uuid.uuid4()))
t.check(nobody.returncode == 3 and "there is no order" in nobody.stderr, "an order that nobody knows is told so", nobody.stderr)

# everything is heard, and every topic is as it should be
t.check(shop.eventually(lambda: shopctl("lag", "--max", "0").returncode == 0), "nobody is behind", shopctl("lag", "--max", "0").stdout)
t.equal(shopctl("positions").returncode, 0, "every position lies within its log")
topics = shopctl("topics")
t.check(topics.returncode == 0 and is_told(topics.stdout, "payment.events", "audit.findings"), "the topics are as they should be",
        topics.stdout + topics.stderr)

# payment is dead: who waits, for whom, and what will happen
shop.hold_down("payment")
try:
    anna, waiting = order()
    t.check(shop.eventually(lambda: "payment to hear" in told("why", waiting).get("waits_for", "")),
            "an order waits for the service that is dead", told("why", waiting))
    story = told("why", waiting)
    t.check("no process of it is connected" in story["waits_for"], "why says that nobody is there", story["waits_for"])
    t.check(story["due_ms"] > time.time() * 1000 and "OrderOverdue" in story["next"], "and what will happen, and when", story["next"])
    t.check(any(m["type"] == "OrderPlaced" and "payment" in m["unheard_by"] for m in story["messages"]),
            "each message names who has not heard it")
    behind = shopctl("lag", "--reader", "payment", "--max", "0")
    t.check(behind.returncode == 3 and "no process of it" in behind.stdout, "lag says who is behind, and why", behind.stdout)
    t.equal(shopctl("lag", "--reader", "payment", "--max", "100000").returncode, 0, "and how much is too much is the caller's to say")
    lags = {line["topic"]: line["behind"] for line in told("lag", "--reader", "payment")["readers"][0]["topics"]}
    t.check(lags["order.events"] >= 1 and lags["stock.events"] >= 1, "by topic", lags)
    t.equal(shopctl("lag", "--reader", "nobody").returncode, 2, "a reader that there is not is a mistake")

    # a message that it could not take
    shop.sql("payment", "INSERT INTO parked (id, topic, part, at_offset, kind, key, type, value, headers, heard_ms, reason) VALUES "
             f"('{uuid.uuid4()}', 'order.events', 0, 0, 'order', convert_to('{waiting}', 'UTF8'), 'OrderPlaced', '', '', 0, "
             "'put here by a test')")
    parked = told("why", waiting)
    t.check(is_told(parked["waits_for"], "a person", "payment has parked OrderPlaced", "put here by a test"),
            "a parked message comes first: it waits for a person", parked["waits_for"])
    shop.sql("payment", f"DELETE FROM parked WHERE key = convert_to('{waiting}', 'UTF8')")

    # a position that belongs to another log
    shop.sql("payment", "UPDATE position SET next_offset = next_offset + 1000000 WHERE topic = 'order.events'")
    beyond = shopctl("positions", "--reader", "payment")
    t.check(beyond.returncode == 3 and "above the end" in beyond.stdout, "a position above its log's end is seen", beyond.stdout)
    shop.sql("payment", "UPDATE position SET next_offset = next_offset - 1000000 WHERE topic = 'order.events'")

    # parts away: the rest is told
    alone = shopctl("why", waiting, APP_KAFKA="127.0.0.1:1", APP_PATIENCE="1s")
    t.check(alone.returncode == 0 and is_told(alone.stdout, "topics could not be read", "catalog    reserved"),
            "without Kafka the databases tell what they know", alone.stdout + alone.stderr)
    less = shopctl("why", waiting, DATABASE_URL_CATALOG="postgresql://nobody@127.0.0.1:1/none")
    t.check(less.returncode == 0 and is_told(less.stdout, "catalog    is away", "StockReserved", "checkout   placed"),
            "without a database the topics and the others tell the rest", less.stdout + less.stderr)
    t.equal(shopctl("lag", "--max", "100000", DATABASE_URL_CATALOG="postgresql://nobody@127.0.0.1:1/none").returncode, 3,
            "and a script hears that nobody can say")
    anna.post(f"/order/{waiting}/cancel")
    t.check(shop.eventually(lambda: told("why", waiting).get("end") == "OrderCancelled"), "its shopper cancels it")
finally:
    shop.let_up("payment")
t.check(shop.all_ready() and shop.eventually(lambda: shopctl("lag", "--reader", "payment", "--max", "0").returncode == 0),
        "payment is back, and has heard everything")
t.check(shop.eventually(lambda: not told("why", waiting)["waits_for"]), "and the order waits for nothing", told("why", waiting)["waits_for"])

# the books
t.check(shop.eventually(lambda: sold not in {fault[0] for fault in faults()}), "the books of a sold order balance")
before = faults()
t.check(not {fault for fault in before if fault[0] in (sold, waiting)}, "and so do those of a cancelled one", before)
t.equal((found(sold), found(waiting)), (set(), set()), "the audit has nothing to say of them")
charge = next(r for r in shop.read_topic("payment.events") if r.key == sold and r.type == "PaymentCharged")
plant("payment.events", "PaymentCharged", charge.body, charge.headers["ce-id"])
t.equal(faults(), before, "a message that was written twice counts once")
now = time.time()
planted_after = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03}Z"

# what does not add up is named: a second charge, an end too many without a parcel, a parcel that nobody ordered
phantom = str(uuid.uuid4())
confirmed = next(r for r in shop.read_topic("order.events") if r.key == sold and r.type == "OrderConfirmed")
plant("payment.events", "PaymentCharged", charge.body)
plant("order.events", "OrderConfirmed", {**confirmed.body, "order_id": waiting})
plant("shipment.events", "ShipmentCreated", {"order_id": phantom, "carrier": "flat", "tracking_number": "PD-1-1", "days": 1})
fresh = {(sold, "CHARGED_TWICE"), (sold, "MONEY"), (waiting, "TWO_ENDS"), (waiting, "PARCEL"), (phantom, "PHANTOM")}
t.check(fresh <= faults(), "shopctl audit names them", faults() - before)
audit = shopctl("audit", "--grace", "0")
t.check(audit.returncode == 3 and is_told(audit.stdout, sold, "charged 2 times", "does not add up"), "and says how", audit.stdout)
then = told("audit", "--grace", "0", "--as-of", planted_after)
t.check(not fresh & faults("--as-of", planted_after) and then["heard"] < told("audit")["heard"] and then["orders"]["settling"] == 0,
        "as of the moment before, all was well", then["orders"])
t.check(shop.eventually(lambda: {"CHARGED_TWICE", "MONEY"} <= found(sold)), "the audit finds the second charge", found(sold))
t.check(shop.eventually(lambda: {"TWO_ENDS", "PARCEL"} <= found(waiting)), "the confirmed order that has no parcel", found(waiting))
t.check(shop.eventually(lambda: "PHANTOM" in found(phantom)), "and the parcel of no order", found(phantom))
t.check(shop.eventually(lambda: gauge("CHARGED_TWICE") >= 1 and gauge("PHANTOM") >= 1), "as metrics, too")
t.check(any(m["type"] == "AuditFound" for m in told("why", sold)["messages"]), "and the order's story tells of it")

# what mends itself is cleared
plant("payment.events", "PaymentRefunded", {"order_id": sold, "amount_minor": charge.body["amount_minor"],
                                            "currency": charge.body["currency"], "transaction_id": "t", "refund_id": "r"})
t.check(shop.eventually(lambda: "MONEY" not in found(sold)), "money that goes back is cleared", found(sold))
t.equal((found(sold), (sold, "MONEY") in faults()), ({"CHARGED_TWICE"}, False), "the second charge stays told")
t.done()
