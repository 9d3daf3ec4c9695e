"""The articles journal as an index of how each source's articles came: the last of each source.

Derived from that journal alone, in SQLite, and made anew from it at will. Titles do
not stand in it, only digests of them.
"""

import threading
from datetime import datetime
from pathlib import Path

from archive import Archive, Article, Database, Found
from feeds.arrivals.habit import Came, sign
from feeds.past import HISTORY, NEWS
from feeds.times import parse

VERSION = 1
_SCHEMA = """
CREATE TABLE came(seq INTEGER PRIMARY KEY, source TEXT, news INTEGER, article TEXT, at TEXT, date TEXT,
  arrival TEXT, sign INTEGER);
CREATE INDEX came_source ON came(source, news, seq);
CREATE INDEX came_article ON came(article);
CREATE TABLE progress(name TEXT PRIMARY KEY, seq INTEGER) WITHOUT ROWID;
INSERT INTO progress VALUES('articles', 0);
"""
_CHUNK = 500
LATELY = 300
"""Articles of a source that are remembered: so many news, and so many of its past."""


class Habits:
    """How the last articles of each source came."""

    def __init__(self, path: Path) -> None:
        self._db = Database(path, _SCHEMA, VERSION)
        self._turn = threading.Lock()

    @property
    def position(self) -> int:
        """The seq of the last line of the articles journal that was taken in."""
        row = self._db.row("SELECT seq FROM progress WHERE name='articles'")
        return int(row[0]) if row else 0

    def catch_up(self, archive: Archive) -> None:
        """Take in what was kept since."""
        with self._turn:
            if self.position > archive.position:  # Of another archive, or of one that lost its end.
                self._db.renew()
            while found := archive.since(self.position, _CHUNK):
                self._take(found)

    def _take(self, found: list[Found]) -> None:
        rows = [_row(one.seq, one.record) for one in found if isinstance(one.record, Article)]
        came = [row for row in rows if row is not None]
        with self._db.transaction() as connection:
            connection.executemany("INSERT OR REPLACE INTO came VALUES(?,?,?,?,?,?,?,?)", came)
            for source, news in {(row[1], row[2]) for row in came}:
                connection.execute(
                    "DELETE FROM came WHERE source=?1 AND news=?2 AND seq <= (SELECT seq FROM came "
                    "WHERE source=?1 AND news=?2 ORDER BY seq DESC LIMIT 1 OFFSET ?3)",
                    (source, news, LATELY),
                )
            connection.execute("UPDATE progress SET seq=?", (found[-1].seq,))

    def of(self, source: str) -> list[Came]:
        """Return how a source's last articles came, in the order they did."""
        rows = self._db.rows(
            "SELECT at, date, arrival, sign FROM came WHERE source=? ORDER BY seq", (source,)
        )
        return [
            Came(parse(at), parse(date) if date else None, arrival, sign_)
            for at, date, arrival, sign_ in rows
        ]

    def last_of_each(self) -> dict[str, datetime]:
        """Return when the last article of each source came."""
        rows = self._db.rows("SELECT source, max(at) FROM came GROUP BY source")
        return {source: parse(at) for source, at in rows}

    def forget(self, article: str) -> None:
        """Keep nothing of an article that is erased."""
        with self._turn, self._db.transaction() as connection:
            connection.execute("DELETE FROM came WHERE article=?", (article,))

    def gone(self) -> bool:
        """Say whether the file was deleted."""
        return self._db.gone()

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def _row(
    seq: int, record: Article
) -> tuple[int, str, bool, str, str, str | None, str | None, int | None] | None:
    """Return what is remembered of a line: of first revisions alone, and of no older documents."""
    archival = record.archive
    if archival.rev != 1 or archival.arrival == HISTORY:
        return None
    date = record.date_published
    return (
        seq,
        archival.source.key,
        archival.arrival in NEWS,
        record.id,
        archival.first_seen,
        date,
        archival.arrival,
        sign(record.title, parse(date) if date else None),
    )
