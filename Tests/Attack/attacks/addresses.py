"""Places to listen that are not what they should be: descriptors that nobody passed, paths that are files."""

import os
import socket
import subprocess
import time

from harness.client import ask
from harness.daemon import Daemon, NotReady, until
from harness.table import attack


@attack("LISTEN_FDS that names descriptors which were not passed, are no sockets, or do not listen", seconds=90)
def lying_listen_fds(run):
    wrong = []

    def start(name, count, prepare, listen, names=None):
        def before():
            # LISTEN_PID has to be the daemon's own; the shell knows it by $$.
            prepare()

        file = run.directory / f"{name}.yaml"
        file.write_text(
            f"listen: [{listen}]\nlog: {{level: info}}\ntimeouts: {{drain: 1s}}\nroutes:\n  - {{path: /healthz, text: ok}}\n"
        )
        log = open(run.directory / f"{name}.log", "wb")
        environment = {**os.environ, "LISTEN_FDS": str(count), **({"LISTEN_FDNAMES": names} if names else {})}
        process = subprocess.Popen(
            ["/bin/sh", "-c", f'LISTEN_PID=$$ exec "{run.binary}" serve --config "{file}"'],
            preexec_fn=before,
            close_fds=False,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            env=environment,
        )
        run.at_end(lambda: process.poll() is None and (process.kill(), process.wait()))
        daemon = object.__new__(Daemon)
        daemon.process, daemon.pid = process, process.pid
        until(lambda: process.poll() is not None or daemon.ports(), 5)
        # One that will end has begun to listen before it says why.
        until(lambda: process.poll() is not None, 0.15 if "systemd" in listen else 0)
        return daemon, (run.directory / f"{name}.log")

    def nothing():
        os.closerange(3, 64)

    def pipes():
        os.closerange(3, 64)
        os.pipe()

    def files():
        os.closerange(3, 64)
        os.open("/etc/hostname", os.O_RDONLY)
        os.open("/dev/null", os.O_RDWR)

    def datagrams():
        os.closerange(3, 64)
        os.dup2(socket.socket(socket.AF_INET, socket.SOCK_DGRAM).detach(), 3, inheritable=True)

    def unlistening():
        os.closerange(3, 64)
        os.dup2(socket.socket().detach(), 3, inheritable=True)

    for name, count, prepare, listen in (
        ("not passed", 1, nothing, '"127.0.0.1:0"'),
        ("ten not passed", 10, nothing, '"127.0.0.1:0"'),
        ("pipes", 2, pipes, '"127.0.0.1:0"'),
        ("files", 2, files, '"127.0.0.1:0"'),
        ("a datagram socket", 1, datagrams, '"127.0.0.1:0"'),
        ("one that does not listen", 1, unlistening, '"127.0.0.1:0"'),
        ("a million", 1_000_000, nothing, '"127.0.0.1:0"'),
        ("named and not passed", 1, nothing, '"systemd:web"'),
        ("named beside an own one", 1, nothing, '"127.0.0.1:0", "systemd:web"'),
        ("thirty beside an own one", 30, nothing, '"127.0.0.1:0", "systemd:web"'),
    ):
        daemon, log = start(name.replace(" ", "-"), count, prepare, listen, ":".join(["web"] * min(count, 30)))
        text = log.read_text(errors="replace")
        if daemon.process.poll() is not None:
            if not text.strip() or daemon.process.returncode < 0:
                wrong.append(f"{name}: exit {daemon.process.returncode} {text[-100:]!r}")
            continue
        ports = daemon.ports()
        time.sleep(0.1)
        answers = [ask(port, "/healthz", timeout=3).status for port in ports for _ in range(3)]
        if not ports or any(status != 200 for status in answers):
            wrong.append(f"{name}: ports {ports}, answers {answers}: {text[-100:]!r}")
        daemon.process.send_signal(15)
        try:
            daemon.process.wait(4)
        except subprocess.TimeoutExpired:
            wrong.append(f"{name}: deaf to TERM")
    run.none("refused with a sentence, or passed over and served", wrong, 10)
    adopted = []
    for count in range(1, 10):
        # One of these numbers is that of the daemon's own listener by the time it looks.
        daemon, log = start(
            f"own-{count}", count, nothing, '"127.0.0.1:0", "systemd:web"', ":".join(["x"] * (count - 1) + ["web"])
        )
        if daemon.process.poll() is None:
            adopted.append(f"LISTEN_FDS={count}: it serves on {daemon.ports()} as if descriptor {count + 2} had been passed")
            daemon.process.kill()
    run.none("the daemon's own listener is never taken for a passed one", adopted, 9)

    def listening():
        os.closerange(3, 64)
        os.dup2(socket.create_server(("127.0.0.1", 0)).detach(), 3, inheritable=True)

    daemon, log = start("unnamed", 1, listening, '"127.0.0.1:0"', "unnamed")
    statuses = [ask(port, "/healthz", timeout=3).status for port in daemon.ports()]
    run.bound(
        "a passed socket that no `listen` names is not held in silence",
        f"{len(statuses)} ports, answers {statuses}",
        bool(statuses) and all(status == 200 for status in statuses),
    )


@attack("a listen address that is a file, a directory, a live socket, a dead one", seconds=30)
def unix_paths(run):
    file = run.directory / "precious"
    file.write_text("precious")
    route = "routes:\n  - {path: /healthz, text: ok}\n"
    failures = []
    for name, path in (("a file", "precious"), ("a directory", "."), ("a link to a file", "link")):
        if name == "a link to a file":
            os.symlink("precious", run.directory / "link")
        try:
            daemon = Daemon(run, f'listen: ["unix:{run.directory}/{path}"]\n' + route, f"{path.strip('.')}x.yaml")
            daemon.terminate()
            failures.append(f"{name}: listened on")
        except NotReady:
            pass
    held = file.exists() and file.read_text() == "precious"
    run.bound("the file is there still", "there" if held else "gone", held)
    run.none("refused", failures, 3)
    one = Daemon(run, f'listen: ["unix:{run.directory}/sock"]\n' + route, "one.yaml")
    os.unlink(run.directory / "sock")
    other = socket.socket(socket.AF_UNIX)
    other.bind(str(run.directory / "sock"))
    one.terminate()
    held = (run.directory / "sock").exists()
    run.bound("at exit another's socket of the same name stays", "stays" if held else "gone", held)
    other.close()
    try:
        Daemon(run, f'listen: ["unix:{run.directory}/sock"]\n' + route, "two.yaml")
        held = True
    except NotReady as error:
        held = str(error)[-100:]
    run.bound("a dead socket is taken over", held, held is True)
