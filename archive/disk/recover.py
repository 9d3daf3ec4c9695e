"""A journal's folder after any crash -> a journal that can go on.

Every line that proves itself is kept, all other bytes are parked in
`quarantine/`, and opening never refuses. Lines that survived behind lost ones
are put into a new segment with their own seq, each lost seq there as a `hole`;
a torn tail with nothing behind it leaves none, and its seqs are given again.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from archive.disk import compacting, files, sealing, segments
from archive.disk.frame import GENESIS, Framed, frame, unframe
from archive.disk.segments import Segment
from archive.disk.tail import Scrap, Tail, good_prefix, read_tail

_HELD_BACK = ".salvage"


@dataclass(frozen=True, slots=True)
class Report:
    """What opening a journal found and did.

    parked     bytes moved to quarantine
    salvaged   lines that had survived behind lost ones
    holes      seqs whose lines are lost
    changed    the first seq whose place is not what it was, or None
    """

    parked: int = 0
    salvaged: int = 0
    holes: tuple[int, ...] = ()
    changed: int | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A journal ready for its next line.

    segments   in order; the last may be appended to
    last       seq of the last line, 0 where there is none
    total      its sum, which the next line repeats
    size       bytes in the last segment, where it may be appended to
    """

    segments: list[Segment]
    last: int = 0
    total: str = GENESIS
    size: int = 0
    report: Report = field(default_factory=Report)


def recover(
    folder: Path,
    quarantine: Path,
    hole: bytes,
    now: datetime,
    moving: Callable[[], None],
    *,
    compacts: bool = False,
) -> Opened:
    """Bring *folder* into order and return how the journal stands.

    compacts   a snapshot in it stands for all before it

    moving   called before lines get new places, or are given up: what an index
             says of them is no longer so, also if a crash comes right behind it
    """
    sealing.tidy(folder)
    if compacts:
        compacting.tidy(folder)
    _finish_salvage(folder, moving)
    tail, report = read_tail(folder), Report()
    if tail.scraps:
        for scrap in tail.scraps:
            _park(quarantine, scrap)
        survivors = tail.survivors()
        holes = _hold_back(folder, survivors, tail, hole, now)
        if survivors:
            _finish_salvage(folder, moving)
        else:
            _cut(folder, tail.scraps)
        parked = sum(len(scrap.data) for scrap in tail.scraps)
        report = Report(parked, len(survivors), holes, tail.last + 1 if survivors else None)
        tail = read_tail(folder)
    if tail.segments:
        files.force(tail.segments[-1].path(folder), folder.parent)
    return Opened(tail.segments, tail.last, tail.total, tail.size, report)


def _hold_back(
    folder: Path, survivors: list[Framed], tail: Tail, hole: bytes, now: datetime
) -> tuple[int, ...]:
    """Write the survivors, with holes between, to a segment that is held back; return the holes."""
    if not survivors:
        return ()
    by_seq = {line.seq: line.body for line in survivors}
    lines: list[bytes] = []
    holes: list[int] = []
    total = tail.total
    for seq in range(tail.last + 1, survivors[-1].seq + 1):
        if seq not in by_seq:
            holes.append(seq)
        data, total = frame(seq, total, by_seq.get(seq, hole))
        lines.append(data)
    path = segments.path_of(folder, segments.next_name(folder, now))
    files.replace_durably(path.with_name(path.name + _HELD_BACK), b"".join(lines))
    return tuple(holes)


def _finish_salvage(folder: Path, moving: Callable[[], None]) -> None:
    """Cut what a held-back segment was made from, and give the segment its name.

    It was made durable before the first cut, and is whole; however many of the cuts
    had been made when a crash came, the others are made now. One that is torn, or
    lacks a line that has survived, is made again.
    """
    for held in sorted(folder.glob(f"*/*{segments.PLAIN}{_HELD_BACK}")):
        tail = read_tail(folder)
        if _replaces(held.read_bytes(), tail):
            moving()
            _cut(folder, tail.scraps)
            os.replace(held, held.with_name(held.name.removesuffix(_HELD_BACK)))
        else:
            held.unlink()
        files.sync_folder(held.parent)


def _replaces(data: bytes, tail: Tail) -> bool:
    """Say whether *data* goes on right behind the journal's end with every line that survived there.

    Where nothing stands before it, and what it was made from may be cut, it begins as it does.
    """
    raw = data.splitlines(keepends=True)
    lines = [line for one in raw if (line := unframe(one)) is not None]
    if not lines or (tail.segments and (lines[0].seq, lines[0].prev) != (tail.last + 1, tail.total)):
        return False
    held = {line.seq: line.body for line in lines}
    whole = good_prefix(data, lines[0].seq)[0] == len(data)
    return whole and all(held.get(line.seq) == line.body for line in tail.survivors())


def _cut(folder: Path, scraps: list[Scrap]) -> None:
    """Cut segments to their good bytes, durably; a segment with none is taken away."""
    for scrap in scraps:
        path = segments.path_of(folder, scrap.name)
        if scrap.start == 0:
            path.unlink()
            files.sync_folder(path.parent)
        else:
            files.truncate_durably(path, scrap.start)


def _park(quarantine: Path, scrap: Scrap) -> None:
    """Keep bytes that prove nothing, under the place they were found at."""
    if not scrap.data:
        return
    number = 0
    while (path := quarantine / f"{scrap.place}.{number}").exists():
        number += 1
    files.replace_durably(path, scrap.data)
