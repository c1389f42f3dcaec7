"""secrets.py - invariants about what must not be readable anywhere, in whatever letters it was written down."""
import base64

from checker.books import invariant


def spellings(canary):
    """As it is, as COPY prints bytes, in base64 at each of its three places, and a number with gaps between each four digits."""
    found = {canary, canary.hex().encode()}
    for before in range(3):
        text = base64.b64encode(b"\0" * before + canary)
        found.add(text[-(-8 * before // 6):(8 * (before + len(canary))) // 6])
    if canary.isdigit():
        groups = [canary[at:at + 4] for at in range(0, len(canary), 4)]
        found |= {b" ".join(groups), b"-".join(groups)}
        found |= {text.hex().encode() for text in list(found) if text[4:5] in (b" ", b"-")}
    return found


@invariant("I18", "no card number, street or mail address stands in clear in any topic, table, log, the acquirer's book or Redis")
def nothing_in_clear(books):
    dump = books.dump
    canaries = {text.encode() for line in dump.said("began") for text in line["secrets"]}
    canaries |= {op["email"].encode() for op in dump.ops if op["do"] == "checkout"}
    if not canaries:
        yield "the run", "the history names no canary"
    spelt = {canary: spellings(canary) for canary in canaries}
    places = [path for folder in ("topics", "databases", "logs") for path in (dump.folder / folder).rglob("*") if path.is_file()]
    for path in [*places, dump.folder / "ledger.jsonl"]:
        raw = path.read_bytes()
        for canary, words in spelt.items():
            if any(word in raw for word in words) and not (path.name == "mail" and b"@" in canary):
                yield str(path.relative_to(dump.folder)), f"has {canary.decode()!r}"
    for key, words in dump.redis.items():
        raw = b"\n".join([key.encode(), *words])
        for canary, spelling in spelt.items():
            if any(word in raw for word in spelling):
                yield key, f"Redis has {canary.decode()!r}"
