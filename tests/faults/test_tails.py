"""A file's end that a crash cut off, zeroed or filled with garbage: opening parks it and goes on."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive import connect
from tests.builders import TurnedClock
from tests.faults.disks import memory_folder
from tests.faults.stores import (
    JOURNALS,
    Told,
    check,
    copies,
    fill,
    how_many,
    is_long,
    journal_lines,
    packs,
    segments,
)
from tests.world import tree

STRIDE = 1 if is_long() else 17
TAILS = how_many("TAILS", 24)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    with memory_folder(tmp_path) as made:
        yield made


def parked(data: Path) -> bytes:
    return b"".join(tree(data / "archive/quarantine").values())


def expect(data: Path, told: Told) -> Told:
    """Return what of *told* still stands in the journals: the rest was cut away, acknowledged or not."""
    stands = {name: set(journal_lines(data, name)) for name in JOURNALS}
    left = Told(
        lines={name: [one for one in lines if one in stands[name]] for name, lines in told.lines.items()}
    )
    kept = {(record["id"], record["_archive"]["rev"]) for record in _records(stands["articles"])}
    left.articles = [one for one in told.articles if one in kept]
    return left


def _records(lines: set[tuple[int, bytes]]) -> list[dict]:  # type: ignore[type-arg]
    import json

    return [json.loads(body) for _, body in lines]


@pytest.mark.slow
@pytest.mark.parametrize("journal", JOURNALS)
def test_a_torn_tail_at_every_byte_of_the_last_five_lines(folder: Path, journal: str) -> None:
    told = fill(folder / "made", days=1, each=9)
    (path,) = segments(folder / "made", journal)
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    first = max(1, len(whole) - sum(map(len, lines[-5:])))
    fresh = copies(folder / "made", folder / "torn")
    cuts = range(first, len(whole), STRIDE)
    for cut in cuts:
        data = next(fresh)
        at = data / path.relative_to(folder / "made")
        at.write_bytes(whole[:cut])
        left = expect(data, told)
        start = whole.rfind(b"\n", 0, cut) + 1
        check(data, left)
        assert parked(data) == whole[start:cut], "no byte is thrown away"
    print(f"\n{len(cuts)} cuts of {journal}")


def test_a_torn_pack_costs_nothing_that_was_acknowledged(folder: Path) -> None:
    """The bytes of a blob that no line names yet may be cut anywhere."""
    told = fill(folder / "made", days=1, each=3)
    (pack,) = packs(folder / "made")
    (newest,) = segments(folder / "made", "articles")
    lines = newest.read_bytes().splitlines(keepends=True)
    archive = connect(folder / "made", writable=False)
    places = sorted(
        (archive._ports.catalog.blob(one.record.archive.raw.sha256).offset, number)  # type: ignore[union-attr]
        for number, one in enumerate(archive.since(0, 100))
    )
    archive.close()
    last = places[-1]
    assert last[1] == len(lines) - 1, "the last line names the last blob"
    whole = pack.read_bytes()
    fresh = copies(folder / "made", folder / "torn")
    for cut in range(last[0], len(whole), 1 if is_long() else 13):
        data = next(fresh)
        (data / pack.relative_to(folder / "made")).write_bytes(whole[:cut])
        at = data / newest.relative_to(folder / "made")
        at.write_bytes(b"".join(lines[:-1]))
        check(data, expect(data, told))


@pytest.mark.parametrize("kind", ["zeros", "garbage"])
def test_four_kibibytes_of_nothing_after_random_cuts(folder: Path, kind: str) -> None:
    told = fill(folder / "made", days=2, each=4)
    chance = random.Random(f"{kind}1")
    fresh = copies(folder / "made", folder / "torn")
    for _ in range(TAILS):
        data = next(fresh)
        for journal in JOURNALS:
            path = segments(data, journal)[-1]
            whole = path.read_bytes()
            cut = chance.randint(0, len(whole))
            path.write_bytes(whole[:cut] + (bytes(4096) if kind == "zeros" else chance.randbytes(4096)))
        pack = packs(data)[-1]
        pack.write_bytes(pack.read_bytes() + (bytes(4096) if kind == "zeros" else chance.randbytes(4096)))
        left = expect(data, told)
        check(data, left, TurnedClock().now())
    print(f"\n{TAILS} tails of {kind}")
