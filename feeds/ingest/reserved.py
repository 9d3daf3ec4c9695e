"""Headers and a page's head -> what a publisher reserves for machines to read, as it is said.

Text and data mining is reserved by `tdm-reservation: 1` (TDMRep), in a header or a meta
element; uses are forbidden one by one in `Content-Signal: search=yes, ai-train=no`.
Nothing is asked for it: what a feed's and a page's own answers say is taken.
"""

import re
from collections.abc import Mapping
from typing import Final

_HEAD: Final = 64 * 2**10
"""Bytes of a page in which its head is."""
_LONGEST: Final = 200
_META = re.compile(rb"<meta\b[^<>]{0,300}tdm-reservation[^<>]{0,300}>", re.IGNORECASE)
_ONE = re.compile(rb"content\s*=\s*[\"']?\s*1\s*[\"'\s/>]", re.IGNORECASE)


def reserved(headers: Mapping[str, str], page: bytes = b"") -> tuple[str, ...]:
    """Return what is reserved, each as `name: value`; headers by names in small letters."""
    found = []
    if headers.get("tdm-reservation", "").strip() == "1" or any(
        _ONE.search(meta) for meta in _META.findall(page[:_HEAD])
    ):
        found.append("tdm-reservation: 1")
    signal = " ".join(headers.get("content-signal", "").split())[:_LONGEST]
    if re.search(r"=\s*no\b", signal, re.IGNORECASE) and signal.isascii() and signal.isprintable():
        found.append(f"content-signal: {signal}")
    return tuple(found)
