"""acquirer_test.py - the fake acquirer as a process: each key once, nothing forgotten, difficult on demand."""
import json
import sys
import threading
import time
import unittest

sys.dont_write_bytecode = True

from acquirer import Acquirer


def status_of(answer):
    return answer[0], json.loads(answer[1])["status"]


class AcquirerTest(unittest.TestCase):
    def setUp(self):
        self.acquirer = Acquirer()
        self.addCleanup(self.acquirer.close)
        self.assertTrue(self.acquirer.start(), self.acquirer.log())

    def test_the_same_key_and_content_is_the_same_answer_byte_for_byte(self):
        first = self.acquirer.charge("order-1")
        self.assertEqual(status_of(first), (200, "charged"))
        self.assertEqual(self.acquirer.charge("order-1"), first)
        self.acquirer.refund("order-1")
        self.assertEqual(self.acquirer.charge("order-1"), first, "after its refund, too")
        self.assertEqual(self.acquirer.totals()["charges"], 1)

    def test_the_same_key_with_another_content_is_a_conflict(self):
        self.acquirer.charge("order-1")
        self.assertEqual(self.acquirer.charge("order-1", amount=900)[0], 409)
        self.assertEqual(self.acquirer.charge("order-1", number="5272940000751666")[0], 409)
        self.assertEqual(self.acquirer.charge("order-1", currency="EUR")[0], 409)
        self.assertEqual([entry["amount_minor"] for entry in self.acquirer.book()], [899])

    def test_a_voided_key_is_never_charged(self):
        self.assertEqual(status_of(self.acquirer.void("order-1")), (200, "voided"))
        self.assertEqual(status_of(self.acquirer.charge("order-1")), (410, "voided"))
        self.assertEqual(status_of(self.acquirer.void("order-1")), (200, "voided"))
        self.assertEqual(self.acquirer.totals()["charges"], 0)

    def test_a_void_after_the_charge_says_that_it_was_charged(self):
        charged = json.loads(self.acquirer.charge("order-1")[1])
        self.assertEqual(json.loads(self.acquirer.void("order-1")[1]), charged)

    def test_a_refund_happens_once(self):
        self.acquirer.charge("order-1")
        first = self.acquirer.refund("order-1")
        self.assertEqual(status_of(first), (200, "refunded"))
        self.assertEqual(self.acquirer.refund("order-1"), first)
        self.assertEqual(status_of(self.acquirer.void("order-1")), (200, "refunded"))
        self.assertEqual(self.acquirer.totals()["currencies"], {"USD": {"charged_minor": 899, "refunded_minor": 899}})

    def test_what_was_not_charged_is_not_refunded(self):
        self.assertEqual(self.acquirer.refund("order-1")[0], 409)
        self.acquirer.void("order-2")
        self.assertEqual(self.acquirer.refund("order-2")[0], 409)
        self.acquirer.charge("order-3", number="4000000000000002")
        self.assertEqual(self.acquirer.refund("order-3")[0], 409)

    def test_a_query_tells_without_changing(self):
        self.assertEqual(self.acquirer.query("order-1")[0], 404)
        self.acquirer.charge("order-1")
        self.assertEqual(status_of(self.acquirer.query("order-1")), (200, "charged"))
        self.assertEqual(len(self.acquirer.book()), 1)

    def test_cards_for_tests(self):
        for number, reason in (("4000000000000002", "refused_by_bank"), ("4000000000009995", "insufficient_funds"),
                               ("4432801561520455", "card_invalid")):
            status, body = self.acquirer.charge(number, number=number)
            self.assertEqual((status, json.loads(body)["reason"]), (402, reason))
            self.assertEqual(self.acquirer.charge(number, number=number), (status, body))
        self.assertEqual(self.acquirer.charge("flaky", number="4000000000000341")[0], 503)
        self.assertEqual(self.acquirer.query("flaky")[0], 404)
        self.assertEqual(self.acquirer.charge("flaky", number="4000000000000341")[0], 200)
        self.assertIsNone(self.acquirer.charge("silent", number="4000000000000119", timeout=0.5))
        self.assertEqual(status_of(self.acquirer.query("silent")), (200, "charged"))
        self.assertEqual(self.acquirer.charge("silent", number="4000000000000119")[0], 200)
        self.assertEqual(self.acquirer.totals()["charges"], 2)

    def test_it_can_be_made_slow_without_losing_time_for_its_keeper(self):
        self.acquirer.behave(slow_ms=300)
        began = time.monotonic()
        self.assertEqual(self.acquirer.charge("order-1")[0], 200)
        self.assertGreater(time.monotonic() - began, 0.29)
        began = time.monotonic()
        self.acquirer.behave(slow_ms=0)
        self.assertLess(time.monotonic() - began, 0.25)

    def test_rates_are_kept_and_fall_the_same_way_for_the_same_seed(self):
        self.acquirer.behave(fail_rate=0.3, seed=7)
        first = [self.acquirer.void(f"a{i}")[0] for i in range(200)]
        self.assertTrue(30 < first.count(503) < 90, first.count(503))
        again = Acquirer()
        self.addCleanup(again.close)
        again.start()
        again.behave(fail_rate=0.3, seed=7)
        self.assertEqual([again.void(f"a{i}")[0] for i in range(200)], first)
        again.behave(fail_rate=0, decline_rate=1)
        self.assertEqual(again.charge("declined")[0], 402)

    def test_it_charges_and_then_stays_silent_on_demand(self):
        self.acquirer.behave(charge_then_timeout_rate=1)
        self.assertIsNone(self.acquirer.charge("order-1", timeout=0.5))
        self.assertEqual(self.acquirer.totals()["charges"], 1)
        self.acquirer.behave(charge_then_timeout_rate=0)
        self.assertEqual(status_of(self.acquirer.charge("order-1")), (200, "charged"))
        self.assertEqual(self.acquirer.totals()["charges"], 1)

    def test_a_behaviour_that_makes_no_sense_changes_nothing(self):
        before = self.acquirer.ask("GET", "/v1/behaviour")
        for body in ({"slow_ms": -1}, {"fail_rate": 2}, {"slow_ms": 5, "fail_rate": "x"}, {"kind": 1}, [1], "no json",
                     {"slow_ms": 1.5}):
            self.assertEqual(self.acquirer.ask("POST", "/v1/behaviour", body)[0], 400, body)
        self.assertEqual(self.acquirer.ask("GET", "/v1/behaviour"), before)

    def test_it_comes_back_as_difficult_as_it_was(self):
        self.acquirer.ask("POST", "/v1/behaviour", {"slow_ms": 5, "decline_rate": 0.25, "seed": 9})
        before = self.acquirer.ask("GET", "/v1/behaviour")
        self.acquirer.kill()
        self.assertTrue(self.acquirer.start())
        self.assertEqual(self.acquirer.ask("GET", "/v1/behaviour"), before)
        self.assertIn(b"0.25", before[1] if isinstance(before[1], bytes) else str(before[1]).encode())

    def test_nonsense_is_refused_and_leaves_no_trace(self):
        card = {"number": "4432801561520454", "expires_year": 2030, "expires_month": 1, "cvv": "672"}
        for body in ("", "{", "[]", {"amount_minor": -1, "currency": "USD", "card": card},
                     {"amount_minor": 1, "currency": "usd", "card": card}, {"amount_minor": 1, "currency": "USD"},
                     {"amount_minor": 1.5, "currency": "USD", "card": card},
                     {"amount_minor": 1, "currency": "USD", "card": {**card, "number": "4" * 40}}):
            self.assertEqual(self.acquirer.ask("POST", "/v1/charges", body, "order-1")[0], 400, body)
        for key in ("", "a b", "k" * 65, 'x"y', "\u00e4"):
            self.assertEqual(self.acquirer.charge(key)[0], 400, key)
        self.assertEqual(self.acquirer.charge(None)[0], 400)
        self.assertIsNone(self.acquirer.ask("POST", "/v1/charges", "x" * 9000, "order-1"))
        self.assertEqual(self.acquirer.ask("DELETE", "/v1/charges/order-1")[0], 405)
        self.assertEqual(self.acquirer.ask("GET", "/v2")[0], 404)
        self.assertEqual(self.acquirer.book(), [])

    def test_nobody_reads_a_card_in_the_book_or_the_log(self):
        self.acquirer.charge("order-1")
        self.acquirer.charge("order-1", amount=1)
        everything = self.acquirer.ledger.read_text() + self.acquirer.log()
        self.assertIn("0454", everything)
        self.assertNotIn("4432801561520454", everything)
        self.assertNotIn('"672"', everything)

    def test_what_was_answered_survives_a_kill(self):
        answers, stop = {}, threading.Event()

        def shop(number):
            i = 0
            while not stop.is_set():
                answer = self.acquirer.charge(f"{number}-{i}")
                if answer is None:
                    return
                answers[f"{number}-{i}"] = answer
                i += 1

        shops = [threading.Thread(target=shop, args=(n,)) for n in range(4)]
        for thread in shops:
            thread.start()
        time.sleep(0.7)
        self.acquirer.kill()
        stop.set()
        for thread in shops:
            thread.join()
        self.assertGreater(len(answers), 50)
        self.assertTrue(self.acquirer.start())
        for key, answer in answers.items():
            self.assertEqual(self.acquirer.charge(key), answer)
        self.assertEqual(len({entry["key"] for entry in self.acquirer.book()}), len(self.acquirer.book()))

    def test_a_line_that_was_cut_short_was_never_said(self):
        self.acquirer.charge("order-1")
        self.acquirer.kill()
        with open(self.acquirer.ledger, "ab") as book:
            book.write(b'{"event":"charged","key":"order-2"')
        self.assertTrue(self.acquirer.start(), self.acquirer.log())
        self.assertEqual(self.acquirer.query("order-1")[0], 200)
        self.assertEqual(self.acquirer.query("order-2")[0], 404)
        self.acquirer.charge("order-2")
        self.acquirer.kill()
        self.assertTrue(self.acquirer.start(), self.acquirer.log())
        self.assertEqual([entry["key"] for entry in self.acquirer.book()], ["order-1", "order-2"])

    def test_a_damaged_book_is_not_opened(self):
        self.acquirer.charge("order-1")
        self.acquirer.kill()
        with open(self.acquirer.ledger, "ab") as book:
            book.write(b"something else\n")
        self.assertFalse(self.acquirer.start())
        self.assertIn("is damaged at byte", self.acquirer.log())

    def test_it_ends_when_told_although_somebody_waits(self):
        self.acquirer.behave(slow_ms=60000)
        waiting = threading.Thread(target=self.acquirer.charge, args=("order-1",))
        waiting.start()
        time.sleep(0.3)
        self.assertEqual(self.acquirer.stop(), 0)
        waiting.join()
        self.assertNotIn("Sanitizer", self.acquirer.log())


if __name__ == "__main__":
    unittest.main()
