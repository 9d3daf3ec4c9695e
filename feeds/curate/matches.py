"""The publications journal as an index: what each topic published, holds, withdrew.

Derived from that journal alone, in SQLite, and made anew from it at will.
"""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from sqlite3 import Connection
from typing import Any

import msgspec

from archive import Database, Journal, refuse_gap
from archive import Line as JournalLine
from feeds.curate import pages, rows
from feeds.curate.lines import (
    Advance,
    Drop,
    Hold,
    OfArticle,
    Page,
    Publish,
    Update,
    Withdrawn,
    is_hole,
    publication,
)
from feeds.curate.rows import COLUMNS, put_item, read_item
from feeds.curate.standing import Item, Standing, follow, is_news
from feeds.times import parse, stamp

VERSION = 5
_SCHEMA = f"""{rows.SCHEMA}{pages.SCHEMA}
CREATE TABLE topic(
  topic TEXT PRIMARY KEY, n INTEGER, updated TEXT, at TEXT, seq INTEGER, pages INTEGER, news INTEGER) WITHOUT ROWID;
CREATE TABLE advance(decisions INTEGER PRIMARY KEY, at TEXT);
CREATE TABLE progress(name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
INSERT INTO progress VALUES('seq', '0');
"""


class Matches:
    """The index of the publications journal.

    pages   the topics' archived documents
    """

    def __init__(self, path: Path, *, writable: bool = True) -> None:
        self._db = Database(path, _SCHEMA, VERSION, writable=writable)
        self.pages = pages.Pages(self._db)

    @property
    def position(self) -> int:
        """The seq of the last line taken in."""
        return int(self._progress("seq") or 0)

    def catch_up(self, journal: Journal) -> None:
        """Take in what the journal holds beyond what was seen."""
        seen = self.position
        while lines := journal.since(seen, 1000):
            self.apply(lines, behind=seen)
            seen = lines[-1].seq

    def apply(self, lines: Sequence[JournalLine], *, behind: int | None = None) -> None:
        """Take in *lines* in one transaction; a line taken in before changes nothing.

        behind   the seq behind which *lines* are all that the journal has; by
                 default the one before the first of them

        Raises ReadOnly where the index stands before *behind*, or cannot be written.
        """
        with self._db.transaction() as connection:
            (text,) = connection.execute("SELECT value FROM progress WHERE name='seq'").fetchone()
            position = int(text)
            refuse_gap(position, lines, behind)
            for line in lines:
                if line.seq > position:
                    self._apply(connection, line)
                    position = line.seq
            _set(connection, "seq", str(position))

    def _apply(self, connection: Connection, line: JournalLine) -> None:
        if is_hole(line.body):
            _set(connection, "hole", str(line.seq))
            return
        told = publication(line.body)
        if told is None:
            return
        _set(connection, "at", told.at)
        if isinstance(told, Advance):
            hole = connection.execute("SELECT value FROM progress WHERE name='hole'").fetchone()
            if hole is None or int(hole[0]) < told.first:
                _set(connection, "advance", msgspec.json.encode(told).decode())
                connection.execute("INSERT OR IGNORE INTO advance VALUES(?,?)", (told.decisions, told.at))
        elif isinstance(told, Page):
            pages.cut(connection, told, line.seq)
        else:
            _follow(connection, told, line.seq)

    def item(self, topic: str, article: str) -> Item | None:
        """Return where *article* stands in *topic*, or None for no line at all."""
        row = self._db.row(f"SELECT {COLUMNS} FROM item WHERE topic=? AND article=?", (topic, article))
        return read_item(row) if row else None

    def standing(self, topic: str) -> Standing:
        """Return how the topic stands."""
        row = self._db.row("SELECT n, updated, at, seq, news FROM topic WHERE topic=?", (topic,))
        return Standing(*row) if row else Standing()

    def newest(self, topic: str, limit: int) -> list[Item]:
        """Return the newest *limit* published items, by the order of publishing."""
        return self._items("topic=? AND state='published' ORDER BY n DESC LIMIT ?", (topic, limit))

    def current(self, topic: str, limit: int) -> list[Item]:
        """Return the items of a topic's current document, by the order of publishing, the newest first.

        All behind its last page, at least *limit*; and what was bumped since its page was
        cut, while that is among the last *limit* things the topic told as news.
        """
        row = self._db.row(
            "SELECT count(*) FROM item WHERE topic=? AND state='published' AND n>?",
            (topic, self.pages.last(topic)),
        )
        found = self.newest(topic, max(limit, row[0] if row else 0))
        bumped = self._items(
            "topic=? AND state='published' AND n<? AND bumped>? AND EXISTS(SELECT 1 FROM page WHERE "
            "page.topic=item.topic AND item.n<=number*size AND item.n>(number-1)*size AND item.bumped>page.news) "
            "ORDER BY n DESC",
            (topic, found[-1].n if found else 0, self.standing(topic).news - limit),
            by="item_bumped",
        )
        return found + bumped

    def count(self, topic: str) -> int:
        """Return how many items the topic has published and not withdrawn."""
        row = self._db.row("SELECT count(*) FROM item WHERE topic=? AND state='published'", (topic,))
        return int(row[0]) if row else 0

    def newest_day(self, topic: str) -> date | None:
        """Return the day (UTC) of the topic's newest cutting."""
        row = self._db.row("SELECT max(at) FROM item WHERE topic=? AND state='published'", (topic,))
        return date.fromisoformat(row[0][:10]) if row and row[0] else None

    def per_day(self, topic: str, since: date) -> dict[date, int]:
        """Return how many cuttings the topic published on each day (UTC) from *since* on."""
        rows = self._db.rows(
            "SELECT substr(at, 1, 10), count(*) FROM item WHERE topic=? AND state='published' AND at>=? "
            "GROUP BY 1 ORDER BY 1",
            (topic, since.isoformat()),
        )
        return {date.fromisoformat(day): count for day, count in rows}

    def shown_since(self, topic: str, since: date) -> list[tuple[str, int, str]]:
        """Return (article, revision, at) of what the topic published from the day *since* on."""
        return self._db.rows(
            "SELECT coalesce(shows, article), rev, at FROM item WHERE topic=? AND state='published' AND at>=? ORDER BY at, article",
            (topic, since.isoformat()),
        )

    def withdrawn(self, topic: str, since: str) -> list[Item]:
        """Return the items withdrawn at or after *since*, or that stand in a page, the newest first."""
        return self._items(
            "topic=? AND state='withdrawn' AND (updated>=? OR EXISTS(SELECT 1 FROM place WHERE "
            "place.article=item.article AND place.topic=item.topic)) ORDER BY updated DESC",
            (topic, since),
            by="item_n",
        )

    def held(self, topic: str | None = None) -> list[Item]:
        """Return what waits, in one topic or all."""
        if topic is None:
            return self._items("state='held' ORDER BY until, topic, article", ())
        return self._items("state='held' AND topic=? ORDER BY until, article", (topic,))

    def held_from(self, source: str, topic: str) -> list[Item]:
        """Return what waits in a topic as a source's past, as it came."""
        return self._items("state='held' AND topic=? AND source=? ORDER BY seq", (topic, source))

    def held_past(self) -> dict[str, dict[str, int]]:
        """Return how many articles wait as each source's past, by source and reason."""
        rows = self._db.rows(
            "SELECT source, reason, count(DISTINCT article) FROM item "
            "WHERE state='held' AND source IS NOT NULL GROUP BY 1, 2"
        )
        found: dict[str, dict[str, int]] = {}
        for source, reason, count in rows:
            found.setdefault(source, {})[reason] = count
        return found

    def due(self, at: datetime) -> list[Item]:
        """Return what need wait no longer at *at*."""
        return self._items("state='held' AND until<=? ORDER BY until, topic, article", (stamp(at),))

    def of_article(self, article: str) -> list[Item]:
        """Return where *article* stands in every topic that names it."""
        return self._items("article=? ORDER BY topic", (article,))

    def published_articles(self) -> list[str]:
        """Return every article that is published in some topic."""
        rows = self._db.rows("SELECT DISTINCT article FROM item WHERE state='published' ORDER BY article")
        return [row[0] for row in rows]

    def articles_in(self, topic: str) -> list[str]:
        """Return every article that is published in a topic."""
        rows = self._db.rows(
            "SELECT article FROM item WHERE topic=? AND state='published' ORDER BY n", (topic,)
        )
        return [row[0] for row in rows]

    def touched_since(self, seq: int) -> list[tuple[str, str]]:
        """Return (topic, article) of everything that readers see otherwise by a line behind *seq*."""
        return self._db.rows(
            "SELECT topic, article FROM item INDEXED BY item_seq WHERE seq>? AND state IN ('published', 'withdrawn') "
            "ORDER BY topic, article",
            (seq,),
        )

    @property
    def advance(self) -> Advance | None:
        """The last advance that counts."""
        text = self._progress("advance")
        told = publication(text.encode()) if text else None
        return told if isinstance(told, Advance) else None

    @property
    def last_at(self) -> datetime | None:
        """The `at` of the last tick, also of one that was cut."""
        text = self._progress("at")
        return parse(text) if text else None

    def first_behind(self, define: int) -> str | None:
        """Return the `at` of the first tick that knew this define, or None."""
        row = self._db.row("SELECT at FROM advance WHERE decisions>=? ORDER BY decisions LIMIT 1", (define,))
        return str(row[0]) if row else None

    def gone(self) -> bool:
        """Say whether the file was deleted."""
        return self._db.gone()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _progress(self, name: str) -> str | None:
        row = self._db.row("SELECT value FROM progress WHERE name=?", (name,))
        return str(row[0]) if row else None

    def _items(self, where: str, values: tuple[Any, ...], by: str = "") -> list[Item]:
        """Return items; *by* names an index where SQLite would rather go through all of a topic."""
        table = f"item INDEXED BY {by}" if by else "item"
        return [
            read_item(row) for row in self._db.rows(f"SELECT {COLUMNS} FROM {table} WHERE {where}", values)
        ]


def _follow(connection: Connection, told: OfArticle, seq: int) -> None:
    """Move an article on in its topic, and the topic's own figures.

    A hold is not seen by readers, and moves none of these.
    """
    row = connection.execute(
        f"SELECT {COLUMNS} FROM item WHERE topic=? AND article=?", (told.topic, told.article)
    ).fetchone()
    before = read_item(row) if row else None
    news, seen = is_news(before, told), not isinstance(told, Hold | Drop)
    n = told.n if isinstance(told, Publish) else 0
    updated = told.updated if isinstance(told, Publish | Update | Withdrawn) else ""
    (count,) = connection.execute(
        "INSERT INTO topic VALUES(?,?,?,?,?,0,?) ON CONFLICT(topic) DO UPDATE SET n=max(n, excluded.n), "
        "updated=max(updated, excluded.updated), at=max(at, excluded.at), seq=max(seq, excluded.seq), "
        "news=news+excluded.news RETURNING news",
        (told.topic, n, updated, told.at if seen else "", seq if seen else 0, int(news)),
    ).fetchone()
    item = follow(before, told)
    if item is not None:
        bumped = news and isinstance(told, Update)
        put_item(connection, msgspec.structs.replace(item, bumped=count) if bumped else item, seq)


def _set(connection: Connection, name: str, value: str) -> None:
    connection.execute("INSERT OR REPLACE INTO progress VALUES(?,?)", (name, value))
