"""The index of keys: what was put is found, wherever it has moved meanwhile, and after a crash."""

import os
import random
import signal
from pathlib import Path

import pytest

from archive.disk import keys
from archive.disk.database import Database

VERSION = 1


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables so small that a few hundred rows pass through all of them."""
    monkeypatch.setattr(keys, "RECENT", 50)
    monkeypatch.setattr(keys, "MIDDLE", 200)
    monkeypatch.setattr(keys, "PIECE", 40)


class Index:
    """An index of its own, and the same in a dictionary."""

    def __init__(self, path: Path, *, writable: bool = True) -> None:
        self.database = Database(path, keys.SCHEMA, VERSION, writable=writable)
        self.keys = keys.Keys(self.database, writable=writable)

    def put(self, pairs: list[tuple[int, int]]) -> None:
        with self.keys.transaction() as connection:
            self.keys.put(connection, pairs)

    def find(self, number: int) -> set[int]:
        return {row[0] for row in self.database.rows(keys.FIND, self.keys.asking(number))}

    def sizes(self) -> tuple[int, ...]:
        tables = ("key_recent", "key_middle", "key_large")
        return tuple(self.database.rows(f"SELECT count(*) FROM {table}")[0][0] for table in tables)


def batches(seed: int, count: int, size: int = 10) -> list[list[tuple[int, int]]]:
    chance = random.Random(seed)
    rows = range(count * size)
    pairs = [(chance.getrandbits(64) - (1 << 63), target) for target in rows]
    for at in range(7, len(pairs), 7):  # Some numbers stand for several.
        pairs[at] = (pairs[at - 5][0], at)
    return [pairs[at : at + size] for at in range(0, len(pairs), size)]


def model(done: list[list[tuple[int, int]]]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for batch in done:
        for number, target in batch:
            found.setdefault(number, set()).add(target)
    return found


def test_rows_are_found_wherever_they_have_moved(tmp_path: Path) -> None:
    index = Index(tmp_path / "k.sqlite")
    reader = Index(tmp_path / "k.sqlite", writable=False)
    done: list[list[tuple[int, int]]] = []
    for number, batch in enumerate(batches(1, 120)):
        index.put(batch)
        done.append(batch)
        if number % 20 == 19:
            for one, targets in model(done).items():
                assert index.find(one) == targets
                assert reader.find(one) == targets, "another process sees the same"
    assert index.sizes()[2] > 400, "most rows have come to the large table"
    assert index.sizes()[1] < 300
    assert index.find(12345) == set()
    (middle,) = index.database.rows("SELECT middle FROM key_state")
    assert middle[0] == index.sizes()[1], "it knows how many rows the middle table has"


def test_rows_are_found_after_opening_again_at_any_point(tmp_path: Path) -> None:
    done: list[list[tuple[int, int]]] = []
    for batch in batches(2, 60):
        index = Index(tmp_path / "k.sqlite")
        index.put(batch)
        done.append(batch)
        index.database.close()
    index = Index(tmp_path / "k.sqlite")
    assert all(index.find(one) == targets for one, targets in model(done).items())


def test_a_row_that_comes_again_is_told_once(tmp_path: Path) -> None:
    index = Index(tmp_path / "k.sqlite")
    for _ in range(30):
        index.put([(5, 1), (5, 2), (6, 1)])
        index.put([(number, 9) for number in range(100, 110)])
    held = index.keys.asking(5)
    assert index.find(5) == {1, 2}
    rows = f"SELECT value FROM json_each(?3) WHERE value IN ({keys.FIND})"
    assert index.database.rows(rows, (*held, "[1, 2, 3]")) == [(1,), (2,)], "as the catalog asks"


def test_the_greatest_targets_and_a_range_of_numbers_are_found_in_all_tables(tmp_path: Path) -> None:
    index = Index(tmp_path / "k.sqlite")
    for target in range(300):
        index.put([(7, target), (1000 + target, target)])
    found = {row[0] for row in index.database.rows(keys.FIND_LAST, (*index.keys.asking(7), 20))}
    assert set(range(280, 300)) <= found
    span = {row[0] for row in index.database.rows(keys.BETWEEN, index.keys.asking_between(1100, 1104, 10))}
    assert span == {100, 101, 102, 103, 104}
    each = {row[0] for row in index.database.rows(keys.FIND_EACH, index.keys.asking_each([1000, 1299, 5]))}
    assert each == {0, 299}


@pytest.mark.parametrize("moment", range(0, 130, 9))
def test_a_crash_while_rows_move_loses_none(tmp_path: Path, moment: int) -> None:
    """Killed within the transaction that moves rows on: what was committed before it is all there."""
    path = tmp_path / "k.sqlite"
    given = batches(3, 130)
    child = os.fork()
    if child == 0:
        index = Index(path)
        for number, batch in enumerate(given):
            with index.keys.transaction() as connection:
                index.keys.put(connection, batch)
                if number == moment:
                    os.kill(os.getpid(), signal.SIGKILL)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    index = Index(path)
    before, after = model(given[:moment]), model(given[moment : moment + 1])
    assert all(index.find(one) == targets for one, targets in before.items())
    assert not any(index.find(one) - before.get(one, set()) for one in after)
    for batch in given[moment:]:
        index.put(batch)
    assert all(index.find(one) == targets for one, targets in model(given).items())


def test_a_transaction_that_failed_leaves_nothing_in_memory(tmp_path: Path) -> None:
    index = Index(tmp_path / "k.sqlite")
    for number in range(20):
        with pytest.raises(KeyError), index.keys.transaction() as connection:
            index.keys.put(connection, [(1, 1)])
            raise KeyError
        assert index.find(1) == ({-1} if number else set())
        index.put([(1, -1), *((100 * number + one, one) for one in range(2, 9))])
        assert index.find(1) == {-1}
