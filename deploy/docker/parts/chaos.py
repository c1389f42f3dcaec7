#!/usr/bin/python3
"""chaos.py - as long as this runs, something goes wrong every CHAOS_EVERY seconds; when it ends, all is as it was.

CHAOS names what may, a word each; which comes when is drawn from CHAOS_SEED, which is printed.

acquirer   the bank is slow, fails, or takes the money and does not answer, until the next fault
postgres   every connection of the services is cut, whatever it was about
redis      every view is gone
kafka      bytes that are no message stand in a topic
"""
import json
import os
import random
import signal
import subprocess
import sys
import urllib.request

EASY = {"slow_ms": 0, "fail_rate": 0, "decline_rate": 0, "charge_then_timeout_rate": 0}
DIFFICULT = [{"slow_ms": 1500}, {"fail_rate": 0.5}, {"charge_then_timeout_rate": 0.3}]
TOPICS = ["order.commands", "order.events", "payment.commands", "payment.events", "stock.events", "cart.commands"]


def ask(*words, **more):
    done = subprocess.run(words, capture_output=True, text=True, timeout=20, check=False, **more)
    return (done.stdout + done.stderr).strip()


def behave(behaviour):
    with urllib.request.urlopen("http://acquirer:8080/v1/behaviour", json.dumps(behaviour).encode(), timeout=10) as answer:
        return answer.read().decode().strip()


def acquirer(luck):
    return behave({**EASY, **luck.choice(DIFFICULT)})


def postgres(_luck):
    with open("/run/secrets/postgres", encoding="ascii") as file:
        keys = {**os.environ, "PGPASSWORD": file.read().strip()}
    cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename <> 'postgres'"
    return ask("psql", "-h", "postgres", "-U", "postgres", "-AtqXc", cut, env=keys) + " connections cut"


def redis(_luck):
    return ask("redis-cli", "-h", "redis", "FLUSHALL")


def kafka(luck):
    topic = luck.choice(TOPICS)
    ask("kcat", "-P", "-b", "kafka:9092", "-t", topic, "-k", f"planted-{luck.getrandbits(32):08x}", input=f"no message {luck.random()}")
    return topic


KINDS = {"acquirer": acquirer, "postgres": postgres, "redis": redis, "kafka": kafka}


def main():
    kinds = os.environ["CHAOS"].split()
    unknown = sorted(set(kinds) - set(KINDS))
    if unknown or not kinds:
        sys.exit(f"chaos: CHAOS has {unknown}; there are {', '.join(KINDS)}")
    seed = os.environ.get("CHAOS_SEED") or str(random.randrange(100000))
    luck, every = random.Random(seed), float(os.environ["CHAOS_EVERY"])
    # Blocked before anything is changed: whatever ends this process first makes the acquirer easy again.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    print(f"chaos: {' '.join(kinds)}, every {every:g} s, CHAOS_SEED={seed}", flush=True)
    round_of_kinds = []
    while True:
        round_of_kinds = round_of_kinds or luck.sample(kinds, len(kinds))
        kind = round_of_kinds.pop()
        try:
            print(f"chaos: {kind}: {KINDS[kind](luck)}", flush=True)
        except (OSError, subprocess.TimeoutExpired) as trouble:
            print(f"chaos: {kind} could not be done: {trouble}", flush=True)
        ended = signal.sigtimedwait({signal.SIGTERM, signal.SIGINT}, every)
        if "acquirer" in kinds:
            behave(EASY)
        if ended:
            return


if __name__ == "__main__":
    main()
