"""The packs -> which blobs there are, and what is not as it was written."""

import contextlib
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from archive.disk import manifest, packs, seekable
from archive.disk.manifest import PackManifest
from archive.errors import Unreadable
from archive.verify.depth import Depth
from archive.verify.flaws import Flaw


@dataclass(slots=True)
class Packs:
    """What reading the packs came to.

    present   digests of the blobs that unpack; `erased` of those that were taken out for good
    torn      bytes at a pack's end that do not unpack: cut short before they were acknowledged,
              or missed by an article
    sizes     of the packs as they were read
    """

    folder: Path
    present: set[bytes] = field(default_factory=set)
    erased: set[str] = field(default_factory=set)
    blobs: int = 0
    bytes: int = 0
    flaws: list[Flaw] = field(default_factory=list)
    torn: list[Flaw] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)

    def has(self, digest: str) -> bool:
        """Say whether the bytes of *digest* are kept, or are erased, as far as the packs can be read."""
        return self.unread or bytes.fromhex(digest) in self.present or digest in self.erased

    @property
    def unread(self) -> bool:
        """Whether there are packs that the disk does not give back: what is in them nobody knows."""
        return any(flaw.code == "E00" for flaw in self.flaws)

    def catch_up(self, *, wholly: bool) -> None:
        """Take in the blobs that were written since: their articles are read later than they."""
        for path in packs.find(self.folder) if wholly else ():
            with contextlib.suppress(FileNotFoundError, Unreadable):  # What cannot be read is told already.
                if self.sizes.get(path.name) != path.stat().st_size:
                    self._note(path)

    def _note(self, path: Path) -> None:
        for _, _, blob in packs.blobs_in(path):
            if blob is not None:
                self.present.add(hashlib.sha256(blob).digest())


def file_of(path: Path) -> str:
    """Return the pack's file below the archive's folder."""
    return f"blobs/{path.parent.name}/{path.name}"


def look(folder: Path, depth: Depth, told: Callable[[int], None]) -> Packs:
    """Read the packs; those that are sealed, to the given depth."""
    found = Packs(folder)
    for path in packs.find(folder):
        try:
            _look(found, path, depth)
            found.bytes += path.stat().st_size
            told(path.stat().st_size)
        except FileNotFoundError:
            continue  # Superseded under our hands: its blobs lie elsewhere, and `catch_up` finds them.
        except OSError as error:
            found.flaws.append(Flaw("E00", file_of(path), f"cannot be read: {error.strerror}"))
    for path in sorted(folder.glob(f"*/*{manifest.SUFFIX}")):
        base = path.name.removesuffix(manifest.SUFFIX).partition(".r")[0]
        if not any(path.parent.glob(f"{base}*{packs.SUFFIX}")):
            file = f"blobs/{path.parent.name}/{path.name}"
            found.flaws.append(Flaw("E15", file, "the file that this manifest tells of is missing"))
    return found


def _look(found: Packs, path: Path, depth: Depth) -> None:
    file, size = file_of(path), path.stat().st_size
    about, parts = packs.about(path), seekable.table_of(path)
    found.sizes[path.name] = size
    if about is not None:
        found.erased.update(about.erased)
    elif manifest.beside(path).exists() and packs.about(path) is None:
        found.flaws.append(Flaw("E24", file, "its manifest cannot be read"))
    elif parts and packs.about(path) is None:
        found.flaws.append(Flaw("E23", file, "it is sealed, and its manifest is missing"))
    wholly = depth.reads(packs.name_of(path).partition(".r")[0]) or (about is None and depth.share > 0)
    if about is not None and size != about.bytes:
        found.flaws.append(
            Flaw("E25", file, f"the file has {size} bytes; its manifest tells of {about.bytes}")
        )
    elif about is not None and wholly and manifest.digest_of(path)[1] != about.sha256:
        found.flaws.append(Flaw("E25", file, "the file's bytes are not those that its manifest tells of"))
    elif about is not None and parts:
        _compare(found, path, about, len(parts))
    if wholly:
        _read(found, path)


def _compare(found: Packs, path: Path, about: PackManifest, parts: int) -> None:
    if (about.pack, about.blobs) != (packs.name_of(path), parts):
        what = f"its manifest tells of {about.blobs} blobs in {about.pack}; it holds {parts}"
        found.flaws.append(Flaw("E26", file_of(path), what))


def _read(found: Packs, path: Path) -> None:
    """Unpack every blob; note the bytes that do not, and those between that belong to none."""
    file, size, end = file_of(path), found.sizes[path.name], 0
    torn = {part.at for part in seekable.table_of(path) if not part.raw_size}
    closed = packs.is_closed(path)
    what = "the bytes do not unpack"
    for at, length, blob in packs.blobs_in(path):
        if blob is not None:
            found.blobs += 1
            found.present.add(hashlib.sha256(blob).digest())
        if at > end and not closed:
            found.flaws.append(Flaw("E22", file, what, end))
        if blob is None and at not in torn:
            # Torn when it was sealed: it was never acknowledged, or an article misses it.
            at_end = at + length >= size and not closed
            (found.torn if at_end else found.flaws).append(Flaw("E22", file, what, at))
        end = at + length
    if end < size and not closed:
        found.torn.append(Flaw("E22", file, what, end))
