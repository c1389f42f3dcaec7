#!/usr/bin/python3
"""compile.py - templates to C: compile.py --out build/gen/pages gateway/templates/*

For each NAME.html a header and a source with struct page_NAME and render_NAME(); of NAME.txt the C name is NAME_text.
types.txt beside them declares records and enums (declared.py), which become struct shown_RECORD; syntax.py says how a
template is written, context.py what may stand where. "page" is the name of the output folder without its s:
build/gen/mails gives struct mail_NAME. A layout (a template with slots) is not rendered alone. Files that are neither
.html nor .txt are passed over.
"""
import argparse
import hashlib
import pathlib
import re
import sys

import declared
import emit
import syntax
from trouble import Trouble

NOTE = "made from {} by the template compiler; do not edit."


class Library:
    """All templates of one folder, and what they share."""

    def __init__(self, folder, prefix):
        self.folder = folder
        self.prefix = prefix
        types = folder / "types.txt"
        self.known = declared.parse_types(types.read_text(), types) if types.exists() else {}
        self.parsed = {}

    def template(self, file, where):
        if file not in self.parsed:
            path = self.folder / file
            if not file or not path.is_file():
                raise Trouble(where, f"there is no template '{file}'")
            self.parsed[file] = syntax.parse(path.read_text(), path)
        return self.parsed[file]

    def asset(self, file, where):
        path = self.folder.parent / "static" / file
        if not path.is_file():
            raise Trouble(where, f"there is no file {path}")
        return f"static/{file}?v={hashlib.sha256(path.read_bytes()).hexdigest()[:12]}"

    def inputs(self, template):
        """name -> Type of what a template is given; the layout's come first."""
        fields = {}
        if template.layout:
            fields.update(self.inputs(self.template(template.layout[1], template.layout[0])))
        for where, text in template.inputs:
            name, kind = declared.parse_field(text, self.known, where)
            declared.add_field(fields, name, kind, where)
        return fields

    def c_type(self, kind):
        """How the type of one thing is written, without the name."""
        if kind.kind == "str":
            return "struct str"
        if kind.kind in ("int", "bool"):
            return {"int": "long", "bool": "bool"}[kind.kind]
        return f"{'enum' if kind.kind == 'enum' else 'struct'} shown_{kind.name}"

    def c_field(self, name, kind):
        if kind.kind == "maybe":
            return f"const {self.c_type(kind.of)} *{name}; /* NULL: there is none */"
        if kind.kind == "list":
            return f"struct shown_{kind.of}_list {name};"
        return f"{self.c_type(kind)} {name};"


def c_struct(library, name, fields):
    lines = [f"struct {name} {{"]
    lines += ["    " + library.c_field(field, kind) for field, kind in fields.items()]
    return lines + ["};", ""]


def c_list(library, kind):
    """Lists are slices of what the caller holds."""
    return [
        f"struct shown_{kind}_list {{",
        f"    const {library.c_type(kind)} *items;",
        "    size_t count;",
        "};",
        "",
    ]


def c_enum(enum):
    name = f"shown_{enum.name}"
    return [f"enum {name} {{"] + [f"    {name}_{symbol},".upper() for symbol in enum.symbols] + [
        "};",
        "",
        "/* The symbol as it is written in types.txt. */",
        f"struct str {name}_word(enum {name} value);",
        "",
    ]


def guarded(name, note, includes, lines):
    guard = re.sub("[^A-Z0-9]", "_", name.upper())
    head = [f"/* {pathlib.Path(name).name} - {note} */", f"#ifndef {guard}", f"#define {guard}", ""]
    return "\n".join(head + [f'#include "{file}"' for file in includes] + [""] + lines + ["#endif", ""])


def types_files(library, folder):
    """types.h and types.c."""
    note = NOTE.format("types.txt")
    header = c_list(library, declared.Type("str"))
    source = [f"/* types.c - {note} */", f'#include "{folder}/types.h"', ""]
    for made in library.known.values():
        if isinstance(made, declared.Enum):
            name = f"shown_{made.name}"
            header += c_enum(made)
            source += [f"struct str {name}_word(enum {name} value)", "{", "    switch (value) {"]
            source += [f'    case {f"{name}_{s}".upper()}: return STR("{s}");' for s in made.symbols]
            source += ["    }", "    return (struct str){NULL, 0};", "}", ""]
        else:
            header += c_struct(library, f"shown_{made.name}", made.fields)
            header += c_list(library, declared.Type("record", made.name))
    return {"types.h": guarded(f"{folder}/types.h", note, ["base/str.h"], header), "types.c": "\n".join(source)}


def page_files(library, folder, path):
    """The header and the source of one template; nothing for a layout."""
    template = library.template(path.name, (path, 1))
    plain = path.suffix == ".txt"
    stem = path.stem + ("_text" if plain else "")
    declared.check_name(stem, (path, 1))
    if any(isinstance(node, syntax.Slot) for node in emit.flat(template.nodes)):
        return {}
    fields = library.inputs(template)
    if not fields:
        raise Trouble((path, 1), "a template is given something: {% in name:type %} is missing")
    lines = emit.body(library, template, fields, plain)
    note = NOTE.format(path.name)
    struct = f"{library.prefix}_{stem}"
    signature = f"void render_{stem}(struct out *out, const struct {struct} *page)"
    header = c_struct(library, struct, fields) + ["/* Appends to out. Keeps nothing of page. */", signature + ";", ""]
    source = [f"/* {stem}.c - {note} */", f'#include "{folder}/{stem}.h"', "", signature, "{"]
    if not any("page->" in line for line in lines):
        lines.insert(0, "    (void)page;")
    return {
        f"{stem}.h": guarded(f"{folder}/{stem}.h", note, ["base/out.h", "base/str.h", f"{folder}/types.h"], header),
        f"{stem}.c": "\n".join(source + lines + ["}", ""]),
    }


def compile_all(out, paths):
    """Writes what changed, removes what no template makes any more."""
    folders = {path.parent for path in paths}
    if len(folders) != 1:
        sys.exit("compile.py: templates of one folder, please")
    library = Library(folders.pop(), out.name.removesuffix("s"))
    files = types_files(library, out.name)
    for path in sorted(paths):
        if path.suffix in (".html", ".txt") and path.name != "types.txt":
            files.update(page_files(library, out.name, path))
    out.mkdir(parents=True, exist_ok=True)
    for old in [*out.glob("*.[ch]")]:
        if old.name not in files:
            old.unlink()
    for name, text in files.items():
        target = out / name
        if not target.exists() or target.read_text() != text:
            target.write_text(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("templates", nargs="+", type=pathlib.Path)
    given = parser.parse_args()
    try:
        compile_all(given.out, given.templates)
    except Trouble as trouble:
        sys.exit(str(trouble))


if __name__ == "__main__":
    main()
