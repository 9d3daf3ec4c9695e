"""Entries whose page was not to be had -> marks by which they are asked for again, for a day. Pure.

They are kept without it at once, and readers see them; the mark says that there may be more. It
stands among those of the source's last document, and names the day on which it was first missed.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

_SOME = hashlib.sha256(b"some pages were not to be had").digest()[:16]


@dataclass(frozen=True, slots=True)
class Missed:
    """What the last poll left to be asked for again.

    seen   marks of the source's last document
    """

    seen: frozenset[bytes]
    today: date

    def since(self, mark: bytes) -> date | None:
        """Return the day since which an entry lacks its page; None where it does not, or has for too long."""
        if _SOME not in self.seen:
            return None
        days = (self.today, self.today - timedelta(days=1))
        return next((day for day in days if _of(mark, day) in self.seen), None)

    def still(self, marks: Iterable[bytes]) -> frozenset[bytes]:
        """Return what is to be remembered, where these lack their page now."""
        found = {_of(mark, self.since(mark) or self.today) for mark in marks}
        return frozenset([*found, _SOME] if found else ())


def _of(mark: bytes, day: date) -> bytes:
    return hashlib.sha256(mark + day.isoformat().encode()).digest()[:16]
