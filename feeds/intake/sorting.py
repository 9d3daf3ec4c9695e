"""A document and what is kept -> what of it is to be looked at, and by what the rest is known."""

import hashlib
import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

import msgspec

from archive import Archive, Deletion, Mention, Shelf
from feeds import __version__
from feeds.ingest.former import former_guid, formerly
from feeds.ingest.normalize import entry_digest, words_digest
from feeds.intake.missed import Missed
from feeds.model import READER, Document, Entry, Fetched, Known
from feeds.times import rfc3339

_MARK = 16
AT_ONCE = 500
"""Entries of which it is looked up at once what is known of them."""


class _Shown(msgspec.Struct, frozen=True, array_like=True):
    """The entries of a document, as the ledger remembers them.

    frame     None where they cannot be told apart by their bytes
    entries   by the digest of their bytes, else by their own: their own digest, guid, link and date
    print     of the whole answer, where all its entries stand here; else empty
    earlier   address of the document before it
    reader    by which the digests came about; see READER
    """

    frame: bytes | None
    entries: dict[bytes, tuple[bytes, str | None, str | None, datetime | None]]
    print: bytes = b""
    earlier: str | None = None
    reader: str = ""


_shown = msgspec.msgpack.Decoder(_Shown).decode


@dataclass(frozen=True, slots=True)
class Skipped:
    """An entry that stands in a document as it stood in the last, and was not read again.

    place       where among all entries of the document
    published   the date it gives
    """

    mention: Mention
    published: datetime | None = None
    place: int = 0


class Sorted(NamedTuple):
    """A document's entries: those to look at, and those that are as they were kept.

    marks    of all of them
    words    for each known one that is another than it was: by what it is known while it says the same
    missed   of those that lack their page, and are looked at for it
    erased   of those that are kept out
    """

    fresh: list[Entry]
    unchanged: list[Mention]
    marks: frozenset[bytes]
    words: dict[bytes, bytes]
    missed: frozenset[bytes]
    erased: frozenset[bytes]


@dataclass(frozen=True, slots=True)
class Recalled:
    """What of the last document needs not be read again: it is kept, and stands as it stood.

    entries   by the digest of each entry's bytes
    print     of the answer, where there was no more in it than these; else empty
    earlier   address of the document before it
    digests   of all its entries, as they are read now; none where an earlier version read them
    """

    frame: bytes | None = None
    entries: dict[bytes, Skipped] = field(default_factory=dict)
    print: bytes = b""
    earlier: str | None = None
    digests: frozenset[str] = frozenset()

    @property
    def known(self) -> Known | None:
        """As it is told to whoever reads the next document."""
        return Known(self.frame, frozenset(self.entries)) if self.frame is not None else None

    def complete(self, document: Document) -> Document:
        """Return a document with what stands about its entries, where none was read and it is as it was."""
        unread = document.skipped and not document.entries
        return replace(document, earlier=self.earlier) if unread else document

    def of(self, document: Document) -> list[Skipped]:
        """Return the entries of a document that were not read, in their order."""
        found = [
            (self.entries[mark], place) for mark, place in zip(document.skipped, document.places, strict=True)
        ]
        return [Skipped(one.mention, one.published, place) for one, place in found]


def recalled(archive: Archive, key: str, shown: bytes, seen: frozenset[bytes]) -> Recalled:
    """Return what of the last document the archive holds as it was then: the rest is to be read again."""
    try:
        last = _shown(zlib.decompress(shown)) if shown else None
    except (zlib.error, msgspec.DecodeError):
        last = None
    if last is None:
        return Recalled()
    mentions = [Mention(key, guid, link, digest.hex()) for digest, guid, link, _ in last.entries.values()]
    known = archive.digests(mentions)
    entries: dict[bytes, Skipped] = {}
    for (mark, one), mention, gone in zip(
        last.entries.items(), mentions, archive.erased(mentions), strict=True
    ):
        there = known.get(mention.shelf)
        unchanged = there is not None and (mention.digest in there or mark_of(mention.digest) in seen)
        if unchanged and gone is None:
            entries[mark] = Skipped(mention, one[3])
    return Recalled(
        last.frame,
        entries,
        last.print if len(entries) == len(last.entries) else b"",
        last.earlier,
        frozenset(one.digest for one in mentions if one.digest) if last.reader == READER else frozenset(),
    )


def print_of(answer: Fetched) -> bytes:
    """Return a digest of an answer with all that decides how it is read: by it the very same is known again."""
    about = (READER, __version__, answer.url, answer.content_type, answer.content_language, answer.encoding)
    hasher = hashlib.sha256(repr(about).encode("utf-8", "replace"))
    hasher.update(answer.body)
    return hasher.digest()[:16]


def to_recall(
    document: Document, skipped: Sequence[Skipped], marks: Collection[bytes], whole: bytes = b""
) -> bytes:
    """Return by what a document's entries are known again: of those that are kept, whose *marks* are given.

    One that is kept under its former guid does not stand there by this one: it is read at every poll.

    whole   print of the answer, by which all of it is known again if all its entries are kept
    """
    kept: dict[bytes, tuple[bytes, str | None, str | None, datetime | None]] = {}
    all_are = not document.deleted
    for place, entry in enumerate(document.entries):
        digest = bytes.fromhex(entry_digest(entry))
        if digest[:_MARK] in marks:
            mark = document.marks[place] if document.frame is not None else digest[:_MARK]
            kept[mark] = (digest, entry.guid, entry.link, entry.published)
        else:
            all_are = False
    for mark, one in zip(document.skipped, skipped, strict=True):
        told = one.mention
        if mark_of(told.digest) in marks:
            kept[mark] = (bytes.fromhex(told.digest or ""), told.guid, told.url, one.published)
        else:
            all_are = False
    whole = whole if all_are else b""
    if document.frame is None and not whole:
        return b""
    shown = _Shown(document.frame, kept, whole, document.earlier, READER)
    return zlib.compress(msgspec.msgpack.encode(shown), 1)


def sorted_out(
    archive: Archive,
    key: str,
    document: Document,
    missed: Missed,
    skipped: Sequence[Skipped] = (),
    last: frozenset[str] = frozenset(),
) -> Sorted:
    """Return what of a document is to be looked at, and what is known of the rest.

    missed   what is remembered of the document before this one
    last     digests of its entries, as they are read now
    """
    fresh: list[Entry] = []
    unchanged = [one.mention for one in skipped]
    marks = {mark_of(one.digest) for one in unchanged}
    words: dict[bytes, bytes] = {}
    again: set[bytes] = set()
    erased: set[bytes] = set()
    guids = {entry.guid for entry in document.entries} | {one.guid for one in unchanged}
    shelves = _Shelves(archive, key, frozenset(guids), last)
    for place, given in enumerate(document.entries):
        if place % AT_ONCE == 0:
            shelves.look_at(document.entries[place : place + AT_ONCE])
        entry = shelves.as_named(given)
        digest = entry_digest(entry)
        mark = mark_of(digest)
        marks.add(mark)
        mention = Mention(key, entry.guid, entry.link, digest)
        known = shelves.digests(mention)
        if archive.erased([mention], signs=known is None and mark in missed.seen)[0] is not None:
            erased.add(mark)  # Nothing of it is kept, and so no page is fetched for it at every poll.
        elif known is not None and missed.since(mark) is not None:
            again.add(mark)
            fresh.append(entry)
        elif known is not None and (digest in known or mark in missed.seen):
            unchanged.append(mention)
        elif (same := shelves.as_formerly_read(entry, mention)) is not None:
            unchanged.append(same)
        elif shelves.was_erased(entry, mention):
            erased.add(mark)
        else:
            if known is not None:
                words[mark] = mark_of(words_digest(entry))
            if words.get(mark) in missed.seen:
                unchanged.append(mention)
            else:
                fresh.append(entry)
    return Sorted(fresh, unchanged, frozenset(marks), words, frozenset(again), frozenset(erased))


class _Shelves:
    """What a source's entries are known by, looked up once each; also what earlier versions read in them."""

    def __init__(
        self, archive: Archive, key: str, shown: frozenset[str | None], last: frozenset[str]
    ) -> None:
        self._archive = archive
        self._key = key
        self._shown = shown
        self._last = last
        self._known: dict[Shelf, set[str] | None] = {}

    def look_at(self, entries: Sequence[Entry]) -> None:
        """Look up at once what is known by the guids and addresses of many entries, those that come next."""
        mentions = [Mention(self._key, one.guid, one.link) for one in entries]
        self._known = dict.fromkeys(one.shelf for one in mentions) | self._archive.digests(mentions)

    def digests(self, mention: Mention) -> set[str] | None:
        """Return the digests kept under the name of an entry, or None for no such name."""
        if mention.shelf not in self._known:
            self._known[mention.shelf] = self._archive.digests([mention]).get(mention.shelf)
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
        """Return by what an entry is known whose digest is only another because it is read otherwise now.

        What stood in the last document, and was kept as it is read now, has changed.
        """
        known = self.digests(mention)
        if (known is None and not mention.is_nameless) or (known is not None and known & self._last):
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
        return any(gone is not None for gone in self._archive.erased(names))


def mark_of(digest: str | None) -> bytes:
    """Return by what an entry of this digest is remembered between two polls."""
    return bytes.fromhex((digest or "")[: 2 * _MARK])


def missed_last(entries: list[Entry], missed: Collection[bytes], turn: int) -> list[Entry]:
    """Return entries with those that lack their page behind the others, beginning with another one each *turn*.

    So a few pages that are never to be had keep none of the others waiting for a day.
    """
    again = [entry for entry in entries if mark_of(entry_digest(entry)) in missed] if missed else []
    if not again:
        return entries
    lacking = {id(entry) for entry in again}
    first = turn % len(again)
    return [*(entry for entry in entries if id(entry) not in lacking), *again[first:], *again[:first]]


def deletions(key: str, document: Document, at: datetime, skipped: Sequence[Skipped] = ()) -> list[Deletion]:
    """Return the entries that the document says are no more, and does not show."""
    shown = {guid for entry in document.entries for guid in (entry.guid, former_guid(entry))}
    shown |= {one.mention.guid for one in skipped}
    return [
        Deletion(key, one.guid, rfc3339(min(one.when or at, at)))
        for one in document.deleted
        if one.guid not in shown
    ]
