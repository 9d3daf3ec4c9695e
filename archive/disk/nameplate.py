"""STORE.json: a folder -> which archive it holds, and in which form. It is written once."""

import contextlib
import hashlib
import json
import uuid
from datetime import datetime
from pathlib import Path
from typing import Any

from archive.disk import backed_up, files, segments
from archive.errors import ArchiveError, Nameless, Unreadable

NAME = "STORE.json"
FORMAT = "newsweir-archive"
VERSION = 1
_JOURNALS = ("articles", "decisions", "publications", "state")


def is_begun(root: Path) -> bool:
    """Say whether *root* holds lines of an archive: STORE.json came before them, and stands or is lost."""
    return any(segments.forms(root / name) for name in _JOURNALS)


def read(root: Path) -> str:
    """Return the uuid of the archive in *root*. Raises ArchiveError where it cannot be told.

    Nobody may give it another one: by it subscribers know its feeds, and backups know whose they are.
    """
    path = root / NAME
    try:
        about, store = _read(path)
        newer = about["format"] != FORMAT or about["version"] > VERSION
    except FileNotFoundError as error:
        raise Nameless(f"{path} is missing: it tells which archive this is; {_MEND}") from error
    except Unreadable as error:
        raise Nameless(str(error)) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Nameless(f"{path}: cannot be read ({error}); {_MEND}") from error
    if newer:
        raise ArchiveError(
            f"{path}: made by a newer newsweir (version {about['version']}); update to read it"
        )
    return store


_MEND = "newsweir repair --from BACKUP brings it back, newsweir repair --give-up names it anew"


def store_of(root: Path) -> str | None:
    """Return the uuid of the archive, or of the backup, in *root*; None where it cannot be told."""
    for name in (NAME, backed_up.NAME):
        try:
            return _read(root / name)[1]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
    return None


def _read(path: Path) -> tuple[Any, str]:
    """Return what a file says, and the uuid of the archive. Raises ValueError where its bytes are others by now."""
    about = json.loads(files.read(path).decode("utf-8"))
    if about.get("sum", _sum_of(about)) != _sum_of(about):  # An archive of before had none.
        raise ValueError("its bytes are not those that were written")
    return about, str(uuid.UUID(about["store"]))


def _sum_of(about: dict[str, Any]) -> str:
    """Return what proves a file: a digit of the uuid that rots would make another archive of it."""
    return hashlib.sha256(
        f"{about.get('format')} {about.get('version')} {about['store']}".encode()
    ).hexdigest()


def write(root: Path, store: str, created: datetime | None = None) -> None:
    """Put down, durably, which archive *root* holds."""
    about: dict[str, Any] = {"format": FORMAT, "version": VERSION}
    about |= {"created": f"{created:%Y-%m-%dT%H:%M:%SZ}"} if created is not None else {}
    about["store"] = store
    files.replace_durably(
        root / NAME, json.dumps({**about, "sum": _sum_of(about)}, indent=1).encode() + b"\n"
    )


def copy(source: Path, root: Path, store: str) -> None:
    """Put down in *root* that it holds what *source* does: the archive called *store*."""
    with contextlib.suppress(ArchiveError):  # Else only its BACKUP.json tells.
        if read(source) == store:
            files.replace_durably(root / NAME, (source / NAME).read_bytes())
            return
    write(root, store)
