"""The power goes at any moment: nothing acknowledged is lost, nothing doubled, and it always opens."""

import random
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.builders import TurnedClock
from tests.faults.disks import memory_folder
from tests.faults.power import Machine, PowerLoss
from tests.faults.stores import OTHERS, Told, append_one, check, how_many, keep_one, open_archive

LOSSES = how_many("LOSSES", 150)
CALLS = 70
"""About as many as there are in one span of work."""


def work(data: Path, clock: TurnedClock, told: Told, chance: random.Random, names: list[str]) -> None:
    """Open, keep and append for a while, over days and reopenings, until the power goes."""
    archive = open_archive(data, clock)
    told.stores.add(archive.store)
    try:
        for _ in range(chance.randint(2, 9)):
            what = chance.random()
            if what < 0.45:
                names.append(f"n{len(names)}")
                keep_one(archive, told, names[-1])
            elif what < 0.6 and names:
                keep_one(archive, told, names[-1], edits=chance.randint(1, 3))
            elif what < 0.9:
                append_one(archive, told, chance.choice(OTHERS), f"{chance.random()}" * chance.randint(1, 60))
            elif what < 0.96:
                clock.advance(days=chance.choice((1, 1, -1, 40)))
                if chance.random() < 0.5:
                    archive.seal()
            else:
                archive.reopen()
    finally:
        with suppress(PowerLoss):
            archive.close()


def lose_index(data: Path, chance: random.Random) -> str:
    """The index may be as it was, gone, or broken."""
    fate = chance.choice(("kept", "gone", "torn", "log gone"))
    for path in sorted((data / "index").glob("*")):
        if fate == "gone" or (fate == "log gone" and path.suffix != ".sqlite"):
            path.unlink()
        elif fate == "torn":
            with path.open("r+b") as file:
                file.truncate(chance.randint(0, path.stat().st_size))
    return fate


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    with memory_folder(tmp_path) as made:
        yield made


def test_power_losses_lose_nothing_and_double_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fates: Counter[str] = Counter()
    cut = kills = losses = acknowledged = 0
    number = 0
    while losses < LOSSES:
        chance = random.Random(f"power {number}")
        number += 1
        data = folder / "store"
        shutil.rmtree(data, ignore_errors=True)
        data.mkdir()
        machine = Machine(data / "archive")
        clock, told, names = TurnedClock(), Told(), []
        for _ in range(chance.randint(1, 4)):
            with machine.running(monkeypatch, chance.randint(1, CALLS)):
                work(data, clock, told, chance, names)
            cut += machine._off
            if chance.random() < 0.4:
                kills += 1  # Of the process alone: what it wrote is in memory, and its successor reads it.
                continue
            losses += 1
            machine.restart(chance)
            fates[lose_index(data, chance)] += 1
        acknowledged += len(told)
        try:
            check(data, told, clock.now())
        except BaseException:
            print(f"run {number - 1}, {len(told)} acknowledged")
            raise
    print(
        f"\n{losses} losses of power and {kills} kills, {cut} in the midst of work, {acknowledged} acknowledged; index {dict(fates)}"
    )
    assert cut > losses / 4
