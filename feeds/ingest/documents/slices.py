"""A feed's bytes in UTF-8 -> where each of its entries stands in them.

What today's parser leaves out can be read tomorrow: an entry's own bytes are
kept beside what was made of them. And by them an entry is known again that was
read at the last poll.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.parsers import expat

_NAMES = frozenset(("item", "entry"))
_TAG = re.compile(rb"<(?:(?P<skipped>!--|!\[CDATA\[|\?)|(?P<name>(?:[\w.-]+:)?(?:item|entry))(?=[\s>/]))")
_HEAD_ENDS = re.compile(rb"[<>]")
_ENDS = {b"!--": b"-->", b"![CDATA[": b"]]>", b"?": b"?>"}
_CHANGING = re.compile(
    rb"(<(?:[\w.-]+:)?(?:lastBuildDate|pubDate|updated|modified|date)(?:\s[^<>]*)?>)[^<]*(?=</)"
)
"""What of a channel differs at every poll and says nothing of an entry: its dates."""
_RARE = 8
_AT_ONCE = 2**18
_MOST_NAMES = 32
"""Names that entries go by in one document; for each of them its end tags are looked for."""
MOST = 2**20
"""Bytes kept of one entry of a feed; of a longer one the beginning."""
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Survey:
    """What can be told of a feed without reading it.

    spans        where its entries begin and end, where it is well-formed
    well_formed  as far as expat sees
    open_names   of an ill-formed one, what stands open about its first entry
    deepest      how deep elements stand within one another, up to the fault if there is one
    fault        where it is ill-formed and how, in a parser's words
    """

    spans: list[Span]
    well_formed: bool
    open_names: tuple[str, ...]
    deepest: int
    fault: str | None = None


def survey(body: bytes) -> Survey:
    """Look through a feed, by the parser's own byte positions."""
    found: list[Span] = []
    starts: list[int] = []
    path: list[str] = []
    within: list[str] = []
    around: tuple[str, ...] = ()
    deepest = 0
    parser = expat.ParserCreate()

    def opened(name: str, _: object) -> None:
        nonlocal deepest, around
        if name.rpartition(":")[2] in _NAMES:
            if not within:
                starts.append(parser.CurrentByteIndex)
                around = around or tuple(path)
            within.append(name)
        path.append(name)
        deepest = max(deepest, len(path))

    def closed(name: str) -> None:
        path.pop()
        if within and within[-1] == name:
            within.pop()
            if not within:
                at = parser.CurrentByteIndex  # Of one that closes itself, behind it.
                end = body.find(b">", at) + 1 if body.startswith(b"</" + name.encode(), at) else at
                found.append((starts[-1], end))

    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    parser.StartDoctypeDeclHandler = _refuse
    try:
        for at in range(0, len(body), _AT_ONCE):  # Given all at once it makes a copy of it.
            parser.Parse(memoryview(body)[at : at + _AT_ONCE], False)
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        return Survey(found, False, around, deepest, str(error))
    return Survey(found, True, around, deepest)


def _refuse(*_: object) -> None:
    raise ValueError("a document type")


def frame_of(body: bytes, spans: list[Span], *about: str) -> bytes:
    """Return a digest of all that stands about the entries, and of what else decides how they are read."""
    hasher = hashlib.sha256("\0".join(about).encode("utf-8", "replace"))
    frame = without(body, spans)
    start = frame.find(b"<items>")  # The list of items of RSS 1.0, which changes with them.
    end = frame.find(b"</items>", start) if start >= 0 else -1
    frame = frame[:start] + frame[end:] if end >= 0 else frame
    hasher.update(_CHANGING.sub(rb"\1", frame))
    return hasher.digest()[:16]


def marks_of(body: bytes, spans: Sequence[Span]) -> list[bytes]:
    """Return for each entry a digest of its own bytes."""
    return [hashlib.sha256(body[start:end]).digest()[:16] for start, end in spans]


def without(body: bytes, spans: Sequence[Span]) -> bytes:
    """Return *body* but for these parts of it, which stand in order."""
    parts: list[bytes] = []
    at = 0
    for start, end in spans:
        parts.append(body[at:start])
        at = end
    return b"".join([*parts, body[at:]])


def entry_spans(body: bytes) -> list[Span]:
    """Return where each entry of a feed, also of an ill-formed one, begins and ends, by their tags."""
    return list(spans_in(body))


def spans_in(body: bytes) -> Iterator[Span]:
    """Yield where each entry begins and ends.

    Linear: a mark that has no end is looked for once, whatever comes behind it.
    """
    endless: set[bytes] = set()
    closings: dict[bytes, re.Pattern[bytes]] = {}
    at = 0
    while match := _TAG.search(body, at):
        at = match.end()
        if skipped := match["skipped"]:
            mark = _ENDS[skipped]
            if mark not in endless:
                end = found_at(body, mark, at)
                at = end + len(mark) if end >= 0 else at
                endless |= {mark} if end < 0 else set()
            continue
        head = _HEAD_ENDS.search(body, at)
        if head and head.group() == b">" and body[head.start() - 1 : head.start()] == b"/":
            yield match.start(), head.end()
            at = head.end()
            continue
        name = match["name"]
        if name in endless or (name not in closings and len(closings) == _MOST_NAMES):
            continue
        if name not in closings:
            closings[name] = re.compile(rb"<!\[CDATA\[|<!--|</" + re.escape(name) + rb"\s*>")
        closing = _closing(closings[name], body, at, endless)
        if closing is None:
            endless.add(name)
            continue
        yield match.start(), closing
        at = closing


def found_at(body: bytes, mark: bytes, at: int) -> int:
    """Return where *mark* stands next, or -1: by its first byte, ten times as quickly, where that is rare."""
    for _ in range(_RARE):
        at = body.find(mark[:1], at)
        if at < 0 or body.startswith(mark, at):
            return at
        at += 1
    return body.find(mark, at)


def _closing(pattern: re.Pattern[bytes], body: bytes, at: int, endless: set[bytes]) -> int | None:
    """Return where an entry ends; what only looks like its end tag within CDATA and comments does not count."""
    while match := pattern.search(body, at):
        at = match.end()
        if match[0].startswith(b"</"):
            return at
        mark = _ENDS[match[0][1:]]
        if mark not in endless:
            end = found_at(body, mark, at)
            at = end + len(mark) if end >= 0 else at
            endless |= {mark} if end < 0 else set()
    return None
