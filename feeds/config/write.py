"""Sources to add -> config.yaml on the disk, whole or as it was.

The result is read again before it takes the file's place: it must mean exactly
the old settings and the new sources.
"""

import contextlib
import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import yaml

from feeds.config.edit import Item, NoPlace, as_lines, with_sources
from feeds.config.read import read_settings
from feeds.errors import CommandError, ConfigError
from feeds.settings import Settings


def add_sources(path: Path, items: Sequence[Item]) -> Settings:
    """Write *items* below `sources:` of the file at *path*; return the settings as they are then.

    Raises CommandError where that cannot be, with the lines to add by hand; the
    file is as it was.
    """
    real = path.resolve()
    with _alone(real, items):
        before = _bytes_of(real, items)
        after, settings = added(before, path, items)
        try:
            _replace(real, after)
        except OSError as error:
            raise _by_hand(path, f"cannot be written ({error.strerror})", items) from error
        return settings


def added(before: bytes, path: Path, items: Sequence[Item]) -> tuple[bytes, Settings]:
    """Return the bytes of the file at *path* with *items*, and what they mean. Pure but for the name."""
    home = path.absolute().parent
    old, faults = read_settings(before, path)
    if old is None:
        raise ConfigError(tuple(f"{path.name}:{one.line}  {one.path}: {one.message}" for one in faults))
    mark = b"\xef\xbb\xbf" if before.startswith(b"\xef\xbb\xbf") else b""
    try:
        after = mark + with_sources(before[len(mark) :].decode(), items).encode()
    except (NoPlace, yaml.YAMLError, UnicodeError) as error:
        raise _by_hand(path, f"cannot be added to: {error}", items) from error
    new, faults = read_settings(after, path)
    if new is None:
        told = "; ".join(dict.fromkeys(f"{one.path.rpartition('.')[2]}: {one.message}" for one in faults))
        raise CommandError(
            f"{path.name} was left as it was, for with this source it would have a fault: {told}"
        )
    same = msgspec.structs.replace(new, sources=old.sources) == old
    if not same or new.sources[: len(old.sources)] != old.sources:
        raise _by_hand(path, "would mean something else afterwards", items)
    wanted = read_settings(b"sources:\n" + as_lines(items).encode(), home / path.name)[0]
    if wanted is None or [_named(one) for one in new.sources[len(old.sources) :]] != [
        _named(one) for one in wanted.sources
    ]:
        raise _by_hand(path, "would mean something else afterwards", items)
    return after, new


def _named(source: msgspec.Struct) -> msgspec.Struct:
    """Return a source without a name that was only made for it: that depends on the others."""
    return source if getattr(source, "named", True) else msgspec.structs.replace(source, name="")


def _by_hand(path: Path, why: str, items: Sequence[Item]) -> CommandError:
    return CommandError(
        f"{path} {why}. It was left as it was; add these lines below `sources:` by hand:\n{as_lines(items)}".rstrip()
    )


@contextlib.contextmanager
def _alone(path: Path, items: Sequence[Item]) -> Iterator[None]:
    """Hold the file, so that two commands at once do not undo each other's lines."""
    while True:
        try:
            held = path.open("rb")
        except OSError as error:
            raise _by_hand(path, f"cannot be read ({error.strerror})", items) from error
        with held:
            fcntl.flock(held, fcntl.LOCK_EX)
            mine = os.fstat(held.fileno())
            with contextlib.suppress(OSError):
                now = path.stat()
                if (mine.st_ino, mine.st_dev) == (now.st_ino, now.st_dev):
                    yield
                    return


def _bytes_of(path: Path, items: Sequence[Item]) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _by_hand(path, f"cannot be read ({error.strerror})", items) from error


def _replace(path: Path, data: bytes) -> None:
    """Put *data* into the place of the file at *path*, at once and durably, with its mode and owner."""
    like = path.stat()
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), stat.S_IMODE(like.st_mode))
            with contextlib.suppress(OSError):
                os.fchown(file.fileno(), like.st_uid, like.st_gid)
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
