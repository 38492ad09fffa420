"""Names and keys of recordings: each URL has its own answer, and nothing in a body or a head speaks for another."""

import hashlib
import random
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

from harness.client import ask as send
from harness.daemon import Daemon
from harness.pace import paced
from harness.prober import Prober
from harness.table import attack
from harness.upstream import Upstream, response

CONFIGURATION = """
log: {{level: error}}
routes:
  - {{path: /healthz, text: ok}}
  - path: /**
    methods: any
    proxy_to_file: {{store: store, upstream: "{url}", key: {{body: hash, headers: [x-key]}}, timeout: 5s}}
"""
REPLAY = """
log: {level: error}
routes:
  - path: /**
    methods: any
    proxy_to_file: {store: store, key: {body: hash, headers: [x-key]}}
"""
TYPES = ["application/yaml", "application/json", "text/html", "text/plain", "image/svg+xml", "application/octet-stream", None]
SUFFIXES = [
    "",
    ".head",
    ".head.yaml",
    ".head.yaml.head",
    ".json",
    ".json.head.yaml",
    ".yaml",
    ".part",
    ".head.json",
    "~",
    "~HEAD",
    "~GET",
    "~POST",
    "%7E",
    "%7EPOST",
    "%7e",
    "%2Ehead",
    ".gz",
    ".json.gz",
    "?",
    "?v=1",
    "?v=1.head",
    "?v=1.head.yaml",
    "?v=1.json",
    "?v=1&w=2",
    "?w=2&v=1",
    "?v=1%26w=2",
    "?v",
    "?v=",
    "?v=1&v=2",
    "?v=2&v=1",
    "%3Fv=1",
    "%3Fv=1.head",
    "?v=%31.head",
    "?~",
    "?/",
    "?%2F",
    "?a%2Fb",
    "?a/b",
    "?.~~lock",
    "?v=1~",
    "?v=1~0123456789abcdef",
    "~0123456789abcdef",
    "/",
    "/index",
    "/index.html",
    "/index~",
    "/index%7E",
    "/index.head.yaml",
    "/.head",
    ";a=b",
    ";a",
    "%3Ba",
    "+",
    "%20",
    "%2B",
    ":",
    "@",
    "%40",
    "'",
    "!",
    "$",
    ",",
    "*",
    "=",
    "%25",
    "%2525",
    "%41",
    "A",
]


def families(short):
    roots = ["/foo", "/FOO", "/Foo", "/fo%6F"] if not short else ["/foo", "/FOO"]
    targets = [root + suffix for root in roots for suffix in SUFFIXES]
    targets += [
        "/.~~lock",
        "/.%7E%7Elock",
        "/.~~foo.head.yaml",
        "/.%7E%7Efoo.head.yaml",
        "/.~~1-1-1.part",
        "/x.part",
        "/.part",
        "/.head.yaml",
    ]
    targets += [
        "/",
        "/index",
        "/index.html",
        "/index~",
        "/~",
        "/%7E",
        "/~long",
        "/~long/x",
        "/a",
        "/a/",
        "/a.json",
        "/a.json/b",
        "/a.json~/b",
    ]
    targets += [
        "/caf%C3%A9",
        "/cafe%CC%81",
        "/caf%E9",
        "/%FF",
        "/%FE",
        "/%C0%AE",
        "/%E2%80%AE",
        "/%ED%A0%80",
        "/%EF%BF%BD",
        "/%C2%A0",
        "/%0A",
        "/%1B",
    ]
    targets += [
        "/d%2Fe",
        "/d/e",
        "/d%5Ce",
        "/d%252Fe",
        "/con",
        "/nul.txt",
        "/a%3A",
        "/-",
        "/--",
        "/.hidden",
        "/..hidden",
        "/...",
        "/%2E%2E%2E",
    ]
    # Around every length at which something may be cut.
    for length in (150, 179, 180, 181, 182, 200, 240, 250, 254, 255, 256, 300):
        for end in ("x", "y", ".json", ".head", "%C3%A9", "?v=1", "?v=2"):
            targets.append("/" + "n" * (length - len(end)) + end)
            targets.append("/" + "é".encode().hex("%").join(["%", ""]) * (length // 2) + end)
        targets += [f"/n?q={'q' * length}{end}" for end in ("x", "y", ".head")]
    targets += ["/x/" * 20 + f"{end}" for end in ("a", "b")] + ["/deep" + "/d" * 600 + f"/{end}" for end in ("a", "b", "a.head")]
    return [target for target in dict.fromkeys(targets) if "%%" not in target]


def identity(seen):
    """What the upstream tells requests apart by."""
    return "\n".join([seen.method if seen.method != "HEAD" else "GET", seen.target, seen.one("x-key") or "", seen.body.hex()])


def planted(seen):
    """A body that would be the head of something else, could it be read as one."""
    victim = seen.target.split("?")[0].strip("/").split(".head")[0]
    text = "status: 418\nheaders:\n  - X-Planted: yes\nbody:\n  file: %s\nkey: ~\n" % (victim or "index.html")
    return f"# {hashlib.sha256(identity(seen).encode()).hexdigest()}\n{text}".encode()


def respond(seen):
    kind = TYPES[int(hashlib.sha256(identity(seen).encode()).hexdigest(), 16) % len(TYPES)]
    if ".head" in seen.target:
        kind = "application/yaml"
    return response(planted(seen), [("Content-Type", kind)] if kind else [])


@attack(
    "URLs that differ in what file names confuse, whose bodies are heads of each other, recorded in any order and replayed",
    seconds=90,
)
def poisoned_names(run):
    upstream = Upstream(respond, run)
    daemon = Daemon(run, CONFIGURATION.format(url=upstream.url))
    questions = [("GET", target, None, b"") for target in families(run.short)]
    questions += [
        ("POST", target, None, body) for target in ("/foo", "/foo.head", "/foo~GET") for body in (b"", b"a", b"b", b"a\0")
    ]
    questions += [
        ("GET", "/keyed", key, b"") for key in ("a", "a ,b", "a, b", "\xff", "\xfe", "\xff\xfe", "~", "a~b", "Ã¿", "%FF")
    ]
    questions += [
        (method, "/foo", None, b"") for method in ("PUT", "DELETE", "X~0123456789abcdef", "GET~", "HEAD~", "get", "X.head")
    ]
    source = random.Random(8)
    source.shuffle(questions)

    def ask(question, port):
        method, target, key, body = question
        fields = [("X-Key", key)] if key is not None else []
        return send(port, target, method, fields, body if body or method == "POST" else None)

    refused, wrong = set(), []
    spoken = {}
    for question in questions:
        before = len(upstream.seen)
        answer = ask(question, daemon.port)
        if answer.status == 400 or answer.status == 501 or answer.status == 414:
            refused.add(question)
            continue
        # The upstream is asked for a canonical spelling; two that share one share the answer by right.
        if len(upstream.seen) > before:
            spoken[question] = upstream.seen[-1]
        if not answer.is_whole or b"# " not in answer.body or answer.status != 200 or answer.one("x-planted"):
            wrong.append(f"{question}: {answer}")
    run.none("each has an answer of the upstream while it is recorded", wrong, len(questions) - len(refused))

    def compare(port, label):
        broken = []
        asked = list(spoken)
        source.shuffle(asked)
        for question in asked:
            answer = ask(question, port)
            if answer.body != planted(spoken[question]) or answer.status != 200 or answer.one("x-planted"):
                broken.append(f"{question}: {answer}")
        run.none(label, broken, len(asked))

    compare(daemon.port, "each has its own answer, all recorded")
    daemon.terminate()
    upstream.stop()
    replay = Daemon(run, REPLAY, "replay.yaml")
    compare(replay.port, "each has its own answer, replayed by another process")
    head = [
        answer
        for question in list(spoken)[:40]
        if question[0] == "GET" and question[2] is None and (answer := replay.ask(question[1], "HEAD")).status != 200
    ]
    run.none("HEAD finds what GET does", [str(each) for each in head], 40)


@attack("40 URLs of 3.4 KB, each 1,700 directories deep, recorded at once, within a max_size of 1 MiB", seconds=60)
def deep_names(run):
    upstream = Upstream(lambda seen: response(b"deep", [("Content-Type", "text/plain")]), run)
    daemon = Daemon(
        run,
        f"""
log: {{level: error}}
routes:
  - {{path: /healthz, text: ok}}
  - path: /**
    proxy_to_file: {{store: store, upstream: "{upstream.url}", max_size: 1MiB, timeout: 10s}}
""",
    )
    daemon.ask("/warm")
    count = 10 if run.short else 40
    with Prober(daemon) as prober, ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda number: daemon.ask(f"/{number}" + "/d" * 1690, timeout=30), range(count)))
    wrong = [str(answer) for answer in answers if answer.body != b"deep"]
    run.none("each is answered", wrong, count)
    # Deeper than Python's own walk goes.
    store = run.directory / "store"
    directories = subprocess.run(["find", store, "-type", "d", "-printf", "."], capture_output=True).stdout.count(b".")

    def size():
        return int(subprocess.run(["du", "-s", "-B1", store], capture_output=True).stdout.split()[0])

    # What is beyond the bound goes when the answers have gone out.
    deadline = time.monotonic() + paced(5)
    while (blocks := size()) > 1 << 20 and time.monotonic() < deadline:
        time.sleep(0.05)
    run.bound(f"≤ {count * 66} directories", directories, directories <= count * 66)
    run.bound("≤ 1 MiB of blocks on disk, in the end", f"{blocks / 1048576:.2f} MiB", blocks <= 1 << 20)
    if not run.short:
        run.bound("worst /healthz meanwhile ≤ 50 ms", f"{prober.worst * 1000:.0f} ms of {prober.count}", prober.worst <= 0.05)
