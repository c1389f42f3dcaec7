"""base.py - what a kind of fault is, and the ground on which it happens.

A kind is a class: kind (its word), sentence, and three methods. plan() throws its dice, so that the same seed is the same fault;
inject() and heal() do it and undo it. impossible() says why this machine cannot, or None.
"""
import os
import pathlib
import signal
import subprocess
import threading

import shop

PROCESSES = shop.SERVICES + ["views", "gateway"]
ORDER_SERVICES = ["checkout", "catalog", "payment", "shipping", "email", "cart"]


class Ground:
    """What all faults share: the stack, the history, who must be left alone for the moment."""

    def __init__(self, stack, history, aim=()):
        self.stack, self.history, self.aim = stack, history, dict(aim)
        self.wires, self.run = stack.wires, pathlib.Path(stack.run)
        self.lock, self.held = threading.Lock(), set()

    def hold(self, *names):
        """True, and nobody else may touch them until they are let go; False when one of them is taken."""
        with self.lock:
            if self.held & set(names):
                return False
            self.held |= set(names)
            return True

    def let_go(self, *names):
        with self.lock:
            self.held -= set(names)


def touched(process):
    """Of several brokers one at a time: the others have what it has."""
    return ("kafka" if process.startswith("kafka") else process,)


class Fault:
    kind = sentence = ""
    seconds = (1.0, 3.0)  # how long it lasts
    touches = ()          # what no other fault may touch meanwhile; plan may add

    def __init__(self, ground, luck):
        self.ground, self.luck = ground, luck
        self.length = luck.uniform(*self.seconds)
        self.options = {}
        self.came_to = {}  # what is known of it only when it is over
        self.plan()

    def plan(self):
        pass

    def pick(self, option, choices):
        """One of them, unless the run was told which (--aim)."""
        chosen = self.luck.choice(choices)
        self.options[option] = self.ground.aim.get(option, chosen)
        return self.options[option]

    def at(self, part, **options):
        """The wire to a part is its place, and nobody else's meanwhile."""
        self.options.update(part=part, **options)
        self.touches = (f"wire to {part}",)

    def inject(self):
        raise NotImplementedError

    def heal(self):
        pass

    def in_vain(self):
        """Asked once it is healed: why nothing happened, where that can be told. Such a fault counts as failed."""
        return None

    @classmethod
    def impossible(cls, _ground):
        return None

    def told(self):
        words = [f"{name}={value}" for name, value in self.options.items()]
        return " ".join([self.kind, *words, f"for {self.length:.1f} s"])


class Wired(Fault):
    """A kind that needs toxiproxy in between."""

    @classmethod
    def impossible(cls, ground):
        return None if ground.stack.detoured else "toxiproxy could not be built"


def root():
    return None if os.geteuid() == 0 else "it takes root"


def command(*words, **more):
    return subprocess.run([str(w) for w in words], check=True, capture_output=True, timeout=60, **more)


def send(process, what):
    """A signal to a process of the stack."""
    if not shop.kill(process, what):
        raise OSError(f"{process} was not there")


def past_wires(ground, service):
    """A service's database, past the proxies: what a fault does to its wire is not in the way."""
    wires = ground.wires
    part = f"postgres/{service}"
    return shop.env(f"DATABASE_URL_{service.upper()}").replace(f":{wires.detour[part]}/", f":{wires.upstream[part]}/")


def asked(ground, service, query):
    """Rows of texts."""
    told = command("psql", past_wires(ground, service), "-AtqX", "-F", "|", "-c", query).stdout.decode()
    return [line.split("|") for line in told.splitlines()]


def environment_of(process):
    """What a process of the shop was started with."""
    lines = pathlib.Path(f"/proc/{shop.pid_of(process)}/environ").read_bytes().split(b"\0")
    return dict(line.decode().split("=", 1) for line in lines if b"=" in line)


def tail_of(path):
    """A function: what was written to this log since."""
    begin = path.stat().st_size if path.exists() else 0

    def since():
        raw = path.read_bytes() if path.exists() else b""
        return raw[begin:] if len(raw) >= begin else raw  # it was turned over
    return since


def end(child):
    """A process that a fault started."""
    if child and child.poll() is None:
        child.send_signal(signal.SIGCONT)
        child.terminate()
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
