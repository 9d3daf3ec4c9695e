"""The index of the articles journal in SQLite: ids, names, keys, places."""

from collections.abc import Sequence
from pathlib import Path
from sqlite3 import Connection

from archive import faults, naming
from archive.article import Alias, Article, Tombstone, decode
from archive.disk.database import Database, Row
from archive.disk.fates import SCHEMA as _FATES
from archive.disk.fates import Fates, end_tombstone, id_bytes, id_text, put_joint, put_tombstone
from archive.identity import site
from archive.ports import MOST, BlobPlace, Card, Line, Named, refuse_gap
from archive.words import plain

VERSION = 3
_SCHEMA = (
    """
CREATE TABLE article(
  number INTEGER PRIMARY KEY, id BLOB UNIQUE, source TEXT, rev INTEGER, seq INTEGER, place TEXT,
  title TEXT, content BLOB, words INTEGER, quality TEXT, url TEXT,
  first_seen TEXT, fetched TEXT, date TEXT);
CREATE UNIQUE INDEX article_seq ON article(seq);
CREATE TABLE revision(seq INTEGER PRIMARY KEY, article INTEGER, rev INTEGER, place TEXT);
CREATE INDEX revision_article ON revision(article, rev);
CREATE TABLE name(article INTEGER, source TEXT, guid TEXT, url_key TEXT, fragment TEXT, loose TEXT,
  digest BLOB);
CREATE INDEX name_article ON name(article);
CREATE TABLE key(number INTEGER, article INTEGER, PRIMARY KEY(number, article)) WITHOUT ROWID;
CREATE TABLE blob(sha256 BLOB PRIMARY KEY, pack TEXT, at INTEGER, size INTEGER) WITHOUT ROWID;
CREATE TABLE pack(name TEXT PRIMARY KEY, size INTEGER) WITHOUT ROWID;
CREATE TABLE seen(journal TEXT PRIMARY KEY, seq INTEGER) WITHOUT ROWID;
INSERT INTO seen VALUES('articles', 0);
"""
    + _FATES
)
_CARD = (
    "SELECT id, source, rev, seq, number, place, title, content, words, quality, url, first_seen, "
    "fetched, date FROM article "
)
_NAME = "a.id, n.source, n.guid, n.loose, n.url_key, n.fragment, n.digest"


class DiskCatalog(Fates):
    """The Catalog port over one SQLite file.

    All ways by which an entry is recognised share one narrow index, `key`, of 63-bit
    numbers; the names themselves are compared after the look-up.
    """

    def __init__(self, path: Path, *, writable: bool = True) -> None:
        super().__init__(Database(path, _SCHEMA, VERSION, writable=writable))

    @property
    def position(self) -> int:
        """The seq of the last line taken in."""
        row = self._db.row("SELECT seq FROM seen")
        return int(row[0]) if row else 0

    def packs(self) -> dict[str, int]:
        """Return how far each pack of blobs has been taken in."""
        return dict(self._db.rows("SELECT name, size FROM pack"))

    def apply(
        self, lines: Sequence[Line], blobs: Sequence[BlobPlace] = (), *, behind: int | None = None
    ) -> None:
        """Take in *lines* and *blobs* in one transaction."""
        decided = False
        with self._db.transaction() as connection:
            faults.at("catalog.before")
            refuse_gap(connection.execute("SELECT seq FROM seen").fetchone()[0], lines, behind)
            for blob in blobs:
                _put_blob(connection, blob)
            for line in lines:
                record = decode(line.body)
                if isinstance(record, Article):
                    _put_article(connection, line, record)
                elif isinstance(record, Alias):
                    _put_alias(connection, record)
                    decided = decided or record.archive.decision is not None
                elif isinstance(record, Tombstone):
                    put_tombstone(connection, line, record)
            if lines:
                connection.execute("UPDATE seen SET seq=max(seq, ?)", (lines[-1].seq,))
        if decided:
            self.read_unions()
        faults.at("catalog.after")

    def card(self, article: str) -> Card | None:
        """Return the facts of an article, or None."""
        key = id_bytes(article)
        row = self._db.row(_CARD + "WHERE id=?", (key,)) if key else None
        return _card(row) if row else None

    def names_of(self, article: str) -> list[Named]:
        """Return every name by which sources called *article*."""
        key = id_bytes(article)
        rows = self._db.rows(
            f"SELECT {_NAME} FROM article a JOIN name n ON n.article=a.number WHERE a.id=? ORDER BY n.rowid",
            (key,),
        )
        return [_name(row) for row in rows]

    def by_guid(self, source: str, guid: str) -> list[Named]:
        """Return what *source* called by this guid."""
        found = self._named(naming.guid(source, guid))
        return [name for name in found if name.source == source and name.guid == guid]

    def by_loose(self, source: str, loose: str) -> list[Named]:
        """Return what *source* called by this guid but for scheme, host and `#n`."""
        found = self._named(naming.loose(source, loose))
        return [name for name in found if name.source == source and name.loose == loose]

    def by_url(self, url_key: str) -> list[Named]:
        """Return what any source showed under this address."""
        return [name for name in self._named(naming.address(url_key)) if name.url_key == url_key]

    def by_digest(self, source: str, digest: str) -> list[Named]:
        """Return what *source* last showed with this digest, of entries without a name."""
        found = self._named(naming.digest(source, digest))
        return [name for name in found if name.is_nameless and (name.source, name.digest) == (source, digest)]

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
        return self._db.rows(
            "SELECT r.rev, r.seq, r.place FROM revision r JOIN article a ON a.number=r.article "
            "WHERE a.id=? ORDER BY r.rev",
            (id_bytes(article),),
        )

    def newest(self, limit: int, before: int | None = None) -> list[Card]:
        """Return up to *limit* articles by newest revision."""
        end = before if before is not None else 1 << 62
        rows = self._db.rows(_CARD + "WHERE seq<? ORDER BY seq DESC LIMIT ?", (end, limit))
        return [_card(row) for row in rows]

    def matching_ids(self, head: str) -> list[str]:
        """Return up to ten ids that begin with *head* (with or without `urn:uuid:`)."""
        low = head.lower().removeprefix("urn:uuid:").replace("-", "")
        if not low or len(low) > 32 or any(char not in "0123456789abcdef" for char in low):
            return []
        span = (bytes.fromhex(low.ljust(32, "0")), bytes.fromhex(low.ljust(32, "f")))
        found = self._db.rows("SELECT id FROM article WHERE id BETWEEN ? AND ? ORDER BY id LIMIT 10", span)
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
        row = self._db.row("SELECT pack, at, size FROM blob WHERE sha256=?", (bytes.fromhex(sha256),))
        return BlobPlace(sha256=sha256, pack=row[0], offset=row[1], size=row[2]) if row else None

    def count(self) -> int:
        """Return how many articles there are."""
        row = self._db.row("SELECT count(*) FROM article")
        return int(row[0]) if row else 0

    def gone(self) -> bool:
        """Say whether the file was deleted."""
        return self._db.gone()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _ids(self, key: str, most: int = -1) -> list[str]:
        rows = self._db.rows(
            "SELECT a.id FROM key k JOIN article a ON a.number=k.article WHERE k.number=? "
            "ORDER BY k.article DESC LIMIT ?",
            (naming.number(key), most),
        )
        return [id_text(row[0]) for row in reversed(rows)]

    def _named(self, key: str) -> list[Named]:
        rows = self._db.rows(
            f"SELECT {_NAME} FROM key k JOIN article a ON a.number=k.article JOIN name n ON n.article=k.article "
            "WHERE k.number=? ORDER BY k.article, n.rowid",
            (naming.number(key),),
        )
        return [_name(row) for row in rows]


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


def _put_article(connection: Connection, line: Line, record: Article) -> None:
    key, archive = id_bytes(record.id), record.archive
    row = connection.execute("SELECT number, seq FROM article WHERE id=?", (key,)).fetchone()
    number = row[0] if row else line.seq
    extract = archive.extract
    facts = (
        archive.rev,
        line.seq,
        line.place,
        record.title,
        bytes.fromhex(archive.content_sha256),
        extract.words if extract else 0,
        extract.quality if extract else "full",
        record.url,
        archive.fetched,
        record.date_published,
    )
    if row is None:
        connection.execute(
            "INSERT INTO article(rev, seq, place, title, content, words, quality, url, fetched, date, "
            "number, id, source, first_seen) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (*facts, number, key, archive.source.key, archive.first_seen),
        )
    elif line.seq >= row[1]:
        connection.execute(
            "UPDATE article SET rev=?, seq=?, place=?, title=?, content=?, words=?, quality=?, url=?, "
            "fetched=?, date=? WHERE number=?",
            (*facts, number),
        )
        end_tombstone(connection, key, line.seq)
    connection.execute(
        "INSERT OR REPLACE INTO revision VALUES(?,?,?,?)", (line.seq, number, archive.rev, line.place)
    )
    _put_name(connection, number, naming.named(record), record.archive.of)
    for text in naming.content_keys(record):
        connection.execute("INSERT OR IGNORE INTO key VALUES(?,?)", (naming.number(text), number))


def _put_alias(connection: Connection, record: Alias) -> None:
    put_joint(connection, record)
    number = _number(connection, record.id)
    _put_name(connection, number, naming.named(record), record.archive.of)


def _number(connection: Connection, article: str) -> int | None:
    row = connection.execute("SELECT number FROM article WHERE id=?", (id_bytes(article),)).fetchone()
    return row[0] if row else None


def _put_name(connection: Connection, number: int | None, name: Named, of: str | None) -> None:
    """Put a name under its article; under *of* where that was merged into it."""
    number = _number(connection, of) if of is not None else number
    if number is None:
        return
    same = (number, name.source, name.guid, name.url_key, name.fragment)
    connection.execute(
        "DELETE FROM name WHERE article=? AND source=? AND guid IS ? AND url_key IS ? AND fragment=?", same
    )
    digest = bytes.fromhex(name.digest) if name.digest else None
    connection.execute(
        "INSERT INTO name(article, source, guid, url_key, fragment, loose, digest) VALUES(?,?,?,?,?,?,?)",
        (*same, name.loose, digest),
    )
    for text in naming.name_keys(name):
        connection.execute("INSERT OR IGNORE INTO key VALUES(?,?)", (naming.number(text), number))


def _put_blob(connection: Connection, blob: BlobPlace) -> None:
    connection.execute(
        "INSERT OR IGNORE INTO blob VALUES(?,?,?,?)",
        (bytes.fromhex(blob.sha256), blob.pack, blob.offset, blob.size),
    )
    connection.execute(
        "INSERT INTO pack VALUES(?,?) ON CONFLICT(name) DO UPDATE SET size=max(size, excluded.size)",
        (blob.pack, blob.offset + blob.size),
    )


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
