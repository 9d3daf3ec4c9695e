"""What a source shows that is not known, and its habit -> which of it is news, and which its past. Pure.

A flood is held from readers; a busy day never is. The rule, over the archive's own facts alone:

1.  *Behind*: more than five of the new ones are dated further behind the newest that
    was known than is the source's way, as its news lately came and its document lists
    them (three days at least), or three carry the title and date of articles that are
    known under other names (five, where they have no date, and then more than half of
    all): all that is not dated after the newest is past. So a blog that moved, and old
    posts under new guids.
2.  *Too many*: of what is left there are more than fifty, and more than five times the
    source's busiest day for each day since its last article: all is past.
3.  *Beyond the horizon*: what is dated before all of its last fifty news, and a month
    or more before the newest, is past, be it one alone.

While a flood is still coming in (its last article is no older than twenty minutes) what is
not dated after that moment belongs to it. A source's first document is none of this: see
feeds.arrivals.initial.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from feeds.arrivals.habit import Habit

FEW = 50
"""So many may come at once from any source."""
BEYOND = 5
"""Times the busiest day."""
BEHIND = 5
KNOWN, KNOWN_UNDATED = 3, 5
LONGEST_SILENCE = 30
"""Days of silence that make up for a great many articles at most."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One entry that is not known yet: the date it gives, and its sign (see feeds.arrivals.habit)."""

    date: datetime | None = None
    sign: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Which of the new entries are the source's past, by their places.

    why       what the owner is told; empty where nothing is held
    horizon   what turns out to be dated before it is past too
    goes_on   it is the rest of a flood that was told of
    """

    past: frozenset[int] = frozenset()
    why: str = ""
    horizon: datetime | None = None
    goes_on: bool = False


def guard(shown: Sequence[Shown], habit: Habit, now: datetime) -> Verdict:
    """Return which of a source's new entries are held from readers."""
    past: set[int] = set()
    why: list[str] = []
    goes_on = habit.flooded is not None and habit.flood > BEHIND
    if goes_on:
        past |= _not_after(shown, habit.flooded)
        why += ["the rest of what came a moment ago"] if past else []
    elif sentence := _behind(shown, habit):
        past |= _not_after(shown, habit.newest)
        why += [sentence] if past else []
    left = len(shown) - len(past)
    most = allowed(habit, now)
    if left > most:
        past |= set(range(len(shown)))
        why.append(f"{left} new ones at once, where {most} would be very many")
    old = {place for place, one in enumerate(shown) if is_beyond(one.date, habit.horizon)}
    if old - past and habit.horizon is not None:
        why.append(f"{len(old)} dated before {habit.horizon:%Y-%m-%d}, as nothing lately was")
    return Verdict(frozenset(past | old), "; ".join(why), habit.horizon, goes_on and not old - past)


def allowed(habit: Habit, now: datetime) -> int:
    """Return how many may come at once."""
    silence = now - habit.last if habit.last is not None else timedelta(0)
    days = min(max(1, silence.days), LONGEST_SILENCE)
    return max(FEW, BEYOND * habit.busiest * days)


def is_beyond(date: datetime | None, horizon: datetime | None) -> bool:
    """Say whether a date is before a source's horizon."""
    return date is not None and horizon is not None and date < horizon


def _behind(shown: Sequence[Shown], habit: Habit) -> str:
    """Return why what is shown is no news but things past, or nothing."""
    dated = [one for one in shown if one.date is not None]
    late = 0
    if habit.newest is not None:
        cut = habit.newest - habit.disorder
        late = sum(one.date is not None and one.date < cut for one in dated)
    if late > BEHIND:
        return f"{late} of {len(shown)} new ones dated before what it had shown already"
    known = sum(one.sign in habit.signs for one in dated)
    undated = sum(one.sign in habit.signs for one in shown if one.date is None)
    if known >= KNOWN or (undated >= KNOWN_UNDATED and 2 * undated > len(shown)):
        return f"{known + undated} of {len(shown)} known already under other names"
    return ""


def _not_after(shown: Sequence[Shown], moment: datetime | None) -> set[int]:
    """Return the places of what is not dated after *moment*; what has no date is not."""
    return {
        place for place, one in enumerate(shown) if one.date is None or moment is None or one.date <= moment
    }
