"""A folder to publish to -> the right to write there alone, and what of it is ours.

All of it lies in `.newsweir/` below the folder, which nobody else may enter: so servers
that run as another user do not give it, and no other may be told to.
"""

import fcntl
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import msgspec

from feeds.errors import CommandError
from feeds.mirror.plan import Put

OURS = ".newsweir"


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What was put into a folder, and by which archive."""

    store: str
    files: dict[str, Put] = {}


def manifest_of(dest: Path) -> Manifest | None:
    """Return what was put into *dest*, None where nothing was. Raises CommandError where that cannot be read."""
    path = dest / OURS / "manifest.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error
    except msgspec.DecodeError as error:
        raise CommandError(
            f"{path}: is not as it was written; take it away and publish with --force: what else stands there stays"
        ) from error


def refuse(feeds: Path, dest: Path, store: str | None, *, force: bool) -> None:
    """Raise CommandError where *dest* is no folder to publish to; *store* is None where nothing is kept yet."""
    data, place = feeds.resolve().parent, dest.resolve()
    if place == data or place.is_relative_to(data) or data.is_relative_to(place):
        raise CommandError(
            f"{dest}: {data} lies there, which is nobody's to read: name a folder outside of it, of its own"
        )
    if not dest.exists():
        return
    if not dest.is_dir():
        raise CommandError(f"{dest}: is a file; name a folder")
    manifest = manifest_of(dest)
    if manifest is None and not force and any(one.name != OURS for one in dest.iterdir()):
        raise CommandError(
            f"{dest}: holds other things; name an empty folder, or publish among them with --force: what is in the "
            "way is replaced, all else stays"
        )
    if manifest is not None and store is not None and manifest.store != store and not force:
        raise CommandError(
            f"{dest}: holds the site of another archive; name another folder, or replace it with --force"
        )


class Holding:
    """The right to write to one folder. Raises CommandError where another process has it."""

    def __init__(self, dest: Path) -> None:
        self.dest = dest
        self._own = dest / OURS
        self.staging = self._own / "new"
        make_folder(dest)
        self._own.mkdir(mode=0o700, exist_ok=True)
        self._fd = os.open(self._own, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._fd)
            raise CommandError(f"{dest}: another newsweir publishes there just now; try again then") from None
        except OSError:
            pass  # A file system without locks: what two put at once is whole all the same.
        if self.staging.exists():  # Of a run that was cut.
            shutil.rmtree(self.staging)
        self._noted = b""

    def note(self, store: str, files: Mapping[str, Put]) -> None:
        """Note what is ours there from now on; written only where that is news."""
        text = msgspec.json.encode(Manifest(store=store, files=dict(sorted(files.items()))))
        path = self._own / "manifest.json"
        if text == self._noted or (path.is_file() and path.read_bytes() == text):
            return
        temporary = path.with_suffix(".tmp")
        temporary.write_bytes(text)
        temporary.replace(path)
        self._noted = text

    def release(self) -> None:
        """Let others write there."""
        try:
            shutil.rmtree(self.staging, ignore_errors=True)
        finally:
            os.close(self._fd)


def make_folder(path: Path) -> None:
    """Make a folder that everybody may read, with those above it, where it is not there."""
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(exist_ok=True)
    path.chmod(0o755)
