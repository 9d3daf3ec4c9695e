"""Where an archive stands while everything happens to it: a disk, or memory. Both crash on request."""

import random
import shutil
import tempfile
from copy import deepcopy
from pathlib import Path
from typing import Any, Protocol

from archive import Archive, Backup, bring_back, connect, faults, verify
from archive.disk import packs
from archive.memory.adversary import Adversary
from archive.memory.store import MemoryStore
from tests.archive.test_erasing import hits
from tests.builders import START, TurnedClock

JOURNALS = ("articles", "decisions", "publications", "state")
SECTOR = 512
STEPS = ("created", "write", "torn", "fdatasync", "synced")
SEALING = ("write", "fsync", "packed", "proven", "named", "told", "sealed", "unlink")
ERASING = ("parked", "blobs", "again", "lines", "catalog", "search")
Faults = dict[str, list[tuple[str, str]]]


def _disk(*names: str) -> list[tuple[str, str]]:
    points = [f"{name}.{step}" for name in names for step in STEPS]
    return [(point, how) for point in points for how in ("eio", "enospc", "crash", "power")]


CATALOG = [
    *(("catalog.before", how) for how in ("eio", "crash", "power")),
    *(("catalog.after", how) for how in ("crash", "power")),
    ("union.again", "crash"),
]
DISK_FAULTS: Faults = {
    "keep": [*_disk("articles", "blobs"), *CATALOG],
    "decisions": _disk("decisions"),
    "publications": _disk("publications"),
    "state": _disk("state"),
    "compact": [*_disk("state"), *(("compact.unlink", how) for how in ("eio", "crash", "power"))],
    "seal": [(f"seal.{step}", how) for step in SEALING for how in ("eio", "enospc", "crash", "power")],
    "open": CATALOG,
    "search": [],
    "erase": [
        *((f"erase.{step}", how) for step in ERASING for how in ("eio", "crash", "power")),
        *((f"seal.{step}", how) for step in SEALING for how in ("eio", "enospc", "crash", "power")),
        *CATALOG,
    ],
}
"""What may fail while something is done: points of fault and how they fail."""


def _memory(*points: str) -> list[tuple[str, str]]:
    return [(point, fate) for point in points for fate in ("before", "part", "after")]


MEMORY_FAULTS: Faults = {
    "keep": _memory("articles.append", "blobs.put", "catalog.apply"),
    "decisions": _memory("decisions.append"),
    "publications": _memory("publications.append"),
    "state": _memory("state.append"),
    "compact": _memory("state.compact"),
    "seal": _memory("articles.seal"),
    "open": _memory("catalog.apply"),
    "search": _memory("search.apply"),
    "erase": _memory("blobs.erase", "articles.rewrite", "catalog.change", "search.change"),
}


class Ground(Protocol):
    """What a machine asks of the place in which its archive stands.

    faults   what `arm` can be given, by what is being done
    armed    what was planned last
    """

    clock: TurnedClock
    faults: Faults
    armed: tuple[str, str] | None

    def open(self) -> Archive:
        """Open the archive, recovering whatever is there."""

    def arm(self, point: str, how: str, count: int) -> None:
        """Let the *count*-th pass of *point* fail in the way *how*."""

    def disarm(self) -> None:
        """Take a plan back."""

    def drop(self, archive: Archive, chance: random.Random) -> None:
        """Let the process of *archive* end at once; what it was writing is there or not."""

    def delete_index(self) -> None:
        """Take away everything derived, whoever has it open."""

    def note_index(self) -> None:
        """Remember the index as it is: a power loss may bring it back."""

    def flaws(self) -> list[str]:
        """Return what does not prove itself; asked where nothing is being written."""

    def hits(self, word: str) -> list[str]:
        """Return every place in which a word stands, but for the blobs: those are told by their digests."""

    def settled(self) -> None:
        """Take note that all of the index is synced: it does not turn back behind this."""

    def back_up(self, archive: Archive) -> None:
        """Copy all that is kept to a place of its own, what has come since the last time."""

    def restore(self) -> None:
        """Go on with the last backup in the place of all there is; nothing is open."""

    def reader(self) -> Archive | None:
        """Open the archive for reading only beside the writer, where that can be."""

    def end(self) -> None:
        """Leave nothing behind."""


class DiskGround:
    """A real folder. A crash raises what nobody catches, at a named point; a power
    loss also takes, zeroes or spoils sectors that were not synced, and turns the index back."""

    faults = DISK_FAULTS

    def __init__(self) -> None:
        self.clock = TurnedClock(START)
        self._folder = Path(tempfile.mkdtemp(prefix="newsweir-machine-"))
        self.data, self._backup = self._folder / "data", self._folder / "backup"
        self.armed: tuple[str, str] | None = None
        self._noted: tuple[int, dict[str, bytes]] | None = None

    def open(self) -> Archive:
        return connect(self.data, now=self.clock.now, linger=0.0)

    def arm(self, point: str, how: str, count: int) -> None:
        self.armed = (point, how)
        if point in {"erase.catalog", "erase.search"}:
            self.settled()
        faults.plan(f"{point}:{count}:{'crash' if how == 'power' else how}")

    def disarm(self) -> None:
        self.armed = None
        faults.plan("")

    def drop(self, archive: Archive, chance: random.Random) -> None:
        archive.close()  # Writes nothing that was not written before.
        point, how = self.armed or ("", "")
        self.disarm()
        if how != "power":
            return
        name, _, step = point.partition(".")
        if step in {"write", "torn", "fdatasync"} and name in (*JOURNALS, "blobs"):
            self._spoil(*self._last_write(archive, name), chance)
        if chance.random() < 0.5:
            self._turn_index_back()

    def _last_write(self, archive: Archive, name: str) -> tuple[Path, int]:
        """Return the file that was written to last, and how far it was synced before."""
        root, port = self.data / "archive" / name, getattr(archive._ports, name)
        if name == "blobs":
            return packs.path_of(root, port._name), port._end.size
        return port._segments[-1].path(root), port._end.size

    def _spoil(self, path: Path, durable: int, chance: random.Random) -> None:
        """Lose what is behind the *durable* bytes, sector by sector."""
        data = bytearray(path.read_bytes())
        if len(data) <= durable:
            return
        for start in range(durable - durable % SECTOR, len(data), SECTOR):
            first, end = max(start, durable), min(start + SECTOR, len(data))
            fate = chance.random()
            if fate < 0.3:
                data[first:end] = bytes(end - first)
            elif fate < 0.5:
                data[first:end] = chance.randbytes(end - first)
        cut = chance.randint(durable, len(data)) if chance.random() < 0.5 else len(data)
        path.write_bytes(data[:cut])

    def delete_index(self) -> None:
        shutil.rmtree(self.data / "index", ignore_errors=True)

    def note_index(self) -> None:
        catalog = self.data / "index" / "catalog.sqlite"
        if catalog.exists():
            found = {
                path.name: path.read_bytes() for path in catalog.parent.iterdir() if "-shm" not in path.name
            }
            self._noted = (catalog.stat().st_ino, found)

    def _turn_index_back(self) -> None:
        """Give the index back the bytes it once had, unless it was made anew since."""
        catalog = self.data / "index" / "catalog.sqlite"
        if self._noted is None or not catalog.exists() or catalog.stat().st_ino != self._noted[0]:
            return
        shutil.rmtree(catalog.parent)  # What failed may hold the old files open yet.
        catalog.parent.mkdir()
        for name, data in self._noted[1].items():
            (catalog.parent / name).write_bytes(data)
        self._noted = (catalog.stat().st_ino, self._noted[1])

    def flaws(self) -> list[str]:
        return [f"{flaw.place}: {flaw.what}" for flaw in verify(self.data).flaws]

    def hits(self, word: str) -> list[str]:
        return [place for place in hits(self.data, word) if "/blobs/" not in place]

    def settled(self) -> None:
        self._noted = None

    def back_up(self, archive: Archive) -> None:
        backup = Backup(self.data, self._backup)
        copied = backup.go()
        with archive.at_rest():
            copied = backup.go()
        assert (copied.flaws, copied.ahead) == ([], [])

    def restore(self) -> None:
        self._noted = None
        shutil.rmtree(self.data)
        bring_back(self._backup, self.data)

    def reader(self) -> Archive | None:
        return connect(self.data, writable=False)

    def end(self) -> None:
        self.disarm()
        shutil.rmtree(self._folder, ignore_errors=True)


class MemoryGround:
    """Ports in memory. A crash keeps their storages, with some of what was not acknowledged."""

    faults = MEMORY_FAULTS

    def __init__(self) -> None:
        self.clock = TurnedClock(START)
        self.store = MemoryStore(Adversary(1, delay=0.001))
        self._backup: dict[str, Any] = {}
        self.armed: tuple[str, str] | None = None

    def open(self) -> Archive:
        return Archive(self.store.open_ports, now=self.clock.now, linger=0.0)

    def arm(self, point: str, how: Any, count: int) -> None:
        self.armed = (point, how)
        self.store.adversary.plan(point, how, count)

    def disarm(self) -> None:
        self.armed = None
        self.store.adversary.relent()

    def drop(self, archive: Archive, chance: random.Random) -> None:
        archive.close()  # Ends its threads; what is kept is not touched.
        self.disarm()
        for index in (self.store.catalog, self.store.search):
            index.go_back(chance.randrange(4))

    def delete_index(self) -> None:
        self.store.catalog.take_away()
        self.store.search.take_away()

    def note_index(self) -> None:
        """Nothing to note: the storages know all they were told."""

    def flaws(self) -> list[str]:
        return []

    def hits(self, word: str) -> list[str]:
        journals = (getattr(self.store, name).lines for name in JOURNALS)
        return [str(seq) for lines in journals for seq, body in lines.items() if word.encode() in body]

    def settled(self) -> None:
        """Compact what the indexes were told: it is not lost any more."""
        for index in (self.store.catalog, self.store.search):
            index.synced = len(index.told)

    def back_up(self, archive: Archive) -> None:
        self._backup = {name: deepcopy(getattr(self.store, name)) for name in (*JOURNALS, "blobs")}

    def restore(self) -> None:
        self.store = MemoryStore(self.store.adversary, **deepcopy(self._backup))

    def reader(self) -> Archive | None:
        return None

    def end(self) -> None:
        """Memory is let go of by itself."""
