"""Whole lines dropped, swapped or doubled: the chain says so, and names them."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from archive import verify
from archive.disk.journal import DiskJournal
from tests.faults.stores import JOURNALS, fill, segments

Lines = list[bytes]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("lines")
    fill(data, days=2, each=12)
    shutil.rmtree(data / "index")
    return data


def dropped(lines: Lines, n: int) -> tuple[Lines, set[int]]:
    """The line behind it no longer follows the one before it."""
    return lines[:n] + lines[n + 1 :], {n}


def swapped(lines: Lines, n: int) -> tuple[Lines, set[int]]:
    return [*lines[:n], lines[n + 1], lines[n], *lines[n + 2 :]], {n, n + 1}


def doubled(lines: Lines, n: int) -> tuple[Lines, set[int]]:
    return [*lines[: n + 1], lines[n], *lines[n + 1 :]], {n + 1}


def moved_to_the_end(lines: Lines, n: int) -> tuple[Lines, set[int]]:
    return [*lines[:n], *lines[n + 1 :], lines[n]], {n, len(lines) - 1}


@pytest.mark.parametrize("journal", JOURNALS)
@pytest.mark.parametrize("change", [dropped, swapped, doubled, moved_to_the_end])
def test_it_is_found_and_named(
    made: Path, journal: str, change: Callable[[Lines, int], tuple[Lines, set[int]]]
) -> None:
    """At every place but the very end: that a journal's last line is gone, only an index or a backup can tell."""
    for path in segments(made, journal):
        whole = path.read_bytes()
        lines = whole.splitlines(keepends=True)
        for n in range(len(lines) - 1):
            after, wrong = change(lines, n)
            path.write_bytes(b"".join(after))
            found = {flaw.place for flaw in verify(made).flaws}
            starts = [sum(map(len, after[:at])) for at in range(len(after))]
            expected = {f"{journal}/{path.stem}+{starts[at]}" for at in wrong}
            assert expected <= found, (path.name, n, found)
            read = DiskJournal(made / "archive" / journal, writable=False)
            assert read.damaged == [], "no line of it fails its own sum"
        path.write_bytes(whole)
    assert verify(made).flaws == []


@pytest.mark.parametrize("journal", JOURNALS)
def test_a_whole_file_that_is_gone_is_noticed(made: Path, journal: str) -> None:
    first, second = segments(made, journal)
    aside = first.with_suffix(".aside")
    first.rename(aside)
    places = [flaw.place for flaw in verify(made).flaws]
    aside.rename(first)
    assert f"{journal}/{second.stem}+0" in places


def test_lines_of_two_files_in_each_others_place_are_noticed(made: Path) -> None:
    chance = random.Random(7)
    first, second = segments(made, "articles")
    one, other = (path.read_bytes().splitlines(keepends=True) for path in (first, second))
    for _ in range(10):
        a, b = chance.randrange(len(one)), chance.randrange(len(other) - 1)
        first.write_bytes(b"".join([*one[:a], other[b], *one[a + 1 :]]))
        second.write_bytes(b"".join([*other[:b], one[a], *other[b + 1 :]]))
        places = {flaw.place for flaw in verify(made).flaws}
        assert any(place.startswith(f"articles/{first.stem}+") for place in places)
        assert any(place.startswith(f"articles/{second.stem}+") for place in places)
    first.write_bytes(b"".join(one))
    second.write_bytes(b"".join(other))
    assert verify(made).flaws == []
