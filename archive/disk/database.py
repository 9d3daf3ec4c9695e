"""A derived SQLite file: one connection writes, every thread reads with its own.

WAL and `synchronous=NORMAL`, never OFF: what is committed survives the process,
and what a power loss takes is read again from the journals.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Any

from archive.disk import files
from archive.errors import Broken, NotKept, ReadOnly

Row = tuple[Any, ...]
_LOG_PAGES = 8_000
"""Pages in the log before it is brought into the file: what is written again and again goes once."""
_AT_ONCE = 25
"""Rows that one statement inserts."""
_LOOKS, _MOMENT = 20, 0.05
"""How often, and after how many seconds, a reader looks again for a file that is being made anew."""
_BROKEN = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_NO_FAULT_OF_ITS_BYTES = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
}


class _Held:
    """A connection that is closed when nobody holds it: its thread has ended, its file was replaced."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def __del__(self) -> None:
        self.connection.close()


class Database:
    """One file of an index. It may be deleted at any moment; `gone` tells.

    schema    the statements that make the tables; a file made by others of a
              different *version*, or one that is no database, is made anew
    """

    def __init__(self, path: Path, schema: str, version: int, *, writable: bool = True) -> None:
        self._path = path
        self._writable = writable
        self._made_of = (schema, version)
        self._lock = threading.RLock()
        self._local = threading.local()
        self._writing: _Held | None = None
        self._inode: int | None = None
        self._broken = ""
        if writable:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists() or _is_cut_short(path):
                take_away(path)  # With a log left behind by a file that was deleted.
            with self._told():
                self._writing = self._open_writer(schema, version)
        elif not self._is_made():
            raise NotKept(f"{path} is not there yet; `newsweir run` or `newsweir once` makes it")
        self._inode = path.stat().st_ino

    def _is_made(self) -> bool:
        """Say whether the file is there, with all its tables: its writer may be making it anew just now."""
        for look in range(_LOOKS):
            if look:
                time.sleep(_MOMENT)
            if not self._path.is_file():
                continue
            with suppress(sqlite3.Error):  # Taken away, or not shut as yet.
                held = self._connect()  # By a name: it is shut as soon as nobody holds it.
                if held.connection.execute("PRAGMA user_version").fetchone()[0]:
                    return True
        return self._path.is_file()

    def _open_writer(self, schema: str, version: int) -> _Held:
        try:
            held = self._connect("rwc")
            if held.connection.execute("PRAGMA user_version").fetchone()[0] == version:
                return held
            held.connection.close()
        except sqlite3.DatabaseError as error:
            if _code(error) in _NO_FAULT_OF_ITS_BYTES:
                raise  # No database, or a broken one, can go: all it held stands in the journals.
        take_away(self._path)
        held = self._connect("rwc")
        held.connection.executescript(schema)
        held.connection.execute(f"PRAGMA user_version={version}")
        return held

    def _connect(self, mode: str | None = None) -> _Held:
        """Return a connection; *mode* "rwc" makes a file that is not there.

        Nothing is mapped: where a file is cut short or a sector cannot be read, a mapped
        page is the end of the process, and a page that is read is an error.
        """
        address = f"{self._path.absolute().as_uri()}?mode={mode or ('rw' if self._writable else 'ro')}"
        connection = sqlite3.connect(
            address, uri=True, check_same_thread=False, isolation_level=None, timeout=30
        )
        if self._writable:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute(f"PRAGMA wal_autocheckpoint={_LOG_PAGES}")
        connection.execute("PRAGMA temp_store=MEMORY")
        return _Held(connection)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Hand out the writing connection; commit at the end, roll back on any exception."""
        if not self._writable:
            raise NotKept(f"{self._path}: opened for reading only")
        with self._lock, self._told():
            self._refuse_broken()
            if self._writing is None:  # By who opens it anew; whoever was at work comes too late.
                raise ReadOnly(f"{self._path}: closed")
            writer = self._writing.connection
            writer.execute("BEGIN IMMEDIATE")
            try:
                yield writer
                writer.execute("COMMIT")
            except BaseException:
                if writer.in_transaction:  # A full disk may have rolled it back already.
                    writer.execute("ROLLBACK")
                raise

    def scrub(self) -> None:
        """Leave no trace of what was deleted: every page anew, and an empty log.

        A deleted row's bytes stay in pages that SQLite gives back later (also with its
        `secure_delete`: where a row was moved between pages, its old copy stays).
        Raises ReadOnly where somebody reads for so long that the log cannot be emptied.
        """
        with self._lock, self._told():
            held = self._connect()
            held.connection.execute("PRAGMA temp_store=FILE")  # All of it would stand in memory otherwise.
            held.connection.execute("VACUUM")
            (busy, *_) = held.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if busy:
                raise sqlite3.OperationalError("its log is still read by others")

    def renew(self) -> None:
        """Begin anew with an empty file; who is reading meanwhile goes on with the old one."""
        with self._lock, self._told():
            self._local, self._writing = threading.local(), None
            take_away(self._path)
            self._writing, self._broken = self._open_writer(*self._made_of), ""
            self._inode = self._path.stat().st_ino

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """Return all rows that *sql* finds among what is committed."""
        try:
            held = self._reader()  # Held on to while it is asked, whoever closes us meanwhile.
            return held.connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise self._refusal(error) from error

    def row(self, sql: str, values: Sequence[Any] = ()) -> Row | None:
        """Return the first row that *sql* finds, or None."""
        try:
            held = self._reader()
            found: Row | None = held.connection.execute(sql, values).fetchone()
        except sqlite3.Error as error:
            raise self._refusal(error) from error
        return found

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Raise what SQLite or the disk refuses as ReadOnly: to be opened anew, and caught up."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise self._refusal(error) from error

    def _refusal(self, error: Exception) -> ReadOnly:
        """Return what to raise; a file whose bytes are broken is taken away, and so made anew.

        Another may stand in its place by then: it was opened anew, and somebody still asked the old one.
        """
        text = f"{self._path}: {error}; it has to be opened anew"
        if self._writable and _code(error) in _BROKEN:
            self._broken = text
            if self._inode is None or not self.gone():
                take_away(self._path)
            return Broken(text)
        return ReadOnly(text)

    def _refuse_broken(self) -> None:
        """Raise Broken where a page was: what the others still say may be as wrong, and nobody would see it."""
        if self._broken:
            raise Broken(self._broken)

    def _reader(self) -> _Held:
        self._refuse_broken()
        held: _Held | None = getattr(self._local, "held", None)
        if held is None:
            held = self._local.held = self._connect()
        return held

    def gone(self) -> bool:
        """Say whether the file was deleted or replaced since it was opened."""
        try:
            return os.stat(self._path).st_ino != self._inode
        except FileNotFoundError:
            return True

    def close(self) -> None:
        """Let go of all connections; each closes when nobody holds it.

        SQLite would not survive that one is closed while another thread asks it.
        """
        with self._lock:
            self._local = threading.local()
            self._writing = None


def insert(connection: sqlite3.Connection, into: str, rows: Sequence[Row]) -> int:
    """Put *rows* into a table, as `INSERT INTO name(column, …)` says; return how many it took.

    Many by one statement: at each step of one sqlite3 lets go of the interpreter, and where
    another thread takes it meanwhile, waits for it.
    """
    if not rows:
        return 0
    marks = f"({','.join('?' * len(rows[0]))})"
    several = f"{into} VALUES{','.join([marks] * _AT_ONCE)}"
    whole = len(rows) - len(rows) % _AT_ONCE
    taken = 0
    for at in range(0, whole, _AT_ONCE):
        values = [*chain.from_iterable(rows[at : at + _AT_ONCE])]
        taken += connection.execute(several, values).rowcount
    if whole < len(rows):
        taken += connection.executemany(f"{into} VALUES{marks}", rows[whole:]).rowcount
    return taken


def _code(error: BaseException) -> int:
    """Return the primary result code of SQLite, or 0."""
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF


def _is_cut_short(path: Path) -> bool:
    """Say whether a file is shorter than its own head says, with no log beside it that has the rest.

    SQLite reads zeros for what is not there, and takes them for rows now and then.
    """
    try:
        with path.open("rb") as file:
            head = file.read(100)
        log = Path(f"{path}-wal")
        if len(head) < 100 or head[24:28] != head[92:96] or (log.exists() and log.stat().st_size):
            return False
        size = int.from_bytes(head[16:18], "big")
        return path.stat().st_size < (65536 if size == 1 else size) * int.from_bytes(head[28:32], "big")
    except OSError:
        return False


def take_away(path: Path) -> None:
    """Take away a derived SQLite file with its log; it comes back from the journals.

    Durably: one that stood there again after a power loss would know places that are no more.
    """
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    if path.parent.is_dir():
        files.sync_folder(path.parent)
