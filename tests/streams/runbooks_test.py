"""runbooks_test.py - what a runbook tells somebody to type at night exists: commands, their options, files, make's words, other pages.

It runs nothing that needs a shop; the recoveries themselves are tests of their own (tests/shop, tests/faults)."""
import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs/runbooks").glob("*.md"))
SHOPCTL = ROOT / "build/bin/shopctl"


def helps(*words):
    done = subprocess.run([SHOPCTL, *words, "--help"], env={}, check=False, capture_output=True, text=True, timeout=30)
    return done.returncode, done.stdout


def typed(text):
    """Each call of shopctl with its words, up to the end of the line or of the quotation."""
    return [words.split() for words in re.findall(r"(?:(?<=build/bin/)|(?<=\$ )|(?<=`))shopctl ([^`\n|;>&()]+)", text)]


class Runbooks(unittest.TestCase):
    def test_there_are_some_and_they_call_the_tool(self):
        calls = sum(len(typed(page.read_text())) for page in PAGES)
        self.assertGreater(len(PAGES), 12)
        self.assertGreater(calls, 60)

    def test_every_command_exists_with_every_option_that_is_typed(self):
        known = {}
        for page in PAGES:
            for words in typed(page.read_text()):
                with self.subTest(page=page.name, call=" ".join(words)):
                    if words[0] not in known:
                        known[words[0]] = helps(words[0])
                    code, text = known[words[0]]
                    self.assertEqual(code, 0, "there is no such command")
                    for option in (word.rstrip(".,:") for word in words if word.startswith("--")):
                        self.assertIn(option, text)
                    if words[0] in ("parked", "dead", "product", "ad", "schema") and len(words) > 1 and words[1].isalpha():
                        self.assertIn(words[1], text)

    def test_every_file_and_page_that_is_named_is_there(self):
        for page in PAGES:
            text = page.read_text()
            for target in re.findall(r"\]\(([^)#]+)\)", text):
                with self.subTest(page=page.name, link=target):
                    self.assertTrue((page.parent / target).exists())
            for path in re.findall(r"(?<![\w/$.])((?:services|tests|deploy|gateway|streams)/[\w./-]*\w)", text):
                with self.subTest(page=page.name, path=path):
                    self.assertTrue((ROOT / path).exists())

    def test_every_page_begins_with_what_one_sees_and_ends_when_it_is_over(self):
        for page in PAGES:
            with self.subTest(page=page.name):
                text = page.read_text().lower()
                self.assertRegex(text[:600], r"symptom|what one sees")
                self.assertRegex(text, r"it is over|is it over|until|equal")

    def test_makes_words_exist(self):
        targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
        for page in PAGES:
            for word in re.findall(r"(?:`|^ {4})make ([a-z-]+)", page.read_text(), re.M):
                with self.subTest(page=page.name, make=word):
                    self.assertIn(word, targets)


if __name__ == "__main__":
    unittest.main()
