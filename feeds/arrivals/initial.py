"""A source's first document -> what of it is published at once, and what waits as its backlog. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from feeds.settings import Initial

USUAL = 50


def newest(dates: Sequence[datetime | None], initial: Initial, now: datetime) -> set[int]:
    """Return the places of those that are published at once.

    dates     of all entries of the document, the oldest first
    initial   a number: so many of the newest. A span: what is dated within it, and of
              what has no date the newest fifty. None: all.
    """
    places = range(len(dates))
    if initial is None:
        return set(places)
    if isinstance(initial, timedelta):
        last = places[-USUAL:]
        return {
            place
            for place in places
            if ((date := dates[place]) is not None and date >= now - initial)
            or (dates[place] is None and place in last)
        }
    return set(places[-initial:]) if initial else set()
