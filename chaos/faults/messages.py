"""messages.py - what nobody of the shop would write: the same again, bytes that mean nothing, too many of them, the wrong kind.

What is planted has a key that begins with "planted-", so that it is told from the shop's own; what is repeated is byte for byte
what was there.
"""
import os
import subprocess
import tempfile

import shop
from faults.base import Fault, command
from rig.dumping import read_topic

EVENTS = ["order.events", "stock.events", "payment.events", "shipment.events", "email.events"]
COMMANDS = ["order.commands", "payment.commands", "cart.commands", "cart.checkouts"]


def produce(topic, partition, key, value, headers=()):
    """One record, as it is."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(value)
        file.flush()
        words = [word for header in headers for word in ("-H", "=".join(header))]
        command("kcat", "-b", shop.env("KAFKA_BOOTSTRAP"), "-P", "-t", topic, "-p", partition, "-k", key, *words,
                "-X", "message.max.bytes=2000000", "-X", "message.timeout.ms=20000", file.name)


class Duplicates(Fault):
    kind, sentence = "duplicates", "A range of a topic is written once more, byte for byte with its headers."
    seconds = (0.1, 0.5)

    def plan(self):
        self.pick("topic", [*EVENTS, *COMMANDS, "cart.events", "catalog.commands"])
        self.options.update(count=self.luck.randint(3, 12), share=round(self.luck.random(), 3))

    def inject(self):
        records = [r for r in read_topic(self.options["topic"]) if not r.key.startswith(b"planted-")]
        at = int(self.options["share"] * max(0, len(records) - self.options["count"]))
        for r in records[at:at + self.options["count"]]:
            produce(r.topic, r.partition, r.key.decode(), r.value, r.headers)
        self.came_to["written"] = len(records[at:at + self.options["count"]])

    def in_vain(self):
        return None if self.came_to["written"] else "the topic was empty"


class Planted(Fault):
    """One record that nobody can use, in a few topics."""
    seconds = (0.1, 0.5)

    def plan(self):
        self.options["topics"] = ",".join(self.luck.sample(EVENTS + COMMANDS, 3))

    def inject(self):
        for topic in self.options["topics"].split(","):
            key = f"planted-{self.kind}-{self.luck.getrandbits(48):012x}"
            try:
                produce(topic, self.luck.randrange(6), key, self.value(), self.headers(topic))
            except subprocess.CalledProcessError as fault:
                self.ground.history.write("note", kind=self.kind, topic=topic, key=key, refused=fault.stderr.decode("utf-8", "replace")[-200:])
            else:
                self.ground.history.write("planted", kind=self.kind, topic=topic, key=key)

    def value(self):
        raise NotImplementedError

    def headers(self, _topic):
        return ()


class Poison(Planted):
    kind, sentence = "poison", "Random bytes stand in a topic, without a header."

    def value(self):
        return self.luck.randbytes(self.luck.choice([1, 5, 40, 3000]))


class Oversize(Planted):
    kind, sentence = "oversize", "A record of almost the broker's limit, and one above it, which the broker must refuse."
    size = 1_000_000

    def value(self):
        self.size = 1_500_000 if self.size < 1_400_000 and self.luck.random() < 0.34 else 1_000_000
        return b"\0\0\0\0\1" + os.urandom(self.size)


class WrongSchema(Planted):
    kind, sentence = "wrong-schema", "A record of a schema that has no business in that topic, or of one that nobody published."

    def value(self):
        user, product = b"planted-user", shop.MUG.encode()
        add_item = bytes([2 * len(user)]) + user + bytes([2 * len(product)]) + product + b"\2"
        number = self.luck.choice([1, 1, 4711])
        return b"\0" + number.to_bytes(4, "big") + add_item


KINDS = [Duplicates, Poison, Oversize, WrongSchema]
