"""Stores whose writers are killed, or are two."""

import hashlib
import random
import subprocess
import threading
import time

from harness.client import Connection, ask, request
from harness.daemon import Daemon
from harness.table import attack
from harness.upstream import Upstream, response

CONFIGURATION = """
log: {{level: error}}
routes:
  - {{path: /healthz, text: ok}}
  - path: /**
    proxy_to_file: {{store: store, upstream: "{url}", mode: {mode}, timeout: 10s}}
"""
REPLAY = 'log: {level: error}\nroutes:\n  - {path: "/**", proxy_to_file: store}\n'
TYPES = ["application/json", "text/plain", "text/html", "application/octet-stream", "image/png"]


def respond(seen):
    """Another content each time, of another type and length, slowly at times; X-Digest says what belongs together."""
    source = random.Random(time.monotonic_ns())
    body = source.randbytes(source.choice([0, 10, 2000, 60_000, 300_000]))
    kind = source.choice(TYPES)
    digest = hashlib.sha256(body + kind.encode()).hexdigest()
    whole = response(body, [("Content-Type", kind), ("X-Digest", digest)], chunked=source.random() < 0.5)
    middle = source.randrange(len(whole))
    return [whole[:middle], source.random() * 0.01, whole[middle:]]


def fault(answer):
    """What is wrong with a recorded answer, or None."""
    if answer.status == 404 and b"nothing is recorded" in answer.body:
        return None
    if not answer.is_whole or answer.status != 200:
        return f"{answer.status}, {answer.fault}"
    digest = hashlib.sha256(answer.body + (answer.one("content-type") or "").encode()).hexdigest()
    return (
        None
        if answer.one("x-digest") == digest
        else f"{len(answer.body)} bytes of {answer.one('content-type')} that are not of this head"
    )


class Load:
    """Clients that ask for objects over and over until they are stopped."""

    def __init__(self, ports, clients=6, objects=20):
        self.stop, self.wrong, self.count = threading.Event(), [], 0
        self.threads = [
            threading.Thread(target=self.run, args=(ports[number % len(ports)], objects), daemon=True)
            for number in range(clients)
        ]
        for thread in self.threads:
            thread.start()

    def run(self, port, objects):
        source = random.Random()
        while not self.stop.is_set():
            target = f"/object/{source.randrange(objects)}"
            answer = ask(port, target, timeout=10)
            if answer.status == 200 and answer.is_whole:
                self.count += 1
                if reason := fault(answer):
                    self.wrong.append(f"{target}: {reason}")
            elif answer.status not in (0, 200):
                self.wrong.append(f"{target}: {answer}")
            elif answer.status == 0:
                # Killed: the next one comes.
                self.stop.wait(0.01)

    def end(self):
        self.stop.set()
        for thread in self.threads:
            thread.join(12)


def check_store(run, objects):
    """What a replay of the store answers, and what `verify` and a listing of it say."""
    replay = Daemon(run, REPLAY, "replay.yaml")
    wrong = [f"/object/{number}: {reason}" for number in range(objects) if (reason := fault(replay.ask(f"/object/{number}")))]
    run.none("each recording replayed is whole and has its own head", wrong, objects)
    found = sum(replay.ask(f"/object/{number}").status == 200 for number in range(objects))
    run.bound("something is recorded", f"{found} of {objects}", found > objects // 3)
    verified = subprocess.run([run.binary, "recordings", "verify", "-c", replay.file], capture_output=True, timeout=30)
    run.bound(
        "`recordings verify` finds nothing damaged",
        f"status {verified.returncode}",
        verified.returncode == 0,
        (verified.stdout + verified.stderr).decode(errors="replace").splitlines()[-8:],
    )


@attack("kill -9 in the middle of recordings, again and again, and a start on the same store", seconds=120)
def killed_writers(run):
    upstream = Upstream(respond, run)
    text = CONFIGURATION.format(url=upstream.url, mode="record")
    wrong, source = [], random.Random(8)
    times = 6 if run.short else 24
    for number in range(times):
        daemon = Daemon(run, text)
        load = Load([daemon.port])
        time.sleep(source.uniform(0.05, 0.3))
        daemon.process.kill()
        daemon.process.wait()
        load.end()
        wrong += load.wrong
    run.none(f"{times} kills: every whole answer was one answer", wrong, times)
    left = [path for path in (run.directory / "store").rglob("*") if path.name.endswith(".part")]
    check_store(run, 20)
    daemon = Daemon(run, CONFIGURATION.format(url=upstream.url, mode="once"))
    daemon.ask("/object/99")
    deadline = time.monotonic() + 5
    while left and time.monotonic() < deadline:
        left = [path for path in (run.directory / "store").rglob("*") if path.name.endswith(".part")]
        time.sleep(0.05)
    run.none("no temporary is left after the next start", [path.name for path in left], times)


@attack("two daemons that record the same objects into one store, and a third that replays it", seconds=60)
def two_writers(run):
    upstream = Upstream(respond, run)
    daemons = [
        Daemon(run, CONFIGURATION.format(url=upstream.url, mode=mode), f"{number}.yaml")
        for number, mode in enumerate(("record", "record", "once"))
    ]
    load = Load([daemon.port for daemon in daemons], clients=9, objects=8)
    time.sleep(1.5 if run.short else 8)
    load.end()
    run.none("every answer is one answer", load.wrong, load.count)
    check_store(run, 8)


@attack("20,000 URLs of one client, recorded within a max_size of 4 MiB", seconds=90, short=False)
def endless_names(run):
    upstream = Upstream(lambda seen: response(b"x" * 100, [("Content-Type", "text/plain")]), run)
    daemon = Daemon(
        run,
        f"""
log: {{level: error}}
routes:
  - {{path: /healthz, text: ok}}
  - path: /**
    proxy_to_file: {{store: store, upstream: "{upstream.url}", max_size: 4MiB}}
""",
    )
    before = daemon.kibibytes() // 1024
    stop, count, wrong = time.monotonic() + 40, [0] * 8, []

    def client(index):
        with Connection(daemon.port, 60) as connection:
            while time.monotonic() < stop and sum(count) < 20_000:
                connection.send(request(f"/{index}/{count[index]}/x?y={count[index]}", close=False))
                answer = connection.read()
                if answer.status != 200:
                    wrong.append(str(answer))
                    return
                count[index] += 1

    threads = [threading.Thread(target=client, args=(index,)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    time.sleep(2)
    size = int(subprocess.run(["du", "-s", "-B1", run.directory / "store"], capture_output=True).stdout.split()[0])
    run.none("each is answered", wrong, sum(count))
    run.bound("≤ 6 MiB of blocks on disk", f"{size / 1048576:.1f} MiB after {sum(count)}", size <= 6 << 20)
    growth = daemon.kibibytes() // 1024 - before
    run.bound("≤ 48 MiB more resident", f"{growth} MiB", growth <= 48)
