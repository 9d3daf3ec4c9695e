"""What verify finds is mended: alone where nothing is lost, else from a backup; never what was erased."""

import shutil
from pathlib import Path

import msgspec
import pytest

from archive import ArchiveError, ReadOnly, connect, mend, plan_of, verify
from archive.disk import manifest
from archive.disk.frame import frame, unframe
from archive.disk.journal import DiskJournal
from tests.archive.bad_stores import (
    BAD,
    Bad,
    fill,
    flip,
    folder,
    keep,
    newest,
    opened,
    packs,
    put_hole,
    rows,
    sealed,
    told,
)
from tests.builders import START, TurnedClock
from tests.world import tree

ALONE = {
    "a line feed",
    "a line twice",
    "two lines swapped",
    "no manifest",
    "an unreadable manifest",
    "the table of a sealed file",
    "bytes behind a sealed file",
    "a manifest of other lines",
    "a pack without manifest",
    "a pack's manifest",
    "the table of a pack",
    "a pack cut short",
    "a pack's manifest of other blobs",
}
"""What is mended without a backup: nothing of it is lost."""
NEVER = {"no record", "a stranger", "a backup's word broken", "no README.txt", "no schema"}
"""What nothing but a look by the owner, or opening the archive, puts right."""
JOURNALS = ("articles", "decisions", "publications", "state")


@pytest.fixture
def data(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made / "archive", tmp_path / "data/archive")
    return tmp_path / "data"


@pytest.fixture
def backup(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made / "archive", tmp_path / "backup")
    return tmp_path / "backup"


def lines(data: Path) -> dict[str, list[tuple[int, bytes]]]:
    return {
        name: [
            (line.seq, line.body)
            for line in DiskJournal(data / "archive" / name, writable=False).since(0, 100_000)
        ]
        for name in JOURNALS
    }


def repair(data: Path, backup: Path | None = None, **more: bool) -> list[str]:
    plan = plan_of(verify(data), **{k: v for k, v in more.items() if k == "give_up"})
    return mend(data / "archive", plan, backup, START, dry=more.get("dry", False)).done


def openable(data: Path) -> None:
    """It opens, keeps, and is sound behind it."""
    clock = TurnedClock()
    clock.advance(days=6)
    archive = opened(data, clock)
    keep(archive, "behind it")
    archive.seal()
    archive.close()
    assert verify(data).sound


@pytest.mark.parametrize(
    "bad", [bad for bad in BAD if bad.name not in NEVER], ids=lambda bad: f"{bad.code} {bad.name}"
)
def test_every_flaw_is_mended_from_a_backup(data: Path, backup: Path, made: Path, bad: Bad) -> None:
    bad.damage(data)
    before = tree(data)
    if bad.name == "a hole":  # What it lost never was in the backup.
        assert repair(data, backup) == []
        return
    assert repair(data, backup, dry=True)
    assert tree(data) == before, "a dry run changes nothing"
    assert repair(data, backup)
    report = verify(data)
    assert report.flaws == []
    assert report.sound
    assert lines(data) == lines(made)
    assert repair(data, backup) == []
    openable(data)


@pytest.mark.parametrize(
    "bad", [bad for bad in BAD if bad.name in ALONE], ids=lambda bad: f"{bad.code} {bad.name}"
)
def test_what_lost_nothing_is_mended_alone(data: Path, made: Path, bad: Bad) -> None:
    bad.damage(data)
    assert repair(data)
    assert verify(data).sound
    assert lines(data) == lines(made)
    openable(data)


@pytest.mark.parametrize(
    "bad", [bad for bad in BAD if bad.name not in ALONE], ids=lambda bad: f"{bad.code} {bad.name}"
)
def test_what_lost_something_is_left_as_it_is_without_a_backup(data: Path, bad: Bad) -> None:
    bad.damage(data)
    before = tree(data)
    assert repair(data) == []
    assert tree(data) == before
    assert not verify(data).sound


def test_nothing_is_changed_in_place(data: Path, backup: Path) -> None:
    flip(sealed(data), 500)
    rotten = sealed(data).read_bytes()
    repair(data, backup)
    found = sorted(path.name for path in folder(data, "articles").glob("2026-01-06*"))
    assert found == ["2026-01-06.000.r1.jsonl.zst", "2026-01-06.000.r1.manifest.json"]
    about = msgspec.json.decode(told(sealed(data)).read_bytes())
    assert (about["supersedes"], about["because"]) == ("2026-01-06.000", "repair")
    parked = b"".join(tree(data / "archive/quarantine").values())
    assert parked
    assert parked in rotten


def test_a_line_comes_back_where_a_hole_stood_for_it(data: Path, backup: Path, made: Path) -> None:
    path = newest(data)
    path.write_bytes(b"".join(rows(path)[:-3]) + b"torn" + rows(path)[-1])
    opened(data, TurnedClock()).close()
    assert [flaw.seq for flaw in verify(data).lost] == [63, 64]
    assert repair(data, backup)
    assert verify(data).sound
    assert lines(data)["articles"] == lines(made)["articles"]
    assert any(unframe(row).was for row in _raw(data) if unframe(row)), "the chain is that of the holes"  # type: ignore[union-attr]
    openable(data)


def _raw(data: Path) -> list[bytes]:
    from archive.disk import segments

    found = segments.find(data / "archive/articles")[0]
    return [
        raw for one in found for _, raw in segments.open_lines(data / "archive/articles", one.name).behind(0)
    ]


def test_what_no_backup_has_may_be_given_up(data: Path) -> None:
    put_hole(data)
    flip(sealed(data), 500)
    assert {flaw.code for flaw in [*verify(data).flaws, *verify(data).lost]} == {"E05", "E13", "E06"}
    assert repair(data, give_up=True)
    assert verify(data).lost == []
    assert {flaw.code for flaw in verify(data).flaws} == {"E05", "E13"}, "not a line of it stands: it is left"


def test_a_lost_line_between_others_may_be_given_up(data: Path) -> None:
    flip(newest(data), 900)
    put_hole(data)
    assert repair(data, give_up=True)
    report = verify(data)
    assert report.sound
    assert report.quarantine[0] == 1
    assert sum(b'"given_up"' in row for row in _raw(data)) == 2
    openable(data)


def test_a_name_of_which_a_digit_rotted_is_no_other_name(data: Path, backup: Path) -> None:
    path = data / "archive/STORE.json"
    before = path.read_bytes()
    at = before.index(b'"store": "') + 12
    for digit in (b"0", b"1"):
        path.write_bytes(before[:at] + digit + before[at + 1 :])
        if path.read_bytes() == before:
            continue
        with pytest.raises(ReadOnly, match=r"not those that were written.*newsweir repair --from BACKUP"):
            connect(data)
        assert [flaw.code for flaw in verify(data).flaws] == ["E31"]
        assert repair(data, backup)
        assert path.read_bytes() == before


@pytest.mark.parametrize("how", ["gone", "broken"])
def test_an_archive_that_lost_its_name_is_given_no_other(data: Path, backup: Path, how: str) -> None:
    """Feeds are known by it, and backups: a new one would part the archive from both."""
    path = data / "archive/STORE.json"
    before = path.read_bytes()
    path.unlink() if how == "gone" else path.write_bytes(b"{")
    for writable in (True, False):
        with pytest.raises(ReadOnly, match="newsweir repair --from BACKUP brings it back"):
            connect(data, writable=writable)
    (backup / "BACKUP.json").write_bytes(before)
    (backup / "STORE.json").unlink()
    store = msgspec.json.decode(before)["store"]
    assert repair(data, backup)
    archive = opened(data, TurnedClock())
    assert archive.store == store, "of a backup that lost it too, BACKUP.json tells"
    archive.close()
    (backup / "STORE.json").write_bytes(before)
    path.unlink()
    assert repair(data, backup)
    assert path.read_bytes() == before


def test_a_name_that_nothing_brings_back_can_be_given_up(data: Path, made: Path) -> None:
    path = data / "archive/STORE.json"
    path.unlink()
    assert not repair(data)
    assert repair(data, give_up=True) == ["STORE.json: it is another archive from now on"]
    assert verify(data).sound
    assert path.read_bytes() != (made / "archive/STORE.json").read_bytes()


def test_a_whole_journal_comes_back(data: Path, backup: Path, made: Path) -> None:
    for name in ("articles", "decisions", "publications", "state", "blobs"):
        shutil.rmtree(data / "archive" / name)
    (data / "archive/articles").mkdir()
    plan = plan_of(verify(data))
    mend(data / "archive", plan, backup, START)
    assert lines(data) == lines(made)
    assert verify(data).sound
    openable(data)


def test_lines_that_an_archive_lost_at_its_end_come_back(data: Path, backup: Path, made: Path) -> None:
    newest(data).unlink()
    assert verify(data).sound, "nothing in it tells of what stood behind"
    repair(data, backup)
    assert lines(data) == lines(made)


def test_a_line_that_was_put_back_by_another_is_not_the_one(data: Path, backup: Path) -> None:
    """Only the line whose sum is asked for comes back: another under its seq proves nothing."""
    flip(newest(data), 900)
    path = max((backup / "articles/2026").glob("*.jsonl"))
    found = rows(path)
    line = unframe(found[0])
    assert line is not None
    found[0] = frame(line.seq, line.prev, line.body.replace(b"Title", b"Other"))[0]
    line = unframe(found[1])
    assert line is not None
    path.write_bytes(b"".join(found))
    seq = next(flaw.seq for flaw in verify(data).flaws if flaw.code == "E01")
    bodies = dict(lines(data)["articles"])
    repair(data, backup)
    assert b"Other" not in dict(lines(data)["articles"]).get(seq or 0, b"")
    assert {k: v for k, v in lines(data)["articles"] if k != seq} == {
        k: v for k, v in bodies.items() if k != seq
    }


def test_what_was_erased_never_comes_back(data: Path, backup: Path) -> None:
    archive = opened(data, TurnedClock())
    record = archive.since(15, 1)[0].record
    assert record is not None
    archive.decisions.append([msgspec.json.encode({"kind": "erase", "article": record.id, "at": "2026-01-09T00:00:00Z", "keys": ["ab"]})])  # fmt: skip
    archive.close()
    flip(sealed(data), 500)
    repair(data, backup)
    (body,) = [body for seq, body in lines(data)["articles"] if seq == 16]
    assert msgspec.json.decode(body)["_archive"] == {
        "kind": "erased",
        "at": "2026-01-09T00:00:00Z",
        "keys": ["ab"],
    }
    assert record.title.encode() not in b"".join(_raw(data))  # type: ignore[union-attr]
    assert verify(data).flaws == []


def test_what_was_told_of_an_erased_article_comes_back_without_its_words(tmp_path: Path) -> None:
    data, erased = tmp_path / "data", "urn:uuid:00000000-0000-8000-8000-000000000001"
    clock = fill(data, days=1)
    archive = opened(data, clock)
    told_of = {"kind": "publish", "article": erased, "n": 1, "shown": {"matched": ["canary"]}}
    model = {"kind": "model", "examples": [{"article": erased, "terms": {"canary": 1}}, {"name": "other"}]}
    archive.publications.append([msgspec.json.encode(told_of), b'{"kind":"advance"}'])
    archive.decisions.append([msgspec.json.encode(model), b'{"kind":"test"}'])
    archive.close()
    shutil.copytree(data / "archive", tmp_path / "backup")
    archive = opened(data, clock)
    archive.decisions.append([msgspec.json.encode({"kind": "erase", "article": erased, "at": "x"})])
    archive.close()
    for journal in ("publications", "decisions"):
        path = newest(data, journal)
        flip(path, path.read_bytes().index(b"canary"))
    repair(data, tmp_path / "backup")
    assert verify(data).sound
    found = lines(data)
    assert msgspec.json.decode(found["publications"][-2][1]) == {**told_of, "shown": {}}
    assert msgspec.json.decode(found["decisions"][-3][1]) == {**model, "examples": [{"name": "other"}]}


def test_a_journal_goes_on_behind_a_last_line_that_stands_in_anothers_place(tmp_path: Path) -> None:
    clock = fill(tmp_path, days=1)
    for again in range(2):
        archive = opened(tmp_path, clock)
        last = archive.decisions.last
        archive.decisions.rewrite({last: b'{"kind":"erased"}'}, "an article was erased")
        if again:
            archive.decisions.append([b'{"kind":"test"}'])
        archive.close()
        archive = opened(tmp_path, clock)
        archive.decisions.append([b'{"kind":"test"}'])
        archive.close()
        assert verify(tmp_path).flaws == []


@pytest.mark.parametrize("step", ["seal.packed", "seal.named", "seal.told", "seal.unlink"])
def test_a_repair_that_was_cut_is_done_again(data: Path, backup: Path, made: Path, step: str) -> None:
    from archive import faults

    flip(sealed(data), 500)
    flip(packs(data)[1], 40)
    faults.plan(f"{step}:1:eio")
    with pytest.raises(OSError, match="Input/output"):
        repair(data, backup)
    faults.plan("")
    repair(data, backup)
    connect(data).close()
    assert verify(data).sound
    assert lines(data) == lines(made)


def test_a_backup_of_another_archive_is_refused(data: Path, tmp_path: Path) -> None:
    fill(tmp_path / "other", days=1)
    flip(sealed(data), 500)
    for backup, why in (
        (tmp_path / "other", "of another archive"),
        (tmp_path / "nothing", "holds no backup"),
        (data, "is the archive itself"),
    ):
        with pytest.raises(ArchiveError, match=why):
            repair(data, backup)


def test_a_pack_whose_sealing_was_cut_is_sealed_by_the_next_to_open_it(data: Path) -> None:
    told(packs(data)[1]).unlink()
    assert {flaw.code for flaw in verify(data).flaws} == {"E23"}
    opened(data, TurnedClock()).close()
    assert verify(data).sound


def test_what_a_pack_tells_of_erasures_is_not_forgotten_with_its_manifest(data: Path, tmp_path: Path) -> None:
    """A manifest made anew by what is in the pack would say that nothing was ever taken out."""
    clock = TurnedClock()
    clock.advance(days=6)
    archive = opened(data, clock)
    raw = archive.get(archive.newest(1)[0].id).archive.raw
    assert raw is not None
    ports = archive._ports
    ports.blobs.erase(ports.catalog.places([raw.sha256]), clock.now(), "erase")
    archive.close()
    shutil.copytree(data / "archive", tmp_path / "backup")
    path = next(path for path in packs(data) if ".r1" in path.name)
    told(path).unlink()
    archive = opened(data, clock)
    archive.seal()
    archive.close()
    assert "E23" in {flaw.code for flaw in verify(data).flaws}
    repair(data, tmp_path / "backup")
    about = manifest.read(told(path), manifest.PackManifest)
    assert about is not None
    assert about.erased == (raw.sha256,)
