"""A finished segment -> its sealed form, and a sealed one -> the version in its place.

The order makes every state legal that a crash can leave: the packed file whole
under a name of its own, synced and read again; its name; its manifest; and only
then is what it replaces taken away. Until the manifest stands, the old file counts.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from archive import faults
from archive.disk import files, manifest, seekable, segments
from archive.disk.frame import GENESIS, frame, lines_of, unframe
from archive.disk.lines import SealedLines
from archive.disk.manifest import End, Manifest
from archive.disk.seekable import Packer, Part
from archive.disk.segments import SEALED, Segment
from archive.errors import Damaged

FRAME_BYTES = 128 * 2**10
"""Lines that are packed together: one is read out of a frame in about 0.2 ms (measured), and
frames of 1 MiB would be a tenth smaller and six times slower to read from."""
LEVEL = 9
"""Of zstd: a third of the raw size at 40 MB/s; level 19 takes 20 times as long for 4 in 100."""


class _When(msgspec.Struct):
    at: str = ""
    fetched: str = ""


class _Times(msgspec.Struct):
    at: str = ""
    archive: _When = msgspec.field(name="_archive", default_factory=_When)


_times = msgspec.json.Decoder(_Times).decode


class _Account:
    """What is counted of the lines on their way into a sealed file."""

    def __init__(self) -> None:
        self.sha256 = hashlib.sha256()
        self.size = 0
        self.lines = 0
        self.first: End | None = None
        self.last: End | None = None
        self.prev = GENESIS
        self.times: tuple[str, str] | None = None

    def take(self, raw: bytes) -> None:
        """Count one line."""
        self.sha256.update(raw)
        self.size += len(raw)
        self.lines += 1
        for _, line in lines_of(raw):
            if self.first is None:
                self.first, self.prev = End(seq=line.seq, sum=line.total), line.prev
            self.last = End(seq=line.seq, sum=line.total)
            if when := _moment(line.body):
                earliest, latest = self.times or (when, when)
                self.times = (min(earliest, when), max(latest, when))


def _moment(body: bytes) -> str:
    """Return the time that a line names, "" for none."""
    try:
        found = _times(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    return found.archive.fetched or found.archive.at or found.at


def seal(folder: Path, segment: Segment, now: datetime) -> Segment:
    """Return the sealed form of the plain *segment*; the plain file stands until `take_away`.

    Raises Damaged where what was written does not read back as the same bytes.
    """
    raw = (line for _, line in segments.open_lines(folder, segment.name).behind(0))
    about = _write(folder, segment.name, raw, now)
    return Segment(about.first.seq, segment.name, sealed=True, about=about)


def supersede(folder: Path, name: str, lines: Iterable[bytes], now: datetime, because: str) -> Segment:
    """Put *lines* in the place of the segment called *name*, as its next version, and take the old one away."""
    found = next_of(folder, name, lines, now, because)
    take_away(folder, name)
    return found


def next_of(folder: Path, name: str, lines: Iterable[bytes], now: datetime, because: str) -> Segment:
    """Put *lines* down as the next version of the segment called *name*; the old one stands until `take_away`."""
    later = segments.next_version(name)
    about = _write(folder, later, lines, now, supersedes=name, because=because)
    return Segment(about.first.seq, later, sealed=True, about=about)


def create(folder: Path, name: str, lines: Iterable[bytes], now: datetime, because: str) -> Segment:
    """Put *lines* down as the sealed segment called *name*, which there is none of."""
    about = _write(folder, name, lines, now, because=because)
    return Segment(about.first.seq, name, sealed=True, about=about)


def describe(folder: Path, name: str, now: datetime, because: str) -> None:
    """Write the manifest of a sealed file anew, by what is in it."""
    path = segments.path_of(folder, name, SEALED)
    account = _Account()
    for _, raw in SealedLines(path).behind(0):
        account.take(raw)
    earlier = segments.version_of(name) - 1
    base = name.partition(".r")[0]
    before = None if earlier < 0 else base if earlier == 0 else f"{base}.r{earlier}"
    frames = len(seekable.parts_of(path))
    _tell(path, account, frames, now, supersedes=before, because=because)


def _write(
    folder: Path,
    name: str,
    lines: Iterable[bytes],
    now: datetime,
    *,
    supersedes: str | None = None,
    because: str | None = None,
) -> Manifest:
    path = segments.path_of(folder, name, SEALED)
    temporary = path.with_name(path.name + ".tmp")
    account, parts = _pack(temporary, lines)
    if account.first is None or account.last is None:
        temporary.unlink()
        raise Damaged(f"{folder.name}/{name} holds no line that proves itself; run `newsweir verify`")
    faults.at("seal.packed")
    _prove(temporary, account)
    faults.at("seal.proven")
    os.replace(temporary, path)
    faults.at("seal.named")
    about = _tell(path, account, len(parts), now, supersedes=supersedes, because=because)
    faults.at("seal.told")
    return about


def _tell(
    path: Path, account: _Account, frames: int, now: datetime, *, supersedes: str | None, because: str | None
) -> Manifest:
    """Write the manifest of the sealed file at *path*, durably."""
    if account.first is None or account.last is None:
        raise Damaged(f"{path}: holds no line that proves itself; run `newsweir verify`")
    size, digest = manifest.digest_of(path)
    about = Manifest(
        journal=path.parents[1].name,
        segment=path.name.removesuffix(SEALED),
        raw_bytes=account.size,
        raw_sha256=account.sha256.hexdigest(),
        zst_bytes=size,
        zst_sha256=digest,
        frames=frames,
        lines=account.lines,
        first=account.first,
        last=account.last,
        prev=account.prev,
        since=account.times[0] if account.times else None,
        until=account.times[1] if account.times else None,
        sealed=f"{now:%Y-%m-%dT%H:%M:%SZ}",
        supersedes=supersedes,
        because=because,
    )
    manifest.write(manifest.beside(path), about)  # Syncs the folder: both names are durable.
    return about


def _pack(path: Path, lines: Iterable[bytes]) -> tuple[_Account, list[Part]]:
    """Write *lines* to *path* as frames and their table, durably."""
    account, parts = _Account(), list[Part]()
    packer = Packer(LEVEL)
    files.make_folders(path.parent)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    try:
        at = 0
        for group in _grouped(lines):
            raw_at = account.size
            for raw in group:
                account.take(raw)
            packed = packer.pack(b"".join(group))
            files.write_all(fd, packed)
            parts.append(Part(raw_at, account.size - raw_at, at, len(packed)))
            at += len(packed)
            faults.at("seal.write")
        files.write_all(fd, seekable.table(parts))
        faults.at("seal.fsync")
        os.fsync(fd)
    finally:
        os.close(fd)
    return account, parts


def _grouped(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yield *lines* in groups of about FRAME_BYTES: a longer line makes a longer group."""
    group: list[bytes] = []
    size = 0
    for raw in lines:
        if group and size + len(raw) > FRAME_BYTES:
            yield group
            group, size = [], 0
        group.append(raw)
        size += len(raw)
    if group:
        yield group


def _prove(path: Path, account: _Account) -> None:
    """Read a file that was just written, and raise Damaged unless it holds what went into it."""
    total = hashlib.sha256()
    for _, raw in SealedLines(path).behind(0):
        total.update(raw)
    if total.digest() != account.sha256.digest():
        path.unlink()
        raise Damaged(f"{path}: what was written does not read back; the disk or the memory is failing")


def replaced(folder: Path, name: str, bodies: Mapping[int, bytes]) -> Iterator[bytes]:
    """Yield the raw lines of a segment, *bodies* in the place of those with their seqs.

    Of a line that stands in another's place already, the first one's sum is what the line behind asks for.
    """
    for _, raw in segments.open_lines(folder, name).behind(0):
        line = unframe(raw)
        if line is not None and line.seq in bodies:
            yield frame(line.seq, line.prev, bodies[line.seq], line.asked_for)[0]
        else:
            yield raw


def take_plain_away(folder: Path, name: str) -> None:
    """Take away the plain form of a segment that is sealed."""
    faults.at("seal.sealed")
    segments.path_of(folder, name).unlink(missing_ok=True)
    faults.at("seal.unlink")
    files.sync_folder(segments.path_of(folder, name).parent)


def take_away(folder: Path, name: str) -> None:
    """Take away every form of the version called *name*: another stands in its place."""
    for suffix in (segments.PLAIN, SEALED, manifest.SUFFIX):
        segments.path_of(folder, name, suffix).unlink(missing_ok=True)
        faults.at("seal.unlink")
    files.sync_folder(segments.path_of(folder, name).parent)


def tidy(folder: Path) -> None:
    """Take away what a crash in sealing left: files half written, versions that others superseded."""
    for path in folder.glob("*/*.tmp"):
        path.unlink()
        files.sync_folder(path.parent)
    counting = {segment.base: segment for segment in segments.standing(folder)}
    for base, names in segments.forms(folder).items():
        stays = counting[base]
        for name in dict.fromkeys(name for name, _ in names):
            if name != stays.name and stays.about is not None:
                take_away(folder, name)
