"""stores.py - Redis, Postgres and the broker: emptied, killed, stopped, restored from yesterday, full."""
import hashlib
import json
import os
import pathlib
import signal
import subprocess
import time

import shop
from faults.base import ORDER_SERVICES, Fault, command, past_wires, root, send
from rig.redis import Redis


class RedisFlush(Fault):
    kind, sentence = "redis-flush", "FLUSHALL: every view, session and rate is gone."
    touches = ("redis",)
    seconds = (0.1, 0.5)

    def inject(self):
        with Redis(self.ground.wires.upstream["redis"]) as redis:
            redis.ask("FLUSHALL")


class RedisRestart(Fault):
    kind, sentence = "redis-restart", "Redis is killed, and comes back empty."
    touches = ("redis",)
    seconds = (0.5, 2.0)
    victim, what = "redis", signal.SIGKILL

    def inject(self):
        send(self.victim, self.what)


class PostgresCrash(RedisRestart):
    kind, sentence = "postgres-crash", "The postmaster gets SIGKILL; what was committed is there again after recovery."
    touches, victim = ("postgres",), "postgres"


class PostgresImmediate(PostgresCrash):
    kind, sentence = "postgres-immediate", "An immediate shutdown: every connection ends in the middle of what it did."
    what = signal.SIGQUIT


class PostgresRestore(Fault):
    kind, sentence = "postgres-restore", "One service's database is replaced by a dump of it from some seconds ago."
    touches = ("postgres",)
    seconds = (4.0, 10.0)  # between the dump and its return
    text = b""

    def plan(self):
        self.touches = ("postgres", self.pick("service", ORDER_SERVICES))

    def url(self):
        """The fault is the older state, not the wire."""
        return past_wires(self.ground, self.options["service"])

    def inject(self):
        """Postgres may be in recovery from what was done to it just before."""
        self.text = shop.eventually(lambda: command("pg_dump", "--no-owner", self.url()).stdout, 20)
        if not self.text:
            raise OSError("pg_dump gave nothing")

    def heal(self):
        service = self.options["service"]
        if not self.text:
            return
        shop.hold_down(service)
        command("psql", self.url(), "-qX", "-c", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                "AND pid <> pg_backend_pid()")
        command("psql", self.url(), "-qX1", "-v", "ON_ERROR_STOP=1", "-c", "DROP SCHEMA public CASCADE; CREATE SCHEMA public", "-f", "-", input=self.text)
        shop.let_up(service)


class BrokerRestart(Fault):
    kind, sentence = "broker-restart", "A broker is asked to stop, and starts again."
    touches = ("kafka",)
    seconds = (4.0, 6.0)
    what = signal.SIGTERM

    def plan(self):
        self.broker = "kafka" if len(self.ground.stack.brokers) == 1 else self.pick("broker", self.ground.stack.brokers)

    def inject(self):
        send(self.broker, self.what)


class BrokerKill(BrokerRestart):
    kind, sentence = "broker-kill", "One of three brokers gets SIGKILL, and stays away while the other two go on."
    seconds = (5.0, 20.0)

    @classmethod
    def impossible(cls, ground):
        return None if len(ground.stack.brokers) == 3 else "it takes three brokers (--brokers 3)"

    def inject(self):
        shop.hold_down(self.broker)

    def heal(self):
        shop.let_up(self.broker)


class RollingRestart(BrokerKill):
    kind, sentence = "rolling-restart", "Each of three brokers is asked to stop, one after the other, as soon as the one before has caught up."
    seconds = (0.1, 0.5)

    def plan(self):
        self.options["order"] = ",".join(self.luck.sample(self.ground.stack.brokers, len(self.ground.stack.brokers)))

    def inject(self):
        for broker in self.options["order"].split(","):
            send(broker, signal.SIGTERM)
            time.sleep(3)
            if not shop.eventually(all_in_sync, 180):
                raise OSError(f"{broker} has not caught up")

    def heal(self):
        pass


def all_in_sync():
    """Every partition has all three of its replicas."""
    text = command("kcat", "-b", shop.env("KAFKA_BOOTSTRAP"), "-L", "-J", "-m", "10").stdout
    return all(len(p["isrs"]) == 3 for topic in json.loads(text)["topics"] for p in topic["partitions"])


class BrokerPause(BrokerRestart):
    kind, sentence = "broker-pause", "A broker stands still (SIGSTOP): connected, and silent."
    seconds = (2.0, 12.0)
    what = signal.SIGSTOP

    def heal(self):
        shop.kill(self.broker, signal.SIGCONT)


class DiskFull(Fault):
    kind, sentence = "disk-full", "The file system under Postgres is full to the last byte (a small tmpfs)."
    touches = ("postgres",)
    seconds = (2.0, 5.0)
    MB = 512

    @staticmethod
    def folder(run):
        """Where Postgres' data lies: deploy/local/postgres/home.sh says the same."""
        return pathlib.Path("/var/lib/hipster-shop") / hashlib.sha256(str(run).encode()).hexdigest()[:12]

    @classmethod
    def prepare(cls, run):
        """Before the stack starts. False where nothing can be mounted."""
        folder = cls.folder(run)
        if root():
            return False
        try:
            folder.mkdir(parents=True, exist_ok=True)
            command("mount", "-t", "tmpfs", "-o", f"size={cls.MB}m", "chaos", folder)
            return True
        except (OSError, subprocess.CalledProcessError):
            return False

    @classmethod
    def forget(cls, run):
        if os.path.ismount(cls.folder(run)):
            subprocess.run(["umount", "-l", cls.folder(run)], check=False)

    @classmethod
    def impossible(cls, ground):
        return root() or (None if os.path.ismount(cls.folder(ground.run)) else "no tmpfs can be mounted")

    def inject(self):
        with open(self.folder(self.ground.run) / "ballast", "wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"\1" * 65536)
            except OSError:  # full
                pass
        left = os.statvfs(self.folder(self.ground.run))
        self.came_to["left_bytes"] = left.f_bavail * left.f_frsize

    def in_vain(self):
        return f"{self.came_to['left_bytes']} bytes were left" if self.came_to["left_bytes"] > 65536 else None

    def heal(self):
        (self.folder(self.ground.run) / "ballast").unlink(missing_ok=True)


KINDS = [RedisFlush, RedisRestart, PostgresCrash, PostgresImmediate, PostgresRestore, BrokerRestart, BrokerPause, BrokerKill, RollingRestart,
         DiskFull]
