"""BACKUP.json: what a backup holds, by which a restore compares what comes of it."""

from pathlib import Path

import msgspec

from archive.disk import files
from archive.errors import ArchiveError

NAME = "BACKUP.json"


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What was true when the backup was whole.

    store       of which archive it is; `at` when it was whole
    journals    the seq of the last line of each
    published   of every published file its sha256
    """

    format: str = "newsweir-backup"
    version: int = 1
    store: str
    at: str
    newsweir: str
    journals: dict[str, int]
    published: dict[str, str]


def write(dest: Path, record: Record) -> None:
    """Put the record down, durably: the last thing that a backup does."""
    text = msgspec.json.format(msgspec.json.encode(record), indent=1)
    files.replace_durably(dest / NAME, text + b"\n")


def read(folder: Path) -> Record | None:
    """Return the record of a backup, None where there is none. Raises ArchiveError where it cannot be read."""
    try:
        return msgspec.json.decode((folder / NAME).read_bytes(), type=Record)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ArchiveError(f"{folder / NAME}: cannot be read: {error}") from error
