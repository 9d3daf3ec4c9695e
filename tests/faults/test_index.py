"""Broken, cut or missing files of the index: found, made anew, and the same answers given."""

import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from archive import ArchiveError, Run, verify
from feeds.rounds import publish_all
from tests.builders import TurnedClock, draft, lorem, showing
from tests.faults.stores import how_many, is_long
from tests.world import World, tree

FILES = ("catalog", "search", "matches", "ledger", "shelf")
ROUNDS = how_many("INDEXES", 1)


def head(data: bytearray, chance: random.Random) -> None:
    """Garbage in place of the first bytes, by which SQLite knows its own."""
    data[:100] = chance.randbytes(100)


def page(data: bytearray, chance: random.Random) -> None:
    """Garbage in place of one page behind the first."""
    at = chance.randrange(4096, len(data), 4096)
    data[at : at + 4096] = chance.randbytes(4096)


def pages(data: bytearray, chance: random.Random) -> None:
    data[4096:] = chance.randbytes(len(data) - 4096)


def cut(data: bytearray, chance: random.Random) -> None:
    del data[chance.randrange(len(data)) :]


def empty(data: bytearray, chance: random.Random) -> None:
    data.clear()


Spoil = Callable[[bytearray, random.Random], None]
SPOILS: list[Spoil] = [head, page, pages, cut, empty]
WAYS = {how.__name__: how for how in SPOILS}


def pairs(*more: str) -> list[tuple[str, str]]:
    """Return which file is spoilt how: all there is, or each file and each way at least once."""
    ways = [how.__name__ for how in SPOILS] + list(more)
    if is_long():
        return [(name, way) for name in FILES for way in ways]
    return [(name, ways[(at + len(more)) % len(ways)]) for at, name in enumerate(FILES)] + [
        ("matches", ways[-1])
    ]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole newsweir with sources, topics and enough in them for files of some pages, stopped."""
    home = tmp_path_factory.mktemp("index")
    world = World(home)
    for n in range(12):
        (world.inbox / f"{n}.txt").write_text(f"Kabul {n}\n\n{lorem(f'file{n}', 200)}\n")
    world.configure("  - {folder: inbox}", "  kabul: {query: kabul}\n  some: {query: file3x OR kabul}")
    world.clock = TurnedClock()
    world.bureau.ledger.hasten(world.clock.now())
    keep(world, range(40))
    world.round()
    publish_all(world.bureau)
    while world.bureau.archive.feed_search():
        pass
    world.close()
    return home


def keep(world: World, numbers: range) -> None:
    world.bureau.archive.keep(
        [showing(draft(f"k{n}", f"Kept {n}", f"kabul {lorem(f'k{n}', 80)}")) for n in numbers]
    )


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Iterator[World]:
    home = tmp_path / "home"
    shutil.copytree(made, home)
    world = World(home)
    yield world
    world.close()


def spoil(path: Path, how: Spoil, chance: random.Random) -> None:
    data = bytearray(path.read_bytes())
    how(data, chance)
    path.write_bytes(data)


def answers(world: World) -> dict[str, object]:
    """Return what the index is asked for: by id, by key, by word, by topic, by source, by page."""
    archive = world.bureau.archive
    while archive.feed_search():
        pass
    cards = archive.newest(1000)
    return {
        "count": archive.count(),
        "cards": cards,
        "revisions": [[one.archive.rev for one in archive.revisions(card.id)] for card in cards],
        "found": sorted(one.id for one in archive.candidates(Run(("kabul",)))),
        "single": [one.title for one in archive.candidates(Run(("k7x3",)))],
        "told": sorted(
            (item.topic, item.n) for card in cards for item in world.bureau.told.of_article(card.id)
        ),
        "files": tree(world.data / "feeds"),
        "sources": [one.name for one in world.bureau.ledger.accounts()],
        "again": [one.status for (one,) in again(world)],
    }


def again(world: World) -> list:  # type: ignore[type-arg]
    return world.bureau.archive.keep(
        [showing(draft(f"k{n}", f"Kept {n}", f"kabul {lorem(f'k{n}', 80)}")) for n in range(0, 40, 9)]
    )


@pytest.fixture(scope="module")
def expected(made: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    home = tmp_path_factory.mktemp("expected") / "home"
    shutil.copytree(made, home)
    world = World(home)
    found = answers(world)
    world.close()
    assert found["count"] == 52
    assert set(found["again"]) == {"same"}  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize(("name", "way"), pairs())
def test_it_is_made_anew_at_the_start(copy: World, expected: dict[str, object], name: str, way: str) -> None:
    how = WAYS[way]
    for number in range(ROUNDS):
        copy.restart()
        path = copy.data / f"index/{name}.sqlite"
        spoil(path, how, random.Random(f"{name}{how.__name__}{number}"))
        assert settled(copy) == expected
    assert verify(copy.data).flaws == []


def settled(world: World) -> dict[str, object]:
    """Return the answers as the daemon comes to them: it opens at once; what is met broken later costs a look."""
    bureau = world.bureau
    for _ in range(4):
        try:
            bureau.look_after()
            publish_all(bureau)
            bureau.press.mend(thorough=True)
            return answers(world)
        except ArchiveError as error:
            bureau.broken = str(error)
    raise AssertionError("it does not settle")


@pytest.mark.parametrize(("name", "way"), pairs("gone"))
def test_it_is_made_anew_while_it_runs(copy: World, expected: dict[str, object], name: str, way: str) -> None:
    assert copy.bureau.archive.count() == 52
    path = copy.data / f"index/{name}.sqlite"
    how = WAYS.get(way)
    if how is None:
        for one in path.parent.glob(f"{path.name}*"):
            one.unlink()
    else:
        aside = path.with_suffix(".new")
        shutil.copy(path, aside)
        spoil(aside, how, random.Random(name))
        for one in path.parent.glob(f"{path.name}-*"):
            one.unlink()
        aside.replace(path)
    assert settled(copy) == expected
    assert verify(copy.data).flaws == []


def test_the_whole_folder_is_taken_away_while_it_runs(copy: World, expected: dict[str, object]) -> None:
    assert copy.bureau.archive.count() == 52
    (copy.data / "index").rename(copy.home / "aside")
    assert settled(copy) == expected
