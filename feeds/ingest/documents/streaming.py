"""A large document's bytes -> its entries, each handed on as soon as feedparser has read it.

What feedparser makes of a document takes a hundred times its room. Here no more than one
entry of it is there at a time; what it says of the feed as a whole stays. Where it
stumbles over an entry it begins anew behind that one.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from xml.sax import SAXException
from xml.sax.handler import feature_external_ges, feature_namespaces

import feedparser
from feedparser import api

from feeds.errors import stumble
from feeds.ingest.documents.sax import create_parser
from feeds.ingest.documents.slices import Span

MOST_TRIES = 256
"""Beginnings anew, for what is stumbled over: more than a few bad entries need, and an end to what hostile ones cost."""
_READ_AGAIN = 2**26
"""Bytes about the entries that are read again for them, all together."""
_AT_ONCE = 2**18
_PIECE = 2**20
_SECTION, _SECTION_ENDS = b"<![CDATA[", b"]]>"
Take = Callable[[Any, int | None], None]
"""Handed an entry as feedparser has it, and its number by the spans, where its tags are one of them."""


@dataclass(frozen=True, slots=True)
class Streamed:
    """What was read beside the entries.

    result       the feed as a whole, as feedparser would return it
    strictly     all of it was read as the XML that it is
    passed_over  entries that could not be read, a sentence each
    """

    result: Any
    strictly: bool
    passed_over: tuple[str, ...] = ()


class _Latest(list[Any]):
    """feedparser's list of entries, of which only the one under way is kept."""

    def __init__(self, parser: Any, where: Callable[[], int | None], take: Take) -> None:
        super().__init__()
        self._gone_by, self._where, self._take = parser.property_depth_map, where, take
        self.number: int | None = None
        self.at: int | None = None

    def append(self, entry: Any) -> None:
        """Begin the next entry: nothing more comes to the one before it."""
        self.finish()
        self.number = self._where()
        self.at = self.number if self.number is not None else self.at
        super().append(entry)

    def finish(self) -> None:
        """Hand on the entry under way."""
        if self:
            entry = self.pop()
            self._gone_by.clear()  # Else it holds every entry.
            self._take(entry, self.number)


@dataclass(frozen=True, slots=True)
class _Reading:
    """One go at a document.

    fault   over which it stopped; `at` is the number of the entry that was under way
    begun   some of its entries were handed on
    """

    parser: Any
    fault: Exception | None = None
    at: int | None = None
    begun: bool = False


def stream(body: bytes, spans: Sequence[Span], language: str | None, take: Take, *, strict: bool) -> Streamed:
    """Hand on each entry of *body*, and return the rest. Raises what feedparser does over what is no entry.

    strict   it is well-formed; where feedparser sees that otherwise, it is read on loosely
    """
    passed_over: list[str] = []
    first, well_formed = 0, strict
    ill: Exception | None = None
    about = len(body) - sum(end - start for start, end in spans)
    for left in range(min(MOST_TRIES, _READ_AGAIN // max(1, about)), -1, -1):
        reading = (_strictly if strict else _loosely)(body, spans, first, language, take)
        fault, at = reading.fault, reading.at
        if fault is None:
            break
        if at is None and (reading.begun or not strict):  # It is not over an entry that it stumbles.
            raise fault
        if at is None or isinstance(fault, SAXException):
            first = first if at is None else at
            strict = False
            ill = fault
            continue
        passed_over.append(f"its entry {at + 1} cannot be read and is passed over: {stumble(fault)}")
        first = at + 1
        if not left and first < len(spans):
            passed_over.append(f"{len(spans) - first} of its entries cannot be read and are passed over")
    read = reading.parser
    found = feedparser.FeedParserDict(feed=read.feeddata, version=read.version, entries=[])
    if ill is not None:
        found |= {"bozo": True, "bozo_exception": ill}
    return Streamed(found, well_formed and ill is None, tuple(passed_over))


def _strictly(body: bytes, spans: Sequence[Span], first: int, language: str | None, take: Take) -> _Reading:
    """Read *body* from its entry *first* on as XML."""
    parser = api.StrictFeedParser("", language, "utf-8")
    reader = create_parser()
    reader.setFeature(feature_namespaces, 1)
    reader.setFeature(feature_external_ges, 0)
    reader.setContentHandler(parser)
    reader.setErrorHandler(parser)
    begin, end = _left_out(spans, first)
    numbers = {start: number for number, (start, _) in enumerate(spans)}
    latest = _Latest(parser, lambda: numbers.get(reader.position + end - begin), take)

    def read() -> None:
        whole = memoryview(body)
        for part in (whole[:begin], whole[end:]):
            for at in range(0, len(part), _AT_ONCE):
                reader.feed(part[at : at + _AT_ONCE])
        reader.close()

    return _gone_through(parser, latest, read)


def _loosely(body: bytes, spans: Sequence[Span], first: int, language: str | None, take: Take) -> _Reading:
    """Read *body* from its entry *first* on as whatever it is, from tag to tag."""
    parser = api.LooseFeedParser("", language, "utf-8", {})
    number: int | None = None
    latest = _Latest(parser, lambda: number, take)
    begin, end = _left_out(spans, first)
    starts = [*(start for start, _ in spans[first:]), *(end for _, end in spans[-1:])]

    def read() -> None:
        nonlocal number
        parser.feed(body[:begin].decode("utf-8", "replace"))
        for place, (here, there) in enumerate(pairwise([*starts, len(body)] if starts else [end, len(body)])):
            number = first + place if first + place < len(spans) else None
            for piece in _pieces(body[here:there]):
                parser.feed(piece.decode("utf-8", "replace"))

    return _gone_through(parser, latest, read)


def _pieces(entry: bytes) -> Iterator[bytes]:
    """Yield an entry, in pieces where it is very long: a section that is parted is closed, and begun anew."""
    while len(entry) > _PIECE:
        within = entry.rfind(_SECTION, 0, _PIECE) > entry.rfind(_SECTION_ENDS, 0, _PIECE)
        at = _PIECE if within else entry.rfind(b"<", 1, _PIECE)
        at = at if at > 0 else _PIECE
        yield entry[:at] + (_SECTION_ENDS if within else b"")
        entry = (_SECTION if within else b"") + entry[at:]
    yield entry


def _left_out(spans: Sequence[Span], first: int) -> Span:
    """Return from where to where a document is left out for its entries before *first*."""
    if not spans:
        return 0, 0
    return spans[0][0], spans[first][0] if first < len(spans) else spans[-1][1]


def _gone_through(parser: Any, latest: _Latest, read: Callable[[], None]) -> _Reading:
    """Have a document read, as far as it can be."""
    parser.sanitize_html = parser.resolve_relative_uris = False
    parser.entries = latest
    try:
        read()
        latest.finish()
    except MemoryError:
        raise
    except Exception as fault:  # noqa: BLE001 - feedparser raises whatever its helpers raise; it is told
        return _Reading(parser, fault, latest.at, bool(latest))
    finally:
        parser.elementstack, parser.entries = [], []  # It holds itself, and what it holds would stay.
    return _Reading(parser)
