"""Dates as feeds and files write them -> moments in UTC, or nothing. Never a guess."""

import calendar
import time
from datetime import UTC, datetime

FIRST_YEAR = 1000


def from_struct(parsed: time.struct_time | None) -> datetime | None:
    """Return the moment of feedparser's UTC tuple, or None for an impossible one."""
    if parsed is None:
        return None
    try:
        moment = datetime.fromtimestamp(calendar.timegm(parsed), UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment.year >= FIRST_YEAR else None


def from_iso(text: object) -> datetime | None:
    """Return the moment of an ISO 8601 text, or None.

    A date without a time is midnight UTC; a time without a zone is taken as UTC:
    both stay readable in `date_raw`.
    """
    if isinstance(text, datetime):
        moment = text
    elif isinstance(text, str):
        try:
            moment = datetime.fromisoformat(text.strip())
        except ValueError:
            return None
    else:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        return None
    return moment if moment.year >= FIRST_YEAR else None
