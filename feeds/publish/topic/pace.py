"""When a topic published -> how long its readers need not ask again. Pure: no clock, no chance.

Said in `Cache-Control`, and in minutes by RSS's `ttl`. It changes only with what is published.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median_low

LEAST, MOST = timedelta(minutes=5), timedelta(hours=1)
UNKNOWN = timedelta(minutes=15)
"""For a topic that published once or never."""
_LATELY = 20


def expected(moments: Iterable[datetime]) -> timedelta:
    """Return the usual time from one publication to the next: half of the last gaps are at least as long.

    Whole minutes, from LEAST to MOST. What was published at one moment counts once.
    """
    lately = sorted(set(moments))[-_LATELY - 1 :]
    if len(lately) < 2:
        return UNKNOWN
    usual = median_low([later - earlier for earlier, later in pairwise(lately)])
    return min(MOST, max(LEAST, timedelta(minutes=usual // timedelta(minutes=1))))
