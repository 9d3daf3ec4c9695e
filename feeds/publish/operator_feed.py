"""Notices -> the operator feed: how newsweir itself fares, in the formats of a topic and on a page of its own."""

from collections.abc import Sequence
from typing import Protocol

from archive import Archival, Article, Source
from feeds.curate.lines import Define
from feeds.curate.reasons import Shown
from feeds.curate.rules import Rule, topic_uuid
from feeds.ingest.text.sanitize import paragraphs_to_html
from feeds.owner.notice import SLUG, Notice
from feeds.publish.formats import atom, jsonfeed, rss
from feeds.publish.pages.frame import render
from feeds.publish.shelf.port import File
from feeds.publish.text.direction import without_overrides
from feeds.publish.text.urls import Urls, bare
from feeds.publish.topic.assemble import FeedItem, TopicFeed
from feeds.settings import Site, tells_of_itself
from feeds.times import parse

NEWEST = 50
_PAGE = f"{SLUG}/index.html"
_NAMES = (rss.NAME, atom.NAME, jsonfeed.NAME)


class Noticed(Protocol):
    """What the owner was told."""

    def newest(self, limit: int) -> list[tuple[int, Notice]]:
        """Return the newest *limit* notices with their seqs, the newest first."""

    def last_seq(self) -> int:
        """Return the seq of the newest notice, 0 for none."""


class Ticks(Protocol):
    """When topics saw what."""

    def first_behind(self, define: int) -> str | None:
        """Return the `at` of the first tick that knew this define, or None."""


class Operator:
    """Makes the operator feed; it stands where `site.operator` says so, from the first tick on."""

    def __init__(self, notices: Noticed, ticks: Ticks, store: str, site: Site) -> None:
        self._notices = notices
        self._ticks = ticks
        self._id = topic_uuid(store, SLUG)
        self._site = site

    @property
    def state(self) -> str:
        """What tells one state of the feed from another."""
        return str(self._notices.last_seq())

    @property
    def paths(self) -> list[str]:
        """The paths that its files have; none where it is not published."""
        return [f"{SLUG}/{name}" for name in _NAMES] + [_PAGE] if self._begun() else []

    def files(self) -> list[File]:
        """Return its files; none where it is not published."""
        begun = self._begun()
        if begun is None:
            return []
        feed = operator_feed(self._notices.newest(NEWEST), begun, self._id, self._site)
        bodies = (rss.write_rss(feed), atom.write_atom(feed), jsonfeed.write_json(feed), _page(feed))
        return [File(path, body, feed.modified) for path, body in zip(self.paths, bodies, strict=True)]

    def _begun(self) -> str | None:
        """Return since when there is such a feed: a tick's time, else that of the oldest notice in it."""
        if not tells_of_itself(self._site):
            return None
        if (first := self._ticks.first_behind(0)) is not None:
            return first
        newest = self._notices.newest(NEWEST)
        return newest[-1][1].at if newest else None


def operator_feed(notices: Sequence[tuple[int, Notice]], begun: str, topic: str, site: Site) -> TopicFeed:
    """Return notices, the newest first, as a topic whose cuttings they are."""
    urls = Urls(site.base_url)
    items = tuple(_item(seq, one, urls) for seq, one in notices)
    # Never before its beginning, though the clock was set back since: readers ask by date.
    updated = max([parse(begun), *(one.updated for one in items[:1])])
    title = f"{site.title}: how it fares"
    return TopicFeed(
        id=f"urn:uuid:{topic}",
        topic=topic,
        slug=SLUG,
        title=title,
        description="Word from newsweir to whoever runs it: sources that fell silent, what is held, what needs a hand. "
        "One entry when something begins, one when it is over.",
        language="en",
        author="newsweir",
        rule=Rule(0, Define(topic=topic, slug=SLUG, at=begun, start=0, keys={"title": title})),
        updated=updated,
        modified=updated,
        items=items,
        tombstones=(),
        total=len(items),
        site=site,
        urls=urls,
    )


def _item(seq: int, notice: Notice, urls: Urls) -> FeedItem:
    """Return a notice as an item of a feed, under its own id."""
    page = f"{urls.topic(SLUG)}#{bare(notice.id)}"
    at = parse(notice.at)
    article = Article(
        id=notice.id,
        url=page,
        title=notice.title,
        content_text=notice.text,
        date_published=notice.at,
        tags=(notice.what, notice.state),
        language="en",
        archive=Archival(
            source=Source(key="newsweir", via="file", name="newsweir"),
            fetched=notice.at,
            rev=1,
            content_sha256="",
            first_seen=notice.at,
            cause="new",
        ),
    )
    return FeedItem(
        id=notice.id,
        n=seq,
        article=article,
        link=page,
        via=None,
        page=page,
        html=without_overrides(paragraphs_to_html(notice.text)),
        at=at,
        published=at,
        updated=at,
        shown=Shown(),
    )


def _page(feed: TopicFeed) -> bytes:
    return render("operator.html", feed.site, here="operator", feed=feed)
