"""A folder of packs -> the blobs in them; a finished pack -> sealed; one -> the version in its place.

`blobs/2026/2026-11-22.000.pack`: zstd frames one after another, a blob each. Sealed,
it has a table of its frames at the end and a manifest beside it; `zstdcat` reads both.
"""

import hashlib
import os
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain
from pathlib import Path

import msgspec
from backports import zstd

from archive import faults
from archive.disk import files, manifest, seekable, segments
from archive.disk.manifest import PackManifest
from archive.disk.seekable import Part
from archive.errors import Damaged

SUFFIX = segments.PACK
_LEVEL = 3
"""Of zstd, for blobs that are packed anew: as they were packed at first."""


def path_of(folder: Path, name: str) -> Path:
    """Return where the pack called *name* lies. Raises Damaged for no such name."""
    match = segments.NAME.fullmatch(name)
    if match is None:
        raise Damaged(f"{name!r} is no name of a pack")
    return folder / match["year"] / f"{name}{SUFFIX}"


def name_of(path: Path) -> str:
    """Return the name of the pack at *path*."""
    return path.name.removesuffix(SUFFIX)


def about(path: Path) -> PackManifest | None:
    """Return the manifest of a pack; None for one that is not sealed, or has lost it."""
    return manifest.read(manifest.beside(path), PackManifest)


def find(folder: Path) -> list[Path]:
    """Return the packs of *folder*, of each the version that counts, in the order of their names."""
    by_base: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(folder.glob(f"*/*{SUFFIX}")):
        if segments.NAME.fullmatch(name_of(path)):
            by_base[segments.base_of(name_of(path))].append(path)
    found: list[Path] = []
    for paths in by_base.values():
        paths.sort(key=lambda path: segments.version_of(name_of(path)))
        told = [path for path in paths if segments.version_of(name_of(path)) == 0 or about(path)]
        found.append((told or paths)[-1])
    return found


def standing(folder: Path, name: str) -> Path | None:
    """Return the version that counts of the pack that is, or was, called *name*."""
    return next(
        (path for path in find(folder) if segments.base_of(name_of(path)) == segments.base_of(name)), None
    )


def erased(folder: Path) -> set[str]:
    """Return the digests of all blobs that were taken out for good."""
    return {digest for path in find(folder) if (told := about(path)) is not None for digest in told.erased}


def is_closed(path: Path) -> bool:
    """Say whether nothing may be appended any more: it has its table, or its manifest."""
    return manifest.beside(path).exists() or bool(seekable.table_of(path))


def is_half_sealed(path: Path) -> bool:
    """Say whether a pack has its table and no manifest yet: a crash came between."""
    first = segments.version_of(name_of(path)) == 0
    return first and not manifest.beside(path).exists() and bool(seekable.table_of(path))


def end_of_whole(path: Path) -> int:
    """Return how far a pack holds whole frames, from its beginning."""
    data = files.read(path)
    at = 0
    while at < len(data):
        try:
            at += zstd.get_frame_size(memoryview(data)[at:])
        except zstd.ZstdError:
            break
    return at


def blobs_in(path: Path, start: int = 0) -> Iterator[tuple[int, int, bytes | None]]:
    """Yield (offset, size, blob) from *start* on; None for bytes that do not unpack.

    Where the table is there, each frame is found by it, whatever its neighbours
    have become. Without one the frames are looked for: a bit that flips in the head
    of a frame hides where it ends, and the next is where another head leads to a
    whole one.
    """
    if path.stat().st_size <= start:
        return
    with files.named(path):
        yield from _blobs_in(path, start)


def _blobs_in(path: Path, start: int) -> Iterator[tuple[int, int, bytes | None]]:
    parts = seekable.table_of(path)
    with path.open("rb") as file:
        if parts:
            for part in parts:
                if part.at >= start:
                    file.seek(part.at)
                    yield part.at, part.size, _unpacked(file.read(part.size))
            return
        file.seek(start)
        data = file.read()
    good = at = 0
    while 0 <= at < len(data) and not seekable.is_table(data, at):
        size, blob = _frame_at(data, at)
        if blob is None:
            at = data.find(seekable.MAGIC, at + 1)
            continue
        if good < at:
            yield start + good, at - good, None
        yield start + at, size, blob
        good = at = at + size
    end = at if at >= 0 else len(data)
    if good < end:
        yield start + good, end - good, None


def _frame_at(data: bytes, at: int) -> tuple[int, bytes | None]:
    """Return the size of the frame at *at* and what it holds, or None where there is no whole one."""
    if not data.startswith(seekable.MAGIC, at):
        return 0, None
    with memoryview(data)[at:] as rest:
        try:
            size = zstd.get_frame_size(rest)
            with rest[:size] as frame:
                return size, zstd.decompress(frame)
        except (zstd.ZstdError, MemoryError):
            return 0, None


def blob_at(path: Path, at: int, size: int) -> bytes:
    """Return the blob whose frame is *size* bytes from *at* on. Raises OSError or ZstdError."""
    with path.open("rb") as file:
        file.seek(at)
        frame = file.read(size)
    # As far as the frame itself says: a bit that takes away its checksum takes no byte of the blob.
    return zstd.decompress(frame[: zstd.get_frame_size(frame)])


def _unpacked(frame: bytes) -> bytes | None:
    try:
        return zstd.decompress(frame)
    except zstd.ZstdError:
        return None


def seal(path: Path, now: datetime) -> None:
    """Close a pack for good: its table behind its last whole frame, then its manifest.

    Cut anywhere, it is sealed the next time.
    """
    number = len(seekable.table_of(path))
    if not number:
        parts = _parts(path)
        number = len(parts)
        files.add_durably(path, seekable.table(parts), "seal.fsync")
    faults.at("seal.packed")
    manifest.write(manifest.beside(path), _described(path, number, now))
    faults.at("seal.told")


def _parts(path: Path) -> list[Part]:
    """Return the frames of a pack, and what lies torn between them as one that holds nothing."""
    found: list[Part] = []
    end = 0
    for at, size, blob in blobs_in(path):
        if at > end:
            found.append(Part(0, 0, end, at - end))
        found.append(Part(0, len(blob or b""), at, size))
        end = at + size
    if (rest := path.stat().st_size - end) > 0:
        found.append(Part(0, 0, end, rest))
    return found


def _described(path: Path, blobs: int, now: datetime) -> PackManifest:
    size, digest = manifest.digest_of(path)
    return PackManifest(
        pack=name_of(path), bytes=size, sha256=digest, blobs=blobs, sealed=f"{now:%Y-%m-%dT%H:%M:%SZ}"
    )


def without(
    path: Path, digests: Collection[str], now: datetime, because: str, *, nobodys: Collection[str] = ()
) -> None:
    """Put a version without the blobs of these *digests* in the place of a pack, and take the old one away.

    nobodys   digests that go too, and of which the manifest does not say that they never come back

    Nothing is done where a pack holds none of them, and nothing that is torn.
    """
    there = {hashlib.sha256(blob).hexdigest() for _, blob in _frames(path)}
    gone = there.intersection((*digests, *nobodys))
    if gone or ends_torn(path):
        frames = (one for one in _frames(path) if hashlib.sha256(one[1]).hexdigest() not in gone)
        _supersede(path, frames, now, because, sorted(there.intersection(digests)))


def ends_torn(path: Path) -> bool:
    """Say whether a pack ends with what was torn while it was written: nothing is ever put behind that."""
    parts = seekable.table_of(path)
    if not parts:
        return end_of_whole(path) < path.stat().st_size and not is_closed(path)
    last = parts[-1]
    with path.open("rb") as file:
        file.seek(last.at)
        return not last.raw_size and _unpacked(file.read(last.size)) is None


def with_more(path: Path, blobs: Iterable[bytes], now: datetime, because: str) -> Path:
    """Put a version with what unpacks of a pack, and with *blobs*, in its place, and take the old one away."""
    return _supersede(path, chain(_frames(path), _packed(blobs)), now, because, ())


def create(path: Path, blobs: Iterable[bytes], now: datetime, because: str) -> None:
    """Put down a sealed pack that there is none of."""
    parts = _write(path, _packed(blobs))
    told = msgspec.structs.replace(_described(path, len(parts), now), because=because)
    manifest.write(manifest.beside(path), told)


def describe(path: Path, now: datetime, erased: tuple[str, ...], because: str) -> None:
    """Write the manifest of a sealed pack anew, by what is in it."""
    found = _described(path, len(seekable.table_of(path)), now)
    manifest.write(manifest.beside(path), msgspec.structs.replace(found, erased=erased, because=because))


def _packed(blobs: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
    packer = seekable.Packer(_LEVEL)
    return ((packer.pack(blob), blob) for blob in blobs)


def _supersede(
    path: Path, frames: Iterable[tuple[bytes, bytes]], now: datetime, because: str, gone: Sequence[str]
) -> Path:
    before = about(path)
    later = path.with_name(segments.next_version(name_of(path)) + SUFFIX)
    parts = _write(later, frames)
    erased = dict.fromkeys((*(before.erased if before is not None else ()), *gone))
    told = msgspec.structs.replace(
        _described(later, len(parts), now), supersedes=name_of(path), because=because, erased=tuple(erased)
    )
    manifest.write(manifest.beside(later), told)
    faults.at("seal.told")
    take_away(path)
    return later


def _write(path: Path, frames: Iterable[tuple[bytes, bytes]]) -> list[Part]:
    """Write frames and their table under *path*, whole and durably."""
    temporary = path.with_name(path.name + ".tmp")
    parts: list[Part] = []
    files.make_folders(path.parent)
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    try:
        at = 0
        for frame, blob in frames:
            files.write_all(fd, frame)
            parts.append(Part(0, len(blob), at, len(frame)))
            at += len(frame)
        files.write_all(fd, seekable.table(parts))
        os.fsync(fd)
    finally:
        os.close(fd)
    faults.at("seal.packed")
    os.replace(temporary, path)
    faults.at("seal.named")
    return parts


def _frames(path: Path) -> Iterator[tuple[bytes, bytes]]:
    """Yield the frames of a pack that unpack, with what they hold."""
    with path.open("rb") as file:
        for at, size, blob in blobs_in(path):
            if blob is not None:
                file.seek(at)
                yield file.read(size), blob


def take_away(path: Path) -> None:
    """Take away a pack in whose place another version stands."""
    manifest.beside(path).unlink(missing_ok=True)
    path.unlink(missing_ok=True)
    faults.at("seal.unlink")
    files.sync_folder(path.parent)


def tidy(folder: Path) -> None:
    """Take away what a crash left: packs half written, versions that others superseded."""
    for path in folder.glob("*/*.tmp"):
        path.unlink()
    counting = {segments.base_of(name_of(path)): path for path in find(folder)}
    for path in folder.glob(f"*/*{SUFFIX}"):
        stays = counting.get(segments.base_of(name_of(path)))
        if stays is not None and path != stays and (about(stays) or segments.version_of(name_of(stays)) == 0):
            take_away(path)
