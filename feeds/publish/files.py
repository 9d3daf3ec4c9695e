"""Topics and articles -> every published file. Pure: what is handed in decides every byte."""

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from archive import Article
from feeds.curate.rules import Rule
from feeds.curate.standing import Item
from feeds.publish.formats import atom, jsonfeed, opml, rss
from feeds.publish.pages import html
from feeds.publish.pages.changes import changes_of
from feeds.publish.pages.frame import ABOUT, script, stylesheet
from feeds.publish.pages.notices import write_missing
from feeds.publish.shelf.port import File
from feeds.publish.text.urls import Urls, bare, feed_path
from feeds.publish.topic.assemble import TopicFeed, safe_html
from feeds.publish.topic.rights import part_of, shared_content
from feeds.settings import Site
from feeds.times import parse

_FEEDS = {
    rss.NAME: (rss.MEDIA_TYPE, rss.write_rss),
    atom.NAME: (atom.MEDIA_TYPE, atom.write_atom),
    jsonfeed.NAME: (jsonfeed.MEDIA_TYPE, jsonfeed.write_json),
}
MEDIA_TYPES = {name: kind for name, (kind, _) in _FEEDS.items()} | dict.fromkeys(
    (opml.NAME, opml.SOURCES), opml.MEDIA_TYPE
)
_ARCHIVED = re.compile(r"[^/]+/archive/[0-9]+\.(.+)")
_BY_ENDING = {
    "html": "text/html",
    "css": "text/css",
    "js": "text/javascript",
    "json": "application/json",
    "xml": "application/xml",
}
MISSING = "404.html"
"""What static servers give for an address at which there is nothing."""
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def media_type(path: str) -> str:
    """Return the media type of a published file, with its charset where it is text."""
    archived = _ARCHIVED.fullmatch(path)
    name = path.rsplit("/", 1)[-1]
    if archived is not None:  # `3.rss.xml` is what rss.xml is, and `3.json` what feed.json is.
        name = jsonfeed.NAME if archived[1] == "json" else archived[1]
    kind = MEDIA_TYPES.get(name) or _BY_ENDING.get(name.rsplit(".", 1)[-1], "application/octet-stream")
    return kind if kind.endswith("json") else f"{kind}; charset=utf-8"


def feed_files(feed: TopicFeed) -> list[File]:
    """Return a topic's three feeds, or one archived document in the three formats."""
    fresh = feed.fresh
    return [
        File(feed_path(feed.slug, name, feed.number), write(feed), feed.modified, fresh)
        for name, (_, write) in _FEEDS.items()
    ]


def topic_files(feed: TopicFeed) -> list[File]:
    """Return the files of one topic: three feeds, the list of its sources, and its page, which shows the newest alone."""
    page = replace(feed, items=feed.items[: feed.rule.keys.limit])
    return [
        *feed_files(feed),
        File(f"{feed.slug}/{opml.SOURCES}", opml.write_sources(feed), feed.modified),
        File(f"{feed.slug}/index.html", html.write_topic(page), feed.modified),
    ]


def topic_paths(slug: str) -> list[str]:
    """Return the paths that a topic's files have."""
    return [*feed_paths(slug), f"{slug}/{opml.SOURCES}", f"{slug}/index.html"]


def feed_paths(slug: str, number: int | None = None) -> list[str]:
    """Return the paths of a topic's feeds, or of the archived document with a *number*."""
    return [feed_path(slug, name, number) for name in _FEEDS]


def site_files(feeds: Sequence[TopicFeed], site: Site) -> list[File]:
    """Return the front page, and the files that every page leads to."""
    modified = max((feed.modified for feed in feeds), default=_EPOCH)
    return [*_fixed(site), File("index.html", html.write_index(feeds, site), modified)]


def topic_list(feeds: Sequence[TopicFeed], site: Site, listed: datetime | None) -> File:
    """Return the list of all topics.

    listed   when it was last defined which topics there are, or how they are called
    """
    modified = listed or _EPOCH
    return File(opml.NAME, opml.write_opml(site.title, feeds, modified), modified)


def site_paths() -> list[str]:
    """Return the paths that the site's own files have."""
    return [stylesheet()[0], script()[0], ABOUT, MISSING, opml.NAME, "index.html"]


@functools.lru_cache(2)
def _fixed(site: Site) -> tuple[File, ...]:
    """Return what no topic changes."""
    return (
        *(File(path, data, _EPOCH) for path, data in (stylesheet(), script())),
        File(ABOUT, html.write_about(site), _EPOCH),
        File(MISSING, write_missing(site), _EPOCH),
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """An article in one topic that shows it."""

    rule: Rule
    item: Item


def article_files(
    article: Article,
    standings: Sequence[Standing],
    site: Site,
    earlier: Sequence[Article] = (),
    gone: str | None = None,
) -> list[File]:
    """Return page and record of an article, published in these topics or in none.

    It shows as much of the text as the most generous of them gives.

    earlier   its older revisions, as `changes.wanted` asks for them, oldest first
    gone   when the source took it back, where no topic tells
    """
    gone = max((one.item.gone for one in standings if one.item.gone), default=gone)
    content = shared_content([one.rule.keys for one in standings], site, article)
    places = [
        html.Place(
            slug=one.rule.slug,
            title=one.rule.title,
            shown=one.item.shown,
            sentence=html.sentence_of(article, one.item.shown) if content != "link" else None,
            n=one.item.n,
        )
        for one in standings
    ]
    touched = (max(parse(one.item.touched), parse(one.rule.define.at)) for one in standings)
    modified = max(touched, default=_EPOCH)
    part = part_of(article, content)
    body = safe_html(part)
    record = jsonfeed.content_of(part, body if content == "full" else None)
    urls = Urls(site.base_url)
    record["_newsweir"] = {
        "about": urls.article(article.id),
        "rev": article.archive.rev,
        "first_seen": article.archive.first_seen,
        "source": jsonfeed.origin_of(article),
        "topics": [
            {"slug": one.rule.slug, "title": one.rule.title, **jsonfeed.why(one.item.shown)}
            for one in standings
        ],
    }
    if gone:
        record["_newsweir"]["gone"] = gone
    body = html.shown_body(part, body)
    name = bare(article.id)
    return [
        File(f"articles/{name}.json", jsonfeed.indented(record), modified),
        File(
            f"articles/{name}/index.html",
            html.write_article(
                part,
                body,
                places,
                site,
                whole=content == "full",
                changes=changes_of(article, earlier, content),
                gone=gone,
            ),
            modified,
        ),
    ]


def article_paths(article: str) -> list[str]:
    """Return the paths that a published article's files have."""
    return [f"articles/{bare(article)}.json", f"articles/{bare(article)}/index.html"]
