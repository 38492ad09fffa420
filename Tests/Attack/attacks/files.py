"""Files that are none, wherever a configuration or a command line names one."""

import os
import signal
import time

from harness.daemon import Daemon
from harness.table import attack

ROUTES = "routes:\n  - {path: /healthz, text: ok}\n"
NAMED = {
    "file": "  - {{path: /x, file: {name}}}\n",
    "json_file": "  - {{path: /x, json_file: {name}}}\n",
    "on_miss": '  - {{path: "/x/**", proxy_to_file: {{store: store, upstream: "http://127.0.0.1:9", on_miss: {{status: 404, file: {name}}}}}}}\n',
    "ca_file": '  - {{path: "/x/**", proxy_to_file: {{store: store, upstream: "https://127.0.0.1:9", ca_file: {name}}}}}\n',
    "static": '  - {{path: "/x/**", static: {name}}}\n',
    "store": '  - {{path: "/x/**", proxy_to_file: {{store: {name}, upstream: "http://127.0.0.1:9"}}}}\n',
    "include": None,
    "access_log": None,
    "configuration": None,
    "pid file": None,
}


def configuration(what, name):
    if what == "include":
        return f"include: {name}\n{ROUTES}"
    if what == "access_log":
        return f"access_log: {name}\n{ROUTES}"
    return ROUTES + (NAMED[what] or "").format(name=name)


@attack("a FIFO, a directory and /dev/zero, wherever a file may be named, at start and at a reload", seconds=120, short=False)
def named_files(run):
    os.mkfifo(run.directory / "fifo")
    os.mkdir(run.directory / "directory")
    kinds = ["fifo", "/dev/zero", "directory"]
    wrong, count = [], 0
    number = 0
    for what in NAMED:
        for kind in kinds:
            count += 1
            number += 1
            name = f"{number}.yaml"
            arguments = ("--pid-file", str(run.directory / kind)) if what == "pid file" else ()
            if what == "configuration":
                os.symlink(kind if kind[0] == "/" else run.directory / kind, run.directory / name)
            daemon = Daemon(
                run, None if what == "configuration" else configuration(what, kind), name, ready=False, arguments=arguments
            )
            start = time.monotonic()
            ready = daemon.wait_ready(6)
            exited = daemon.process.poll()
            if not ready and exited is None:
                wrong.append(
                    f"{what} is {kind}: neither ready nor refused after {time.monotonic() - start:.1f} s, {daemon.kibibytes() >> 10} MiB"
                )
            elif exited is not None and (exited < 0 or not daemon.text().strip()):
                wrong.append(f"{what} is {kind}: exit {exited} {daemon.text()[-100:]!r}")
            if exited is None:
                status, seconds = daemon.terminate(3)
                if status is None:
                    wrong.append(f"{what} is {kind}: deaf to TERM")
                    daemon.kill()
    run.none("ready or refused within 6 s, and not deaf", wrong, count)
    wrong = []
    for what in NAMED:
        if what == "pid file":
            continue
        for kind in kinds[:2]:
            number += 1
            daemon = Daemon(run, "timeouts: {drain: 1s}\n" + ROUTES, f"{number}.yaml")
            if what == "configuration":
                daemon.file.unlink()
                os.symlink(kind if kind[0] == "/" else run.directory / kind, daemon.file)
                ended = daemon.reload(None, 6)
            else:
                ended = daemon.reload(configuration(what, kind), 6)
            daemon.find_port()
            if not ended or not daemon.port or not daemon.is_well():
                wrong.append(f"{what} is {kind}: reload ended {ended}")
            if daemon.terminate(3)[0] is None:
                wrong.append(f"{what} is {kind}: deaf to TERM after a reload")
                daemon.kill()
    run.none("a reload ends within 6 s, and the daemon serves on", wrong, 2 * (len(NAMED) - 1))


@attack("a service manager that reads no notification, and one that watches while standard error is full", seconds=40)
def deaf_manager(run):
    daemon = Daemon(run, "timeouts: {drain: 1s}\n" + ROUTES, environment={"WATCHDOG_USEC": "400000"})
    # Its queue fills with what the watchdog gets.
    time.sleep(1 if run.short else 4)
    for _ in range(6):
        daemon.signal(signal.SIGHUP)
        time.sleep(0.05)
    served = daemon.is_well(timeout=2)
    status, seconds = daemon.terminate(6)
    run.bound("nobody reads: served", served, served)
    run.within("nobody reads: end after TERM", 3, seconds if status is not None else None)
    reading, writing = os.pipe()
    daemon = Daemon(
        run,
        "log: {level: debug}\ntimeouts: {drain: 1s}\n"
        + ROUTES
        + '  - {path: "/f/**", proxy_to_file: {store: s, upstream: "http://127.0.0.1:9"}}\n',
        "b.yaml",
        environment={"WATCHDOG_USEC": "400000"},
        stderr=writing,
    )
    for _ in range(900):
        if daemon.ask("/f/x", timeout=2).status == 0:
            break
    daemon.drop_notices()
    daemon.notices.clear()
    time.sleep(2)
    daemon.drop_notices()
    signs = sum("WATCHDOG=1" in notice for notice in daemon.notices)
    run.bound("standard error is full: ≥ 5 signs of life in 2 s", signs, signs >= 5)
    os.close(writing)
    daemon.kill()
    os.close(reading)
