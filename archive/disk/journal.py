"""bodies -> durable lines in daily segments, and back."""

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from archive import faults
from archive.disk import files, recover, segments
from archive.disk.frame import Framed, frame, lines_within, unframe
from archive.disk.segments import Segment
from archive.errors import Damaged, ReadOnly
from archive.ports import Line

SEGMENT_BYTES = 64 * 2**20
_CURSORS = 64


def _utc_now() -> datetime:
    return datetime.now(UTC)


class DiskJournal:
    """The Journal port over a folder of JSON lines.

    Opened by the one writer it recovers what a crash left. Opened with
    *writable* false (another process reads along) it changes nothing, sees the
    lines that are whole, and refuses to append.

    moving    called before opening gives lines new places, or gives some up
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
        segment_bytes: int = SEGMENT_BYTES,
        moving: Callable[[], None] = lambda: None,
    ) -> None:
        self._folder = folder
        self._now = now
        self._segment_bytes = segment_bytes
        self._writable = writable
        self._lock = threading.Lock()
        self._fd: int | None = None
        self._refusal: str | None = None if writable else "opened for reading only"
        self._cursors: dict[int, tuple[int, int]] = {}
        self.damaged: list[str] = []
        self.waited = 0.0
        if writable:
            quarantine = folder.parent / "quarantine" / folder.name
            try:
                files.make_folders(folder)
                opened = recover.recover(folder, quarantine, hole, now(), moving)
            except OSError as error:
                raise ReadOnly(f"{folder}: {error.strerror}; it cannot be opened for writing") from error
        else:
            opened = recover.Opened(segments.find(folder)[0] if folder.is_dir() else [])
        self.report = opened.report
        self._segments = opened.segments
        self._last, self._total, self._size = opened.last, opened.total, opened.size

    @property
    def last(self) -> int:
        """The seq of the last durable line."""
        return self._last

    def append(self, bodies: Sequence[bytes]) -> list[Line]:
        """Make *bodies* durable and return them as lines. One fdatasync for all."""
        if not bodies:
            return []
        with self._lock:
            if self._refusal is not None:
                raise ReadOnly(f"{self._folder}: {self._refusal}")
            try:
                return self._append(bodies)
            except OSError as error:
                if self._fd is not None:
                    files.take_back(self._fd, self._size)
                self._drop_descriptor()
                self._refusal = f"read-only since a write failed ({error.strerror}); open it anew"
                raise ReadOnly(f"{self._folder}: {error.strerror}; nothing of this was kept") from error

    def _append(self, bodies: Sequence[bytes]) -> list[Line]:
        fd, segment = self._open_segment()
        chunks: list[bytes] = []
        lines: list[Line] = []
        seq, total, size = self._last, self._total, self._size
        for body in bodies:
            seq += 1
            data, total = frame(seq, total, body)
            lines.append(Line(seq, segments.place(segment.name, size), body))
            chunks.append(data)
            size += len(data)
        self.waited += files.append_durably(fd, chunks, f"{self._folder.name}")
        self._total, self._size = total, size
        self._last = seq  # Last: from here on readers see the lines.
        return lines

    def _open_segment(self) -> tuple[int, Segment]:
        """Return the segment to append to, a new one when the day changed or it is full."""
        now = self._now()
        if self._segments:
            current = self._segments[-1]
            same_day = current.name.startswith(f"{now:%Y-%m-%d}.")
            if same_day and self._size < self._segment_bytes:
                if self._fd is None:
                    self._fd = os.open(current.path(self._folder), os.O_WRONLY | os.O_APPEND)
                return self._fd, current
        self._drop_descriptor()
        segment = Segment(self._last + 1, segments.next_name(self._folder, now))
        self._fd = files.create(segment.path(self._folder))
        faults.at(f"{self._folder.name}.created")
        self._segments = [*self._segments, segment]
        self._size = 0
        return self._fd, segment

    def since(self, seq: int, limit: int) -> list[Line]:
        """Return up to *limit* durable lines behind *seq*, in order.

        A line that fails its sum is passed over and noted in `damaged`: what
        comes behind it must not be lost with it.
        """
        last = self._last if self._writable else None
        found: list[Line] = []
        if last is not None and seq >= last:
            return found
        number, offset = self._cursors.get(seq) or (self._segment_of(seq + 1), 0)
        for at in range(number, len(self._segments)):
            segment = self._segments[at]
            with segment.path(self._folder).open("rb") as file:
                file.seek(offset)
                for raw in file:
                    start, offset = offset, offset + len(raw)
                    for within, line in self._proven(segments.place(segment.name, start), raw):
                        if line.seq <= seq:
                            continue
                        if last is not None and line.seq > last:
                            return found
                        place = segments.place(segment.name, start + within)
                        found.append(Line(line.seq, place, line.body))
                        if len(found) == limit or line.seq == last:
                            self._remember(line.seq, at, start + within + line.size)
                            return found
            offset = 0
        return found

    def _proven(self, place: str, raw: bytes) -> Iterable[tuple[int, Framed]]:
        """Return the line that *raw* is; where it fails its sum, those that stand within it."""
        line = unframe(raw)
        if line is not None:
            return ((0, line),)
        self._note_damage(place, raw)
        return lines_within(raw)

    def _note_damage(self, place: str, raw: bytes) -> None:
        """Note a line that fails its sum; an unfinished one at the end is only early."""
        if raw.endswith(b"\n") and place not in self.damaged:
            self.damaged.append(place)

    def _segment_of(self, seq: int) -> int:
        """Return the number of the segment in which *seq* stands or would stand."""
        number = 0
        for at, segment in enumerate(self._segments):
            if segment.first <= seq:
                number = at
        return number

    def _remember(self, seq: int, number: int, offset: int) -> None:
        """Remember where the line behind *seq* begins, so that a consumer goes on at once."""
        if len(self._cursors) >= _CURSORS:
            self._cursors.pop(next(iter(self._cursors)), None)
        self._cursors[seq] = (number, offset)

    def at(self, place: str) -> Line:
        """Return the line at *place*."""
        name, offset = segments.parse_place(place)
        try:
            with segments.path_of(self._folder, name).open("rb") as file:
                file.seek(offset)
                line = unframe(file.readline())
        except OSError as error:
            raise Damaged(f"{self._folder.name} {place}: {error.strerror}") from error
        if line is None:
            raise Damaged(f"{self._folder.name} {place}: the line fails its checksum; run `newsweir verify`")
        return Line(line.seq, place, line.body)

    @property
    def refuses(self) -> bool:
        """Whether it takes no more lines until it is opened anew."""
        return self._refusal is not None

    def recovered(self) -> dict[str, int]:
        """Return what opening had to mend."""
        report = self.report
        return {"parked": report.parked, "salvaged": report.salvaged, "holes": len(report.holes)}

    def _drop_descriptor(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def close(self) -> None:
        """Let go of the descriptor; the journal refuses from then on."""
        with self._lock:
            self._drop_descriptor()
            self._refusal = self._refusal or "closed"
