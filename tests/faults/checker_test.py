"""checker_test.py - the checker passes a good dump, and names what is wrong with each spoilt one.

needs: none
timeout: 300
"""
import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/shop"), str(ROOT / "tests/faults"), str(ROOT / "chaos")]
import packages  # noqa: E402
sys.path.insert(0, packages.folder())

from checker.books import INVARIANTS, check  # noqa: E402
from checker.dump import Dump, Unreadable  # noqa: E402
import spoilt_log  # noqa: E402,F401
import spoilt_orders  # noqa: E402,F401
from paper_dump import good  # noqa: E402
from shop import Tests  # noqa: E402
from spoiling import SPOILT, hit_at  # noqa: E402


def findings(p):
    with tempfile.TemporaryDirectory() as folder:
        p.write(pathlib.Path(folder) / "dump")
        dump = Dump(pathlib.Path(folder) / "dump")
        return {(number, who) for number, _, found in check(dump) for who, _ in found}


def main():
    t = Tests()
    p = good()
    p.settle(ROOT / "events")
    t.equal(findings(p), set(), "a good dump passes")
    p.mails.append(p.mails[0])
    p.history += hit_at(950)
    t.equal(findings(p), set(), "a mail that was on its way when email was hit may come twice")
    p = good()
    p.settle(ROOT / "events")
    spoilt_log.card_alone(p, "unknown")
    t.equal(findings(p), set(), "a card may be alone when its shopper's click had no answer")
    for number, who, sentence, spoil in SPOILT:
        p = good()
        p.settle(ROOT / "events")
        spoil(p)
        found = findings(p)
        t.check((number, who) in found, f"{number} finds {sentence}", sorted(found))
    named = {number for number, _, _, _ in SPOILT}
    t.equal({number for number, _, _ in INVARIANTS} - named, set(), "every invariant has a dump that breaks it")
    with tempfile.TemporaryDirectory() as folder:
        for name, spoil in (("an empty folder", None), ("a shop in which nobody ordered", lambda p: p.topics["order.events"].clear())):
            target = pathlib.Path(folder) / name
            target.mkdir()
            if spoil:
                p = good()
                spoil(p)
                target.rmdir()
                p.write(target)
            try:
                Dump(target)
                t.check(False, f"{name} proves nothing")
            except Unreadable:
                t.check(True, f"{name} proves nothing")
    t.done()


main()
