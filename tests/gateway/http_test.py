"""http_test.py - requests as no browser sends them, against the real process: nobody may read two things into one."""
# needs: none
# timeout: 90
import gzip
import socket
import tempfile
import time

import alone
from alone import check


def send(raw, wait_s=3):
    """Everything that comes back until the connection closes or falls silent."""
    with socket.create_connection(("127.0.0.1", PORT), 3) as s:
        s.sendall(raw)
        answer = b""
        end = time.monotonic() + wait_s
        s.settimeout(0.3)
        while time.monotonic() < end:
            try:
                piece = s.recv(65536)
            except TimeoutError:
                if answer:
                    return answer, False
                continue
            except ConnectionResetError:
                return answer, True
            if not piece:
                return answer, True
            answer += piece
        return answer, False


def status(answer):
    return int(answer[9:12]) if answer[:5] == b"HTTP/" else None


def header(answer, name):
    for line in answer.split(b"\r\n\r\n")[0].split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.strip().lower() == name.lower().encode():
            return value.strip().decode()
    return None


def cookies(answer):
    """All that an answer sets."""
    lines = answer.split(b"\r\n\r\n")[0].decode().split("\r\n")
    return [line.split(":", 1)[1].strip() for line in lines if line.lower().startswith("set-cookie:")]


GET = b"GET %s HTTP/1.1\r\nHost: shop\r\n%s\r\n"
POST = b"POST %s HTTP/1.1\r\nHost: shop\r\n%s\r\n%s"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"


def hygiene():
    """(what, bytes, status); each refusal closes the connection."""
    cases = [
        ("a length beside chunks", POST % (b"/cart", FORM + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"), 400),
        ("two different lengths", POST % (b"/cart", FORM + b"Content-Length: 3\r\nContent-Length: 4\r\n", b"a=bc"), 400),
        ("the same length twice", POST % (b"/cart", FORM + b"Content-Length: 3\r\nContent-Length: 3\r\n", b"a=b"), 400),
        ("a length with a sign", POST % (b"/cart", FORM + b"Content-Length: +3\r\n", b"a=b"), 400),
        ("a length in hexadecimal", POST % (b"/cart", FORM + b"Content-Length: 0x3\r\n", b"a=b"), 400),
        ("two hosts", GET % (b"/", b"Host: other\r\n"), 400),
        ("no host", b"GET / HTTP/1.1\r\n\r\n", 400),
        ("a host that is a path", b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
        ("a blank before the colon", GET % (b"/", b"X-Odd : 1\r\n"), 400),
        ("a carriage return inside a value", GET % (b"/", b"X-Odd: a\rb\r\n"), 400),
        ("a control character in a value", GET % (b"/", b"X-Odd: a\x01b\r\n"), 400),
        ("a NUL in a value", GET % (b"/", b"X-Odd: a\x00b\r\n"), 400),
        ("a folded line", GET % (b"/", b"X-Odd: a\r\n b\r\n"), 400),
        ("an unknown transfer encoding", POST % (b"/cart", FORM + b"Transfer-Encoding: xchunked\r\n", b""), 400),
        ("gzip before chunked", POST % (b"/cart", FORM + b"Transfer-Encoding: gzip, chunked\r\n", b""), 400),
        ("an escaped NUL in the path", GET % (b"/cart%00", b""), 400),
        ("half an escape", GET % (b"/product/a%4", b""), 400),
        ("a backslash", GET % (b"/static\\shop.css", b""), 400),
        ("a bare byte above ASCII in the path", GET % (b"/product/\xc3\xa9", b""), 400),
        ("an absolute target", GET % (b"http://shop/cart", b""), 400),
        ("65 headers", GET % (b"/", b"X-A: 1\r\n" * 65), 431),
        ("a header of 9 KB", GET % (b"/", b"X-A: " + b"a" * 9000 + b"\r\n"), 431),
        ("40 KB of headers", GET % (b"/", b"X-A: " + b"a" * 40000 + b"\r\n"), 431),
        ("a target of 3 KB", GET % (b"/?" + b"a" * 3000, b""), 414),
        ("a target of 40 KB", GET % (b"/" + b"a" * 40000, b""), 414),
        ("a length of 16 KB and one", POST % (b"/cart", FORM + b"Content-Length: 16385\r\n", b""), 413),
        ("a length beyond all numbers", POST % (b"/cart", FORM + b"Content-Length: 99999999999999999999\r\n", b""), 413),
        ("a line that is no request", b"garbage\r\n\r\n", 400),
        ("a line that has no end", b"garbage\x00", 400),
        ("bytes", b"\x00\x01\x02\xff\r\n\r\n", 400),
        ("the first bytes of TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x5a" * 500, 400),
        ("a method that does not end", b"A" * 40000, 400),
        ("a blank before the method", b" GET / HTTP/1.1\r\nHost: shop\r\n\r\n", 400),
        ("a NUL in the first line", b"GET /\x00 HTTP/1.1\r\nHost: shop\r\n\r\n", 400),
        ("a target without a version", b"GET /\r\n\r\n", 400),
        ("JSON", POST % (b"/cart", b"Content-Type: application/json\r\nContent-Length: 2\r\n", b"{}"), 415),
        ("a body without a type", POST % (b"/cart", b"Content-Length: 2\r\n", b"a="), 415),
    ]
    for what, raw, wanted in cases:
        answer, closed = send(raw)
        check(status(answer) == wanted and closed, f"{what} is {wanted}, and the end of the connection",
              f"{closed} {answer[:120]}")


def slow_beginnings():
    """What begins well is waited for, however it is cut."""
    for pieces in [(b"G", b"ET /_healthz HTTP/1.1\r\nHost: shop\r\n\r\n"), (b"\r\n", GET % (b"/_healthz", b"")),
                   (b"GET /_hea", b"lthz HTTP/1.1\r\nHost: shop\r\n\r\n")]:
        with socket.create_connection(("127.0.0.1", PORT), 3) as s:
            s.sendall(pieces[0])
            time.sleep(0.2)
            s.sendall(pieces[1])
            answer = s.recv(100)
        check(status(answer) == 200, f"a request that begins with {pieces[0]} alone is answered", answer)
    with socket.create_connection(("127.0.0.1", PORT), 3) as s:
        time.sleep(2.5)
        s.sendall(GET % (b"/_healthz", b""))
        answer = s.recv(100)
    check(status(answer) == 200, "who is silent at first is answered", answer)


def bodies():
    chunk = b"%x\r\n%s\r\n" % (4096, b"a" * 4096)
    answer, closed = send(POST % (b"/cart", FORM + b"Transfer-Encoding: chunked\r\n", chunk * 8 + b"0\r\n\r\n"))
    check(status(answer) == 413, "32 KB in chunks are 413", answer[:80])
    answer, closed = send(POST % (b"/cart", FORM + b"Transfer-Encoding: chunked\r\n", chunk * 200 + b"0\r\n\r\n"))
    check(closed and status(answer) in (None, 413), "800 KB in chunks are cut off", answer[:80])
    answer, _ = send(POST % (b"/cart", FORM + b"Transfer-Encoding: chunked\r\n", b"3\r\na=b\r\n0\r\n\r\n"))
    check(status(answer) == 422, "a form in chunks is read", answer[:80])
    fields = b"&".join(b"f%d=1" % i for i in range(65))
    answer, _ = send(POST % (b"/cart", FORM + b"Content-Length: %d\r\n" % len(fields), fields))
    check(status(answer) == 413, "65 fields are 413", answer[:80])
    answer, _ = send(POST % (b"/cart", FORM + b"Content-Length: 5\r\n", b"a=%ff"))
    check(status(answer) == 400, "a field that is not UTF-8 is 400", answer[:80])
    answer, _ = send(POST % (b"/cart", FORM + b"Content-Length: 12\r\nOrigin: https://elsewhere.example\r\n", b"product_id=a"))
    check(status(answer) == 403, "a form of another site is 403", answer[:80])
    for text in (b"", b"0", b"11", b"-1", b"two", b"99999999999999999999"):
        form = b"product_id=&quantity=" + text
        answer, _ = send(POST % (b"/cart", FORM + b"Content-Length: %d\r\n" % len(form), form))
        check(status(answer) == 422, f"a quantity of '{text.decode()}' without a product is 422", answer[:80])


def routes():
    for method, path, wanted, allow in [
            ("DELETE", "/cart", 405, "GET, HEAD, POST"), ("POST", "/", 405, "GET, HEAD"), ("GET", "/cart/checkout", 405, "POST"),
            ("GET", "/nowhere", 404, None), ("GET", "/product/", 404, None), ("GET", "/cart/", 404, None),
            ("GET", "/order/not-an-id", 404, None), ("GET", "/static/", 404, None), ("GET", "/static/..%2fmain.c", 404, None),
            ("GET", "/static/img", 404, None), ("GET", "/assistant", 404, None),
            ("GET", "/", 200, None), ("HEAD", "/", 200, None), ("GET", "/cart", 200, None), ("GET", "/_healthz", 200, None),
            ("HEAD", "/robots.txt", 200, None), ("GET", "/product-meta/x", 200, None), ("GET", "/logout", 302, None)]:
        answer, closed = send(f"{method} {path} HTTP/1.1\r\nHost: shop\r\n\r\n".encode())
        check(status(answer) == wanted and header(answer, "Allow") == allow and not closed, f"{method} {path} is {wanted}",
              answer[:160])
    for path, clean in [("//cart", "/cart"), ("/cart//", "/cart/"), ("/./product//x?a=1", "/product/x?a=1"), ("/static/../main.c", "/main.c"),
                        ("//elsewhere.example/", "/elsewhere.example/"), ("/../..", "/"), ("//", "/"), ("/cart/.", "/cart")]:
        for method in ("GET", "POST"):
            answer, _ = send(f"{method} {path} HTTP/1.1\r\nHost: shop\r\n\r\n".encode())
            check(status(answer) == 301 and header(answer, "Location") == clean, f"{method} {path} is {clean}", answer[:160])
    answer, _ = send(GET % (b"/", b""))
    check("default-src 'none'" in header(answer, "Content-Security-Policy") and header(answer, "Cache-Control") == "no-store",
          "a page allows only what is ours, and is stored nowhere", answer[:500])
    cookie = header(answer, "Set-Cookie")
    check(cookie.startswith("shop_session-id=") and "; Path=/; " in cookie and "HttpOnly" in cookie and "SameSite=Lax" in cookie,
          "a page gives a session", cookie)
    check("; Max-Age=7776000;" in cookie, "which lasts 90 days", cookie)
    session = cookie.split(";")[0].encode()
    kept = [c for c in cookies(answer) if c.startswith("shop_kept=")]
    check(len(kept) == 1 and "; Max-Age=86400;" in kept[0], "and a cookie that says for a day that it is new", answer[:500])
    for path in (b"/", b"/cart", b"/static/shop.css"):
        answer, _ = send(GET % (path, b"Cookie: " + session + b"; shop_kept=1\r\n"))
        check(not cookies(answer), f"a session that is ours and new is kept by {path.decode()}", answer[:300])
    answer, _ = send(GET % (b"/", b"Cookie: " + session + b"\r\n"))
    check([c.split(";")[0] for c in cookies(answer)] == [session.decode(), "shop_kept=1"] and "; Max-Age=7776000;" in cookies(answer)[0],
          "who returns after a day has the same session for another 90", answer[:500])
    for path in (b"/static/shop.css", b"/_healthz", b"/nowhere"):
        answer, _ = send(GET % (path, b"Cookie: " + session + b"\r\n"))
        check(not cookies(answer), f"{path.decode()} renews nothing", answer[:300])
    answer, _ = send(GET % (b"/logout", b"Cookie: " + session + b"\r\n"))
    check(len(cookies(answer)) == 8 and all("; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT;" in c for c in cookies(answer)),
          "the way out takes all eight cookies back, from those who only know Expires, too", answer[:1200])
    forged = session[:-1] + (b"0" if session[-1:] != b"0" else b"1")
    answer, _ = send(GET % (b"/", b"Cookie: " + forged + b"\r\n"))
    check(header(answer, "Set-Cookie") is not None, "a session that we did not sign is replaced", answer[:300])
    for path in (b"/_healthz", b"/static/shop.css", b"/nowhere", b"/robots.txt"):
        answer, _ = send(GET % (path, b""))
        check(header(answer, "Set-Cookie") is None, f"{path.decode()} gives no session", answer[:300])


def robots():
    answer, _ = send(GET % (b"/robots.txt", b""))
    check(answer.endswith(b"\r\n\r\nUser-agent: *\nDisallow: /logout\n"), "search engines may look at everything but the way out", answer)


def files():
    answer, _ = send(GET % (b"/static/shop.css", b""))
    tag = header(answer, "ETag")
    check(status(answer) == 200 and tag and tag[0] == '"' and header(answer, "Content-Type").startswith("text/css"),
          "a file has a type and a strong tag", answer[:300])
    answer, _ = send(GET % (b"/static/shop.css", b"If-None-Match: " + tag.encode() + b"\r\n"))
    check(status(answer) == 304 and answer.endswith(b"\r\n\r\n"), "who has it gets 304, without a body", answer[:300])
    answer, _ = send(GET % (b"/static/shop.css?v=1", b""))
    check("immutable" in header(answer, "Cache-Control"), "a link that names the content may be kept for ever", answer[:300])


def compressed():
    for accepted, packed in [("gzip", True), ("deflate, gzip;q=0.5, br", True), ("GZIP", True), ("gzip; q=0", False), ("gzip;q=0.000", False),
                             ("br, identity", False), ("xgzip, gzipx", False), ("", False)]:
        answer, _ = send(GET % (b"/static/shop.css", f"Accept-Encoding: {accepted}\r\n".encode()))
        body = answer.split(b"\r\n\r\n", 1)[1]
        check((header(answer, "Content-Encoding") == "gzip") == packed and header(answer, "Vary") == "Accept-Encoding",
              f"'{accepted}' {'is' if packed else 'is not'} a wish for gzip", answer[:300])
        text = gzip.decompress(body) if packed else body
        check(text == (alone.ROOT / "gateway/static/shop.css").read_bytes(), "and what comes is the file")
    tag = header(send(GET % (b"/static/shop.css", b"Accept-Encoding: gzip\r\n"))[0], "ETag").encode()
    check(status(send(GET % (b"/static/shop.css", b"Accept-Encoding: gzip\r\nIf-None-Match: " + tag + b"\r\n"))[0]) == 304 and
          status(send(GET % (b"/static/shop.css", b"If-None-Match: " + tag + b"\r\n"))[0]) == 200, "either form has a tag of its own", tag)
    answer, _ = send(GET % (b"/", b"Accept-Encoding: gzip\r\n"))
    check(header(answer, "Content-Encoding") is None, "a page, which holds what is its shopper's, is not compressed")


def connections():
    answer, _ = send(GET % (b"/_healthz", b"") * 3)
    check(answer.count(b"HTTP/1.1 200") == 3, "three requests in one go are three answers", answer.count(b"HTTP/1.1"))
    held = []
    for _ in range(40):
        s = socket.create_connection(("127.0.0.1", PORT), 3)
        s.settimeout(2)
        held.append(s)
    served = 0
    for s in held:
        try:
            s.sendall(GET % (b"/_healthz", b""))
            served += s.recv(100).startswith(b"HTTP/1.1 200")
        except OSError:
            pass
    check(served == 30, "one address has 30 connections and not one more", served)
    for s in held:
        s.close()
    time.sleep(0.3)
    check(status(send(GET % (b"/_healthz", b""))[0]) == 200, "once they are gone, there is room again")
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", PORT), 3) as s:
        s.settimeout(0.2)
        closed = False
        while time.monotonic() - began < 30 and not closed:
            try:
                s.sendall(b"G")
                closed = s.recv(10) == b""
            except TimeoutError:
                time.sleep(0.5)
            except OSError:
                closed = True
    took = time.monotonic() - began
    check(closed and 15 < took < 25, "who drips a request is cut off after 20 seconds, not kept for ever", f"{took:.1f} s")


def commands_without_kafka():
    with socket.create_connection(("127.0.0.1", PORT), 3) as s:
        s.sendall(POST % (b"/cart/empty", b"Content-Length: 0\r\n", b""))
        s.settimeout(8)
        began = time.monotonic()
        answer = s.recv(65536)
    took = time.monotonic() - began
    check(status(answer) == 503 and 4 < took < 6.5, "a command that nobody acknowledges is 503 after 5 seconds", f"{took:.1f} s {answer[:80]}")


def currency_without_rates():
    form = b"currency_code=EUR"
    kind = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 17\r\n"
    with socket.create_connection(("127.0.0.1", PORT), 3) as s:
        s.sendall(POST % (b"/setCurrency", kind, form))
        s.settimeout(5)
        answer = s.recv(65536)
    check(status(answer) == 503, "a currency cannot be refused before the rates were heard of", answer[:80])


def stop(gateway):
    with socket.create_connection(("127.0.0.1", PORT), 3) as s:
        s.sendall(POST % (b"/cart/empty", b"Content-Length: 0\r\n", b""))
        time.sleep(0.3)
        gateway.process.terminate()
        s.settimeout(5)
        answer = s.recv(65536)
    check(status(answer) == 503, "who waits while the gateway stops is told so", answer[:80])
    check(gateway.process.wait(10) == 0, "the gateway ends in order", gateway.process.returncode)


with tempfile.TemporaryDirectory() as keys_folder:
    alone.make_keys(keys_folder)
    began = time.monotonic()
    one = alone.Gateway(keys_folder, APP_CONNECTIONS_PER_ADDRESS="30", APP_LOG_LEVEL="error")
    PORT = one.port
    took = time.monotonic() - began
    check(4.5 < took < 8, "with Kafka and Redis away the shop opens all the same, after 5 seconds", f"{took:.1f} s")
    try:
        hygiene()
        slow_beginnings()
        bodies()
        routes()
        files()
        compressed()
        connections()
        commands_without_kafka()
        currency_without_rates()
        stop(one)
    finally:
        one.process.kill()
alone.done()
