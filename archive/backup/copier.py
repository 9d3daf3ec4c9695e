"""An archive's folder -> the same files in another: what is there already is not copied again."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from archive.backup import transfer
from archive.disk import manifest, segments

ORDER = ("state", "publications", "decisions", "articles")
"""What tells of articles before the articles; the blobs, written before the lines that name them, last."""


@dataclass(slots=True)
class Copied:
    """What copying came to.

    files, bytes   that were written
    flaws          what is not as it was written, and was copied no further than it proves itself
    ahead          what the backup has and the archive lacks
    aside          what the backup had in the place of what the archive has: in its quarantine now
    parked         bytes in the backup's quarantine, now and from before
    last           the seq of each journal's last line
    """

    files: int = 0
    bytes: int = 0
    flaws: list[str] = field(default_factory=list)
    ahead: list[str] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)
    parked: int = 0
    last: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Good:
    """How far an open file was copied: its first *size* bytes, up to this line."""

    size: int
    seq: int = 0
    total: str = ""


@dataclass(slots=True)
class Job:
    """One copying, in as many goes as it takes.

    done    names of sealed files that stand whole in the backup
    open    how far open files were copied by an earlier go
    trust   copy what does not prove itself too: there is nothing better
    """

    root: Path
    dest: Path
    told: Callable[[int], None] = lambda _: None
    trust: bool = False
    copied: Copied = field(default_factory=Copied)
    done: set[str] = field(default_factory=set)
    open: dict[str, Good] = field(default_factory=dict)

    def flawed(self, what: str) -> None:
        """Note once what is not as it was written."""
        if what not in self.copied.flaws:
            self.copied.flaws.append(what)

    def is_ahead(self, what: str) -> None:
        """Note once what the backup has more of."""
        if what not in self.copied.ahead:
            self.copied.ahead.append(what)

    def put_aside(self, key: str, path: Path) -> None:
        """Move a file of the backup that says something else than the archive to its quarantine, and note it."""
        told = manifest.beside(path)
        if not path.name.endswith(segments.PLAIN) and told.is_file():
            transfer.aside(self.dest, told)
        where = transfer.aside(self.dest, path).relative_to(self.dest)
        self.copied.aside.append(f"{key}: the backup had something else there, which is in {where} now")

    def wrote(self, size: int) -> None:
        """Count a file that was written, or added to."""
        self.copied.files += 1
        self.copied.bytes += size


def base_of(name: str) -> str:
    """Return a name without its version."""
    return name.partition(".r")[0]


def is_older(name: str, other: str) -> bool:
    """Say whether one name is an earlier version of another."""
    return base_of(name) == base_of(other) and segments.version_of(name) < segments.version_of(other)
