"""An address -> an Archive. The only place that chooses an implementation."""

import contextlib
import functools
import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from archive.disk import files, nameplate
from archive.disk.blobs import DiskBlobs
from archive.disk.catalog import DiskCatalog
from archive.disk.database import take_away
from archive.disk.journal import DiskJournal
from archive.disk.parked import DiskQuarantine
from archive.disk.search import DiskSearch
from archive.disk.unread import Unread
from archive.errors import ArchiveError, Broken, ReadOnly, refused_by_disk
from archive.keeping.writer import LINGER
from archive.opened import Ports
from archive.record.article import HOLE
from archive.record.schema import json_schema
from archive.store import Archive

_INDEXES = 2
"""Files of the index that may be found broken, one after another: the catalog and the search."""

_Index = TypeVar("_Index", DiskCatalog, DiskSearch)

_README = """This folder is an archive of articles, kept by newsweir. It can be read without it.

articles/      every revision of every article, one JSON object a line
decisions/     what editors and the configuration decided
publications/  what subscribers of the topic feeds were told
state/         what the service remembers of its sources
blobs/         the original bytes, as zstd frames one after another
quarantine/    bytes found after a crash that prove nothing
schema/        the JSON Schema of a line of articles/

    zstdcat -f articles/*/*.jsonl* | jq -r 'select(.title) | ._archive.first_seen + " " + .title'
    zstdcat -f articles/*/*.jsonl* | grep -i kabul
    zstdcat blobs/*/*.pack
    duckdb -c "select url, title from read_json('articles/*/*.jsonl.zst', format='newline_delimited')"

A file of a day that is over is packed (.jsonl.zst: zstd frames cut at line ends);
its manifest.json says how many lines it holds, their digests, and the sum that its
first line follows. NAME.r1 stands in the place of NAME: its manifest says why.

Each line proves itself: `sum` is the SHA-256 of the twelve digits of `seq` and
of every byte behind sum's closing quote, the line feed included; `prev` is the
sum of the line before (or its `was`: the sum of the line in whose place it was
put). Order is `seq`, never the name of a file.
"""


def _utc_now() -> datetime:
    return datetime.now(UTC)


def connect(
    data: Path,
    *,
    writable: bool = True,
    now: Callable[[], datetime] = _utc_now,
    linger: float = LINGER,
    moving: Callable[[str], None] = lambda _: None,
) -> Archive:
    """Return the archive whose truth lies in `data/archive` and whose index in `data/index`.

    A writer has taken `data/LOCK` before (see archive.disk.lock). Readers change
    nothing and wait for nobody. Raises ArchiveError where there is none to read.

    moving   called with the name of a journal before recovery gives lines of it new
             places, or gives some up: whoever has an index of it forgets that first
    """
    for _ in range(_INDEXES):
        try:
            return _connect(data, writable=writable, now=now, linger=linger, moving=moving)
        except Broken:
            continue  # One index less; it is made anew.
    return _connect(data, writable=writable, now=now, linger=linger, moving=moving)


def _connect(
    data: Path, *, writable: bool, now: Callable[[], datetime], linger: float, moving: Callable[[str], None]
) -> Archive:
    return Archive(
        lambda: _open_ports(data, writable=writable, now=now, moving=moving),
        writable=writable,
        now=now,
        linger=linger,
    )


def _open_ports(
    data: Path, *, writable: bool, now: Callable[[], datetime], moving: Callable[[str], None]
) -> Ports:
    root, index = data / "archive", data / "index"
    if writable:
        _try_room(root)
    store = _store_uuid(root, writable=writable, now=now)

    def moved(name: str) -> None:
        if name == "articles":
            take_away(index / "catalog.sqlite")
            take_away(index / "search.sqlite")
        moving(name)

    unread = Unread(index / "unread.json" if writable else None)
    if unread.is_back:
        moved("articles")
        unread.begin_anew()

    def journal(name: str, hole: bytes = b'{"kind":"hole"}') -> DiskJournal:
        return DiskJournal(
            root / name,
            hole=hole,
            now=now,
            writable=writable,
            moving=lambda: moved(name),
            compacts=name == "state",
            unread=unread if name == "articles" else None,
        )

    articles = journal("articles", HOLE)
    return Ports(
        store=store,
        articles=articles,
        decisions=journal("decisions"),
        publications=journal("publications"),
        state=journal("state"),
        catalog=_index(DiskCatalog, index / "catalog.sqlite", articles.last, writable=writable),
        search=_index(DiskSearch, index / "search.sqlite", articles.last, writable=writable),
        blobs=DiskBlobs(root / "blobs", writable=writable, now=now, unread=unread),
        quarantine=DiskQuarantine(root / "quarantine"),
        unread=unread.told,
    )


def _try_room(root: Path) -> None:
    try:
        files.make_folders(root)
        with contextlib.suppress(PermissionError):  # The folder that holds `data:` may be none of ours.
            files.sync_folder(root.parent.parent)
        files.try_room(root)
    except OSError as error:
        if not refused_by_disk(error):
            raise
        raise ReadOnly(
            f"{root}: {error.strerror}; nothing is lost, and nothing can be kept before that is mended"
        ) from error


def _index(make: Callable[..., _Index], path: Path, last: int, *, writable: bool) -> _Index:
    """Open an index; make it anew where it is broken, or has seen lines of some other archive."""
    try:
        index = make(path, writable=writable)
        if not writable or index.position <= last:
            return index
        index.close()
    except ReadOnly:
        if path.exists():  # What is broken was taken away; all else is for the owner to see to.
            raise
    except (TypeError, ValueError):  # Rows that make no sense: broken, though SQLite does not say so.
        if not writable:
            raise
    take_away(path)
    return make(path, writable=writable)


def _store_uuid(root: Path, *, writable: bool, now: Callable[[], datetime]) -> str:
    """Return the uuid of the store, which is given once for ever. Raises ArchiveError where it is lost."""
    path = root / nameplate.NAME
    begun = path.is_file() or nameplate.is_begun(root)
    if not (begun or writable):
        raise ArchiveError(f"{root} holds no archive yet; `newsweir run` or `newsweir once` begins one")
    if writable:
        _describe(root)
    if not begun:
        nameplate.write(root, str(uuid.uuid4()), now())
    return nameplate.read(root)


def _describe(root: Path) -> None:
    """Let the folder say what it is, in the words of this version."""
    for name, text in (("README.txt", _README.encode()), ("schema/article-v1.json", _schema())):
        path = root / name
        if not path.is_file() or path.read_bytes() != text:
            files.replace_durably(path, text)


@functools.cache
def _schema() -> bytes:
    """Return the schema as it is written: to put it together takes longer than all else in opening an archive."""
    return (json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n").encode()
