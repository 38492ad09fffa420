"""The daemon under attack, and what the kernel says of it."""

import contextlib
import os
import re
import resource
import signal
import socket
import subprocess
import time
import uuid

from .client import ask
from .pace import paced

PATIENCE = 20


class NotReady(Exception):
    """The daemon ended or said nothing; the text is what it wrote."""


class Daemon:
    """asynchttpd, running with a configuration of its own in the attack's directory."""

    def __init__(
        self,
        run,
        configuration,
        name="asynchttpd.yaml",
        environment=None,
        limits=None,
        prepare=None,
        stdout=None,
        stderr=None,
        ready=True,
        pass_fds=(),
        arguments=(),
        listen="127.0.0.1:0",
        stdin=subprocess.DEVNULL,
    ):
        self.run, self.file = run, run.directory / name
        if configuration is not None:
            head = "" if "listen:" in configuration else f'listen: ["{listen}"]\n'
            self.file.write_text(head + configuration)
        self.log = run.directory / f"{name}.log"
        self.notices = []
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        address = f"attack-{uuid.uuid4()}"
        self.notify.bind("\0" + address)

        def before():
            for limit, value in (limits or {}).items():
                resource.setrlimit(limit, (value, value))
            if prepare:
                prepare()

        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [str(run.binary), "serve", "--config", str(self.file), *arguments],
                stdin=stdin,
                preexec_fn=before,
                pass_fds=pass_fds,
                stdout=log if stdout is None else stdout,
                stderr=log if stderr is None else stderr,
                env={**os.environ, "NOTIFY_SOCKET": "@" + address, **(environment or {})},
            )
        self.pid = self.process.pid
        run.at_end(self.kill)
        self.port = None
        if ready:
            if not self.wait_ready():
                raise NotReady(self.text()[-600:] or f"exit {self.process.poll()}")
            self.find_port()

    def find_port(self):
        ports = self.ports()
        self.port = ports[0] if ports else None
        return self.port

    def wait_ready(self, seconds=PATIENCE, text="READY=1"):
        """Whether the daemon says so, from now on, before it ends."""
        deadline = time.monotonic() + paced(seconds)
        while time.monotonic() < deadline:
            self.notify.settimeout(0.05)
            try:
                notice = self.notify.recv(1 << 16).decode("utf-8", "replace")
            except TimeoutError:
                if self.process.poll() is not None:
                    return False
                continue
            self.notices.append(notice)
            if text in notice:
                return True
        return False

    def text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def reload(self, configuration=None, seconds=PATIENCE):
        """HUP, and what becomes of it: whether the daemon said that it is ready again in time."""
        if configuration is not None:
            head = "" if "listen:" in configuration else 'listen: ["127.0.0.1:0"]\n'
            self.file.write_text(head + configuration)
        self.drop_notices()
        self.process.send_signal(signal.SIGHUP)
        return self.wait_ready(seconds)

    def drop_notices(self):
        self.notify.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                self.notices.append(self.notify.recv(1 << 16).decode("utf-8", "replace"))

    def ask(self, target, *arguments, **named):
        return ask(self.port, target, *arguments, **named)

    def is_well(self, target="/healthz", timeout=5):
        answer = ask(self.port, target, timeout=timeout)
        return answer.status == 200 and answer.is_whole

    # What the kernel says

    def ports(self):
        """The TCP ports that the process listens on, from the sockets that it holds."""
        held = set()
        with contextlib.suppress(OSError):
            for name in os.listdir(f"/proc/{self.pid}/fd"):
                with contextlib.suppress(OSError):
                    if match := re.fullmatch(r"socket:\[(\d+)\]", os.readlink(f"/proc/{self.pid}/fd/{name}")):
                        held.add(match[1])
        ports = []
        for table in ("tcp", "tcp6"):
            with open(f"/proc/net/{table}") as lines:
                for line in list(lines)[1:]:
                    words = line.split()
                    if words[3] == "0A" and words[9] in held:
                        ports.append(int(words[1].rsplit(":", 1)[1], 16))
        return ports

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def kibibytes(self, what="VmRSS"):
        with open(f"/proc/{self.pid}/status") as lines:
            for line in lines:
                if line.startswith(what + ":"):
                    return int(line.split()[1])
        return 0

    def forget_peak(self):
        """VmHWM begins anew at what is resident now."""
        with open(f"/proc/{self.pid}/clear_refs", "w") as file:
            file.write("5")
        return self.kibibytes()

    # Its end

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, seconds):
        """The exit status, and after how many seconds; (None, seconds) if it is still there."""
        start = time.monotonic()
        try:
            return self.process.wait(paced(seconds)), time.monotonic() - start
        except subprocess.TimeoutExpired:
            return None, time.monotonic() - start

    def terminate(self, seconds=PATIENCE):
        self.signal(signal.SIGTERM)
        return self.wait(seconds)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.notify.close()


def until(question, seconds=10, pause=0.01):
    """Asks until the answer is true; how many seconds that took, or None."""
    start = time.monotonic()
    while time.monotonic() - start < paced(seconds):
        if question():
            return time.monotonic() - start
        time.sleep(pause)
    return None
