"""The index of the articles journal in SQLite: ids, names, keys, places."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from archive import faults
from archive.cards import BlobPlace, Card, Facts, Line, Named
from archive.disk import forgetting, intake, keys
from archive.disk.database import Database, Row
from archive.disk.fates import Fates, id_bytes, id_text
from archive.fate import erased
from archive.knowing import naming
from archive.knowing.identity import site
from archive.ports import MOST, refuse_gap
from archive.record.article import Alias, Record
from archive.text.words import plain

VERSION = 6
_PAGE = 10_000
_CARD = (
    "SELECT id, source, rev, seq, number, place, title, content, words, quality, url, first_seen, "
    "fetched, date FROM article"
)
_BY_ID = f"number IN ({keys.FIND}) AND id=?3"
_NAME = "a.id, n.source, n.guid, n.loose, n.url_key, n.fragment, n.digest"
_CALLED = (
    f"SELECT {_NAME} FROM article a JOIN name n ON n.article=a.number "
    f"WHERE a.number IN ({keys.FIND_EACH}) ORDER BY a.number, n.rowid"
)


class DiskCatalog(Fates):
    """The Catalog port over one SQLite file.

    All that is looked up by a digest (ids, blobs, the ways by which an entry is
    recognised) shares one narrow index of 63-bit numbers, see archive.disk.keys; what
    they stand for is compared after the look-up.
    """

    def __init__(self, path: Path, *, writable: bool = True) -> None:
        super().__init__(Database(path, intake.SCHEMA + forgetting.SCHEMA, VERSION, writable=writable))
        self._keys = keys.Keys(self._db, writable=writable)

    @property
    def position(self) -> int:
        """The seq of the last line taken in."""
        row = self._db.row("SELECT seq FROM seen")
        return int(row[0]) if row else 0

    def packs(self) -> dict[str, int]:
        """Return how far each pack of blobs has been taken in."""
        return dict(self._db.rows("SELECT name, size FROM pack"))

    def apply(
        self,
        lines: Sequence[Line],
        blobs: Sequence[BlobPlace] = (),
        *,
        behind: int | None = None,
        facts: Sequence[Facts | None] | None = None,
    ) -> None:
        """Take in *lines* and *blobs* in one transaction."""
        read = facts if facts is not None else [naming.read(line.body) for line in lines]
        with self._keys.transaction() as connection:
            faults.at("catalog.before")
            refuse_gap(connection.execute("SELECT seq FROM seen").fetchone()[0], lines, behind)
            intake.put(connection, self._keys, lines, read, blobs)
            for line, one in zip(lines, read, strict=True):
                if one is None and (gone := erased.read(line.body)) is not None:
                    forgetting.note(connection, gone.id, gone.keys)
        if any(one is not None and _decides(one.record) for one in read):
            self.read_unions()
        faults.at("catalog.after")

    def card(self, article: str) -> Card | None:
        """Return the facts of an article, or None."""
        key = id_bytes(article)
        found = (
            self._db.row(f"{_CARD} WHERE {_BY_ID}", (*self._keys.asking(intake.id_number(key)), key))
            if key
            else None
        )
        return _card(found) if found else None

    def names_of(self, article: str) -> list[Named]:
        """Return every name by which sources called *article*."""
        key = id_bytes(article)
        if key is None:
            return []
        rows = self._db.rows(
            f"SELECT {_NAME} FROM article a JOIN name n ON n.article=a.number WHERE {_BY_ID} ORDER BY n.rowid",
            (*self._keys.asking(intake.id_number(key)), key),
        )
        return [_name(row) for row in rows]

    def called(self, keys: Collection[str]) -> dict[str, list[Named]]:
        """Return what goes by each of some names, by their keys."""
        wanted = {key: naming.number(key) for key in keys}
        found: dict[str, list[Named]] = {}
        for row in self._db.rows(_CALLED, self._keys.asking_each([*wanted.values()])) if wanted else ():
            name = _name(row)
            for key in naming.keys_of(name):
                if key in wanted:
                    found.setdefault(key, []).append(name)
        return found

    def by_title(self, source: str, title_key: str, date: str | None) -> list[str]:
        """Return the newest articles of *source* with this title and date."""
        return self._ids(naming.title(source, title_key, date), MOST)

    def by_content(self, content_sha256: str, site: str, since: str) -> list[str]:
        """Return the articles with this content on *site* fetched at or after *since*."""
        cards = map(self.card, self._ids(naming.content(content_sha256)))
        return [card.id for card in cards if card and card.site == site and card.fetched >= since]

    def by_bytes(self, sha256: str) -> list[str]:
        """Return the articles that were once read from exactly these bytes."""
        return self._ids(naming.file_bytes(sha256))

    def revisions(self, article: str) -> list[tuple[int, int, str]]:
        """Return (rev, seq, place) of every revision, oldest first."""
        key = id_bytes(article)
        if key is None:
            return []
        return self._db.rows(
            "SELECT r.rev, r.seq, r.place FROM revision r JOIN article a ON a.number=r.article "
            f"WHERE {_BY_ID} ORDER BY r.rev",
            (*self._keys.asking(intake.id_number(key)), key),
        )

    def newest(self, limit: int, before: int | None = None) -> list[Card]:
        """Return up to *limit* articles by newest revision."""
        end = before if before is not None else 1 << 62
        rows = self._db.rows(_CARD + " WHERE seq<? ORDER BY seq DESC LIMIT ?", (end, limit))
        return [_card(row) for row in rows]

    def matching_ids(self, head: str) -> list[str]:
        """Return up to ten ids that begin with *head* (with or without `urn:uuid:`)."""
        low = head.lower().removeprefix("urn:uuid:").replace("-", "")
        if not low or len(low) > 32 or any(char not in "0123456789abcdef" for char in low):
            return []
        first, last = bytes.fromhex(low.ljust(32, "0")), bytes.fromhex(low.ljust(32, "f"))
        found = self._db.rows(
            f"SELECT id FROM article WHERE number IN ({keys.BETWEEN}) AND id BETWEEN ?5 AND ?6 "
            "ORDER BY id LIMIT ?4",
            (*self._keys.asking_between(intake.id_number(first), intake.id_number(last), 10), first, last),
        )
        return [id_text(row[0]) for row in found]

    def articles_at(self, seqs: Sequence[int]) -> list[str]:
        """Return the articles whose newest revision is one of *seqs*, in their order."""
        marks = ",".join("?" * len(seqs))
        found: dict[int, bytes] = dict(
            self._db.rows(f"SELECT seq, id FROM article WHERE seq IN ({marks})", list(seqs))
        )
        return [id_text(found[seq]) for seq in seqs if seq in found]

    def blob(self, sha256: str) -> BlobPlace | None:
        """Return where the bytes of a digest lie, or None."""
        digest = bytes.fromhex(sha256)
        row = self._db.row(
            f"SELECT sha256, pack, at, size FROM blob WHERE number IN ({keys.FIND}) AND sha256=?3 "
            "ORDER BY number LIMIT 1",
            (*self._keys.asking(intake.blob_number(digest)), digest),
        )
        return _place(row) if row else None

    def places(self, digests: Collection[str]) -> list[BlobPlace]:
        """Return every place at which bytes of *digests* lie, each once."""
        wanted = {bytes.fromhex(digest) for digest in digests}
        numbers = self._keys.asking_each([intake.blob_number(digest) for digest in wanted])
        found = (_place(row) for row in self._db.rows(intake.PLACES, numbers) if row[0] in wanted)
        return list(dict.fromkeys(found))

    def digests(self) -> Iterator[str]:
        """Yield the digest of all bytes that it knows."""
        last = 0
        while rows := self._db.rows(
            "SELECT number, sha256 FROM blob WHERE number>? ORDER BY number LIMIT ?", (last, _PAGE)
        ):
            yield from (row[1].hex() for row in rows)
            last = rows[-1][0]

    def lacking(self, digests: Collection[str]) -> list[str]:
        """Return those of *digests* whose bytes it knows nowhere, in order."""
        wanted = self._keys.asking_each([intake.blob_number(bytes.fromhex(digest)) for digest in digests])
        there = {row[0].hex() for row in self._db.rows(intake.PLACES, wanted)}
        return [digest for digest in digests if digest not in there]

    def count(self) -> int:
        """Return how many articles there are."""
        row = self._db.row("SELECT count(*) FROM article")
        return int(row[0]) if row else 0

    def erased(self, names: Iterable[str]) -> dict[str, str]:
        """Return which of *names* are those of erased articles."""
        return forgetting.kept_out(self._db, names)

    def move(self, lines: Sequence[Line]) -> None:
        """Take note of new places."""
        forgetting.move(self._db, lines)

    def forget_packs(self, packs: Collection[str]) -> None:
        """Forget which blobs lay in packs that are no more."""
        forgetting.forget_packs(self._db, packs)

    def erase(self, article: str, keys: Collection[str], given: Collection[int] = ()) -> None:
        """Keep nothing of an article but its id and *keys*."""
        forgetting.erase(self._db, self._keys, article, keys, given)

    def gone(self) -> bool:
        """Say whether the file was deleted."""
        return self._db.gone()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _ids(self, key: str, most: int = -1) -> list[str]:
        rows = self._db.rows(
            f"SELECT id FROM article WHERE number IN ({keys.FIND_LAST}) ORDER BY number DESC LIMIT ?3",
            (*self._keys.asking(naming.number(key)), most),
        )
        return [id_text(row[0]) for row in reversed(rows)]


def _name(row: Row) -> Named:
    key, source, guid, loose, url_key, fragment, digest = row
    return Named(
        article=id_text(key),
        source=source,
        guid=guid,
        loose=loose,
        url_key=url_key,
        fragment=fragment,
        digest=digest.hex() if digest else None,
    )


def _place(row: Row) -> BlobPlace:
    digest, pack, at, size = row
    return BlobPlace(sha256=digest.hex(), pack=pack, offset=at, size=size)


def _card(row: Row) -> Card:
    key, source, rev, seq, number, place, title, content, words, quality, url, first_seen, fetched, date = row
    return Card(
        id=id_text(key),
        source=source,
        rev=rev,
        seq=seq,
        first_seq=number,
        place=place,
        title=title or "",
        title_key=plain(title or ""),
        content_sha256=content.hex(),
        words=words,
        quality=quality,
        site=site(url) if url else None,
        url=url,
        first_seen=first_seen,
        fetched=fetched,
        date=date,
    )


def _decides(record: Record) -> bool:
    """Say whether a line carries out a merge or a split."""
    return isinstance(record, Alias) and record.archive.decision is not None
