"""provoke.py - the life in which each crash point is come by: shoppers, gateways of the test's own, an operator's tools, a bank.

Who adds a crash point adds here what leads there, unless orders, mails and views do by themselves.
"""
import http.server
import os
import pathlib
import socket
import subprocess
import sys
import threading
import time
import uuid

import books
import shop
from victim import Victim, program

sys.path.insert(0, str(shop.ROOT / "tests/gateway"))
import alone  # noqa: E402
import member  # noqa: E402

DOORS = 6
TOOLS = {"shopctl", "publish"}
WRONG = (OSError, TypeError, ValueError, IndexError, AttributeError, KeyError, shop.http.client.HTTPException, subprocess.SubprocessError)


def redis(*words):
    return member.redis(*words)


def send_garbage(topic):
    subprocess.run(["kcat", "-b", shop.env("KAFKA_BOOTSTRAP"), "-P", "-t", topic, "-k", "garbage"], input=b"hello", check=True,
                   capture_output=True, timeout=20)


# --- orders, of all kinds -------------------------------------------------------------------------------------------------

class Life:
    """Shoppers who go on until over; their accepted orders are in accepted."""

    KINDS = [{}, {"credit_card_number": "4000000000000341"}, {"credit_card_number": "4000000000000119"},
             {"email": "refused+kim@example.com"}]

    def __init__(self, t):
        self.t, self.over, self.accepted, self.carts = t, False, {}, {}
        self.lock = threading.Lock()

    def buy(self, number):
        kind = self.KINDS[number % len(self.KINDS)]
        kim = shop.Shopper(timeout=10)
        kim.add(shop.PRODUCTS[number % 8], 1)
        page = kim.checkout(**kind)
        order = shop.order_id_of(page)
        if not order or page.status != 200:
            return
        with self.lock:
            self.accepted[order] = number
            self.carts[order] = kim
        if kind.get("credit_card_number", "").endswith("119"):
            kim.post(f"/order/{order}/cancel")

    def shop_on(self):
        number = 0
        while not self.over:
            try:
                self.buy(number)
            except WRONG:
                pass  # somebody was dead: the next one
            number += 1
            time.sleep(0.2)

    def prepare(self, point):
        if point.startswith(("views-mark", "views-ask")):
            redis("DEL", "views:mark")

    def provoke(self, point):
        if point.startswith("dead-letter"):
            send_garbage("email.events")
        elif point.startswith("bank-ask"):
            shop.sql("currency", "UPDATE deadline SET due_ms = 0")

    def check(self):
        """What the carts and the mails must be like afterwards; the rest is in books."""
        t = self.t
        orders = books.Orders()
        confirmed = [o for o in self.accepted if orders.outcome[o] == ["OrderConfirmed"]]
        full = [o for o in confirmed if not shop.eventually(lambda order=o: self.carts[order].cart_skus() == [])]
        t.equal(full, [], f"the carts of {len(confirmed)} confirmed orders are empty")
        sent = {r.key for r in shop.distinct(shop.read_topic("email.events")) if r.type in ("EmailSent", "EmailFailed")}
        t.check(shop.eventually(lambda: not [o for o in confirmed if o not in sent] or self.told(sent), 60),
                "of each, a mail was sent or refused", [o for o in confirmed if o not in sent][:5])
        letters = {}
        for mail in shop.mails():
            letters.setdefault(mail["Message-ID"], set()).add(mail["Subject"])
        t.equal({i: s for i, s in letters.items() if len(s) > 1}, {}, "a mail that came twice is the same mail")

    @staticmethod
    def told(sent):
        sent.update(r.key for r in shop.distinct(shop.read_topic("email.events")) if r.type in ("EmailSent", "EmailFailed"))
        return False


# --- the bank, which says no ----------------------------------------------------------------------------------------------

class Bank(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_error(503)

    def log_message(self, *words):
        pass


bank = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Bank)
threading.Thread(target=bank.serve_forever, daemon=True).start()

SETTINGS = {"currency": {"APP_RATES_URL": f"http://127.0.0.1:{bank.server_port}/", "APP_RATES_RETRY": "1s", "APP_RATES_PERIOD": "2s"},
            "payment": {"APP_ACQUIRER_TIMEOUT": "2s"}}


# --- gateways of our own --------------------------------------------------------------------------------------------------

class Quiet:
    """A gateway that nobody kills; its passwords cost less than those of the doors, which therefore hash them anew."""

    gateway = None
    lock = threading.Lock()

    @classmethod
    def get(cls):
        with cls.lock:
            cls.gateway = cls.gateway or member.gateway("quiet", APP_PASSWORD_COST="10", APP_TRIES_PER_ACCOUNT="0")
        return cls.gateway


class Door(Victim):
    """One of several gateways beside the shop's own."""

    def __init__(self, points, folder):
        folder.mkdir()
        super().__init__("gateway", points, folder, self.live)
        self.port, self.mails, self.guest = alone.free_port(), [], None

    def run(self):
        environment = shop_environment("gateway") | {
            "APP_LISTEN": f"127.0.0.1:{self.port}", "APP_ADMIN": f"127.0.0.1:{alone.free_port()}", "APP_PASSWORD_COST": "12",
            "APP_SESSION_IDLE": "20s", "APP_SESSION_TRUST": "1s", "APP_KEY_TICK": "1s", "APP_TRIES_PER_ADDRESS": "0",
            "APP_SIGN_UPS_PER_ADDRESS": "0", "APP_PASSWORD_QUEUE": "4"}
        Quiet.get()
        for point in self.points:
            self.die_at(point, environment)

    def live(self, point):
        if not self.listens():
            return
        try:
            for words, lead in self.ROADS:
                if point.split(".")[0] in words.split():
                    lead(self)
        except WRONG as fault:
            self.missed[point] = repr(fault)

    def listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def account(self):
        """A new shopper's mail, with an account made elsewhere."""
        mail = member.new_mail()
        page = member.Browser(Quiet.get()).sign("up", mail)
        if page.status == 303:
            self.mails.append(mail)
        return mail

    def enter(self):
        """Signs in; those are the ways to."""
        kim = member.Browser(self)
        kim.sign("in", self.account())
        return kim

    def look_around(self):
        kim = member.Browser(self)
        for path in ["/", f"/product/{shop.MUG}", f"/product/{shop.PRODUCTS[0]}"]:
            kim.get(path)

    def put_in(self):
        member.Browser(self).add()

    def take_along(self):
        mail, kim = self.account(), member.Browser(self)
        kim.add()
        kim.quantities()
        kim.sign("in", mail)

    def leave_here(self):
        self.enter().once("POST", "/signout/here", {})

    def leave_everywhere(self):
        self.enter().once("POST", "/signout", {})

    def change(self):
        self.enter().once("POST", "/account/password", {"current_password": member.PASSWORD, "new_password": member.SECOND})

    def come_back(self):
        kim = member.Browser(self)
        kim.sign("in", self.account())
        for _ in range(3):
            time.sleep(1.1)
            kim.once("POST", "/cart", {"product_id": shop.MUG, "quantity": 1})

    def crowd(self):
        """More passwords at once than are hashed at once."""
        mail = self.account()
        crowd = [threading.Thread(target=self.come_quietly, args=(mail,)) for _ in range(12)]
        for one in crowd:
            one.start()
        for one in crowd:
            one.join()

    def come_quietly(self, mail):
        try:
            member.Browser(self).sign("in", mail)
        except WRONG:
            pass

    def leave_a_merge(self):
        """A cart that is due to be taken over, and was forgotten."""
        if not self.guest:
            self.guest = member.Browser(Quiet.get()), member.Browser(Quiet.get())
            self.guest[1].sign("up", member.new_mail())
        kim, ann = self.guest
        kim.add()
        kim.quantities()
        guest, user = kim.cookies["shop_session-id"].split(".")[0], ann.member
        shop.sql("gateway", f"INSERT INTO merge_due (from_user_id, user_id, mark, due_since) VALUES ('{guest}', '{user}', '', "
                 "now() - interval '2 hours') ON CONFLICT DO NOTHING")

    def forget(self):
        """Several at once: every gateway takes part, and the first to be done is the last for the others."""
        for _ in range(3):
            kim = member.Browser(Quiet.get())
            kim.sign("up", member.new_mail())
            kim.add()
            kim.checkout()
            subprocess.Popen([program("shopctl"), "forget", kim.member, "--yes", "--by", "a test"], env=tool_environment(), cwd=shop.ROOT,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(2)

    def leave(self):
        kim = member.Browser(self)
        kim.sign("in", self.account())
        self.mails.pop()
        kim.once("POST", "/account/delete", {"current_password": member.PASSWORD, "sure": "yes"})

    ROADS = [("account-enter account-rehash tries-count tries-forget", enter), ("activity-say", look_around),
             ("command-look command-say wait-subscribe", put_in), ("merge-done", take_along), ("merge-late", leave_a_merge),
             ("session-end", leave_here), ("session-end-all session-remember", leave_everywhere), ("account-change", change),
             ("tries-back", crowd), ("session-note session-cache", come_back), ("customer-left", leave),
             ("customer-forgotten forget-account forget-again key-forget visitor-forgotten", forget)]

    def check(self, t):
        """Whoever has an account can sign in, whatever died meanwhile."""
        passwords = (member.PASSWORD, member.SECOND)
        out = [m for m in self.mails if not any(member.Browser(Quiet.get()).sign("in", m, p).status == 303 for p in passwords)]
        t.equal(out, [], f"{len(self.mails)} accounts made meanwhile can be signed in to")


def shop_environment(process):
    from victim import environment_of
    return environment_of(process)


def tool_environment():
    return {"PATH": os.environ["PATH"], "APP_KAFKA": shop.env("KAFKA_BOOTSTRAP"), "APP_REGISTRY": shop.env("SCHEMA_REGISTRY_URL"),
            "APP_PATIENCE": "60s", "REDIS_URL": shop.env("REDIS_URL"), **{k: v for k, v in os.environ.items() if k.startswith("DATABASE_URL_")}}


def kafka_topics(*words):
    """Kafka's own tool."""
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "hipster-shop"
    java, jars = sorted(cache.glob("java-*/**/bin/java"))[-1], sorted(p for p in cache.glob("kafka-*") if p.is_dir())[-1]
    subprocess.run([java, "-cp", f"{jars}/*", "org.apache.kafka.tools.TopicCommand", "--bootstrap-server", shop.env("KAFKA_BOOTSTRAP"), *words],
                   check=True, capture_output=True, timeout=150)


# --- an operator's tools --------------------------------------------------------------------------------------------------

def insist(*words):
    """With every program dying and coming back, all connections that Postgres has may be taken for a moment."""
    for _ in range(60):
        try:
            return shop.sql(*words)
        except subprocess.CalledProcessError:
            time.sleep(1)
    return shop.sql(*words)


class Tool(Victim):
    """A program that does something and ends: killed at its points, run again, and then everything is as it should be."""

    SCRATCH = "rates.state.gateway.dlt"  # of all topics, one that nobody waits for

    def __init__(self, name, points, folder):
        super().__init__(name, points, folder, lambda point: None, self.undo)

    REBUILT = "cart"  # nobody kills it meanwhile
    PARKED = "5ca1ab1e-0000-4000-8000-00000000c0de"
    WORDS = {"operator-put": ["dead", "redrive", "--reader", "checkout", "--all"],
             "operator-take-back": ["dead", "redrive", "--reader", "checkout", "--all"],
             "operator-redrive": ["parked", "redrive", PARKED],
             "operator-drop": ["parked", "drop", PARKED, "--reason", "a test", "--yes"],
             "operator-replay": ["replay", "--reader", "email", "--from", "1h", "--yes"],
             "operator-empty": ["rebuild", REBUILT, "--yes"],
             "operator-unsay": ["rebuild", REBUILT, "--yes"],
             "operator-claim": ["rebuild", REBUILT, "--yes"],
             "operator-rebuild": ["rebuild", REBUILT, "--yes"]}
    SETTLED = ("operator-put", "operator-take-back", "operator-redrive", "operator-drop")  # a second time: there is none, or still none

    def words(self, point):
        for start, words in self.WORDS.items():
            if point.startswith(start):
                return [*words, "--by", "a test"] if start == "operator-drop" else words
        if point.startswith("replay-views"):
            return ["replay", "--reader", "views", "--from", "1m", "--yes", "--by", "a test"]
        if self.victim == "shopctl":
            return ["seed", "services/catalog/catalog.json"]
        return ["schemas"] if point.startswith("registry") else ["topics"]

    def undo(self, point):
        """So that there is something to do."""
        if point.startswith("topics-"):
            kafka_topics("--delete", "--topic", self.SCRATCH)
        if point.startswith("topics-correct"):
            kafka_topics("--create", "--topic", self.SCRATCH, "--partitions", "1", "--config", "retention.ms=3600000")

        if point.startswith(("operator-put", "operator-take-back")):
            subprocess.run(["kcat", "-b", shop.env("KAFKA_BOOTSTRAP"), "-P", "-t", "order.commands", "-k", "an operator's"], input=b"no message",
                           check=True, timeout=60)
            shop.eventually(lambda: b'"checkout"' in subprocess.run([self.binary, "dead", "list", "--reader", "checkout", "--json"], timeout=60,
                                                                    env=tool_environment(), capture_output=True, check=False).stdout, 60)
        if point.startswith(("operator-redrive", "operator-drop")):
            insist("email", "INSERT INTO parked (id, topic, part, at_offset, kind, key, type, value, headers, heard_ms, reason) SELECT "
                     f"'{self.PARKED}', 'order.events', part, 0, kind, 'an operator''s', 'Unknown', '\\x6e6f', '', 0, 'a test' "
                     "FROM claim WHERE kind = 'order' LIMIT 1 ON CONFLICT DO NOTHING")

    def run(self):
        for point in self.points:
            try:
                for _ in range(3):  # what was undone is not always seen at once
                    self.die_at(point, tool_environment())
                    if point in self.killed:
                        break
                shop.eventually(lambda at=point: self.recover(at), 90, 2)  # the views may be dying meanwhile
            except subprocess.SubprocessError as fault:
                self.missed[point] = repr(fault)
        if any(point.startswith("operator-redrive") for point in self.points):
            self.recover("operator-drop.before")

    def spawn(self, point, environment):
        self.process = subprocess.Popen([self.binary, *self.words(point)], env={**environment, "APP_CHAOS": "1", "APP_CRASH_AT": f"{point}:1"},
                                        cwd=shop.ROOT, stdout=self.log, stderr=self.log)

    def recover(self, point):
        done = subprocess.run([self.binary, *self.words(point)], env=tool_environment(), cwd=shop.ROOT, capture_output=True, timeout=150, check=False)
        well = done.returncode == 0 or (done.returncode == 3 and point.startswith(self.SETTLED))
        if not well:
            self.missed[point] = f"run again, it fails: {done.stderr.decode()[:200]}"
        elif point in self.killed:
            self.missed.pop(point, None)
        return well

    def check(self, t):
        if self.victim != "publish":
            return
        done = subprocess.run([self.binary, "check"], env=tool_environment(), cwd=shop.ROOT, capture_output=True, text=True, timeout=60, check=False)
        t.equal(done.returncode, 0, "topics and schemas are as they should be")
