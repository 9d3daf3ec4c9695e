"""Everything that is kept, read again -> what does not prove itself."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from archive.article import decode, fault
from archive.disk import packs, segments
from archive.disk.frame import GENESIS, lines_within, unframe

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
    torn: list[Flaw] = []
    present = set(_blobs(root / "blobs", report, torn, progress))
    absent = {digest: place for digest, place in wanted.items() if digest not in present}
    for digest, place in absent.items():
        report.flaws.append(Flaw(place, f"its own bytes, {digest}, are not among the blobs"))
    if absent:  # Else what does not unpack at a pack's end was cut short by a crash, and never acknowledged.
        report.flaws.extend(torn)
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
        begun = name == newest and _unfinished(segments.path_of(folder, name).read_bytes())
        if not begun:
            report.flaws.append(Flaw(f"{folder.name}/{name}", "holds no line that proves itself"))
    seq, total = 0, GENESIS
    for number, segment in enumerate(found):
        for at, raw in segments.open_lines(folder, segment.name).behind(0):
            place = f"{folder.name}/{segments.place(segment.name, at)}"
            report.bytes += len(raw)
            whole = unframe(raw)
            last = number == len(found) - 1 and _unfinished(raw)
            if whole is None and not last:
                report.flaws.append(Flaw(place, "the line fails its own checksum"))
            for line in [whole] if whole is not None else [one for _, one in lines_within(raw)]:
                if line.seq != seq + 1:
                    report.flaws.append(Flaw(place, f"line {line.seq} stands where {seq + 1} should"))
                elif line.prev != total:
                    report.flaws.append(Flaw(place, f"line {line.seq} does not follow the line before it"))
                seq, total = line.seq, line.asked_for
                yield place, line.body


def _unfinished(raw: bytes) -> bool:
    """Say whether *raw* is a line that is being written, or that a crash cut off.

    A whole line of which only the line feed is another byte is rot: its sum proves the rest.
    """
    return b"\n" not in raw and unframe(raw[:-1] + b"\n") is None


def _blobs(
    folder: Path, report: Report, torn: list[Flaw], progress: Callable[[Report], None]
) -> Iterator[str]:
    """Yield the digest of every blob that unpacks; note the bytes that do not.

    *torn* takes those at a pack's end: a crash cut them short before they were
    acknowledged (nothing is written behind them), or an article misses them.
    """
    for path in packs.find(folder):
        report.bytes += path.stat().st_size
        broken: list[Flaw] = []
        for offset, _, blob in packs.blobs_in(path):
            if blob is None:
                broken.append(Flaw(f"blobs/{packs.name_of(path)}+{offset}", "the bytes do not unpack"))
                continue
            report.flaws += broken
            broken = []
            report.blobs += 1
            if report.blobs % 500 == 0:
                progress(report)
            yield hashlib.sha256(blob).hexdigest()
        torn += broken
