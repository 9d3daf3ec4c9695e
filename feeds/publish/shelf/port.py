"""Published files: put whole, list, delete. A port.

Readers see an old file or a new one, never a part of one, and never an encoded twin
of another than the file that stands. Nothing but published files and their twins
stands in the folder, so that any static server can serve it as it is.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Protocol


@dataclass(frozen=True)
class File:
    """One published file.

    path       below the folder, with `/`
    modified   when its content last changed: from data, never the clock
    fresh      how long a reader need not ask again: from data likewise; None where nothing says so
    """

    path: str
    body: bytes
    modified: datetime
    fresh: timedelta | None = None

    @cached_property
    def digest(self) -> str:
        """The sha256 of the body, by which it is told from other versions."""
        return hashlib.sha256(self.body).hexdigest()


class Shelf(Protocol):
    """Where published files stand."""

    def put(self, file: File) -> bool:
        """Put *file* in its place whole; return whether anything changed. Its old twins go first."""

    def get(self, path: str) -> File | None:
        """Return the file at *path*, or None."""

    def pack(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Make what follows from files that were put: twins, and marks of their entries.

        Return how many files that was. May be called while others put and read; *stop* ends it
        early. What takes long, documents of the past, comes behind all that readers wait for.
        """

    def twin(self, file: File, coding: str) -> bytes | None:
        """Return the body of this very file in a coding, or None where it is not packed (yet)."""

    def marks(self, path: str, digest: str) -> frozenset[bytes] | None:
        """Return the marks of the entries of a version (see `deltas`), or None for one not known any more."""

    def paths(self) -> set[str]:
        """Return the paths of all files; a twin is none of its own, unless its file is gone."""

    def delete(self, path: str) -> None:
        """Take a file away, its twins first; none there is no fault."""

    def intact(self, path: str) -> bool:
        """Say whether the file stands as it was put, and its twins as they were made.

        A cheap look where nothing can have changed it.
        """

    def verified(self) -> None:
        """Note that every file was found to stand as it should."""

    def shown(self) -> Mapping[str, str]:
        """Return what each topic's files show, as noted by `note`."""

    def note(self, topic: str, state: str) -> None:
        """Note what a topic's files show from now on."""
