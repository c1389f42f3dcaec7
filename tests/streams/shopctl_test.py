"""shopctl_test.py - the keeper's tool says what the file says, under the same ids each time, and its mistakes aloud."""
# needs: kafka
import collections
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "services/catalog/catalog.json"
KAFKA = os.environ["KAFKA_BOOTSTRAP"]


def shopctl(*words, **changes):
    environment = {"APP_KAFKA": KAFKA, **changes}
    return subprocess.run([ROOT / "build/bin/shopctl", *words], env=environment, capture_output=True, text=True, timeout=60,
                          check=False)


def heard():
    """How often each message (key, id, type) is in catalog.commands."""
    lines = subprocess.run(["kcat", "-b", KAFKA, "-C", "-t", "catalog.commands", "-e", "-q", "-f", "%k %h\n"], check=True,
                           capture_output=True, text=True, timeout=60).stdout.splitlines()
    parts = [line.split(" ", 1) for line in lines]
    headers = [dict(pair.split("=", 1) for pair in rest.split(",")) for _, rest in parts]
    return collections.Counter((key, h["ce-id"], h["ce-type"]) for (key, _), h in zip(parts, headers))


class ShopctlTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        subprocess.run([ROOT / "build/bin/publish", "topics"], env={"APP_KAFKA": KAFKA}, check=True, stdout=subprocess.DEVNULL,
                       timeout=60)

    def refused(self, changes, sentence):
        """The catalogue with its last product changed."""
        file = json.loads(CATALOGUE.read_text())
        changes(file["products"][-1])
        with tempfile.NamedTemporaryFile("w", suffix=".json") as bad:
            json.dump(file, bad)
            bad.flush()
            done = shopctl("seed", bad.name)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("product 9: ", done.stderr)
        self.assertIn(sentence, done.stderr)

    def test_seeding_twice_is_saying_the_same_twice(self):
        products = {product["id"] for product in json.loads(CATALOGUE.read_text())["products"]}
        before = heard()
        self.assertEqual(shopctl("seed", CATALOGUE).returncode, 0)
        self.assertEqual(shopctl("seed", CATALOGUE).returncode, 0)
        news = heard() - before
        self.assertEqual({key for key, _, _ in news}, products)
        self.assertEqual({kind for _, _, kind in news}, {"AddProduct"})
        self.assertEqual(list(news.values()), [2] * 9)

    def test_nothing_is_said_of_a_file_with_a_mistake(self):
        before = heard()
        self.refused(lambda product: product.update(price_minor=-1), "price_minor")
        self.refused(lambda product: product.update(price_minor="8.99"), "Expected integer")
        self.refused(lambda product: product.update(stock=1 << 40), "stock")
        self.refused(lambda product: product.update(id="two words"), "An id is")
        self.refused(lambda product: product.update(id="two/words"), "An id is")
        self.refused(lambda product: product.update(currency="ZZZ"), "no rate for this currency")
        self.refused(lambda product: product.update(currency="KWD"), "no rate for this currency")
        self.refused(lambda product: product.update(name="a\nb"), "A name is")
        self.refused(lambda product: product.update(description="a\x07b"), "A description has")
        self.refused(lambda product: product.update(picture="/static/../x"), "A picture is")
        self.refused(lambda product: product.update(currency="dollars"), "currency")
        self.refused(lambda product: product.update(categories=["a,b"]), "categories")
        self.refused(lambda product: product.update(colour="red"), "colour")
        self.refused(lambda product: product.pop("name"), "name")
        self.assertEqual(heard(), before)

    def test_what_makes_no_sense_is_told_apart_from_what_did_not_work(self):
        self.assertEqual(shopctl("seed", "/no/such/file").returncode, 2)
        self.assertEqual(shopctl("seed").returncode, 2)
        self.assertEqual(shopctl("sell").returncode, 2)
        self.assertEqual(shopctl().returncode, 2)
        self.assertIn("seed [--wait] FILE", shopctl("--help").stdout)
        self.assertIn("APP_KAFKA", shopctl("seed", CATALOGUE, APP_KAFKA="").stderr)
        away = shopctl("seed", CATALOGUE, APP_KAFKA="127.0.0.1:1", APP_PATIENCE="1s")
        self.assertEqual(away.returncode, 1)
        self.assertIn("127.0.0.1:1", away.stderr)


if __name__ == "__main__":
    unittest.main()
