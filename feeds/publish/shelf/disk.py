"""The shelf on a local disk, with an index of digests beside it and the hot files in memory."""

import contextlib
import hashlib
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from sqlite3 import Connection

from archive import Database, ReadOnly, faults
from feeds.publish.shelf.deltas import MARK, VERSIONS, has_entries, marks_of
from feeds.publish.shelf.folder import (
    Place,
    below,
    files_below,
    looks,
    place_of,
    read_placed,
    read_published,
    sha256,
    take_empty_away,
    told,
)
from feeds.publish.shelf.hot import Hot
from feeds.publish.shelf.port import File
from feeds.publish.shelf.twins import CODINGS, file_of, has_twins, is_archived, twin_path, twins_of

CACHE_BYTES = 64 * 2**20
_SCHEMA = """
CREATE TABLE file(path TEXT PRIMARY KEY, digest TEXT, modified REAL, size INTEGER, fresh REAL, packed INTEGER) WITHOUT ROWID;
CREATE INDEX file_unpacked ON file(packed, path) WHERE packed<0;
CREATE TABLE twin(path TEXT, coding TEXT, of TEXT, digest TEXT, size INTEGER, PRIMARY KEY(path, coding)) WITHOUT ROWID;
CREATE TABLE version(n INTEGER PRIMARY KEY, path TEXT, digest TEXT, marks BLOB, UNIQUE(path, digest));
CREATE TABLE shown(topic TEXT PRIMARY KEY, state TEXT) WITHOUT ROWID;
CREATE TABLE progress(name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
"""
_VERSION = 3
_SOON, _AT_LEISURE, _DONE = -2, -1, 0
"""Whether a file is packed: what readers wait for goes before what takes long."""
_SWAP = threading.Lock()
"""Held while a file or its twins change places: no twin comes to stand beside another file than its own."""
_Packed = tuple[str, bytes]
"""The digest of a file, and the body of a twin of it."""


class DiskShelf:
    """The Shelf port over a folder, with an index of digests beside it.

    clean   False where the last process did not close it: then bytes may differ
            from the index, and `put` compares the files themselves
    """

    def __init__(self, folder: Path, index: Path) -> None:
        self._folder = folder
        self._index_path = index
        self._temporary = index.parent / "tmp"
        self._hot: Hot[File] = Hot(CACHE_BYTES)
        self._packed: Hot[_Packed] = Hot(CACHE_BYTES // 4)
        self._open()

    def _open(self) -> None:
        with told(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            self._temporary.mkdir(parents=True, exist_ok=True)
            with _SWAP:
                for stray in self._temporary.iterdir():
                    stray.unlink(missing_ok=True)
        self._db = Database(self._index_path, _SCHEMA, _VERSION)
        self._shown: dict[str, str] = dict(self._db.rows("SELECT topic, state FROM shown"))
        row = self._db.row("SELECT value FROM progress WHERE name='clean'")
        self.clean = row is not None and row[0] == "1"
        self._mark("0")

    def put(self, file: File) -> bool:
        """Put *file* whole: temporary file, rename. No fsync: it can be rendered again."""
        target = self._target(file.path)
        if self._stands(target, file):
            return False
        stamp = file.modified.timestamp()
        fresh = file.fresh.total_seconds() if file.fresh is not None else None
        with told(self._folder):
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary = self._written(file.body, stamp)
            with _SWAP:
                self._take_twins_away(file.path)
                faults.at("shelf.swap")
                temporary.replace(target)
                faults.at("shelf.swapped")
        with self._db.transaction() as connection:
            _forget_twins(connection, file.path)
            connection.execute(
                "INSERT OR REPLACE INTO file VALUES(?,?,?,?,?,?)",
                (file.path, file.digest, stamp, len(file.body), fresh, _turn(file.path)),
            )
        self._hot.remember(file.path, file, len(file.body), self._hot.changed(file.path))
        return True

    def _written(self, body: bytes, stamp: float, name: str = "") -> Path:
        """Write a temporary file of this thread's own."""
        self._temporary.mkdir(parents=True, exist_ok=True)
        temporary = self._temporary / f"{threading.get_ident()}{name}"
        temporary.write_bytes(body)
        os.utime(temporary, (stamp, stamp))
        return temporary

    def _take_twins_away(self, path: str) -> None:
        """Take away what is about to be no twin any more, also what the index does not know of."""
        if has_twins(path):
            for coding in CODINGS:
                self._target(twin_path(path, coding)).unlink(missing_ok=True)
            faults.at("shelf.bare")

    def _stands(self, target: Path, file: File) -> bool:
        """Say whether the very file stands there already, with its twins."""
        row = self._db.row("SELECT digest, modified, fresh FROM file WHERE path=?", (file.path,))
        fresh = file.fresh.total_seconds() if file.fresh is not None else None
        if row is None or tuple(row) != (file.digest, file.modified.timestamp(), fresh):
            return False
        return self.intact(file.path) and (self.clean or target.read_bytes() == file.body)

    def intact(self, path: str) -> bool:
        """Say whether the file stands as it was put, with its twins; after an unclean stop their bytes are read.

        Their size always: files are not synced, and a power loss some time after a
        clean stop may leave an empty one under a name that was swapped.
        """
        rows = self._db.rows(
            "SELECT modified, file.size, file.digest, coding, twin.size, twin.digest "
            "FROM file LEFT JOIN twin USING(path) WHERE path=?",
            (path,),
        )
        if not rows:
            return False
        modified, size, digest = rows[0][:3]
        noted = [(path, size, digest)]
        noted += [(twin_path(path, coding), size, digest) for *_, coding, size, digest in rows if coding]
        return all(self._as_noted(one, size, digest, modified) for one, size, digest in noted)

    def _as_noted(self, path: str, size: int, digest: str, modified: float) -> bool:
        target = self._target(path)
        return looks(target, size, modified) and (self.clean or sha256(target) == digest)

    def pack(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Make twins, and marks of entries, of what was put; return of how many files."""
        done = 0
        while not stop():
            row = self._db.row("SELECT path, digest FROM file WHERE packed<0 ORDER BY packed LIMIT 1")
            if row is None:
                break
            self._pack(*row)
            done += 1
        return done

    def _pack(self, path: str, digest: str) -> None:
        found = read_placed(self._folder, path)
        if found is not None and found[0].digest != digest:
            found = None  # Another is being put, or it rotted: `intact` tells.
        twins = twins_of(found[0]) if found is not None else {}
        marks = b"".join(sorted(marks_of(found[0].body))) if found is not None and has_entries(path) else None
        if found is not None and not self._place(path, twins, found[0].modified.timestamp(), found[1]):
            return
        with self._db.transaction() as connection:
            taken = connection.execute(
                "UPDATE file SET packed=? WHERE path=? AND digest=?", (_DONE, path, digest)
            )
            if taken.rowcount:
                _forget_twins(connection, path)
                for coding, body in twins.items():
                    row = (path, coding, digest, hashlib.sha256(body).hexdigest(), len(body))
                    connection.execute("INSERT INTO twin VALUES(?,?,?,?,?)", row)
                if marks is not None:
                    _remember_version(connection, path, digest, marks)

    def _place(self, path: str, twins: Mapping[str, bytes], stamp: float, seen: Place) -> bool:
        """Put twins beside their file; return False where it is another file by now."""
        with told(self._folder):
            written = {coding: self._written(body, stamp, f".{coding}") for coding, body in twins.items()}
            faults.at("shelf.packed")
            with _SWAP:
                if place_of(self._target(path)) != seen:
                    return False
                for coding in CODINGS:
                    target = self._target(twin_path(path, coding))
                    if coding in written:
                        written[coding].replace(target)
                    else:
                        target.unlink(missing_ok=True)
                    faults.at("shelf.twin")
        return True

    def twin(self, file: File, coding: str) -> bytes | None:
        """Return the body of this very file in a coding; what is handed out was proven to be that."""
        path = twin_path(file.path, coding)
        held = self._packed.get(path)
        if held is not None and held[0] == file.digest:
            return held[1]
        changes = self._packed.changes
        row = self._db.row("SELECT of, digest FROM twin WHERE path=? AND coding=?", (file.path, coding))
        found = read_published(self._folder, path) if row is not None and row[0] == file.digest else None
        if row is None or found is None or found.digest != row[1]:
            return None
        self._packed.remember(path, (file.digest, found.body), len(found.body), changes)
        return found.body

    def marks(self, path: str, digest: str) -> frozenset[bytes] | None:
        """Return the marks of the entries of a version; *digest* may be its beginning."""
        row = self._db.row(
            "SELECT marks FROM version WHERE path=? AND digest>=? AND digest<? ORDER BY n DESC LIMIT 1",
            (path, digest, f"{digest}g"),
        )
        return frozenset(row[0][at : at + MARK] for at in range(0, len(row[0]), MARK)) if row else None

    def get(self, path: str) -> File | None:
        """Return the file at *path*, from memory where it was asked for lately."""
        found = self._hot.get(path)
        if found is not None:
            return found
        changes = self._hot.changes
        file = read_published(self._folder, path)
        if file is not None:
            row = self._db.row("SELECT fresh FROM file WHERE path=?", (path,))
            file = replace(file, fresh=timedelta(seconds=row[0]) if row and row[0] is not None else None)
            self._remember(file, changes)
        return file

    def _remember(self, file: File, changes: int) -> None:
        """Remember a file that was read after so many changes, unless there were more since."""
        self._hot.remember(file.path, file, len(file.body), changes)

    def paths(self) -> set[str]:
        """Return the paths of all files that stand in the folder; twins only where they have no file."""
        found = files_below(self._folder)
        return {path for path in found if not ((file := file_of(path)) in found and has_twins(file or ""))}

    def delete(self, path: str) -> None:
        """Take a file away, its twins first, and the folders that are empty without it."""
        target = self._target(path)
        with told(self._folder), _SWAP:
            self._take_twins_away(path)
            target.unlink(missing_ok=True)
        self._hot.changed(path)
        self._packed.changed(*(twin_path(path, coding) for coding in CODINGS))
        with self._db.transaction() as connection:
            _forget_twins(connection, path)
            connection.execute("DELETE FROM file WHERE path=?", (path,))
            connection.execute("DELETE FROM version WHERE path=?", (path,))
        take_empty_away(self._folder, target)

    def verified(self) -> None:
        """Note that every file was found to stand as it should: from here on a cheap look will do."""
        self.clean = True

    def shown(self) -> Mapping[str, str]:
        """Return what each topic's files show."""
        return dict(self._shown)

    def note(self, topic: str, state: str) -> None:
        """Note what a topic's files show from now on."""
        with self._db.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO shown VALUES(?,?)", (topic, state))
        self._shown[topic] = state

    def gone(self) -> bool:
        """Say whether the folder or the index was taken away."""
        return self._db.gone() or not (self._folder / "index.html").is_file()

    def close(self) -> None:
        """Note that the files are as the index says; where that cannot be noted they are compared anew."""
        if not self._db.gone():
            with contextlib.suppress(ReadOnly):
                self._mark("1")
        self.let_go()

    def let_go(self) -> None:
        """Close the index as an unclean stop would: whoever opens it next looks at every file."""
        self._db.close()

    def _mark(self, clean: str) -> None:
        with self._db.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO progress VALUES('clean', ?)", (clean,))

    def _target(self, path: str) -> Path:
        """Return where *path* lies. Raises ValueError for a path that leads out."""
        return below(self._folder, path)


def _turn(path: str) -> int:
    if not has_twins(path):
        return _DONE
    return _AT_LEISURE if is_archived(path) else _SOON


def _forget_twins(connection: Connection, path: str) -> None:
    connection.execute("DELETE FROM twin WHERE path=?", (path,))


def _remember_version(connection: Connection, path: str, digest: str, marks: bytes) -> None:
    """Remember the marks of a version, of each path the last few."""
    connection.execute(
        "INSERT OR REPLACE INTO version(path, digest, marks) VALUES(?,?,?)", (path, digest, marks)
    )
    connection.execute(
        "DELETE FROM version WHERE path=? AND n NOT IN "
        "(SELECT n FROM version WHERE path=? ORDER BY n DESC LIMIT ?)",
        (path, path, VERSIONS),
    )
