"""Logs that take nothing: pipes that nobody reads, FIFOs without a reader, full disks, stopped terminals."""

import os
import pty
import subprocess
import termios
import time

from harness.client import Connection, request
from harness.daemon import Daemon
from harness.table import attack

# Each request for /failing is a line of the log: its upstream is port 9, discard, where nobody listens.
ROUTES = """routes:
  - {path: /healthz, text: ok}
  - path: /failing/**
    proxy_to_file: {store: store, upstream: "http://127.0.0.1:9"}
"""
WORD = "x" * 400


def flood(daemon, count):
    """Requests that are logged, on one connection after another; how many were answered."""
    answered = 0
    for _ in range(count // 50):
        try:
            with Connection(daemon.port, 5) as connection:
                # Good ones for the access log, failures for the log, and one that is no request.
                connection.send((request(f"/healthz?{WORD}", close=False) + request(f"/failing/{WORD}", close=False)) * 25)
                for _ in range(50):
                    if connection.read().status not in (200, 502):
                        return answered
                    answered += 1
                connection.send(b"BAD\r\n\r\n")
                connection.read()
        except OSError:
            return answered
    return answered


def unread_pipe(run):
    reading, writing = os.pipe()
    run.at_end(lambda: os.close(reading))
    return writing


def stopped_terminal(run):
    """A terminal that takes no more: its other end is not read, and it was stopped as Control-S does."""
    ours, theirs = pty.openpty()
    run.at_end(lambda: os.close(ours))
    termios.tcflow(theirs, termios.TCOOFF)
    return theirs


def check(run, name, daemon, count, ready=True):
    """What has to go on, whatever the log does: READY, answers, TERM."""
    if not ready:
        started = daemon.wait_ready(5)
        run.bound(f"{name}: READY", "READY" if started else "not", started)
        if not started:
            daemon.signal(15)
            status, seconds = daemon.wait(3)
            run.within(f"{name}: end after TERM", 3, seconds if status is not None else None)
            return
        daemon.find_port()
    answered = flood(daemon, count)
    run.bound(f"{name}: {count} requests are answered", f"{answered}", answered == count)
    status, seconds = daemon.terminate(6)
    run.within(f"{name}: end after TERM", 3, seconds if status is not None else None)


@attack("standard error, standard output and access logs that nobody reads, thousands of lines each", seconds=110)
def blocked_logs(run):
    count = 1400 if run.short else 3000
    debug = "log: {level: debug}\ntimeouts: {drain: 1s}\n"
    pipe = unread_pipe(run)
    check(run, "stderr is a pipe nobody reads", Daemon(run, debug + ROUTES, "a.yaml", stderr=pipe), count)
    os.close(pipe)
    pipe = unread_pipe(run)
    check(
        run, "access log to a pipe nobody reads", Daemon(run, debug + 'access_log: "-"\n' + ROUTES, "b.yaml", stdout=pipe), count
    )
    os.close(pipe)
    fifo = run.directory / "fifo"
    os.mkfifo(fifo)
    check(
        run,
        "access log is a FIFO without a reader",
        Daemon(run, debug + "access_log: fifo\n" + ROUTES, "c.yaml", ready=False),
        count,
        False,
    )
    os.mkfifo(run.directory / "fifo2")
    reader = os.open(run.directory / "fifo2", os.O_RDONLY | os.O_NONBLOCK)
    check(
        run,
        "access log is a FIFO nobody reads",
        Daemon(run, debug + "access_log: fifo2\n" + ROUTES, "d.yaml", ready=False),
        count,
        False,
    )
    os.close(reader)
    full = os.open("/dev/full", os.O_WRONLY)
    check(run, "stderr is /dev/full", Daemon(run, debug + ROUTES, "e.yaml", stderr=full), count)
    os.close(full)
    lost = Daemon(run, debug + "access_log: /dev/full\n" + ROUTES, "f.yaml")
    check(run, "access log is /dev/full", lost, count)
    told = [line for line in lost.text().splitlines() if "lost" in line or "drop" in line]
    run.bound("/dev/full: lost lines are told", told[-1][-80:] if told else "not a word", bool(told))
    if not run.short:
        terminal = stopped_terminal(run)
        check(
            run, "stderr is a stopped terminal", Daemon(run, debug + ROUTES, "g.yaml", stderr=terminal, ready=False), count, False
        )
        os.close(terminal)
        terminal = stopped_terminal(run)
        check(
            run,
            "stdout and stderr are a stopped terminal",
            Daemon(run, debug + 'access_log: "-"\n' + ROUTES, "h.yaml", stderr=terminal, stdout=terminal, ready=False),
            count,
            False,
        )
        os.close(terminal)


@attack("reloads to access logs that block, and USR1 where one was", seconds=60)
def blocked_reloads(run):
    os.mkfifo(run.directory / "fifo")
    daemon = Daemon(run, "timeouts: {drain: 1s}\naccess_log: access.log\n" + ROUTES)
    for name, log in (
        ("a FIFO without a reader", "fifo"),
        ("a directory", "."),
        ("/dev/full", "/dev/full"),
        ("a file again", "access.log"),
    ):
        ended = daemon.reload(f"timeouts: {{drain: 1s}}\naccess_log: {log}\n" + ROUTES, 5)
        daemon.find_port()
        run.bound(
            f"a reload to {name} ends, and the daemon serves on",
            f"{ended}, {daemon.is_well()}",
            ended and daemon.is_well(),
        )
        if not ended:
            break
    os.rename(run.directory / "access.log", run.directory / "access.log.1") if (run.directory / "access.log").exists() else None
    os.mkfifo(run.directory / "access.log")
    daemon.signal(10)
    time.sleep(0.2)
    run.bound("USR1 where a FIFO now stands: served", daemon.is_well(), daemon.is_well())
    status, seconds = daemon.terminate(6)
    run.within("end after TERM", 3, seconds if status is not None else None)


@attack("control characters, bidi overrides, line separators and forged lines, in all that is logged", seconds=30)
def forged_lines(run):
    daemon = Daemon(
        run,
        "log: {level: debug, format: text}\naccess_log: {path: json.log, format: json}\n"
        + ROUTES
        + '  - {path: "/**", text: ok}\n',
    )
    second = Daemon(
        run,
        "log: {level: debug, format: json}\naccess_log: {path: combined.log}\n" + ROUTES + '  - {path: "/**", text: ok}\n',
        "second.yaml",
    )
    nasty = [
        "\u0085next",
        "\u009b31m",
        "\u202egnp",
        "\u2028next",
        "\u2029next",
        "\u2066x",
        "\u200fx",
        "\ufeffx",
        "\u061cx",
        "\U000e0041x",
    ]
    for server in (daemon, second):
        for text in nasty:
            octets = text.encode()
            escaped = "".join(f"%{octet:02x}" for octet in octets)
            server.ask("/" + escaped, fields=[("User-Agent", octets), ("Referer", octets)])
            server.ask(f"/?{escaped}", fields=[("User-Agent", b'"} \\x0a{"' + octets), ("Host2", octets)])
            server.ask(b"/?" + octets, fields=[("User-Agent", octets)])
            server.ask("/", octets)
            server.ask("/", host=octets)
        server.ask("/%0a127.0.0.1%20-%20-%20forged", fields=[("User-Agent", 'a" 200 0 "forged')])
        with Connection(server.port, 3) as raw:
            raw.send(b"GET /\x1b[31m HTTP/1.1\r\nHost: \x1b]0;x\x07\r\nX\x85: y\r\n\r\n")
            raw.read()
    time.sleep(0.3)
    daemon.terminate()
    second.terminate()
    found = []
    for path in (run.directory / "json.log", run.directory / "combined.log", daemon.log, second.log):
        text = path.read_bytes().decode("utf-8", "replace") if path.exists() else ""
        bad = {
            character
            for character in text
            if ord(character) < 0x20
            and character != "\n"
            or 0x7F <= ord(character) < 0xA0
            or character in "\u2028\u2029\u202e\u202d\u202a\u202b\u202c\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
        }
        if bad:
            found.append(f"{path.name}: {sorted(map(ascii, bad))}")
        if "\n127.0.0.1 - - forged" in text:
            found.append(f"{path.name}: a forged line")
    run.none("no character that a terminal or an editor obeys", found, 4)


@attack("the commands, shown configurations and stores with escape sequences", seconds=30)
def forged_output(run):
    store = run.directory / "store"
    store.mkdir()
    (store / "a.txt").write_bytes(b"x")
    (store / "a.head.yaml").write_text(
        'request: "GET /a\\e]0;owned\\a"\nkey:\n  - "GET /a\\e[31m"\nstatus: 200\nheaders: []\nbody:\n  file: a.txt\n'
    )
    (store / "b\x1b[31m.txt").write_bytes(b"x")
    configuration = run.directory / "c.yaml"
    configuration.write_text('listen: ["127.0.0.1:0"]\nroutes:\n  - {path: "/**", proxy_to_file: store}\n')
    bad = run.directory / "bad.yaml"
    bad.write_bytes(
        'routes:\n  - {"pa\\e[31mth\\u202e": /, text: "x"}\n  - {path: "/\u202e\u009b31m", txet: "\u2028"}\n'.encode()
    )
    binary, broken = str(run.binary), []
    for words in (
        ["recordings", "list", "-c", configuration],
        ["recordings", "show", "-c", configuration, "/a"],
        ["recordings", "verify", "-c", configuration],
        ["check", "-c", bad],
        ["routes", "-c", bad],
    ):
        done = subprocess.run([binary, *map(str, words)], capture_output=True, timeout=20)
        text = (done.stdout + done.stderr).decode("utf-8", "replace")
        if "\x1b" in text or "\u202e" in text or "\u009b" in text:
            broken.append(f"{' '.join(ascii(str(word)) for word in words)}: {ascii(text[:160])}")
    run.none("no escape sequence in what they print", broken, 5)
