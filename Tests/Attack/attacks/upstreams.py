"""An upstream that answers wrongly, in every way that answers are had of it."""

import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

from harness.client import ask
from harness.daemon import Daemon
from harness.pace import paced
from harness.table import attack
from harness.upstream import CLOSE, Upstream, response

from . import malformed
from .malformed import BODY, CASES, CUT, EITHER, FAILED, PART, PREFIX, WHOLE

TIMEOUT = 3
# To connect, and for the head, and what is slower than that on a machine that has other things to do.
PATIENCE = 2 * TIMEOUT + 8

CONFIGURATION = """
log: {{level: error}}
routes:
  - {{path: /healthz, text: ok}}
  - path: /once/**
    proxy_to_file: {{store: once, upstream: "{url}", timeout: 3s, max_body: 1MiB}}
  - path: /refresh/**
    proxy_to_file: {{store: refresh, upstream: "{url}", timeout: 3s, mode: refresh, refresh_after: 1s, max_body: 1MiB}}
  - path: /pass/**
    proxy_to_file: {{store: pass, upstream: "{url}", timeout: 3s, mode: passthrough}}
"""
REPLAY = """
log: {level: error}
routes:
  - {path: /healthz, text: ok}
  - {path: "/once/**", proxy_to_file: once}
  - {path: "/refresh/**", proxy_to_file: refresh}
"""
OLD = b'{"answer": "of better days"}'


class Hostile(Upstream):
    """Answers /case/NAME as the case has it, /cut/N and /chunked/N with the first N octets of a small answer, and all else well."""

    def __init__(self, run):
        self.is_kind = True
        super().__init__(self.answer, run)

    def answer(self, seen):
        name, _, argument = seen.target[1:].partition("/")
        if name == "good":
            return response(b"good " + argument.encode(), [("Content-Type", "text/plain")])
        if self.is_kind:
            return response(OLD, [("Content-Type", "application/json")])
        if name == "case":
            steps = CASES[urllib.parse.unquote(argument)][0]
            return steps() if callable(steps) else steps
        whole = malformed.SMALL if name == "cut" else malformed.SMALL_CHUNKED
        return [whole[: int(argument)], CLOSE]


def verdict(answer, expectation, way):
    """What is wrong with an answer, or None."""
    if answer.status == 0:
        return f"{answer}"
    if any(name.lower() == "set-cookie" for name, _ in answer.fields):
        return "the planted field came through"
    if any(name.lower() in ("x-mine", "upgrade") for name, _ in answer.fields):
        return "a field of one connection came through"
    if answer.status in (502, 504) and answer.is_whole:
        return None if expectation != WHOLE else f"{answer}"
    if expectation == PART:
        return None if answer.status != 200 or (way == "refresh" and answer.body == OLD) else f"a part as the whole: {answer}"
    if answer.fault and any(
        word in answer.fault for word in ("framed", "field line", "status line", "Content-Length", "Transfer-Encoding")
    ):
        return f"an answer that is none: {answer}"
    if answer.is_whole and way == "pass" and answer.one("content-encoding") and expectation == CUT:
        # Passed on as it came, it is for the client to see.
        return None
    if answer.is_whole and answer.body in (BODY, OLD if way == "refresh" else BODY):
        return None if expectation in (WHOLE, EITHER) or answer.body == OLD else f"{answer}"
    if expectation == PREFIX and answer.is_whole and answer.body == BODY[:5]:
        return None
    if answer.is_whole:
        # Passed on coded, as it came, it is for the client to see.
        return None if answer.one("content-encoding") and expectation in (CUT, EITHER) else f"{answer}"
    return None if expectation in (CUT, EITHER, PREFIX) else f"{answer}"


def expectation_of(name, target):
    if target.startswith("case/"):
        return CASES[name][1]
    whole = malformed.SMALL if target.startswith("cut") else malformed.SMALL_CHUNKED
    cut = int(target.split("/")[1])
    if cut >= len(whole):
        return WHOLE
    # Before the head is whole nothing can have been sent.
    return FAILED if cut <= whole.index(b"\r\n\r\n") + 3 else CUT


@attack("malformed answers and answers cut at every octet, each fetched, refreshed, passed on, and replayed", seconds=200)
def hostile_upstream(run):
    upstream = Hostile(run)
    daemon = Daemon(run, CONFIGURATION.format(url=upstream.url))
    targets = {name: "case/" + urllib.parse.quote(name, safe="") for name in CASES}
    step = 9 if run.short else 1
    for number in range(0, len(malformed.SMALL) + 1, step):
        targets[f"cut after {number} octets"] = f"cut/{number}"
    for number in range(len(malformed.CHUNKED), len(malformed.SMALL_CHUNKED) + 1, step):
        targets[f"chunked, cut after {number} octets"] = f"chunked/{number}"
    if run.short:
        targets = {name: target for name, target in targets.items() if "without end" not in name and "300 ms" not in name}
    names = list(targets)

    with ThreadPoolExecutor(16) as pool:
        def record(name):
            # A machine that is busy with other things may take its time.
            return any(daemon.ask(f"/refresh/{targets[name]}").body == OLD for _ in range(5))

        assert all(pool.map(record, names)), "nothing to refresh"
        upstream.is_kind = False
        time.sleep(1.2)
        asked = [(way, name) for name in names for way in ("once", "refresh", "pass")]

        def one(question):
            way, name = question
            answer = ask(daemon.port, f"/{way}/{targets[name]}", timeout=PATIENCE + 10)
            good = ask(daemon.port, f"/{way}/good/{urllib.parse.quote(name, safe='')}", timeout=PATIENCE + 10)
            return answer, good

        answers = list(pool.map(one, asked))
    wrong, late, unlucky = [], [], []
    for (way, name), (answer, good) in zip(asked, answers):
        if fault := verdict(answer, expectation_of(name, targets[name]), way):
            wrong.append(f"{way}: {name}: {fault}")
        if answer.seconds > paced(PATIENCE):
            late.append(f"{way}: {name}: {answer.seconds:.1f} s")
        if good.status != 200 or not good.is_whole or not good.body.startswith(b"good "):
            unlucky.append(f"{way}: after {name}: {good}")
    run.none("the right answer, 502 or 504, or one that visibly breaks off", wrong, len(asked))
    run.none("each within the timeout", late, len(asked))
    run.none("the next request has its answer", unlucky, len(asked))
    run.bound("the daemon serves on", "yes" if daemon.is_well() else "no", daemon.is_well())

    daemon.terminate()
    upstream.stop()
    replay = Daemon(run, REPLAY, "replay.yaml")
    planted = []
    for way in ("once", "refresh"):
        for name in names:
            answer = replay.ask(f"/{way}/{targets[name]}")
            expectation = expectation_of(name, targets[name])
            if answer.status == 404 and b"nothing is recorded" in answer.body:
                continue
            if expectation == PART and answer.status == 204:
                continue
            if answer.body == OLD and way == "refresh":
                continue
            if (
                answer.is_whole
                and answer.body == (BODY[:5] if expectation == PREFIX else BODY)
                and expectation in (WHOLE, EITHER, PREFIX)
            ):
                continue
            if answer.is_whole and answer.one("content-encoding") and expectation in (CUT, EITHER):
                continue
            planted.append(f"{way}: {name}: {answer}")
    run.none("recorded is the whole or nothing", planted, 2 * len(names))


@attack("responses that the upstream sends before they are asked for, and bodies where there is none", seconds=60)
def unasked_responses(run):
    """What comes when the next request is out already is that one's answer: no client of an upstream could tell, and it is not tried."""
    is_sent = threading.Event()

    evil = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nEVIL"

    def respond(seen):
        target = seen.target.split("?")[0]
        if target == "/later":
            return [response(b"first", [("Content-Type", "text/plain")]), 0.05, evil, is_sent.set]
        if target == "/at-once":
            return response(b"first", [("Content-Type", "text/plain")]) + evil
        if target == "/head":
            return response(b"first", [("Content-Type", "text/plain")])[:-5] + evil
        if target in ("/204", "/304"):
            return f"HTTP/1.1 {target[1:]} X\r\n\r\n".encode() + evil
        return response(b"good", [("Content-Type", "text/plain")])

    upstream = Upstream(respond, run)
    daemon = Daemon(run, CONFIGURATION.format(url=upstream.url))
    broken = []
    for number in range(4):
        for way in ("pass", "once"):
            for target in ("/later", "/at-once", "/204", "/304", "/head"):
                # What follows may come while the connection is idle, or with the next request.
                is_sent.clear()
                daemon.ask(f"/{way}{target}?{number}", "HEAD" if target == "/head" and way == "pass" else "GET")
                if target == "/later":
                    is_sent.wait(10)
                time.sleep((0.1, 0, 0.06, 0.3)[number])
                answer = daemon.ask(f"/{way}/good{target[1:]}{number}")
                if answer.body != b"good":
                    broken.append(f"{way}: after {target}: {answer}")
    run.none("the next request has its own answer", broken, 40)
