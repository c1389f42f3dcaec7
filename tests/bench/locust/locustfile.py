"""locustfile.py - the tasks of journeys/original.journeys once more, for locust: what the same shoppers cost in Python.

THINK_MS=100-300 is their pause between tasks. Nothing is checked but the status: that is in locust's favour."""
import datetime
import os
import random

from locust import FastHttpUser, between, task

LOW, HIGH = (float(ms) / 1000 for ms in os.environ.get("THINK_MS", "1000-10000").split("-"))
PRODUCTS = ["OLJCESPC7Z", "66VCHSJNUP", "1YMWWN1N4O", "L9ECAV7KIM", "2ZYFJ3GM2N", "0PUK6V6EV0", "LS4PSXUNUM", "9SIQT8TOJO",
            "6E92ZMYYFZ"]
CURRENCIES = ["EUR", "USD", "JPY", "CAD", "GBP", "TRY"]
STREETS = ["Harbour Road", "Mill Lane", "Station Street", "Orchard Way", "Long Acre"]


def digits(count):
    return "".join(random.choices("0123456789", k=count))


def card():
    """A VISA number with a right sum."""
    number = "4432" + digits(11)
    doubled = sum(sum(divmod(2 * int(d), 10)) if i % 2 == 0 else int(d) for i, d in enumerate(reversed(number)))
    return number + str(-doubled % 10)


class Shopper(FastHttpUser):
    wait_time = between(LOW, HIGH)

    def on_start(self):
        self.client.get("/")

    @task(1)
    def index(self):
        self.client.get("/")

    @task(2)
    def set_currency(self):
        self.client.post("/setCurrency", {"currency_code": random.choice(CURRENCIES)})

    @task(10)
    def browse_product(self):
        self.client.get("/product/" + random.choice(PRODUCTS), name="/product")

    @task(2)
    def add_to_cart(self):
        product = random.choice(PRODUCTS)
        self.client.get("/product/" + product, name="/product")
        self.client.post("/cart", {"product_id": product, "quantity": random.randint(1, 10)})

    @task(3)
    def view_cart(self):
        self.client.get("/cart")

    @task(1)
    def checkout(self):
        self.add_to_cart()
        year = datetime.date.today().year
        self.client.post("/cart/checkout", {
            "email": f"load-{digits(12)}@example.com", "street_address": f"{digits(3)} {random.choice(STREETS)}", "zip_code": digits(5),
            "city": "Springfield", "state": "CA", "country": "United States", "credit_card_number": card(),
            "credit_card_expiration_month": random.randint(1, 12), "credit_card_expiration_year": random.randint(year + 1, year + 71),
            "credit_card_cvv": digits(3)})
