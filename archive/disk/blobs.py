"""bytes -> zstd frames in daily packs, and back by place and digest."""

import contextlib
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from backports import zstd

from archive.cards import BlobPlace
from archive.disk import files, packs, seekable, segments
from archive.disk.appending import Appending
from archive.disk.packs import SUFFIX
from archive.disk.unread import Unread
from archive.errors import Damaged, ReadOnly, Refusals, Unreadable

PACK_BYTES = 256 * 2**20
LEVEL = 1
"""Of zstd: 16 µs for 3 KB of words that do not repeat, 21 at level 3 for as many bytes; of the entries of
real feeds 6.5 against 7.4, for 1 in 100 more bytes. To make a compressor for each blob cost 20 more. Threads
gain nothing: they meet at the interpreter."""
_OPTIONS: dict[int, int] = {
    zstd.CompressionParameter.compression_level: LEVEL,
    zstd.CompressionParameter.checksum_flag: 1,
}


class DiskBlobs:
    """The Blobs port: `blobs/2026/2026-11-22.000.pack`, append only, one frame a blob.

    A pack is readable with `zstdcat`, which prints its blobs one after another.
    """

    def __init__(
        self,
        folder: Path,
        *,
        writable: bool = True,
        now: Callable[[], datetime] | None = None,
        unread: Unread | None = None,
    ) -> None:
        self._folder = folder
        self._unread = unread
        self._end = Appending(folder, writable=writable)
        self._zstd = zstd.ZstdCompressor(options=_OPTIONS)
        self._name = ""
        self._now = now if writable else None
        self._torn: set[str] = set()
        if writable:
            self._force(now)

    def _force(self, now: Callable[[], datetime] | None) -> None:
        """Make durable what was written last: the newest pack by name, and by when it was written.

        A pack that a crash left between its table and its manifest is sealed to the end.
        """
        try:
            packs.tidy(self._folder)
            found = packs.find(self._folder)
            for path in found if now is not None else ():
                with contextlib.suppress(Unreadable):  # `scan` tells of it, where anything of it is missed.
                    if now is not None and packs.is_half_sealed(path):
                        packs.seal(path, now())
            for path in {max(found), max(found, key=lambda one: one.stat().st_mtime)} if found else ():
                files.force(path, self._folder.parent)
        except OSError as error:
            raise ReadOnly(f"{self._folder}: {error.strerror}; it cannot be opened for writing") from error

    @property
    def waited(self) -> float:
        """How many seconds `put` waited for the disk so far."""
        return self._end.waited

    def put(self, items: Sequence[tuple[str, bytes]], now: datetime) -> list[BlobPlace]:
        """Append the blobs and return when they are durable."""
        if not items:
            return []
        with self._end.writing():
            return self._put(items, now)

    def _put(self, items: Sequence[tuple[str, bytes]], now: datetime) -> list[BlobPlace]:
        self._open_pack(now)
        frames = [self._zstd.compress(data, self._zstd.FLUSH_FRAME) for _, data in items]
        places: list[BlobPlace] = []
        size = self._end.size
        for (sha256, _), frame in zip(items, frames, strict=True):
            places.append(BlobPlace(sha256=sha256, pack=self._name, offset=size, size=len(frame)))
            size += len(frame)
        self._end.append(frames, "blobs")
        return places

    def _open_pack(self, now: datetime) -> None:
        """Have a pack to append to, a new one when the day changed or it is full."""
        day = f"{now:%Y-%m-%d}"
        if self._end.is_open and self._name.startswith(day) and self._end.size < PACK_BYTES:
            return
        self._end.leave()
        newest = max(self._folder.glob(f"{day[:4]}/{day}.*{SUFFIX}"), default=None)
        if newest is not None and self._has_room(newest):
            self._name = packs.name_of(newest)
            self._end.go_on(newest, newest.stat().st_size)
        else:
            self._name = segments.next_name(self._folder, now)
            self._end.begin(packs.path_of(self._folder, self._name))

    def _has_room(self, path: Path) -> bool:
        """Say whether a pack can be appended to: it is not closed, and ends with a whole frame.

        Behind a torn frame nothing is ever written: a scan could not get past it; nor behind
        what the disk does not give back.
        """
        size = path.stat().st_size
        with contextlib.suppress(Unreadable):
            return (
                packs.name_of(path) not in self._torn
                and size < PACK_BYTES
                and not packs.is_closed(path)
                and packs.end_of_whole(path) == size
            )
        return False

    def seal(self, now: datetime) -> int:
        """Seal the finished packs: a table, a manifest; return how many.

        A disk that has no room for it, or does not give one back, costs nothing: that pack is
        sealed another time. It was whole before, and nothing is ever put behind its last blob again.
        """
        number = 0
        refusals = Refusals()
        for path in packs.find(self._folder):
            if packs.about(path) is not None or segments.version_of(packs.name_of(path)):
                continue  # One in another's place had its manifest at once: if that is lost, repair looks for it.
            with self._end.writing():
                if packs.name_of(path) == self._name:
                    if path.name.startswith(f"{now:%Y-%m-%d}") and self._end.size < PACK_BYTES:
                        continue
                    self._end.leave()
                    self._name = ""
                elif path.name.startswith(f"{now:%Y-%m-%d}") and self._has_room(path):
                    continue
                with refusals.put_off():
                    self._seal(path, now)
                    number += 1
        refusals.tell()
        return number

    def _seal(self, path: Path, now: datetime) -> None:
        try:
            packs.seal(path, now)
        except OSError as error:
            raise ReadOnly(f"{self._folder}: {error.strerror}; {path.name} is not sealed") from error

    def erase(
        self, places: Sequence[BlobPlace], now: datetime, because: str, *, nobodys: Sequence[BlobPlace] = ()
    ) -> None:
        """Take blobs out for good: each pack that one of them lies in, or that ends torn, gets another version.

        A place may be in a pack that an erasure that was cut has taken away already.
        """
        bases = {segments.base_of(place.pack) for place in (*places, *nobodys)}
        digests, unnamed = ({place.sha256 for place in some} for some in (places, nobodys))
        with self._end.writing():
            for path in packs.find(self._folder):
                if segments.base_of(packs.name_of(path)) in bases or packs.ends_torn(path):
                    self._end.leave()
                    packs.without(path, digests, now, because, nobodys=unnamed)

    def packs(self) -> set[str]:
        """Return the packs that there are, of each the version that counts."""
        return {packs.name_of(path) for path in packs.find(self._folder)}

    def get(self, place: BlobPlace) -> bytes:
        """Return the bytes at *place*, checked against their digest."""
        path = packs.path_of(self._folder, place.pack)
        try:
            found = packs.blob_at(path, place.offset, place.size) if path.exists() else self._moved(place)
        except (OSError, zstd.ZstdError) as error:
            raise Damaged(f"blobs {place.pack}+{place.offset}: {error}; run `newsweir verify`") from error
        if hashlib.sha256(found).hexdigest() != place.sha256:
            raise Damaged(f"blobs {place.pack}+{place.offset}: these are not the bytes of {place.sha256}")
        return found

    def _moved(self, place: BlobPlace) -> bytes:
        """Return the bytes of a pack that is no more: its frames stand as they were in what stands in its place."""
        stands = packs.standing(self._folder, place.pack)
        parts = seekable.parts_of(stands) if stands is not None else seekable.NO_FRAMES
        for part in parts:
            if stands is not None and part.size == place.size:
                blob = packs.blob_at(stands, part.at, part.size)
                if hashlib.sha256(blob).hexdigest() == place.sha256:
                    return blob
        raise Damaged(f"blobs {place.pack}+{place.offset}: they are lost; run `newsweir verify`")

    def scan(self, seen: Mapping[str, int]) -> Iterator[BlobPlace]:
        """Yield every whole blob behind what was seen of its pack."""
        for path in packs.find(self._folder):
            name = packs.name_of(path)
            try:
                self._close_torn(path, seen.get(name, 0))
                for offset, size, blob in packs.blobs_in(path, seen.get(name, 0)):
                    if blob is not None:  # Torn within: it was never acknowledged.
                        digest = hashlib.sha256(blob).hexdigest()
                        yield BlobPlace(sha256=digest, pack=name, offset=offset, size=size)
            except Unreadable as error:
                if self._unread is None or not self._unread.passes(error):
                    raise

    def _close_torn(self, path: Path, start: int) -> None:
        """Close an open pack for good in which a crash has torn something: its table says that it is nobody's.

        Nothing is being written to it while the lock is held.
        """
        if self._now is None:
            return
        with self._end.lock:
            if _is_torn_within(path, start):
                self._torn.add(packs.name_of(path))
                self._end.leave()
                with contextlib.suppress(OSError):  # A disk without room: it is sealed another time.
                    packs.seal(path, self._now())

    @property
    def refuses(self) -> bool:
        """Whether it takes no more blobs until it is opened anew."""
        return self._end.refuses

    def close(self) -> None:
        """Let go of the descriptor."""
        self._end.close()


def _is_torn_within(path: Path, start: int) -> bool:
    """Say whether an open pack holds, from *start* on, what a power loss took from the midst of what was not synced.

    Whole frames may stand behind it, or its head be sound: then the walk from head to head goes past it.
    """
    if packs.is_closed(path):
        return False
    torn = [blob is None for _, _, blob in packs.blobs_in(path, start)]
    return any(torn) and (not torn[-1] or packs.end_of_whole(path) == path.stat().st_size)
