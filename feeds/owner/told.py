"""The publications journal as an index of what its owner was told, and of what of it is not over.

Derived from that journal alone, in SQLite, and made anew from it at will.
"""

from datetime import datetime
from pathlib import Path
from typing import Protocol

from archive import Database, Journal
from feeds.owner.notice import Notice, State, What, encode, notice
from feeds.times import parse

VERSION = 1
_SCHEMA = """
CREATE TABLE notice(seq INTEGER PRIMARY KEY, what TEXT, state TEXT, at TEXT, line BLOB);
CREATE INDEX notice_what ON notice(what, state, seq);
CREATE TABLE open(what TEXT, subject TEXT, since TEXT, PRIMARY KEY(what, subject)) WITHOUT ROWID;
CREATE TABLE progress(name TEXT PRIMARY KEY, seq INTEGER) WITHOUT ROWID;
INSERT INTO progress VALUES('publications', 0);
"""
_CHUNK = 1000


class Told(Protocol):
    """What the owner was told so far."""

    def open(self, what: What) -> dict[str, datetime]:
        """Return what began and did not end: each subject, and when it was told."""

    def last(self, what: What, state: State) -> datetime | None:
        """Return when this was told last, or None for never."""


class Notices:
    """Every notice, by its place in the journal."""

    def __init__(self, path: Path) -> None:
        self._db = Database(path, _SCHEMA, VERSION)

    @property
    def position(self) -> int:
        """The seq of the last line of the publications journal that was taken in."""
        row = self._db.row("SELECT seq FROM progress WHERE name='publications'")
        return int(row[0]) if row else 0

    def catch_up(self, journal: Journal) -> None:
        """Take in what the journal holds beyond what was seen; all of it, where it is another journal."""
        if self.position > journal.last:
            self._db.renew()
        while lines := journal.since(self.position, _CHUNK):
            with self._db.transaction() as connection:
                for line in lines:
                    if (told := notice(line.body)) is None:
                        continue
                    values = (line.seq, told.what, told.state, told.at, encode(told))
                    connection.execute("INSERT OR REPLACE INTO notice VALUES(?,?,?,?,?)", values)
                    for subject in told.subjects:
                        connection.execute(
                            "DELETE FROM open WHERE what=? AND subject=?", (told.what, subject)
                        )
                        if told.state == "began":
                            row = (told.what, subject, told.at)
                            connection.execute("INSERT INTO open VALUES(?,?,?)", row)
                connection.execute("UPDATE progress SET seq=?", (lines[-1].seq,))

    def newest(self, limit: int) -> list[tuple[int, Notice]]:
        """Return the newest *limit* notices with their seqs, the newest first."""
        rows = self._db.rows("SELECT seq, line FROM notice ORDER BY seq DESC LIMIT ?", (limit,))
        return [(seq, told) for seq, line in rows if (told := notice(line)) is not None]

    def last_seq(self) -> int:
        """Return the seq of the newest notice, 0 for none."""
        row = self._db.row("SELECT max(seq) FROM notice")
        return int(row[0] or 0) if row else 0

    def open(self, what: What) -> dict[str, datetime]:
        """Return what began and did not end: each subject, and when it was told."""
        rows = self._db.rows("SELECT subject, since FROM open WHERE what=? ORDER BY subject", (what,))
        return {subject: parse(since) for subject, since in rows}

    def last(self, what: What, state: State) -> datetime | None:
        """Return when this was told last, or None for never."""
        sql = "SELECT at FROM notice WHERE what=? AND state=? ORDER BY seq DESC LIMIT 1"
        row = self._db.row(sql, (what, state))
        return parse(row[0]) if row else None

    @property
    def last_at(self) -> datetime | None:
        """When the newest notice was written."""
        row = self._db.row("SELECT at FROM notice ORDER BY seq DESC LIMIT 1")
        return parse(row[0]) if row else None

    def gone(self) -> bool:
        """Say whether the file was deleted."""
        return self._db.gone()

    def close(self) -> None:
        """Close the file."""
        self._db.close()
