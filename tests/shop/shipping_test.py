"""shipping_test.py - each carrier takes a parcel to another country: what was shown is charged, and it arrives."""
# needs: shop
# timeout: 180

import re

import shop

t = shop.Tests()

# carrier, country, postal code, shipping, two letters of its parcels, days; one Mug each
WAYS = [("flat", "Peru", "15001", "$8.99", "PD", 35),
        ("snail", "Norway", "0150", "$8.49", "SN", 14),
        ("heron", "Japan", "100-0001", "$39.99", "HE", 4),
        ("otter", "United States", "94043", "$19.99", "TC", 1)]
TOTALS = {"$8.99": "$17.98", "$8.49": "$17.48", "$39.99": "$48.98", "$19.99": "$28.98"}


def order_with(carrier, country, zip_code, price):
    kim = shop.Shopper()
    kim.add()
    quoted = kim.get(f"/cart?country={country.replace(' ', '+')}&carrier={carrier}")
    line = re.search(rf'id="carrier-{carrier}".*?</label>', quoted.text, re.S)
    t.check(line and "checked" in line[0] and price in line[0], f"{carrier} is offered to {country} for {price}", quoted.words)
    seen = re.search(r'name="seen" value="([^"]+)"', quoted.text)[1]
    page = kim.checkout(country=country, zip_code=zip_code, carrier=carrier, seen=seen)
    order = shop.order_id_of(page)
    t.check(page.status == 200 and order, f"{carrier} to {country} is ordered", f"{page.status} {page.url}\n{page.words}")
    return kim, order


def arrived(kim, order):
    now = kim.get(f"/order/{order}")
    return now if "It was delivered." in now.words else None


orders = [(way, *order_with(*way[:4])) for way in WAYS]
for (carrier, country, _, price, letters, days), kim, order in orders:
    page = shop.eventually(lambda kim=kim, order=order: arrived(kim, order))
    words = kim.get(f"/order/{order}").words
    t.check(page, f"the parcel arrives in {country}, and the page says so", words)
    t.check(re.search(rf"\b{letters}-\d{{8}}-\d{{18}}\b", words), f"its number begins with {letters}", words)
    t.check(TOTALS[price] in words, "the page names the total that was shown", words)
    t.check(f"Usually {days} day" in words, "and the days that were shown", words)

moves = [r for r in shop.distinct(shop.read_topic("shipment.events")) if r.type == "ShipmentMoved"]
for (carrier, country, *_), _, order in orders:
    told = [(r.body["stage"], r.body["carrier"]) for r in moves if r.key == order]
    t.equal(told, [("PICKED", carrier), ("IN_TRANSIT", carrier), ("DELIVERED", carrier)], f"{carrier}'s way is told once, in order")
numbers = [row[0] for row in shop.sql("shipping", "SELECT tracking_number FROM parcels WHERE tracking_number <> ''")]
t.check(len(numbers) == len(set(numbers)) >= len(WAYS), "no two parcels have one number", len(numbers))

charged = " ".join(str(e) for e in shop.ledger())
t.check(all(order in charged for _, _, order in orders), "each was charged")

# what no page offered is refused, and so is an address that is no address there
kim = shop.Shopper()
kim.add()
for changes, words in [({"carrier": "otter", "country": "Peru", "zip_code": "15001"}, "does not take this to Peru"),
                       ({"carrier": "flat", "country": "Peru", "zip_code": "SW1A 1AA"}, "looks like 15001"),
                       ({"carrier": "flat", "country": "Atlantis"}, "no such country")]:
    page = kim.checkout(**changes)
    t.check(page.status == 422 and words in page.words, f"{changes} is refused: {words}", f"{page.status}\n{page.words}")

nowhere = kim.get("/cart?country=%3Cscript%3E&carrier=flat")
t.check("no such country" in nowhere.words and "$8.99 usually" not in nowhere.words and 'type="radio" id="carrier-' not in nowhere.text,
        "a country that there is not has no carriers and no prices", nowhere.words)

# a region is named only where addresses have one
page = kim.checkout(country="Germany", zip_code="10115", carrier="flat", state="", seen="")
t.check(page.status == 200 and shop.order_id_of(page), "an address in Berlin needs none", f"{page.status}\n{page.words}")
kim.add()

# the original's robots choose no carrier, and live anywhere with an American postal code
page = kim.checkout(country="Slovakia (Slovak Republic)", zip_code="02139")
t.check(page.status == 200 and shop.order_id_of(page), "a form without carriers is taken as typed", f"{page.status}\n{page.words}")
t.check(shop.eventually(lambda: "$17.98" in kim.get(page.url).words), "for the flat price")
t.done()
