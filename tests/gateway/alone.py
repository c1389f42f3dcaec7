"""alone.py - one gateway process, started and stopped by a test; and a shopper without a browser."""
import http.client
import http.cookies
import os
import pathlib
import socket
import subprocess
import sys
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / ("build/san/bin/gateway" if os.environ.get("SAN") else "build/bin/gateway")
count = failed = 0


def check(passed, sentence, detail=""):
    global count, failed
    count += 1
    failed += not passed
    print(f"{'ok' if passed else 'not ok'} {count} - {sentence}", flush=True)
    if not passed:
        print("# " + str(detail)[:600].replace("\n", " "), flush=True)
    return passed


def done():
    print(f"1..{count}")
    sys.exit(1 if failed else 0)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def make_keys(folder):
    keys = pathlib.Path(folder)
    for name in ["payment", "shipping", "email", "gateway"]:
        private = keys / f"{name}.private.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", "X25519", "-out", private], check=True, capture_output=True)
        subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", keys / f"{name}.public.pem"], check=True)
    for name in ["session", "accounts"]:
        (keys / f"{name}.key").write_text(os.urandom(32).hex())


class Gateway:
    """Runs until stop."""

    def __init__(self, folder, kafka="127.0.0.1:1", redis="127.0.0.1:1", log=sys.stderr, **settings):
        self.port, self.admin = free_port(), free_port()
        environment = {"APP_LISTEN": f"127.0.0.1:{self.port}", "APP_ADMIN": f"127.0.0.1:{self.admin}", "APP_KEYS": folder,
                       "APP_SESSION_KEY": f"{folder}/session.key", "APP_KAFKA": kafka, "APP_REDIS": redis,
                       "APP_ACCOUNTS_KEY": f"{folder}/accounts.key", "APP_DATABASE": "postgresql://nobody@127.0.0.1:1/none",
                       "APP_LOG_LEVEL": "warning", **settings}
        self.process = subprocess.Popen([PROGRAM], env=environment, cwd=ROOT, stdout=log)
        self.wait(lambda: socket.create_connection(("127.0.0.1", self.port), 1).close() is None)

    def wait(self, probe, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if probe():
                    return True
            except OSError:
                pass
            time.sleep(0.05)
        return False

    def ready(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.admin, timeout=3)
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200

    def stop(self):
        self.process.terminate()
        return self.process.wait(10)


class Page:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.text = status, headers, body.decode()


class Shopper:
    """Keeps cookies, follows nothing."""

    def __init__(self, gateway):
        self.gateway, self.cookies = gateway, {}

    @property
    def user(self):
        return self.cookies["shop_session-id"].split(".")[0]

    def ask(self, method, path, form=None, headers=None, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.gateway.port, timeout=20)
        sent = dict(headers or {})
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        if form is not None:
            body = urllib.parse.urlencode(form)
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        for value in answer.headers.get_all("Set-Cookie") or []:
            for name, morsel in http.cookies.SimpleCookie(value).items():
                self.cookies[name] = morsel.value
        page = Page(answer.status, answer.headers, answer.read())
        connection.close()
        return page

    def get(self, path, **headers):
        return self.ask("GET", path, headers=headers)

    def post(self, path, headers=None, **form):
        return self.ask("POST", path, form, headers)
