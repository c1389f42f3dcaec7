#!/usr/bin/python3
"""chaos.py URL - as long as this runs, the acquirer behaves as CHAOS says, in JSON; then it is easy again."""

import json
import os
import signal
import sys
import urllib.request

EASY = {"slow_ms": 0, "fail_rate": 0, "decline_rate": 0, "charge_then_timeout_rate": 0}
DIFFICULT = {"slow_ms": 1500, "fail_rate": 0.1, "charge_then_timeout_rate": 0.2}


def behave(url, behaviour):
    with urllib.request.urlopen(url, data=json.dumps(behaviour).encode(), timeout=10) as answer:
        print(answer.read().decode(), flush=True)


def main(url):
    # Blocked before anything is changed: whatever ends this process first makes it easy again.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    behave(url, json.loads(os.environ.get("CHAOS") or "null") or DIFFICULT)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    behave(url, EASY)


main(*sys.argv[1:])
