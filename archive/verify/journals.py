"""A journal's folder -> its lines, counted and followed, and what is not as it was written."""

import contextlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from archive.disk import manifest, segments
from archive.disk.frame import Framed
from archive.disk.segments import Segment
from archive.errors import Unreadable
from archive.record.article import decode, fault, raw_of
from archive.verify.chain import Chain
from archive.verify.depth import Depth
from archive.verify.flaws import Flaw
from archive.verify.pieces import (
    name_of,
    pass_sealed,
    plain_lines,
    read_plain,
    read_sealed,
    unfinished,
    without_file,
)

JOURNALS = ("articles", "decisions", "publications", "state")
_PASSES = 4
"""How often a journal is read that changes meanwhile, before what was found counts."""


@dataclass(slots=True)
class Looked:
    """What one reading of a journal came to.

    lines, bytes   of good lines; of files
    last           the seq of the last line, None where that is not known
    absent         digests of articles' own bytes that are nowhere, and where they are named
    """

    lines: int = 0
    bytes: int = 0
    flaws: list[Flaw] = field(default_factory=list)
    lost: list[Flaw] = field(default_factory=list)
    absent: dict[str, Flaw] = field(default_factory=dict)
    last: int | None = None


class Reader:
    """Reads one journal, beside whoever writes to it.

    present   says whether the bytes of a digest are kept; None where nobody knows
    told      called with numbers of bytes that were read
    """

    def __init__(
        self, folder: Path, depth: Depth, present: Callable[[str], bool] | None, told: Callable[[int], None]
    ) -> None:
        self._folder = folder
        self._depth = depth
        self._present = present if folder.name == "articles" else None
        self._told = told
        self._absent: dict[str, Flaw] = {}
        self._odd: list[Flaw] = []

    def look(self) -> Looked:
        """Return what there is. What seems wrong while somebody writes is looked at again."""
        found, state = Looked(), _state(self._folder)
        for _ in range(_PASSES):
            try:
                looked = self._look()
            except FileNotFoundError as error:
                looked = Looked(flaws=[_unreadable(self._folder, error)])
            now = _state(self._folder)
            if not looked.flaws or now == state or _same(looked, found):
                return looked
            found, state = looked, now
        return found

    def _look(self) -> Looked:
        self._absent, self._odd = {}, []
        chain = Chain(compacts=self._folder.name == "state")
        size = 0
        unread: dict[str, Unreadable] = {}
        found, barren = segments.find(self._folder, unread) if self._folder.is_dir() else ([], [])
        self._odd += [_unreadable(Path(str(error.filename)), error) for error in unread.values()]
        self._odd += [*self._barren(found, barren, unread), *self._manifests(found)]
        for number, segment in enumerate(found):
            if any(name < segment.name for name in unread):
                unread = {name: error for name, error in unread.items() if name > segment.name}
                chain.unknown()  # They are named by the day; their lines may stand before these.
            before = chain.mark()
            try:
                chain, read = self._read(segment, chain, last=number == len(found) - 1)
            except OSError as error:
                if isinstance(error, FileNotFoundError):
                    raise
                chain, read = before, 0
                chain.unknown()
                chain.flaws.append(_unreadable(segment.path(self._folder), error))
            size += read
        if unread:
            chain.unknown()
        chain.end()
        return Looked(chain.count, size, [*chain.flaws, *self._odd], chain.lost, self._absent, chain.seq)

    def _read(self, segment: Segment, chain: Chain, *, last: bool) -> tuple[Chain, int]:
        """Read one segment, in the form that it has by now: it may be sealed or superseded under our hands."""
        absent, odd = dict(self._absent), list(self._odd)
        for _ in range(_PASSES):
            going = chain.mark()
            try:
                size = segment.path(self._folder).stat().st_size
                self._feed(segment, going, last=last)
            except FileNotFoundError:
                standing = {one.base: one for one in segments.standing(self._folder)}
                if segment.base not in standing:
                    raise
                segment = standing[segment.base]
                self._absent, self._odd = dict(absent), list(odd)
            else:
                return going, size
        raise FileNotFoundError(segment.name)

    def _feed(self, segment: Segment, chain: Chain, *, last: bool) -> None:
        if not segment.sealed:
            tail = self._depth.share == 0
            read_plain(self._folder, segment, chain, self._take, last=last, tail=tail, told=self._told)
            return
        if segment.about is None or self._depth.reads(segment.base):
            read_sealed(self._folder, segment, chain, self._take)
        else:
            pass_sealed(self._folder, segment, chain)
        self._told(segment.path(self._folder).stat().st_size)

    def _take(self, file: str, offset: int, line: Framed) -> None:
        """Look at what a good line says."""
        if self._folder.name != "articles":
            if not _is_object(line.body):
                self._odd.append(Flaw("E07", file, "the line is whole and yet no record", offset, line.seq))
            return
        if why := fault(line.body):
            what = f"the line is whole and yet no record: {why}"
            self._odd.append(Flaw("E07", file, what, offset, line.seq))
        record = decode(line.body) if self._present is not None else None
        raw = raw_of(record)
        if raw is not None and self._present is not None and not self._present(raw.sha256):
            what = f"its own bytes, {raw.sha256}, are not among the blobs"
            self._absent.setdefault(raw.sha256, Flaw("E21", file, what, offset, line.seq))

    def _barren(self, found: list[Segment], barren: list[str], unread: Collection[str]) -> list[Flaw]:
        """Return the files in which no line proves itself, but for one that was just begun."""
        newest = max((*barren, *unread, *(segment.name for segment in found)), default="")
        flaws: list[Flaw] = []
        known = {segment.base for segment in found} | {segments.base_of(name) for name in unread}
        for segment in segments.standing(self._folder):
            begun = False
            if segment.base in known:
                continue
            with contextlib.suppress(FileNotFoundError):
                path = segment.path(self._folder)
                begun = segment.name == newest and all(unfinished(raw) for _, raw in plain_lines(path))
            if not begun:
                flaws.append(Flaw("E08", name_of(self._folder, segment), "holds no line that proves itself"))
        return flaws

    def _manifests(self, found: list[Segment]) -> list[Flaw]:
        """Return the manifests that are missing, unreadable, or without their file."""
        flaws: list[Flaw] = []
        for segment in found:
            if segment.sealed and segment.about is None:
                file = name_of(self._folder, segment)
                there = manifest.beside(segment.path(self._folder)).exists()
                what = "cannot be read" if there else "is missing"
                flaws.append(Flaw("E12" if there else "E11", file, f"its manifest {what}"))
        for path in without_file(self._folder):
            file = f"{self._folder.name}/{path.parent.name}/{path.name}"
            about = manifest.read(path, manifest.Manifest)
            first, last = (about.first.seq, about.last.seq) if about is not None else (None, None)
            flaws.append(
                Flaw("E15", file, "the file that this manifest tells of is missing", None, first, last)
            )
        return flaws


_any = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def _is_object(body: bytes) -> bool:
    try:
        _any(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _unreadable(path: Path, error: OSError) -> Flaw:
    file = f"{path.parent.parent.name}/{path.parent.name}/{path.name}" if path.suffix else path.name
    return Flaw("E00", file, f"cannot be read: {error.strerror or 'its files come and go'}")


def _state(folder: Path) -> list[tuple[str, int, int]]:
    """Return what changes when somebody writes to the journal."""
    found: list[tuple[str, int, int]] = []
    for path in sorted(folder.glob("*/*")):
        with contextlib.suppress(FileNotFoundError):
            about = path.stat()
            found.append((path.name, about.st_size, about.st_mtime_ns))
    return found


def _same(looked: Looked, before: Looked) -> bool:
    """Say whether a second look found the very same flaws."""
    return {(one.code, one.place) for one in looked.flaws} == {(one.code, one.place) for one in before.flaws}
