"""zstd frames one after another, and the table that says where each begins.

The table is that of the zstd seekable format: a skippable frame at the end of
the file, which `zstdcat` and every other decoder passes over. So a file of this
kind is read whole by any of them, and by us from any place in it.
"""

import struct
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
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


class Table:
    """The frames of one file in their order: 24 bytes a frame, so that those of many files may be remembered."""

    def __init__(self, raw_sizes: Iterable[int], places: Sequence[int], sizes: Iterable[int]) -> None:
        self._raw = array("Q", accumulate(raw_sizes, initial=0))
        self._at = array("Q", places)
        self._sizes = array("Q", sizes)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._at)

    def __getitem__(self, number: int) -> Part:
        """Return one of them."""
        number = range(len(self))[number]
        raw_at = self._raw[number]
        return Part(raw_at, self._raw[number + 1] - raw_at, self._at[number], self._sizes[number])

    def __iter__(self) -> Iterator[Part]:
        """Yield them in their order."""
        return map(self.__getitem__, range(len(self)))

    def holding(self, raw_at: int) -> Part | None:
        """Return the frame in which a byte of the whole stands."""
        number = bisect_right(self._raw, raw_at) - 1
        return self[number] if number < len(self) else None


NO_FRAMES = Table((), (), ())


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


def parts_of(path: Path) -> Table:
    """Return the frames of a file by its table; where that is broken, by looking for them."""
    return table_of(path) or _by_walking(files.read(path))


def table_of(path: Path) -> Table:
    """Return the frames of a file as its table has them; none where it does not agree with the file."""
    with files.named(path), path.open("rb") as file:
        return _by_table(file)


def _by_table(file: BinaryIO) -> Table:
    end = file.seek(0, 2)
    if end < _HEAD.size + _FOOT.size:
        return NO_FRAMES
    file.seek(end - _FOOT.size)
    count, flags, magic = _FOOT.unpack(file.read(_FOOT.size))
    start = end - _FOOT.size - count * _ENTRY.size - _HEAD.size
    if magic != _SEEKABLE or flags or start < 0:
        return NO_FRAMES
    file.seek(start)
    kind, length = _HEAD.unpack(file.read(_HEAD.size))
    if (kind, length) != (_SKIPPABLE, end - start - _HEAD.size):
        return NO_FRAMES
    numbers = struct.unpack(f"<{2 * count}I", file.read(count * _ENTRY.size))
    sizes = numbers[::2]
    *places, behind = accumulate(sizes, initial=0)
    return Table(numbers[1::2], places, sizes) if behind == start else NO_FRAMES


def _by_walking(data: bytes) -> Table:
    """Return the frames that can be found in *data*; what is broken between them is passed over."""
    found = list(walk(data))
    raw_sizes = (_raw_size(data[at : at + size]) for at, size in found)
    return Table(raw_sizes, [at for at, _ in found], (size for _, size in found))


def _raw_size(frame: bytes) -> int:
    """Return how much is packed in a frame; of one that does not unpack, how much it says."""
    try:
        return len(zstd.decompress(frame))
    except zstd.ZstdError:
        return zstd.get_frame_info(frame).decompressed_size or 0


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
