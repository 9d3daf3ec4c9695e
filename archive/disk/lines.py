"""A segment's file, plain or sealed -> its raw lines, by where they stand in what was appended.

Offsets are those of the plain file: they survive sealing.
"""

import io
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from backports import zstd

from archive.disk import files, seekable
from archive.disk.seekable import Part, Table

_TABLES = 512
"""Sealed segments whose tables are remembered: 12 KB each for one of 64 MiB, so 6 MB for five million articles.
To read one takes longer than to unpack the piece that is looked for."""
BROKEN = b"\n"
"""What stands for a piece that does not unpack: a line that proves nothing."""


class Lines(Protocol):
    """The raw lines of one segment."""

    def at(self, offset: int) -> bytes:
        """Return the raw line that begins at *offset*, with its line feed; less where there is none."""

    def behind(self, offset: int) -> Iterator[tuple[int, bytes]]:
        """Yield (offset, raw line) from *offset* on; BROKEN for a piece that does not unpack.

        Raises Unreadable where the disk does not give it back.
        """

    def beyond(self, offset: int) -> int | None:
        """Return where the piece begins behind the one in which *offset* is; None where there is none."""


class PlainLines:
    """The lines of a file as they were appended."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with files.named(path):
            self._file = path.open("rb")

    def at(self, offset: int) -> bytes:
        """Return the raw line at *offset*."""
        with files.named(self._path), self._file as file:
            file.seek(offset)
            return file.readline()

    def behind(self, offset: int) -> Iterator[tuple[int, bytes]]:
        """Yield the lines from *offset* on."""
        with files.named(self._path), self._file as file:
            file.seek(offset)
            for raw in file:
                yield offset, raw
                offset += len(raw)

    def beyond(self, offset: int) -> int | None:
        """Its lines are one piece."""
        self._file.close()
        return None


class SealedLines:
    """The lines of a sealed file: of each piece as much is unpacked as is asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path
        about = path.stat()
        self._parts = _table(path, about.st_ino, about.st_size, about.st_mtime_ns)

    def at(self, offset: int) -> bytes:
        """Return the raw line at *offset*."""
        part = self._parts.holding(offset)
        if part is None:
            return b""
        data = self._unpacked(part)
        start = offset - part.raw_at
        return data[start : data.find(b"\n", start) + 1 or len(data)]

    def behind(self, offset: int) -> Iterator[tuple[int, bytes]]:
        """Yield the lines from *offset* on, piece by piece: each ends with a line feed."""
        for part in self._parts:
            if part.raw_at + part.raw_size <= offset:
                continue
            at = part.raw_at
            data = self._unpacked(part)
            if not data:
                yield max(at, offset), BROKEN
            for raw in io.BytesIO(data):
                if at >= offset:
                    yield at, raw
                at += len(raw)

    def beyond(self, offset: int) -> int | None:
        """Return where the next piece begins."""
        return next((part.raw_at for part in self._parts if part.raw_at > offset), None)

    def _unpacked(self, part: Part) -> bytes:
        """Return what a piece holds, b"" where it does not unpack to the size it should have."""
        with files.named(self._path), self._path.open("rb") as file:
            file.seek(part.at)
            packed = file.read(part.size)
        try:
            data = zstd.decompress(packed)
        except zstd.ZstdError:
            return b""
        return data if len(data) == part.raw_size else b""


@lru_cache(_TABLES)
def _table(path: Path, inode: int, size: int, written: int) -> Table:
    """Return the pieces of a sealed file; the numbers tell it from another of the same name."""
    return seekable.parts_of(path)
