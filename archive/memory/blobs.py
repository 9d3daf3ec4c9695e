"""The Blobs port as one dictionary: create if absent, as an object store has it."""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from archive.errors import Damaged
from archive.ports import BlobPlace


class MemoryBlobs:
    """Every blob is a pack of its own, named by its digest."""

    def __init__(self) -> None:
        self.waited = 0.0
        self._objects: dict[str, bytes] = {}

    def put(self, items: Sequence[tuple[str, bytes]], now: datetime) -> list[BlobPlace]:
        """Keep each blob unless it is there."""
        for sha256, data in items:
            self._objects.setdefault(sha256, data)
        return [BlobPlace(sha256=sha256, pack=sha256, offset=0, size=len(data)) for sha256, data in items]

    def get(self, place: BlobPlace) -> bytes:
        """Return the bytes, checked against their digest."""
        data = self._objects.get(place.pack)
        if data is None or hashlib.sha256(data).hexdigest() != place.sha256:
            raise Damaged(f"no bytes of {place.sha256} at {place.pack}")
        return data

    def scan(self, seen: Mapping[str, int]) -> Iterator[BlobPlace]:
        """Yield the blobs that were not seen."""
        for sha256, data in self._objects.items():
            if seen.get(sha256, -1) < len(data):
                yield BlobPlace(sha256=sha256, pack=sha256, offset=0, size=len(data))

    def seal(self, now: datetime) -> int:
        """Nothing is ever open."""
        return 0

    def erase(self, digests: Collection[str], now: datetime, because: str) -> list[str]:
        """Take the blobs of *digests* out: each is a pack of its own."""
        return [digest for digest in digests if self._objects.pop(digest, None) is not None]

    @property
    def refuses(self) -> bool:
        """Whether it takes no more blobs until it is opened anew."""
        return False

    def close(self) -> None:
        """Nothing to let go of."""
