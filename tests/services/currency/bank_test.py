"""bank_test.py - the currency service as it runs, and a bank of our own that is good, late, broken, hostile and absurd."""
# needs: kafka postgres
# timeout: 240
import http.server
import json
import os
import pathlib
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/gateway"))
from alone import free_port  # noqa: E402

BIN = ROOT / "build/san/bin"
TODAY, YESTERDAY = (time.strftime("%Y-%m-%d", time.gmtime(time.time() - 86400 * d)) for d in (0, 1))
# So that midnight, and the tests before this one, do not matter: dates only grow.


def page(day, **rates):
    cubes = "".join(f'<Cube currency="{code}" rate="{rate}"/>' for code, rate in rates.items())
    return (f'<?xml version="1.0" encoding="UTF-8"?><g:Envelope xmlns:g="http://www.gesmes.org/xml/2002-08-01" '
            f'xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref"><Cube><Cube time="{day}">{cubes}</Cube></Cube>'
            f'</g:Envelope>').encode()


class Bank:
    """Gives the same answer to everybody, until it is given another."""

    def __init__(self, certificate=None):
        bank = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                bank.asked += 1
                time.sleep(bank.late_s)
                try:
                    self.send_response(bank.status)
                    for name, value in bank.headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(bank.body)
                except OSError:
                    pass  # it did not wait

            def log_message(self, *_):
                pass

        self.asked, self.late_s, self.status, self.headers, self.body = 0, 0, 200, {}, b""
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            scheme = "https"
        self.url = f"{scheme}://127.0.0.1:{self.server.server_port}/daily.xml"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def says(self, body, status=200, late_s=0, **headers):
        self.body, self.status, self.late_s, self.headers = body, status, late_s, headers

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Currency:
    def __init__(self, url, **settings):
        self.admin = free_port()
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen([BIN / "currency"], stdout=self.log, stderr=self.log, env={
            "APP_KAFKA": os.environ["KAFKA_BOOTSTRAP"], "APP_DATABASE": os.environ["DATABASE_URL_CURRENCY"],
            "APP_ADMIN": f"127.0.0.1:{self.admin}", "APP_LOG_LEVEL": "info", "APP_RATES_URL": url, "APP_RATES_PERIOD": "120ms",
            "APP_RATES_RETRY": "60ms", "APP_RATES_TIMEOUT": "1s", **settings})

    def metric(self, name):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.admin}/metrics", timeout=3) as answer:
                lines = answer.read().decode().splitlines()
        except OSError:
            return 0
        return sum(float(line.split()[-1]) for line in lines if line.startswith(name + " "))

    def fetches(self, outcome):
        return self.metric(f'shop_rates_fetches_total{{outcome="{outcome}"}}')

    def words(self):
        self.log.seek(0)
        return self.log.read().decode()

    def stop(self):
        self.process.terminate()
        return self.process.wait(20)


def until(probe, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end and not probe():
        time.sleep(0.05)
    return probe()


def shopctl(*words):
    done = subprocess.run([ROOT / "build/bin/shopctl", "rates", *words, "--json"], capture_output=True, text=True, timeout=60,
                          env={"APP_KAFKA": os.environ["KAFKA_BOOTSTRAP"]}, check=False)
    return json.loads(done.stdout) if done.stdout else None


def keeps(*words):
    """The same, as a keeper types and reads it."""
    return subprocess.run([ROOT / "build/bin/shopctl", "rates", *words], capture_output=True, text=True, timeout=60,
                          env={"APP_KAFKA": os.environ["KAFKA_BOOTSTRAP"]}, check=False)


def table():
    told = shopctl()
    return told["version"], told["as_of"], {r["currency"]: (r["digits"], r["scale"], r["as_of"]) for r in told["rates"]}


class BankTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        subprocess.run([ROOT / "build/bin/publish", "topics"], env={"APP_KAFKA": os.environ["KAFKA_BOOTSTRAP"]}, check=True,
                       stdout=subprocess.DEVNULL, timeout=60)

    def heard(self, currency, outcome):
        """Two more of them: at least the second was asked for after the bank had changed its mind."""
        before = currency.fetches(outcome)
        self.assertTrue(until(lambda: currency.fetches(outcome) >= before + 2), f"{outcome}\n{currency.words()[-2000:]}")

    def test_1_a_bank_in_all_its_moods(self):
        bank = Bank()
        bank.says(page(YESTERDAY, USD="1.1600", GBP="0.8700", JPY="180"))
        currency = Currency(bank.url)
        try:
            self.heard(currency, "FETCHED")
            version, as_of, rates = table()
            self.assertEqual((as_of, rates["USD"], rates["JPY"]), (YESTERDAY, (11600, 4, YESTERDAY), (180, 0, YESTERDAY)))
            self.assertEqual(rates["RUB"], (744208, 4, ""))
            self.moods(bank, currency)
            self.assertEqual(table()[:2], (version, YESTERDAY), "none of that changed a rate")
            self.absurd(bank, currency, version)
        finally:
            code = currency.stop()
            bank.close()
        self.assertEqual(code, 0, currency.words()[-3000:])
        self.assertNotIn("ERROR", currency.words().upper().replace("SHOP_", ""))

    def moods(self, bank, currency):
        bomb = b'<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>'
        good = page(TODAY, USD="1.1700")
        refused = {"a bomb": dict(body=bomb), "malformed": dict(body=b"<html><br></html>"), "cut": dict(body=good[:200]),
                   "no dollars": dict(body=page(TODAY, GBP="0.88")), "a zero": dict(body=page(TODAY, USD="0")),
                   "negative": dict(body=page(TODAY, USD="-1.17")), "no number": dict(body=page(TODAY, USD="NaN")),
                   "endless": dict(body=good + b" " * 10**6), "an error": dict(body=good, status=500),
                   "a way elsewhere": dict(body=good, status=302, Location=bank.url),
                   "latin": dict(body=good.replace(b"UTF-8", b"ISO-8859-1"))}
        for name, answer in refused.items():
            with self.subTest(name):
                bank.says(**answer)
                self.heard(currency, "REFUSED")
        bank.says(good, late_s=3)
        self.heard(currency, "UNREACHABLE")
        self.assertEqual(currency.words().count("no rates from"), 2, "a bank that is away is worth a line, not a storm")
        for day in ("2020-01-02", "2126-01-02"):
            bank.says(page(day, USD="1.1700"))
            self.heard(currency, "FETCHED")

    def absurd(self, bank, currency, version):
        bank.says(page(TODAY, USD="11.700", GBP="0.8800"))
        self.heard(currency, "FETCHED")
        newer, as_of, rates = table()
        self.assertEqual((newer, as_of), (version + 1, TODAY))
        self.assertEqual((rates["USD"], rates["GBP"]), ((11600, 4, YESTERDAY), (8800, 4, TODAY)))
        self.assertEqual(rates["JPY"], (180, 0, YESTERDAY), "what it lists no more stays, with its day")
        held = shopctl("held")
        self.assertEqual([(h["offered"]["currency"], h["offered"]["digits"], h["known"]["digits"]) for h in held],
                         [("USD", 11700, 11600)], "said once, however often it was offered")
        self.assertIn("a rate is held back: USD is offered at 11.700", currency.words())
        self.assertGreaterEqual(currency.metric("shop_rates_held_total"), 2)
        self.keeper(newer, rates["USD"])

    def keeper(self, version, before):
        """Looks at what is held back, and lets it through."""
        shown = keeps("show").stdout
        self.assertIn("held back, of", shown)
        self.assertIn("USD is offered at 11.700", shown)
        self.assertEqual(keeps("accept", "GBP").returncode, 3)
        tried = keeps("accept", "USD", "--dry-run")
        self.assertEqual((tried.returncode, table()[2]["USD"]), (0, before), tried.stdout)
        done = keeps("accept", "USD")
        self.assertEqual((done.returncode, done.stdout), (0, "USD: 11.700 for one EUR now, not 1.1600.\n"), done.stderr)
        self.assertTrue(until(lambda: table()[0] == version + 1))
        self.assertEqual(table()[2]["USD"], (11700, 3, TODAY))
        self.assertNotIn("held back", keeps("show").stdout)
        self.assertEqual(keeps("accept", "USD").returncode, 3)

    def test_2_what_the_bank_gave_outlives_the_process_and_the_network(self):
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            before = table()
            currency = Currency(f"http://127.0.0.1:{nobody.getsockname()[1]}/daily.xml")
            try:
                self.heard(currency, "UNREACHABLE")
            finally:
                self.assertEqual(currency.stop(), 0)
            self.assertEqual(table(), before)

    def test_3_a_certificate_that_nobody_vouches_for_is_no_bank(self):
        with tempfile.TemporaryDirectory() as folder:
            key, certificate = f"{folder}/key.pem", f"{folder}/certificate.pem"
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                            "-subj", "/CN=bank", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
                           check=True, capture_output=True)
            bank = Bank((certificate, key))
            bank.says(page(TODAY, USD="11.650"))  # near what the keeper let through
            try:
                currency = Currency(bank.url)
                self.heard(currency, "UNREACHABLE")
                self.assertEqual((currency.stop(), bank.asked), (0, 0))
                self.assertIn("certificate", currency.words())
                currency = Currency(bank.url, APP_RATES_CA=certificate)
                self.heard(currency, "FETCHED")
                self.assertEqual(currency.stop(), 0)
                self.assertEqual(table()[2]["USD"], (11650, 3, TODAY))
            finally:
                bank.close()

    def test_4_settings_that_make_no_sense(self):
        for settings in ({"url": "ftp://bank/"}, {"url": "", "APP_RATES_JUMP": "0"}, {"url": "", "APP_RATES_PERIOD": "0s"}):
            currency = Currency(**settings)
            self.assertEqual(currency.process.wait(20), 1)
            self.assertIn("APP_RATES_", currency.words())


if __name__ == "__main__":
    unittest.main()
