"""Clients that go away, read nothing, or hold back what they announced."""

import socket
import struct
import time

from harness.client import Connection, ask, request
from harness.daemon import Daemon, until
from harness.pace import paced
from harness.table import attack
from harness.upstream import HOLD, Upstream, response

CONFIGURATION = """
log: {{level: error}}
{more}
routes:
  - {{path: /healthz, text: ok}}
  - {{path: /delayed, text: late, delay: 15s}}
  - {{path: /soon, text: soon, delay: 600ms}}
  - path: /pass/**
    methods: any
    proxy_to_file: {{store: pass, upstream: "{url}", mode: passthrough, timeout: 20s}}
  - path: /once/**
    proxy_to_file: {{store: once, upstream: "{url}", timeout: 20s}}
"""


def respond(seen):
    if seen.target.startswith("/hung"):
        return HOLD
    if seen.target.startswith("/large"):
        return [b"HTTP/1.1 403 X\r\nContent-Type: video/mp4\r\nContent-Length: %d\r\n\r\n" % (64 << 20)] + [bytes(1 << 16)] * 1024
    return response(b"ok", [("Content-Type", "text/plain")])


def leave(clients, way):
    for client in clients:
        if way == "reset":
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()


@attack(
    "40 clients that send a request and close, by FIN or reset, while a delay, a fetch or an upstream is waited for", seconds=80
)
def gone_clients(run):
    upstream = Upstream(respond, run)
    daemon = Daemon(run, CONFIGURATION.format(url=upstream.url, more=""))
    for target in ("/pass/warm", "/once/warm", "/soon"):
        daemon.ask(target)
    count = 10 if run.short else 40
    for target, method, body in (
        ("/delayed", "GET", None),
        ("/pass/hung", "GET", None),
        ("/pass/hung", "POST", b"x" * 1000),
        ("/once/hung", "GET", None),
    ):
        for way in ("FIN", "reset", "half FIN"):
            if run.short and way != "FIN":
                continue
            before = daemon.descriptors()
            clients = [Connection(daemon.port, 30) for _ in range(count)]
            for number, client in enumerate(clients):
                client.send(request(f"{target}{number if target == '/once/hung' else ''}", method, body=body, close=way == "FIN"))
            until(lambda: daemon.descriptors() >= before + count, 3)
            if way == "half FIN":
                # Until it is given up it may read; after that the descriptor goes.
                for client in clients:
                    client.socket.shutdown(socket.SHUT_WR)
            else:
                leave(clients, way)
            seconds = until(lambda: daemon.descriptors() <= before + 4, 8)
            leave(clients, "FIN")
            run.within(f"{method} {target}, {way}: descriptors are back", 2.5, seconds)
    answer = None
    with Connection(daemon.port, 5) as half:
        half.send(request("/soon", close=False))
        half.socket.shutdown(socket.SHUT_WR)
        answer = half.read()
    run.bound("a client that half-closes and waits 600 ms has its answer", answer, answer.body == b"soon")


@attack("500 clients that have closed while a delay of 15 s runs, with a gate of 1,024 descriptors", seconds=60, short=False)
def gate_of_the_dead(run):
    upstream = Upstream(respond, run)
    daemon = Daemon(run, CONFIGURATION.format(url=upstream.url, more="limits: {descriptors: 1024}"))
    for batch in range(3):
        clients = [Connection(daemon.port, 30) for _ in range(500)]
        for client in clients:
            client.send(request("/delayed"))
        time.sleep(0.3)
        leave(clients, "FIN")
    seconds = None
    start = time.monotonic()
    while time.monotonic() - start < 20:
        if ask(daemon.port, "/healthz", timeout=1).status == 200:
            seconds = time.monotonic() - start
            break
    run.within("the next client is served", 3, seconds)


@attack("64 clients that do not read an answer of 64 MiB that is not recorded", seconds=60)
def unread_answers(run):
    upstream = Upstream(respond, run)
    daemon = Daemon(run, CONFIGURATION.format(url=upstream.url, more=""))
    daemon.ask("/once/warm")
    before = daemon.forget_peak() // 1024
    for way in ("once", "pass"):
        clients = []
        for number in range(64):
            client = Connection(daemon.port, 30)
            client.send(request(f"/{way}/large{number}"))
            clients.append(client)
        time.sleep(0.5)
        worst, held = 0.0, True
        for number in range(10):
            answer = ask(daemon.port, f"/{way}/miss{number}", timeout=5)
            worst, held = max(worst, answer.seconds), held and answer.body == b"ok"
            if not held or answer.seconds > paced(2):
                break
        run.within(f"{way}: ten misses meanwhile, the slowest", 2, worst, held)
        leave(clients, "reset")
        time.sleep(0.3)
    growth = daemon.kibibytes("VmHWM") // 1024 - before
    run.bound("≤ 2 MiB more resident for each of the 64", f"{growth} MiB", growth <= 128)


@attack("100 uploads of 8 MB that hold back their last octet", seconds=90, short=False)
def held_uploads(run):
    upstream = Upstream(respond, run)
    daemon = Daemon(run, CONFIGURATION.format(url=upstream.url, more="timeouts: {body: 30s}"))
    daemon.ask("/pass/warm", "POST", body=b"x")
    before = daemon.forget_peak() // 1024
    size = 8_000_000
    head = request("/pass/upload", "POST", fields={"Content-Length": str(size)})
    clients, block = [], bytes(1 << 16)
    for number in range(100):
        client = Connection(daemon.port, 30)
        client.send(head)
        client.left, client.socket_timeout = size - 1, 0
        client.socket.setblocking(False)
        clients.append(client)
    deadline = time.monotonic() + 40
    # In turns, as much as each takes; one that takes nothing waits, which is what backpressure is.
    idle_since = time.monotonic()
    while any(client.left for client in clients) and time.monotonic() < deadline and time.monotonic() - idle_since < 5:
        for client in clients:
            while client.left:
                try:
                    client.left -= client.socket.send(block[: min(client.left, len(block))])
                    idle_since = time.monotonic()
                except BlockingIOError:
                    break
        time.sleep(0.001)
    growth = daemon.kibibytes("VmHWM") // 1024 - before
    run.bound("≤ 64 MiB more resident at the worst", f"{growth} MiB", growth <= 64)
    run.bound("others are served", daemon.is_well(), daemon.is_well())
    for client in clients:
        client.socket.setblocking(True)
    finished = 0
    for client in clients:
        client.deadline = time.monotonic() + 15
        try:
            client.socket.settimeout(15)
            client.send(bytes(client.left + 1))
            answer = client.read()
            finished += answer.status == 200
        except OSError:
            pass
        if finished == 0 and client is clients[4]:
            break
    run.bound("each is answered once it is whole", f"{finished} of 100", finished == 100)


@attack(
    "200 clients that send a head an octet at a time, no body, nothing at all, or read nothing, with timeouts of 2 s",
    seconds=60,
    short=False,
)
def slow_clients(run):
    (run.directory / "large.bin").write_bytes(bytes(8 << 20))
    daemon = Daemon(
        run,
        """
log: {level: critical}
timeouts: {head: 2s, body: 2s, write: 2s, keep_alive: 2s}
routes:
  - {path: /healthz, text: ok}
  - {path: /large, file: large.bin}
  - {path: /text, text: "{{query.a}}"}
""",
    )
    before = daemon.descriptors()
    clients = []
    for number in range(200):
        client = Connection(daemon.port, 30)
        client.send(
            [b"GET / HTTP/1.1\r\nHos", request("/text", "POST", fields={"Content-Length": "10"}) + b"x", request("/large"), b""][
                number % 4
            ]
        )
        clients.append(client)
    well = daemon.is_well()
    start = time.monotonic()
    while time.monotonic() - start < 38 and daemon.descriptors() > before + 2:
        for client in clients[::4]:
            try:
                client.send(b"x")
            except OSError:
                pass
        time.sleep(0.3)
    left, seconds = daemon.descriptors() - before, time.monotonic() - start
    left = daemon.descriptors() - before
    run.bound("others are served", well, well)
    # Whoever was answered 408 is listened to for 30 s at most, so that the answer arrives.
    run.bound(
        "all are gone within their timeouts and the 30 s of a lingering close",
        f"{left} of 200 left after {seconds:.0f} s",
        left <= 2,
    )
    leave(clients, "reset")
