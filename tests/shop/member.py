"""member.py - a shopper with an account, and gateways to sign in at: what accounts_test.py is written with."""

import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.parse
import uuid

import shop

sys.path.insert(0, str(shop.ROOT / "tests/gateway"))
import alone  # noqa: E402

PASSWORD, SECOND = "correct-horse-battery", "another-staple-entirely"
_folder = tempfile.TemporaryDirectory(prefix="accounts-")  # goes with the process
LOGS = pathlib.Path(_folder.name)
secrets = [PASSWORD, SECOND]  # what no log may show; grows


def gateway(name, **settings):
    return alone.Gateway(shop.env("KEYS_DIR"), shop.env("KAFKA_BOOTSTRAP"), shop.env("REDIS_URL").removeprefix("redis://"),
                         log=open(LOGS / name, "wb"), **{"APP_DATABASE": shop.env("DATABASE_URL_GATEWAY"), "APP_LOG_LEVEL": "debug",
                                                         "APP_TRIES_PER_ADDRESS": "0", "APP_SIGN_UPS_PER_ADDRESS": "0", **settings})


class Browser(shop.Shopper):
    """At one of the two gateways; forgets cookies that it is told to forget."""

    def __init__(self, at, cookies=None):
        super().__init__()
        self.at(at)
        self.cookies = dict(cookies or {})

    def at(self, at):
        self.base = urllib.parse.urlsplit(f"http://127.0.0.1:{at.port}")
        return self

    def once(self, method, path, form=None, headers=None):
        page = super().once(method, path, form, headers)
        self.cookies = {name: value for name, value in self.cookies.items() if value}
        if "shop_account" in self.cookies:
            secrets.append(self.cookies["shop_account"].split(".")[1])
        return page

    def sign(self, how, mail, password=PASSWORD, **more):
        return self.once("POST", f"/sign{how}", {"email": mail, "password": password, "next": "/cart", **more})

    @property
    def member(self):
        """The account's user id, as long as the shop knows them."""
        page = self.once("GET", "/account")
        return self.cookies["shop_account"].split(".")[0] if page.status == 200 else None

    def quantities(self):
        return {sku: int(n) for sku, n in re.findall(r'id="q-(\w+)" name="quantity"[^>]* value="(\d+)"', self.get("/cart").text)}


def redis(*words):
    address = urllib.parse.urlsplit(shop.env("REDIS_URL"))
    return subprocess.run(["redis-cli", "-h", address.hostname, "-p", str(address.port), *map(str, words)], check=True,
                          capture_output=True, text=True).stdout.strip()


def account_sql(query):
    return shop.sql("gateway", query)


def same_but_for_names(page):
    """A page without what differs between any two."""
    return re.sub(r"[0-9a-f-]{36}|value=\"[^\"]*\"", "", page.text)


def new_mail():
    mail = f"kim.{uuid.uuid4().hex[:10]}@example.com"
    secrets.append(mail)
    return mail
