"""Stores that somebody else has written: heads that frame, names that lead out, files that are none."""

import os
import re

from harness.client import ask
from harness.daemon import Daemon
from harness.table import attack

BODY = b"the body"
HEAD = "status: {status}\nheaders:\n{fields}body:\n  file: {file}\n"
FIELDS = {
    "content-length": ["Content-Length: '5'"],
    "content-length-twice": ["Content-Length: '8'", "content-length: '3'"],
    "transfer-encoding": ["Transfer-Encoding: chunked"],
    "connection": ["Connection: close, x-a"],
    "keep-alive": ["Keep-Alive: timeout=1"],
    "upgrade": ["Upgrade: h2c"],
    "date": ["Date: 'yesterday'"],
    "trailer": ["Trailer: X"],
    "te": ["TE: trailers"],
    "proxy-connection": ["Proxy-Connection: close"],
    "crlf": ['X-A: "a\\r\\nX-Planted: yes"'],
    "lf": ['X-A: "a\\nX-Planted: yes"'],
    "cr": ['X-A: "a\\rX-Planted: yes"'],
    "nul": ['X-A: "a\\0b"'],
    "name-crlf": ['"X-A\\r\\nX-Planted": "yes"'],
    "name-blank": ["'X A': b"],
    "name-colon": ["'X-A: b\\r\\nContent-Length': c"],
    "name-empty": ["'': b"],
    "length-latin1": ["Content-Length: {latin1: '5'}"],
    "latin1-lf": ['X-A: {latin1: "a\\nX-Planted: yes"}'],
    "length-blank": ["'Content-Length ': '5'"],
    "te-case": ["tRANSFER-eNCODING: chunked"],
    "accept-ranges": ["Content-Range: bytes 0-1/2"],
    "server": ["Server: x"],
    "alt-svc": ["Alt-Svc: h3=':443'"],
}
STATUSES = ["100", "101", "103", "99", "600", "999", "-1", "1000", "99999999999999999999", "two", "204", "205", "304"]
FILES = [
    "../secret",
    "../../secret",
    "/etc/passwd",
    "other",
    "other.head.yaml",
    "self.head.yaml",
    ".~~lock",
    "./secret",
    "dir/x",
    "dir",
    "link",
    "fifo",
    "''",
    "'.'",
    "'..'",
    '"a\\0b"',
    "out",
]


@attack(
    "head files planted in a store: framing fields, line ends in names and values, statuses, names that lead elsewhere",
    seconds=40,
)
def planted_heads(run):
    store = run.directory / "store"
    store.mkdir()
    (run.directory / "secret").write_bytes(b"SECRET")
    (store / "other").write_bytes(b"OTHER")
    (store / "other.head.yaml").write_text("status: 200\nheaders:\n  - Content-Type: text/plain\nbody:\n  file: other\n")
    (store / "dir").mkdir()
    (store / "dir/x").write_bytes(b"IN A DIRECTORY")
    os.symlink("/etc/passwd", store / "link")
    os.symlink("../secret", store / "out")
    os.mkfifo(store / "fifo")
    targets = []

    def plant(name, head):
        (store / f"{name}.head.yaml").write_text(head)
        targets.append(name)

    for name, lines in FIELDS.items():
        (store / f"field-{name}.txt").write_bytes(BODY)
        plant(
            f"field-{name}",
            HEAD.format(
                status=200,
                fields="".join(f"  - {line}\n" for line in ["Content-Type: text/plain"] + lines),
                file=f"field-{name}.txt",
            ),
        )
    for status in STATUSES:
        (store / f"status-{status}.txt").write_bytes(BODY)
        plant(
            f"status-{status}", HEAD.format(status=status, fields="  - Content-Type: text/plain\n", file=f"status-{status}.txt")
        )
    for number, file in enumerate(FILES):
        plant(f"file-{number}", HEAD.format(status=200, fields="  - Content-Type: text/plain\n", file=file))
    plant(
        "aliases",
        "a: &a [x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(8)),
    )
    plant("deep", "[" * 100_000)
    with open(store / "huge.head.yaml", "wb") as huge:
        huge.truncate(4 << 30)
    targets.append("huge")
    os.mkfifo(store / "pipe.head.yaml")
    os.mkfifo(store / "pipe2.json")
    os.symlink("/dev/zero", store / "zero.head.yaml")
    os.mkdir(store / "directory.head.yaml")
    targets += ["pipe", "pipe2", "zero", "directory"]
    daemon = Daemon(
        run, 'log: {level: critical}\nroutes:\n  - {path: /healthz, text: ok}\n  - {path: "/**", proxy_to_file: store}\n'
    )
    wrong = []
    for name in targets:
        for method in ("GET", "HEAD"):
            answer = ask(daemon.port, f"/{name}", method, timeout=5)
            fault = None
            if answer.status == 0 or answer.fault:
                fault = f"{answer}"
            elif answer.one("x-planted") or any(value == "x" for value in answer.all("upgrade")):
                fault = "the planted field came through"
            elif len(answer.all("date")) != 1 or "yesterday" in answer.all("date"):
                fault = f"Date {answer.all('date')}"
            elif not 200 <= answer.status <= 599:
                fault = f"{answer}"
            elif any(answer.one(field) for field in ("trailer", "te", "keep-alive", "upgrade", "proxy-connection")):
                fault = f"a field of the connection: {answer.fields}"
            elif answer.status == 200 and name.startswith("file-") and answer.body not in (b"",) and method == "GET":
                fault = f"{FILES[int(name[5:])]}: {answer}"
            if fault:
                wrong.append(f"{method} {name}: {fault}")
    run.none("no head frames an answer, nor names a file that is not its own", wrong, 2 * len(targets))
    run.bound(
        "a FIFO, a directory, /dev/zero and 4 GiB hold nothing up", "served" if daemon.is_well() else "held", daemon.is_well()
    )


@attack("a static root with FIFOs, sockets, loops of links, names with control characters and no UTF-8", seconds=30)
def planted_files(run):
    root = run.directory / "root"
    root.mkdir()
    os.mkfifo(root / "fifo.txt")
    os.mkfifo(root / "index.html")
    os.symlink("loop", root / "loop")
    os.symlink("/etc/passwd", root / "passwd")
    os.symlink("..", root / "up")
    os.symlink("/proc/self/environ", root / "environ")
    (run.directory / "outside.txt").write_text("OUTSIDE")
    names = [
        b"caf\xe9.txt",
        b"\xff\xfe",
        b"a\nb.txt",
        b"\x1b[31mred.txt",
        b"a\x7fb",
        b"a%2Fb",
        b"a?b",
        b"a#b",
        b"a b",
        b"a\\b",
        b"<script>.txt",
        b'"q".txt',
        "\u202egnp.txt".encode(),
        "a\u2028b".encode(),
        b"a;b",
        b"a:b",
        b"%41",
        b"~",
        b"a&b",
    ]
    (root / "names").mkdir()
    for name in names:
        with open(os.path.join(os.fsencode(root), b"names", name), "wb") as file:
            file.write(b"content of " + name)
    daemon = Daemon(
        run,
        "log: {level: critical}\nroutes:\n  - {path: /healthz, text: ok}\n  - path: /**\n    static: {root: root, listing: true}\n",
    )
    wrong = []
    for target in (
        "/fifo.txt",
        "/",
        "/loop",
        "/passwd",
        "/environ",
        "/up/outside.txt",
        "/up",
        "/names/%2e%2e/%2e%2e/outside.txt",
        "/names/..%2f..%2foutside.txt",
        "/names/..%5c..%5coutside.txt",
        "/%2e%2e/outside.txt",
        "/..;/outside.txt",
        "/names/%c0%ae%c0%ae/%c0%ae%c0%ae/outside.txt",
    ):
        answer = ask(daemon.port, target, timeout=5)
        if (
            answer.status in (0, 200)
            and not (target in ("/",) and answer.status == 200)
            or b"OUTSIDE" in answer.body
            or b"root:" in answer.body
        ):
            wrong.append(f"{target}: {answer}")
    run.none("nothing outside, and nothing that blocks", wrong, 13)
    run.bound("the daemon serves on", daemon.is_well(), daemon.is_well())
    lost = []
    for name in names:
        target = "/names/" + "".join(f"%{octet:02X}" for octet in name)
        answer = ask(daemon.port, target, timeout=5)
        if answer.body != b"content of " + name:
            lost.append(f"{name!r}: {answer}")
    run.none("what the file system holds can be fetched, percent-encoded", lost, len(names))
    page = ask(daemon.port, "/names/", fields={"Accept": "text/html"})
    control = [octet for octet in page.body if octet < 0x20 and octet not in (9, 10, 13) or octet == 0x7F]
    unsafe = [word for word in ("\u202e", "\u2028", "<script>") if word in page.body.decode("utf-8", "replace")]
    run.bound(
        "no control character, bidi override or script in the listing", control + unsafe or "none", not control and not unsafe
    )
    broken = []
    for link in re.findall(r'href="([^"]+)"', page.body.decode("utf-8", "replace")):
        if link.startswith(("..", "/", "?")):
            continue
        if ask(daemon.port, "/names/" + link.replace("&amp;", "&").removeprefix("./"), timeout=5).status != 200:
            broken.append(link)
    run.none("every link of the listing leads to its file", broken, len(names))
