"""What is known, with the lines of a batch that is not yet durable laid over it."""

from collections.abc import Callable
from dataclasses import replace

from archive.article import Article, Record, raw_of
from archive.memory.catalog import MemoryCatalog
from archive.ports import Card, Line, Lookups, Named
from archive.provenance import Gone


class Batch:
    """The view that keeping decides against: the catalog and the batch as one.

    One story that comes through two feeds at once is one article: the second
    finds the first here, though neither is durable yet.
    """

    def __init__(
        self,
        catalog: Lookups,
        text_of: Callable[[Card], str],
        fetched_of: Callable[[str, int], str | None] = lambda *_: None,
    ) -> None:
        self._catalog = catalog
        self._text_of = text_of
        self._fetched_of = fetched_of
        self._fetched: dict[tuple[str, int], str] = {}
        self._pending = MemoryCatalog()
        self._texts: dict[str, str] = {}
        self.lines: list[Record] = []
        self.blobs: dict[str, bytes] = {}

    def add(self, record: Record, raw: bytes | None = None) -> None:
        """Lay one more line over what is known, with the bytes it was read from."""
        self._pending.take(Line(len(self.lines), "", b""), record)
        self.lines.append(record)
        if isinstance(record, Article):
            self._texts[record.id] = record.content_text
            self._fetched[record.id, record.archive.rev] = record.archive.fetched
        if raw is not None and (named := raw_of(record)) is not None:
            self.blobs[named.sha256] = raw

    def text(self, article: str) -> str:
        """Return the text of the newest revision."""
        if article not in self._texts:
            card = self._catalog.card(article)
            self._texts[article] = self._text_of(card) if card else ""
        return self._texts[article]

    def fetched(self, article: str, rev: int) -> str | None:
        """Return when a revision was fetched, where that can be read."""
        return self._fetched.get((article, rev)) or self._fetched_of(article, rev)

    def whole(self, article: str) -> str:
        """Return the article that *article* counts as: merges are never part of a batch."""
        return self._catalog.whole(article)

    def members(self, article: str) -> list[str]:
        """Return all that count as one with *article*."""
        return self._catalog.members(article)

    def tombstone(self, article: str) -> Gone | None:
        """Return why *article* itself was taken back, or None where it stands."""
        kept = self._catalog.tombstone(article)
        if kept is not None and (kept.withheld or self._pending.card(article) is None):
            return kept
        return self._pending.tombstone(article)

    def card(self, article: str) -> Card | None:
        """Return the facts of an article, or None."""
        kept, pending = self._catalog.card(article), self._pending.card(article)
        if kept is None or pending is None:
            return pending or kept
        return replace(pending, source=kept.source, first_seq=kept.first_seq)

    def names_of(self, article: str) -> list[Named]:
        """Return every name by which sources called *article*."""
        return self._catalog.names_of(article) + self._pending.names_of(article)

    def by_guid(self, source: str, guid: str) -> list[Named]:
        """Return what *source* called by this guid."""
        return self._catalog.by_guid(source, guid) + self._pending.by_guid(source, guid)

    def by_loose(self, source: str, loose: str) -> list[Named]:
        """Return what *source* called by this guid but for scheme, host and `#n`."""
        return self._catalog.by_loose(source, loose) + self._pending.by_loose(source, loose)

    def by_url(self, url_key: str) -> list[Named]:
        """Return what any source showed under this address."""
        return self._catalog.by_url(url_key) + self._pending.by_url(url_key)

    def by_digest(self, source: str, digest: str) -> list[Named]:
        """Return what *source* last showed with this digest, of entries without a name."""
        return self._catalog.by_digest(source, digest) + self._pending.by_digest(source, digest)

    def by_title(self, source: str, title_key: str, date: str | None) -> list[str]:
        """Return the newest articles of *source* with this title and date."""
        kept = self._catalog.by_title(source, title_key, date)
        return kept + self._pending.by_title(source, title_key, date)

    def by_content(self, content_sha256: str, site: str, since: str) -> list[str]:
        """Return the articles with this content on *site* fetched at or after *since*."""
        kept = self._catalog.by_content(content_sha256, site, since)
        return kept + self._pending.by_content(content_sha256, site, since)

    def by_bytes(self, sha256: str) -> list[str]:
        """Return the articles that were once read from exactly these bytes."""
        return self._catalog.by_bytes(sha256) + self._pending.by_bytes(sha256)
