"""shopctl_product_test.py - shopctl product against topics alone: what it reads, what it would say, what it says when nobody
answers. With the catalogue at work: tests/shop/keeper_test.py."""
# needs: kafka
import json
import os
import pathlib
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/gateway"))
import shelf  # noqa: E402  (a tiny Avro encoder, and kcat)

PEN, YEN = "PEN_OF_TEST", "YEN_OF_TEST"
COMMAND = "3b1f4c52-97ab-4f6e-8b10-2f6f6d1c9a01"


def shopctl(*words, **changes):
    return subprocess.run([ROOT / "build/bin/shopctl", "product", *words], capture_output=True, text=True, timeout=60, check=False,
                          env={"APP_KAFKA": os.environ["KAFKA_BOOTSTRAP"], "APP_PATIENCE": "20s", **changes})


def told(product_id, version, **more):
    shelf.produce("product.state", product_id, shelf.framed(
        "ProductUpdated", product_id=product_id, version=version, name=f"Thing {product_id}", description="A thing.",
        picture="/static/favicon.svg", weight_grams=5, **{"price_minor": 1999, "currency": "USD", "stock": "PLENTY", **more}))


def commands():
    return [(key, headers["ce-type"]) for key, _, headers, _ in shelf.records("catalog.commands")]


class ProductTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        subprocess.run([ROOT / "build/bin/publish", "topics"], env={"APP_KAFKA": os.environ["KAFKA_BOOTSTRAP"]}, check=True,
                       stdout=subprocess.DEVNULL, timeout=60)
        told(PEN, 2, categories=["desk", "gifts"], stock="FEW", left=3)
        told(PEN, 1, price_minor=1)  # a zombie's: older, and last
        told(YEN, 1, currency="JPY", price_minor=1200, stock="NONE", categories=["desk"])
        told("OLD_OF_TEST", 4, retired=True, stock="NONE")
        for price, was in ((1500, 1200), (1999, 1500)):
            shelf.produce("catalog.events", PEN, shelf.framed("PriceChanged", product_id=PEN, price_minor=price, was_minor=was))

    def test_lists_the_newest_version_of_what_is_sold(self):
        lines = [line.split() for line in shopctl("list", "--category", "desk").stdout.splitlines() if "OF_TEST" in line]
        self.assertEqual([line[0] for line in lines], [PEN, YEN])
        self.assertEqual(lines[0][1:4], ["3", "left", "$19.99"])
        self.assertEqual(lines[1][1:4], ["sold", "out", "¥1,200"])
        self.assertEqual(shopctl("list", "--category", "desk", "--category", "gifts").stdout.split()[0], PEN)
        self.assertNotIn("OLD_OF_TEST", shopctl("list").stdout)
        everything = json.loads(shopctl("list", "--all", "--json").stdout)
        self.assertTrue([p for p in everything if p["product_id"] == "OLD_OF_TEST" and p["retired"]])
        self.assertEqual(json.loads(shopctl("list", "--category", "no such", "--json").stdout), [])

    def test_shows_one_and_its_history(self):
        self.assertEqual(json.loads(shopctl("show", PEN, "--json").stdout)["price_minor"], 1999)
        self.assertIn("A thing.", shopctl("show", PEN).stdout)
        self.assertEqual([e["said"]["price_minor"] for e in json.loads(shopctl("history", PEN, "--json").stdout)], [1500, 1999])
        self.assertIn("$19.99 now, not $15.00", shopctl("history", PEN).stdout)
        for word in ("show", "history"):
            self.assertEqual(shopctl(word, "NO_SUCH").returncode, 3)

    def test_a_dry_run_says_nothing_to_the_shop(self):
        before = commands()
        self.assertIn('"price_minor":4000', shopctl("price", PEN, "40", "--dry-run").stdout)
        self.assertIn('"price_minor":4000', shopctl("price", YEN, "4000", "--dry-run").stdout)
        self.assertIn('"price_minor":0', shopctl("price", PEN, "0", "--free", "--dry-run").stdout)
        self.assertIn('"quantity":7', shopctl("restock", PEN, "7", "--dry-run").stdout)
        self.assertEqual(shopctl("retire", "NO_SUCH", "--dry-run").returncode, 3)
        self.assertEqual(shopctl("retire", "OLD_OF_TEST", "--dry-run").returncode, 3)
        self.assertEqual(shopctl("add", PEN, "--name", "Pen", "--price", "1", "--dry-run").returncode, 3)
        self.assertIn("AddProduct", shopctl("add", "NEW", "--name", "Pen", "--price", "1", "--dry-run").stdout)
        self.assertEqual(commands(), before)

    def test_what_makes_no_sense_is_not_said(self):
        before = commands()
        for words in (["price", PEN, "1.999"], ["price", PEN, "-1"], ["price", PEN, "1e3"], ["price", PEN, "."], ["price", PEN],
                      ["price", YEN, "12.5"], ["price", PEN, "0"], ["price", PEN, "0.00"], ["add", "NEW", "--name", "Pen", "--price", "0"], ["restock", PEN, "0"], ["restock", PEN, "99999999999"], ["restock", PEN, "x"],
                      ["retire"], ["retire", "two words"], ["price", PEN, "5", "--stock", "3"], ["show", PEN, "--all"],
                      ["retire", PEN, "--command-id", "00000000-0000-0000-0000-000000000000"], ["add", "NEW", "--price", "1"], ["add", "NEW", "--name", "Pen"],
                      ["add", "NEW", "--name", "Pen", "--price", "1", "--currency", "XXX"],
                      ["add", "NEW", "--name", "Pen", "--price", "1.555", "--currency", "KWD"],
                      ["add", "NEW", "--name", "Pen\n", "--price", "1"], ["add", "a/b", "--name", "Pen", "--price", "1"],
                      ["add", "NEW", "--name", b"bad\xff", "--price", "1"], ["retire", b"bad\xff"], ["retire", "bell\a"],
                      ["add", "NEW", "--name", "Pen", "--price", "1", "--description", "bell\a"],
                      ["add", "NEW", "--name", "Pen", "--price", "1", "--category", " "],
                      ["add", "NEW", "--name", "Pen", "--price", "1", "--picture", "/static//x"],
                      ["add", "NEW", "--name", "Pen", "--price", "1", "--stock", "-1"], ["retire", PEN, "--command-id", "7"],
                      ["list", "--colour"], ["sell", PEN], []):
            done = shopctl(*words)
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)
            self.assertTrue(done.stderr, words)
        self.assertEqual(commands(), before)
        self.assertIn("1 or more", shopctl("restock", PEN, "-5").stderr)
        for words in (["--help"], ["price", "--help"]):
            self.assertIn("product restock ID PIECES", shopctl(*words).stdout)

    def test_a_command_that_nobody_answers_can_be_repeated(self):
        first = shopctl("restock", PEN, "2", "--command-id", COMMAND, APP_PATIENCE="3s")
        self.assertEqual(first.returncode, 1)
        self.assertIn(f"--command-id {COMMAND}", first.stderr)
        self.assertIn((PEN, "Restock"), commands())
        self.assertEqual([h["ce-id"] for k, _, h, _ in shelf.records("catalog.commands") if k == PEN], [COMMAND])
        away = shopctl("list", APP_KAFKA="127.0.0.1:1", APP_PATIENCE="1s")
        self.assertEqual(away.returncode, 1)
        self.assertIn("127.0.0.1:1", away.stderr)


if __name__ == "__main__":
    unittest.main()
