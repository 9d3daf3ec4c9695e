"""A document and what is kept -> what of it is to be looked at, and by what the rest is known."""

from collections.abc import Hashable
from dataclasses import replace
from datetime import datetime

from archive import Archive, Deletion, Mention
from feeds.ingest.former import former_guid, formerly
from feeds.ingest.normalize import entry_digest
from feeds.model import Document, Entry
from feeds.times import rfc3339


def sorted_out(
    archive: Archive, key: str, document: Document, seen: frozenset[bytes]
) -> tuple[list[Entry], list[Mention], frozenset[bytes]]:
    """Return the entries to look at, those that are as they were kept, and marks of all."""
    fresh: list[Entry] = []
    unchanged: list[Mention] = []
    marks: set[bytes] = set()
    shelves = _Shelves(archive, key, frozenset(entry.guid for entry in document.entries))
    for given in document.entries:
        entry = shelves.as_named(given)
        digest = entry_digest(entry)
        mark = mark_of(digest)
        marks.add(mark)
        mention = Mention(key, entry.guid, entry.link, digest)
        known = shelves.digests(mention)
        if archive.erased(mention, signs=known is None and mark in seen) is not None:
            continue  # Nothing of it is kept, and so no page is fetched for it at every poll.
        if known is not None and (digest in known or mark in seen):
            unchanged.append(mention)
        elif (same := shelves.as_formerly_read(entry, mention)) is not None:
            unchanged.append(same)
        elif not shelves.was_erased(entry, mention):
            fresh.append(entry)
    return fresh, unchanged, frozenset(marks)


class _Shelves:
    """What a source's entries are known by, looked up once each; also what earlier versions read in them."""

    def __init__(self, archive: Archive, key: str, shown: frozenset[str | None]) -> None:
        self._archive = archive
        self._key = key
        self._shown = shown
        self._known: dict[Hashable, set[str] | None] = {}

    def digests(self, mention: Mention) -> set[str] | None:
        """Return the digests kept under the name of an entry, or None for no such name."""
        if mention.shelf not in self._known:
            self._known[mention.shelf] = self._archive.digests(mention)
        return self._known[mention.shelf]

    def as_named(self, entry: Entry) -> Entry:
        """Return the entry under the guid by which it is kept already, if that is its former one."""
        former = former_guid(entry)
        if former is None or former in self._shown:  # Or it is another entry's, as it stands there.
            return entry
        if self.digests(Mention(self._key, entry.guid, entry.link)) is not None:
            return entry
        if self.digests(Mention(self._key, former, entry.link)) is None:
            return entry
        return replace(entry, guid=former)

    def as_formerly_read(self, entry: Entry, mention: Mention) -> Mention | None:
        """Return by what an entry is known whose digest is only another because it is read otherwise now."""
        if not mention.is_nameless and self.digests(mention) is None:
            return None
        for former in formerly(entry):
            same = replace(mention, digest=entry_digest(former))
            if same.digest in (self.digests(same) or ()):
                return same
        return None

    def was_erased(self, entry: Entry, mention: Mention) -> bool:
        """Say whether an entry was erased under the name that it had formerly."""
        names = [replace(mention, guid=guid) for guid in (former_guid(entry),) if guid]
        if mention.is_nameless:
            names += [replace(mention, digest=entry_digest(former)) for former in formerly(entry)]
        return any(self._archive.erased(name) is not None for name in names)


def mark_of(digest: str | None) -> bytes:
    """Return by what an entry of this digest is remembered between two polls."""
    return bytes.fromhex((digest or "")[:32])


def deletions(key: str, document: Document, at: datetime) -> list[Deletion]:
    """Return the entries that the document says are no more, and does not show."""
    shown = {guid for entry in document.entries for guid in (entry.guid, former_guid(entry))}
    return [
        Deletion(key, one.guid, rfc3339(min(one.when or at, at)))
        for one in document.deleted
        if one.guid not in shown
    ]
