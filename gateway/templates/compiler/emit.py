"""emit.py - from a checked tree to straight C: literals are copied, values go through the escape that their place asks for.

Every name is looked up and every value's place is judged while the C is written; whatever does not fit is a Trouble.
"""
import copy
from dataclasses import dataclass

import context
import declared
import syntax
from trouble import Trouble

FILTERS = ("html", "url", "path", "link", "line")
CHUNK_BYTES = 1500  # ISO C promises string literals of 4095 bytes


@dataclass(frozen=True)
class Ref:
    """What a name stands for: a C expression, and whether it is a pointer to the thing."""

    c: str
    type: declared.Type
    pointer: bool = False

    def value(self):
        return f"*{self.c}" if self.pointer else self.c

    def member(self, name):
        return f"{self.c}{'->' if self.pointer else '.'}{name}"


def c_string(data):
    """The C literal of some bytes of UTF-8; ?? would be a trigraph."""
    text = data.decode("utf-8")
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t").replace("??", "?\\?")
    return f'"{text}"'


def pieces(data):
    """Cut at line ends, and never inside a character."""
    piece = b""
    for line in data.decode("utf-8").splitlines(keepends=True):
        for at in range(0, len(line), CHUNK_BYTES // 4):
            part = line[at : at + CHUNK_BYTES // 4].encode()
            if len(piece) + len(part) > CHUNK_BYTES:
                yield piece
                piece = b""
            piece += part
    if piece:
        yield piece


class Writer:
    """Writes the body of one render function."""

    def __init__(self, library, template, plain):
        self.library = library  # has known, template(file, where), asset(file, where)
        self.blocks = template.blocks
        self.context = context.PlainContext() if plain else context.Context()
        self.plain = plain
        self.lines = []
        self.indent = 1
        self.literal = b""
        self.proven = set()  # C expressions of maybe<> that are known not to be NULL here
        self.loops = 0
        self.inside = []  # files being included, against circles

    # Writing

    def line(self, text):
        self.flush()
        self.lines.append("    " * self.indent + text)

    def flush(self):
        data, self.literal = self.literal, b""
        for piece in pieces(data):
            parts = [c_string(part) for part in piece.splitlines(keepends=True)]
            glue = "\n" + "    " * self.indent + "        "
            self.lines.append("    " * self.indent + f"out_put(out, {glue.join(parts)}, {len(piece)});")

    def put(self, text):
        self.literal += text.encode()

    def walk(self, nodes, scope):
        for node in nodes:
            getattr(self, "write_" + type(node).__name__.lower())(node, scope)

    # Names

    def find(self, path, scope, where):
        """What path means: a Ref, of a maybe<> only as far as it is known to be there."""
        first, *rest = path.split(".")
        if first not in scope:
            raise Trouble(where, f"'{first}' is not declared: it is neither in {{% in %}} nor a loop's name")
        ref = scope[first]
        for name in rest:
            ref = self.field(ref, name, path, where)
        return ref

    def field(self, ref, name, path, where):
        if ref.type.kind == "list" and name == "count":
            return Ref(ref.member("count"), declared.Type("int"))
        if ref.type.kind == "maybe":
            if ref.c not in self.proven:
                raise Trouble(where, f"'{path}': this may be absent; ask by {{% if %}} first")
            ref = Ref(ref.c, ref.type.of, True)
        if ref.type.kind != "record":
            raise Trouble(where, f"'{path}': a {ref.type} has no field '{name}'")
        kind = self.library.known[ref.type.name].fields.get(name)
        if kind is None:
            raise Trouble(where, f"'{path}': the record {ref.type.name} has no field '{name}'")
        return Ref(ref.member(name), kind)

    # Nodes

    def write_text(self, node, scope):
        self.context.feed(node.text, node.where)
        self.put(node.text if self.plain else context.squeezed(node.text))

    def write_asset(self, node, scope):
        if not self.plain and self.context.escape_for("str", "path", node.where) != "path":
            raise Trouble(node.where, "an asset cannot stand here")
        self.put(self.library.asset(node.file, node.where))

    def write_value(self, node, scope):
        ref = self.find(node.path, scope, node.where)
        kind = ref.type.kind
        if kind not in ("str", "int", "enum"):
            raise Trouble(node.where, f"'{node.path}' is a {ref.type} and cannot be shown as it is")
        if node.filter and (kind != "str" or node.filter not in FILTERS):
            raise Trouble(node.where, f"the filter '{node.filter}' does not exist, or not for {kind}")
        how = self.context.escape_for(kind, node.filter, node.where)
        if node.raw and self.context.state != "text":
            raise Trouble(node.where, "a value as it is can only stand in text")
        if kind == "int":
            self.line(f"out_put_int(out, (long){ref.value()});")
        elif kind == "enum":
            self.line(f"out_put_str(out, shown_{ref.type.name}_word({ref.value()}));")
        else:
            self.line(f"out_put_{'str' if node.raw else how}(out, {ref.value()});")

    def operand(self, term, left, scope, where):
        """The C of what the left side of == is compared with."""
        text = term.operand
        if left.type.kind == "enum":
            symbols = self.library.known[left.type.name].symbols
            if text not in symbols:
                raise Trouble(where, f"{left.type.name} has no symbol {text}: {' '.join(symbols)}")
            return f"shown_{left.type.name}_{text}".upper()
        if text[0] == '"':
            kind, c = "str", f"STR({c_string(text[1:-1].encode())})"
        elif text[0] in "-0123456789":
            kind, c = "int", text
        else:
            right = self.find(text, scope, where)
            kind, c = right.type.kind, right.value()
        if kind != left.type.kind or kind not in ("str", "int"):
            raise Trouble(where, f"'{term.path}' is a {left.type} and is compared with a {kind}")
        return c

    def condition(self, term, scope, where):
        ref = self.find(term.path, scope, where)
        kind = ref.type.kind
        if term.operator:
            if kind not in ("str", "int", "enum"):
                raise Trouble(where, f"'{term.path}' is a {ref.type}: only str, int and enum can be compared")
            right = self.operand(term, ref, scope, where)
            equal = (term.operator == "==") != term.negated
            if kind == "str":
                return f"{'' if equal else '!'}str_equal({ref.value()}, {right})"
            return f"{ref.value()} {'==' if equal else '!='} {right}"
        if kind in ("record", "enum"):
            raise Trouble(where, f"'{term.path}' is a {ref.type}: it is neither true nor false")
        known = {"str": f"{ref.member('len')} > 0", "list": f"{ref.member('count')} > 0", "int": f"{ref.value()} != 0"}
        known.update({"maybe": f"{ref.c} != NULL", "bool": ref.value()})
        return f"!({known[kind]})" if term.negated else known[kind]

    def learned(self, terms, scope, where, held):
        """The maybe<> that are there when all terms hold, or when the only term does not."""
        if not held and len(terms) != 1:
            return set()
        refs = [self.find(t.path, scope, where) for t in terms if not t.operator and t.negated != held]
        return {ref.c for ref in refs if ref.type.kind == "maybe"}

    def write_if(self, node, scope):
        self.context.pause()
        start, after = self.context, None
        before, otherwise = set(self.proven), set()
        branches = node.branches if not node.branches[-1][0] else node.branches + [([], None)]
        for number, (terms, nodes) in enumerate(branches):
            self.proven = before | otherwise
            tests = []
            for term in terms:
                tests.append(self.condition(term, scope, node.where))
                self.proven |= self.learned([term], scope, node.where, True)
            if nodes is not None:
                opening = f"if ({' && '.join(tests)}) {{" if terms else "{"
                self.line(opening if number == 0 else f"}} else {opening}")
            self.context = start.copy()
            self.indent += 1
            self.walk(nodes or [], scope)
            self.flush()
            self.indent -= 1
            if after is not None:
                self.context.join(after, node.where)
            after = self.context
            otherwise |= self.learned(terms, scope, node.where, False)
        self.line("}")
        self.proven = before

    def write_for(self, node, scope):
        ref = self.find(node.path, scope, node.where)
        if ref.type.kind != "list":
            raise Trouble(node.where, f"'{node.path}' is a {ref.type}, not a list")
        if node.name in scope:
            raise Trouble(node.where, f"the name '{node.name}' has a meaning already")
        self.loops += 1
        index, item = f"at_{self.loops}", f"{node.name}_{self.loops}"
        self.line(f"for (size_t {index} = 0; {index} < {ref.member('count')}; {index}++) {{")
        self.indent += 1
        place = len(self.lines)
        self.context.pause()
        self.context.state = "gap" if self.context.state == "in_tag" else self.context.state
        start = self.context.copy()
        of = ref.type.of
        self.walk(node.nodes, {**scope, node.name: Ref(item if of.kind == "record" else f"(*{item})", of, of.kind == "record")})
        self.context.join(start, node.where)
        self.flush()
        if any(item in line for line in self.lines[place:]):
            pointer = f"const {self.library.c_type(of)} *{item} = &{ref.member('items')}[{index}];"
            self.lines.insert(place, "    " * self.indent + pointer)
        self.indent -= 1
        self.line("}")

    def write_include(self, node, scope):
        if node.file in self.inside:
            raise Trouble(node.where, f"{node.file} includes itself")
        part = self.library.template(node.file, node.where)
        fields = self.library.inputs(part)
        inner = {}
        for name, kind in fields.items():
            ref = self.find(node.bindings.get(name, name), scope, node.where)
            if ref.type.kind == "maybe" and ref.c in self.proven and kind == ref.type.of:
                ref = Ref(ref.c, kind, True)
            if ref.type != kind:
                raise Trouble(node.where, f"{node.file} takes '{name}' as {kind}, but it is given a {ref.type}")
            inner[name] = ref
        for name in node.bindings:
            if name not in fields:
                raise Trouble(node.where, f"{node.file} takes nothing of the name '{name}'")
        if part.layout or part.blocks:
            raise Trouble(node.where, f"{node.file} has a layout or blocks: it is a page, not a part")
        self.inside.append(node.file)
        self.walk(part.nodes, inner)
        self.inside.pop()

    def write_slot(self, node, scope):
        self.walk(self.blocks.get(node.name, []), scope)


def body(library, template, fields, plain):
    """The lines of C that write the template; fields are what its page has."""
    writer = Writer(library, template, plain)
    scope = {name: Ref(f"page->{name}", kind) for name, kind in fields.items()}
    nodes = template.nodes
    if template.layout:
        layout = library.template(template.layout[1], template.layout[0])
        slots = {node.name for node in flat(layout.nodes) if isinstance(node, syntax.Slot)}
        for name in template.blocks:
            if name not in slots:
                raise Trouble(template.layout[0], f"the layout has no slot '{name}'")
        writer.blocks = {**template.blocks, "body": template.nodes}
        nodes = layout.nodes
    writer.walk(nodes, scope)
    if plain and writer.literal.count(b"\n") == 1 and not any("\\n" in line for line in writer.lines):
        writer.literal = writer.literal.removesuffix(b"\n")  # a text of one line is for a header
    writer.flush()
    writer.context.end((template.file, 1))
    return writer.lines


def flat(nodes):
    """All nodes, those inside statements too."""
    for node in copy.copy(nodes):
        yield node
        for below in [nodes for _, nodes in getattr(node, "branches", [])] + [getattr(node, "nodes", [])]:
            yield from flat(below)
