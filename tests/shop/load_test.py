"""load_test.py - the load generator on the whole shop, for seconds: all journey files as they are, but in a hurry; people with
accounts do nothing but buy and sign in. No step may
fail, and every order must come to its end."""
import json
import os
import pathlib
import re
import subprocess
import tempfile

import shop

PROGRAM = shop.ROOT / "build/bin/loadgenerator"


def run(folder, name, load):
    """The exit code, the report, and what it said."""
    # Posts are repeated when the shop says so, in the original's profile too: a machine may be slow.
    text = (shop.ROOT / f"services/loadgenerator/journeys/{name}.journeys").read_text()
    if name == "accounts":
        text = re.sub(r"^(journey (?!checkout|sign-in).*) \d+$", r"\1 0", text, flags=re.M)
    path = pathlib.Path(folder) / name
    text = re.sub(r"^(\s*(?:think|pause)) .*$", r"\1 50ms 300ms", re.sub(r"^ +again .*\n", "", text, flags=re.M), flags=re.M)
    path.write_text(re.sub(r"^(  post .*)$", r"\1\n    again 20", text, flags=re.M))
    done = subprocess.run([PROGRAM], cwd=shop.ROOT, capture_output=True, text=True, timeout=300, check=False, env={
        **{key: value for key, value in os.environ.items() if not key.startswith("APP_")},
        "APP_TARGET": shop.env("SHOP_URL"), "APP_JOURNEYS": str(path), "APP_LOAD": load, "APP_WORKERS": "2", "APP_ADMIN": "127.0.0.1",
        "APP_LISTEN": "127.0.0.1", "APP_REPORT": f"{folder}/report"})
    return done.returncode, json.loads((pathlib.Path(folder) / "report/report.json").read_text()), done.stderr


t = shop.Tests()
with tempfile.TemporaryDirectory(prefix="load-") as where:
    for journeys, wanted in [("original", "users 20 for 8s"), ("shop", "rate 6 for 8s"), ("accounts", "users 5 for 6s")]:
        code, report, said = run(where, journeys, wanted)
        total = report["totals"]
        t.check(code == 0 and total["failed"] == 0, f"{journeys}: no step failed", said)
        t.check(total["accepted"] > 0, f"{journeys}: orders were accepted", said)
        t.equal(total["confirmed"] + total["cancelled"], total["accepted"], f"{journeys}: each was confirmed, or cancelled by its shopper")
        counts = {line["name"]: line["latency"]["count"] for line in report["lines"]}
        t.check(journeys != "accounts" or counts["POST /signup"] == 5, "each user signed up once", said)
t.done()
