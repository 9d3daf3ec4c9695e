"""A claim -> the turn it is for: a source is polled, or one older document of its past is read.

A source's past has a place of its own in the queue. So one document is one turn, its
host is asked by one of us at a time, and a failure is asked again later; what was
reached stands in the state journal, where a crash or a stop finds it.
"""

from dataclasses import replace

import msgspec

from feeds.errors import FetchError, Overtaxed
from feeds.ingest.fetch import fetch_feed
from feeds.intake.asking import Answered
from feeds.intake.pipeline import attempt, poll
from feeds.intake.report import walked
from feeds.intake.taking import read, take
from feeds.model import Fetched, Memory, Outcome
from feeds.office.bureau import Bureau
from feeds.schedule import walks
from feeds.schedule.enrolling import is_walking
from feeds.schedule.ledger import WALK, Claim
from feeds.schedule.states import Remembered, Walk
from feeds.settings import FeedSource


def turn(bureau: Bureau, claim: Claim, given: Answered | None = None) -> Outcome | None:
    """Do what a claim is for; None where we were stopped meanwhile, or where there is nothing to do."""
    if not claim.key.startswith(WALK):
        return poll(bureau, claim, given)
    found = bureau.sources.get(claim.key.removeprefix(WALK))
    if found is None or not isinstance(found[0], FeedSource) or not is_walking(*found):
        bureau.ledger.give_back(claim)
        return None
    source, state = found[0], found[1]
    turn_of = walks.under_way(state)
    assert turn_of is not None
    name, walk = turn_of
    return attempt(
        bureau,
        claim,
        source,
        lambda: _read(bureau, source, state, walk, claim),
        lambda outcome: _settle(bureau, claim, state, name, walk, outcome),
    )


def _read(bureau: Bureau, source: FeedSource, state: Remembered, walk: Walk, claim: Claim) -> Outcome:
    """Keep what is new in the next document of a source's past."""
    at = msgspec.structs.replace(source, url=walk.next)
    with bureau.door.on_behalf(source.url, source.proxy):
        answer = fetch_feed(at, Memory(), bureau.settings.fetch, bureau.door, bureau.clock.now())
        if not isinstance(answer, Fetched):
            raise FetchError("answered 304, though nothing of it was known")
        try:
            reading = read(bureau, state, answer, claim, past=True)
            del answer  # With its body, which may be large.
            outcome = take(bureau, source, state, reading, claim, past=walk)
        except Overtaxed:
            raise  # A busy machine may be at fault.
        except FetchError as error:
            error.lost = True  # It came whole, and is no feed: nothing more leads back from here.
            raise
    return replace(outcome, answer=reading.answer, seen=None, shown=None)


def _settle(bureau: Bureau, claim: Claim, asked: Remembered, name: str, walk: Walk, outcome: Outcome) -> None:
    """Remember how far the past was walked, and when its next document is asked for.

    name   under which the walk is remembered
    """
    now = bureau.clock.now()
    with bureau.at_work():
        key = asked.key
        source, state = bureau.sources.get(key, (None, asked))
        if not isinstance(source, FeedSource) or getattr(state, name) != walk:
            bureau.ledger.give_back(claim)  # Taken out, moved, or told to leave it meanwhile.
            return
        if outcome.error is not None:
            reached = walks.fail(walk, claim, outcome)
        else:
            reached = walks.go_on(walk, source, state, outcome)
        remembered = msgspec.structs.replace(state, **{name: reached})
        bureau.states.remember(remembered, bureau.archive.state)
        bureau.sources[key] = (source, remembered)
        more = walks.under_way(remembered) is not None
        bureau.ledger.settle(claim, walks.settle(claim, reached, outcome, now, more=more))
        if reached != walk:
            walked(source, reached)
