#!/usr/bin/python3
"""registry_test.py - the real registry gives our schemas our ids, and with it tools that nobody here wrote read the topics."""

# needs: shop registry
# timeout: 300

import http.client
import json
import os
import pathlib
import subprocess
import unittest
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]


def ask(path, tries=3):
    """The registry's answer; a connection that it closes as it is used is tried again."""
    try:
        with urllib.request.urlopen(os.environ["SCHEMA_REGISTRY_URL"] + path, timeout=20) as answer:
            return json.load(answer)
    except (http.client.RemoteDisconnected, ConnectionError):
        if tries == 1:
            raise
        return ask(path, tries - 1)


class Registry(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.done = cls.publish()

    @staticmethod
    def publish():
        return subprocess.run([ROOT / "build/bin/publish", "schemas"], env={"APP_REGISTRY": os.environ["SCHEMA_REGISTRY_URL"]},
                              capture_output=True, text=True, timeout=150, check=False)

    def test_publishing_works_and_a_second_time_changes_nothing(self):
        self.assertEqual((self.done.returncode, self.done.stderr), (0, ""))
        self.assertRegex(self.publish().stdout, r"\A\d+ schemas are registered under their ids\n\Z")

    def test_every_id_is_that_of_the_list(self):
        for line in (ROOT / "events/schema-ids").read_text().splitlines():
            if line.startswith("#"):
                continue
            number, name, version, _ = line.split()
            if int(number) < 1_000_000:
                text = (ROOT / f"events/published/{name}.{version}.avsc").read_text()
                self.assertEqual(json.loads(ask(f"/schemas/ids/{number}")["schema"]), json.loads(text))

    def test_a_change_that_would_break_readers_is_refused(self):
        self.assertEqual(ask("/config")["compatibilityLevel"], "FULL_TRANSITIVE")
        schema = json.loads((ROOT / "events/published/AddItem.1.avsc").read_text())
        schema["fields"].append({"name": "color", "type": "string"})
        request = urllib.request.Request(os.environ["SCHEMA_REGISTRY_URL"] + "/subjects/shop.AddItem/versions",
                                         json.dumps({"schemaType": "AVRO", "schema": json.dumps(schema)}).encode(),
                                         {"Content-Type": "application/vnd.schemaregistry.v1+json"})
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=20)
        self.assertEqual(refused.exception.code, 409)
        refused.exception.close()

    def test_a_topic_is_readable_by_generic_tools(self):
        printed = subprocess.run([ROOT / "events/tools/avrocat", "product.state"], capture_output=True, text=True, timeout=60, check=True)
        products = [json.loads(line) for line in printed.stdout.splitlines()]
        self.assertGreaterEqual(len({p["value"]["product_id"] for p in products}), 9)
        for product in products:
            self.assertEqual(product["type"], "shop.ProductUpdated")
            self.assertEqual(product["key"], product["value"]["product_id"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
