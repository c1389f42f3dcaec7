#!/usr/bin/python3
"""compiler_test.py - the template compiler: what it refuses, and what the C that it makes really prints."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "gateway/templates/compiler"))
sys.dont_write_bytecode = True

import compile as compiler  # noqa: E402
from trouble import Trouble  # noqa: E402

TYPES = """
enum colour red green
record thing            # a comment
    name:str
    price:str
    left:int
    colour:colour
record box
    label:str
    things:list<thing>
"""


class Folder(unittest.TestCase):
    """A folder of templates of its own for each test."""

    def setUp(self):
        keep = tempfile.TemporaryDirectory()
        self.addCleanup(keep.cleanup)
        self.root = pathlib.Path(keep.name)
        self.templates = self.root / "templates"
        self.out = self.root / "gen" / "pages"
        (self.root / "static").mkdir()
        self.templates.mkdir()
        self.write("types.txt", TYPES)

    def write(self, name, text):
        (self.templates / name).write_text(text)

    def compile(self):
        compiler.compile_all(self.out, sorted(self.templates.iterdir()))

    def made(self, text, name="a.html"):
        self.write(name, text)
        self.compile()
        return (self.out / (name.replace(".html", "").replace(".txt", "_text") + ".c")).read_text()

    def refused(self, text, sentence, line=None, name="a.html"):
        with self.assertRaises(Trouble) as caught:
            self.made(text, name)
        self.assertIn(sentence, str(caught.exception))
        if line is not None:
            self.assertIn(f"{name}:{line}: ", str(caught.exception))


class Refuses(Folder):
    def test_a_name_that_is_not_declared(self):
        self.refused("{% in x:str %}\n<p>\n{{y}}</p>", "'y' is not declared", 3)

    def test_a_field_that_a_record_lacks(self):
        self.refused("{% in t:thing %}\n{{t.nmae}}", "the record thing has no field 'nmae'", 2)

    def test_a_type_that_nobody_declared(self):
        self.refused("{% in t:thingy %}{{t}}", "the type 'thingy' is not declared", 1)

    def test_a_value_in_script(self):
        self.refused("{% in x:str %}<script>var a = '{{x}}';</script>", "a value cannot stand in raw of <script>", 1)

    def test_a_value_in_style(self):
        self.refused("{% in x:str %}<style>p{color:{{x}}}</style>", "a value cannot stand in raw of <style>")

    def test_a_value_in_an_event_handler(self):
        self.refused("{% in x:str %}<p\n\n onclick=\"go('{{x}}')\">", "attribute onclick: it would be run", 3)

    def test_a_value_in_a_style_attribute(self):
        self.refused('{% in x:str %}<p style="color:{{x}}">', "attribute style")

    def test_a_value_in_a_comment(self):
        self.refused("{% in x:str %}<!-- {{x}} -->", "a value cannot stand in comment")

    def test_a_value_as_a_tag_or_an_attribute(self):
        self.refused("{% in x:str %}<{{x}}>", "a value cannot stand in open")
        self.refused("{% in x:str %}<p {{x}}>", "a value cannot stand in in_tag")
        self.refused("{% in x:str %}<p id={{x}}>", "a value cannot stand in equals")

    def test_an_attribute_without_quotes(self):
        self.refused("{% in x:str %}<p id=a>", "must be quoted")

    def test_a_bare_value_in_a_link(self):
        self.refused('{% in x:str %}<a href="{{x}}">', "needs |url")
        self.refused('{% in x:str %}<form action="/a/{{x}}">', "needs |url")

    def test_text_in_a_refresh(self):
        self.refused('{% in x:str %}<meta http-equiv="refresh" content="{{x}}">', "only a number")

    def test_markup_as_it_is_in_an_attribute(self):
        self.refused('{% in x:str %}<p id="{{&x}}">', "can only stand in text")

    def test_ways_that_end_in_different_places(self):
        self.refused('{% in x:bool %}<p\n{% if x %} id="a{% end %}>', "end differently", 2)
        self.refused('{% in l:list<str> %}{% for s in l %}<p id="{% end %}', "end differently")

    def test_a_name_glued_together_by_a_statement(self):
        self.refused("{% in x:bool %}<p{% if x %}re{% end %}>", "a blank, / or > must follow")

    def test_what_is_never_closed(self):
        self.refused("{% in x:bool %}\n\n{% if x %}a", "never closed", 3)
        self.refused("{% in x:bool %}{% end %}", "without a beginning")
        self.refused('{% in x:str %}<p id="a', "ends inside")

    def test_what_may_be_absent_unless_asked(self):
        self.refused("{% in t:maybe<thing> %}{{t.name}}", "may be absent")
        self.refused("{% in t:maybe<thing> %}{% if not t %}{{t.name}}{% end %}", "may be absent")
        self.refused("{% in t:maybe<thing> %}{% if t %}{% end %}{{t.name}}", "may be absent")
        self.refused("{% in t:maybe<thing> %}{% if not t %}{% else %}{{t.name}}{% end %}\n{{t.name}}", "may be absent", 2)

    def test_comparing_unlike_things(self):
        self.refused('{% in t:thing %}{% if t.left == "a" %}{% end %}', "is a int and is compared with a str")
        self.refused("{% in t:thing %}{% if t.colour == blue %}{% end %}", "colour has no symbol blue")

    def test_parts_that_do_not_fit(self):
        self.write("part.html", "{% in t:thing %}{{t.name}}")
        self.refused("{% in t:str %}{% include part.html %}", "takes 't' as thing, but it is given a str", 1)
        self.refused("{% in x:thing %}{% include part.html %}", "'t' is not declared", 1)
        self.refused("{% in t:thing %}{% include part.html u=t %}", "takes nothing of the name 'u'", 1)
        self.refused("{% in t:thing %}{% include gone.html %}", "there is no template 'gone.html'", 1)
        self.refused("{% in t:thing %}{% include a.html %}", "includes itself", 1)

    def test_a_block_that_the_layout_lacks(self):
        self.write("paper.html", "<p>{% slot body %}</p>")
        self.refused("{% layout paper.html %}{% in x:str %}{% block side %}{% end %}", "no slot 'side'")

    def test_half_a_mark(self):
        for mark in ("{{", "{%", "{#"):
            self.refused("{% in x:str %}\n" + mark + "x", f"'{mark}' without its end", 2)

    def test_types_that_make_no_sense(self):
        for types, sentence in (
            ("record a\n    b:c\n", "the type 'c' is not declared"),
            ("record a\n    b:str\n    b:str\n", "declared twice"),
            ("record int\n    b:str\n", "a word of C"),
            ("record a\nrecord b\n    c:str\n", "has no fields"),
            ("    b:str\n", "without a record"),
            ("thing\n", "starts with 'record NAME'"),
            ("record a\n    b:list<list<str>>\n", "plain things"),
        ):
            self.write("types.txt", types)
            self.refused("{% in x:str %}{{x}}", sentence, name="a.html")

    def test_an_asset_that_is_not_there(self):
        self.refused('{% in x:str %}<img src="/{% asset gone.svg %}">', "there is no file")

    def test_by_exit_status(self):
        self.write("a.html", "{% in x:str %}{{y}}")
        command = [sys.executable, ROOT / "gateway/templates/compiler/compile.py", "--out", self.out]
        done = subprocess.run([*command, self.templates / "a.html"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("a.html:1: 'y' is not declared", done.stderr)


class Makes(Folder):
    def test_the_escape_that_each_place_asks_for(self):
        c = self.made('{% in s:str, n:int %}<p id="{{s}}">{{s}}{{&s}}{{n}}</p><a href="{{s|path}}/{{s|url}}">x</a>')
        puts = [line.split("(")[0].strip() for line in c.splitlines() if "page->" in line]
        self.assertEqual(puts, ["out_put_html", "out_put_html", "out_put_str", "out_put_int", "out_put_path", "out_put_url"])

    def test_plain_text_with_every_value_on_its_line_even_behind_a_condition(self):
        c = self.made("{% in s:str %}\n{% if s %}\n{{s}}\n{% end %}\n{{s}}\n", "a.txt")
        self.assertNotIn("out_put_html", c)
        self.assertEqual(c.count("out_put_line"), 2)

    def test_only_what_changed(self):
        self.made("{% in s:str %}{{s}}")
        before = (self.out / "a.c").stat().st_mtime_ns
        self.compile()
        self.assertEqual((self.out / "a.c").stat().st_mtime_ns, before)

    def test_nothing_of_a_template_that_is_gone(self):
        self.made("{% in s:str %}{{s}}")
        (self.templates / "a.html").unlink()
        self.write("b.html", "{% in s:str %}{{s}}")
        self.compile()
        self.assertEqual(sorted(p.name for p in self.out.iterdir()), ["b.c", "b.h", "types.c", "types.h"])

    def test_an_asset_with_the_hash_of_its_content(self):
        (self.root / "static/x.css").write_text("p{}")
        first = self.made('{% in s:str %}<link href="/{% asset x.css %}">')
        (self.root / "static/x.css").write_text("p{margin:0}")
        self.compile()
        self.assertIn("static/x.css?v=", first)
        self.assertNotEqual((self.out / "a.c").read_text(), first)

    def test_enum_and_list_types(self):
        self.made("{% in b:box %}{{b.label}}")
        types = (self.out / "types.h").read_text()
        self.assertIn("enum shown_colour {\n    SHOWN_COLOUR_RED,\n    SHOWN_COLOUR_GREEN,\n};", types)
        self.assertIn("struct shown_thing_list things;", types)


class Runs(Folder):
    """The C is built with warnings as errors, run, and its output read."""

    def run_page(self, fill, name="a", text_of=""):
        struct = f"page_{name}{text_of}"
        (self.root / "main.c").write_text(
            f'#include "pages/{name}{text_of}.h"\n#include <stdio.h>\n'
            f"int main(void)\n{{\n    struct out out;\n    struct {struct} page;\n    memset(&page, 0, sizeof page);\n"
            f"    {fill}\n    out_init(&out);\n    render_{name}{text_of}(&out, &page);\n"
            f"    fwrite(out.ptr, 1, out.len, stdout);\n    out_release(&out);\n    return 0;\n}}\n"
        )
        sources = [self.root / "main.c", *self.out.glob("*.c"), ROOT / "services/lib/base/out.c"]
        flags = "-std=c11 -D_GNU_SOURCE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wundef -Werror -O1 -g".split()
        places = ["-I", ROOT / "services/lib", "-I", self.root / "gen"]
        program = self.root / "page"
        subprocess.run(["gcc", *flags, *places, "-fsanitize=address,undefined", "-o", program, *sources], check=True)
        return subprocess.run([program], check=True, capture_output=True).stdout.decode()

    def test_loops_conditions_parts_and_layout(self):
        self.write("paper.html", "{% in title:str %}\n<title>{% slot head %}{{title}}</title>\n<main>{% slot body %}</main>")
        self.write("row.html", '{% in t:thing %}<li class="{{t.colour}}">{{t.name}}{% if t.left %} {{t.left}}{% end %}</li>\n')
        self.made(
            "{% layout paper.html %}{% in box:box, extra:maybe<thing> %}{% block head %}{{box.label}} {% end %}"
            "{% if box.things %}<ul>{% for t in box.things %}{% include row.html %}{% end %}</ul>{% else %}none{% end %}"
            '{% if extra and extra.colour == green %}{% include row.html t=extra %}{% elif box.label == "B&B" %}quiet{% end %}'
        )
        things = (
            "struct shown_thing things[] = {{STR(\"<a>\"), STR(\"1\"), 0, SHOWN_COLOUR_RED}, "
            "{STR(\"b\"), STR(\"2\"), -3, SHOWN_COLOUR_GREEN}}; page.title = STR(\"T?\" \"?!\"); page.box.label = STR(\"B&B\");"
        )
        head = "<title>B&amp;B T??!</title>\n<main>"
        rows = '<ul><li class="red">&lt;a&gt;</li>\n<li class="green">b -3</li>\n</ul>'
        use = "page.box.things.items = things; page.box.things.count = 2;"
        self.assertEqual(self.run_page(things + use), f"\n{head}{rows}quiet</main>".lstrip("\n"))
        green = '<li class="green">b -3</li>\n'
        self.assertEqual(self.run_page(things + "page.extra = &things[1];"), f"{head}none{green}</main>")

    def test_attributes_that_come_and_go(self):
        self.made('{% in on:bool, l:list<str> %}<option{% if on %} selected{% end %}><p {% if not on %}hidden{% end %}>'
                  '<i class="a{% for s in l %} {{s}}{% end %}">')
        self.assertEqual(self.run_page("page.on = true;"), '<option selected><p ><i class="a">')
        lists = 'struct str words[] = {STR("b\\""), STR("c")}; page.l.items = words; page.l.count = 2;'
        self.assertEqual(self.run_page(lists), '<option><p hidden><i class="a b&quot; c">')

    def test_literals_of_any_kind_and_length(self):
        text = "é€ ??= ??/ \\ \" %d \\n " + "0123456789 \\x " * 700
        self.made("{% in s:str %}" + text)
        self.assertEqual(self.run_page(""), text)

    def test_text_templates(self):
        self.made("{% in s:str, l:list<str> %}\nDear {{s}},\n{% for x in l %}\n  - {{x}}\n{% end %}\n\n-- \n<us>\n", "a.txt")
        fill = 'struct str l[] = {STR("a&b"), STR("c\\nd")}; page.l.items = l; page.l.count = 2; page.s = STR("<you>");'
        self.assertEqual(self.run_page(fill, text_of="_text"), "Dear <you>,\n  - a&b\n  - c d\n\n-- \n<us>\n")

    def test_a_text_of_one_line_is_without_its_end(self):
        self.made("{% in s:str %}\nHello {{s}}\n", "a.txt")
        self.assertEqual(self.run_page('page.s = STR("a\\r\\nBcc: b");', text_of="_text"), "Hello a  Bcc: b")


if __name__ == "__main__":
    unittest.main()
