"""quiet.py - when is it over? Every reader at the log's end, nothing unsent, no deadline of an open question, for two looks in a row."""
import time

import shop
from rig import dumping
from rig.redis import Redis

OPEN = "'OrderOverdue','AskOverdue','AddressOverdue','ParcelDue','MailOverdue'"


def waits_for(driver, wires):
    """Sentences: what is not over yet. Empty: nothing."""
    found = [f"{name} is not ready" for name in shop.SERVICES + ["views", "gateway"] if not shop.ready(name)]
    found += [f"{len(driver.watched)} accepted orders have not shown their end"] if driver.watched else []
    return found + on_its_way(wires)


def on_its_way(wires):
    """The same, as the stores tell it: what is unsent, unread or unanswered."""
    found = []
    declared = dumping.declared()
    ends = dumping.log_ends({name: count for name, count in dumping.topics().items() if name in declared})
    for service in dumping.DATABASES:
        at = {(topic, int(part)): int(offset) for topic, part, offset in shop.sql(service, "SELECT topic, part, next_offset FROM position")}
        for (topic, part), end in ends.items():
            reads = service in declared[topic]["readers"] and declared[topic]["kept"] != "compacted"
            here = at.get((topic, part), 0 if reads else end)
            if here < end:
                found.append(f"{service} has heard {topic} [{part}] to {here} of {end}")
        left = shop.sql(service, f"SELECT (SELECT count(*) FROM outbox), (SELECT count(*) FROM deadline WHERE type IN ({OPEN}))")[0]
        found += [f"{service} has {n} {what}" for n, what in zip(left, ("unsent messages", "open questions")) if n != "0"]
    with Redis(wires.upstream["redis"]) as redis:
        words = [word.decode() for word in redis.ask("HGETALL", "views:positions")]
        at = dict(zip(words[::2], (int(n) for n in words[1::2])))
        found += [f"views has read {topic} [{part}] to {at.get(f'{topic}/{part}', 0)} of {end}" for (topic, part), end in ends.items()
                  if "views" in declared[topic]["readers"] and at.get(f"{topic}/{part}", 0) < end]
    return found


def killed_at_rest(history, driver, wires, seconds):
    """Every service is killed once more, when nothing is on its way: who comes back has nothing to say. Returns what is missing then."""
    ends = dumping.log_ends({name: count for name, count in dumping.topics().items() if name in dumping.declared()})
    history.write("rested", ends={f"{topic} {part}": end for (topic, part), end in ends.items()})
    for name in shop.SERVICES:
        shop.kill(name)
    time.sleep(1)
    return until_quiet(driver, wires, seconds)[1]


def until_quiet(driver, wires, seconds):
    """(seconds it took, what was still missing)"""
    began, calm, missing = time.monotonic(), 0, ["nobody looked"]
    while calm < 2 and time.monotonic() - began < seconds:
        try:
            missing = waits_for(driver, wires)
        except Exception as trouble:  # pylint: disable=broad-except
            missing = [f"a look was not possible: {trouble!r:.200}"]
        calm = 0 if missing else calm + 1
        time.sleep(0.5)
    return time.monotonic() - began, missing
