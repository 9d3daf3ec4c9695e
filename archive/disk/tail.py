"""A journal's folder -> where its lines end, and the bytes that lie behind that end."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from archive.disk import files, seekable, segments
from archive.disk.frame import GENESIS, SHORTEST, Framed, lines_of, lines_within, unframe
from archive.disk.segments import Segment


@dataclass(frozen=True, slots=True)
class Scrap:
    """Bytes of one segment, from *start* to its end, that are no part of the journal as it stands."""

    name: str
    start: int
    data: bytes

    @property
    def place(self) -> str:
        """Where the bytes were found."""
        return segments.place(self.name, self.start)


@dataclass(frozen=True, slots=True)
class Tail:
    """How a journal ends.

    segments   those that stand, in order; the last is good for *size* bytes, 0 where it is sealed
    last       seq of the last line that stands, 0 where there is none
    total      its sum
    scraps     what lies behind it, in order
    """

    segments: list[Segment] = field(default_factory=list)
    last: int = 0
    total: str = GENESIS
    size: int = 0
    scraps: list[Scrap] = field(default_factory=list)

    def survivors(self) -> list[Framed]:
        """Return the lines among the scraps that belong behind the last, in order, each seq once.

        A seq that could not have been reached within the scraps' size is not ours:
        stale sectors can hold lines of a file that is long gone.
        """
        reach = self.last + 1 + sum(len(scrap.data) for scrap in self.scraps) // SHORTEST
        by_seq: dict[int, Framed] = {}
        for scrap in self.scraps:
            for _, line in lines_within(scrap.data):
                if self.last < line.seq <= reach:
                    by_seq.setdefault(line.seq, line)
        return [by_seq[seq] for seq in sorted(by_seq)]


def read_tail(folder: Path) -> Tail:
    """Read the last segment, and those before it as long as nothing stands in what is behind them.

    Only what was written last can be torn. Rot in an older segment is passed over
    by readers and stays where it is, unless the journal has to go on right there. A
    sealed segment is never cut.
    """
    found, barren = segments.find(folder)
    scraps = [Scrap(name, 0, files.read(segments.path_of(folder, name))) for name in barren]
    while found:
        if found[-1].sealed:
            last, total = _sealed_end(folder, found[-1])
            return Tail(found, last, total, 0, scraps)
        data = files.read(found[-1].path(folder))
        good, last, total = good_prefix(data, found[-1].first)
        if good < len(data):
            scraps.insert(0, Scrap(found[-1].name, good, data[good:]))
        if last:
            return Tail(found, last, total, good, scraps)
        found = found[:-1]
    tail = Tail(scraps=scraps)
    return tail if tail.survivors() else replace(tail, last=_before(scraps))


def _before(scraps: list[Scrap]) -> int:
    """Return the seq before all that *scraps* can have held, by their first line that proves itself.

    A journal that is compacted begins at any seq, and nothing stands before its first segment.
    """
    for scrap in scraps:
        for at, line in lines_within(scrap.data):
            return max(0, line.seq - 1 - at // SHORTEST)
    return 0


def _sealed_end(folder: Path, segment: Segment) -> tuple[int, str]:
    """Return the seq of a sealed segment's last line, and the sum by which the next one names it.

    The manifest tells, but for a line that was put in another's place, and without a manifest:
    then it is the last that proves itself.
    """
    about = segment.about
    if about is not None and about.because is None:
        return about.last.seq, about.last.sum
    parts = seekable.table_of(segment.path(folder))
    start = parts[-1].raw_at if parts and about is not None else 0
    last = (about.last.seq, about.last.sum) if about is not None else (segment.first, GENESIS)
    for _, raw in segments.open_lines(folder, segment.name).behind(start):
        for _, line in lines_of(raw):
            last = (line.seq, line.asked_for)
    return last


def good_prefix(data: bytes, first: int) -> tuple[int, int, str]:
    """Return how far *data* is good, with the seq and sum of its last good line."""
    at, seq, total = 0, 0, GENESIS
    while at < len(data):
        end = data.find(b"\n", at) + 1
        line = unframe(data[at:end]) if end else None
        if line is None or line.seq != (seq + 1 if seq else first) or (seq and line.prev != total):
            break
        at, seq, total = end, line.seq, line.total
    return at, seq, total
