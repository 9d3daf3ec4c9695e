"""What is remembered of items and topics: whatever changes, all is as if nothing had been remembered."""

import gzip
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from email.utils import parsedate_to_datetime
from itertools import pairwise

import brotli
import msgspec
from lxml import etree

from archive import Article
from feeds.curate.lines import Define
from feeds.curate.rules import Rule, Rulebook
from feeds.editing import desk
from feeds.publish.formats import atom, jsonfeed, rss
from feeds.publish.pages import html
from feeds.publish.pages.frame import stylesheet
from feeds.publish.pages.front import CARDS, ROWS, lay_out
from feeds.publish.render import Press
from feeds.publish.shelf.memory import MemoryShelf
from feeds.publish.topic.assemble import FeedItem, TopicFeed
from feeds.publish.topic.fronts import Fronts
from feeds.publish.topic.remembered import Kept, Made
from feeds.times import stamp
from tests.builders import START, item
from tests.builders import rss as rss_of
from tests.feeds.test_publish import SITE, UGLY, article, feed_item, topic_feed
from tests.site import Page
from tests.world import PRIVATE, World, tree

SOURCES = f"  - {{feed: '{{site}}/paper', name: paper, initial: all, flood: publish, pages: never, RIGHTS{PRIVATE}}}"
TOPICS = "  kabul: {title: Kabul, query: kabul, content: full}\n  all: {title: All, query: word, updates: bump, limit: 4}"
SITE_KEYS = "title: Test, contact: me@x.example"


def anew(world: World) -> dict[str, bytes]:
    """Every file as a press makes it that has made none before."""
    bureau, shelf = world.bureau, MemoryShelf()
    Press(bureau.told, bureau.book, bureau.get, shelf, bureau.settings.site).refresh()
    return {path: found.body for path in sorted(shelf.paths()) if (found := shelf.get(path))}


class Life:
    """A daemon's life in one process, change by change."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.sources, self.topics, self.site = SOURCES.replace("RIGHTS", ""), TOPICS, SITE_KEYS
        self.texts = {str(n): f"kabul word {n}" for n in range(8)}

    def configure(
        self, topics: str | None = None, site: str | None = None, rights: str | None = None
    ) -> None:
        self.topics, self.site = topics or self.topics, site or self.site
        self.sources = SOURCES.replace("RIGHTS", rights) if rights is not None else self.sources
        self.world.configure(self.sources, self.topics, self.site)
        self.world.bureau.config.reload()

    def poll(self) -> None:
        items = (
            item(
                n, f"Of {text}", content=f'<p>{text} <a href="/x">here</a></p>', link=f"https://s.example/{n}"
            )
            for n, text in self.texts.items()
        )
        self.world.site.pages["/paper"] = Page(rss_of(*items))

    def told(self, n: str, text: str) -> None:
        self.texts[n] = text
        self.poll()

    def decide(self, do: str) -> None:
        first = min(one.id for one in self.world.bureau.archive.newest(100))
        desk.carry_out(self.world.bureau, {"do": do, "article": first, "topic": None})


CHANGES: dict[str, Callable[[Life], object]] = {
    "the first": Life.poll,
    "one more": lambda life: life.told("8", "kabul word eight"),
    "a correction": lambda life: life.told("3", "kabul word three, corrected"),
    "none": lambda _: None,
    "a correction in another topic alone": lambda life: life.told("4", "word four"),
    "a title": lambda life: life.configure(TOPICS.replace("title: Kabul", "title: Kabul & more")),
    "a language": lambda life: life.configure(TOPICS.replace("content: full", "content: full, language: de")),
    "an icon": lambda life: life.configure(TOPICS.replace("content: full", "icon: 'https://x.example/i.png'")),
    "a part": lambda life: life.configure(TOPICS.replace("full", "excerpt")),
    "a name alone": lambda life: life.configure(TOPICS.replace("full", "link")),
    "all of it": lambda life: life.configure(TOPICS),
    "what a source allows": lambda life: (life.configure(rights="rights: {words: 3}, "), life.told("9", "kabul word nine")),
    "a withdrawal": lambda life: life.decide("withdraw"),
    "the site's title": lambda life: life.configure(site="title: Other, contact: me@x.example"),
    "its address": lambda life: life.configure(site="title: Other, base_url: 'https://x.example/news/'"),
    "its lead": lambda life: life.configure(site="title: Other, lead: all"),
    "a day": lambda life: life.world.clock.advance(days=1),
    "a month later": lambda life: (life.world.clock.advance(days=40), life.told("10", "word ten")),
    "a name of its own": lambda life: life.configure(TOPICS.replace("  kabul: {", "  cabul: {was: kabul, ")),
    "a topic less": lambda life: life.configure(TOPICS.splitlines()[1]),
}  # fmt: skip


def test_what_is_remembered_is_never_stale(world: World) -> None:
    life = Life(world)
    life.configure()
    seen = []
    for name, change in CHANGES.items():
        change(life)
        world.round()
        standing = tree(world.data / "feeds")
        made = anew(world)
        assert {path: body for path, body in standing.items() if not path.startswith("operator/")} == made, (
            name
        )
        seen.append((name, made))
    same = [name for (_, before), (name, after) in pairwise(seen) if before == after]
    assert same == ["none", "a day"], "and each of the others changes what is published"


def test_an_entry_that_was_written_before_is_the_same_between_others() -> None:
    """However many of a document's items are new; also where the first ones had no need of a vocabulary."""
    found = [*UGLY, article(title="One & more"), article(title="Two")]

    def feed(*items: FeedItem) -> TopicFeed:
        return replace(topic_feed(), items=items)

    for write in (rss.write_rss, atom.write_atom, jsonfeed.write_json, html.write_topic):
        for step in (1, 2, 3, len(found) + 1):
            items = [feed_item(one, n) for n, one in enumerate(found, 1)]
            for n in range(0, len(items), step):
                write(feed(*items[n : n + step - 1]))
            again = [feed_item(one, n) for n, one in enumerate(found, 1)]
            assert write(feed(*items)) == write(feed(*items)) == write(feed(*again))


def test_what_else_is_given_counts() -> None:
    asked = []

    def make(value: Kept, word: str) -> str:
        asked.append(word)
        return word

    made, one, other = Made(make), Kept(), Kept()
    assert [
        made.of(one, "a"),
        made.of(one, "a"),
        made.of(other, "a"),
        made.of(one, "b"),
        made.of(one, "a"),
    ] == list("aaaba")
    assert asked == list("aaba"), "of each value the last is remembered"  # fmt: skip


def test_a_topic_is_read_for_the_front_page_when_it_changed() -> None:
    book, asked, begun = Rulebook(), list[str](), {"a", "c"}

    def define(seq: int, topic: str, **more: object) -> None:
        facts = {"topic": topic, "slug": topic, "at": f"2026-01-0{seq}T08:00:00.000Z", "keys": {}, "start": 0}
        book.take(seq, Define(**facts | more))  # type: ignore[arg-type]

    def read(rule: Rule) -> TopicFeed | None:
        asked.append(rule.slug)
        return replace(topic_feed(), slug=rule.slug, rule=rule) if rule.topic in begun else None

    fronts = Fronts(book, read)

    def after(*touched: str) -> tuple[list[str], list[str], int]:
        asked.clear()
        return [feed.slug for feed in fronts.after(touched)], sorted(asked), fronts.lists

    assert after() == ([], [], 0)
    for seq, slug in enumerate("abc", 1):
        define(seq, slug)
    assert after() == (["a", "c"], ["a", "b", "c"], 1), "b waits for its first tick"
    assert after() == (["a", "c"], [], 1)
    assert after("c") == (["a", "c"], ["c"], 1)
    begun.add("b")
    assert after("b", "none") == (["a", "b", "c"], ["b"], 2), "the oldest first"
    define(4, "a", slug="d")
    assert after() == (["d", "b", "c"], ["d"], 3)
    define(5, "c", removed=True)
    assert after("b") == (["d", "b"], ["b"], 4)
    assert (stamp(fronts.listed or START), "c" in fronts, "a" in fronts) == (
        "2026-01-05T08:00:00.000Z",
        False,
        True,
    )


# -- a front page of many topics -----------------------------------------------------


def many(count: int, *, since: int = 0) -> list[TopicFeed]:
    """Topics whose only cuttings are a minute apart, the oldest first; their names go the other way."""
    return [
        replace(
            topic_feed(),
            slug=f"t{n}",
            title=f"Topic {count - n:04} & more",
            items=(replace(feed_item(of(n)), at=START + timedelta(minutes=n + since)),),
            total=1,
        )
        for n in range(count)
    ]


def of(n: int) -> Article:
    found = article(
        title=f"What was said in round {n} of the talks of Kabul and Moscow, and what comes of it now"
    )
    return msgspec.structs.replace(found, id=f"urn:uuid:{n:08d}-0000-8000-8000-000000000000")


def test_a_front_page_of_many_topics_shows_the_newest_and_names_the_others() -> None:
    feeds = many(200)
    front = lay_out(feeds, None)
    assert front.lead is not None
    shown = [front.lead.feed.slug, *(card.feed.slug for card in front.cards)]
    assert shown == [f"t{n}" for n in reversed(range(199 - CARDS, 200))]
    assert [feed.title for feed in front.more] == sorted(feed.title for feed in feeds[: 199 - CARDS])
    page = html.write_index(feeds, SITE).decode()
    assert page.count('<section class="card">') == CARDS
    assert page.count('<link rel="alternate"') == CARDS + 1
    for feed in feeds:
        assert page.count(f'href="{feed.urls.topic(feed.slug)}"') == 1
    old = [replace(feed, items=(replace(feed.items[0], at=START - timedelta(days=90)),)) for feed in many(99)]
    assert len(lay_out([*old, *feeds[-5:]], None).quiet) == ROWS
    few = lay_out(feeds[: CARDS + 1], None)
    assert (len(few.cards), few.more) == (CARDS, ()), "as few as that all stand there with what they cut"
    assert len(lay_out([topic_feed()] * (CARDS + 1), None).cards) == CARDS


def test_a_front_page_of_a_thousand_topics_is_light() -> None:
    page, style = html.write_index(many(1000), SITE), stylesheet()[1]
    assert len(gzip.compress(page, 6)) + len(gzip.compress(style, 6)) <= 60_000
    assert len(brotli.compress(page, quality=4)) <= 40_000
    assert len(page) <= 300_000


def test_the_list_of_topics_changes_when_a_topic_does(world: World) -> None:
    """A cutting says nothing new to whoever follows the list."""
    life = Life(world)
    life.configure()
    life.poll()
    world.round()
    before = (world.data / "feeds/opml.xml").stat()
    life.told("8", "kabul word eight")
    world.round()
    after = (world.data / "feeds/opml.xml").stat()
    assert (after.st_ino, after.st_mtime) == (before.st_ino, before.st_mtime)
    life.configure(TOPICS.splitlines()[0])
    world.round()
    now = (world.data / "feeds/opml.xml").stat()
    assert now.st_mtime > before.st_mtime, "one was taken out"
    dated = etree.fromstring(world.file("opml.xml")).findtext("head/dateModified") or ""
    assert parsedate_to_datetime(dated).timestamp() == now.st_mtime
