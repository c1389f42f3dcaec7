"""c_types.py - types.h and types.c: a struct for each record, an enum for each enum."""

import model
from names import c_type, comment, list_name, snake, upper


def enum_lines(enum):
    lines = [f"/* {comment(enum.doc)} */"] if enum.doc else []
    lines.append(f"enum {snake(enum.name)} {{")
    lines += [f"    {upper(enum.name)}_{symbol}," for symbol in enum.symbols]
    lines[-1] = lines[-1].rstrip(",")
    return lines + ["};", ""]


def member_lines(field):
    doc = f" /* {comment(field.doc)} */" if field.doc else ""
    lines = []
    if isinstance(field.type, model.Optional):
        lines.append(f"    bool has_{field.name};")
    lines.append(f"    {c_type(field.type)} {field.name};{doc}")
    return lines


def list_lines(array, done):
    """The struct of a list, before its first use."""
    name = list_name(array)
    if name in done:
        return []
    done.add(name)
    return [f"struct {name} {{", f"    const {c_type(array.items)} *items;", "    size_t count;", "};", ""]


def record_lines(record, done):
    lines = []
    for field in record.fields:
        kind = field.type.inner if isinstance(field.type, model.Optional) else field.type
        if isinstance(kind, model.Array):
            lines += list_lines(kind, done)
    lines += [f"/* {comment(record.doc)} */"] if record.doc else []
    lines.append(f"struct {snake(record.name)} {{")
    for field in record.fields:
        lines += member_lines(field)
    return lines + ["};", ""]


def header(shop):
    lines = [
        "/* types.h - the schemas of events/ as structs and enums. Generated; text and lists are never owned by the struct. */",
        "#ifndef MSG_TYPES_H",
        "#define MSG_TYPES_H",
        "",
        "#include <stdbool.h>",
        "#include <stddef.h>",
        "#include <stdint.h>",
        "",
        '#include "base/str.h"',
        "",
    ]
    done = set()
    for named in shop.types.values():
        lines += enum_lines(named) if isinstance(named, model.Enum) else record_lines(named, done)
    lines.append("/* Every record: for record_encode and record_decode. */")
    lines.append("enum record_type {")
    lines += [f"    RECORD_{upper(r.name)}," for r in shop.records]
    lines += ["    RECORD_COUNT", "};", ""]
    lines.append("/* The symbol as the schema writes it; \"UNKNOWN\" for a value out of range. Lives for ever. */")
    lines += [f"const char *{snake(e.name)}_name(enum {snake(e.name)} value);" for e in shop.enums]
    return "\n".join(lines + ["", "#endif", ""])


def source(shop):
    lines = ["/* types.c - names of the enums' values. Generated. */", '#include "msg/types.h"', ""]
    for enum in shop.enums:
        name = snake(enum.name)
        lines += [f"const char *{name}_name(enum {name} value)", "{"]
        lines.append("    static const char *const names[] = {")
        lines += [f'        "{symbol}",' for symbol in enum.symbols]
        lines += ["    };", ""]
        lines.append("    return (size_t)value < sizeof(names) / sizeof(names[0]) ? names[value] : names[0];")
        lines += ["}", ""]
    return "\n".join(lines[:-1] + [""])
