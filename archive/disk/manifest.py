"""What is known of a sealed file: its sizes, digests, first and last line. JSON beside it."""

import hashlib
from pathlib import Path
from typing import TypeVar

import msgspec

from archive.disk import files

SUFFIX = ".manifest.json"
_CHUNK = 2**20


class End(msgspec.Struct, frozen=True, kw_only=True):
    """The first or the last line of a segment."""

    seq: int
    sum: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A sealed segment: `2026-11-22.000.manifest.json`.

    raw_*        of the lines as they were appended; `zst_*` of the file as it lies there
    lines        how many there are; `frames` in how many pieces they are packed
    first, last  of the lines that prove themselves
    prev         the sum that the first line names: the last of the segment before
    since, until the earliest and the latest time that its lines name
    supersedes   the version in whose place this one was put, and `because` of what
    """

    format: str = "newsweir-segment"
    version: int = 1
    journal: str
    segment: str
    raw_bytes: int
    raw_sha256: str
    zst_bytes: int
    zst_sha256: str
    frames: int
    lines: int
    first: End
    last: End
    prev: str
    since: str | None = None
    until: str | None = None
    sealed: str
    supersedes: str | None = None
    because: str | None = None


class PackManifest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A sealed pack of blobs: likewise beside it.

    erased   digests of blobs that were taken out of it for good
    """

    format: str = "newsweir-pack"
    version: int = 1
    pack: str
    bytes: int
    sha256: str
    blobs: int
    sealed: str
    supersedes: str | None = None
    because: str | None = None
    erased: tuple[str, ...] = ()


_Kind = TypeVar("_Kind", Manifest, PackManifest)


def beside(path: Path) -> Path:
    """Return where the manifest of the sealed file at *path* stands."""
    name = path.name.removesuffix(".zst").removesuffix(".jsonl").removesuffix(".pack")
    return path.with_name(name + SUFFIX)


def read(path: Path, kind: type[_Kind]) -> _Kind | None:
    """Return the manifest at *path*, or None where it is missing or no manifest."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def write(path: Path, about: Manifest | PackManifest) -> None:
    """Put a manifest under *path*, durably."""
    defaults = {"format": about.format, "version": about.version}
    text = {**defaults, **msgspec.to_builtins(about)}
    files.replace_durably(path, msgspec.json.format(msgspec.json.encode(text), indent=1) + b"\n")


def digest_of(path: Path) -> tuple[int, str]:
    """Return size and sha256 of the file at *path*."""
    total, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            total.update(chunk)
            size += len(chunk)
    return size, total.hexdigest()
