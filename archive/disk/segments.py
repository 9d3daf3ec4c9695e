"""A journal's folder -> its segments in order: names, versions, first seqs, places.

`articles/2026/2026-11-22.000.jsonl`: named by the UTC day on which its first
line was written. Order is the seq inside, never the name. Finished, it is sealed
as `….jsonl.zst` with a manifest beside it. What is put in a sealed one's place
is its next version, `2026-11-22.000.r1.jsonl.zst`, whose manifest says so.
"""

import contextlib
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

from archive.disk import manifest
from archive.disk.frame import lines_of
from archive.disk.lines import Lines, PlainLines, SealedLines
from archive.disk.manifest import Manifest
from archive.errors import Damaged, Unreadable

NAME = re.compile(r"(?P<base>(?P<year>\d{4})-\d\d-\d\d\.\d{3,})(?:\.r(?P<version>[1-9]\d*))?")
PLAIN, SEALED, PACK = ".jsonl", ".jsonl.zst", ".pack"


@dataclass(frozen=True, slots=True, order=True)
class Segment:
    """One file of lines: those from about *first* up to the next segment's first.

    name     with its version, where it is not the first
    sealed   it is packed, and never appended to
    about    its manifest; None where there is none
    """

    first: int
    name: str
    sealed: bool = field(default=False, compare=False)
    about: Manifest | None = field(default=None, compare=False)

    def path(self, folder: Path) -> Path:
        """Return where the file lies below the journal's *folder*."""
        return path_of(folder, self.name, SEALED if self.sealed else PLAIN)

    @property
    def day(self) -> date:
        """The UTC day on which its first line was written."""
        return date.fromisoformat(self.name[:10])

    @property
    def base(self) -> str:
        """Its name without the version."""
        return base_of(self.name)


def path_of(folder: Path, name: str, suffix: str = PLAIN) -> Path:
    """Return the path of the segment called *name*. Raises Damaged for no such name."""
    match = NAME.fullmatch(name)
    if match is None:
        raise Damaged(f"{folder.name}: {name!r} is no name of a segment")
    return folder / match["year"] / f"{name}{suffix}"


def version_of(name: str) -> int:
    """Return the version of a segment's or pack's name: 0, or what stands behind `.r`."""
    match = NAME.fullmatch(name)
    return int(match["version"] or 0) if match else 0


def base_of(name: str) -> str:
    """Return a segment's or pack's name without its version."""
    return name.partition(".r")[0]


def next_version(name: str) -> str:
    """Return the name of the version that is put in the place of *name*."""
    return f"{base_of(name)}.r{version_of(name) + 1}"


def open_lines(folder: Path, name: str) -> Lines:
    """Return the lines of the segment called *name*, plain or sealed (it may be sealed at any moment).

    Raises FileNotFoundError where there is no such segment.
    """
    try:
        return PlainLines(path_of(folder, name))
    except FileNotFoundError:
        return SealedLines(path_of(folder, name, SEALED))


def find(folder: Path, unread: dict[str, Unreadable] | None = None) -> tuple[list[Segment], list[str]]:
    """Return the segments of *folder* in order of seq, and the names of plain ones where no line proves itself.

    unread   takes, where it is given, those of which the disk does not even give the first line back

    A segment's first seq is that of its first line that proves itself, so that rot
    at its head puts none of its other lines out of place.
    """
    found: list[Segment] = []
    barren: list[str] = []
    for segment in standing(folder):
        try:
            first = segment.about.first.seq if segment.about is not None else _first_seq(folder, segment.name)
        except Unreadable as error:
            if unread is None:
                raise
            unread[segment.name] = error
            continue
        if first is not None:
            found.append(replace(segment, first=first))
        elif not segment.sealed:
            barren.append(segment.name)
    return sorted(found), barren


def standing(folder: Path) -> Iterator[Segment]:
    """Yield of every segment the version that counts; `first` is not known yet.

    A plain file counts until it is taken away: that comes last in sealing. A later
    version counts as soon as its manifest says what it supersedes; without any
    manifest, the latest there is.
    """
    for names in forms(folder).values():
        told = [
            (name, suffix, _manifest(folder, name) if suffix == SEALED else None) for name, suffix in names
        ]
        told.sort(key=lambda one: (version_of(one[0]), one[1] == PLAIN))
        later = [one for one in told if one[2] is not None and version_of(one[0]) > 0]
        first = [one for one in told if version_of(one[0]) == 0]
        name, suffix, about = (later or first or told)[-1]
        yield Segment(0, name, suffix == SEALED, about)


def _manifest(folder: Path, name: str) -> Manifest | None:
    return manifest.read(path_of(folder, name, manifest.SUFFIX), Manifest)


def forms(folder: Path) -> dict[str, list[tuple[str, str]]]:
    """Return the files of *folder* that hold lines: for each base name, (name, suffix) of every form."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for path in sorted(folder.glob(f"*/*{PLAIN}*")):
        for suffix in (SEALED, PLAIN):
            name = path.name.removesuffix(suffix)
            match = NAME.fullmatch(name)
            if path.name.endswith(suffix) and match is not None:
                found[match["base"]].append((name, suffix))
    return found


def _first_seq(folder: Path, name: str) -> int | None:
    """Return the seq of the first line in a segment that proves itself."""
    for _, raw in open_lines(folder, name).behind(0):
        for _, line in lines_of(raw):
            return line.seq
    return None


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


def size_of(root: Path) -> int:
    """Return the bytes of all segments and packs of an archive: what is read when all of it is.

    One may be sealed or superseded under our hands, and then counts for nothing.
    """
    size = 0
    for path in root.glob("*/*/*"):
        if path.name.endswith((PLAIN, SEALED, PACK)):
            with contextlib.suppress(FileNotFoundError):
                size += path.stat().st_size
    return size
