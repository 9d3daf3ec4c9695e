"""The lines of a tick in the making, and where they leave each article and topic."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from archive import Article, Gone
from feeds.curate.lines import Line, OfArticle, Page
from feeds.curate.rules import Rule, Rulebook
from feeds.curate.standing import Item, Standing, follow, undecided
from feeds.past import PAST
from feeds.times import parse, stamp


class Pages(Protocol):
    """The archived documents that were cut so far."""

    def counts(self) -> Mapping[str, tuple[int, int]]:
        """Return (items ever published, pages) of every topic."""

    def numbers(self, topic: str) -> set[int]:
        """Return the numbers of a topic's pages."""


class Told(Protocol):
    """What subscribers were told so far (the index of the publications journal)."""

    def item(self, topic: str, article: str) -> Item | None:
        """Return where *article* stands in *topic*."""

    def standing(self, topic: str) -> Standing:
        """Return how the topic stands."""

    def of_article(self, article: str) -> list[Item]:
        """Return where *article* stands in every topic."""

    def due(self, at: datetime) -> list[Item]:
        """Return what need wait no longer."""

    def held(self, topic: str | None = None) -> list[Item]:
        """Return what waits, in one topic or all."""

    def held_from(self, source: str, topic: str) -> list[Item]:
        """Return what waits in a topic as a source's past, as it came."""

    @property
    def pages(self) -> Pages:
        """The topics' archived documents."""


class Fates(Protocol):
    """What became of articles."""

    def members(self, article: str) -> list[str]:
        """Return all that count as one with *article*, the one that survives first."""

    def tombstone(self, article: str) -> Gone | None:
        """Return why an article was taken back, or None where it stands."""


class Sheet:
    """What one tick has written so far, over what was told before.

    fates   which articles count as one, and which are withheld
    book    what editors decided on sources as such
    """

    def __init__(self, at: datetime, told: Told, fates: Fates, book: Rulebook) -> None:
        self._told = told
        self._fates = fates
        self._book = book
        self._items: dict[tuple[str, str], Item | None] = {}
        self._standings: dict[str, Standing] = {}
        self._tombstones: dict[str, Gone | None] = {}
        self.moment = at
        self.at = stamp(at)
        self.lines: list[Line] = []

    def item(self, topic: str, article: str) -> Item | None:
        """Return where *article* stands in *topic* by what was told and written."""
        key = (topic, article)
        if key not in self._items:
            self._items[key] = self._told.item(topic, article)
        return self._items[key]

    def members(self, article: str) -> list[str]:
        """Return all that count as one with *article*, the one that survives first."""
        return self._fates.members(article)

    def is_part(self, article: str) -> bool:
        """Say whether *article* was merged into another."""
        return self.members(article)[0] != article

    def counting(self, topic: str, article: str) -> Item | None:
        """Return where the topic stands with *article*, or with what counts as one with it."""
        own = self.item(topic, article)
        if not undecided(own):
            return own
        others = (self.item(topic, one) for one in self.members(article) if one != article)
        return next((item for item in others if not undecided(item)), own)

    def tombstone(self, article: str) -> Gone | None:
        """Return why an article was taken back, or None where it stands."""
        if article not in self._tombstones:
            self._tombstones[article] = self._fates.tombstone(article)
        return self._tombstones[article]

    def withheld(self, article: str) -> bool:
        """Say whether an editor withheld *article*: no topic lets it in any more."""
        gone = self.tombstone(article)
        return gone is not None and gone.withheld

    def waits(self, topic: str, article: Article) -> bool:
        """Say whether *article* came as its source's past, and no editor has decided on that."""
        return article.archive.arrival in PAST and self._book.past(topic, article) is None

    def let_go(self, topic: str, article: Article) -> bool:
        """Say whether *article* came as its source's past, and an editor let that go."""
        return article.archive.arrival in PAST and self._book.past(topic, article) == "dropped"

    def held_from(self, source: str, topic: str) -> list[Item]:
        """Return what the topic held as a source's past before this tick, as it came."""
        return self._told.held_from(source, topic)

    def held_before(self, rule: Rule) -> list[Item]:
        """Return what the topic holds by an older definition than *rule*."""
        return [item for item in self._told.held(rule.topic) if item.define < rule.seq]

    def write(self, line: OfArticle) -> None:
        """Add *line* and follow it."""
        self.lines.append(line)
        key = (line.topic, line.article)
        self._items[key] = follow(self.item(*key), line)

    def rule(self, topic: str) -> Rule | None:
        """Return the topic's newest rule."""
        return self._book.of(topic)

    def cut_pages(self) -> None:
        """Add a page line for each archived document that is full by now and was not cut yet.

        Behind all else of its topic: so it shows what the tick shows. One that a tick
        before did not come to is cut here, too.
        """
        counts = self._told.pages.counts()
        for rule in self._book.in_force():
            n, pages = counts.get(rule.topic, (0, 0))
            if rule.topic in self._standings:
                n = max(n, self._standings[rule.topic].n)
            size = rule.define.page_size
            if n // size > pages:
                cut = self._told.pages.numbers(rule.topic)
                self.lines += [
                    Page(topic=rule.topic, number=number, size=size, at=self.at, define=rule.seq)
                    for number in range(1, n // size + 1)
                    if number not in cut
                ]

    def next_n(self, topic: str) -> int:
        """Take the next number in the topic's order of publishing."""
        standing = self._standing(topic)
        self._standings[topic] = Standing(standing.n + 1, standing.updated)
        return standing.n + 1

    def next_updated(self, topic: str) -> str:
        """Take the next `updated` of the topic: unique, and never before the last."""
        standing = self._standing(topic)
        moment = self.moment
        if standing.updated:
            moment = max(moment, parse(standing.updated) + timedelta(milliseconds=1))
        text = stamp(moment)
        self._standings[topic] = Standing(standing.n, text)
        return text

    def _standing(self, topic: str) -> Standing:
        if topic not in self._standings:
            self._standings[topic] = self._told.standing(topic)
        return self._standings[topic]


def owes_pages(told: Told, book: Rulebook) -> bool:
    """Say whether some topic has more full pages than were cut: by a tick that was cut, or an older newsweir."""
    counts = told.pages.counts()
    return any(
        counts[rule.topic][0] // rule.define.page_size > counts[rule.topic][1]
        for rule in book.in_force()
        if rule.topic in counts
    )
