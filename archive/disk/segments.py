"""A journal's folder -> its segments in order: names, first seqs, places.

`articles/2026/2026-11-22.000.jsonl`: named by the UTC day on which its first
line was written. Order is the seq inside, never the name.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archive.disk.frame import lines_within, unframe
from archive.errors import Damaged

_NAME = re.compile(r"(?P<year>\d{4})-\d\d-\d\d\.\d{3,}")
SUFFIX = ".jsonl"


@dataclass(frozen=True, slots=True, order=True)
class Segment:
    """One file of lines: those from about *first* up to the next segment's first."""

    first: int
    name: str

    def path(self, folder: Path) -> Path:
        """Return where the file lies below the journal's *folder*."""
        return path_of(folder, self.name)


def path_of(folder: Path, name: str) -> Path:
    """Return the path of the segment called *name*. Raises Damaged for no such name."""
    match = _NAME.fullmatch(name)
    if match is None:
        raise Damaged(f"{folder.name}: {name!r} is no name of a segment")
    return folder / match["year"] / f"{name}{SUFFIX}"


def find(folder: Path) -> tuple[list[Segment], list[str]]:
    """Return the segments of *folder* in order of seq, and the names of those where no line proves itself.

    A segment's first seq is that of its first line that proves itself, so that rot
    at its head puts none of its other lines out of place.
    """
    found: list[Segment] = []
    barren: list[str] = []
    for path in sorted(folder.glob(f"*/*{SUFFIX}")):
        name = path.name.removesuffix(SUFFIX)
        if _NAME.fullmatch(name) is None:
            continue
        first = _first_seq(path)
        if first is None:
            barren.append(name)
        else:
            found.append(Segment(first, name))
    return sorted(found), barren


def _first_seq(path: Path) -> int | None:
    """Return the seq of the first line in a file that proves itself."""
    with path.open("rb") as file:
        head = file.readline()
        line = unframe(head)
        if line is not None:
            return line.seq
        return next((line.seq for _, line in lines_within(head + file.read())), None)


def next_name(folder: Path, now: datetime) -> str:
    """Return a name not yet taken for a segment begun at *now*."""
    day = f"{now:%Y-%m-%d}"
    year = folder / day[:4]
    number = 0
    while any(year.glob(f"{day}.{number:03d}.*")):
        number += 1
    return f"{day}.{number:03d}"


def place(name: str, offset: int) -> str:
    """Return the place of the line at *offset* in a segment; it survives sealing."""
    return f"{name}+{offset}"


def parse_place(text: str) -> tuple[str, int]:
    """Return the segment's name and the offset of a place. Raises Damaged."""
    name, _, offset = text.rpartition("+")
    if not offset.isdigit():
        raise Damaged(f"{text!r} is no place in a journal")
    return name, int(offset)
