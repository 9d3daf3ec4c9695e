"""The archive as a whole: durable before answered, found after a crash, told apart from rubbish."""

import hashlib
import json
import math
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import jsonschema
import msgspec
import pytest

from archive import (
    Archive,
    ArchiveError,
    Attachment,
    Busy,
    Damaged,
    Draft,
    Lock,
    NotKept,
    ReadOnly,
    Run,
    Unkeepable,
    connect,
    holder,
    json_schema,
    verify,
)
from archive.disk import lock
from tests.builders import TurnedClock, draft, lorem, showing
from tests.world import tree


def opened(data: Path, *, writable: bool = True) -> Archive:
    return connect(data, now=TurnedClock().now, linger=0.0, writable=writable)


def fill(archive: Archive, count: int, source: str = "s") -> list[str]:
    kept = archive.keep(
        [
            showing(
                draft(f"{source}{n}", f"Title {n}", lorem(f"{source}{n}"), source=source, raw=b"raw %d" % n)
            )
            for n in range(count)
        ]
    )
    return [one.id for (one,) in kept]


def test_what_was_kept_is_there_after_reopening(tmp_path: Path) -> None:
    archive = opened(tmp_path)
    ids = fill(archive, 10)
    archive.close()
    again = opened(tmp_path)
    assert [again.get(one).title for one in ids] == [f"Title {n}" for n in range(10)]
    assert again.count() == 10
    raw = again.get(ids[3]).archive.raw
    assert raw is not None
    assert again.blob(raw.sha256) == b"raw 3"
    again.close()


def test_every_line_is_valid_by_the_published_schema(tmp_path: Path) -> None:
    archive = opened(tmp_path)
    fill(archive, 5)
    archive.close()
    published = json.loads((tmp_path / "archive/schema/article-v1.json").read_text())
    assert published == json_schema()
    validator = jsonschema.Draft202012Validator(published, format_checker=jsonschema.FormatChecker())
    lines = next((tmp_path / "archive/articles").glob("*/*.jsonl")).read_text().splitlines()
    assert len(lines) == 5
    for line in lines:
        validator.validate(json.loads(line))
        assert line.startswith('{"_store":{"seq":"')


def test_a_deleted_index_comes_back_from_the_journals(tmp_path: Path) -> None:
    archive = opened(tmp_path)
    ids = fill(archive, 10)
    archive.keep([showing(draft("s1", "Title 1 again", lorem("s1"), source="s", raw=b"new raw"))])
    facts = [archive.card(one) for one in ids]
    while archive.feed_search():
        pass
    found = [one.id for one in archive.candidates(Run(("title",)))]
    archive.close()
    shutil.rmtree(tmp_path / "index")
    again = opened(tmp_path)
    while again.feed_search():
        pass
    assert [again.card(one) for one in ids] == facts
    assert [one.id for one in again.candidates(Run(("title",)))] == found
    assert [again.blob(hashlib.sha256(raw).hexdigest()) for raw in (b"raw 1", b"new raw")] == [
        b"raw 1",
        b"new raw",
    ]
    again.close()


def test_an_index_deleted_under_a_running_archive_comes_back(tmp_path: Path) -> None:
    archive = opened(tmp_path)
    ids = fill(archive, 5)
    shutil.rmtree(tmp_path / "index")
    assert archive.index_gone()
    archive.reopen()
    assert not archive.index_gone()
    assert fill(archive, 6)[:5] == ids
    assert archive.count() == 6
    archive.close()


def test_an_index_that_is_no_database_is_made_anew(tmp_path: Path) -> None:
    archive = opened(tmp_path)
    ids = fill(archive, 5)
    archive.close()
    for name in ("catalog", "search"):
        (tmp_path / "index" / f"{name}.sqlite").write_bytes(b"this is no database" * 100)
        for suffix in ("-wal", "-shm"):
            (tmp_path / "index" / f"{name}.sqlite{suffix}").unlink(missing_ok=True)
    again = opened(tmp_path)
    assert again.get(ids[0]).title == "Title 0"
    again.close()


def test_many_threads_keep_at_once_and_each_is_answered_for_its_own(tmp_path: Path) -> None:
    archive = connect(tmp_path, now=TurnedClock().now, linger=0.02)
    answers: dict[str, list[str]] = {}

    def work(name: str) -> None:
        for _ in range(3):
            answers[name] = fill(archive, 20, name)

    threads = [threading.Thread(target=work, args=(f"t{n}-",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert archive.count() == 160
    for name, ids in answers.items():
        assert [archive.get(one).archive.source.guid for one in ids] == [f"{name}{n}" for n in range(20)]
    assert [found.seq for found in archive.since(0, 1000)] == list(range(1, 161))
    archive.close()


def test_many_threads_feed_the_full_text_index_at_once(tmp_path: Path) -> None:
    archive = opened(tmp_path)
    fill(archive, 1500)
    wrong: list[Exception] = []

    def feed() -> None:
        try:
            while archive.feed_search(50):
                pass
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=feed) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert archive.search_lag == 0
    archive.close()


def open_files() -> int:
    return len(list(Path("/dev/fd").iterdir()))


def test_threads_that_ended_leave_nothing_open(tmp_path: Path) -> None:
    archive = opened(tmp_path)
    ids = fill(archive, 3)
    counts: list[int] = []
    for _ in range(20):
        thread = threading.Thread(target=archive.card, args=(ids[0],))
        thread.start()
        thread.join()
        counts.append(open_files())
    assert max(counts[10:]) <= counts[2]
    before = open_files()
    for _ in range(5):
        archive.reopen()
        assert archive.count() == 3
    assert open_files() <= before
    archive.close()


def test_a_large_document_is_kept_whole(tmp_path: Path) -> None:
    archive = opened(tmp_path)
    drafts = [draft(f"g{n}", f"T {n}", lorem(f"w{n}", 80)) for n in range(1000)]
    (kept,) = archive.keep([showing(*drafts)])
    assert {one.status for one in kept} == {"new"}
    (again,) = archive.keep([showing(*drafts)])
    assert {one.status for one in again} == {"same"}
    archive.close()


def test_a_failed_write_is_told_to_all_who_wait_and_reopening_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from archive import faults

    archive = opened(tmp_path)
    fill(archive, 2)
    for point in ("articles.write", "articles.fdatasync", "blobs.fdatasync", "blobs.torn"):
        faults.plan(f"{point}:1:enospc")
        with pytest.raises(ReadOnly, match="No space left"):
            archive.keep([showing(draft(f"{point} 1", f"{point} 1", raw=point.encode()))])
        faults.plan("")
        with pytest.raises(ReadOnly):
            archive.keep([showing(draft(f"{point} 2", f"{point} 2", raw=point.encode() + b"2"))])
        archive.reopen()
        archive.keep([showing(draft(f"{point} 3", f"{point} 3", raw=point.encode() + b"3"))])
    archive.close()
    assert verify(tmp_path).flaws == []


def revisions_in(data: Path) -> list[str]:
    """Title of every line of the articles journal, in order."""
    paths = sorted((data / "archive/articles").glob("*/*.jsonl"))
    return [json.loads(line)["title"] for path in paths for line in path.read_text().splitlines()]


def test_an_index_that_failed_behind_the_journal_doubles_and_hides_nothing(tmp_path: Path) -> None:
    from archive import faults

    archive = opened(tmp_path)
    a, b, c = (showing(draft(name, name, lorem(name), raw=name.encode())) for name in "abc")
    faults.plan("catalog.before:1:enospc")
    with pytest.raises(ReadOnly, match="No space left"):
        archive.keep([a, c])
    faults.plan("")
    assert archive.keep([b])[0][0].status == "new", "and no line before it is passed over"
    assert [found.record.title for found in archive.since(0, 10) if found.record] == ["a", "c", "b"]
    assert {one.status for (one,) in archive.keep([a, b, c])} == {"same"}
    assert revisions_in(tmp_path) == ["a", "c", "b"]
    for card in archive.newest(10):
        raw = archive.get(card.id).archive.raw
        assert raw is not None
        assert archive.blob(raw.sha256) == card.title.encode()
    archive.close()


def test_an_index_without_room_is_refused_until_there_is_and_then_has_everything(tmp_path: Path) -> None:
    archive = opened(tmp_path)
    fill(archive, 5)
    writing = archive._ports.catalog._db._writing.connection  # type: ignore[attr-defined]
    (pages,) = writing.execute("PRAGMA page_count").fetchone()
    writing.execute(f"PRAGMA max_page_count={pages}")
    big = [showing(draft(f"g{n}", f"T {n}", lorem(f"x{n}"))) for n in range(200)]
    for _ in range(3):
        with pytest.raises(ReadOnly, match="full"):
            archive.keep(big)
    writing.execute("PRAGMA max_page_count=1000000")
    fresh = [one.id for (one,) in archive.keep([*big, showing(draft("late", "Late", lorem("late")))])]
    assert len(set(fresh)) == 201
    titles = revisions_in(tmp_path)
    assert len(titles) == len(set(titles)) == 206
    assert archive.count() == archive.position == 206
    archive.close()


def test_a_broken_index_is_made_anew_at_opening_and_while_the_archive_runs(tmp_path: Path) -> None:
    archive = opened(tmp_path)
    ids = fill(archive, 300)
    archive.close()

    def spoil() -> None:
        path = tmp_path / "index/catalog.sqlite"
        with path.open("r+b") as file:
            for start in range(4096, path.stat().st_size, 4096):
                file.seek(start)
                file.write(b"\xff" * 40)

    spoil()
    archive = opened(tmp_path)
    assert fill(archive, 300) == ids
    archive.close()
    archive = opened(tmp_path)
    spoil()
    with pytest.raises(ReadOnly):
        fill(archive, 300)
    assert archive.index_gone(), "whoever looks after it opens it anew"
    archive.reopen()
    assert fill(archive, 300) == ids
    assert len(revisions_in(tmp_path)) == 300
    archive.close()


def test_readers_read_along_and_cannot_write(tmp_path: Path) -> None:
    archive = opened(tmp_path)
    ids = fill(archive, 3)
    before = tree(tmp_path / "archive")
    reader = opened(tmp_path, writable=False)
    assert reader.get(ids[2]).title == "Title 2"
    more = fill(archive, 4)
    assert reader.get(more[3]).title == "Title 3"
    with pytest.raises(NotKept):
        reader.keep([showing(draft())])
    reader.close()
    archive.close()
    assert before.keys() == tree(tmp_path / "archive").keys()


def test_ids_are_found_by_their_beginning(tmp_path: Path) -> None:
    archive = opened(tmp_path)
    ids = fill(archive, 40)
    assert archive.find_id(ids[0]) == ids[0]
    assert archive.find_id(ids[0].removeprefix("urn:uuid:")[:13]) == ids[0]
    with pytest.raises(NotKept, match="no article"):
        archive.find_id("urn:uuid:ffffffff-ffff")
    with pytest.raises(NotKept, match="more than one"):
        for digit in "0123456789abcdef":
            archive.find_id(digit)
    with pytest.raises(NotKept):
        archive.get(ids[0], 7)
    archive.close()


def test_verify_finds_every_kind_of_flaw_and_names_its_place(tmp_path: Path) -> None:
    archive = opened(tmp_path)
    fill(archive, 6)
    archive.close()
    report = verify(tmp_path)
    assert report.sound
    assert (report.lines["articles"], report.blobs) == (6, 6)
    path = next((tmp_path / "archive/articles").glob("*/*.jsonl"))
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)

    def flaws(data: bytes) -> str:
        path.write_bytes(data)
        return " | ".join(f"{flaw.place}: {flaw.what}" for flaw in verify(tmp_path).flaws)

    flipped = bytearray(whole)
    flipped[len(lines[0]) + 200] ^= 1
    assert f"2026-01-05.000+{len(lines[0])}: the line fails its own checksum" in flaws(bytes(flipped))
    assert "line 2 is missing before line 3" in flaws(b"".join([lines[0], *lines[2:]]))
    assert "stands where" in flaws(b"".join([lines[1], lines[0], *lines[2:]]))
    assert "line 1 stands where 2 should" in flaws(b"".join([lines[0], lines[0], *lines[1:]]))
    path.write_bytes(whole)
    pack = next((tmp_path / "archive/blobs").glob("*/*.pack"))
    data = bytearray(pack.read_bytes())
    data[12] ^= 0xFF
    pack.write_bytes(data)
    assert any("not among the blobs" in flaw.what for flaw in verify(tmp_path).flaws)


def test_what_would_not_come_back_is_never_kept(tmp_path: Path) -> None:
    good = draft("g").content
    file = Attachment(url="https://x.example/a.mp3", mime_type="audio/mpeg", size_in_bytes=True)
    for odd in (
        msgspec.structs.replace(good, attachments=(file,)),
        msgspec.structs.replace(good, title="half a character \ud83d"),
        msgspec.structs.replace(good, date_published=5),
        msgspec.structs.replace(
            good, attachments=(msgspec.structs.replace(file, size_in_bytes=1, duration_in_seconds=math.inf),)
        ),
    ):
        with pytest.raises(Unkeepable, match="cannot be kept"):
            Draft(odd, draft("g").origin)


def test_a_line_that_is_whole_but_no_record_is_passed_over_and_named(tmp_path: Path) -> None:
    archive = opened(tmp_path)
    (first,) = fill(archive, 1)
    bad = archive.line(first).body.replace(b'"title":"Title 0"', b'"title":true')
    archive._ports.articles.append([bad])  # As an older newsweir did.
    archive.close()
    archive = opened(tmp_path)
    (last,) = fill(archive, 1, "later")
    assert [found.record and found.record.id for found in archive.since(0, 10)] == [first, None, last]
    assert archive.feed_search() == 3
    assert archive.get(last).title == "Title 0"
    archive.close()
    (flaw,) = verify(tmp_path).flaws
    assert "the line is whole and yet no record: Expected `str | null`, got `bool`" in flaw.what
    assert flaw.place.startswith("articles/")


def test_a_damaged_blob_is_refused_and_named(tmp_path: Path) -> None:
    archive = opened(tmp_path)
    fill(archive, 1)
    pack = next((tmp_path / "archive/blobs").glob("*/*.pack"))
    data = bytearray(pack.read_bytes())
    data[-1] ^= 0xFF
    pack.write_bytes(data)
    with pytest.raises(Damaged, match=r"2026-01-05\.000\+0"):
        archive.blob(hashlib.sha256(b"raw 0").hexdigest())
    archive.close()


def test_a_torn_pack_is_left_and_a_new_one_begun(tmp_path: Path) -> None:
    archive = opened(tmp_path)
    fill(archive, 2)
    archive.close()
    pack = next((tmp_path / "archive/blobs").glob("*/*.pack"))
    pack.write_bytes(pack.read_bytes() + b"\x28\xb5\x2f\xfd torn")
    again = opened(tmp_path)
    fill(again, 4)
    for n in range(4):
        assert again.blob(hashlib.sha256(b"raw %d" % n).hexdigest()) == b"raw %d" % n
    again.close()
    shutil.rmtree(tmp_path / "index")
    third = opened(tmp_path)
    assert third.blob(hashlib.sha256(b"raw 3").hexdigest()) == b"raw 3"
    third.close()


def test_a_failed_write_leaves_no_bytes_in_a_pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from archive import faults

    archive = opened(tmp_path)
    fill(archive, 3)
    (pack,) = (tmp_path / "archive/blobs").glob("*/*.pack")
    before = pack.read_bytes()
    faults.plan("blobs.fdatasync:1:eio")
    with pytest.raises(ReadOnly):
        archive.keep([showing(draft("x", "x", raw=b"never synced"))])
    faults.plan("")
    assert pack.read_bytes() == before
    archive.close()
    forced: list[int] = []
    real = os.fsync

    def fsync(fd: int) -> None:
        forced.append(os.fstat(fd).st_ino)
        real(fd)

    monkeypatch.setattr(os, "fsync", fsync)
    opened(tmp_path).close()
    assert {one.stat().st_ino for one in (pack, pack.parent, pack.parent.parent)} <= set(forced)
    forced.clear()
    opened(tmp_path, writable=False).close()
    assert forced == []


def test_a_pack_is_gone_on_with_after_a_restart(tmp_path: Path) -> None:
    for count in range(1, 5):
        archive = opened(tmp_path)
        fill(archive, count)
        archive.close()
    assert len(list((tmp_path / "archive/blobs").glob("*/*.pack"))) == 1


def test_one_process_writes(tmp_path: Path) -> None:
    path = tmp_path / "LOCK"
    assert holder(path) is None
    held = Lock(path)
    code = f"from pathlib import Path; from archive import Lock; Lock(Path({str(path)!r}))"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "writes here already" in other.stderr
    with pytest.raises(Busy) as caught:
        Lock(path)
    import os

    assert caught.value.pid == os.getpid() == holder(path)
    held.release()
    assert holder(path) is None
    Lock(path).release()


def test_a_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    path = tmp_path / "LOCK"
    code = (
        f"import os, signal; from pathlib import Path; from archive import Lock; Lock(Path({str(path)!r})); "
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code], check=False)
    Lock(path).release()


def test_a_network_file_system_is_refused_with_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "_file_system", lambda _: "nfs4")
    with pytest.raises(ArchiveError, match="put `data:` on a local disk"):
        Lock(tmp_path / "LOCK")


def test_an_archive_of_a_newer_newsweir_is_not_touched(tmp_path: Path) -> None:
    opened(tmp_path).close()
    path = tmp_path / "archive/STORE.json"
    about = json.loads(path.read_text())
    del about["sum"]
    path.write_text(json.dumps(about | {"version": 99}))
    with pytest.raises(ArchiveError, match="newer newsweir"):
        opened(tmp_path)
    path.write_text("{")
    with pytest.raises(ArchiveError, match="newsweir repair --from BACKUP brings it back"):
        opened(tmp_path)


def test_there_is_nothing_to_read_before_anything_is_kept(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="no archive yet"):
        opened(tmp_path, writable=False)


def test_an_index_may_be_closed_while_another_thread_asks_it(tmp_path: Path) -> None:
    """In a process of its own: SQLite, closed under a running question, takes the process with it."""
    code = (
        "import sys, threading, time; from pathlib import Path; from archive import Database\n"
        "endless = 'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM n LIMIT 300000) SELECT count(*), x FROM n'\n"
        "for number in range(8):\n"
        "    database = Database(Path(sys.argv[1]) / f'{number}.sqlite', 'CREATE TABLE t(x)', 1)\n"
        "    threads = [threading.Thread(target=database.rows, args=(endless,)) for _ in range(3)]\n"
        "    [thread.start() for thread in threads]; time.sleep(0.02); database.close()\n"
        "    [thread.join() for thread in threads]\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_a_journal_that_was_compacted_is_sound(tmp_path: Path) -> None:
    archive = opened(tmp_path)
    archive.state.append([b'{"key":"a","value":1}', b'{"key":"a","value":2}'])
    archive.state.compact([b'{"key":"a","value":2}'])
    archive.state.append([b'{"key":"b","value":3}'])
    archive.close()
    report = verify(tmp_path)
    assert report.flaws == []
    assert report.lines["state"] == 4


def test_an_index_is_taken_away_for_good_before_lines_get_new_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = opened(tmp_path)
    fill(archive, 1)
    fill(archive, 3)
    archive.close()
    path = next((tmp_path / "archive/articles").glob("*/*.jsonl"))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[1][:-9] + bytes(9) + lines[2])  # Line 2 is lost, 3 has survived.
    index, steps = (tmp_path / "index").stat().st_ino, list[str]()
    real_sync, real_replace = os.fsync, os.replace

    def fsync(fd: int) -> None:
        steps.append("index" if os.fstat(fd).st_ino == index else "other")
        real_sync(fd)

    def replace(old: Path, new: Path) -> None:
        steps.append("moved" if Path(old).suffix == ".salvage" else "other")
        real_replace(old, new)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    again = opened(tmp_path)
    assert again.recovered()["articles"] == {"parked": len(b"".join(lines[1:])), "salvaged": 1, "holes": 1}
    assert steps.index("index") < steps.index("moved")
    again.close()
