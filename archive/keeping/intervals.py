"""When an article was revised -> whether one revision more comes too soon. Pure.

A page whose text changes with every visit (a counter, a clock, who is online) must
not fill the archive. What comes too soon is put off, never lost: as long as the
source shows it, it is taken when the time is over.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Interval:
    """Where there were so many revisions *within* a time, two are at least so far *apart*."""

    count: int
    within: timedelta
    apart: timedelta


_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
INTERVALS = (
    Interval(60, 30 * _DAY, _DAY),
    Interval(24, 7 * _DAY, 6 * _HOUR),
    Interval(5, _DAY, _HOUR),
)
FILE_INTERVALS = (Interval(60, _DAY, _HOUR),)
"""A local file is edited by its owner, who wants to see it."""
LONGEST = max(interval.apart for interval in INTERVALS)
"""A text that stands so long is always kept."""


def too_soon(now: str, rev: int, revised: Callable[[int], str | None], *, is_file: bool = False) -> bool:
    """Say whether a revision at *now* comes too soon behind *rev*, the newest there is.

    revised   when a revision was fetched, where that is known

    A clock that was set back puts nothing off: it would be for years.
    """
    newest = _since(now, revised(rev))
    if newest is None:
        return False
    for interval in FILE_INTERVALS if is_file else INTERVALS:
        if newest >= interval.apart or rev < interval.count:
            continue
        first = _since(now, revised(rev - interval.count + 1))
        if first is not None and first < interval.within:
            return True
    return False


def _since(now: str, then: str | None) -> timedelta | None:
    if then is None:
        return None
    span = datetime.fromisoformat(now) - datetime.fromisoformat(then)
    return span if span >= timedelta(0) else None
