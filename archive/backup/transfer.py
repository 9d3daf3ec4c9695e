"""A file -> the same bytes elsewhere, checked on their way and durable there."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from archive.disk import files

_CHUNK = 2**20


def whole(
    source: Path, target: Path, sha256: str | None = None, make_way: Callable[[], None] = lambda: None
) -> bool:
    """Copy a file under a name of its own, durably; return False where it is not the one with this digest.

    make_way   called when the copy is whole, before it is put where another file may stand
    """
    files.make_folders(target.parent)
    temporary = target.with_name(target.name + ".tmp")
    total = hashlib.sha256()
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    try:
        with source.open("rb") as file:
            while chunk := file.read(_CHUNK):
                total.update(chunk)
                files.write_all(fd, chunk)
        os.fsync(fd)
    finally:
        os.close(fd)
    if sha256 is not None and total.hexdigest() != sha256:
        temporary.unlink()
        return False
    make_way()
    os.replace(temporary, target)
    files.sync_folder(target.parent)
    return True


def append(target: Path, data: bytes, at: int) -> None:
    """Put *data* behind the first *at* bytes of a file, durably; the file is made if need be."""
    files.make_folders(target.parent)
    is_new = not target.exists()
    fd = os.open(target, os.O_WRONLY | os.O_CREAT, 0o644)
    try:
        os.lseek(fd, at, os.SEEK_SET)
        files.write_all(fd, data)
        os.fsync(fd)
    finally:
        os.close(fd)
    if is_new:
        files.sync_folder(target.parent)


def aside(root: Path, path: Path) -> Path:
    """Move a file that is not what it should be into the quarantine of the backup below *root*; return where to."""
    folder = root / "quarantine" / path.parents[1].name
    files.make_folders(folder)
    number = 0
    while (target := folder / f"{path.name}.{number}").exists():
        number += 1
    os.replace(path, target)
    files.sync_folder(folder)
    files.sync_folder(path.parent)
    return target
