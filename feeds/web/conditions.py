"""A reader's validators and ranges -> what it need not be sent (RFC 9110, sections 13 and 14). Pure.

Odd ones are understood as far as that is safe: tags that lost their quotes on the
way, dates of old servers, and the endings by which proxies mark what they packed.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from feeds.times import http_date

LARGE = 100_000
"""Bytes from which on a part of an archived document can be asked for."""
_TAG = re.compile(r'(?:[Ww]/)?"[^"]*"|[^,"\s]+')
_BY_PROXIES = ("-gzip", "--gzip", ";gzip", "-br", "-zstd", "-deflate")
_RANGE = re.compile(r"bytes[ \t]*=[ \t]*([0-9]{0,15})[ \t]*-[ \t]*([0-9]{0,15})", re.IGNORECASE)


def tags_in(header: str) -> set[str]:
    """Return the tags of a list, weak ones too, without their quotes; `*` where that is all it says."""
    if header.strip() == "*":
        return {"*"}
    found = (match.removeprefix("W/").removeprefix("w/") for match in _TAG.findall(header))
    return {tag.strip('"') for tag in found} - {"*"}


def names(header: str, tag: str) -> bool:
    """Say whether a list names *tag*, compared weakly."""
    bare, tags = tag.strip('"'), tags_in(header)
    return "*" in tags or bare in tags or any(f"{bare}{end}" in tags for end in _BY_PROXIES)


def failed(tag: str, modified: datetime, headers: Mapping[str, str]) -> bool:
    """Say whether a reader wants nothing but what it has: If-Match, or If-Unmodified-Since."""
    asked = headers.get("if-match")
    if asked is not None:
        strong = {found for found in re.findall(r'(?:W/)?"[^"]*"', asked) if not found.startswith("W/")}
        return asked.strip() != "*" and tag not in strong
    moment = _moment(headers.get("if-unmodified-since"))
    return moment is not None and modified.replace(microsecond=0) > moment


def not_modified(tag: str, modified: datetime, headers: Mapping[str, str]) -> bool:
    """Say whether the reader has this very file: If-None-Match before the date."""
    asked = headers.get("if-none-match")
    if asked is not None:
        return names(asked, tag)
    moment = _moment(headers.get("if-modified-since"))
    return moment is not None and modified.replace(microsecond=0) <= moment


def part_of(size: int, tag: str, modified: datetime, headers: Mapping[str, str]) -> range | None:
    """Return the bytes that are asked for; an empty range for none that there are, None for all.

    More than one stretch, or one of another version, is answered by all.
    """
    match = _RANGE.fullmatch(headers.get("range", "").strip())
    if match is None or not (match[1] or match[2]):
        return None
    asked = headers.get("if-range")
    if asked is not None and asked.strip() != tag and _moment(asked) != modified.replace(microsecond=0):
        return None
    if not match[1]:
        return range(max(0, size - int(match[2])), size)
    first, last = int(match[1]), int(match[2]) if match[2] else size - 1
    if last < first and match[2]:
        return None
    return range(first, min(size, last + 1)) if first < size else range(0)


def _moment(header: str | None) -> datetime | None:
    """Return the moment that a header names; old browsers put the length of what they had behind it."""
    found = http_date(header.partition(";")[0]) if header else None
    return found.astimezone(UTC) if found is not None else None
