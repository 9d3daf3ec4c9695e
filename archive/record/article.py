"""The record of an article: a JSON Feed 1.1 item and, under `_archive`, where it came from.

Times are RFC 3339 in UTC (`2026-11-22T09:41:00Z`), sizes are bytes, digests are
lower-case hex. A member that is absent is unknown: never null, never "".
"""

import hashlib
import unicodedata
from typing import Final, Literal

import msgspec

from archive.errors import Unkeepable
from archive.record.element import Element
from archive.record.provenance import Extract, Gone, Http, Quality, Raw, Rights, Source, Value

Status = Literal["new", "revised", "same", "alias", "later", "erased"]

QUALITIES: Final[tuple[Quality, ...]] = ("empty", "teaser", "partial", "full")
RECORD_VERSION: Final = 1


class Author(Value, frozen=True, kw_only=True):
    """Who wrote it (JSON Feed 1.1, `authors`)."""

    name: str | None = None
    url: str | None = None
    avatar: str | None = None


class Attachment(Value, frozen=True, kw_only=True):
    """A file that belongs to the article (JSON Feed 1.1, `attachments`).

    size_in_bytes         as the feed states it; not verified
    duration_in_seconds   likewise
    """

    url: str
    mime_type: str
    title: str | None = None
    size_in_bytes: int | None = None
    duration_in_seconds: float | None = None


class Content(Value, frozen=True, kw_only=True):
    """What the article says: the members of a JSON Feed item, but for the id.

    content_text   always there: NFC, paragraphs parted by one empty line;
                   "" only where `_archive.extract.quality` is `empty`
    content_html   sanitised once when kept, and again whenever it is shown
    """

    url: str | None = None
    external_url: str | None = None
    title: str | None = None
    content_html: str | None = None
    content_text: str = msgspec.field(default_factory=str)
    summary: str | None = None
    image: str | None = None
    date_published: str | None = None
    date_modified: str | None = None
    authors: tuple[Author, ...] = ()
    tags: tuple[str, ...] = ()
    language: str | None = None
    attachments: tuple[Attachment, ...] = ()


class Origin(Value, frozen=True, kw_only=True):
    """What is known of an article's coming before it is kept.

    date_source   who says `date_published`: feed, jsonld, og, dc, html, htmldate, text, none; why there is
                  none though a date was written: `future` (it lies days ahead of `fetched`), `unreadable`
    date_raw      the date as written, so that a misreading can be mended later
    extensions    what the entry says beside all this, as it is written there
    extensions_cut   how many elements more it has, which were too much to keep
    clock         `doubtful` where our own clock could not be trusted when it came
    arrival       as what it came where that was no news of the day: first, missed, backlog, history, flood
    rights        what its source allows, where that is less than all
    """

    source: Source
    fetched: str
    date_source: str = "none"
    date_raw: str | None = None
    lang_source: str = "none"
    canonical_url: str | None = None
    tags_scheme: dict[str, str] = msgspec.field(default_factory=dict)
    http: Http | None = None
    raw: Raw | None = None
    extract: Extract | None = None
    extensions: tuple[Element, ...] = ()
    extensions_cut: int = 0
    clock: str | None = None
    arrival: str | None = None
    rights: Rights | None = None


class Archival(Origin, frozen=True, kw_only=True):
    """The `_archive` member: the origin, and what keeping added.

    kind             article, alias, tombstone, hole; later erased
    rev              number of this revision, from 1
    prev_rev_sha     content_sha256 of the revision before
    content_sha256   of title and text: a change of it makes a revision
    first_seen       when revision 1 was kept; `fetched` is this revision's
    url_key          the address as compared, see identity.url_key
    cause            new, upstream-edit, reextract (its page could be had at last), split (said again, see
                     archive.again); later import, repair
    of               id of the article under whose name it came, where that was merged into this one
    """

    v: int = msgspec.field(default_factory=lambda: RECORD_VERSION)
    kind: str = msgspec.field(default_factory=lambda: "article")
    rev: int
    prev_rev_sha: str | None = None
    content_sha256: str
    first_seen: str
    url_key: str | None = None
    cause: str
    of: str | None = None


class Article(Content, frozen=True, kw_only=True):
    """One revision of one article, in full.

    id   `urn:uuid:…`, given at first sight and never changed
    """

    id: str
    archive: Archival = msgspec.field(name="_archive")


class AliasOf(Value, frozen=True, kw_only=True):
    """The `_archive` member of an alias line.

    raw        the entry's own bytes, where it says something else than the article did then
    of         id of the article whose name this is, where that is (or was) merged into another
    decision   seq of the merge or split in the decisions journal that this line carries out:
               what `of` names counts from here on as part of `id`; as itself, where both are one
    """

    kind: str = msgspec.field(default_factory=lambda: "alias")
    at: str
    source: Source
    url_key: str | None = None
    raw: Raw | None = None
    of: str | None = None
    decision: int | None = None


class Alias(Value, frozen=True, kw_only=True):
    """One line: this entry of that feed is this article."""

    id: str
    url: str | None = None
    title: str | None = None
    archive: AliasOf = msgspec.field(name="_archive")


class TombstoneOf(Value, frozen=True, kw_only=True):
    """The `_archive` member of a tombstone line."""

    kind: str = msgspec.field(default_factory=lambda: "tombstone")
    gone: Gone


class Tombstone(Value, frozen=True, kw_only=True):
    """One line: this article was taken back. What it said stays in the archive."""

    id: str
    archive: TombstoneOf = msgspec.field(name="_archive")


Record = Article | Alias | Tombstone
"""What a line of the articles journal may say."""


class _Kind(msgspec.Struct):
    kind: str = ""


class _Head(msgspec.Struct):
    id: str = ""
    archive: _Kind = msgspec.field(name="_archive", default_factory=_Kind)


_encode = msgspec.json.Encoder().encode
_head = msgspec.json.Decoder(_Head).decode
_article = msgspec.json.Decoder(Article).decode
_alias = msgspec.json.Decoder(Alias).decode
_tombstone = msgspec.json.Decoder(Tombstone).decode
_content = msgspec.json.Decoder(Content).decode
_origin = msgspec.json.Decoder(Origin).decode

HOLE: Final = b'{"_archive":{"kind":"hole"}}'
"""The body of a line of the articles journal whose own bytes were lost."""


def encode(line: Record) -> bytes:
    """Return the JSON of *line*, UTF-8, without the journal's `_store`."""
    return _encode(line)


def decode(body: bytes) -> Record | None:
    """Return what a line of the articles journal says, or None for a kind not known here.

    None too for a line that is no record though its sum is right: it must not
    keep readers from the lines behind it. `fault` says what is wrong with it.
    """
    try:
        return _read(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def fault(body: bytes) -> str | None:
    """Return why a line of the articles journal cannot be read, or None where it can."""
    try:
        _read(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return str(error)
    return None


def _read(body: bytes) -> Record | None:
    kind = _head(body).archive.kind
    if kind == "article":
        return _article(body)
    if kind == "alias":
        return _alias(body)
    if kind == "tombstone":
        return _tombstone(body)
    return None


def raw_of(record: Record | None) -> Raw | None:
    """Return what a line says of the bytes it was read from, where it names any."""
    return record.archive.raw if isinstance(record, Article | Alias) else None


def prove(part: Content | Origin) -> None:
    """Raise Unkeepable for a part of a record that would not come back as it is."""
    try:
        back = (_content if isinstance(part, Content) else _origin)(_encode(part))
    except (ValueError, TypeError, RecursionError) as error:
        raise Unkeepable(f"cannot be kept: {error}") from error
    if back != part:
        raise Unkeepable("cannot be kept: read back it would not be the same")


def content_sha256(title: str | None, content_text: str) -> str:
    """Return the digest whose change makes a revision.

    sha256 over NFC of title, line feed, content_text with white space collapsed; never
    over HTML, in which nonces and advertisements change with every visit.
    """
    text = unicodedata.normalize("NFC", f"{_collapse(title or '')}\n{_collapse(content_text)}")
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _collapse(text: str) -> str:
    return " ".join(text.split())


def rank(quality: Quality) -> int:
    """Return a number by which qualities compare: the more of the text, the higher."""
    return QUALITIES.index(quality)
