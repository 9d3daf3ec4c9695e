"""Sealing, superseding and compaction killed at every system call that changes the disk: nothing is lost."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from archive.cards import Line
from archive.disk import packs
from archive.disk.blobs import DiskBlobs
from archive.disk.journal import DiskJournal
from tests.builders import TurnedClock

pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="strace: not installed")
REPO = Path(__file__).parents[2]
EVERY = int(os.environ.get("NEWSWEIR_SEAL_STEP", "19"))
"""In the fast set every nineteenth of each system call; in the long one each."""
CALLS = ("write", "fsync", "fdatasync", "rename", "unlink", "ftruncate")
WORK = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from archive.disk.blobs import DiskBlobs
from archive.disk.journal import DiskJournal
root, work = Path(sys.argv[1]), sys.argv[2]
now = lambda: datetime(2026, 1, 9, 8, tzinfo=UTC)
if work == "packs":
    blobs = DiskBlobs(root / "blobs")
    blobs.seal(now())
    blobs.erase([one for one in blobs.scan({}) if one.sha256 == sys.argv[3]], now(), "test")
else:
    journal = DiskJournal(root / "state", now=now, segment_bytes=2000, compacts=True)
    if work == "seal":
        journal.seal()
    elif work == "rewrite":
        journal.rewrite({3: b'{"n":3,"text":"instead"}', 60: b'{"n":60}'}, "test")
    else:
        journal.compact([b'{"n":%d}' % n for n in range(1, 61)])
"""


def body(number: int) -> bytes:
    return b'{"n":%d,"text":"%s"}' % (number, b"word " * (number % 40))


def killed_at_every_call(
    tmp_path: Path, make: Callable[[Path], None], work: tuple[str, ...], check: Callable[[Path], None]
) -> int:
    """Kill *work* at its first, second, … call until it is through; check what each left. Return how many there were."""
    make(tmp_path / "whole")
    kills = 0
    for call in CALLS:
        number = 1
        while killed(tmp_path, call, number, work, check):
            number += EVERY
            kills += 1
    return kills


def killed(
    tmp_path: Path, call: str, number: int, work: tuple[str, ...], check: Callable[[Path], None]
) -> bool:
    """Kill *work* at its so manieth *call*; return False where there was none so late."""
    left = tmp_path / "left"
    shutil.copytree(tmp_path / "whole", left)
    done = subprocess.run(
        ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e",
         f"inject={call}:signal=KILL:when={number}", sys.executable, "-B", "-c", WORK, str(left), *work],
        cwd=REPO, check=False, capture_output=True,
    )  # fmt: skip
    assert done.returncode in {0, 137, -9}, done.stderr.decode()
    check(left)
    shutil.rmtree(left)
    return done.returncode != 0


def make_journal(folder: Path) -> None:
    journal = DiskJournal(folder / "state", now=TurnedClock().now, segment_bytes=2000, compacts=True)
    for start in range(1, 61, 6):
        journal.append([body(n) for n in range(start, start + 6)])
    journal.close()


def lines_of(folder: Path) -> list[Line]:
    journal = DiskJournal(folder / "state", now=TurnedClock().now, segment_bytes=2000, compacts=True)
    found = journal.since(0, 1000)
    assert journal.damaged == []
    assert [journal.at(line.place, line.seq) for line in found] == found
    assert journal.append([b'{"n":0}'])[0].seq == found[-1].seq + 1
    journal.close()
    again = DiskJournal(folder / "state", now=TurnedClock().now, compacts=True)
    assert again.since(0, 1000)[:-1] == found
    again.close()
    return found


def test_sealing_killed_at_every_call_loses_no_line(tmp_path: Path) -> None:
    def check(left: Path) -> None:
        assert [(line.seq, line.body) for line in lines_of(left)] == [(n, body(n)) for n in range(1, 61)]

    assert killed_at_every_call(tmp_path, make_journal, ("seal",), check) >= 30 / EVERY


def test_a_rewrite_killed_at_every_call_leaves_the_old_line_or_the_new(tmp_path: Path) -> None:
    new = {3: b'{"n":3,"text":"instead"}', 60: b'{"n":60}'}

    def check(left: Path) -> None:
        found = lines_of(left)
        assert [line.seq for line in found] == list(range(1, 61))
        for line in found:
            assert line.body in {body(line.seq), new.get(line.seq, body(line.seq))}

    assert killed_at_every_call(tmp_path, make_journal, ("rewrite",), check) >= 10 / EVERY


def test_a_compaction_killed_at_every_call_loses_no_key(tmp_path: Path) -> None:
    def check(left: Path) -> None:
        bodies = [line.body for line in lines_of(left)]
        whole = [body(n) for n in range(1, 61)]
        assert bodies[:60] == whole or bodies[1:61] == [b'{"n":%d}' % n for n in range(1, 61)]

    assert killed_at_every_call(tmp_path, make_journal, ("compact",), check) >= 10 / EVERY


def test_packs_killed_at_every_call_lose_no_blob_but_the_erased(tmp_path: Path) -> None:
    data = {hashlib.sha256(b"blob %d" % n).hexdigest(): b"blob %d" % n for n in range(20)}
    victim = list(data)[2]

    def make(folder: Path) -> None:
        clock = TurnedClock()
        blobs = DiskBlobs(folder / "blobs")
        for at in range(0, 20, 5):
            blobs.put(list(data.items())[at : at + 5], clock.now())
            clock.jump(days=1)
        blobs.close()

    def check(left: Path) -> None:
        blobs = DiskBlobs(left / "blobs")
        found = {place.sha256: blobs.get(place) for place in blobs.scan({})}
        assert {key: value for key, value in found.items() if key != victim} == {
            key: value for key, value in data.items() if key != victim
        }
        assert all(value == data[key] for key, value in found.items())
        names = [packs.name_of(path) for path in packs.find(left / "blobs")]
        assert len({name.partition(".r")[0] for name in names}) == len(names) == 4
        blobs.close()

    assert killed_at_every_call(tmp_path, make, ("packs", victim), check) >= 10 / EVERY
