"""ads_test.py - a campaign from the keeper's file to the visitor's click and back into the report, on the running shop."""
# timeout: 300
import json
import re
import subprocess
import tempfile
import uuid

from shop import ROOT, Shopper, Tests, env, eventually, kill, sql, MUG

NAME = f"test-{uuid.uuid4().hex[:8]}"
JAR = "9SIQT8TOJO"
PAGES = 250  # of which a tenth, at the least, may show a new campaign

tests = Tests()


def shopctl(*words):
    return subprocess.run([ROOT / "build/bin/shopctl", "ad", *words], env={"APP_KAFKA": env("KAFKA_BOOTSTRAP")}, check=False,
                          capture_output=True, text=True, timeout=60)


def run(**changes):
    campaign = {"id": NAME, "text": f"A jar, says {NAME}.", "product": JAR, "categories": ["kitchen"], "weight": 100000000,
                "session_cap": 2, "impression": "0.01", "click": "0.5", "daily_budget": "0.52", **changes}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"campaigns": [campaign]}, file)
        file.flush()
        return shopctl("run", file.name)


def report():
    return json.loads(shopctl("report", "--json", NAME).stdout)[0]


def shown(shopper, pages=PAGES, wanted=None):
    """The campaign's links on so many pages, or until so many were seen."""
    links = []
    for _ in range(pages):
        links += re.findall(rf'href="(/product/{JAR}\?ad=[0-9a-f-]{{36}}\.{NAME})"', shopper.get(f"/product/{MUG}").text)
        if wanted and len(links) >= wanted:
            break
    return links


def followed(kim):
    other = Shopper()
    done = run()
    tests.check(done.returncode == 0 and f"{NAME}: runs." in done.stdout, "a campaign of a file runs", done)
    links = shown(kim)
    tests.equal(len(links), 2, "a visitor sees it as often as its cap allows, and no more")
    other.get("/")
    other.get(links[1])  # somebody else's: not one that was shown to them
    for _ in range(3):
        tests.check(kim.get(links[0]).status == 200, "its link leads to its product")
    found = eventually(lambda: report()["campaign"]["clicks"] and report())
    tests.check(found and found["condition"] == "spent", "the budget is spent, and pages hear of it at once", found)
    told = found["campaign"]
    tests.equal((told["impressions"], told["clicks"], told["spent_micros"]), (2, 1, 520000),
                "two impressions and one click are spent for, once each, whatever is repeated or forged")
    fresh = Shopper()
    fresh.get("/")
    tests.equal(shown(fresh), [], "what has no budget left is not shown")


def refused():
    for changes, sentence in [({"weight": 0}, "A weight is 1 or more"), ({"text": "x" * 300}, "1 to 200 bytes"),
                              ({"from": "2026-05-02", "until": "2026-05-01"}, "ends after it has begun")]:
        done = run(**changes)
        tests.check(done.returncode == 3 and sentence in done.stderr, f"refused, with a sentence: {sentence}", done)
    for changes in ({"daily_budget": 5}, {"daily_budget": "5,00"}, {"from": "tomorrow"}, {"colour": "red"}, {"keywords": "tea"},
                    {"categories": [1]}, {"weight": 2**32 + 1}, {"text": "two\nlines"}):
        done = run(**changes)
        tests.check(done.returncode == 2 and done.stderr, f"{changes} is no campaign", done)
    tests.equal(shopctl("stop", NAME, NAME).returncode, 2, "the same id twice is a mistake")
    done = shopctl("report", "NOSUCH")
    tests.check(done.returncode == 3 and not done.stdout, "of no campaign there is no table", done)
    done = shopctl("stop", f"{NAME}-not")
    tests.check(done.returncode == 3 and "no campaign of this id" in done.stderr, "a campaign that is none is not stopped", done)


def stopped():
    run(daily_budget="100")
    kim = Shopper()
    kim.get("/")
    tests.equal(len(shown(kim, wanted=1)), 1, "with a larger budget it is shown again")
    done = shopctl("stop", NAME)
    tests.check(done.returncode == 0 and "shown no more" in done.stdout, "it is stopped", done)
    tests.equal(report()["condition"], "stopped", "the report says so")
    kim = Shopper()
    kim.get("/")
    tests.equal(shown(kim), [], "and it is shown no more")
    tests.check(NAME in shopctl("report").stdout and "IMPRESSIONS" in shopctl("report").stdout, "the report is a table, too")


def faded():
    """A visitor who was last shown something nine days ago, and one of a week ago."""
    sql("ad", "INSERT INTO visitor (key, state, part, shown, seen_ms) SELECT 'fades-' || days, 1, 0, '', "
                     "(extract(epoch FROM now()) * 1000)::bigint - days * 86400000 FROM (VALUES (7), (9)) AS seen (days)")
    kill("ad")  # what is old is looked for at the start, then hourly
    left = lambda: sql("ad", "SELECT key FROM visitor WHERE key LIKE 'fades-%'")
    tests.check(eventually(lambda: len(left()) == 1, 60) and "fades-7" in str(left()), "a visitor who does not come back is forgotten, not before", left())
    sql("ad", "DELETE FROM visitor WHERE key LIKE 'fades-%'")


kim = Shopper()
kim.get("/")
followed(kim)
refused()
stopped()
faded()
tests.done()
