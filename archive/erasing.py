"""An article's id, and the ports -> nothing is left of it but the id and the keys that keep it out.

The order makes it safe to be cut anywhere and begun again: what must be known for a
step (its bytes, its names) is still in the journal when that step is done. First what
was parked and the blobs, then the lines, last the indexes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from archive import erased, faults, kept_out
from archive.article import Alias, Article, decode, raw_of
from archive.cards import Line
from archive.errors import Damaged, NotKept
from archive.opened import CATCH_UP, Ports
from archive.ports import Journal

BECAUSE = "an article was erased"
_SHORTEST = 12
"""Bytes of the shortest text that is looked for in what was parked: shorter ones stand in anything."""
_SENTENCE = 5
"""Spaces in a text of an element beside the members; names, licences and the like stand in many articles."""
_NOT_ITS_OWN = frozenset(("source", "extract", "http", "kind", "cause", "lang_source", "date_source"))
"""Members of `_archive` that say the same of many articles."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """What an erasure took away.

    names   further names under which sources showed it
    blobs   digests of the original bytes
    """

    revisions: int = 0
    names: int = 0
    blobs: tuple[str, ...] = ()
    parked: tuple[str, ...] = ()


class _About(msgspec.Struct):
    kind: str = ""
    of: str | None = None


class _Head(msgspec.Struct):
    id: str = ""
    archive: _About = msgspec.field(name="_archive", default_factory=_About)


_head = msgspec.json.Decoder(_Head).decode


@dataclass(slots=True)
class Traces:
    """Everything that the articles journal has of one article.

    through   seq up to which it was looked through
    keys      of lines that were erased already, by an erasure that was cut
    """

    article: str
    through: int = 0
    seqs: list[int] = field(default_factory=list)
    records: list[Article | Alias] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    at: str | None = None

    def look(self, journal: Journal) -> None:
        """Look through what the journal has beyond what was seen."""
        wanted = self.article.encode()
        for line in lines_behind(journal, self.through):
            if wanted in line.body and _is_of(line.body, self.article):
                self._take(line)
            self.through = line.seq

    def _take(self, line: Line) -> None:
        self.seqs.append(line.seq)
        gone = erased.read(line.body)
        if gone is not None:
            self.keys |= set(gone.keys)
            self.at = self.at or gone.archive.at
            return
        self.bodies.append(line.body)
        record = decode(line.body)
        if isinstance(record, Article | Alias):
            self.records.append(record)

    @property
    def digests(self) -> set[str]:
        """Digests of its original bytes."""
        return {raw.sha256 for raw in map(raw_of, self.records) if raw is not None}

    @property
    def texts(self) -> set[bytes]:
        """What it says and is called, as it stands in JSON: long enough to be known again."""
        found = {self.article.encode()}
        for body in self.bodies:
            found |= {text for text in _texts(msgspec.json.decode(body)) if len(text) >= _SHORTEST}
        return found


def lines_behind(journal: Journal, seq: int) -> Iterator[Line]:
    """Yield every line of a journal behind *seq*."""
    while lines := journal.since(seq, CATCH_UP):
        yield from lines
        seq = lines[-1].seq


def _is_of(body: bytes, article: str) -> bool:
    """Say whether a line tells of an article: also one that tells another by its names, once they were one."""
    try:
        head = _head(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return head.id == article or (head.archive.kind == "alias" and head.archive.of == article)


def _texts(value: Any) -> Iterator[bytes]:
    if isinstance(value, str):
        yield msgspec.json.encode(value)[1:-1]
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, dict):
        archive = value.get("_archive")
        if isinstance(archive, dict):
            source = archive.get("source")
            guid = source.get("guid") if isinstance(source, dict) else None
            kept = {name: one for name, one in archive.items() if name not in _NOT_ITS_OWN}
            beside = [text for text in _texts(kept.pop("extensions", None)) if text.count(b" ") >= _SENTENCE]
            yield from beside
            value = {**value, "_archive": [kept, guid]}
        for one in value.values():
            yield from _texts(one)


def erase(ports: Ports, traces: Traces, at: str, now: datetime) -> Erasure:
    """Take everything of the article away that *traces* found; done again, it completes what was cut."""
    article, blobs = traces.article, tuple(sorted(traces.digests))
    raw = [data for digest in blobs if (data := _bytes(ports, digest)) is not None]
    parked = tuple(ports.quarantine.purge([*traces.texts, *raw])) if traces.bodies else ()
    faults.at("erase.parked")
    gone = ports.blobs.erase(blobs, now, BECAUSE)
    ports.catalog.forget_packs(gone)
    ports.catch_up()
    faults.at("erase.blobs")
    keys = {
        erased.sign(name) for record in traces.records for name in kept_out.names_of(record, ports.catalog)
    }
    keys |= traces.keys
    if traces.seqs:
        _put_in_place(ports, traces, erased.body_of(article, traces.at or at, keys))
    ports.catalog.erase(article, keys)
    faults.at("erase.catalog")
    ports.search.clear()
    faults.at("erase.search")
    revisions = sum(isinstance(record, Article) for record in traces.records)
    return Erasure(revisions, len(traces.records) - revisions, blobs, parked)


def _put_in_place(ports: Ports, traces: Traces, body: bytes) -> None:
    moved = ports.articles.rewrite(dict.fromkeys(traces.seqs, body), BECAUSE)
    faults.at("erase.lines")
    for span in moved:
        seq = span.start - 1
        while seq < span.stop - 1 and (lines := ports.articles.since(seq, CATCH_UP)):
            ports.catalog.move([line for line in lines if line.seq in span])
            seq = lines[-1].seq


def _bytes(ports: Ports, digest: str) -> bytes | None:
    place = ports.catalog.blob(digest)
    try:
        return ports.blobs.get(place) if place is not None else None
    except (Damaged, NotKept):
        return None


def sharing(journal: Journal, article: str) -> list[str]:
    """Return the other articles that were read from some of the very same bytes."""
    traces = Traces(article)
    traces.look(journal)
    wanted = {digest.encode() for digest in traces.digests}
    found: dict[str, None] = {}
    if not wanted:
        return []
    for line in lines_behind(journal, 0):
        if any(digest in line.body for digest in wanted):
            record = decode(line.body)
            raw = raw_of(record)
            if record is not None and raw is not None and raw.sha256.encode() in wanted:
                found.setdefault(record.id)
    found.pop(article, None)
    return list(found)
