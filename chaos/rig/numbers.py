"""numbers.py - what a run came to, in a few lines: orders, faults by kind, how long after each the next order went through, violations."""
import json
import pathlib
import re


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))]


def told(dump, kind):
    """{order: when that was first said of it}, in milliseconds since 1970, by the records' own times."""
    from rig.dumping import LINE
    raw, at, times = (pathlib.Path(dump) / "topics/order.events").read_bytes(), 0, {}
    while found := LINE.match(raw, at):
        key, value = (max(0, int(n)) for n in found.groups()[3:])
        begin = found.end() + key + value + 1
        end = raw.index(b"\n", begin)
        if re.search(rb"ce-type=" + kind + rb"(,|$)", raw[begin:end]):
            times.setdefault(raw[found.end():found.end() + key], int(found.group(3)))
        at = end + 1
    return times


def waits(lines, placed, confirmed):
    """By kind: [seconds until an order that was placed after the fault was confirmed, or None], and the lines of those with None."""
    ends = sorted((confirmed[key], placed.get(key, 0)) for key in confirmed)
    found, never = {}, []
    for line in lines:
        if line["phase"] == "fault":
            after = next((at for at, began in ends if began >= line["at_ms"]), None)
            found.setdefault(line["kind"], []).append((after - line["at_ms"]) / 1000 if after else None)
            never += [line] if not after else []
    return found, never


def table(schedule, found, never):
    print("\nfault                 times   next order placed and confirmed after (p50, p99)")
    for kind in sorted(found):
        known = [wait for wait in found[kind] if wait is not None]
        said = f"{percentile(known, 0.5):7.2f} s {percentile(known, 0.99):7.2f} s" if known else " " * 19
        lost = len(found[kind]) - len(known)
        print(f"{kind:20} {len(found[kind]):6}   {said}{f'   {lost} times none any more' if lost else ''}"
              f"{f'   {schedule.failed[kind]} in vain or not done' if schedule.failed[kind] else ''}")
    for line in never:
        words = [f"{name}={value}" for name, value in line.items() if name not in ("t", "at_ms", "phase", "kind")]
        print(f"none any more after    {line['t']:7.1f} s  {line['kind']} {' '.join(words)}")


def tell(dump, schedule, driver, checked):
    """checked: the checker's table, whose third column counts violations."""
    lines = [json.loads(line) for line in (pathlib.Path(dump) / "history.jsonl").read_text().splitlines()]
    placed, confirmed = told(dump, b"OrderPlaced"), told(dump, b"OrderConfirmed")
    table(schedule, *waits(lines, placed, confirmed))
    said = sum(1 for line in lines if line["phase"] == "invoke")
    violations = sum(int(count) for count in re.findall(r"^I\w+ +BROKEN +(\d+) ", checked, re.M))
    unknown = sum(1 for line in lines if line["phase"] == "unknown")
    print(f"\n{driver.accepted} orders accepted, {len(confirmed)} confirmed, {said} commands, {unknown} of them without an answer; "
          f"{sum(schedule.count.values())} faults of {len(schedule.count)} kinds, {sum(schedule.failed.values())} that failed or were in vain, "
          f"{len(schedule.skipped)} kinds skipped; {violations} violations")
