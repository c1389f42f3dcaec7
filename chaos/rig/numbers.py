"""numbers.py - what a run came to, in a few lines: orders, faults by kind, how long after each the next order was confirmed."""
import json
import pathlib
import re


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))]


def confirmed_at(dump):
    """When each order was said to be confirmed, in milliseconds since 1970, by the records' own times."""
    from rig.dumping import LINE
    raw, at, times = (pathlib.Path(dump) / "topics/order.events").read_bytes(), 0, []
    while found := LINE.match(raw, at):
        key, value = (max(0, int(n)) for n in found.groups()[3:])
        begin = found.end() + key + value + 1
        end = raw.index(b"\n", begin)
        if re.search(rb"ce-type=OrderConfirmed(,|$)", raw[begin:end]):
            times.append(int(found.group(3)))
        at = end + 1
    return sorted(times)


def tell(dump, schedule, driver, checked):
    """checked: the checker's table, whose third column counts violations."""
    lines = [json.loads(line) for line in (pathlib.Path(dump) / "history.jsonl").read_text().splitlines()]
    times = confirmed_at(dump)
    waits = {}
    for line in lines:
        if line["phase"] == "fault":
            after = next((t for t in times if t > line["at_ms"]), None)
            if after:
                waits.setdefault(line["kind"], []).append((after - line["at_ms"]) / 1000)
    print("\nfault                 times   next order confirmed after (p50, p99)")
    for kind in sorted(schedule.count):
        told = f"{percentile(waits[kind], 0.5):6.2f} s {percentile(waits[kind], 0.99):6.2f} s" if kind in waits else "never"
        print(f"{kind:20} {schedule.count[kind]:6}   {told}")
    said = sum(1 for line in lines if line["phase"] == "invoke")
    violations = sum(int(count) for count in re.findall(r"^I\w+ +BROKEN +(\d+) ", checked, re.M))
    unknown = sum(1 for line in lines if line["phase"] == "unknown")
    print(f"\n{driver.accepted} orders accepted, {len(times)} confirmed, {said} commands, {unknown} of them without an answer; "
          f"{sum(schedule.count.values())} faults of {len(schedule.count)} kinds, {sum(schedule.failed.values())} that failed, "
          f"{len(schedule.skipped)} kinds skipped; {violations} violations")
