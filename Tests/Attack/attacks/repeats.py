"""Requests that must not be made twice."""

import threading

from harness.daemon import Daemon
from harness.table import attack
from harness.upstream import CLOSE, RESET, Upstream, response


class Forgetful(Upstream):
    """Keeps a connection after the first request on it, and ends it at the second without an octet."""

    def __init__(self, run, ending):
        self.ending, self.served = ending, set()
        self.guard = threading.Lock()
        super().__init__(self.answer, run)

    def answer(self, seen):
        with self.guard:
            first = seen.connection not in self.served
            self.served.add(seen.connection)
        # Of the named requests none is ever answered.
        if first and seen.target.startswith("/warm"):
            return response(b"warm", [("Content-Type", "text/plain")])
        return [self.ending] if seen.target.startswith("/ask") or not first else response(b"ok", [("Content-Type", "text/plain")])


@attack("an upstream that closes a kept connection at the second request, without an octet, for each method", seconds=40)
def repeated_requests(run):
    wrong, lost, count = [], [], 0
    for ending in (CLOSE, RESET):
        upstream = Forgetful(run, ending)
        daemon = Daemon(
            run,
            f"""
log: {{level: error}}
workers: 1
routes:
  - path: /pass/**
    methods: any
    proxy_to_file: {{store: pass, upstream: "{upstream.url}", mode: passthrough, timeout: 3s}}
  - path: /once/**
    methods: [GET, POST, PUT, PATCH, DELETE]
    proxy_to_file: {{store: once, upstream: "{upstream.url}", key: {{body: hash}}, timeout: 3s}}
""",
            f"{ending}.yaml",
        )
        for way in ("pass", "once"):
            for method in ("POST", "PATCH", "PUT", "DELETE", "LOCK", "GET", "HEAD"):
                if way == "once" and method == "LOCK":
                    continue
                for number, body in enumerate((None, b"x", b"x" * 100_000)):
                    if method in ("GET", "HEAD") and body:
                        continue
                    count += 1
                    name = f"{way}{method}{number}"
                    daemon.ask(f"/{way}/warm-{name}")
                    answer = daemon.ask(f"/{way}/ask-{name}", method, body=body)
                    times = len(upstream.requests(f"/ask-{name}"))
                    if times > (2 if method in ("GET", "HEAD") else 1):
                        wrong.append(f"{way}: {method} with {len(body or b'')} bytes, {ending}: {times} times")
                    if answer.status not in (502, 504):
                        lost.append(f"{way}: {method}, {ending}: {answer}")
    run.none("unsafe methods once, safe ones twice at most", wrong, count)
    run.none("the client has a 502", lost, count)
