"""Which of a source's new entries are news, and which its past: the rule, by properties."""

import random
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from feeds.arrivals.guard import BEHIND, FEW, KNOWN, Shown, allowed, guard
from feeds.arrivals.habit import STILL, Came, Habit, habit_of, sign
from feeds.arrivals.initial import newest
from feeds.past import BACKLOG, FIRST, FLOOD
from tests.builders import START

DAY = timedelta(days=1)
spans = st.floats(0, 400).map(lambda days: timedelta(days=days))


def lived(days: int = 20, each: int = 3, until: datetime = START) -> list[Came]:
    """A source with so many news a day, polled once a day."""
    return [
        Came(
            until - day * DAY,
            until - day * DAY - timedelta(minutes=n),
            sign=sign(f"{day}/{n}", until - day * DAY - timedelta(minutes=n)),
        )
        for day in range(days, 0, -1)
        for n in range(each)
    ]


@given(st.lists(st.floats(0, 1), max_size=FEW))
def test_what_is_dated_after_all_that_was_known_is_news_up_to_fifty(shares: list[float]) -> None:
    """Whatever else a source's habit is: an election night is no flood."""
    habit = habit_of(lived(each=1), START)
    shown = [Shown(START - DAY + timedelta(seconds=1) + share * DAY, sign("x", START)) for share in shares]
    assert guard(shown, habit, START).past == frozenset()


@given(st.lists(spans, min_size=BEHIND + 1, max_size=600), st.integers(0, 30))
def test_of_many_old_ones_not_one_is_let_through(ages: list[timedelta], news: int) -> None:
    """And what is dated after all that was known is news beside them."""
    habit = habit_of(lived(), START)
    assert habit.newest is not None
    cut = habit.newest - habit.disorder
    shown = [Shown(cut - timedelta(seconds=1) - age) for age in ages]
    shown += [Shown(START - timedelta(seconds=n)) for n in range(news)]
    assert guard(shown, habit, START).past == set(range(len(ages)))


@given(st.integers(0, 400), st.integers(1, 60), st.integers(0, 100))
def test_never_do_more_come_out_at_once_than_the_habit_lets(count: int, each: int, silent: int) -> None:
    now = START + silent * DAY
    habit = habit_of(lived(each=each), now)
    verdict = guard([Shown(now) for _ in range(count)], habit, now)
    assert count - len(verdict.past) <= allowed(habit, now)
    assert bool(verdict.past) == (count > allowed(habit, now))


@given(st.lists(st.tuples(st.one_of(st.none(), spans), st.booleans()), max_size=80), st.randoms())
def test_the_verdict_does_not_hang_on_the_order_in_the_document(
    found: list[tuple[timedelta | None, bool]], chance: random.Random
) -> None:
    habit = habit_of(lived(), START)
    known = sorted(habit.signs)
    shown = [
        Shown(START - age if age is not None else None, known[n % len(known)] if twin else None)
        for n, (age, twin) in enumerate(found)
    ]
    places = list(range(len(shown)))
    chance.shuffle(places)
    there, back = guard(shown, habit, START), guard([shown[n] for n in places], habit, START)
    assert there.past == {places[n] for n in back.past}
    assert (there.why, bool(there.past)) == (back.why, bool(there.why))


def test_what_is_known_by_title_and_date_is_no_news_under_another_name() -> None:
    came = lived(days=2)
    habit = habit_of(came, START)
    known = [Shown(one.date, one.sign) for one in came]
    assert guard(known[: KNOWN - 1], habit, START).past == frozenset()
    assert guard([*known[:KNOWN], Shown(START)], habit, START).past == set(range(KNOWN))
    undated = habit_of([Came(START, sign=sign(f"t{n}", None)) for n in range(9)], START)
    again = [Shown(sign=sign(f"t{n}", None)) for n in range(5)]
    assert guard(again, undated, START).past == set(range(5))
    assert guard(again[:4], undated, START).past == frozenset()
    assert guard([*again, *(Shown() for _ in range(6))], undated, START).past == frozenset()


def test_one_alone_is_held_only_beyond_the_horizon() -> None:
    habit = habit_of(lived(days=60), START)
    assert habit.newest is not None
    assert habit.horizon == habit.newest - timedelta(days=30)
    for age, held in ((29, False), (31, True)):
        verdict = guard([Shown(habit.newest - age * DAY), Shown(START)], habit, START)
        assert verdict.past == ({0} if held else frozenset())
    slow = habit_of([Came(START - n * 90 * DAY, START - n * 90 * DAY) for n in range(9, 0, -1)], START)
    assert slow.horizon == START - 9 * 90 * DAY, "a slow source shows what is old"


def test_a_source_whose_news_is_never_in_order_may_go_on_so() -> None:
    chance = random.Random(1)
    came: list[Came] = []
    for day in range(40):
        at = START - (40 - day) * DAY
        came += [Came(at, at - timedelta(days=chance.uniform(0, 14))) for _ in range(8)]
    habit = habit_of(came, START)
    assert habit.disorder > 9 * DAY
    shown = [Shown(START - timedelta(days=5 + n / 2)) for n in range(8)]
    assert guard(shown, habit, START).past == frozenset()
    strict = habit_of(lived(days=40, each=8), START)
    assert guard(shown, strict, START).past != frozenset()


def test_a_document_that_is_in_no_order_says_so_and_a_pinned_post_does_not() -> None:
    came = lived()
    sorted_ = [START - n * DAY for n in range(30)]
    pinned = [START - 900 * DAY, *sorted_]
    mixed = [START - (n * 11 % 28) * DAY for n in range(60)]
    for listed in (sorted_, sorted_[::-1], pinned, pinned[::-1], sorted_[:1], []):
        assert habit_of(came, START, listed).disorder == timedelta(days=3)
    assert habit_of(came, START, mixed).disorder > 20 * DAY


def test_the_rest_of_a_flood_is_flood_and_what_comes_after_it_is_news() -> None:
    at = START - timedelta(minutes=5)
    flood = [Came(at, START - 300 * DAY, FLOOD, n) for n in range(BEHIND + 1)]
    habit = habit_of([*lived(), *flood], START)
    verdict = guard([Shown(at - timedelta(minutes=1)), Shown(), Shown(START)], habit, START)
    assert (verdict.past, verdict.goes_on) == ({0, 1}, True)
    later = START + STILL
    habit = habit_of([*lived(), *flood], later)
    assert guard([Shown(at - timedelta(minutes=1)), Shown()], habit, later).past == frozenset()


def test_a_habit_is_made_of_news_alone() -> None:
    news = lived()
    others = [Came(START - DAY, START - 4000 * DAY, kind) for kind in (BACKLOG, FLOOD) for _ in range(90)]
    before, after = habit_of(news, START), habit_of([*news, *others], START)
    assert (after.newest, after.horizon, after.disorder) == (before.newest, before.horizon, before.disorder)
    first = [Came(START, START - n * DAY, FIRST) for n in range(50)]
    assert habit_of(first, START).busiest == 1, "what was there at first came on its own days"
    assert habit_of([], START) == Habit()


@given(st.lists(st.one_of(st.none(), spans), max_size=120), st.integers(0, 100))
def test_of_a_first_document_the_newest_come_out(ages: list[timedelta | None], number: int) -> None:
    dates = [START - age if age is not None else None for age in ages]
    assert newest(dates, number, START) == set(range(max(0, len(ages) - number), len(ages)))
    assert newest(dates, None, START) == set(range(len(ages)))
    week = newest(dates, 7 * DAY, START)
    for place, age in enumerate(ages):
        assert (place in week) == (age <= 7 * DAY if age is not None else place >= len(ages) - 50)


def test_the_sign_of_an_article_is_its_title_and_its_date() -> None:
    when = datetime(2026, 1, 1, tzinfo=UTC)
    assert sign("Kabul: a report", when) == sign("  kabul, A Report ", when)
    assert sign("Kabul", when) != sign("Kabul", when + DAY)
    assert sign(None, None) is None
    assert sign("", when.replace(hour=0, minute=0, second=0)) is None, "a day names none of its notes"
    assert sign(None, when + timedelta(seconds=1)) is not None
    assert sign("Kabul", None) is not None
