"""What was lately kept of a source -> its habit. Pure.

All of it is read off the archive's own lines: when each article was first kept, as
what it came, and the date and title it had then.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from archive.text.words import plain
from feeds.past import FLOOD, NEWS
from feeds.times import rfc3339

LATELY = 50
"""Of a source's news, so many at most say how far back it dates what it shows."""
STILL = timedelta(minutes=20)
"""For so long after its last article a flood may still be coming in: page by page, or after a crash."""
ORDERLY = timedelta(days=3)
"""By so much any source's news may be dated behind news of its own that is kept already."""
LEAST_HORIZON = timedelta(days=30)
_MOST_OF_THEM = 0.9


@dataclass(frozen=True, slots=True)
class Came:
    """One article as it was first kept.

    arrival   None for news; else see feeds.past
    sign      of its title and date, to know it again under another name
    """

    at: datetime
    date: datetime | None = None
    arrival: str | None = None
    sign: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """How a source's articles come.

    last       when the last one did, None where nothing is kept of it
    newest     the latest date that its news had, never after the day it came
    horizon    no news of it lately was dated before this, by far
    disorder   by how much its news may be dated behind its newest
    busiest    the most that came in one day
    signs      of all that is known of it
    flood      how many came as a flood a moment ago; `flooded` is when the last did
    """

    last: datetime | None = None
    newest: datetime | None = None
    horizon: datetime | None = None
    disorder: timedelta = ORDERLY
    busiest: int = 0
    signs: frozenset[int] = frozenset()
    flood: int = 0
    flooded: datetime | None = None


def sign(title: str | None, when: datetime | None) -> int | None:
    """Return by what an article is known again under another name: its title and date; None where these say nothing.

    Without a title a day is no name: a journal of short notes has several on one.
    """
    words = plain(title or "")
    if not words and (when is None or not (when.minute or when.second)):
        return None
    text = f"{words}\n{rfc3339(when) if when else ''}"
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=7).digest(), "big")


def habit_of(came: Sequence[Came], now: datetime, listed: Sequence[datetime] = ()) -> Habit:
    """Return the habit that a source's articles show, which are handed in as they came.

    listed   dates of what is known of its document, as it stands there
    """
    news = [one for one in came if one.arrival in NEWS]
    dates = [min(one.date, one.at) for one in news if one.date is not None]
    newest = max(dates, default=None)
    disorder = max(ORDERLY, _disorder(news), _as_listed([min(one, now) for one in listed]))
    horizon = None
    if newest is not None:
        lately = [min(one.date, one.at) for one in news[-LATELY:] if one.date is not None]
        horizon = min([*lately, newest - max(LEAST_HORIZON, 2 * disorder)])
    floods = [one.at for one in came if one.arrival == FLOOD and now - STILL < one.at <= now]
    return Habit(
        last=max((one.at for one in came), default=None),
        newest=newest,
        horizon=horizon,
        disorder=disorder,
        busiest=_busiest(came),
        signs=frozenset(one.sign for one in came if one.sign is not None),
        flood=len(floods),
        flooded=max(floods, default=None),
    )


def _disorder(news: Sequence[Came]) -> timedelta:
    """Return by how much nine in ten of the news are dated behind what was the newest by then, at most."""
    found: list[timedelta] = []
    newest: datetime | None = None
    within: datetime | None = None
    at: datetime | None = None
    for one in news:
        if one.at != at:  # What comes together has no order among itself.
            newest, at = within, one.at
        if one.date is None:
            continue
        if newest is not None and one.arrival is None:
            found.append(max(newest - one.date, timedelta(0)))
        dated = min(one.date, one.at)
        within = dated if within is None else max(within, dated)
    return _most(found)


def _as_listed(dates: Sequence[datetime]) -> timedelta:
    """Return by how much a document is out of order, be its newest on top or at its end."""
    return min(_newest_first(dates), _newest_first(dates[::-1]))


def _newest_first(dates: Sequence[datetime]) -> timedelta:
    found: list[timedelta] = []
    newest = datetime.min.replace(tzinfo=UTC)
    for one in reversed(dates):  # Below it stands nothing newer; but for one that is pinned on top.
        found.append(max(newest - one, timedelta(0)))
        newest = max(newest, one)
    return _most(found)


def _most(found: list[timedelta]) -> timedelta:
    """Return what nine in ten do not exceed."""
    return sorted(found)[int(_MOST_OF_THEM * len(found))] if found else timedelta(0)


def _busiest(came: Sequence[Came]) -> int:
    """Return the most news of one day: of what came at first, by its own dates."""
    first = came[0].at if came else None
    days: Counter[date] = Counter()
    for one in came:
        if one.arrival is None and one.at != first:
            days[one.at.astimezone(UTC).date()] += 1
        elif one.arrival != FLOOD and one.date is not None:
            days[one.date.astimezone(UTC).date()] += 1
    return max(days.values(), default=0)
