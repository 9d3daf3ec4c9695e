"""bytes -> zstd frames in daily packs, and back by place and digest."""

import hashlib
import mmap
import os
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from backports import zstd

from archive.disk import files
from archive.errors import Damaged, ReadOnly
from archive.ports import BlobPlace

PACK_BYTES = 256 * 2**20
LEVEL = 3
"""Of zstd: 59 µs a blob of 6 KB against 163 at level 9, for 2 in 100 more bytes (800 news articles)."""
SUFFIX = ".pack"
_NAME = re.compile(r"(?P<year>\d{4})-\d\d-\d\d\.\d{3,}")
_MAGIC = b"\x28\xb5\x2f\xfd"
"""What every zstd frame begins with."""
_OPTIONS: dict[int, int] = {
    zstd.CompressionParameter.compression_level: LEVEL,
    zstd.CompressionParameter.checksum_flag: 1,
}


class DiskBlobs:
    """The Blobs port: `blobs/2026/2026-11-22.000.pack`, append only, one frame a blob.

    A pack is readable with `zstdcat`, which prints its blobs one after another.
    """

    def __init__(self, folder: Path, *, writable: bool = True) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._fd: int | None = None
        self._name = ""
        self._size = 0
        self._refusal: str | None = None if writable else "opened for reading only"
        if writable:
            self._force()

    def _force(self) -> None:
        """Make durable what was written last: the newest pack by name, and by when it was written."""
        packs = list(self._folder.glob(f"*/*{SUFFIX}"))
        try:
            for path in {max(packs), max(packs, key=lambda one: one.stat().st_mtime)} if packs else ():
                files.force(path, self._folder.parent)
        except OSError as error:
            raise ReadOnly(f"{self._folder}: {error.strerror}; it cannot be opened for writing") from error

    def put(self, items: Sequence[tuple[str, bytes]], now: datetime) -> list[BlobPlace]:
        """Append the blobs and return when they are durable."""
        if not items:
            return []
        with self._lock:
            if self._refusal is not None:
                raise ReadOnly(f"{self._folder}: {self._refusal}")
            try:
                return self._put(items, now)
            except OSError as error:
                if self._fd is not None:
                    files.take_back(self._fd, self._size)
                self._drop_descriptor()
                self._refusal = f"read-only since a write failed ({error.strerror}); open it anew"
                raise ReadOnly(f"{self._folder}: {error.strerror}; nothing of this was kept") from error

    def _put(self, items: Sequence[tuple[str, bytes]], now: datetime) -> list[BlobPlace]:
        fd = self._open_pack(now)
        frames = [zstd.compress(data, options=_OPTIONS) for _, data in items]
        places: list[BlobPlace] = []
        size = self._size
        for (sha256, _), frame in zip(items, frames, strict=True):
            places.append(BlobPlace(sha256=sha256, pack=self._name, offset=size, size=len(frame)))
            size += len(frame)
        files.append_durably(fd, frames, "blobs")
        self._size = size
        return places

    def _open_pack(self, now: datetime) -> int:
        day = f"{now:%Y-%m-%d}"
        if self._fd is not None and self._name.startswith(day) and self._size < PACK_BYTES:
            return self._fd
        self._drop_descriptor()
        packs = sorted(path for path in self._folder.glob(f"{day[:4]}/{day}.*{SUFFIX}"))
        if packs and self._size_if_whole(packs[-1]) is not None:
            self._name = packs[-1].name.removesuffix(SUFFIX)
            self._size = packs[-1].stat().st_size
            self._fd = os.open(packs[-1], os.O_WRONLY | os.O_APPEND)
        else:
            self._name, self._size = f"{day}.{len(packs):03d}", 0
            self._fd = files.create(self._path(self._name))
        return self._fd

    def _size_if_whole(self, path: Path) -> int | None:
        """Return the size of a pack that has room and ends with a whole frame, else None.

        Behind a torn frame nothing is ever written: a scan could not get past it.
        """
        size = path.stat().st_size
        if size >= PACK_BYTES:
            return None
        end = 0
        for offset, length, _ in frames(path, 0):
            end = offset + length
        return size if end == size else None

    def get(self, place: BlobPlace) -> bytes:
        """Return the bytes at *place*, checked against their digest."""
        try:
            with self._path(place.pack).open("rb") as file:
                file.seek(place.offset)
                frame = file.read(place.size)
            # As far as the frame itself says: a bit that takes away its checksum takes no byte of the blob.
            data = zstd.decompress(frame[: zstd.get_frame_size(frame)])
        except (OSError, zstd.ZstdError) as error:
            raise Damaged(f"blobs {place.pack}+{place.offset}: {error}; run `newsweir verify`") from error
        if hashlib.sha256(data).hexdigest() != place.sha256:
            raise Damaged(f"blobs {place.pack}+{place.offset}: these are not the bytes of {place.sha256}")
        return data

    def scan(self, seen: Mapping[str, int]) -> Iterator[BlobPlace]:
        """Yield every whole blob behind what was seen of its pack; rot hides only what it meets."""
        for path in sorted(self._folder.glob(f"*/*{SUFFIX}")):
            name = path.name.removesuffix(SUFFIX)
            for offset, size, blob in unpacked(path, seen.get(name, 0)):
                if blob is not None:
                    digest = hashlib.sha256(blob).hexdigest()
                    yield BlobPlace(sha256=digest, pack=name, offset=offset, size=size)

    @property
    def refuses(self) -> bool:
        """Whether it takes no more blobs until it is opened anew."""
        return self._refusal is not None

    def _path(self, name: str) -> Path:
        match = _NAME.fullmatch(name)
        if match is None:
            raise Damaged(f"{name!r} is no name of a pack")
        return self._folder / match["year"] / f"{name}{SUFFIX}"

    def _drop_descriptor(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def close(self) -> None:
        """Let go of the descriptor."""
        with self._lock:
            self._drop_descriptor()
            self._refusal = self._refusal or "closed"


def frames(path: Path, start: int) -> Iterator[tuple[int, int, bytes]]:
    """Yield (offset, size, bytes) of the frames of a pack from *start* until one is torn."""
    if path.stat().st_size <= start:
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        while start < len(data):
            with memoryview(data) as view, view[start:] as rest:
                try:
                    size = zstd.get_frame_size(rest)
                except zstd.ZstdError:
                    return
            yield start, size, data[start : start + size]
            start += size


def unpacked(path: Path, start: int) -> Iterator[tuple[int, int, bytes | None]]:
    """Yield (offset, size, blob) of every frame of a pack that unpacks, with None for the bytes between.

    A bit that flips in the head of a frame hides where it ends: the next is where
    another head stands that leads to a whole one.
    """
    if path.stat().st_size <= start:
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        good = at = start
        while 0 <= at < len(data):
            size, blob = _unpack(data, at)
            if blob is None:
                at = data.find(_MAGIC, at + 1)
                continue
            if good < at:
                yield good, at - good, None
            yield at, size, blob
            good = at = at + size
        if good < len(data):
            yield good, len(data) - good, None


def _unpack(data: mmap.mmap, at: int) -> tuple[int, bytes | None]:
    """Return the size of the frame at *at* and what it holds, or None where it is no whole one."""
    with memoryview(data) as view, view[at:] as rest:
        try:
            size = zstd.get_frame_size(rest)
            with rest[:size] as frame:
                return size, zstd.decompress(frame)
        except (zstd.ZstdError, MemoryError):
            return 0, None
