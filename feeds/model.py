"""The values that travel the way of an article. Frozen; nothing is changed on its way."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NewType

import msgspec

from archive import Attachment, Author, Element, Kept
from feeds.errors import FetchError

SafeHtml = NewType("SafeHtml", str)
"""HTML that may be shown. Only feeds.ingest.text.sanitize makes one."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What a source's last answer left to remember (RFC 9110, section 13.1).

    Both exactly as received, quotes and all; they are sent back unchanged.
    """

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What one GET brought back.

    url             where the redirects ended
    body            decoded from its Content-Encoding, at most fetch.max_bytes
    content_type    the header as received, "" where there was none
    truncated       the body was longer and was cut, or it `broke` off
    redirects       addresses passed through, the first asked for first
    moved           each of these said that what stands there has moved for good (301, 308)
    encoding        what the owner says it is in, whatever it says itself
    reserved        what it says for machines of what is not allowed (see feeds.ingest.reserved)
    """

    url: str
    status: int
    body: bytes
    content_type: str = ""
    content_language: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    truncated: bool = False
    broke: bool = False
    redirects: tuple[str, ...] = ()
    moved: bool = False
    encoding: str | None = None
    reserved: tuple[str, ...] = ()


READER = "2"
"""Raised where the same bytes are read otherwise than before: what was read so far is then read again."""


@dataclass(frozen=True, slots=True)
class Known:
    """What of a document needs not be read again.

    frame   digest of what stood about its entries
    marks   digests of the entries' own bytes
    """

    frame: bytes
    marks: frozenset[bytes] = frozenset()


@dataclass(frozen=True, slots=True)
class NotModified:
    """The source has nothing new (304)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """What a feed says of itself."""

    id: str | None = None
    url: str | None = None
    title: str | None = None
    link: str | None = None
    updated: str | None = None
    language: str | None = None
    rights: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of a feed, or one local file, as it stands there.

    guid          as received; None where the feed gives none
    title         plain text
    html, text    the body: one of them, or neither; html is not sanitised yet
    summary       a shorter text beside the body, plain
    complete      the feed marks the body as the whole text (content:encoded,
                  atom:content), not as a description
    beside        what it says beside all this, packed: see `extensions`
    extensions_cut   elements of that which were too much to keep
    raw           the entry's own bytes; raw_type says what they are
    base          from where relative addresses in the body are counted
    counted_from  likewise of its own addresses: `xml:base`, else the document's; XML only
    """

    guid: str | None = None
    guid_is_permalink: bool | None = None
    link: str | None = None
    external_link: str | None = None
    title: str | None = None
    html: str | None = None
    text: str | None = None
    summary: str | None = None
    complete: bool = False
    published: datetime | None = None
    published_raw: str | None = None
    updated: datetime | None = None
    date_source: str = "feed"
    authors: tuple[Author, ...] = ()
    tags: tuple[str, ...] = ()
    tags_scheme: dict[str, str] = field(default_factory=dict)
    language: str | None = None
    image: str | None = None
    attachments: tuple[Attachment, ...] = ()
    beside: bytes = b""
    extensions_cut: int = 0
    raw: bytes = b""
    raw_type: str = "application/xml"
    base: str | None = None
    counted_from: str | None = None

    @property
    def extensions(self) -> tuple[Element, ...]:
        """What it says beside all this, as elements; these take thirty times the room of their text."""
        return _elements(self.beside) if self.beside else ()


_elements = msgspec.json.Decoder(tuple[Element, ...]).decode


def packed(elements: tuple[Element, ...]) -> bytes:
    """Return elements as an entry has them."""
    return msgspec.json.encode(elements) if elements else b""


MOST_ENTRIES = 25_000
"""Entries of one document that are read; of a longer one that is said."""
LARGE = 2**20
"""Bytes of a document from which it is read entry by entry, not as a whole."""


@dataclass(frozen=True, slots=True)
class Deleted:
    """A feed's word that an entry of its own is no more.

    when   as the feed says, where that can be read
    """

    guid: str
    when: datetime | None


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed feed.

    channel       what it says of itself; but for its address nothing where no entry had to be read
    entries       in the order of the document
    repaired      what the parser had to overlook, or None
    passed_over   entries that could not be read, a sentence each
    kind          the format in words, as `RSS 2.0`
    deleted       entries that it says are no more (RFC 6721)
    earlier       address of the document before it (RFC 5005, JSON Feed's next_url); as for the channel
    encoding      what it is in; `encoding_source`: how that was found out (see feeds.ingest.text.encodings)
    way           `delta` where only new entries were read, else why all were
    frame         digest of what stands about the entries, where they can be known again by their bytes
    marks         then: digests of the entries' bytes, beside `entries`
    skipped       marks of entries that were known, and not read again; `places` are theirs among all
    """

    channel: Channel
    entries: tuple[Entry, ...]
    repaired: str | None = None
    passed_over: tuple[str, ...] = ()
    kind: str = "feed"
    deleted: tuple[Deleted, ...] = ()
    earlier: str | None = None
    encoding: str = "utf-8"
    encoding_source: str = "ascii"
    way: str = "new"
    frame: bytes | None = None
    marks: tuple[bytes, ...] = ()
    skipped: tuple[bytes, ...] = ()
    places: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What an article's own page gave.

    html        the body as the extractor left it, not sanitised yet
    walled      only the article's beginning is there
    cut         a page on which the article goes on could not be had
    following   where the article goes on, on a page of its own
    twin_of     the page is an AMP or print edition of the one there
    reserved    what it says for machines of what is not allowed
    """

    url: str
    title: str | None = None
    html: str | None = None
    summary: str | None = None
    published: datetime | None = None
    published_raw: str | None = None
    date_source: str = "none"
    authors: tuple[Author, ...] = ()
    tags: tuple[str, ...] = ()
    language: str | None = None
    image: str | None = None
    canonical_url: str | None = None
    walled: bool = False
    cut: bool = False
    following: str | None = None
    twin_of: str | None = None
    reserved: tuple[str, ...] = ()


PUT_OFF = "put off"
"""The status of a poll that kept others waiting: nothing came of it, and it is asked again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one poll came to.

    status    new, same (200, nothing new), unchanged (304), failed, put off
    kept      what became of each entry that was new or changed
    seen      marks of what the document held; None leaves them as they are
    shown     by what its entries are known again without being read; None likewise
    answer    of the server, whose validators are to be remembered
    feed      address at which the feed of a page was found
    notes     what the owner should know beside it, a sentence each
    waiting   files that were being written to
    left      entries that were not come to, and are not kept yet
    later     entries whose last text is not kept yet: they change too often, or their page was not to be had
    earlier   address of the document before this one
    met       an older one, in which something is that was known before it was walked to
    broke     when a document came that broke off
    missed    by what entries are asked for again whose page was not to be had; they are among `seen`
    """

    status: str
    kept: tuple[Kept, ...] = ()
    seen: frozenset[bytes] | None = None
    shown: bytes | None = None
    answer: Fetched | None = None
    feed: str | None = None
    error: FetchError | None = None
    notes: tuple[str, ...] = ()
    waiting: int = 0
    left: int = 0
    later: int = 0
    earlier: str | None = None
    met: bool = False
    broke: str | None = None
    missed: frozenset[bytes] = frozenset()

    @property
    def news(self) -> int:
        """New articles and revisions."""
        return sum(one.status in {"new", "revised"} for one in self.kept)


def too_many(count: int) -> tuple[str, ...]:
    """Return the sentence that a document has more entries than are read, if it has."""
    if count <= MOST_ENTRIES:
        return ()
    return (f"has {count} entries, of which the first {MOST_ENTRIES} were read",)
