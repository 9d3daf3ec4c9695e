"""The test that a toy fails: delete index and feeds, rebuild, and every byte comes back."""

import gc
import os
import random
import shutil
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from copy import copy
from pathlib import Path

import pytest

from archive import ReadOnly
from feeds.curate import lines
from feeds.editing import desk
from feeds.editing.desk import carry_out
from feeds.intake.pipeline import publish
from tests.builders import TurnedClock, draft, item, lorem, rss, showing
from tests.joining_client import joined
from tests.site import Page
from tests.world import PRIVATE, World, tree

SOURCES = "\n".join(
    [
        f"  - {{feed: '{{site}}/paper', name: paper, initial: all, pages: never, {PRIVATE}}}",
        f"  - {{feed: '{{site}}/other', name: other, pages: never, {PRIVATE}}}",
        "  - {folder: inbox}",
    ]
)
SITE = "http://127.0.0.1:8080/"
FIRST = """
  kabul: {title: Kabul, query: kabul, limit: 100}
  moscow: {title: Moscow, query: moscow}
  slow: {title: Slow, query: kabul AND moscow, delay: 3h}
  liked: {title: Liked, like: [inbox/example.txt]}
"""
LAST = """
  kabul: {title: All of Kabul, query: kabul OR doha, limit: 80, guid: per-topic, updates: bump}
  kremlin: {title: Moscow, query: moscow, was: moscow}
  slow: {title: Slow, query: kabul AND moscow, delay: 3h}
  liked: {title: Liked, like: [inbox/example.txt]}
  doha: {title: Doha, query: doha, description: Added later}
"""


def entries(*numbers: int, edited: tuple[int, ...] = ()) -> bytes:
    found = []
    for n in reversed(numbers):
        place = ("kabul", "moscow", "kabul moscow", "doha")[n % 4]
        title = f"{place} {n}" + (" corrected" if n in edited else "")
        found.append(
            item(str(n), title, content=f"<p>{lorem(f'w{n}', 15)} {place}</p>", link=f"https://paper.example/{n}",
                 date=f"{1 + n % 28:02d} Dec 2025 10:00:00 GMT")
        )  # fmt: skip
    return rss(*found, title="The Paper")


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world that three rounds were made in, closed."""
    made = World(tmp_path_factory.mktemp("lived"))
    three_rounds(made)
    made.restart()
    yield made
    made.close()


@pytest.fixture
def grown(lived: World, tmp_path: Path) -> Iterator[World]:
    """A copy of it, to be changed."""
    shutil.copytree(lived.home, tmp_path / "grown", ignore=shutil.ignore_patterns("run"))
    pages, asked = dict(lived.site.pages), len(lived.site.asked)
    world = World(tmp_path / "grown", copy(lived.clock), lived.site)
    yield world
    world.close()
    lived.site.pages = pages
    del lived.site.asked[asked:]


def three_rounds(world: World) -> None:
    """Edits (silent and bump), a late alias, a withdrawal, a release, topics added, renamed, changed, two pages."""
    world.configure(SOURCES, FIRST)
    (world.inbox / "example.txt").write_text(
        "The example\n\n" + lorem("opium", 30) + " poppy harvest trade\n"
    )
    world.site.pages["/paper"] = Page(entries(*range(1, 241)), etag='"1"')
    world.site.pages["/other"] = Page(rss(item("x1", "elsewhere", content=lorem("elsewhere"))), etag='"1"')
    world.round()
    ids = {card.title: card.id for card in world.bureau.archive.newest(1000)}
    desk.carry_out(world.bureau, {"do": "withdraw", "article": ids["kabul 8"], "topic": None})
    desk.carry_out(world.bureau, {"do": "release", "article": ids["kabul moscow 6"], "topic": "slow"})
    desk.carry_out(world.bureau, {"do": "drop", "article": ids["kabul moscow 10"], "topic": "slow"})

    world.site.pages["/paper"] = Page(entries(*range(100, 260), edited=(120, 121, 200)), etag='"2"')
    late = item(
        "o1",
        "kabul 4",
        content=f"<p>{lorem('w4', 15)} kabul</p>",
        link="https://paper.example/4?utm_source=o",
    )
    world.site.pages["/other"] = Page(rss(late), etag='"2"')
    world.round()
    world.restart()

    world.configure(SOURCES, LAST, site="title: Test, contact: me@example.org")
    (world.inbox / "example.txt").write_text(
        "The example\n\n" + lorem("opium", 30) + " poppy harvest trade, revised\n"
    )
    (world.inbox / "second.md").write_text("# Poppy of Kabul\n\n" + lorem("opium", 20) + "\n")
    world.site.pages["/paper"] = Page(entries(*range(150, 280), edited=(200, 201, 204, 208)), etag='"3"')
    world.round(hours=1)


def kill_in_a_tick(world: World) -> None:
    """End the process inside a publish tick, with lines written and no advance; then go on."""
    code = (
        "import sys; from pathlib import Path; from tests.world import World; from feeds.config import load;"
        "from feeds.office.bureau import Bureau; from feeds.intake.pipeline import publish; from tests.builders import TurnedClock;"
        "c = TurnedClock(); c.advance(hours=float(sys.argv[2]));"
        "b = Bureau(load(Path(sys.argv[1]) / 'config.yaml'), clock=c);"
        "from archive import Showing; from tests.builders import draft, lorem;"
        "b.archive.keep([Showing([draft(f'k{n}', f'kabul killed {n}', lorem(f'k{n}'), source='killed') for n in range(5)])]);"
        "publish(b)"
    )
    world.restart()
    hours = (world.clock.now() - TurnedClock().now()).total_seconds() / 3600 + 0.5
    done = subprocess.run(
        [sys.executable, "-c", code, str(world.home), str(hours)],
        env={**os.environ, "NEWSWEIR_FAULT": "publications.torn:1:kill"}, check=False, capture_output=True, text=True,
        cwd=Path(__file__).parents[1],
    )  # fmt: skip
    assert done.returncode == -9, done.stderr


def test_rebuild_is_exact_and_the_next_round_goes_on_as_if_nothing_had_been(
    grown: World, tmp_path: Path
) -> None:
    world = grown
    kill_in_a_tick(world)
    world.round()
    assert "kabul killed 4" in world.titles("kabul")
    assert world.titles("kabul")[80:] == ["kabul 208 corrected", "kabul 204 corrected"], "bumped"
    kabul = world.bureau.book.called("kabul")
    assert kabul is not None
    standing = world.bureau.told.standing(kabul.topic)
    assert standing.n > 120
    assert standing.news > standing.n, "some were bumped"
    assert world.bureau.told.pages.numbers(kabul.topic) == {1, 2, 3}
    published = {item.guid for item in world.bureau.told.newest(kabul.topic, 1000)}
    for name in ("rss.xml", "atom.xml", "feed.json"):
        found = joined(f"{SITE}kabul/{name}", lambda url: world.file(url.removeprefix(SITE)))
        assert set(found) == published
    before = world.published()
    world.restart()
    times = {path: os.stat(world.data / "feeds" / path).st_mtime for path in before}
    archive_before = tree(world.data / "archive")

    there = tmp_path / "elsewhere" / "deep"
    shutil.copytree(world.home, there, ignore=shutil.ignore_patterns("elsewhere", "run"))
    shutil.rmtree(there / "data" / "index")
    shutil.rmtree(there / "data" / "feeds")
    done = subprocess.run(
        [sys.executable, "-m", "feeds", "-c", str(there / "config.yaml"), "rebuild"],
        env={**os.environ, "TZ": "Asia/Kabul", "PYTHONHASHSEED": str(random.randint(1, 999))},
        capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (
        subprocess.run(["diff", "-r", world.data / "feeds", there / "data" / "feeds"], check=False).returncode
        == 0
    )
    assert tree(there / "data" / "feeds", twins=True) == before
    assert {path: os.stat(there / "data" / "feeds" / path).st_mtime for path in before} == times
    assert tree(there / "data" / "archive") == archive_before, "rebuild renders; it decides nothing"

    other = World(there, world.clock, world.site)
    world.site.pages["/paper"] = Page(entries(*range(200, 300), edited=(210,)), etag='"4"')
    world.round()
    world.clock.advance(hours=-1)
    other.round()
    assert other.published() == world.published()
    strip = _without_sums
    assert strip(there / "data/archive/publications") == strip(world.data / "archive/publications")
    other.restart()


def _without_sums(folder: Path) -> list[bytes]:
    return [
        line[180:] for path in sorted(folder.glob("*/*.jsonl")) for line in path.read_bytes().splitlines()
    ]


def test_a_rebuild_of_a_rebuild_is_the_same(grown: World) -> None:
    world = grown
    before = world.published()
    for _ in range(2):
        desk.carry_out(world.bureau, {"do": "rebuild"})
        assert world.published() == before


def test_after_rot_in_the_publications_the_index_says_what_a_rebuild_would(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.configure(topics="  words: {any: [word]}")
    world.publish()
    for name in "abc":
        world.clock.advance(seconds=5)
        world.bureau.archive.keep([showing(draft(name, name, "word " + lorem(name)))])
        world.publish()
    world.restart()
    (path,) = (world.data / "archive/publications").glob("*/*.jsonl")
    data = bytearray(path.read_bytes())
    data[data.index(b'"kind":"publish"', data.index(b'"kind":"publish"') + 20) + 30] ^= 1
    path.write_bytes(data)
    world.clock.advance(seconds=5)
    world.publish()
    assert len(world.titles("words")) == 2, "the lost line is lost"
    before = world.published()
    world.restart()
    shutil.rmtree(world.data / "index")
    shutil.rmtree(world.data / "feeds")
    world.publish()
    assert world.published() == before
    world.close()


def test_an_index_that_failed_behind_a_tick_tells_nothing_twice(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.configure(topics="  words: {any: [word]}")
    world.publish()
    archive = world.bureau.archive
    archive.keep([showing(draft("a", "A title", "word " + lorem("a")))])
    assert world.bureau.told._db._writing is not None
    writing = world.bureau.told._db._writing.connection
    writing.execute(
        "CREATE TRIGGER full BEFORE INSERT ON item BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
    )
    with pytest.raises(ReadOnly):
        world.publish()
    writing.execute("DROP TRIGGER full")
    archive.keep([showing(draft("a", "A title", "none of it any more " + lorem("a")))])
    world.clock.advance(seconds=5)
    world.publish()
    assert world.titles("words") == ["A title"], "it was told, and stays"
    told = [lines.publication(line.body) for line in archive.publications.since(0, 100)]
    assert sum(isinstance(one, lines.Publish) for one in told) == 1
    before = world.published()
    world.restart()
    shutil.rmtree(world.data / "index")
    shutil.rmtree(world.data / "feeds")
    world.publish()
    assert world.published() == before
    world.close()


@pytest.mark.parametrize(
    "what",
    [
        "index",
        "feeds",
        "index/catalog.sqlite",
        pytest.param("index/matches.sqlite", marks=pytest.mark.slow),
        pytest.param("index/shelf.sqlite", marks=pytest.mark.slow),
        "feeds/kabul",
        pytest.param("index/ledger.sqlite", marks=pytest.mark.slow),
        pytest.param("feeds/articles", marks=pytest.mark.slow),
        pytest.param("index/search.sqlite", marks=pytest.mark.slow),
    ],
)
def test_whatever_is_derived_may_be_deleted_under_the_running_daemon(grown: World, what: str) -> None:
    world = grown
    _ = world.bureau
    before = world.published()
    path = world.data / what
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert world.bureau.look_after()
    assert not world.bureau.look_after()
    assert world.published() == before
    asked = len(world.site.asked)
    archive = tree(world.data / "archive")
    assert publish(world.bureau) is None
    world.round(hours=0.01)  # Not so long that a delay ends.
    assert all(one.conditional for one in world.site.asked[asked:]), "no unconditional re-poll"
    assert world.published() == before
    assert {k: v for k, v in tree(world.data / "archive").items() if k.startswith("articles")} == {
        k: v for k, v in archive.items() if k.startswith("articles")
    }


def test_what_was_opened_anew_is_open_once(world: World) -> None:
    """A file that is open twice loses its locks with the first that is closed, and a second process its log."""
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("no /proc here")

    def opened() -> Counter[str]:
        links = [str(one.readlink()) for one in Path("/proc/self/fd").iterdir() if one.is_symlink()]
        return Counter(Path(one).name for one in links if one.startswith(str(world.data / "index")))

    world.configure(topics="  words: {any: [word]}")
    world.bureau.archive.keep([showing(draft("a", "A title", "word"))])
    world.publish()
    before = opened()
    gc.disable()
    try:
        for _ in range(2):
            shutil.rmtree(world.data / "feeds")
            assert world.bureau.look_after()
        assert opened() == before
    finally:
        gc.enable()
    world.restart()
    assert not opened()


def test_addresses_of_renamed_and_removed_topics_survive_a_rebuild(grown: World) -> None:
    world = grown
    world.restart()
    world.configure(
        SOURCES, LAST.replace("  doha: {title: Doha, query: doha, description: Added later}\n", "")
    )
    desk.carry_out(world.bureau, {"do": "rebuild"})
    assert world.bureau.book.formerly("moscow") == world.bureau.book.called("kremlin")
    gone = world.bureau.book.called("doha")
    assert gone is not None
    assert gone.define.removed
    assert not (world.data / "feeds/doha").exists()
    assert not (world.data / "feeds/moscow").exists()


def test_a_page_shows_no_newer_revision_than_readers_were_told_of(world: World) -> None:
    world.configure(topics="  words: {any: [word]}")
    world.publish()
    archive = world.bureau.archive
    for text in ("word as it was first", "word as it was then", "word as nobody was told"):
        world.clock.advance(seconds=5)
        archive.keep([showing(draft("a", "A title", f"{text} {lorem('a')}"))])
        if "nobody" not in text:
            world.publish()
    (card,) = archive.newest(1)
    path = f"articles/{card.id.removeprefix('urn:uuid:')}/index.html"
    before = world.file(path)
    assert card.rev == 3
    assert b"1 to 2, compared" in before
    assert b"nobody was told" not in before
    world.bureau.shelf.delete(path)
    world.bureau.press.refresh()
    assert world.file(path) == before
    world.publish()
    page = world.file(path)
    assert page.index(b"2 to 3, compared") < page.index(b"1 to 2, compared")
    assert b"nobody was told" in page


def test_readers_find_every_file_while_all_is_made_anew(grown: World) -> None:
    world = grown
    paths = [world.data / "feeds" / path for path in world.bureau.shelf.paths()]
    missing: list[Path] = []
    done = threading.Event()

    def read() -> None:
        while not done.wait(0.001):
            missing.extend(path for path in paths if not path.exists())

    reader = threading.Thread(target=read)
    reader.start()
    carry_out(world.bureau, {"do": "rebuild"})
    done.set()
    reader.join()
    assert missing == []
