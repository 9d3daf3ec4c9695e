"""The storages of one archive in memory -> its ports, opened again and again."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from archive.memory.adversary import Adversary
from archive.memory.blobs import BlobStorage, MemoryBlobs
from archive.memory.catalog import MemoryCatalog
from archive.memory.index import IndexStorage, StoredCatalog, StoredSearch
from archive.memory.journal import MemoryJournal, MemoryStorage
from archive.memory.search import MemorySearch
from archive.opened import Ports
from archive.record.article import HOLE


class MemoryQuarantine:
    """Nothing is ever parked in memory: what was torn is not there."""

    def size(self) -> int:
        """Return how many bytes are parked."""
        return 0

    def names(self, digests: Collection[str]) -> set[str]:
        """Nothing is named."""
        return set()

    def purge(
        self, wanted: Collection[bytes], others: Callable[[set[bytes]], set[bytes]] = lambda _: set()
    ) -> list[str]:
        """Take away nothing."""
        return []


@dataclass(slots=True)
class MemoryStore:
    """What outlives an archive that is wholly in memory.

    Drop the archive, keep this, open it again: that is a crash.
    """

    adversary: Adversary = field(default_factory=Adversary)
    articles: MemoryStorage = field(default_factory=MemoryStorage)
    decisions: MemoryStorage = field(default_factory=MemoryStorage)
    publications: MemoryStorage = field(default_factory=MemoryStorage)
    state: MemoryStorage = field(default_factory=MemoryStorage)
    catalog: IndexStorage[MemoryCatalog] = field(default_factory=IndexStorage)
    search: IndexStorage[MemorySearch] = field(default_factory=IndexStorage)
    blobs: BlobStorage = field(default_factory=BlobStorage)

    def open_ports(self) -> Ports:
        """Open everything anew; an index that has seen lines which are no more is made anew."""
        articles = self._journal("articles", self.articles, HOLE)
        catalog = StoredCatalog(self.catalog, adversary=self.adversary)
        search = StoredSearch(self.search, adversary=self.adversary)
        if catalog.position > articles.last:
            self.catalog.take_away()
            catalog = StoredCatalog(self.catalog, adversary=self.adversary)
        if search.position > articles.last:
            self.search.take_away()
            search = StoredSearch(self.search, adversary=self.adversary)
        return Ports(
            store="00000000-0000-4000-8000-000000000000",
            articles=articles,
            decisions=self._journal("decisions", self.decisions),
            publications=self._journal("publications", self.publications),
            state=self._journal("state", self.state),
            catalog=catalog,
            search=search,
            blobs=MemoryBlobs(self.blobs, adversary=self.adversary),
            quarantine=MemoryQuarantine(),
        )

    def _journal(self, name: str, storage: MemoryStorage, hole: bytes = b'{"kind":"hole"}') -> MemoryJournal:
        return MemoryJournal(storage, name=name, hole=hole, adversary=self.adversary)
