"""The goes of a backup, and of bringing one back: which part is copied when, and where it may lie."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from archive.backup import blobs, copier, journals, transfer
from archive.backup.copier import Copied, Job
from archive.disk import backed_up, files, nameplate, segments
from archive.disk.backed_up import Record
from archive.disk.nameplate import store_of
from archive.disk.parked import DiskQuarantine
from archive.errors import ArchiveError

CONFIG = "config.yaml"
"""In a backup: what made of the archive what was published."""
_AROUND = ("STORE.json", "README.txt", "schema/article-v1.json")


class Backup:
    """One backup of the archive below *data* into *dest*, in as many goes as it takes.

    The first go copies while somebody writes; a second one, while nobody does, what
    has come since. Nothing is taken away in *dest* but what a newer version stands
    for once that is whole there. Raises ArchiveError where *dest* is no place for it.
    """

    def __init__(
        self, data: Path, dest: Path, progress: Callable[[int, int], None] = lambda _done, _of: None
    ) -> None:
        refuse(data, dest)
        self._job = Job(data / "archive", dest, self._told)
        self._progress = progress
        self._done, self._of = 0, segments.size_of(data / "archive")

    def _told(self, size: int) -> None:
        self._done += size
        self._progress(min(self._done, self._of), self._of)

    @contextmanager
    def begun(self) -> Iterator[None]:
        """Let nobody else back up into the same folder meanwhile; it says from now on of which archive it is."""
        dest = self._job.dest
        files.make_folders(dest)
        fd = os.open(dest, os.O_RDONLY | os.O_DIRECTORY)
        try:
            _hold(fd, dest)
            _copy_around(self._job)
            yield
        finally:
            os.close(fd)

    def go(self) -> Copied:
        """Copy what is not there yet, durably; return what all goes came to."""
        return _copy(self._job)

    def finish(self, found: Record, config: Path | None = None) -> None:
        """Say in the backup what it holds: it is whole. The owner's *config* goes with it."""
        if config is not None:
            _copy_one(config, self._job.dest / CONFIG)
        self._job.copied.parked = DiskQuarantine(self._job.dest / "quarantine").size()
        backed_up.write(self._job.dest, found)


def _hold(fd: int, dest: Path) -> None:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ArchiveError(f"another backup into {dest} is under way; wait for it") from None
    except OSError:
        return  # Of a file system that knows no locks.


def _copy_around(job: Job) -> None:
    for name in _AROUND:
        _copy_one(job.root / name, job.dest / name)


def _copy_one(source: Path, target: Path) -> None:
    if source.is_file() and not (target.is_file() and target.read_bytes() == source.read_bytes()):
        transfer.whole(source, target)


def _copy(job: Job) -> Copied:
    _copy_around(job)  # First: it says of which archive all this is.
    for name in copier.ORDER:
        journals.copy(job, name)
    blobs.copy(job)
    return job.copied


def bring_back(
    source: Path, data: Path, progress: Callable[[int, int], None] = lambda _done, _of: None
) -> Copied:
    """Copy a backup into `data/archive`, which is not there yet; under that name only when it is whole.

    Also what does not prove itself is copied, and named: there is nothing better. Cut
    short, it goes on where it was. Raises ArchiveError where *source* is no backup, or
    something is there already.
    """
    there = source / "archive" if (source / "archive").is_dir() else source
    store = store_of(there)
    if store is None:
        raise ArchiveError(
            f"{source} holds no backup of an archive: neither STORE.json nor BACKUP.json can be read there"
        )
    target = data / "archive"
    if target.exists() and any(target.iterdir()):
        raise ArchiveError(
            f"{target} is there already; to restore over it, move it away first (mv {target} {target}.old), "
            f"or mend it where it stands: newsweir repair --from {source}"
        )
    if there.resolve().is_relative_to(data.resolve()):
        raise ArchiveError(f"{source} lies in {data}; move it elsewhere first")
    half = data / "archive.half"
    if half.exists() and store_of(half) not in {store, None}:
        raise ArchiveError(f"{half} is what a restore of another backup left; take it away first")
    done, whole = 0, segments.size_of(there)

    def told(size: int) -> None:
        nonlocal done
        done += size
        progress(min(done, whole), whole)

    copied = _copy(Job(there, half, told, trust=True))
    if store_of(half) is None:
        copied.flaws.append("STORE.json: cannot be read; it was made anew by the word of BACKUP.json")
        nameplate.copy(there, half, store)
    if target.exists():
        target.rmdir()
    os.replace(half, target)
    files.sync_folder(data)
    return copied


def refuse(data: Path, dest: Path) -> None:
    """Raise ArchiveError where *dest* is no place for a backup of the archive below *data*."""
    inside, archive = data.resolve(), data / "archive"
    if dest.resolve().is_relative_to(inside) or inside.is_relative_to(dest.resolve()):
        raise ArchiveError(
            f"{dest} and {data} lie in each other; a backup belongs elsewhere, on another disk"
        )
    ours = store_of(archive)
    if ours is None:
        raise ArchiveError(
            f"{archive} holds no archive that can be backed up: STORE.json is missing or cannot be read; "
            "newsweir repair --from BACKUP brings it back"
        )
    _refuse_file(dest)
    theirs = store_of(dest)
    if theirs is not None and theirs != ours:
        raise ArchiveError(f"{dest} is a backup of another archive ({theirs}; this one is {ours})")
    if theirs is None and dest.is_dir() and any(path.suffix != ".tmp" for path in dest.iterdir()):
        raise ArchiveError(f"{dest} is not empty, and holds no backup; name a folder of its own")


def _refuse_file(dest: Path) -> None:
    """Raise ArchiveError where no folder can stand at *dest*."""
    for path in (dest, *dest.parents):
        if path.is_symlink() and not path.exists():
            raise ArchiveError(f"{path} leads to {path.readlink()}, which is not there; is its disk mounted?")
        if path.exists():
            if not path.is_dir():
                raise ArchiveError(f"{path} is a file; name a folder")
            return
