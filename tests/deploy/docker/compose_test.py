#!/usr/bin/python3
"""compose_test.py - docker-compose.yml is about the shop that there is: read, not run. (make test-compose runs it.)"""
import inspect
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[3]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
FOLDERS = {path.parent.name: path.parent for kind in ("deploy/local/*", "services/*", "streams/*", "gateway")
           for path in ROOT.glob(kind + "/main.c")}
OURS = {name: entry for name, entry in SERVICES.items() if "SHOP_IMAGES" in entry["image"]}
CORE = {name: entry for name, entry in SERVICES.items() if "profiles" not in entry}
JOBS = {"databases", "topics", "products", "campaigns", "schemas"}  # over before the shop is open


def program_of(entry):
    return re.fullmatch(r"\$\{SHOP_IMAGES:-shop\}:(\w+)-\$\{SHOP_VERSION:-dev\}", entry["image"]).group(1)


def secrets_of(entry):
    return [one if isinstance(one, str) else one["source"] for one in entry.get("secrets", [])]


def megabytes(text):
    return int(re.fullmatch(r"(\d+)m", text).group(1))


class Compose(unittest.TestCase):
    def test_every_program_has_an_entry_of_its_name_and_its_image(self):
        for name in FOLDERS:
            self.assertIn(name, sorted(SERVICES), f"{FOLDERS[name]} has a main.c, and docker-compose.yml does not know it")
            self.assertEqual(program_of(SERVICES[name]), name)

    def test_every_image_of_ours_is_one_that_is_built(self):
        self.assertLessEqual({program_of(entry) for entry in OURS.values()}, set(FOLDERS) | {"mail", "lab"})

    def test_every_schema_has_a_database_and_its_program_the_url(self):
        with_schema = {name for name, folder in FOLDERS.items() if (folder / "schema.sql").exists()}
        made = {name.removeprefix("database-") for name in secrets_of(SERVICES["databases"]) if name.startswith("database-")}
        self.assertEqual(made, with_schema)
        for name in with_schema:
            self.assertIn(f"database-{name}", secrets_of(SERVICES[name]))

    def test_a_program_sees_no_secret_but_its_own(self):
        """The operator's tool looks into all databases, and is started by hand only."""
        self.assertEqual(SERVICES["shopctl"]["profiles"], ["lab"])
        for name, entry in OURS.items():
            for secret in secrets_of(entry):
                private = re.fullmatch(r"(\w+)\.private\.pem|database-(\w+)", secret)
                if private and name != "shopctl":
                    self.assertIn(name, private.groups(), f"{name} is given {secret}")

    def test_no_program_of_ours_needs_a_shell(self):
        for name, entry in OURS.items():
            self.assertNotRegex(" ".join(entry.get("entrypoint", [])), r"\b(ba|da)?sh\b", name)

    def test_every_secret_is_known_used_and_made_by_the_script(self):
        used = {secret for entry in SERVICES.values() for secret in secrets_of(entry)}
        self.assertEqual(used | {"gateway.public.pem"}, set(COMPOSE["secrets"]))
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([ROOT / "deploy/docker/make-secrets"], check=True, env={**os.environ, "SECRETS": folder})
            made = {path.name for path in pathlib.Path(folder).iterdir()}
            before = {name: (pathlib.Path(folder) / name).read_bytes() for name in made}
            subprocess.run([ROOT / "deploy/docker/make-secrets"], check=True, env={**os.environ, "SECRETS": folder})
            after = {name: (pathlib.Path(folder) / name).read_bytes() for name in made}
        self.assertLessEqual(set(COMPOSE["secrets"]), made)
        self.assertEqual(before, after, "what is there stays")

    def test_every_container_is_barred_and_bounded(self):
        for name, entry in SERVICES.items():
            self.assertTrue(entry["read_only"], name)
            self.assertEqual(entry["cap_drop"], ["ALL"], name)
            self.assertIn("no-new-privileges:true", entry["security_opt"], name)
            self.assertIn("mem_limit", entry, name)
            self.assertGreaterEqual(entry.get("cpu_quota", 0), 50000, name)
            self.assertIn("pids_limit", entry, name)
            self.assertIn("restart", entry, name)

    def test_the_core_is_bounded_by_two_gigabytes(self):
        total = sum(megabytes(entry["mem_limit"]) for name, entry in CORE.items() if name not in JOBS)
        self.assertLessEqual(total, 2048)

    def test_only_the_edge_is_published_and_only_currency_leaves(self):
        inside = {name for name, network in COMPOSE["networks"].items() if (network or {}).get("internal")}
        for name, entry in CORE.items():
            self.assertTrue("ports" not in entry or name == "edge", name)
            self.assertTrue(set(entry["networks"]) <= inside or name in {"edge", "currency"}, name)
        self.assertEqual({name for name, entry in CORE.items() if "bank" in entry["networks"]}, {"payment", "acquirer"})

    def test_every_program_of_the_core_is_observed(self):
        config = yaml.safe_load((ROOT / "deploy/docker/observe/prometheus.yml").read_text(encoding="utf-8"))
        asked = config["scrape_configs"][0]["dns_sd_configs"][0]["names"]
        self.assertEqual(set(asked), {name for name in CORE if name in FOLDERS} - {"acquirer"}, "the acquirer is another company")

    def test_the_witness_asks_what_the_rig_of_the_chaos_answers(self):
        sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/shop"), str(ROOT / "chaos")]
        import packages
        sys.path.insert(0, packages.folder())
        from rig import dumping, quiet
        for function, words in ((quiet.until_quiet, 3), (quiet.on_its_way, 1), (dumping.dump_once, 4), (dumping.log_ends, 1)):
            inspect.signature(function).bind(*range(words))

    def test_what_is_mounted_is_there(self):
        for entry in SERVICES.values():
            for volume in entry.get("volumes", []):
                source = volume.split(":")[0]
                if source.startswith("."):
                    self.assertTrue((ROOT / source).exists(), source)
                else:
                    self.assertIn(source, COMPOSE["volumes"])

    def test_the_brokers_configuration_has_no_gap_in_a_container(self):
        done = subprocess.run(["sed", "-f", ROOT / "deploy/docker/kafka/container.sed", ROOT / "deploy/local/kafka/server.properties"],
                              check=True, capture_output=True, text=True).stdout
        self.assertNotIn("@", done)
        self.assertIn("\nadvertised.listeners=PLAINTEXT://kafka:9092\n", done)

    def test_pinned_images_are_those_of_the_file_with_a_digest(self):
        pinned = dict(line.split("=", 1) for line in (ROOT / "deploy/docker/pinned.env").read_text().splitlines()
                      if line and not line.startswith("#"))
        named = dict(re.findall(r"\$\{(\w+_IMAGE):-([^}]+)\}", (ROOT / "docker-compose.yml").read_text()))
        self.assertEqual(set(pinned), set(named) | {"BASE"})
        for image in pinned.values():
            self.assertRegex(image, r"^[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}$")

    def test_each_compose_that_is_here_takes_it(self):
        tried = 0
        for words in (["docker-compose"], ["docker", "compose"]):
            if shutil.which(words[0]) and not subprocess.run([*words, "version"], capture_output=True, check=False).returncode:
                subprocess.run([*words, "config", "-q"], cwd=ROOT, check=True, capture_output=True)
                tried += 1
        if not tried:
            self.skipTest("neither docker-compose nor docker compose is installed")


if __name__ == "__main__":
    unittest.main()
