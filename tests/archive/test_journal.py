"""The journal on disk: order, segments, and coming back from anything a crash can leave."""

import os
import random
from datetime import timedelta
from pathlib import Path

import pytest

from archive.disk.frame import unframe
from archive.disk.journal import DiskJournal
from archive.errors import Damaged, ReadOnly
from tests.builders import TurnedClock


def opened(folder: Path, clock: TurnedClock | None = None, **options: int) -> DiskJournal:
    return DiskJournal(folder / "articles", now=(clock or TurnedClock()).now, **options)


def bodies(*numbers: int) -> list[bytes]:
    return [b'{"n":%d,"text":"%s"}' % (number, b"x" * (number % 50)) for number in numbers]


def numbers(journal: DiskJournal) -> list[tuple[int, bytes]]:
    return [(line.seq, line.body) for line in journal.since(0, 10_000)]


def newest(folder: Path) -> Path:
    return max((folder / "articles").glob("*/*.jsonl"))


def test_lines_are_numbered_from_one_and_come_back_in_order(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    first = journal.append(bodies(1, 2))
    second = journal.append(bodies(3))
    assert [line.seq for line in [*first, *second]] == [1, 2, 3]
    assert numbers(journal) == [(n, bodies(n)[0]) for n in (1, 2, 3)]
    assert journal.since(1, 1) == [first[1]]
    assert journal.at(second[0].place, second[0].seq) == second[0]
    assert journal.last == 3


def test_a_reopened_journal_goes_on_in_the_same_segment(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    journal.append(bodies(1))
    journal.close()
    again = opened(tmp_path)
    again.append(bodies(2))
    assert numbers(again) == [(1, bodies(1)[0]), (2, bodies(2)[0])]
    assert len(list((tmp_path / "articles").glob("*/*.jsonl"))) == 1


def test_a_segment_is_closed_when_the_day_changes_in_either_direction(tmp_path: Path) -> None:
    clock = TurnedClock()
    journal = opened(tmp_path, clock)
    for step, number in ((0, 1), (1, 2), (-2, 3)):
        clock.jump(days=step)
        journal.append(bodies(number))
    names = [path.name for path in sorted((tmp_path / "articles").glob("*/*.jsonl"))]
    assert names == ["2026-01-04.000.jsonl", "2026-01-05.000.jsonl", "2026-01-06.000.jsonl"]
    journal.close()
    again = opened(tmp_path, clock)
    assert [seq for seq, _ in numbers(again)] == [1, 2, 3], "order is seq, never the file's name"
    again.append(bodies(4))
    assert [seq for seq, _ in numbers(again)] == [1, 2, 3, 4]


def test_a_full_segment_is_followed_by_another_of_the_same_day(tmp_path: Path) -> None:
    journal = opened(tmp_path, segment_bytes=500)
    for number in range(1, 8):
        journal.append(bodies(number))
    assert len(list((tmp_path / "articles").glob("*/*.jsonl"))) > 2
    assert [seq for seq, _ in numbers(journal)] == list(range(1, 8))


def test_each_line_follows_the_one_before_also_over_segments(tmp_path: Path) -> None:
    journal = opened(tmp_path, segment_bytes=400)
    journal.append(bodies(1, 2))
    journal.append(bodies(3, 4))
    raw = b"".join(path.read_bytes() for path in sorted((tmp_path / "articles").glob("*/*.jsonl")))
    lines = [unframe(line + b"\n") for line in raw.splitlines()]
    totals = ["0" * 64, *(line.total for line in lines if line)]
    assert [line.prev for line in lines if line] == totals[:-1]


def test_a_torn_tail_is_parked_at_every_byte_and_its_seqs_are_given_again(tmp_path: Path) -> None:
    journal = opened(tmp_path / "whole")
    for number in range(1, 5):
        journal.append(bodies(number))
    journal.close()
    whole = newest(tmp_path / "whole").read_bytes()
    ends = [0]
    while ends[-1] < len(whole):
        ends.append(whole.index(b"\n", ends[-1]) + 1)
    for cut in range(ends[2], len(whole)):
        folder = tmp_path / f"cut{cut}"
        path = folder / "articles" / "2026" / "2026-01-05.000.jsonl"
        path.parent.mkdir(parents=True)
        path.write_bytes(whole[:cut])
        again = opened(folder)
        kept = sum(end <= cut for end in ends[1:])
        assert again.last == kept
        assert again.report.holes == ()
        assert again.append(bodies(99))[0].seq == kept + 1
        parked = b"".join(p.read_bytes() for p in (folder / "quarantine").rglob("*") if p.is_file())
        assert parked == whole[ends[kept] : cut], "no byte is thrown away"
        again.close()


@pytest.mark.parametrize(
    "tail", [b"\0" * 4096, b"\n\n\n", b'{"_store":{"seq":"0000000', random.Random(3).randbytes(2000)]
)
def test_rubbish_at_the_end_is_parked(tmp_path: Path, tail: bytes) -> None:
    journal = opened(tmp_path)
    journal.append(bodies(1, 2, 3))
    journal.close()
    path = newest(tmp_path)
    path.write_bytes(path.read_bytes() + tail)
    again = opened(tmp_path)
    assert again.last == 3
    assert again.report.parked == len(tail)
    again.append(bodies(4))
    assert [seq for seq, _ in numbers(again)] == [1, 2, 3, 4]


def test_lines_behind_a_lost_one_are_salvaged_and_the_lost_one_becomes_a_hole(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    places = journal.append(bodies(1, 2, 3, 4, 5))
    journal.close()
    path = newest(tmp_path)
    data = bytearray(path.read_bytes())
    start = int(places[2].place.split("+")[1])
    data[start + 120 : start + 125] = b"\0" * 5
    path.write_bytes(data)
    again = opened(tmp_path)
    assert again.report.holes == (3,)
    assert again.report.salvaged == 2
    assert again.report.changed == 3
    found = numbers(again)
    assert [seq for seq, _ in found] == [1, 2, 3, 4, 5]
    assert found[2][1] == b'{"kind":"hole"}'
    assert found[3:] == [(4, bodies(4)[0]), (5, bodies(5)[0])]
    assert again.append(bodies(6))[0].seq == 6
    again.close()
    third = opened(tmp_path)
    assert third.report.changed is None
    assert [seq for seq, _ in numbers(third)] == [1, 2, 3, 4, 5, 6]


def test_a_crash_at_any_step_of_the_salvage_is_recovered_from(tmp_path: Path) -> None:
    """Whichever of held-back segment, cut and rename had happened, opening ends the same."""
    journal = opened(tmp_path / "a")
    places = journal.append(bodies(1, 2, 3, 4))
    journal.close()
    path = newest(tmp_path / "a")
    data = bytearray(path.read_bytes())
    start = int(places[1].place.split("+")[1])
    data[start + 120] ^= 1
    opened_once = tmp_path / "b"
    target = opened_once / "articles" / "2026" / path.name
    target.parent.mkdir(parents=True)
    target.write_bytes(data)
    opened(opened_once).close()
    salvage = sorted(target.parent.glob("*.jsonl"))[1]
    states = {
        "held back, not cut": {path.name: bytes(data), salvage.name + ".salvage": salvage.read_bytes()},
        "held back, cut": {path.name: target.read_bytes(), salvage.name + ".salvage": salvage.read_bytes()},
        "half held back": {path.name: bytes(data), salvage.name + ".salvage": salvage.read_bytes()[:-30]},
        "a temporary file": {path.name: bytes(data), salvage.name + ".salvage.tmp": b"rubbish"},
    }
    for name, files in states.items():
        folder = tmp_path / name
        (folder / "articles" / "2026").mkdir(parents=True)
        for file, content in files.items():
            (folder / "articles" / "2026" / file).write_bytes(content)
        again = opened(folder)
        assert [seq for seq, _ in numbers(again)] == [1, 2, 3, 4], name
        assert numbers(again)[1][1] == b'{"kind":"hole"}', name
        again.close()


def test_an_empty_or_headless_segment_is_no_obstacle(tmp_path: Path) -> None:
    clock = TurnedClock()
    journal = opened(tmp_path, clock)
    journal.append(bodies(1, 2))
    clock.advance(days=1)
    journal.append(bodies(3, 4))
    journal.close()
    path = newest(tmp_path)
    data = path.read_bytes()
    path.write_bytes(b"\0" * 60 + data[60:])
    again = opened(tmp_path, clock)
    assert numbers(again)[0:2] == [(1, bodies(1)[0]), (2, bodies(2)[0])]
    assert numbers(again)[2:] == [(3, b'{"kind":"hole"}'), (4, bodies(4)[0])]
    again.close()
    newest(tmp_path).with_name("2026-01-07.000.jsonl").write_bytes(b"")
    third = opened(tmp_path, clock)
    assert third.last == 4


def test_simulated_power_losses_lose_nothing_acknowledged(tmp_path: Path) -> None:
    """Behind the last fdatasync any 512-byte sector may be lost, kept or rubbish, at any length."""
    chance = random.Random(20260105)
    for run in range(300):
        folder = tmp_path / f"run{run}"
        journal = opened(folder)
        journal.append(bodies(*range(1, chance.randint(2, 6))))
        acknowledged = journal.last
        path = newest(folder)
        synced = path.stat().st_size
        journal.append(bodies(*range(100, 100 + chance.randint(1, 12))))
        journal.close()
        data = bytearray(path.read_bytes())
        for sector in range(synced // 512, len(data) // 512 + 1):
            start, end = max(synced, sector * 512), min(len(data), (sector + 1) * 512)
            fate = chance.random()
            if fate < 0.3:
                data[start:end] = b"\0" * (end - start)
            elif fate < 0.5:
                data[start:end] = chance.randbytes(end - start)
        path.write_bytes(data[: chance.randint(synced, len(data))])
        again = opened(folder)
        found = numbers(again)
        assert [seq for seq, _ in found] == list(range(1, len(found) + 1))
        assert len(found) >= acknowledged
        assert [body for _, body in found[:acknowledged]] == bodies(*range(1, acknowledged + 1))
        again.append(bodies(7))
        again.close()


def test_a_failed_write_acknowledges_nothing_and_reopening_recovers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from archive import faults

    journal = opened(tmp_path)
    journal.append(bodies(1))
    for action in ("eio", "enospc"):
        faults.plan(f"articles.fdatasync:1:{action}")
        with pytest.raises(ReadOnly):
            journal.append(bodies(2))
        faults.plan("")
        with pytest.raises(ReadOnly, match="open it anew"):
            journal.append(bodies(2))
        before = journal.last
        journal = opened(tmp_path)
        assert journal.last >= before
        assert numbers(journal)[0] == (1, bodies(1)[0])


@pytest.mark.parametrize("point", ["write", "torn", "fdatasync"])
def test_a_failed_write_leaves_nothing_that_could_be_taken_for_durable(tmp_path: Path, point: str) -> None:
    from archive import faults

    journal = opened(tmp_path)
    journal.append(bodies(1))
    before = newest(tmp_path).read_bytes()
    faults.plan(f"articles.{point}:1:eio")
    with pytest.raises(ReadOnly):
        journal.append(bodies(2, 3))
    faults.plan("")
    assert newest(tmp_path).read_bytes() == before
    again = opened(tmp_path)
    assert again.append(bodies(4))[0].seq == 2
    assert numbers(again) == [(1, bodies(1)[0]), (2, bodies(4)[0])]


def test_what_a_killed_process_wrote_is_durable_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = TurnedClock()
    journal = opened(tmp_path, clock)
    journal.append(bodies(1))
    clock.advance(days=1)
    journal.append(bodies(2))
    forced: list[int] = []
    real = os.fsync

    def fsync(fd: int) -> None:
        forced.append(os.fstat(fd).st_ino)
        real(fd)

    monkeypatch.setattr(os, "fsync", fsync)
    again = opened(tmp_path, clock)
    path = newest(tmp_path)
    assert forced == [one.stat().st_ino for one in (path, path.parent, path.parent.parent, tmp_path)]
    assert again.last == 2
    forced.clear()
    DiskJournal(tmp_path / "articles", writable=False)
    assert forced == []


def test_readers_see_only_whole_lines_and_change_nothing(tmp_path: Path) -> None:
    writer = opened(tmp_path)
    writer.append(bodies(1, 2))
    path = newest(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:100])
    reader = DiskJournal(tmp_path / "articles", writable=False)
    assert [line.seq for line in reader.since(0, 10)] == [1, 2]
    assert reader.damaged == []
    assert path.read_bytes() == whole + whole[:100]
    with pytest.raises(ReadOnly):
        reader.append(bodies(3))


def test_a_rotten_line_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    clock = TurnedClock()
    journal = opened(tmp_path, clock)
    places = journal.append(bodies(1, 2, 3))
    path = newest(tmp_path)
    clock.advance(days=1)
    journal.append(bodies(4))
    data = bytearray(path.read_bytes())
    data[int(places[1].place.split("+")[1]) + 120] ^= 4
    path.write_bytes(data)
    assert [line.seq for line in journal.since(0, 10)] == [1, 3, 4]
    assert journal.damaged == [places[1].place]
    with pytest.raises(Damaged, match="checksum"):
        journal.at(places[1].place, places[1].seq)
    for nonsense in ("nowhere", "2026-01-05.000+x", "../../etc/passwd+0", "2026-01-05.000+99999999"):
        with pytest.raises(Damaged):
            journal.at(nonsense, 1)


def test_many_days_are_read_in_order(tmp_path: Path) -> None:
    clock = TurnedClock()
    journal = opened(tmp_path, clock)
    for number in range(1, 30):
        journal.append(bodies(number))
        clock.advance(hours=13)
    found = []
    seq = 0
    while more := journal.since(seq, 4):
        found += [line.seq for line in more]
        seq = more[-1].seq
    assert found == list(range(1, 30))
    assert clock.now() - TurnedClock().now() > timedelta(days=14)
