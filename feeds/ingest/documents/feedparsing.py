"""UTF-8 -> what feedparser reads in it, without what it would do of its own accord.

It is given bytes in a stream and nothing else: a text that looks like a path or an
address it would open. HTML it leaves as it is, and dates as they are written. Where
what it does takes a time that grows with the square of what there is, it is kept from it.
"""

import io
import re
import time
from collections.abc import Callable, Mapping
from itertools import takewhile
from typing import Any

import feedparser
from feedparser import api

LONGEST_BASE = 4096
"""Characters of an `xml:base`, which is looked at with every element in it, and of a language."""
LONGEST_TEXT = 2**21
"""Characters of one element's text, as it is written; twice what is kept of a body."""
LONGEST_PERSON = 1000
"""Characters of a name in which an address is looked for."""
_INHERITED = frozenset(("xml:base", "base", "xml:lang", "lang"))
_MANY_PIECES = 100
_A_PIECE = 10
"""Characters that each piece of a text counts for beside its own."""
_MAIL = re.compile(r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,20}[^\W\d_][\w-]{1,62}")
"""A whole address: feedparser ends it behind four letters, so that of `a@b.press (Ann)` `s (Ann` became the name."""
_BRACKETS = re.compile(r"[()<>]+")
_NO_DATE = time.struct_time((1, 1, 1, 0, 0, 0, 0, 1, 0))
# Its own readers of dates complete what is missing from today's date, and one raises.
# What we say first counts, so none of them is asked; see dates.read_date.
feedparser.registerDateHandler(lambda _: _NO_DATE)
api.PREFERRED_XML_PARSERS[:] = ["feeds.ingest.documents.sax"]
_start_tag, _end_tag = api.StrictFeedParser.unknown_starttag, api.StrictFeedParser.unknown_endtag
_push, _pop = api.StrictFeedParser.push, api.StrictFeedParser.pop
_person = api.StrictFeedParser._sync_author_detail  # noqa: SLF001 - mended below


def _begun(parser: Any, tag: str, attrs: list[tuple[str, str]]) -> Any:
    """Begin an element; what all in it would inherit is no longer than anything that means something."""
    kept = [one for one in attrs if len(one[1]) <= LONGEST_BASE or one[0].lower() not in _INHERITED]
    found = _start_tag(parser, tag, kept)
    if len(parser.baseuri) > LONGEST_BASE:
        parser.baseuri = parser.basestack[-1] = ""
    return found


def _ended(parser: Any, tag: str) -> None:
    """End an element, and its `xml:base` with it: where nothing is said about the document, too."""
    _end_tag(parser, tag)
    parser.baseuri = parser.basestack[-1] if parser.basestack else ""


def _pushed(parser: Any, element: str, expecting_text: int) -> None:
    """Begin to gather an element's text."""
    parser.room = LONGEST_TEXT
    _push(parser, element, expecting_text)


def _gathered(gather: Callable[..., Any]) -> Callable[..., Any]:
    """Return what gathers text as *gather* does, as long as there is room for it."""

    def gathered(parser: Any, text: Any, *how: Any, **named: Any) -> Any:
        room = parser.__dict__.get("room", LONGEST_TEXT)
        if room <= 0:
            return None
        parser.room = room - len(text) - _A_PIECE
        return gather(parser, text[:room], *how, **named)

    return gathered


def _popped(parser: Any, element: str, strip_whitespace: int = 1) -> Any:
    """Take an element's text; empty pieces about it, which are taken off one by one, are taken off before."""
    name, _, pieces = parser.elementstack[-1] if parser.elementstack else ("", 0, [])
    if name == element and len(pieces) > _MANY_PIECES and strip_whitespace:
        before = sum(1 for _ in takewhile(lambda piece: not piece.strip(), pieces))
        behind = sum(1 for _ in takewhile(lambda piece: not piece.strip(), reversed(pieces)))
        parser.elementstack[-1][2] = pieces[before : len(pieces) - behind] or pieces[:1]
    return _pop(parser, element, strip_whitespace)


class _Tags(list[Any]):
    """Tags, and what all but the last of them say: that one is completed yet by what stands in it."""

    def __init__(self) -> None:
        super().__init__()
        self._said: set[tuple[Any, ...]] = set()

    def add(self, *tag: str | None) -> None:
        """Add a tag, unless it is there; looked up, where feedparser compares it with each."""
        last = tuple(self[-1].values()) if self else None
        if tag != last and tag not in self._said:
            self._said |= {last} if last is not None else set()
            self.append(feedparser.FeedParserDict(term=tag[0], scheme=tag[1], label=tag[2]))


def _tagged(parser: Any, term: str | None, scheme: str | None, label: str | None) -> None:
    """Add a tag to what is read."""
    tags = parser._get_context().setdefault("tags", _Tags())  # noqa: SLF001 - as feedparser's own does
    if term or scheme or label:
        tags.add(term, scheme, label)


def _named(parser: Any, key: str = "author") -> None:
    """Part a person's name and address; where that is longer than both could be, it is a name."""
    context = parser._get_context()  # noqa: SLF001 - as feedparser's own does
    said = context.get(key)
    people = context.get(f"{key}s") or [feedparser.FeedParserDict()]
    if not people[-1] and isinstance(said, str) and len(said) > LONGEST_PERSON:
        people[-1]["name"] = said
        return
    _person(parser, key)
    said_mail = _MAIL.search(said) if isinstance(said, str) else None
    if said_mail and people[-1].get("email") not in {None, said_mail[0]}:
        people[-1]["email"] = said_mail[0]
        people[-1]["name"] = _BRACKETS.sub(" ", said.replace(said_mail[0], " ")).strip() or None


for _parser in (api.StrictFeedParser, api.LooseFeedParser):
    _parser.unknown_starttag, _parser.unknown_endtag = _begun, _ended
    _parser.push = _pushed
    for _name in ("handle_data", "handle_entityref", "handle_charref"):
        setattr(_parser, _name, _gathered(getattr(_parser, _name)))
    _parser.pop, _parser._add_tag, _parser._sync_author_detail = _popped, _tagged, _named  # noqa: SLF001 - mended above


def parse_bytes(body: bytes, headers: Mapping[str, str]) -> Any:
    """Return what feedparser makes of a document. Raises whatever its helpers raise."""
    return feedparser.parse(
        io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )
