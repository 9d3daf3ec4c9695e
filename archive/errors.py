"""What can go wrong with the archive, as the caller has to decide it.

ArchiveError
 +- Busy         another process writes; ask it, or wait
 +- ReadOnly     a write or an index failed; nothing was acknowledged; reopen to go on
 |   +- Broken   an index was, and is taken away: opened anew it is whole
 |   +- Nameless which archive it is cannot be told; `newsweir repair` brings that back
 +- Damaged      kept bytes do not prove themselves; `newsweir verify` finds the rest
 +- NotKept      no such article, revision or blob
 +- Unkeepable   what was offered would not come back as it is; the others of its document can be kept
"""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

_OF_THE_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ENXIO, errno.ENODEV}
_OF_ITS_DISK = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}


class ArchiveError(Exception):
    """Any fault of the archive; the message says where and what comes next."""


class Busy(ArchiveError):
    """Another process holds the archive for writing.

    pid     the holder's process number, or None where it could not be read
    """

    def __init__(self, message: str, *, pid: int | None = None) -> None:
        super().__init__(message)
        self.pid = pid


class ReadOnly(ArchiveError):
    """A write or fdatasync failed, or an index did: nothing of that group was acknowledged.

    A journal or the blobs refuse all further writes until they are opened anew;
    opening is the recovery. An fdatasync is never tried again on the same descriptor,
    since the kernel may report success for pages that it has already dropped. An index
    holds what its position says, and can be told on from there.
    """


class Refusals:
    """What was refused of a work of many pieces: each is tried, and the first refusal told in the end."""

    def __init__(self) -> None:
        self._first: ReadOnly | None = None

    @contextmanager
    def put_off(self) -> Iterator[None]:
        """Go on behind a piece that is refused."""
        try:
            yield
        except ReadOnly as error:
            self._first = self._first or error

    def tell(self) -> None:
        """Raise the first refusal, if there was one."""
        if self._first is not None:
            raise self._first


class Broken(ReadOnly):
    """The bytes of an index were broken. Its file was taken away; opened anew, it comes back from the journals."""


class Nameless(ReadOnly):
    """Which archive this is cannot be told: nothing is written before it can, and no other name is given."""


class Unreadable(OSError):
    """The disk does not give a file back: what is in it may be whole, and may come back."""

    def __str__(self) -> str:
        return (
            f"{self.filename}: cannot be read ({self.strerror}); look at the disk: where it stays so, move that file "
            "elsewhere, and `newsweir repair --from BACKUP` brings back what was in it"
        )


class Damaged(ArchiveError):
    """Kept bytes fail their own checksum, or a place holds no whole line."""


class NotKept(ArchiveError):
    """The archive has no such article, revision or blob."""


class Unkeepable(ArchiveError):
    """What was offered cannot be kept: read back it would not be what it is.

    A line is for ever, so this is asked before there is one.
    """


def refused_by_disk(error: BaseException | None) -> bool:
    """Say whether a disk is behind *error* that is full, read-only or failing: what may pass by itself.

    What its owner has to mend (rights, a path that is none) is no such thing.
    """
    while error is not None:
        if isinstance(error, OSError) and error.errno in _OF_THE_DISK:
            return True
        if isinstance(error, sqlite3.Error):
            return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF in _OF_ITS_DISK
        error = error.__cause__
    return False


@contextmanager
def as_refusal() -> Iterator[None]:
    """Raise what the disk does not let us read as ReadOnly: nothing can be decided without it."""
    try:
        yield
    except OSError as error:
        where = f"{error.filename or 'the archive'}: {error.strerror}"
        why = str(error) if isinstance(error, Unreadable) else where
        raise ReadOnly(f"{why}; nothing of this was kept") from error
