"""packages.py - the folder of tests/requirements.txt's Python packages, fetched once into the cache."""
import os
import pathlib
import shutil
import subprocess
import sys

from outcome import digest

ROOT = pathlib.Path(__file__).resolve().parent.parent
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "hipster-shop"


def folder():
    """Its path; fetches when it is not there. Ends the program with a sentence when that fails."""
    wanted = ROOT / "tests/requirements.txt"
    target = CACHE / "test-python" / digest(wanted)
    if not target.exists():
        part = target.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        words = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--root-user-action=ignore",
                 "--retries", "9", "--no-deps", "--require-hashes", "--target", str(part), "-r", str(wanted)]
        if subprocess.run(words, stdin=subprocess.DEVNULL, check=False).returncode:
            raise SystemExit(f"{' '.join(words)} failed")
        part.rename(target)
    return str(target)
