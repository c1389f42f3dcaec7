"""traces.py - where a text or some bytes are to be found: in every topic, on Kafka's disk, in every database, in Redis, in logs.

A scan that finds nothing proves nothing: the tests look for what must be there with the same functions.
"""

import os
import re
import subprocess
import urllib.parse

import shop


def databases():
    names = re.findall(r"^export DATABASE_URL_(\w+)=", (shop.RUN / "env").read_text(), re.M)
    return [name.lower() for name in names]


def dump_of(name, *options):
    return subprocess.run(["pg_dump", *options, shop.env(f"DATABASE_URL_{name.upper()}")], check=True, capture_output=True, timeout=60).stdout


def topics():
    """All that hold anything."""
    logs = [path for path in (shop.RUN / "kafka/data").glob("*/*.log") if path.stat().st_size > 0]
    return sorted({path.parent.name.rsplit("-", 1)[0] for path in logs if not path.parent.name.startswith("__")})


def bytes_of_topic(topic):
    return subprocess.run(["kcat", "-b", shop.env("KAFKA_BOOTSTRAP"), "-C", "-t", topic, "-e", "-q", "-o", "beginning", "-f", "%k %h %s\n"],
                          check=True, capture_output=True, timeout=60).stdout


def redis(*words):
    address = urllib.parse.urlsplit(shop.env("REDIS_URL"))
    return subprocess.run(["redis-cli", "--raw", "-h", address.hostname, "-p", str(address.port), *words], check=True, capture_output=True,
                          timeout=30).stdout



def bytes_of_redis():
    """Every key and what it holds, by one script."""
    script = ("local out = {} for _, key in ipairs(redis.call('KEYS', '*')) do local kind = redis.call('TYPE', key).ok out[#out + 1] = key "
              "if kind == 'string' then out[#out + 1] = redis.call('GET', key) "
              "elseif kind == 'hash' then for _, v in ipairs(redis.call('HGETALL', key)) do out[#out + 1] = v end "
              "elseif kind == 'zset' then for _, v in ipairs(redis.call('ZRANGE', key, 0, -1)) do out[#out + 1] = v end "
              "elseif kind == 'set' then for _, v in ipairs(redis.call('SMEMBERS', key)) do out[#out + 1] = v end "
              "else out[#out + 1] = 'UNREAD ' .. kind end end return table.concat(out, '\\n')")
    return redis("EVAL", script, "0")


def bytes_below(folder):
    """Every file, as it lies on the disk; Kafka's indexes hold offsets only, and are mostly empty megabytes."""
    for path in sorted(folder.rglob("*")):
        try:
            if path.is_file() and path.suffix not in (".index", ".timeindex"):
                yield str(path.relative_to(folder)), path.read_bytes()
        except OSError:
            pass  # compaction has just taken it away


def everything():
    """(name, bytes) of everything that the shop keeps. Mails have left it, and are not looked at."""
    for topic in topics():
        yield f"topic {topic}", bytes_of_topic(topic)
    for name, data in bytes_below(shop.RUN / "kafka/data"):
        yield f"disk {name}", data
    for name in databases():
        yield f"database {name}", dump_of(name)
    yield "redis", bytes_of_redis()
    for name, data in bytes_below(shop.RUN / "log"):
        yield f"log {name}", data


def topic_and_disk(topic):
    yield f"topic {topic}", bytes_of_topic(topic)
    for folder in (shop.RUN / "kafka/data").glob(f"{topic}-*"):
        for name, data in bytes_below(folder):
            yield f"disk {folder.name}/{name}", data


def find(needles, places=everything):
    """{needle: set of names}; a text is looked for as it is and as the hex digits of a dump."""
    found = {needle: set() for needle in needles}
    for name, data in places():
        for needle in needles:
            raw = needle if isinstance(needle, bytes) else needle.encode()
            if raw in data or raw.hex().encode() in data:
                found[needle].add(name)
    return found


# --- Kafka's own tool, for settings that make compaction quick -------------------------------------------------------------

def kafka_config(kind, name, **settings):
    arguments = open(f"/proc/{shop.pid_of('kafka')}/cmdline", "rb").read().split(b"\0")
    java, classes = os.fsdecode(arguments[0]), os.fsdecode(arguments[arguments.index(b"-cp") + 1])
    added = ",".join(f"{key.replace('_', '.')}={value}" for key, value in settings.items())
    which = ["--entity-default"] if name is None else ["--entity-name", name]
    subprocess.run([java, "-Xmx96m", "-XX:TieredStopAtLevel=1", "-cp", classes, "kafka.admin.ConfigCommand", "--bootstrap-server",
                    shop.env("KAFKA_BOOTSTRAP"), "--alter", "--entity-type", kind, *which, "--add-config", added], check=True,
                   capture_output=True, timeout=60)
