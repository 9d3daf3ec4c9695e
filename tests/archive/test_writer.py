"""The writer and the press: when a batch is due, who has to wait, what is decided ahead."""

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from archive import Archive, ReadOnly, Showing, connect, faults
from archive.keeping.writer import BATCH_LINES, IN_FLIGHT, More, Request, Writer
from tests.builders import TurnedClock, draft, lorem, showing


def lines(count: int, start: int = 0, text: str = "x") -> list[Showing]:
    return [showing(draft(f"g{n}", f"T {n}", text)) for n in range(start, start + count)]


class Slow:
    """A commit that waits to be let go, and notes what it was handed."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.ahead: list[int] = []
        self.go = threading.Semaphore(0)
        self.begun = threading.Semaphore(0)

    def __call__(self, requests: list[Request], more: More) -> None:
        self.batches.append(sum(request.lines for request in requests))
        self.begun.release()
        self.go.acquire()
        self.ahead.append(sum(request.lines for request in more()))
        for request in requests:
            request.answer = [[] for _ in request.documents]


def ask_in_threads(writer: Writer, *counts: int) -> list[threading.Thread]:
    threads = [threading.Thread(target=writer.ask, args=(lines(count),)) for count in counts]
    for thread in threads:
        thread.start()
        time.sleep(0.02)  # In this order.
    return threads


def finish(commit: Slow, threads: list[threading.Thread]) -> None:
    for _ in range(50):
        commit.go.release()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()


def just_kept(commit: Slow, linger: float) -> Writer:
    """Return a writer that made a line durable a moment ago."""
    writer = Writer(commit, linger=linger)
    (first,) = ask_in_threads(writer, 1)
    assert commit.begun.acquire(timeout=5), "who comes alone does not wait, however long others may"
    commit.go.release()
    first.join(5)
    assert commit.batches.pop() == 1
    return writer


def test_behind_another_batch_one_waits_for_company_no_longer_than_it_may() -> None:
    commit = Slow()
    began = time.monotonic()
    writer = just_kept(commit, 0.4)
    threads = ask_in_threads(writer, 3, 4)
    assert commit.begun.acquire(timeout=5)
    assert 0.4 < time.monotonic() - began < 2.0
    assert commit.batches == [7]
    finish(commit, threads)
    writer.close()


def test_what_comes_while_a_batch_is_on_its_way_waits_for_company_too() -> None:
    commit = Slow()
    writer = Writer(commit, linger=0.4)
    threads = ask_in_threads(writer, 1)
    assert commit.begun.acquire(timeout=5)
    threads += ask_in_threads(writer, 3)
    commit.go.release()
    threads += ask_in_threads(writer, 4)
    assert commit.begun.acquire(timeout=5)
    assert commit.batches == [1, 7]
    finish(commit, threads)
    writer.close()


def test_a_full_batch_does_not_wait() -> None:
    commit = Slow()
    writer = just_kept(commit, 30.0)
    threads = ask_in_threads(writer, BATCH_LINES - 1, 1)
    assert commit.begun.acquire(timeout=5)
    assert commit.batches == [BATCH_LINES]
    finish(commit, threads)
    large = threading.Thread(target=writer.ask, args=(lines(4, text="y" * 300_000),))
    large.start()
    assert commit.begun.acquire(timeout=5), "a megabyte is a batch too"
    finish(commit, [large])
    writer.close()


def test_who_brings_more_than_two_batches_waits_until_one_is_durable() -> None:
    commit = Slow()
    writer = Writer(commit, linger=0.0)
    threads = ask_in_threads(writer, *[BATCH_LINES] * IN_FLIGHT, 1)
    assert commit.begun.acquire(timeout=5)
    assert writer.waiting == IN_FLIGHT * BATCH_LINES, "the last is held back"
    commit.go.release()
    assert commit.begun.acquire(timeout=5)
    time.sleep(0.1)
    assert writer.waiting == BATCH_LINES + 1, "and let in when the first is durable"
    finish(commit, threads)
    assert sum(commit.batches) == IN_FLIGHT * BATCH_LINES + 1
    assert commit.ahead[0] == BATCH_LINES, "the second was handed out while the first was on its way"
    assert writer.waiting == 0
    writer.close()


def test_a_giant_document_passes_and_is_not_overtaken_for_ever() -> None:
    commit = Slow()
    writer = Writer(commit, linger=0.0)
    giant = BATCH_LINES * IN_FLIGHT * 3
    threads = ask_in_threads(writer, 1, giant, 1, 1)
    finish(commit, threads)
    assert max(commit.batches) == giant
    assert commit.batches.index(giant) == 1, "what came behind it stood behind it"
    writer.close()


def test_closing_finishes_what_waits_and_refuses_what_comes() -> None:
    commit = Slow()
    writer = Writer(commit, linger=30.0)
    threads = ask_in_threads(writer, 2)
    commit.go.release()
    writer.close()
    threads[0].join(5)
    assert commit.batches == [2]
    with pytest.raises(ReadOnly, match="closed"):
        writer.ask(lines(1))


def opened(data: Path, linger: float = 0.0) -> Archive:
    return connect(data, now=TurnedClock().now, linger=linger)


def keep_in_threads(archive: Archive, *batches: list[Showing]) -> list[list[str]]:
    """Keep all of *batches* at once, in that order; return the statuses, or what was raised."""
    found: list[list[str]] = [[] for _ in batches]

    def work(number: int, documents: list[Showing]) -> None:
        try:
            found[number] = [one.status for kept in archive.keep(documents) for one in kept]
        except ReadOnly:
            found[number] = ["refused"]

    threads = []
    for number, documents in enumerate(batches):
        threads.append(threading.Thread(target=work, args=(number, documents)))
        threads[-1].start()
        time.sleep(0.01)
    for thread in threads:
        thread.join(30)
    return found


def story(n: int, source: str) -> Showing:
    return showing(
        draft(f"{source}-{n}", f"Title {n}", lorem(f"w{n}", 90), source=source, url=f"https://x.example/{n}")
    )


def held_until(archive: Archive, lines_waiting: int) -> list[bool]:
    """Hold the first batch until so many lines wait; return, growing, which batches were decided ahead."""
    ahead: list[bool] = []
    press, writer = archive._press, archive._writer
    assert press is not None
    assert writer is not None
    commit = press.commit

    def held(*asked: Any) -> None:
        until = time.monotonic() + 20
        while not ahead and writer.waiting < lines_waiting and time.monotonic() < until:
            time.sleep(0.01)
        ahead.append(press._ahead is not None)
        commit(*asked)

    press.commit = held  # type: ignore[method-assign]
    return ahead


def test_a_story_of_two_batches_in_flight_is_one_article(tmp_path: Path) -> None:
    archive = opened(tmp_path)
    ahead = held_until(archive, 60)
    first = [story(n, "a") for n in range(20)]
    second = [story(n, "b") for n in range(20)]
    third = [story(n, "c") for n in range(20)]
    found = keep_in_threads(archive, first, second, third)
    assert found == [["new"] * 20, ["alias"] * 20, ["alias"] * 20]
    assert ahead == [False, True], "the second was decided while the first was synced"
    assert archive.count() == 20
    assert archive.pace().commits == len(ahead)
    assert archive.pace().lines == 60
    assert 0.0 < archive.pace().last <= archive.pace().worst <= archive.pace().total
    assert archive.pace().waiting == 0
    archive.close()


def test_what_was_decided_over_a_batch_that_failed_is_decided_anew(tmp_path: Path) -> None:
    archive = opened(tmp_path)
    ahead = held_until(archive, 3)
    faults.plan("catalog.before:1:enospc")
    try:
        found = keep_in_threads(archive, [story(0, "a")], [story(0, "b"), story(1, "b")])
    finally:
        faults.plan("")
    assert found == [["refused"], ["alias", "new"]], "its line was durable, and so is known"
    assert ahead == [False, False], "what was decided ahead was let go of"
    assert archive.count() == 2
    archive.reopen()
    faults.plan("articles.write:1:eio")
    try:
        assert keep_in_threads(archive, [story(7, "a")], [story(7, "b")]) == [["refused"], ["refused"]]
    finally:
        faults.plan("")
    archive.reopen()
    assert archive.count() == 2
    assert [one.status for (one,) in archive.keep([story(7, "b"), story(7, "a")])] == ["new", "alias"]
    archive.close()


def test_opening_anew_gets_its_turn_while_batches_follow_each_other(tmp_path: Path) -> None:
    archive = opened(tmp_path)
    going = True

    def press_on(name: str) -> None:
        number = 0
        while going:
            archive.keep([story(n, name) for n in range(number, number + 50)])
            number += 50

    threads = [threading.Thread(target=press_on, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    time.sleep(0.2)
    began = time.monotonic()
    for _ in range(3):
        archive.reopen()
    took = time.monotonic() - began
    going = False
    for thread in threads:
        thread.join(30)
    assert took < 20.0
    titles = [found.record.title for found in archive.since(0, 10**6) if found.record]
    assert archive.count() == len(set(titles))
    archive.close()
