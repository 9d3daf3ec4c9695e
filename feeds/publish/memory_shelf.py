"""The shelf as a dictionary; every file is copied in and out."""

from collections.abc import Mapping

from feeds.publish.shelf import File


class MemoryShelf:
    """The Shelf port as a dictionary; every file is copied in and out."""

    def __init__(self) -> None:
        self._files: dict[str, File] = {}
        self._shown: dict[str, str] = {}

    def put(self, file: File) -> bool:
        """Put *file* in its place."""
        before = self._files.get(file.path)
        self._files[file.path] = File(file.path, bytes(file.body), file.modified)
        return before is None or (before.body, before.modified) != (file.body, file.modified)

    def get(self, path: str) -> File | None:
        """Return the file at *path*, or None."""
        return self._files.get(path)

    def paths(self) -> set[str]:
        """Return the paths of all files."""
        return set(self._files)

    def delete(self, path: str) -> None:
        """Take a file away."""
        self._files.pop(path, None)

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
