"""Bodies that were asked for lately, in memory, up to so many bytes."""

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

T = TypeVar("T")


class Hot(Generic[T]):
    """Values by their paths; those asked for longest ago go first.

    Whoever reads a file notes `changes` before, and hands it to `remember` behind: what was
    changed meanwhile is not remembered as it was.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._held: OrderedDict[str, tuple[T, int]] = OrderedDict()
        self._bytes = 0
        self.changes = 0

    def get(self, path: str) -> T | None:
        """Return what is held of *path*."""
        with self._lock:
            found = self._held.get(path)
            if found is None:
                return None
            self._held.move_to_end(path)
            return found[0]

    def remember(self, path: str, value: T, size: int, changes: int) -> None:
        """Hold what was read after so many changes, unless there were more since."""
        with self._lock:
            if changes != self.changes:
                return
            self._drop(path)
            self._held[path] = (value, size)
            self._bytes += size
            while self._bytes > self._most:
                _, (_, old) = self._held.popitem(last=False)
                self._bytes -= old

    def changed(self, *paths: str) -> int:
        """Forget what changed; return how many changes there were by now."""
        with self._lock:
            self.changes += 1
            for path in paths:
                self._drop(path)
            return self.changes

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self.changes += 1
            self._held.clear()
            self._bytes = 0

    def _drop(self, path: str) -> None:
        old = self._held.pop(path, None)
        if old is not None:
            self._bytes -= old[1]
