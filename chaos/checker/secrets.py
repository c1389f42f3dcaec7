"""secrets.py - invariants about what must not be readable anywhere."""
from checker.books import invariant


@invariant("I18", "no card number, street or mail address stands in clear in any topic, table, log, the acquirer's book or Redis")
def nothing_in_clear(books):
    dump = books.dump
    canaries = {text.encode() for line in dump.said("began") for text in line["secrets"]}
    canaries |= {op["email"].encode() for op in dump.ops if op["do"] == "checkout"}
    if not canaries:
        yield "the run", "the history names no canary"
    places = [path for folder in ("topics", "databases", "logs") for path in (dump.folder / folder).rglob("*") if path.is_file()]
    for path in [*places, dump.folder / "ledger.jsonl"]:
        raw = path.read_bytes()
        for canary in canaries:
            if canary in raw and not (path.name == "mail" and b"@" in canary):
                yield str(path.relative_to(dump.folder)), f"has {canary.decode()!r}"
    for key, words in dump.redis.items():
        for canary in canaries:
            if any(canary in word for word in words):
                yield key, f"Redis has {canary.decode()!r}"
