"""TopicFeed and FeedItem -> what RSS and Atom both say of it, ready for feedgen."""

import re
import unicodedata
from typing import Any

from archive import Article
from feeds.ingest.clean import clean
from feeds.publish.assemble import FeedItem, TopicFeed
from feeds.publish.generator import Link, SourceFeed
from feeds.publish.rights import excerpt
from feeds.publish.urls import as_uri
from feeds.publish.wording import source_name
from feeds.times import parse

_UNSEEN = frozenset(("Cc", "Cf", "Zs", "Zl", "Zp"))


def title_of(article: Article) -> str:
    """Return a title in which there is something to see: the article's, or the beginning of its text."""
    candidates = (article.title, excerpt(article.content_text, 80), article.url)
    return next((text for one in candidates if (text := visible(one))), "Untitled")


def visible(text: str | None) -> str | None:
    """Return *text* cleaned, or None where nothing of it would be seen (a space of no width)."""
    cleaned = clean(text or "")
    return cleaned if any(unicodedata.category(char) not in _UNSEEN for char in cleaned) else None


def summary_of(article: Article) -> str:
    """Return a short text: the article's summary, or the beginning of its text."""
    return clean(article.summary or excerpt(article.content_text))


def names_of(article: Article) -> list[str]:
    """Return the authors' names."""
    return [clean(author.name) for author in article.authors if author.name]


def language_of(article: Article) -> str | None:
    """Return the article's language, if it is a tag that outputs may carry (BCP 47)."""
    tag = article.language
    return tag if tag and re.fullmatch(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*", tag) else None


def rights_of(article: Article) -> str | None:
    """Return the source's own copyright line."""
    rights = article.archive.source.feed_rights
    return clean(rights) if rights else None


def picture_of(article: Article) -> str | None:
    """Return the address of its picture."""
    return as_uri(article.image)


def categories_of(article: Article) -> list[dict[str, Any]]:
    """Return its tags, with their schemes where the source named any."""
    schemes = article.archive.tags_scheme
    found: list[dict[str, Any]] = []
    for tag in article.tags:
        category = {"term": clean(tag)}
        if scheme := as_uri(schemes.get(tag)):
            category["scheme"] = scheme
        if category["term"]:
            found.append(category)
    return found


def files_of(article: Article) -> list[Link]:
    """Return its attachments as enclosure links, those that can be named."""
    found: list[Link] = []
    for one in article.attachments:
        href = as_uri(one.url)
        if href is not None:
            title = clean(one.title) if one.title else None
            kind, length = media_type(one.mime_type), size_in_bytes(one.size_in_bytes)
            found.append(Link(href=href, rel="enclosure", type=kind, length=length, title=title))
    return found


def media_type(text: str | None) -> str | None:
    """Return a media type without its parameters (RFC 2045), or None for what is none."""
    kind = (text or "").partition(";")[0].strip()
    return kind if re.fullmatch(r"[A-Za-z0-9_.+-]+/[A-Za-z0-9_.+-]+", kind) else None


def size_in_bytes(size: int | None) -> int | None:
    """Return a size that a reader can hold (63 bits), or None."""
    return size if size is not None and 0 <= size < 2**63 else None


def feed_id(text: str) -> str | None:
    """Return a source feed's id as it came, if it is an IRI (RFC 3987); else what address it holds."""
    return (
        text
        if re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s\x00-\x20<>\"{}|\\^`\x7f-\x9f]+", text)
        else as_uri(text)
    )


def source_of(article: Article) -> SourceFeed | None:
    """Return the feed the article was taken from; None for what came from no feed.

    `updated` is the source feed's own at that revision, else when we fetched it.
    """
    source = article.archive.source
    if source.feed_url is None:
        return None
    return SourceFeed(
        id=feed_id(source.feed_id or "") or feed_id(source.feed_url) or source.feed_url,
        title=source_name(article),
        updated=parse(source.feed_updated or article.archive.fetched),
        link=as_uri(source.feed_link),
        self_link=as_uri(source.feed_url),
        rights=rights_of(article),
    )


def history_of(feed: TopicFeed, name: str, kind: str) -> list[Link]:
    """Return the links by which readers walk back (RFC 5005): none where the topic has no archived documents yet."""
    if feed.number is None and feed.earlier is None:
        return []
    links = [Link(href=feed.urls.feed(feed.slug, name), rel="current", type=kind)]
    if feed.earlier is not None:
        earlier = feed.urls.feed(feed.slug, name, feed.earlier)
        links.append(Link(href=earlier, rel="prev-archive", type=kind))
    return links


def links_of(item: FeedItem) -> list[Link]:
    """Return an Atom entry's links: where it leads, where it came from, our own page, its files."""
    links = [Link(href=item.link, rel="alternate", type="text/html")]
    if item.via is not None:
        links += [Link(href=item.via, rel="via"), Link(href=item.page, rel="related", type="text/html")]
    return links + files_of(item.article)
