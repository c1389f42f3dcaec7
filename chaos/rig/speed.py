"""speed.py - how fast the past is heard again: rebuilds and replays, as a share of what kcat drains from the same topics, one after the other.

The shop runs meanwhile. shopctl(words) is the operator's tool: (exit code, what it said, its errors).
"""
import json
import subprocess
import time

import shop

SERVICES = {  # what each hears and says
    "payment": ["payment.commands", "order.events", "stock.events", "payment.events"],
    "checkout": ["order.commands", "payment.events", "stock.events", "shipment.events", "order.events", "cart.checkouts"],
    "shipping": ["order.events", "payment.events", "shipment.events", "shipping.tariffs"],
    "cart": ["cart.commands", "cart.checkouts", "cart.events"],
    "email": ["order.events", "shipment.events", "email.events"],
    "catalog": ["order.events", "catalog.commands", "stock.events", "catalog.events", "product.state"],
    "currency": ["rates.state", "rates.events"],
    "recommendation": ["order.events", "activity.events", "product.state", "recommendation.state"],
    "ad": ["ad.commands", "activity.events", "ad.state", "ad.events"],
}
VIEWS = ["cart.events", "order.events", "payment.events", "stock.events", "shipment.events", "email.events"]
REPLAYED = {"payment": SERVICES["payment"][:3], "email": SERVICES["email"][:2]}
EXACT = ("payment", "checkout", "shipping", "cart", "email", "catalog", "currency")  # the others count what visitors do


def drained(topics):
    """Records in these topics, and how many a second kcat takes out of them."""
    began, count = time.monotonic(), 0
    for topic in topics:
        done = subprocess.run(["kcat", "-b", shop.env("KAFKA_BOOTSTRAP"), "-C", "-t", topic, "-e", "-q", "-o", "beginning", "-f", "\n"], check=True,
                              capture_output=True, timeout=300)
        count += done.stdout.count(b"\n")
    return count, count / (time.monotonic() - began)


def share(count, seconds, topics):
    _, fastest = drained(topics)
    return f"{count:8} events in {seconds:6.1f} s: {count / seconds:7.0f}/s, {100 * count / seconds / fastest:5.1f} % of kcat's {fastest:.0f}/s"


def rebuild(shopctl, service):
    """(exit code, what shopctl told as JSON, the line of numbers, everything it said)"""
    count, _ = drained(SERVICES[service])
    code, out, err = shopctl("rebuild", service, "--yes", "--json")
    try:
        told = json.loads(out)
        numbers = share(count, told["took_ms"] / 1000, SERVICES[service])
    except (ValueError, KeyError):  # it was refused, or ended before it had a number
        told, numbers = {"tables": {}}, "no number"
        code = code or 1
    return code, told, numbers, f"{code} {out} {err}"


def timed(shopctl, topics, *words):
    """(exit code, the line of numbers, everything it said) of another command."""
    count, _ = drained(topics)
    began = time.monotonic()
    code, out, err = shopctl(*words)
    return code, share(count, time.monotonic() - began, topics), out + err


def measure(shopctl):
    """All of them; returns how many differ from what was there before."""
    print("\nheard again, as a share of what kcat drains", flush=True)
    wrong = 0
    for service in EXACT:
        code, _, numbers, said = rebuild(shopctl, service)
        wrong += code != 0
        print(f"rebuild {service:15} {numbers}" + (f"   NOT THE SAME: {said:.300}" if code else ""), flush=True)
    code, numbers, said = timed(shopctl, VIEWS, "rebuild", "views", "--yes")
    wrong += code != 0
    print(f"rebuild {'views':15} {numbers}" + (f"   FAILED: {said:.300}" if code else ""), flush=True)
    for reader, topics in REPLAYED.items():
        code, numbers, said = timed(shopctl, topics, "replay", "--reader", reader, "--from", "beginning", "--yes")
        wrong += code != 0
        print(f"replay  {reader:15} {numbers}" + (f"   FAILED: {said:.300}" if code else ""), flush=True)
    return wrong
