"""What an index in memory was told -> the same index opened again: behind, or taken away."""

from collections.abc import Callable, Collection, Sequence
from typing import Generic, TypeVar

from archive.cards import BlobPlace, Facts, Line
from archive.errors import ReadOnly
from archive.memory.adversary import Adversary, Fate
from archive.memory.catalog import MemoryCatalog
from archive.memory.search import MemorySearch
from archive.ports import refuse_gap

_Index = TypeVar("_Index")


class IndexStorage(Generic[_Index]):
    """What outlives an index: all it was told, as long as nobody takes it away.

    told     what makes an empty index what it was, the oldest first
    synced   how much of it a power loss does not take
    age      how often it was taken away: who had opened it before has lost it
    """

    def __init__(self) -> None:
        self.told: list[Callable[[_Index], None]] = []
        self.synced = 0
        self.age = 0

    def take_away(self) -> None:
        """Delete the index, whoever has it open."""
        self.told, self.synced = [], 0
        self.age += 1

    def go_back(self, commits: int) -> None:
        """Lose the newest commits, as one may at a power loss that is not synced with each."""
        del self.told[max(self.synced, len(self.told) - commits) :]


class _Stored(Generic[_Index]):
    """The storage of an index that is open."""

    def __init__(self, index: _Index, storage: IndexStorage[_Index], adversary: Adversary, name: str) -> None:
        self._index, self._storage, self._adversary = index, storage, adversary
        self._name, self._age = name, storage.age
        for saying in storage.told:
            saying(index)

    def tell(self, lines: Sequence[Line], saying: Callable[[_Index, Sequence[Line]], None]) -> None:
        """Tell the index of *lines*, or of the first of them only and then fail."""
        fate = self._adversary.strikes(f"{self._name}.apply")
        some = lines if fate != "part" else lines[: len(self._adversary.some(lines))]
        self._say(lambda index: saying(index, some), fate)

    def change(self, saying: Callable[[_Index], None]) -> None:
        """Tell the index of a change to what it knows, wholly or not at all."""
        self._say(saying, self._adversary.strikes(f"{self._name}.change"))

    def _say(self, saying: Callable[[_Index], None], fate: Fate | None) -> None:
        if fate == "before":
            raise ReadOnly("the index could not be written")
        saying(self._index)
        if not self.gone():
            self._storage.told.append(saying)
        if fate is not None:
            raise ReadOnly("the index could not be written, or it could")

    def gone(self) -> bool:
        """Say whether it was taken away."""
        return self._age != self._storage.age


class StoredCatalog(MemoryCatalog):
    """The catalog in memory, over a storage that outlives it; faults come at `catalog.apply`, `.change`."""

    def __init__(
        self, storage: IndexStorage[MemoryCatalog] | None = None, *, adversary: Adversary | None = None
    ) -> None:
        super().__init__()
        self._stored = _Stored[MemoryCatalog](
            self, storage or IndexStorage(), adversary or Adversary(), "catalog"
        )

    def apply(
        self,
        lines: Sequence[Line],
        blobs: Sequence[BlobPlace] = (),
        *,
        behind: int | None = None,
        facts: Sequence[Facts | None] | None = None,
    ) -> None:
        """Take in *lines* and *blobs*; they are read again, whoever has read them already."""
        refuse_gap(self.position, lines, behind)
        self._stored.tell(lines, lambda index, some: MemoryCatalog.apply(index, some, blobs, behind=behind))

    def move(self, lines: Sequence[Line]) -> None:
        """Take note of new places."""
        self._stored.change(lambda index: MemoryCatalog.move(index, lines))

    def forget_packs(self, packs: Collection[str]) -> None:
        """Forget which blobs lay in packs that are no more."""
        self._stored.change(lambda index: MemoryCatalog.forget_packs(index, packs))

    def erase(self, article: str, keys: Collection[str], given: Collection[int] = ()) -> None:
        """Keep nothing of an article but its id and *keys*."""
        self._stored.change(lambda index: MemoryCatalog.erase(index, article, keys, given))

    def gone(self) -> bool:
        """Say whether the storage was taken away."""
        return self._stored.gone()


class StoredSearch(MemorySearch):
    """The full-text index in memory, likewise; faults come at `search.apply`."""

    def __init__(
        self, storage: IndexStorage[MemorySearch] | None = None, *, adversary: Adversary | None = None
    ) -> None:
        super().__init__()
        self._stored = _Stored[MemorySearch](
            self, storage or IndexStorage(), adversary or Adversary(), "search"
        )

    def apply(self, lines: Sequence[Line], *, behind: int | None = None) -> None:
        """Take in *lines*."""
        refuse_gap(self.position, lines, behind)
        self._stored.tell(lines, lambda index, some: MemorySearch.apply(index, some, behind=behind))

    def clear(self) -> None:
        """Forget everything."""
        self._stored.change(MemorySearch.clear)

    def gone(self) -> bool:
        """Say whether the storage was taken away."""
        return self._stored.gone()
