"""crash_test.py - every program of the shop is killed at each of its own crash points, while people shop; then the books are
compared.

    crash_test.py [--all] [PROGRAM...]

What the runtime brings along is tests/services/lib/run/crash_test.c's, which kills a service at each of those; with --all,
each service is killed at these, too, here in the shop. The list is what the binaries print (--crash-points), so a point that
nobody can provoke fails this test: add what provokes it to provoke.py.
"""
# needs: shop registry
# timeout: 900
import pathlib
import shutil
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/shop"))

import books  # noqa: E402
import provoke  # noqa: E402
import shop  # noqa: E402
from victim import Victim, points_of, program  # noqa: E402

PROBE = ROOT / "build/san/tests/services/lib/run/crash_test"
PROGRAMS = sorted(p.name for p in (ROOT / "build/bin").iterdir() if p.name != "bench-orders")
options = [word for word in sys.argv[1:] if word != "--all"]
t = shop.Tests()
folder = ROOT / "build/crash-logs"
shutil.rmtree(folder, ignore_errors=True)
folder.mkdir(parents=True)


def own_points():
    """By program: the points that no program before it, and not the runtime, is killed at."""
    listed = {name: points_of(program(name)) for name in PROGRAMS}
    taken = {} if "--all" in sys.argv else dict(points_of(PROBE))
    meanings, own = {}, {}
    for name in PROGRAMS:
        own[name] = sorted(point for point in listed[name] if point not in taken)
        if "--all" not in sys.argv:
            taken.update(listed[name])
        for point, sentence in listed[name].items():
            meanings.setdefault(point, set()).add(sentence)
    t.equal({point: told for point, told in meanings.items() if len(told) > 1}, {}, "a crash point means the same in every program")
    return {name: own[name] for name in PROGRAMS if not options or name in options}, len(meanings)


own, everywhere = own_points()
life = provoke.Life(t)
buyers = [threading.Thread(target=life.shop_on, daemon=True) for _ in range(2)]
for buyer in buyers:
    buyer.start()
victims = []
for name in own:
    if name in provoke.TOOLS:
        victims.append(provoke.Tool(name, own[name], folder))
    elif name == "gateway":
        victims += [provoke.Door(own[name][i::provoke.DOORS], folder / f"gateway{i}") for i in range(provoke.DOORS)]
    elif own[name]:
        victims.append(Victim(name, own[name], folder, life.provoke, life.prepare, **provoke.SETTINGS.get(name, {})))
began = time.monotonic()
for victim in victims:
    victim.start()
for victim in victims:
    victim.join()
missed = {f"{victim.victim} {point}": why for victim in victims for point, why in victim.missed.items()}
killed = sum(len(victim.killed) for victim in victims)
wanted = sum(len(points) for points in own.values())
t.equal(missed, {}, f"{killed} of {wanted} crash points of the programs, each killed at ({everywhere} with the runtime's), in {time.monotonic() - began:.0f} s")
t.equal(killed, wanted, "the count is whole")

life.over = True
for buyer in buyers:
    buyer.join()
t.check(shop.all_ready(90), "everybody is ready again")
t.check(books.settled(), "every order came to an end", books.Orders().open()[:5])
life.check()
books.check(t, life.accepted)
for victim in victims:
    victim.check(t)
print(f"# logs of whom was killed: {folder.relative_to(ROOT)}", flush=True)
t.done()
