"""sites.py - sites to be loaded, written for the tests: one that misbehaves, one that stalls, one that takes orders; and the load
generator as a process of a test's own."""
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def page(text, status="200 OK", headers=""):
    body = text.encode()
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body


class Site:
    """A thread per connection. respond(method, path, body) gives the bytes of the answer, or None: close without a word.
    A tuple (bytes,) is sent, and then the connection is closed."""

    def __init__(self, respond):
        self.respond = respond
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=500)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.closing = False
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while not self.closing:
            try:
                connection = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection, connection.makefile("rb") as stream:
            try:
                while True:
                    head = stream.readline().decode().split()
                    if len(head) < 3:
                        return
                    length = 0
                    while (line := stream.readline()) not in (b"\r\n", b""):
                        found = re.match(rb"content-length: (\d+)", line, re.I)
                        length = int(found.group(1)) if found else length
                    answer = self.respond(head[0], head[1], stream.read(length).decode())
                    if answer is None:
                        return
                    if isinstance(answer, tuple):
                        connection.sendall(answer[0])
                        return
                    connection.sendall(answer)
            except OSError:
                return

    def close(self):
        self.closing = True
        self.listener.close()


class Load:
    """The load generator, on a journey file of the test's own."""

    def __init__(self, target, journeys, load, **settings):
        self.folder = tempfile.TemporaryDirectory(prefix="load-")
        path = pathlib.Path(self.folder.name)
        (path / "journeys").write_text(journeys)
        self.port = free_port()
        wanted = {"APP_TARGET": target, "APP_JOURNEYS": str(path / "journeys"), "APP_LOAD": load, "APP_ADMIN": "127.0.0.1",
                  "APP_LISTEN": f"127.0.0.1:{self.port}", "APP_REPORT": str(path / "report"), "APP_LOG_LEVEL": "warning"}
        wanted.update({f"APP_{name.upper()}": str(value) for name, value in settings.items()})
        self.process = start(wanted, path / "log")

    def log(self):
        return (pathlib.Path(self.folder.name) / "log").read_text()

    def ask(self, method, path, body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def state(self):
        try:
            return json.loads(self.ask("GET", "/report.json")[1])
        except OSError:
            return {"phase": "starting", "workers": [], "users": 0}

    def until(self, probe, seconds=40):
        """The first state for which probe is true; None when there is none in time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            state = self.state()
            if probe(state):
                return state
            time.sleep(0.05)
        return None

    def wait(self, seconds=90):
        """The exit code, and the report that was written."""
        code = self.process.wait(seconds)
        path = pathlib.Path(self.folder.name) / "report/report.json"
        return code, json.loads(path.read_text()) if path.exists() else {}

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.folder.cleanup()


def start(settings, log):
    program = ROOT / "build/san/bin/loadgenerator"
    with open(log, "ab") as file:
        return subprocess.Popen([str(program if program.exists() else ROOT / "build/bin/loadgenerator")], stdout=file, stderr=file,
                                cwd=ROOT, env={**{k: v for k, v in os.environ.items() if not k.startswith("APP_")}, **settings})


def line(report, name):
    return next(found for found in report["lines"] if found["name"] == name and found["kind"] != "journey")
