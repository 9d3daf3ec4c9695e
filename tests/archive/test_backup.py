"""A backup grows with its archive, checks what it copies, and never gives up what is good."""

import shutil
from pathlib import Path

import pytest

from archive import FULL, QUICK, ArchiveError, Backup, Copied, Record, bring_back, faults, verify
from archive.disk import segments
from tests.archive.bad_stores import fill, flip, folder, keep, newest, opened, packs, rows, sealed
from tests.world import tree


@pytest.fixture
def data(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made / "archive", tmp_path / "data/archive")
    return tmp_path / "data"


@pytest.fixture
def dest(tmp_path: Path) -> Path:
    return tmp_path / "backup"


def back_up(data: Path, dest: Path) -> Copied:
    backup = Backup(data, dest)
    backup.go()
    return backup.go()


def files(root: Path) -> dict[str, bytes]:
    return {name: body for name, body in tree(root).items() if not name.startswith("quarantine")}


def test_a_backup_is_the_archive_and_the_second_copies_nothing(data: Path, dest: Path) -> None:
    first = back_up(data, dest)
    assert files(dest) == files(data / "archive")
    assert verify(dest).sound
    assert (first.files > 10, first.flaws, first.ahead) == (True, [], [])
    assert first.last == {"articles": 65, "decisions": 30, "publications": 30, "state": 36}
    times = {path: path.stat().st_mtime_ns for path in dest.rglob("*")}
    assert back_up(data, dest).files == 0
    assert {path: path.stat().st_mtime_ns for path in dest.rglob("*")} == times


@pytest.mark.parametrize("size", [1, 3, 20])
def test_a_torn_end_of_a_pack_is_no_flaw_and_is_not_copied(tmp_path: Path, dest: Path, size: int) -> None:
    data = tmp_path / "data"
    fill(data, days=1, seal=False)
    (pack,) = packs(data)
    before = pack.read_bytes()
    pack.write_bytes(before + before[:size])
    copied = back_up(data, dest)
    assert (copied.flaws, copied.ahead) == ([], [])
    assert (dest / pack.relative_to(data / "archive")).read_bytes() == before
    assert verify(data).flaws == verify(dest).flaws == []

    pack.write_bytes(before[:-30] + b"rot" + before[-27:] + before)
    (flaw,) = back_up(data, tmp_path / "other").flaws
    assert "does not unpack" in flaw, "rot before what unpacks is one"


def test_it_grows_with_the_archive_through_sealing_superseding_and_compacting(
    tmp_path: Path, dest: Path
) -> None:
    data = tmp_path / "data"
    clock = fill(data, days=2, seal=False)
    for day in range(4):
        archive = opened(data, clock)
        for n in range(5):
            keep(archive, f"grows{day}n{n}")
            archive.state.append([b'{"kind":"test","n":%d}' % n])
        copied = back_up(data, dest)
        assert (copied.flaws, copied.ahead) == ([], [])
        assert files(dest) == files(data / "archive")
        if day == 1:
            archive.seal()
        if day == 2:
            archive.state.compact([b'{"kind":"test"}'])
            archive.decisions.rewrite({3: b'{"kind":"erased"}'}, "erase")
        if day == 3:
            raw = archive.get(archive.newest(1)[0].id).archive.raw
            assert raw is not None
            archive._ports.blobs.erase(archive._ports.catalog.places([raw.sha256]), clock.now(), "erase")
        clock.advance(days=1)
        back_up(data, dest)
        assert files(dest) == files(data / "archive"), "what a newer version stands for is gone there too"
        assert verify(dest).sound
        archive.close()


def test_a_line_half_written_is_copied_the_next_time(data: Path, dest: Path) -> None:
    path = newest(data)
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    copied = back_up(data, dest)
    assert copied.flaws == []
    assert rows(dest / path.relative_to(data / "archive")) == rows(path)[:-1]
    path.write_bytes(whole)
    back_up(data, dest)
    assert files(dest) == files(data / "archive")


@pytest.mark.parametrize("what", ["line", "sealed", "pack", "open pack", "manifest"])
def test_nothing_good_is_replaced_by_what_does_not_prove_itself(data: Path, dest: Path, what: str) -> None:
    back_up(data, dest)
    before = files(dest)
    path = {"line": newest(data), "sealed": sealed(data), "pack": packs(data)[1], "open pack": packs(data)[-1]}.get(what)  # fmt: skip
    if path is not None:
        flip(path, 500 if what != "open pack" else 20)
        for gone in (path,):
            (dest / gone.relative_to(data / "archive")).exists()
    else:
        path = sealed(data)
        path.with_name("2026-01-06.000.manifest.json").write_text("{")
    copied = back_up(data, dest)
    assert files(dest) == before
    if what in {"line", "manifest", "open pack"}:
        assert copied.flaws, "what is looked at is named"
    fresh = dest.with_name("fresh")
    copied = back_up(data, fresh)
    assert any(path.name[:14] in flaw for flaw in copied.flaws), copied.flaws
    assert not (fresh / path.relative_to(data / "archive")).exists() or what in {"line", "open pack"}
    if what == "line":
        assert (fresh / path.relative_to(data / "archive")).read_bytes() == b"", (
            "no further than it proves itself"
        )


def test_rot_that_was_sealed_takes_no_good_line_from_the_backup(tmp_path: Path, dest: Path) -> None:
    data = tmp_path / "data"
    clock = fill(data, days=2, seal=False)
    back_up(data, dest)
    first = min(folder(data, "articles").glob("*.jsonl"))
    flip(first, 3000)
    archive = opened(data, clock)
    archive.seal()
    archive.close()
    copied = back_up(data, dest)
    assert any("do not prove themselves" in flaw for flaw in copied.flaws)
    assert verify(dest).sound, "the plain file counts as long as it stands"
    assert segments.find(dest / "articles")[0][0].sealed is False


def test_what_the_archive_lost_stays_in_the_backup_and_is_named(data: Path, dest: Path) -> None:
    back_up(data, dest)
    before = files(dest)
    path = newest(data)
    path.write_bytes(b"".join(rows(path)[:-3]))
    sealed(data).unlink()
    (folder(data, "articles") / "2026-01-06.000.manifest.json").unlink()
    copied = back_up(data, dest)
    assert files(dest) == before
    assert len(copied.ahead) == 2


def test_a_copy_that_says_otherwise_is_put_aside(data: Path, dest: Path) -> None:
    back_up(data, dest)
    path = dest / newest(data).relative_to(data / "archive")
    other = rows(path)
    path.write_bytes(b"".join(other[:5]) + b"something else\n")
    back_up(data, dest)
    assert files(dest) == files(data / "archive")
    assert b"something else" in b"".join(tree(dest / "quarantine").values())


def test_a_backup_of_a_backup_and_a_plain_copy_come_back(data: Path, dest: Path, tmp_path: Path) -> None:
    back_up(data, dest)
    for number, source in enumerate((dest, data, data / "archive")):
        copied = bring_back(source, tmp_path / f"new{number}")
        assert copied.flaws == []
        assert files(tmp_path / f"new{number}/archive") == files(data / "archive")
        assert verify(tmp_path / f"new{number}").sound


def test_what_is_flawed_in_a_backup_comes_back_and_is_named(data: Path, tmp_path: Path) -> None:
    for path in (newest(data), sealed(data), packs(data)[1], packs(data)[-1]):
        flip(path, 500)
    copied = bring_back(data, tmp_path / "new")
    assert copied.flaws
    assert files(tmp_path / "new/archive") == files(data / "archive")


def test_a_restore_that_was_cut_goes_on(data: Path, tmp_path: Path) -> None:
    class Cut(Exception):
        pass

    def cut(done: int, of: int) -> None:
        if done > of // 2:
            raise Cut

    with pytest.raises(Cut):
        bring_back(data, tmp_path / "new", cut)
    assert not (tmp_path / "new/archive").exists(), "it has its name only when it is whole"
    bring_back(data, tmp_path / "new")
    assert files(tmp_path / "new/archive") == files(data / "archive")
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["archive"]


def test_places_that_are_none_are_refused(data: Path, dest: Path, tmp_path: Path) -> None:
    fill(tmp_path / "other", days=1)
    (tmp_path / "full").mkdir()
    (tmp_path / "full/mine.txt").write_text("x")
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "no such folder")
    for place, why in (
        (data / "backup", "lie in each other"),
        (tmp_path, "lie in each other"),
        (tmp_path / "other/archive", "of another archive"),
        (tmp_path / "full", "is not empty"),
        (tmp_path / "file", "is a file"),
        (tmp_path / "file/in it", "file is a file"),
        (tmp_path / "link", "is its disk mounted"),
        (tmp_path / "link/in it", "is its disk mounted"),
    ):
        with pytest.raises(ArchiveError, match=why):
            Backup(data, place)
    with pytest.raises(ArchiveError, match="holds no archive"):
        Backup(tmp_path / "nothing", dest)
    back_up(data, dest)
    with pytest.raises(ArchiveError, match="is there already"):
        bring_back(dest, data)
    with pytest.raises(ArchiveError, match="holds no backup"):
        bring_back(tmp_path / "full", tmp_path / "new")


def test_an_archive_of_plain_files_alone_is_backed_up_comes_back_and_opens(
    tmp_path: Path, dest: Path
) -> None:
    data = tmp_path / "data"
    clock = fill(data, days=3, seal=False)
    back_up(data, dest)
    assert files(dest) == files(data / "archive")
    bring_back(dest, tmp_path / "new")
    archive = opened(tmp_path / "new", clock)
    assert archive.count() == 36
    archive.seal()
    archive.close()
    assert verify(tmp_path / "new").sound
    faults.plan("")


def test_a_backup_that_lost_its_name_goes_on_by_the_word_of_its_record(
    data: Path, dest: Path, tmp_path: Path
) -> None:
    back_up(data, dest)
    (dest / "BACKUP.json").write_bytes((dest / "STORE.json").read_bytes())
    (dest / "STORE.json").unlink()
    copied = bring_back(dest, tmp_path / "again")
    assert [flaw.split(":")[0] for flaw in copied.flaws] == ["STORE.json"]
    assert verify(tmp_path / "again").sound
    back_up(data, dest)
    assert files(dest).items() > files(data / "archive").items()


def test_only_one_backs_up_into_a_folder(data: Path, dest: Path) -> None:
    one, other = Backup(data, dest), Backup(data, dest)
    with one.begun():
        with pytest.raises(ArchiveError, match="under way; wait for it"), other.begun():
            pass
        one.go()
    with other.begun():
        assert other.go().files == 0


@pytest.mark.parametrize("seal", ["neither", "theirs", "both"])
def test_the_other_life_of_an_archive_is_put_aside_and_named(tmp_path: Path, dest: Path, seal: str) -> None:
    """Restored from an older backup it went on otherwise; a newer backup has what nothing else has."""
    data, old = tmp_path / "data", tmp_path / "old"
    clock = fill(data, days=2)
    clock.advance(days=1)
    back_up(data, old)

    def live(words: str, number: int, *, sealed: bool) -> None:
        archive = opened(data, clock)
        for n in range(number):
            keep(archive, f"{words} {n}")
        clock.advance(days=1)
        if sealed:
            archive.seal()
        archive.close()
        clock.advance(days=-1)

    live("the first life", 4, sealed=seal != "neither")
    assert back_up(data, dest).aside == []
    theirs = set(files(dest).values())
    shutil.rmtree(data)
    bring_back(old, data)
    live("another", 2, sealed=seal == "both")
    copied = back_up(data, dest)
    assert {name.split(":")[0].split("/")[0] for name in copied.aside} == {"articles", "blobs"}
    assert verify(dest).sound
    assert copied.ahead == []
    if seal != "theirs":  # Else days that both have stand there sealed already.
        assert files(dest) == files(data / "archive"), "all of this one is there"
    bring_back(dest, tmp_path / "again")
    archive = opened(tmp_path / "again", clock)
    assert sum("another" in (card.title or "") for card in archive.newest(2)) == 2
    archive.close()
    assert theirs.issuperset(tree(dest / "quarantine").values())
    again = back_up(data, dest)
    assert (again.files, again.aside, again.ahead) == (0, [], [])


def test_rot_takes_no_good_pack_out_of_the_backup(tmp_path: Path, dest: Path) -> None:
    """A pack that rotted before it was sealed is no reason to put its good beginning aside."""
    data = tmp_path / "data"
    clock = fill(data, days=2, seal=False)
    back_up(data, dest)
    before = files(dest)
    archive = opened(data, clock)
    clock.advance(days=2)
    archive.seal()
    archive.close()
    flip(packs(data)[0], 40)
    copied = back_up(data, dest)
    assert any(flaw.startswith("blobs/") for flaw in copied.flaws)
    assert copied.aside == []
    first = packs(data)[0].relative_to(data / "archive").as_posix()
    assert files(dest)[first] == before[first]


def test_a_backup_that_rots_is_told_by_its_own_word_and_copied_anew(data: Path, dest: Path) -> None:
    """At the end of a journal nothing else tells that lines are missing; and no repair reaches a backup."""
    copied = back_up(data, dest)
    record = Record(store="", at="2026-01-09T10:00:00Z", newsweir="", journals=copied.last, published={})
    Backup(data, dest).finish(record)
    assert (verify(dest).sound, verify(dest).backed_up) == (True, "2026-01-09T10:00:00Z")
    path = dest / newest(data).relative_to(data / "archive")
    path.write_bytes(b"".join(rows(path)[:-2]))
    flip(dest / sealed(data).relative_to(data / "archive"), 500)
    for depth in (FULL, QUICK):
        ends = [flaw for flaw in verify(dest, depth=depth).flaws if flaw.code == "E03"]
        assert [(flaw.file, flaw.seq, flaw.through) for flaw in ends] == [("articles", 64, 65)]
    found = verify(dest).flaws
    assert {flaw.code for flaw in found} == {"E03", "E05", "E13"}
    assert all("newsweir backup into the same folder" in flaw.mend for flaw in found)
    (dest / sealed(data).relative_to(data / "archive")).unlink()
    back_up(data, dest)
    assert verify(dest).sound
