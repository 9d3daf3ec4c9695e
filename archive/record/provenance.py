"""Where a text came from, as the record says it: source, exchange, bytes, extraction; and why it went."""

from typing import Literal

import msgspec

Quality = Literal["empty", "teaser", "partial", "full"]
Reason = Literal["410", "404xN", "feed-deleted", "withheld"]


class Value(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What all parts of the record share: frozen, and silent about the unknown."""


class Source(Value, frozen=True, kw_only=True):
    """The source that showed this text, and the name it has for it.

    key            the source's first address or folder as configured; never changes
    via            how the text came: `feed`, `page`, `file` or `import:NAME`
    guid           the entry's own guid as received; of a local file its path in the folder
    entry_sha256   of the values read from the entry: guid, link, title, texts
    """

    key: str
    via: str
    name: str | None = None
    feed_url: str | None = None
    feed_id: str | None = None
    feed_title: str | None = None
    feed_updated: str | None = None
    feed_language: str | None = None
    feed_link: str | None = None
    feed_rights: str | None = None
    guid: str | None = None
    guid_is_permalink: bool | None = None
    entry_sha256: str | None = None


class Http(Value, frozen=True, kw_only=True):
    """The exchange that brought it. A short list on purpose: never cookies or credentials."""

    status: int
    final_url: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    content_type: str | None = None
    charset: str | None = None
    redirects: tuple[str, ...] = ()
    truncated: bool = False


class Raw(Value, frozen=True, kw_only=True):
    """The entry's or file's own bytes, before any sanitising; kept as a blob."""

    sha256: str
    bytes: int
    mime_type: str
    truncated: bool = False


class Rights(Value, frozen=True, kw_only=True):
    """What the source allowed when this was kept: by the owner's settings for it, and by its own word.

    words      of the text that others may be shown; absent: as many as a topic gives
    publish    False: no topic publishes it
    reserved   what the source says for machines, as it says it: `tdm-reservation: 1`
    """

    words: int | None = None
    publish: bool = True
    reserved: tuple[str, ...] = ()


class Extract(Value, frozen=True, kw_only=True):
    """How the text was got out, and how much of the article it seems to be."""

    name: str
    version: str
    quality: Quality
    words: int


class Gone(Value, frozen=True, kw_only=True):
    """Why an article was taken back, and by whom.

    reason   `410`: its own page answered so; `feed-deleted`: its feed says so (RFC 6721);
             `withheld`: an editor, for good; `404xN` is kept for later
    by       the key of the source, or `editor`
    note     an editor's own words, shown to nobody
    """

    reason: Reason
    at: str
    by: str
    note: str | None = None

    @property
    def withheld(self) -> bool:
        """Say whether it is for good: what a source took back, the source may give again."""
        return self.reason == "withheld"
