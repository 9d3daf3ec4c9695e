"""Single bits flipped anywhere in journals and packs: each is found, named by its place, and read around."""

import random
import shutil
from pathlib import Path

import pytest

from archive import verify
from archive.cards import BlobPlace
from archive.disk.blobs import DiskBlobs
from archive.disk.journal import DiskJournal
from archive.errors import Damaged
from tests.faults.stores import JOURNALS, fill, how_many, journal_lines, packs, place_of, segments

FLIPS = how_many("FLIPS", 500)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("flips")
    fill(data, days=2, each=3)
    shutil.rmtree(data / "index")
    return data


class Flipped:
    """One bit of a file, flipped for as long as the block lasts."""

    def __init__(self, path: Path, at: int, bit: int) -> None:
        self._path, self._at, self._bit = path, at, bit

    def __enter__(self) -> None:
        self._turn()

    def __exit__(self, *_: object) -> None:
        self._turn()

    def _turn(self) -> None:
        with self._path.open("r+b") as file:
            file.seek(self._at)
            (byte,) = file.read(1)
            file.seek(self._at)
            file.write(bytes([byte ^ 1 << self._bit]))


def places(files: list[Path], number: int, seed: str) -> list[tuple[Path, int, int]]:
    """Return *number* places of one bit each, evenly spread over the bytes of *files*."""
    chance = random.Random(seed)
    sizes = [path.stat().st_size for path in files]
    return [
        (path, chance.randrange(path.stat().st_size), chance.randrange(8))
        for path in chance.choices(files, weights=sizes, k=number)
    ]


def test_every_flip_in_a_journal_is_found_where_it_is_and_read_around(made: Path) -> None:
    files = segments(made)
    clean = {name: journal_lines(made, name) for name in JOURNALS}
    ends = [(path, path.stat().st_size - 1, bit) for path in files for bit in range(8)]
    for path, at, bit in [*ends, *places(files, FLIPS * 3 // 4, "journals")]:
        expected = place_of(path, at)
        whole = path.read_bytes()
        lost, feed = whole[:at].count(b"\n"), whole[at : at + 1] == b"\n"
        name = path.parts[-3]
        before = sum(len(one.read_bytes().splitlines()) for one in segments(made, name) if one < path)
        with Flipped(path, at, bit):
            found = [flaw.place for flaw in verify(made).flaws]
            alone = expected.removesuffix("+0")  # A segment in which no line is left is named as a whole.
            assert {expected, alone} & set(found), f"{path.name} byte {at} bit {bit}: {found}"
            seq = clean[name][before + lost][0]
            journal, place = DiskJournal(made / "archive" / name, writable=False), expected.partition("/")[2]
            if feed:  # The line's own sum says that it was one.
                assert journal_lines(made, name) == clean[name]
                assert journal.at(place, seq).seq == seq
                continue
            assert journal_lines(made, name) == [one for one in clean[name] if one[0] != seq]
            with pytest.raises(Damaged):
                journal.at(place, seq)
    assert verify(made).flaws == []
    print(f"\n{len(ends) + FLIPS * 3 // 4} flips in journals")


def blobs_of(data: Path) -> list[BlobPlace]:
    return list(DiskBlobs(data / "archive/blobs", writable=False).scan({}))


def test_every_flip_in_a_pack_is_found_where_it_is_and_read_around(made: Path) -> None:
    clean = blobs_of(made)
    meaningless = 0
    for path, at, bit in places(packs(made), FLIPS // 4, "packs"):
        name = path.stem
        (hit,) = [one for one in clean if one.pack == name and one.offset <= at < one.offset + one.size]
        others = [one for one in clean if one != hit]
        with Flipped(path, at, bit):
            found = [flaw.place for flaw in verify(made).flaws]
            blobs = DiskBlobs(made / "archive/blobs", writable=False)
            within = {f"blobs/{name}+{one}" for one in range(hit.offset, hit.offset + hit.size)}
            assert within & set(found) or not found, f"{name} byte {at} bit {bit}: {found}"
            assert all(blobs.get(one) for one in others)
            assert set(others) <= set(blobs_of(made)), "what stands behind it is found all the same"
            try:
                meaningless += bool(
                    blobs.get(hit)
                )  # A bit that a frame has no use for: the very bytes come back.
            except Damaged:
                assert found, f"{name} byte {at} bit {bit}"
    assert verify(made).flaws == []
    print(f"\n{FLIPS // 4} flips in packs, {meaningless} of bits that mean nothing")
