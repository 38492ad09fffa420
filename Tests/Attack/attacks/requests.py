"""Requests that are damaged, doubled and cut, and what is read of them."""

import random
import time
from concurrent.futures import ThreadPoolExecutor

from harness.client import Connection, ask, request
from harness.daemon import Daemon
from harness.table import attack
from harness.upstream import Upstream, response

CHUNKED = {"Transfer-Encoding": "chunked"}
SEEDS = [
    request("/healthz", close=False),
    request("/echo?a=1&b=%20", close=False),
    request("/p/x", "POST", body=b"hello", close=False),
    request("/p/x", "POST", CHUNKED, close=False) + b"5;a=b\r\nhello\r\n0\r\nX-Trailer: y\r\n\r\n",
    request("/site/", fields={"Range": "bytes=0-5,7-", "If-None-Match": '"a", W/"b"'}, close=False),
    request("/healthz", "OPTIONS", {"Origin": "http://x", "Access-Control-Request-Method": "GET"}, close=False),
    request("http://localhost/healthz", close=False),
    request("*", "OPTIONS", close=False),
    request("/healthz", fields={"Expect": "100-continue"}, body=b"abc", close=False),
]
PARTS = [
    b"\r\n",
    b"\r",
    b"\n",
    b"\0",
    b" ",
    b"\t",
    b":",
    b"\r\n\r\n",
    b"Content-Length: 5\r\n",
    b"Content-Length: 99999999999999999999\r\n",
    b"Content-Length: -1\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: gzip, chunked\r\n",
    b"Transfer-Encoding:\x0bchunked\r\n",
    b"Host: a\r\nHost: b\r\n",
    b"0\r\n\r\n",
    b"ffffffffffffffff\r\n",
    b"-1\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"HTTP/1.1",
    b"HTTP/1.0",
    b"HTTP/9.9",
    b"%00",
    b"%2e%2e/",
    b"\xff\xfe",
    b"x" * 9000,
    b"Connection: close\r\n",
    b"Connection: upgrade\r\nUpgrade: h2c\r\n",
    b"Expect: 100-continue\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x16\x03\x01\x02\x00",
    b"Range: bytes=" + b"0-0," * 500,
    b"Accept-Encoding: " + b"gzip;q=0.1," * 300,
    b"X: y\r\n" * 120,
]


def damage(source):
    data = bytearray(b"".join(source.choice(SEEDS) for _ in range(source.randint(1, 3))))
    for _ in range(source.randint(1, 5)):
        where = source.randrange(len(data) + 1)
        action = source.randrange(5)
        if action == 0:
            data[where:where] = source.choice(PARTS)
        elif action == 1:
            del data[where : where + source.randint(1, 20)]
        elif action == 2 and where < len(data):
            data[where] = source.randrange(256)
        elif action == 3:
            data[where:where] = data[where : where + 40]
        else:
            data = data[: max(1, where)]
    return bytes(data)


@attack("requests damaged at random, on connections that are half-closed after them", seconds=60)
def damaged_requests(run):
    upstream = Upstream(lambda seen: response(b"ok", [("Content-Type", "text/plain")]), run)
    (run.directory / "site").mkdir()
    (run.directory / "site/index.html").write_text("hello, world")
    daemon = Daemon(
        run,
        f"""
log: {{level: critical}}
timeouts: {{head: 1s, body: 1s}}
routes:
  - {{path: /healthz, text: ok, cors: "*"}}
  - {{path: /echo, text: "{{{{query.a}}}}"}}
  - {{path: "/site/**", static: site}}
  - path: /p/**
    methods: any
    proxy_to_file: {{store: p, upstream: "{upstream.url}", mode: passthrough, timeout: 2s}}
""",
    )
    source = random.Random(20261127)
    inputs = [damage(source) for _ in range(400 if run.short else 6000)]

    def one(data):
        try:
            with Connection(daemon.port, 8) as connection:
                try:
                    connection.send(data)
                    connection.socket.shutdown(1)
                except OSError:
                    pass
                for _ in range(60):
                    # Whether HEAD was asked is in what was damaged: an answer of HEAD has a length and no body.
                    answer = connection.read()
                    if answer.status == 0:
                        if (
                            "closed without" in (answer.fault or "")
                            or "Reset" in (answer.fault or "")
                            or "Broken" in (answer.fault or "")
                        ):
                            return None
                        return f"{data!r}: {answer}"
                    if answer.fault and not (b"HEAD" in data and "bytes" in answer.fault):
                        return f"{data!r}: {answer}"
                return None
        except OSError as error:
            return f"{data!r}: {error}"

    with ThreadPoolExecutor(16) as pool:
        wrong = [fault for fault in pool.map(one, inputs) if fault]
    run.none("each connection has whole answers and then its end", wrong, len(inputs))
    run.bound("the daemon serves on", daemon.is_well(), daemon.process.poll() is None and daemon.is_well())
    # What reached the upstream reached it whole: as many requests as heads.
    smuggled = [seen.head[:120] for seen in upstream.seen if not seen.target.startswith("/")]
    run.none("nothing but requests reaches the upstream", smuggled, len(upstream.seen))


SMUGGLING = {
    "length and chunked": b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG",
    "chunked with a vertical tab": b"Transfer-Encoding:\x0bchunked\r\nContent-Length: 35\r\n\r\n0\r\n\r\n",
    "xchunked": b"Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 0\r\nContent-Length: 44\r\n\r\n",
    "a length with a plus": b"Content-Length: +44\r\n\r\n",
    "a length list": b"Content-Length: 0, 44\r\n\r\n",
    "a blank before the colon": b"Content-Length : 44\r\n\r\n",
    "a folded coding": b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "LF": b"X: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a chunk size with 0x": b"Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n",
    "a chunk size with a blank": b"Transfer-Encoding: chunked\r\n\r\n0 \r\n\r\n",
    "a chunk size of 17 digits": b"Transfer-Encoding: chunked\r\n\r\n00000000000000000\r\n\r\n",
    "a chunk extension with LF": b"Transfer-Encoding: chunked\r\n\r\n0;\n\r\n\r\n",
    "the length named by Connection": b"Connection: Content-Length\r\nContent-Length: 44\r\n\r\n",
}


@attack("requests whose length two servers could read differently, each with another request inside", seconds=30)
def smuggled_requests(run):
    upstream = Upstream(lambda seen: response(b"ok", [("Content-Type", "text/plain")]), run)
    daemon = Daemon(
        run,
        f"""
log: {{level: critical}}
timeouts: {{head: 1s, body: 1s}}
routes:
  - {{path: /healthz, text: ok}}
  - path: /**
    methods: any
    proxy_to_file: {{store: p, upstream: "{upstream.url}", mode: passthrough, timeout: 2s}}
""",
    )
    broken = []
    for name, rest in SMUGGLING.items():
        with Connection(daemon.port, 4) as connection:
            connection.send(b"POST /outer HTTP/1.1\r\nHost: x\r\n" + rest + b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")
            answers = []
            while (answer := connection.read()).status:
                answers.append(answer.status)
        seen = upstream.requests("/smuggled")
        if (seen or len(answers) > 1) and name != "the length named by Connection":
            broken.append(f"{name}: answers {answers}, upstream saw it {len(seen)} times")
        if name == "the length named by Connection" and seen:
            broken.append(f"{name}: {answers}, upstream saw it")
        upstream.seen.clear()
    run.none("none is taken for two", broken, len(SMUGGLING))


@attack("URLs as people type them: quotes, angle brackets and UTF-8 in a query; trailers of all kinds", seconds=20)
def typed_requests(run):
    daemon = Daemon(
        run, 'log: {level: critical}\nroutes:\n  - {path: /healthz, text: ok}\n  - {path: /echo, text: "{{query.a}}"}\n'
    )
    wrong = []
    for query, value in (
        (b'a={"b":1}', b'{"b":1}'),
        (b"a=<b>", b"<b>"),
        ("a=é".encode(), "é".encode()),
        (b"a=%22", b'"'),
        (b"a=[1]", b"[1]"),
        (b"a=x|y", b"x|y"),
        (b"a=^`{}", b"^`{}"),
        (b"a=\\", b"\\"),
    ):
        answer = ask(daemon.port, b"/echo?" + query)
        if answer.body != value:
            wrong.append(f"{query!r}: {answer}")
    for path in (b'/"', b"/<a>", "/é".encode(), b"/a\\b"):
        if ask(daemon.port, path).status != 400:
            wrong.append(f"{path!r}: {ask(daemon.port, path)}, and paths are strict")
    for trailer in (
        b"Content-Length: 5",
        b"Host: evil",
        b"Authorization: x",
        b"X: y",
        b"Transfer-Encoding: chunked",
        b"Trailer: x",
        b"Content-Type: a/b",
    ):
        with Connection(daemon.port, 5) as connection:
            connection.send(request("/echo?a=t", "POST", CHUNKED) + b"0\r\n" + trailer + b"\r\n\r\n")
            if connection.read().body != b"t":
                wrong.append(f"trailer {trailer.decode()}")
    run.none("taken, as other servers take them", wrong, 8 + 4 + 7)


@attack("bodies announced beyond the limit, and 417, 413 and 405 with clients that go on sending", seconds=40)
def refused_bodies(run):
    daemon = Daemon(
        run,
        "log: {level: critical}\nlimits: {body: 64KiB}\ntimeouts: {body: 2s}\nroutes:\n  - {path: /healthz, text: ok}\n  - {path: /get, method: GET, text: ok}\n",
    )
    wrong = []
    for name, head, body, expected in (
        ("413 by length", request("/healthz", "POST", {"Content-Length": "1000000"}), b"", 413),
        ("413 by length, sent all the same", request("/healthz", "POST", {"Content-Length": "1000000"}), b"x" * 1_000_000, 413),
        (
            "413 by chunks",
            request("/healthz", "POST", CHUNKED),
            b"10000\r\n" + b"x" * 65536 + b"\r\n10000\r\n" + b"x" * 65536 + b"\r\n",
            413,
        ),
        ("413 by an announced chunk", request("/healthz", "POST", CHUNKED), b"fffffff\r\n", 413),
        ("405 with a body", request("/get", "POST", {"Content-Length": "60000"}), b"x" * 60000, 405),
        ("417", request("/healthz", "POST", {"Content-Length": "5", "Expect": "x"}), b"", 417),
        (
            "100-continue beyond the limit",
            request("/healthz", "POST", {"Content-Length": "1000000", "Expect": "100-continue"}),
            b"",
            413,
        ),
    ):
        with Connection(daemon.port, 6) as connection:
            try:
                connection.send(head + body)
            except OSError:
                pass
            answer = connection.read()
            if answer.status != expected or answer.interim:
                wrong.append(f"{name}: {answer} {answer.interim}")
            elif not connection.is_closed(5):
                wrong.append(f"{name}: not closed")
    run.none("refused with the status that says why, and closed", wrong, 7)
    start = time.monotonic()
    run.bound("the daemon serves on", daemon.is_well(), daemon.is_well() and time.monotonic() - start < 5)
