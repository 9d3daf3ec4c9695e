"""A journal's segments and a seq -> the lines behind it, and where to go on next time."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from archive.cards import Line
from archive.disk import segments
from archive.disk.frame import Framed, lines_within, unframe
from archive.disk.segments import Segment
from archive.disk.unread import Unread
from archive.errors import Unreadable
from archive.ports import AT_ONCE

_CURSORS = 64


class Following:
    """Reads lines in order, for consumers that come back for more.

    damaged   places that failed their sum when they were read
    unread    where it is given, what the disk does not give back is passed over as it says
    """

    def __init__(self, folder: Path, unread: Unread | None = None) -> None:
        self._folder = folder
        self._unread = unread
        self._cursors: dict[int, tuple[Sequence[Segment], int, int]] = {}
        self.damaged: list[str] = []

    def since(self, standing: Sequence[Segment], seq: int, limit: int, last: int | None) -> list[Line]:
        """Return up to *limit* lines behind *seq* in the segments *standing*, none behind *last*, not too many bytes.

        Raises FileNotFoundError where one of them was taken away meanwhile.
        """
        found: list[Line] = []
        size = 0
        of, number, offset = self._cursors.get(seq, ((), 0, 0))
        if of is not standing:  # It counts segments that are others by now.
            number, offset = _number_of(standing, seq + 1), 0
        for at in range(number, len(standing)):
            name = standing[at].name
            for start, raw in self._raw(standing[at], offset, last=at == len(standing) - 1):
                for within, line in self._proven(segments.place(name, start), raw):
                    if line.seq <= seq:
                        continue
                    if last is not None and line.seq > last:
                        return found
                    found.append(Line(line.seq, segments.place(name, start + within), line.body))
                    size += len(line.body)
                    if len(found) == limit or size >= AT_ONCE or line.seq == last:
                        self._remember(line.seq, (standing, at, start + within + line.size))
                        return found
            offset = 0
        return found

    def _raw(self, segment: Segment, offset: int, *, last: bool) -> Iterator[tuple[int, bytes]]:
        """Yield the raw lines of a segment from *offset* on; what cannot be read is passed over, where that may be.

        Of the one that is written to it may not: nobody knows what comes behind.
        """
        at: int | None = offset
        while at is not None:
            try:
                for at, raw in segments.open_lines(self._folder, segment.name).behind(at):  # noqa: B020 - where it is
                    yield at, raw
                    at += len(raw)  # noqa: PLW2901 - and where it goes on, where the next is refused
            except Unreadable as error:
                open_still = last and not segment.sealed
                if open_still or self._unread is None or not self._unread.passes(error):
                    raise
                at = self._beyond(segment.name, at)
            else:
                return

    def _beyond(self, name: str, offset: int) -> int | None:
        try:
            return segments.open_lines(self._folder, name).beyond(offset)
        except Unreadable:
            return None

    def _proven(self, place: str, raw: bytes) -> Iterable[tuple[int, Framed]]:
        """Return the line that *raw* is; where it fails its sum, those that stand within it."""
        line = unframe(raw)
        if line is not None:
            return ((0, line),)
        if raw.endswith(b"\n") and place not in self.damaged:  # An unfinished one at the end is only early.
            self.damaged.append(place)
        return lines_within(raw)

    def _remember(self, seq: int, cursor: tuple[Sequence[Segment], int, int]) -> None:
        """Remember where the line behind *seq* begins, so that a consumer goes on at once."""
        if len(self._cursors) >= _CURSORS:
            self._cursors.pop(next(iter(self._cursors)), None)
        self._cursors[seq] = cursor


def _number_of(standing: Sequence[Segment], seq: int) -> int:
    """Return the number of the segment in which *seq* stands or would stand."""
    number = 0
    for at, segment in enumerate(standing):
        if segment.first <= seq:
            number = at
    return number
