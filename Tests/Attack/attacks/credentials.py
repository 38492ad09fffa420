"""What one client was given, asked for by another."""

import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from harness.client import ask
from harness.daemon import Daemon, NotReady
from harness.table import attack
from harness.upstream import RESET, Upstream, response

CONTROLS = [
    None,
    "private",
    "no-store",
    "private, no-store",
    "private, max-age=60",
    'private="set-cookie"',
    "max-age=60",
    "public, max-age=60",
]
VARIES = [None, "Authorization", "authorization, accept", "Cookie", "*", "Accept-Encoding"]
COOKIES = [False, True]
SETTINGS = [None, "auto", "separate", "share", "refuse"]
MODES = ["once", "record", "refresh", "passthrough"]
CLIENTS = {
    "alice": [("Authorization", "Bearer alice")],
    "bob": [("Authorization", "Bearer bob")],
    "carol": [("Cookie", "session=carol")],
    "dave": [("Cookie", "session=dave")],
    "nobody": [],
    "alike": [("Authorization", "Bearer alice\xff")],
    "alikf": [("Authorization", "Bearer alice\xfe")],
}
COMBINATIONS = list(itertools.product(CONTROLS, VARIES, COOKIES))


def is_private(control, vary, cookie):
    """Whether an answer says that it is one client's, in the words of the reference."""
    directives = [word.strip().split("=")[0] for word in (control or "").split(",")]
    varied = [word.strip().lower() for word in (vary or "").split(",")]
    return (
        cookie
        or "private" in directives
        or "no-store" in directives
        or any(word in varied for word in ("authorization", "cookie", "*"))
    )


class Accounts(Upstream):
    """Says to whom it speaks; a number in the path chooses what it says about that."""

    def __init__(self, run, pause=0.0):
        self.count, self.pause = itertools.count(), pause
        super().__init__(self.answer, run)

    def answer(self, seen):
        control, vary, cookie = COMBINATIONS[int(seen.target.split("/")[1])]
        who = (seen.one("authorization") or "") + (seen.one("cookie") or "")
        fields = [("Content-Type", "text/plain")]
        if control:
            fields.append(("Cache-Control", control))
        if vary:
            fields.append(("Vary", vary))
        if cookie:
            fields.append(("Set-Cookie", f"token={next(self.count)}"))
        return [self.pause, response(f"for [{who}]".encode("latin1"), fields)]


def own(name):
    return f"for [{''.join(value for _, value in CLIENTS[name])}]".encode("latin1")


def daemons(run, url):
    """One daemon with a route for each mode and setting; today's settings alone where the binary knows no others."""

    def text(settings):
        routes = []
        for mode, setting in itertools.product(MODES, settings):
            more = f", credentials: {setting}" if setting else ""
            more += ", refresh_after: 1h" if mode == "refresh" else ""
            routes.append(
                f'  - path: /{mode}/{setting}/**\n    proxy_to_file: {{store: "{mode}-{setting}", upstream: "{url}", mode: {mode}{more}}}'
            )
        return "log: {level: error}\nroutes:\n  - {path: /healthz, text: ok}\n" + "\n".join(routes)

    try:
        return Daemon(run, text(SETTINGS)), SETTINGS
    except NotReady:
        run.bound("`credentials` is a setting", "it is not", False)
        return Daemon(run, text([None]), "old.yaml"), [None]


@attack(
    "7 clients with credentials and without, one after another, for every Cache-Control, Vary and Set-Cookie in each mode and setting",
    seconds=120,
)
def credentials_in_turn(run):
    upstream = Accounts(run)
    daemon, settings = daemons(run, upstream.url)
    numbers = range(0, len(COMBINATIONS), 7 if run.short else 1)
    cases = list(itertools.product(MODES, settings, numbers))

    def one(case):
        mode, setting, number = case
        leaks = []
        private = is_private(*COMBINATIONS[number])
        for round in range(2):
            for name in CLIENTS:
                answer = ask(daemon.port, f"/{mode}/{setting}/{number}/page", fields=CLIENTS[name])
                isolated = mode in ("record", "passthrough") or setting == "separate" or (setting != "share" and private)
                foreign = answer.status == 200 and answer.body != own(name)
                if (isolated and foreign) or answer.status == 0 or answer.status >= 500:
                    leaks.append(
                        f"{mode}, credentials {setting}, {COMBINATIONS[number]}, {name} in round {round}: {answer.status} {answer.body!r}"
                    )
        return leaks

    with ThreadPoolExecutor(8) as pool:
        leaks = [leak for found in pool.map(one, cases) for leak in found]
    run.none("what says that it is one client's reaches nobody else", leaks, len(cases) * 2 * len(CLIENTS))
    written = b"".join(
        path.read_bytes() + str(path).encode() for path in run.directory.rglob("*") if path.is_file() and path.suffix == ".yaml"
    )
    clear = [word for word in ("Bearer alice", "session=carol") if word.encode() in written]
    run.none("no credential in a head file or a name", clear, 2)


@attack("the same clients at once, while the upstream waits, so that fetches are shared where they may be", seconds=120)
def credentials_at_once(run):
    upstream = Accounts(run, pause=0.15)
    daemon, settings = daemons(run, upstream.url)
    numbers = range(0, len(COMBINATIONS), 19 if run.short else 5)
    leaks, cookies = [], []
    cases = list(itertools.product(MODES, settings, numbers))

    def one(case):
        mode, setting, number = case
        answers, gate = {}, threading.Barrier(len(CLIENTS) * 2)

        def client(name, copy):
            gate.wait(10)
            answers[name, copy] = ask(daemon.port, f"/{mode}/{setting}/{number}/page", fields=CLIENTS[name], timeout=20)

        threads = [threading.Thread(target=client, args=(name, copy)) for name in CLIENTS for copy in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        tokens = [answer.one("set-cookie") for answer in answers.values() if answer.one("set-cookie")]
        if len(tokens) != len(set(tokens)):
            cookies.append(f"{mode}, credentials {setting}, {COMBINATIONS[number]}: {sorted(tokens)}")
        if setting == "share" and mode != "record":
            return
        for (name, _), answer in answers.items():
            private = is_private(*COMBINATIONS[number]) or setting == "separate" or mode in ("record", "passthrough")
            if private and answer.status == 200 and answer.body != own(name):
                leaks.append(f"{mode}, credentials {setting}, {COMBINATIONS[number]}, {name}: {answer.body!r}")

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(one, cases))
    run.none("nobody rides on a fetch of other credentials", leaks, len(cases) * len(CLIENTS) * 2)
    run.none("no cookie is set twice", cookies, len(cases))


@attack("secrets in fields and parameters that the route redacts, looked for in all that is written", seconds=30)
def redacted_secrets(run):
    secret = "s3cr3t-of-alice"
    upstream = Upstream(
        lambda seen: response(
            b"ok",
            [("Content-Type", "text/plain"), ("X-Token", secret), ("Set-Cookie", f"id={secret}"), ("X-Token", secret + "2")],
            "200 OK",
        ),
        run,
    )
    daemon = Daemon(
        run,
        f"""
access_log: access.log
log: {{level: debug}}
routes:
  - {{path: /healthz, text: ok}}
  - path: /**
    proxy_to_file:
      store: store
      upstream: "{upstream.url}"
      key: {{headers: [x-secret]}}
      redact: {{headers: [x-token, set-cookie, authorization, x-secret], query: [api_key]}}
""",
    )
    for target in (
        f"/a?api_key={secret}",
        f"/b?x=1&api_key={secret}&y=2",
        f"/c?api%5Fkey={secret}",
        f"/d?API_KEY={secret}",
        f"/e?api_key={secret};z",
    ):
        daemon.ask(target, fields=[("X-Secret", secret), ("Authorization", secret), ("Referer", f"http://x/?api_key={secret}")])
    time.sleep(0.2)
    daemon.terminate()
    found = [
        f"{path.relative_to(run.directory)}"
        for path in (run.directory / "store").rglob("*")
        if secret in str(path) or (path.is_file() and secret.encode() in path.read_bytes())
    ]
    # A parameter of another spelling is another parameter.
    found = [each for each in found if "API_KEY" not in each]
    run.none("no redacted value in the store", found, 5)


@attack("what one client was given, too old or not to be fetched again, asked for by others, and by HEAD", seconds=40)
def credentials_of_the_stale(run):
    is_failing = [False]
    upstream = Upstream(
        lambda seen: (
            [RESET]
            if is_failing[0]
            else response(
                b"for [" + (seen.one("authorization") or "").encode() + b"]",
                [("Content-Type", "text/plain"), ("Cache-Control", "private")],
            )
        ),
        run,
    )
    daemon = Daemon(
        run,
        f"""
log: {{level: error}}
routes:
  - path: /refresh/**
    proxy_to_file: {{store: refresh, upstream: "{upstream.url}", mode: refresh, refresh_after: 1s, timeout: 2s}}
  - path: /once/**
    proxy_to_file: {{store: once, upstream: "{upstream.url}", timeout: 2s}}
""",
    )
    for way in ("refresh", "once"):
        daemon.ask(f"/{way}/a", fields=CLIENTS["alice"])
        daemon.ask(f"/{way}/b", "HEAD", fields=CLIENTS["alice"])
    time.sleep(1.2)
    is_failing[0] = True
    leaks = []
    for way in ("refresh", "once"):
        for target in ("a", "b", "a?", "a#", "A"):
            for name in ("bob", "carol", "nobody"):
                for method, more in (
                    ("GET", []),
                    ("HEAD", []),
                    ("GET", [("Range", "bytes=0-3")]),
                    ("GET", [("If-None-Match", "*")]),
                ):
                    answer = daemon.ask(f"/{way}/{target}", method, [*CLIENTS[name], *more])
                    if answer.status in (200, 206, 304) or b"alice" in answer.body:
                        leaks.append(f"{way}: {method} {target} {more} of {name}: {answer}")
    run.none("nobody else has it", leaks, 2 * 5 * 3 * 4)
    own_answers = [
        f"{way}: {answer}"
        for way in ("refresh", "once")
        if (answer := daemon.ask(f"/{way}/a", fields=CLIENTS["alice"])).body != own("alice")
    ]
    run.none("its owner has", own_answers, 2)
