"""shop.py - a shopper, and a stranger who reads the topics: what the whole-shop tests are written with.

It shares no code with the services. The shop is reached by its URL; topics are read by kcat and decoded by fastavro with the
registry's (or the published) schemas; processes are found through their supervisor. Addresses come from the environment that
the stack writes (RUN/env).
"""

import email.policy
import glob
import html
import http.client
import http.cookies
import io
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request

import fastavro

ROOT = pathlib.Path(__file__).resolve().parents[2]
RUN = pathlib.Path(os.environ.get("RUN", ROOT / ".run"))
SERVICES = ["checkout", "catalog", "payment", "shipping", "email", "cart", "currency", "recommendation", "ad"]
PRODUCTS = ["OLJCESPC7Z", "66VCHSJNUP", "1YMWWN1N4O", "L9ECAV7KIM", "2ZYFJ3GM2N", "0PUK6V6EV0", "LS4PSXUNUM",
            "9SIQT8TOJO", "6E92ZMYYFZ"]
MUG = "6E92ZMYYFZ"
ADDRESS = {
    "email": "kim.tester@example.com", "street_address": "7 Canary Wharf Lane", "zip_code": "94043",
    "city": "Mountain View", "state": "CA", "country": "United States", "credit_card_number": "4432801561520454",
    "credit_card_expiration_month": "1", "credit_card_expiration_year": str(time.gmtime().tm_year + 2),
    "credit_card_cvv": "672",
}


def env(name):
    value = os.environ.get(name)
    if value:
        return value
    for line in (RUN / "env").read_text().splitlines():
        found = re.match(r"export (\w+)='(.*)'$", line)
        if found and found.group(1) == name:
            return found.group(2)
    raise SystemExit(f"{name} is neither in the environment nor in {RUN}/env: is the shop running?")


# --- TAP ---------------------------------------------------------------------------------------------------------------

class Tests:
    """Prints one TAP line per check; exits non-zero at the end if one failed."""

    def __init__(self):
        self.count = self.failed = 0

    def check(self, passed, sentence, detail=""):
        self.count += 1
        self.failed += not passed
        print(f"{'ok' if passed else 'not ok'} {self.count} - {sentence}", flush=True)
        if not passed and detail != "":
            for line in str(detail).splitlines()[:20]:
                print(f"# {line[:400]}", flush=True)
        return passed

    def equal(self, got, wanted, sentence):
        return self.check(got == wanted, sentence, f"got    {got!r}\nwanted {wanted!r}")

    def done(self):
        print(f"1..{self.count}", flush=True)
        sys.exit(1 if self.failed else 0)


def eventually(probe, seconds=30, pause=0.2):
    """The first true result of probe within the time, else its last result."""
    end = time.monotonic() + seconds
    while True:
        try:
            result = probe()
        except (OSError, http.client.HTTPException, subprocess.CalledProcessError):
            result = None
        if result or time.monotonic() > end:
            return result
        time.sleep(pause)


# --- the shopper -------------------------------------------------------------------------------------------------------

class Page:
    def __init__(self, status, headers, body, url):
        self.status, self.headers, self.body, self.url = status, headers, body, url
        self.text = body.decode("utf-8", "replace")

    @property
    def words(self):
        return html.unescape(re.sub(r"<[^>]+>", " ", self.text))


class Shopper:
    """A browser without JavaScript: keeps cookies, follows redirects."""

    def __init__(self, timeout=20):
        self.base = urllib.parse.urlsplit(env("SHOP_URL"))
        self.cookies, self.timeout = {}, timeout

    def once(self, method, path, form=None, headers=None):
        connection = http.client.HTTPConnection(self.base.hostname, self.base.port, timeout=self.timeout)
        sent = dict(headers or {})
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        body = None
        if form is not None:
            body = urllib.parse.urlencode(form)
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            for value in answer.headers.get_all("Set-Cookie") or []:
                for name, morsel in http.cookies.SimpleCookie(value).items():
                    self.cookies[name] = morsel.value
            return Page(answer.status, answer.headers, answer.read(), path)
        finally:
            connection.close()

    def open(self, method, path, form=None):
        page = self.once(method, path, form)
        for _ in range(5):
            if page.status not in (301, 302, 303):
                return page
            target = urllib.parse.urlsplit(page.headers["Location"])
            page = self.once("GET", target.path + (f"?{target.query}" if target.query else ""))
        return page

    def get(self, path):
        return self.open("GET", path)

    def post(self, path, **form):
        return self.open("POST", path, form)

    def add(self, product=MUG, quantity=1):
        return self.post("/cart", product_id=product, quantity=quantity)

    def checkout(self, **changes):
        return self.open("POST", "/cart/checkout", {**ADDRESS, **changes})

    def cart_skus(self):
        return sorted(set(re.findall(r"SKU #\s*(?:<[^>]*>\s*)*(\w+)", self.get("/cart").text)))


def order_id_of(page):
    found = re.match(r"/orders?/([0-9a-f-]{36})", page.url)
    return found.group(1) if found else None


# --- the stranger at the topics -----------------------------------------------------------------------------------------

_schemas = {}


def published_schema(schema_id):
    if not _schemas:
        for line in (ROOT / "events/schema-ids").read_text().splitlines():
            words = line.split()
            if words and words[0].isdigit():
                name = words[1].split(".")[-1]
                path = ROOT / f"events/published/{name}.{words[2]}.avsc"
                _schemas[int(words[0])] = fastavro.parse_schema(json.loads(path.read_text()))
    return _schemas[schema_id]


class Record:
    """One record of a topic, decoded by its writer's schema."""

    def __init__(self, topic, key, partition, offset, time_ms, headers, value):
        self.topic, self.key, self.partition, self.offset, self.time_ms = topic, key, partition, offset, time_ms
        self.headers, self.value = headers, value
        self.type = headers.get("ce-type", "").split(".")[-1]
        if len(value) > 5 and value[0] == 0:
            schema = published_schema(int.from_bytes(value[1:5], "big"))
            self.type = schema["name"].split(".")[-1]
            self.body = fastavro.schemaless_reader(io.BytesIO(value[5:]), schema, None)


def read_topic(topic):
    """All records of a topic, partition by partition, in offset order."""
    form = "%k\x1f%p\x1f%o\x1f%T\x1f%h\x1f%S\x1e%s"
    raw = subprocess.run(["kcat", "-b", env("KAFKA_BOOTSTRAP"), "-C", "-t", topic, "-e", "-q", "-o", "beginning", "-f", form],
                         check=True, capture_output=True, timeout=120).stdout
    records, at = [], 0
    while at < len(raw):
        end = raw.index(b"\x1e", at)
        key, partition, offset, stamp, headers, size = raw[at:end].split(b"\x1f")
        size = max(int(size), 0)
        pairs = dict(pair.split("=", 1) for pair in headers.decode("utf-8", "replace").split(",") if "=" in pair)
        records.append(Record(topic, key.decode("utf-8", "replace"), int(partition), int(offset), int(stamp), pairs,
                              raw[end + 1:end + 1 + size]))
        at = end + 1 + size
    return records


def distinct(records):
    """One record per message id: what a reader with an inbox hears."""
    seen, kept = set(), []
    for record in records:
        if record.headers.get("ce-id") not in seen:
            seen.add(record.headers.get("ce-id"))
            kept.append(record)
    return kept


# --- the other witnesses ------------------------------------------------------------------------------------------------

def ledger():
    """The acquirer's own book: a list of its entries."""
    with urllib.request.urlopen(env("ACQUIRER_URL") + "/v1/ledger", timeout=30) as answer:
        return [json.loads(line) for line in answer.read().decode().splitlines() if line.strip()]


def acquirer_behaviour(**settings):
    request = urllib.request.Request(env("ACQUIRER_URL") + "/v1/behaviour", json.dumps(settings).encode(),
                                     {"Content-Type": "application/json"}, method="POST")
    urllib.request.urlopen(request, timeout=10).read()


def sql(service, query):
    """Rows of a service's own database, as lists of text."""
    out = subprocess.run(["psql", env(f"DATABASE_URL_{service.upper()}"), "-AtqX", "-F", "\x1f", "-c", query], check=True,
                         capture_output=True, text=True, timeout=60).stdout
    return [line.split("\x1f") for line in out.splitlines()]


def mails():
    found = []
    for path in glob.glob(env("MAIL_DIR") + "/new/*") + glob.glob(env("MAIL_DIR") + "/cur/*"):
        with open(path, "rb") as file:
            found.append(email.message_from_binary_file(file, policy=email.policy.default))
    return found


# --- processes ---------------------------------------------------------------------------------------------------------

def pid_of(process):
    return int((RUN / "sv" / process / "supervise/pid").read_text().strip() or 0)


def kill(process, with_signal=signal.SIGKILL):
    try:
        pid = pid_of(process)
        if pid:  # 0 would be this test itself, and all it started
            os.kill(pid, with_signal)
        return pid != 0
    except (ProcessLookupError, ValueError, FileNotFoundError):
        return False


def hold_down(process):
    """Dead, and kept dead by the supervisor."""
    subprocess.run(["sv", "-w", "5", "down", str(RUN / "sv" / process)], check=False, capture_output=True)
    kill(process)


def let_up(process):
    subprocess.run(["sv", "up", str(RUN / "sv" / process)], check=False, capture_output=True)


def ready(process):
    try:
        with urllib.request.urlopen(env(f"ADMIN_URL_{process.upper()}") + "/readyz", timeout=3) as answer:
            return answer.status == 200
    except OSError:
        return False


def all_ready(seconds=60):
    return all(eventually(lambda name=name: ready(name), seconds) for name in SERVICES + ["views", "gateway"])
