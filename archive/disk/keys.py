"""(number, target) pairs -> one index of them, as quick at a million articles as at ten thousand.

The numbers are digests, so each new one belongs somewhere else. Put into one large
table, nearly every row makes a page of its own dirty: 25 µs an article when the table
is small, 134 when it holds two million rows. So the rows of a batch are written down
one behind the other, as they came, and held in memory; when there are enough, they go
in the order of their numbers into a middle table; and from there, piece by piece round
the whole range of numbers, into the large one, where the rows of a piece stand side by
side. A look-up asks all three.

A row may stand in two of them at once (a later revision brings it again); who asks is
told of a target once. All of it happens in the transaction that brings the rows: a
crash leaves a row either not there or to be found.
"""

import json
import threading
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from sqlite3 import Connection

from archive.disk.database import Database, Row, insert
from archive.errors import ReadOnly

RECENT = 64_000
"""Rows in memory: some 8 MB."""
MIDDLE = 500_000
"""Rows in the middle table before a piece of it moves on."""
PIECE = 8_000
"""Rows in a piece; more than a batch brings, so that the middle table stays near its bound."""

_FIRST, _LAST = -(1 << 63), (1 << 63) - 1
_PAIRS = "(number INTEGER, target INTEGER, PRIMARY KEY(number, target)) WITHOUT ROWID"
SCHEMA = f"""
CREATE TABLE key_recent(batch INTEGER PRIMARY KEY, pairs BLOB);
CREATE TABLE key_middle{_PAIRS};
CREATE TABLE key_large{_PAIRS};
CREATE TABLE key_state(batch INTEGER, flushed INTEGER, middle INTEGER, swept INTEGER);
INSERT INTO key_state VALUES(0, 0, 0, {_FIRST});
"""


def _asked(columns: str, rest: str) -> str:
    tables = ("key_middle", "key_large")
    return " UNION ALL ".join(f"SELECT * FROM (SELECT {columns} FROM {table} {rest})" for table in tables)


_RECENT = "SELECT value FROM json_each(?1)"
FIND = f"{_RECENT} UNION ALL {_asked('target', 'WHERE number=?2')}"
"""The targets under one number; asked with `Keys.asking`."""
FIND_LAST = f"{_RECENT} UNION ALL {_asked('target', 'WHERE number=?2 ORDER BY target DESC LIMIT ?3')}"
"""The greatest targets under one number: so many of each table. Asked likewise, and with that many."""
FIND_EACH = f"{_RECENT} UNION ALL {_asked('target', 'WHERE number IN (SELECT value FROM json_each(?2))')}"
"""The targets under any of some numbers; asked with `Keys.asking_each`."""
BETWEEN = f"{_RECENT} UNION ALL {_asked('target', 'WHERE number BETWEEN ?2 AND ?3 ORDER BY number LIMIT ?4')}"
"""The targets under a range of numbers, the first few of each table; asked with `Keys.asking_between`."""


@dataclass(frozen=True, slots=True)
class Recent:
    """The rows in memory: those of the batches behind *flushed* up to *batch*.

    targets   the first target under each number
    others    where there are more, the others
    """

    batch: int = 0
    flushed: int = 0
    targets: dict[int, int] = field(default_factory=dict)
    others: dict[int, list[int]] = field(default_factory=dict)

    def under(self, numbers: Iterable[int]) -> str:
        """Return the targets under *numbers*, as a JSON array."""
        there = [number for number in numbers if number in self.targets]
        if not there:
            return "[]"
        found = [self.targets[number] for number in there]
        return json.dumps(found + [other for number in there for other in self.others.get(number, ())])

    def rows(self) -> list[tuple[int, int]]:
        """Return all rows."""
        more = [(number, other) for number, others in self.others.items() for other in others]
        return [*self.targets.items(), *more]

    def grown(self, batch: int, pairs: Iterable[tuple[int, int]]) -> "Recent":
        """Return it with the rows of one more batch.

        They go into the dictionaries that all share: who still holds the value
        before finds more than was there then, and never less.
        """
        first = self.targets.setdefault
        for number, target in pairs:
            if first(number, target) != target:
                others = self.others.setdefault(number, [])
                if target not in others:
                    others.append(target)
        return Recent(batch, self.flushed, self.targets, self.others)


class Keys:
    """The index of one catalog. One thread writes; its own and others read.

    Who asks takes the rows in memory first and the tables after: what moves from
    one to the other meanwhile is found in one of them. A row is in memory before it
    is committed, so that nobody sees a line of which he cannot find the article; till
    then it leads to nothing.
    """

    def __init__(self, database: Database, *, writable: bool) -> None:
        self._database = database
        self._writable = writable
        self._lock = threading.Lock()
        self._emptied: Recent | None = None
        self._recent = self._read(Recent())

    def _read(self, recent: Recent) -> Recent:
        """Return *recent* as it stands in the tables now."""
        (state,) = self._database.rows("SELECT batch, flushed FROM key_state")
        if state == (recent.batch, recent.flushed):
            return recent
        if state[1] != recent.flushed:
            recent = Recent(state[1], state[1])
        added = self._database.rows(
            "SELECT batch, pairs FROM key_recent WHERE batch>? ORDER BY batch", (recent.batch,)
        )
        for batch, pairs in added:
            recent = recent.grown(batch, _unpacked(pairs))
        return recent

    def _now(self) -> Recent:
        """Return the rows in memory; where another process writes, with those that it has added."""
        if not self._writable:
            with self._lock:
                self._recent = self._read(self._recent)
        return self._recent

    def asking(self, number: int) -> tuple[str, int]:
        """Return what FIND is asked with: the recent targets, and the number."""
        return self._now().under((number,)), number

    def asking_each(self, numbers: Sequence[int]) -> tuple[str, str]:
        """Return what FIND_EACH is asked with."""
        return self._now().under(numbers), json.dumps(numbers)

    def asking_between(self, first: int, last: int, limit: int) -> tuple[str, int, int, int]:
        """Return what BETWEEN is asked with."""
        recent = self._now()
        span = (one for one in list(recent.targets) if first <= one <= last)
        return recent.under(span), first, last, limit

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Hand out the writing connection, within which rows may be put once; commit at the end."""
        try:
            with self._database.transaction() as connection:
                yield connection
        except BaseException:
            with suppress(ReadOnly):  # Then what it asks is refused as well.
                self._recent = self._read(Recent())
            raise
        else:
            self._recent = self._emptied or self._recent
        finally:
            self._emptied = None

    def put(self, connection: Connection, pairs: Sequence[tuple[int, int]]) -> None:
        """Take in *pairs*, and move on what is due."""
        recent = self._recent
        batch = recent.batch + 1
        if len(recent.targets) + len(pairs) < RECENT:
            connection.execute("INSERT INTO key_recent VALUES(?,?)", (batch, _packed(pairs)))
            connection.execute("UPDATE key_state SET batch=?", (batch,))
            self._recent = recent.grown(batch, pairs)
            _move_piece(connection)
            return
        added = insert(connection, "INSERT OR IGNORE INTO key_middle", sorted([*recent.rows(), *pairs]))
        connection.execute("DELETE FROM key_recent")
        connection.execute("UPDATE key_state SET batch=?1, flushed=?1, middle=middle+?2", (batch, added))
        self._emptied = Recent(batch, batch)


def _packed(pairs: Sequence[tuple[int, int]]) -> bytes:
    return array("q", [one for pair in pairs for one in pair]).tobytes()


def _unpacked(data: bytes) -> Iterable[tuple[int, int]]:
    flat = array("q", data)
    return zip(flat[::2], flat[1::2], strict=True)


def _move_piece(connection: Connection) -> None:
    """Move the next piece of the middle table into the large one, where there is enough of it."""
    state: Row = connection.execute("SELECT middle, swept FROM key_state").fetchone()
    middle, swept = state
    if middle < MIDDLE:
        return
    row = connection.execute(
        "SELECT number FROM key_middle WHERE number>? ORDER BY number LIMIT 1 OFFSET ?", (swept, PIECE - 1)
    ).fetchone()
    end = row[0] if row else _LAST
    span = (swept, end)
    connection.execute(
        "INSERT OR IGNORE INTO key_large SELECT * FROM key_middle WHERE number>? AND number<=? "
        "ORDER BY number, target",
        span,
    )
    gone = connection.execute("DELETE FROM key_middle WHERE number>? AND number<=?", span).rowcount
    connection.execute("UPDATE key_state SET middle=?, swept=?", (middle - gone, end if row else _FIRST))
