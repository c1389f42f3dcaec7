#!/usr/bin/python3
"""evolution_test.py - every reader reads every writer: the generated codec of the schemas in evolution/, at their third
version, against what older, newer and quite different writers wrote."""

# needs: none

import json
import pathlib
import struct
import subprocess
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SHOP = HERE / "evolution"
SOURCES = [ROOT / f"services/lib/{s}.c" for s in (
    "msg/codec", "msg/decode", "msg/json", "msg/plan", "msg/schema", "msg/utf8", "base/arena", "base/status")]
FLAGS = ["-std=c11", "-D_GNU_SOURCE", "-g", "-O1", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror",
         "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]


def number(value):
    """Avro's int and long."""
    rest = (value << 1) ^ (value >> 63)
    out = bytearray()
    while rest >= 0x80:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes(out + bytes([rest]))


def text(value):
    data = value.encode() if isinstance(value, str) else value
    return number(len(data)) + data


def items(*each):
    return (number(len(each)) if each else b"") + b"".join(each) + b"\0"


def real(value):
    return struct.pack("<d", value)


class Tool:
    """The codec in a process of its own, built with sanitizers."""

    def __init__(self, folder):
        generated = folder / "msg"
        subprocess.run(["/usr/bin/python3", ROOT / "events/generator/generate.py", "--events", SHOP, "--out", generated], check=True)
        program = folder / "codec_tool"
        subprocess.run(["gcc", *FLAGS, f"-I{folder}", f"-I{ROOT}/services/lib", "-o", program, HERE / "codec_tool.c", *SOURCES,
                        *sorted(generated.glob("*.c")), "-ljansson"], check=True)
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().rstrip("\n")

    def learn(self, schema_id, path):
        return self.ask(f"learn {schema_id} {path}")

    def decode(self, schema_id, body):
        return self.ask("decode " + (b"\0" + schema_id.to_bytes(4, "big") + body).hex())

    def close(self):
        self.process.stdin.close()
        return self.process.wait(), self.process.stdout.close()


# What version 3 adds to version 1, as a reader sees it.
DEFAULTS = {
    "note": None, "price": -100, "ratio": 0.5, "sure": True, "tags": ["a", 'é"?'], "numbers": [], "seen": "GREEN", "blob": "ff01",
    "main": {"name": "hull", "weight": 9, "size": 3, "material": None}, "spare": None, "colors": ["RED"], "lot": None,
}
FIRST = text("s-1") + number(-7) + number(2) + items(text("wheel") + number(300), text("") + number(0))
FIRST_SAYS = {
    "sample_id": "s-1", "count": -7, "color": "GREEN",
    "parts": [{"name": "wheel", "weight": 300, "size": 7, "material": None}, {"name": "", "weight": 0, "size": 7, "material": None}],
}
THIRD = (
    text("s-3") + number(2**31 - 1) + number(3) + items(text("ö") + number(1) + number(-(2**63)) + number(1) + text("oak"))
    + number(1) + text("a note") + number(2**63 - 1) + real(-0.25) + b"\0" + items(text("x")) + items(number(1), number(-1))
    + number(1) + text(b"\x00\xff") + text("m") + number(2) + number(3) + number(0) + number(1) + text("sp") + number(4) + number(5)
    + number(0) + items(number(3), number(0)) + number(1) + items(number(8))
)
THIRD_SAYS = {
    "sample_id": "s-3", "count": 2**31 - 1, "color": "BLUE",
    "parts": [{"name": "ö", "weight": 1, "size": -(2**63), "material": "oak"}], "note": "a note", "price": 2**63 - 1, "ratio": -0.25,
    "sure": False, "tags": ["x"], "numbers": [1, -1], "seen": "RED", "blob": "00ff",
    "main": {"name": "m", "weight": 2, "size": 3, "material": None}, "spare": {"name": "sp", "weight": 4, "size": 5, "material": None},
    "colors": ["BLUE", "UNKNOWN"], "lot": [8],
}


class Evolution(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.tool = Tool(pathlib.Path(cls.folder.name))

    @classmethod
    def tearDownClass(cls):
        status, _ = cls.tool.close()
        cls.folder.cleanup()
        assert status == 0, "the sanitizers found something"

    def says(self, answer, wanted):
        name, _, words = answer.split("\t")
        self.assertEqual(name, "Sample")
        self.assertEqual(json.loads(words), wanted)

    def learn(self, schema_id, schema):
        """schema: the name of a file in writers, or a schema."""
        if isinstance(schema, str):
            return self.tool.learn(schema_id, SHOP / "writers" / schema)
        path = pathlib.Path(self.folder.name) / f"{schema_id}.avsc"
        path.write_text(json.dumps(schema))
        return self.tool.learn(schema_id, path)

    def test_a_record_of_the_first_version_gets_every_default(self):
        self.says(self.tool.decode(1, FIRST), FIRST_SAYS | DEFAULTS)

    def test_a_record_of_the_second_version_keeps_what_it_says(self):
        self.says(self.tool.decode(3, FIRST + number(1) + text("hm") + number(5)), FIRST_SAYS | DEFAULTS | {"note": "hm", "price": 5})
        self.says(self.tool.decode(3, FIRST + number(0) + number(5)), FIRST_SAYS | DEFAULTS | {"price": 5})

    def test_a_record_of_today_says_all_and_is_written_back_byte_for_byte(self):
        answer = self.tool.decode(4, THIRD)
        self.says(answer, THIRD_SAYS)
        self.assertEqual(answer.split("\t")[1], (b"\0\0\0\0\4" + THIRD).hex())

    def test_every_published_version_reads_the_same_when_learned_at_run_time(self):
        for schema_id, version, body in ((101, 1, FIRST), (103, 2, FIRST + number(0) + number(5)), (104, 3, THIRD)):
            path = SHOP / f"published/Sample.{version}.avsc"
            self.assertEqual(self.tool.learn(schema_id, path), "learned")
            self.assertEqual(self.tool.decode(schema_id, body), self.tool.decode({1: 1, 2: 3, 3: 4}[version], body))

    def test_fields_in_another_order_of_other_types_and_with_much_to_skip(self):
        self.assertEqual(self.learn(200, "reordered.avsc"), "learned")
        extra = text("k") + number(2) + b"\1\2\3\4" + items(items(number(0) + b"\0\0\0\0", number(1) + b"\0" * 8), items())
        skipped = number(-1) + number(len(extra)) + extra + number(1) + text("") + number(0) + b"\0"
        body = (
            number(0) + items(number(5), number(-6)) + skipped + items(number(1) + number(11) + number(12) + text("bytes"))
            + number(1) + struct.pack("<f", 1.5) + number(77) + number(0) + number(1) + number(2) + text("M") + text("é")
            + text("plain") + number(3) + text("id")
        )
        self.says(self.tool.decode(200, body), DEFAULTS | {
            "sample_id": "id", "count": 3, "color": "UNKNOWN", "lot": [5, -6], "ratio": 1.5, "price": 77, "blob": "c3a9", "note": "plain",
            "parts": [{"name": "bytes", "weight": 11, "size": 12, "material": None}],
            "main": {"name": "M", "weight": 1, "size": 2, "material": None}})
        lying = body.replace(number(-1) + number(len(extra)), number(-1) + number(len(extra) - 1), 1)
        self.assertRegex(self.tool.decode(200, lying), "added has a block of another length")
        for cut in range(len(body)):
            self.assertRegex(self.tool.decode(200, body[:cut]), "^refused ")
        self.assertRegex(self.tool.decode(200, body + b"\0"), "^refused .* there are ")

    def test_a_symbol_is_found_by_its_name(self):
        self.learn(200, "reordered.avsc")
        head = number(1) + b"\0" + items()
        tail = struct.pack("<f", 0) + number(0) + number(0) * 3 + text("") * 3 + number(0) + text("id")
        for ordinal, color in ((0, "GREEN"), (1, "UNKNOWN"), (2, "RED")):
            answer = self.tool.decode(200, head + number(ordinal) + tail)
            self.assertEqual(json.loads(answer.split("\t")[2])["color"], color)
        self.assertRegex(self.tool.decode(200, head + number(3) + tail), "color is no symbol")

    def test_unions_are_read_by_the_branch_that_was_chosen(self):
        self.assertEqual(self.learn(201, "unions.avsc"), "learned")
        part = number(1) + text("p") + number(1)

        def body(sample=number(1) + text("u"), count=number(1) + number(4), note=number(1) + text("n"),
                 ratio=number(0) + number(3), parts=items(part)):
            return sample + count + note + ratio + number(1) + number(0) + parts

        wanted = DEFAULTS | {"sample_id": "u", "count": 4, "color": "RED", "note": "n", "ratio": 3,
                             "parts": [{"name": "p", "weight": 1, "size": 7, "material": None}]}
        self.says(self.tool.decode(201, body()), wanted)
        self.says(self.tool.decode(201, body(note=number(2))), wanted | {"note": None})
        self.says(self.tool.decode(201, body(ratio=number(1) + number(-(2**40)))), wanted | {"ratio": -(2**40)})
        self.says(self.tool.decode(201, body(ratio=number(3) + real(0.1))), wanted | {"ratio": 0.1})
        for wrong in (body(sample=number(0)), body(count=number(0) + b"\1"), body(note=number(0) + number(1)), body(parts=items(number(0)))):
            self.assertRegex(self.tool.decode(201, wrong), "refused .* no place here")
        for branch in (-1, 3):
            self.assertRegex(self.tool.decode(201, body(note=number(branch))), "branch that its union does not have")

    def test_a_schema_of_a_stranger_is_known_to_be_unknown(self):
        self.assertRegex(self.tool.decode(202, b"\2"), "^retry 202$")
        self.assertEqual(self.learn(202, "stranger.avsc"), "learned")
        self.assertEqual(self.tool.decode(202, b"\2"), "unknown")
        self.assertEqual(self.learn(203, "foreign.avsc"), "learned")
        self.assertEqual(self.tool.decode(203, b"\2"), "unknown")

    def test_what_has_no_default_must_have_been_written(self):
        today = json.loads((SHOP / "published/Sample.3.avsc").read_text())
        today["fields"] = [f for f in today["fields"] if f["name"] != "count"]
        self.assertEqual(self.learn(204, today), "refused The writer's Sample has no field count, and that has no default")
        self.assertEqual(self.tool.decode(204, b"\0"), "refused Schema 204 cannot be read here")

    def field(self, schema_id, kind, name="count"):
        """Learns a first version in which one field has another type, or one more."""
        fields = json.loads((SHOP / "published/Sample.1.avsc").read_text())["fields"]
        fields = [f for f in fields if f["name"] != name] + [{"name": name, "type": kind}]
        return self.learn(schema_id, {"type": "record", "name": "shop.Sample", "fields": fields})

    def test_types_that_do_not_become_each_other_are_refused(self):
        for number_of, (kind, name) in enumerate([
                ("string", "count"), ("long", "count"), ("double", "count"), ("boolean", "count"), ("null", "count"), ("int", "sample_id"),
                ("double", "price"), ("int", "sure"), ("int", "tags"), ({"type": "map", "values": "string"}, "tags"),
                ({"type": "fixed", "name": "X", "size": 3}, "blob"), ("string", "main"),
                ({"type": "array", "items": "string"}, "numbers"),
                ({"type": "record", "name": "Other", "fields": [{"name": "name", "type": "string"}]}, "main"),
                ({"type": "enum", "name": "Other", "symbols": ["RED"]}, "color"), ("int", "note")]):
            self.assertRegex(self.field(300 + number_of, kind, name), "^refused The writer's .* no place here")
        self.assertEqual(self.field(399, "bytes", "sample_id"), "learned")

    def test_schemas_that_are_none_are_refused_with_a_sentence(self):
        deep = {"type": "record", "name": "D0", "fields": [{"name": "x", "type": "int"}]}
        for n in range(1, 40):
            deep = {"type": "record", "name": f"D{n}", "fields": [{"name": "x", "type": deep}]}
        wide = [{"name": "a0", "type": {"type": "record", "name": "W0", "fields": [{"name": "x", "type": "int"}]}}]
        for n in range(1, 20):
            wide.append({"name": f"a{n}", "type": {"type": "record", "name": f"W{n}", "fields": [
                {"name": "x", "type": f"W{n - 1}"}, {"name": "y", "type": f"W{n - 1}"}]}})
        loop = {"type": "record", "name": "L", "fields": [{"name": "l", "type": ["null", "L"]}]}
        for number_of, (schema, why) in enumerate([
                (7, "no JSON"), ({}, "no record"), ({"type": "record"}, "no record"),
                ({"type": "record", "name": "shop.Sample"}, "without a list of fields"),
                ({"type": "record", "name": "shop.Sample", "fields": [{"type": "int"}]}, "field without a name"),
                ({"type": "record", "name": "shop.Sample", "fields": [{"name": "q", "type": "int"}] * 2}, "two fields called q"),
                ({"type": "record", "name": "shop.Sample", "fields": wide}, "more than 10000 fields")]):
            self.assertRegex(self.learn(400 + number_of, schema), f"^refused .*{why}")
        for number_of, (kind, why) in enumerate([
                (deep, "nested more than 32"), (loop, "recursive"), ("Nowhere", "does not define"), (7, "neither a name"), ("array", "bare"),
                ({"type": "array", "items": "null"}, "take no bytes"), ({"type": "enum", "name": "E", "symbols": []}, "without symbols"),
                ({"type": "enum", "name": "E", "symbols": [1]}, "not text"), ({"type": "enum", "symbols": ["A"]}, "without a name"),
                ({"type": "fixed", "name": "F", "size": -1}, "impossible size"), (["null", ["int"]], "directly in a union"),
                ({"type": "record", "name": "shop.Sample", "fields": []}, "defines shop.Sample twice")]):
            self.assertRegex(self.field(420 + number_of, kind, "other"), f"^refused .*{why}")

    def test_lists_in_many_blocks_and_long_ones(self):
        blocks = b"".join(number(1) + number(n) for n in range(1000)) + b"\0"
        body = THIRD.replace(items(number(1), number(-1)), blocks)
        self.assertEqual(json.loads(self.tool.decode(4, body).split("\t")[2])["numbers"], list(range(1000)))

    def test_a_message_that_never_travels_has_an_id_beyond_the_registrys(self):
        self.assertEqual(self.tool.decode(1_000_000, text("a")).split("\t")[2], '{"sample_id":"a"}')


if __name__ == "__main__":
    unittest.main(verbosity=2)
