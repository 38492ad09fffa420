"""Memory that comes back, and directories that hold nobody up."""

import os
import random
import threading
import time

from harness.client import Connection, ask, request
from harness.daemon import Daemon, until
from harness.prober import Prober
from harness.table import attack


@attack("9,000 clients that each send 30 KB of a head and no more", seconds=80, short=False)
def slow_heads(run):
    daemon = Daemon(
        run,
        "log: {level: critical}\nlimits: {connections: 12000}\ntimeouts: {head: 60s}\nroutes:\n  - {path: /healthz, text: ok}\n",
    )
    daemon.is_well()
    before = daemon.kibibytes() // 1024
    head = b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: %s\r\n" % (number, b"y" * 1000) for number in range(29))
    clients = []
    for _ in range(9000):
        client = Connection(daemon.port, 30)
        client.send(head)
        clients.append(client)
    time.sleep(0.5)
    most = daemon.kibibytes() // 1024 - before
    well = daemon.is_well()
    for client in clients:
        client.close()
    until(lambda: daemon.descriptors() < 100, 10)
    back = until(lambda: daemon.kibibytes() // 1024 - before <= 48, 10, 0.1)
    left = daemon.kibibytes() // 1024 - before
    run.bound("others are served", well, well)
    run.bound("≤ 400 MiB more resident meanwhile", f"{most} MiB", most <= 400)
    run.bound("≤ 48 MiB more within 10 s of their end", f"{left} MiB", back is not None)


@attack("a reload to 50,000 routes and back, three times", seconds=90, short=False)
def large_configuration(run):
    small = "log: {level: error}\nroutes:\n  - {path: /healthz, text: ok}\n"
    large = small + "".join(
        f'  - {{path: "/api/{number}/{{id}}/x", json: {{a: {number}, b: [1, 2, 3], c: "{{{{path.id}}}}"}}}}\n'
        for number in range(50_000)
    )
    daemon = Daemon(run, small)
    daemon.is_well()
    before = daemon.kibibytes() // 1024
    for _ in range(3):
        ended = daemon.reload(large, 25)
        most, daemon.port = daemon.kibibytes() // 1024, daemon.ports()[-1]
        ended = ended and daemon.ask("/api/49999/a/x").status == 200 and daemon.reload(small, 25)
    daemon.find_port()
    until(lambda: daemon.kibibytes() // 1024 - before <= 40, 10, 0.1)
    left = daemon.kibibytes() // 1024 - before
    run.bound("the reloads end", ended, bool(ended))
    run.bound("≤ 40 MiB more than before, within 10 s", f"{left} MiB (of {most})", left <= 40)


@attack("listings of a directory of 100,000 names, four listers, HTML and JSON", seconds=90, short=False)
def large_listings(run):
    root = run.directory / "root"
    root.mkdir()
    count = 5_000 if run.short else 100_000
    for number in range(count):
        os.close(os.open(root / f"file-{number:06}-of-a-name-that-is-not-short.txt", os.O_CREAT | os.O_WRONLY))
    daemon = Daemon(
        run,
        "log: {level: error}\nroutes:\n  - {path: /healthz, text: ok}\n  - path: /**\n    static: {root: root, listing: true}\n",
    )
    answers, stop = [], time.monotonic() + (1 if run.short else 5)
    before = daemon.forget_peak() // 1024

    def lister(kind):
        while time.monotonic() < stop:
            answers.append(ask(daemon.port, "/", fields={"Accept": kind}, timeout=20))
            # A directory that changes is read again.
            (root / f"new-{random.random()}").touch()

    with Prober(daemon) as prober:
        threads = [threading.Thread(target=lister, args=(kind,)) for kind in ("text/html", "application/json") * 2]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    wrong = [str(answer)[:80] for answer in answers if answer.status != 200 or not answer.is_whole]
    growth = daemon.kibibytes("VmHWM") // 1024 - before
    run.none("each is answered", wrong, len(answers))
    run.bound("≤ 96 MiB more resident at the worst", f"{growth} MiB", growth <= 96)
    if not run.short:
        run.bound("worst /healthz meanwhile ≤ 50 ms", f"{prober.worst * 1000:.0f} ms of {prober.count}", prober.worst <= 0.05)


@attack("200 reloads as fast as they end, and 4 clients meanwhile", seconds=60)
def reload_storm(run):
    text = 'log: {{level: error}}\nlisten: ["unix:{path}"]\nroutes:\n  - {{path: /healthz, text: ok}}\n  - {{path: /n, text: "{number}"}}\n'
    path = run.directory / "sock"
    daemon = Daemon(run, text.format(path=path, number=0))
    stop, wrong, count = threading.Event(), [], [0]
    before = daemon.kibibytes() // 1024

    def client():
        while not stop.is_set():
            try:
                with Connection(None, 10, path=path) as connection:
                    for _ in range(20):
                        connection.send(request("/n", close=False))
                        answer = connection.read()
                        count[0] += 1
                        if answer.status != 200 or not answer.is_whole:
                            wrong.append(str(answer))
            except OSError as error:
                wrong.append(f"{type(error).__name__}")

    threads = [threading.Thread(target=client) for _ in range(4)]
    for thread in threads:
        thread.start()
    reloads = 20 if run.short else 200
    ended = all(daemon.reload(text.format(path=path, number=number), 10) for number in range(reloads))
    stop.set()
    for thread in threads:
        thread.join(12)
    run.bound(f"{reloads} reloads end", ended, ended)
    run.none("every request is answered", wrong, count[0])
    with Connection(None, 5, path=path) as connection:
        connection.send(request("/n"))
        last = connection.read().body
    run.bound("the last is served", last.decode(), last == str(reloads - 1).encode())
    growth = daemon.kibibytes() // 1024 - before
    run.bound("≤ 32 MiB more resident", f"{growth} MiB", growth <= 32)
