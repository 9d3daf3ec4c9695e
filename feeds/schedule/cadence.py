"""What a poll gave -> when the source is next worth asking, and why. Pure."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from feeds.times import spoken

LONGEST = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Due:
    """When the next poll is, and the reason in words.

    at   None: never again
    """

    at: datetime | None
    why: str


def next_due(
    now: datetime,
    every: timedelta,
    failures: int,
    *,
    retry_after: timedelta | None = None,
    gone: bool = False,
) -> Due:
    """Return when to ask next: `every`, doubled for each failure in a row up to a day.

    Never sooner than the server asked for (Retry-After); 410 ends it (RFC 9110,
    sections 10.2.3 and 15.5.11).
    """
    if gone:
        return Due(
            None,
            "the source said 410 Gone; it is not asked again (`newsweir add` with its address asks once more)",
        )
    wait, why = every, f"every {spoken(every)}"
    if failures:
        doubled = every * 2 ** min(failures, 20)
        wait = max(every, min(doubled, LONGEST))
        times = "once" if failures == 1 else f"{failures} times in a row"
        why = f"failed {times}: asked again after {spoken(wait)}"
    if retry_after is not None and retry_after > wait:
        wait, why = retry_after, f"the server asked to wait {spoken(retry_after)}"
    return Due(now + wait, why)


def spread(key: str, now: datetime, every: timedelta) -> datetime:
    """Return a time within one interval, the same for the same source: no two need start at once."""
    share = int.from_bytes(hashlib.blake2b(key.encode(), digest_size=4).digest(), "big") / 2**32
    return now + every * share
