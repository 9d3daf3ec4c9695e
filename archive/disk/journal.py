"""bodies -> durable lines in daily segments, and back."""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from archive import faults
from archive.cards import Line
from archive.disk import compacting, files, recover, sealing, segments
from archive.disk.appending import Appending
from archive.disk.following import Following
from archive.disk.frame import frame, line_at
from archive.disk.segments import Segment
from archive.disk.unread import Unread
from archive.errors import Damaged, ReadOnly, Refusals, Unreadable

SEGMENT_BYTES = 64 * 2**20
_LOOKS = 8
"""How often a reader looks again where another process takes segments away under its hands."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class DiskJournal:
    """The Journal port over a folder of JSON lines.

    Opened by the one writer it recovers what a crash left. Opened with
    *writable* false (another process reads along) it changes nothing, sees the
    lines that are whole, and refuses to append.

    moving    called before opening gives lines new places, or gives some up
    compacts  `compact` may be asked of it
    unread    takes note of what the disk does not give back, and says what goes on without it
    report    what opening found
    damaged   places that failed their sum when they were read; `verify` lists all
    """

    def __init__(
        self,
        folder: Path,
        *,
        hole: bytes = b'{"kind":"hole"}',
        now: Callable[[], datetime] = _utc_now,
        writable: bool = True,
        segment_bytes: int | None = None,
        moving: Callable[[], None] = lambda: None,
        compacts: bool = False,
        unread: Unread | None = None,
    ) -> None:
        self._folder = folder
        self._now = now
        self._segment_bytes = segment_bytes or SEGMENT_BYTES
        self._writable = writable
        self._end = Appending(folder, writable=writable)
        self._shaping = threading.Lock()
        self._following = Following(folder, unread)
        self._finished = ""
        self.damaged = self._following.damaged
        if writable:
            quarantine = folder.parent / "quarantine" / folder.name
            try:
                files.make_folders(folder)
                opened = recover.recover(folder, quarantine, hole, now(), moving, compacts=compacts)
            except Unreadable as error:  # Seqs of what stands there must not be given again.
                raise ReadOnly(str(error)) from error
            except OSError as error:
                raise ReadOnly(f"{folder}: {error.strerror}; it cannot be opened for writing") from error
        else:
            opened = recover.Opened([])
        self.report = opened.report
        self._segments = opened.segments
        self._last, self._total, self._end.size = opened.last, opened.total, opened.size

    @property
    def last(self) -> int:
        """The seq of the last durable line."""
        return self._last

    @property
    def waited(self) -> float:
        """How many seconds `append` waited for the disk so far."""
        return self._end.waited

    def append(self, bodies: Sequence[bytes]) -> list[Line]:
        """Make *bodies* durable and return them as lines. One fdatasync for all."""
        if not bodies:
            return []
        with self._end.writing():
            return self._append(bodies)

    def _append(self, bodies: Sequence[bytes]) -> list[Line]:
        segment = self._open_segment()
        chunks: list[bytes] = []
        lines: list[Line] = []
        seq, total, size = self._last, self._total, self._end.size
        for body in bodies:
            seq += 1
            data, total = frame(seq, total, body)
            lines.append(Line(seq, segments.place(segment.name, size), body))
            chunks.append(data)
            size += len(data)
        self._end.append(chunks, self._folder.name)
        self._total = total
        self._last = seq  # Last: from here on readers see the lines.
        return lines

    def _open_segment(self) -> Segment:
        """Return the segment to append to, a new one when the day changed or it is full."""
        now = self._now()
        if self._segments:
            current = self._segments[-1]
            open_still = current.day == now.date() and not current.sealed and current.name != self._finished
            if open_still and self._end.size < self._segment_bytes:
                if not self._end.is_open:
                    self._end.go_on(current.path(self._folder), self._end.size)
                return current
        return self._new_segment(now)

    def _new_segment(self, now: datetime) -> Segment:
        segment = Segment(self._last + 1, segments.next_name(self._folder, now))
        self._end.begin(segment.path(self._folder))
        faults.at(f"{self._folder.name}.created")
        self._segments = [*self._segments, segment]
        return segment

    def since(self, seq: int, limit: int) -> list[Line]:
        """Return up to *limit* durable lines behind *seq*, in order.

        A line that fails its sum is passed over and noted in `damaged`: what
        comes behind it must not be lost with it.
        """
        if not self._writable:
            return self._read_along(seq, limit)
        if seq >= self._last:
            return []
        try:
            return self._following.since(self._segments, seq, limit, self._last)
        except FileNotFoundError:  # Another version is being put in its place.
            with self._end.lock:
                return self._following.since(self._segments, seq, limit, self._last)

    def _read_along(self, seq: int, limit: int) -> list[Line]:
        """Read beside another process: it begins segments, and takes some away, at any moment."""
        looked = False
        for look in range(1, _LOOKS + 1):
            try:
                found = self._following.since(self._segments, seq, limit, None)
                if found or looked:
                    return found
                standing = segments.find(self._folder)[0]
                looked = standing == self._segments
            except FileNotFoundError:
                if look == _LOOKS:
                    raise
                standing, looked = [], False
            self._segments = self._segments if looked else standing
        return []

    def at(self, place: str, seq: int) -> Line:
        """Return the line with this *seq*; where its segment has another version by now, from there."""
        name, offset = segments.parse_place(place)
        try:
            line = line_at(segments.open_lines(self._folder, name).at(offset), 0)
        except FileNotFoundError:
            return self._moved(place, seq)
        except OSError as error:
            raise Damaged(f"{self._folder.name} {place}: {error.strerror}") from error
        if line is None:
            raise Damaged(f"{self._folder.name} {place}: the line fails its checksum; run `newsweir verify`")
        if line.seq != seq:  # Its segment was lost, and another took the name.
            raise Damaged(f"{self._folder.name} {place}: line {seq} is lost; run `newsweir verify`")
        return Line(seq, place, line.body)

    def _moved(self, place: str, seq: int) -> Line:
        """Return a line of a segment that is no more: by its number, from what stands in its place."""
        found = self.since(seq - 1, 1)
        if not found or found[0].seq != seq:
            raise Damaged(f"{self._folder.name} {place}: line {seq} is lost; run `newsweir verify`")
        return found[0]

    @property
    def refuses(self) -> bool:
        """Whether it takes no more lines until it is opened anew."""
        return self._end.refuses

    def recovered(self) -> dict[str, int]:
        """Return what opening had to mend."""
        report = self.report
        return {"parked": report.parked, "salvaged": report.salvaged, "holes": len(report.holes)}

    def seal(self) -> int:
        """Seal the finished segments, the oldest first; return how many.

        Nobody is held up: a plain segment stands until its sealed form is whole. A disk
        that has no room for it, or does not give it back, costs nothing: that segment is
        sealed another time, and those behind it now.
        """
        number = 0
        refusals = Refusals()
        with self._shaping:
            for segment in [one for one in self._segments if not one.sealed]:
                with refusals.put_off():
                    with self._end.writing():
                        if segment == self._segments[-1] and not self._finish(segment):
                            break
                    self._seal(segment)
                    number += 1
        refusals.tell()
        return number

    def _seal(self, segment: Segment) -> None:
        try:
            sealed = sealing.seal(self._folder, segment, self._now())
        except OSError as error:
            raise ReadOnly(f"{self._folder}: {error.strerror}; {segment.name} is not sealed") from error
        with self._end.writing():
            self._put(segment, sealed)
            sealing.take_plain_away(self._folder, segment.name)

    def _finish(self, segment: Segment) -> bool:
        """Close the last segment where its first line is over 24 hours old; say whether it is.

        It was written on the day of the name, however late: by the second day behind it is so old.
        """
        if (self._now().date() - segment.day).days >= 2:
            self._finished = segment.name
            self._end.leave()
        return self._finished == segment.name

    def rewrite(self, bodies: Mapping[int, bytes], because: str) -> list[range]:
        """Put *bodies* in the place of the lines with these seqs; return the seqs whose places are new.

        Each becomes a line that proves itself and says by `was` what stood there. Their
        segments are sealed first and then superseded; nothing of the old bytes is left.
        """
        moved: list[range] = []
        with self._shaping, self._end.writing():
            self._end.leave()
            ends = [*(segment.first for segment in self._segments[1:]), self._last + 1]
            for segment, end in zip(self._segments, ends, strict=False):
                if any(segment.first <= seq < end for seq in bodies):
                    self._supersede(segment, bodies, because)
                    moved.append(range(segment.first, end))
        return moved

    def _supersede(self, segment: Segment, bodies: Mapping[int, bytes], because: str) -> None:
        """Put the next version in a segment's place; who reads meanwhile finds one of the two."""
        if not segment.sealed:
            sealing.seal(self._folder, segment, self._now())
            sealing.take_plain_away(self._folder, segment.name)
        lines = sealing.replaced(self._folder, segment.name, bodies)
        self._put(segment, sealing.next_of(self._folder, segment.name, lines, self._now(), because))
        sealing.take_away(self._folder, segment.name)

    def _put(self, old: Segment, new: Segment) -> None:
        self._segments = [new if segment == old else segment for segment in self._segments]

    def compact(self, bodies: Sequence[bytes]) -> list[Line]:
        """Let *bodies* stand for every line there is; return the lines they became, durable.

        They stand between `snapshot` and `snapshot-end` in a segment of their own;
        what is before it is taken away when all of it is on disk.
        """
        with self._shaping, self._end.writing():
            old = self._segments
            self._new_segment(self._now())
            lines = self._append([compacting.beginning(self._last), *bodies, compacting.END])
            compacting.forget(self._folder, old)
            self._segments = self._segments[len(old) :]
        return lines[1:-1]

    def close(self) -> None:
        """Let go of the descriptor; the journal refuses from then on."""
        self._end.close()
