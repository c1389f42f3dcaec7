"""testfile.py - a test as a file: what it says about itself in its first lines, and how it is run."""
import pathlib
import re
import sys

HEAD_LINES = 15
EVERYTHING = frozenset({"kafka", "postgres", "redis", "mail", "registry", "shop"})
# By folder, for those who say nothing; the longest prefix counts.
NEEDS = {
    "tests/": set(),
    "tests/services/lib/store/": {"postgres", "redis"},
    "tests/store/": {"postgres", "redis"},
    "tests/services/lib/run/": {"kafka", "postgres", "redis"},
    "tests/run/": {"kafka", "postgres", "redis"},
    "tests/shop/": {"shop"},
    "tests/browser/": {"shop"},
}


class Test:
    """name: its path without the suffix. needs: parts of the stack. timeout_s: it is killed then."""

    def __init__(self, path):
        self.path = path
        self.name = str(path.with_suffix(""))
        self.said = dict(_said(path))
        self.fuzzes = self.name.endswith("_fuzz")
        self.needs = self._needs()
        self.timeout_s = int(self.said.get("timeout", 1200 if "shop" in self.needs else 120))

    def _needs(self):
        if "needs" in self.said:
            needs = set(self.said["needs"].split()) - {"none"}
        else:
            needs = NEEDS[max((p for p in NEEDS if self.name.startswith(p)), key=len)]
        if not needs <= EVERYTHING:
            raise SystemExit(f"{self.path}: needs what the stack does not have: {needs - EVERYTHING}")
        return needs

    def command(self):
        if self.path.suffix == ".c":
            return [f"build/san/{self.name}"]
        return [{".py": sys.executable, ".sh": "bash", ".js": "tests/browser/node"}[self.path.suffix], str(self.path)]


def _said(path):
    """The lines of the form "links: ...", "needs: ...", "timeout: seconds", "covers: file percent" among the first."""
    with open(path, encoding="utf-8") as lines:
        for _, line in zip(range(HEAD_LINES), lines):
            found = re.match(r"\s*(?:/?\*|#|//)?\s*(links|needs|timeout|covers): (.*?)\s*(?:\*/)?$", line)
            if found:
                yield found.groups()


def find(word):
    """Every test with the word in its path, sorted."""
    paths = (p for kind in ("*_test.c", "*_fuzz.c", "*_test.py", "*_test.sh", "*_test.js") for p in pathlib.Path("tests").rglob(kind))
    return [Test(p) for p in sorted(paths) if word in str(p)]
