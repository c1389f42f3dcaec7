#!/usr/bin/python3
"""new_service_test.py - the worked example of docs/developing.md: a service is made from the templates into a scratch tree, which
then builds it and passes its test; docker-compose.yml is whole again, too."""
# timeout: 400
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SIX = {"README.md", "points.h", "points.c", "store.c", "main.c", "schema.sql"}


def run(words, folder):
    return subprocess.run(words, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


class NewService(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.tree = pathlib.Path(scratch.name)
        for name in ("chaos", "deploy", "docs", "events", "gateway", "services", "streams", "tests", "Makefile", "docker-compose.yml"):
            subprocess.run(["cp", "-r", ROOT / name, self.tree], check=True)
        self.make = run([self.tree / "docs/new-service/make", "points"], self.tree)

    def good(self, done):
        self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr[-2000:])

    def test_the_worked_example_builds_and_passes(self):
        self.good(self.make)
        self.assertEqual({path.name for path in (self.tree / "services/points").iterdir()}, SIX)
        self.good(run(["make", "-s", f"-j{os.cpu_count()}", "build/tests/services/points_test", "build/bin/points"], self.tree))
        self.good(run(["build/bin/points", "--crash-points"], self.tree))
        self.good(run(["build/tests/services/points_test"], self.tree))
        self.good(run([sys.executable, "tests/deploy/docker/compose_test.py"], self.tree))
        self.assertIn("PointsNoted", (self.tree / "events/schema-ids").read_text())
        # A rule less, and its test knows.
        rules = self.tree / "services/points/points.c"
        rules.write_text(rules.read_text().replace('    {POINTS_NOTED, MSG_ORDER_CONFIRMED, NULL, "said twice"},\n', ""))
        self.good(run(["make", "-s", "build/tests/services/points_test"], self.tree))
        self.assertNotEqual(run(["build/tests/services/points_test"], self.tree).returncode, 0)

        again = run([self.tree / "docs/new-service/make", "points"], self.tree)
        self.assertNotEqual(again.returncode, 0, "nothing that is there is overwritten")


if __name__ == "__main__":
    unittest.main()
