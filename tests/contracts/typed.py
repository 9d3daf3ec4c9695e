"""Every port of both implementations, assigned to its Protocol: mypy judges, nothing is run."""

from pathlib import Path

from archive.disk.blobs import DiskBlobs
from archive.disk.catalog import DiskCatalog
from archive.disk.journal import DiskJournal
from archive.disk.search import DiskSearch
from archive.memory.blobs import MemoryBlobs
from archive.memory.catalog import MemoryCatalog
from archive.memory.index import StoredCatalog, StoredSearch
from archive.memory.journal import MemoryJournal
from archive.memory.search import MemorySearch
from archive.ports import Blobs, Catalog, Journal, Search

folder = Path("nowhere")
journals: list[Journal] = [DiskJournal(folder), MemoryJournal()]
catalogs: list[Catalog] = [DiskCatalog(folder), MemoryCatalog(), StoredCatalog()]
searches: list[Search] = [DiskSearch(folder), MemorySearch(), StoredSearch()]
blobs: list[Blobs] = [DiskBlobs(folder), MemoryBlobs()]

# And what is no such port is none: were these right, the comments would be faults.
no_journal: Journal = DiskBlobs(folder)  # type: ignore[assignment]
no_catalog: Catalog = MemorySearch()  # type: ignore[assignment]
no_search: Search = DiskJournal(folder)  # type: ignore[assignment]
no_blobs: Blobs = MemoryJournal()  # type: ignore[assignment]
