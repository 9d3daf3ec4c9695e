"""A subscriber who was away misses nothing: what a client that knows RFC 5005 finds behind a real server."""

import shutil
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive import Article, Line, connect
from feeds.answering.reception import past
from feeds.curate import lines
from feeds.editing import desk
from feeds.publish.render import Press
from feeds.publish.shelf.memory import MemoryShelf
from feeds.publish.shelf.port import File
from feeds.settings import Tcp
from feeds.web.answer import Answers
from feeds.web.listening import address, listen
from feeds.web.server import WebServer
from tests.archive.test_erasing import hits
from tests.builders import draft, item, lorem, rss, showing
from tests.joining_client import documents, joined, read
from tests.site import Page
from tests.world import PRIVATE, World, tree

WORD = "zanzibarquoll"
FORMATS = ("rss.xml", "atom.xml", "feed.json")
SOURCE = f"  - {{feed: '{{site}}/paper', name: paper, initial: all, flood: publish, pages: never, {PRIVATE}}}"
BEFORE = """
  all: {title: All, query: word}
  kabul: {title: Kabul, query: kabul, updates: bump, content: full}
"""
AFTER = """
  all: {title: All, query: word, limit: 20, updates: bump}
  capital: {title: Capital, query: kabul, was: kabul, updates: bump, content: link, guid: per-topic, limit: 7}
"""


class Reader:
    """Asks a server over the world's published files, wherever the world is by now."""

    def __init__(self, world: World) -> None:
        sock = listen(Tcp(port=0))
        self.url = address(sock)
        answers = Answers(
            lambda: world.bureau.shelf,
            lambda: world.bureau.settings.site,
            lambda name: past(world.bureau, name),
            lambda: (True, {}),
        )
        self.server = WebServer(answers, sock)
        self.server.start()

    def get(self, url: str) -> bytes:
        with urllib.request.urlopen(url) as answer:
            return bytes(answer.read())

    def join(self, slug: str) -> dict[str, str]:
        """All that the topic publishes: the same in every format."""
        found = [joined(f"{self.url}{slug}/{name}", self.get) for name in FORMATS]
        assert found[0] == found[1] == found[2]
        return found[0]


@pytest.fixture
def reader(world: World) -> Iterator[Reader]:
    made = Reader(world)
    yield made
    made.server.stop()


def title_of(n: int, edit: str = "") -> str:
    return f"{'kabul ' if n <= 120 else ''}word {n}{edit}"


def paper(*numbers: int, edited: dict[int, str] = {}) -> bytes:  # noqa: B006 - never changed
    return rss(
        *(
            item(str(n), title_of(n, edited.get(n, "")), content=f"{lorem(f'w{n}', 12)} {edited.get(n, '')}")
            for n in reversed(numbers)
        )
    )


def archived(world: World, slug: str) -> dict[str, bytes]:
    """Return a topic's archived documents, without their twins."""
    found = tree(world.data / "feeds" / slug / "archive")
    return {path: body for path, body in found.items() if path.endswith((".xml", ".json"))}


def test_whoever_was_away_finds_exactly_what_is_published(world: World, reader: Reader) -> None:
    site = f"base_url: '{reader.url}', title: T"
    world.configure(SOURCE, BEFORE, site)
    world.site.pages["/paper"] = Page(paper(*range(1, 301), edited={60: f" {WORD}"}), etag='"1"')
    world.round()
    ids = {
        int(card.title.split("word ")[1].split()[0]): card.id for card in world.bureau.archive.newest(1000)
    }
    assert sorted(reader.join("all").values()) == sorted(
        [title_of(n, f" {WORD}" if n == 60 else "") for n in range(1, 301)]
    )
    assert set(reader.join("kabul")) == {ids[n] for n in range(1, 121)}
    assert (len(archived(world, "all")), len(archived(world, "kabul"))) == (18, 6)
    first = archived(world, "all"), archived(world, "kabul")

    # Edits: of what stands in pages and of what does not, silently in one topic and with a bump in the other.
    edits = dict.fromkeys((10, 70, 110, 280), " corrected")
    world.site.pages["/paper"] = Page(paper(*range(1, 301), edited={**edits, 60: f" {WORD}"}), etag='"2"')
    world.round()
    for n in (20, 115, 130, 299):
        desk.carry_out(world.bureau, {"do": "withdraw", "article": ids[n], "topic": None})
    left = set(range(1, 301)) - {20, 115, 130, 299}
    everything, kabul = reader.join("all"), reader.join("kabul")
    assert set(everything) == {ids[n] for n in left}
    assert set(kabul) == {ids[n] for n in left if n <= 120}
    assert everything[ids[10]] == title_of(10), "silent: the page shows it as it was"
    assert everything[ids[280]] == title_of(280, " corrected")
    assert [kabul[ids[n]] for n in (10, 70, 110)] == [title_of(n, " corrected") for n in (10, 70, 110)]
    assert (archived(world, "all"), archived(world, "kabul")) == first, "what was linked never changes"

    # An erasure alone changes a page.
    assert hits(world.data / "feeds", WORD) != []
    desk.carry_out(world.bureau, {"do": "erase", "article": ids[60]})
    assert hits(world.data, WORD) == []
    changed = {path for path, body in archived(world, "all").items() if body != first[0][path]}
    assert changed == {"2.rss.xml", "2.atom.xml", "2.json"}
    assert set(reader.join("all")) == {ids[n] for n in left - {60}}

    # Renamed, other limits, other content, other ids from here on; and more of it.
    pages = archived(world, "kabul")
    world.restart()
    world.configure(SOURCE, AFTER, site)
    more = {n: f"kabul word {n}" for n in range(301, 305)}
    late = [item(str(n), title, content=lorem(f"w{n}")) for n, title in more.items()]
    world.site.pages["/paper"] = Page(rss(*late), etag='"3"')
    world.round()
    assert not (world.data / "feeds/kabul").exists()
    everything, capital = reader.join("all"), reader.join("capital")
    assert set(everything) == {ids[n] for n in left - {60}} | {
        card.id for card in world.bureau.archive.newest(4)
    }
    old = {ids[n] for n in left - {60} if n <= 120}
    assert old < set(capital)
    assert sorted(capital[key] for key in set(capital) - old) == sorted(more.values())
    assert joined(f"{reader.url}kabul/feed.json", reader.get) == capital, "the old address leads there"
    renamed = {
        path: body.replace(b"/capital/", b"/kabul/") for path, body in archived(world, "capital").items()
    }
    assert renamed == pages, "its pages say what they said, but for where they are"
    for name in FORMATS:
        newest = next(documents(f"{reader.url}capital/{name}", reader.get))
        assert len(newest.items) < 30


def test_archived_documents_are_served_as_what_they_are(world: World, reader: Reader) -> None:
    world.configure(topics="  words: {any: [word]}", site=f"base_url: '{reader.url}'")
    world.publish()
    fifties(world, 2)
    kinds = {
        "rss.xml": "application/rss+xml; charset=utf-8",
        "atom.xml": "application/atom+xml; charset=utf-8",
        "json": "application/feed+json",
    }
    for name, kind in kinds.items():
        with urllib.request.urlopen(f"{reader.url}words/archive/2.{name}") as answer:
            assert answer.headers["Content-Type"] == kind
            assert answer.headers["Last-Modified"] == "Mon, 05 Jan 2026 10:00:00 GMT"
    body = reader.get(f"{reader.url}words/archive/2.rss.xml").decode()
    for rel, place in (
        ("self", "archive/2.rss.xml"),
        ("current", "rss.xml"),
        ("prev-archive", "archive/1.rss.xml"),
    ):
        assert f'<atom:link href="{reader.url}words/{place}" rel="{rel}" type="application/rss+xml"/>' in body
    assert "next-archive" not in body
    older = f'href="{reader.url}words/archive/1.rss.xml" aria-label="RSS of the older cuttings"'
    assert older in reader.get(f"{reader.url}words/").decode(), "the page shows what stands in the second"
    assert 'rel="prev-archive"' not in reader.get(f"{reader.url}words/archive/1.atom.xml").decode()


def fifties(world: World, count: int, *, first: int = 0) -> None:
    """Publish fifty articles, *count* times, an hour between."""
    for start in range(first, first + 50 * count, 50):
        world.clock.advance(hours=1)
        drafts = [draft(f"g{n}", f"word {n}", lorem(str(n), 9)) for n in range(start, start + 50)]
        world.bureau.archive.keep([showing(*drafts)])
        world.publish()


def test_an_archived_document_that_is_taken_away_comes_back(world: World) -> None:
    world.configure(topics="  words: {any: [word]}")
    world.publish()
    fifties(world, 2)
    before = tree(world.data / "feeds")
    world.bureau.look_after()
    (world.data / "feeds/words/archive/1.atom.xml").unlink()
    (world.data / "feeds/words/archive/2.json").write_bytes(b"something else")
    assert not world.bureau.look_after(), "that is looked for every few minutes"
    world.clock.advance(minutes=6)
    assert world.bureau.look_after()
    world.bureau.shelf.pack()
    assert tree(world.data / "feeds") == before
    shutil.rmtree(world.data / "feeds/words/archive")
    world.restart()
    assert world.publish() == 0
    assert tree(world.data / "feeds") == before
    (world.data / "feeds/words/archive/3.json").write_bytes(b"never published")
    world.bureau.press.refresh()
    assert tree(world.data / "feeds") == before


def test_a_tick_renders_no_page_that_is_not_new(world: World) -> None:
    world.configure(topics="  words: {any: [word], limit: 5}")
    world.publish()
    fifties(world, 4)
    asked: list[str] = []

    def get(article: str, rev: int) -> Article | None:
        asked.append(article)
        return world.bureau.get(article, rev)

    bureau = world.bureau
    bureau.press = Press(bureau.told, bureau.book, get, bureau.shelf, bureau.settings.site)
    bureau.archive.keep([showing(draft("one", "word before", lorem("one", 9)))])
    world.clock.advance(hours=1)
    assert world.publish() == 1, "now it knows the sources of the last thirty days"
    asked.clear()
    put = {path: (world.data / "feeds" / path).stat().st_ino for path in tree(world.data / "feeds")}
    bureau.archive.keep([showing(draft("late", "word at last", lorem("late", 9)))])
    bureau.archive.keep([showing(draft("g7", "word 7 corrected", lorem("7", 9)))])
    world.clock.advance(hours=1)
    assert world.publish() == 1
    assert len(set(asked)) < 15, "what changed, the current document and the front page; 200 stand in pages"
    again = {path for path in put if (world.data / "feeds" / path).stat().st_ino != put[path]}
    assert not any("/archive/" in path for path in again)


class Watched(MemoryShelf):
    """A shelf on which every feed is read the moment it is put: what it leads to must stand there."""

    read = 0

    def put(self, file: File) -> bool:
        if file.path.endswith((".xml", ".json")) and not file.path.startswith(("articles/", "opml")):
            earlier = read(file.body).earlier
            assert earlier is None or earlier.partition("8080/")[2] in self.paths()
            self.read += earlier is not None
        return super().put(file)


def test_no_feed_leads_to_a_document_that_is_not_there_yet(world: World) -> None:
    shelf = Watched()
    for step, topics in enumerate(("  words: {any: [word]}", "  more: {any: [word], was: words, limit: 3}")):
        world.restart()
        world.configure(topics=topics)
        world.publish()
        fifties(world, 2, first=100 * step)
        bureau = world.bureau
        Press(bureau.told, bureau.book, bureau.get, shelf, bureau.settings.site).refresh()
        assert shelf.paths() == {one for one in bureau.shelf.paths() if not one.startswith("operator/")}
    assert shelf.read == (1 + 1) * 3 + (3 + 1) * 3


def test_an_archive_from_before_there_were_pages_has_them_with_its_next_tick(tmp_path: Path) -> None:
    world = World(tmp_path / "now")
    world.configure(topics="  words: {any: [word]}\n  few: {any: [rare]}")
    world.publish()
    drafts = [draft(f"g{n}", f"word {n}", lorem(str(n)) + (" rare" if n < 3 else "")) for n in range(120)]
    world.bureau.archive.keep([showing(*drafts)])
    world.publish()
    before = world.bureau.told.newest(world.bureau.book.called("words").topic, 1000)  # type: ignore[union-attr]
    world.restart()
    old = World(tmp_path / "old", clock=world.clock)
    _without_pages(world.data, old.data)
    shutil.copy(world.home / "config.yaml", old.home)
    assert not (old.data / "feeds").exists()
    assert old.bureau.told.pages.counts()
    told = old.bureau.archive.publications.last
    old.clock.advance(hours=1)
    old.publish()
    rule = old.bureau.book.called("words")
    assert rule is not None
    assert old.bureau.told.newest(rule.topic, 1000) == before, "ids, order and dates are what they were"
    added = [lines.publication(one.body) for one in old.bureau.archive.publications.since(told, 10)]
    assert [type(one).__name__ for one in added] == ["Page", "Page", "Advance"]
    assert old.publish() == 0
    assert old.bureau.archive.publications.last == told + 3
    get = lambda url: old.file(url.partition("8080/")[2])  # noqa: E731
    assert len(joined("http://127.0.0.1:8080/words/atom.xml", get)) == 120
    world.close()
    old.close()


def _without_pages(data: Path, copy: Path) -> None:
    """Copy an archive as an older newsweir would have written it."""
    shutil.copytree(data / "archive", copy / "archive", ignore=shutil.ignore_patterns("publications"))
    source, target = connect(data, writable=False), connect(copy)
    bodies: list[Line] = source.publications.since(0, 1000)
    kept = [one.body for one in bodies if not isinstance(lines.publication(one.body), lines.Page)]
    target.publications.append(kept)
    source.close()
    target.close()
