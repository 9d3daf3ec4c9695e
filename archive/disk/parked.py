"""The quarantine: bytes that prove nothing -> how many there are; those with certain words -> taken away."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from backports import zstd

from archive.disk import files, seekable

RUN = 32
"""Bytes in a row that are taken for a piece of what is looked for."""
_BLOCK = RUN // 2
_MANY, _LONG = 64, 4_000_000
"""Pieces in one file, and bytes compared for them: with more it goes, whoever else has some of them."""

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

    def purge(
        self, wanted: Collection[bytes], others: Callable[[set[bytes]], set[bytes]] = lambda _: set()
    ) -> list[str]:
        """Take away what holds a piece of *wanted* that is nobody else's."""
        whole = [text for text in wanted if 0 < len(text) < RUN]
        blocks = _blocks(wanted)
        found = {path: _pieces_of(path, whole, blocks) for path in self._files()}
        few = set[bytes]().union(*(some for some in found.values() if some))
        common = others(few) if few else set()
        gone: list[str] = []
        for path, pieces in found.items():
            if pieces is None or pieces - common:
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


def _pieces_of(path: Path, whole: Collection[bytes], blocks: _Blocks) -> set[bytes] | None:
    """Return the pieces that a parked file holds; None where it holds more than are looked into."""
    found = set[bytes]()
    for data in _forms(path.read_bytes()):
        some = _pieces(data, whole, blocks)
        if some is None or len(found | some) > _MANY:
            return None
        found |= some
    return found


def _pieces(data: bytes, whole: Collection[bytes], blocks: _Blocks) -> set[bytes] | None:
    """Return the short texts that *data* has whole, and the longest runs, of RUN bytes or more, of long ones."""
    found = {text for text in whole if text in data}
    compared = 0
    at, last = 0, len(data) - _BLOCK
    while blocks and at <= last:
        there = blocks.get(data[at : at + _BLOCK], ())
        first = end = at
        for text, start in there:
            run = _run(data, at, text, start)
            compared += run[1] - run[0]
            if run[1] - run[0] > end - first:
                first, end = run
        if end - first >= RUN:
            found.add(data[first:end])
            if compared > _LONG:  # The same few bytes again and again.
                return None
        at = max(at + 1, end - RUN + 1)  # Where the last block begins of whatever goes on behind it.
    return found


def _run(data: bytes, at: int, text: bytes, start: int) -> tuple[int, int]:
    """Return from where to where *data* is the same as *text*, round two places that are."""
    left = right = 0
    while left < min(at, start) and data[at - left - 1] == text[start - left - 1]:
        left += 1
    most = min(len(data) - at, len(text) - start)
    while right < most and data[at + right] == text[start + right]:
        right += 1
    return at - left, at + right
