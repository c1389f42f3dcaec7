"""run_test.py - the load generator as processes, against sites that misbehave: what went wrong must be called by its name,
what waited must be counted, what was ordered must be followed, and who dies must be missed."""
import itertools
import os
import pathlib
import signal
import sys
import tempfile
import threading
import time
import unittest
import uuid

sys.dont_write_bytecode = True

from sites import Load, Site, line, page, start

WRONGS = {
    "/wrong": 'the page does not say "Welcome"',
    "/closes": "the connection was closed before the answer was whole",
    "/short": "the connection was closed before the answer was whole",
    "/half-chunk": "the connection was closed before the answer was whole",
    "/garbage": "what came is not HTTP",
    "/two-lengths": "what came is not HTTP",
    "/more-than-asked": "what came is not HTTP",
    "/never": "no whole answer in time",
    "/drips": "no whole answer in time",
    "/500": "status 500 instead of 200: Oh",
    "/circle": "redirects without end",
    "/elsewhere": "a redirect leads nowhere on this site",
    "/home": "it does not lead to /home, but to: Welcome",
}


def misbehave(_method, path, _body):
    if path in ("/never", "/drips"):
        time.sleep(3)
        return None
    return {
        "/": page("<h1>Welcome</h1>"),
        "/wrong": page("<h1>Sorry</h1>"),
        "/closes": None,
        "/short": (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nWelcome",),
        "/half-chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nWelcome",),
        "/garbage": (b"220 mail.example ESMTP\r\n",),
        "/two-lengths": (b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\nContent-Length: 8\r\n\r\nWelcome!",),
        "/more-than-asked": (b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nWelcome and more",),
        "/500": page("<h1>Oh</h1>", "500 Oh"),
        "/circle": page("", "302 Found", "Location: /circle\r\n"),
        "/elsewhere": page("", "302 Found", "Location: http://elsewhere.example/\r\n"),
        "/home": page("", "303 See Other", "Location: /\r\n"),
    }[path]


ORDERS = """
think 20ms
outcome open 'on it'
outcome confirmed complete
outcome cancelled cancelled
outcome rejected refused
journey buy 1
  post /cart/checkout
    field id ${unique}
    order
    again 3
"""


class OrderSite:
    """Takes orders. Each first try is told to come again; each order is open for two looks; every seventh never ends."""

    def __init__(self):
        self.tried, self.looks, self.number = set(), {}, itertools.count()
        self.fates, self.lock = {}, threading.Lock()

    def __call__(self, method, path, body):
        with self.lock:
            if method == "POST":
                if body not in self.tried:
                    self.tried.add(body)
                    return page("<h1>Again</h1>", "503 Not now", "Retry-After: 0\r\n")
                order = f"/order/{uuid.uuid4()}"
                number = next(self.number)
                self.fates[order] = "unknown" if number % 7 == 6 else ["confirmed", "cancelled", "rejected"][number % 3]
                self.looks[order] = 0
                return page("", "303 See Other", f"Location: {order}\r\n")
            self.looks[path] += 1
            words = {"confirmed": "complete", "cancelled": "cancelled", "rejected": "refused", "unknown": "on it"}
            return page(words[self.fates[path]] if self.looks[path] > 2 else "on it")


class RunTest(unittest.TestCase):
    def site(self, respond):
        made = Site(respond)
        self.addCleanup(made.close)
        return made

    def load(self, *words, **settings):
        made = Load(*words, **settings)
        self.addCleanup(made.close)
        return made

    def test_each_misbehaviour_is_called_by_its_name(self):
        journeys = "think 20ms\njourney good 3\n get /\n  sees Welcome\n" + "".join(
            f"journey {path[1:]} 1\n get {path}\n" + ("  lands /home\n" if path == "/home" else "  sees Welcome\n") for path in WRONGS)
        code, report = self.load(self.site(misbehave).url, journeys, "users 30 for 3s", patience="1s", workers=2).wait()
        self.assertEqual(code, 1, "a run with failures fails")
        self.assertEqual(line(report, "GET /")["failed"], 0)
        for path, sentence in WRONGS.items():
            found = line(report, f"GET {path}")
            self.assertEqual([failure["why"] for failure in found["failures"]], [sentence], path)
            self.assertEqual(found["latency"]["count"], 0, path)
            self.assertGreater(found["failed"], 0, path)
        self.assertEqual(report["totals"]["failed"], sum(found["failed"] for found in report["lines"] if found["kind"] == "step"))

    def test_a_page_that_looks_again_by_itself_is_waited_for(self):
        looked = itertools.count()

        def respond(_method, path, _body):
            if path == "/add":
                return page("", "302 Found", "Location: /cart\r\n")
            return page("Just a moment" if next(looked) % 3 < 2 else "In it: a mug")

        code, report = self.load(self.site(respond).url, "think 10s\nreload 'Just a moment'\njourney a 1\n post /add\n  sees mug\n",
                                 "users 1 for 4s").wait()
        self.assertEqual(code, 0)
        self.assertEqual(report["totals"]["repeated"], 2)
        self.assertGreaterEqual(line(report, "POST /add")["latency"]["p50_ms"], 1990, "the shopper waited for both")

    def test_what_is_done_once_is_done_again_only_by_somebody_new(self):
        code, report = self.load(self.site(misbehave).url, "think 20ms\njourney a 1\n get /home\n  once\n get /\n", "users 2 for 1s").wait()
        self.assertEqual((code, line(report, "GET /home")["latency"]["count"]), (0, 2))
        self.assertGreater(line(report, "GET /")["latency"]["count"], 4)

    def test_nobody_there_is_told_as_such(self):
        nobody = "http://127.0.0.1:1"  # a free port of those that connections begin at may answer to itself
        _, report = self.load(nobody, "think 20ms\njourney a 1\n get /\n", "users 2 for 500ms").wait()
        self.assertEqual([failure["why"] for failure in line(report, "GET /")["failures"]], ["no connection"])

    def stalling(self, after):
        """A site that stops answering for two seconds when it has been asked often enough."""
        asked, going = itertools.count(1), threading.Event()
        going.set()

        def respond(*_):
            if next(asked) == after:
                going.clear()
                threading.Timer(2, going.set).start()
            going.wait()
            return page("Welcome")

        return self.site(respond)

    def test_visitors_who_come_during_a_stall_are_counted_with_their_waiting(self):
        """50 a second, for 4 seconds; the site stands still for two of them. A tool that waits for its answers before it asks
        again would have met the stall once. Here all who came meanwhile met it: half of all wait, a quarter for a second or
        more. A slower machine only makes it more."""
        for most in (1000, 1):
            with self.subTest(places=most):
                load = self.load(self.stalling(50).url, "journey a 1\n get /\n  sees Welcome\n", "rate 50 for 4s", arrivals="even",
                                 most_users=most)
                code, report = load.wait()
                self.assertEqual(code, 0, load.log())
                self.assertEqual(report["totals"]["never_begun"], 0)
                self.assertGreaterEqual(report["latency"]["count"], 150)
                self.assertGreaterEqual(report["latency"]["p90_ms"], 1000)

    def test_orders_are_followed_to_their_ends(self):
        shop = OrderSite()
        _, report = self.load(self.site(shop).url, ORDERS, "users 5 for 1s", workers=2, order_patience="2s").wait()
        fates = list(shop.fates.values())
        self.assertGreaterEqual(len(fates), 10)
        self.assertEqual(report["totals"]["accepted"], len(fates))
        self.assertEqual({name: report["totals"][name] for name in ("confirmed", "cancelled", "rejected", "unknown")},
                         {name: fates.count(name) for name in ("confirmed", "cancelled", "rejected", "unknown")})
        self.assertEqual(report["totals"]["repeated"], len(fates), "each was told once to come again")
        self.assertEqual(report["totals"]["failed"], 0)
        self.assertEqual(report["order_time"]["count"], len(fates) - fates.count("unknown"))

    def test_a_worker_that_dies_is_missed_and_replaced_by_the_others(self):
        load = self.load(self.site(misbehave).url, "think 50ms\njourney a 1\n get /\n", "users 9 for 2m", workers=3)
        self.assertTrue(load.until(lambda s: s["phase"] == "running" and s["users"] == 9), load.log())
        children = pathlib.Path(f"/proc/{load.process.pid}/task/{load.process.pid}/children").read_text().split()
        self.assertEqual(len(children), 3)
        os.kill(int(children[1]), signal.SIGKILL)
        state = load.until(lambda s: [w["state"] for w in s["workers"]].count("lost") == 1 and s["users"] == 9)
        self.assertTrue(state, load.log())
        self.assertEqual(sorted(w["users"] for w in state["workers"]), [0, 4, 5])
        self.assertEqual(load.ask("POST", "/stop")[0], 303)
        code, report = load.wait()
        self.assertEqual((code, report["because"]), (0, "stopped by hand"))

    def test_without_workers_a_run_ends(self):
        load = self.load(self.site(misbehave).url, "think 50ms\njourney a 1\n get /\n", "users 2 for 2m")
        self.assertTrue(load.until(lambda s: s["users"] == 2))
        child = pathlib.Path(f"/proc/{load.process.pid}/task/{load.process.pid}/children").read_text().split()[0]
        os.kill(int(child), signal.SIGKILL)
        self.assertEqual(load.wait()[1]["because"], "all workers are gone")

    def test_a_worker_joins_from_elsewhere(self):
        load = self.load(self.site(misbehave).url, "think 50ms\njourney a 1\n get /\n", "users 4 for 1s", workers=0, workers_awaited=1,
                         log_level="info")
        while "workers may join at" not in load.log():
            self.assertIsNone(load.process.poll(), load.log())
            time.sleep(0.02)
        where = load.log().split("workers may join at ")[1].split('"')[0]
        self.assertTrue(load.until(lambda s: s["because"] == "1 of 1 workers missing"))
        with tempfile.NamedTemporaryFile() as log:
            worker = start({"APP_JOIN": where, "APP_ADMIN": "127.0.0.1"}, log.name)
            code, report = load.wait()
            self.assertEqual(worker.wait(15), 0)
        self.assertEqual(code, 0)
        self.assertGreaterEqual(report["totals"]["steps"], 4)

    def test_the_level_is_changed_by_hand_within_the_bounds_and_by_nobody_elses_page(self):
        load = self.load(self.site(misbehave).url, "think 50ms\njourney a 1\n get /\n", "users 2 for 2m", most_users=7)
        here = f"127.0.0.1:{load.port}"
        self.assertTrue(load.until(lambda s: s["users"] == 2))
        for headers in ({"Origin": "http://evil.example"}, {"Sec_Fetch_Site": "cross-site"}, {"Host": "evil.example"}):
            self.assertEqual(load.ask("POST", "/level", "level=3", **headers)[0], 403, headers)
            self.assertEqual(load.ask("POST", "/stop", "", **headers)[0], 403, headers)
        self.assertEqual(load.ask("GET", "/report.json", Host="evil.example")[0], 403)
        for wrong in ("", "level=", "level=many", "level=-1", "level=nan", "level=1 2", "users=5"):
            self.assertEqual(load.ask("POST", "/level", wrong)[0], 422, wrong)
        self.assertEqual(load.state()["level"], 2)
        self.assertEqual(load.ask("POST", "/level", "level=4", Origin=f"http://{here}")[0], 303)
        self.assertTrue(load.until(lambda s: s["users"] == 4))
        status, why = load.ask("POST", "/level", "level=1e9")[:2]
        self.assertEqual(status, 422)
        self.assertIn("from 0 to 7", str(why))
        load.ask("POST", "/level", "level=7")
        self.assertTrue(load.until(lambda s: s["users"] == 7))
        load.ask("POST", "/level", "level=1")
        self.assertTrue(load.until(lambda s: s["users"] == 1))
        for path in ("/", "/load.css", "/load.js", "/icon.svg", "/report.csv", "/seconds.csv"):
            self.assertEqual(load.ask("GET", path)[0], 200, path)
        self.assertEqual(load.ask("GET", "/../main.c")[0], 404)

    def test_other_machines_are_left_alone(self):
        load = self.load("http://192.0.2.1:80", "journey a 1\n get /\n", "users 1 for 1s")
        code, report = load.wait()
        self.assertEqual(code, 1)
        self.assertIn("is not on this machine", report["because"])
        self.assertEqual(report["totals"]["connections"], 0)

    def test_bounds_and_mistakes_are_told_before_anything_is_loaded(self):
        for settings, says in (({"load": "users 2000 for 1s"}, "above the bound"), ({"load": "users two"}, "APP_LOAD"),
                               ({"journeys": "journey a 1\n git /\n"}, 'line 2, \\"git\\"'), ({"arrivals": "late"}, "APP_ARRIVALS")):
            words = {"journeys": "journey a 1\n get /\n", "load": "users 1 for 1s", **settings}
            load = self.load("http://127.0.0.1:9", words.pop("journeys"), words.pop("load"), **words)
            self.assertEqual(load.wait()[0], 2)
            self.assertIn(says, load.log())

    def test_it_ends_at_the_bound_of_requests(self):
        load = self.load(self.site(misbehave).url, "think 1ms\njourney a 1\n get /\n", "users 5 for 2m", most_requests=50)
        code, report = load.wait()
        self.assertEqual((code, report["because"]), (0, "the bound of requests (APP_MOST_REQUESTS) is reached"))

    def test_a_signal_ends_it_with_a_report(self):
        load = self.load(self.site(misbehave).url, "think 50ms\njourney a 1\n get /\n", "users 2 for 2m")
        self.assertTrue(load.until(lambda s: s["users"] == 2))
        load.process.send_signal(signal.SIGINT)
        code, report = load.wait(20)
        self.assertEqual((code, report["because"]), (0, "stopped by a signal"))
        self.assertGreater(report["totals"]["steps"], 0)


if __name__ == "__main__":
    unittest.main()
