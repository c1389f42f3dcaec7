"""stack.py - a shop of its own for the chaos: started from nothing with toxiproxy in between, awaited, ended.

Whoever imports shop (tests/shop/shop.py) reads RUN from the environment then: prepare() comes first.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "hipster-shop"
SETTINGS = {"APP_ORDER_DEADLINE": "90s", "APP_PICK_TIME": "1s", "APP_DAY_LENGTH": "100ms", "APP_RATES_URL": "", "READY_TIMEOUT": "300"}
DATABASES = ["checkout", "catalog", "payment", "shipping", "email", "cart", "currency", "recommendation", "ad"]
PARTS = ["kafka", "redis", "smtp", "acquirer-http"] + [f"postgres/{name}" for name in DATABASES]
FIRST_DETOUR, API = 40, 60  # counted from PORTS, beside those of deploy/local/ports
BROKERS = {1: ["kafka"], 3: ["kafka", "kafka-2", "kafka-3"]}


def prepare(run, ports):
    """The environment of everything that follows: which folder, which ports."""
    os.environ["RUN"], os.environ["PORTS"] = str(run), str(ports)
    for name in ("MAKEFLAGS", "MAKELEVEL"):
        os.environ.pop(name, None)
    for folder in ("tests", "tests/shop", "chaos"):
        sys.path.insert(0, str(ROOT / folder))
    import packages
    sys.path.insert(0, packages.folder())
    os.environ["PYTHONPATH"] = packages.folder()


def offsets():
    lines = (ROOT / "deploy/local/ports").read_text().splitlines()
    return {line.split()[0]: int(line.split()[1]) for line in lines if line and line[0] != "#"}


class Wires:
    """toxiproxy: one proxy in front of each part, and of each service's database."""

    def __init__(self, ports, brokers):
        self.ports, self.child = ports, None
        self.parts = PARTS + brokers[1:]
        self.api = f"http://127.0.0.1:{ports + API}"
        known = offsets()
        self.upstream = {part: ports + known[part.partition("/")[0]] for part in self.parts}
        self.detour = {part: ports + FIRST_DETOUR + at for at, part in enumerate(self.parts)}

    def open(self, log):
        """False where there is no toxiproxy: then everybody goes straight, and the kinds that need it are skipped."""
        if subprocess.run([ROOT / "chaos/toxiproxy/fetch"], check=False, stdout=log, stderr=log).returncode:
            return False
        program = CACHE / "toxiproxy-2.12.0/server"
        self.child = subprocess.Popen([program, "-host", "127.0.0.1", "-port", str(self.ports + API)], stdout=log, stderr=log,
                                      env={**os.environ, "LOG_LEVEL": "error"}, start_new_session=True)
        for _ in range(100):
            try:
                self.ask("GET", "/version")
                break
            except OSError:
                time.sleep(0.1)
        for part in self.parts:
            self.ask("POST", "/proxies", {"name": name_of(part), "listen": f"127.0.0.1:{self.detour[part]}",
                                          "upstream": f"127.0.0.1:{self.upstream[part]}", "enabled": True})
        return True

    def ask(self, method, path, body=None):
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.api + path, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=15) as answer:
            return json.loads(answer.read() or b"null") if method != "DELETE" else None

    def poison(self, part, kind, stream="downstream", **attributes):
        """A toxic, in toxiproxy's word. Returns what cure takes."""
        name = f"{kind}-{stream}"
        self.ask("POST", f"/proxies/{name_of(part)}/toxics", {"name": name, "type": kind, "stream": stream, "attributes": attributes})
        return part, name

    def cure(self, toxic):
        part, name = toxic
        try:
            self.ask("DELETE", f"/proxies/{name_of(part)}/toxics/{name}")
        except urllib.error.HTTPError as fault:
            if fault.code != 404:  # it has gone already: an answer that came too late
                raise

    def lead(self, part, port):
        """The proxy's other end: another port for a while, None for the part itself. Cuts what is connected."""
        self.ask("POST", f"/proxies/{name_of(part)}", {"upstream": f"127.0.0.1:{port or self.upstream[part]}"})

    def cut(self, part):
        """All its connections, at once; new ones are taken."""
        self.ask("POST", f"/proxies/{name_of(part)}", {"enabled": False})
        self.ask("POST", f"/proxies/{name_of(part)}", {"enabled": True})

    def heal(self):
        if self.child:
            self.ask("POST", "/reset")
            for part in self.parts:
                if self.ask("GET", f"/proxies/{name_of(part)}")["upstream"] != f"127.0.0.1:{self.upstream[part]}":
                    self.lead(part, None)

    def close(self):
        if self.child:
            self.child.terminate()
            self.child.wait()


def name_of(part):
    return part.replace("/", "-")


class Stack:
    """The shop of one run of the chaos. tree: the clone that is built and run, this one unless a planted bug lies in another."""

    def __init__(self, run, ports, tree=ROOT, brokers=1):
        self.brokers = BROKERS[brokers]
        self.run, self.ports, self.tree = pathlib.Path(run), ports, tree
        self.wires = Wires(ports, self.brokers)
        self.detoured = False
        self.log = None
        self.timers = []

    def start(self, furnish):
        """furnish() is called when nothing of an older shop is left, and nothing of the new one there."""
        self.script("clean-data", {"YES": "1"})
        furnish()
        self.run.mkdir(parents=True, exist_ok=True)
        self.log = open(self.run / "chaos.log", "wb")
        self.detoured = self.wires.open(self.log)
        if self.detoured:
            lines = "".join(f"{part} {port}\n" for part, port in self.wires.detour.items())
            (self.run / "detours").write_text(lines)
        for last in (False, False, True):  # on a busy machine one or the other does not answer in time; up is safe to repeat
            try:
                self.script("up", {**SETTINGS, "BROKERS": str(len(self.brokers))}, "kafka", "postgres", "redis", "mail", "shop")
                return
            except SystemExit:
                if last:
                    raise

    def later(self, seconds, action):
        timer = threading.Timer(seconds, action)
        self.timers.append((timer, action))
        timer.start()

    def settle(self):
        """What was to happen later happens now."""
        for timer, action in self.timers:
            timer.cancel()
            timer.join()
            action()
        self.timers = []

    def shopctl(self, *words):
        """The operator's tool of the clone that is run: (exit code, what it said, its errors)."""
        import shop
        import traces
        settings = {name: shop.env(name) for name in [*(f"DATABASE_URL_{name.upper()}" for name in traces.databases()), "REDIS_URL", "KEYS_DIR"]}
        done = subprocess.run([self.tree / "build/bin/shopctl", *words], check=False, capture_output=True, text=True, timeout=900,
                              env={**os.environ, **settings, "APP_KAFKA": shop.env("KAFKA_BOOTSTRAP"), "APP_PATIENCE": "120s"})
        return done.returncode, done.stdout, done.stderr

    def script(self, name, variables, *words):
        done = subprocess.run([self.tree / "deploy/local" / name, *words], env={**os.environ, **variables}, cwd=self.tree,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"deploy/local/{name} failed: {done.stdout[-3000:]}{done.stderr[-3000:]}")

    def stop(self, keep=False):
        self.script("down", {}, "--quietly")
        self.wires.close()
        if self.log:
            self.log.close()
        if not keep:
            self.script("clean-data", {"YES": "1"})
            shutil.rmtree(self.run, ignore_errors=True)
