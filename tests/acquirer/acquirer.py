"""acquirer.py - the fake acquirer as a process of a test's own, and a client that trusts nothing it says."""
import http.client
import json
import os
import pathlib
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Acquirer:
    """Runs build/bin/acquirer on a book in a folder of its own."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="acquirer-")
        self.ledger = pathlib.Path(self.folder.name) / "ledger"
        self.port = free_port()
        self.process = None

    def start(self):
        program = os.environ.get("ACQUIRER", str(ROOT / "build/bin/acquirer"))
        with open(pathlib.Path(self.folder.name) / "log", "ab") as log:
            self.process = subprocess.Popen([program], stdout=log, stderr=log, env={
                "APP_LISTEN": f"127.0.0.1:{self.port}", "APP_LEDGER": str(self.ledger), "APP_ADMIN": f"127.0.0.1:{free_port()}"})
        for _ in range(200):
            if self.process.poll() is not None:
                return False
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return True
            except OSError:
                time.sleep(0.02)
        return False

    def log(self):
        return (pathlib.Path(self.folder.name) / "log").read_text()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.terminate()
        return self.process.wait(15)

    def close(self):
        if self.process and self.process.poll() is None:
            self.kill()
        self.folder.cleanup()

    def ask(self, method, path, body=None, key=None, timeout=10):
        """Status and the bytes of the body; None when there was no answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        try:
            connection.request(method, path, body, {"Idempotency-Key": key} if key is not None else {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def charge(self, key, amount=899, number="4432801561520454", currency="USD", timeout=10, **changes):
        card = {"number": number, "expires_year": 2030, "expires_month": 1, "cvv": "672", **changes}
        return self.ask("POST", "/v1/charges", {"amount_minor": amount, "currency": currency, "card": card}, key, timeout)

    def void(self, key):
        return self.ask("POST", f"/v1/charges/{key}/void", {})

    def refund(self, key):
        return self.ask("POST", f"/v1/charges/{key}/refund", {})

    def query(self, key):
        return self.ask("GET", f"/v1/charges/{key}")

    def behave(self, **behaviour):
        return self.ask("POST", "/v1/behaviour", behaviour)

    def book(self):
        return [json.loads(line) for line in self.ask("GET", "/v1/ledger")[1].splitlines()]

    def totals(self):
        return json.loads(self.ask("GET", "/v1/totals")[1])
