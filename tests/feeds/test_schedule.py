"""When sources are asked, what is remembered of them, and whether the clock is believed."""

import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from archive.disk.journal import DiskJournal
from feeds import clock
from feeds.clock import SystemClock, Trust
from feeds.errors import FetchError
from feeds.model import Fetched, Outcome
from feeds.schedule.cadence import LONGEST, next_due, spread
from feeds.schedule.ledger import Claim
from feeds.schedule.settling import remember, settle
from feeds.schedule.states import Remembered, States
from feeds.settings import FeedSource, FolderSource
from feeds.times import http_date, parse, rfc3339, spoken, stamp
from tests.builders import START, TurnedClock

EVERY = timedelta(minutes=30)


def test_a_source_is_asked_at_its_interval_doubled_for_each_failure() -> None:
    waits = [(next_due(START, EVERY, failures).at or START) - START for failures in range(9)]
    assert waits[:4] == [EVERY, EVERY * 2, EVERY * 4, EVERY * 8]
    assert waits[-1] == LONGEST
    assert next_due(START, timedelta(days=3), 5).at == START + timedelta(days=3), (
        "never sooner than its owner wants"
    )
    assert next_due(START, EVERY, 0).why == "every 30m"
    assert next_due(START, EVERY, 2).why == "failed 2 times in a row: asked again after 2h"


def test_the_server_is_heard() -> None:
    asked = next_due(START, EVERY, 1, retry_after=timedelta(hours=5))
    assert (asked.at, asked.why) == (START + timedelta(hours=5), "the server asked to wait 5h")
    assert next_due(START, EVERY, 0, retry_after=timedelta(seconds=1)).at == START + EVERY
    assert next_due(START, EVERY, 0, gone=True).at is None


def test_lost_due_times_are_spread_over_one_interval() -> None:
    times = [spread(f"https://host{n}.example/", START, EVERY) for n in range(200)]
    assert all(START <= time < START + EVERY for time in times)
    assert len(set(times)) > 190
    assert times == [spread(f"https://host{n}.example/", START, EVERY) for n in range(200)]


def feed(url: str, name: str, *, named: bool = True) -> FeedSource:
    return FeedSource(url=url, name=name, named=named)


@pytest.fixture
def journal(tmp_path: Path) -> DiskJournal:
    return DiskJournal(tmp_path / "state")


def test_a_state_is_written_only_when_it_changes(journal: DiskJournal) -> None:
    states = States(journal)
    state = Remembered(key="k", name="n", url="k", etag='"1"')
    states.remember(state, journal)
    states.remember(state, journal)
    assert journal.last == 1
    assert States(journal).now("k") == state


def test_the_key_stays_when_url_or_name_changes(journal: DiskJournal) -> None:
    states = States(journal)
    ((_, first),) = states.assign([feed("https://a.example/1", "paper")])
    assert first.key == "https://a.example/1"
    states.remember(first, journal)
    ((_, renamed),) = states.assign([feed("https://a.example/1", "journal")])
    assert (renamed.key, renamed.name) == ("https://a.example/1", "journal")
    ((_, moved),) = states.assign([feed("https://b.example/2", "paper")])
    assert (moved.key, moved.url, moved.etag, moved.gone) == (
        "https://a.example/1",
        "https://b.example/2",
        None,
        False,
    )
    states.remember(moved, journal)
    ((_, again),) = States(journal).assign([feed("https://b.example/2", "paper")])
    assert again.key == "https://a.example/1"


def test_a_name_made_of_the_address_is_no_claim_to_a_past(journal: DiskJournal) -> None:
    states = States(journal)
    for _, state in states.assign([feed("https://a.example/1", "a.example", named=False)]):
        states.remember(state, journal)
    pairs = states.assign(
        [
            feed("https://a.example/0", "a.example", named=False),
            feed("https://a.example/1", "a.example-2", named=False),
        ]
    )
    assert [state.key for _, state in pairs] == ["https://a.example/0", "https://a.example/1"]


def test_another_scheme_or_password_makes_no_other_source(journal: DiskJournal) -> None:
    states = States(journal)
    for _, state in states.assign([feed("http://me:old@a.example/1", "a.example", named=False)]):
        states.remember(msgspec.structs.replace(state, first=False, etag="x"), journal)
    ((_, moved),) = states.assign([feed("https://me:new@A.example/1", "a.example", named=False)])
    assert (moved.key, moved.first, moved.etag) == ("http://me:old@a.example/1", False, None)
    both = ["https://a.example/1", "http://me:old@a.example/1"]
    pairs = states.assign([feed(url, "a.example", named=False) for url in both])
    assert [state.key for _, state in pairs] == both, "as long as its own address stands there it keeps it"
    ((_, other),) = states.assign([feed("https://a.example/1?x", "a.example", named=False)])
    assert other.key == "https://a.example/1?x"


def test_two_sources_never_share_a_key(journal: DiskJournal) -> None:
    states = States(journal)
    for _, state in states.assign([feed("https://a.example/1", "paper")]):
        states.remember(state, journal)
    pairs = states.assign([feed("https://b.example/2", "paper"), feed("https://a.example/1", "other")])
    keys = [state.key for _, state in pairs]
    assert keys == ["https://b.example/2", "https://a.example/1"]
    for _, state in states.assign([feed("https://b.example/2", "x"), feed("https://c.example/3", "paper")]):
        states.remember(state, journal)
    pairs = states.assign([feed("https://a.example/1", "new"), feed("https://c.example/3", "paper")])
    assert len({state.key for _, state in pairs}) == 2


def outcome(**facts: object) -> Outcome:
    return Outcome(**({"status": "new"} | facts))  # type: ignore[arg-type]


def test_what_a_poll_leaves_to_remember() -> None:
    state = Remembered(key="k", name="n", url="k", etag='"1"', last_modified="x")
    answer = Fetched(url="k", status=200, body=b"", etag='"2"')
    assert remember(state, outcome(answer=answer), START) == Remembered(
        key="k", name="n", url="k", etag='"2"'
    )
    assert remember(state, outcome(status="unchanged"), START) == state
    assert remember(state, outcome(status="failed", error=FetchError("x")), START) == state
    gone = remember(state, outcome(status="failed", error=FetchError("x", gone=True)), START)
    assert gone.gone
    waiting = remember(
        state, outcome(status="failed", error=FetchError("x", retry_after=timedelta(hours=1))), START
    )
    assert waiting.not_before == rfc3339(START + timedelta(hours=1))
    assert remember(waiting, outcome(answer=answer), START).not_before is None
    cut = remember(state, outcome(answer=replace(answer, truncated=True)), START)
    assert (cut.etag, cut.last_modified) == (None, None), "what was cut off is asked for again"


def test_how_a_poll_is_settled() -> None:
    source, claim = feed("https://a.example/", "a"), Claim("k", 1, 3)
    fine = settle(claim, source, outcome(seen=frozenset()), START)
    assert (fine.failures, fine.due, fine.error, fine.host_free) == (0, START + EVERY, None, None)
    failed = settle(
        claim, source, outcome(status="failed", error=FetchError("no", retry_after=timedelta(days=2))), START
    )
    assert (failed.failures, failed.due, failed.error) == (4, START + timedelta(days=2), "no")
    assert failed.host_free == START + timedelta(days=2)


def test_a_folder_in_which_a_file_is_being_written_is_looked_through_again_at_once() -> None:
    claim = Claim("inbox", 1, 0)
    folder = FolderSource(folder="inbox", path=Path("inbox"), name="inbox")
    waiting = settle(claim, folder, Outcome(status="same", waiting=1), START)
    assert waiting.due == START + timedelta(seconds=0.5)
    assert waiting.why == "a file in it is still being written to"
    assert settle(claim, folder, Outcome(status="same"), START).due == START + folder.every


def test_the_clock_is_doubted_when_it_runs_ahead_of_time_itself() -> None:
    clock = TurnedClock()
    trust = Trust(clock)
    clock.advance(days=30)
    assert not trust.doubtful()
    clock.jump(hours=23)
    assert not trust.doubtful()
    clock.jump(hours=2)
    assert trust.doubtful()
    clock.jump(days=-40)
    assert not trust.doubtful(), "a clock set back delays; it makes no false dates"


def test_the_clock_is_doubted_when_three_hosts_say_otherwise() -> None:
    clock = TurnedClock()
    trust = Trust(clock)
    for host in ("a", "b", "a", "a"):
        trust.heard(host, clock.now() - timedelta(days=3))
    assert not trust.doubtful(), "two hosts are not enough"
    trust.heard("c", clock.now() - timedelta(days=3))
    assert trust.doubtful()
    trust.heard("d", clock.now())
    assert not trust.doubtful()
    for host in "efgh":
        trust.heard(host, clock.now() - timedelta(days=3))
    assert not trust.doubtful(), "one that agrees outweighs all others"


def test_dates_of_headers_are_read_or_none() -> None:
    assert http_date("Mon, 05 Jan 2026 09:00:00 +0100") == START
    assert http_date("Mon, 05 Jan 2026 08:00:00") == START
    for odd in ("Mon, 05 Jan 2026 08:00:00 +99999999999999", "Mon, \xb2 Jan 2020 00:00:00 GMT", "", "soon"):
        assert http_date(odd) is None


def test_three_hosts_that_agree_overrule_the_start() -> None:
    clock = TurnedClock()
    trust = Trust(clock)
    for host in "abc":
        trust.heard(host, clock.now())
    assert not trust.doubtful()
    clock.jump(hours=25)
    assert trust.doubtful(), "they agreed with the time before"
    for host in "ab":
        trust.heard(host, clock.now())
    assert trust.doubtful(), "two are not enough"
    trust.heard("c", clock.now())
    assert not trust.doubtful()
    clock.jump(hours=23)
    assert not trust.doubtful(), "counted anew from there"
    clock.jump(hours=2)
    assert trust.doubtful()


def test_the_hours_that_a_machine_sleeps_count() -> None:
    if not hasattr(time, "CLOCK_BOOTTIME"):
        assert clock._WITH_SLEEP == time.CLOCK_MONOTONIC, "only Linux tells them apart"
        return
    assert clock._WITH_SLEEP == time.CLOCK_BOOTTIME != time.CLOCK_MONOTONIC
    assert SystemClock().monotonic() == pytest.approx(time.clock_gettime(time.CLOCK_BOOTTIME), abs=5)


def test_times_are_written_one_way() -> None:
    assert rfc3339(START) == "2026-01-05T08:00:00Z"
    assert rfc3339(START + timedelta(milliseconds=5)) == "2026-01-05T08:00:00.005Z"
    assert stamp(START) == "2026-01-05T08:00:00.000Z"
    assert stamp(START) < stamp(START + timedelta(milliseconds=1)) < stamp(START + timedelta(seconds=1))
    assert parse("2026-01-05T09:00:00+01:00") == START
    with pytest.raises(ValueError, match="names no time zone"):
        parse("2026-01-05T09:00:00")
    assert [spoken(timedelta(seconds=n)) for n in (5, 60, 90, 1800, 5400, 7200, 86400, 200_000)] == [
        "5s", "1m", "1m30s", "30m", "90m", "2h", "1d", "56h",
    ]  # fmt: skip


def test_folders_are_sources_like_others(journal: DiskJournal) -> None:
    ((_, state),) = States(journal).assign(
        [FolderSource(folder="inbox", path=Path("/x/inbox"), name="inbox")]
    )
    assert state.key == "inbox"
