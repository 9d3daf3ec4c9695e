"""Published files: put whole, list, delete. A port.

Readers see an old file or a new one, never a part of one. Nothing but published
files stands in the folder, so that any static server can serve it as it is.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Protocol


@dataclass(frozen=True)
class File:
    """One published file.

    path       below the folder, with `/`
    modified   when its content last changed: from data, never the clock
    """

    path: str
    body: bytes
    modified: datetime

    @cached_property
    def digest(self) -> str:
        """The sha256 of the body, by which it is told from other versions."""
        return hashlib.sha256(self.body).hexdigest()


class Shelf(Protocol):
    """Where published files stand."""

    def put(self, file: File) -> bool:
        """Put *file* in its place whole; return whether anything changed."""

    def get(self, path: str) -> File | None:
        """Return the file at *path*, or None."""

    def paths(self) -> set[str]:
        """Return the paths of all files."""

    def delete(self, path: str) -> None:
        """Take a file away; none there is no fault."""

    def intact(self, path: str) -> bool:
        """Say whether the file stands as it was put; a cheap look where nothing can have changed it."""

    def verified(self) -> None:
        """Note that every file was found to stand as it should."""

    def shown(self) -> Mapping[str, str]:
        """Return what each topic's files show, as noted by `note`."""

    def note(self, topic: str, state: str) -> None:
        """Note what a topic's files show from now on."""
