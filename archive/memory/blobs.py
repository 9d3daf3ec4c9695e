"""The Blobs port as one dictionary of objects: create if absent, as an object store has it."""

import hashlib
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from archive.cards import BlobPlace
from archive.errors import Damaged, ReadOnly
from archive.memory.adversary import Adversary


class BlobStorage:
    """What outlives the port: each object under a riddle, the torn ones too.

    epoch    how often it was opened: who opened it before writes no more
    """

    def __init__(self) -> None:
        self.objects: dict[str, tuple[str, bytes]] = {}
        self.epoch = 0

    def riddle_of(self, sha256: str) -> str | None:
        """Return where the whole bytes of a digest lie, or None."""
        return next((name for name, (key, data) in self.objects.items() if key == sha256 == _of(data)), None)


class MemoryBlobs:
    """Every blob is a pack of its own, under a name that means nothing.

    Faults come at `blobs.put` and `blobs.erase`; of a put that failed some blobs
    are there, some are not, and one may be torn.
    """

    def __init__(self, storage: BlobStorage | None = None, *, adversary: Adversary | None = None) -> None:
        self.waited = 0.0
        self._storage = storage or BlobStorage()
        self._adversary = adversary or Adversary()
        self._lock = threading.Lock()
        self._refusal: str | None = None
        self._storage.epoch += 1
        self._epoch = self._storage.epoch

    def put(self, items: Sequence[tuple[str, bytes]], now: datetime) -> list[BlobPlace]:
        """Keep each blob unless it is there."""
        with self._lock:
            self._check()
            fate = self._adversary.strikes("blobs.put") if items else None
        time.sleep(pause := self._adversary.pause())
        self.waited += pause
        with self._lock:
            self._check()
            for sha256, data in items if fate is None else self._adversary.survivors(items, fate):
                self._create(sha256, data)
            if fate is not None:
                if fate == "part" and items[-1][1]:
                    self._create(items[-1][0], items[-1][1][:-1])
                self._refusal = "an earlier put failed; open it anew"
                raise ReadOnly("the put failed; nothing of it is acknowledged")
            return [self._place(self._storage.riddle_of(sha256) or "") for sha256, _ in items]

    def _create(self, sha256: str, data: bytes) -> None:
        if self._storage.riddle_of(sha256) is None:
            self._storage.objects[self._adversary.riddle()] = (sha256, data)

    def _place(self, name: str) -> BlobPlace:
        sha256, data = self._storage.objects[name]
        return BlobPlace(sha256=sha256, pack=name, offset=0, size=len(data) + 1)

    def get(self, place: BlobPlace) -> bytes:
        """Return the bytes, checked against their digest."""
        with self._lock:
            _, data = self._storage.objects.get(place.pack, ("", None))
        if data is None or _of(data) != place.sha256:
            raise Damaged(f"no bytes of {place.sha256} at {place.pack}")
        return data

    def scan(self, seen: Mapping[str, int]) -> Iterator[BlobPlace]:
        """Yield the blobs that were not seen, in any order; those that are torn are none."""
        with self._lock:
            whole = [name for name, (key, data) in self._storage.objects.items() if key == _of(data)]
            found = [self._place(name) for name in self._adversary.shuffled(whole)]
        yield from (place for place in found if seen.get(place.pack, 0) < place.size)

    def seal(self, now: datetime) -> int:
        """Nothing is ever open."""
        return 0

    def erase(
        self, places: Sequence[BlobPlace], now: datetime, because: str, *, nobodys: Sequence[BlobPlace] = ()
    ) -> None:
        """Take the blobs at *places* out, each a pack of its own, and what was torn."""
        with self._lock:
            self._check()
            wanted = {place.pack for place in (*places, *nobodys)}
            torn = [name for name, (key, data) in self._storage.objects.items() if key != _of(data)]
            found = [*wanted.intersection(self._storage.objects), *torn]
            fate = self._adversary.strikes("blobs.erase") if found else None
            for name in found if fate is None else self._adversary.survivors(found, fate):
                del self._storage.objects[name]
            if fate is not None:
                self._refusal = "an erasure failed; open it anew"
                raise ReadOnly("the erasure failed; ask again")

    def packs(self) -> set[str]:
        """Return the names under which anything lies."""
        with self._lock:
            return set(self._storage.objects)

    def _check(self) -> None:
        """Raise ReadOnly where nothing more is taken."""
        if self._epoch != self._storage.epoch:
            self._refusal = "it was opened anew elsewhere"
        if self._refusal is not None:
            raise ReadOnly(self._refusal)

    @property
    def refuses(self) -> bool:
        """Whether it takes no more blobs until it is opened anew."""
        return self._refusal is not None

    def close(self) -> None:
        """Refuse from now on."""
        self._refusal = self._refusal or "closed"


def _of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
