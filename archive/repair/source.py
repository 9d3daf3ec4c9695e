"""A backup's folder -> its lines by seq, its blobs by digest. Nothing in it is trusted unproven."""

import hashlib
from collections import OrderedDict, defaultdict
from collections.abc import Collection, Iterable
from pathlib import Path

from archive.disk import packs, segments
from archive.disk.frame import Framed, lines_of
from archive.disk.nameplate import store_of
from archive.disk.segments import Segment
from archive.errors import ArchiveError

_HELD = 3
"""Segments of a journal that are kept in memory: lines are asked for in order."""


class Source:
    """Where lines and blobs come back from; without a folder there is nothing in it."""

    def __init__(self, root: Path | None) -> None:
        self.root = root
        self._segments: dict[str, list[Segment]] = {}
        self._held: OrderedDict[tuple[str, str], dict[int, list[Framed]]] = OrderedDict()

    def segments_of(self, journal: str) -> list[Segment]:
        """Return the segments of one of its journals, in order."""
        if journal not in self._segments:
            folder = self.root / journal if self.root is not None else None
            there = folder is not None and folder.is_dir()
            self._segments[journal] = segments.find(folder)[0] if there and folder is not None else []
        return self._segments[journal]

    def base_of(self, journal: str, seq: int) -> str | None:
        """Return the name, without its version, of the segment in which *seq* stands or would stand."""
        found = [segment for segment in self.segments_of(journal) if segment.first <= seq]
        return found[-1].base if found else None

    def find(self, journal: str, seq: int) -> Iterable[Framed]:
        """Return the lines with this seq that prove themselves."""
        found = [segment for segment in self.segments_of(journal) if segment.first <= seq]
        return self._lines(journal, found[-1]).get(seq, ()) if found else ()

    def last(self, journal: str) -> int:
        """Return the seq of a journal's last line, 0 where there is none."""
        found = self.segments_of(journal)
        return max(self._lines(journal, found[-1]), default=0) if found else 0

    def _lines(self, journal: str, segment: Segment) -> dict[int, list[Framed]]:
        key = (journal, segment.name)
        if key not in self._held:
            assert self.root is not None
            by_seq: dict[int, list[Framed]] = defaultdict(list)
            for _, data in segments.open_lines(self.root / journal, segment.name).behind(0):
                for _, one in lines_of(data):
                    by_seq[one.seq].append(one)
            self._held[key] = by_seq
            while len(self._held) > _HELD:
                self._held.popitem(last=False)
        self._held.move_to_end(key)
        return self._held[key]

    def blobs(self, digests: Collection[str]) -> dict[str, list[tuple[str, bytes]]]:
        """Return those of *digests* that it has: pack by pack (its name, without version), with their bytes."""
        found: dict[str, list[tuple[str, bytes]]] = defaultdict(list)
        wanted = set(digests)
        for path in packs.find(self.root / "blobs") if self.root is not None and wanted else ():
            for _, _, blob in packs.blobs_in(path):
                digest = hashlib.sha256(blob).hexdigest() if blob is not None else ""
                if blob is not None and digest in wanted:
                    wanted.discard(digest)
                    found[packs.name_of(path).partition(".r")[0]].append((digest, blob))
        return found

    def erased(self) -> dict[str, tuple[str, ...]]:
        """Return what its packs' manifests list as erased, by the packs' sha256."""
        found = (
            [packs.about(path) for path in packs.find(self.root / "blobs")] if self.root is not None else []
        )
        return {about.sha256: about.erased for about in found if about is not None}


def opened(folder: Path | None, root: Path) -> Source:
    """Return the source in *folder*: a backup, or a data folder. Raises ArchiveError where it is of another archive."""
    if folder is None:
        return Source(None)
    there = folder / "archive" if (folder / "archive").is_dir() else folder
    theirs, ours = store_of(there), store_of(root)
    if theirs is None:
        raise ArchiveError(
            f"{folder} holds no backup of an archive: neither STORE.json nor BACKUP.json can be read there"
        )
    if there.resolve() == root.resolve():
        raise ArchiveError(f"{folder} is the archive itself; name a backup of it")
    if ours is not None and ours != theirs:
        raise ArchiveError(f"{folder} is a backup of another archive ({theirs}; this one is {ours})")
    return Source(there)
