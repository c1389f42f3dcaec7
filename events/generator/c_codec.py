"""c_codec.py - tables.c, encoders.c and published.c: what shape.h declares; schemas.c."""

import model
import published
from names import c_type, list_name, quoted, snake, upper

SHAPES = {
    "boolean": ("SHAPE_BOOLEAN", "STORE_BOOL"),
    "int": ("SHAPE_INT", "STORE_INT32"),
    "long": ("SHAPE_LONG", "STORE_INT64"),
    "double": ("SHAPE_DOUBLE", "STORE_DOUBLE"),
    "bytes": ("SHAPE_BYTES", "STORE_BYTES"),
    "string": ("SHAPE_STRING", "STORE_TEXT"),
}
NONE = "NO_MEMBER"


def wire_bytes(kind):
    """The fewest bytes that a value takes."""
    if isinstance(kind, model.Record):
        return sum(wire_bytes(f.type) for f in kind.fields)
    if isinstance(kind, model.Primitive) and kind.name == "double":
        return 8
    return 1


class Tables:
    """Collects the static arrays that fields point to, each before its first use."""

    def __init__(self):
        self.lines = []
        self.count = 0

    def array(self, entries, what="struct field"):
        name = f"t{self.count}"
        self.count += 1
        self.lines += [f"static const {what} {name}[] = {{"] + [f"    {e}," for e in entries] + ["};"]
        return name

    def single(self, c_name, text):
        name = f"t{self.count}"
        self.count += 1
        self.lines.append(f"static const {c_name} {name} = {text};")
        return name

    def default(self, field):
        name = self.single(c_type(field.type), initializer(self, field.type, field.default))
        return f"&{name}", f"sizeof({name})"

    def field(self, kind, name="NULL", offset="0", has=NONE, fallback=None):
        """One initializer of struct field."""
        parts = [f".name = {name}", f".offset = {offset}", f".has_offset = {has}"]
        if fallback:
            parts += [f".fallback = {fallback[0]}", f".fallback_bytes = {fallback[1]}"]
        if isinstance(kind, model.Primitive):
            shape, store = SHAPES[kind.name]
        elif isinstance(kind, model.Enum):
            shape, store = "SHAPE_ENUM", "STORE_ENUM"
            parts += [f".symbols = &symbols_{snake(kind.name)}", f".value_count = {len(kind.symbols)}"]
        elif isinstance(kind, model.Record):
            shape, store = "SHAPE_RECORD", "STORE_STRUCT"
            record = f"msg_records[RECORD_{upper(kind.name)}]"
            parts += [f".parts = fields_{snake(kind.name)}", f".part_count = {len(kind.fields)}", f".record = &{record}"]
        elif isinstance(kind, model.Array):
            shape, store = "SHAPE_ARRAY", "STORE_LIST"
            parts += [f".parts = {self.array([self.field(kind.items)])}", ".part_count = 1"]
            parts += [f".size_bytes = sizeof({c_type(kind.items)})", f".wire_bytes = {wire_bytes(kind.items)}"]
        else:
            shape, store = "SHAPE_UNION", "STORE_OPTIONAL"
            null = "{.shape = SHAPE_NULL, .store = STORE_NOTHING, .has_offset = NO_MEMBER}"
            parts[1:3] = [".offset = 0", ".has_offset = NO_MEMBER"]
            parts += [f".parts = {self.array([null, self.field(kind.inner, 'NULL', offset, has)])}", ".part_count = 2"]
        return "{" + ", ".join(parts[:1] + [f".shape = {shape}", f".store = {store}"] + parts[1:]) + "}"

    def record(self, record):
        struct = f"struct {snake(record.name)}"
        entries = []
        for field in record.fields:
            optional = isinstance(field.type, model.Optional)
            has = f"offsetof({struct}, has_{field.name})" if optional else NONE
            fallback = None
            if field.default is not model.MISSING:
                fallback = ('""', 0) if optional else self.default(field)
            entries.append(
                self.field(field.type, f'"{field.name}"', f"offsetof({struct}, {field.name})", has, fallback)
            )
        self.lines += [f"static const struct field fields_{snake(record.name)}[] = {{"]
        self.lines += [f"    {e}," for e in entries] + ["};", ""]

    def symbols(self, enum):
        names = self.array([f'"{s}"' for s in enum.symbols], "char *const")
        self.lines.append(
            f'static const struct symbols symbols_{snake(enum.name)} = {{"{enum.name}", {names}, {len(enum.symbols)}}};'
        )
        self.lines.append("")


def initializer(tables, kind, value):
    """A default as C writes it in a static initializer."""
    if isinstance(kind, model.Optional):
        return "{0}"
    if isinstance(kind, model.Enum):
        return f"{upper(kind.name)}_{value}"
    if isinstance(kind, model.Array):
        if not value:
            return "{NULL, 0}"
        items = tables.array([initializer(tables, kind.items, v) for v in value], c_type(kind.items))
        return f"{{{items}, {len(value)}}}"
    if isinstance(kind, model.Record):
        members = [
            f".{f.name} = {initializer(tables, f.type, value[f.name])}"
            for f in kind.fields
            if not isinstance(f.type, model.Optional)
        ]
        return "{" + ", ".join(members) + "}"
    if kind.name in ("string", "bytes"):
        text = value if kind.name == "string" else value.encode("latin-1")
        literal = quoted(text)
        return f"{{{literal}, sizeof({literal}) - 1}}"
    if kind.name == "boolean":
        return "true" if value else "false"
    if kind.name == "long":
        return f"INT64_C({value})" if value > -(2**63) else "INT64_MIN"
    return repr(float(value)) if kind.name == "double" else f"(int32_t)INT64_C({value})"


def record_line(record):
    name = snake(record.name)
    sealed = ", .sealed = true" if record.name in ("Sealed", "SealedTo") else ""
    whole = (
        f".whole = {{.shape = SHAPE_RECORD, .store = STORE_STRUCT, .has_offset = NO_MEMBER, .parts = fields_{name}, "
        f".part_count = {len(record.fields)}, .record = &msg_records[RECORD_{upper(record.name)}]}}"
    )
    return (
        f'    [RECORD_{upper(record.name)}] = {{.name = "{record.name}", .size_bytes = sizeof(struct {name}), {whole}'
        f"{sealed}, .bound = bound_{name}, .put = put_{name}}},"
    )


def tables(shop):
    made = Tables()
    for named in shop.types.values():
        if isinstance(named, model.Enum):
            made.symbols(named)
        else:
            made.record(named)
    lines = ["/* tables.c - the schemas as tables. Generated. */", '#include "msg/shape.h"', ""]
    for record in shop.records:
        name = snake(record.name)
        lines.append(f"size_t bound_{name}(const void *record);")
        lines.append(f"uint8_t *put_{name}(uint8_t *at, const void *record);")
    lines += [""] + made.lines
    lines += ["const struct record msg_records[RECORD_COUNT] = {"]
    lines += [record_line(r) for r in shop.records] + ["};", ""]
    lines.append("const struct body msg_bodies[MSG_COUNT] = {")
    bodies = shop.bodies()
    for name in ["None", "Unknown"] + [m for m, _ in shop.deadlines()]:
        lines.append(f"    [MSG_{upper(name)}] = {{.record = RECORD_COUNT}},")
    for name in bodies:
        key = f"offsetof(struct {snake(name)}, {shop.key_of(name)})"
        lines.append(f"    [MSG_{upper(name)}] = {{RECORD_{upper(name)}, {shop.ids[name]}, {key}}},")
    return "\n".join(lines + ["};", ""])


def bound(kind, member):
    """(constant bytes, terms that depend on the value) of the most that a value takes."""
    if isinstance(kind, model.Record):
        return 0, [f"bound_{snake(kind.name)}(&{member})"]
    if isinstance(kind, model.Array):
        return 0, [f"bound_{list_name(kind)}(&{member})"]
    if isinstance(kind, model.Optional):
        constant, terms = bound(kind.inner, member)
        return constant + 1, terms
    if isinstance(kind, model.Enum):
        return 5, []
    if kind.name in ("string", "bytes"):
        return 10, [f"{member}.len"]
    return {"boolean": 1, "int": 5, "long": 10, "double": 8}[kind.name], []


def put(kind, member):
    """The statement that writes a value."""
    if isinstance(kind, model.Record):
        return f"at = put_{snake(kind.name)}(at, &{member});"
    if isinstance(kind, model.Array):
        return f"at = put_{list_name(kind)}(at, &{member});"
    if isinstance(kind, model.Enum):
        return f"at = put_enum(at, (int32_t){member}, {len(kind.symbols)});"
    name = {"int": "long", "string": "bytes"}.get(kind.name, kind.name)
    return f"at = put_{name}(at, {member});"


def record_encoder(record):
    name = snake(record.name)
    constant, terms, lines = 0, [], []
    for field in record.fields:
        member = f"v->{field.name}"
        more, extra = bound(field.type, member)
        constant, terms = constant + more, terms + extra
        if isinstance(field.type, model.Optional):
            lines.append(f"    at = put_long(at, v->has_{field.name});")
            lines.append(f"    if (v->has_{field.name})")
            lines.append(f"        {put(field.type.inner, member)}")
        else:
            lines.append(f"    {put(field.type, member)}")
    unused = [] if terms else ["    (void)v;"]
    return [
        f"size_t bound_{name}(const void *record)",
        "{",
        f"    const struct {name} *v = record;",
        "",
        *unused,
        f"    return {' + '.join([str(constant)] + terms)};",
        "}",
        "",
        f"uint8_t *put_{name}(uint8_t *at, const void *record)",
        "{",
        f"    const struct {name} *v = record;",
        "",
        *lines,
        "    return at;",
        "}",
        "",
    ]


def list_encoder(array):
    """Lists are one block, or two zeros' worth less: an empty one is the closing zero alone."""
    name = list_name(array)
    constant, terms = bound(array.items, "v->items[i]")
    return [
        f"static size_t bound_{name}(const struct {name} *v)",
        "{",
        f"    size_t bytes = 11 + v->count * {constant};",
        "",
        *([] if not terms else ["    for (size_t i = 0; i < v->count; i++)", f"        bytes += {' + '.join(terms)};"]),
        "    return bytes;",
        "}",
        "",
        f"static uint8_t *put_{name}(uint8_t *at, const struct {name} *v)",
        "{",
        "    if (v->count)",
        "        at = put_long(at, (int64_t)v->count);",
        "    for (size_t i = 0; i < v->count; i++)",
        f"        {put(array.items, 'v->items[i]')}",
        "    *at++ = 0;",
        "    return at;",
        "}",
        "",
    ]


def encoders(shop):
    lines = ["/* encoders.c - one straight line of writes for each record. Generated. */", '#include "msg/put.h"']
    lines += ['#include "msg/types.h"', ""]
    for record in shop.records:
        name = snake(record.name)
        lines.append(f"size_t bound_{name}(const void *record);")
        lines.append(f"uint8_t *put_{name}(uint8_t *at, const void *record);")
    lines.append("")
    done = set()
    for record in shop.records:
        for field in record.fields:
            kind = field.type.inner if isinstance(field.type, model.Optional) else field.type
            if isinstance(kind, model.Array) and list_name(kind) not in done:
                done.add(list_name(kind))
                lines += list_encoder(kind)
        lines += record_encoder(record)
    return "\n".join(lines)


def published_texts(shop):
    lines = ["/* published.c - every version of every schema that was ever published. Generated. */"]
    lines += ['#include "msg/shape.h"', "", '#pragma GCC diagnostic ignored "-Woverlength-strings"', ""]
    lines += ["const struct published msg_published[] = {"]
    bodies = set(shop.bodies())
    for entry in published.entries(shop):
        current = shop.ids.get(entry.name) == entry.id
        kind = f"MSG_{upper(entry.name)}" if entry.name in bodies else "MSG_UNKNOWN"
        text = "NULL" if current or entry.name not in bodies else quoted(published.compact(shop, entry))
        lines.append(f"    {{{entry.id}, {kind}, {text}}},")
    lines += ["};", "", "const size_t msg_published_count = sizeof(msg_published) / sizeof(msg_published[0]);", ""]
    return "\n".join(lines)


def schema_texts(shop):
    """The full texts, in a file of their own: only a program that publishes them links it."""
    lines = ["/* schemas.c - what schemas.h declares. Generated. */", '#include "msg/schemas.h"', ""]
    lines += ['#pragma GCC diagnostic ignored "-Woverlength-strings"', ""]
    lines.append("const struct schema_text msg_schema_texts[] = {")
    for entry in published.entries(shop):
        if entry.id < published.LOCAL:
            text = published.path_of(shop, entry.name, entry.version).read_text()
            name = f"{model.NAMESPACE}.{entry.name}"
            lines.append(f'    {{{entry.id}, "{name}", {entry.version}, {quoted(text)}}},')
    lines += ["};", ""]
    lines += ["const size_t msg_schema_text_count = sizeof(msg_schema_texts) / sizeof(msg_schema_texts[0]);", ""]
    return "\n".join(lines)
