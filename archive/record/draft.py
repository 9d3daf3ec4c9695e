"""What a source shows, before it is known whether it is new: a draft and its sighting."""

from dataclasses import dataclass, field
from functools import cached_property

from archive.knowing import identity
from archive.record.article import Content, Origin, content_sha256, prove
from archive.record.provenance import Quality, Reason
from archive.text.sketch import Sketch
from archive.text.words import plain


@dataclass(frozen=True, slots=True)
class Draft:
    """An article as one source shows it now, without an id.

    Raises Unkeepable for one that would not come back from the disk as it is
    (true for a number, half a character): such a line could never be read again.

    raw    the entry's or file's own bytes, kept as a blob where `origin.raw` names them
    gone   why it was taken back, although it is shown
    paged  the text was found in its own page: which may be an error by now, or a wall
    cut    of that page, or of those that follow it, only a part could be had
    """

    content: Content
    origin: Origin
    raw: bytes | None = None
    gone: Reason | None = None
    paged: bool = False
    cut: bool = False

    def __post_init__(self) -> None:
        """Prove that it can be kept."""
        prove(self.content)
        prove(self.origin)


Shelf = tuple[str, str | None, str | None]
"""What an entry is looked up by: its source, its guid, else its address, else what it says."""


@dataclass(frozen=True)
class Mention:
    """What an entry is called: by its source, its guid (of a local file the path), its address.

    Alone it stands for an entry of a document that is unchanged since it was kept.

    digest   of what was read from the entry; it tells apart what shares a name
    """

    source: str
    guid: str | None
    url: str | None
    digest: str | None = None

    @cached_property
    def loose(self) -> str | None:
        """The guid without scheme, host and `#n`."""
        return identity.loose_guid(self.guid) if self.guid else None

    @cached_property
    def url_key(self) -> str | None:
        """The address as compared."""
        return identity.url_key(self.url) if self.url else None

    @property
    def is_nameless(self) -> bool:
        """Say whether it has neither a guid nor an address of its own."""
        return not self.guid and not identity.is_own(self.url_key)

    @property
    def shelf(self) -> Shelf:
        """What it is looked up by: entries of one document may share it."""
        key = self.digest if self.is_nameless else None if self.guid else self.url_key
        return (self.source, self.guid, key)

    @cached_property
    def fragment(self) -> str:
        """What stands behind the `#` of the address."""
        return identity.fragment(self.url or "")

    @cached_property
    def site(self) -> str | None:
        """The host of the address."""
        return identity.site(self.url) if self.url else None


@dataclass(frozen=True)
class Sighting(Mention):
    """What of a draft tells who it is."""

    draft: Draft = field(kw_only=True)

    @classmethod
    def of(cls, draft: Draft) -> "Sighting":
        """Return the sighting that *draft* is."""
        source = draft.origin.source
        return cls(source.key, source.guid, draft.content.url, source.entry_sha256, draft=draft)

    @property
    def is_file(self) -> bool:
        """Say whether it is a local file, told by its bytes."""
        return self.draft.origin.source.via == "file"

    @cached_property
    def list_file(self) -> str | None:
        """The path of a file in which it is known by its place only, as `path#3`; else None."""
        path, _, place = (self.guid or "").rpartition("#")
        return path if self.is_file and path and place.isdecimal() else None

    @cached_property
    def title_key(self) -> str:
        """The title as compared."""
        return plain(self.draft.content.title or "")

    @cached_property
    def content_sha256(self) -> str:
        """Digest of title and text."""
        return content_sha256(self.draft.content.title, self.draft.content.content_text)

    @property
    def text(self) -> str:
        """The text as compared."""
        return self.draft.content.content_text

    @cached_property
    def sketch(self) -> Sketch:
        """The text, ready to be compared with many."""
        return Sketch.of(self.text)

    @property
    def quality(self) -> Quality:
        """How much of the article the text seems to be."""
        extract = self.draft.origin.extract
        return extract.quality if extract else "full"

    @property
    def words(self) -> int:
        """Words in the text."""
        extract = self.draft.origin.extract
        return extract.words if extract else len(self.text.split())

    @property
    def name(self) -> str:
        """What the document itself tells its entries apart by: guid, else link, else title."""
        return self.guid or self.url or self.draft.content.title or ""

    def identity_key(self, *, shared_address: bool) -> str:
        """Return the key its id would be made of, if it were new.

        shared_address   its document shows two links that differ only behind `#`
        """
        raw = self.draft.origin.raw
        if self.is_file and raw is not None:
            return identity.bytes_key(raw.sha256)
        if self.guid:
            return identity.guid_key(self.source, self.guid)
        if self.url_key:
            tail = f"#{self.fragment}" if shared_address and self.fragment else ""
            return identity.address_key(self.url_key + tail)
        date = self.draft.content.date_published
        return identity.title_identity(self.source, self.title_key, date)
