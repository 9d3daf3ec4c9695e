"""What a poll came to -> what is remembered of the source, and when it is asked again. Pure."""

from datetime import datetime, timedelta

import msgspec

from feeds.model import Outcome
from feeds.schedule.cadence import Due, next_due
from feeds.schedule.ledger import Claim, Settlement
from feeds.schedule.states import Remembered
from feeds.settings import Source
from feeds.times import rfc3339

MOST_LOST = 3
"""Times in a row that no feed is where a page led to, before it is looked for again."""
SOON = timedelta(minutes=1)
"""When a document is gone on with of which entries are left."""
AT_ONCE = timedelta(seconds=0.5)
"""When a folder is looked through again in which a file has not come to rest."""


def remember(state: Remembered, outcome: Outcome, now: datetime) -> Remembered:
    """Return the source's state after a poll: new validators with every 200, 410 and Retry-After.

    A 304 changes nothing: validators it came without are kept as they were. A
    document that was cut, or of which entries are left or put off, leaves none: what is
    missing would never be asked for. One without entries is no first document yet. Where a page
    led to and no feed is any more, the page is asked anew.
    """
    error, answer = outcome.error, outcome.answer
    if answer is not None:
        whole = not (answer.truncated or outcome.left or outcome.later)
        etag, last_modified = (answer.etag, answer.last_modified) if whole else (None, None)
        return msgspec.structs.replace(
            state,
            etag=etag,
            last_modified=last_modified,
            gone=False,
            moved=answer.url if answer.moved and (outcome.feed or state.feed) is None else None,
            not_before=None,
            feed=outcome.feed or state.feed,
            lost=0,
            broke=(state.broke or outcome.broke) if outcome.broke else None,
            first=state.first and (bool(outcome.left) or not outcome.seen),  # Nothing in it was none, yet.
        )
    if error is not None and error.lost and state.feed is not None:
        lost = state.lost + 1
        if lost < MOST_LOST:
            return msgspec.structs.replace(state, lost=lost)
        return Remembered(
            key=state.key,
            name=state.name,
            url=state.url,
            first=state.first,
            encoding=state.encoding,
            walk=state.walk,
            gap=state.gap,
        )
    if state.lost:
        state = msgspec.structs.replace(state, lost=0)
    if error is None and state.first:  # A folder has no document, and nothing of it is held back.
        state = msgspec.structs.replace(state, first=False)
    if error is not None and (error.gone or state.gone or error.retry_after is not None):
        until = rfc3339(now + error.retry_after) if error.retry_after is not None else None
        return msgspec.structs.replace(state, gone=error.gone, not_before=until)
    return state


def settle(claim: Claim, source: Source, outcome: Outcome, now: datetime) -> Settlement:
    """Return how a claim is settled."""
    error = outcome.error
    failures = claim.failures + 1 if error is not None else 0
    wait = error.retry_after if error is not None else None
    due = next_due(now, source.every, failures, retry_after=wait, gone=error is not None and error.gone)
    if outcome.left and due.at is not None and due.at > now + SOON:
        due = Due(now + SOON, f"{outcome.left} entries of its last document are left")
    if outcome.waiting and due.at is not None and due.at > now + AT_ONCE:
        due = Due(now + AT_ONCE, "a file in it is still being written to")
    return Settlement(
        at=now,
        due=due.at,
        why=due.why,
        status=outcome.status,
        failures=failures,
        error=str(error) if error is not None else None,
        kept=outcome.news,
        seen=outcome.seen,
        shown=outcome.shown,
        host_free=now + wait if wait is not None else None,
        slow=error is not None and error.limit,
    )


def postponed(claim: Claim, now: datetime) -> Settlement:
    """Return how a claim is settled of which we could keep nothing, through no fault of the source's."""
    why = "what it answered could not be kept here"
    return Settlement(at=now, due=now + SOON, why=why, status="refused", failures=claim.failures)
