"""TopicFeed and FeedItem -> what RSS and Atom both say of it, ready for feedgen."""

import re
import unicodedata
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Final

from archive import Article, Attachment, Author
from feeds.ingest.text.clean import clean, line
from feeds.publish.formats.beside import Beside, beside
from feeds.publish.formats.generator.values import Category, File, Link, Person, SourceFeed
from feeds.publish.text.direction import balanced
from feeds.publish.text.iris import feed_id, public, public_id
from feeds.publish.text.languages import known
from feeds.publish.text.legible import bare_name, decoded, legible, worded
from feeds.publish.text.urls import as_uri
from feeds.publish.text.wording import source_name, without_scheme
from feeds.publish.topic.assemble import FeedItem, TopicFeed
from feeds.publish.topic.remembered import Made
from feeds.publish.topic.rights import excerpt
from feeds.times import parse

_UNSEEN = frozenset(("Cc", "Cf", "Zs", "Zl", "Zp"))
FIRST_DATE: Final = datetime(1990, 1, 1, tzinfo=UTC)
"""What is dated earlier is taken for the fault of a clock by readers and validators of feeds."""
_AHEAD: Final = timedelta(days=1)
_ENCLOSED = re.compile(r"https?://(?:[A-Za-z0-9-]+\.)+[A-Za-z0-9-]+(?::\d+)?(?:/.*)?")
UNTITLED: Final = "Untitled"
LONGEST_PLAY: Final = 10**9
"""Seconds; what is said to play longer does not."""
_PLAYED: Final = frozenset(("m4a", "mp3", "mov", "mp4", "m4v", "pdf", "epub"))
"""Endings of addresses at which players of podcasts find what they can play."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What an item says, in words and addresses that any feed can carry.

    html       its text, None where the topic gives none or there is none
    summary    the source's own, or (without *html*) the beginning of its text
    lead       what stands where something must: the summary, the beginning of the text, or from whom it is
    dated      when it was published, None for a date before feeds have any
    available  such a date
    """

    title: str
    html: str | None
    summary: str | None
    lead: str
    dated: datetime | None
    available: datetime | None
    authors: tuple[Person, ...]
    language: str | None
    rights: str | None
    picture: str | None
    categories: tuple[Category, ...]
    files: tuple[File, ...]
    source: SourceFeed | None
    beside: Beside


def _said(item: FeedItem) -> Said:
    article, words = item.article, beside(item.article)
    if item.html is None:  # Words of other elements are text, too.
        words = replace(
            words, description=None, episode=words.episode and replace(words.episode, subtitle=None)
        )
    authors = people(article.authors)
    lead = legible(summary_of(article)).strip()
    return Said(
        title=worded(title_of(article)) or UNTITLED,
        html=decoded(item.html).strip() or None if item.html else None,
        summary=lead or None if article.summary or not item.html else None,
        lead=lead or f"From {source_name(article)}.",
        dated=item.published if item.published >= FIRST_DATE else None,
        available=item.published if item.published < FIRST_DATE else None,
        authors=authors,
        language=language_of(article),
        rights=words.rights or rights_of(article),
        picture=picture_of(article),
        categories=categories_of(article),
        files=files_of(article),
        source=source_of(article, named=bool(authors)),
        beside=words,
    )


_SAID: Final = Made(_said)


def said(item: FeedItem) -> Said:
    """Return what an item says; thought out once for all formats."""
    return _SAID.of(item)


def title_of(article: Article) -> str:
    """Return a title in which there is something to see: the article's, or the beginning of its text."""
    return (
        visible(article.title)
        or visible(excerpt(article.content_text, 80))
        or visible(article.url)
        or UNTITLED
    )


def visible(text: str | None) -> str | None:
    """Return *text* cleaned, or None where nothing of it would be seen (a space of no width)."""
    cleaned = balanced(line(text) or "").strip()
    return cleaned if any(unicodedata.category(char) not in _UNSEEN for char in cleaned) else None


def summary_of(article: Article) -> str:
    """Return a short text: the article's summary, or the beginning of its text."""
    return line(article.summary) or excerpt(clean(article.content_text))


def names_of(article: Article) -> list[str]:
    """Return the authors' names."""
    return [name for author in article.authors if (name := line(author.name))]


def people(authors: tuple[Author, ...]) -> tuple[Person, ...]:
    """Return the authors, each with a name: of one who has none, where he is found."""
    found: dict[Person, None] = {}
    for author in authors:
        uri = as_uri(author.url)
        name = bare_name(author.name) or (without_scheme(uri) if uri else None)
        if name:
            found[Person(name, uri)] = None
    return tuple(found)


def language_of(article: Article) -> str | None:
    """Return the article's language, if it is a tag that readers know (BCP 47)."""
    return article.language if known(article.language) else None


def rights_of(article: Article) -> str | None:
    """Return the source's own copyright line."""
    rights = article.archive.source.feed_rights
    if not rights:
        return None
    return worded(unescape(re.sub(r"<[^<>]*>", " ", rights)))


def picture_of(article: Article) -> str | None:
    """Return the address of its picture."""
    return as_uri(article.image)


def categories_of(article: Article) -> tuple[Category, ...]:
    """Return its tags, with their schemes where the source named any."""
    schemes = article.archive.tags_scheme
    found: dict[Category, None] = {}
    for tag in article.tags:
        if term := worded(tag):
            found[Category(term, as_uri(schemes.get(tag)) if schemes else None)] = None
    return tuple(found)


def files_of(article: Article) -> tuple[File, ...]:
    """Return its attachments, those that can be named, each once."""
    found: dict[str, File] = {}
    for one in article.attachments:
        url = as_uri(one.url)
        if url is not None and url not in found:
            found[url] = _file(one, url)
    return tuple(found.values())


def _file(one: Attachment, url: str) -> File:
    seconds = one.duration_in_seconds
    return File(
        url=url,
        type=media_type(one.mime_type),
        size=size_in_bytes(one.size_in_bytes),
        seconds=seconds if seconds is not None and 0 < seconds < LONGEST_PLAY else None,
        title=worded(one.title),
    )


def enclosed(said: Said) -> File | None:
    """Return the one file that RSS has an element for: the first whose type and place it can say."""
    return next((one for one in said.files if one.type and _ENCLOSED.fullmatch(one.url)), None)


def is_played(file: File | None) -> bool:
    """Say whether players of podcasts know what to do with a file."""
    return (
        file is not None
        and (file.type or "").startswith(("audio/", "video/"))
        and file.url.rpartition(".")[2] in _PLAYED
    )


def media_type(text: str | None) -> str | None:
    """Return a media type without its parameters (RFC 2045), or None for what is none."""
    kind = (text or "").partition(";")[0].strip()
    return kind if re.fullmatch(r"[A-Za-z0-9_.+-]+/[A-Za-z0-9_.+-]+", kind) else None


def size_in_bytes(size: int | None) -> int | None:
    """Return a size that a reader can hold (63 bits), or None."""
    return size if size is not None and 0 <= size < 2**63 else None


def source_of(article: Article, *, named: bool = True) -> SourceFeed | None:
    """Return the feed the article was taken from; None for what came from no feed.

    `updated` is the source feed's own at that revision, else when we fetched it.

    named   the article names its author: else its source is that
    """
    source = article.archive.source
    address = public(source.feed_url)
    if address is None:
        return None
    title = source_name(article)
    return SourceFeed(
        id=feed_id(public_id(source.feed_id) or "")
        or feed_id(address)
        or uuid.uuid5(uuid.NAMESPACE_URL, address).urn,
        title=title,
        updated=_updated(source.feed_updated, parse(article.archive.fetched)),
        link=as_uri(source.feed_link),
        self_link=address,
        rights=rights_of(article),
        language=source.feed_language if known(source.feed_language) else None,
        author=None if named else bare_name(title) or title,
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


def _updated(stated: str | None, fetched: datetime) -> datetime:
    """Return when the source feed was changed, as far as that is to be believed."""
    moment = parse(stated) if stated else fetched
    return moment if FIRST_DATE <= moment <= fetched + _AHEAD else fetched


def links_of(item: FeedItem, said: Said) -> list[Link]:
    """Return an Atom entry's links: where it leads, where it came from, our own page, its files, and the source's."""
    links = [Link(href=item.link, rel="alternate", type="text/html")]
    external = as_uri(item.article.external_url)
    if external is not None:
        links.append(Link(href=external, rel="related"))
    if item.via is not None:
        links += [Link(href=item.via, rel="via"), Link(href=item.page, rel="related", type="text/html")]
    links += [
        Link(href=file.url, rel="enclosure", type=file.type, length=file.size, title=_plain(file.title))
        for file in said.files
    ]
    thread = said.beside.thread
    if thread is not None and thread.page is not None:
        links.append(Link(href=thread.page, rel="replies", type="text/html"))
    if thread is not None and thread.feed is not None:
        links.append(Link(href=thread.feed, rel="replies", type=thread.kind))
    return [*links, *(one for one in said.beside.links if one.href != external)]


def _plain(title: str | None) -> str | None:
    """Return a title that may stand in an attribute: there nothing says that it is no markup."""
    return title if title and not re.search(r"&#?\w|</", title) else None
