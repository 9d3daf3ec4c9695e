"""A page that changes with every visit fills no archive, and what stands still is never lost."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import Archive, connect
from archive.keeping.intervals import INTERVALS, LONGEST, too_soon
from tests.builders import START, TurnedClock, draft, lorem, showing


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    made = connect(tmp_path, now=TurnedClock().now, linger=0.0)
    yield made
    made.close()


def show(archive: Archive, text: str, at: datetime, **changes: object) -> str:
    one = draft("g", "A title", lorem("base") + " " + text, at=stamp(at), **changes)  # type: ignore[arg-type]
    return archive.keep([showing(one)])[0][0].status


def revisions(times: list[datetime], is_file: bool = False) -> list[datetime]:
    """When revisions are made of a text that is another at each of *times*."""
    made: list[datetime] = []
    for now in times:
        if not too_soon(
            stamp(now), len(made), lambda rev: stamp(made[rev - 1]) if made else None, is_file=is_file
        ):
            made.append(now)
    return made


def test_five_revisions_in_a_day_then_one_an_hour_then_fewer() -> None:
    polls = [START + timedelta(minutes=5 * n) for n in range(12 * 24 * 90)]
    made = revisions(polls)
    assert [now - START for now in made[:7]] == [timedelta(minutes=m) for m in (0, 5, 10, 15, 20, 80, 140)]
    day = sum(now - START < timedelta(days=1) for now in made)
    month = sum(now - START < timedelta(days=30) for now in made)
    assert (day, month, len(made)) == (24, 80, 200)
    assert sum(now - START < timedelta(days=1) for now in revisions(polls, is_file=True)) == 79


def test_rare_edits_are_never_put_off() -> None:
    times = [START + timedelta(hours=6 * n + h) for n in range(40) for h in (0, 1)][:24]
    assert revisions(times) == times
    weekly = [START + timedelta(days=7 * n) for n in range(400)]
    assert revisions(weekly) == weekly


def test_a_clock_that_was_set_back_puts_nothing_off() -> None:
    newest = stamp(START + timedelta(days=900))
    assert not too_soon(stamp(START), 500, lambda _: newest)
    assert not too_soon(stamp(START), 500, lambda _: None), "nor a revision that cannot be read"


def test_what_comes_too_soon_is_put_off_and_taken_when_the_time_is_over(archive: Archive) -> None:
    statuses = [show(archive, f"visit {n}", START + timedelta(minutes=n)) for n in range(8)]
    assert statuses == ["new", *["revised"] * 4, *["later"] * 3]
    assert show(archive, "visit 7", START + timedelta(minutes=63)) == "later"
    assert show(archive, "visit 7", START + timedelta(minutes=64)) == "revised"
    assert show(archive, "visit 7", START + timedelta(minutes=65)) == "same"
    (card,) = archive.newest(10)
    assert (card.rev, archive.get(card.id).content_text[-7:]) == (6, "visit 7")


def test_more_of_the_text_never_waits(archive: Archive) -> None:
    for n in range(5):
        show(archive, f"visit {n}", START + timedelta(minutes=n), quality="partial")
    assert show(archive, "visit 5", START + timedelta(minutes=5), quality="partial") == "later"
    assert show(archive, "all of it", START + timedelta(minutes=6), quality="full") == "revised"


def test_several_in_one_batch_count_too(archive: Archive) -> None:
    drafts = [draft("g", "A title", f"{lorem('base')} {n}", at=stamp(START)) for n in range(9)]
    kept = archive.keep([showing(one) for one in drafts])
    assert [one.status for (one,) in kept] == ["new", *["revised"] * 4, *["later"] * 4]


@given(
    st.lists(st.tuples(st.integers(1, 60 * 30), st.integers(0, 3)), min_size=1, max_size=80),
    st.integers(1, 60 * 25),
)
def test_the_newest_text_that_stands_still_is_always_kept(changes: list[tuple[int, int]], every: int) -> None:
    """Whatever a page shows, and however it is polled: what stands for the longest interval is kept."""
    polls: list[tuple[datetime, int]] = []
    now = START
    for minutes, text in changes:
        now += timedelta(minutes=minutes)
        polls.append((now, text))
    last = changes[-1][1] + 100
    end = now + LONGEST + timedelta(minutes=every)
    while now < end:
        now += timedelta(minutes=every)
        polls.append((now, last))
    kept: list[tuple[datetime, int]] = []
    for moment, text in polls:
        same = bool(kept) and kept[-1][1] == text
        if not same and not too_soon(
            stamp(moment), len(kept), lambda rev: stamp(kept[rev - 1][0]) if kept else None
        ):
            kept.append((moment, text))
    assert kept[-1][1] == last
    for interval in INTERVALS:
        for at in range(interval.count, len(kept)):
            within = kept[at - 1][0] - kept[at - interval.count][0]
            if kept[at][0] - kept[at - interval.count][0] < interval.within:
                assert kept[at][0] - kept[at - 1][0] >= interval.apart, (interval, within)
