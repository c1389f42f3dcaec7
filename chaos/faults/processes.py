"""processes.py - processes that die, stand still, come back as zombies, or get no time at all."""
import os
import pathlib
import signal
import subprocess
import time

import shop
from faults.base import ORDER_SERVICES, PROCESSES, Fault, asked, end, environment_of, past_wires, send, tail_of


class Kill(Fault):
    kind, sentence = "kill", "A process gets SIGKILL at any moment, and its supervisor starts it again."
    victims = PROCESSES
    seconds = (0.5, 2.0)

    def plan(self):
        self.touches = (self.pick("victim", self.victims),)

    def inject(self):
        send(self.options["victim"], signal.SIGKILL)


class Pause(Fault):
    kind, sentence = "pause", "A process stands still (SIGSTOP) and goes on as if nothing had been."
    seconds = (1.0, 5.0)

    def plan(self):
        self.touches = (self.pick("victim", PROCESSES),)

    def inject(self):
        send(self.options["victim"], signal.SIGSTOP)

    def heal(self):
        shop.kill(self.options["victim"], signal.SIGCONT)


class Zombie(Pause):
    kind = "zombie"
    sentence = "A service stands still in the middle of a step, for longer than its session; another takes its partitions; then the first wakes up."
    seconds = (13.0, 16.0)
    second = toxic = None

    def plan(self):
        self.touches = (self.pick("victim", ORDER_SERVICES), f"wire to postgres/{self.options['victim']}")

    def inject(self):
        """What it sends to its database comes there only when it wakes up: so it has a step under way, of an epoch that is over by then."""
        victim, wires = self.options["victim"], self.ground.wires
        theirs = environment_of(victim)
        theirs.update(APP_ORDINAL="1", APP_ADMIN=f"127.0.0.1:{self.ground.stack.ports + 70}", APP_DATABASE=past_wires(self.ground, victim))
        program = os.readlink(f"/proc/{shop.pid_of(victim)}/exe")
        self.before, self.log = shop.eventually(lambda: epochs(self.ground, victim), 30) or {}, tail_of(self.ground.run / f"log/{victim}/current")
        if self.ground.stack.detoured:
            self.toxic = wires.poison(f"postgres/{victim}", "latency", stream="upstream", latency=60000)
            time.sleep(2)
        super().inject()
        with open(self.ground.run / "log/second", "ab") as log:
            self.second = subprocess.Popen([program], env=theirs, stdout=log, stderr=log, start_new_session=True)

    def heal(self):
        """On a busy machine, or a broker that was hit meanwhile, it takes longer until the other has all that was the first one's."""
        victim = self.options["victim"]
        if "taken" in self.came_to:
            return
        try:
            taken = self.second is not None and shop.eventually(lambda: self.taken(victim) == len(self.before), 40, 0.5)
            self.came_to["taken"] = len(self.before) if taken else 0
        finally:
            if self.toxic:
                self.ground.wires.cure(self.toxic)
            super().heal()
            self.ground.stack.later(10, lambda: end(self.second))
        shop.eventually(lambda: b"another process has claimed" in self.log(), 5)
        self.came_to["refused"] = self.log().count(b"another process has claimed")
        self.ground.history.write("fence", service=victim, refused=self.came_to["refused"],
                                  epochs=shop.eventually(lambda: epochs(self.ground, victim), 10) or {})

    def taken(self, victim):
        return sum(epoch > self.before.get(place, epoch) for place, epoch in epochs(self.ground, victim).items())

    def in_vain(self):
        """Nobody took the partitions, or the first had nothing under way that was to be refused."""
        if not self.came_to.get("taken"):
            return "no other process took its partitions"
        return None if self.came_to["refused"] else "it woke up with nothing under way"


def epochs(ground, service):
    return {f"{kind} {part}": int(epoch) for kind, part, epoch in asked(ground, service, "SELECT kind, part, epoch FROM claim")}


class Starve(Fault):
    kind, sentence = "starve", "A process gets three hundredths of a processor (a group with a quota)."
    seconds = (3.0, 8.0)
    old, new = pathlib.Path("/sys/fs/cgroup/cpu"), pathlib.Path("/sys/fs/cgroup")  # cgroup v1; v2, as since Debian 11
    home = group = None

    @classmethod
    def open(cls):
        """A group of our own with its quota: (group, where its processes go when it is over)."""
        base = cls.old if cls.old.is_dir() else cls.new
        group = base / f"chaos-{os.getpid()}"
        if base == cls.new and "cpu" not in (base / "cgroup.subtree_control").read_text().split():
            (base / "cgroup.subtree_control").write_text("+cpu")
        group.mkdir(exist_ok=True)
        try:
            (group / ("cpu.cfs_quota_us" if base == cls.old else "cpu.max")).write_text("3000" if base == cls.old else "3000 100000")
        except OSError:
            group.rmdir()
            raise
        return group

    @classmethod
    def impossible(cls, ground):
        try:
            cls.open().rmdir()
        except OSError as fault:
            return f"no group with a quota: {fault.strerror}"
        return None

    def plan(self):
        self.touches = (self.pick("victim", PROCESSES + ["kafka"]),)

    def inject(self):
        pid = shop.pid_of(self.options["victim"])
        named = [line.split(":", 2) for line in pathlib.Path(f"/proc/{pid}/cgroup").read_text().splitlines()]
        base = self.old if self.old.is_dir() else self.new
        mine = next((path for _, which, path in named if (which == "" if base == self.new else "cpu" in which.split(","))), "/")
        self.home, self.group = base / mine.lstrip("/"), self.open()
        (self.group / "cgroup.procs").write_text(str(pid))

    def heal(self):
        if not self.group:
            return
        for pid in (self.group / "cgroup.procs").read_text().split():
            (self.home / "cgroup.procs").write_text(pid)
        self.group.rmdir()
        self.group = None


KINDS = [Kill, Pause, Zombie, Starve]
