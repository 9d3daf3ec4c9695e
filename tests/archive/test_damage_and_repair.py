"""Whatever is done to an archive's files: verify finds it, repair brings every line back."""

import os
import random
import shutil
from pathlib import Path

import pytest

from archive import mend, plan_of, verify
from archive.disk.journal import DiskJournal
from tests.archive.bad_stores import fill
from tests.builders import START

ROUNDS = int(os.environ.get("NEWSWEIR_DAMAGES", "25"))
JOURNALS = ("articles", "decisions", "publications", "state")


def lines(root: Path) -> dict[str, list[tuple[int, bytes]]]:
    return {
        name: [(line.seq, line.body) for line in DiskJournal(root / name, writable=False).since(0, 10_000)]
        for name in JOURNALS
    }


def damage(root: Path, chance: random.Random) -> str:
    """Do something to one file; return what."""
    path = chance.choice(sorted(one for one in root.glob("*/2026/*") if one.is_file()))
    data, kind = (
        bytearray(path.read_bytes()),
        chance.choice("flip cut zero insert double drop delete".split()),
    )
    at = chance.randrange(len(data)) if data else 0
    rows = bytes(data).splitlines(keepends=True)
    if kind == "delete":
        path.unlink()
    elif kind == "flip" and data:
        data[at] ^= 1 << chance.randrange(8)
        path.write_bytes(data)
    elif kind == "zero":
        path.write_bytes(bytes(data[:at]) + bytes(len(data[at : at + 64])) + bytes(data[at + 64 :]))
    elif kind == "insert":
        path.write_bytes(bytes(data[:at]) + b"\n" + chance.randbytes(9) + b"\n" + bytes(data[at:]))
    elif kind in {"double", "drop"} and path.suffix == ".jsonl" and rows:
        n = chance.randrange(len(rows))
        path.write_bytes(b"".join([*rows[: n + (kind == "double")], *rows[n + (kind == "drop") :]]))
    else:
        path.write_bytes(bytes(data[:at]))
    return f"{kind} {path.relative_to(root)} at {at}"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("made")
    fill(data)
    return data / "archive"


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_every_line_comes_back(made: Path, tmp_path: Path, seed: int) -> None:
    chance, root, good = random.Random(seed), tmp_path / "archive", lines(made)
    shutil.copytree(made, root)
    done = [damage(root, chance) for _ in range(chance.randint(1, 4))]
    mend(root, plan_of(verify(root)), made, START)
    report = verify(root)
    assert [*report.flaws, *report.lost] == [], done
    assert lines(root) == good, done
    assert mend(root, plan_of(report), made, START).done == [], done
