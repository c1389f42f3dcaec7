"""schedule.py - which fault when: thrown from one seed, printed before it happens, done in lanes side by side.

One lane kills every process there is, in turn; the others go through all kinds again and again, in a new order each time. What one
fault touches, no other does meanwhile.
"""
import collections
import random
import signal
import threading
import time

import shop
from faults import KINDS
from faults.base import PROCESSES, touched

VICTIMS = PROCESSES + ["acquirer", "kafka", "postgres", "redis"]


class Schedule:
    def __init__(self, ground, seed, seconds, kinds, lanes):
        self.ground, self.history = ground, ground.history
        self.seconds = seconds
        self.victims = VICTIMS + ground.stack.brokers[1:]
        self.skipped = {name: KINDS[name].impossible(ground) for name in kinds}
        self.kinds = [name for name in kinds if not self.skipped[name]]
        self.skipped = {name: reason for name, reason in self.skipped.items() if reason}
        self.count, self.failed = collections.Counter(), collections.Counter()
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        others = [name for name in self.kinds if name != "kill"]
        self.threads = []
        if "kill" in self.kinds:
            self.threads.append(threading.Thread(target=self.kills, args=(random.Random(seed),)))
        shares = [others[at::lanes] for at in range(lanes)] if others else []
        for at, share in enumerate(share for share in shares if share):
            self.threads.append(threading.Thread(target=self.lane, args=(random.Random(seed * 100 + at), share)))

    def run(self):
        """Until each lane has been through once, and the time is over."""
        self.end = time.monotonic() + self.seconds
        for thread in self.threads:
            thread.start()
        for thread in self.threads:
            thread.join()

    def kills(self, luck):
        first = True
        while first or time.monotonic() < self.end:
            victims = [self.ground.aim["victim"]] if "victim" in self.ground.aim else luck.sample(self.victims, len(self.victims))
            for victim in victims:
                fault = KINDS["kill"](self.ground, luck)
                fault.options["victim"], fault.touches = victim, touched(victim)
                self.do(fault)
                if not first and time.monotonic() > self.end:
                    return
                time.sleep(luck.uniform(0.2, 1.0) + self.seconds / 4 / len(self.victims))
            first = False

    def lane(self, luck, kinds):
        first = True
        while first or time.monotonic() < self.end:
            for kind in luck.sample(kinds, len(kinds)):
                self.do(KINDS[kind](self.ground, luck))
                if not first and time.monotonic() > self.end:
                    return
                time.sleep(luck.uniform(0.3, 1.5))
            first = False

    def do(self, fault):
        while not self.ground.hold(*fault.touches):
            time.sleep(0.1)
        began = time.monotonic()
        line = self.history.write("fault", kind=fault.kind, **fault.options)
        print(f"# {line['t']:6.1f} s  {fault.told()}", flush=True)
        failed = None
        try:
            fault.inject()
            time.sleep(fault.length)
        except Exception as error:  # pylint: disable=broad-except
            failed = f"could not be done: {error!r:.300}"
        self.heal(fault)
        self.history.write("healed", kind=fault.kind, after_s=round(time.monotonic() - began, 2), **fault.came_to)
        self.judge(fault, failed)
        self.ground.let_go(*fault.touches)

    def judge(self, fault, failed):
        """Done, or one of those that failed: what came to nothing proves nothing."""
        try:
            failed = failed or (f"was in vain: {fault.in_vain()}" if fault.in_vain() else None)
        except Exception as error:  # pylint: disable=broad-except
            failed = f"was in vain, as far as anybody can tell: {error!r:.300}"
        if not failed:
            self.count[fault.kind] += 1
            return
        self.failed[fault.kind] += 1
        print(f"# {fault.kind} {failed}", flush=True)
        self.history.write("note", kind=fault.kind, failed=failed)

    def heal(self, fault):
        for _ in range(10):
            try:
                fault.heal()
                return
            except Exception as error:  # pylint: disable=broad-except
                print(f"# {fault.kind} could not be healed yet: {error!r:.300}", flush=True)
                time.sleep(1)

    def heal_all(self):
        """Nothing is held down, stopped or cut any more."""
        self.ground.stack.settle()
        self.ground.wires.heal()
        for name in self.victims + ["mail"]:
            shop.let_up(name)
            shop.kill(name, signal.SIGCONT)
