"""Archived documents: when one is cut, what its places show for ever, what the current document holds beside."""

import tempfile
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from archive import Article
from archive import Line as JournalLine
from feeds.curate import lines
from feeds.curate.lines import Advance, Page, Publish, Update, Withdraw
from feeds.curate.matches import Matches
from feeds.curate.rules import define_topics
from feeds.curate.standing import Item
from feeds.publish.files import feed_files
from feeds.publish.formats.atom import write_atom
from feeds.publish.topic.assemble import assemble, assemble_page
from feeds.settings import Site, Topic
from feeds.times import stamp
from tests.feeds.test_curate import STORE, Desk, article, kinds
from tests.feeds.test_publish import topic_feed
from tests.joining_client import joined
from tests.properties import runs

SIZE = 5


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def topic_of(desk: Desk) -> str:
    rule = desk.book.called("kabul")
    assert rule is not None
    return rule.topic


def define(desk: Desk, limit: int = 3, **keys: object) -> None:
    """Define the one topic, with small pages."""
    topics = {"kabul": Topic(query="kabul", limit=limit, **keys)}  # type: ignore[arg-type]
    found, _ = define_topics(topics, desk.book, STORE, len(desk.log), stamp(desk.now))
    desk.decide(*(msgspec.structs.replace(one, page_size=SIZE) for one in found))


def keep(desk: Desk, *numbers: int, rev: int = 1) -> None:
    desk.keep(*(article(n, title_of(n, rev), rev=rev) for n in numbers))


def title_of(n: int, rev: int) -> str:
    return f"Kabul {n}, edition {rev}"


def withdraw(desk: Desk, number: int) -> None:
    desk.decide(Withdraw(article=article(number, "").id, at=stamp(desk.now)))


def numbers(items: list[Item]) -> list[int]:
    return [int(item.article[9:17]) for item in items]


def pages(desk: Desk) -> dict[int, list[int]]:
    """Which articles stand in which page."""
    return {page.number: numbers(desk.told.pages.places(page)) for page in desk.told.pages.of(topic_of(desk))}


def current(desk: Desk, limit: int = 3) -> list[int]:
    return numbers(desk.told.current(topic_of(desk), limit))


def test_a_page_is_cut_when_it_is_full_behind_all_else_of_its_tick(desk: Desk) -> None:
    define(desk)
    keep(desk, 1, 2, 3, 4)
    assert "Page" not in kinds(desk.tick())
    keep(desk, 5)
    keep(desk, 1, rev=2)
    *_, update, page = desk.tick()
    assert (type(update), type(page)) == (Update, Page)
    assert isinstance(page, Page)
    assert (page.number, page.size, page.define) == (1, SIZE, 1)
    assert pages(desk) == {1: [5, 4, 3, 2, 1]}
    (cut,) = desk.told.pages.of(topic_of(desk))
    assert desk.told.pages.places(cut)[-1].rev == 2, "as the tick that cut it shows it"
    assert cut.at == desk.told.standing(cut.topic).at, "a page moves the topic's date: a link to it is new"
    keep(desk, *range(6, 18))
    assert kinds(desk.tick())[-2:] == ["Page", "Page"]
    assert list(pages(desk)) == [1, 2, 3]
    assert desk.tick() == []


@pytest.mark.parametrize("cut", range(13))
def test_a_tick_that_was_cut_has_its_pages_cut_by_the_next(desk: Desk, cut: int) -> None:
    define(desk)
    keep(desk, *range(1, 11))
    assert len(desk.tick(cut=cut)) == 12
    desk.tick()
    assert pages(desk) == {1: [5, 4, 3, 2, 1], 2: [10, 9, 8, 7, 6]}
    assert desk.tick() == []


def test_a_line_that_comes_twice_changes_nothing(desk: Desk) -> None:
    define(desk)
    keep(desk, *range(1, 6))
    page = desk.tick()[-1]
    before = desk.told.standing(topic_of(desk)), pages(desk)
    keep(desk, 1, rev=2)
    desk.tick()
    seq = desk.told.position
    again = msgspec.structs.replace(page, at=stamp(desk.now + timedelta(days=1)))
    desk.told.apply([JournalLine(seq + 1, "p", lines.encode(again))])
    assert pages(desk) == before[1]
    (cut,) = desk.told.pages.of(topic_of(desk))
    assert desk.told.pages.places(cut)[-1].rev == 1
    assert desk.told.standing(cut.topic).n == before[0].n


def test_what_a_page_shows_never_changes(desk: Desk) -> None:
    define(desk)
    keep(desk, *range(1, 5))
    desk.tick()
    withdraw(desk, 2)
    desk.tick()
    keep(desk, 5)
    desk.tick()
    assert pages(desk) == {1: [5, 4, 3, 1]}, "what was withdrawn before leaves an empty place"
    (cut,) = desk.told.pages.of(topic_of(desk))
    before = desk.told.pages.places(cut)
    keep(desk, 1, 3, rev=2)
    desk.tick()
    withdraw(desk, 3)
    desk.tick()
    keep(desk, *range(6, 12))
    desk.tick(minutes=60 * 24 * 60)
    assert desk.told.pages.places(cut) == before
    late = stamp(desk.now)
    gone = desk.told.withdrawn(cut.topic, late)
    assert numbers(gone) == [3], "what a page still shows has a tombstone for ever; another's is dropped"
    desk.told.close()
    again = Matches(desk.folder / "matches.sqlite")
    assert again.pages.places(cut) == before


def test_the_current_document_holds_what_no_page_has_and_at_least_its_limit(desk: Desk) -> None:
    define(desk, limit=3)
    keep(desk, *range(1, 5))
    desk.tick()
    assert current(desk) == [4, 3, 2, 1], "more than the limit: no page has them yet"
    keep(desk, 5)
    desk.tick()
    assert current(desk) == [5, 4, 3]
    keep(desk, *range(6, 10))
    desk.tick()
    assert current(desk) == [9, 8, 7, 6]
    assert current(desk, limit=7) == [9, 8, 7, 6, 5, 4, 3]
    withdraw(desk, 8)
    desk.tick()
    assert current(desk) == [9, 7, 6]
    assert current(desk, limit=1) == [9, 7, 6]


def test_an_update_bumps_where_the_topic_in_force_says_so(desk: Desk) -> None:
    define(desk)
    keep(desk, 1, 2)
    first, second = (line for line in desk.tick() if isinstance(line, Publish))
    keep(desk, 1, rev=2)
    (silent,) = (line for line in desk.tick() if isinstance(line, Update))
    assert silent.updated == first.updated
    define(desk, updates="bump")
    keep(desk, 1, rev=3)
    keep(desk, 2, rev=2)
    bumps = [line for line in desk.tick() if isinstance(line, Update)]
    seen = [first.updated, second.updated, *(one.updated for one in bumps)]
    assert seen == sorted(set(seen)), "unique in the topic, and never earlier"
    assert desk.told.standing(topic_of(desk)).updated == seen[-1]
    define(desk, updates="silent")
    keep(desk, 2, rev=3)
    (again,) = (line for line in desk.tick() if isinstance(line, Update))
    assert again.updated == seen[-1], "silent: as it was last"
    assert desk.tick() == []


def test_a_bumped_item_of_a_page_comes_back_while_it_is_among_the_news(desk: Desk) -> None:
    define(desk, limit=3, updates="bump")
    keep(desk, 1, 2)
    desk.tick()
    keep(desk, 1, rev=2)
    desk.tick()
    keep(desk, *range(3, 11))
    desk.tick()
    assert current(desk) == [10, 9, 8], "the page shows that bump already"
    keep(desk, 2, rev=2)
    keep(desk, 7, rev=2)
    desk.tick()
    assert current(desk) == [10, 9, 8, 7, 2]
    keep(desk, 11, 12)
    desk.tick()
    assert current(desk) == [12, 11, 10, 7], "of 2 three things are newer by now"
    withdraw(desk, 7)
    desk.tick()
    assert current(desk) == [12, 11, 10]
    define(desk, limit=3)
    keep(desk, 2, rev=3)
    desk.tick()
    assert current(desk) == [12, 11, 10], "a silent one does not come back"


def test_a_page_whose_line_is_lost_is_cut_anew_and_no_number_given_twice(desk: Desk) -> None:
    define(desk)
    keep(desk, *range(1, 11))
    written = desk.tick()
    told = Matches(desk.folder / "again.sqlite")
    end = lines.encode(Advance(first=1, at=stamp(desk.now), articles=10, decisions=1))
    lost = {
        5: b'{"kind":"hole"}',
        11: b'{"kind":"hole"}',
    }  # A publish line, and that of the page it stands in.
    bodies = enumerate([*map(lines.encode, written), end], 1)
    told.apply([JournalLine(seq, "p", lost.get(seq, body)) for seq, body in bodies])
    desk.told = told
    assert pages(desk) == {2: [10, 9, 8, 7, 6]}
    publish, page = desk.tick()
    assert isinstance(publish, Publish)
    assert publish.n == 11, "the tick counts as never written"
    assert isinstance(page, Page)
    assert page.number == 1
    assert pages(desk)[1] == [4, 3, 2, 1]
    assert current(desk) == [5, 10, 9]
    assert desk.tick() == []


class Model:
    """What the rules say that a reader finds, in so many words.

    items   n -> title now, title in its page
    news    n of each publish and bump, and whether its page was cut before
    """

    def __init__(self) -> None:
        self.items: dict[int, tuple[str, str]] = {}
        self.gone: set[int] = set()
        self.news: list[tuple[int, bool]] = []
        self.paged = 0

    def publish(self, n: int) -> None:
        self.items[n] = (title_of(n, 1), "")
        self.news.append((n, False))

    def edit(self, n: int, title: str, *, bump: bool) -> None:
        if n not in self.gone:
            self.items[n] = (title, self.items[n][1])
            self.news += [(n, n <= self.paged)] if bump else []

    def cut_pages(self) -> None:
        while len(self.items) >= self.paged + SIZE:
            for n in range(self.paged + 1, self.paged + SIZE + 1):
                self.items[n] = (self.items[n][0], self.items[n][0])
            self.paged += SIZE

    def found(self, limit: int) -> dict[int, str]:
        """What a reader has who joins all documents: n -> title."""
        stand = [n for n in self.items if n not in self.gone]
        current = {n for n in stand if n > self.paged} | set(stand[-limit:])
        current |= {n for n, again in self.news[-limit:] if again}
        return {n: self.items[n][0 if n in current else 1] for n in stand}


@dataclass(frozen=True)
class Step:
    """What happens before one tick, and where that is cut; the next completes it."""

    new: int
    edited: frozenset[int]
    gone: frozenset[int]
    limit: int
    bump: bool
    cut: int


STEPS = st.lists(
    st.builds(
        Step,
        new=st.integers(0, 7),
        edited=st.frozensets(st.integers(1, 30), max_size=4),
        gone=st.frozensets(st.integers(1, 30), max_size=1),
        limit=st.integers(1, 8),
        bump=st.booleans(),
        cut=st.integers(0, 12),
    ),
    min_size=2,
    max_size=10,
)
SITE = Site(base_url="http://site.example/")


@given(STEPS)
@runs(20)
def test_whoever_joins_all_documents_has_what_the_rules_say(steps: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        desk, model = Desk(Path(folder)), Model()
        for step in steps:
            define(desk, step.limit, updates="bump" if step.bump else "silent")
            old = len(model.items)
            for n in range(old + 1, old + step.new + 1):
                keep(desk, n)
                model.publish(n)
            for n in sorted(n for n in step.edited if n <= old):
                rev = desk.get(article(n, "").id).archive.rev + 1
                keep(desk, n, rev=rev)
                model.edit(n, title_of(n, rev), bump=step.bump)
            for n in step.gone & model.items.keys():
                withdraw(desk, n)
                model.gone.add(n)
            model.cut_pages()
            desk.tick(cut=step.cut)
            desk.tick()
            assert _joined(desk) == [model.found(step.limit)] * 3
        desk.told.close()


def _joined(desk: Desk) -> list[dict[int, str]]:
    """What a reader has of each format: number -> title."""
    rule = desk.book.called("kabul")
    assert rule is not None

    def get(key: str, rev: int) -> Article | None:
        return next((one for one in desk.log if (one.id, one.archive.rev) == (key, rev)), None)

    feed = assemble(rule, desk.told, get, SITE)
    assert feed is not None
    files = {file.path: file.body for file in feed_files(feed)}
    earlier = None
    for page in desk.told.pages.of(rule.topic):
        document = assemble_page(page, earlier, desk.book, desk.told, get, SITE)
        assert document is not None
        files |= {file.path: file.body for file in feed_files(document)}
        earlier = page
    found = [
        joined(f"{SITE.base_url}kabul/{name}", lambda url: files[url.removeprefix(SITE.base_url)])
        for name in ("rss.xml", "atom.xml", "feed.json")
    ]
    return [{int(key[9:17]): title for key, title in one.items()} for one in found]


def test_an_archived_document_is_valid_atom(corpus: Path) -> None:
    grammar = etree.RelaxNG(etree.parse(str(corpus / "validators/atom.rng")))
    feed = replace(topic_feed(article(1, "One"), article(2, "Two")), number=2, earlier=1)
    document = etree.fromstring(write_atom(feed))
    assert grammar.validate(document), grammar.error_log
    links = {(link.get("rel"), link.get("href")) for link in document.findall("{*}link")}
    place = f"{feed.urls.base}{feed.slug}/"
    assert links >= {
        ("self", f"{place}archive/2.atom.xml"),
        ("current", f"{place}atom.xml"),
        ("prev-archive", f"{place}archive/1.atom.xml"),
    }
    assert document.findtext("{*}id") == feed.id
