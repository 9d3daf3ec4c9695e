"""TopicFeed -> JSON Feed 1.1, with what we know beside it under `_newsweir`."""

import re
from typing import Any, Final

import msgspec

from archive import Article, Attachment, Author
from feeds.curate.reasons import Shown
from feeds.ingest.text.clean import clean
from feeds.publish.formats import entries
from feeds.publish.formats.beside import beside
from feeds.publish.text.iris import public, public_id
from feeds.publish.text.legible import decoded, legible, worded
from feeds.publish.text.urls import as_uri
from feeds.publish.text.wording import source_name
from feeds.publish.topic.assemble import FeedItem, TopicFeed
from feeds.publish.topic.remembered import Made
from feeds.times import rfc3339

MEDIA_TYPE = "application/feed+json"
NAME = "feed.json"
_UNKNOWN = "application/octet-stream"  # A type must be named (JSON Feed 1.1, attachments).
_TAG = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
ABOUT = "https://www.jsonfeed.org/version/1.1/"


def write_json(feed: TopicFeed) -> bytes:
    """Return the JSON Feed document."""
    ours: dict[str, Any] = {"id": feed.id, "updated": rfc3339(feed.updated)}
    if feed.number is not None:
        ours["archive"] = feed.number
    if feed.tombstones:
        ours["deleted"] = [{"id": stone.id, "when": rfc3339(stone.when)} for stone in feed.tombstones]
    earlier = feed.urls.feed(feed.slug, NAME, feed.earlier) if feed.earlier is not None else None
    icon = as_uri(feed.rule.keys.icon)
    document: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.urls.topic(feed.slug),
        "feed_url": feed.urls.feed(feed.slug, NAME),
        "description": feed.description,
        "authors": [{"name": feed.author}],
        **({"language": feed.language} if feed.language else {}),
        **({"icon": icon, "favicon": icon} if icon else {}),
        **({"next_url": earlier} if earlier else {}),
        "_newsweir": ours,
        "items": [_ITEMS.of(item) for item in feed.items],
    }
    return indented(document)


def indented(value: Any) -> bytes:
    """Return *value* as JSON a person can read, with a line feed at the end."""
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"


def _item(item: FeedItem) -> msgspec.Raw:
    """Return an item, written."""
    members = content_of(item.article, item.html)
    if "authors" not in members:  # Else the topic's would be taken for the item's (JSON Feed 1.1).
        members["authors"] = [_by_source(item.article)]
    members |= {"id": item.id, "url": item.link, "date_published": rfc3339(item.published)}
    members["_newsweir"] = {
        "page": item.page,
        "rev": item.article.archive.rev,
        "n": item.n,
        "cut": rfc3339(item.at),
        "updated": rfc3339(item.updated),
        "source": origin_of(item.article),
        **why(item.shown),
    }
    return msgspec.Raw(msgspec.json.encode(members))


_ITEMS: Final = Made(_item)


def content_of(article: Article, html: str | None) -> dict[str, Any]:
    """Return an article's own members, as JSON Feed 1.1 names them."""
    members: dict[str, Any] = {
        "id": article.id,
        "url": as_uri(article.url),
        "external_url": as_uri(article.external_url),
        "title": _words(entries.visible(article.title)),
        "content_html": decoded(html).strip() if html else None,
        "content_text": _words(article.content_text),
        "summary": _words(article.summary) if article.summary != article.content_text else None,
        "image": as_uri(article.image),
        "banner_image": beside(article).banner,
        "date_published": article.date_published,
        "date_modified": article.date_modified,
        "authors": [who for author in article.authors if (who := _author(author))],
        "tags": list(dict.fromkeys(tag for one in article.tags if (tag := worded(one)))),
        "language": article.language if _TAG.fullmatch(article.language or "") else None,
        "attachments": [found for one in article.attachments if (found := _attachment(one))],
    }
    # content_html or content_text must be there, be they ever so empty.
    return {name: value or "" for name, value in members.items() if value or name == "content_text"}


def origin_of(article: Article) -> dict[str, str]:
    """Return where an article was taken from, and the source's own copyright line."""
    source = article.archive.source
    found = {
        "id": public_id(source.feed_id),
        "title": source_name(article),
        "url": as_uri(source.feed_link),
        "feed_url": public(source.feed_url),
        "rights": entries.rights_of(article),
    }
    return {name: clean(value) for name, value in found.items() if value}


def why(shown: Shown) -> dict[str, Any]:
    """Return what was shown about why an item is there."""
    reasons: dict[str, Any] = msgspec.to_builtins(shown)
    return {"why": reasons} if reasons else {}


def _words(text: str | None) -> str | None:
    """Return a text as it was meant; None where nothing is left to be seen."""
    found = legible(clean(text)) if text else ""
    return found if found.strip() else None


def _by_source(article: Article) -> dict[str, str]:
    link = as_uri(article.archive.source.feed_link)
    return {"name": source_name(article), **({"url": link} if link else {})}


def _author(author: Author) -> dict[str, str]:
    found = {"name": worded(author.name), "url": as_uri(author.url), "avatar": as_uri(author.avatar)}
    return {name: value for name, value in found.items() if value}


def _attachment(one: Attachment) -> dict[str, Any] | None:
    url = as_uri(one.url)
    if url is None:
        return None
    title, seconds = worded(one.title), one.duration_in_seconds
    members = {"url": url, "mime_type": entries.media_type(one.mime_type) or _UNKNOWN, "title": title}
    figures = {
        "size_in_bytes": entries.size_in_bytes(one.size_in_bytes),
        "duration_in_seconds": seconds
        if seconds is not None and 0 < seconds < entries.LONGEST_PLAY
        else None,
    }
    return {name: value for name, value in {**members, **figures}.items() if value is not None}
