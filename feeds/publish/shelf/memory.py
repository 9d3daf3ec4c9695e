"""The shelf as a dictionary; every file is copied in and out."""

from collections.abc import Callable, Mapping

from feeds.publish.shelf.deltas import VERSIONS, has_entries, marks_of
from feeds.publish.shelf.port import File
from feeds.publish.shelf.twins import is_archived, twins_of


class MemoryShelf:
    """The Shelf port as a dictionary; every file is copied in and out."""

    def __init__(self) -> None:
        self._files: dict[str, File] = {}
        self._twins: dict[str, dict[str, bytes]] = {}
        self._unpacked: dict[str, File] = {}
        self._versions: dict[str, dict[str, frozenset[bytes]]] = {}
        self._shown: dict[str, str] = {}

    def put(self, file: File) -> bool:
        """Put *file* in its place."""
        before = self._files.get(file.path)
        if before == file:
            return False
        self._twins.pop(file.path, None)
        kept = File(file.path, bytes(file.body), file.modified, file.fresh)
        self._files[file.path] = self._unpacked[file.path] = kept
        return True

    def get(self, path: str) -> File | None:
        """Return the file at *path*, or None."""
        return self._files.get(path)

    def pack(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Make twins, and marks of entries, of what was put; return of how many files."""
        done = 0
        while self._unpacked and not stop():
            path = min(self._unpacked, key=is_archived)
            file = self._unpacked.pop(path)
            self._twins[path] = twins_of(file)
            if has_entries(path):
                versions = {**self._versions.get(path, {}), file.digest: marks_of(file.body)}
                self._versions[path] = dict(list(versions.items())[-VERSIONS:])
            done += 1
        return done

    def twin(self, file: File, coding: str) -> bytes | None:
        """Return the body of this very file in a coding."""
        if self._files.get(file.path) != file:
            return None
        return self._twins.get(file.path, {}).get(coding)

    def marks(self, path: str, digest: str) -> frozenset[bytes] | None:
        """Return the marks of the entries of a version; *digest* may be its beginning."""
        found = (marks for one, marks in self._versions.get(path, {}).items() if one.startswith(digest))
        return next(found, None)

    def paths(self) -> set[str]:
        """Return the paths of all files."""
        return set(self._files)

    def delete(self, path: str) -> None:
        """Take a file away."""
        for held in (self._files, self._twins, self._unpacked, self._versions):
            held.pop(path, None)

    def intact(self, path: str) -> bool:
        """Say whether the file stands as it was put."""
        return path in self._files

    def verified(self) -> None:
        """Nothing here can change behind our back."""

    def shown(self) -> Mapping[str, str]:
        """Return what each topic's files show."""
        return dict(self._shown)

    def note(self, topic: str, state: str) -> None:
        """Note what a topic's files show from now on."""
        self._shown[topic] = state
