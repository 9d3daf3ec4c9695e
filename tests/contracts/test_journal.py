"""The clauses of the Journal port, over the disk and over the adversarial one in memory."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from archive import faults
from archive.cards import Line
from archive.disk.journal import DiskJournal
from archive.errors import Damaged, ReadOnly
from archive.memory.adversary import Adversary
from archive.memory.journal import MemoryJournal, MemoryStorage
from archive.ports import AT_ONCE, Journal

Open = Callable[[], Journal]
HOLE = b'{"kind":"hole"}'


@pytest.fixture
def adversary() -> Adversary:
    return Adversary(delay=0.01)


@pytest.fixture(params=["disk", "memory"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path, adversary: Adversary) -> Iterator[Open]:
    storage, made = MemoryStorage(), []

    def disk() -> Journal:
        journal = DiskJournal(tmp_path / "journal", segment_bytes=2000, compacts=True)
        made.append(journal)
        return journal

    def memory() -> Journal:
        journal = MemoryJournal(storage, adversary=adversary)
        made.append(journal)
        return journal

    yield disk if request.param == "disk" else memory
    faults.plan("")
    for journal in made:
        journal.close()


Let = Callable[[str], None]
APPENDING = ["before", "part", "after"]


@pytest.fixture
def let_fail(request: pytest.FixtureRequest, reopen: Open, adversary: Adversary) -> Let:
    """Let the next append (or `compact`, `rewrite`) fail: before it, in the midst, or unanswered."""
    on_disk = isinstance(reopen(), DiskJournal)
    steps = {"before": "write", "part": "torn", "after": "synced"}

    def plan(what: str) -> None:
        doing, _, fate = what.rpartition(" ")
        if not on_disk:
            adversary.plan(f"journal.{doing or 'append'}", fate)  # type: ignore[arg-type]
        elif doing == "rewrite":
            faults.plan(
                {"before": "seal.write:1", "part": "seal.named:1", "after": "seal.unlink:3"}[fate] + ":eio"
            )
        else:
            faults.plan(f"journal.{steps[fate]}:1:eio")

    return plan


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


def test_long_lines_are_handed_out_a_few_at_a_time(reopen: Open) -> None:
    """Whoever decodes them, a publishing tick for one, has no more than these in memory."""
    journal = reopen()
    for n in range(5):
        journal.append([body(f"{n}" * (3 * 2**20)), body(f"short {n}")])
    found, seq = [], 0
    while more := journal.since(seq, 2000):
        found.append([line.seq for line in more])
        assert sum(len(line.body) for line in more[:-1]) < AT_ONCE
        seq = more[-1].seq
    assert found == [[1, 2, 3, 4, 5], [6, 7, 8, 9, 10]]
    journal.append([body("x" * (AT_ONCE + 1))])
    assert [line.seq for line in journal.since(10, 10)] == [11], "one at least"


def test_a_place_leads_back_to_its_line_also_after_reopening(reopen: Open) -> None:
    lines = reopen().append([body(str(n)) for n in range(5)])
    again = reopen()
    assert [again.at(line.place, line.seq) for line in lines] == lines
    with pytest.raises(Damaged):
        again.at("no such place", 1)


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


@pytest.mark.parametrize("fate", APPENDING)
def test_after_an_error_it_refuses_until_it_is_opened_anew(reopen: Open, let_fail: Let, fate: str) -> None:
    journal = reopen()
    journal.append([body("kept")])
    let_fail(fate)
    lost = [body("lost1"), body("lost2"), body("lost3")]
    with pytest.raises(ReadOnly):
        journal.append(lost)
    faults.plan("")
    for refused in (
        lambda: journal.append([body("refused")]),
        lambda: journal.rewrite({1: body("refused")}, "test"),
        lambda: journal.compact([body("refused")]),
    ):
        with pytest.raises(ReadOnly):
            refused()
    assert journal.refuses
    again = reopen()
    assert not again.refuses
    found = [line.body for line in again.since(0, 10)]
    assert found[0] == body("kept")
    for there, meant in zip(found[1:], lost, strict=False):
        assert there in {meant, HOLE}, "any subset of it may be there, each line at its own seq"
    assert again.append([body("goes on")])[0].seq == len(found) + 1
    assert [line.seq for line in again.since(0, 10)] == list(range(1, len(found) + 2))


def test_a_line_that_was_seen_once_is_seen_for_ever(reopen: Open, let_fail: Let) -> None:
    """Also of a batch that failed: what `since` had shown of it is there after the next opening."""
    for number in range(12):
        journal = reopen()
        let_fail(APPENDING[number % 3])
        with pytest.raises(ReadOnly):
            journal.append([body(f"{number}.{n}") for n in range(6)])
        faults.plan("")
        seen = journal.since(0, 1000)
        assert [line.seq for line in seen] == list(range(1, len(seen) + 1))
        assert journal.last == len(seen)
        assert reopen().since(0, len(seen)) == seen


def test_many_threads_append_and_one_fails(reopen: Open, let_fail: Let) -> None:
    journal = reopen()
    acknowledged: list[Line] = []

    def work(name: str) -> None:
        for n in range(5):
            try:
                acknowledged.extend(journal.append([body(f"{name}{n}{part}") for part in "abc"]))
            except ReadOnly:
                return

    journal.append([body("first")])
    let_fail("part")
    threads = [threading.Thread(target=work, args=(name,)) for name in "uvwxyz"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    faults.plan("")
    assert journal.refuses
    found = reopen().since(0, 1000)
    assert [line.seq for line in found] == list(range(1, len(found) + 1))
    there = {line.seq: line.body for line in found}
    assert all(there[line.seq] == line.body for line in acknowledged)


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


def test_a_rewritten_line_keeps_its_seq_and_old_places_lead_to_what_stands_there_now(reopen: Open) -> None:
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
        assert [one.at(line.place, line.seq) for line in found] == found
        assert [one.at(line.place, line.seq) for line in lines] == found
    with pytest.raises(Damaged):
        journal.at(lines[1].place, 9)
    assert reopen().append([body("on")])[0].seq == 6


@pytest.mark.parametrize("fate", APPENDING)
def test_a_rewrite_that_failed_is_asked_for_again(reopen: Open, let_fail: Let, fate: str) -> None:
    journal = reopen()
    journal.append([body(str(n)) for n in range(5)])
    let_fail(f"rewrite {fate}")
    instead = {2: body("instead"), 4: body("too")}
    with pytest.raises((ReadOnly, OSError)):
        journal.rewrite(instead, "test")
    faults.plan("")
    again = reopen()
    found = again.since(0, 10)
    assert [line.seq for line in found] == [1, 2, 3, 4, 5]
    for line in found:
        assert line.body in {body(str(line.seq - 1)), instead.get(line.seq)}
        assert again.at(line.place, line.seq) == line
    again.rewrite(instead, "test")
    assert [line.body for line in reopen().since(0, 10)] == [
        body("0"), body("instead"), body("2"), body("too"), body("4")
    ]  # fmt: skip


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
        assert [one.at(line.place, line.seq) for line in before] == before


@pytest.mark.parametrize("fate", APPENDING)
def test_a_snapshot_that_failed_loses_nothing(reopen: Open, let_fail: Let, fate: str) -> None:
    journal = reopen()
    journal.append([body(f"old{n}") for n in range(5)])
    let_fail(f"compact {fate}")
    with pytest.raises(ReadOnly):
        journal.compact([body("a"), body("b")])
    faults.plan("")
    for one in (reopen(), reopen()):
        found = one.since(0, 100)
        assert [line.seq for line in found] == list(range(found[0].seq, one.last + 1))
        said = [line.body for line in found]
        if found[0].seq == 1:
            assert said[:5] == [body(f"old{n}") for n in range(5)]
        else:
            assert b'"snapshot","through":5' in said[0]
            assert said[1:] == [body("a"), body("b"), b'{"kind":"snapshot-end"}']
    again = reopen()
    assert again.append([body("on")])[0].seq == again.last
    assert again.compact([body("c")])[0].body == body("c")
    assert [line.body for line in reopen().since(0, 100)][1] == body("c")


def test_who_had_it_open_before_writes_no_more() -> None:
    """On a disk the lock sees to that; in memory the storage does."""
    storage = MemoryStorage()
    before = MemoryJournal(storage)
    before.append([body("a")])
    after = MemoryJournal(storage)
    with pytest.raises(ReadOnly):
        before.append([body("b")])
    assert [line.body for line in after.since(0, 10)] == [body("a")]
