"""Publications, revisions, definitions -> TopicFeed: all that any format needs to know.

Pure but for the reading of what it is handed. config.yaml has no say here but
for the site's title and address.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from archive import Article
from feeds.curate.matches import Matches
from feeds.curate.pages import ArchivedPage
from feeds.curate.reasons import Shown
from feeds.curate.rules import Rule, Rulebook
from feeds.curate.standing import Item, revision_of
from feeds.ingest.text.clean import clean
from feeds.ingest.text.sanitize import paragraphs_to_html, sanitize
from feeds.model import SafeHtml
from feeds.publish.text.counters import without_counters
from feeds.publish.text.direction import without_overrides
from feeds.publish.text.urls import Urls, as_uri
from feeds.publish.topic.origins import Origin
from feeds.publish.topic.pace import expected
from feeds.publish.topic.remembered import Lately
from feeds.publish.topic.rhythm import DAYS, Rhythm, rhythm
from feeds.publish.topic.rights import content_in, part_of
from feeds.settings import Content, Site
from feeds.times import parse, stamp

TOMBSTONE_DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, weakref_slot=True)
class FeedItem:
    """One published article in one topic. One is itself and no other: what is thought of it is remembered by that.

    id          what readers know it by
    article     no more of it than the topic gives
    html        its text, where the topic gives all of it
    link        where a click leads: the source, else our own page
    via         the source's address, where there is one
    published   as frozen when it was published; `updated` is unique in the topic
    """

    id: str
    n: int
    article: Article
    link: str
    via: str | None
    page: str
    html: SafeHtml | None
    at: datetime
    published: datetime
    updated: datetime
    shown: Shown


@dataclass(frozen=True, slots=True)
class Tombstone:
    """An item that was taken back (RFC 6721)."""

    id: str
    when: datetime


@dataclass(frozen=True, slots=True)
class Share:
    """What one source gave to a topic in the thirty days of its rhythm.

    last   the day of its newest cutting there
    feed, site   where it is followed and where it is read, as anybody may see them
    """

    source: str
    count: int
    last: date
    feed: str | None = None
    site: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, weakref_slot=True)
class TopicFeed:
    """A topic as its subscribers see it. One is itself and no other, as an item is.

    id         `urn:uuid:` of the topic, for ever
    updated    the greatest `updated` of its lines
    modified   the greatest `at` among the lines and defines that touch it
    items      by the order of publishing, the newest first
    total      items published and not withdrawn
    rhythm     cuttings a day in the thirty days to its newest one, None where there is none
    shares     of each source in these days, the greatest first
    number     of an archived document (RFC 5005); None: it is the current one
    earlier    number of the archived document before it
    """

    id: str
    topic: str
    slug: str
    title: str
    description: str
    language: str | None
    author: str
    rule: Rule
    updated: datetime
    modified: datetime
    items: tuple[FeedItem, ...]
    tombstones: tuple[Tombstone, ...]
    total: int
    site: Site
    urls: Urls
    rhythm: Rhythm | None = None
    shares: tuple[Share, ...] = ()
    number: int | None = None
    earlier: int | None = None

    @property
    def fresh(self) -> timedelta | None:
        """How long its readers need not ask again; None for an archived document, which stays as it is."""
        return expected(item.at for item in self.items) if self.number is None else None


def assemble(
    rule: Rule,
    told: Matches,
    get: Callable[[str, int], Article | None],
    site: Site,
    limit: int | None = None,
    lately: Lately[FeedItem] | None = None,
    source_of: Callable[[str, int], Origin | None] | None = None,
) -> TopicFeed | None:
    """Return the feed of a topic, or None before its first tick.

    get         returns a revision of an article; one that cannot be read is passed over
    limit       where only so many of the newest items are wanted
    lately      items made before, which need not be made again
    source_of   names the source of a revision; asked for every cutting of thirty days, so
                it had better remember. Without it no shares are counted
    """
    standing = told.standing(rule.topic)
    first = told.first_behind(rule.seq)
    lately = lately or Lately()
    if not standing.updated and first is None:
        return None
    updated = parse(standing.updated or first or "")
    urls, given = Urls(site.base_url), partial(content_in, rule.keys, site)
    found = told.newest(rule.topic, limit) if limit else told.current(rule.topic, rule.keys.limit)
    gone = told.withdrawn(rule.topic, stamp(updated - timedelta(days=TOMBSTONE_DAYS)))
    defined = parse(rule.define.at)
    total = told.count(rule.topic)
    newest = told.newest_day(rule.topic)
    return TopicFeed(
        **_face(rule, rule.slug, site),
        updated=updated,
        modified=max(defined, parse(standing.at)) if standing.at else max(defined, updated),
        items=tuple(
            made
            for item in found
            if (made := lately.item((item, rule.keys.content, site), partial(_made, item, get, urls, given)))
        ),
        tombstones=tuple(Tombstone(item.guid or item.article, parse(item.updated or "")) for item in gone),
        total=total,
        earlier=max(told.pages.numbers(rule.topic), default=None),
        rhythm=_rhythm(rule.topic, told, newest, total) if newest else None,
        shares=_shares(rule.topic, told, newest, source_of) if newest and source_of else (),
    )


def assemble_page(
    page: ArchivedPage,
    earlier: ArchivedPage | None,
    book: Rulebook,
    told: Matches,
    get: Callable[[str, int], Article | None],
    site: Site,
) -> TopicFeed | None:
    """Return an archived document: as it was when it was cut, for ever, but that its links lead where all is now.

    Of an erased article its place is empty. None where nothing is known of its topic.

    earlier   the archived document before it
    """
    now, then = book.of(page.topic), book.as_of(page.define, page.topic)
    if now is None or then is None:
        return None
    found = [(item, _shown_then(item, get)) for item in told.pages.places(page)]
    empty = (told.item(item.topic, item.article) for item, article in found if article is None)
    touched = [page.at, book.named(page.topic), *([earlier.at] if earlier else [])]
    touched += [item.touched for item in empty if item is not None and item.state == "withdrawn"]
    items = _items(found, then, site)
    return TopicFeed(
        **_face(then, now.slug, site),
        updated=parse(page.updated or page.at),
        modified=max(map(parse, touched)),
        items=items,
        tombstones=(),
        total=len(items),
        number=page.number,
        earlier=earlier.number if earlier else None,
    )


def _shown_then(item: Item, get: Callable[[str, int], Article | None]) -> Article | None:
    """Return what a place shows; its article's own first revision, where that went with another that was erased."""
    return revision_of(item, get) or revision_of(replace(item, rev=1, shows=None), get)


def _face(rule: Rule, slug: str, site: Site) -> dict[str, Any]:
    """Return what a feed says of itself by its topic's definition."""
    return {
        "id": f"urn:uuid:{rule.topic}",
        "topic": rule.topic,
        "slug": slug,
        "title": rule.title,
        "description": rule.keys.description or f"{rule.title}, cut from the sources of {site.title}.",
        "language": rule.keys.language,
        "author": rule.keys.author or site.title,
        "rule": rule,
        "site": site,
        "urls": Urls(site.base_url),
    }


def _items(found: Iterable[tuple[Item, Article | None]], rule: Rule, site: Site) -> tuple[FeedItem, ...]:
    urls, given = Urls(site.base_url), partial(content_in, rule.keys, site)
    return tuple(_item(item, article, urls, given) for item, article in found if article is not None)


def _rhythm(topic: str, told: Matches, newest: date, total: int) -> Rhythm:
    per_day = told.per_day(topic, _first_day(newest))
    return rhythm(per_day, newest, earlier=total > sum(per_day.values()))


def _shares(
    topic: str, told: Matches, newest: date, source_of: Callable[[str, int], Origin | None]
) -> tuple[Share, ...]:
    """Return what each source gave in the thirty days, the greatest share first, equals by name."""
    counts: dict[str, tuple[int, date, Origin]] = {}
    for article, rev, at in told.shown_since(topic, _first_day(newest)):
        origin = source_of(article, rev)
        if origin is None:
            continue
        name, before = origin.name, counts.get(origin.name)
        counts[name] = (before[0] + 1 if before else 1, date.fromisoformat(at[:10]), origin)
    ordered = sorted(counts.items(), key=lambda one: (-one[1][0], one[0]))
    return tuple(Share(name, count, last, of.feed, of.site) for name, (count, last, of) in ordered)


def _first_day(newest: date) -> date:
    return newest - timedelta(days=DAYS - 1)


def _made(
    item: Item, get: Callable[[str, int], Article | None], urls: Urls, given: Callable[[Article], Content]
) -> FeedItem | None:
    article = revision_of(item, get)
    return _item(item, article, urls, given) if article is not None else None


def _item(item: Item, whole: Article, urls: Urls, given: Callable[[Article], Content]) -> FeedItem:
    content = given(whole)
    article = part_of(whole, content)
    via = as_uri(article.url)
    page = urls.article(item.article)
    return FeedItem(
        id=item.guid or item.article,
        n=item.n or 0,
        article=article,
        link=via or page,
        via=via,
        page=page,
        html=safe_html(article) if content == "full" else None,
        at=parse(item.at),
        published=parse(item.published or item.at),
        updated=parse(item.updated or item.at),
        shown=item.shown,
    )


def safe_html(article: Article) -> SafeHtml:
    """Return the article's text as HTML that may be shown: what is read from disk is not trusted."""
    if article.content_html:
        return without_overrides(without_counters(sanitize(article.content_html, article.url)))
    return without_overrides(paragraphs_to_html(clean(article.content_text)))
