"""Keeps, appends and reopens in a process of its own, and says what was acknowledged.

    python -m tests.faults.keeper DATA [short|large]

Prints `archived ID REV` and `appended JOURNAL SEQ BODY` when those are durable, `refused WHY` when something
was not, `shut JOURNAL` where one takes nothing more until it is opened anew, and `reopened`. With
*short*, every write(2) takes one to seven bytes of what it is given; with *large*, each article has 200 KB of its own.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from archive import Archive, ArchiveError
from tests.builders import TurnedClock
from tests.faults.stores import OTHERS, Told, append_one, keep_one, open_archive

LARGE = 200_000


def write_little() -> None:
    """Let every write take less than it is given."""
    real = os.write

    def write(fd: int, data: bytes) -> int:
        return real(fd, memoryview(data)[: 1 + len(data) % 7])

    os.write = write  # type: ignore[assignment]


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def tried(archive: Archive, work: Callable[[], None]) -> None:
    """Do one piece of work, and say where it is refused."""
    try:
        work()
    except ArchiveError as error:
        say("refused", error)
        ports = archive._ports
        for name, journal in ports.journals().items():
            if journal.refuses or (name == "articles" and ports.blobs.refuses):
                say("shut", name)


def one(archive: Archive, told: Told, n: int, edits: int) -> None:
    keep_one(archive, told, f"n{n}", edits, ballast=LARGE if "large" in sys.argv[2:] else 0)
    say("archived", *told.articles[-1])


def other(archive: Archive, told: Told, journal: str, n: int) -> None:
    append_one(archive, told, journal, f"text{n}")
    seq, body = told.lines[journal][-1]
    say("appended", journal, seq, body.decode())


def work(data: Path, rounds: int) -> None:
    clock, told = TurnedClock(), Told()
    archive = open_archive(data, clock)
    for n in range(rounds):
        tried(archive, lambda n=n: one(archive, told, n, 0))  # type: ignore[misc]
        tried(archive, lambda n=n: other(archive, told, OTHERS[n % 3], n))  # type: ignore[misc]
        tried(archive, lambda n=n: one(archive, told, n, 1))  # type: ignore[misc]
        if archive.refuses:
            try:
                archive.reopen()
                say("reopened")
            except (ArchiveError, OSError) as error:
                say("refused", error)
        if n % 2 and rounds == 4:
            clock.advance(days=1)
    archive.close()
    say("ended")


if __name__ == "__main__":
    if "short" in sys.argv[2:]:
        write_little()
    try:
        work(Path(sys.argv[1]), 12 if "large" in sys.argv[2:] else 4)
    except (ArchiveError, OSError) as error:
        say("refused", error)
        sys.exit(3)
