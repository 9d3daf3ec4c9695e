"""The clauses of the Blobs port, over the disk and over the adversarial one in memory."""

import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from archive import faults
from archive.cards import BlobPlace
from archive.disk import packs, seekable
from archive.disk.blobs import DiskBlobs
from archive.errors import Damaged, ReadOnly
from archive.memory.adversary import Adversary
from archive.memory.blobs import BlobStorage, MemoryBlobs
from archive.memory.catalog import MemoryCatalog
from archive.ports import Blobs
from tests.builders import START
from tests.contracts.records import digest

Open = Callable[[], Blobs]
LATER = START + timedelta(days=3)


@pytest.fixture
def adversary() -> Adversary:
    return Adversary(delay=0.005)


@pytest.fixture(params=["disk", "memory"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path, adversary: Adversary) -> Iterator[Open]:
    storage, made = BlobStorage(), []

    def opened() -> Blobs:
        on_disk = request.param == "disk"
        made.append(DiskBlobs(tmp_path / "blobs") if on_disk else MemoryBlobs(storage, adversary=adversary))
        return made[-1]

    yield opened
    faults.plan("")
    for one in made:
        one.close()


@pytest.fixture
def let_fail(reopen: Open, adversary: Adversary) -> Callable[[str, str], None]:
    """Let the next put or erase fail: before it, in the midst, or unanswered."""
    on_disk = isinstance(reopen(), DiskBlobs)
    points = {
        "put": {"before": "blobs.write", "part": "blobs.torn", "after": "blobs.synced"},
        "erase": {"before": "seal.packed", "part": "seal.named", "after": "seal.unlink"},
    }

    def plan(doing: str, fate: str) -> None:
        if on_disk:
            faults.plan(f"{points[doing][fate]}:1:eio")
        else:
            adversary.plan(f"blobs.{doing}", fate)  # type: ignore[arg-type]

    return plan


FATES = ["before", "part", "after"]


def items(*said: bytes) -> list[tuple[str, bytes]]:
    return [(digest(data), data) for data in said]


def seen(places: list[BlobPlace]) -> dict[str, int]:
    """How far packs were taken in by a catalog that knows *places*."""
    catalog = MemoryCatalog()
    catalog.apply((), places)
    return catalog.packs()


def found(blobs: Blobs) -> dict[str, bytes]:
    """All that a scan yields, read."""
    return {place.sha256: blobs.get(place) for place in blobs.scan({})}


def test_what_was_put_is_durable_on_return(reopen: Open) -> None:
    given = items(b"one", b"", b"three" * 1000, random.Random(1).randbytes(5000))
    places = reopen().put(given, START)
    assert [place.sha256 for place in places] == [key for key, _ in given], "in order"
    again = reopen()  # The one before was not closed: nobody had the time.
    assert [again.get(place) for place in places] == [data for _, data in given]
    assert found(again) == dict(given)
    assert again.put([], START) == []


def test_what_is_there_is_not_changed_by_putting_it_again(reopen: Open) -> None:
    blobs = reopen()
    (first,) = blobs.put(items(b"one"), START)
    (second,) = blobs.put(items(b"one"), START)
    assert blobs.get(first) == blobs.get(second) == b"one"
    assert found(reopen()) == {digest(b"one"): b"one"}


def test_bytes_are_held_against_their_digest(reopen: Open) -> None:
    blobs = reopen()
    one, two = blobs.put(items(b"one", b"two"), START)
    for wrong in (
        replace(one, sha256=digest(b"three")),
        replace(one, sha256=two.sha256),
        replace(one, pack="nowhere"),
        replace(one, pack="2026-01-05.777"),
        replace(one, pack="../../etc/passwd"),
    ):
        with pytest.raises(Damaged):
            blobs.get(wrong)


def test_a_scan_yields_what_was_not_seen(reopen: Open) -> None:
    blobs = reopen()
    first = blobs.put(items(b"one", b"two"), START)
    second = blobs.put(items(b"three"), START) + blobs.put(items(b"four"), LATER)
    assert list(blobs.scan(seen(first + second))) == []
    assert {place.sha256 for place in blobs.scan(seen(first))} == {digest(b"three"), digest(b"four")}
    assert {place.sha256 for place in blobs.scan({"a pack that is no more": 9999})} == {
        place.sha256 for place in first + second
    }
    assert sorted(blobs.scan({}), key=str) == sorted(first + second, key=str), "the very same places"


@pytest.mark.parametrize("fate", FATES)
def test_after_an_error_it_refuses_until_it_is_opened_anew(
    reopen: Open, let_fail: Callable[[str, str], None], fate: str
) -> None:
    blobs = reopen()
    (kept,) = blobs.put(items(b"kept"), START)
    lost = items(*(b"lost %d" % n + random.Random(n).randbytes(300) for n in range(5)))
    let_fail("put", fate)
    with pytest.raises(ReadOnly):
        blobs.put(lost, START)
    faults.plan("")
    assert blobs.refuses
    with pytest.raises(ReadOnly):
        blobs.put(items(b"refused"), START)
    with pytest.raises(ReadOnly):
        blobs.erase([kept], START, "test")
    assert blobs.get(kept) == b"kept", "who reads goes on reading"
    again = reopen()
    assert not again.refuses
    there = found(again)
    assert there.pop(digest(b"kept")) == b"kept"
    assert there.items() <= dict(lost).items(), "any of it may be there, each whole"
    places = again.put(lost, START)
    third = reopen()
    assert [third.get(place) for place in places] == [data for _, data in lost]
    assert found(third) == {digest(b"kept"): b"kept", **dict(lost)}


@pytest.mark.parametrize("rest", ["cut", "zeros", "rubbish"])
def test_a_torn_end_costs_only_what_was_not_acknowledged(tmp_path: Path, rest: str) -> None:
    """At every byte of the last blob; in memory a put that failed leaves one torn."""
    chance = random.Random(2)
    blobs = DiskBlobs(tmp_path / "whole")
    blobs.put(items(b"one", b"two"), START)
    (path,) = (tmp_path / "whole").glob("*/*.pack")
    acknowledged = path.stat().st_size
    blobs.put(items(b"three and more"), START)
    whole = path.read_bytes()
    for cut in range(acknowledged, len(whole)):
        lost = len(whole) - cut
        behind = {"cut": b"", "zeros": bytes(lost), "rubbish": chance.randbytes(lost)}[rest]
        folder = tmp_path / f"{rest}{cut}"
        torn = folder / "2026" / path.name
        torn.parent.mkdir(parents=True)
        torn.write_bytes(whole[:cut] + behind)
        again = DiskBlobs(folder)
        assert {digest(b"one"), digest(b"two")} <= set(found(again))
        (place,) = again.put(items(b"four"), START)
        again.close()
        third = DiskBlobs(folder)
        assert third.get(place) == b"four"
        assert {digest(b"one"), digest(b"two"), digest(b"four")} <= set(found(third))
        assert third.seal(LATER) >= 1
        assert {digest(b"one"), digest(b"two"), digest(b"four")} <= set(found(third))


@pytest.mark.parametrize("point", ["seal.fsync", "seal.packed", "seal.told"])
def test_a_disk_that_has_no_room_to_seal_a_pack_puts_it_off(tmp_path: Path, point: str) -> None:
    blobs = DiskBlobs(tmp_path / "blobs")
    places = [
        place
        for day in range(3)
        for place in blobs.put([(digest(b"of %d" % day), b"of %d" % day)], START + timedelta(days=day))
    ]
    before = packs.find(tmp_path / "blobs")[0].read_bytes()
    faults.plan(f"{point}:1:enospc")
    with pytest.raises(ReadOnly, match="No space left"):
        blobs.seal(LATER)
    faults.plan("")
    assert not blobs.refuses
    if point == "seal.fsync":
        assert packs.find(tmp_path / "blobs")[0].read_bytes() == before, "what was begun is taken back"
    places += blobs.put([(digest(b"goes on"), b"goes on")], LATER)
    assert blobs.seal(LATER) == (0 if point == "seal.told" else 1)
    assert all(packs.about(path) for path in packs.find(tmp_path / "blobs")[:-1])
    assert [blobs.get(place) for place in places] == [b"of 0", b"of 1", b"of 2", b"goes on"]
    assert sorted(one.sha256 for one in blobs.scan({})) == sorted(one.sha256 for one in places)
    blobs.close()


def test_sealing_changes_no_place(reopen: Open) -> None:
    blobs = reopen()
    places: list[BlobPlace] = []
    for day in range(4):
        places += blobs.put(
            items(*(b"%d %d " % (day, n) * 50 for n in range(5))), START + timedelta(days=day)
        )
    blobs.seal(LATER)
    (on,) = blobs.put(items(b"goes on"), LATER)
    for one in (blobs, reopen()):
        assert [digest(one.get(place)) for place in places] == [place.sha256 for place in places]
        assert sorted(one.scan({}), key=str) == sorted([*places, on], key=str)
        assert list(one.scan(seen([*places, on]))) == []
    again = reopen()
    assert again.seal(LATER) == 0, "what is sealed is not sealed again, and today's goes on"
    assert again.get(again.put(items(b"more"), LATER)[0]) == b"more"


def test_what_was_erased_is_gone_and_all_else_is_there(reopen: Open) -> None:
    blobs = reopen()
    given = items(*(b"blob %d " % n * 20 for n in range(8)))
    places = blobs.put(given[:4], START) + blobs.put(given[4:], LATER)
    before = blobs.packs()
    blobs.erase([], LATER, "test")
    assert blobs.packs() == before
    canary, other = given[1][0], given[6][0]
    blobs.erase([places[1]], LATER, "test", nobodys=[places[6]])
    gone = before - blobs.packs()
    left = dict(given)
    del left[canary], left[other]
    for place in places:
        if place.sha256 in {canary, other}:
            with pytest.raises(Damaged):
                blobs.get(place)
        else:
            assert blobs.get(place) == left[place.sha256], "also by where it was"
    known = seen([place for place in places if place.pack not in gone])
    moved = {place.sha256 for place in places if place.pack in gone} - {canary, other}
    assert {place.sha256 for place in blobs.scan(known)} == moved, "what moved, and nothing else"
    (on,) = blobs.put(items(b"goes on"), LATER)
    again = reopen()
    assert found(again) == {**left, digest(b"goes on"): b"goes on"}
    assert again.get(on) == b"goes on"
    again.erase([places[1]], LATER, "test")
    assert found(again) == {**left, digest(b"goes on"): b"goes on"}


def test_what_was_torn_goes_with_the_next_erasure(
    reopen: Open, let_fail: Callable[[str, str], None], tmp_path: Path
) -> None:
    blobs = reopen()
    (kept,) = blobs.put(items(b"kept"), START)
    let_fail("put", "part")
    with pytest.raises(ReadOnly):
        blobs.put(items(*(b"torn %d" % n + random.Random(n).randbytes(300) for n in range(3))), START)
    faults.plan("")
    for path in tmp_path.rglob("*.pack"):  # As a crash leaves it, which takes nothing back.
        path.write_bytes(path.read_bytes() + path.read_bytes()[:-5])
    again = reopen()
    whole = found(again)
    again.erase([], LATER, "test")
    assert again.get(kept) == b"kept"
    assert found(again) == found(reopen()) == whole
    for path in tmp_path.rglob("*.pack"):
        assert sum(1 for _ in packs.blobs_in(path)) == len(seekable.table_of(path)) == len(whole)


@pytest.mark.parametrize("fate", FATES)
def test_an_erasure_that_failed_is_asked_for_again(
    reopen: Open, let_fail: Callable[[str, str], None], fate: str
) -> None:
    blobs = reopen()
    given = items(*(b"blob %d " % n * 20 for n in range(8)))
    places = blobs.put(given[:4], START) + blobs.put(given[4:], LATER)
    erased = [places[0], places[7]]
    let_fail("erase", fate)
    with pytest.raises(ReadOnly):
        blobs.erase(erased, LATER, "test")
    faults.plan("")
    assert blobs.refuses
    again = reopen()
    left = dict(given[1:7])
    assert left.items() <= found(again).items() <= dict(given).items()
    catalog = MemoryCatalog()
    catalog.apply((), places)
    again.erase(erased, LATER, "test")
    catalog.apply((), list(again.scan(catalog.packs())))
    catalog.forget_packs(catalog.packs().keys() - again.packs())
    for key, data in left.items():
        known = catalog.blob(key)
        assert known is not None, "who forgets what is to be forgotten, and looks again, finds all others"
        assert again.get(known) == data
    assert found(reopen()) == left


def test_many_threads_put_at_once(reopen: Open) -> None:
    blobs = reopen()
    kept: list[tuple[BlobPlace, bytes]] = []

    def work(name: str) -> None:
        for n in range(5):
            given = items(*(f"{name} {n} {part}".encode() * 9 for part in range(3)))
            places = blobs.put(given, START)
            kept.extend(zip(places, (data for _, data in given), strict=True))

    threads = [threading.Thread(target=work, args=(name,)) for name in "uvwxyz"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    again = reopen()
    assert all(again.get(place) == data for place, data in kept)
    assert len(found(again)) == len(kept) == 90


def test_closed_it_takes_nothing(reopen: Open) -> None:
    blobs = reopen()
    (place,) = blobs.put(items(b"one"), START)
    blobs.close()
    blobs.close()
    with pytest.raises(ReadOnly):
        blobs.put(items(b"two"), START)
    assert blobs.refuses
    assert blobs.get(place) == b"one"


def test_who_had_it_open_before_writes_no_more() -> None:
    """On a disk the lock sees to that; in memory the storage does."""
    storage = BlobStorage()
    before, after = MemoryBlobs(storage), MemoryBlobs(storage)
    with pytest.raises(ReadOnly):
        before.put(items(b"one"), START)
    assert found(after) == {}
