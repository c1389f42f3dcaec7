#!/usr/bin/python3
"""publish_test.py - topics are made, checked and corrected on a real broker; a registry that does not fit is refused.

The real registry is met in tests/shop/registry_test.py; here a few lines of Python stand for one that misbehaves."""

# needs: kafka

import http.server
import json
import os
import pathlib
import subprocess
import threading
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOPIC = "customer.keys.email.dlt"


def publish(*words, **environment):
    return subprocess.run([ROOT / "build/bin/publish", *words], env=environment, capture_output=True, text=True, timeout=100, check=False)


def kafka_tool(name, *words):
    """One of Kafka's own command-line tools."""
    script = 'source deploy/local/lib.sh; exec "$java" -XX:TieredStopAtLevel=1 -cp "$(kafka_classes)" "$@"'
    subprocess.run(["bash", "-c", script, "kafka", name, "--bootstrap-server", os.environ["KAFKA_BOOTSTRAP"], *words], cwd=ROOT,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60, check=True)


class Topics(unittest.TestCase):
    def topics(self, what="topics"):
        return publish(what, APP_KAFKA=os.environ["KAFKA_BOOTSTRAP"], APP_REGISTRY="http://127.0.0.1:1")

    def setUp(self):
        done = self.topics()
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_a_second_time_changes_nothing(self):
        self.assertRegex(self.topics().stdout, r"\A\d+ topics are as they should be\n\Z")

    def test_every_topic_and_dead_letter_topic_is_there(self):
        listed = subprocess.run(["kcat", "-b", os.environ["KAFKA_BOOTSTRAP"], "-L", "-J"], capture_output=True, timeout=30, check=True)
        partitions = {t["topic"]: len(t["partitions"]) for t in json.loads(listed.stdout)["topics"]}
        self.assertEqual(partitions["order.events"], 6)
        self.assertEqual(partitions["order.events.payment.dlt"], 6)
        self.assertEqual(partitions["rates.state"], 1)

    def test_settings_that_drifted_are_told_and_corrected(self):
        kafka_tool("kafka.admin.ConfigCommand", "--alter", "--entity-type", "topics", "--entity-name", TOPIC,
                   "--add-config", "retention.ms=1000,segment.bytes=2000000")
        told = [f"{TOPIC}: retention.ms is 1000, should be 2592000000", f"{TOPIC}: segment.bytes is 2000000, should be the broker's default"]
        done = publish("check", APP_KAFKA=os.environ["KAFKA_BOOTSTRAP"])
        self.assertEqual(done.returncode, 1)
        self.assertIn("1 topics are not as they should be", done.stderr)
        for _ in ("seen", "corrected"):
            self.assertEqual(sorted(line for line in done.stdout.splitlines() if TOPIC in line), told)
            done = self.topics()
        self.assertEqual(len(done.stdout.splitlines()), 1)

    def test_another_number_of_partitions_is_refused(self):
        kafka_tool("org.apache.kafka.tools.TopicCommand", "--delete", "--topic", TOPIC)
        kafka_tool("org.apache.kafka.tools.TopicCommand", "--create", "--topic", TOPIC, "--partitions", "5")
        done = self.topics()
        kafka_tool("org.apache.kafka.tools.TopicCommand", "--delete", "--topic", TOPIC)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"{TOPIC} has 5 partitions on the broker and 6 in topics.toml", done.stderr)

    def test_a_missing_setting_is_named(self):
        done = publish("topics")
        self.assertEqual(done.returncode, 1)
        self.assertIn("APP_KAFKA must be set", done.stderr)
        self.assertEqual(publish("everything").returncode, 2)


class Misfit(http.server.BaseHTTPRequestHandler):
    """A registry that does what the test says: (status, answer) by method and the last word of the path."""

    answers = {}
    asked = []

    def answer(self):
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        word = self.path.rsplit("/", 1)[-1]
        Misfit.asked.append((self.command, word))
        code, text = Misfit.answers.get(word, Misfit.answers.get("*"))(json.loads(body or "{}"))
        self.send_response(code)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    do_GET = do_POST = do_PUT = answer

    def log_message(self, *words):
        pass


class Schemas(unittest.TestCase):
    def setUp(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Misfit)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.registered = 0
        Misfit.asked = []

    def tearDown(self):
        self.server.shutdown()
        self.server.server_close()

    def register(self, _):
        self.registered += 1
        return 200, json.dumps({"id": self.registered})

    def schemas(self, what="schemas", **answers):
        """Runs it against a registry that is right but for what is given."""
        Misfit.answers = {"subjects": lambda _: (200, "[]"), "config": lambda _: (200, "{}"), "versions": self.register,
                          "*": lambda _: (404, "{}")} | answers
        return publish(what, APP_REGISTRY=f"http://127.0.0.1:{self.server.server_port}", APP_KAFKA=os.environ["KAFKA_BOOTSTRAP"])

    def refuses(self, sentence, **answers):
        done = self.schemas(**answers)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, sentence)
        return done

    def test_all_are_registered_in_the_order_of_their_ids(self):
        done = self.schemas()
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        ids = [int(line.split()[-1]) for line in done.stdout.splitlines()[:-1]]
        self.assertEqual(ids, list(range(1, len(ids) + 1)))

    def test_a_registry_that_counts_otherwise_is_refused(self):
        self.refuses(r"shop\.AddItem version 1 under id 41, but events/schema-ids says 1", versions=lambda _: (200, '{"id":41}'))

    def test_a_registry_that_was_filled_by_somebody_else_is_left_as_it_is(self):
        self.refuses("under id 12, but events/schema-ids says 2", **{"shop.ChangeQuantity": lambda _: (200, '{"id":12}')})
        self.refuses(r"has shop\.EmptyCart but lacks shop\.AddItem", **{"shop.EmptyCart": lambda _: (200, '{"id":3}')})
        self.assertNotIn(("POST", "versions"), Misfit.asked)
        self.assertNotIn(("PUT", "config"), Misfit.asked)

    def test_a_schema_that_the_registry_refuses_is_named(self):
        self.refuses(r"answers 409 to /subjects/shop\.AddItem/versions: incompatible", versions=lambda _: (409, "incompatible"))
        self.refuses("without an id", versions=lambda _: (200, "<html>"))
        self.refuses("answers 403 to /config", config=lambda _: (403, "no"))

    def test_one_that_is_not_up_yet_is_waited_for(self):
        tries = iter([503, 503])
        done = self.schemas(subjects=lambda _: (next(tries, 200), "[]"))
        self.assertEqual(done.returncode, 0)
        self.assertEqual(Misfit.asked.count(("GET", "subjects")), 3)

    def test_check_registers_nothing(self):
        done = self.schemas("check")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"lacks \d+ schemas, the first is shop\.AddItem")
        self.assertNotIn(("POST", "versions"), Misfit.asked)


if __name__ == "__main__":
    unittest.main(verbosity=2)
