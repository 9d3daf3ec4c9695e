"""A body and what a reader accepts -> the body as it is sent: pages, style and script by gzip. Pure."""

import functools
import gzip
import re
from collections.abc import Mapping

_PACKED = (".html", ".css", ".js")
_SMALLEST = 1000
"""Bytes below which packing gains nothing."""
_GZIP = re.compile(r"(?:^|,)\s*(?:gzip|\*)\s*(?:;\s*q=([0-9.]+)\s*)?(?=,|$)", re.IGNORECASE)


def wants_packed(path: str, body: bytes, headers: Mapping[str, str]) -> bool:
    """Say whether the file at *path* is sent packed to a reader with these headers, by small names."""
    if not path.endswith(_PACKED) or len(body) < _SMALLEST:
        return False
    match = _GZIP.search(headers.get("accept-encoding", ""))
    return match is not None and (match[1] is None or match[1].strip("0.") != "")


@functools.lru_cache(64)
def packed(body: bytes) -> bytes:
    """Return *body* by gzip: the same bytes for the same body."""
    return gzip.compress(body, 6, mtime=0)
