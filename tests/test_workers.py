"""What strangers wrote is read in processes that may be killed: bounded, holding nothing, replaced."""

import os
import resource
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from feeds.errors import FetchError, Stopped
from feeds.ingest.documents.parse import parse_feed
from feeds.model import Fetched, Known
from feeds.workers import Workers, pool
from feeds.workers.pool import Limits
from tests.builders import item, lorem, rss
from tests.site import Page
from tests.world import PRIVATE, World

URL = "https://site.example/feed.xml"
SMALL = rss(item("1", "One"), item("2", "Two"))
SOURCE = f"  - {{feed: '{{site}}/f', name: paper, pages: never, {PRIVATE}}}"
SLOW = b"<rss><channel>" + b"<item><title>a</title></item>" * 24_000 + b"<oops></channel></rss>"
"""Ill-formed and long: feedparser's looser reader takes seconds over it."""


def fetched(body: bytes, content_type: str = "application/xml") -> Fetched:
    return Fetched(url=URL, status=200, body=body, content_type=content_type)


@pytest.fixture
def workers() -> Iterator[Workers]:
    made = Workers(2)
    yield made
    made.close()


def test_a_worker_gives_what_reading_here_would_give(workers: Workers) -> None:
    body = rss(*(item(str(n), f"T{n}", description=lorem(n)) for n in range(30)))
    whole = parse_feed(fetched(body))
    assert workers.feed(fetched(body)) == whole
    assert whole.frame is not None
    seen = Known(whole.frame, frozenset(whole.marks[1:]))
    assert workers.feed(fetched(body), seen) == parse_feed(fetched(body), seen)
    assert workers.ways == {"new": 1, "delta": 1}
    html = f"<html><head><title>T</title></head><body><article><p>{lorem(200)}</p></article></body></html>"
    assert "2000 2001" in (workers.page(fetched(html.encode(), "text/html")).html or "")


def test_all_that_an_entry_says_comes_back(workers: Workers) -> None:
    atom = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:x="urn:x" xml:base="/b/"><title>F</title>
        <link rel="prev-archive" href="old.xml"/><entry><id>1</id><title>T</title><link href="a"/>
        <updated>2026-01-05T08:00:00Z</updated><x:a b="c">text<x:d/>tail</x:a></entry></feed>"""
    big = 10**30
    other = {"id": "1", "content_text": "t", "_x": {"big": big, "list": [1, [2.5, None, True]]}}
    json = msgspec.json.encode(
        {"version": "https://jsonfeed.org/version/1.1", "title": "t", "next_url": "2", "items": [other]}
    )
    for body, kind in ((atom.encode(), "application/atom+xml"), (json, "application/feed+json")):
        answer = fetched(body, kind)
        document = workers.feed(answer)
        assert document == parse_feed(answer)
        assert document.earlier
        assert document.entries[0].extensions
    assert document.entries[0].extensions[0].value["big"] == big


def test_faults_come_back_as_faults(workers: Workers) -> None:
    with pytest.raises(FetchError, match="is a web page") as caught:
        workers.feed(fetched(b"<html><body>x</body></html>"))
    assert caught.value.lost


def test_it_is_warm_and_asked_again(workers: Workers) -> None:
    workers.feed(fetched(SMALL))
    (first,) = workers.pids
    for _ in range(5):
        workers.feed(fetched(SMALL))
    assert workers.pids == [first]


def test_it_holds_no_file_of_ours_and_none_of_our_secrets(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSWEIR_PASSWORD", "hunter2")
    world.site.pages["/f"] = Page(SMALL)
    world.configure(SOURCE)
    world.round()
    fresh = Workers(1)
    try:
        fresh.feed(fetched(SMALL))
        (pid,) = fresh.pids
        files = {str(one.readlink()) for one in Path(f"/proc/{pid}/fd").iterdir()}
        assert all(one.startswith(("pipe:", "/dev/null")) for one in files), files
        assert b"NEWSWEIR_PASSWORD" not in Path(f"/proc/{pid}/environ").read_bytes()
        assert os.getsid(pid) != os.getsid(0), "Ctrl-C is for us alone"
    finally:
        fresh.close()


def test_who_takes_too_much_of_the_processor_is_killed_and_another_comes() -> None:
    made = Workers(1, Limits(cpu=timedelta(seconds=1)))
    try:
        with pytest.raises(FetchError, match="more than 1 s of the processor"):
            made.feed(fetched(SLOW * 3))
        assert len(made.feed(fetched(SMALL)).entries) == 2
    finally:
        made.close()


def test_who_takes_too_long_is_killed() -> None:
    made = Workers(1, Limits(wall=timedelta(seconds=0.3)))
    try:
        began = time.monotonic()
        with pytest.raises(FetchError, match=r"takes more than 0\.3 s to be read"):
            made.feed(fetched(SLOW * 3))
        assert time.monotonic() - began < 3
        assert made.pids == []
    finally:
        made.close()


def test_who_takes_too_much_memory_is_refused_it(workers: Workers) -> None:
    made = Workers(1, Limits(memory=2**20, a_byte=0))
    try:
        with pytest.raises(FetchError, match=r"memory|breaks the program"):
            made.feed(fetched(rss(item("1", "x" * 40_000_000))))
        made._limits = Limits()
        assert len(made.feed(fetched(SMALL)).entries) == 2
    finally:
        made.close()


def test_memory_is_counted_from_what_a_worker_has_not_from_what_we_had() -> None:
    """Where a process was begun by a great one, its peak is said to be that one's."""
    ours = bytearray(os.urandom(2**20) * 200)
    pool._end_spare()
    made = Workers(1, Limits(memory=2**20, a_byte=0))
    try:
        with pytest.raises(FetchError, match="memory"):
            made.feed(fetched(rss(item("1", "x" * 20_000_000))))
    finally:
        made.close()
        del ours


def test_one_that_was_killed_from_outside_is_replaced(workers: Workers) -> None:
    workers.feed(fetched(SMALL))
    (pid,) = workers.pids
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(FetchError, match="signal 9"):
        workers.feed(fetched(SMALL))
    assert len(workers.feed(fetched(SMALL)).entries) == 2


def test_closing_ends_what_is_at_work_at_once(workers: Workers) -> None:
    met: list[BaseException] = []

    def ask() -> None:
        try:
            workers.feed(fetched(SLOW * 3))
        except FetchError as error:
            met.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    until = time.monotonic() + 20
    while not workers.pids and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(0.2)
    began = time.monotonic()
    workers.close()
    asking.join(5)
    assert time.monotonic() - began < 2
    assert [type(one) for one in met] == [Stopped]
    with pytest.raises(Stopped):
        workers.feed(fetched(SMALL))


def test_a_bomb_makes_nobody_grow(workers: Workers) -> None:
    workers.feed(fetched(SMALL))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    declared = "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    bomb = SMALL.replace(b"<rss", f'<!DOCTYPE rss [<!ENTITY a "lol">{declared}]><rss'.encode()).replace(
        b"One", b"&i;"
    )
    assert workers.feed(fetched(bomb)).entries[0].title == "&i;"
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) < 64 * 1024
    (pid,) = workers.pids
    peak = next(
        row for row in Path(f"/proc/{pid}/status").read_text().splitlines() if row.startswith("VmHWM")
    )
    assert int(peak.split()[1]) < 128 * 1024


def test_the_second_poll_of_a_feed_reads_only_what_is_new(world: World) -> None:
    items = [item(str(n), f"T{n}", description=lorem(120)) for n in range(20)]
    world.site.pages["/f"] = Page(rss(*items))
    world.configure(SOURCE)
    assert world.round().news == 20
    items[3] = item("3", "T3, edited", description=lorem(120) + " and more")
    world.site.pages["/f"] = Page(rss(item("new", "New"), *items))
    assert world.round().news == 2
    assert world.round().news == 0
    assert world.bureau.workers.ways == {"new": 1, "delta": 1}, "and the very same not at all"
    world.restart()
    world.site.pages["/f"] = Page(rss(*items[:10]))
    assert world.round().news == 0
    assert world.bureau.workers.ways == {"delta": 1}, "the ledger remembers, not the process"
    assert sorted(world.kept()) == sorted(["New", *(f"T{n}" for n in range(20) if n != 3), "T3, edited"])


def test_what_was_erased_meanwhile_is_not_taken_for_known(world: World) -> None:
    world.site.pages["/f"] = Page(rss(*(item(str(n), f"T{n}", description=lorem(120)) for n in range(4))))
    world.configure(SOURCE)
    world.round()
    world.restart()
    shutil.rmtree(world.data / "archive")
    shutil.rmtree(world.data / "run", ignore_errors=True)
    for name in ("catalog", "search", "matches", "shelf"):
        for file in (world.data / "index").glob(f"{name}.sqlite*"):
            file.unlink()
    assert world.round().news == 4, "the archive knows of none of them, whatever the ledger says"
