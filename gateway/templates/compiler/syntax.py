"""syntax.py - from the text of a template to a tree; knows nothing of types, HTML or C.

    {% in product:product, tags:list<str> %}   what the page is given
    {% layout layout.html %}                    the page fills the layout's slots; what is outside a block fills slot body
    {% block title %}...{% end %}               fills {% slot title %} of the layout
    {% include price.html money=product.price %}  another template, in this place; without = the same name is meant
    {% asset style.css %}                       static/style.css?v=<hash of its content>
    {{x.y}}  {{&x}}                              escaped for where it stands; as it is
    {{x|url}}  {{x|path}}  {{x|link}}            a part of a URL; a path of this site; a whole URL, http or https
    {% if not a %} {% elif b == "x" and c %} {% else %} {% end %}
    {% for x in list %} {% end %}     {# a comment #}
"""
import re
from dataclasses import dataclass, field

from trouble import Trouble

TOKEN = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.S)
LONELY = re.compile(r"^[ \t]*(\{%(?:(?!%\}).)*%\}|\{#(?:(?!#\}).)*#\})[ \t]*\n", re.M | re.S)
VALUE = re.compile(r"\{\{(&?)\s*([a-z][a-z0-9_.]*)\s*(?:\|\s*([a-z]+)\s*)?\}\}\Z")
TERM = re.compile(r'(not\s+)?([a-z][a-z0-9_.]*)(?:\s*(==|!=)\s*("[^"]*"|-?\d+|[a-z][a-z0-9_.]*))?\Z')


@dataclass
class Text:
    where: tuple
    text: str


@dataclass
class Value:
    where: tuple
    path: str
    raw: bool
    filter: str


@dataclass
class Term:
    negated: bool
    path: str
    operator: str  # "" == !=
    operand: str


@dataclass
class If:
    where: tuple
    branches: list  # of (terms that must all hold, nodes); the else branch has no terms


@dataclass
class For:
    where: tuple
    name: str
    path: str
    nodes: list = field(default_factory=list)


@dataclass
class Include:
    where: tuple
    file: str
    bindings: dict  # name in the part -> path here


@dataclass
class Slot:
    where: tuple
    name: str


@dataclass
class Asset:
    where: tuple
    file: str


@dataclass
class Template:
    file: str
    inputs: list = field(default_factory=list)  # of (where, "name:type")
    layout: tuple = None  # (where, file)
    nodes: list = field(default_factory=list)
    blocks: dict = field(default_factory=dict)  # name -> nodes


def split_top(text):
    """At commas that are not inside < >."""
    return [part for part in re.split(r",(?![^<]*>)", text) if part.strip()]


def tokens(source, file):
    """(where, text, is it a mark) in order. A statement or comment alone on its line takes the line with it."""
    lonely = {m.start(1): m.span() for m in LONELY.finditer(source)}
    at = 0
    line = 1
    for match in TOKEN.finditer(source):
        start, end = lonely.get(match.start(), match.span())
        if start > at:
            yield (file, line), source[at:start], False
        line += source.count("\n", at, match.start())
        yield (file, line), match.group(), True
        line += source.count("\n", match.start(), end)
        at = end
    if at < len(source):
        yield (file, line), source[at:], False


class Parser:
    """Keeps the lists that are open: the last one takes the next node."""

    def __init__(self, source, file):
        self.template = Template(file)
        self.open = [(None, self.template.nodes)]  # (what {% end %} closes, its nodes)
        for where, token, is_mark in tokens(source, file):
            self.take(where, token, is_mark)
        if len(self.open) > 1:
            raise Trouble(self.open[-1][0].where, "this is never closed by {% end %}")

    def take(self, where, token, is_mark):
        if not is_mark:
            for mark in ("{{", "{%", "{#"):
                if mark in token:
                    raise Trouble(where, f"'{mark}' without its end")
            self.add(Text(where, token))
        elif token.startswith("{{"):
            self.add(self.value(where, token))
        elif token.startswith("{%"):
            word, _, rest = token[2:-2].strip().partition(" ")
            statement = getattr(self, "do_" + word, None)
            if statement is None:
                raise Trouble(where, f"'{word}' is no statement")
            statement(where, rest.strip())

    def add(self, node):
        self.open[-1][1].append(node)

    @staticmethod
    def value(where, token):
        match = VALUE.match(token)
        if not match:
            raise Trouble(where, f"{token} is not understood: {{{{name.field|filter}}}} is expected")
        return Value(where, match[2], match[1] == "&", match[3] or "")

    @staticmethod
    def terms(where, text):
        terms = []
        for part in text.split(" and "):
            match = TERM.match(part.strip())
            if not match:
                raise Trouble(where, f"the condition '{part.strip()}' is not understood")
            terms.append(Term(bool(match[1]), match[2], match[3] or "", match[4] or ""))
        return terms

    def do_in(self, where, rest):
        self.template.inputs += [(where, part) for part in split_top(rest)]

    def do_layout(self, where, rest):
        self.template.layout = (where, rest)

    def do_include(self, where, rest):
        file, *words = rest.split() or [""]
        pairs = [word.partition("=") for word in words]
        self.add(Include(where, file, {name: path or name for name, _, path in pairs}))

    def do_slot(self, where, rest):
        self.add(Slot(where, rest))

    def do_asset(self, where, rest):
        self.add(Asset(where, rest))

    def do_block(self, where, rest):
        if len(self.open) > 1 or rest in self.template.blocks:
            raise Trouble(where, f"the block '{rest}' stands inside another statement, or twice")
        self.template.blocks[rest] = []
        self.open.append((Slot(where, rest), self.template.blocks[rest]))

    def do_if(self, where, rest):
        node = If(where, [(self.terms(where, rest), [])])
        self.add(node)
        self.open.append((node, node.branches[0][1]))

    def branch(self, where, terms):
        node, _ = self.open[-1]
        if not isinstance(node, If) or not node.branches[-1][0]:
            raise Trouble(where, "this belongs between {% if %} and its {% else %} or {% end %}")
        node.branches.append((terms, []))
        self.open[-1] = (node, node.branches[-1][1])

    def do_elif(self, where, rest):
        self.branch(where, self.terms(where, rest))

    def do_else(self, where, rest):
        self.branch(where, [])

    def do_for(self, where, rest):
        match = re.fullmatch(r"([a-z][a-z0-9_]*)\s+in\s+([a-z][a-z0-9_.]*)", rest)
        if not match:
            raise Trouble(where, "{% for NAME in LIST %} is expected")
        node = For(where, match[1], match[2])
        self.add(node)
        self.open.append((node, node.nodes))

    def do_end(self, where, rest):
        if len(self.open) == 1:
            raise Trouble(where, "{% end %} without a beginning")
        self.open.pop()


def parse(source, file):
    return Parser(source, file).template
