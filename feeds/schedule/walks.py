"""An older document of a source -> how far its past was walked, and what comes next. Pure.

RFC 5005, sections 4 and 3, and JSON Feed's `next_url`: each document names the one before it.
The walk is bounded: so many documents, no circles, no host but the source's own and those
that it redirects to. Documents with entries whose page was not to be had are asked for once
more in the end: so a host that is down holds up nothing of the past.

A source's past is walked once. What was missed while it was not asked is walked as often as
that happens, back to the first document that shows what was known before.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import msgspec

from feeds.model import Outcome
from feeds.schedule.cadence import Due, next_due
from feeds.schedule.ledger import Claim, Settlement
from feeds.schedule.states import Remembered, Walk
from feeds.settings import FeedSource, Source

MOST = 1000
"""Documents of one source."""
TURN = timedelta(seconds=2)
"""Between two older documents of one source: others have their turns, and its host has peace."""
AGAIN = timedelta(minutes=1)
MOST_AGAIN, MOST_MARKS = 100, 10_000
"""Documents that are asked for once more, and their entries."""
PEACE = timedelta(minutes=10)
"""Before each of these: what failed in passing has time to pass."""
MOST_FAILURES = 12
"""In a row, of one document, with a longer wait behind each: after three days the walk ends there."""


NOWHERE = "its feed names no older document"
"""Why a walk is over that was not begun; it begins where the feed comes to name one."""


def begin(source: Source, state: Remembered, outcome: Outcome) -> Remembered:
    """Return the state with a walk begun, where one is wanted and the source's document leads back."""
    if not isinstance(source, FeedSource) or not source.history:
        return state
    if (state.walk is not None and state.walk.over != NOWHERE) or outcome.answer is None or outcome.left:
        return state
    if outcome.earlier is None:
        return msgspec.structs.replace(state, walk=Walk(over=NOWHERE))
    own = (source.url, state.feed, outcome.answer.url)
    return msgspec.structs.replace(state, walk=led(Walk(), outcome.earlier, own))


def back(before: Walk | None, walk: Walk) -> Walk:
    """Return a walk through what was missed, where one *before* has not come to its end: both as one."""
    if before is None or before.over is not None:
        return walk
    room = before.room + walk.room if before.room is not None and walk.room is not None else None
    return msgspec.structs.replace(before, mark=None, end=None, room=room)


def under_way(state: Remembered) -> tuple[str, Walk] | None:
    """Return the walk whose turn it is, and the name under which it is remembered: first what was missed."""
    found = (("gap", state.gap), ("walk", state.walk))
    return next(((name, walk) for name, walk in found if walk is not None and walk.over is None), None)


def go_on(walk: Walk, source: FeedSource, state: Remembered, outcome: Outcome) -> Walk:
    """Return the walk behind a document that was read; the same document is next where entries of it are left."""
    read = msgspec.structs.replace(walk, articles=walk.articles + outcome.news)
    if outcome.left or outcome.answer is None:
        return read
    if walk.end is not None:
        return _ended(read, walk.end)
    if outcome.missed and walk.next is not None and len(walk.again) < MOST_AGAIN:
        read = msgspec.structs.replace(read, again=(*walk.again, walk.next))
    pages = walk.pages + 1
    # The address at every power of two: any circle comes by it again (after R. P. Brent).
    mark = walk.next if pages & (pages - 1) == 0 else walk.mark
    read = msgspec.structs.replace(read, pages=pages, mark=mark)
    if outcome.met:
        return _ended(read, "it came to what was known")
    if outcome.earlier is None:
        return _ended(read, "complete")
    if pages >= MOST:
        return _ended(read, f"ended behind {MOST} documents: no source is walked further")
    return led(read, outcome.earlier, (source.url, state.feed, walk.next, outcome.answer.url))


def fail(walk: Walk, claim: Claim, outcome: Outcome) -> Walk:
    """Return the walk behind a document that could not be read: ended, or where it was."""
    error = outcome.error
    if error is None:
        return walk
    if walk.end is not None:
        return _ended(walk, walk.end)
    if error.gone or error.lost:
        return _ended(walk, f"ended at {walk.next}, which {error}")
    if claim.failures + 1 >= MOST_FAILURES:
        return _ended(walk, f"given up at {walk.next}, which {error}")
    return walk


def settle(claim: Claim, walk: Walk, outcome: Outcome, now: datetime, *, more: bool = False) -> Settlement:
    """Return how a turn is settled.

    more   behind this walk another one waits
    """
    error = outcome.error
    failures = claim.failures + 1 if error is not None else 0
    wait = error.retry_after if error is not None else None
    due = Due(now + TURN, f"document {walk.pages + 1} of its past")
    if walk.end is not None:
        due = Due(now + PEACE, f"pages were missed on {len(walk.again) + 1} documents of its past")
    elif error is not None:
        due = next_due(now, AGAIN, failures, retry_after=wait)
    if walk.over is not None:
        due = Due(now + TURN if more else None, walk.over)
    return Settlement(
        at=now,
        due=due.at,
        why=due.why,
        status=outcome.status,
        failures=0 if walk.over is not None else failures,
        error=str(error) if error is not None else None,
        kept=outcome.news,
        seen=claim.seen | outcome.missed if len(claim.seen | outcome.missed) <= MOST_MARKS else claim.seen,
        host_free=now + wait if wait is not None else None,
    )


def led(walk: Walk, earlier: str, own: Iterable[str | None]) -> Walk:
    """Return the walk with its next document, or ended where that may not be asked for."""
    addresses = [address for address in own if address is not None]
    if earlier in {*addresses, walk.mark}:
        return _ended(walk, f"ended at {earlier}: it goes round in a circle")
    host = _host(earlier)
    if not host or host not in {_host(address) for address in addresses}:
        return _ended(walk, f"ended at {earlier}: that is another host")
    return msgspec.structs.replace(walk, next=earlier)


def _ended(walk: Walk, why: str) -> Walk:
    """Return the walk at its end; before that, at the next document that is to be asked for once more."""
    if walk.again:
        return msgspec.structs.replace(walk, next=walk.again[0], mark=None, again=walk.again[1:], end=why)
    return msgspec.structs.replace(walk, next=None, mark=None, over=why, end=None)


def _host(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").lower().removeprefix("www.")
    except ValueError:
        return ""
