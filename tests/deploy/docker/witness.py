#!/usr/bin/python3
"""witness.py FOLDER SECONDS - in a container of the lab, beside the shop's: waits until it is quiet, and dumps all that it wrote.

FOLDER has the driver's history.jsonl and the containers' logs (log/NAME/current); it gets quiet.json and dump/, which
chaos/checker reads. Addresses come from the environment, the tree from /src.
"""
import json
import os
import pathlib
import sys
import time
import types

sys.path[:0] = ["/packages", "/src/tests", "/src/tests/shop", "/src/chaos"]
from rig import dumping, quiet  # noqa: E402


def dump(folder, wires):
    """Of one moment: again, a few times, when something was written meanwhile; some states are told anew every minute."""
    for _ in range(8):
        ends = dumping.log_ends(dumping.topics())
        dumping.dump_once(folder / "dump", ends, folder / "history.jsonl", types.SimpleNamespace(wires=wires, run=folder))
        if dumping.log_ends(dumping.topics()) == ends and not quiet.on_its_way(wires):
            break


def main(folder, seconds):
    folder = pathlib.Path(folder)
    wires = types.SimpleNamespace(upstream={"redis": 6379})
    took, missing = quiet.until_quiet(types.SimpleNamespace(watched={}), wires, float(seconds))
    said = {"t": 0, "at_ms": int(time.time() * 1000), "phase": "quiet", "after_s": round(took, 1), "missing": missing[:50]}
    with open(folder / "history.jsonl", "a", encoding="utf-8") as history:
        history.write(json.dumps(said) + "\n")
    print(f"# quiet after {took:.0f} s" if not missing else f"# not quiet after {took:.0f} s: {'; '.join(missing[:8])}")
    dump(folder, wires)
    for path in [folder / "dump", *(folder / "dump").rglob("*")]:
        path.chmod(0o777)  # whoever asked for it is somebody else here


os.umask(0)
main(*sys.argv[1:])
