#!/usr/bin/python3
"""templates_static_test.py - what pages link to: small, well formed, nothing foreign, nothing that could run."""
import pathlib
import re
import unittest
import xml.etree.ElementTree as xml

STATIC = pathlib.Path(__file__).resolve().parents[2] / "gateway/static"
SVG = "{http://www.w3.org/2000/svg}"
PRODUCTS = ("sunglasses tank-top watch loafers hairdryer candle-holder salt-and-pepper-shakers bamboo-glass-jar mug").split()


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


class Pictures(unittest.TestCase):
    def test_each_product_has_its_own(self):
        texts = {(STATIC / f"img/products/{name}.svg").read_text() for name in PRODUCTS}
        self.assertEqual(len(texts), len(PRODUCTS))

    def test_they_draw_and_do_nothing_else(self):
        for path in STATIC.rglob("*.svg"):
            with self.subTest(path.name):
                root = xml.parse(path).getroot()
                self.assertEqual(root.tag, SVG + "svg")
                self.assertIn("viewBox", root.attrib)
                self.assertLess(path.stat().st_size, 24 * 1024)
                for node in root.iter():
                    self.assertNotIn(node.tag, {SVG + tag for tag in ("script", "style", "image", "foreignObject", "a")})
                    for name, value in node.attrib.items():
                        self.assertFalse(name.startswith("on") or name == "style", name)
                        self.assertFalse(name.endswith("href") and not value.startswith("#"), value)

    def test_what_a_picture_refers_to_is_in_it(self):
        for path in STATIC.rglob("*.svg"):
            text = path.read_text()
            there = re.findall(r' id="([^"]+)"', text)
            self.assertEqual(len(there), len(set(there)), path.name)
            wanted = set(re.findall(r'(?:url\(#|href="#)([^")]+)', text))
            self.assertLessEqual(wanted, set(there), path.name)


class Style(unittest.TestCase):
    def setUp(self):
        self.text = (STATIC / "shop.css").read_text()

    def test_it_is_one_small_sheet_that_loads_nothing(self):
        self.assertLess(len(self.text.encode()), 15 * 1024)
        self.assertNotRegex(self.text, r"@import|url\(")
        self.assertEqual([path.name for path in STATIC.rglob("*.css")], ["shop.css"])

    def test_text_can_be_read_in_light_and_in_dark(self):
        light, dark = re.findall(r":root \{(.*?)\}", self.text, re.S)
        for block in (light, dark):
            colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))
            pairs = [(text, under) for text in ("ink", "soft", "green", "warm") for under in ("paper", "sheet")]
            pairs += [("on-green", "green"), ("ink", "wash"), ("ink", "warm-wash"), ("soft", "wash")]
            for text, under in pairs:
                self.assertGreaterEqual(contrast(colours[text], colours[under]), 4.5, f"{text} on {under}")
            self.assertGreaterEqual(contrast(colours["edge"], colours["sheet"]), 3, "the edge of a field")


class Script(unittest.TestCase):
    def test_it_is_small_and_runs_no_text(self):
        text = (STATIC / "shop.js").read_text()
        self.assertLess(len(text.encode()), 8 * 1024)
        self.assertNotRegex(text, r"\beval\b|new Function|document\.write|https?://")


if __name__ == "__main__":
    unittest.main()
