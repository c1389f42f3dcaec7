"""views.py - invariants about Redis, from which pages are made."""
from checker.books import SAGA, invariant


def hashed(words):
    return dict(zip((w.decode("utf-8", "replace") for w in words[::2]), words[1::2]))


@invariant("I16", "Redis is what the topics say: each cart its last version, each order all of its messages, byte for byte, and no others")
def redis(books):
    dump = books.dump
    last = {}
    for r in dump.heard("cart.events"):
        if r.key not in last or r.body["version"] > last[r.key].body["version"]:
            last[r.key] = r
    for user, r in last.items():
        cart = hashed(dump.redis.get(f"cart:{user}", []))
        if cart.get("version") != str(r.body["version"]).encode() or cart.get("value") != r.value:
            yield user, f"the cart in Redis is of version {cart.get('version', b'none').decode()}, the topic's of {r.body['version']}"
    told = {}
    for topic in SAGA:
        for r in dump.heard(topic):
            told.setdefault(r.key, {})[r.id] = r.value
    for key, messages in told.items():
        order = {name: value.partition(b" ")[2] for name, value in hashed(dump.redis.get(f"order:{key}", [])).items()}
        if order != messages:
            yield key, f"in Redis {len(order)} messages, in the topics {len(messages)}, or they differ"
    for name in dump.redis:
        kind, _, key = name.partition(":")
        if kind == "order" and key not in told or kind == "cart" and key not in last:
            yield key, f"Redis has {name}, and no topic does"
    for key, order in books.orders.items():
        for kind in ("OrderPlaced", "OrderRejected"):
            body = order.one(kind)
            if body and key.encode() not in dump.redis.get(f"orders:{body['user_id']}", []):
                yield key, "is not on its shopper's list in Redis"


@invariant("I16b", "the end that a shopper was shown is the end that the topics tell")
def shown(books):
    names = {"OrderConfirmed": "confirmed", "OrderCancelled": "cancelled", "OrderRejected": "rejected"}
    for line in books.dump.said("seen"):
        ends = [names[end] for end in books.order(line["order"]).ends]
        if line["state"] in names.values() and line["state"] not in ends:
            yield line["order"], f"its page said {line['state']}, the topics say {ends}"
