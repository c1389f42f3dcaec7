"""shelf.py - plays the services for a gateway under test: what it hears of them is written here, byte by byte.

A tiny Avro encoder (the schemas as published, no library), Kafka by kcat, Redis by its own protocol.
"""
import json
import os
import pathlib
import socket
import subprocess
import time
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
IDS = {line.split()[1]: int(line.split()[0]) for line in (ROOT / "events/schema-ids").read_text().splitlines()
       if line[:1].isdigit()}
PRODUCTS = {"OLJCESPC7Z": ("Sunglasses", 1999, "accessories"), "66VCHSJNUP": ("Tank Top", 1899, "clothing"),
            "1YMWWN1N4O": ("Watch", 10999, "accessories"), "L9ECAV7KIM": ("Loafers", 8999, "footwear"),
            "2ZYFJ3GM2N": ("Hairdryer", 2499, "hair"), "0PUK6V6EV0": ("Candle Holder", 1899, "decor"),
            "LS4PSXUNUM": ("Salt & Pepper Shakers", 1849, "kitchen"), "9SIQT8TOJO": ("Bamboo Glass Jar", 549, "kitchen"),
            "6E92ZMYYFZ": ("Mug", 899, "kitchen")}
MUG = "6E92ZMYYFZ"
RATES = {"USD": (11305, 4), "JPY": (12640, 2), "GBP": (85970, 5), "TRY": (61247, 4), "CAD": (15128, 4), "KRW": (127505, 2),
         "SEK": (105375, 4), "INR": (794320, 4)}


def schema(name):
    return json.loads((ROOT / f"events/schemas/{name}.avsc").read_text())


def number(n):
    n = (n << 1) ^ (n >> 63)
    out = b""
    while n > 0x7F:
        out += bytes([n & 0x7F | 0x80])
        n >>= 7
    return out + bytes([n])


def avro(kind, value):
    """value as kind (a schema); what a record's value lacks is empty."""
    if isinstance(kind, str):
        if kind in ("int", "long"):
            return number(value or 0)
        if kind == "boolean":
            return bytes([bool(value)])
        if kind in ("string", "bytes"):
            data = value.encode() if isinstance(value, str) else value or b""
            return number(len(data)) + data
        return avro(schema(kind), value)
    if kind["type"] == "record":
        return b"".join(avro(f["type"], (value or {}).get(f["name"])) for f in kind["fields"])
    if kind["type"] == "enum":
        return number(kind["symbols"].index(value or kind["symbols"][0]))
    if kind["type"] == "array":
        items = b"".join(avro(kind["items"], v) for v in value or [])
        return (number(len(value)) + items if value else b"") + b"\0"
    raise ValueError(kind)


def framed(name, /, **value):
    return b"\0" + IDS[name].to_bytes(4, "big") + avro(schema(name), value)


def produce(topic, key, value):
    path = pathlib.Path("/tmp") / f"shelf-{os.getpid()}"
    path.write_bytes(value)
    subprocess.run(["kcat", "-b", os.environ["KAFKA_BOOTSTRAP"], "-P", "-t", topic, "-k", key, str(path)], check=True)
    path.unlink()


def news():
    """A version that is greater than all before it: tests that share a broker must not outdate each other."""
    return time.time_ns() // 1000


def fill():
    """The nine products, the rates, two tariffs: one to everywhere, one to two zones."""
    subprocess.run([ROOT / "build/bin/publish", "topics"], check=True, stdout=subprocess.DEVNULL,
                   env={**os.environ, "APP_KAFKA": os.environ["KAFKA_BOOTSTRAP"]})
    for product_id, (name, price, category) in PRODUCTS.items():
        produce("product.state", product_id, framed(
            "ProductUpdated", product_id=product_id, version=news(), name=name, description=f"A {name} that is made <to last>.",
            picture=f"img/products/{product_id}.svg", categories=[category], price_minor=price, currency="USD",
            weight_grams=100, stock="PLENTY"))
    produce("rates.state", "EUR", framed("RatesUpdated", base="EUR", version=1, as_of="2026-01-01", source="BUILT_IN", rates=[
        {"currency": c, "digits": d, "scale": s} for c, (d, s) in RATES.items()]))
    produce("shipping.tariffs", "parcel", framed(
        "TariffUpdated", carrier="parcel", version=1, name="Parcel", currency="USD", days=3,
        steps=[{"zone": "*", "up_to_grams": 1000000, "price_minor": 899}]))
    produce("shipping.tariffs", "swift", framed(
        "TariffUpdated", carrier="swift", version=1, name="Swift", currency="USD", days=1, cm3_per_kg=5000,
        steps=[{"zone": "home", "up_to_grams": 1000, "price_minor": 1500},
               {"zone": "europe", "up_to_grams": 1000, "price_minor": 3000, "days": 4}]))


def records(topic):
    """(key, headers, value) of a whole topic."""
    raw = subprocess.run(["kcat", "-b", os.environ["KAFKA_BOOTSTRAP"], "-C", "-t", topic, "-e", "-q", "-o", "beginning", "-f",
                          "%k\x1f%o\x1f%h\x1f%S\x1e%s"], check=True, capture_output=True, timeout=60).stdout
    found, at = [], 0
    while at < len(raw):
        end = raw.index(b"\x1e", at)
        key, offset, headers, size = raw[at:end].split(b"\x1f")
        fields = dict(h.split("=", 1) for h in headers.decode().split(",") if "=" in h)
        found.append((key.decode(), int(offset), fields, raw[end + 1:end + 1 + int(size)]))
        at = end + 1 + int(size)
    return found


class Redis:
    """As much of the protocol as is needed."""

    def __init__(self):
        host, _, port = os.environ["REDIS_URL"].removeprefix("redis://").partition(":")
        self.file = socket.create_connection((host, int(port)), 5).makefile("rwb")

    def __call__(self, *words):
        words = [w if isinstance(w, bytes) else str(w).encode() for w in words]
        self.file.write(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words))
        self.file.flush()
        return self.answer()

    def answer(self):
        line = self.file.readline().rstrip(b"\r\n")
        kind, rest = line[:1], line[1:]
        if kind == b"$":
            return None if rest == b"-1" else self.file.read(int(rest) + 2)[:-2]
        if kind == b"*":
            return [self.answer() for _ in range(int(rest))]
        return rest

    def cart(self, user, version, lines, position=-1, generation=0, command_ids=(), **more):
        value = framed("CartUpdated", user_id=user, version=version, generation=generation, position=position,
                       lines=[{"product_id": p, "quantity": q} for p, q in lines], command_ids=list(command_ids), **more)
        self("HSET", f"cart:{user}", "version", version, "value", value)
        self("PUBLISH", f"cart:{user}", value)

    def tell(self, order, name, /, **value):
        event = framed(name, order_id=order, **value)
        told = f"{time.time_ns() // 1000000} ".encode() + event
        message_id = str(uuid.uuid4())
        self("HSET", f"order:{order}", message_id, told)
        self("PUBLISH", f"order:{order}", message_id.encode() + b" " + told)
