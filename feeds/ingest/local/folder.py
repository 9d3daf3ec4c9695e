"""A folder -> the files in it that are new or changed and at rest -> what each shows."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from archive import Showing
from feeds.errors import FetchError, stumble
from feeds.ingest.local.files import KINDS, read_file
from feeds.ingest.normalize import Coming, to_draft

DEEPEST = 8
AT_REST = 2.0
"""Seconds a file must have stood unchanged before it is read."""

_UNFINISHED = (".part", ".tmp", ".swp", ".crdownload", "~")


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file to read.

    name    its path in the folder, with `/`, as `spelled` writes it
    mark    of its path, size and times: the same mark, the same file
    """

    name: str
    path: Path
    mark: bytes


@dataclass(frozen=True, slots=True)
class Look:
    """What looking through a folder found.

    files     new or changed, and at rest, in order of their names
    seen      marks of all that were seen before and stand unchanged
    skipped   what is not read, and why; the caller names each once
    waiting   files that were written to a moment ago
    """

    files: tuple[LocalFile, ...]
    seen: frozenset[bytes]
    skipped: dict[str, str]
    waiting: int


def spelled(name: str) -> str:
    """Return a path in a folder as text that every output can carry.

    A name whose bytes are not UTF-8 is given with percent escapes behind `./`,
    which no path begins with: no two files come to share a name.
    """
    if name.isprintable() or name.encode("utf-8", "replace").decode() == name:
        return name
    return f"./{quote(os.fsencode(name))}"


def look_through(folder: Path, seen: frozenset[bytes], wall: float) -> Look:
    """Return what is to be read of *folder*. Raises FetchError where it is not there.

    wall   the file system's own time, seconds since 1970
    """
    if not os.path.isdir(folder):  # noqa: PTH112 - Path.is_dir raises for a name that is too long
        raise FetchError(f"there is no folder {folder} (make it, or take the source out of config.yaml)")
    files: list[LocalFile] = []
    unchanged: set[bytes] = set()
    skipped: dict[str, str] = {}
    waiting = 0
    for name, entry in _walk(folder, "", 0, skipped):
        try:
            stat = entry.stat()
        except OSError as error:
            skipped[name] = f"it cannot be read: {error.strerror}"
            continue
        mark = _mark(name, stat)
        if mark in seen:
            unchanged.add(mark)
        elif abs(wall - stat.st_ctime) < AT_REST:
            waiting += 1
        else:
            files.append(LocalFile(name, Path(entry.path), mark))
    files.sort(key=lambda file: file.name)
    return Look(tuple(files), frozenset(unchanged), skipped, waiting)


def read_local(file: LocalFile, coming: Coming, most: int) -> Showing | None:
    """Return what a file of at most *most* bytes shows, or None where it is still changing.

    Raises FetchError where it cannot be read or holds no article.
    """
    data = _read_bytes(file, most)
    if data is None:
        return None
    try:
        return Showing([to_draft(entry, None, coming) for entry in read_file(file.name, data)])
    except FetchError:
        raise
    except Exception as error:  # A file we stumble over costs itself, not its folder.
        raise FetchError(f"cannot be read: {stumble(error)}") from error


def _read_bytes(file: LocalFile, most: int) -> bytes | None:
    """Return the file's bytes, or None where it changed meanwhile."""
    try:
        with file.path.open("rb") as stream:
            data = stream.read(most + 1)
            after = os.fstat(stream.fileno())
    except OSError as error:
        raise FetchError(f"cannot be read: {error.strerror}") from error
    if len(data) > most:
        raise FetchError(f"has more than {most} bytes (raise fetch.max_bytes to take it)")
    return data if _mark(file.name, after) == file.mark else None


def _walk(
    folder: Path, head: str, depth: int, skipped: dict[str, str]
) -> Iterator[tuple[str, "os.DirEntry[str]"]]:
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda one: one.name)
    except OSError as error:
        if not head:
            raise FetchError(f"{spelled(str(folder))} cannot be read: {error.strerror}") from error
        skipped[spelled(head)] = f"it cannot be read: {error.strerror}"  # The others in the folder can.
        return
    for entry in entries:
        name = f"{head}{entry.name}"
        try:
            reason, is_folder = _reason_to_skip(entry, folder, depth), entry.is_dir()
        except OSError as error:
            reason, is_folder = f"it cannot be read: {error.strerror}", False
        if reason:
            skipped[spelled(name)] = reason
        elif is_folder:
            yield from _walk(Path(entry.path), f"{name}/", depth + 1, skipped)
        else:
            yield spelled(name), entry


def _reason_to_skip(entry: "os.DirEntry[str]", folder: Path, depth: int) -> str | None:
    if entry.name.startswith("."):
        return "hidden"
    if entry.name.endswith(_UNFINISHED):
        return "its name says that it is not finished"
    # realpath and not resolve(), which raises for a link that leads to itself.
    if entry.is_symlink() and not Path(os.path.realpath(entry.path)).is_relative_to(os.path.realpath(folder)):
        return "a link that leads out of the folder"
    if entry.is_dir():
        return f"a folder deeper than {DEEPEST}" if depth >= DEEPEST else None
    if not entry.is_file():
        return "no file"
    if Path(entry.name).suffix.lower() not in KINDS:
        return f"not a kind that is read ({' '.join(sorted(KINDS))})"
    return None


def _mark(name: str, stat: os.stat_result) -> bytes:
    text = f"{name}\n{stat.st_size}\n{stat.st_mtime_ns}\n{stat.st_ino}"
    return hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=16).digest()
