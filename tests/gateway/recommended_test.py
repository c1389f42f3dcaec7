"""recommended_test.py - what goes with what on a gateway's pages, with real Kafka and Redis; recommendation is played here."""
# needs: kafka redis
# timeout: 120
import os
import re
import tempfile

import alone
import shelf
from alone import check


def told(kind, shopper):
    """What activity.events has of this kind and shopper: the framed values without the schema's five bytes."""
    prefix = shelf.framed(kind, session_id=shopper.user)[:5 + 1 + 36]
    return [value for key, _, _, value in shelf.records("activity.events") if key == shopper.user and value.startswith(prefix)]


def shown_with(page):
    """Product ids and exposure ids of the strip."""
    strip = page.text[page.text.find('id="strip-title"'):]
    return re.findall(r'href="/product/([^"?]+)(?:\?rec=([0-9a-f-]{36}))?"', strip)


def recommending(gateway, redis):
    """recommendation is played: the mug goes with the watch, the loafers, the jar, the sunglasses, the candle holder."""
    watch, loafers, jar, glasses, candle = "1YMWWN1N4O", "L9ECAV7KIM", "9SIQT8TOJO", "OLJCESPC7Z", "0PUK6V6EV0"
    items = [{"strategy": s, "product_id": p, "score": 900000 - 1000 * i} for s in ("COSINE", "LIFT")
             for i, p in enumerate([watch, loafers, "NO_SUCH_IT", jar, glasses, candle])]
    kim = alone.Shopper(gateway)
    first = kim.get(f"/product/{shelf.MUG}")
    check(len(shown_with(first)) == 4 and not any(rec for _, rec in shown_with(first)),
          "before anything is said: others, with plain links", first.text[-3000:])
    shelf.produce("recommendation.state", shelf.MUG, shelf.framed(
        "RecommendationsUpdated", product_id=shelf.MUG, version=shelf.news(), items=items))
    kim.gateway.wait(lambda: all(rec for _, rec in shown_with(kim.get(f"/product/{shelf.MUG}"))))
    page = kim.get(f"/product/{shelf.MUG}")
    check([p for p, _ in shown_with(page)] == [watch, loafers, jar, glasses], "what was said is shown, best first", shown_with(page))
    exposure = shown_with(page)[0][1]
    check(exposure and {rec for _, rec in shown_with(page)} == {exposure}, "its links carry one exposure", shown_with(page))
    stranger = alone.Shopper(gateway).get(f"/product/{shelf.MUG}")
    check([p for p, _ in shown_with(stranger)] == [watch, loafers, jar, glasses] and not any(rec for _, rec in shown_with(stranger)),
          "who has no session sees the same with plain links", shown_with(stranger))
    shown = [v for v in told("RecommendationShown", kim) if exposure.encode() in v]
    check(kim.gateway.wait(lambda: any(exposure.encode() in v for v in told("RecommendationShown", kim))), "the exposure is told")
    shown = [v for v in told("RecommendationShown", kim) if exposure.encode() in v][0]
    arms = {s: shelf.framed("RecommendationShown", session_id=kim.user, exposure_id=exposure, strategy=s, product_id=shelf.MUG,
                            shown=[watch, loafers, jar, glasses]) for s in ("COSINE", "LIFT")}
    check(shown in arms.values(), "with everything that was shown", shown)
    arm = [s for s, value in arms.items() if value == shown][0]
    all_shown = told("RecommendationShown", kim)
    check(len(all_shown) > 1 and len({v[5 + 2 * 37:][:1] for v in all_shown}) == 1, "by the same strategy each time", all_shown)
    for _ in range(2):
        clicked = kim.get(f"/product/{watch}?rec={exposure}")
    check(clicked.status == 200 and clicked.headers["Link"] == f'</product/{watch}>; rel="canonical"', "a click leads to the product, which has one address",
          clicked.headers)
    kim.get(f"/product/{watch}?rec=nonsense%22%3E")
    expected = shelf.framed("RecommendationClicked", session_id=kim.user, exposure_id=exposure, strategy=arm, product_id=watch)
    check(kim.gateway.wait(lambda: len(told("RecommendationClicked", kim)) >= 2), "clicks are told")
    clicks = [(h["ce-id"], v) for k, _, h, v in shelf.records("activity.events") if v == expected]
    check(len(clicks) == 2 and len(set(clicks)) == 1, "a second load of the page is the same click", clicks)
    views = told("ProductViewed", kim)
    check(sum(v.endswith(shelf.avro("string", "recommendation")) for v in views) == 2, "and their views say what led there", views)
    redis.cart(kim.user, 1, [(loafers, 1)])
    ids = [p for p, _ in shown_with(kim.get(f"/product/{shelf.MUG}"))]
    check(loafers not in ids and len(ids) == 4 and shelf.MUG not in ids, "nothing that is in the cart is recommended", ids)
    ids = [p for p, _ in shown_with(kim.get("/cart"))]
    check(loafers not in ids and watch in ids, "the cart's page recommends by what was looked at", ids)
    shelf.produce("product.state", watch, shelf.framed(
        "ProductUpdated", product_id=watch, version=shelf.news(), name="Watch", picture="img/products/watch.svg", categories=["accessories"],
        price_minor=10999, currency="USD", weight_grams=100, stock="NONE"))
    check(kim.gateway.wait(lambda: watch not in [p for p, _ in shown_with(kim.get(f"/product/{shelf.MUG}"))]), "nothing that is sold out")
    shelf.produce("product.state", watch, shelf.framed(
        "ProductUpdated", product_id=watch, version=shelf.news(), name="Watch", picture="img/products/watch.svg", categories=["accessories"],
        price_minor=10999, currency="USD", weight_grams=100, stock="PLENTY"))
    kim.cookies["shop_seen"] = '..<b>.%00."' + "x" * 500
    check(kim.get(f"/product/{shelf.MUG}").status == 200, "a cookie that somebody wrote does no harm")


def main():
    redis = shelf.Redis()
    redis("SET", "views:mark", "1")
    shelf.fill()
    with tempfile.TemporaryDirectory() as folder:
        alone.make_keys(folder)
        gateway = alone.Gateway(folder, os.environ["KAFKA_BOOTSTRAP"], os.environ["REDIS_URL"].removeprefix("redis://"))
        try:
            if check(gateway.wait(gateway.ready), "the gateway becomes ready"):
                recommending(gateway, redis)
            check(gateway.stop() == 0, "it ends in order")
        finally:
            gateway.process.kill()
    alone.done()


main()
