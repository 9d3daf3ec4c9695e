"""What the vocabularies carry: links, people, files, places, threads. Values, ready to be written."""

from datetime import datetime

import msgspec


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """One link of an entry (RFC 4287, section 4.2.7; `count` by RFC 4685)."""

    href: str
    rel: str
    type: str | None = None
    hreflang: str | None = None
    length: int | None = None
    title: str | None = None
    count: int | None = None


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file that belongs to an entry.

    type      None where none is known, or one as vague as `audio/*`
    size      in bytes, None where it is not known
    seconds   how long it plays
    """

    url: str
    type: str | None = None
    size: int | None = None
    seconds: float | None = None
    title: str | None = None


class Person(msgspec.Struct, frozen=True):
    """An author or contributor (RFC 4287, section 3.2); an e-mail address never leaves."""

    name: str
    uri: str | None = None


class Category(msgspec.Struct, frozen=True):
    """A tag, with the address of the scheme it is from where the source names one."""

    term: str
    scheme: str | None = None


class SourceFeed(msgspec.Struct, frozen=True, kw_only=True):
    """The feed an entry was taken from (RFC 4287, section 4.2.11).

    author   the source itself, where the entry names nobody (section 4.1.2)
    """

    id: str
    title: str
    updated: datetime
    link: str | None = None
    self_link: str | None = None
    rights: str | None = None
    language: str | None = None
    author: str | None = None


class Credit(msgspec.Struct, frozen=True):
    """Who took a part in a picture, a sound or a film (Media RSS)."""

    name: str
    role: str | None = None


class Thread(msgspec.Struct, frozen=True, kw_only=True):
    """To what an entry answers, and what answers to it (RFC 4685; RSS's `comments`, slash and wfw).

    ref, href   id and address of what it answers to
    page        where the comments are read, `feed` where they are followed (of media type `kind`); `count` of them
    """

    ref: str | None = None
    href: str | None = None
    page: str | None = None
    feed: str | None = None
    kind: str | None = None
    count: int | None = None


class Place(msgspec.Struct, frozen=True):
    """Where it was (GeoRSS Simple): `shape` is point, line or polygon; latitude before longitude."""

    shape: str
    numbers: tuple[str, ...]


class Episode(msgspec.Struct, frozen=True, kw_only=True):
    """What a podcast says of an episode; every text is short and plain."""

    seconds: float | None = None
    image: str | None = None
    author: str | None = None
    subtitle: str | None = None
    explicit: bool | None = None
    number: int | None = None
    season: int | None = None
    kind: str | None = None
