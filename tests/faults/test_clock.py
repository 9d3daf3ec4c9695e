"""The clock leaps: files are named by the rule, order is seq, doubtful hours publish nothing, all is kept."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive import verify
from tests.builders import START, TurnedClock, draft, lorem, showing
from tests.faults.stores import Told, append_one, check, keep_one, open_archive, segments
from tests.world import World

LEAPS = {
    "two days ahead": timedelta(days=2),
    "two days back": timedelta(days=-2),
    "1970": datetime(1970, 1, 1, 0, 0, 5, tzinfo=UTC) - START,
    "2099": datetime(2099, 12, 31, 12, 0, tzinfo=UTC) - START,
}


@pytest.mark.parametrize("leap", LEAPS.values(), ids=LEAPS)
@pytest.mark.parametrize("reopened", [False, True], ids=["running", "reopened"])
def test_files_are_named_by_the_day_and_order_is_seq(tmp_path: Path, leap: timedelta, reopened: bool) -> None:
    clock, told = TurnedClock(), Told()
    archive = open_archive(tmp_path, clock)
    days: list[str] = []
    for step in (timedelta(0), leap, -leap, timedelta(hours=1), leap, -leap):
        clock.jump(days=step.days, seconds=step.seconds)
        days.append(f"{clock.now():%Y-%m-%d}")
        for n in range(3):
            keep_one(archive, told, f"{len(days)}.{n}")
            append_one(archive, told, "publications", f"{len(days)}.{n}")
        if reopened:
            archive.close()
            archive = open_archive(tmp_path, clock)
    archive.close()
    home, away = days[0], days[1]
    names = {path.name for path in segments(tmp_path, "articles")}
    assert names == {f"{home}.{n:03d}.jsonl" for n in range(3)} | {f"{away}.{n:03d}.jsonl" for n in range(2)}
    check(tmp_path, told, clock.now())
    assert verify(tmp_path).flaws == []


def keep(world: World, name: str) -> None:
    world.bureau.archive.keep([showing(draft(name, name, f"kabul {lorem(name)}"))])


@pytest.mark.parametrize("leap", LEAPS.values(), ids=LEAPS)
def test_while_it_is_doubtful_all_is_kept_and_nothing_published(world: World, leap: timedelta) -> None:
    world.configure(topics="  kabul: {query: kabul}")
    keep(world, "before")
    world.publish()
    assert world.titles("kabul") == ["before"]
    world.clock.jump(days=leap.days, seconds=leap.seconds)
    keep(world, "meanwhile")
    doubtful = leap > timedelta(days=1)
    assert world.bureau.trust.doubtful() == doubtful
    assert world.publish() == (0 if doubtful else 1)
    assert world.titles("kabul") == (["before"] if doubtful else ["meanwhile", "before"])
    world.clock.jump(days=-leap.days, seconds=-leap.seconds)
    world.clock.advance(minutes=1)
    keep(world, "afterwards")
    world.publish()
    assert world.titles("kabul") == ["afterwards", "meanwhile", "before"], (
        "each once, in the order it was kept"
    )
    seen = [item["_newsweir"]["cut"] for item in feed(world)]
    assert seen == sorted(seen, reverse=True), "what readers are told never runs backwards"
    world.restart()
    assert world.titles("kabul") == ["afterwards", "meanwhile", "before"]
    assert verify(world.data).flaws == []


def feed(world: World) -> list[dict]:  # type: ignore[type-arg]
    import json

    return json.loads(world.file("kabul/feed.json"))["items"]  # type: ignore[no-any-return]


@pytest.mark.parametrize("year", [1970, 2099])
def test_a_whole_life_under_a_wrong_clock_opens_under_a_right_one(tmp_path: Path, year: int) -> None:
    world = World(tmp_path, TurnedClock(datetime(year, 6, 1, tzinfo=UTC)))
    world.configure(topics="  kabul: {query: kabul}")
    keep(world, "wrong")
    world.publish()
    world.restart()
    world.clock = TurnedClock()
    keep(world, "right")
    world.publish()
    assert world.titles("kabul") == ["right", "wrong"]
    assert world.kept() == ["wrong", "right"]
    world.close()
