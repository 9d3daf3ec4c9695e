"""What an editor decides of articles as such: which are one, and which are withheld."""

import threading
from collections.abc import Sequence

from archive import faults
from archive.fate.again import say_again
from archive.fate.unions import alias_lines
from archive.keeping.writer import BATCH_LINES
from archive.opened import Ports
from archive.record.article import Record, Tombstone, TombstoneOf, encode
from archive.record.provenance import Gone


class Fates:
    """The part of the archive that merges, splits and withholds: beside the writer, never within its batch."""

    _guard: threading.Lock
    _ports: Ports

    def unite(self, part: str, whole: str, decision: int, at: str) -> None:
        """Carry out an editor's merge of *part* into *whole*; a split, where both are one.

        Where a part that leaves gave what the other says now, that says again what it said before.

        decision   its seq in the decisions journal; what was carried out is not done twice
        """
        with self._guard:
            self._ports.level()
            catalog = self._ports.catalog
            done = catalog.decided(part)
            if done is None or done[1] < decision:
                if part == whole:
                    leaving = set(catalog.below(part))
                    say_again(self._ports, catalog.whole(part), lambda one: one.archive.of in leaving)
                    faults.at("union.again")
                lines = catalog.revisions(part)
                revisions = [self._ports.article_at(place, seq) for _, seq, place in lines]
                names = catalog.names_of(part)
                self._add(
                    alias_lines(
                        part, whole, decision, at, names, [one for one in revisions if one is not None]
                    )
                )

    def withhold(self, article: str, gone: Gone) -> list[str]:
        """Withhold an article and all that counts as one with it; return which were not yet."""
        with self._guard:
            self._ports.level()
            catalog = self._ports.catalog
            found = [one for one in catalog.members(article) if not _withheld(catalog.tombstone(one))]
            self._add([Tombstone(id=one, archive=TombstoneOf(gone=gone)) for one in found])
        return found

    def _add(self, records: Sequence[Record]) -> None:
        for start in range(0, len(records), BATCH_LINES):
            bodies = [encode(record) for record in records[start : start + BATCH_LINES]]
            self._ports.catalog.apply(self._ports.articles.append(bodies))

    def whole(self, article: str) -> str:
        """Return the article that *article* counts as: itself, or what it was merged into."""
        return self._ports.catalog.whole(article)

    def members(self, article: str) -> list[str]:
        """Return all that count as one with *article*, the one that survives first."""
        return self._ports.catalog.members(article)

    def decided(self, article: str) -> tuple[str, int] | None:
        """Return what *article* was last made part of (itself after a split), and the decision's seq."""
        return self._ports.catalog.decided(article)

    def tombstone(self, article: str) -> Gone | None:
        """Return why an article was taken back, or None: withheld is all that counts as one with it."""
        found = {one: self._ports.catalog.tombstone(one) for one in self.members(article)}
        return next((gone for gone in found.values() if _withheld(gone)), found[article])


def _withheld(gone: Gone | None) -> bool:
    return gone is not None and gone.withheld
