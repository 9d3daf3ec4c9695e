"""All documents of a topic of 50 items against feedgen's own time for RSS and Atom; a thousand topics; twins.

The floor is feedgen alone, handed as ready values what the two documents say: as many elements, made by
nothing but feedgen's own methods and extensions. A second one says no more than a title, a link, a date and
the text. All in one process, in turn, in CPU time; a ratio is the middle one of those of each turn.
"""

import gc
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from feedgen.feed import FeedGenerator
from lxml import etree

from archive import Line
from archive.record.article import Article, Author
from bench.meter import about
from feeds.curate.lines import Define, Publish
from feeds.curate.matches import Matches
from feeds.curate.reasons import Shown
from feeds.curate.rules import Rule, Rulebook
from feeds.daemon import PACK
from feeds.publish.files import topic_files
from feeds.publish.formats import entries
from feeds.publish.render import Press
from feeds.publish.shelf.disk import DiskShelf
from feeds.publish.topic.assemble import FeedItem, TopicFeed, assemble
from feeds.publish.topic.remembered import Lately
from feeds.settings import Site, Topic
from feeds.times import parse, stamp
from tests.feeds.test_publish import article

ITEMS, TOPICS, PER_TOPIC, TIMES = 50, 1000, 3, 21
AT = "2026-01-05T08:00:00.000Z"
SITE = Site(title="Bench", base_url="https://cuttings.example/")
PARAGRAPH = "<p>" + "Some words stand here, and more of them follow. " * 16
TEXT = f'{PARAGRAPH}<a href="https://paper.example/x">A link</a>.</p>' * 5


class World:
    """Topics of published items, in a real index and on a real shelf; texts come from memory."""

    def __init__(self, folder: Path, topics: int, items: int) -> None:
        folder.mkdir(exist_ok=True)
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
        """Return an article, each with words of its own; ten people write, about thirty things."""
        n = int(name[-12:], 16)
        return msgspec.structs.replace(
            self._record,
            id=name,
            title=f"Kabul & Moscow, round {name[-30:]}",
            url=f"https://paper.example/story/{name[-30:]}?a=1&b=2",
            summary=f"Round {name[-30:]} of talks: what was said, what <was> not, & what comes next.",
            authors=(Author(name=f"Ann Äuthor {n % 10}", url=f"https://paper.example/ann/{n % 10}"), Author(name="Bob")),
            tags=(f"war & peace {n % 30}", "Кабул"),
            content_html=f"<p>{name}</p>{TEXT}",
        )  # fmt: skip

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

    def tick(self) -> None:
        """Render what was told since."""
        self.press.render([], [])


def said_of(feed: TopicFeed) -> list[tuple[FeedItem, dict[str, Any]]]:
    """Return what each item's entries say, as feedgen takes it."""
    ready = []
    for item in feed.items:
        said = entries.said(item)
        links = [{"href": one.href, "rel": one.rel, **({"type": one.type} if one.type else {})}
                 for one in entries.links_of(item, said)]  # fmt: skip
        people = [{"name": one.name, **({"uri": one.uri} if one.uri else {})} for one in said.authors]
        tags = [
            {"term": one.term, **({"scheme": one.scheme} if one.scheme else {})} for one in said.categories
        ]
        media = [{"url": one.url, "type": one.type, "group": None} for one in said.files]
        ready.append((item, {"said": said, "links": links, "people": people, "tags": tags, "media": media}))
    return ready


def feedgen_alone(ready: list[tuple[FeedItem, dict[str, Any]]], *, whole: bool) -> list[bytes]:
    """Write RSS and Atom with nothing but feedgen; *whole*: all of what ours say, as far as it has words for it."""
    feed = FeedGenerator()
    feed.id("urn:x")
    feed.title("T")
    feed.link(href="https://x.example/")
    feed.description("d")
    if whole:
        feed.load_extension("dc", atom=False)
        feed.load_extension("media")
    for item, more in ready:
        said = more["said"]
        entry = feed.add_entry(order="append")
        entry.guid(item.id)
        entry.title(said.title)
        entry.published(said.dated)
        if not whole:
            entry.link(href=item.link)
            entry.content(said.html, type="html")
            continue
        entry.description(said.lead)
        entry.content(said.html, type="html")
        entry.summary(said.summary)
        entry.updated(item.updated)
        entry.link(more["links"])
        entry.author(more["people"])
        entry.category(more["tags"])
        entry.source(said.source.self_link, said.source.title)
        entry.rights(said.rights)
        entry.dc.dc_creator([one["name"] for one in more["people"]])
        entry.dc.dc_language(said.language)
        entry.dc.dc_rights(said.rights)
        entry.media.content(more["media"])
        entry.media.thumbnail({"url": said.picture, "group": None})
    return [feed.rss_str(pretty=True), feed.atom_str(pretty=True)]


def formats(folder: Path) -> None:
    """Print what a topic's documents cost, from what is told and kept to their bytes."""
    world, lately = World(folder / "formats", 1, ITEMS), Lately[FeedItem]()

    def assembled(known: Lately[FeedItem]) -> TopicFeed:
        feed = assemble(world.rule(0), world.told, world.get, SITE, lately=known)
        assert feed is not None
        return feed

    def one_new() -> None:
        world.publish([(0, 1)])
        topic_files(assembled(lately))

    feed = assembled(Lately())
    ready = said_of(feed)
    ours = [file.body for file in topic_files(feed) if file.path.endswith(("rss.xml", "atom.xml"))]
    counts = [[_elements(body) for body in bodies] for bodies in (ours, feedgen_alone(ready, whole=True))]
    one_new()
    fresh: list[TopicFeed] = []
    ways = {
        "feedgen alone, RSS and Atom of the same": lambda: feedgen_alone(ready, whole=True),
        "feedgen alone, title, link, date and text": lambda: feedgen_alone(ready, whole=False),
        "newsweir, five documents, one item new": one_new,
        "newsweir, all items new, from their values": lambda: topic_files(fresh.pop()),
        "newsweir, all items new, from what is kept": lambda: topic_files(assembled(Lately())),
    }
    took = _in_turn(ways, TIMES, before=lambda: fresh.append(assembled(Lately())))
    _table(f"a topic of {ITEMS} items of about {len(TEXT) // 1000} KB rendered", took)
    print(f"elements of RSS and Atom: ours {counts[0]}, feedgen alone {counts[1]}")


def _elements(body: bytes) -> int:
    return sum(1 for _ in etree.fromstring(body).iter("*"))


def topics(folder: Path) -> None:
    """Print what a tick's rendering costs in CPU time, by how many topics there are and how many changed."""
    one, many = World(folder / "one", 1, PER_TOPIC), World(folder / "many", TOPICS, PER_TOPIC)
    for world in (one, many):
        world.press.refresh()

    def news() -> None:
        one.publish([(0, 1)])
        many.publish([(0, 1)])

    ways = {"1 topic, which changed": one.tick, f"{TOPICS:,} topics, one changed": many.tick}
    took = _in_turn(ways, TIMES, before=news)
    many.publish([(number, 1) for number in range(TOPICS)])
    took[f"{TOPICS:,} topics, each changed once"] = [_took(many.tick)]
    _table("a tick's rendering, with the front page and the list of topics", took)


def twins(folder: Path) -> None:
    """Print what a tick waits for the thread that packs, and how long after it the twins of what it put stand."""
    world = World(folder / "twins", 2, ITEMS)
    world.press.refresh()
    world.shelf.pack()
    took: dict[str, list[float]] = {"a tick alone": [], "a tick while a topic is packed": []}
    packed: list[float] = []
    for _ in range(TIMES):
        world.publish([(0, 1)])
        took["a tick alone"].append(_by_the_clock(world.tick))
        packed.append(_by_the_clock(world.shelf.pack))
        world.publish([(1, 1)])
        world.tick()
        packs = threading.Thread(target=world.shelf.pack)
        packs.start()
        world.publish([(0, 1)])
        took["a tick while a topic is packed"].append(_by_the_clock(world.tick))
        packs.join()
        world.shelf.pack()
    _table(f"a tick of a topic of {ITEMS} items, by the clock", took, "ms")
    print(f"its twins take {statistics.median(packed):.0f} ms ({min(packed):.0f}..{max(packed):.0f}), "
          f"and are looked for every {PACK} s")  # fmt: skip


def _by_the_clock(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def _in_turn(
    ways: dict[str, Callable[[], object]], times: int, before: Callable[[], object] = lambda: None
) -> dict[str, list[float]]:
    took: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(times):
        before()
        for name, way in ways.items():
            took[name].append(_took(way))
    return took


def _took(work: Callable[[], object]) -> float:
    gc.collect()  # What one leaves behind, the next need not clear away.
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000


def _table(title: str, took: dict[str, list[float]], unit: str = "CPU ms") -> None:
    """Print the middle of what each took, and of its ratios to the first of them in the same turn."""
    first = next(iter(took.values()))
    print(f"\n{title}\n{'':<44}{unit:>10}{'min..max':>20}{'x first':>10}")
    for name, values in took.items():
        floor = first if len(values) == len(first) else [statistics.median(first)]
        ratio = statistics.median(mine / theirs for mine, theirs in zip(values, floor, strict=True))
        spread = f"{min(values):,.1f}..{max(values):,.1f}"
        print(f"{name:<44}{statistics.median(values):>10,.1f}{spread:>20}{ratio:>10.2f}")


def main() -> None:
    """Print the tables."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(about(folder))
        formats(folder)
        topics(folder)
        twins(folder)
