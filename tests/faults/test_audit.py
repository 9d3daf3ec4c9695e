"""The order of writes, syncs and words: read from what one ingest asked of the system."""

from pathlib import Path

import pytest

from tests.faults.traced import Call, Run, calls_in, keeper, traced

CALLS = "openat,write,fdatasync,fsync,rename,ftruncate"


TORN = """\
7 write(5</a.jsonl>, "x", 1 <unfinished ...>
8 fsync(6</b>) = 0
7 <... write resumed>) = 1
7 fdatasync(5</a.jsonl> <unfinished ...>
8 write(1<pipe:[3]>, "archived ", 9) = 9
7 <... fdatasync resumed>) = 0
9 fsync(7</c> <unfinished ...>
"""


def test_calls_that_others_stand_amidst_are_read_whole() -> None:
    found = [(one.thread, one.name, one.result) for one in calls_in(TORN)]
    assert found == [("7", "write", 1), ("8", "fsync", 0), ("8", "write", 9), ("7", "fdatasync", 0)]
    assert calls_in(TORN)[-1].file == "/a.jsonl"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("audit")
    found = traced(keeper(folder / "data"), folder / "log", CALLS)
    assert found.out[-1] == "ended", found.err
    return found


def said(call: Call) -> bool:
    """Say whether a call puts an acknowledgement on stdout."""
    return call.name == "write" and call.given.startswith("1<") and '"archived ' in call.given


def truth(path: str) -> bool:
    return path.endswith((".jsonl", ".pack"))


def test_what_is_acknowledged_was_synced_behind_its_last_write(run: Run) -> None:
    unsynced: set[str] = set()
    order: list[str] = []
    acknowledged = 0
    for call in run.calls:
        if call.name == "write" and truth(call.file):
            unsynced.add(call.file)
        elif call.name in {"fdatasync", "fsync"} and call.result == 0:
            unsynced.discard(call.file)
            order += [call.file] if truth(call.file) and call.name == "fdatasync" else []
        elif said(call):
            assert unsynced == set(), "said before it was on disk"
            assert order[-2].endswith(".pack"), "the bytes are synced before the line that names them"
            assert "/articles/" in order[-1]
            acknowledged += 1
    assert acknowledged == 8


def test_a_new_file_and_its_name_are_synced_before_anything_in_it_is_acknowledged(run: Run) -> None:
    made = 0
    for at, call in enumerate(run.calls):
        if call.name != "openat" or "O_EXCL" not in call.given or not truth(call.paths[-1]):
            continue
        path = call.paths[-1]
        made += 1
        after = run.calls[at + 1 :]
        first = next(n for n, one in enumerate(after) if one.name == "write" and one.file == path)
        synced = [one.file for one in after[:first] if one.name == "fsync" and one.result == 0]
        folder = str(Path(path).parent)
        assert path in synced, "the file"
        assert folder in synced, "its name"
        assert synced.index(path) < synced.index(folder)
    assert made == 2 + 2 + 4, "articles and packs of two days, the other journals on theirs"


def test_what_is_replaced_is_synced_before_and_its_folder_after(run: Run) -> None:
    replaced = 0
    for at, call in enumerate(run.calls):
        if call.name != "rename" or "/data/archive/" not in call.paths[0]:
            continue
        replaced += 1
        temporary, target = call.paths
        before = [one for one in run.calls[:at] if one.file == temporary]
        assert [one.name for one in before][-2:] == ["write", "fsync"]
        behind = [one for one in run.calls[at + 1 :] if one.name in {"fsync", "write"}]
        assert (behind[0].name, behind[0].file) == ("fsync", str(Path(target).parent))
    assert replaced == 3, "README.txt, the schema, STORE.json"
