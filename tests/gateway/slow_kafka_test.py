"""slow_kafka_test.py - a gateway whose Kafka answers late: what is not read yet is not said to be missing, and time in which the
gateway itself stood still is not its shopper's patience."""
# needs: kafka redis
# timeout: 120
import os
import signal
import tempfile
import threading
import time

import alone
import relay
import shelf
from alone import check


def products_only(kind, _, answer, state):
    """The fetch that brings products is let through; the next, by which the reader would learn that these are all, is not."""
    if kind != relay.FETCH:
        return False
    if state.get("brought"):
        return True
    state["brought"] = b"Loafers" in answer
    return False


def shelves(folder, kafka, redis):
    kafka.hold(products_only)
    gateway = alone.Gateway(folder, kafka.address, redis)
    kim = alone.Shopper(gateway)
    check(kafka.held.is_set() and kim.get("/product/L9ECAV7KIM").status == 200, "what was read is shown", kim.get("/").text)
    page = kim.get("/product/NOSUCHTHNG")
    check(page.status == 503 and "being filled" in page.text, "what was not read yet is not said to be no product", page.status)
    check(kim.post("/cart", product_id="NOSUCHTHNG", quantity=1).status == 503, "nor is it when it is bought")
    kafka.let_go()
    check(gateway.wait(lambda: kim.get("/product/NOSUCHTHNG").status == 404), "when all were read, it is none")
    return gateway, kim


def add(kim, kafka):
    """Starts a command whose acknowledgement is held; its page comes into the list."""
    pages = []
    kafka.hold(lambda kind, question, answer, state: kind == relay.PRODUCE and kim.user.encode() in question and shelf.MUG.encode() in question)
    thread = threading.Thread(target=lambda: pages.append(kim.post("/cart", product_id=shelf.MUG, quantity=1)))
    thread.start()
    return thread, pages


def stalled(gateway, kim, kafka):
    thread, pages = add(kim, kafka)
    check(kafka.held.wait(10), "a command is on its way")
    gateway.process.send_signal(signal.SIGSTOP)
    time.sleep(6.5)  # longer than its patience, by more than what counts as standing still
    gateway.process.send_signal(signal.SIGCONT)
    check(alone.Shopper(gateway).get("/").status == 200, "it goes on, and its clock has rung")
    kafka.let_go()
    thread.join()
    check(pages[0].status == 302, "what is acknowledged after the gateway stood still is no failure", f"{pages[0].status} {pages[0].text}")


def main():
    redis = shelf.Redis()
    redis("MSET", "views:mark", "1", "views:alive", "1")
    shelf.fill()
    kafka = relay.Relay(os.environ["KAFKA_BOOTSTRAP"])
    with tempfile.TemporaryDirectory() as folder:
        alone.make_keys(folder)
        gateway, kim = shelves(folder, kafka, os.environ["REDIS_URL"].removeprefix("redis://"))
        try:
            if check(gateway.wait(gateway.ready), "the gateway becomes ready"):
                stalled(gateway, kim, kafka)
            check(gateway.stop() == 0, "it ends in order")
        finally:
            gateway.process.kill()
            kafka.close()
    alone.done()


main()
