"""What feedgen's own elements lack: typed links, people, tags, the source feed, dates as they are."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from lxml import etree

from feeds.publish.formats.generator.values import Category, File, Link, Person, SourceFeed
from feeds.publish.formats.generator.words import add_plain, add_text, put_plain, put_text
from feeds.times import rfc3339, rfc5322

_XML_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"


class FeedExtension(BaseExtension):  # type: ignore[misc]  # feedgen has no types
    """What feedgen's feeds lack: dates as they are, titles that nobody takes for markup."""

    def __init__(self) -> None:
        self.updated: datetime | None = None

    def extend_atom(self, feed: Any) -> Any:
        """Write the feed's own date to the millisecond."""
        for name in ("title", "subtitle"):
            _again(feed.find(name), put_text)
        for name in feed.iterfind("author/name"):
            _again(name, put_plain)
        if self.updated is not None:
            feed.find("updated").text = rfc3339(self.updated)
        return feed

    def extend_rss(self, feed: Any) -> Any:
        """Write title and description so that what they say is no markup."""
        for name in ("channel/title", "channel/description", "channel/image/title"):
            _again(feed.find(name), put_plain)
        return feed


class EntryExtension(BaseEntryExtension):  # type: ignore[misc]
    """What feedgen's entries lack.

    published   None: nothing is said of it in Atom
    link        where an RSS item leads
    enclosure   the one file that RSS has a place for
    """

    def __init__(self) -> None:
        self.link: str | None = None
        self.links: Sequence[Link] = ()
        self.authors: Sequence[Person] = ()
        self.contributors: Sequence[Person] = ()
        self.categories: Sequence[Category] = ()
        self.source: SourceFeed | None = None
        self.language: str | None = None
        self.rights: str | None = None
        self.summary: str | None = None
        self.enclosure: File | None = None
        self.published: datetime | None = None
        self.updated: datetime | None = None

    def extend_atom(self, entry: Any) -> Any:
        """Write people, links, tags, texts, dates and source."""
        if entry[-1].tag == "link":  # The one that feedgen asks for where there is no content.
            entry.remove(entry[-1])
        _again(entry[1], put_text)
        if self.language is not None:
            entry.set(_XML_LANG, self.language)
        self._dates(entry)
        self._about(entry)
        for name, text in (("summary", self.summary), ("rights", self.rights)):
            if text is not None:
                add_text(entry, name, text)
        if self.source is not None:
            _source(entry, self.source)
        return entry

    def _dates(self, entry: Any) -> None:
        if self.updated is not None:
            entry[2].text = rfc3339(self.updated)
        if self.published is not None:
            etree.SubElement(entry, "published").text = rfc3339(self.published)

    def _about(self, entry: Any) -> None:
        for person in self.authors:
            _person(entry, "author", person)
        for person in self.contributors:
            _person(entry, "contributor", person)
        for link in self.links:
            _link(entry, link)
        for category in self.categories:
            scheme = {"scheme": category.scheme} if category.scheme else {}
            etree.SubElement(entry, "category", {"term": category.term} | scheme)

    def extend_rss(self, item: Any) -> Any:
        """Write tags, file, date and source."""
        _again(item[0], put_plain)
        if self.link is not None:
            etree.SubElement(item, "link").text = self.link
        for category in self.categories:
            domain = {"domain": category.scheme} if category.scheme else {}
            add_plain(item, "category", category.term, **domain)
        if self.enclosure is not None:
            file = self.enclosure
            etree.SubElement(
                item, "enclosure", url=file.url, length=str(file.size or 0), type=file.type or ""
            )
        if self.published is not None:
            etree.SubElement(item, "pubDate").text = rfc5322(self.published)
        if self.source is not None and self.source.self_link is not None:
            add_plain(item, "source", self.source.title, url=self.source.self_link)
        return item


def _again(element: Any, put: Any) -> None:
    """Put an element's text anew, where there is anything in it that could be taken for markup."""
    if element is not None and (text := element.text) and ("&" in text or "<" in text):
        element.text = None
        put(element, text)


def _person(entry: Any, role: str, person: Person) -> None:
    element = etree.SubElement(entry, role)
    add_plain(element, "name", person.name)
    if person.uri is not None:
        etree.SubElement(element, "uri").text = person.uri


def _link(entry: Any, link: Link) -> None:
    given = {"href": link.href, "rel": link.rel}  # In one go: each attribute more is a call to the parser.
    if link.type is not None:
        given["type"] = link.type
    if link.hreflang is not None:
        given["hreflang"] = link.hreflang
    if link.title is not None:
        given["title"] = link.title
    if link.length is not None:
        given["length"] = str(link.length)
    etree.SubElement(entry, "link", given)


def _source(entry: Any, source: SourceFeed) -> None:
    element = etree.SubElement(entry, "source")
    if source.language is not None:
        element.set(_XML_LANG, source.language)
    etree.SubElement(element, "id").text = source.id
    add_text(element, "title", source.title)
    etree.SubElement(element, "updated").text = rfc3339(source.updated)
    if source.author is not None:
        _person(element, "author", Person(source.author))
    if source.link is not None:
        etree.SubElement(element, "link", href=source.link, rel="alternate")
    if source.self_link is not None:
        etree.SubElement(element, "link", href=source.self_link, rel="self")
    if source.rights is not None:
        add_text(element, "rights", source.rights)
