"""Everything that is kept, read again -> what does not prove itself."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from archive.article import decode, fault
from archive.disk import compacting, packs, segments
from archive.disk.frame import GENESIS, Framed, lines_within, unframe

JOURNALS = ("articles", "decisions", "publications", "state")


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is not as it was written.

    place   the file, and the byte in it
    """

    place: str
    what: str


@dataclass(slots=True)
class Report:
    """What reading everything again found."""

    lines: dict[str, int] = field(default_factory=dict)
    blobs: int = 0
    bytes: int = 0
    flaws: list[Flaw] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Say whether all is as it was written."""
        return not self.flaws


def verify(data: Path, progress: Callable[[Report], None] = lambda _: None) -> Report:
    """Read every journal and every blob below `data/archive` again.

    Each line must prove itself, follow the one before, and count on from it; each
    blob must unpack; each article's own bytes must be there. Reads along with a
    writer: the line being written at the end of a journal is no flaw.
    """
    root = data / "archive"
    report = Report()
    wanted: dict[str, str] = {}
    for name in JOURNALS:
        report.lines[name] = 0
        for place, body in _lines(root / name, report):
            report.lines[name] += 1
            if name == "articles":
                _note_raw(place, body, wanted)
                if why := fault(body):
                    report.flaws.append(Flaw(place, f"the line is whole and yet no record: {why}"))
            if report.lines[name] % 1000 == 0:
                progress(report)
    present = set(_blobs(root / "blobs", report, progress))
    for digest, place in wanted.items():
        if digest not in present:
            report.flaws.append(Flaw(place, f"its own bytes, {digest}, are not among the blobs"))
    return report


def _note_raw(place: str, body: bytes, wanted: dict[str, str]) -> None:
    record = decode(body)
    if record is not None and record.archive.raw is not None:
        wanted.setdefault(record.archive.raw.sha256, place)


def _lines(folder: Path, report: Report) -> Iterator[tuple[str, bytes]]:
    """Yield every good line of a journal with its place; note the others."""
    if not folder.is_dir():
        return
    found, barren = segments.find(folder)
    newest = max((*barren, *(segment.name for segment in found)), default="")
    for name in barren:
        begun = name == newest and b"\n" not in segments.path_of(folder, name).read_bytes()
        if not begun:
            report.flaws.append(Flaw(f"{folder.name}/{name}", "holds no line that proves itself"))
    seq, total = 0, GENESIS  # A journal that was compacted begins with its snapshot.
    for number, segment in enumerate(found):
        for at, raw in segments.open_lines(folder, segment.name).behind(0):
            place = f"{folder.name}/{segments.place(segment.name, at)}"
            report.bytes += len(raw)
            whole = unframe(raw)
            last = number == len(found) - 1 and not raw.endswith(b"\n")
            if whole is None and not last:
                report.flaws.append(Flaw(place, "the line fails its own checksum"))
            for line in [whole] if whole is not None else [one for _, one in lines_within(raw)]:
                if seq == 0 and compacting.begins(line.body):
                    seq, total = line.seq - 1, line.prev
                if odd := _out_of_order(line, seq, total):
                    report.flaws.append(Flaw(place, odd))
                seq, total = line.seq, line.asked_for
                yield place, line.body


def _out_of_order(line: Framed, seq: int, total: str) -> str | None:
    """Return what is wrong with a line behind the one with this *seq* and *total*, or None."""
    if line.seq != seq + 1:
        return f"line {line.seq} stands where {seq + 1} should"
    return None if line.prev == total else f"line {line.seq} does not follow the line before it"


def _blobs(folder: Path, report: Report, progress: Callable[[Report], None]) -> Iterator[str]:
    """Yield the digest of every blob that unpacks.

    One that does not was either never acknowledged (a crash cut it short, and
    nothing is written behind it) or is missed by the article that names it.
    """
    for path in packs.find(folder):
        report.bytes += path.stat().st_size
        for _, _, blob in packs.blobs_in(path):
            if blob is None:
                continue
            report.blobs += 1
            if report.blobs % 500 == 0:
                progress(report)
            yield hashlib.sha256(blob).hexdigest()
