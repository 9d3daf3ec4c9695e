"""datetime <-> RFC 3339 text in UTC: the only spelling of a time that is written."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_DAYS = "Mon Tue Wed Thu Fri Sat Sun".split()
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
LONGEST_WAIT = timedelta(days=7)
"""The most that a server's Retry-After is heeded. What lies further ahead was noted by a wrong clock."""


def rfc3339(moment: datetime) -> str:
    """Return *moment* as `2026-11-22T09:41:00Z`, with milliseconds where it has any."""
    utc = _utc(moment)
    return f"{utc.isoformat()[: 23 if utc.microsecond >= 1000 else 19]}Z"


def rfc5322(moment: datetime) -> str:
    """Return *moment* as `Sun, 22 Nov 2026 09:41:00 +0000`, which RSS asks for."""
    utc = _utc(moment)
    day = f"{_DAYS[utc.weekday()]}, {utc.day:02} {_MONTHS[utc.month - 1]} {utc.year:04}"
    return f"{day} {utc.hour:02}:{utc.minute:02}:{utc.second:02} +0000"


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


def stamp(moment: datetime) -> str:
    """Return *moment* with its milliseconds, always: such texts sort as their moments do."""
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


def parse(text: str) -> datetime:
    """Return the moment that an RFC 3339 text names. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} names no time zone")
    return moment.astimezone(UTC)


def http_date(text: str) -> datetime | None:
    """Return the moment that a header names (RFC 9110, 5.6.7), or None where it names none.

    A date without a zone, which only old servers send, is in UTC.
    """
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):  # A zone of a hundred million hours overflows.
        return None


def spoken(span: timedelta) -> str:
    """Return a span in its largest fitting unit: `45s`, `30m`, `2h`, `3d`."""
    seconds = round(span.total_seconds())
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= size and (seconds % size == 0 or seconds >= 10 * size):
            return f"{round(seconds / size)}{unit}"
    if seconds >= 60:
        return (
            f"{seconds // 60}m{seconds % 60:02d}s"
            if seconds < 3600
            else f"{seconds // 3600}h{seconds % 3600 // 60:02d}m"
        )
    return f"{seconds}s"
