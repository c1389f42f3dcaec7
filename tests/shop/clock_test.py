"""clock_test.py - a clock that jumps an hour, forward or back, while orders are under way changes nothing but when.

payment, then checkout, runs under libfaketime: its wall clock is what a file says, its steady clock is left alone. Postgres' is moved last."""

import os
import pathlib
import signal
import struct
import subprocess
import tempfile
import time

import folds
import shop

t = shop.Tests()
folder = tempfile.TemporaryDirectory(prefix="clock-")
OFFSET = pathlib.Path(folder.name) / "offset"
LIBRARY = next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
JUMPS = ["+3600", "-3600"]


class Jumping:
    """A service of the shop's, in place of the supervised one, with a clock of its own."""

    def __init__(self, name, **settings):
        self.name = name
        pid = shop.pid_of(name)
        program = os.readlink(f"/proc/{pid}/exe")
        inherited = dict(word.split("=", 1) for word in open(f"/proc/{pid}/environ", encoding="utf-8").read().split("\0") if "=" in word)
        asan = inherited.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
        self.set("+0")
        shop.hold_down(name)
        self.process = subprocess.Popen([program], env={**inherited, "LD_PRELOAD": str(LIBRARY), "FAKETIME_TIMESTAMP_FILE": str(OFFSET), "FAKETIME_NO_CACHE": "1",
                                                        "FAKETIME_DONT_FAKE_MONOTONIC": "1", "ASAN_OPTIONS": asan, **settings},
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        t.check(shop.eventually(lambda: shop.ready(name), 90), f"{name} runs with a clock that can jump")

    def set(self, offset):
        OFFSET.write_text(offset + "\n")

    def end(self):
        self.process.terminate()
        self.process.wait(20)
        shop.let_up(self.name)
        t.check(shop.eventually(lambda: shop.ready(self.name), 90), f"{self.name} is its old self")


def ordered():
    kim = shop.Shopper()
    kim.get("/")
    kim.add()
    kim.cart_skus()
    return kim, shop.order_id_of(kim.checkout())


def becomes(kim, order, sentence, seconds=90):
    return shop.eventually(lambda: sentence in kim.get(f"/order/{order}").words, seconds)


def net(order):
    """What the acquirer has of it, in minor units."""
    signs = {"PaymentCharged": 1, "PaymentRefunded": -1}
    records = [r for r in shop.distinct(shop.read_topic("payment.events")) if r.key == order and r.type in signs]
    return sum(signs[r.type] * r.body["amount_minor"] for r in records)


def said(kind, order):
    return [r for r in shop.distinct(shop.read_topic("order.events")) if r.type == kind and r.key == order]


# --- payment asks again by a deadline ----------------------------------------------------------------------------------------
payment = Jumping("payment")
try:
    for jump in JUMPS:
        shop.acquirer_behaviour(charge_then_timeout_rate=1)
        try:
            kim, order = ordered()
            payment.set(jump)
            t.check(order and shop.eventually(lambda order=order: [e for e in shop.ledger() if order in str(e)], 30), f"charged and not answered, and payment's clock jumps {jump} s")
        finally:
            shop.acquirer_behaviour(charge_then_timeout_rate=0)
        t.check(becomes(kim, order, "Your order is complete"), "it is asked about again, and complete", kim.get(f"/order/{order}").words)
        kim, other = ordered()
        t.check(becomes(kim, other, "Your order is complete"), "so is one that came after", kim.get(f"/order/{other}").words)
        t.equal((net(order), net(other)), (1798, 1798), "each was paid once")
finally:
    payment.end()

# --- checkout gives up by a deadline -------------------------------------------------------------------------------------------
shop.hold_down("payment")
checkout = Jumping("checkout", APP_ORDER_DEADLINE="20s")
try:
    for jump in JUMPS:
        checkout.set("+0")
        kim, order = ordered()
        checkout.set(jump)
        after, late = ordered()
        t.check(becomes(kim, order, "Your order was cancelled") and becomes(after, late, "Your order was cancelled"), f"with checkout's clock {jump} s off, nobody waits for ever")
        for one in (order, late):
            placed, cancelled = said("OrderPlaced", one), said("OrderCancelled", one)
            t.check(len(placed) == len(cancelled) == 1 and cancelled[0].time_ms - placed[0].time_ms >= 19000 and
                    abs(placed[0].body["deadline_ms"] - placed[0].time_ms - 20000) < 5000, "and none is given up before its time",
                    [(r.time_ms, r.body.get("deadline_ms")) for r in placed + cancelled])
finally:
    checkout.end()
    shop.let_up("payment")
t.check(shop.all_ready(90), "all are back")
for order in (order, late):
    t.equal(net(order), 0, "who was cancelled has paid nothing")

# --- a state is folded anew by a process whose clock is ten days ahead: what is young is judged by the database's -------------------
catalog = Jumping("catalog")
try:
    told = folds.shopctl("product", "restock", shop.MUG, "3")
    t.equal(told[0], 0, "pieces have arrived")
    catalog.set("+864000")
    told = folds.shopctl("rebuild", "catalog", "--yes")
    t.check(told[0] == 0 and "Equal" in told[1], "and are counted once, whatever the clock of who folds says", told)
finally:
    catalog.end()

# --- Postgres' clock, which is no more the shop's than the broker's is: whichever is ahead, nothing is due before its time ------------
home = pathlib.Path(os.path.realpath(shop.RUN / "postgres"))
moved = home / "clock"  # deploy/local/postgres/run preloads what lies here: chaos/clock


def restart_postgres():
    before = shop.pid_of("postgres")
    os.kill(before, signal.SIGINT)
    return shop.eventually(lambda: shop.pid_of("postgres") not in (0, before) and shop.sql("checkout", "SELECT 1"), 60) and shop.eventually(lambda: shop.all_ready(1), 60)


subprocess.run(["cc", "-std=c11", "-D_GNU_SOURCE", "-O2", "-shared", "-fPIC", "-o", f"{moved}.so", shop.ROOT / "chaos/clock/clock.c", "-ldl"], check=True)
moved.write_bytes(struct.pack("q", 0))
moved.chmod(0o644)
try:
    t.check(restart_postgres(), "Postgres runs with a clock that can jump")
    for jump in (3600, -3600):
        with open(moved, "r+b", buffering=0) as file:
            file.write(struct.pack("q", jump))
        off = float(shop.sql("checkout", "SELECT extract(epoch FROM clock_timestamp())")[0][0]) - time.time()
        t.check(abs(off - jump) < 60, f"it is {jump} s off", off)
        orders = [ordered() for _ in range(3)]
        t.check(all(order and becomes(kim, order, "Your order is complete") for kim, order in orders), "and orders go through", [kim.get(f"/order/{order}").words[:300] for kim, order in orders])
finally:
    moved.unlink()
    pathlib.Path(f"{moved}.so").unlink()
    t.check(restart_postgres(), "Postgres is its old self")
t.done()
