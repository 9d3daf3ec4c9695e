"""The quarantine: bytes that prove nothing -> how many there are; those with certain words -> taken away."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from pathlib import Path

from backports import zstd

from archive.disk import files, seekable

RUN = 32
"""Bytes in a row that are taken for a piece of what is looked for."""
_BLOCK = RUN // 2

_Blocks = dict[bytes, list[tuple[bytes, int]]]


class DiskQuarantine:
    """The Quarantine port over a folder of parked files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def size(self) -> int:
        """Return how many bytes are parked."""
        return sum(path.stat().st_size for path in self._files())

    def names(self, digests: Collection[str]) -> set[str]:
        """Return those of *digests* that stand in what is parked."""
        wanted, found = set(digests), set[str]()
        for path in self._files() if wanted else ():
            for data in _forms(path.read_bytes()):
                found |= {digest for digest in wanted - found if digest.encode() in data}
        return found

    def purge(self, wanted: Collection[bytes]) -> list[str]:
        """Take away what holds a piece of *wanted*."""
        whole = [text for text in wanted if 0 < len(text) < RUN]
        blocks = _blocks(wanted)
        gone: list[str] = []
        for path in self._files():
            if any(_holds(data, whole, blocks) for data in _forms(path.read_bytes())):
                path.unlink()
                files.sync_folder(path.parent)
                gone.append(path.relative_to(self._folder).as_posix())
        return gone

    def _files(self) -> list[Path]:
        return sorted(path for path in self._folder.rglob("*") if path.is_file())


def _blocks(wanted: Collection[bytes]) -> _Blocks:
    """Return the long texts in blocks, each with its text and where it stands there.

    RUN bytes in a row of a text hold at least one of its blocks whole.
    """
    found: _Blocks = defaultdict(list)
    for text in wanted:
        if len(text) >= RUN:
            for at in range(0, len(text) - _BLOCK + 1, _BLOCK):
                found[text[at : at + _BLOCK]].append((text, at))
    return dict(found)


def _forms(data: bytes) -> Iterator[bytes]:
    """Yield the bytes of a parked file, and what zstd frames in it hold."""
    yield data
    for at, length in seekable.walk(data):
        try:
            yield zstd.decompress(data[at : at + length])
        except zstd.ZstdError:
            continue


def _holds(data: bytes, whole: Collection[bytes], blocks: _Blocks) -> bool:
    """Say whether *data* has a short text whole, or RUN bytes in a row of a long one."""
    if any(text in data for text in whole):
        return True
    for at in range(len(data) - _BLOCK + 1):
        for text, start in blocks.get(data[at : at + _BLOCK], ()):
            if _run(data, at, text, start) >= RUN:
                return True
    return False


def _run(data: bytes, at: int, text: bytes, start: int) -> int:
    """Return how many bytes round two equal places are the same, as far as it matters."""
    left = right = 0
    while left < RUN and min(at, start) > left and data[at - left - 1] == text[start - left - 1]:
        left += 1
    most = min(len(data) - at, len(text) - start, RUN)
    while right < most and data[at + right] == text[start + right]:
        right += 1
    return left + right
