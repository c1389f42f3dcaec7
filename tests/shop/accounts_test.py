"""accounts_test.py - accounts: carts come along, sessions end everywhere, and nobody waits for anybody's password.

Two gateways of its own share the shop's Kafka, Redis, Postgres and keys: "one" asks Postgres each time and hashes fast, "two" is
as a shop's gateway is, but has a short queue of passwords that take long."""

import concurrent.futures
import re
import uuid

import shop
from member import LOGS, PASSWORD, SECOND, Browser, account_sql, gateway, new_mail, redis, same_but_for_names, secrets

t = shop.Tests()
one = gateway("one", APP_SESSION_TRUST="0ms", APP_PASSWORD_COST="10")
two = gateway("two", APP_PASSWORD_COST="16", APP_PASSWORD_QUEUE="6")


# --- up, in, out --------------------------------------------------------------------------------------------------------

def signing_up():
    mail, kim = new_mail(), Browser(one)
    kim.add(shop.MUG, 2)
    before = dict(kim.cookies)
    page = kim.sign("up", mail)
    t.equal((page.status, page.headers["Location"]), (303, "/cart"), "who makes an account goes on where they were")
    t.equal(kim.quantities(), {shop.MUG: 2}, "what was in the cart has come along")
    t.check(kim.member and kim.member != before["shop_session-id"].split(".")[0], "the account has a user id of its own")
    t.check("shop_session-id" not in kim.cookies, "the session before is over")
    account = kim.get("/account")
    t.check(mail in account.text and 'href="/account"' in account.text, "the account's page says who it is", account.words)
    cart = kim.get("/cart").text
    t.check(f'value="{mail}"' in cart and "someone@example.com" not in cart, "the order form holds the account's mail address", cart)
    stranger = Browser(one)
    stranger.add(shop.MUG, 1)
    stranger.quantities()
    t.check('value="someone@example.com"' in stranger.get("/cart").text, "a stranger's holds the example's")
    t.check('href="/signin"' in Browser(one).get("/").text, "a stranger is offered to sign in")
    token = kim.cookies["shop_account"].split(".")[1]
    dump = str(account_sql("SELECT * FROM account")) + str(account_sql("SELECT * FROM session")) + str(account_sql("SELECT * FROM merge_due"))
    t.check(len(dump) > 200 and not [s for s in (mail, mail.split("@")[0], token, PASSWORD) if s in dump],
            "the database holds no mail address, no password and no token")
    return mail


def merging(mail):
    ann = Browser(one)
    ann.add(shop.MUG, 1)
    ann.add("OLJCESPC7Z", 3)
    anonymous = dict(ann.cookies)
    ann.sign("in", mail)
    both = {shop.MUG: 2, "OLJCESPC7Z": 3}
    t.check(shop.eventually(lambda: ann.quantities() == both, 10), "signing in elsewhere takes of each thing the greater number", ann.quantities())
    again = Browser(two, anonymous)
    t.equal(again.sign("in", mail).status, 303, "the same sign-in sent twice is a sign-in")
    t.check(shop.eventually(lambda: again.quantities() == both, 10), "and takes nothing over twice", again.quantities())
    merges = [r for r in shop.read_topic("cart.commands") if r.type == "MergeCart" and r.body["from_user_id"] == anonymous["shop_session-id"].split(".")[0]]
    t.check(merges and len({r.headers["ce-id"] for r in merges}) == 1, "it is one command, by its id", merges)
    t.check(shop.eventually(lambda: account_sql("SELECT count(*) FROM merge_due") == [["0"]]), "no cart is left to be taken over")
    ann.at(one).sign("in", mail)
    t.equal(ann.quantities(), both, "who signs in without a cart finds it as it was")
    kim = Browser(one)
    kim.add(shop.MUG, 1)
    kim.quantities()
    guest = kim.cookies["shop_session-id"].split(".")[0]
    kim.sign("up", new_mail())
    t.equal(kim.quantities(), {shop.MUG: 1}, "signing up takes the cart over, too")
    kim.once("POST", "/signout/here", {})
    t.check(shop.eventually(lambda: kim.quantities() == {}, 10), "who signs out does not find it once more in the browser's own", kim.quantities())
    t.check(shop.eventually(lambda: [r for r in shop.read_topic("cart.commands") if r.type == "EmptyCart" and r.body["user_id"] == guest], 10),
            "which was emptied by a command")


def merging_later(mail):
    ann = Browser(one)
    ann.add("66VCHSJNUP", 4)
    ann.quantities()
    shop.hold_down("views")
    try:
        redis("DEL", "views:mark")
        page = ann.sign("in", mail)
        t.equal(page.status, 303, "with the views away one can sign in")
        t.equal(account_sql("SELECT count(*) FROM merge_due"), [["1"]], "and the cart is remembered")
    finally:
        shop.let_up("views")
    t.check(shop.eventually(lambda: ann.quantities().get("66VCHSJNUP") == 4, 60), "with the views back the cart comes along by itself",
            ann.quantities())
    t.check(shop.eventually(lambda: account_sql("SELECT count(*) FROM merge_due") == [["0"]], 20), "and is not remembered any longer")


def answers(mail):
    kim = Browser(one)
    kim.get("/")
    wrong, unknown = kim.sign("in", mail, "not-the-password"), kim.sign("in", new_mail(), "not-the-password")
    t.equal((wrong.status, unknown.status), (422, 422), "a wrong password is refused, and so is an unknown name")
    t.equal(same_but_for_names(wrong), same_but_for_names(unknown), "nobody can tell which of both it was")
    t.check(mail in wrong.text and "not-the-password" not in wrong.text, "the mail address is kept, the password not sent back")
    t.check('autocomplete="current-password"' in wrong.text and 'autocomplete="username"' in wrong.text, "a password manager knows the fields")
    taken = kim.sign("up", mail)
    t.check(taken.status == 422 and "shop_account" not in kim.cookies, "an address that has an account gets no second one", taken.words)
    short = kim.sign("up", new_mail(), "short")
    t.check(short.status == 422 and 'id="password-error"' in short.text and 'autocomplete="new-password"' in short.text,
            "a short password is refused beside its field")
    page = kim.sign("in", mail, next="//evil.example/")
    t.equal((page.status, page.headers["Location"]), (303, "/"), "nobody is led to another site")
    page = kim.once("GET", "/signin")
    t.equal((page.status, page.headers["Location"]), (303, "/account"), "who is signed in need not sign in")
    leads = [kim.once("GET", f"/sign{how}?next={there}").headers["Location"] for how in ("in", "up") for there in ("%2Fcart", "%2F%2Fevil.example%2F")]
    t.equal(leads, ["/cart", "/"] * 2, "and goes where the link meant to lead, but to no other site")
    for path in ["/signin", "/signup", "/signout", "/signout/here", "/account/password"]:
        page = kim.once("POST", path, {"email": mail, "password": PASSWORD}, {"Origin": "https://evil.example"})
        t.equal(page.status, 403, f"a form of another site cannot use {path}")
    t.check(kim.member, "and has ended nothing")


# --- sessions -----------------------------------------------------------------------------------------------------------

def endings(mail):
    kim, ann = Browser(one), Browser(two)
    kim.sign("in", mail)
    first = dict(kim.cookies)
    kim.sign("in", mail)
    t.check(first["shop_account"] != kim.cookies["shop_account"] and kim.member, "each sign-in is another session")
    t.equal(Browser(one, first).member, None, "and the one that the browser had before has ended")
    ann.sign("in", mail)
    copy = Browser(two, ann.cookies)
    t.check(ann.member and copy.at(one).member and copy.at(two).member, "both gateways know a session")
    page = ann.at(one).once("GET", "/logout")
    t.equal((page.status, page.headers["Location"]), (302, "/"), "GET /logout leads home")
    t.check(not {"shop_account", "shop_session-id", "shop_cart", "shop_before"} & ann.cookies.keys(), "and clears the cookies", ann.cookies)
    t.equal(copy.at(two).once("POST", "/cart", {"product_id": shop.MUG, "quantity": 1}).status, 302, "what is put into the cart with an ended session")
    t.check("shop_account" not in copy.cookies and "shop_session-id" in copy.cookies, "goes into a cart without an account")
    t.equal(account_sql(f"SELECT count(*) FROM session WHERE token_hash = encode(sha256(decode('{first['shop_account'].split('.')[1]}', 'hex')), 'hex')"),
            [["0"]], "an ended session is not kept")
    home, office = Browser(two), Browser(two)
    home.sign("in", mail)
    office.sign("in", mail)
    user = home.member
    t.check(user and office.member, "signed in on two devices")
    account = home.get("/account")
    t.check('action="/signout"' in account.text and 'action="/signout/here"' in account.text and "ends your sign-ins on every device" in account.words,
            "the account's page says what signing out ends", account.words)
    page = home.once("POST", "/signout/here", {})
    t.equal((page.status, page.headers["Location"], home.member), (303, "/", None), "signing out only here")
    t.check(office.member, "leaves the other device signed in")
    home.sign("in", mail)
    page = home.once("POST", "/signout", {})
    t.equal((page.status, page.headers["Location"], home.member), (303, "/", None), "signing out")
    t.check("Sign in" in office.get("/").words.split("Cart")[0] and office.member is None, "ends the other device's session too")
    t.equal(account_sql(f"SELECT count(*) FROM session JOIN account USING (user_id) WHERE user_id = '{user}'"), [["0"]], "and none is kept")
    t.equal(Browser(one).once("POST", "/signout", {}).status, 303, "who is not signed in may sign out, too")
    t.equal(kim.at(one).member, None, "at each gateway")


def read_only_page_after_an_ending_elsewhere(mail):
    kim = Browser(two)
    kim.sign("in", mail)
    copy = Browser(two, kim.cookies)
    t.check(copy.member and "Sign in</a>" not in copy.get("/").text, "known by heart")
    kim.at(one).once("POST", "/signout", {})
    t.check("Sign in</a>" in copy.get("/").text, "the very next page of the other gateway knows that the session has ended")


def another_password():
    mail = new_mail()
    kim, ann = Browser(one), Browser(two)
    kim.sign("up", mail)
    ann.sign("in", mail)
    before = dict(kim.cookies)
    page = kim.once("POST", "/account/password", {"current_password": "wrong-wrong-wrong", "new_password": SECOND})
    t.check(page.status == 422 and 'id="current-error"' in page.text and kim.member, "a new password needs the old one", page.words)
    page = kim.once("POST", "/account/password", {"current_password": PASSWORD, "new_password": SECOND})
    t.equal((page.status, page.headers["Location"]), (303, "/account?changed=1"), "then it is changed")
    t.check(kim.member and kim.cookies["shop_account"] != before["shop_account"], "this browser goes on, with another token")
    t.equal((Browser(one, before).member, ann.member), (None, None), "every other session has ended")
    t.equal((Browser(one).sign("in", mail).status, Browser(one).sign("in", mail, SECOND).status), (422, 303), "only the new password is one")


def growing_parameters(mail):
    Browser(two).sign("in", mail)
    t.check(shop.eventually(lambda: account_sql("SELECT count(*) FROM account WHERE password LIKE 'scrypt$16$8$3$%'") != [["0"]], 60),
            "a sign-in where more work is asked for hashes the password anew")
    t.equal(Browser(two).sign("in", mail).status, 303, "and it is still the password")


def expiry(mail):
    for column, words in [("seen_at = seen_at - interval '15 days'", "nobody used for two weeks"),
                          ("begun_at = begun_at - interval '91 days'", "is three months old")]:
        kim = Browser(one)
        kim.sign("in", mail)
        t.check(kim.member, f"a session that will be one that {words}")
        token = kim.cookies["shop_account"].split(".")[1]
        account_sql(f"UPDATE session SET {column} WHERE token_hash = encode(sha256(decode('{token}', 'hex')), 'hex')")
        t.equal(kim.member, None, f"a session that {words} has expired")
    kim = Browser(one)
    kim.sign("in", mail)
    token = kim.cookies["shop_account"].split(".")[1]
    account_sql(f"UPDATE session SET seen_at = now() - interval '13 days' WHERE token_hash = encode(sha256(decode('{token}', 'hex')), 'hex')")
    t.check(kim.member, "a session that was used within two weeks goes on")
    t.check(shop.eventually(lambda: account_sql("SELECT count(*) FROM session WHERE token_hash = encode(sha256(decode("
                                                f"'{token}', 'hex')), 'hex') AND seen_at > now() - interval '1 hour'") == [["1"]], 10),
            "and that it was used is noted")


# --- with parts away ----------------------------------------------------------------------------------------------------

def limits():
    mail, kim = new_mail(), Browser(one)
    kim.sign("up", mail)
    kim = Browser(one)
    for who, name in [(mail, "an account"), (new_mail(), "a name that nobody has")]:
        answers = [kim.sign("in", who, "not-the-password").status for _ in range(11)]
        t.equal(answers, [422] * 10 + [429], f"the eleventh try at {name} is refused")
    page = kim.sign("in", mail)
    t.check(page.status == 429 and int(page.headers["Retry-After"]) > 0, "even with the right password, for a while", page.words)
    redis("FLUSHALL")
    t.equal(kim.sign("in", mail).status, 429, "a flushed Redis does not help")
    t.equal(Browser(two).sign("in", mail).status, 303, "a gateway that counted none of them lets them in then")
    shop.all_ready()


def without_redis(mail):
    kim, ann = Browser(two), Browser(one)
    kim.sign("in", mail)
    ann.sign("in", mail)
    t.check(kim.member and ann.member, "signed in")
    redis("FLUSHALL")
    t.check(kim.member and ann.member, "a flushed Redis signs nobody out")
    t.check(shop.eventually(lambda: redis("KEYS", "session:*").count("session:") >= 2, 10), "and learns the sessions again")
    shop.hold_down("redis")
    try:
        t.check(kim.member and ann.member, "without Redis sessions go on")
        t.equal(Browser(one).sign("in", mail).status, 303, "and one can sign in")
    finally:
        shop.let_up("redis")
    t.check(shop.all_ready(), "with Redis back all is ready again")


def without_postgres(mail):
    kim, ann, leaving = Browser(two), Browser(one), Browser(two)
    kim.sign("in", mail)
    ann.sign("in", mail)
    leaving.sign("in", mail)
    t.check(kim.member and ann.member and leaving.member, "signed in")
    token = leaving.cookies["shop_account"].split(".")[1]
    stranger = Browser(one)
    stranger.get("/")
    shop.hold_down("postgres")
    try:
        for browser, name in [(kim, "a session known by heart"), (ann, "a session that was asked for each time")]:
            page = browser.get("/account")
            t.check(page.status == 200 and "You are signed in" in page.words and "does not answer" in page.words, f"without Postgres {name} goes on",
                    page.words)
            t.equal(browser.get("/cart").status, 200, "with its cart")
        t.equal(stranger.get("/").status, 200, "without Postgres strangers shop on")
        t.check(shop.eventually(lambda: "<strong>Account</strong>" in stranger.get("/").text, 10), "and are told what must wait")
        for how in ("in", "up"):
            page = stranger.sign(how, mail if how == "in" else new_mail())
            t.check(page.status == 503 and "book of accounts does not answer" in page.words and "go on shopping" in page.words,
                    f"to sign {how} says what is missing, and what to do", page.words)
        page = leaving.once("POST", "/signout", {})
        t.check(page.status == 503 and "signed out here, and not yet elsewhere" in page.words and "shop_account" not in leaving.cookies,
                "without Postgres one can sign out here, and is told that it is only here", page.words)
    finally:
        shop.let_up("postgres")
    t.check(shop.all_ready(), "with Postgres back all is ready again")
    t.check(shop.eventually(lambda: account_sql("SELECT count(*) FROM session WHERE token_hash = "
                                                f"encode(sha256(decode('{token}', 'hex')), 'hex')") == [["0"]], 30),
            "and the session that ended meanwhile is taken out")
    t.check(shop.eventually(lambda: kim.member and ann.member, 30), "and the others go on")
    t.check(shop.eventually(lambda: Browser(one).sign("in", mail).status == 303, 30), "and one can sign in again")


def flood(mail):
    """Pages come while sign-ins still wait: what is compared is the order of answers, not their time."""
    kim = Browser(two)
    kim.get("/")
    tried = lambda: int(redis("GET", "tries:address:127.0.0.1") or 0)  # noqa: E731
    before = tried()
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        sent = [pool.submit(Browser(two).sign, "in", new_mail(), "not-the-password") for _ in range(16)]
        turned_away = shop.eventually(lambda: [s for s in sent if s.done()], 30, 0.01)
        pages = [kim.get(path).status for path in ["/", f"/product/{shop.MUG}", "/cart", "/signin"] * 5]
        waiting = [s for s in sent if not s.done()]
        t.check(pages == [200] * 20 and waiting, "while passwords wait to be hashed, twenty pages are shown", f"{pages} {len(waiting)}")
        results = [s.result() for s in sent]
    busy = [page for page in results if page.status == 503]
    t.check(turned_away and busy and all("try again in a moment" in page.words and page.headers["Retry-After"] for page in busy),
            "a full queue asks to come again", [r.status for r in results])
    t.equal({page.status for page in results}, {422, 503}, "the others are answered")
    t.check(busy and shop.eventually(lambda: tried() - before == 16 - len(busy)), "and who was turned away has not tried", [before, tried()])
    t.check(shop.eventually(lambda: Browser(two).sign("in", mail).status == 303), "and after the flood one can sign in")


# --- orders -------------------------------------------------------------------------------------------------------------

def history():
    mail, kim = new_mail(), Browser(one)
    kim.add(shop.MUG, 1)
    kim.quantities()
    early = shop.order_id_of(kim.checkout())
    t.check(early, "an order before there is an account")
    kim.sign("up", mail)
    page = kim.get("/orders")
    t.check(page.status == 200 and "not ordered anything with your account yet" in page.words and early in page.text.split("before you signed in")[1],
            "a new account has no orders, but this browser has", page.words)
    account = kim.get("/account").words
    t.check("Nothing with your account yet" in account and "1 more was ordered in this browser" in account, "the account's page says the same", account)
    t.equal(kim.get(f"/order/{early}").status, 200, "and its page can still be seen here")
    t.equal(Browser(one).get(f"/order/{early}").status, 404, "by nobody else")
    t.check(shop.eventually(lambda: account_sql("SELECT count(*) FROM merge_due") == [["0"]]) and kim.quantities() == {},
            "what was being sold when they signed up is not in the account's cart again", kim.quantities())
    kim.add("OLJCESPC7Z", 2)
    kim.quantities()
    order = shop.order_id_of(kim.checkout())
    t.check(order and shop.eventually(lambda: "Complete" in kim.get("/orders").words, 60), "an order of the account is in its history")
    row = kim.get("/orders").text.split(order)[1][:600]
    t.check("2 things" in kim.get("/orders").words and "$48.97" in kim.get("/orders").words, "with what it cost", row)
    t.equal(re.findall(r"(\d+) (with your account|in all), the newest", kim.get("/orders").words), [("1", "with your account"), ("1", "in all")],
            "and each of both lists is counted by itself")
    t.check(order in kim.get("/account").text, "and on the account's page")
    elsewhere = Browser(two)
    elsewhere.sign("in", mail)
    t.check(order in elsewhere.get("/orders").text and early not in elsewhere.get("/orders").text, "on every device; what came before only in its browser")
    user = kim.member
    for start in range(0, 499, 50):
        pairs = [word for i in range(start, min(start + 50, 499)) for word in (1000 + i, str(uuid.uuid4()))]
        redis("ZADD", f"orders:{user}", *pairs)
    page = kim.get("/orders")
    t.check("500 with your account" in page.words and "Page 1 of 25" in page.words and order in page.text, "five hundred orders are shown by pages", page.words)
    last = kim.get("/orders?page=25")
    t.check(last.text.count('href="/order/') == 20 and "Older" not in last.words and "Newer" in last.words, "to the last", last.words)
    t.check(max(len(page.body), len(last.body)) < 60_000, "none of them too large", len(page.body))
    for number in ("26", "0", "-1", "x", "99999999999999999999"):
        t.equal(kim.get(f"/orders?page={number}").status, 200, f"page {number} is no fault")


def nothing_in_the_logs():
    texts = {str(path): path.read_bytes() for path in LOGS.iterdir()}
    for path in (shop.RUN / "log").rglob("*"):
        if path.is_file():
            texts[str(path)] = path.read_bytes()
    found = [(path, secret) for path, text in texts.items() for secret in set(secrets) if secret.encode() in text]
    t.check(len(texts) > 2 and not found, "no password, token or mail address is in any log", found)


try:
    MAIL = signing_up()
    merging(MAIL)
    merging_later(MAIL)
    answers(MAIL)
    endings(MAIL)
    read_only_page_after_an_ending_elsewhere(MAIL)
    another_password()
    expiry(MAIL)
    growing_parameters(MAIL)
    limits()
    without_redis(MAIL)
    without_postgres(MAIL)
    flood(MAIL)
    history()
finally:
    one.stop()
    two.stop()
nothing_in_the_logs()
t.done()
