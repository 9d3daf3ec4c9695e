"""feedgen, wrapped once: what it leaves wrong is mended here, by its own extension classes.

feedgen 1.0.0 writes an entry's links without rel, type and length, so that an
enclosure becomes a second alternate link; knows only title and link of
atom:source; drops authors without an e-mail address from RSS; keeps one
enclosure; takes the last link set for the channel's; and dates with now what is
not dated. Every element still leaves through feedgen or an extension of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from feeds.times import rfc3339

ATOM = "http://www.w3.org/2005/Atom"
DELETED = "http://purl.org/atompub/tombstones/1.0"
DC = "http://purl.org/dc/elements/1.1/"
MEDIA = "http://search.yahoo.com/mrss/"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One link of an entry (RFC 4287, section 4.2.7)."""

    href: str
    rel: str
    type: str | None = None
    length: int | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFeed:
    """The feed an entry was taken from (RFC 4287, section 4.2.11)."""

    id: str
    title: str
    updated: datetime
    link: str | None = None
    self_link: str | None = None
    rights: str | None = None


class FeedExtension(BaseExtension):  # type: ignore[misc]  # feedgen has no types
    """What feedgen's feeds lack: tombstones, dates as they are, the namespaces of the entries."""

    def __init__(self) -> None:
        self.tombstones: Sequence[tuple[str, datetime]] = ()
        self.updated: datetime | None = None

    def extend_ns(self) -> dict[str, str]:
        """Declare what the entries use, and tombstones only where there are any."""
        namespaces = {"dc": DC, "media": MEDIA}
        return {**namespaces, "at": DELETED} if self.tombstones else namespaces

    def extend_atom(self, feed: Any) -> Any:
        """Write the feed's own date to the millisecond, and a tombstone for each item taken back."""
        if self.updated is not None:
            feed.find("updated").text = rfc3339(self.updated)
        for ref, when in self.tombstones:
            etree.SubElement(feed, f"{{{DELETED}}}deleted-entry", ref=ref, when=rfc3339(when))
        return feed


class EntryExtension(BaseEntryExtension):  # type: ignore[misc]
    """What feedgen's entries lack: typed links, the source feed, creators, language, media."""

    def __init__(self) -> None:
        self.links: Sequence[Link] = ()
        self.source: SourceFeed | None = None
        self.creators: Sequence[str] = ()
        self.language: str | None = None
        self.rights: str | None = None
        self.thumbnail: str | None = None
        self.media: Sequence[Link] = ()
        self.published: datetime | None = None
        self.updated: datetime | None = None

    def extend_atom(self, entry: Any) -> Any:
        """Write links and source anew, dates as they are, language and picture."""
        for element in [*entry.findall("link"), *entry.findall("source")]:
            entry.remove(element)
        for link in self.links:
            _link(entry, link)
        if self.source is not None:
            _source(entry, self.source)
        for name, moment in (("published", self.published), ("updated", self.updated)):
            element = entry.find(name)
            if element is not None and moment is not None:
                element.text = rfc3339(moment)
        if self.language is not None:
            entry.set(_XML_LANG, self.language)
        self._thumbnail(entry)
        return entry

    def extend_rss(self, item: Any) -> Any:
        """Write creators without an e-mail address, language, rights, picture, further files."""
        for creator in self.creators:
            etree.SubElement(item, f"{{{DC}}}creator").text = creator
        if self.language is not None:
            etree.SubElement(item, f"{{{DC}}}language").text = self.language
        if self.rights is not None:
            etree.SubElement(item, f"{{{DC}}}rights").text = self.rights
        self._thumbnail(item)
        for link in self.media:
            element = etree.SubElement(item, f"{{{MEDIA}}}content", url=link.href)
            if link.type and "*" not in link.type:
                element.set("type", link.type)
            if link.length is not None:
                element.set("fileSize", str(link.length))
        return item

    def _thumbnail(self, element: Any) -> None:
        if self.thumbnail is not None:
            etree.SubElement(element, f"{{{MEDIA}}}thumbnail", url=self.thumbnail)


def _link(entry: Any, link: Link) -> None:
    element = etree.SubElement(entry, "link", href=link.href, rel=link.rel)
    if link.type and "*" not in link.type:
        element.set("type", link.type)
    if link.title is not None:
        element.set("title", link.title)
    if link.length is not None:
        element.set("length", str(link.length))


def _source(entry: Any, source: SourceFeed) -> None:
    element = etree.SubElement(entry, "source")
    etree.SubElement(element, "id").text = source.id
    etree.SubElement(element, "title").text = source.title
    etree.SubElement(element, "updated").text = rfc3339(source.updated)
    if source.link is not None:
        etree.SubElement(element, "link", href=source.link, rel="alternate")
    if source.self_link is not None:
        etree.SubElement(element, "link", href=source.self_link, rel="self")
    if source.rights is not None:
        etree.SubElement(element, "rights").text = source.rights


def new_feed() -> FeedGenerator:
    """Return a feedgen feed with our extension loaded as `newsweir`."""
    feed = FeedGenerator()
    feed.register_extension("newsweir", FeedExtension, EntryExtension)
    return feed


def new_entry(feed: FeedGenerator) -> FeedEntry:
    """Return a new entry of *feed*, behind those before it, with our extension loaded."""
    return feed.add_entry(order="append")
