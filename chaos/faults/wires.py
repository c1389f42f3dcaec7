"""wires.py - what goes wrong between the shop's processes and what they stand on: slow, cut, silent, and the answer to COMMIT."""
import subprocess

from faults.base import ORDER_SERVICES, Fault, Wired, command, root
from rig.cutter import Cutter


class Delay(Wired):
    kind, sentence = "delay", "Everything between the shop and one of its parts takes longer (toxiproxy)."
    seconds = (2.0, 6.0)
    toxic = None

    def plan(self):
        self.at(self.pick("part", self.ground.wires.parts), ms=self.luck.choice([80, 300, 1200]))

    def inject(self):
        self.toxic = self.ground.wires.poison(self.options["part"], "latency", latency=self.options["ms"], jitter=self.options["ms"] // 2)

    def heal(self):
        self.ground.wires.cure(self.toxic)


class Trickle(Delay):
    kind, sentence = "trickle", "A wire carries a few kilobytes a second (toxiproxy)."

    def plan(self):
        self.at(self.pick("part", self.ground.wires.parts), kb=self.luck.choice([2, 8]))

    def inject(self):
        self.toxic = self.ground.wires.poison(self.options["part"], "bandwidth", rate=self.options["kb"])


class Reset(Wired):
    kind, sentence = "reset", "Every connection with a part is cut, several times in a row (toxiproxy)."
    seconds = (0.1, 0.1)

    def plan(self):
        self.at(self.pick("part", self.ground.wires.parts), times=self.luck.randint(1, 3))

    def inject(self):
        for _ in range(self.options["times"]):
            self.ground.wires.cut(self.options["part"])


class Silence(Delay):
    kind, sentence = "silence", "A service's wire to its database takes everything and brings nothing back (toxiproxy)."
    seconds = (2.0, 9.0)

    def plan(self):
        self.at(self.pick("part", [f"postgres/{name}" for name in ORDER_SERVICES]))

    def inject(self):
        self.toxic = self.ground.wires.poison(self.options["part"], "timeout", timeout=0)


class Partition(Fault):
    kind, sentence = "partition", "The machine's filter drops every packet to and from a part: no answer, no refusal (iptables)."
    seconds = (2.0, 7.0)
    ways = ("--dport", "--sport")

    @classmethod
    def impossible(cls, ground):
        reason = root()
        if not reason:
            try:
                command("iptables", "-w", "5", "-L", "OUTPUT", "-n")
            except (OSError, subprocess.CalledProcessError):
                reason = "iptables does not work here"
        return reason

    def plan(self):
        self.at(self.pick("part", [*self.ground.stack.brokers, "redis", "acquirer-http", *(f"postgres/{s}" for s in ORDER_SERVICES)]))

    def rules(self):
        wires = self.ground.wires
        port = (wires.detour if self.ground.stack.detoured else wires.upstream)[self.options["part"]]
        return [["OUTPUT", "-o", "lo", "-p", "tcp", way, str(port), "-j", "DROP"] for way in self.ways]

    def inject(self):
        for rule in self.rules():
            command("iptables", "-w", "5", "-I", *rule)

    def heal(self):
        """Beside it how many packets were dropped: the first word of each rule that names the port."""
        counted = command("iptables", "-w", "5", "-vnxL", "OUTPUT").stdout.decode().splitlines()
        ports = {rule[-3] for rule in self.rules()}
        self.came_to["dropped"] = sum(int(line.split()[0]) for line in counted if line.rpartition("pt:")[2].strip() in ports)
        for rule in self.rules():
            command("iptables", "-w", "5", "-D", *rule)

    def in_vain(self):
        return None if self.came_to["dropped"] else "no packet came by"


class OneWay(Partition):
    kind, sentence = "one-way", "Packets reach a part, and its answers are dropped (iptables)."
    ways = ("--sport",)


class CommitCut(Wired):
    kind = "commit-cut"
    sentence = "Postgres hears COMMIT and does it, and the answer never comes: the connection is cut in between."
    seconds = (2.0, 4.0)
    cutter = None

    def plan(self):
        self.at(self.pick("part", [f"postgres/{name}" for name in ORDER_SERVICES]), times=self.luck.randint(2, 5))

    def inject(self):
        wires, part = self.ground.wires, self.options["part"]
        self.cutter = Cutter(wires.upstream[part], self.options["times"])
        wires.lead(part, self.cutter.port)
        wires.cut(part)

    def heal(self):
        self.ground.wires.lead(self.options["part"], None)
        self.came_to["cut"] = self.cutter.close()

    def in_vain(self):
        return None if self.came_to["cut"] else "nobody sent a COMMIT"


KINDS = [Delay, Trickle, Reset, Silence, Partition, OneWay, CommitCut]
