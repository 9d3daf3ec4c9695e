"""Dates as feeds, pages and files write them -> moments in UTC, or nothing. Never a guess.

Only whole dates in a known shape whose numbers are in range are dates: RFC 3339
and its relatives (W3C's note, ISO 8601), RFC 822 and what is written instead of
it. Neither today's date nor the machine's own zone plays a part.
"""

import re
from datetime import UTC, date, datetime, timedelta

FIRST_YEAR = 1000
_LONGEST = 100
"""Characters of a date; more is a text that begins with one."""

_CLOCK = r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<part>[0-9]{1,9}))?)?"
_COMPACT = r"(?P<hour>[0-9]{2})(?P<minute>[0-9]{2})(?P<second>[0-9]{2})?(?P<part>)"
_ZONE = r"(?:(?:GMT|UTC?)\s?(?=[+-]))?(?P<zone>[+-](?:[0-9]{2}(?::?[0-9]{2})?|[0-9])|[A-Za-z]{1,5})"
_TIME = rf"(?:[\s,T]+(?:at\s+)?{_CLOCK}(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?(?:\s*{_ZONE})?)?"
_MONTH = r"(?P<month>[A-Za-z]{3,9})\.?"
_WEEKDAY = r"(?:[^\W\d_]+\.?\s*,?\s+|[^\W\d_]+\.?,)?"
_YEAR = r"(?P<year>[0-9]{4}|[0-9]{2})"

_SHAPES = tuple(
    re.compile(shape)
    for shape in (
        # 2026-01-05  2026-01-05T08:00:00Z  2026-01-05 T 08:00+01:00
        rf"(?P<year>[0-9]{{4}})-(?P<month>[0-9]{{1,2}})-(?P<day>[0-9]{{1,2}})(?:\s*(?:[Tt]|\s)\s*{_CLOCK}(?:\s*{_ZONE})?)?",
        rf"(?P<year>[0-9]{{4}})-(?P<month>[0-9]{{2}})-(?P<day>[0-9]{{2}})T{_COMPACT}{_ZONE}?",
        # 20260105  20260105T080000Z  20260105T08:00:00Z
        rf"(?P<year>[0-9]{{4}})(?P<month>[0-9]{{2}})(?P<day>[0-9]{{2}})(?:T{_COMPACT}{_ZONE}?)?",
        rf"(?P<year>[0-9]{{4}})(?P<month>[0-9]{{2}})(?P<day>[0-9]{{2}})T{_CLOCK}{_ZONE}?",
        # W3C's note: a month or a year alone is its beginning
        r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2}))?",
        # Mon, 05 Jan 2026 08:00:00 GMT  5 January 2026  Monday, 05-Jan-26 08:00:00 GMT
        rf"{_WEEKDAY}(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?[\s-]+{_MONTH},?[\s-]+{_YEAR}{_TIME}",
        # Mon, Jan 5 2026 08:00:00 PM  January 5, 2026
        rf"{_WEEKDAY}{_MONTH}\s+(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>[0-9]{{4}}){_TIME}",
        # Mon Jan  5 08:00:00 2026  Mon Jan 05 08:00:00 EST 2026
        rf"{_WEEKDAY}{_MONTH}\s+(?P<day>[0-9]{{1,2}})\s+{_CLOCK}(?:\s+{_ZONE})?\s+(?P<year>[0-9]{{4}})",
    )
)
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
            "sep sept september", "oct october", "nov november", "dec december",
        ), 1,
    )
    for name in names.split()
}  # fmt: skip
_HOURS_AHEAD = {
    "ast": -4, "adt": -3, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
    "et": -5, "ct": -6, "mt": -7, "pt": -8, "akst": -9, "akdt": -8, "hst": -10,
    "bst": 1, "west": 1, "cet": 1, "met": 1, "cest": 2, "mest": 2, "eet": 2, "eest": 3, "msk": 3,
    "jst": 9, "kst": 9, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13,
}  # fmt: skip
"""Zones by the names that feeds use. Any other name is taken as UTC, as RFC 2822 asks (section 4.3)."""


def read_date(text: object) -> datetime | None:
    """Return the moment that a text names, or None.

    A date without a time is midnight UTC; a time without a zone is taken as UTC:
    both stay readable in `date_raw`.
    """
    if not isinstance(text, str) or len(text) > _LONGEST:
        return None
    bare = " ".join(re.sub(r"\([^()]*\)", " ", text).split())  # RFC 822 allows comments.
    for shape in _SHAPES:
        if match := shape.fullmatch(bare):
            try:
                return _moment({name: found for name, found in match.groupdict().items() if found})
            except (ValueError, OverflowError):
                return None
    return None


def _moment(parts: dict[str, str]) -> datetime | None:
    """Return the moment of these numbers. Raises ValueError where one is out of range."""
    day = date(_year(parts["year"]), _month(parts.get("month", "1")), int(parts.get("day", "1")))
    if day.year < FIRST_YEAR:
        return None
    hour, minute = int(parts.get("hour", "0")), int(parts.get("minute", "0"))
    second, part = int(parts.get("second", "0")), int(parts.get("part", "0").ljust(6, "0")[:6])
    if half := parts.get("half"):
        if not 1 <= hour <= 12:
            raise ValueError(f"no hour of half a day: {hour}")
        hour = hour % 12 + (12 if half in "Pp" else 0)
    midnight = (hour, minute, second) == (24, 0, 0)  # ISO 8601: the end of the day.
    if second == 60:  # A leap second: no clock here has one.
        second = 59
    whole = datetime(day.year, day.month, day.day, 0 if midnight else hour, minute, second, part, tzinfo=UTC)
    moment = whole + timedelta(days=int(midnight)) - _ahead(parts.get("zone", "Z"))
    return moment if moment.year >= FIRST_YEAR else None


def _year(digits: str) -> int:
    """Return a year; of two digits as RFC 2822 reads them (section 4.3)."""
    number = int(digits)
    return number if len(digits) == 4 else number + (2000 if number < 50 else 1900)


def _month(text: str) -> int:
    if text.isdigit():
        return int(text)
    if text.lower() not in _MONTHS:
        raise ValueError(f"no month: {text}")
    return _MONTHS[text.lower()]


def _ahead(zone: str) -> timedelta:
    """Return how far a zone's clocks are ahead of UTC; a zone that nobody knows is taken as UTC."""
    if zone[0] not in "+-":
        return timedelta(hours=_HOURS_AHEAD.get(zone.lower(), 0))
    digits = zone[1:].replace(":", "")
    digits = digits.zfill(2).ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 15 or minutes > 59:
        return timedelta(0)
    span = timedelta(hours=hours, minutes=minutes)
    return -span if zone[0] == "-" else span
