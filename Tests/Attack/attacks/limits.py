"""Limits of the process so small that something has to give."""

import os
import resource
import threading
import time

from harness.client import Connection, ask, request
from harness.daemon import Daemon, NotReady
from harness.table import attack
from harness.upstream import Upstream, response

CONFIGURATION = """
log: {{level: warning}}
workers: {workers}
timeouts: {{drain: 1s}}
routes:
  - {{path: /healthz, text: ok}}
  - path: /once/**
    proxy_to_file: {{store: store, upstream: "{url}", timeout: 10s}}
  - path: /large/**
    proxy_to_file: {{store: large, upstream: "{url}", timeout: 10s}}
"""


def respond(seen):
    if seen.target.startswith("/big"):
        return response(b"x" * 1_000_000, [("Content-Type", "text/plain")])
    pause = int(seen.target.split("/")[1]) / 1000 if seen.target[1:2].isdigit() else 0
    return [pause, response(b"ok " + seen.target.encode(), [("Content-Type", "text/plain")])]


@attack("RLIMIT_NOFILE from 20 to 40, and 30 misses at once whose clients wait, or leave after 300 ms", seconds=170, short=False)
def few_descriptors(run):
    upstream = Upstream(respond, run)
    limits = (24, 25) if run.short else (20, 22, 23, 24, 25, 26, 28, 32, 40)
    failed, count = [], 0
    for limit in limits:
        for workers, pause, patience in ((1, 20, 5), (2, 20, 5), (2, 20, 0.3), (1, 500, 0.3)):
            name, count = f"{limit}, {workers} workers, {pause} ms upstream, clients of {patience} s", count + 1
            try:
                daemon = Daemon(
                    run,
                    CONFIGURATION.format(url=upstream.url, workers=workers),
                    f"{count}.yaml",
                    limits={resource.RLIMIT_NOFILE: limit},
                )
            except NotReady as refusal:
                # Too few even to start is right to say.
                if "descriptor" not in str(refusal) and "open files" not in str(refusal):
                    failed.append(f"{name}: does not start: {str(refusal)[-150:]}")
                continue

            def miss(number):
                try:
                    with Connection(daemon.port, patience) as client:
                        client.send(request(f"/once/{pause}/{count}/{number}", close=False))
                        client.read()
                except OSError:
                    pass

            threads = [threading.Thread(target=miss, args=(number,), daemon=True) for number in range(30)]
            for thread in threads:
                thread.start()
            time.sleep(0.2)
            for target in ("/healthz", "/once/20/new", "/healthz"):
                answer = ask(daemon.port, target, timeout=6)
                if answer.status not in (200, 503) or answer.seconds > 5:
                    failed.append(f"{name}: {target}: {answer} after {answer.seconds:.1f} s")
                    break
            daemon.kill()
            for thread in threads:
                thread.join(6)
    run.none("served within 5 s", failed, count)


@attack("RLIMIT_FSIZE of 64 KiB: recordings, access logs and pid files that would be larger", seconds=40)
def small_files(run):
    upstream = Upstream(respond, run)
    text = "access_log: access.log\n" + CONFIGURATION.format(url=upstream.url, workers=1)
    daemon = Daemon(run, text, limits={resource.RLIMIT_FSIZE: 65536})
    answers = [daemon.ask(f"/large/big{number}") for number in range(3)]
    alive = daemon.process.poll() is None
    run.bound("a recording beyond it: the process lives", f"exit {daemon.process.poll()}" if not alive else "lives", alive)
    if alive:
        wrong = [
            str(answer) for answer in answers if not (answer.status >= 500 or answer.body == b"x" * 1_000_000 or answer.fault)
        ]
        run.none("each is whole, refused or visibly cut", wrong, 3)
        for _ in range(20):
            with Connection(daemon.port, 10) as client:
                client.send(request("/healthz?" + "x" * 300, close=False) * 30)
                for _ in range(30):
                    client.read()
        time.sleep(0.2)
        alive = daemon.process.poll() is None and daemon.is_well()
        run.bound("an access log beyond it: the daemon serves on", "serves" if alive else f"exit {daemon.process.poll()}", alive)
        run.bound(
            "a small recording still works",
            daemon.ask("/once/small").body.decode(),
            daemon.ask("/once/small").body == b"ok /small",
        )
    replay = Daemon(run, 'log: {level: error}\nroutes:\n  - {path: "/large/**", proxy_to_file: large}\n', "replay.yaml")
    found = [answer for number in range(3) if (answer := replay.ask(f"/large/big{number}")).status == 200]
    run.none("nothing cut is recorded", [str(answer) for answer in found if len(answer.body) != 1_000_000], 3)


@attack("standard descriptors closed at start, one by one and together", seconds=40)
def closed_standard_descriptors(run):
    wrong = []
    combinations = [(0,), (1,), (2,), (0, 1, 2), (1, 2), (0, 2)]
    for closed in combinations:

        def close():
            for number in closed:
                os.close(number)

        name = "-".join(map(str, closed))
        try:
            daemon = Daemon(
                run,
                f"log: {{level: debug}}\naccess_log: access-{name}.log\ntimeouts: {{drain: 1s}}\n"
                "routes:\n  - {path: /healthz, text: ok}\n",
                f"closed-{name}.yaml",
                prepare=close,
            )
        except NotReady as error:
            wrong.append(f"{name}: {error}")
            continue
        for number in (0, 1, 2):
            place = (
                os.readlink(f"/proc/{daemon.pid}/fd/{number}") if os.path.lexists(f"/proc/{daemon.pid}/fd/{number}") else "closed"
            )
            if number in closed and place != "/dev/null":
                wrong.append(f"{name}: descriptor {number} is {place}")
        for _ in range(3):
            daemon.ask("/healthz")
        with Connection(daemon.port, 3) as client:
            client.send(b"BAD\r\n\r\n")
            client.read()
        daemon.terminate()
        text = (run.directory / f"access-{name}.log").read_text(errors="replace")
        foreign = [line for line in text.splitlines() if "HTTP/1.1" not in line and '"-"' not in line]
        if foreign:
            wrong.append(f"{name}: the access log has {foreign[0][:100]!r}")
    run.none("they are /dev/null, and no log is another's", wrong, len(combinations))
