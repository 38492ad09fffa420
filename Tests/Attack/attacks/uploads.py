"""Uploads that break off, and upstreams that answer before they have been told everything."""

import threading
import time

from harness.client import Connection, request
from harness.daemon import Daemon, until
from harness.table import attack
from harness.upstream import CLOSE, Upstream, response

from .clients import leave


class Careful(Upstream):
    """Notes which requests came whole; one that breaks off ends its connection, and is in `begun` alone."""

    def __init__(self, run):
        self.begun = []
        super().__init__(lambda seen: response(b"%d" % len(seen.body), [("Content-Type", "text/plain")]), run)

    def _read(self, connection, buffer, number):
        while b"\r\n\r\n" not in buffer:
            data = connection.recv(1 << 16)
            if not data:
                return None, b""
            buffer += data
        self.begun.append(buffer.split(b" ", 2)[1].decode())
        return super()._read(connection, buffer, number)


@attack("uploads, by length and in chunks, whose client goes in the middle, by FIN or reset", seconds=60)
def cut_uploads(run):
    upstream = Careful(run)
    daemon = Daemon(
        run,
        f"""
log: {{level: error}}
timeouts: {{body: 3s}}
routes:
  - {{path: /healthz, text: ok}}
  - path: /pass/**
    methods: any
    proxy_to_file: {{store: pass, upstream: "{upstream.url}", mode: passthrough, timeout: 5s}}
  - path: /hash/**
    methods: [GET, POST]
    proxy_to_file: {{store: hash, upstream: "{upstream.url}", key: {{body: hash}}, timeout: 5s}}
""",
    )
    count, chunk = 0, b"1000\r\n" + b"x" * 4096 + b"\r\n"
    for way in ("pass", "hash"):
        for ending in ("FIN", "reset", "silence", "a bad chunk"):
            for framing in ("length", "chunked"):
                for size in (0, 1, 40):
                    if ending == "a bad chunk" and framing == "length":
                        continue
                    fields = {"Content-Length": "1000000"} if framing == "length" else {"Transfer-Encoding": "chunked"}
                    client = Connection(daemon.port, 8)
                    client.send(
                        request(f"/{way}/{count}", "POST", fields, close=False)
                        + (b"x" * 4096 if framing == "length" else chunk) * size
                    )
                    count += 1
                    if ending == "a bad chunk":
                        client.send(b"zz\r\n")
                    if size == 40 and ending != "silence":
                        # Time for what came to be on its way.
                        time.sleep(0.05)
                    if ending in ("FIN", "reset"):
                        leave([client], ending)
    time.sleep(1 if run.short else 4)
    whole = [f"{seen.target}: {len(seen.body)} bytes" for seen in upstream.seen if seen.method == "POST"]
    run.none("no upstream takes a part for the whole", whole, count)
    run.bound("others are served", daemon.is_well(), daemon.is_well())
    with Connection(daemon.port, 8) as client:
        client.send(request("/pass/good", "POST", {"Transfer-Encoding": "chunked"}) + chunk * 3 + b"0\r\n\r\n")
        answer = client.read()
    run.bound("a whole one arrives whole", answer, answer.body == b"%d" % (3 * 4096))


@attack("an upstream that answers and closes before it has read the upload, and clients that go on", seconds=40)
def early_answers(run):
    class Hasty(Upstream):
        def _read(self, connection, buffer, number):
            while b"\r\n\r\n" not in buffer:
                data = connection.recv(4096)
                if not data:
                    return None, b""
                buffer += data
            connection.sendall(
                response(b"too much", [("Content-Type", "text/plain"), ("Connection", "close")], "413 Content Too Large")
            )
            return None, b""

    upstream = Hasty(lambda seen: CLOSE, run)
    daemon = Daemon(
        run,
        f"""
log: {{level: error}}
timeouts: {{body: 3s}}
routes:
  - {{path: /healthz, text: ok}}
  - path: /**
    methods: any
    proxy_to_file: {{store: pass, upstream: "{upstream.url}", mode: passthrough, timeout: 5s}}
""",
    )
    answers = []

    def client(size):
        with Connection(daemon.port, 10) as connection:
            try:
                connection.send(request("/early", "POST", body=b"x" * size))
            except OSError:
                pass
            answers.append((size, connection.read()))

    threads = [threading.Thread(target=client, args=(size,)) for size in (10, 100_000, 4_000_000) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wrong = [f"{size} bytes: {answer}" for size, answer in answers if answer.status not in (413, 502, 504) or not answer.is_whole]
    run.none("the early answer, or 502", wrong, len(threads))
    until(lambda: daemon.is_well(), 5)
    run.bound("the daemon serves on", daemon.is_well(), daemon.is_well())


@attack("interim responses of an upstream, asked for by clients of HTTP/1.1 and 1.0", seconds=20)
def interim_responses(run):
    upstream = Upstream(
        lambda seen: b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\nX: a\rb\r\n\r\n"
        b"HTTP/1.1 103 Early Hints\r\nLink: </b>\r\nContent-Length: 5\r\nConnection: x\r\n\r\n" + response(b"last"),
        run,
    )
    daemon = Daemon(
        run,
        f"""
log: {{level: error}}
routes:
  - path: /pass/**
    methods: any
    proxy_to_file: {{store: pass, upstream: "{upstream.url}", mode: passthrough, timeout: 5s}}
  - path: /once/**
    proxy_to_file: {{store: once, upstream: "{upstream.url}", timeout: 5s}}
""",
    )
    wrong = []
    for target in ("/pass/a", "/once/a", "/once/a"):
        for version in (b"HTTP/1.1", b"HTTP/1.0"):
            with Connection(daemon.port, 5) as client:
                client.send(request(target).replace(b"HTTP/1.1", version))
                answer = client.read()
            framing = [
                fields
                for _, fields in answer.interim
                if any(name.lower() in ("content-length", "connection") for name, _ in fields)
            ]
            if answer.status not in (200, 502) or answer.fault or (answer.interim and version == b"HTTP/1.0") or framing:
                wrong.append(f"{target}, {version.decode()}: {answer} {answer.interim}")
    run.none("none for HTTP/1.0, and none that frames", wrong, 6)
