"""The ports of one archive, opened -> an archive that stands: level, whole, closed together."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from archive.cards import Line
from archive.errors import Damaged
from archive.ports import Blobs, Catalog, Journal, Search
from archive.record.article import HOLE, Article, decode

CATCH_UP = 500
"""Lines that an index takes in at once."""
_FILL = 256
_BLOBS = 5_000


class Quarantine(Protocol):
    """Bytes that were found and prove nothing: parked, and never taken away but by erasing."""

    def size(self) -> int:
        """Return how many bytes are parked."""

    def names(self, digests: Collection[str]) -> set[str]:
        """Return those of *digests* that stand in what is parked."""

    def purge(
        self, wanted: Collection[bytes], others: Callable[[set[bytes]], set[bytes]] = lambda _: set()
    ) -> list[str]:
        """Take away what holds 32 bytes in a row of one of *wanted*, or a shorter one whole; return names.

        others   says which of some such pieces others have too: these alone tell nothing
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Everything an archive is made of, opened.

    store   the archive's own uuid, given once for ever
    unread  says of each file that cannot be read, and is passed over, why
    """

    store: str
    articles: Journal
    decisions: Journal
    publications: Journal
    state: Journal
    catalog: Catalog
    search: Search
    blobs: Blobs
    quarantine: Quarantine
    unread: Callable[[], list[str]] = list

    def journals(self) -> dict[str, Journal]:
        """Return the four journals by their names."""
        return {
            "articles": self.articles,
            "decisions": self.decisions,
            "publications": self.publications,
            "state": self.state,
        }

    def article_at(self, place: str, seq: int) -> Article | None:
        """Return the revision of the line with this *seq*; None where it cannot be read.

        One rotted line stops neither a source nor an editor; `verify` names it.
        """
        try:
            record = decode(self.articles.at(place, seq).body)
        except Damaged:
            return None
        return record if isinstance(record, Article) else None

    def catch_up(self) -> None:
        """Let the catalog take in what it has not seen: after a crash, or all of it."""
        blobs = self.blobs.scan(self.catalog.packs())
        while some := list(islice(blobs, _BLOBS)):  # First: a line that is findable has its bytes.
            self.catalog.apply((), some)
        gone = self.catalog.packs().keys() - self.blobs.packs()
        if gone:  # What lay in them lies elsewhere by now.
            self.catalog.forget_packs(gone)
        seen, end = self.catalog.position, self.articles.last
        while lines := self.articles.since(seen, CATCH_UP):
            self.catalog.apply(lines, behind=seen)
            seen = lines[-1].seq
        if seen < end:  # The last lines cannot be read: as for it, they are seen.
            self.catalog.apply([Line(end, "", HOLE)], behind=seen)

    def level(self) -> None:
        """Let the catalog see every durable line before anything is decided by it.

        It is behind where it failed after the journal had taken a batch: what was
        decided without those lines would be kept a second time.
        """
        if self.catalog.position != self.articles.last:
            self.catch_up()

    def give_up(self, journal: str, through: int) -> int:
        """Let *journal* end no sooner than *through*: a hole for each seq it lacks; return how many."""
        going = self.journals()[journal]
        hole = HOLE if journal == "articles" else b'{"kind":"hole"}'
        lacking = max(0, through - going.last)
        for start in range(0, lacking, _FILL):
            going.append([hole] * min(_FILL, lacking - start))
        return lacking

    def close_writing(self) -> None:
        """Let go of what is written to; who reads meanwhile goes on reading."""
        for journal in self.journals().values():
            journal.close()
        self.blobs.close()
