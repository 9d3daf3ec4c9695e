"""A segment of a journal that is not as it was written -> its lines in order, and what is left over."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from archive.disk import manifest, seekable, segments
from archive.disk.frame import Framed, lines_within, unframe
from archive.disk.lines import BROKEN
from archive.disk.segments import Segment
from archive.disk.tail import Scrap
from archive.verify.chain import kind_of
from archive.verify.pieces import unfinished


@dataclass(slots=True)
class Work:
    """One segment on its way to a version that is whole.

    lines     those that stand, by seq; of a segment that is sound they are not read
    scraps    bytes that prove nothing
    changed   why its lines are not those that its file has; "" while they are
    came      seqs of lines that came back
    ends_broken, lacks   nothing that proves itself stands at its end; before or behind it lines are missing
    torn      what a crash cut off at its end: no flaw, but it does not go into a sealed file
    """

    segment: Segment
    loaded: bool = False
    lines: dict[int, Framed] = field(default_factory=dict)
    scraps: list[Scrap] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    came: list[int] = field(default_factory=list)
    torn: list[Scrap] = field(default_factory=list)
    ends_broken: bool = False
    lacks: bool = False
    is_new: bool = False

    @property
    def seqs(self) -> list[int]:
        """The seqs of its lines, in order."""
        return sorted(self.lines)

    def put(self, line: Framed) -> None:
        """Put a line in its place that came from elsewhere."""
        self.lines[line.seq] = line
        self.came.append(line.seq)


def load(folder: Path, segment: Segment, end: int | None, strays: dict[int, list[Framed]]) -> Work:
    """Read a segment: of two lines with one seq the one that is no hole counts.

    end      the seq at which the next segment begins
    strays   takes lines that are no part of this one
    """
    work = Work(segment, loaded=True)
    last: Framed | None = None
    for offset, raw in segments.open_lines(folder, segment.name).behind(0):
        whole = unframe(raw)
        if whole is None:
            is_torn = not segment.sealed and unfinished(raw)
            scrap = Scrap(segment.name, offset, _bytes_at(folder, segment, offset, raw))
            (work.torn if is_torn else work.scraps).append(scrap)
            work.ends_broken = not is_torn
        for line in [whole] if whole is not None else [one for _, one in lines_within(raw)]:
            if line.seq < segment.first or (end is not None and line.seq >= end):
                strays.setdefault(line.seq, []).append(line)
                work.changed.append("a line stood where it does not belong")
                continue
            if last is not None and line.seq <= last.seq:
                work.changed.append("lines stood out of order")
            work.ends_broken = False
            before = work.lines.get(line.seq)
            if before is None or _counts(line, before, work.lines.get(line.seq - 1)):
                work.lines[line.seq] = line
            last = line
    return work


def _counts(line: Framed, before: Framed, neighbour: Framed | None) -> bool:
    """Say whether *line* counts, of two with one seq."""
    if (kind_of(line.body) == "hole") != (kind_of(before.body) == "hole"):
        return kind_of(before.body) == "hole"
    follows = neighbour is not None and line.prev == neighbour.asked_for
    return follows and neighbour is not None and before.prev != neighbour.asked_for


def _bytes_at(folder: Path, segment: Segment, offset: int, raw: bytes) -> bytes:
    """Return the bytes that prove nothing: a line's, or those of a piece that does not unpack."""
    if raw != BROKEN or not segment.sealed:
        return raw
    path = segment.path(folder)
    part = next((one for one in seekable.parts_of(path) if one.raw_at == offset), None)
    if part is None:
        return raw
    with path.open("rb") as file:
        file.seek(part.at)
        return file.read(part.size)


def edges(folder: Path, work: Work) -> tuple[Framed, Framed]:
    """Return the first and the last line of a segment."""
    if work.lines:
        return work.lines[work.seqs[0]], work.lines[work.seqs[-1]]
    found: list[Framed] = []
    lines = segments.open_lines(folder, work.segment.name)
    for _, raw in _ends(folder, work.segment, lines.behind(0)):
        line = unframe(raw)
        found = [found[0], line] if line is not None and found else [line] if line is not None else found
    return found[0], found[-1]


def _ends(folder: Path, segment: Segment, whole: Iterable[tuple[int, bytes]]) -> Iterable[tuple[int, bytes]]:
    """Yield the lines of a segment's first and last pieces: it is sound, so the others need not be read."""
    parts = seekable.table_of(segment.path(folder)) if segment.sealed else seekable.NO_FRAMES
    if len(parts) < 3:
        yield from whole
        return
    lines = segments.open_lines(folder, segment.name)
    for offset, raw in lines.behind(0):
        if offset >= parts[1].raw_at:
            break
        yield offset, raw
    yield from lines.behind(parts[-1].raw_at)


def told_end(work: Work) -> tuple[int, str] | None:
    """Return seq and sum of the last line that the manifest tells of, where it is there and agrees so far."""
    about = work.segment.about
    return (about.last.seq, about.last.sum) if about is not None else None


def orphan_ends(folder: Path) -> list[tuple[int, str]]:
    """Return the last lines of which manifests tell beside which no file stands."""
    bases = set(segments.forms(folder))
    found: list[tuple[int, str]] = []
    for path in folder.glob(f"*/*{manifest.SUFFIX}"):
        about = manifest.read(path, manifest.Manifest)
        if about is not None and about.segment.partition(".r")[0] not in bases:
            found.append((about.last.seq, about.last.sum))
    return found
