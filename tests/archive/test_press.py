"""The press: what is written while something else is synced, and what stays unwritten behind a failure."""

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest

from archive import ReadOnly, connect
from archive.disk import files
from archive.keeping.press import Chunk, Press, chunk_of
from archive.knowing import naming
from archive.memory.store import MemoryStore
from archive.opened import Ports
from archive.record.article import encode
from tests.contracts.records import article, digest

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)


def chunks(ports: Ports, count: int) -> Iterator[Chunk]:
    """Yield chunks of one article each, with its own bytes."""
    for number in range(count):
        record = article(number)
        raw = {digest(data): data for data in [record.content_text.encode()]}
        yield chunk_of(ports, [naming.facts(record)], [encode(record)], raw, set())


def test_bytes_are_synced_beside_the_lines_of_the_chunk_in_front(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, put, passed = files.append_durably, threading.Semaphore(0), list[str]()

    def append(fd: int, data: Sequence[bytes], point: str) -> float:
        if point == "articles" and passed.count("articles") < 3:
            assert put.acquire(timeout=10), "the bytes of the next wait for these lines"
        took = real(fd, data, point)
        passed.append(point)
        if point == "blobs" and passed.count("blobs") > 1:
            put.release()
        return took

    monkeypatch.setattr(files, "append_durably", append)
    archive, press = connect(tmp_path, linger=0.0), Press(lambda: NOW)
    ports = archive._ports
    found = [line.seq for lines in press.run(ports, chunks(ports, 4)) for line in lines]
    press.close()
    assert found == [1, 2, 3, 4]
    assert ports.catalog.lacking([digest(article(n).content_text.encode()) for n in range(5)]) == [
        digest(article(4).content_text.encode())
    ]
    archive.close()


@pytest.mark.parametrize("point", ["blobs.put", "articles.append"])
@pytest.mark.parametrize("fate", ["before", "part", "after"])
def test_behind_a_chunk_that_failed_nothing_is_said(
    point: str, fate: Literal["before", "part", "after"]
) -> None:
    store, press = MemoryStore(), Press(lambda: NOW)
    ports = store.open_ports()
    store.adversary.plan(point, fate, 2)
    found: list[int] = []
    with pytest.raises(ReadOnly):
        found.extend(line.seq for lines in press.run(ports, chunks(ports, 5)) for line in lines)
    press.close()
    assert found == [1]
    again = store.open_ports()
    again.catch_up()
    kept = again.articles.last
    assert kept <= 2, "not a line behind the one that failed"
    if point == "blobs.put":
        assert kept == 1, "nor one whose bytes are not there"
    for number in range(kept):
        assert again.catalog.blob(digest(article(number).content_text.encode())) is not None
