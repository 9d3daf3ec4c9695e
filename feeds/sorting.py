"""A document and what is kept -> what of it is to be looked at, and by what the rest is known."""

from collections.abc import Hashable
from datetime import datetime

from archive import Archive, Deletion, Mention
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


def deletions(key: str, document: Document, at: datetime) -> list[Deletion]:
    """Return the entries that the document says are no more, and does not show."""
    shown = {entry.guid for entry in document.entries}
    return [
        Deletion(key, one.guid, rfc3339(min(one.when or at, at)))
        for one in document.deleted
        if one.guid not in shown
    ]
