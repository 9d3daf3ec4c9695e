"""The clauses of the Shelf port, over a folder and over memory."""

import gzip
import itertools
import os
import sqlite3
import threading
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import brotli
import pytest
from backports import zstd

from archive import faults
from feeds.publish.shelf.deltas import VERSIONS
from feeds.publish.shelf.disk import DiskShelf
from feeds.publish.shelf.memory import MemoryShelf
from feeds.publish.shelf.port import File, Shelf
from tests.builders import START, lorem

UNPACK = {"br": brotli.decompress, "zstd": zstd.decompress, "gzip": gzip.decompress}
ENDINGS = {"br": ".br", "zstd": ".zst", "gzip": ".gz"}
LONG = lorem("long", 400).encode()


@pytest.fixture(params=["disk", "memory"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    return (
        DiskShelf(tmp_path / "feeds", tmp_path / "index" / "shelf.sqlite")
        if request.param == "disk"
        else MemoryShelf()
    )


def file(path: str, body: bytes = b"body", hours: int = 0) -> File:
    return File(path, body, START + timedelta(hours=hours))


def test_a_file_comes_back_as_it_was_put(shelf: Shelf) -> None:
    assert shelf.get("a/b.xml") is None
    assert shelf.put(file("a/b.xml"))
    found = shelf.get("a/b.xml")
    assert found is not None
    assert (found.body, found.modified) == (b"body", START)
    assert shelf.paths() == {"a/b.xml"}
    assert shelf.intact("a/b.xml")
    assert not shelf.intact("a/c.xml")


def test_putting_the_same_again_changes_nothing(shelf: Shelf) -> None:
    shelf.put(file("a.xml"))
    assert not shelf.put(file("a.xml"))
    assert shelf.put(file("a.xml", b"other"))
    assert shelf.put(file("a.xml", b"other", hours=1))
    found = shelf.get("a.xml")
    assert found is not None
    assert found.modified == START + timedelta(hours=1)


def test_a_deleted_file_is_gone(shelf: Shelf) -> None:
    shelf.put(file("a/b/c.xml"))
    shelf.delete("a/b/c.xml")
    shelf.delete("a/b/c.xml")
    assert shelf.get("a/b/c.xml") is None
    assert shelf.paths() == set()


def test_notes_are_kept(shelf: Shelf) -> None:
    assert shelf.shown().get("t") is None
    shelf.note("t", "1")
    shelf.note("t", "2")
    assert shelf.shown()["t"] == "2"


def test_twins_are_packed_behind_their_file_and_are_of_this_very_file(shelf: Shelf) -> None:
    old, new = file("a/rss.xml", b"<rss>" + LONG), file("a/rss.xml", b"<rss>new" + LONG, hours=1)
    shelf.put(old)
    assert {shelf.twin(old, coding) for coding in UNPACK} == {None}
    assert shelf.pack() == 1
    assert shelf.pack() == 0, "all is done"
    for coding, unpack in UNPACK.items():
        body = shelf.twin(old, coding)
        assert body is not None
        assert unpack(body) == old.body
        assert shelf.twin(new, coding) is None
    shelf.put(new)
    assert {shelf.twin(new, coding) for coding in UNPACK} == {None}
    shelf.pack()
    assert shelf.paths() == {"a/rss.xml"}, "a twin is no file of its own"
    assert shelf.intact("a/rss.xml")
    assert UNPACK["br"](shelf.twin(new, "br") or b"") == new.body
    shelf.delete("a/rss.xml")
    assert shelf.twin(new, "br") is None


@pytest.mark.parametrize(
    ("path", "body"),
    [("a/rss.xml", b"<rss/>"), ("articles/x/index.html", LONG), ("articles/x.json", LONG), ("icon.png", LONG),
     ("static/noise.txt", os.urandom(5000))],
)  # fmt: skip
def test_what_gains_nothing_and_what_is_seldom_read_is_not_packed(
    shelf: Shelf, path: str, body: bytes
) -> None:
    shelf.put(file(path, body))
    shelf.pack()
    assert {shelf.twin(file(path, body), coding) for coding in UNPACK} == {None}


def test_packing_ends_when_it_is_told_to(shelf: Shelf) -> None:
    for number in range(5):
        shelf.put(file(f"t{number}/rss.xml", LONG))
    asked = itertools.count()
    shelf.pack(lambda: next(asked) >= 2)
    made = [shelf.twin(file(f"t{n}/rss.xml", LONG), "br") is not None for n in range(5)]
    assert 1 <= sum(made) <= 2
    shelf.pack()
    assert all(shelf.twin(file(f"t{n}/rss.xml", LONG), "br") for n in range(5))


def test_what_readers_wait_for_is_packed_before_what_takes_long(shelf: Shelf) -> None:
    past = [file(f"a/archive/{number}.rss.xml", LONG) for number in range(9)]
    for one in past:
        shelf.put(one)
    shelf.put(feed := file("z/rss.xml", LONG))
    asked = itertools.count()
    shelf.pack(lambda: next(asked) >= 2)
    assert shelf.twin(feed, "br") is not None
    assert sum(shelf.twin(one, "br") is not None for one in past) <= 1
    shelf.pack()
    assert all(shelf.twin(one, "br") for one in past)


def test_versions_of_a_feed_are_known_by_the_marks_of_their_entries(shelf: Shelf) -> None:
    def feed(*entries: int) -> File:
        items = "".join(f"<item><title>{n}</title></item>" for n in entries)
        return file("a/rss.xml", f"<rss><channel>{items}</channel></rss>".encode())

    one, two = feed(1), feed(2, 1)
    for version in (one, two):
        shelf.put(version)
        shelf.pack()
    first, second = shelf.marks("a/rss.xml", one.digest), shelf.marks("a/rss.xml", two.digest[:32])
    assert first is not None
    assert second is not None
    assert first < second
    assert (len(first), len(second)) == (1, 2)
    assert shelf.marks("a/rss.xml", "f" * 64) is None
    assert shelf.marks("b/rss.xml", one.digest) is None
    for number in range(VERSIONS):
        shelf.put(feed(number, 99))
        shelf.pack()
    assert shelf.marks("a/rss.xml", one.digest) is None, "only the last few are kept"
    shelf.put(file("a/atom.xml", b"no document"))
    shelf.pack()
    assert shelf.marks("a/atom.xml", file("", b"no document").digest) == frozenset()


def test_how_long_a_file_stays_fresh_goes_with_it(shelf: Shelf) -> None:
    kept = replace(file("a.xml"), fresh=timedelta(minutes=7))
    assert shelf.put(kept)
    assert not shelf.put(kept)
    assert shelf.put(replace(kept, fresh=timedelta(minutes=9)))
    found = shelf.get("a.xml")
    assert found is not None
    assert found.fresh == timedelta(minutes=9)


def disk(folder: Path) -> DiskShelf:
    return DiskShelf(folder / "feeds", folder / "index" / "shelf.sqlite")


def test_nothing_but_published_files_stands_in_the_folder(tmp_path: Path) -> None:
    shelf = disk(tmp_path)
    shelf.put(file("a/b.xml", LONG))
    shelf.pack()
    shelf.close()
    names = ["a/b.xml", "a/b.xml.br", "a/b.xml.gz", "a/b.xml.zst"]
    found = sorted(str(path.relative_to(tmp_path / "feeds")) for path in (tmp_path / "feeds").rglob("*"))
    assert found == ["a", *names]
    assert {os.stat(tmp_path / "feeds" / name).st_mtime for name in names} == {START.timestamp()}


def twins_on_disk(folder: Path, path: str = "a/rss.xml") -> dict[str, bytes]:
    """What a static server finds beside a file, unpacked."""
    found = {}
    for coding, ending in ENDINGS.items():
        place = folder / "feeds" / f"{path}{ending}"
        if place.exists():
            found[coding] = UNPACK[coding](place.read_bytes())
    return found


def test_how_long_a_file_stays_fresh_survives_a_restart(tmp_path: Path) -> None:
    shelf = disk(tmp_path)
    shelf.put(replace(file("a.xml"), fresh=timedelta(minutes=7)))
    shelf.close()
    found = disk(tmp_path).get("a.xml")
    assert found is not None
    assert found.fresh == timedelta(minutes=7)


@pytest.mark.parametrize(
    "point",
    [
        "shelf.bare",
        "shelf.swap",
        "shelf.swapped",
        "shelf.packed",
        "shelf.twin:1",
        "shelf.twin:2",
        "shelf.twin:3",
    ],
)
def test_wherever_it_is_cut_no_twin_is_of_another_file(tmp_path: Path, point: str) -> None:
    old, new = file("a/rss.xml", b"old" + LONG), file("a/rss.xml", b"new" + LONG, hours=1)
    shelf = disk(tmp_path)
    shelf.put(old)
    shelf.pack()
    faults.plan(f"{point}:crash" if ":" in point else f"{point}:1:crash")
    with pytest.raises(faults.Crash):
        shelf.put(new)
        shelf.pack()
    faults.plan("")
    stands = (tmp_path / "feeds/a/rss.xml").read_bytes()
    assert set(twins_on_disk(tmp_path).values()) <= {stands}
    again = disk(tmp_path)
    again.put(new)
    again.pack()
    assert again.intact("a/rss.xml")
    assert twins_on_disk(tmp_path) == dict.fromkeys(UNPACK, new.body)
    assert not list((tmp_path / "index/tmp").iterdir()), "and nothing is left lying about"


@pytest.mark.parametrize("harm", ["deleted", "cut short", "another's", "index lost"])
def test_a_twin_that_does_not_stand_as_it_was_made_is_made_again(tmp_path: Path, harm: str) -> None:
    shelf = disk(tmp_path)
    kept = file("a/rss.xml", LONG)
    shelf.put(kept)
    shelf.pack()
    if harm != "another's":
        shelf.close()
    path = tmp_path / "feeds/a/rss.xml.gz"
    stat = path.stat()
    if harm == "deleted":
        path.unlink()
    elif harm == "index lost":
        for one in (tmp_path / "index").glob("shelf.sqlite*"):
            one.unlink()
    else:
        body = path.read_bytes()
        path.write_bytes(body[:50] if harm == "cut short" else body[:-9] + b"x" + body[-8:])
        os.utime(path, (stat.st_mtime, stat.st_mtime))
    again = disk(tmp_path)
    assert again.twin(kept, "gzip") is None, "nobody is sent what was not proven"
    assert not again.intact("a/rss.xml")
    assert again.put(kept)
    again.pack()
    assert again.intact("a/rss.xml")
    assert twins_on_disk(tmp_path) == dict.fromkeys(UNPACK, LONG)


def test_an_index_from_before_there_were_twins_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    (tmp_path / "feeds/a").mkdir(parents=True)
    (tmp_path / "feeds/a/rss.xml").write_bytes(LONG)
    os.utime(tmp_path / "feeds/a/rss.xml", (START.timestamp(), START.timestamp()))
    with sqlite3.connect(tmp_path / "index/shelf.sqlite") as old:
        old.executescript(
            "CREATE TABLE file(path TEXT PRIMARY KEY, digest TEXT, modified REAL, size INTEGER) WITHOUT ROWID;"
            "CREATE TABLE shown(topic TEXT PRIMARY KEY, state TEXT) WITHOUT ROWID;"
            "CREATE TABLE progress(name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID; PRAGMA user_version=2;"
        )
        row = ("a/rss.xml", file("", LONG).digest, START.timestamp(), len(LONG))
        old.execute("INSERT INTO file VALUES(?,?,?,?)", row)
    old.close()
    shelf = disk(tmp_path)
    assert not shelf.intact("a/rss.xml")
    assert shelf.put(file("a/rss.xml", LONG))
    shelf.pack()
    assert twins_on_disk(tmp_path) == dict.fromkeys(UNPACK, LONG)


def test_a_twin_without_its_file_is_found_and_taken_away(tmp_path: Path) -> None:
    shelf = disk(tmp_path)
    for stray in ("a/rss.xml.gz", "articles/x.json.gz", "articles/x.json"):
        (tmp_path / "feeds" / stray).parent.mkdir(exist_ok=True)
        (tmp_path / "feeds" / stray).write_bytes(b"of another life")
    assert shelf.paths() == {"a/rss.xml.gz", "articles/x.json.gz", "articles/x.json"}
    shelf.delete("a/rss.xml.gz")
    assert not (tmp_path / "feeds/a").exists()


def test_no_static_server_ever_finds_an_old_twin_beside_a_new_file(tmp_path: Path) -> None:
    """One puts, one packs, another shelf of the same folder packs too (as while all is made anew), one reads."""
    shelf, other = disk(tmp_path), disk(tmp_path)
    done, stale, seen = threading.Event(), [], 0
    shelf.put(file("a/rss.xml", b"0 " + LONG))

    def pack() -> None:
        while not done.is_set():
            shelf.pack()
            other.pack()

    def put() -> None:
        for number in range(1, 100):
            new = file("a/rss.xml", b"%d " % number + LONG, hours=number)
            shelf.put(new)
            until = time.monotonic() + 10
            while number % 4 == 0 and shelf.twin(new, "br") is None and time.monotonic() < until:
                time.sleep(0.002)  # Now and then all of it is packed.

    packing, putting = threading.Thread(target=pack), threading.Thread(target=put)
    packing.start()
    putting.start()
    while putting.is_alive():
        stands = int((tmp_path / "feeds/a/rss.xml").read_bytes().split()[0])
        for ending, unpack in ((".gz", gzip.decompress), (".br", brotli.decompress)):
            try:
                twin = int(unpack((tmp_path / f"feeds/a/rss.xml{ending}").read_bytes()).split()[0])
            except FileNotFoundError:
                continue
            seen += 1
            if twin < stands:
                stale.append((twin, stands))
    done.set()
    packing.join()
    assert stale == []
    assert seen


@pytest.mark.parametrize("path", ["", "../x", "a/../../x", "/etc/passwd", "a//b", "a/./b", "a\x00b"])
def test_no_path_leads_out(tmp_path: Path, path: str) -> None:
    shelf = disk(tmp_path)
    with pytest.raises(ValueError, match="no path"):
        shelf.put(file(path))
    assert shelf.get(path) is None


def test_after_an_unclean_stop_bytes_are_compared(tmp_path: Path) -> None:
    shelf = disk(tmp_path)
    shelf.put(file("a.xml"))
    shelf.close()
    assert disk(tmp_path).clean
    again = disk(tmp_path)
    assert not again.clean, "the one before was never closed"
    path = tmp_path / "feeds/a.xml"
    path.write_bytes(b"BODY")
    os.utime(path, (START.timestamp(), START.timestamp()))
    assert not again.intact("a.xml")
    assert again.put(file("a.xml"))
    assert path.read_bytes() == b"body"


@pytest.mark.parametrize("change", ["put", "delete"])
def test_a_reader_that_comes_late_brings_back_nothing_old(tmp_path: Path, change: str) -> None:
    """It had read the old bytes when the file was changed, and remembers them behind that."""
    at_gate, changed = threading.Event(), threading.Event()

    class Slow(DiskShelf):
        def _remember(self, file: File, changes: int) -> None:
            if threading.current_thread() is reader:
                at_gate.set()
                changed.wait(10)
            super()._remember(file, changes)

    disk(tmp_path).put(file("a.xml", b"old"))
    shelf = Slow(tmp_path / "feeds", tmp_path / "index" / "shelf.sqlite")
    reader = threading.Thread(target=shelf.get, args=("a.xml",))
    reader.start()
    assert at_gate.wait(10)
    if change == "put":
        shelf.put(file("a.xml", b"new", hours=1))
    else:
        shelf.delete("a.xml")
    changed.set()
    reader.join()
    found = shelf.get("a.xml")
    assert (found.body if found else None) == (b"new" if change == "put" else None)


@pytest.mark.parametrize("left", [b"", b"bod"])
def test_a_file_that_a_power_loss_cut_short_after_a_clean_stop_is_put_again(
    tmp_path: Path, left: bytes
) -> None:
    shelf = disk(tmp_path)
    shelf.put(file("a.xml"))
    shelf.close()
    path = tmp_path / "feeds/a.xml"
    path.write_bytes(left)
    os.utime(path, (START.timestamp(), START.timestamp()))
    again = disk(tmp_path)
    assert again.clean
    assert not again.intact("a.xml")
    assert again.put(file("a.xml"))
    assert path.read_bytes() == b"body"


def test_a_file_that_was_deleted_outside_is_put_again(tmp_path: Path) -> None:
    shelf = disk(tmp_path)
    shelf.put(file("a.xml"))
    (tmp_path / "feeds/a.xml").unlink()
    assert not shelf.intact("a.xml")
    assert shelf.put(file("a.xml"))


def test_a_reader_never_sees_a_part_of_a_file(tmp_path: Path) -> None:
    shelf = disk(tmp_path)
    bodies = [bytes([65 + n]) * 200_000 for n in range(2)]
    shelf.put(file("a.xml", bodies[0]))
    torn: list[int] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            found = (tmp_path / "feeds/a.xml").read_bytes()
            if found not in bodies:
                torn.append(len(found))

    reader = threading.Thread(target=read)
    reader.start()
    for n in range(300):
        shelf.put(file("a.xml", bodies[n % 2], hours=n))
    stop.set()
    reader.join()
    assert torn == []
