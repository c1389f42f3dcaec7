"""dumping.py - everything that the shop knows, written into one folder by tools that are not the shop's.

README.md says how each file is laid out. The checker reads nothing else.
"""
import json
import pathlib
import re
import shutil
import signal
import subprocess
import time
import tomllib

import shop
from rig.redis import Redis
from rig.stack import DATABASES, ROOT

FORM = "%p %o %T %K %S\n%k%s\n%h\n"  # numbers; key and value of so many bytes; headers
LINE = re.compile(rb"(\d+) (\d+) (-?\d+) (-?\d+) (-?\d+)\n")
NAME = re.compile(r",(?=[A-Za-z][A-Za-z0-9-]*=)")


def raw_topic(topic):
    """To its end, or not at all: kcat gives up at the first connection that breaks, which on a busy machine it sometimes does."""
    words = ["kcat", "-b", shop.env("KAFKA_BOOTSTRAP"), "-C", "-t", topic, "-e", "-q", "-o", "beginning", "-f", FORM]
    for last in (False, False, False, True):
        done = subprocess.run(words, check=False, capture_output=True, timeout=120)
        if done.returncode == 0:
            return done.stdout
        if last:
            raise OSError(f"kcat does not read {topic}: {done.stderr.decode('utf-8', 'replace')[-300:]}")
        time.sleep(1)


class Raw:
    """One record as it was written, undecoded."""

    def __init__(self, topic, partition, offset, key, value, headers):
        self.topic, self.partition, self.offset, self.key, self.value, self.headers = topic, partition, offset, key, value, headers


def read_topic(topic):
    raw, at, records = raw_topic(topic), 0, []
    while found := LINE.match(raw, at):
        partition, offset, _, key, value = (max(0, int(n)) for n in found.groups())
        middle = found.end() + key
        end = raw.index(b"\n", middle + value + 1)
        headers = [tuple(pair.split("=", 1)) for pair in NAME.split(raw[middle + value + 1:end].decode("utf-8", "replace")) if "=" in pair]
        records.append(Raw(topic, partition, offset, raw[found.end():middle], raw[middle:middle + value], headers))
        at = end + 1
    return records


def topics():
    """All there are on the broker, dead letters and all."""
    text = subprocess.run(["kcat", "-b", shop.env("KAFKA_BOOTSTRAP"), "-L", "-J"], check=True, capture_output=True, timeout=60).stdout
    return {t["topic"]: len(t["partitions"]) for t in json.loads(text)["topics"] if not t["topic"].startswith("__")}


def log_ends(partitions):
    """{(topic, partition): offset behind the last record}"""
    words = [word for topic, count in partitions.items() for p in range(count) for word in ("-t", f"{topic}:{p}:-1")]
    text = subprocess.run(["kcat", "-b", shop.env("KAFKA_BOOTSTRAP"), "-Q", *words], check=True, capture_output=True, timeout=60, text=True).stdout
    found = (re.match(r"(\S+) \[(\d+)\] offset (\d+)", line) for line in text.splitlines())
    return {(f.group(1), int(f.group(2))): int(f.group(3)) for f in found if f}


def declared():
    with open(ROOT / "events/topics.toml", "rb") as file:
        return tomllib.load(file)["topics"]


def database_url(service):
    return shop.env(f"DATABASE_URL_{service.upper()}")


OTHERS = ("acquirer", "kafka", "mail", "postgres", "redis", "registry")


def shop_processes(run):
    return [path.name for path in (pathlib.Path(run) / "sv").iterdir() if path.name.partition("-")[0] not in OTHERS]


def dump(folder, history, stack, moving, tries=8):
    """Of one moment: some states are told anew every minute, so the shop stands still meanwhile, as soon as moving() says that nothing is."""
    names = shop_processes(stack.run)
    for attempt in range(tries):
        for name in names:
            shop.kill(name, signal.SIGSTOP)
        ends = log_ends(topics())
        if attempt == tries - 1 or not moving() and log_ends(topics()) == ends:
            break
        for name in names:
            shop.kill(name, signal.SIGCONT)
        time.sleep(2)
    dump_once(pathlib.Path(folder), ends, history, stack)
    for name in names:
        shop.kill(name, signal.SIGCONT)


def dump_once(folder, ends, history, stack):
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("topics", "databases", "mails", "logs"):
        (folder / name).mkdir(parents=True)
    for topic in {topic for topic, _ in ends}:
        filled = any(end for (name, _), end in ends.items() if name == topic)
        (folder / "topics" / topic).write_bytes(raw_topic(topic) if filled else b"")
    (folder / "log-ends.json").write_text(json.dumps({f"{topic} {part}": end for (topic, part), end in ends.items()}, indent=1, sort_keys=True))
    for service in [*DATABASES, "gateway"]:
        dump_database(folder / "databases" / service, database_url(service))
    (folder / "ledger.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in shop.ledger()))
    for path in sorted(pathlib.Path(shop.env("MAIL_DIR")).glob("new/*")):
        shutil.copy(path, folder / "mails" / path.name)
    dump_redis(folder / "redis.jsonl", stack.wires.upstream["redis"])
    for log in pathlib.Path(stack.run).glob("log/*/current"):
        shutil.copy(log, folder / "logs" / log.parent.name)
    shutil.copy(history, folder / "history.jsonl")


def dump_database(folder, url):
    folder.mkdir()
    names = subprocess.run(["psql", url, "-AtqX", "-c", "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"], check=True,
                           capture_output=True, text=True, timeout=60).stdout.split()
    words = [word for name in names for word in ("-c", f"\\copy {name} TO '{folder / name}.csv' (FORMAT csv, HEADER)")]
    subprocess.run(["psql", url, "-qX", "-v", "ON_ERROR_STOP=1", *words], check=True, capture_output=True, timeout=300)


def dump_redis(path, port):
    read = {b"hash": ("HGETALL",), b"zset": ("ZRANGE", 0, -1, "WITHSCORES"), b"set": ("SMEMBERS",), b"string": ("GET",)}
    with Redis(port) as redis, open(path, "w", encoding="utf-8") as out:
        for key in sorted(redis.ask("KEYS", "*")):
            kind = redis.ask("TYPE", key)
            verb, *rest = read.get(kind, ("TYPE",))
            value = redis.ask(verb, key, *rest)
            words = value if isinstance(value, list) else [value]
            line = {"key": key.decode("utf-8", "replace"), "type": kind.decode(), "value": [(w or b"").hex() for w in words]}
            out.write(json.dumps(line) + "\n")
