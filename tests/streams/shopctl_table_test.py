"""shopctl_table_test.py - what holds for every command of the keeper's tool, by its own list: a new one without it fails here.

Help, data for programs, a dry run and the right cluster where it writes, and an answer in a bounded time to nonsense and to
a shop that is away: what happened, and never a crash."""
# needs: kafka
import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
KAFKA = os.environ["KAFKA_BOOTSTRAP"]
AWAY = "127.0.0.1:1"
ID = "6f9619ff-8b86-5011-b42d-00c04fc964ff"

# How each is called when it makes sense; {file} holds one product and one campaign. A new command is a new line.
LINES = {
    "seed": ["{products}"],
    "product add": ["NEW", "--name", "New", "--price", "1.00"],
    "product price": ["NEW", "1.00"],
    "product restock": ["NEW", "1"],
    "product retire": ["NEW"],
    "product": ["list"],
    "rates": [],
    "rates accept": ["EUR"],
    "ad run": ["{campaigns}"],
    "ad stop": ["mugs"],
    "ad": ["report"],
    "experiment": [],
    "why": [ID],
    "audit": [],
    "lag": [],
    "topics": [],
    "positions": [],
    "parked": ["list"],
    "parked redrive": [ID],
    "parked drop": [ID, "--reason", "a test", "--yes"],
    "dead": ["list"],
    "dead redrive": [ID],
    "dead drop": [ID, "--reason", "a test", "--yes"],
    "replay": ["--reader", "email", "--from", "beginning", "--yes"],
    "digest": [],
    "rebuild": ["email", "--yes"],
    "schema publish": [],
    "forget": [ID, "--yes"],
}

# Their words, and why: a schema is checked by the generator, whose words are told as they are; nothing of a cluster is written.
WITHOUT_JSON = {"schema"}
WITHOUT_CLUSTER = {"schema publish"}

# What destroys for ever asks, and a script that does not say --yes is told so.
ASKS = {"parked drop", "dead drop", "replay", "rebuild", "forget"}

NONSENSE = [["--no-such-option"], ["\x01\xff"], ["-1"], ["x" * 3000], ["no-such-word", "no", "such", "words", "at", "all"]]


def shopctl(*words, **environment):
    """Its patience is short, so what takes two minutes does not end by itself: the timeout is the bound."""
    return subprocess.run([ROOT / "build/bin/shopctl", *words], env={"APP_PATIENCE": "300ms", **environment}, check=False,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=120)


def commands():
    """name -> the words of it that write; ["*"] when it always does."""
    lines = [line.split("\t") for line in shopctl("--commands").stdout.splitlines()]
    return {name: writes.split() for name, writes in lines}


def lines():
    """Every command and word of the list, as it is called: (its name in LINES, its words)."""
    for name, writes in commands().items():
        for key in [name if word == "*" else f"{name} {word}" for word in writes] + ([] if writes == ["*"] else [name]):
            if key in LINES:
                yield key, [*key.split(), *LINES[key]]


class TableTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        files = {"products": "services/catalog/catalog.json", "campaigns": "services/ad/campaigns.json"}
        cls.files = {name: str(ROOT / path) for name, path in files.items()}

    def lines(self):
        for key, words in lines():
            yield key, [word.format(**self.files) for word in words]

    def test_every_command_of_the_list_is_tried_here(self):
        for name, writes in commands().items():
            for word in writes:
                self.assertIn(name if word == "*" else f"{name} {word}", LINES, "say in LINES how it is called")
            self.assertTrue(writes or name in LINES, f"say in LINES how {name} is called")

    def test_every_command_has_help_that_names_its_options(self):
        for name, writes in commands().items():
            with self.subTest(name):
                done = shopctl(name, "--help")
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertIn(f"shopctl {name}", done.stdout)
                if name not in WITHOUT_JSON:
                    self.assertIn("--json", done.stdout)
                if writes:
                    self.assertIn("--dry-run", done.stdout)
                if any(key.split()[0] == name for key in ASKS):
                    self.assertIn("--yes", done.stdout)

    def test_what_writes_refuses_the_wrong_cluster(self):
        for key, words in self.lines():
            if key.split()[0] in commands() and key not in WITHOUT_CLUSTER and self.writes(key):
                with self.subTest(key):
                    done = shopctl(*words, APP_KAFKA=KAFKA, KAFKA_CLUSTER="another", APP_PATIENCE="30s")
                    self.assertEqual(done.returncode, 3, done.stderr)
                    self.assertIn("wrong cluster", done.stderr)
                    self.assertIn("Nothing was done", done.stderr)

    def writes(self, key):
        name, _, word = key.partition(" ")
        return commands()[name] == ["*"] or word in commands()[name]

    def test_nonsense_is_told_and_is_no_crash(self):
        for name in commands():
            for nonsense in NONSENSE:
                with self.subTest(f"{name} {nonsense[0][:20]!r}"):
                    done = shopctl(name, *nonsense, APP_KAFKA=KAFKA)
                    self.assertIn(done.returncode, (1, 2, 3), done.stdout + done.stderr)
                    self.assertTrue(done.stderr.strip(), "it fails, and says nothing")

    def test_without_settings_it_says_which_is_missing(self):
        for key, words in self.lines():
            if key not in WITHOUT_CLUSTER:
                with self.subTest(key):
                    done = shopctl(*words)
                    self.assertIn(done.returncode, (1, 2), done.stdout + done.stderr)
                    self.assertRegex(done.stderr, "APP_KAFKA|DATABASE_URL")

    def test_of_a_kafka_that_is_away_it_is_told_where_and_soon(self):
        for key, words in self.lines():
            if key not in WITHOUT_CLUSTER:
                with self.subTest(key):
                    done = shopctl(*words, APP_KAFKA=AWAY, KAFKA_CLUSTER="ours")
                    self.assertIn(done.returncode, (1, 2, 3), done.stdout + done.stderr)
                    self.assertRegex(done.stderr + done.stdout, f"{AWAY}|DATABASE_URL|away", "it does not say what is away")

    def test_of_a_database_that_is_away_it_is_told_which(self):
        urls = {f"DATABASE_URL_{name}": f"postgresql://{name.lower()}@127.0.0.1:1/{name.lower()}"
                for name in ("CART", "CHECKOUT", "CATALOG", "PAYMENT", "SHIPPING", "EMAIL", "GATEWAY")}
        for key in ("why", "lag", "positions", "parked", "parked redrive", "parked drop", "replay", "digest", "rebuild"):
            with self.subTest(key):
                words = dict(self.lines())[key]
                done = shopctl(*words, APP_KAFKA=KAFKA, **urls)
                self.assertIn(done.returncode, (1, 3), done.stdout + done.stderr)
                self.assertRegex(done.stderr + done.stdout, "email|payment", "it does not say whose database is away")

    def test_the_addresses_of_databases_may_stand_in_a_folder_of_files(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("email", "payment"):
                pathlib.Path(folder, f"database-{name}").write_text(f"postgresql://{name}@127.0.0.1:1/{name}\n")
            pathlib.Path(folder, "session.key").write_text("nobody's address")
            done = shopctl("parked", "list", APP_KAFKA=KAFKA, DATABASE_URLS=folder)
        self.assertIn("email", done.stderr)
        self.assertIn("payment", done.stderr)
        self.assertNotIn("nobody", done.stderr + done.stdout)

    def test_what_is_offered_once_is_offered_again_only_when_the_file_is_another(self):
        for words in (["seed", "--once"], ["ad", "run", "--no-wait", "--once"]):
            with self.subTest(words), tempfile.TemporaryDirectory() as folder:
                file, marks = pathlib.Path(folder, "file"), pathlib.Path(folder, "marks")
                file.write_text(pathlib.Path(self.files["products" if words[0] == "seed" else "campaigns"]).read_text())
                said = []
                for _ in range(2):
                    said.append(shopctl(*words, str(marks), str(file), APP_KAFKA=KAFKA, APP_PATIENCE="30s"))
                file.write_text(file.read_text() + "\n")
                said.append(shopctl(*words, str(marks), str(file), APP_KAFKA=KAFKA, APP_PATIENCE="30s"))
                self.assertEqual([(done.returncode, done.stderr) for done in said], [(0, "")] * 3)
                self.assertEqual(said[1].stdout, "")
                self.assertEqual(len(marks.read_text().split()), 2)
                # A shop that is away has not taken it, so nothing is noted.
                marks.unlink()
                self.assertNotEqual(shopctl(*words, str(marks), str(file), APP_KAFKA=AWAY).returncode, 0)
                self.assertFalse(marks.exists())


if __name__ == "__main__":
    unittest.main()
