"""spoilt_orders.py - ways to spoil the good dump that are about orders, money, goods, mails and carts: I1 to I10."""
import paper_dump as paper
from paper_dump import BOUGHT, LEFT, MUG, USER, encode
from spoiling import again, hit_at, spoilt


@spoilt("I1", BOUGHT, "an order that never ended")
def _(p):
    p.drop("OrderConfirmed", BOUGHT)


@spoilt("I1", LEFT, "an order with two ends")
def _(p):
    p.say("order.events", "OrderConfirmed", LEFT, order_id=LEFT, user_id=USER)


@spoilt("I1", "cccccccc-0000-5000-8000-000000000003", "an accepted order that nobody knows")
def _(p):
    p.did(90, "checkout", "ok", command="x", order="cccccccc-0000-5000-8000-000000000003", offered="$1.00", currency="USD", email=paper.MAIL)


@spoilt("I1b", LEFT, "a cancellation that nobody answered")
def _(p):
    p.drop("OrderCancelled", LEFT)


@spoilt("I1c", USER, "a cart command without an answer")
def _(p):
    p.say("cart.commands", "AddItem", USER, user_id=USER, product_id=MUG, quantity=3)


@spoilt("I1c", USER, "an accepted cart command that is in no topic")
def _(p):
    p.topics["cart.commands"].pop()


@spoilt("I1c", USER, "a cart command that a later word passed over")
def _(p):
    p.topics["cart.events"][2]["headers"]["causationid"] = p.topics["cart.events"][0]["headers"]["causationid"]


@spoilt("I1c", USER, "a change of quantity that was accepted, and is in no topic")
def _(p):
    p.did(91, "change", "ok", command="ch", product=MUG, quantity=5)


@spoilt("I1d", MUG, "a delivery that was answered twice")
def _(p):
    p.say("catalog.events", "ProductCommandRefused", MUG, because=p.told("Restock", MUG), product_id=MUG)["headers"]["correlationid"] = \
        p.told("Restock", MUG)["headers"]["ce-id"]


@spoilt("I1d", MUG, "a delivery that the keeper was told had arrived, and did not")
def _(p):
    p.did(92, "restock", "ok", product=MUG, quantity=4)


@spoilt("I2", "dddddddd-0000-5000-8000-000000000004", "a parcel that nobody ordered")
def _(p):
    p.say("shipment.events", "ShipmentCreated", "dddddddd-0000-5000-8000-000000000004", order_id="dddddddd-0000-5000-8000-000000000004")


@spoilt("I2", BOUGHT, "an event that goes back to another command")
def _(p):
    p.told("StockReserved", BOUGHT)["headers"]["correlationid"] = "elsewhere"


@spoilt("I3", BOUGHT, "a card that was charged twice")
def _(p):
    p.ledger.append(dict(p.ledger[0]))


@spoilt("I3", BOUGHT, "a card that was charged again, under a longer key")
def _(p):
    p.ledger.append({**p.ledger[0], "key": BOUGHT + "b"})


@spoilt("I4", BOUGHT, "a charge of one cent more than was agreed, in the database alone")
def _(p):
    p.tables["payment"]["payment"][0]["charged_minor"] += 1


@spoilt("I4", LEFT, "a cancelled order that was not refunded")
def _(p):
    p.ledger = [e for e in p.ledger if e["event"] == "charged"]


@spoilt("I5", BOUGHT, "a void of what was sold")
def _(p):
    p.say("payment.events", "PaymentVoided", BOUGHT, order_id=BOUGHT, currency="USD")


@spoilt("I5", BOUGHT, "a confirmed order whose money went back")
def _(p):
    p.ledger.append({**p.ledger[0], "event": "refunded"})


@spoilt("I5", LEFT, "a refund in part")
def _(p):
    p.ledger[-1]["amount_minor"] -= 1


@spoilt("I6", MUG, "a mug that is gone")
def _(p):
    p.tables["catalog"]["product"][0]["on_hand"] -= 1


@spoilt("I6", MUG, "a product that has no row")
def _(p):
    p.tables["catalog"]["product"].clear()


@spoilt("I7", LEFT, "a reservation that was released, and has no row")
def _(p):
    p.tables["catalog"]["reservation"].pop()


@spoilt("I7", LEFT, "goods that stay set aside for a cancelled order")
def _(p):
    p.drop("StockReleased", LEFT)


@spoilt("I7", BOUGHT, "goods that were set aside twice")
def _(p):
    again(p, "StockReserved", BOUGHT)


@spoilt("I8", BOUGHT, "a confirmed order without a parcel")
def _(p):
    p.drop("ShipmentCreated", BOUGHT)


@spoilt("I8", LEFT, "a parcel that nobody recalled")
def _(p):
    p.drop("ShipmentCancelled", LEFT)


@spoilt("I8", LEFT, "a parcel that leaves for a cancelled order")
def _(p):
    p.say("shipment.events", "ShipmentMoved", LEFT, order_id=LEFT, stage="PICKED")


@spoilt("I9", BOUGHT, "a mail that came twice in a run without interruption")
def _(p):
    p.mails.append(p.mails[0])


@spoilt("I9", BOUGHT, "a mail that came twice in a run that hit email when it had gone out already")
def _(p):
    p.mails.append(p.mails[0])
    p.history += hit_at(2000)


@spoilt("I9b", BOUGHT, "a mail under an id that email never named")
def _(p):
    p.mails.append(p.mails[0].replace("-confirmation@", "-confirmation-again@"))


@spoilt("I9b", BOUGHT, "a mail to somebody else")
def _(p):
    p.mails[0] = p.mails[0].replace(paper.MAIL, "canary.eve@example.com")


@spoilt("I9b", BOUGHT, "a mail that names another total")
def _(p):
    p.mails[0] = p.mails[0].replace("$26.97", "$1.00")


@spoilt("I9", LEFT, "a cancelled order that was confirmed by mail")
def _(p):
    p.say("email.events", "EmailSent", LEFT, order_id=LEFT, kind="CONFIRMATION", message_id="<x>")


@spoilt("I10", USER, "a cart that still holds what was ordered")
def _(p):
    p.topics["cart.events"][-1]["value"] = encode("CartUpdated", {"user_id": USER, "version": 4, "generation": 2, "position": 1, "outcome": "ACCEPTED",
                                                                  "lines": [{"product_id": MUG, "quantity": 3}]})


@spoilt("I10", USER, "a cart that had another word in between")
def _(p):
    p.topics["cart.events"][0]["value"] = encode("CartUpdated", {"user_id": USER, "version": 1, "position": 0, "outcome": "ACCEPTED",
                                                                 "lines": [{"product_id": MUG, "quantity": 3}]})


@spoilt("I10", USER, "a cart that changed otherwise than its shopper said")
def _(p):
    change = p.say("cart.commands", "ChangeQuantity", USER, user_id=USER, product_id=MUG, quantity=4)
    p.say("cart.events", "CartUpdated", USER, because=change, user_id=USER, version=5, generation=2, position=2, outcome="ACCEPTED",
          lines=[{"product_id": MUG, "quantity": 5}])


@spoilt("I10", USER, "a refusal without a reason")
def _(p):
    change = p.say("cart.commands", "EmptyCart", USER, user_id=USER)
    p.say("cart.events", "CartUpdated", USER, because=change, user_id=USER, version=5, generation=2, position=2, outcome="REFUSED",
          lines=[{"product_id": MUG, "quantity": 1}])


@spoilt("I10b", BOUGHT, "a cart that was told twice of one order")
def _(p):
    again(p, "CartOrdered", USER)
