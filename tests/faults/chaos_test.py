"""chaos_test.py - a minute of the chaos: every process is killed while orders are on their way, faults of every kind go beside it, and the
checker finds no broken promise in the dump.

needs: none
timeout: 900
"""
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PORTS = int(os.environ.get("PORTS") or 29000) + 800

words = [sys.executable, ROOT / "chaos/run", "--seed", os.environ.get("SEED", "11"), "--seconds", "45", "--lanes", "3",
         "--ports", str(PORTS),
         "--run", ROOT / ".run-test-chaos"]
done = subprocess.run(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
print("\n".join(f"# {line}" for line in done.stdout.splitlines()))
count = 0
for number, status, sentence in re.findall(r"^(I\w+) +(ok|BROKEN) +\d+  (.*)$", done.stdout, re.M):
    count += 1
    print(f"{'ok' if status == 'ok' else 'not ok'} {count} - {number}: {sentence}")
closing = re.search(r"(\d+) orders accepted.* (\d+) faults of (\d+) kinds", done.stdout)
busy = bool(closing) and int(closing[1]) >= 10 and int(closing[3]) >= 10
print(f"{'ok' if busy else 'not ok'} {count + 1} - at least 10 orders were accepted on a machine however slow, and 10 kinds of faults happened")
print(f"{'ok' if done.returncode == 0 else 'not ok'} {count + 2} - the run and the checker end with 0")
print(f"1..{count + 2}")
