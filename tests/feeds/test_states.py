"""The state journal: its last line of a key counts, and it does not grow for ever."""

import json
import shutil
from pathlib import Path

import msgspec
import pytest

from archive import ReadOnly, faults
from archive.disk.journal import DiskJournal
from archive.memory.journal import MemoryJournal, MemoryStorage
from feeds.care.upkeep import seal
from feeds.schedule.states import Remembered, States, Walk
from tests.builders import TurnedClock, item, lorem, rss
from tests.site import Page
from tests.world import PRIVATE, World

BACKUP = b'{"kind":"backup","path":"/mnt/b","at":"2026-01-05T08:00:00Z"}'


def opened(folder: Path) -> DiskJournal:
    return DiskJournal(folder / "state", now=TurnedClock().now, compacts=True)


def source(key: int, change: int) -> Remembered:
    gone = key == 3
    return Remembered(
        key=f"https://{key}.example/",
        name=f"n{key}",
        url=f"https://{key}.example/",
        etag=f'"{change}"',
        gone=gone,
    )


def changed(folder: Path, changes: int = 5000, keys: int = 20) -> tuple[DiskJournal, States]:
    """A journal of as many changes, each of one of a few sources, with a line of another kind among them."""
    journal = opened(folder)
    journal.append([json.dumps({"kind": "token", "n": 1}).encode(), BACKUP])
    for start in range(0, changes, 500):
        journal.append([json_of(source(n % keys, n)) for n in range(start, start + 500)])
    return journal, States(journal)


def json_of(state: Remembered) -> bytes:
    import msgspec

    return msgspec.json.encode(state)


def facts(states: States) -> dict[str, Remembered]:
    return {
        f"https://{n}.example/": found for n in range(20) if (found := states.now(f"https://{n}.example/"))
    }


def test_five_thousand_changes_become_a_line_a_source(tmp_path: Path) -> None:
    journal, states = changed(tmp_path)
    before = facts(states)
    assert states.dead == 4980
    assert before["https://3.example/"].gone
    assert states.compact(journal)
    assert not states.compact(journal), "once is enough"
    assert len(journal.since(0, 10_000)) == 20 + 2 + 2
    for again in (states, States(journal), States(opened(tmp_path))):
        assert facts(again) == before
    kinds = [json.loads(line.body) for line in journal.since(0, 100)]
    assert {"kind": "token", "n": 1} in kinds
    assert json.loads(BACKUP) in kinds
    states.remember(source(5, 9999), journal)
    assert States(opened(tmp_path)).now("https://5.example/") == source(5, 9999)


def test_what_others_have_written_meanwhile_is_carried_along(tmp_path: Path) -> None:
    journal, states = changed(tmp_path)
    journal.append([b'{"kind":"token","n":2}', json_of(source(7, 7777))])
    assert states.compact(journal)
    assert any(line.body == b'{"kind":"token","n":2}' for line in journal.since(0, 100))
    assert States(journal).now("https://7.example/") == source(7, 7777)


@pytest.mark.parametrize(
    ("changes", "keys", "done"), [(500, 20, False), (1500, 20, True), (4000, 1500, False)]
)
def test_it_is_done_where_it_is_worth_it(tmp_path: Path, changes: int, keys: int, done: bool) -> None:
    journal, states = changed(tmp_path, changes, keys)
    assert states.compact(journal) is done


@pytest.mark.parametrize(
    "step",
    [
        "state.created",
        "state.write",
        "state.torn",
        "state.fdatasync",
        "state.synced",
        "compact.unlink",
        "seal.unlink",
    ],
)
def test_cut_at_any_step_no_validator_and_no_410_is_forgotten(tmp_path: Path, step: str) -> None:
    journal, states = changed(tmp_path)
    before = facts(states)
    faults.plan(f"{step}:1:eio")
    with pytest.raises((ReadOnly, OSError)):
        states.compact(journal)
    faults.plan("")
    left = tmp_path / "left"
    shutil.copytree(tmp_path / "state", left / "state")
    again = opened(left)
    found = States(again)
    assert facts(found) == before
    found.remember(source(5, 9999), again)
    found.compact(again)
    last = States(opened(left))
    assert facts(last) == {**before, "https://5.example/": source(5, 9999)}
    bodies = [line.body for line in opened(left).since(0, 10_000)]
    assert bodies.count(BACKUP) == 1
    assert len(bodies) in {24, 25}, "a change behind what was compacted before the cut"


def test_a_snapshot_without_its_end_changes_nothing(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    journal.append(
        [json_of(source(1, 1)), json_of(source(2, 1)), b'{"kind":"x","n":1}', b'{"kind":"x","n":2}']
    )
    journal.append([b'{"kind":"snapshot","through":4}', json_of(source(1, 1)), b'{"kind":"x","n":1}'])
    journal.append([json_of(source(2, 2))])
    states = States(journal)
    assert states.now("https://1.example/") == source(1, 1)
    assert states.now("https://2.example/") == source(2, 2)
    assert list(states._others) == [b'{"kind":"x","n":1}', b'{"kind":"x","n":2}']


def test_over_memory_it_is_the_same() -> None:
    storage = MemoryStorage()
    journal = MemoryJournal(storage)
    states = States(journal)
    for n in range(1200):
        states.remember(source(n % 20, n), journal)
    before = facts(states)
    assert states.compact(journal)
    assert facts(States(MemoryJournal(storage))) == before


def test_in_the_daily_upkeep_and_no_source_is_asked_anew(world: World) -> None:
    world.configure(f"  - {{feed: '{{site}}/paper', name: paper, pages: never, {PRIVATE}}}")
    for n in range(3):
        world.site.pages["/paper"] = Page(rss(item(f"g{n}", f"T{n}", content=lorem("x"))), etag=f'"{n}"')
        world.round()
    ((_, state),) = world.bureau.sources.values()
    for n in range(1100):
        world.bureau.states.remember(
            Remembered(key="other", name="o", url="https://o.example/", lost=n), world.bureau.archive.state
        )
    seal(world.bureau)
    assert len(world.bureau.archive.state.since(0, 10_000)) == 4
    for _ in range(2):
        world.round()
        assert world.site.asked[-1].conditional
        world.restart()
    assert world.bureau.states.now(state.key) == state


def test_a_line_of_before_gaps_were_noted_says_the_same_and_is_not_written_again() -> None:
    line = (
        b'{"kind":"source","key":"k","name":"n","url":"https://a.example/feed","etag":"\\"x\\"",'
        b'"walk":{"pages":4,"articles":12,"over":"complete"}}'
    )
    journal = MemoryJournal(MemoryStorage())
    journal.append([line])
    states = States(journal)
    known = states.now("k")
    assert known is not None
    assert (known.walk, known.gap) == (Walk(pages=4, articles=12, over="complete"), None)
    states.remember(known, journal)
    assert journal.last == 1
    assert msgspec.json.encode(known) == line
