"""A page line -> what each of its places showed when it was cut; that never changes.

Tables of the index of publications: made anew from that journal, as all of it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from sqlite3 import Connection

from archive import Database
from feeds.curate import lines
from feeds.curate.rows import read_item
from feeds.curate.standing import Item

SCHEMA = """
CREATE TABLE page(
  topic TEXT, number INTEGER, size INTEGER, at TEXT, define INTEGER, updated TEXT, news INTEGER, seq INTEGER,
  PRIMARY KEY(topic, number)) WITHOUT ROWID;
CREATE TABLE place(
  topic TEXT, number INTEGER, n INTEGER, article TEXT, rev INTEGER, guid TEXT, at TEXT, published TEXT, updated TEXT,
  define INTEGER, model TEXT, shown TEXT, shows TEXT, gone TEXT, PRIMARY KEY(topic, number, n)) WITHOUT ROWID;
CREATE INDEX place_article ON place(article, topic);
"""
_PLACE = "topic, {}, n, article, rev, guid, at, published, updated, define, model, shown, shows, gone"
_AS_ITEM = (
    "topic, article, 'published', n, rev, guid, at, at, published, updated, define, model, shown, "
    "NULL, NULL, NULL, shows, gone, NULL, NULL"
)
_AT_ONCE = 500
"""Articles that one question names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedPage:
    """One archived document (RFC 5005) of a topic.

    at        when it was cut
    define    seq of the define that was in force then
    updated   the greatest `updated` of the topic's lines by then
    seq       of its line
    """

    topic: str
    number: int
    at: str
    define: int
    updated: str
    seq: int


class Pages:
    """The archived documents of all topics."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def of(self, topic: str) -> list[ArchivedPage]:
        """Return the topic's pages, the oldest first."""
        rows = self._db.rows(
            "SELECT number, at, define, updated, seq FROM page WHERE topic=? ORDER BY number", (topic,)
        )
        return [
            ArchivedPage(topic=topic, number=number, at=at, define=define, updated=updated, seq=seq)
            for number, at, define, updated, seq in rows
        ]

    def numbers(self, topic: str) -> set[int]:
        """Return the numbers of the topic's pages."""
        return {row[0] for row in self._db.rows("SELECT number FROM page WHERE topic=?", (topic,))}

    def counts(self) -> Mapping[str, tuple[int, int]]:
        """Return (items ever published, pages) of every topic."""
        return {row[0]: (row[1], row[2]) for row in self._db.rows("SELECT topic, n, pages FROM topic")}

    def last(self, topic: str) -> int:
        """Return the number in the topic's order up to which items stand in pages."""
        row = self._db.row("SELECT max(number * size) FROM page WHERE topic=?", (topic,))
        return int(row[0] or 0) if row else 0

    def places(self, page: ArchivedPage) -> list[Item]:
        """Return the items of a page as they were when it was cut, by the order of publishing, the newest first."""
        rows = self._db.rows(
            f"SELECT {_AS_ITEM} FROM place WHERE topic=? AND number=? ORDER BY n DESC",
            (page.topic, page.number),
        )
        return [read_item(row) for row in rows]

    def holding(self, articles: Iterable[str]) -> set[tuple[str, int]]:
        """Return (topic, number) of every page in which one of *articles* has its place."""
        wanted = sorted(set(articles))
        found: set[tuple[str, int]] = set()
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            marks = ",".join("?" * len(some))
            found |= set(self._db.rows(f"SELECT topic, number FROM place WHERE article IN ({marks})", some))
        return found


def cut(connection: Connection, told: lines.Page, seq: int) -> None:
    """Remember what every place of a page shows by now; a page that is there already stays as it is."""
    row = connection.execute("SELECT updated, news FROM topic WHERE topic=?", (told.topic,)).fetchone()
    updated, news = row or ("", 0)
    done = connection.execute(
        "INSERT OR IGNORE INTO page VALUES(?,?,?,?,?,?,?,?)",
        (told.topic, told.number, told.size, told.at, told.define, updated, news, seq),
    )
    if not done.rowcount:
        return
    last = told.number * told.size
    connection.execute(
        f"INSERT OR IGNORE INTO place SELECT {_PLACE.format('?')} FROM item "
        "WHERE topic=? AND state='published' AND n>? AND n<=?",
        (told.number, told.topic, last - told.size, last),
    )
    # What stood in its places may be lost: their numbers are given to nothing else.
    connection.execute(
        "INSERT INTO topic VALUES(?,?,'',?,?,1,0) ON CONFLICT(topic) DO UPDATE SET n=max(n, excluded.n), "
        "at=max(at, excluded.at), seq=max(seq, excluded.seq), pages=pages+1",
        (told.topic, last, told.at, seq),
    )
