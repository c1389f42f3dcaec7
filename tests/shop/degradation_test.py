"""degradation_test.py - docs/degradation.md is true: with each of its parts away, each page of its rows opens and says its sentence.

With the parts back, what was accepted meanwhile goes through."""

import re
import signal
import threading
import uuid

import shop

t = shop.Tests()


def rows():
    """(heading, away, page, status, sentence) of every table."""
    heading, found = "", []
    for line in (shop.ROOT / "docs/degradation.md").read_text().splitlines():
        if line.startswith("## "):
            heading = line[3:]
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 4 and cells[2].isdigit():
            found.append((heading, cells[0], cells[1], int(cells[2]), cells[3]))
    return found


def complete(shopper, order, seconds=60):
    return shop.eventually(lambda: "Your order is complete" in shopper.get(f"/order/{order}").words, seconds)


def with_cart():
    shopper = shop.Shopper()
    shopper.get("/")
    shopper.add()
    shopper.cart_skus()
    return shopper


kim = with_cart()
done = shop.order_id_of(kim.checkout())
t.check(done and complete(kim, done), "an order is complete")
waiting, ended = [], []  # (shopper, order): accepted while something was away; cancelled meanwhile
member = shop.Shopper()
t.check(member.post("/signup", email=f"kim.{uuid.uuid4().hex[:8]}@example.com", password="correct-horse-battery").status == 200, "somebody has an account")


def try_page(shopper, page):
    page = page.replace("{mug}", shop.MUG).replace("{order}", done).replace(" (unknown here)", "").replace(", then its order", "")
    if page == "POST /cart":
        return shopper.add()
    if page == "POST /signin":
        return shopper.post("/signin", email="kim@example.com", password="correct-horse-battery")
    if page == "POST /signup":
        return shop.Shopper().post("/signup", email=f"kim.{uuid.uuid4().hex[:8]}@example.com", password="correct-horse-battery")
    if page.startswith("cancel "):
        return shopper.post(page.split()[1] + "/cancel")
    if page == "/account":
        return member.get(page)
    if page != "POST /cart/checkout":
        return shopper.get(page)
    answer = shopper.checkout()
    order = shop.order_id_of(answer)
    if order:
        waiting.append((shopper, order))
    return answer


def try_row(row, shopper):
    """The page's tags are taken out: a sentence is read as a person reads it."""
    _, away, page, status, sentence = row
    answer = try_page(shopper, page)
    words = re.sub(r"\s+", " ", re.sub(r"</?(strong|span|code)[^>]*>", "", answer.text) + answer.words)
    said = sentence.replace("{order}", done)
    return (answer.status == status and said in words, f"without {away}, {page} answers {status} and says: {sentence}", answer)


def try_rows(of, patience=45):
    """Being away is noticed after a while; a page that shows can be asked again, a form is sent once."""
    for row in of:
        shopper = shop.Shopper() if "unknown here" in row[2] else (with_cart_of[row[1]] if row[2].startswith("POST /cart/checkout") else kim)
        if "unknown here" in row[2]:
            shopper.cookies = dict(stranger.cookies)
        if row[2].startswith("POST"):
            good, sentence, answer = try_row(row, shopper)
        if row[2].endswith("then its order"):
            order = shop.order_id_of(answer)
            good = order and shop.eventually(lambda order=order, shopper=shopper: row[4] in shopper.get(f"/order/{order}").words, patience)
        elif row[2].startswith("POST"):
            pass
        else:
            shop.eventually(lambda row=row, shopper=shopper: try_row(row, shopper)[0], patience, 0.5)
            good, sentence, answer = try_row(row, shopper)
        t.check(good, sentence, f"{answer.status} {answer.words}")


def settle():
    """Everything that was accepted goes through, once."""
    missing = [name for name in shop.SERVICES + ["views", "gateway"] if not shop.eventually(lambda name=name: shop.ready(name), 300)]
    t.equal(missing, [], "all are back")
    while waiting:
        shopper, order = waiting.pop()
        t.check(complete(shopper, order), "what was accepted goes through", shopper.get(f"/order/{order}").words)
        t.equal(len([e for e in shop.ledger() if order in str(e)]), 1, "and was charged once")
    while ended:
        shopper, order = ended.pop()
        t.check(shop.eventually(lambda shopper=shopper, order=order: "Your order was cancelled." in shopper.get(f"/order/{order}").words, 60),
                "what was cancelled is cancelled", shopper.get(f"/order/{order}").words)
        t.check(shop.eventually(lambda order=order: [e["event"] for e in shop.ledger() if order in str(e)] in ([], ["voided"], ["charged", "refunded"]), 60),
                "and nothing is kept for it", [e for e in shop.ledger() if order in str(e)])


def away(parts, of):
    for part in parts:
        shop.hold_down(part)
    try:
        try_rows(of)
    finally:
        for part in parts:
            shop.let_up(part)


def alone(part, of):
    """An order that is placed while one service is away: what its page says, what comes of cancelling it; else it goes on."""
    shopper, cancelled = with_cart_of[part], False
    shop.hold_down(part)
    try:
        order = shop.order_id_of(shopper.checkout()) if part != "cart" else None
        for row in of:
            tried = (row[0], f"{row[1]} alone", row[2].replace("{own}", str(order)), *row[3:])
            good, sentence, answer = try_row(tried, shopper)
            if not good and not row[2].startswith("POST"):
                cancelled = cancelled or row[2].startswith("cancel")
                again = (*tried[:2], tried[2].replace("cancel ", ""), *tried[3:])
                good = shop.eventually(lambda again=again: try_row(again, shopper)[0], 45, 0.5)
            cancelled = cancelled or row[2].startswith("cancel")
            t.check(good, sentence.replace(str(order), "ORDER"), f"{answer.status} {answer.words}")
    finally:
        shop.let_up(part)
    if cancelled:
        ended.append((shopper, order))
    elif order:
        waiting.append((shopper, order))


# a cart that this gateway has never seen: it came into being at another time, as far as memory goes
stranger = shop.Shopper()
stranger.get("/")
ROWS = rows()
t.check(len(ROWS) > 60, "the table is read")
kim.add()
kim.cart_skus()
with_cart_of = {part: with_cart() for part in {row[1] for row in ROWS}}

away(shop.SERVICES, [row for row in ROWS if row[0].startswith("The services")])
settle()
for part in ["checkout", "catalog", "payment", "shipping", "email", "cart"]:
    alone(part, [row for row in ROWS if row[0].startswith("One service") and row[1] == part])
settle()
for part in ["views", "redis"]:
    away([part], [row for row in ROWS if row[1] == part])
settle()
# views that are late, but come back: whoever has typed a card is not sent away for it
late = with_cart()
shop.kill("views", signal.SIGSTOP)
threading.Timer(3, shop.kill, ("views", signal.SIGCONT)).start()
late.add()
placed = late.checkout()
t.check(shop.order_id_of(placed), "a checkout waits for a cart that is behind", f"{placed.status} {placed.words}")
settle()
away(["kafka"], [row for row in ROWS if row[1] == "kafka"])
settle()
away(["postgres"], [row for row in ROWS if row[1] == "postgres"])
settle()
shop.acquirer_behaviour(slow_ms=5000)
try:
    try_rows([row for row in ROWS if row[1] == "acquirer (slow)"])
finally:
    shop.acquirer_behaviour(slow_ms=0)
away(["acquirer", "mail"], [row for row in ROWS if row[1] == "acquirer"])
settle()
away(["mail"], [row for row in ROWS if row[1] == "mail"])
settle()
# the page speaks of a late cart until the next command is answered in time
t.check(shop.eventually(lambda: kim.add() and "</strong>:" not in kim.get("/").text, 60, 1), "nothing is named as away any more", kim.get("/").words)
t.check(shop.eventually(lambda: any(done in str(m) for m in shop.mails()), 60), "and the mails went out")
t.done()
