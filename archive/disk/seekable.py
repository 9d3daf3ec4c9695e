"""zstd frames one after another, and the table that says where each begins.

The table is that of the zstd seekable format: a skippable frame at the end of
the file, which `zstdcat` and every other decoder passes over. So a file of this
kind is read whole by any of them, and by us from any place in it.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from backports import zstd

from archive.disk import files

MAGIC = b"\x28\xb5\x2f\xfd"
"""First bytes of a zstd frame (RFC 8878, section 3.1.1)."""
_SKIPPABLE = 0x184D2A5E
_SEEKABLE = 0x8F92EAB1
_HEAD = struct.Struct("<II")
_ENTRY = struct.Struct("<II")
_FOOT = struct.Struct("<IBI")


@dataclass(frozen=True, slots=True)
class Part:
    """One frame: where it lies, and where what it holds stands in the whole.

    raw_at, raw_size   bytes of what is packed
    at, size           bytes in the file
    """

    raw_at: int
    raw_size: int
    at: int
    size: int


class Packer:
    """bytes -> frames of one level, each with its content's size and checksum."""

    def __init__(self, level: int) -> None:
        options: dict[int, int] = {
            zstd.CompressionParameter.compression_level: level,
            zstd.CompressionParameter.checksum_flag: 1,
        }
        self._compressor = zstd.ZstdCompressor(options=options)

    def pack(self, data: bytes) -> bytes:
        """Return *data* as one frame."""
        return self._compressor.compress(data, mode=zstd.ZstdCompressor.FLUSH_FRAME)


def table(parts: Sequence[Part]) -> bytes:
    """Return the bytes that stand behind the frames and say where each is."""
    entries = b"".join(_ENTRY.pack(part.size, part.raw_size) for part in parts)
    foot = _FOOT.pack(len(parts), 0, _SEEKABLE)
    return _HEAD.pack(_SKIPPABLE, len(entries) + len(foot)) + entries + foot


def parts_of(path: Path) -> list[Part]:
    """Return the frames of a file by its table; where that is broken, by looking for them."""
    return table_of(path) or _by_walking(files.read(path))


def table_of(path: Path) -> list[Part]:
    """Return the frames of a file as its table has them; none where it does not agree with the file."""
    with files.named(path), path.open("rb") as file:
        return _by_table(file)


def _by_table(file: BinaryIO) -> list[Part]:
    end = file.seek(0, 2)
    if end < _HEAD.size + _FOOT.size:
        return []
    file.seek(end - _FOOT.size)
    count, flags, magic = _FOOT.unpack(file.read(_FOOT.size))
    start = end - _FOOT.size - count * _ENTRY.size - _HEAD.size
    if magic != _SEEKABLE or flags or start < 0:
        return []
    file.seek(start)
    kind, length = _HEAD.unpack(file.read(_HEAD.size))
    if (kind, length) != (_SKIPPABLE, end - start - _HEAD.size):
        return []
    parts: list[Part] = []
    raw_at = at = 0
    for size, raw_size in _ENTRY.iter_unpack(file.read(count * _ENTRY.size)):
        parts.append(Part(raw_at, raw_size, at, size))
        raw_at, at = raw_at + raw_size, at + size
    return parts if at == start else []


def _by_walking(data: bytes) -> list[Part]:
    """Return the frames that can be found in *data*; what is broken between them is passed over."""
    parts: list[Part] = []
    raw_at = 0
    for at, size in walk(data):
        try:
            raw_size = len(zstd.decompress(data[at : at + size]))
        except zstd.ZstdError:
            raw_size = zstd.get_frame_info(data[at : at + size]).decompressed_size or 0
        parts.append(Part(raw_at, raw_size, at, size))
        raw_at += raw_size
    return parts


def walk(data: bytes, start: int = 0) -> Iterator[tuple[int, int]]:
    """Yield (offset, size) of the frames in *data* from *start* on; the table is none of them."""
    at = data.find(MAGIC, start)
    whole = memoryview(data)  # A copy of what is left, for each frame, would take hours for a large pack.
    while at >= 0:
        try:
            size = zstd.get_frame_size(whole[at:])
        except zstd.ZstdError:
            at = data.find(MAGIC, at + 1)
            continue
        yield at, size
        at = data.find(MAGIC, at + size)


def is_table(data: bytes, at: int) -> bool:
    """Say whether all that stands in *data* from *at* on has the shape of a table."""
    if len(data) - at < _HEAD.size:
        return False
    return _HEAD.unpack_from(data, at) == (_SKIPPABLE, len(data) - at - _HEAD.size)
