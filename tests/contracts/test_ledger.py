"""The clauses of the Ledger port, over SQLite and over memory."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from feeds.schedule.disk_ledger import DiskLedger
from feeds.schedule.ledger import Claim, Enrolment, Ledger, Settlement
from feeds.schedule.memory_ledger import MemoryLedger
from tests.builders import START

LEASE = timedelta(minutes=5)
HOUR = timedelta(hours=1)


@pytest.fixture(params=["disk", "memory"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Ledger:
    return DiskLedger(tmp_path / "ledger.sqlite") if request.param == "disk" else MemoryLedger()


def source(
    key: str, host: str | None = None, *, late: float = 0, gone: bool = False, lane: str = "net"
) -> Enrolment:
    return Enrolment(key, key.upper(), lane, host, START - timedelta(seconds=late), gone)


def claim(
    ledger: Ledger, limit: int = 10, lane: str = "net", *, after: timedelta = timedelta(0)
) -> list[Claim]:
    return ledger.claim(START + after, limit, LEASE, lane)


def settled(
    status: str = "new", *, failures: int = 0, due: timedelta | None = HOUR, **more: object
) -> Settlement:
    when = START + due if due is not None else None
    return Settlement(at=START, due=when, why="w", status=status, failures=failures, **more)  # type: ignore[arg-type]


def test_one_source_can_be_claimed_due_or_not(ledger: Ledger) -> None:
    ledger.enrol([source("a", late=-3600)], START)
    assert claim(ledger) == []
    one = ledger.claim_one("a", START, LEASE)
    assert one == Claim("a", 1, 0)
    assert ledger.claim_one("a", START, LEASE) is None, "it is being asked"
    assert ledger.claim_one("b", START, LEASE) is None, "nobody knows it"
    assert ledger.claim_one("a", START + LEASE * 2, LEASE) == Claim("a", 2, 0)
    assert not ledger.settle(one, settled())


def test_a_live_enrolment_lets_claims_stand(ledger: Ledger) -> None:
    ledger.enrol([source("a"), source("b")], START)
    one, other = claim(ledger)
    ledger.enrol([source("a")], START, live=True)
    assert claim(ledger) == []
    assert ledger.settle(one, settled())
    assert not ledger.settle(other, settled()), "taken out meanwhile"
    assert [account.key for account in ledger.accounts()] == ["a"]


def test_due_sources_are_claimed_most_overdue_first_and_once(ledger: Ledger) -> None:
    ledger.enrol([source("a", late=1), source("b", late=9), source("c", late=-60)], START)
    assert [one.key for one in claim(ledger)] == ["b", "a"]
    assert claim(ledger) == []


def test_lanes_are_claimed_apart(ledger: Ledger) -> None:
    ledger.enrol([source("a"), source("f", lane="local")], START)
    assert [one.key for one in claim(ledger, lane="local")] == ["f"]
    assert [one.key for one in claim(ledger, lane="net")] == ["a"]


def test_one_source_of_a_host_at_a_time(ledger: Ledger) -> None:
    ledger.enrol(
        [source("a", "h", late=2), source("b", "h", late=1), source("c", "i"), source("d"), source("e")],
        START,
    )
    first = claim(ledger)
    assert [one.key for one in first] == ["a", "c", "d", "e"]
    assert ledger.settle(first[0], settled())
    assert [one.key for one in claim(ledger)] == ["b"]


def test_the_limit_is_kept(ledger: Ledger) -> None:
    ledger.enrol([source(f"s{n}") for n in range(10)], START)
    assert len(claim(ledger, 3)) == 3
    assert len(claim(ledger, 100)) == 7


def test_a_lease_that_ended_is_claimed_anew_and_the_old_claim_is_fenced_off(ledger: Ledger) -> None:
    ledger.enrol([source("a")], START)
    (old,) = claim(ledger)
    assert claim(ledger, after=LEASE / 2) == []
    (new,) = claim(ledger, after=LEASE)
    assert new.token > old.token
    assert not ledger.settle(old, settled("late"))
    assert ledger.settle(new, settled("new"))
    assert ledger.accounts()[0].status == "new"


def test_a_settlement_says_when_it_is_due_and_what_was_seen(ledger: Ledger) -> None:
    ledger.enrol([source("a")], START)
    (one,) = claim(ledger)
    marks = frozenset([b"0" * 16, b"1" * 16])
    ledger.settle(one, settled(seen=marks, kept=3))
    assert claim(ledger) == []
    (again,) = claim(ledger, after=HOUR)
    assert again.seen == marks
    ledger.settle(again, settled("failed", failures=2, error="no", kept=0))
    (third,) = claim(ledger, after=HOUR)
    assert (third.seen, third.failures) == (marks, 2)
    (account,) = ledger.accounts()
    assert (account.name, account.kept, account.failures, account.error) == ("A", 3, 2, "no")
    assert account.good == START


def test_never_means_never(ledger: Ledger) -> None:
    ledger.enrol([source("a"), source("g", gone=True)], START)
    (one,) = claim(ledger)
    assert one.key == "a"
    ledger.settle(one, settled("failed", failures=1, due=None))
    ledger.hasten(START + HOUR)
    assert claim(ledger, after=timedelta(days=9)) == []


def test_a_whole_host_is_left_alone_when_it_asks_for_it(ledger: Ledger) -> None:
    ledger.enrol([source("a", "h", late=1), source("b", "h"), source("c", "i")], START)
    first = claim(ledger)
    ledger.settle(first[0], settled("failed", failures=1, host_free=START + HOUR))
    assert claim(ledger) == []
    assert {one.key for one in claim(ledger, after=HOUR)} >= {"b"} or claim(ledger, after=HOUR)[0].key in {
        "a",
        "b",
    }


def test_given_back_is_as_if_never_claimed(ledger: Ledger) -> None:
    ledger.enrol([source("a")], START)
    (one,) = claim(ledger)
    ledger.give_back(one)
    assert [again.key for again in claim(ledger)] == ["a"]


def test_hastening_makes_everything_due(ledger: Ledger) -> None:
    ledger.enrol([source("a", late=-9999), source("b", late=-9999)], START)
    assert claim(ledger) == []
    ledger.hasten(START)
    assert len(claim(ledger)) == 2


def test_hastening_some_leaves_the_others(ledger: Ledger) -> None:
    ledger.enrol([source("a", late=-9999), source("b", late=-9999), source("g", gone=True)], START)
    ledger.hasten(START, {"b", "g", "unknown"})
    assert [one.key for one in claim(ledger)] == ["b"]


def test_pending_is_what_is_asked_or_due_and_not_left_alone(ledger: Ledger) -> None:
    ledger.enrol(
        [
            source("a", "h", late=2),
            source("b", "h"),
            source("c"),
            source("l", late=-60),
            source("g", gone=True),
        ],
        START,
    )
    assert ledger.pending(START) == {"a", "b", "c"}
    first, third = claim(ledger)
    assert ledger.pending(START) == {"a", "b", "c"}
    ledger.settle(third, settled())
    assert ledger.pending(START) == {"a", "b"}
    ledger.settle(first, settled("failed", failures=1, host_free=START + HOUR))
    assert ledger.pending(START) == set()


def test_enrolling_again_keeps_times_adds_and_forgets(ledger: Ledger) -> None:
    ledger.enrol([source("a"), source("b")], START)
    for one in claim(ledger):
        ledger.settle(one, settled(seen=frozenset([b"x" * 16])))
    ledger.enrol([source("b"), source("c")], START)
    assert [one.key for one in claim(ledger)] == ["c"], "b keeps its time, and a lease ends with its process"
    assert [account.key for account in ledger.accounts()] == ["b", "c"]
    (again,) = [one for one in claim(ledger, after=HOUR) if one.key == "b"]
    assert again.seen == frozenset([b"x" * 16])


def test_a_shorter_interval_is_taken_up_where_all_was_well(ledger: Ledger) -> None:
    ledger.enrol([source("a"), source("b")], START)
    well, failing = claim(ledger)
    ledger.settle(well, settled(due=timedelta(hours=12)))
    ledger.settle(failing, settled("failed", failures=3, due=timedelta(hours=12)))
    for every in (HOUR, timedelta(hours=48)):
        ledger.enrol([replace(source(key), every=every) for key in "ab"], START)
        well_off, failing_on = ledger.accounts()
        assert (well_off.due, well_off.why) == (START + HOUR, "every 1h")
        assert (failing_on.due, failing_on.why) == (START + 12 * HOUR, "w")


def test_an_edited_address_is_asked_at_once_without_the_failures_of_the_old_one(ledger: Ledger) -> None:
    ledger.enrol([source("a"), source("g")], START)
    for one in claim(ledger):
        ledger.settle(one, settled("failed", failures=5, due=24 * HOUR, error="404"))
    ledger.enrol([replace(source("a"), every=HOUR, edited=True), source("g", gone=True)], START)
    account, _ = ledger.accounts()
    assert (account.failures, account.error, account.why) == (0, None, "its address was edited")
    (again,) = claim(ledger)
    assert (again.key, again.failures) == ("a", 0)


def test_a_source_that_was_gone_is_asked_again_when_it_is_enrolled_as_there(ledger: Ledger) -> None:
    ledger.enrol([source("a", gone=True)], START)
    assert claim(ledger) == []
    ledger.enrol([source("a")], START)
    assert [one.key for one in claim(ledger)] == ["a"]


def test_when_the_clock_is_set_plans_move_with_it(ledger: Ledger) -> None:
    ledger.enrol([source("a", "h"), source("b", "h")], START)
    first, *_ = claim(ledger)
    ledger.settle(first, settled(host_free=START + HOUR))
    back = timedelta(days=2)
    ledger.shift(-back)
    assert claim(ledger, after=-back) == []
    assert len(claim(ledger, after=HOUR - back)) == 1


def test_a_clock_set_back_while_nobody_ran_is_noticed(ledger: Ledger) -> None:
    ledger.enrol([source("a")], START)
    (one,) = claim(ledger)
    ledger.settle(one, settled())
    early = START - timedelta(days=9)
    ledger.enrol([Enrolment("a", "A", "net", None, early)], early)
    assert [again.key for again in ledger.claim(early, 10, LEASE, "net")] == ["a"]


def test_what_a_host_asked_for_under_a_clock_far_ahead_is_forgotten(ledger: Ledger) -> None:
    ledger.enrol([source("a", "h"), source("b", "i")], START)
    first, second = claim(ledger)
    ledger.settle(first, settled("failed", failures=1, host_free=START + timedelta(days=365)))
    ledger.settle(second, settled("failed", failures=1, host_free=START + timedelta(days=6)))
    ledger.enrol([source("a", "h"), source("b", "i")], START)
    assert [one.key for one in claim(ledger, after=2 * HOUR)] == ["a"]
    assert [one.key for one in claim(ledger, after=timedelta(days=6))] == ["a", "b"]


def test_a_source_that_met_a_bound_or_was_put_off_is_claimed_among_the_slow_until_it_answers_well(
    ledger: Ledger,
) -> None:
    ledger.enrol([source("a"), source("b"), source("c", lane="local")], START)
    first, second = claim(ledger)
    ledger.settle(first, settled("failed", failures=1, due=timedelta(0), slow=True))
    ledger.give_back(second, slow=True)
    ledger.enrol([source("a"), source("b"), source("c", lane="local")], START)
    assert claim(ledger) == []
    again = claim(ledger, lane="slow")
    assert [one.key for one in again] == ["a", "b"]
    assert [one.key for one in claim(ledger, lane="local")] == ["c"]
    ledger.settle(again[0], settled(due=timedelta(0)))
    ledger.give_back(again[1])
    assert [one.key for one in claim(ledger)] == ["a"]
    assert [one.key for one in claim(ledger, lane="slow")] == ["b"]


def test_what_is_forgotten_comes_back_by_no_poll_that_is_under_way(ledger: Ledger) -> None:
    ledger.enrol([source("a"), source("b")], START)
    first, second = claim(ledger)
    assert ledger.settle(first, settled(due=timedelta(0), shown=b"named"))
    ledger.forget()
    assert not ledger.settle(second, settled(shown=b"named"))
    assert [(one.key, one.shown) for one in claim(ledger)] == [("a", b"")]
    assert [(one.key, one.shown) for one in claim(ledger, after=2 * LEASE)] == [("a", b""), ("b", b"")]
