"""Two writers: the second is told who the first is; a LOCK that was left behind blocks nobody."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from archive import Busy, Lock, holder
from tests.faults.disks import disk
from tests.faults.traced import REPO

HOLD = "import sys; from pathlib import Path; from archive import Lock; lock = Lock(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"


@contextmanager
def held(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        cwd=REPO, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()


def test_the_second_is_told_the_number_of_the_first(tmp_path: Path) -> None:
    path = tmp_path / "LOCK"
    with held(path) as first:
        with pytest.raises(Busy, match=f"process {first.pid} writes here already") as told:
            Lock(path)
        assert told.value.pid == first.pid
        assert holder(path) == first.pid
        assert path.read_text() == f"{first.pid}\n", "who was refused leaves no trace"


def test_a_lock_whose_holder_was_killed_blocks_nobody(tmp_path: Path) -> None:
    path = tmp_path / "LOCK"
    with held(path) as first:
        first.send_signal(signal.SIGKILL)
        first.wait()
        assert path.read_text() == f"{first.pid}\n", "it is left behind"
        assert holder(path) is None
        lock = Lock(path)
        assert holder(path) == os.getpid()
        lock.release()


def test_of_many_that_come_at_once_one_writes(tmp_path: Path) -> None:
    path = tmp_path / "LOCK"
    once = HOLD.replace("lock = Lock(", "\ntry: lock = Lock(").replace("))", "))\nexcept Exception as e: print(e, flush=True); sys.exit()\n", 1)  # fmt: skip
    once = once.replace("\n; ", "\n")
    many = [
        subprocess.Popen(
            [sys.executable, "-c", once, str(path)],
            cwd=REPO, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for _ in range(5)
    ]  # fmt: skip
    words = [process.stdout.readline() for process in many]  # type: ignore[union-attr]
    assert words.count("held\n") == 1
    assert sum("writes here already" in one for one in words) == 4
    for process in many:
        process.kill()
        process.wait()


def test_a_full_disk_does_not_make_the_holder_nameless(tmp_path: Path) -> None:
    """Its number is written over the one of the last holder, which has its place."""
    with disk(tmp_path / "disk", 1) as small:
        path = small.folder / "LOCK"
        Lock(path).release()
        small.fill()
        lock = Lock(path)
        assert holder(path) == os.getpid()
        lock.release()
        path.unlink()
        small.fill()
        with pytest.raises(OSError, match="No space left"):
            Lock(path)
        small.free()
        lock = Lock(path)  # Who could not write its number does not hold it.
        assert holder(path) == os.getpid()
        lock.release()


def test_a_read_only_disk_is_locked_by_nobody(tmp_path: Path) -> None:
    with disk(tmp_path / "disk", 1) as small:
        path = small.folder / "LOCK"
        Lock(path).release()
        small.refuse_writes()
        for _ in range(2):
            with pytest.raises(OSError, match="Read-only"):
                Lock(path)
        assert holder(path) is None
        small.take_writes()
        Lock(path).release()
