"""A document and what is kept -> what of it is to be looked at, and by what the rest is known."""

import zlib
from collections.abc import Collection, Hashable
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from archive import Archive, Deletion, Mention
from feeds.ingest.normalize import entry_digest
from feeds.model import Document, Entry, Known
from feeds.times import rfc3339


class _Shown(msgspec.Struct, frozen=True, array_like=True):
    """The entries of a document, as the ledger remembers them.

    entries   by the digest of their bytes: their own digest, guid and link
    """

    frame: bytes
    entries: dict[bytes, tuple[bytes, str | None, str | None]]


_shown = msgspec.msgpack.Decoder(_Shown).decode


@dataclass(frozen=True, slots=True)
class Recalled:
    """What of the last document needs not be read again: it is kept, and stands as it stood.

    mentions   by the digest of each entry's bytes
    """

    frame: bytes | None = None
    mentions: dict[bytes, Mention] = field(default_factory=dict)

    @property
    def known(self) -> Known | None:
        """As it is told to whoever reads the next document."""
        return Known(self.frame, frozenset(self.mentions)) if self.frame is not None else None

    def of(self, document: Document) -> list[Mention]:
        """Return the entries of a document that were not read."""
        return [self.mentions[mark] for mark in document.skipped]


def recalled(archive: Archive, key: str, shown: bytes, seen: frozenset[bytes]) -> Recalled:
    """Return what of the last document the archive holds as it was then: the rest is to be read again."""
    try:
        last = _shown(zlib.decompress(shown)) if shown else None
    except (zlib.error, msgspec.DecodeError):
        last = None
    if last is None:
        return Recalled()
    mentions: dict[bytes, Mention] = {}
    shelves: dict[Hashable, set[str] | None] = {}
    for mark, (digest, guid, link) in last.entries.items():
        mention = Mention(key, guid, link, digest.hex())
        if mention.shelf not in shelves:
            shelves[mention.shelf] = archive.digests(mention)
        known = shelves[mention.shelf]
        unchanged = known is not None and (digest.hex() in known or mark_of(digest.hex()) in seen)
        if unchanged and archive.erased(mention, signs=False) is None:
            mentions[mark] = mention
    return Recalled(last.frame, mentions)


def to_recall(document: Document, skipped: Collection[Mention], marks: Collection[bytes]) -> bytes:
    """Return by what a document's entries are known again: of those that are kept, whose *marks* are given."""
    if document.frame is None:
        return b""
    entries = {
        mark: (bytes.fromhex(entry_digest(entry)), entry.guid, entry.link)
        for mark, entry in zip(document.marks, document.entries, strict=True)
    }
    for mark, one in zip(document.skipped, skipped, strict=True):
        entries[mark] = (bytes.fromhex(one.digest or ""), one.guid, one.url)
    kept = {mark: one for mark, one in entries.items() if mark_of(one[0].hex()) in marks}
    return zlib.compress(msgspec.msgpack.encode(_Shown(document.frame, kept)), 1)


def sorted_out(
    archive: Archive, key: str, document: Document, seen: frozenset[bytes]
) -> tuple[list[Entry], list[Mention], frozenset[bytes]]:
    """Return the entries to look at, those that are as they were kept, and marks of all."""
    fresh: list[Entry] = []
    unchanged: list[Mention] = []
    marks: set[bytes] = set()
    shelves: dict[Hashable, set[str] | None] = {}
    for entry in document.entries:
        digest = entry_digest(entry)
        mark = mark_of(digest)
        marks.add(mark)
        mention = Mention(key, entry.guid, entry.link, digest)
        if mention.shelf not in shelves:
            shelves[mention.shelf] = archive.digests(mention)
        known = shelves[mention.shelf]
        if archive.erased(mention, signs=known is None and mark in seen) is not None:
            continue  # Nothing of it is kept, and so no page is fetched for it at every poll.
        if known is not None and (digest in known or mark in seen):
            unchanged.append(mention)
        else:
            fresh.append(entry)
    return fresh, unchanged, frozenset(marks)


def mark_of(digest: str | None) -> bytes:
    """Return by what an entry of this digest is remembered between two polls."""
    return bytes.fromhex((digest or "")[:32])


def deletions(
    key: str, document: Document, at: datetime, skipped: Collection[Mention] = ()
) -> list[Deletion]:
    """Return the entries that the document says are no more, and does not show."""
    shown = {entry.guid for entry in document.entries} | {one.guid for one in skipped}
    return [
        Deletion(key, one.guid, rfc3339(min(one.when or at, at)))
        for one in document.deleted
        if one.guid not in shown
    ]
