"""Sources as configured and as remembered -> how each is to stand in the queue. Pure."""

from collections.abc import Collection
from datetime import datetime
from urllib.parse import urlsplit

from feeds.schedule.cadence import spread
from feeds.schedule.ledger import WALK, Enrolment
from feeds.schedule.states import Remembered
from feeds.schedule.walks import TURN, under_way
from feeds.settings import FeedSource, Source, address_of
from feeds.times import LONGEST_WAIT, parse


def enrolment(
    source: Source, state: Remembered, known: Remembered | None, expected: Collection[str], now: datetime
) -> Enrolment:
    """Return how a source stands in the queue from now on.

    known      what was remembered of it before; None where it is new
    expected   addresses whose first answer is about to be brought: they are not asked meanwhile
    """
    edited = known is not None and known.url != state.url
    due = spread(state.key, now, source.every) if known is not None and not edited else now
    if address_of(source) in expected:
        due = now + source.every
    if state.not_before is not None and parse(state.not_before) <= now + LONGEST_WAIT:
        due = max(due, parse(state.not_before))
    lane = "net" if isinstance(source, FeedSource) else "local"
    return Enrolment(
        state.key, source.name, lane, _host(source), due, state.gone, every=source.every, edited=edited
    )


def is_walking(source: Source, state: Remembered) -> bool:
    """Say whether there is more of a source's past to ask for."""
    return isinstance(source, FeedSource) and source.history and under_way(state) is not None


def walk_enrolment(source: Source, state: Remembered, now: datetime) -> Enrolment:
    """Return how the past of a source stands in the queue: beside it, and never at once with it."""
    return Enrolment(f"{WALK}{state.key}", f"{source.name} (history)", "net", _host(source), now + TURN)


def _host(source: Source) -> str | None:
    """Return the host at which one source is asked at a time; one's own hosts need no such care."""
    if isinstance(source, FeedSource) and not source.allow_private:
        return (urlsplit(source.url).hostname or "").lower()
    return None
