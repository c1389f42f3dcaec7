"""names.py - how a name of the schemas is written in C."""

import re

import model


def snake(name):
    """OrderPlaced -> order_placed"""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def upper(name):
    """OrderPlaced, order.events -> ORDER_PLACED, ORDER_EVENTS"""
    return snake(name).replace(".", "_").replace("-", "_").upper()


PLAIN = {
    "boolean": "bool",
    "int": "int32_t",
    "long": "int64_t",
    "double": "double",
    "string": "struct str",
    "bytes": "struct str",
}
LISTS = {"boolean": "bool", "int": "int32", "long": "int64", "double": "double", "string": "str", "bytes": "str"}


def c_type(kind):
    if isinstance(kind, model.Primitive):
        return PLAIN[kind.name]
    if isinstance(kind, model.Optional):
        return c_type(kind.inner)
    if isinstance(kind, model.Array):
        return "struct " + list_name(kind)
    return ("enum " if isinstance(kind, model.Enum) else "struct ") + snake(kind.name)


def list_name(array):
    items = array.items
    return (LISTS[items.name] if isinstance(items, model.Primitive) else snake(items.name)) + "_list"


def quoted(text):
    """A C string literal of ASCII only; anything else as octal, which never runs into the next character."""
    out = []
    for byte in text.encode() if isinstance(text, str) else text:
        char = chr(byte)
        if char in '"\\':
            out.append("\\" + char)
        elif 32 <= byte < 127 and char != "?":
            out.append(char)
        else:
            out.append(f"\\{byte:03o}")
    return '"' + "".join(out) + '"'


def comment(text):
    return text.replace("*/", "* /")
