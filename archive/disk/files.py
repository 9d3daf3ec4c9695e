"""Bytes -> durable files: whole writes, replaced files, synced folders."""

import contextlib
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from archive import faults
from archive.errors import Unreadable, refused_by_disk

ROOM = 2**20
"""Bytes that a disk must have room for before anything is begun on it: one batch of lines."""


_DEEP = 4
"""Folders above a file of the archive that are ours: year, journal, archive, data."""


@contextlib.contextmanager
def named(path: Path) -> Iterator[None]:
    """Let an error in reading say which file it is that the disk does not give back: read(2) does not."""
    try:
        yield
    except OSError as error:
        if isinstance(error, Unreadable) or not refused_by_disk(error):
            raise
        raise Unreadable(error.errno, error.strerror, str(path)) from error


def read(path: Path) -> bytes:
    """Return all that stands in *path*. Raises Unreadable where the disk does not give it back."""
    with named(path):
        return path.read_bytes()


def write_all(fd: int, data: bytes) -> None:
    """Write all of *data*; one write(2) may take less than it was given."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def sync_folder(folder: Path) -> None:
    """Make the names in *folder* durable."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def force(path: Path, top: Path) -> None:
    """Make what stands in *path* durable, with its name and those of its folders up to *top*.

    A process that was killed before its fdatasync leaves lines that only the
    kernel has: they read well, and a power loss takes them.
    """
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
    for folder in path.parents:
        sync_folder(folder)
        if folder == top:
            break


def take_back(fd: int, size: int) -> None:
    """Cut a file to the *size* that was durable before a write to it failed.

    What a failed fdatasync left reads well, and a later one may report success for
    it though the kernel has dropped its pages: so nobody may ever read it.
    """
    with contextlib.suppress(OSError):  # Of a disk that takes nothing at all.
        os.ftruncate(fd, size)


def try_room(folder: Path) -> None:
    """Write as much below *folder* as a batch may be, and take it away again.

    An archive may well open on a disk that takes nothing, and first fail when
    articles have been fetched in vain.
    """
    path = folder / "room.tmp"
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    try:
        write_all(fd, bytes(ROOM))
    finally:
        os.close(fd)
        path.unlink(missing_ok=True)


def make_folders(folder: Path) -> None:
    """Create *folder* and what is missing above it, each durable in its parent."""
    missing: list[Path] = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for path in reversed(missing):
        path.mkdir(mode=0o755, exist_ok=True)
        sync_folder(path.parent)


def create(path: Path) -> int:
    """Create *path* for appending, durable with its name, and return its descriptor.

    fsync(file), then fsync(folder), both before anything in it is acknowledged; and
    the folders above once more, since whoever made them may have been killed
    before their names were durable.
    """
    make_folders(path.parent)
    fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        os.fsync(fd)
        for folder in path.parents[:_DEEP]:
            sync_folder(folder)
    except OSError:
        os.close(fd)
        raise
    return fd


def append_durably(fd: int, chunks: Sequence[bytes], point: str) -> float:
    """Append *chunks*; return when they are durable, and how many seconds the disk took (one fdatasync).

    point   prefix of the fault points passed on the way
    """
    data = b"".join(chunks)
    faults.at(f"{point}.write")
    half = len(data) // 2
    write_all(fd, data[:half])
    faults.at(f"{point}.torn")
    write_all(fd, data[half:])
    faults.at(f"{point}.fdatasync")
    began = time.perf_counter()
    os.fdatasync(fd)
    took = time.perf_counter() - began
    faults.at(f"{point}.synced")
    return took


def add_durably(path: Path, data: bytes, point: str) -> None:
    """Put *data* at the end of a finished file, durably, or leave it as it was.

    point   the fault point passed on the way
    """
    fd = os.open(path, os.O_WRONLY | os.O_APPEND)
    size = os.fstat(fd).st_size
    try:
        write_all(fd, data)
        faults.at(point)
        os.fsync(fd)
    except OSError:
        take_back(fd, size)
        raise
    finally:
        os.close(fd)


def truncate_durably(path: Path, size: int) -> None:
    """Cut *path* to its first *size* bytes."""
    fd = os.open(path, os.O_WRONLY)
    try:
        os.ftruncate(fd, size)
        os.fsync(fd)
    finally:
        os.close(fd)


def replace_durably(path: Path, data: bytes) -> None:
    """Put *data* under *path* whole: temporary file, fsync, rename, fsync of the folder."""
    make_folders(path.parent)
    temporary = path.with_name(path.name + ".tmp")
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    try:
        write_all(fd, data)
        os.fsync(fd)
    finally:
        os.close(fd)
    os.replace(temporary, path)
    sync_folder(path.parent)
