"""An address -> an Archive. The only place that chooses an implementation."""

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from archive.article import HOLE
from archive.disk import files
from archive.disk.blobs import DiskBlobs
from archive.disk.catalog import DiskCatalog
from archive.disk.journal import DiskJournal
from archive.disk.search import DiskSearch
from archive.errors import ArchiveError
from archive.ports import Journal
from archive.schema import json_schema
from archive.store import Archive, Ports
from archive.writer import LINGER

FORMAT = "newsweir-archive"
VERSION = 1

_README = """This folder is an archive of articles, kept by newsweir. It can be read without it.

articles/      every revision of every article, one JSON object a line
decisions/     what editors and the configuration decided
publications/  what subscribers of the topic feeds were told
state/         what the service remembers of its sources
blobs/         the original bytes, as zstd frames one after another
quarantine/    bytes found after a crash that prove nothing
schema/        the JSON Schema of a line of articles/

    cat articles/*/*.jsonl | jq -r 'select(.title) | ._archive.first_seen + " " + .title'
    zstdcat blobs/*/*.pack

Each line proves itself: `sum` is the SHA-256 of the twelve digits of `seq` and
of every byte behind sum's closing quote, the line feed included; `prev` is the
sum of the line before. Order is `seq`, never the name of a file.
"""


def _utc_now() -> datetime:
    return datetime.now(UTC)


def connect(
    data: Path,
    *,
    writable: bool = True,
    now: Callable[[], datetime] = _utc_now,
    linger: float = LINGER,
) -> Archive:
    """Return the archive whose truth lies in `data/archive` and whose index in `data/index`.

    A writer has taken `data/LOCK` before (see archive.disk.lock). Readers change
    nothing and wait for nobody. Raises ArchiveError where there is none to read.
    """
    return Archive(
        lambda: _open_ports(data, writable=writable, now=now), writable=writable, now=now, linger=linger
    )


def _open_ports(data: Path, *, writable: bool, now: Callable[[], datetime]) -> Ports:
    root, index = data / "archive", data / "index"
    store = _store_uuid(root, writable=writable, now=now)

    def journal(name: str, hole: bytes = b'{"kind":"hole"}') -> DiskJournal:
        return DiskJournal(root / name, hole=hole, now=now, writable=writable)

    articles = journal("articles", HOLE)
    if articles.report.changed is not None:
        # Lines have new places, or are lost: what the index says of them is no longer so.
        _forget(index / "catalog.sqlite")
        _forget(index / "search.sqlite")
    return Ports(
        store=store,
        articles=articles,
        decisions=journal("decisions"),
        publications=journal("publications"),
        state=journal("state"),
        catalog=_catalog(index / "catalog.sqlite", articles, writable=writable),
        search=_search(index / "search.sqlite", articles, writable=writable),
        blobs=DiskBlobs(root / "blobs"),
    )


def _catalog(path: Path, articles: Journal, *, writable: bool) -> DiskCatalog:
    catalog = DiskCatalog(path, writable=writable)
    if writable and catalog.position > articles.last:  # The index of some other archive.
        catalog.close()
        _forget(path)
        catalog = DiskCatalog(path)
    return catalog


def _search(path: Path, articles: Journal, *, writable: bool) -> DiskSearch:
    search = DiskSearch(path, writable=writable)
    if writable and search.position > articles.last:
        search.close()
        _forget(path)
        search = DiskSearch(path)
    return search


def _forget(path: Path) -> None:
    """Take away a derived file; it comes back from the journals."""
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


def _store_uuid(root: Path, *, writable: bool, now: Callable[[], datetime]) -> str:
    """Return the uuid of the store, which is given once for ever."""
    path = root / "STORE.json"
    if not path.is_file():
        if not writable:
            raise ArchiveError(f"{root} holds no archive yet; `newsweir run` or `newsweir once` begins one")
        about = {
            "format": FORMAT,
            "version": VERSION,
            "created": f"{now():%Y-%m-%dT%H:%M:%SZ}",
            "store": str(uuid.uuid4()),
        }
        files.replace_durably(root / "README.txt", _README.encode())
        schema = json.dumps(json_schema(), indent=1, ensure_ascii=False)
        files.replace_durably(root / "schema" / "article-v1.json", schema.encode() + b"\n")
        files.replace_durably(path, json.dumps(about, indent=1).encode() + b"\n")
    try:
        about = json.loads(path.read_text("utf-8"))
        if about["format"] != FORMAT or about["version"] > VERSION:
            raise ArchiveError(
                f"{path}: made by a newer newsweir (version {about['version']}); update to read it"
            )
        return str(uuid.UUID(about["store"]))
    except (ValueError, KeyError, TypeError) as error:
        raise ArchiveError(f"{path}: cannot be read ({error}); restore it from a backup") from error
