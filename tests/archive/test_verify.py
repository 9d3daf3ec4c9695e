"""Every flaw has its code and its place; what is odd and right has none."""

import shutil
import threading
from datetime import date, timedelta
from pathlib import Path

import pytest

from archive import CODES, FULL, QUICK, ArchiveError, Depth, connect, sample, verify
from archive.disk import segments
from tests.archive.bad_stores import BAD, EACH, GOOD, Bad, Good, fill, flip, keep, opened, packs, sealed
from tests.world import tree


@pytest.fixture
def data(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made / "archive", tmp_path / "archive")
    return tmp_path


def test_every_code_has_a_bad_store() -> None:
    assert {bad.code for bad in BAD} | {"E00"} == set(CODES)


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: f"{bad.code} {bad.name}")
def test_every_flaw_is_found_by_its_code_where_it_is(data: Path, bad: Bad) -> None:
    bad.damage(data)
    before = tree(data)
    report = verify(data)
    found = [*report.flaws, *report.lost]
    assert (bad.code, True) in {(flaw.code, flaw.place.startswith(bad.place)) for flaw in found}, found
    assert not report.sound
    assert all((flaw.mend and (data / "archive" / flaw.file.partition("/")[0]).exists()) or flaw.code == "E31" or flaw.code == "E32" for flaw in found)  # fmt: skip
    assert tree(data) == before, "verify changes nothing"


@pytest.mark.parametrize("good", GOOD, ids=lambda good: good.name)
@pytest.mark.parametrize("depth", [FULL, QUICK, Depth(3, date(2026, 1, 9))], ids=str)
def test_what_is_right_has_no_flaw(data: Path, good: Good, depth: Depth) -> None:
    good.change(data)
    report = verify(data, depth=depth)
    assert report.flaws == []
    assert report.sound
    assert report.lines["articles"] == 5 * (EACH + 1)


def test_what_a_line_says_of_itself_is_told_with_it(data: Path) -> None:
    flip(sealed(data), 500)
    (flaw,) = [flaw for flaw in verify(data).flaws if flaw.code == "E05"]
    assert (flaw.seq, flaw.through, flaw.offset) == (14, 26, 0)
    assert flaw.file == "articles/2026/2026-01-06.000.jsonl.zst"


def test_a_quick_look_finds_what_sizes_and_manifests_tell(data: Path) -> None:
    path = sealed(data)
    path.write_bytes(path.read_bytes()[:-5])
    assert {flaw.code for flaw in verify(data, depth=QUICK).flaws} == {"E13"}
    segment = sealed(data, 2)
    segments.path_of(segment.parents[1], segment.name.removesuffix(".jsonl.zst"), ".manifest.json").unlink()
    segment.unlink()
    assert {flaw.code for flaw in verify(data, depth=QUICK).flaws} == {"E13", "E03"}


def test_a_quick_look_reads_no_sealed_file(data: Path) -> None:
    flip(sealed(data), 500)
    flip(packs(data)[1], 40)
    assert verify(data, depth=QUICK).sound


def test_thirty_days_in_a_row_read_every_sealed_file_once(data: Path) -> None:
    start = date(2026, 1, 9)
    names = {segment.name.partition(".r")[0] for j in ("articles", "decisions") for segment in segments.find(data / "archive" / j)[0]}  # fmt: skip
    for name in names:
        days = [n for n in range(30) if sample("1/30", start + timedelta(days=n)).reads(name)]
        assert len(days) == 1, name
    flip(sealed(data), 500)
    reports = [verify(data, depth=sample("1/30", start + timedelta(days=n))) for n in range(30)]
    assert sum(not report.sound for report in reports) == 1


@pytest.mark.parametrize("text", ["", "2/30", "1/0", "1/x", "30"])
def test_a_share_that_is_none_is_told(text: str) -> None:
    with pytest.raises(ArchiveError, match="1/30"):
        sample(text, date(2026, 1, 1))


def test_an_archive_of_plain_files_alone_is_sound(tmp_path: Path) -> None:
    fill(tmp_path, seal=False)
    assert verify(tmp_path).sound
    assert verify(tmp_path, depth=QUICK).sound
    assert verify(tmp_path / "archive").sound, "also where the archive's own folder is named"
    with pytest.raises(ArchiveError, match="holds no archive"):
        verify(tmp_path / "nothing")


def test_a_file_that_cannot_be_read_is_told(data: Path) -> None:
    path = sealed(data)
    path.unlink()
    path.mkdir()
    report = verify(data)
    assert not report.readable
    assert "E00" in {flaw.code for flaw in report.flaws}


def test_reading_along_with_a_writer_gives_no_false_alarm(tmp_path: Path) -> None:
    """Lines are appended, segments sealed and superseded, the state compacted, all under verify's hands."""
    clock = fill(tmp_path)
    archive = opened(tmp_path, clock)
    done = threading.Event()
    wrong: list[object] = []
    looks = 0

    def look() -> None:
        nonlocal looks
        while not done.is_set():
            for depth in (FULL, QUICK):
                report = verify(tmp_path, depth=depth)
                wrong.extend(report.flaws)
                looks += 1

    reader = threading.Thread(target=look)
    reader.start()
    try:
        for day in range(6):
            for n in range(25):
                keep(archive, f"w{day}n{n}")
                archive.state.append([b'{"kind":"test","n":%d}' % n])
                archive.decisions.append([b'{"kind":"test","n":%d}' % n])
            clock.advance(days=1)
            archive.seal()
            archive.decisions.rewrite({5 + day: b'{"kind":"erased"}'}, "erase")
            archive.state.compact([b'{"kind":"test","key":1}'])
    finally:
        done.set()
        reader.join()
        archive.close()
    assert wrong == []
    assert looks > 1
    assert verify(tmp_path).sound


def test_progress_ends_at_the_whole(data: Path) -> None:
    told: list[tuple[int, int]] = []
    verify(data, lambda done, of: told.append((done, of)))
    assert told[-1][0] == told[-1][1] > 0
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_the_bytes_that_an_erasure_took_are_not_missed(data: Path) -> None:
    archive = connect(data, linger=0.0)
    record = archive.newest(1)[0]
    raw = archive.get(record.id).archive.raw
    assert raw is not None
    archive._ports.blobs.erase(archive._ports.catalog.places([raw.sha256]), archive._now(), "erase")
    archive.close()
    assert verify(data).sound
