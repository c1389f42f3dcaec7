"""declared.py - the types of what a page shows, and the file types.txt that declares records and enums.

    record product_card            an indented line for each field, name:type
        id:str
        left:int                   # a comment
    enum step_state done waiting failed

A type is str, int, bool, the name of a record or of an enum declared above, list<TYPE> or maybe<RECORD>
(a pointer, NULL when there is none; only {% if %} opens the way to its fields).
"""
import re
from dataclasses import dataclass

from trouble import Trouble

NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
C_WORDS = set(
    "auto bool break case char const continue default do double else enum extern false float for goto if inline int "
    "long register restrict return short signed sizeof static struct switch true typedef union unsigned void "
    "volatile while out page".split()
)


@dataclass(frozen=True)
class Type:
    kind: str  # str int bool record enum list maybe
    name: str = ""  # of the record or enum
    of: "Type | None" = None

    def __str__(self):
        return f"{self.kind}<{self.of}>" if self.of else self.name or self.kind


@dataclass
class Record:
    name: str
    fields: dict  # name -> Type, in order


@dataclass
class Enum:
    name: str
    symbols: list


def check_name(name, where):
    if not NAME.match(name):
        raise Trouble(where, f"'{name}' is not a name: small letters, digits and _ please")
    if name in C_WORDS:
        raise Trouble(where, f"'{name}' is a word of C and cannot be a name here")


def parse_type(text, known, where):
    """The Type that text means; known holds the records and enums declared so far."""
    text = text.strip()
    if text in ("str", "int", "bool"):
        return Type(text)
    wrapped = re.fullmatch(r"(list|maybe)<(.*)>", text)
    if wrapped:
        of = parse_type(wrapped[2], known, where)
        if of.kind in ("list", "maybe") or (wrapped[1] == "maybe" and of.kind != "record"):
            raise Trouble(where, f"{text}: a list holds plain things, and only a record may be absent")
        if wrapped[1] == "list" and of.kind not in ("str", "record"):
            raise Trouble(where, f"{text}: lists are of str or of records")
        return Type(wrapped[1], of=of)
    if text in known:
        return Type("enum" if isinstance(known[text], Enum) else "record", text)
    raise Trouble(where, f"the type '{text}' is not declared before this line")


def parse_field(text, known, where):
    name, colon, kind = text.partition(":")
    if not colon:
        raise Trouble(where, f"'{text.strip()}' is no field: name:type is expected")
    name = name.strip()
    check_name(name, where)
    return name, parse_type(kind, known, where)


def add_field(fields, name, kind, where):
    if name in fields:
        raise Trouble(where, f"the field '{name}' is declared twice")
    fields[name] = kind


def begin(words, known, where):
    """The record or enum that a line which is not indented declares."""
    if len(words) < 2 or words[0] not in ("record", "enum"):
        raise Trouble(where, "a line starts with 'record NAME' or 'enum NAME SYMBOL...', a field is indented")
    for word in words[1:]:
        check_name(word, where)
    if words[1] in known:
        raise Trouble(where, f"'{words[1]}' is declared twice")
    if words[0] == "record" and len(words) == 2:
        return Record(words[1], {})
    if words[0] == "enum" and len(words) > 2:
        return Enum(words[1], words[2:])
    raise Trouble(where, "a record's fields stand on indented lines below it; an enum's symbols on its own line")


def parse_types(text, file):
    """name -> Record or Enum, in the order of the file."""
    known = {}
    record = None
    for number, line in enumerate(text.splitlines(), 1):
        where = (file, number)
        line = line.split("#")[0].rstrip()
        if not line:
            continue
        if line[0] not in " \t":
            made = begin(line.split(), known, where)
            known[made.name] = made
            record = made if isinstance(made, Record) else None
        elif record is None:
            raise Trouble(where, "a field without a record above it")
        else:
            others = {name: made for name, made in known.items() if made is not record}
            add_field(record.fields, *parse_field(line, others, where), where)
    for made in known.values():
        if isinstance(made, Record) and not made.fields:
            raise Trouble((file, 1), f"the record '{made.name}' has no fields")
    return known
