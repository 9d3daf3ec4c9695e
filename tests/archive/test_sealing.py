"""Finished segments sealed: the same lines at the same places, whatever a crash leaves on the way."""

import hashlib
import itertools
import json
import shutil
import subprocess
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import connect, faults
from archive.cards import Line
from archive.disk import seekable, segments
from archive.disk.frame import unframe
from archive.disk.journal import DiskJournal
from archive.disk.manifest import Manifest, beside, read
from archive.errors import Damaged, ReadOnly
from tests.builders import TurnedClock, draft, showing
from tests.faults.disks import memory_folder

STEPS = ["seal.write", "seal.fsync", "seal.packed", "seal.proven", "seal.named", "seal.told", "seal.sealed", "seal.unlink"]  # fmt: skip


needs_zstd = pytest.mark.skipif(shutil.which("zstdcat") is None, reason="zstd: not installed")


def opened(folder: Path, clock: TurnedClock | None = None, **options: int) -> DiskJournal:
    return DiskJournal(folder / "articles", now=(clock or TurnedClock()).now, **options)


def body(number: int) -> bytes:
    return b'{"n":%d,"at":"2026-01-05T08:%02d:00Z","text":"%s"}' % (
        number,
        number % 60,
        b"word " * (number % 70),
    )


def filled(folder: Path, count: int = 900, clock: TurnedClock | None = None) -> DiskJournal:
    journal = opened(folder, clock, segment_bytes=100_000)
    for start in range(1, count + 1, 50):
        journal.append([body(number) for number in range(start, min(start + 50, count + 1))])
    return journal


def everything(journal: DiskJournal) -> list[Line]:
    return journal.since(0, 100_000)


def forms(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "articles").glob("*/*") if path.is_file())


def test_a_sealed_segment_holds_the_same_lines_at_the_same_places(tmp_path: Path) -> None:
    journal = filled(tmp_path)
    before = everything(journal)
    assert journal.seal() >= 2
    assert everything(journal) == before
    assert [journal.at(line.place, line.seq) for line in before] == before
    assert journal.since(500, 3) == before[500:503]
    journal.append([body(901)])
    journal.close()
    again = opened(tmp_path, segment_bytes=100_000)
    assert everything(again)[:-1] == before
    assert again.last == 901
    assert again.seal() == 0, "what is sealed is not sealed again, and what is open stays open"
    along = DiskJournal(tmp_path / "articles", writable=False)
    assert [line.seq for line in along.since(0, 10_000)] == list(range(1, 902))


def test_who_reads_along_sees_new_segments_and_other_versions(tmp_path: Path) -> None:
    clock = TurnedClock()
    journal = opened(tmp_path, clock)
    journal.append([body(1), body(2)])
    along = DiskJournal(tmp_path / "articles", writable=False)
    assert [line.seq for line in along.since(0, 10)] == [1, 2]
    clock.jump(days=1)
    journal.append([body(3)])
    assert [line.seq for line in along.since(2, 10)] == [3]
    journal.rewrite({1: b'{"n":0}'}, "test")
    assert [line.body for line in along.since(0, 1)] == [b'{"n":0}']
    assert [line.seq for line in along.since(1, 10)] == [2, 3]


def test_who_reads_along_stumbles_over_nothing_that_is_taken_away(tmp_path: Path) -> None:
    """A journal that is compacted again and again, and one of which every line is rewritten."""
    with memory_folder(tmp_path) as folder:
        state = DiskJournal(folder / "state", compacts=True)
        told = DiskJournal(folder / "told")
        state.append([body(n) for n in range(20)])
        told.append([body(n) for n in range(1, 21)])
        stop = threading.Event()
        seen: list[list[int]] = []
        stumbled: list[BaseException] = []

        def read(name: str) -> None:
            try:
                while not stop.is_set():
                    along = told if name == "its own" else DiskJournal(folder / name, writable=False)
                    for _ in range(5):
                        found = [0]
                        while more := along.since(found[-1], 7):
                            found += [line.seq for line in more]
                        seen.append(found)
                        time.sleep(0.001)  # Else the one who writes hardly gets a turn.
            except BaseException as error:
                stumbled.append(error)

        readers = [threading.Thread(target=read, args=(name,)) for name in ("state", "told", "its own")]
        for thread in readers:
            thread.start()
        for number in range(60):
            state.compact([body(n) for n in range(20)])
            told.rewrite({number % 20 + 1: b'{"n":0}'}, "test")
        stop.set()
        for thread in readers:
            thread.join()
        assert stumbled == []
        assert all(found == sorted(set(found)) for found in seen)
        state.close()
        told.close()


@needs_zstd
def test_zstdcat_prints_what_was_appended(tmp_path: Path) -> None:
    journal = filled(tmp_path)
    raw = {path.name: path.read_bytes() for path in (tmp_path / "articles").glob("*/*.jsonl")}
    journal.seal()
    sealed = sorted((tmp_path / "articles").glob("*/*.jsonl.zst"))
    assert len(sealed) == len(raw) - 1
    for path in sealed:
        out = subprocess.run(["zstdcat", str(path)], capture_output=True, check=True).stdout
        assert out == raw[path.name.removesuffix(".zst")]
        assert path.stat().st_size < len(out)
        about = read(beside(path), Manifest)
        assert about is not None
        assert about.raw_sha256 == hashlib.sha256(out).hexdigest()
        assert about.zst_sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        assert about.lines == out.count(b"\n")
        assert (about.since, about.until) == ("2026-01-05T08:00:00Z", "2026-01-05T08:59:00Z")
        parts = seekable.parts_of(path)
        assert len(parts) == about.frames
        ends = {0, *(part.raw_at + part.raw_size for part in parts)}
        assert all(end == 0 or out[end - 1 : end] == b"\n" for end in ends), "frames are cut at line ends"


def test_the_manifests_are_a_chain(tmp_path: Path) -> None:
    journal = filled(tmp_path)
    journal.seal()
    abouts = [read(beside(path), Manifest) for path in sorted((tmp_path / "articles").glob("*/*.zst"))]
    told = [about for about in abouts if about is not None]
    assert told[0].prev == "0" * 64
    for before, after in itertools.pairwise(told):
        assert after.prev == before.last.sum
        assert after.first.seq == before.last.seq + 1


def test_a_journal_at_rest_is_sealed_when_its_last_line_is_surely_a_day_old(tmp_path: Path) -> None:
    clock = TurnedClock()
    journal = filled(tmp_path, 20, clock)
    clock.jump(days=1)
    assert journal.seal() == 0
    clock.jump(days=1)
    assert journal.seal() == 1
    assert forms(tmp_path) == ["2026-01-05.000.jsonl.zst", "2026-01-05.000.manifest.json"]
    journal.close()
    again = opened(tmp_path, clock)
    assert again.last == 20
    assert again.append([body(21)])[0].seq == 21
    assert [line.seq for line in everything(again)] == list(range(1, 22))
    clock.jump(days=-2)
    again.append([body(22)])
    assert forms(tmp_path)[2:] == ["2026-01-05.001.jsonl", "2026-01-07.000.jsonl"]
    assert [line.seq for line in everything(again)] == list(range(1, 23))


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("count", [1, 2])
def test_sealing_cut_at_any_step_is_finished_by_the_next(tmp_path: Path, step: str, count: int) -> None:
    journal = filled(tmp_path)
    before = everything(journal)
    faults.plan(f"{step}:{count}:eio")
    with pytest.raises((ReadOnly, OSError)):
        journal.seal()
    faults.plan("")
    left = tmp_path / "left"  # As a crash would have left it: nobody tidied up.
    shutil.copytree(tmp_path / "articles", left / "articles")
    along = DiskJournal(left / "articles", writable=False)
    assert along.since(0, 10_000) == before, "also for who only reads along"
    again = opened(left, segment_bytes=100_000)
    assert everything(again) == before
    again.seal()
    assert everything(again) == before
    assert sum(name.endswith(".jsonl") for name in forms(left)) == 1
    assert not [name for name in forms(left) if name.endswith(".tmp")]


def test_a_segment_that_cannot_be_sealed_keeps_no_other_from_it(tmp_path: Path) -> None:
    journal = filled(tmp_path)
    before = everything(journal)
    plain = forms(tmp_path)
    faults.plan("seal.fsync:1:eio")
    with pytest.raises(ReadOnly, match=r"2026-01-05\.000 is not sealed"):
        journal.seal()
    faults.plan("")
    assert [name for name in forms(tmp_path) if name.endswith(".jsonl")] == [plain[0], plain[-1]]
    assert everything(journal) == before
    assert journal.seal() == 1
    assert everything(journal) == before


def test_a_journal_that_cannot_be_sealed_keeps_no_other_from_it(tmp_path: Path) -> None:
    clock = TurnedClock()
    archive = connect(tmp_path, now=clock.now, linger=0)
    archive.keep([showing(draft("a", "A", raw=b"its own"))])
    clock.jump(days=3)
    faults.plan("seal.fsync:1:eio")
    with pytest.raises(ReadOnly, match=r"articles: .* is not sealed"):
        archive.seal()
    faults.plan("")
    assert len(list((tmp_path / "archive/blobs").glob("*/*.manifest.json"))) == 1
    assert archive.seal() == 1
    archive.close()


def test_a_seal_that_does_not_read_back_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = filled(tmp_path)
    monkeypatch.setattr(seekable.Packer, "pack", lambda self, data: seekable.zstd.compress(data[:-1] + b"x"))
    with pytest.raises(Damaged, match="does not read back"):
        journal.seal()
    assert not [name for name in forms(tmp_path) if "zst" in name]


def test_a_manifest_that_is_gone_costs_nothing_but_time(tmp_path: Path) -> None:
    journal = filled(tmp_path)
    journal.seal()
    before = everything(journal)
    journal.close()
    for path in (tmp_path / "articles").glob("*/*.manifest.json"):
        path.unlink()
    again = opened(tmp_path, segment_bytes=100_000)
    assert everything(again) == before
    assert again.last == 900


@pytest.mark.parametrize("where", ["frame", "table"])
def test_a_byte_that_flipped_in_a_sealed_segment_costs_one_frame_at_most(tmp_path: Path, where: str) -> None:
    journal = filled(tmp_path)
    journal.seal()
    before = everything(journal)
    journal.close()
    path = min((tmp_path / "articles").glob("*/*.zst"))
    parts = seekable.parts_of(path)
    data = bytearray(path.read_bytes())
    data[parts[0].at + 60 if where == "frame" else -3] ^= 4
    path.write_bytes(data)
    again = opened(tmp_path, segment_bytes=100_000)
    found = everything(again)
    lost = {line.seq for line in before} - {line.seq for line in found}
    assert again.last == 900
    if where == "table":
        assert lost == set()
    else:
        assert lost == set(range(1, max(lost) + 1))
        assert again.damaged


@needs_zstd
def test_a_rewritten_line_stands_in_place_of_the_old_and_nothing_of_it_is_left(tmp_path: Path) -> None:
    journal = filled(tmp_path)
    secret = journal.append([b'{"n":901,"text":"canary"}'])[0]
    journal.append([body(902)])
    before = everything(journal)
    moved = journal.rewrite({secret.seq: b'{"n":901}', 3: b'{"n":3,"text":"other"}'}, "test")
    assert [3 in span for span in moved] == [True, False]
    assert secret.seq in moved[-1]
    after = everything(journal)
    assert [line.seq for line in after] == [line.seq for line in before]
    changed = [line.seq for line, old in zip(after, before, strict=True) if line.body != old.body]
    assert changed == [3, 901]
    assert after[900].body == b'{"n":901}'
    for path in (tmp_path / "articles").glob("*/*.zst"):
        assert b"canary" not in subprocess.run(["zstdcat", str(path)], capture_output=True, check=True).stdout
    assert b"canary" not in b"".join(p.read_bytes() for p in (tmp_path / "articles").glob("*/*"))
    assert any(name.endswith(".r1.jsonl.zst") for name in forms(tmp_path))
    assert [journal.at(line.place, line.seq) for line in after] == after
    assert journal.append([body(903)])[0].seq == 903
    journal.rewrite({secret.seq: b'{"n":901,"again":true}'}, "test")
    journal.close()
    again = opened(tmp_path)
    assert [line.seq for line in everything(again)] == list(range(1, 904))
    check_chain(tmp_path / "articles")


def check_chain(folder: Path) -> None:
    asked_for = "0" * 64
    for segment in segments.find(folder)[0]:
        for _, raw in segments.open_lines(folder, segment.name).behind(0):
            line = unframe(raw)
            assert line is not None
            assert line.prev == asked_for
            asked_for = line.asked_for


@pytest.mark.parametrize("manifests", [True, False])
def test_a_journal_whose_last_line_was_rewritten_goes_on_behind_it(tmp_path: Path, manifests: bool) -> None:
    journal = filled(tmp_path, 5)
    for number in range(2):
        journal.rewrite({5: b'{"n":5,"rewritten":%d}' % number}, "test")
    journal.close()
    if not manifests:
        for path in (tmp_path / "articles").glob("*/*.manifest.json"):
            path.unlink()
    again = opened(tmp_path)
    again.append([body(6)])
    assert [line.seq for line in everything(again)] == [1, 2, 3, 4, 5, 6]
    check_chain(tmp_path / "articles")


@pytest.mark.parametrize("step", [*(step for step in STEPS if step != "seal.sealed"), "seal.unlink:3"])
def test_a_rewrite_cut_at_any_step_leaves_the_old_or_the_new(tmp_path: Path, step: str) -> None:
    journal = filled(tmp_path)
    journal.seal()
    before = everything(journal)
    faults.plan(f"{step}:eio" if ":" in step else f"{step}:1:eio")
    with pytest.raises((ReadOnly, OSError)):
        journal.rewrite({3: b'{"n":0}'}, "test")
    faults.plan("")
    again = opened(tmp_path, segment_bytes=100_000)
    found = everything(again)
    assert [line.seq for line in found] == [line.seq for line in before]
    assert found[2].body in {before[2].body, b'{"n":0}'}
    versions = {
        path.name.split(".jsonl")[0] for path in (tmp_path / "articles").glob("*/2026-01-05.000*.jsonl.zst")
    }
    assert len(versions) == 1, "of two versions one is taken away"


def state(folder: Path) -> DiskJournal:
    return DiskJournal(folder / "state", now=TurnedClock().now, compacts=True)


def test_a_compacted_journal_begins_with_its_snapshot(tmp_path: Path) -> None:
    journal = state(tmp_path)
    journal.append([body(number) for number in range(1, 101)])
    lines = journal.compact([body(7), body(9)])
    assert [line.seq for line in lines] == [102, 103]
    journal.append([body(101)])
    for one in (journal, state(tmp_path)):
        kinds = [json.loads(line.body).get("kind") for line in one.since(0, 100)]
        assert kinds == ["snapshot", None, None, "snapshot-end", None]
        assert one.last == 105
    assert len(list((tmp_path / "state").glob("*/*.jsonl"))) == 1


@pytest.mark.parametrize(
    "step", ["state.created", "state.torn", "state.fdatasync", "state.synced", "compact.unlink"]
)
def test_a_compaction_cut_at_any_step_loses_no_key(tmp_path: Path, step: str) -> None:
    journal = state(tmp_path)
    journal.append([body(number) for number in range(1, 101)])
    faults.plan(f"{step}:1:eio")
    with pytest.raises(ReadOnly):
        journal.compact([body(number) for number in range(1, 101)])
    faults.plan("")
    again = state(tmp_path)
    found = {json.loads(line.body).get("n") for line in again.since(0, 1000)}
    assert set(range(1, 101)) <= found
    assert again.append([body(101)])[0].seq == again.last


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9)), max_size=12))
def test_the_frame_of_every_byte_is_found(sizes: list[tuple[int, int]]) -> None:
    places = [sum(size for _, size in sizes[:n]) for n in range(len(sizes))]
    table = seekable.Table((raw for raw, _ in sizes), places, (size for _, size in sizes))
    assert [(part.raw_size, part.size) for part in table] == sizes
    by_byte = [part for part in table for _ in range(part.raw_size)]
    assert [table.holding(at) for at in range(len(by_byte))] == by_byte
    assert table.holding(len(by_byte)) is None
