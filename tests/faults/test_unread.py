"""Files that the disk does not give back: nothing is lost, doubled or given twice, and the owner is told."""

import shutil
import sys
from pathlib import Path

import pytest

from archive import verify
from tests.builders import TurnedClock
from tests.faults.stores import Told, append_one, keep_one, open_archive
from tests.faults.traced import Run, traced

DAYS, EACH = 4, 5
ALL = DAYS * EACH
CALLS = "read,pread64"
MEND = "newsweir repair --from BACKUP"


def made(data: Path, *, sealed: bool = True) -> list[Path]:
    """Keep articles on several days; return the segments of articles, in order."""
    clock, told = TurnedClock(), Told()
    archive = open_archive(data, clock)
    for day in range(DAYS):
        for n in range(EACH):
            keep_one(archive, told, f"d{day}n{n}")
        append_one(archive, told, "decisions", f"text{day}")
        clock.advance(days=1)
    if sealed:
        clock.advance(days=3)
        archive.seal()
    archive.close()
    shutil.rmtree(data / "index")
    return sorted((data / "archive/articles").glob("*/*.jsonl*"))


def opened(data: Path, path: Path | None, also: str = "") -> Run:
    """Open the archive and look at it while the disk does not give back one file."""
    log = data.parent / "log"
    command = [sys.executable, "-m", "tests.faults.opener", str(data), also]
    inject = f"{CALLS}:error=EIO" if path is not None else ""
    run = traced(command, log, CALLS, inject, [str(path or data / "none")])
    assert run.struck == (path is not None), run.err
    assert "Traceback" not in run.err
    return run


def told(run: Run, word: str) -> list[str]:
    return [line.partition(" ")[2] for line in run.out if line.split(" ")[0] == word]


@pytest.mark.parametrize("number", [0, 1, DAYS - 1])
def test_a_sealed_segment_is_passed_over_and_comes_back(tmp_path: Path, number: int) -> None:
    data = tmp_path / "data"
    path = made(data)[number]
    run = opened(data, path, "keep")
    (refused,) = told(run, "refused")
    assert (str(path) in refused, MEND in refused) == (True, True), "it is tried once more, and then gone on"
    assert told(run, "articles") == [str(ALL - EACH)]
    (why,) = told(run, "unread")
    assert (str(path) in why, MEND in why) == (True, True)
    assert told(run, "kept") == [str(ALL + 1)], "no number is given twice"

    assert told(opened(data, path), "articles") == [str(ALL - EACH + 1)], (
        "and the next opening goes on at once"
    )
    assert told(opened(data, path), "refused") == []
    run = opened(data, None)
    assert (told(run, "articles"), told(run, "blobs")) == ([str(ALL + 1)], [str(ALL + 1)])
    assert told(run, "unread") == []
    report = verify(data)
    assert (report.flaws, report.lines["articles"]) == ([], ALL + 1)


def test_what_is_shown_again_meanwhile_is_the_same_article_when_all_is_back(tmp_path: Path) -> None:
    data = tmp_path / "data"
    path = made(data)[0]
    assert told(opened(data, path), "articles") == [str(ALL - EACH)]
    assert told(opened(data, path, "again"), "kept") == [str(ALL + 1)]
    run = opened(data, None)
    assert told(run, "articles") == [str(ALL)], "each once"


def test_a_pack_is_passed_over_and_comes_back(tmp_path: Path) -> None:
    data = tmp_path / "data"
    made(data)
    path = sorted((data / "archive/blobs").glob("*/*.pack"))[1]
    run = opened(data, path, "keep")
    assert len(told(run, "refused")) == 1
    assert (told(run, "articles"), told(run, "blobs")) == ([str(ALL)], [str(ALL - EACH)])
    assert str(path) in told(run, "unread")[0]
    run = opened(data, None)
    assert (told(run, "articles"), told(run, "blobs")) == ([str(ALL + 1)], [str(ALL + 1)])
    assert verify(data).flaws == []


def test_the_segment_that_is_written_to_is_never_passed_over(tmp_path: Path) -> None:
    data = tmp_path / "data"
    path = made(data, sealed=False)[-1]
    before = path.read_bytes()
    run = opened(data, path)
    assert run.status == 3, "numbers that stand in it must not be given again"
    refused = told(run, "refused")
    assert all(str(path) in why and MEND in why for why in refused)
    assert len(refused) == 3
    assert path.read_bytes() == before
    assert told(opened(data, None), "articles") == [str(ALL)]
    assert verify(data).flaws == []


def test_nothing_is_called_erased_while_a_file_is_passed_over(tmp_path: Path) -> None:
    data = tmp_path / "data"
    path = made(data)[0]
    run = opened(data, path, "erase")
    (why,) = told(run, "not-erased")
    assert (str(path) in why, "nothing was erased" in why) == (True, True)
    assert told(opened(data, None, "erase"), "erased") == [""]
    assert told(opened(data, None), "articles") == [str(ALL - 1)]


def test_an_open_pack_is_left_alone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    made(data, sealed=False)
    path = max((data / "archive/blobs").glob("*/*.pack"))
    run = opened(data, path, "keep")
    assert (told(run, "articles"), told(run, "blobs")) == ([str(ALL)], [str(ALL - EACH)])
    assert told(run, "kept") == [str(ALL + 1)]
    assert verify(data).flaws == []


def verified(data: Path, path: Path) -> list[str]:
    """Return what `verify` says while the disk does not give back one file: each flaw's code and file."""
    code = (
        "import sys; from pathlib import Path; from archive import verify\n"
        "for flaw in verify(Path(sys.argv[1])).flaws: print(flaw.code, flaw.file)"
    )
    command = [sys.executable, "-c", code, str(data)]
    run = traced(command, data.parent / "log", CALLS, f"{CALLS}:error=EIO", [str(path)])
    assert (run.status, run.struck) == (0, True), run.err
    return run.out


@pytest.mark.parametrize("sealed", [True, False])
@pytest.mark.parametrize("kind", ["articles/*/*.jsonl*", "blobs/*/*.pack"])
@pytest.mark.parametrize("number", [1, -1])
def test_verify_tells_each_by_its_name_and_nothing_else(
    tmp_path: Path, kind: str, number: int, *, sealed: bool
) -> None:
    data = tmp_path / "data"
    made(data, sealed=sealed)
    path = sorted((data / "archive").glob(kind))[number]
    assert verified(data, path) == [f"E00 {path.relative_to(data / 'archive')}"]
