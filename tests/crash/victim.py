"""victim.py - a program of the shop that is killed at its crash points, one after the other, while its life goes on.

A victim takes the place of the shop's own process: its environment is that of the process, which the supervisor holds down
meanwhile. It is started with APP_CRASH_AT=point:1, provoked until it kills itself there, started with the next point, and so
on. So each start is also the recovery from the point before. At the end the supervisor has it back.
"""
import os
import pathlib
import subprocess
import threading
import time

import shop

PATIENCE_S = 150


def program(name):
    return str(shop.ROOT / ("build/san/bin" if os.environ.get("SAN") else "build/bin") / name)


def points_of(binary):
    """Names and sentences, as the binary lists them."""
    text = subprocess.run([binary, "--crash-points"], check=True, capture_output=True, text=True).stdout
    return dict(line.split("\t") for line in text.splitlines())


def environment_of(process):
    """That of the shop's running process."""
    block = pathlib.Path(f"/proc/{shop.pid_of(process)}/environ").read_bytes()
    return dict(pair.split("=", 1) for pair in block.decode().split("\0") if "=" in pair)


class Victim(threading.Thread):
    """Killed at each of its points. provoke(point) is called again and again while the process lives: a step of life that comes
    by the point sooner or later; prepare(point) once before each start."""

    def __init__(self, name, points, folder, provoke, prepare=None, **settings):
        super().__init__(daemon=True)
        self.victim, self.points, self.provoke, self.prepare = name, points, provoke, prepare
        self.log = open(folder / f"{name}.log", "ab")
        self.binary, self.settings = program(name), settings
        self.killed, self.missed = [], {}
        self.process = None

    def environment(self):
        return {**environment_of(self.victim), **self.settings}

    def check(self, t):
        """What must be true of it afterwards."""

    def run(self):
        environment = self.environment()
        shop.hold_down(self.victim)
        try:
            for point in self.points:
                self.die_at(point, environment)
        finally:
            shop.let_up(self.victim)

    def spawn(self, point, environment):
        self.process = subprocess.Popen([self.binary], env={**environment, "APP_CHAOS": "1", "APP_CRASH_AT": f"{point}:1"},
                                        cwd=shop.ROOT, stdout=self.log, stderr=self.log)

    def die_at(self, point, environment):
        if self.prepare:
            self.prepare(point)
        self.spawn(point, environment)
        end = time.monotonic() + PATIENCE_S
        while self.process.poll() is None and time.monotonic() < end:
            try:
                self.provoke(point)
            except (OSError, ValueError, IndexError, subprocess.SubprocessError) as fault:  # it died under our hands
                self.missed[point] = repr(fault)
            try:
                self.process.wait(0.3)
            except subprocess.TimeoutExpired:
                pass
        if self.process.poll() == -9:
            self.killed.append(point)
            self.missed.pop(point, None)
            print(f"# {self.victim}: killed at {point}", flush=True)
            return
        self.missed[point] = f"ended with {self.process.poll()}; {self.missed.get(point, '')}"
        self.process.kill()
        self.process.wait()
