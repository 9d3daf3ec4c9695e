"""The clauses of the Shelf port, over a folder and over memory."""

import os
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from feeds.publish.disk_shelf import DiskShelf
from feeds.publish.memory_shelf import MemoryShelf
from feeds.publish.shelf import File, Shelf
from tests.builders import START


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


def disk(folder: Path) -> DiskShelf:
    return DiskShelf(folder / "feeds", folder / "index" / "shelf.sqlite")


def test_nothing_but_published_files_stands_in_the_folder(tmp_path: Path) -> None:
    shelf = disk(tmp_path)
    shelf.put(file("a/b.xml"))
    shelf.close()
    assert [str(path.relative_to(tmp_path / "feeds")) for path in (tmp_path / "feeds").rglob("*")] == [
        "a",
        "a/b.xml",
    ]
    assert os.stat(tmp_path / "feeds/a/b.xml").st_mtime == START.timestamp()


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
