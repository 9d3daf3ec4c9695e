"""What is the case, and what its owner was told -> the notices that are still to be told. Pure.

One when something begins, one when it ends, never one a poll. What begins together is told
together: two hundred sources that fall silent with a cable are one notice. Of one kind no more
than one in six hours begins, and one ends: what comes between waits for the next.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from feeds.ingest.text.clean import clean
from feeds.owner.notice import Notice, State, What, id_of
from feeds.owner.told import Told
from feeds.owner.troubles import Sight, Trouble
from feeds.owner.wording import began, ended
from feeds.times import stamp

QUIET = timedelta(hours=6)
"""Between two notices of one kind that say that something began, or that it ended."""
_AT_ONCE: Final[frozenset[What]] = frozenset(("flaws", "unreached"))
"""These are found once a day, and once an erasure."""
_PASSWORD = re.compile(r"(?<=://)[^/?#\s]*@")
_QUERY = re.compile(r"(https?://[^\s?]*)\?[^\s)]+")
"""Behind the question mark of an address there may stand a key, which is a password by another name."""


class Sheet:
    """Notices that are written at one moment, each with a time and an id of its own."""

    def __init__(self, at: datetime, store: str) -> None:
        self._at = at
        self._store = store
        self.lines: list[Notice] = []

    def write(
        self,
        what: What,
        state: State,
        subjects: Sequence[str],
        words: tuple[str, str],
        since: datetime | None = None,
    ) -> None:
        """Add a notice. No address in it has a password or a query, and nothing that a feed cannot carry."""
        at = stamp(self._at + timedelta(milliseconds=len(self.lines)))
        title, text = (_QUERY.sub(r"\1?…", _PASSWORD.sub("", clean(one))) for one in words)
        self.lines.append(
            Notice(
                id=id_of(self._store, at, what, state, subjects),
                at=at,
                what=what,
                state=state,
                subjects=tuple(subjects),
                since=stamp(since) if since is not None else None,
                title=title,
                text=text,
            )
        )


def next_at(now: datetime, last: datetime | None) -> datetime:
    """Return the `at` of the next notice: the clock's time, and always later than the last."""
    return now if last is None else max(now, last + timedelta(milliseconds=1))


def decide(sheet: Sheet, at: datetime, sights: Mapping[What, Sight], told: Told) -> None:
    """Write what is to be told at *at*: what began since it was told last, and what ended."""
    for what, sight in sights.items():
        open_ = told.open(what)
        new = [one for one in sight.there if one.subject not in open_]
        if any(one.ripe for one in new) and _may(what, told.last(what, "began"), at):
            sheet.write(what, "began", [one.subject for one in new], began(what, new), _first(new))
        over = {subject: one for subject, one in sight.well.items() if subject in open_}
        if over and _may(what, told.last(what, "ended"), at):
            words = ended(what, list(over.values()), len(open_) - len(over))
            sheet.write(what, "ended", list(over), words, min(open_[one] for one in over))


def _may(what: What, last: datetime | None, at: datetime) -> bool:
    return what in _AT_ONCE or is_quiet(last, at)


def is_quiet(last: datetime | None, at: datetime) -> bool:
    """Say whether it is long enough ago that the like was told."""
    return last is None or at - last >= QUIET


def _first(troubles: Sequence[Trouble]) -> datetime | None:
    return min((one.since for one in troubles if one.since is not None), default=None)
