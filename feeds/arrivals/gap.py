"""A document in which nothing is known, and its source's habit -> what was missed before it. Pure.

A feed shows its last entries. Where it was not asked for so long that it shows none that is
known any more, others stood there meanwhile, and the older documents that it leads back to
hold them (RFC 5005, section 4). They are news: no flood, however far they are dated behind
what the feed shows by now, as long as they are no more than its habit lets through at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from feeds.arrivals.guard import Shown, allowed, is_beyond
from feeds.arrivals.habit import Habit


@dataclass(frozen=True, slots=True)
class Gap:
    """What was missed, as far as it can be told before it is read.

    after   what is dated before it was not; None where the source gives no dates
    room    so many may have been; None for any number
    """

    after: datetime | None = None
    room: int | None = None


def gap(shown: Sequence[Shown], habit: Habit, now: datetime) -> Gap | None:
    """Return what was missed before a document of which every entry is new; None where it reaches what is known.

    It does where it has an entry that is known by title and date, or one that is dated further
    back than the source's news may be; but for what is dated before all that it lately showed.
    """
    if habit.last is None or not shown or any(one.sign in habit.signs for one in shown):
        return None
    after = habit.newest - habit.disorder if habit.newest is not None else None
    if any(is_beyond(one.date, after) and not is_beyond(one.date, habit.horizon) for one in shown):
        return None
    return Gap(after, max(0, allowed(habit, now) - len(shown)))


def missed(dates: Sequence[datetime | None], after: datetime | None, known: int | None) -> set[int]:
    """Return the places of an older document's entries that were missed, if they are new.

    known   the place of the first that was known before: what has no date and stands behind it is older
    """
    return {
        place
        for place, date in enumerate(dates)
        if not is_beyond(date, after) and (date is not None or known is None or place < known)
    }
