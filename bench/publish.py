"""All documents of a topic of 50 items against feedgen's own time for RSS and Atom; and of a thousand topics."""

import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import msgspec
from feedgen.feed import FeedGenerator

from archive import Line
from archive.record.article import Article
from feeds.curate.lines import Define, Publish
from feeds.curate.matches import Matches
from feeds.curate.reasons import Shown
from feeds.curate.rules import Rule, Rulebook
from feeds.publish.files import topic_files
from feeds.publish.render import Press
from feeds.publish.shelf.disk import DiskShelf
from feeds.publish.topic.assemble import FeedItem, assemble
from feeds.publish.topic.remembered import Lately
from feeds.settings import Site, Topic
from feeds.times import parse, stamp
from tests.feeds.test_publish import article

ITEMS, TOPICS, PER_TOPIC, TIMES = 50, 1000, 3, 21
AT = "2026-01-05T08:00:00.000Z"
SITE = Site(title="Bench", base_url="https://cuttings.example/")
PARAGRAPH = "<p>" + "Some words stand here, and more of them follow. " * 16
TEXT = f'{PARAGRAPH}<a href="https://paper.example/x">A link</a>.</p>' * 5


def bare(count: int) -> None:
    """Write RSS and Atom of as many items with nothing but feedgen."""
    one = article()
    feed = FeedGenerator()
    feed.id("urn:x")
    feed.title("T")
    feed.link(href="https://x.example/")
    feed.description("d")
    for number in range(count):
        entry = feed.add_entry(order="append")
        entry.id(f"urn:{number}")
        entry.title(one.title)
        entry.link(href=one.url)
        entry.content(TEXT, type="html")
        entry.published("2026-01-05T08:00:00Z")
    feed.atom_str(pretty=True)
    feed.rss_str(pretty=True)


class World:
    """Topics of published items, in a real index and on a real shelf; texts come from memory."""

    def __init__(self, folder: Path, topics: int, items: int) -> None:
        self.book = Rulebook()
        self.told = Matches(folder / "matches.sqlite")
        self.shelf = DiskShelf(folder / "feeds", folder / "shelf.sqlite")
        self._record = article(content_html=TEXT)
        self._seq = 0
        self._n = dict.fromkeys(range(topics), 0)
        for number in range(topics):
            keys = Topic(title=f"Topic {number}", query="kabul", content="full").keys()
            define = Define(topic=self._uuid(number), slug=f"t{number}", at=AT, keys=keys, start=0)
            self.book.take(number + 1, define)
        self.publish([(number, items) for number in range(topics)])
        self.press = Press(self.told, self.book, self.get, self.shelf, SITE)

    @staticmethod
    def _uuid(number: int) -> str:
        return f"5f1c0f9e-6d58-5d38-9c55-{number:012x}"

    def rule(self, number: int) -> Rule:
        """Return the rule of a topic."""
        return self.book.rule(number + 1)

    def get(self, name: str, _: int) -> Article:
        """Return an article, each with a text of its own."""
        html = f"<p>{name}</p>{TEXT}"
        return msgspec.structs.replace(self._record, id=name, content_html=html)

    def publish(self, counts: list[tuple[int, int]]) -> None:
        """Tell subscribers of so many articles more in each of these topics."""
        lines: list[Line] = []
        for number, count in counts:
            for _ in range(count):
                self._seq += 1
                self._n[number] += 1
                n = self._n[number]
                name = f"urn:uuid:{number:08x}-0000-8000-8000-{n:012x}"
                at = stamp(parse(AT) + timedelta(seconds=number + TOPICS * n))
                line = Publish(topic=self._uuid(number), n=n, article=name, rev=2, guid=name, at=at,
                               published=at, updated=at, define=number + 1, shown=Shown(matched=("kabul",)))  # fmt: skip
                lines.append(Line(self._seq, "0" * 64, msgspec.json.encode(line)))
        self.told.apply(lines, behind=lines[0].seq - 1)


def formats(folder: Path) -> None:
    """Print what a topic's documents cost, from what is told and kept to their bytes."""
    world, lately = World(folder, 1, ITEMS), Lately[FeedItem]()

    def render(known: Lately[FeedItem]) -> None:
        feed = assemble(world.rule(0), world.told, world.get, SITE, lately=known)
        assert feed is not None
        topic_files(feed)

    def one_new() -> None:
        world.publish([(0, 1)])
        render(lately)

    one_new()
    ways = {
        "feedgen alone, RSS and Atom": lambda: bare(ITEMS),
        "newsweir, five documents, one item new": one_new,
        "newsweir, five documents, all items new": lambda: render(Lately()),
    }
    took: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(TIMES):
        for name, way in ways.items():
            took[name].append(_took(way))
    _table(f"a topic of {ITEMS} items of about {len(TEXT) // 1000} KB rendered", took)


def _took(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000


def _table(title: str, took: dict[str, list[float]]) -> None:
    """Print the middle of what each took, in CPU time: its floor is the first."""
    floor = sorted(next(iter(took.values())))
    print(f"\n{title}\n{'':<44}{'CPU ms':>10}{'min..max':>20}{'x first':>10}")
    for name, values in took.items():
        ordered = sorted(values)
        middle = ordered[len(ordered) // 2]
        spread = f"{ordered[0]:,.1f}..{ordered[-1]:,.1f}"
        print(f"{name:<44}{middle:>10,.1f}{spread:>20}{middle / floor[len(floor) // 2]:>10.2f}")


def topics(folder: Path) -> None:
    """Print what a tick's rendering costs in CPU time, by how many topics there are and how many changed."""
    took: dict[str, list[float]] = {}
    for count in (1, TOPICS):
        world = World(folder / str(count), count, PER_TOPIC)
        world.press.refresh()
        one = took.setdefault(f"{count} topics, one changed", [])
        for _ in range(15):
            world.publish([(0, 1)])
            one.append(_took(lambda: world.press.render([world.rule(0).topic], [])))  # noqa: B023 - at once
        if count > 1:
            world.publish([(number, 1) for number in range(count)])
            took[f"{count} topics, each touched once"] = [_took(lambda: world.press.render([], []))]  # noqa: B023
    _table("a tick's rendering, with the front page and the list of topics", took)


def main() -> None:
    """Print the tables."""
    with tempfile.TemporaryDirectory() as folder:
        formats(Path(folder))
        for count in ("1", str(TOPICS)):
            (Path(folder) / count).mkdir()
        topics(Path(folder))
