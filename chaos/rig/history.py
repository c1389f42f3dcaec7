"""history.py - what the driver did and saw, one JSON line each, written as it happens and never changed.

Every line has t (seconds by the monotonic clock), at_ms (milliseconds since 1970) and phase. An operation is two lines with one
number n: "invoke", then "ok", "fail" (it did not happen, and the shop said why) or "unknown". README.md lists the others.
"""
import itertools
import json
import threading
import time


class History:
    def __init__(self, path):
        self.file = open(path, "w", buffering=1, encoding="utf-8")
        self.lock, self.numbers = threading.Lock(), itertools.count(1)
        self.began = time.monotonic()

    def write(self, phase, **said):
        line = {"t": round(time.monotonic() - self.began, 4), "at_ms": int(time.time() * 1000), "phase": phase, **said}
        with self.lock:
            self.file.write(json.dumps(line) + "\n")
        return line

    def invoke(self, what, **said):
        """Returns the operation's number, for the line that ends it."""
        number = next(self.numbers)
        self.write("invoke", n=number, do=what, **said)
        return number

    def close(self):
        self.file.close()
