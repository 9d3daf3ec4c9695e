"""Whoever keeps us waiting keeps nobody else waiting."""

import time

import pytest

from feeds.schedule.places import AT_FIRST, LONGEST, SHORTEST, Places
from tests.hostile import Raw, endless
from tests.site import Page
from tests.world import PRIVATE, World


def test_places_are_as_many_as_workers_and_a_quarter_beside_for_the_slow() -> None:
    places = Places(8)
    assert [places.free(lane) for lane in ("net", "slow", "local")] == [8, 2, 8]
    for number in range(8):
        places.take(f"n{number}", "net", 0.0)
    assert [places.free(lane) for lane in ("net", "slow", "local")] == [0, 2, 0]
    places.take("s", "slow", 0.0)
    assert places.free("slow") == 1
    assert places.free("slow", alone=True) == 7, "where nobody waits, every place is theirs"
    places.leave("n0", 1.0)
    assert places.free("net") == 1
    assert Places(1).free("slow") == 1
    assert Places(8, local=2).free("local") == 2


def test_who_takes_much_longer_than_others_steps_aside_where_all_places_are_taken() -> None:
    places = Places(2)
    places.take("a", "net", 0.0)
    places.step_aside(100.0)
    assert places.free("net") == 1, "nobody waits for its place"
    places.take("b", "net", 99.5)
    places.step_aside(100.0)
    assert places.free("net") == 1
    places.step_aside(100.0 + AT_FIRST)
    assert places.free("net") == 1, "b was not in anybody's way by then"


def test_how_long_is_much_longer_is_learnt_of_those_that_answered() -> None:
    places = Places(100)
    assert places.patience() == AT_FIRST
    for took, expected in ((0.01, SHORTEST), (0.4, 1.2), (9.0, LONGEST)):
        for number in range(64):
            places.take(f"{number}", "net", 0.0)
            places.leave(f"{number}", took)
        assert places.patience() == pytest.approx(expected)


def test_of_too_many_aside_the_first_are_put_off_each_once() -> None:
    places = Places(1)
    for number in range(5):
        places.take(f"{number}", "net", float(number))
        places.step_aside(number + 100.0)
    assert places.too_many() == ["0", "1", "2"]
    assert places.too_many() == []
    places.leave("0", 200.0)
    assert places.patience() == AT_FIRST, "what was put off teaches nothing"


def test_servers_that_drip_hold_up_no_round(world: World) -> None:
    """Four workers, ten that drip and twenty that answer: those are done long before the first deadline."""
    with Raw(endless(b"HTTP/1.1 200 OK\r\nX: ", b"a", 0.1)) as drips:
        rows = []
        for number in range(30):
            if number % 3 == 0:
                rows.append(f"  - {{feed: {drips.url}{number}, name: d{number}, {PRIVATE}, pages: never}}")
            else:
                world.site.pages[f"/{number}"] = Page(
                    b'{"version": "https://jsonfeed.org/version/1", "items": []}'
                )
                rows.append(f"  - {{feed: '{{site}}/{number}', name: h{number}, {PRIVATE}, pages: never}}")
        world.configure("\n".join(rows))
        config = world.home / "config.yaml"
        config.write_text(config.read_text().replace("workers: 1", "workers: 4"))
        began = time.monotonic()
        tally = world.round()
        asked = [one.at - began for one in world.site.asked]
        assert len(asked) == 20
        assert max(asked) < 5, "none waited for a deadline"
        assert sorted(tally.failed) == sorted(f"d{number}" for number in range(0, 30, 3))
        assert all("was not done after 5 s" in why for why in tally.failed.values())
        accounts = world.bureau.ledger.accounts()
        assert {one.status for one in accounts if one.name.startswith("d")} == {"failed"}
        claims = world.bureau.ledger.claim(world.clock.now(), 99, world.bureau.lease(), "net")
        assert claims == []
