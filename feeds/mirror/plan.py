"""What is published, and what was put into a folder -> what is to be looked at, in which order. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from feeds.publish.shelf.twins import file_of


class Put(msgspec.Struct, frozen=True, array_like=True):
    """A file as it was put: its digest, and by what its original is known again without being read."""

    sha256: str
    size: int
    mtime_ns: int
    inode: int
    ctime_ns: int


UNDER_WAY = Put("", 0, 0, 0, 0)
"""A file of which it is not known what stands there: it was about to be put."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A published file as the disk tells of it."""

    size: int
    mtime_ns: int
    inode: int
    ctime_ns: int

    def is_of(self, put: Put | None) -> bool:
        """Say whether *put* was made of this very file."""
        return put is not None and (self.size, self.mtime_ns, self.inode, self.ctime_ns) == (
            put.size,
            put.mtime_ns,
            put.inode,
            put.ctime_ns,
        )


def rank(path: str) -> int:
    """Return the turn of a file: what others lead to comes before them, the front page last."""
    if "/" not in path:
        return 6 if path == "index.html" else 5
    top, _, rest = path.partition("/")
    if top == "static":
        return 1 if rest.endswith(".html") else 0
    if top == "articles":
        return 1
    if rest.startswith("archive/"):
        return 2
    return 3 if rest.endswith(".html") else 4


def in_order(paths: Mapping[str, object]) -> list[tuple[str, list[str]]]:
    """Return each file with its twins, in the order in which they are put; what is packed twice is nobody's."""
    found: dict[str, list[str]] = {}
    for path in sorted(paths):
        base = file_of(path)
        if base is None or base not in paths:
            found.setdefault(path, [])
        elif file_of(base) is None:  # A twin of a twin is nobody's.
            found.setdefault(base, []).append(path)
    return sorted(found.items(), key=lambda one: (rank(one[0]), one[0]))
