"""What all ports have in common: their shape, and that nothing behind them can be got at."""

import inspect
import io
import re
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, get_type_hints

import mypy.api
import pytest

from archive.disk.blobs import DiskBlobs
from archive.disk.catalog import DiskCatalog
from archive.disk.journal import DiskJournal
from archive.disk.search import DiskSearch
from archive.memory.blobs import MemoryBlobs
from archive.memory.index import StoredCatalog, StoredSearch
from archive.memory.journal import MemoryJournal
from archive.ports import Blobs, Catalog, Journal, Search
from archive.wanted import Every
from tests.builders import START
from tests.contracts.records import article, digest, lines

HERE = Path(__file__).parent
SECRETS = (Path, sqlite3.Connection, sqlite3.Cursor, io.IOBase)
NAMES = re.compile(r"Path|Connection|Cursor|IO\b|socket")
PORTS = (Journal, Catalog, Search, Blobs)


def test_mypy_takes_every_port_for_what_it_is() -> None:
    told, errors, status = mypy.api.run(["--strict", "--no-error-summary", str(HERE / "typed.py")])
    assert (told, errors, status) == ("", "", 0)


@pytest.fixture(params=["disk", "memory"])
def ports(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[Any]]:
    on_disk: list[Any] = [
        DiskJournal(tmp_path / "journal"),
        DiskCatalog(tmp_path / "catalog.sqlite"),
        DiskSearch(tmp_path / "search.sqlite"),
        DiskBlobs(tmp_path / "blobs"),
    ]
    in_memory: list[Any] = [MemoryJournal(), StoredCatalog(), StoredSearch(), MemoryBlobs()]
    yield on_disk if request.param == "disk" else in_memory
    for port in (*on_disk, *in_memory):
        port.close()


def within(value: object) -> Iterator[object]:
    """Yield a value and all that it holds, as far as its own public names lead."""
    yield value
    if isinstance(value, dict):
        parts: Iterable[object] = [*value, *value.values()]
    elif isinstance(value, list | tuple | set | frozenset):
        parts = value
    elif hasattr(type(value), "__dataclass_fields__"):
        parts = [getattr(value, name) for name in type(value).__dataclass_fields__]
    else:
        parts = ()
    for part in parts:
        yield from within(part)


def test_no_port_hands_out_a_path_a_cursor_or_a_connection(ports: list[Any]) -> None:
    journal, catalog, search, blobs = ports
    given = journal.append([b'{"n":1}', b'{"n":2}'])
    places = blobs.put([(digest(b"one"), b"one")], START)
    told = lines(article(1), article(1, 2))
    catalog.apply(told, places)
    search.apply(told)
    handed: list[object] = [
        given,
        places,
        journal.since(0, 5),
        journal.at(given[0].place, given[0].seq),
        journal.recovered(),
    ]
    handed += [journal.seal(), blobs.seal(START), list(blobs.scan({})), blobs.get(places[0])]
    handed += [search.candidates(Every(), 5), catalog.packs(), catalog.blob(digest(b"one"))]
    handed += [catalog.newest(5), catalog.names_of(article(1).id), catalog.revisions(article(1).id)]
    for port in ports:
        public = [name for name in dir(port) if not name.startswith("_")]
        handed += [value for name in public if not callable(value := getattr(port, name))]
    leaks = [value for one in handed for value in within(one) if isinstance(value, SECRETS)]
    assert leaks == []


def test_no_port_says_that_it_would(ports: list[Any]) -> None:
    for port in (*PORTS, *map(type, ports)):
        for name, member in inspect.getmembers(port):
            if not name.startswith("_") and inspect.isfunction(member):
                said = str(get_type_hints(member).get("return"))
                assert not NAMES.search(said), f"{port.__name__}.{name} -> {said}"


def test_a_place_means_nothing_to_anybody_else(ports: list[Any]) -> None:
    """It is a text, also where a file stands behind it; none is an absolute path."""
    journal, _, _, blobs = ports
    places = [line.place for line in journal.append([b'{"n":1}'])]
    places += [place.pack for place in blobs.put([(digest(b"one"), b"one")], START)]
    for place in places:
        assert type(place) is str
        assert not place.startswith("/")
        assert not Path(place).exists()
