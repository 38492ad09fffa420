"""Little that becomes much: content codings that expand, heads and lists that cost more than they weigh."""

import struct
import zlib
from concurrent.futures import ThreadPoolExecutor

from harness.client import Connection, ask, request
from harness.daemon import Daemon
from harness.prober import Prober
from harness.table import attack
from harness.upstream import Upstream, response

MEBIBYTE = 1 << 20
CONFIGURATION = """
log: {{level: error}}
limits: {{body: 8MiB}}
routes:
  - {{path: /healthz, text: ok}}
  - path: /once/**
    proxy_to_file: {{store: once, upstream: "{url}", max_body: 64KiB, timeout: 5s}}
  - path: /record/**
    proxy_to_file: {{store: record, upstream: "{url}", mode: record, max_body: 64KiB, timeout: 5s}}
  - path: /json/**
    methods: [GET, POST]
    proxy_to_file: {{store: json, upstream: "{url}", key: {{body: json}}, timeout: 5s}}
  - path: /site/**
    static: {{root: .}}
"""


def gzip_bomb(size):
    deflate = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(MEBIBYTE)
    return b"".join([deflate.compress(zeros) for _ in range(size // MEBIBYTE)] + [deflate.flush()])


def zstd_bomb(size):
    """A frame of blocks that say: this octet, 128 KiB of it (RFC 8878 section 3.1.1.2)."""
    block = 128 << 10
    head = struct.pack("<I", 0xFD2FB528) + b"\x00" + bytes([(27 - 10) << 3])
    blocks = [
        struct.pack("<I", block << 3 | 1 << 1 | (number == size // block - 1))[:3] + b"\0" for number in range(size // block)
    ]
    return head + b"".join(blocks)


def resident(daemon):
    return daemon.kibibytes("VmHWM") // 1024


@attack("24 gzip bombs of 256 KiB at once, each 256 MiB decoded, beyond a max_body of 64 KiB", seconds=90)
def gzip_bombs(run):
    size = 32 if run.short else 256
    bomb = gzip_bomb(size * MEBIBYTE)
    nested = zlib.compressobj(9, zlib.DEFLATED, 31)
    nested = nested.compress(bomb) + nested.flush()
    bodies = {"gzip": bomb, "gzip, gzip": nested, "zstd": zstd_bomb(size * MEBIBYTE)}

    def respond(seen):
        coding = seen.target.split("?")[1].replace("%20", " ")
        return response(bodies[coding], [("Content-Type", "text/plain"), ("Content-Encoding", coding)])

    upstream = Upstream(respond, run)
    daemon = Daemon(run, CONFIGURATION.format(url=upstream.url))
    daemon.ask("/once/warm?gzip")
    before = daemon.forget_peak() // 1024
    count = 8 if run.short else 24
    with Prober(daemon) as prober, ThreadPoolExecutor(count) as pool:
        asked = [
            f"/{way}/{number}?{coding}"
            for coding in ("gzip", "gzip,%20gzip", "zstd")
            for way in ("once", "record")
            for number in range(count if coding == "gzip" else 4)
        ]
        answers = list(pool.map(lambda target: ask(daemon.port, target, timeout=60), asked))
    growth = resident(daemon) - before
    # A coding that is passed on as it came is for the client to decode.
    wrong = [
        f"{target}: {answer}"
        for target, answer in zip(asked, answers)
        if answer.status == 200 and answer.is_whole and not (answer.one("content-encoding") and len(answer.body) <= 65536)
    ]
    told = [answer for answer in answers if answer.status == 502 and b"emory" in answer.body]
    run.none("none is answered decoded", wrong, len(asked))
    run.none("the answer names the bound, not memory", [str(answer) for answer in told], len(asked))
    run.bound("≤ 64 MiB more resident at the worst", f"{growth} MiB", growth <= 64)
    if not run.short:
        run.bound("worst /healthz meanwhile ≤ 10 ms", f"{prober.worst * 1000:.0f} ms of {prober.count}", prober.worst <= 0.01)


@attack("requests small to send and large to serve: ranges, deep JSON, parameters, lists of tags, pipelines", seconds=90)
def amplifying_requests(run):
    (run.directory / "large.bin").write_bytes(bytes(10 * MEBIBYTE))
    upstream = Upstream(lambda seen: response(b"{}", [("Content-Type", "application/json")]), run)
    daemon = Daemon(run, CONFIGURATION.format(url=upstream.url))
    daemon.ask("/json/warm", "POST", body=b"{}")
    broken, before = [], daemon.forget_peak() // 1024
    ranges = ",".join(["0-"] * 1000)
    depth = 100_000 if run.short else 1_000_000
    bodies = {
        "arrays a million deep": b"[" * depth,
        "arrays, closed": b"[" * depth + b"]" * depth,
        "objects": b'{"a":' * depth,
        "a number of a million digits": b"1" * depth,
        "an exponent of nine digits": b"[1e999999999,-1e-999999999]",
        "a hundred thousand members of one name": b"{" + b",".join([b'"a":1'] * 100_000) + b"}",
        "lone surrogates": b'"' + b"\\ud800" * 1000 + b'"',
        "no UTF-8": b'"\xff\xfe"',
    }
    with Prober(daemon) as prober:
        for name, fields in {
            "a thousand ranges of the whole": {"Range": f"bytes={ranges}"},
            "ranges of 19 digits": {"Range": "bytes=9999999999999999999-,0-18446744073709551616"},
            "a thousand tags": {"If-None-Match": ", ".join(f'"{number}"' for number in range(3000))},
            "a thousand types": {"Accept": ", ".join(f"a/{number};q=0.{number}" for number in range(1500))},
        }.items():
            with Connection(daemon.port, 20) as connection:
                connection.send(request("/site/large.bin", fields=fields))
                answer = connection.read()
                if len(answer.body) > 30 * MEBIBYTE or answer.status == 0:
                    broken.append(f"{name}: {answer.status} and {len(answer.body) >> 20} MiB ({answer.fault})")
        for name, body in bodies.items():
            answer = daemon.ask(f"/json/{len(name)}", "POST", [("Content-Type", "application/json")], body)
            if not answer.is_whole:
                broken.append(f"{name}: {answer}")
        parameters = "&".join(f"{number:x}" for number in range(1700))[:7900]
        if not daemon.ask("/json/x?" + parameters).is_whole:
            broken.append("a query of 1,700 parameters")
    run.none("each has an answer, of at most three times the file", broken, 4 + len(bodies) + 1)
    run.bound("the daemon serves on", daemon.process.poll() is None, daemon.process.poll() is None and daemon.is_well())
    growth = resident(daemon) - before
    run.bound("≤ 96 MiB more resident at the worst", f"{growth} MiB", growth <= 96)
    if not run.short:
        run.bound("worst /healthz meanwhile ≤ 10 ms", f"{prober.worst * 1000:.0f} ms of {prober.count}", prober.worst <= 0.01)


@attack("20 clients that pipeline requests for 64 KiB each and read nothing", seconds=40)
def unread_pipelines(run):
    (run.directory / "site").mkdir()
    (run.directory / "site/page.txt").write_bytes(b"x" * 65536)
    text = "y" * 65536
    daemon = Daemon(
        run,
        f'routes:\n  - {{path: /healthz, text: ok}}\n  - {{path: /text, text: "{text}"}}\n'
        '  - {path: "/slow/**", text: ok, delay: 5s}\n  - {path: "/site/**", static: site}\n',
    )
    daemon.ask("/text")
    before = daemon.forget_peak() // 1024
    clients = []
    for number in range(20):
        connection = Connection(daemon.port, 5)
        connection.socket.settimeout(0.3)
        clients.append(connection)
        target = ["/text", "/site/page.txt", "/slow/x"][number % 3]
        try:
            for _ in range(4 if run.short else 40):
                connection.send(request(target, close=False) * 500)
        except OSError:
            pass
    answer = daemon.ask("/healthz", timeout=5)
    run.within("others are served", 5, answer.seconds, answer.status == 200)
    growth = resident(daemon) - before
    run.bound("≤ 64 MiB more resident at the worst", f"{growth} MiB", growth <= 64)
    for connection in clients:
        connection.close()
