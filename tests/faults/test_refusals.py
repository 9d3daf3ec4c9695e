"""Each call by which something is written, failing in turn: nothing is acknowledged that is not there.

strace makes the n-th call fail, for every n until a run passes in which it was not met; the fast set takes
some of them.
"""

import random
import resource
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.disks import memory_folder
from tests.faults.stores import check, how_many, is_long
from tests.faults.traced import REPO, Run, keeper, strace, traced

CASES = [
    ("write", "ENOSPC"), ("write", "EIO"), ("write", "EROFS"), ("write", "EINTR"),
    ("fdatasync", "EIO"), ("fdatasync", "ENOSPC"), ("fsync", "EIO"), ("fsync", "EROFS"),
    ("openat", "ENOSPC"), ("openat", "EROFS"), ("openat", "EIO"), ("pwrite64", "ENOSPC"), ("pwrite64", "EIO"),
    ("ftruncate", "EIO"), ("mkdir", "ENOSPC"), ("rename", "EIO"), ("unlink", "EROFS"), ("read", "EIO"),
    ("pread64", "EIO"),
]  # fmt: skip
MOST = how_many("SWEEP", 1)
"""Places tried of each case, evenly over all there are."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    strace()
    with memory_folder(tmp_path_factory.mktemp("refusals")) as made:
        yield made


@pytest.fixture(scope="module")
def dry(folder: Path) -> Run:
    """What the child asks of the system when nothing fails."""
    data = folder / "dry"
    calls = ",".join(sorted({name for name, _ in CASES}))
    run = traced(keeper(data), folder / "dry.log", calls)
    assert run.out[-1] == "ended", run.err
    return run


def within(run: Run, data: Path) -> list[str]:
    """Return every path below *data* that was met."""
    return sorted({path for call in run.calls for path in call.paths if path.startswith(f"{data}/")})


def judge(run: Run, data: Path) -> None:
    """Whatever failed: told in a sentence, no word of it acknowledged, all else there."""
    assert "Traceback" not in run.err, run.err
    assert run.status in {0, 3}
    check(data, run.told())


def lastings(error: str, chance: random.Random) -> list[str]:
    """Return whether a fault comes once, or from there on: one that is to be tried again comes once."""
    if error == "EINTR":
        return [""]
    return ["", "+"] if is_long() else [chance.choice(("", "", "+"))]


def fail(folder: Path, paths: list[str], call: str, fault: str) -> Run:
    """Let the child work with a fault in its way, and judge what it leaves."""
    data = folder / "dry"  # The same paths, for strace to know them.
    shutil.rmtree(data, ignore_errors=True)
    run = traced(keeper(data), folder / "run.log", call, fault, paths)
    try:
        judge(run, data)
    except BaseException:
        print(fault, *run.out, sep="\n")
        raise
    return run


@pytest.mark.parametrize(("call", "error"), CASES, ids=str)
def test_a_call_that_fails_acknowledges_nothing(folder: Path, dry: Run, call: str, error: str) -> None:
    paths = within(dry, folder / "dry")
    # strace counts in each thread for itself.
    threads = Counter(
        one.thread for one in dry.calls if one.name == call and not set(paths).isdisjoint(one.paths)
    )
    assert threads, f"{call} is never asked"
    number = max(threads.values())
    chance = random.Random(f"{call}{error}")
    wanted = sorted(chance.sample(range(1, number + 1), min(MOST, number)))
    struck = refused = 0
    for at in wanted:
        for lasting in lastings(error, chance):
            run = fail(folder, paths, call, f"{call}:error={error}:when={at}{lasting}")
            if not run.struck and not is_long():  # What is asked varies a little.
                run = fail(folder, paths, call, f"{call}:error={error}:when={at // 2 + 1}")
            struck += run.struck
            refused += any(line.startswith("refused") for line in run.out)
    print(f"\n{call} {error}: {struck} of {number} places struck, {refused} told")
    assert struck


def test_an_fdatasync_that_failed_is_never_tried_again(folder: Path, dry: Run) -> None:
    """On the same descriptor the kernel may report success for pages that it has dropped."""
    paths = within(dry, folder / "dry")
    articles = [path for path in paths if "/articles/" in path and path.endswith(".jsonl")]
    data = folder / "dry"
    shutil.rmtree(data, ignore_errors=True)
    calls = "write,fdatasync,ftruncate,close,openat,fsync"
    run = traced(keeper(data), folder / "sync.log", calls, "fdatasync:error=EIO:when=2", articles)
    assert run.struck
    judge(run, data)
    names = [one.name for one in run.calls]
    failed = next(at for at, one in enumerate(run.calls) if one.name == "fdatasync" and one.result == -1)
    assert names[failed + 1 : failed + 3] == ["ftruncate", "close"], "cut to what was durable, and let go of"
    again = names.index("fsync", failed)
    assert "openat" in names[failed:again], "synced anew through another descriptor"
    assert "write" not in names[failed:again]


def test_short_writes_lose_nothing(tmp_path: Path) -> None:
    data = tmp_path / "data"
    done = subprocess.run(keeper(data, "short"), capture_output=True, text=True, check=False, cwd=REPO)
    assert done.stdout.splitlines()[-1] == "ended", done.stderr
    assert sum(line.startswith("archived") for line in done.stdout.splitlines()) == 8
    check(data, Run(0, done.stdout.splitlines(), "", [], struck=False).told())


@pytest.mark.parametrize("kilobytes", [1030, 1040, 1100, 1300])
def test_a_limit_on_the_size_of_files_acknowledges_nothing_beyond(tmp_path: Path, kilobytes: int) -> None:
    """As `ulimit -f` sets it: the write that goes beyond is cut short, the next fails."""
    data = tmp_path / "data"

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (kilobytes * 1024, kilobytes * 1024))

    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.keeper", str(data), "large"],
        capture_output=True, text=True, check=False, cwd=REPO, preexec_fn=limit,
    )  # fmt: skip
    out = done.stdout.splitlines()
    assert "Traceback" not in done.stderr, done.stderr
    assert any(line.startswith("refused") and "too large" in line for line in out)
    told = Run(0, out, "", [], struck=False).told()
    assert told.articles
    check(data, told)
