"""Lines and blobs -> rows of the catalog, statement by statement for a whole batch at once."""

from collections.abc import Iterable, Sequence
from sqlite3 import Connection
from typing import Any

from archive.cards import BlobPlace, Facts, Line, Named
from archive.disk import fates, keys
from archive.disk.database import insert
from archive.disk.fates import end_tombstones, id_bytes, put_joint, put_tombstone
from archive.knowing import naming
from archive.record.article import Alias, Article, Tombstone

SCHEMA = (
    keys.SCHEMA
    + fates.SCHEMA
    + """
CREATE TABLE article(
  number INTEGER PRIMARY KEY, id BLOB, source TEXT, rev INTEGER, seq INTEGER, place TEXT,
  title TEXT, content BLOB, words INTEGER, quality TEXT, url TEXT,
  first_seen TEXT, fetched TEXT, date TEXT);
CREATE UNIQUE INDEX article_seq ON article(seq);
CREATE TABLE revision(seq INTEGER PRIMARY KEY, article INTEGER, rev INTEGER, place TEXT);
CREATE INDEX revision_article ON revision(article, rev);
CREATE TABLE name(article INTEGER, source TEXT, guid TEXT, url_key TEXT, fragment TEXT, loose TEXT,
  digest BLOB);
CREATE INDEX name_article ON name(article);
CREATE TABLE blob(number INTEGER PRIMARY KEY, sha256 BLOB, pack TEXT, at INTEGER, size INTEGER);
CREATE TABLE pack(name TEXT PRIMARY KEY, size INTEGER) WITHOUT ROWID;
CREATE TABLE seen(journal TEXT PRIMARY KEY, seq INTEGER) WITHOUT ROWID;
INSERT INTO seen VALUES('articles', 0);
"""
)
"""Every table but the index of keys grows at its end only: rows are numbered as they come."""

_HALF = 1 << 63


def id_number(key: bytes) -> int:
    """Return the number of an id in the index of keys: below zero, and in the order of ids."""
    return (int.from_bytes(key[:8], "big") >> 1) - _HALF


def blob_number(digest: bytes) -> int:
    """Return the number of a blob's digest in the index of keys."""
    return int.from_bytes(digest[:8], "big") >> 1


class _Lines:
    """The rows that a batch of lines makes, gathered before the first is written.

    pairs   (number, target) of all by which they are looked up
    """

    def __init__(self, connection: Connection, index: keys.Keys, found: Iterable[Facts | None]) -> None:
        self.pairs: list[tuple[int, int]] = []
        self._connection = connection
        self._index = index
        ids = {facts.record.id for facts in found if facts is not None}
        ids |= {facts.name.article for facts in found if facts is not None and facts.name is not None}
        self._ids = {article: key for article in ids if (key := id_bytes(article)) is not None}
        self._known = self._look_up()
        self._old = {number for number, _ in self._known.values()}
        self._added: dict[str, tuple[Any, ...]] = {}
        self._renewed: dict[int, tuple[Any, ...]] = {}
        self._revisions: list[tuple[Any, ...]] = []
        self._names: dict[tuple[Any, ...], tuple[Any, ...]] = {}
        self._revised: set[str] = set()
        self._tombstones: list[tuple[Line, Tombstone]] = []

    def _look_up(self) -> dict[str, tuple[int, int]]:
        """Return the number and the newest seq of each article that is there already."""
        wanted = self._index.asking_each([id_number(key) for key in self._ids.values()])
        rows = self._connection.execute(
            f"SELECT id, number, seq FROM article WHERE number IN ({keys.FIND_EACH})", wanted
        )
        there = {key: (number, seq) for key, number, seq in rows}
        return {article: there[key] for article, key in self._ids.items() if key in there}

    def take(self, line: Line, facts: Facts) -> None:
        """Add what one line says; a name of an article that is not there says nothing."""
        record, name = facts.record, facts.name
        if isinstance(record, Tombstone) and record.id in self._ids:
            self._tombstones.append((line, record))
        if isinstance(record, Alias):
            put_joint(self._connection, record)
        if isinstance(record, Article) and record.id in self._ids:
            self._take_article(line, record)
            number, _ = self._known[record.id]
            self.pairs += [(naming.number(text), number) for text in facts.says]
        if name is not None and name.article in self._known:
            self._take_name(name, facts.names)

    def _take_name(self, name: Named, texts: Iterable[str]) -> None:
        number, _ = self._known[name.article]
        same = (number, name.source, name.guid, name.url_key, name.fragment)
        self._names.pop(same, None)  # The newest stands last.
        self._names[same] = (*same, name.loose, bytes.fromhex(name.digest) if name.digest else None)
        self.pairs += [(naming.number(text), number) for text in texts]

    def _take_article(self, line: Line, record: Article) -> None:
        archive, extract = record.archive, record.archive.extract
        row = (
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
        number, seq = self._known.get(record.id, (line.seq, line.seq))
        if record.id not in self._known:
            key = self._ids[record.id]
            self._added[record.id] = (*row, number, key, archive.source.key, archive.first_seen)
            self.pairs.append((id_number(key), number))
        elif line.seq >= seq and record.id in self._added:
            self._added[record.id] = (*row, *self._added[record.id][len(row) :])
        elif line.seq >= seq:
            self._renewed[number] = (*row, number)
        self._known[record.id] = (number, max(seq, line.seq))
        self._revised.add(record.id)
        self._revisions.append((line.seq, number, archive.rev, line.place))

    def write(self) -> None:
        """Write all rows, those of each table together."""
        many = self._connection.executemany
        insert(
            self._connection,
            "INSERT INTO article(rev, seq, place, title, content, words, quality, url, fetched, date, "
            "number, id, source, first_seen)",
            list(self._added.values()),
        )
        many(
            "UPDATE article SET rev=?, seq=?, place=?, title=?, content=?, words=?, quality=?, url=?, "
            "fetched=?, date=? WHERE number=?",
            self._renewed.values(),
        )
        insert(self._connection, "INSERT OR REPLACE INTO revision", self._revisions)
        many(
            "DELETE FROM name WHERE article=? AND source=? AND guid IS ? AND url_key IS ? AND fragment=?",
            [same for same in self._names if same[0] in self._old],
        )
        insert(
            self._connection,
            "INSERT INTO name(article, source, guid, url_key, fragment, loose, digest)",
            list(self._names.values()),
        )
        end_tombstones(
            self._connection,
            [
                (self._ids[article], seq)
                for article, (_, seq) in self._known.items()
                if article in self._revised
            ],
        )
        for line, record in self._tombstones:
            _, newest = self._known.get(record.id, (0, 0))
            put_tombstone(self._connection, line, record, newest)


def put(
    connection: Connection,
    index: keys.Keys,
    lines: Sequence[Line],
    found: Sequence[Facts | None],
    blobs: Sequence[BlobPlace],
) -> None:
    """Take in *lines*, of each of which *found* says the facts, and *blobs*."""
    pairs = _put_blobs(connection, blobs) if blobs else []
    if lines:
        rows = _Lines(connection, index, found)
        for line, facts in zip(lines, found, strict=True):
            if facts is not None:
                rows.take(line, facts)
        rows.write()
        connection.execute("UPDATE seen SET seq=max(seq, ?)", (lines[-1].seq,))
        pairs += rows.pairs
    index.put(connection, pairs)


PLACES = f"SELECT sha256, pack, at, size FROM blob WHERE number IN ({keys.FIND_EACH})"
"""Where the bytes of some digests lie, and of a few others."""


def _put_blobs(connection: Connection, blobs: Sequence[BlobPlace]) -> list[tuple[int, int]]:
    """Take in where *blobs* lie: every place of every digest; of two places the first counts."""
    ends: dict[str, int] = {}
    for blob in blobs:
        ends[blob.pack] = max(ends.get(blob.pack, 0), blob.offset + blob.size)
    (last,) = connection.execute("SELECT coalesce(max(number), 0) FROM blob").fetchone()
    added = [
        (number, bytes.fromhex(blob.sha256), blob.pack, blob.offset, blob.size)
        for number, blob in enumerate(blobs, last + 1)
    ]
    insert(connection, "INSERT INTO blob", added)
    connection.executemany(
        "INSERT INTO pack VALUES(?,?) ON CONFLICT(name) DO UPDATE SET size=max(size, excluded.size)",
        ends.items(),
    )
    return [(blob_number(row[1]), row[0]) for row in added]
