"""What is known, with the lines of a batch that is not yet durable laid over it."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace

from archive.cards import Card, Facts, Named
from archive.knowing import naming
from archive.memory.catalog import MemoryCatalog
from archive.ports import Lookups
from archive.record.article import Article, Record, raw_of
from archive.record.provenance import Gone


@dataclass(frozen=True, slots=True)
class Journalled:
    """What the catalog cannot tell, and the journal can.

    text      the text of an article's newest revision
    fetched   when a revision was fetched, where that can be read
    """

    text: Callable[[str], str]
    fetched: Callable[[str, int], str | None]


class Batch:
    """The view that keeping decides against: the catalog and the batch as one.

    One story that comes through two feeds at once is one article: the second
    finds the first here, though neither is durable yet. Batches may lie one over
    the other: the one in front is synced while the next is decided.
    """

    def __init__(self, known: Lookups, journalled: Journalled) -> None:
        self._known = known
        self._journalled = journalled
        self._fetched: dict[tuple[str, int], str] = {}
        self._pending = MemoryCatalog()
        self._texts: dict[str, str] = {}
        self.lines: list[Facts] = []
        self.blobs: dict[str, bytes] = {}

    def stand_on(self, known: Lookups, journalled: Journalled) -> None:
        """Lay it over *known*: the catalog, once the batch in front is in it."""
        self._known = known
        self._journalled = journalled

    def add(self, record: Record, raw: bytes | None = None) -> None:
        """Lay one more line over what is known, with the bytes it was read from."""
        facts = naming.facts(record)
        self._pending.take(len(self.lines), "", facts)
        self.lines.append(facts)
        if isinstance(record, Article):
            self._texts[record.id] = record.content_text
            self._fetched[record.id, record.archive.rev] = record.archive.fetched
        if raw is not None and (named := raw_of(record)) is not None:
            self.blobs[named.sha256] = raw

    def text(self, article: str) -> str:
        """Return the text of the newest revision."""
        if article not in self._texts:
            self._texts[article] = self._journalled.text(article)
        return self._texts[article]

    def fetched(self, article: str, rev: int) -> str | None:
        """Return when a revision was fetched, where that can be read."""
        return self._fetched.get((article, rev)) or self._journalled.fetched(article, rev)

    def whole(self, article: str) -> str:
        """Return the article that *article* counts as: merges are never part of a batch."""
        return self._known.whole(article)

    def members(self, article: str) -> list[str]:
        """Return all that count as one with *article*."""
        return self._known.members(article)

    def tombstone(self, article: str) -> Gone | None:
        """Return why *article* itself was taken back, or None where it stands."""
        kept = self._known.tombstone(article)
        if kept is not None and (kept.withheld or self._pending.card(article) is None):
            return kept
        return self._pending.tombstone(article)

    def card(self, article: str) -> Card | None:
        """Return the facts of an article, or None."""
        kept, pending = self._known.card(article), self._pending.card(article)
        if kept is None or pending is None:
            return pending or kept
        return replace(pending, source=kept.source, first_seq=kept.first_seq)

    def names_of(self, article: str) -> list[Named]:
        """Return every name by which sources called *article*."""
        return self._known.names_of(article) + self._pending.names_of(article)

    def called(self, keys: Collection[str]) -> dict[str, list[Named]]:
        """Return what goes by each of some names, by their keys."""
        kept, pending = self._known.called(keys), self._pending.called(keys)
        return kept | {key: kept.get(key, []) + names for key, names in pending.items()}

    def by_title(self, source: str, title_key: str, date: str | None) -> list[str]:
        """Return the newest articles of *source* with this title and date."""
        kept = self._known.by_title(source, title_key, date)
        return kept + self._pending.by_title(source, title_key, date)

    def by_content(self, content_sha256: str, site: str, since: str) -> list[str]:
        """Return the articles with this content on *site* fetched at or after *since*."""
        kept = self._known.by_content(content_sha256, site, since)
        return kept + self._pending.by_content(content_sha256, site, since)

    def erased(self, names: Iterable[str]) -> dict[str, str]:
        """Return which of *names* are those of erased articles: never of one in the batch."""
        return self._known.erased(names)

    def by_bytes(self, sha256: str) -> list[str]:
        """Return the articles that were once read from exactly these bytes."""
        return self._known.by_bytes(sha256) + self._pending.by_bytes(sha256)
