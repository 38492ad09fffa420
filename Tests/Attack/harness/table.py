"""Attacks, what each measured, and the table that they make."""

import concurrent.futures
import contextlib
import dataclasses
import json
import multiprocessing
import signal
import subprocess
import tempfile
import time
import traceback
from pathlib import Path

from .pace import be_patient, paced

ATTACKS = []


class Overtime(Exception):
    """An attack did not end within its time."""


def attack(load, seconds=60, short=True):
    """Registers a function as an attack, named for the function. `load` says what it throws at the daemon.

    `seconds` is what it may take on a machine that does nothing else; `short` is whether it has a short form, which
    `run.short` asks for.
    """

    def register(function):
        name = function.__name__.replace("_", "-")
        ATTACKS.append(Attack(name, load, seconds, short, function))
        return function

    return register


@dataclasses.dataclass
class Attack:
    name: str
    load: str
    seconds: int
    short: bool
    function: object


@dataclasses.dataclass
class Row:
    attack: str
    load: str
    bound: str
    measured: str
    held: bool
    details: list = dataclasses.field(default_factory=list)


class Run:
    """One attack that is going on: its directory, its rows, and what it has to end."""

    def __init__(self, attack, binary, short):
        self.attack, self.binary, self.short = attack, binary, short
        self.rows = []
        self.endings = []
        self.directory = None

    def bound(self, bound, measured, held, details=()):
        """One line of the table: a bound, what was measured of it, and whether it held."""
        self.rows.append(Row(self.attack.name, self.attack.load, bound, str(measured), bool(held), list(details)))

    def none(self, bound, broken, of):
        """A bound that no case may break: `broken` has a line for each case that did, of so many."""
        self.bound(bound, f"{len(broken)} of {of}", not broken, broken)

    def within(self, bound, seconds, measured, held=True, details=()):
        """A bound in seconds; `measured` is None where it took longer than anybody waited."""
        limit = paced(seconds)
        text = "not in time" if measured is None else f"{measured:.1f} s"
        self.bound(f"{bound} ≤ {limit:g} s", text, held and measured is not None and measured <= limit, details)

    def at_end(self, ending):
        self.endings.append(ending)

    def perform(self):
        def overtime(*_):
            raise Overtime(f"did not end within {paced(2 * self.attack.seconds)} s")

        signal.signal(signal.SIGALRM, overtime)
        self.directory = Path(tempfile.mkdtemp(prefix="attack-"))
        # Twice what it should take: the machine may have other things to do.
        signal.alarm(paced(2 * self.attack.seconds))
        try:
            self.attack.function(self)
        except Exception as error:
            # An attack that cannot be carried out has proved nothing.
            where = traceback.format_exc().strip().splitlines()
            self.bound("the attack is carried out", f"{type(error).__name__}: {error}"[:200], False, where[-12:])
        finally:
            signal.alarm(0)
            for ending in reversed(self.endings):
                with contextlib.suppress(OSError):
                    ending()
            # Some stores are deeper than Python's own removal goes.
            subprocess.run(["rm", "-rf", self.directory], check=False)
        return self.rows


def perform(index, binary, short):
    start = time.monotonic()
    return Run(ATTACKS[index], binary, short).perform(), time.monotonic() - start


def run_all(attacks, binary, short, announce):
    """Carries the attacks out. `announce` hears of each when it is over.

    One after another where figures are taken; the short form, most of which waits, has three under way in processes of their own.
    """
    if short:
        be_patient()
    context = multiprocessing.get_context("fork")
    with concurrent.futures.ProcessPoolExecutor(3 if short else 1, mp_context=context) as pool:
        running = [pool.submit(perform, ATTACKS.index(each), binary, short) for each in attacks]
        rows = []
        for each, future in zip(attacks, running):
            found, seconds = future.result()
            announce(each, found, seconds)
            rows += found
    return rows


def as_text(rows):
    heads = ["attack", "load", "bound", "measured", ""]
    lines = [[row.attack, row.load, row.bound, row.measured, "held" if row.held else "BROKEN"] for row in rows]
    widths = [max(len(line[column]) for line in [heads] + lines) for column in range(5)]
    text = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in [heads] + lines]
    return "\n".join(text)


def as_json(rows):
    return json.dumps([dataclasses.asdict(row) for row in rows], indent=1)


def as_markdown(rows):
    """The load stands in the first row of each attack alone, and the verdict where a bound is broken."""

    def cell(text):
        return text.replace("|", "\\|")

    lines = ["| attack | load | bound | measured |", "|---|---|---|---|"]
    attack = None
    for row in rows:
        name, load = (row.attack, cell(row.load)) if row.attack != attack else ("", "")
        attack = row.attack
        lines.append(f"| {name} | {load} | {cell(row.bound)} | {cell(row.measured)}{'' if row.held else ' **BROKEN**'} |")
    return "\n".join(lines)
