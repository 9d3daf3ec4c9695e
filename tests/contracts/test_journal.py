"""The clauses of the Journal port, over the disk and over the adversarial one in memory."""

import itertools
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from archive.disk.journal import DiskJournal
from archive.errors import Damaged, ReadOnly
from archive.memory.journal import MemoryJournal, MemoryStorage
from archive.ports import Journal

Open = Callable[[], Journal]


@pytest.fixture(params=["disk", "memory"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    storage, seeds, made = MemoryStorage(), itertools.count(), []

    def disk() -> Journal:
        journal = DiskJournal(tmp_path / "journal", segment_bytes=2000, compacts=True)
        made.append(journal)
        return journal

    def memory() -> Journal:
        journal = MemoryJournal(storage, delay=0.01, seed=next(seeds))
        made.append(journal)
        return journal

    yield disk if request.param == "disk" else memory
    for journal in made:
        journal.close()


def body(text: str) -> bytes:
    return b'{"t":"%s"}' % text.encode()


def test_lines_are_numbered_in_order_and_durable_on_return(reopen: Open) -> None:
    journal = reopen()
    assert journal.last == 0
    assert [line.seq for line in journal.append([body("a"), body("b")])] == [1, 2]
    assert journal.append([]) == []
    assert journal.last == 2
    again = reopen()
    assert [line.body for line in again.since(0, 10)] == [body("a"), body("b")]
    assert [line.seq for line in again.append([body("c")])] == [3]


def test_since_pages_through_everything(reopen: Open) -> None:
    journal = reopen()
    journal.append([body(str(n)) for n in range(25)])
    found, seq = [], 0
    while more := journal.since(seq, 7):
        assert len(more) <= 7
        found += more
        seq = more[-1].seq
    assert [line.seq for line in found] == list(range(1, 26))
    assert journal.since(25, 10) == []
    assert journal.since(23, 1)[0].seq == 24


def test_a_place_leads_back_to_its_line_also_after_reopening(reopen: Open) -> None:
    lines = reopen().append([body(str(n)) for n in range(5)])
    again = reopen()
    assert [again.at(line.place) for line in lines] == lines
    with pytest.raises(Damaged):
        again.at("no such place")


def test_since_never_skips_a_line_that_still_appears(reopen: Open) -> None:
    journal = reopen()
    stop = threading.Event()
    seen: list[int] = []
    gaps: list[tuple[int, int]] = []

    def consume() -> None:
        seq = 0
        while not (stop.is_set() and journal.last == seq):
            for line in journal.since(seq, 5):
                if line.seq != seq + 1:
                    gaps.append((seq, line.seq))
                seq = line.seq
                seen.append(seq)

    def produce(name: str) -> None:
        for n in range(10):
            journal.append([body(f"{name}{n}a"), body(f"{name}{n}b")])

    reader = threading.Thread(target=consume)
    writers = [threading.Thread(target=produce, args=(name,)) for name in "wxyz"]
    for thread in [reader, *writers]:
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    reader.join(20)
    assert gaps == []
    assert seen == list(range(1, 81))


def test_after_an_error_it_refuses_until_it_is_opened_anew(
    reopen: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    from archive import faults

    journal = reopen()
    journal.append([body("kept")])
    if isinstance(journal, MemoryJournal):
        journal.fail_next = True
    else:
        faults.plan("journal.torn:1:eio")
    with pytest.raises(ReadOnly):
        journal.append([body("lost1"), body("lost2"), body("lost3")])
    faults.plan("")
    with pytest.raises(ReadOnly):
        journal.append([body("refused")])
    assert journal.refuses
    again = reopen()
    assert not again.refuses
    found = [line.body for line in again.since(0, 10)]
    assert found[0] == body("kept")
    assert body("refused") not in found
    assert again.append([body("goes on")])[0].seq == len(found) + 1
    assert [line.seq for line in again.since(0, 10)] == list(range(1, len(found) + 2))


def test_a_closed_journal_takes_nothing(reopen: Open) -> None:
    journal = reopen()
    journal.close()
    journal.close()
    with pytest.raises(ReadOnly):
        journal.append([body("x")])


def test_it_says_what_opening_mended(reopen: Open) -> None:
    journal = reopen()
    journal.append([body("x")])
    assert not any(reopen().recovered().values())


def test_a_rewritten_line_keeps_its_seq_and_its_old_place_is_void(reopen: Open) -> None:
    journal = reopen()
    lines = journal.append([body(str(n)) for n in range(5)])
    assert journal.rewrite({}, "test") == []
    moved = journal.rewrite({2: body("instead"), 5: body("too")}, "test")
    assert all(any(line.seq in span for span in moved) for line in lines)
    for one in (journal, reopen()):
        found = one.since(0, 10)
        assert [line.body for line in found] == [
            body("0"),
            body("instead"),
            body("2"),
            body("3"),
            body("too"),
        ]
        assert [one.at(line.place) for line in found] == found
    with pytest.raises(Damaged):
        journal.at(lines[1].place)
    assert journal.append([body("on")])[0].seq == 6


def test_a_snapshot_stands_for_all_before_it(reopen: Open) -> None:
    journal = reopen()
    journal.append([body(str(n)) for n in range(5)])
    assert [line.seq for line in journal.compact([body("a"), body("b")])] == [7, 8]
    journal.append([body("c")])
    for one in (journal, reopen()):
        found = one.since(0, 100)
        assert [line.seq for line in found] == [6, 7, 8, 9, 10]
        assert b'"snapshot","through":5' in found[0].body
        assert b"snapshot-end" in found[3].body
        assert [line.seq for line in one.since(7, 2)] == [8, 9]
        assert [line.seq for line in one.since(2, 2)] == [6, 7]


def test_sealing_changes_nothing_that_can_be_read(reopen: Open) -> None:
    journal = reopen()
    for n in range(40):
        journal.append([body(f"{n} {'x' * 100}")])
    before = journal.since(0, 100)
    journal.seal()
    for one in (journal, reopen()):
        assert one.since(0, 100) == before
        assert [one.at(line.place) for line in before] == before
