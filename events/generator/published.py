"""published.py - what was ever published: the append-only list events/schema-ids and the texts in events/published.

A text is self-contained: a named type stands in full where it is first used. Ids below LOCAL are those of the schema
registry, which counts from 1 in the order of registration; the others belong to messages that never travel."""

import copy
import dataclasses
import hashlib
import json
import pathlib
import shutil
import tempfile

import model

LOCAL = 1_000_000
HEADER = """\
# schema-ids - id, name, version, SHA-256 of events/published/<name>.<version>.avsc. Append-only: lines are never changed
# or taken out once released, because records on the topics carry these ids. Written by `make publish-schemas`.
"""


@dataclasses.dataclass
class Entry:
    id: int
    name: str
    version: int
    sha256: str


def path_of(shop, name, version):
    return shop.events / "published" / f"{name}.{version}.avsc"


def self_contained(shop, name):
    """The schema as a tree, with every named type inside at its first use."""
    done = set()

    def expand(node):
        if isinstance(node, list):
            return [expand(n) for n in node]
        if isinstance(node, str):
            short = node.removeprefix(model.NAMESPACE + ".")
            named = shop.raw.get(short)
            if named is None or short in done:
                return short if named is not None else node
            return expand({k: v for k, v in named.items() if k != "namespace"})
        node = dict(node)
        if node["type"] in ("record", "enum"):
            done.add(node["name"])
        if node["type"] == "record":
            node["fields"] = [dict(f, type=expand(f["type"])) for f in node["fields"]]
        elif node["type"] == "array":
            node["items"] = expand(node["items"])
        return node

    return expand(copy.deepcopy(shop.raw[name]))


def pretty(node, indent=0):
    """JSON with one field a line, as people write schemas."""
    if isinstance(node, dict) and node.get("type") == "record":
        pad = " " * (indent + 2)
        lines = [f"{pad}{json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in node.items() if k != "fields"]
        fields = [f"{pad}  {pretty(f, indent + 4)}" for f in node["fields"]]
        lines.append(f'{pad}"fields": [\n' + ",\n".join(fields) + f"\n{pad}]")
        return "{\n" + ",\n".join(lines) + "\n" + " " * indent + "}"
    if isinstance(node, dict):
        return "{" + ", ".join(f"{json.dumps(k)}: {pretty(v, indent)}" for k, v in node.items()) + "}"
    if isinstance(node, list):
        return "[" + ", ".join(pretty(v, indent) for v in node) + "]"
    return json.dumps(node, ensure_ascii=False)


def without_docs(node):
    """What two schemas must have in common to be the same: everything but what is only for people."""
    if isinstance(node, dict):
        return {k: without_docs(v) for k, v in node.items() if k != "doc"}
    if isinstance(node, list):
        return [without_docs(v) for v in node]
    return node


def entries(shop):
    """The list, ascending by id."""
    path = shop.events / "schema-ids"
    found = []
    for line in path.read_text().splitlines() if path.exists() else []:
        if line and not line.startswith("#"):
            number, name, version, sha256 = line.split()
            found.append(Entry(int(number), name, int(version), sha256))
    return sorted(found, key=lambda entry: entry.id)


def compact(shop, entry):
    """The text for the program: as published, without what is only for people."""
    tree = json.loads(path_of(shop, entry.name, entry.version).read_text())
    return json.dumps(without_docs(tree), ensure_ascii=False, separators=(",", ":"))


def latest(listed):
    newest = {}
    for entry in listed:
        if entry.name not in newest or entry.version > newest[entry.name].version:
            newest[entry.name] = entry
    return newest


def check_list(shop, listed):
    """Ids without gaps or repetitions, versions that count from 1, texts that are what was listed."""
    where = "events/schema-ids:1"
    for start, ids in ((1, [e.id for e in listed if e.id < LOCAL]), (LOCAL, [e.id for e in listed if e.id >= LOCAL])):
        if ids != list(range(start, start + len(ids))):
            shop.complain(where, f"the ids from {start} on are not counted one by one")
    seen = {}
    for entry in listed:
        seen[entry.name] = seen.get(entry.name, 0) + 1
        path = path_of(shop, entry.name, entry.version)
        if entry.version != seen[entry.name]:
            shop.complain(where, f"{entry.name}: version {entry.version} where {seen[entry.name]} is next")
        elif not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != entry.sha256:
            shop.complain(where, f"events/published/{path.name} is missing or was edited; restore it")


def check(shop):
    """Raises Problems unless every message is published as its schema stands; fills shop.ids."""
    listed = entries(shop)
    check_list(shop, listed)
    newest = latest(listed)
    shop.ids = {name: newest[name].id for name in shop.bodies() if name in newest}
    for name in [] if shop.problems else shop.bodies():
        source = f"events/schemas/{name}.avsc:1"
        if name not in newest:
            shop.complain(source, f"{name} was never published; run: make publish-schemas")
            continue
        path = path_of(shop, name, newest[name].version)
        if without_docs(json.loads(path.read_text())) != without_docs(self_contained(shop, name)):
            shop.complain(
                source,
                f"{name}, or a type in it, differs from its published version {newest[name].version}; "
                "run: make republish-schemas (before the first release) or make publish-schemas",
            )
    if shop.problems:
        raise model.Problems(shop.problems)


def incompatible(old, new, path):
    """Why today's readers could not read the old schema, or old readers the new one. Both trees are self-contained."""
    if isinstance(old, dict) and isinstance(new, dict) and old.get("type") == new.get("type") == "record":
        yield from incompatible_fields(old, new, path)
    elif isinstance(old, dict) and isinstance(new, dict) and old.get("type") == new.get("type") == "enum":
        if old["symbols"] != new["symbols"][: len(old["symbols"])]:
            yield f"{path}: symbols may only be added, at the end"
    elif isinstance(old, dict) and isinstance(new, dict) and old.get("type") == new.get("type") == "array":
        yield from incompatible(old["items"], new["items"], path + "[]")
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for a, b in zip(old, new):
            yield from incompatible(a, b, path)
    elif without_docs(old) != without_docs(new):
        yield f"{path}: the type may not change"


def incompatible_fields(old, new, path):
    if old["name"] != new["name"]:
        yield f"{path}: a record may not be renamed"
    now = {f["name"]: f for f in new["fields"]}
    for field in old["fields"]:
        if field["name"] in now:
            yield from incompatible(field["type"], now[field["name"]]["type"], f"{path}.{field['name']}")
        elif "default" not in field:
            yield f"{path}.{field['name']}: was taken out or renamed, and older readers have no default for it"
    before = {f["name"] for f in old["fields"]}
    for name, field in now.items():
        if name not in before and "default" not in field:
            yield f"{path}.{name}: a new field needs a default, for records that lack it"


def breaks(shop, listed, name, tree):
    """What is wrong with this schema as the next version of name: it must read, and be read by, every one before it."""
    for entry in listed:
        if entry.name == name:
            old = json.loads(path_of(shop, name, entry.version).read_text())
            yield from (f"{sentence} (version {entry.version})" for sentence in incompatible(old, tree, name))


def check_change(events, files):
    """The schemas with these files in place of their namesakes; raises Problems when they could not be published."""
    with tempfile.TemporaryDirectory() as folder:
        there = pathlib.Path(folder) / "events"
        shutil.copytree(events, there, ignore=shutil.ignore_patterns("generator", "publish", "tools"))
        for path in files:
            if path.suffix != ".avsc" or not path.exists():
                raise model.Problems([f"{path}: there is no such file of a schema"])
            shutil.copy(path, there / "schemas" / path.name)
        shop = model.load(there)
        listed = entries(shop)
        for name in shop.bodies():
            for sentence in breaks(shop, listed, name, self_contained(shop, name)):
                shop.complain(f"events/schemas/{name}.avsc:1", sentence)
        if shop.problems:
            raise model.Problems(shop.problems)


def write_entry(shop, name, number, version):
    text = pretty(self_contained(shop, name)) + "\n"
    path = path_of(shop, name, version)
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return Entry(number, name, version, hashlib.sha256(text.encode()).hexdigest())


def write_list(shop, listed):
    lines = [f"{e.id} {e.name} {e.version} {e.sha256}\n" for e in sorted(listed, key=lambda e: e.id)]
    (shop.events / "schema-ids").write_text(HEADER + "".join(lines))


def next_id(listed, travels):
    own = [e.id for e in listed if (e.id < LOCAL) == travels]
    return max(own, default=0 if travels else LOCAL - 1) + 1


def rewrite_all(shop):
    """Before the first release: one version of each, with the id that it had while none has gone."""
    old = latest(entries(shop))
    names = shop.bodies()
    keep = all(name in names for name in old)
    for path in (shop.events / "published").glob("*.avsc"):
        path.unlink()
    listed = []
    for name in sorted(names, key=lambda n: old[n].id if n in old and keep else len(old) + LOCAL * 2):
        travels = name in {m for m, _ in shop.travelling()}
        listed.append(write_entry(shop, name, next_id(listed, travels), 1))
    write_list(shop, listed)


def publish(shop, rewrite):
    """Writes what changed; raises Problems, and writes nothing, when a change would break readers."""
    if rewrite:
        rewrite_all(shop)
        return check(shop)
    listed = entries(shop)
    check_list(shop, listed)
    newest = latest(listed)
    changed = []
    for name in shop.bodies():
        tree = self_contained(shop, name)
        old = json.loads(path_of(shop, name, newest[name].version).read_text()) if name in newest else None
        if old is None or without_docs(old) != without_docs(tree):
            changed.append(name)
            for sentence in breaks(shop, listed, name, tree):
                shop.complain(f"events/schemas/{name}.avsc:1", sentence)
    if shop.problems:
        raise model.Problems(shop.problems)
    for name in changed:
        number = next_id(listed, name in {m for m, _ in shop.travelling()})
        listed.append(write_entry(shop, name, number, newest[name].version + 1 if name in newest else 1))
    write_list(shop, listed)
    return check(shop)
