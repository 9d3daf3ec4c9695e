"""A journal's folder after any crash -> a journal that can go on.

Every line that proves itself is kept, all other bytes are parked in
`quarantine/`, and opening never refuses. Lines that survived behind lost ones
are put into a new segment with their own seq, each lost seq there as a `hole`;
a torn tail with nothing behind it leaves none, and its seqs are given again.
"""

import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from archive.disk import files, segments
from archive.disk.frame import GENESIS, SHORTEST, Framed, frame, lines_within, unframe
from archive.disk.segments import Segment

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
    size       bytes in the last segment
    """

    segments: list[Segment]
    last: int = 0
    total: str = GENESIS
    size: int = 0
    report: Report = field(default_factory=Report)


def recover(folder: Path, quarantine: Path, hole: bytes, now: datetime) -> Opened:
    """Bring *folder* into order and return how the journal stands.

    Only what was written last can be torn: a segment is complete and durable
    before the next one is begun.
    """
    _finish_salvage(folder)
    found, headless = segments.find(folder)
    good, last, total = _end_of(found, folder)
    scraps = _scraps(folder, found, good, headless)
    if not scraps:
        return Opened(found, last, total, good)
    for name, data in scraps:
        _park(quarantine, name, data)
    survivors = _survivors(b"\n".join(data for _, data in scraps), last)
    holes = _write_salvage(folder, survivors, last, total, hole, now)
    if found:
        _cut(found[-1].path(folder), good)
    for name in headless:
        _cut(segments.path_of(folder, name), 0)
    _finish_salvage(folder)
    found, _ = segments.find(folder)
    good, end, total = _end_of(found, folder)
    parked = sum(len(data) for _, data in scraps)
    report = Report(parked, len(survivors), holes, last + 1 if survivors else None)
    return Opened(found, end, total, good, report)


def _end_of(found: list[Segment], folder: Path) -> tuple[int, int, str]:
    """Return the good bytes of the last segment, and seq and sum of the last good line."""
    if not found:
        return 0, 0, GENESIS
    good, last, total = _good_prefix(found[-1].path(folder).read_bytes(), found[-1].first)
    if last == 0:
        _, last, total = _end_of(found[:-1], folder)
    return good, last, total


def _scraps(folder: Path, found: list[Segment], good: int, headless: list[str]) -> list[tuple[str, bytes]]:
    """Return the bytes that are no part of the journal as it stands, each with a name."""
    scraps: list[tuple[str, bytes]] = []
    if found:
        tail = found[-1].path(folder).read_bytes()[good:]
        scraps.append((segments.place(found[-1].name, good), tail))
    scraps += [(segments.place(name, 0), segments.path_of(folder, name).read_bytes()) for name in headless]
    return [scrap for scrap in scraps if scrap[1] or scrap[0].endswith("+0")]


def _good_prefix(data: bytes, first: int) -> tuple[int, int, str]:
    """Return how far *data* is good, with the seq and sum of its last good line."""
    at, seq, total = 0, 0, GENESIS
    while at < len(data):
        end = data.find(b"\n", at) + 1
        line = unframe(data[at:end]) if end else None
        if line is None or line.seq != (seq + 1 if seq else first) or (seq and line.prev != total):
            break
        at, seq, total = end, line.seq, line.total
    return at, seq, total


def _survivors(tail: bytes, last: int) -> list[Framed]:
    """Return the lines in *tail* that belong behind *last*, in order, each seq once.

    A seq that could not have been reached within the tail's size is not ours:
    stale sectors can hold lines of a file that is long gone.
    """
    reach = last + 1 + len(tail) // SHORTEST
    by_seq: dict[int, Framed] = {}
    for line in lines_within(tail):
        if last < line.seq <= reach:
            by_seq.setdefault(line.seq, line)
    return [by_seq[seq] for seq in sorted(by_seq)]


def _write_salvage(
    folder: Path, survivors: list[Framed], last: int, total: str, hole: bytes, now: datetime
) -> tuple[int, ...]:
    """Write the survivors, with holes between, to a segment that is held back; return the holes."""
    if not survivors:
        return ()
    by_seq = {line.seq: line.body for line in survivors}
    lines: list[bytes] = []
    holes: list[int] = []
    for seq in range(last + 1, survivors[-1].seq + 1):
        if seq not in by_seq:
            holes.append(seq)
        data, total = frame(seq, total, by_seq.get(seq, hole))
        lines.append(data)
    path = segments.path_of(folder, segments.next_name(folder, now))
    files.replace_durably(path.with_name(path.name + _HELD_BACK), b"".join(lines))
    return tuple(holes)


def _finish_salvage(folder: Path) -> None:
    """Give a held-back segment its name, if the segment before it was cut already.

    It was made durable before the cut, so after the cut it is whole; before the
    cut the bytes it was made from still stand, and it is made again.
    """
    for held in sorted(folder.glob(f"*/*{segments.SUFFIX}{_HELD_BACK}")):
        found, _ = segments.find(folder)
        lines = held.read_bytes()
        end = lines.find(b"\n") + 1
        first = unframe(lines[:end]) if end else None
        whole = first is not None and _good_prefix(lines, first.seq)[0] == len(lines)
        if whole and first is not None and _ends_before(found, folder, first):
            os.replace(held, held.with_name(held.name.removesuffix(_HELD_BACK)))
        else:
            held.unlink()
        files.sync_folder(held.parent)


def _ends_before(found: list[Segment], folder: Path, first: Framed) -> bool:
    """Say whether the journal on disk ends cleanly with the line before *first*."""
    good, seq, total = _end_of(found, folder)
    clean = not found or good == found[-1].path(folder).stat().st_size
    return clean and seq + 1 == first.seq and total == first.prev


def _cut(path: Path, size: int) -> None:
    """Cut *path* to its good bytes, durably; a segment with none is taken away."""
    if size == 0:
        path.unlink()
        files.sync_folder(path.parent)
        return
    fd = os.open(path, os.O_WRONLY)
    try:
        os.ftruncate(fd, size)
        os.fsync(fd)
    finally:
        os.close(fd)


def _park(quarantine: Path, name: str, data: bytes) -> None:
    """Keep bytes that prove nothing, under the place they were found at."""
    if not data:
        return
    number = 0
    while (path := quarantine / f"{name}.{number}").exists():
        number += 1
    files.replace_durably(path, data)
