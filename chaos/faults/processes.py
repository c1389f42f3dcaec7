"""processes.py - processes that die, stand still, come back as zombies, live in another time, or get no time at all."""
import os
import pathlib
import signal
import subprocess

import shop
from faults.base import ORDER_SERVICES, PROCESSES, Fault, end, environment_of, send


class Kill(Fault):
    kind, sentence = "kill", "A process gets SIGKILL at any moment, and its supervisor starts it again."
    victims = PROCESSES
    seconds = (0.5, 2.0)

    def plan(self):
        self.touches = (self.pick("victim", self.victims),)

    def inject(self):
        if not send(self.options["victim"], signal.SIGKILL):
            raise OSError(f"{self.options['victim']} was not there")


class Pause(Fault):
    kind, sentence = "pause", "A process stands still (SIGSTOP) and goes on as if nothing had been."
    seconds = (1.0, 5.0)

    def plan(self):
        self.touches = (self.pick("victim", PROCESSES),)

    def inject(self):
        send(self.options["victim"], signal.SIGSTOP)

    def heal(self):
        send(self.options["victim"], signal.SIGCONT)


class Zombie(Pause):
    kind = "zombie"
    sentence = "A service stands still for longer than its session; another takes its partitions; then the first wakes up."
    seconds = (13.0, 16.0)
    second = None

    def plan(self):
        self.touches = (self.pick("victim", ORDER_SERVICES),)

    def inject(self):
        victim = self.options["victim"]
        theirs = environment_of(victim)
        theirs.update(APP_ORDINAL="1", APP_ADMIN=f"127.0.0.1:{self.ground.stack.ports + 70}")
        program = os.readlink(f"/proc/{shop.pid_of(victim)}/exe")
        with open(self.ground.run / "log/second", "ab") as log:
            self.second = subprocess.Popen([program], env=theirs, stdout=log, stderr=log, start_new_session=True)
        super().inject()

    def heal(self):
        super().heal()
        self.ground.stack.later(10, lambda: end(self.second))


class Starve(Fault):
    kind, sentence = "starve", "A process gets three hundredths of a processor (a group with a quota)."
    seconds = (3.0, 8.0)
    group = pathlib.Path("/sys/fs/cgroup/cpu") / f"chaos-{os.getpid()}"

    @classmethod
    def impossible(cls, ground):
        try:
            cls.group.mkdir(exist_ok=True)
            (cls.group / "cpu.cfs_quota_us").write_text("3000")
            cls.group.rmdir()
        except OSError as fault:
            return f"no group with a quota: {fault.strerror}"
        return None

    def plan(self):
        self.touches = (self.pick("victim", PROCESSES + ["kafka"]),)

    def inject(self):
        self.group.mkdir(exist_ok=True)
        (self.group / "cpu.cfs_quota_us").write_text("3000")
        (self.group / "cgroup.procs").write_text(str(shop.pid_of(self.options["victim"])))

    def heal(self):
        for pid in (self.group / "cgroup.procs").read_text().split():
            (self.group.parent / "cgroup.procs").write_text(pid)
        self.group.rmdir()


class Clock(Fault):
    kind, sentence = "clock", "A service lives an hour off, either way (libfaketime), and comes back."
    seconds = (3.0, 6.0)
    library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
    child = None

    @classmethod
    def impossible(cls, ground):
        return None if os.path.exists(cls.library) else "libfaketime is not installed"

    def plan(self):
        self.touches = (self.pick("victim", ORDER_SERVICES),)
        self.pick("moved", ["-1h", "+1h"])

    def inject(self):
        victim = self.options["victim"]
        theirs = environment_of(victim)
        program = os.readlink(f"/proc/{shop.pid_of(victim)}/exe")
        theirs.update(LD_PRELOAD=self.library, FAKETIME=self.options["moved"], DONT_FAKE_MONOTONIC="1")
        shop.hold_down(victim)
        with open(self.ground.run / "log/faketime", "ab") as log:
            self.child = subprocess.Popen([program], env=theirs, stdout=log, stderr=log, start_new_session=True)

    def heal(self):
        end(self.child)
        shop.let_up(self.options["victim"])


KINDS = [Kill, Pause, Zombie, Starve, Clock]
