"""What a poll came to -> what is remembered of the source, and when it is asked again. Pure."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from archive import Kept
from feeds.errors import FetchError
from feeds.model import Fetched
from feeds.schedule.cadence import next_due
from feeds.schedule.ledger import Claim, Settlement
from feeds.schedule.states import Remembered
from feeds.settings import Source
from feeds.times import rfc3339


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one poll came to.

    status    new, same (200, nothing new), unchanged (304), failed
    kept      what became of each entry that was new or changed
    seen      marks of what the document held; None leaves them as they are
    answer    of the server, whose validators are to be remembered
    notes     what the owner should know beside it, a sentence each
    waiting   files that were being written to
    """

    status: str
    kept: tuple[Kept, ...] = ()
    seen: frozenset[bytes] | None = None
    answer: Fetched | None = None
    error: FetchError | None = None
    notes: tuple[str, ...] = ()
    waiting: int = 0

    @property
    def news(self) -> int:
        """New articles and revisions."""
        return sum(one.status in {"new", "revised"} for one in self.kept)


def remember(state: Remembered, outcome: Outcome, now: datetime) -> Remembered:
    """Return the source's state after a poll: new validators with every 200, 410 and Retry-After.

    A 304 changes nothing: validators it came without are kept as they were.
    """
    error, answer = outcome.error, outcome.answer
    if answer is not None:
        return msgspec.structs.replace(
            state, etag=answer.etag, last_modified=answer.last_modified, gone=False, not_before=None
        )
    if error is not None and (error.gone or error.retry_after is not None):
        until = rfc3339(now + error.retry_after) if error.retry_after is not None else None
        return msgspec.structs.replace(state, gone=error.gone, not_before=until)
    return state


def settle(claim: Claim, source: Source, outcome: Outcome, now: datetime) -> Settlement:
    """Return how a claim is settled."""
    error = outcome.error
    failures = claim.failures + 1 if error is not None else 0
    wait = error.retry_after if error is not None else None
    due = next_due(now, source.every, failures, retry_after=wait, gone=error is not None and error.gone)
    return Settlement(
        at=now,
        due=due.at,
        why=due.why,
        status=outcome.status,
        failures=failures,
        error=str(error) if error is not None else None,
        kept=outcome.news,
        seen=outcome.seen,
        host_free=now + wait if wait is not None else None,
    )
