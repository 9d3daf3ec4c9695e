"""The full-text index in SQLite FTS5: finds candidates, decides nothing.

Each revision is a row of its own, under its seq, and none is ever taken back:
whoever asks keeps only articles whose newest revision was found. The index
holds no text (`content=''`), only our own words, so that it and the query's
evaluator agree on what a word is: `tokenize=ascii` parts them at the spaces
between and nowhere else (`unicode61` has an older idea of letters and marks).
"""

from collections.abc import Sequence
from pathlib import Path

from archive.cards import Line
from archive.disk.database import Database
from archive.ports import refuse_gap
from archive.record.article import Article, decode
from archive.text.words import parted
from archive.wanted import Both, Either, Every, Run, Wanted

VERSION = 2
_SCHEMA = """
CREATE VIRTUAL TABLE revision USING fts5(words, content='', detail=full, tokenize='ascii');
CREATE TABLE seen(journal TEXT PRIMARY KEY, seq INTEGER) WITHOUT ROWID;
INSERT INTO seen VALUES('articles', 0);
CREATE TABLE indexed(seq INTEGER PRIMARY KEY);
"""


class DiskSearch:
    """The Search port over one SQLite file."""

    def __init__(self, path: Path, *, writable: bool = True) -> None:
        self._db = Database(path, _SCHEMA, VERSION, writable=writable)

    @property
    def position(self) -> int:
        """The seq of the last line taken in."""
        row = self._db.row("SELECT seq FROM seen")
        return int(row[0]) if row else 0

    def apply(self, lines: Sequence[Line], *, behind: int | None = None) -> None:
        """Take in *lines* in one transaction."""
        with self._db.transaction() as connection:
            # Read within it: two threads may bring the same lines.
            (position,) = connection.execute("SELECT seq FROM seen").fetchone()
            refuse_gap(position, lines, behind)
            records = ((line.seq, decode(line.body)) for line in lines if line.seq > position)
            rows = [(seq, parted(indexed_text(one))) for seq, one in records if isinstance(one, Article)]
            connection.executemany("INSERT INTO revision(rowid, words) VALUES(?,?)", rows)
            connection.executemany("INSERT INTO indexed VALUES(?)", [(seq,) for seq, _ in rows])
            if lines:
                connection.execute("UPDATE seen SET seq=max(seq, ?)", (lines[-1].seq,))

    def candidates(self, wanted: Wanted, limit: int, before: int | None = None) -> list[int]:
        """Return up to *limit* seqs that may match, newest first, below *before*."""
        end = before if before is not None else 1 << 62
        match = _match(wanted)
        if match is None:
            found = self._db.rows(
                "SELECT seq FROM indexed WHERE seq<? ORDER BY seq DESC LIMIT ?", (end, limit)
            )
        else:
            found = self._db.rows(
                "SELECT rowid FROM revision WHERE revision MATCH ? AND rowid<? ORDER BY rowid DESC LIMIT ?",
                (match, end, limit),
            )
        return [row[0] for row in found]

    def clear(self) -> None:
        """Forget everything: a contentless index cannot forget one text, its words stay in it."""
        self._db.renew()

    def gone(self) -> bool:
        """Say whether the file was deleted."""
        return self._db.gone()

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def indexed_text(record: Article) -> str:
    """Return what of an article is searched: title, summary and text."""
    return "\n".join(part for part in (record.title, record.summary, record.content_text) if part)


def _match(wanted: Wanted) -> str | None:
    """Return *wanted* in the words of FTS5; None where every document may match."""
    match wanted:
        case Every():
            return None
        case Run(words=run, prefix=prefix):
            return '"' + " ".join(run) + '"' + ("*" if prefix else "") if run else None
        case Both(parts=parts):
            each = [found for part in parts if (found := _match(part)) is not None]
            return "(" + " AND ".join(each) + ")" if each else None
        case Either(parts=parts):
            some = [_match(part) for part in parts]
            if not some or None in some:
                return None
            return "(" + " OR ".join(part for part in some if part is not None) + ")"
