"""forget_test.py - a customer is forgotten: nothing that the shop keeps tells who they were, and it stays so.

Beside the shop's gateway one of the test's own does the same work (two gateways and one customer), and ticks every second, so
that compaction can be watched."""

import atexit
import json
import os
import re
import subprocess
import uuid

import shop
import traces
from member import PASSWORD, Browser, account_sql, gateway

t = shop.Tests()
TAG = uuid.uuid4().hex[:8]
MAIL, STREET, CITY = f"canary.{TAG}@example.com", f"17 Canary{TAG} Lane", f"Canaryville{TAG}"
WHO = {"email": MAIL, "street_address": STREET, "city": CITY}


def shopctl(*words, **more):
    settings = {"APP_KAFKA": shop.env("KAFKA_BOOTSTRAP"), "KEYS_DIR": shop.env("KEYS_DIR"), "REDIS_URL": shop.env("REDIS_URL"),
                "LOGS_DIR": str(shop.RUN / "log")}
    for name in traces.databases():
        settings[f"DATABASE_URL_{name.upper()}"] = shop.env(f"DATABASE_URL_{name.upper()}")
    program = os.environ.get("BIN", str(shop.ROOT / "build/bin")) + "/shopctl"
    settings.update(more.pop("settings", {}))
    return subprocess.run([program, *words], env={**os.environ, **settings}, capture_output=True, text=True, timeout=90, **more)


def left_of(said):
    """What the certificate found, and nobody expected: {store: what is left}, None where nobody could look."""
    return {store: left for store, left in json.loads(said.stdout)["left"].items() if left != 0}


def ended(shopper, order):
    return shop.eventually(lambda: "Your order is complete" in shopper.get(f"/order/{order}").words, 60)


def ordered(shopper, **changes):
    shopper.get(f"/product/{shop.MUG}")
    shopper.add()
    shopper.cart_skus()
    order = shop.order_id_of(shopper.checkout(**{**WHO, **changes}))
    t.check(order and ended(shopper, order), "a customer's order is complete")
    return order


def key_of(order):
    placed = [r for r in shop.read_topic("order.events") if r.type == "OrderPlaced" and r.key == order]
    return placed[0].body["order"]["email"]["key_id"]


def key_record(key):
    return [r for r in shop.read_topic("customer.keys") if r.key == key and not r.body["forgotten"]][0]


def last_of(key):
    return [r for r in shop.read_topic("customer.keys") if r.key == key][-1].body


# --- compaction that can be waited for; the shop's own settings stand in events/topics.toml ----------------------------------
own = gateway("forget", APP_KEY_TICK="1s", APP_PASSWORD_COST="10")
traces.kafka_config("topics", "customer.keys", segment_ms=1000, max_compaction_lag_ms=1000, min_cleanable_dirty_ratio="0.001", file_delete_delay_ms=100)
traces.kafka_config("brokers", None, log_cleaner_backoff_ms=500)
atexit.register(subprocess.run, [str(shop.ROOT / "build/bin/publish"), "topics"], check=False, stdout=subprocess.DEVNULL,
                env={**os.environ, "APP_KAFKA": shop.env("KAFKA_BOOTSTRAP")})

# --- before -----------------------------------------------------------------------------------------------------------------
kim = Browser(own)
kim.sign("up", MAIL)
user = kim.member
first = ordered(kim)
guest = shop.Shopper()
guest_order = ordered(guest)
guest_id = guest.cookies["shop_session-id"].split(".")[0]
t.check(shop.eventually(lambda: any(MAIL in str(m["To"]) for m in shop.mails()), 30), "the mail about it goes to their address: it can be opened")
shop.hold_down("email")
try:
    unmailed = ordered(kim)
    kim.add(shop.PRODUCTS[0], 3)
    kim.cart_skus()
    keys = [key_of(first), key_of(unmailed)]
    wraps = [bytes(w["key"]["ciphertext"]) for key in keys for w in key_record(key).body["wraps"]]
    old = key_record(keys[0])
    mail_hash, mail_sealed = account_sql(f"SELECT mail_hash, mail_sealed FROM account WHERE user_id = '{user}'")[0]
    backup = traces.dump_of("gateway", "--data-only", "-t", "account", "-t", "session")
    log_before = [(r.partition, r.offset, r.value) for r in shop.read_topic("order.events")]
    money_before = [e for e in shop.ledger() if first in str(e)]

    before = traces.find([MAIL, STREET, CITY, user, mail_hash, mail_sealed, *wraps])
    t.equal([sorted(before[x]) for x in (MAIL, STREET, CITY)], [[], [], []], "even before, no name or address stands anywhere in clear")
    t.check({"topic order.events", "database checkout", "redis", "database gateway"} <= before[user], "the customer's id is found where it is kept", before[user])
    t.check(any(name.startswith("disk order.events-") for name in before[user]), "on the disk as well")
    t.equal([before[mail_hash], before[mail_sealed]], [{"database gateway"}] * 2, "and the account, in the gateway's database alone")
    t.check(all("topic customer.keys" in before[w] and any(n.startswith("disk customer.keys-") for n in before[w]) for w in wraps),
            "the keys lie on customer.keys, and on its disk", before)
    t.check(traces.redis("ZCARD", f"orders:{user}").strip() == b"2", "their orders are listed")

    # whoever only looks at a topic passes over what is no message: it has no dead letters of its own to wait for
    subprocess.run(["kcat", "-b", shop.env("KAFKA_BOOTSTRAP"), "-P", "-t", "order.commands", "-k", str(uuid.uuid4())], input=b"rubbish", check=True)

    # --- who is meant ---------------------------------------------------------------------------------------------------------
    said = shopctl("forget", MAIL, "--dry-run")
    t.check(said.returncode == 0 and user in said.stdout and "2 orders, an account" in said.stdout, "a mail address finds its account", said)
    t.check("is forgotten" not in said.stdout and last_of(keys[0])["forgotten"] is False, "and a dry run does nothing")
    t.equal(shopctl("forget", str(uuid.uuid4()), "--yes").returncode, 3, "nobody is forgotten whom nobody knows")
    t.equal(shopctl("forget", "nobody." + MAIL, "--yes").returncode, 3, "nor an address that has no account")
    t.equal(shopctl("forget", "kim", "--yes").returncode, 2, "nor what is no id")
    t.equal(shopctl("forget", user, stdin=subprocess.DEVNULL).returncode, 2, "without --yes it asks, and nobody answered")

    # --- forgetting -------------------------------------------------------------------------------------------------------------
    planted = shop.RUN / "log/planted"
    planted.mkdir(exist_ok=True)
    (planted / "current").write_text(f"a mail to {MAIL} was refused\n")
    said = shopctl("forget", MAIL, "--yes", "--json", "--by", "the night shift")
    (planted / "current").unlink()
    planted.rmdir()
    t.equal((said.returncode, left_of(said)), (1, {"logs": 1}), "a customer is forgotten, and a log that has their address is found")
    said = shopctl("forget", user, "--yes", "--json")
    t.equal(said.returncode, 0, "asked again when that is gone, nothing is left")
    paper = json.loads(said.stdout)
    certificate = paper["certificate"]
    t.equal((certificate["user_id"], certificate["asked_by"], sorted(certificate["orders"]), sorted(certificate["key_ids"])),
            (user, "the night shift", sorted([first, unmailed]), sorted(keys)), "the certificate says who, by whom, which orders, which keys")
    erased = {e["store"]: e["count"] for e in certificate["erased"]}
    t.check(erased["gateway.account"] == 1 and erased["gateway.session"] >= 1 and set(erased) == {"gateway.account", "gateway.session", "gateway.merge_due"},
            "and what was erased", certificate)
    t.equal((paper["keys_dark"] >= 2, set(paper["left"].values())), (True, {0}), "and it was looked at: nothing is left")
    t.equal(paper["remarks"]["checkout, other tables"], "kept for the books, without a name: orders 2", "what stays is said, and why")
    t.check({f"{name}, other tables" for name in traces.databases()} | {"redis", "dead letters", "logs"} <= set(paper["left"]), "every database was looked at, Redis, dead letters and logs", paper)
    t.equal(json.loads(shopctl("forget", user, "--json").stdout)["certificate"], certificate, "asked again, it is the same certificate")

    # --- the certificate is no formality: what is put back is found, wherever ------------------------------------------------------
    shop.sql("cart", f"CREATE TABLE notes (body bytea); INSERT INTO notes VALUES ('{user}')")
    shop.sql("ad", "INSERT INTO parked (id, topic, part, at_offset, kind, key, type, value, headers, heard_ms, reason) "
                   f"VALUES (gen_random_uuid(), '', 0, 0, 'session', 'x', 'Nothing', convert_to('{first}', 'UTF8'), '', 0, 'planted')")
    traces.redis("SET", f"wishes:{user}", "mug")
    traces.redis("HSET", f"cart:{user}", "value", "rubbish")
    subprocess.run(["kcat", "-b", shop.env("KAFKA_BOOTSTRAP"), "-P", "-t", "order.events.email.dlt"], input=f"to {user}".encode(), check=True)
    try:
        said = shopctl("forget", user, "--json", settings={"DATABASE_URL_CURRENCY": "postgresql://127.0.0.1:1/none"})
        wanted = {"cart.notes": 1, "cart, other tables": 1, "ad.parked": 1, "ad, other tables": 1, "redis": 2, "dead letters": 1, "currency, other tables": None}
        t.equal((said.returncode, left_of(said)), (1, wanted), "a table of tomorrow, a parked message, Redis, a dead letter, a database that is away: each is named")
        t.check("something is left of them" in said.stderr and f"shopctl forget {user}" in said.stderr, "and what to do", said.stderr)
    finally:
        shop.sql("cart", "DROP TABLE notes")
        shop.sql("ad", "DELETE FROM parked WHERE reason = 'planted'")
        traces.redis("DEL", f"wishes:{user}", f"cart:{user}")
finally:
    shop.let_up("email")

# --- what was under way -------------------------------------------------------------------------------------------------------
t.check(shop.eventually(lambda: [r for r in shop.read_topic("email.events") if r.key == unmailed and r.type == "EmailFailed"], 40),
        "the mail that was still to be sent fails")
t.check(not [m for m in shop.mails() if unmailed in str(m)], "and nobody gets it")

# --- pages ----------------------------------------------------------------------------------------------------------------------
t.check(kim.member is None if "shop_account" not in kim.cookies else kim.once("GET", "/account").status == 303, "their session is over, at every gateway")
t.check("sign in" in shop.Shopper().open("POST", "/signin", {"email": MAIL, "password": PASSWORD}).words.lower(), "nobody signs in any more")
page = shop.Shopper().get(f"/order/{first}")
t.check(page.status == 200 and "customer is forgotten" in page.words and "$17.98" in page.words and "Mug" not in page.words,
        "the order's page says so, with amounts and nothing else", page.words)
t.check(not re.search(r"[A-Z]{2}-\d{8}-\d+", page.words), "no tracking number, which would lead to a door")

# --- an older version of the key comes after: from a producer that was paused, say ------------------------------------------------
path = shop.RUN / "zombie.bin"
path.write_bytes(old.value)
subprocess.run(["kcat", "-b", shop.env("KAFKA_BOOTSTRAP"), "-P", "-t", "customer.keys", "-p", str(old.partition), "-k", old.key,
                *[word for name, value in old.headers.items() for word in ("-H", f"{name}={value}")], str(path)], check=True, timeout=30)
path.unlink()
t.check(shop.eventually(lambda: last_of(keys[0])["forgotten"], 20), "it is forgotten again")

# --- a database from before -------------------------------------------------------------------------------------------------------
subprocess.run(["psql", "-qX", shop.env("DATABASE_URL_GATEWAY")], input=b"DELETE FROM session; DELETE FROM account;" + backup, check=True, capture_output=True, timeout=60)
t.equal(len(account_sql(f"SELECT 1 FROM account WHERE user_id = '{user}'")), 1, "a database from before has the account again")
shop.kill("gateway")
t.check(shop.eventually(lambda: not account_sql(f"SELECT 1 FROM account WHERE user_id = '{user}'"), 30), "the gateway that starts takes it out")
t.check(shop.eventually(lambda: shop.ready("gateway"), 30), "and is ready")
t.check(kim.once("GET", "/account").status == 303, "the session that came back with it is none")

# --- everything is written anew ---------------------------------------------------------------------------------------------------
traces.redis("FLUSHALL")
t.check(shop.eventually(lambda: traces.redis("EXISTS", "views:mark").strip() == b"1", 60), "the views are written anew")
t.equal(traces.redis("EXISTS", f"orders:{user}").strip(), b"0", "without the list of their orders")
page = shop.Shopper().get(f"/order/{first}")
t.check("customer is forgotten" in page.words and "erased" in page.words and "$17.98" in page.words, "and the page says 'erased' as before", page.words)

# --- after ------------------------------------------------------------------------------------------------------------------------
def keys_left():
    return traces.find(wraps, lambda: traces.topic_and_disk("customer.keys"))


t.check(shop.eventually(lambda: not any(keys_left().values()), 60, 1), "compaction takes the keys off the topic and off its disk", keys_left())
after = traces.find([MAIL, STREET, CITY, mail_hash, mail_sealed, *wraps])
t.equal(set().union(*after.values()), set(), "nothing of them is anywhere")
log_after = [(r.partition, r.offset, r.value) for r in shop.read_topic("order.events")]
t.check(set(log_before) <= set(log_after), "the log is as it was: only what opens it has gone")
t.equal([e for e in shop.ledger() if first in str(e)], money_before, "the money stays where it was")
t.check(sum(r.body["amount_minor"] for r in shop.distinct(shop.read_topic("payment.events")) if r.type == "PaymentCharged" and r.key == first) == 1798,
        "and the books say the same")

# --- a guest, by an order; and one who does it alone --------------------------------------------------------------------------------
said = shopctl("forget", guest_order, "--yes", "--by", "the night shift")
t.check(said.returncode == 0 and guest_id in said.stdout and key_of(guest_order) in said.stdout, "a guest is found by their order", said)
page = guest.get(f"/order/{guest_order}")
t.check("customer is forgotten" in page.words and guest.cookies["shop_session-id"].split(".")[0] != guest_id, "their browser is somebody else from now on")
t.check(ordered(guest), "and may order again")
sam, mail = Browser(own), f"sam.{TAG}@example.com"
sam.sign("up", mail)
sams, sams_order = sam.member, ordered(sam, email=mail)
t.equal(sam.once("POST", "/account/delete", {"current_password": "wrong-" + PASSWORD, "sure": "yes"}).status, 422, "a wrong password deletes nothing")
t.equal(sam.once("POST", "/account/delete", {"current_password": PASSWORD}).status, 422, "nor does one who is not sure")
t.equal(sam.member, sams, "they are still there")
page = sam.once("POST", "/account/delete", {"current_password": PASSWORD, "sure": "yes"})
t.check(page.status == 200 and "Your account is deleted" in page.words and "shop_account" not in sam.cookies, "a shopper deletes their account", page.words)
t.check(shop.eventually(lambda: last_of(key_of(sams_order))["forgotten"] and not account_sql(f"SELECT 1 FROM account WHERE user_id = '{sams}'"), 30),
        "the same is done as when a keeper asks for it")
t.equal(json.loads(shopctl("forget", sams, "--json").stdout)["certificate"]["asked_by"], "the shopper", "with a certificate, too")
t.done()
