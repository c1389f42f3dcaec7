"""spoiling.py - how a way to spoil the good dump is written down; spoilt_orders.py and spoilt_log.py have them."""
SPOILT = []


def spoilt(number, who, sentence):
    """A way to spoil the good dump: what the checker must say then, and of whom. After the positions were set, unless early."""
    def register(function):
        SPOILT.append((number, who, sentence, function))
        return function
    return register


def again(p, kind, key, **changes):
    """The same message under another id."""
    r = dict(p.told(kind, key))
    r["headers"] = {**r["headers"], "ce-id": "00000000-0000-4000-8000-00000000abcd", **changes}
    next(records for records in p.topics.values() if p.told(kind, key) in records).append(r)
    return r


def hit_at(ms):
    """A fault of email, and its end."""
    return [{"phase": "fault", "kind": "kill", "victim": "email", "at_ms": ms}, {"phase": "healed", "kind": "kill", "at_ms": ms + 100}]
