"""What is known, with the lines of a batch that is not yet durable laid over it."""

from collections.abc import Callable, Collection
from dataclasses import replace

from archive import naming
from archive.article import Alias, Article
from archive.memory.catalog import MemoryCatalog
from archive.ports import Card, Facts, Lookups, Named


class Batch:
    """The view that keeping decides against: the catalog and the batch as one.

    One story that comes through two feeds at once is one article: the second
    finds the first here, though neither is durable yet. Batches may lie one over
    the other: the one in front is synced while the next is decided.
    """

    def __init__(self, known: Lookups, text_of: Callable[[str], str]) -> None:
        self._pending = MemoryCatalog()
        self._texts: dict[str, str] = {}
        self.lines: list[Facts] = []
        self.blobs: dict[str, bytes] = {}
        self.stand_on(known, text_of)

    def stand_on(self, known: Lookups, text_of: Callable[[str], str]) -> None:
        """Lay it over *known*: the catalog, or the batch in front that is not yet in it.

        text_of   the text of the newest revision of an article that is known there
        """
        self._known = known
        self._text_of = text_of

    def add(self, record: Article | Alias, raw: bytes | None = None) -> None:
        """Lay one more line over what is known, with the bytes it was read from."""
        facts = naming.facts(record)
        self._pending.take(len(self.lines), "", facts)
        self.lines.append(facts)
        if isinstance(record, Article):
            self._texts[record.id] = record.content_text
        if raw is not None and record.archive.raw is not None:
            self.blobs[record.archive.raw.sha256] = raw

    def text(self, article: str) -> str:
        """Return the text of the newest revision."""
        if article not in self._texts:
            self._texts[article] = self._text_of(article)
        return self._texts[article]

    def card(self, article: str) -> Card | None:
        """Return the facts of an article, or None."""
        kept, pending = self._known.card(article), self._pending.card(article)
        if kept is None or pending is None:
            return pending or kept
        return replace(pending, source=kept.source, first_seq=kept.first_seq)

    def names_of(self, article: str) -> list[Named]:
        """Return every name by which sources called *article*."""
        return self._known.names_of(article) + self._pending.names_of(article)

    def by_guid(self, source: str, guid: str) -> list[Named]:
        """Return what *source* called by this guid."""
        return self._known.by_guid(source, guid) + self._pending.by_guid(source, guid)

    def by_loose(self, source: str, loose: str) -> list[Named]:
        """Return what *source* called by this guid but for scheme, host and `#n`."""
        return self._known.by_loose(source, loose) + self._pending.by_loose(source, loose)

    def by_url(self, url_key: str) -> list[Named]:
        """Return what any source showed under this address."""
        return self._known.by_url(url_key) + self._pending.by_url(url_key)

    def by_digest(self, source: str, digest: str) -> list[Named]:
        """Return what *source* last showed with this digest, of entries without a name."""
        return self._known.by_digest(source, digest) + self._pending.by_digest(source, digest)

    def by_title(self, source: str, title_key: str, date: str | None) -> list[str]:
        """Return the newest articles of *source* with this title and date."""
        kept = self._known.by_title(source, title_key, date)
        return kept + self._pending.by_title(source, title_key, date)

    def by_content(self, content_sha256: str, site: str, since: str) -> list[str]:
        """Return the articles with this content on *site* fetched at or after *since*."""
        kept = self._known.by_content(content_sha256, site, since)
        return kept + self._pending.by_content(content_sha256, site, since)

    def erased(self, names: Collection[str]) -> dict[str, str]:
        """Return which of *names* are those of erased articles: never of one in the batch."""
        return self._known.erased(names)

    def by_bytes(self, sha256: str) -> list[str]:
        """Return the articles that were once read from exactly these bytes."""
        return self._known.by_bytes(sha256) + self._pending.by_bytes(sha256)
