#!/usr/bin/python3
"""generate.py - from countries.txt to the tables that base/country.c searches: countries by code, and every way to write one."""

import pathlib
import re
import sys
import unicodedata

HERE = pathlib.Path(__file__).resolve().parent
FIRST, LAST = 0xC0, 0x17F  # the Latin letters with marks
WITHOUT_PARTS = {"ß": "s", "æ": "a", "ø": "o", "ð": "d", "þ": "t", "đ": "d", "ł": "l", "ı": "i", "œ": "o", "ŋ": "n", "ħ": "h"}


def base_letter(letter):
    """The small letter without its marks; "" when it has none."""
    small = letter.lower()
    plain = WITHOUT_PARTS.get(small) or unicodedata.normalize("NFKD", small)[:1]
    return plain if plain.isascii() and plain.isalpha() else ""


def fold(name):
    """What country_find compares: letters and digits, small, without marks."""
    kept = ""
    for letter in name:
        if letter.isascii():
            kept += letter.lower() if letter.isalnum() else ""
        elif FIRST <= ord(letter) <= LAST:
            kept += base_letter(letter)
        else:
            kept += letter
    return kept


def read(path):
    """[(code, zone, forms, example, region, [names])], or an end that says which line is wrong."""
    rows = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        parts = [part.strip() for part in line.split("|")]
        if len(parts) != 6 or not re.fullmatch("[A-Z]{2}", parts[0]) or not re.fullmatch("[a-z-]+", parts[1]):
            sys.exit(f"{path}:{number}: not code | zone | postal codes | example | region | names")
        if (parts[2] == "-") != (parts[3] == "-") or '"' in line or "\\" in line:
            sys.exit(f"{path}:{number}: postal codes and their example come together, and nothing is quoted")
        if parts[4] not in ("-", "region"):
            sys.exit(f"{path}:{number}: an address there has a region, or -")
        rows.append((*parts[:5], [name.strip() for name in parts[5].split(";")]))
    return sorted(rows)


def spellings(rows):
    """{folded text: index of the country}"""
    found = {}
    for index, (code, *_, names) in enumerate(rows):
        for name in [code, *names]:
            if found.setdefault(fold(name), index) != index:
                sys.exit(f"{name} would be both {rows[found[fold(name)]][-1][0]} and {names[0]}")
    return found


def text(value):
    return f'STR_INIT("{"" if value == "-" else value}")'


def main(out):
    rows = read(HERE / "countries.txt")
    found = spellings(rows)
    latin = "".join(base_letter(chr(c)) or " " for c in range(FIRST, LAST + 1))
    lines = ["/* country_data.h - generated from countries.txt. */", '#include "base/country.h"', "",
             "static const struct country countries[] = {"]
    for code, zone, forms, example, region, names in rows:
        lines.append("    {" + ", ".join(map(text, [code, names[0], zone, forms, example])) + (", true" if region != "-" else ", false") + "},")
    lines += ["};", "", "/* In the order of bytes. */", "static const struct spelling {", "    struct str folded;",
              "    size_t country;", "} spellings[] = {"]
    lines += [f'    {{STR_INIT("{folded}"), {found[folded]}}},' for folded in sorted(found, key=str.encode)]
    lines += ["};", "", "/* The letter below the marks of U+00C0 to U+017F; a blank for none. */",
              f'static const char latin[] = "{latin}";', ""]
    pathlib.Path(out, "country_data.h").write_text("\n".join(lines))


if __name__ == "__main__":
    main(sys.argv[1])
