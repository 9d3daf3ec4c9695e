"""Topics as their subscribers see them -> what stands where on the front page. Pure.

Of a thousand topics those that cut something last stand there with it, the others by name
alone: the page stays one that a phone can load, and a tick that changed one topic makes one.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile
from typing import Final

from feeds.publish.topic.assemble import FeedItem, TopicFeed
from feeds.publish.topic.remembered import Made
from feeds.publish.topic.rhythm import DAYS, Rhythm

JUST_CUT: Final = 6
QUIET_AFTER: Final = timedelta(days=14)
CARDS: Final = 60
"""Topics with a card each, twenty rows of three."""
ROWS: Final = 30
"""Quiet topics with a row each."""
_NEVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Card:
    """A topic on the front page, its rhythm counted to the newest cutting of all topics."""

    feed: TopicFeed
    rhythm: Rhythm | None


@dataclass(frozen=True, slots=True)
class Cut:
    """An item of the rail, and the topics in which it stands."""

    item: FeedItem
    topics: tuple[TopicFeed, ...]


@dataclass(frozen=True, slots=True)
class Front:
    """The front page.

    end       the day to which rhythms are counted
    lead      the topic that `lead` names, else the one with the most cuttings lately
    cards     other topics, by their newest cutting; those without any are last
    quiet     topics whose last cutting is more than two weeks older than the newest
    more      topics for which there is no room among these, by name
    sources   from how many the topics were cut in the thirty days to `latest`
    """

    latest: datetime | None = None
    end: date | None = None
    lead: Card | None = None
    just_cut: tuple[Cut, ...] = ()
    cards: tuple[Card, ...] = ()
    quiet: tuple[Card, ...] = ()
    more: tuple[TopicFeed, ...] = ()
    sources: int = 0


@dataclass(frozen=True, slots=True)
class _Brief:
    """What deciding asks of a topic, counted to a day.

    order      by its newest cutting, 0 for none
    name       order by name
    lately     how much it cut in the thirty days, from which sources
    articles   those among its newest cuttings
    """

    order: tuple[float, str]
    name: str
    lately: int
    sources: frozenset[str]
    articles: frozenset[str]


def _brief(feed: TopicFeed, end: date) -> _Brief:
    beat, since = _RHYTHM.of(feed, end), end - timedelta(days=DAYS - 1)
    return _Brief(
        order=(feed.items[0].at.timestamp() if feed.items else 0.0, feed.slug),
        name=f"{feed.title.casefold()}\0{feed.slug}",
        lately=beat.total if beat else 0,
        sources=frozenset(share.source for share in feed.shares if share.last >= since),
        articles=frozenset(item.article.id for item in feed.items),
    )


def _rhythm(feed: TopicFeed, end: date) -> Rhythm | None:
    return feed.rhythm.to(end) if feed.rhythm else None


_RHYTHM: Final = Made(_rhythm)
_BRIEF: Final = Made(_brief)
_Topic = tuple[_Brief, TopicFeed]


def card_of(feed: TopicFeed, end: date | None) -> Card:
    """Return a topic's card, its rhythm counted to a day."""
    return Card(feed, _RHYTHM.of(feed, end) if end else None)


def lay_out(feeds: Sequence[TopicFeed], lead: str | None) -> Front:
    """Return the front page of these topics; *lead* is the slug of the one that comes first."""
    latest = max((feed.items[0].at for feed in feeds if feed.items), default=None)
    if latest is None:
        cards = tuple(card_of(feed, None) for feed in feeds[:CARDS])
        return Front(cards=cards, more=tuple(sorted(feeds[CARDS:], key=lambda feed: feed.title.casefold())))
    end, silent = latest.astimezone(UTC).date(), (latest - QUIET_AFTER).timestamp()
    topics = [(_BRIEF.of(feed, end), feed) for feed in feeds]
    ordered = sorted(topics, key=lambda topic: topic[0].order, reverse=True)
    first = _lead(ordered, lead)
    others = [topic for topic in ordered if topic is not first]
    silent_from = bisect_right(others, -silent, key=_backwards)
    none_from = bisect_left(others, 0.0, lo=silent_from, key=_backwards)
    lively, quiet = others[:silent_from] + others[none_from:], others[silent_from:none_from]
    more = sorted(lively[CARDS:] + quiet[ROWS:], key=lambda topic: topic[0].name)
    return Front(
        latest=latest,
        end=end,
        lead=card_of(first[1], end),
        just_cut=_just_cut(topics, _newest_articles(ordered)),
        cards=tuple(card_of(feed, end) for _, feed in lively[:CARDS]),
        quiet=tuple(card_of(feed, end) for _, feed in quiet[:ROWS]),
        more=tuple(feed for _, feed in more),
        sources=len(set().union(*(brief.sources for brief, _ in topics))),
    )


def _backwards(topic: _Topic) -> float:
    return -topic[0].order[0]


def _lead(topics: Sequence[_Topic], lead: str | None) -> _Topic:
    """Return the topic that leads; of equals the one with the newest cutting."""
    named = next((one for one in topics if one[1].slug == lead and one[1].items), None)
    return named or max(topics, key=lambda topic: topic[0].lately)


def _newest_articles(ordered: Sequence[_Topic]) -> set[str]:
    """Return the articles among which the newest are: those cut no earlier than as many topics' newest ones."""
    leading: dict[str, datetime] = {}
    for _, feed in ordered:
        if len(leading) == JUST_CUT or not feed.items:
            break
        leading.setdefault(feed.items[0].article.id, feed.items[0].at)
    since = min(leading.values()) if len(leading) == JUST_CUT else _NEVER
    near = takewhile(lambda topic: topic[1].items and topic[1].items[0].at >= since, ordered)
    return {
        item.article.id for _, feed in near for item in takewhile(lambda item: item.at >= since, feed.items)
    }


def _just_cut(topics: Sequence[_Topic], chosen: set[str]) -> tuple[Cut, ...]:
    """Return the newest items across topics, each of the chosen articles once."""
    where: dict[str, list[tuple[FeedItem, TopicFeed]]] = {}
    for brief, feed in topics:
        if not chosen.isdisjoint(brief.articles):
            for item in feed.items:
                if item.article.id in chosen:
                    where.setdefault(item.article.id, []).append((item, feed))
    cuts = [
        Cut(max(one, key=lambda at: at[0].at)[0], tuple(feed for _, feed in one)) for one in where.values()
    ]
    cuts.sort(
        key=lambda cut: (cut.item.at, max(item.n for item, _ in where[cut.item.article.id])), reverse=True
    )
    return tuple(cuts[:JUST_CUT])
