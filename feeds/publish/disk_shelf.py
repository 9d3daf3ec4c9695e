"""The shelf on a local disk, with an index of digests beside it and the hot files in memory."""

import contextlib
import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from archive import Database, ReadOnly, faults, refused_by_disk
from feeds.publish.shelf import File

CACHE_BYTES = 64 * 2**20
_SCHEMA = """
CREATE TABLE file(path TEXT PRIMARY KEY, digest TEXT, modified REAL, size INTEGER) WITHOUT ROWID;
CREATE TABLE shown(topic TEXT PRIMARY KEY, state TEXT) WITHOUT ROWID;
CREATE TABLE progress(name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
"""
_VERSION = 2
_SAME_TIME = 0.001
"""Seconds by which a file system may round a time."""


class DiskShelf:
    """The Shelf port over a folder, with an index of digests beside it.

    clean   False where the last process did not close it: then bytes may differ
            from the index, and `put` compares the files themselves
    """

    def __init__(self, folder: Path, index: Path) -> None:
        self._folder = folder
        self._index_path = index
        self._temporary = index.parent / "tmp"
        self._lock = threading.Lock()
        self._cache: OrderedDict[str, File] = OrderedDict()
        self._cached = 0
        self._changes = 0
        self._open()

    def _open(self) -> None:
        with _told(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            self._temporary.mkdir(parents=True, exist_ok=True)
            for stray in self._temporary.iterdir():
                stray.unlink()
        self._db = Database(self._index_path, _SCHEMA, _VERSION)
        row = self._db.row("SELECT value FROM progress WHERE name='clean'")
        self.clean = row is not None and row[0] == "1"
        self._mark("0")

    def put(self, file: File) -> bool:
        """Put *file* whole: temporary file, rename. No fsync: it can be rendered again."""
        target = self._target(file.path)
        if self._stands(target, file):
            return False
        temporary = self._temporary / f"{threading.get_ident()}"
        stamp = file.modified.timestamp()
        with _told(self._folder):
            target.parent.mkdir(parents=True, exist_ok=True)
            self._temporary.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(file.body)
            os.utime(temporary, (stamp, stamp))
            faults.at("shelf.swap")
            temporary.replace(target)
            faults.at("shelf.swapped")
        with self._db.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO file VALUES(?,?,?,?)",
                (file.path, file.digest, stamp, len(file.body)),
            )
        with self._lock:
            self._changes += 1
        self._remember(file, self._changes)
        return True

    def _stands(self, target: Path, file: File) -> bool:
        """Say whether the very file stands there already."""
        row = self._db.row("SELECT digest, modified FROM file WHERE path=?", (file.path,))
        try:
            stat = target.stat()
        except OSError:
            return False
        if stat.st_size != len(file.body) or abs(stat.st_mtime - file.modified.timestamp()) > _SAME_TIME:
            return False
        if self.clean and row is not None:
            return bool(row[0] == file.digest)
        return target.read_bytes() == file.body and row is not None and row[0] == file.digest

    def intact(self, path: str) -> bool:
        """Say whether the file stands as it was put; after an unclean stop its bytes are read.

        Its size always: files are not synced, and a power loss some time after a
        clean stop may leave an empty one under a name that was swapped.
        """
        row = self._db.row("SELECT digest, modified, size FROM file WHERE path=?", (path,))
        target = self._target(path)
        try:
            stat = target.stat()
        except OSError:
            return False
        if row is None or stat.st_size != row[2] or abs(stat.st_mtime - row[1]) > _SAME_TIME:
            return False
        return self.clean or hashlib.sha256(target.read_bytes()).hexdigest() == str(row[0])

    def get(self, path: str) -> File | None:
        """Return the file at *path*, from memory where it was asked for lately."""
        with self._lock:
            found = self._cache.get(path)
            if found is not None:
                self._cache.move_to_end(path)
                return found
            changes = self._changes
        file = read_published(self._folder, path)
        if file is not None:
            self._remember(file, changes)
        return file

    def _remember(self, file: File, changes: int) -> None:
        """Remember a file that was read or put after so many changes, unless there were more since."""
        with self._lock:
            if changes != self._changes:
                return
            self._forget(file.path)
            self._cache[file.path] = file
            self._cached += len(file.body)
            while self._cached > CACHE_BYTES:
                _, old = self._cache.popitem(last=False)
                self._cached -= len(old.body)

    def _forget(self, path: str) -> None:
        old = self._cache.pop(path, None)
        if old is not None:
            self._cached -= len(old.body)

    def paths(self) -> set[str]:
        """Return the paths of all files that stand in the folder."""
        found: set[str] = set()
        for folder, _, names in os.walk(self._folder):
            head = Path(folder).relative_to(self._folder).as_posix()
            found |= {name if head == "." else f"{head}/{name}" for name in names}
        return found

    def delete(self, path: str) -> None:
        """Take a file away, and the folders that are empty without it."""
        target = self._target(path)
        with _told(self._folder):
            target.unlink(missing_ok=True)
        with self._lock:
            self._changes += 1
            self._forget(path)
        with self._db.transaction() as connection:
            connection.execute("DELETE FROM file WHERE path=?", (path,))
        for folder in target.parents:
            if folder == self._folder or not folder.is_relative_to(self._folder):
                break
            try:
                folder.rmdir()
            except OSError:
                break

    def verified(self) -> None:
        """Note that every file was found to stand as it should: from here on a cheap look will do."""
        self.clean = True

    def shown(self) -> Mapping[str, str]:
        """Return what each topic's files show."""
        return dict(self._db.rows("SELECT topic, state FROM shown"))

    def note(self, topic: str, state: str) -> None:
        """Note what a topic's files show from now on."""
        with self._db.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO shown VALUES(?,?)", (topic, state))

    def gone(self) -> bool:
        """Say whether the folder or the index was taken away."""
        return self._db.gone() or not (self._folder / "index.html").is_file()

    def reopen(self) -> None:
        """Begin anew with whatever stands there now."""
        with self._lock:
            self._cache.clear()
            self._cached = 0
        self._open()

    def close(self) -> None:
        """Note that the files are as the index says; where that cannot be noted they are compared anew."""
        if not self._db.gone():
            with contextlib.suppress(ReadOnly):
                self._mark("1")
        self._db.close()

    def _mark(self, clean: str) -> None:
        with self._db.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO progress VALUES('clean', ?)", (clean,))

    def _target(self, path: str) -> Path:
        """Return where *path* lies. Raises ValueError for a path that leads out."""
        return _below(self._folder, path)


def read_published(folder: Path, path: str) -> File | None:
    """Return the file that stands at *path* below *folder*; None for none, and for one that cannot be read."""
    try:
        with _below(folder, path).open("rb") as stream:
            body = stream.read()
            modified = datetime.fromtimestamp(round(os.fstat(stream.fileno()).st_mtime, 3), UTC)
    except (OSError, ValueError):
        return None
    return File(path, body, modified)


def _below(folder: Path, path: str) -> Path:
    parts = path.split("/")
    if not path or any(part in {"", ".", ".."} or "\x00" in part for part in parts):
        raise ValueError(f"{path!r} is no path of a published file")
    return folder.joinpath(*parts)


@contextlib.contextmanager
def _told(folder: Path) -> Iterator[None]:
    """Raise what a full or failing disk refuses as ReadOnly: to be rendered again once it takes writes."""
    try:
        yield
    except OSError as error:
        if not refused_by_disk(error):
            raise
        raise ReadOnly(f"{folder}: {error.strerror}; what is published there stays up as it is") from error
