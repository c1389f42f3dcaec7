"""clocks.py - the time of day, an hour off: of a service, of Postgres, of a broker (whose clock dates records).

All by chaos/clock. A service is started anew with it; Postgres and the brokers run with it from the beginning, so that theirs jumps while
they run, and back.
"""
import datetime
import os
import pathlib
import re
import struct
import subprocess
import time

import shop
from faults.base import ORDER_SERVICES, Fault, asked, command, end, environment_of, tail_of
from faults.stores import DiskFull

SOURCE = pathlib.Path(__file__).resolve().parents[1] / "clock/clock.c"
SECONDS = {"-1h": -3600, "+1h": 3600, "+15s": 15}


def of_postgres(run):
    """The file that moves its clock, where its own user may read it: deploy/local/postgres/home.sh says the same."""
    return (DiskFull.folder(run) if os.geteuid() == 0 else run / "postgres") / "clock"


def prepare(run, brokers):
    """Before the stack starts: for each clock that is to be moved what is preloaded, and the file that moves it."""
    for path in (of_postgres(run), *(run / f"{broker}.clock" for broker in brokers)):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            command("cc", "-std=c11", "-D_GNU_SOURCE", "-O2", "-shared", "-fPIC", "-o", f"{path}.so", SOURCE, "-ldl")
        except (OSError, subprocess.CalledProcessError):
            return
        path.write_bytes(struct.pack("q", 0))
        path.chmod(0o644)


class Clock(Fault):
    kind, sentence = "clock", "A service lives an hour off, either way, and comes back."
    seconds = (3.0, 6.0)
    child = None

    @classmethod
    def impossible(cls, ground):
        return None if os.path.exists(f"{of_postgres(ground.run)}.so") else "there is no compiler for chaos/clock"

    def plan(self):
        self.touches = (self.pick("victim", ORDER_SERVICES),)
        self.pick("moved", ["-1h", "+1h"])

    def inject(self):
        victim = self.options["victim"]
        theirs = environment_of(victim)
        program = os.readlink(f"/proc/{shop.pid_of(victim)}/exe")
        clock = self.ground.run / "service.clock"
        clock.write_bytes(struct.pack("q", SECONDS[self.options["moved"]]))
        theirs.update(LD_PRELOAD=f"{self.ground.run}/{self.ground.stack.brokers[0]}.clock.so", MOVED_CLOCK=str(clock))
        shop.hold_down(victim)
        self.log = tail_of(self.ground.run / "log/moved")
        with open(self.ground.run / "log/moved", "ab") as log:
            self.child = subprocess.Popen([program], env=theirs, stdout=log, stderr=log, start_new_session=True)

    def heal(self):
        self.came_to["alive"] = self.child is not None and self.child.poll() is None
        end(self.child)
        shop.let_up(self.options["victim"])

    def in_vain(self):
        """It died at once, or lived in our time."""
        told = re.findall(rb'"time":"([^"]*)Z"', self.log())
        if not self.came_to["alive"] or not told:
            return f"it did not stay alive: {self.log()[-200:].decode('utf-8', 'replace')}"
        off = time.time() - datetime.datetime.fromisoformat(told[-1].decode() + "+00:00").timestamp()
        return None if abs(abs(off) - 3600) < 600 else f"its clock was {off:.0f} s off"


class PostgresClock(Fault):
    kind, sentence = "postgres-clock", "Postgres' time of day jumps by an hour, either way, and back, while it runs."
    touches = ("postgres",)
    seconds = (3.0, 6.0)

    @classmethod
    def impossible(cls, ground):
        return None if os.path.exists(f"{of_postgres(ground.run)}.so") else "there is no compiler for chaos/clock"

    def plan(self):
        self.clock = of_postgres(self.ground.run)
        self.pick("moved", ["-1h", "+1h"])

    def move(self, seconds):
        with open(self.clock, "r+b", buffering=0) as file:
            file.write(struct.pack("q", seconds))

    def inject(self):
        self.move(SECONDS[self.options["moved"]])

    def heal(self):
        if "off_s" not in self.came_to:
            self.came_to["off_s"] = round(self.look())
        self.move(0)

    def look(self):
        """How far its clock is from ours, in seconds."""
        return float(asked(self.ground, "checkout", "SELECT extract(epoch FROM clock_timestamp())")[0][0]) - time.time()

    def in_vain(self):
        off, wanted = self.came_to["off_s"], SECONDS[self.options["moved"]]
        return None if abs(off - wanted) < 12 else f"it was {off} s off"


class BrokerClock(PostgresClock):
    kind = "broker-clock"
    sentence = "A broker's time of day jumps, by an hour back or fifteen seconds on, and back, while it runs."
    touches = ("kafka",)

    def plan(self):
        """An hour on would be no other fault: what is dated then is due an hour later, and the run would wait for it."""
        brokers = self.ground.stack.brokers
        self.clock = self.ground.run / f"{brokers[0] if len(brokers) == 1 else self.pick('broker', brokers)}.clock"
        self.pick("moved", ["-1h", "+15s"])

    def look(self):
        """By the dates of the records that were written meanwhile."""
        told = command("kcat", "-b", shop.env("KAFKA_BOOTSTRAP"), "-C", "-t", "activity.events", "-e", "-q", "-o", "-20", "-f", "%T\n").stdout.decode().split()
        wanted = SECONDS[self.options["moved"]]
        offs = [int(word) / 1000 - time.time() for word in told]
        return min(offs, key=lambda off: abs(off - wanted), default=0)


KINDS = [Clock, PostgresClock, BrokerClock]
