"""crowd.py - an order stream through the shop in containers, and the repository's checker over all that was written meanwhile.

The shoppers are those of the chaos (chaos/rig/driver.py), on this machine and through the published port; the dump is taken by
witness.py in a container of the lab. The shop must be new: an order of which the history knows nothing is a phantom.
"""
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.append(str(ROOT / "chaos"))
from rig.driver import SECRETS, Driver  # noqa: E402
from rig.history import History  # noqa: E402
from rig.stack import DATABASES  # noqa: E402
import packages  # noqa: E402
import shop  # noqa: E402


class Crowd:
    """Shoppers who order without a pause until stop(); folder gets their history, and later the dump."""

    def __init__(self, folder, seed=1):
        self.folder = pathlib.Path(folder)
        self.folder.chmod(0o777)
        path = self.folder / "history.jsonl"
        self.history = History(path)
        path.chmod(0o666)
        settings = {"APP_ORDER_DEADLINE": os.environ["APP_ORDER_DEADLINE"]}
        self.history.write("began", seed=seed, seconds=0, kinds=["kill"], secrets=SECRETS, settings=settings)
        self.driver = Driver(self.history, seed, crowd=6, per_second=4.0)
        self.driver.start()

    def fault(self, kind, victim):
        self.history.write("fault", kind=kind, victim=victim)

    def accepted(self, more, seconds=180):
        """Waits until so many more orders were accepted."""
        wanted = self.driver.accepted + more
        return shop.eventually(lambda: self.driver.accepted >= wanted, seconds, 0.3)

    def stop(self, seconds=240):
        """Nobody orders any more, and the orders that are open show their end. How many do not."""
        self.driver.stop()
        end = time.monotonic() + seconds
        while self.driver.watched and time.monotonic() < end:
            time.sleep(0.5)
        self.driver.finish()
        self.history.write("calm")
        self.history.close()
        return len(self.driver.watched)

    def check(self, compose, secrets, logs):
        """(status, words) of the checker. logs: container -> its log; secrets: the folder of the databases' addresses."""
        for name, text in logs.items():
            log = self.folder / "log" / name / "current"
            log.parent.mkdir(parents=True, exist_ok=True)
            log.write_bytes(text)
        words = {"KAFKA_BOOTSTRAP": "kafka:9092", "ACQUIRER_URL": "http://acquirer:8080", "MAIL_DIR": "/mail", "REDIS_HOST": "redis"}
        for name in [*DATABASES, "gateway"]:
            words[f"DATABASE_URL_{name.upper()}"] = (secrets / f"database-{name}").read_text().strip()
        for name in [*DATABASES, "gateway", "views"]:
            words[f"ADMIN_URL_{name.upper()}"] = f"http://{name}:9100"
        mounts = {ROOT: "/src:ro", packages.folder(): "/packages:ro", self.folder: "/out"}
        os.environ.update(words)  # by name only: a command line is read by others, and printed when it fails
        print(compose("run", "--rm", "-T", *(word for name in words for word in ("-e", name)),
                      *(word for source, target in mounts.items() for word in ("-v", f"{source}:{target}")),
                      "lab", "/usr/bin/python3", "/src/tests/deploy/docker/witness.py", "/out", "240"), end="")
        done = subprocess.run([sys.executable, ROOT / "chaos/checker/check", self.folder / "dump"], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr
