"""A path below a folder -> what stands there, and what tells whether it is the same as before."""

import contextlib
import hashlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from archive import ReadOnly, refused_by_disk
from feeds.publish.shelf.port import File

_SAME_TIME = 0.001
"""Seconds by which a file system may round a time."""
Place = tuple[int, int]
"""What a file has that no other has which stood under its name before."""


def below(folder: Path, path: str) -> Path:
    """Return where *path* lies. Raises ValueError for a path that leads out."""
    parts = path.split("/")
    if not path or any(part in {"", ".", ".."} or "\x00" in part for part in parts):
        raise ValueError(f"{path!r} is no path of a published file")
    return folder.joinpath(*parts)


def read_placed(folder: Path, path: str) -> tuple[File, Place] | None:
    """Return the file that stands at *path* below *folder*; None for none, and for one that cannot be read."""
    try:
        with below(folder, path).open("rb") as stream:
            body = stream.read()
            stat = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return None
    modified = datetime.fromtimestamp(round(stat.st_mtime, 3), UTC)
    return File(path, body, modified), (stat.st_ino, stat.st_ctime_ns)


def read_published(folder: Path, path: str) -> File | None:
    """Return the file that stands at *path* below *folder*; None for none, and for one that cannot be read."""
    found = read_placed(folder, path)
    return found[0] if found is not None else None


def place_of(target: Path) -> Place | None:
    """Return what the file at *target* has that no other has; None for no file."""
    try:
        stat = target.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_ctime_ns


def looks(target: Path, size: int, modified: float) -> bool:
    """Say whether a file of this size and time stands there."""
    try:
        stat = target.stat()
    except OSError:
        return False
    return stat.st_size == size and abs(stat.st_mtime - modified) <= _SAME_TIME


def sha256(target: Path) -> str:
    """Return the digest of a file's bytes."""
    return hashlib.sha256(target.read_bytes()).hexdigest()


def files_below(folder: Path) -> set[str]:
    """Return the paths of all files below *folder*."""
    found: set[str] = set()
    for place, _, names in os.walk(folder):
        head = Path(place).relative_to(folder).as_posix()
        found |= {name if head == "." else f"{head}/{name}" for name in names}
    return found


def take_empty_away(folder: Path, target: Path) -> None:
    """Take the folders away that are empty without *target*, up to *folder*."""
    for place in target.parents:
        if place == folder or not place.is_relative_to(folder):
            break
        try:
            place.rmdir()
        except OSError:
            break


@contextlib.contextmanager
def told(folder: Path) -> Iterator[None]:
    """Raise what a full or failing disk refuses as ReadOnly: to be rendered again once it takes writes."""
    try:
        yield
    except OSError as error:
        if not refused_by_disk(error):
            raise
        raise ReadOnly(f"{folder}: {error.strerror}; what is published there stays up as it is") from error
