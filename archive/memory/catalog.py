"""The Catalog port as dictionaries: the small index of a batch, and proof of the seam."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from archive.cards import BlobPlace, Card, Facts, Line, Named
from archive.fate import erased
from archive.fate.unions import InUnions, Unions
from archive.knowing import naming
from archive.knowing.identity import site
from archive.ports import MOST, refuse_gap
from archive.record.article import Alias, Article, Tombstone
from archive.record.provenance import Gone


class MemoryCatalog(InUnions):
    """All facts of the catalog in dictionaries; nothing survives the object."""

    def __init__(self) -> None:
        self._cards: dict[str, Card] = {}
        self._revisions: dict[str, dict[int, tuple[int, str]]] = {}
        self._names: dict[str, dict[tuple[str | None, ...], Named]] = {}
        self._keys: dict[str, dict[str, None]] = {}
        self._blobs: dict[str, dict[BlobPlace, None]] = {}
        self._erased: dict[str, str] = {}
        self._unions = Unions()
        self._gone: dict[str, tuple[int, Gone]] = {}
        self._position = 0

    @property
    def position(self) -> int:
        """The seq of the last line taken in."""
        return self._position

    def packs(self) -> dict[str, int]:
        """Return how far each pack of blobs has been taken in."""
        found: dict[str, int] = {}
        for blob in (place for places in self._blobs.values() for place in places):
            found[blob.pack] = max(found.get(blob.pack, 0), blob.offset + blob.size)
        return found

    def apply(
        self,
        lines: Sequence[Line],
        blobs: Sequence[BlobPlace] = (),
        *,
        behind: int | None = None,
        facts: Sequence[Facts | None] | None = None,
    ) -> None:
        """Take in *lines* and *blobs*."""
        refuse_gap(self._position, lines, behind)
        for blob in blobs:
            self._blobs.setdefault(blob.sha256, {})[blob] = None
        read = facts if facts is not None else [naming.read(line.body) for line in lines]
        for line, one in zip(lines, read, strict=True):
            if one is not None and isinstance(one.record, Alias) and not self._knows(one.name):
                self._unions.take(one.record)  # Of an article whose own line was lost it names nothing.
            elif one is not None:
                self.take(line.seq, line.place, one)
            elif (gone := erased.read(line.body)) is not None:
                MemoryCatalog.erase(self, gone.id, gone.keys)
            self._position = max(self._position, line.seq)

    def _knows(self, name: Named | None) -> bool:
        return name is not None and name.article in self._cards

    def take(self, seq: int, place: str, facts: Facts) -> None:
        """Take in one line that has been read already."""
        record, name = facts.record, facts.name
        if isinstance(record, Tombstone):
            card, known = self._cards.get(record.id), self._gone.get(record.id)
            ended = card is not None and card.seq > seq and not record.archive.gone.withheld
            if not ended and (known is None or not known[1].withheld):
                self._gone[record.id] = (seq, record.archive.gone)
        if isinstance(record, Alias):
            self._unions.take(record)
        if isinstance(record, Article):
            self._put_article(seq, place, record, facts.title_key)
        if name is not None:
            key = (name.source, name.guid, name.url_key, name.fragment)
            names = self._names.setdefault(name.article, {})
            names.pop(key, None)  # The newest stands last.
            names[key] = name
            for text in facts.names:
                self._keys.setdefault(text, {})[name.article] = None
        for text in facts.says:
            self._keys.setdefault(text, {})[record.id] = None

    def _put_article(self, seq: int, place: str, record: Article, title_key: str) -> None:
        known = self._gone.get(record.id)
        if known is not None and known[0] < seq and not known[1].withheld:
            del self._gone[record.id]
        self._revisions.setdefault(record.id, {})[record.archive.rev] = (seq, place)
        before = self._cards.get(record.id)
        if before is not None and before.seq > seq:
            return
        extract = record.archive.extract
        self._cards[record.id] = Card(
            id=record.id,
            source=before.source if before else record.archive.source.key,
            rev=record.archive.rev,
            seq=seq,
            first_seq=before.first_seq if before else seq,
            place=place,
            title=record.title or "",
            title_key=title_key,
            content_sha256=record.archive.content_sha256,
            words=extract.words if extract else 0,
            quality=extract.quality if extract else "full",
            site=site(record.url) if record.url else None,
            url=record.url,
            first_seen=record.archive.first_seen,
            fetched=record.archive.fetched,
            date=record.date_published,
        )

    def card(self, article: str) -> Card | None:
        """Return the facts of an article, or None."""
        return self._cards.get(article)

    def tombstone(self, article: str) -> Gone | None:
        """Return why *article* itself was taken back, or None where it stands."""
        found = self._gone.get(article)
        return found[1] if found else None

    def names_of(self, article: str) -> list[Named]:
        """Return every name by which sources called *article*."""
        return list(self._names.get(article, {}).values())

    def called(self, keys: Collection[str]) -> dict[str, list[Named]]:
        """Return what goes by each of some names, by their keys."""
        found = {key: [one for one in self._named(key) if key in naming.keys_of(one)] for key in keys}
        return {key: names for key, names in found.items() if names}

    def by_title(self, source: str, title_key: str, date: str | None) -> list[str]:
        """Return the newest articles of *source* with this title and date."""
        return self._articles(naming.title(source, title_key, date))[-MOST:]

    def by_content(self, content_sha256: str, site: str, since: str) -> list[str]:
        """Return the articles with this content on *site* fetched at or after *since*."""
        found = (self._cards.get(article) for article in self._articles(naming.content(content_sha256)))
        return [card.id for card in found if card and card.site == site and card.fetched >= since]

    def by_bytes(self, sha256: str) -> list[str]:
        """Return the articles that were once read from exactly these bytes."""
        return self._articles(naming.file_bytes(sha256))

    def revisions(self, article: str) -> list[tuple[int, int, str]]:
        """Return (rev, seq, place) of every revision, oldest first."""
        return [(rev, *found) for rev, found in sorted(self._revisions.get(article, {}).items())]

    def newest(self, limit: int, before: int | None = None) -> list[Card]:
        """Return up to *limit* articles by newest revision."""
        cards = sorted(self._cards.values(), key=lambda card: -card.seq)
        return [card for card in cards if before is None or card.seq < before][:limit]

    def matching_ids(self, head: str) -> list[str]:
        """Return up to ten ids that begin with *head*."""
        low = head.lower().removeprefix("urn:uuid:").replace("-", "")
        plain_ids = {article.removeprefix("urn:uuid:").replace("-", ""): article for article in self._cards}
        return [plain_ids[key] for key in sorted(plain_ids) if low and key.startswith(low)][:10]

    def articles_at(self, seqs: Sequence[int]) -> list[str]:
        """Return the articles whose newest revision is one of *seqs*, in their order."""
        by_seq = {card.seq: card.id for card in self._cards.values()}
        return [by_seq[seq] for seq in seqs if seq in by_seq]

    def blob(self, sha256: str) -> BlobPlace | None:
        """Return where the bytes of a digest lie, or None."""
        return next(iter(self._blobs.get(sha256, ())), None)

    def places(self, digests: Collection[str]) -> list[BlobPlace]:
        """Return every place at which bytes of *digests* lie."""
        return [place for digest in digests for place in self._blobs.get(digest, ())]

    def digests(self) -> Iterator[str]:
        """Yield the digest of all bytes that it knows."""
        yield from list(self._blobs)

    def lacking(self, digests: Collection[str]) -> list[str]:
        """Return those of *digests* whose bytes it knows nowhere, in order."""
        return [digest for digest in digests if digest not in self._blobs]

    def count(self) -> int:
        """Return how many articles there are."""
        return len(self._cards)

    def erased(self, names: Iterable[str]) -> dict[str, str]:
        """Return which of *names* are those of erased articles."""
        return {name: self._erased[key] for name in names if (key := erased.sign(name)) in self._erased}

    def move(self, lines: Sequence[Line]) -> None:
        """Take note of new places."""
        places = {line.seq: line.place for line in lines}
        for revisions in self._revisions.values():
            for rev, (seq, place) in revisions.items():
                revisions[rev] = (seq, places.get(seq, place))
        for article, card in self._cards.items():
            self._cards[article] = replace(card, place=places.get(card.seq, card.place))

    def forget_packs(self, packs: Collection[str]) -> None:
        """Forget which blobs lay in packs that are no more."""
        for digest, places in list(self._blobs.items()):
            if left := {place: None for place in places if place.pack not in packs}:
                self._blobs[digest] = left
            else:
                del self._blobs[digest]

    def erase(self, article: str, keys: Collection[str], given: Collection[int] = ()) -> None:
        """Keep nothing of an article but its id and *keys*."""
        for other, revisions in self._revisions.items():
            self._revisions[other] = {rev: one for rev, one in revisions.items() if one[0] not in given}
        for known in (self._cards, self._revisions, self._names):
            known.pop(article, None)
        for articles in self._keys.values():
            articles.pop(article, None)
        self._erased.update(dict.fromkeys([*keys, erased.sign(erased.id_name(article))], article))

    def gone(self) -> bool:
        """Memory is never taken away."""
        return False

    def close(self) -> None:
        """Nothing to let go of."""

    def _named(self, key: str) -> list[Named]:
        return [name for article in self._articles(key) for name in self.names_of(article)]

    def _articles(self, key: str) -> list[str]:
        """Return the articles under a key, the longest known first."""
        found = list(self._keys.get(key, ()))
        if len(found) < 2:
            return found
        return sorted(found, key=lambda article: card.first_seq if (card := self.card(article)) else 0)
