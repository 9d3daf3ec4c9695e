"""An article's id, and the ports -> nothing is left of it but the id and the keys that keep it out.

The order makes it safe to be cut anywhere and begun again: what must be known for a
step (its bytes, its names) is still in the journal when that step is done. First what
was parked and the blobs, then the lines, last the indexes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from archive import faults
from archive.cards import Line
from archive.errors import Damaged, NotKept
from archive.fate import erased, kept_out
from archive.fate.again import say_again
from archive.knowing import naming
from archive.opened import CATCH_UP, Ports
from archive.ports import Catalog, Journal
from archive.record.article import HOLE, Alias, Article, decode, raw_of

BECAUSE = "an article was erased"
_SHORTEST = 12
"""Bytes of the shortest text that is looked for in what was parked: shorter ones stand in anything."""
_SALVAGED = 256
"""Lines of a batch: so many may have been written and not synced when the power was lost."""
_HEAD = 16
_DIGESTS = re.compile(rb'"sha256":"([0-9a-f]{%d})' % _HEAD).findall
"""The heads of digests are enough: one that another has too would only let something stay."""
_SENTENCE = 5
"""Spaces in a text of an element beside the members; names, licences and the like stand in many articles."""
_NOT_ITS_OWN = frozenset(
    "source extract http kind cause lang_source date_source date_raw mime_type at fetched first_seen "
    "date_published date_modified language".split()
)
"""Members that say the same of many articles."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """What an erasure took away.

    names   further names under which sources showed it
    blobs   digests of the original bytes
    given   (id, rev) of the revisions that it had given other articles while it was part of them
    """

    revisions: int = 0
    names: int = 0
    blobs: tuple[str, ...] = ()
    parked: tuple[str, ...] = ()
    given: tuple[tuple[str, int], ...] = ()


class _About(msgspec.Struct):
    kind: str = ""
    of: str | None = None


class _Of(msgspec.Struct):
    id: str = ""
    archive: _About = msgspec.field(name="_archive", default_factory=_About)


_of = msgspec.json.Decoder(_Of).decode


@dataclass(slots=True)
class Traces:
    """Everything that the articles journal has of one article.

    through   seq up to which it was looked through
    lacks     lines on the way that cannot be read: what they name is not known
    keys      of lines that were erased already, by an erasure that was cut
    given     by seq, the revisions of others that came under its name
    named     heads of the digests of all bytes that any line names
    salvaged  alias lines close behind a hole: what they are names of may have been lost with it
    """

    article: str
    through: int = 0
    lacks: bool = False
    seqs: list[int] = field(default_factory=list)
    records: list[Article | Alias] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    at: str | None = None
    given: dict[int, tuple[str, int]] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)
    salvaged: list[Line] = field(default_factory=list)
    _hole: int = -_SALVAGED

    def look(self, journal: Journal) -> None:
        """Look through what the journal has beyond what was seen."""
        wanted = self.article.encode()
        for line in lines_behind(journal, self.through):
            if wanted in line.body and _is_of(line.body, self.article):
                self._take(line)
            elif line.body == HOLE:
                self._hole = line.seq
            elif line.seq <= self._hole + _SALVAGED and isinstance(decode(line.body), Alias):
                self.salvaged.append(line)
            self.named.update(digest.decode() for digest in _DIGESTS(line.body))
            self.lacks = self.lacks or line.seq != self.through + 1
            self.through = line.seq

    def _take(self, line: Line) -> None:
        self.seqs.append(line.seq)
        gone = erased.read(line.body)
        if gone is not None:
            self.keys |= set(gone.keys)
            self.at = self.at or gone.archive.at
            if gone.archive.whole is not None and gone.archive.rev is not None:
                self.given[line.seq] = (gone.archive.whole, gone.archive.rev)
            return
        self.bodies.append(line.body)
        record = decode(line.body)
        if isinstance(record, Article | Alias):
            self.records.append(record)
        if isinstance(record, Article) and record.id != self.article:
            self.given[line.seq] = (record.id, record.archive.rev)

    def claim(self, catalog: Catalog) -> None:
        """Take for its own what a power loss left of it under another id.

        Of a batch that was not acknowledged the alias lines may stand whose article is lost.
        Shown again it got another id, and they are nobody's; but they name it.
        """
        own = self.keys.union(*map(_signs, self.records))
        for line in self.salvaged:
            record = decode(line.body)
            if not isinstance(record, Alias) or own.isdisjoint(_signs(record)):
                continue
            if catalog.card(naming.named(record).article) is None:
                self._take(line)
        self.salvaged = []

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
    """Say whether a line tells of an article: also one that came under its name while it was part of another.

    A name is of that whose it is alone: that it led to another once says nothing of the other.
    """
    try:
        line = _of(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    if line.archive.kind == "alias":
        return article == (line.archive.of or line.id)
    return article in {line.id, line.archive.of}


def _signs(record: Article | Alias) -> Iterator[str]:
    return map(erased.sign, naming.keys_of(naming.named(record)))


def _texts(value: Any) -> Iterator[bytes]:
    if isinstance(value, str):
        yield msgspec.json.encode(value)[1:-1]
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, dict):
        source = value.get("source")
        yield from _texts(source.get("guid") if isinstance(source, dict) else None)
        for name, one in value.items():
            if name == "extensions":
                yield from (text for text in _texts(one) if text.count(b" ") >= _SENTENCE)
            elif name not in _NOT_ITS_OWN:
                yield from _texts(one)


def erase(ports: Ports, traces: Traces, at: str, now: datetime) -> Erasure:
    """Take everything of the article away that *traces* found; done again, it completes what was cut."""
    traces.claim(ports.catalog)
    article, blobs = traces.article, tuple(sorted(traces.digests))
    raw = [data for digest in blobs if (data := _bytes(ports, digest)) is not None]
    wanted = [*traces.texts, *raw] if traces.bodies else []
    parked = tuple(ports.quarantine.purge(wanted, lambda pieces: _others(ports.articles, traces, pieces)))
    faults.at("erase.parked")
    places = ports.catalog.places
    ports.blobs.erase(places(blobs), now, BECAUSE, nobodys=places(_nobodys(ports, traces)))
    ports.catch_up()
    faults.at("erase.blobs")
    for whole in dict.fromkeys(whole for whole, _ in traces.given.values()):
        say_again(ports, whole, lambda one: one.archive.of == article)
    faults.at("erase.again")
    own = ports.catalog.members(article)
    names = (name for record in traces.records for name in kept_out.names_of(record, ports.catalog, own))
    keys = traces.keys | {erased.sign(name) for name in names}
    at = traces.at or at
    _put_in_place(
        ports, {seq: erased.body_of(article, at, keys, traces.given.get(seq)) for seq in traces.seqs}
    )
    ports.catalog.erase(article, keys, traces.given)
    faults.at("erase.catalog")
    ports.search.clear()
    faults.at("erase.search")
    revisions = sum(isinstance(record, Article) for record in traces.records)
    given = tuple(dict.fromkeys(traces.given.values()))
    return Erasure(revisions, len(traces.records) - revisions, blobs, parked, given)


def _others(journal: Journal, traces: Traces, pieces: set[bytes]) -> set[bytes]:
    """Return those of *pieces* that other articles have too: the address of a site, the name of an author."""
    own, found = set(traces.seqs), set[bytes]()
    for line in lines_behind(journal, 0):
        if line.seq not in own:
            found |= {piece for piece in pieces - found if piece in line.body}
        if len(found) == len(pieces):
            break
    return found


def _nobodys(ports: Ports, traces: Traces) -> set[str]:
    """Return the digests of bytes that no line names: they may be of a revision that was never acknowledged.

    Whose they are nobody can tell any more, so all of them go; but none that a line may
    name which cannot be read now and may come back: from quarantine, or by a repair.
    """
    if traces.lacks or traces.through < ports.articles.last:
        return set()
    found = {digest for digest in ports.catalog.digests() if digest[:_HEAD] not in traces.named}
    return found - ports.quarantine.names(found)


def _put_in_place(ports: Ports, bodies: dict[int, bytes]) -> None:
    moved = ports.articles.rewrite(bodies, BECAUSE)
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
