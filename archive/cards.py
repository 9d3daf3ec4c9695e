"""What the ports hand in and out: a line, an article's facts, its names, where bytes lie."""

from dataclasses import dataclass

import msgspec

from archive.knowing.identity import is_own
from archive.record.article import Record


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a journal, durable.

    seq     its number in that journal, for ever, from 1
    place   where `Journal.at` finds it again
    body    one JSON object in UTF-8, without the journal's own `_store` member
    """

    seq: int
    place: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What the catalog says of one article: the facts of its newest revision.

    source      key of the source of revision 1, whose edits make revisions
    place       of the newest revision in the articles journal
    date        date_published, where known
    """

    id: str
    source: str
    rev: int
    seq: int
    first_seq: int
    place: str
    title: str
    title_key: str
    content_sha256: str
    words: int
    quality: str
    site: str | None
    url: str | None
    first_seen: str
    fetched: str
    date: str | None


class Named(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one source once called one article: an article line or an alias line said so.

    digest   of what was last read from the entry under this name
    """

    article: str
    source: str
    guid: str | None
    loose: str | None
    url_key: str | None
    fragment: str
    digest: str | None

    @property
    def is_nameless(self) -> bool:
        """Say whether the entry had neither a guid nor an address of its own."""
        return not self.guid and not is_own(self.url_key)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the catalog takes from one line of the articles journal, read once.

    name        what its source calls the article; None for a tombstone
    title_key   the title as compared; of an alias nothing
    names       keys by which the article of *name* is looked up, see archive.naming
    says        keys by which the line's own article is looked up for what it says
    """

    record: Record
    name: Named | None = None
    title_key: str = ""
    names: tuple[str, ...] = ()
    says: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobPlace:
    """Where the bytes of a digest lie.

    pack     the group of blobs they lie in; only the port can read the name
    offset   of their first byte in it, ascending in the order they were put
    size     how many bytes they take there
    """

    sha256: str
    pack: str
    offset: int
    size: int
