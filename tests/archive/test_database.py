"""A derived SQLite file that is deleted, cut short or broken under a running process."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from archive.disk.database import Database, take_away
from archive.errors import Broken, NotKept, ReadOnly

SCHEMA = "CREATE TABLE text(n INTEGER PRIMARY KEY, said TEXT);"
ROWS = 2000

CUT_SHORT = """
import os, sys
from pathlib import Path
from tests.archive.test_database import filled, ask
path = Path(sys.argv[1])
db = filled(path)
assert ask(db, 7) == "7"
os.truncate(path, 8192)
try:
    ask(db, 1500)
except Exception as error:
    print(type(error).__name__)
"""


def filled(path: Path) -> Database:
    """A file of some pages, all of them in it and none in its log."""
    db = Database(path, SCHEMA, 1)
    with db.transaction() as connection:
        connection.executemany("INSERT INTO text VALUES(?,?)", [(n, f"{n}" * 9) for n in range(ROWS)])
    db.scrub()
    return db


def ask(db: Database, n: int) -> str | None:
    row = db.row("SELECT said FROM text WHERE n=?", (n,))
    return str(row[0])[: len(str(n))] if row else None


def spoil(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(path.stat().st_size - 4096))


def test_a_file_that_is_cut_short_ends_no_process(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CUT_SHORT, str(tmp_path / "x.sqlite")],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "Broken\n"), done.stderr
    assert not (tmp_path / "x.sqlite").exists()


def test_who_asks_a_deleted_file_makes_no_empty_one(tmp_path: Path) -> None:
    db = filled(tmp_path / "x.sqlite")
    (tmp_path / "x.sqlite").unlink()
    refused: list[ReadOnly] = []

    def other_thread() -> None:
        with pytest.raises(ReadOnly) as error:
            ask(db, 7)
        refused.append(error.value)

    thread = threading.Thread(target=other_thread)
    thread.start()
    thread.join()
    assert "unable to open" in str(refused[0])
    assert db.gone()
    assert not (tmp_path / "x.sqlite").exists()
    db.close()


def test_who_writes_too_late_to_one_that_was_closed_is_refused(tmp_path: Path) -> None:
    database = filled(tmp_path / "a.sqlite")
    database.close()
    with pytest.raises(ReadOnly, match="closed"), database.transaction():
        pass


def test_a_file_found_broken_is_believed_in_nothing_until_it_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    db = filled(path)
    assert ask(db, 0) == "0"
    spoil(path)
    with pytest.raises(Broken):
        [ask(db, n) for n in range(ROWS)]
    assert db.gone()
    for asked in (lambda: ask(db, 0), lambda: db.rows("SELECT 1"), lambda: db.transaction().__enter__()):
        with pytest.raises(Broken):
            asked()
    db.renew()
    assert not db.gone()
    assert ask(db, 0) is None
    db.close()


def test_who_still_asks_a_broken_file_takes_the_new_one_away_from_nobody(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    old = filled(path)
    assert ask(old, 0) == "0"
    spoil(path)
    path.rename(tmp_path / "y.sqlite")  # As it is taken away, and stays open to who asks it.
    new = filled(path)
    with pytest.raises(Broken):
        [ask(old, n) for n in range(ROWS)]
    assert not new.gone()
    assert ask(new, 1500) == "1500"
    old.close()
    new.close()


@pytest.mark.parametrize("begun", [False, True])
def test_a_reader_that_opens_while_it_is_made_anew_waits_for_it(tmp_path: Path, *, begun: bool) -> None:
    path = tmp_path / "x.sqlite"
    db = filled(path)
    take_away(path)
    if begun:
        path.touch()
    thread = threading.Timer(0.2, db.renew)
    thread.start()
    reader = Database(path, SCHEMA, 1, writable=False)
    thread.join()
    assert reader.rows("SELECT n FROM text") == []
    assert not reader.gone()
    reader.close()
    db.close()
    take_away(path)
    with pytest.raises(NotKept, match="not there yet"):
        Database(path, SCHEMA, 1, writable=False)


def test_a_reader_of_what_is_there_waits_for_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    db = filled(tmp_path / "x.sqlite")
    monkeypatch.setattr(time, "sleep", lambda _: pytest.fail("it waits"))
    reader = Database(tmp_path / "x.sqlite", SCHEMA, 1, writable=False)
    assert ask(reader, 7) == "7"
    reader.close()
    db.close()
