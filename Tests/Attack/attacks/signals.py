"""TERM and HUP at every moment, and what becomes of those who are connected."""

import contextlib
import os
import signal
import socket
import subprocess
import threading
import time

from harness.client import Connection, ask, request
from harness.daemon import Daemon, until
from harness.table import attack
from harness.upstream import HOLD, Upstream


def start(run, number):
    process = subprocess.Popen(
        [str(run.binary), "serve", "--config", str(run.directory / "a.yaml")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "NOTIFY_SOCKET": ""},
    )
    run.at_end(lambda: process.poll() is None and (process.kill(), process.wait()))
    return process


def blocks(pid, number):
    """Whether the process has a signal blocked, from which on none of it is lost."""
    try:
        with open(f"/proc/{pid}/status") as lines:
            for line in lines:
                if line.startswith("SigBlk:"):
                    return int(line.split()[1], 16) >> (number - 1) & 1 == 1
    except OSError:
        pass
    return False


@attack("HUP and TERM 0 to 50 ms after exec", seconds=90)
def signals_at_start(run):
    (run.directory / "a.yaml").write_text(
        'listen: ["127.0.0.1:0"]\nlog: {level: error}\nroutes:\n  - {path: /healthz, text: ok}\n'
    )
    binary = os.path.realpath(run.binary)
    moments = [step * (5 if run.short else 1) for step in range(10 if run.short else 50)]
    killed, deaf = [], []
    for number in (signal.SIGHUP, signal.SIGTERM):
        for moment in moments:
            process = start(run, moment)
            while os.path.realpath(f"/proc/{process.pid}/exe") != binary:
                pass
            began = time.monotonic()
            while time.monotonic() - began < moment / 1000:
                pass
            guarded = blocks(process.pid, number)
            process.send_signal(number)
            if number == signal.SIGHUP:
                time.sleep(0.01)
                if until(lambda: process.poll() is not None, 0.15, 0.005) is not None:
                    # Before the program has run a single instruction, nothing can be blocked.
                    if guarded or (moment > 5 and not run.short):
                        killed.append(f"HUP after {moment} ms: {process.returncode}")
                process.send_signal(signal.SIGTERM)
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                deaf.append(f"{number.name} after {moment} ms")
                process.kill()
                process.wait()
    run.none(
        "HUP ends nothing once it is blocked" if run.short else "HUP ends nothing from 5 ms after exec on", killed, len(moments)
    )
    run.none("TERM ends it within 5 s", deaf, 2 * len(moments))


@attack("TERM while a fetch, a passthrough and a delay hang, with a drain of 2 s", seconds=40)
def hung_drain(run):
    upstream = Upstream(lambda seen: HOLD, run)
    daemon = Daemon(
        run,
        f"""
log: {{level: error}}
timeouts: {{drain: 2s}}
routes:
  - {{path: /healthz, text: ok}}
  - {{path: /delayed, text: late, delay: 30s}}
  - path: /pass/**
    methods: any
    proxy_to_file: {{store: pass, upstream: "{upstream.url}", mode: passthrough, timeout: 30s}}
  - path: /once/**
    proxy_to_file: {{store: once, upstream: "{upstream.url}", timeout: 30s}}
""",
    )
    answers, threads = {}, []
    for target in ("/pass/a", "/once/a", "/once/b", "/pass/b"):

        def client(target=target):
            answers[target] = ask(daemon.port, target, timeout=20)

        threads.append(threading.Thread(target=client))
        threads[-1].start()
    dead = [Connection(daemon.port) for _ in range(3)]
    for connection, target in zip(dead, ("/once/dead", "/pass/dead", "/delayed")):
        connection.send(request(target))
    until(lambda: len(upstream.seen) >= 6, 5)
    for connection in dead:
        connection.close()
    status, seconds = daemon.terminate(20)
    for thread in threads:
        thread.join(5)
    run.within("exit, after a drain of 2 s,", 3.5, seconds if status is not None else None)
    wrong = [
        f"{target}: {answer}" for target, answer in answers.items() if answer.status not in (503, 504) or not answer.is_whole
    ]
    run.none("who waits is answered 503 or 504", wrong, 4)
    # With nobody but the dead, a drain has nobody to wait for.
    daemon = Daemon(run, None)
    dead = [Connection(daemon.port) for _ in range(20)]
    for number, connection in enumerate(dead):
        connection.send(request(("/once/gone", "/pass/gone", "/delayed")[number % 3]))
    time.sleep(0.2)
    for connection in dead:
        connection.close()
    time.sleep(1.3)
    status, seconds = daemon.terminate(20)
    run.within("with 20 that are gone, exit", 1, seconds if status is not None else None)


@attack(
    "TERM, INT and reloads that take the listener away, with 40 connections that send their first request 100 ms later",
    seconds=40,
)
def silent_connections(run):
    text = "log: {level: error}\ntimeouts: {drain: 3s}\nroutes:\n  - {path: /healthz, text: ok}\n"
    for name in ("TERM", "INT", "removed listener"):
        daemon = Daemon(run, text, f"{name[:4]}.yaml")
        clients = [Connection(daemon.port, 10) for _ in range(40)]
        until(lambda: daemon.descriptors() >= 50, 2)
        if name == "removed listener":
            daemon.reload('listen: ["127.0.0.1:0", "[::1]:0"]\n' + text)
        else:
            daemon.signal(signal.SIGTERM if name == "TERM" else signal.SIGINT)
        time.sleep(0.1)
        for client in clients:
            with contextlib.suppress(OSError):
                client.send(request("/healthz", close=False))
        answered = sum(client.read().status == 200 for client in clients)
        for client in clients:
            client.close()
        run.bound(f"{name}: each is answered", f"{answered} of 40", answered == 40)
        status, seconds = daemon.wait(6) if name != "removed listener" else daemon.terminate(6)
        run.within(f"{name}: and the daemon exits", 3.5, seconds if status is not None else None)


@attack("rolling restarts on one port: new connections without keep-alive all the while", seconds=40, short=False)
def rolling_restart(run):
    # Over a socket of the harness's own, as systemd would hold it.
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    port, stop, failed, count = listener.getsockname()[1], threading.Event(), [], 0
    (run.directory / "b.yaml").write_text(
        'listen: ["systemd:web"]\nlog: {level: error}\ntimeouts: {drain: 2s}\nroutes:\n  - {path: /healthz, text: ok}\n'
    )

    def spawn():
        def before():
            os.dup2(listener.fileno(), 3, inheritable=True)

        process = subprocess.Popen(
            ["/bin/sh", "-c", f'LISTEN_PID=$$ exec "{run.binary}" serve --config "{run.directory}/b.yaml"'],
            preexec_fn=before,
            pass_fds=(3,),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "LISTEN_FDS": "1", "LISTEN_FDNAMES": "web"},
        )
        run.at_end(lambda: process.poll() is None and (process.kill(), process.wait()))
        return process

    def load():
        nonlocal count
        while not stop.is_set():
            answer = ask(port, "/healthz", timeout=10)
            count += 1
            if answer.status != 200:
                failed.append(str(answer))

    process = spawn()
    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(6):
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        process.wait(10)
        process = spawn()
    time.sleep(0.3)
    stop.set()
    for thread in threads:
        thread.join(12)
    listener.close()
    run.none("every request over the passed socket is answered, through six restarts", failed, count)
