"""Asks one path over and over from a process of its own, so that what it measures is the daemon's and not this one's."""

import multiprocessing
import time

from .client import Connection, request


def _probe(port, target, stop, worst, count, pause):
    question = request(target, close=False)
    connection = None
    while not stop.is_set():
        start = time.monotonic()
        try:
            if connection is None:
                connection = Connection(port, 30)
            connection.deadline = start + 30
            connection.send(question)
            answer = connection.read()
            if not answer.is_whole or answer.status != 200:
                raise OSError(str(answer))
            if answer.one("connection") == "close":
                connection.close()
                connection = None
        except OSError:
            # A connection that was kept may be closed at any time; that it takes long counts all the same.
            if connection is not None:
                connection.close()
            connection = None
        with worst.get_lock():
            worst.value = max(worst.value, time.monotonic() - start)
            count.value += 1
        time.sleep(pause)


class Prober:
    """`with Prober(daemon) as prober: …`, and then `prober.worst` has the longest answer in seconds, of `prober.count`."""

    def __init__(self, daemon, target="/healthz", pause=0.003):
        context = multiprocessing.get_context("fork")
        self._stop = context.Event()
        self._worst, self._count = context.Value("d", 0.0), context.Value("i", 0)
        self._process = context.Process(
            target=_probe, args=(daemon.port, target, self._stop, self._worst, self._count, pause), daemon=True
        )

    def __enter__(self):
        self._process.start()
        deadline = time.monotonic() + 10
        while self._count.value < 20 and time.monotonic() < deadline:
            time.sleep(0.005)
        # The first answers warm everything up.
        with self._worst.get_lock():
            self._worst.value = 0.0
        return self

    def forget(self):
        """What was worst so far does not count any more."""
        with self._worst.get_lock():
            self._worst.value = 0.0

    def __exit__(self, *_):
        self._stop.set()
        self._process.join(35)
        if self._process.is_alive():
            self._process.kill()

    @property
    def worst(self):
        return self._worst.value

    @property
    def count(self):
        return self._count.value
