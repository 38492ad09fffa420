"""Other users of the machine, at the control socket and the notification."""

import os
import socket
import subprocess
import time

from harness.daemon import Daemon
from harness.table import attack

NOBODY = 65534


def as_nobody(work):
    """A child that does something as nobody and stays until it is told to end; its pid and the pipe that ends it."""
    ready, told = os.pipe()
    ending, end = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(ready)
            os.close(end)
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            kept = work()
            os.write(told, str(len(kept)).encode())
            os.read(ending, 1)
        finally:
            os._exit(0)
    os.close(told)
    os.close(ending)
    done = os.read(ready, 16).decode()
    os.close(ready)

    def finish():
        os.close(end)
        os.waitpid(child, 0)

    return done, finish


@attack("another user who holds 64 connections to the control socket", seconds=60)
def held_control_socket(run):
    if os.getuid() != 0:
        run.bound("`reload` ends within 2 s", "not tried: it takes root to be another user", True)
        return
    daemon = Daemon(run, "log: {level: error}\nroutes:\n  - {path: /healthz, text: ok}\n")

    def hold():
        held = []
        for _ in range(64):
            each = socket.socket(socket.AF_UNIX)
            each.settimeout(1)
            try:
                each.connect(f"\0asynchttpd-control-{daemon.pid}")
                held.append(each)
                each.send(b"rel")
            except OSError:
                pass
        return held

    before = daemon.descriptors()
    held, finish = as_nobody(hold)
    time.sleep(0.2)
    extra = daemon.descriptors() - before
    start = time.monotonic()
    try:
        done = subprocess.run([run.binary, "reload", "--pid", str(daemon.pid)], capture_output=True, timeout=25)
        seconds, status = time.monotonic() - start, done.returncode
    except subprocess.TimeoutExpired:
        seconds, status = 25.0, None
    run.within("`reload` of the daemon's user", 2, seconds, status == 0)
    run.bound("≤ 8 descriptors are held for another user", f"{extra} of {held}", extra <= 8)
    finish()

    def ask_reload():
        each = socket.socket(socket.AF_UNIX)
        each.settimeout(2)
        each.connect(f"\0asynchttpd-control-{daemon.pid}")
        each.send(b"reload\n")
        try:
            return each.recv(100)
        except OSError:
            return b""

    daemon.drop_notices()
    _, finish = as_nobody(ask_reload)
    finish()
    reloaded = daemon.wait_ready(0.5, "RELOADING")
    run.bound("another user's question reloads nothing", "reloaded" if reloaded else "refused", not reloaded)


@attack("line feeds and assignments in what reaches the service manager", seconds=20)
def forged_notices(run):
    daemon = Daemon(run, "log: {level: error}\nroutes:\n  - {path: /healthz, text: ok}\n")
    for text in (
        '"a\\nMAINPID=1\\nREADY=0": x\n',
        'routes:\n  - {path: "/a\\nSTOPPING=1", txet: x}\n',
        'include: "x\\nMAINPID=1.yaml"\n',
        "routes: ${A\\nMAINPID=1}\n",
    ):
        daemon.reload('listen: ["127.0.0.1:0"]\n' + text, 5)
    time.sleep(0.2)
    daemon.drop_notices()
    lines = [line for notice in daemon.notices for line in notice.split("\n") if line]
    known = ("READY=1", "STATUS=", "RELOADING=1", "MONOTONIC_USEC=", "STOPPING=1", "WATCHDOG=1", "MAINPID=%d" % daemon.pid)
    run.none("no line of it is another's", [line for line in lines if not line.startswith(known)], len(lines))
