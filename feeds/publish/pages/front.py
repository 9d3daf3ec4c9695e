"""Topics as their subscribers see them -> what stands where on the front page. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import takewhile

from feeds.publish.topic.assemble import FeedItem, TopicFeed
from feeds.publish.topic.remembered import Made
from feeds.publish.topic.rhythm import DAYS, Rhythm

JUST_CUT = 6
QUIET_AFTER = timedelta(days=14)


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

    lead      the topic that `lead` names, else the one with the most cuttings lately
    cards     the other topics, by their newest cutting; those without any are last
    quiet     topics whose last cutting is more than two weeks older than the newest
    sources   from how many the topics were cut in the thirty days to `latest`
    """

    latest: datetime | None
    lead: Card | None
    just_cut: tuple[Cut, ...]
    cards: tuple[Card, ...]
    quiet: tuple[Card, ...]
    sources: int


@lru_cache(2)
def rhythms_to(end: date) -> Made[TopicFeed, Rhythm | None]:
    """Return topics' rhythms counted to a day."""
    return Made(lambda feed: feed.rhythm.to(end) if feed.rhythm else None)


def lay_out(feeds: Sequence[TopicFeed], lead: str | None) -> Front:
    """Return the front page of these topics; *lead* is the slug of the one that comes first."""
    latest = max((_newest(feed) for feed in feeds if feed.items), default=None)
    if latest is None:
        return Front(None, None, (), tuple(Card(feed, None) for feed in feeds), (), 0)
    end = latest.astimezone(UTC).date()
    ordered = sorted(feeds, key=lambda feed: (_newest(feed), feed.slug), reverse=True)
    to_end = rhythms_to(end)
    cards = [Card(feed, to_end.of(feed) if feed.rhythm else None) for feed in ordered]
    first = _lead(cards, lead)
    others = [card for card in cards if card is not first]
    quiet = [card for card in others if _is_quiet(card.feed, latest)]
    return Front(
        latest=latest,
        lead=first,
        just_cut=_just_cut(feeds),
        cards=tuple(card for card in others if not _is_quiet(card.feed, latest)),
        quiet=tuple(quiet),
        sources=_sources(feeds, end),
    )


def _is_quiet(feed: TopicFeed, latest: datetime) -> bool:
    return bool(feed.items) and latest - _newest(feed) > QUIET_AFTER


def _newest(feed: TopicFeed) -> datetime:
    return feed.items[0].at if feed.items else datetime.min.replace(tzinfo=UTC)


def _lead(cards: list[Card], lead: str | None) -> Card | None:
    """Return the card that leads; of equals the one with the newest cutting."""
    named = next((card for card in cards if card.feed.slug == lead and card.feed.items), None)
    return named or max(
        (card for card in cards if card.feed.items),
        key=lambda card: card.rhythm.total if card.rhythm else 0,
        default=None,
    )


def _just_cut(feeds: Sequence[TopicFeed]) -> tuple[Cut, ...]:
    """Return the newest items across topics, each article once."""
    chosen = _newest_articles(feeds)
    where: dict[str, list[tuple[FeedItem, TopicFeed]]] = {}
    for feed in feeds:
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


def _newest_articles(feeds: Sequence[TopicFeed]) -> set[str]:
    """Return the articles among which the newest are: those cut no earlier than as many topics' newest ones."""
    leading: dict[str, datetime] = {}
    for feed in feeds:
        if feed.items:
            first = feed.items[0]
            leading[first.article.id] = max(first.at, leading.get(first.article.id, first.at))
    enough = sorted(leading.values(), reverse=True)[:JUST_CUT]
    since = enough[-1] if len(enough) == JUST_CUT else datetime.min.replace(tzinfo=UTC)
    newest = (takewhile(lambda item: item.at >= since, feed.items) for feed in feeds)
    return {item.article.id for items in newest for item in items}


def _sources(feeds: Sequence[TopicFeed], end: date) -> int:
    since = end - timedelta(days=DAYS - 1)
    return len({share.source for feed in feeds for share in feed.shares if share.last >= since})
