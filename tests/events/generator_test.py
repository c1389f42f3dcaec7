#!/usr/bin/python3
"""generator_test.py - mistakes in schemas and topics are named with file and line, and nothing unpublished is built."""

# needs: none

import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHOP = ROOT / "tests/events/evolution"


class Generator(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.events = pathlib.Path(self.folder.name) / "events"
        self.catalogue = pathlib.Path(self.folder.name) / "docs/events.md"
        shutil.copytree(SHOP, self.events)

    def tearDown(self):
        self.folder.cleanup()

    def run_it(self, *words):
        words = ["/usr/bin/python3", ROOT / "events/generator/generate.py", "--events", self.events, "--catalogue", self.catalogue, *words]
        return subprocess.run(words, capture_output=True, text=True, check=False)

    def works(self, *words):
        done = self.run_it(*words)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def fails(self, sentence, *words):
        done = self.run_it(*(words or ("--out", self.events / "out")))
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(done.stderr, sentence)
        self.assertNotIn("Traceback", done.stderr)

    def edit(self, name, old, new):
        path = self.events / name
        text = path.read_text()
        self.assertIn(old, text)
        path.write_text(text.replace(old, new, 1))

    def test_the_shop_as_it_stands_is_right_and_a_second_run_changes_nothing(self):
        out = self.events / "out"
        self.works("--out", out)
        before = {path: path.stat().st_mtime_ns for path in out.iterdir()}
        self.works("--out", out)
        self.assertEqual(before, {path: path.stat().st_mtime_ns for path in out.iterdir()})
        self.works("--publish")
        for path in ["schema-ids", *(f"published/{p.name}" for p in (SHOP / "published").iterdir())]:
            self.assertEqual((self.events / path).read_bytes(), (SHOP / path).read_bytes())

    MISTAKES = [
        ("schemas/Color.avsc", '"default": "UNKNOWN"', '"default": "RED"', r"schemas/Color\.avsc:3: Color: .* must be UNKNOWN"),
        ("schemas/Color.avsc", '"GREEN"', '"RED"', "a symbol stands twice"),
        ("schemas/Color.avsc", '"GREEN"', '"green"', "not in capitals"),
        ("schemas/Color.avsc", '"name": "Color"', '"name": "Colour"', "must hold one type called Color"),
        ("schemas/Color.avsc", '"UNKNOWN", "RED"', '"UNKNOWN" "RED"', r"schemas/Color\.avsc:6: .*delimiter"),
        ("schemas/Part.avsc", '"type": "int"', '"type": "Part"', r"schemas/Part\.avsc:\d+: Part contains itself"),
        ("schemas/Part.avsc", '"type": "int"', '"type": "Nowhere"', r"schemas/Part\.avsc:8: there is no type Nowhere"),
        ("schemas/Part.avsc", '"type": "int"', '"type": {"type": "map", "values": "int"}', r"Part\.avsc:8: type map is not used"),
        ("schemas/Part.avsc", '"type": "int"', '"type": ["int", "string"]', r"is not \[\"null\", T\]"),
        ("schemas/Part.avsc", '"type": "int"', '"type": {"type": "array", "items": {"type": "array", "items": "int"}}', "items of an array"),
        ("schemas/Part.avsc", '"name": "weight"', '"name": "register"', "no good name for a member"),
        ("schemas/Part.avsc", '"name": "weight"', '"name": "size"', "Part.size stands twice"),
        ("schemas/Part.avsc", '"default": 7', '"default": "7"', r"Part\.avsc:9: Part\.size: the default '7' does not fit"),
        ("schemas/Part.avsc", '"default": null', '"default": "oak"', "does not fit"),
        ("schemas/Sample.avsc", '"name": "sample_id"', '"name": "id"', 'Sample lacks the key of its topic, the string "sample_id"'),
        ("topics.toml", 'messages = ["Sample"]', 'messages = []', "sample.events has no messages"),
        ("topics.toml", 'messages = ["Sample"]', 'messages = ["Simple"]', "Simple has no record"),
        ("topics.toml", 'messages = ["Sample"]', 'messages = ["Sample", "MakeSample"]', "MakeSample stands in two places"),
        ("topics.toml", 'writer = "maker"', 'writer = ""', "exactly one writer"),
        ("topics.toml", 'kind = "sample"', 'kind = "simple"', "there is no kind simple"),
        ("topics.toml", 'kept = "7d"', 'kept = "a week"', 'kept = "a week" is no time'),
        ("topics.toml", 'kept = "forever"', 'kept = "6d"', r"topics\.toml:\d+: sample\.events is kept 6d, but maker answers .*kept 7d"),
        ("topics.toml", 'writer = "maker"', 'writer = "maker"\nsecret = true', r"topics\.toml:\d+: sample\.events is secret and kept forever"),
        ("topics.toml", 'deadlines = ["SampleOverdue"]', 'deadlines = ["Part"]', "Part is a deadline and has no schema"),
        ("topics.toml", 'kind = "sample"\nasks', 'kind = "part"\nasks', "kind part has no key"),
        ("topics.toml", "[kinds]", "[kinds", "topics.toml"),
        ("schemas/AskForSample.avsc", '{"name": "sample_id", "type": "string"}', "", "AskForSample has no fields"),
    ]

    def test_every_mistake_is_named_with_its_place(self):
        for name, old, new, sentence in self.MISTAKES:
            with self.subTest(mistake=new):
                shutil.rmtree(self.events)
                shutil.copytree(SHOP, self.events)
                self.edit(name, old, new)
                self.fails(sentence)

    def test_an_edited_schema_must_be_published_before_anything_is_built(self):
        self.edit("schemas/Part.avsc", '"type": "int"}', '"type": "int"},\n    {"name": "depth", "type": "int", "default": 1}')
        self.edit("schemas/Sample.avsc", '"weight": 9', '"weight": 9, "depth": 2')
        self.fails(r"schemas/Sample\.avsc:1: Sample, or a type in it, differs from its published version 3; run: make republish-schemas")
        self.assertFalse((self.events / "out").exists())
        self.works("--publish")
        self.works("--out", self.events / "out")
        self.assertRegex((self.events / "schema-ids").read_text(), r"(?m)^4 Sample 3 .*\n5 Sample 4 .*\n1000000 ")
        self.assertIn("depth", (self.events / "published/Sample.4.avsc").read_text())

    def test_words_for_people_need_no_publishing(self):
        self.edit("schemas/Part.avsc", '"doc": "A part."', '"doc": "A piece."')
        self.works("--out", self.events / "out")

    def test_a_new_message_gets_the_next_id(self):
        schema = json.loads((self.events / "schemas/MakeSample.avsc").read_text()) | {"name": "SampleMade"}
        (self.events / "schemas/SampleMade.avsc").write_text(json.dumps(schema))
        self.edit("topics.toml", 'messages = ["Sample"]', 'messages = ["Sample", "SampleMade"]')
        self.fails(r"schemas/SampleMade\.avsc:1: SampleMade was never published; run: make publish-schemas")
        self.works("--publish")
        self.assertRegex((self.events / "schema-ids").read_text(), r"(?m)^5 SampleMade 1 ")
        self.works("--out", self.events / "out")

    def test_what_would_break_a_reader_is_not_published(self):
        for name, old, new, sentence in [
                ("schemas/Part.avsc", '"name": "weight"', '"name": "mass"', r"weight: was taken out or renamed"),
                ("schemas/Part.avsc", '"name": "size", "type": "long"', '"name": "size", "type": "int"', "type may not change"),
                ("schemas/Part.avsc", '"type": "int"}', '"type": "int"},\n {"name": "depth", "type": "int"}', "needs a default"),
                ("schemas/Color.avsc", '"RED", "GREEN"', '"GREEN", "RED"', "symbols may only be added, at the end"),
                ("schemas/Color.avsc", ', "BLUE"', "", "symbols may only be added"),
                ("schemas/Sample.avsc", '["null", "string"]', '["null", "bytes"]', "type may not change")]:
            with self.subTest(change=new):
                shutil.rmtree(self.events)
                shutil.copytree(SHOP, self.events)
                self.edit(name, old, new)
                if name.endswith("Part.avsc"):
                    self.edit("schemas/Sample.avsc", '"weight": 9', '"weight": 9, "mass": 9, "depth": 1')
                self.fails(sentence, "--publish")
                self.assertEqual((self.events / "schema-ids").read_bytes(), (SHOP / "schema-ids").read_bytes())

    def test_a_changed_file_is_checked_against_every_version_and_nothing_is_written(self):
        changed = pathlib.Path(self.folder.name) / "Part.avsc"
        text = (self.events / "schemas/Part.avsc").read_text()
        changed.write_text(text)
        self.works("--check-change", changed)
        changed.write_text(text.replace('"name": "size", "type": "long"', '"name": "size", "type": "int"', 1))
        self.assertNotEqual(changed.read_text(), text)
        self.fails(r"Sample.*size: the type may not change \(version \d\)", "--check-change", changed)
        changed.write_text('{"type": "map", "name": "Part", "namespace": "shop", "values": "int"}')
        self.fails("no maps", "--check-change", changed)
        self.fails("there is no such file", "--check-change", changed.with_name("Nothing.avsc"))
        self.assertEqual((self.events / "schema-ids").read_bytes(), (SHOP / "schema-ids").read_bytes())
        self.assertEqual((self.events / "schemas/Part.avsc").read_text(), text)

    def test_what_was_published_is_not_edited(self):
        self.edit("published/Sample.1.avsc", '"int"', '"long"')
        self.fails(r"Sample\.1\.avsc is missing or was edited")
        self.fails(r"Sample\.1\.avsc is missing or was edited", "--publish")
        shutil.copy(SHOP / "published/Sample.1.avsc", self.events / "published")
        self.edit("schema-ids", "\n3 Sample", "\n7 Sample")
        self.fails("not counted one by one")

    def test_before_the_first_release_everything_becomes_version_one(self):
        self.edit("schemas/Part.avsc", '"name": "weight"', '"name": "mass"')
        self.edit("schemas/Sample.avsc", '"weight": 9', '"mass": 9')
        self.works("--republish")
        self.works("--out", self.events / "out")
        lines = [" ".join(line.split()[:3]) for line in (self.events / "schema-ids").read_text().splitlines() if line[0] != "#"]
        self.assertEqual(lines, ["1 MakeSample 1", "2 Sample 1", "1000000 AskForSample 1"])
        self.assertEqual(len(list((self.events / "published").iterdir())), 3)

    def test_a_stale_catalogue_is_noticed(self):
        self.fails("is stale; run: make docs", "--check-docs")
        self.works("--docs")
        self.works("--check-docs")
        self.edit("schemas/Part.avsc", '"doc": "A part."', '"doc": "A piece."')
        self.fails("is stale", "--check-docs")


if __name__ == "__main__":
    unittest.main(verbosity=2)
