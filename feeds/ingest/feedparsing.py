"""UTF-8 -> what feedparser reads in it, without what it would do of its own accord.

It is given bytes in a stream and nothing else: a text that looks like a path or an
address it would open. HTML it leaves as it is, and dates as they are written.
"""

import io
import time
from collections.abc import Mapping
from typing import Any

import feedparser
from feedparser import api

_NO_DATE = time.struct_time((1, 1, 1, 0, 0, 0, 0, 1, 0))
# Its own readers of dates complete what is missing from today's date, and one raises.
# What we say first counts, so none of them is asked; see dates.read_date.
feedparser.registerDateHandler(lambda _: _NO_DATE)
api.PREFERRED_XML_PARSERS[:] = ["feeds.ingest.sax"]
_end_tag = api.StrictFeedParser.unknown_endtag


def _ended(parser: Any, tag: str) -> None:
    """End an element, and its `xml:base` with it: where nothing is said about the document, too."""
    _end_tag(parser, tag)
    parser.baseuri = parser.basestack[-1] if parser.basestack else ""


api.StrictFeedParser.unknown_endtag = api.LooseFeedParser.unknown_endtag = _ended


def parse_bytes(body: bytes, headers: Mapping[str, str]) -> Any:
    """Return what feedparser makes of a document. Raises whatever its helpers raise."""
    return feedparser.parse(
        io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )
