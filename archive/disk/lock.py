"""data/LOCK: one process writes. Held by flock, so it ends with its process."""

import fcntl
import os
from pathlib import Path

from archive.errors import ArchiveError, Busy

_NETWORK = frozenset(("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "fuse.sshfs", "fuse.s3fs"))


class Lock:
    """The right to write below one folder; raises Busy where another process has it."""

    def __init__(self, path: Path) -> None:
        refuse_network(path.parent)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = _pid(os.pread(self._fd, 32, 0))
            os.close(self._fd)
            who = f"process {pid}" if pid else "another process"
            raise Busy(f"{path}: {who} writes here already", pid=pid) from None
        number = f"{os.getpid()}\n".encode()
        try:  # Over the old one first: a full disk has room for that.
            os.pwrite(self._fd, number, 0)
            os.ftruncate(self._fd, len(number))
        except OSError:
            self.release()
            raise

    def release(self) -> None:
        """Let others write."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def holder(path: Path) -> int | None:
    """Return the process that holds the lock, 0 where its number is unknown, None for nobody."""
    try:
        fd = os.open(path, os.O_RDONLY)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _pid(os.pread(fd, 32, 0)) or 0
    else:
        return None
    finally:
        os.close(fd)


def _pid(text: bytes) -> int | None:
    return int(text) if text.strip().isdigit() else None


def refuse_network(folder: Path) -> None:
    """Raise ArchiveError where *folder* lies on a network file system.

    flock, fdatasync and SQLite's shared memory do not keep their word there.
    """
    kind = _file_system(folder.absolute())
    if kind in _NETWORK:
        raise ArchiveError(
            f"{folder} lies on a network file system ({kind}), where locks and fdatasync do not "
            "keep their word; put `data:` on a local disk"
        )


def _file_system(folder: Path) -> str | None:
    """Return the type of the file system *folder* is or will be on, where the system tells."""
    while not folder.exists():
        folder = folder.parent
    try:
        mounts = Path("/proc/self/mounts").read_text("utf-8", "replace").splitlines()
    except OSError:
        return None
    best, kind = "", None
    for line in mounts:
        _, mount, found, *_ = line.split(" ")
        mount = mount.replace("\\040", " ")
        if folder.resolve().is_relative_to(mount) and len(mount) >= len(best):
            best, kind = mount, found
    return kind
