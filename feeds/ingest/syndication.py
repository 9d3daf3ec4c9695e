"""An RSS or Atom document's bytes -> what feedparser reads in them, all but what it stumbles over.

It is given as few as possible: entries that were read at the last poll, in the same
frame, are named and not read again. On a few texts it raises; then the document is
read in halves until only the entries that do it are left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from feeds.errors import FetchError, stumble
from feeds.ingest.feedparsing import parse_bytes
from feeds.ingest.slices import Span, entry_spans, frame_of, marks_of, survey, without
from feeds.ingest.wellness import MOST_DEPTH, Prepared, flattened, prepare
from feeds.model import MOST_ENTRIES, READER, Fetched, Known, too_many

MOST_TRIES = 256
"""Readings of one document; more than a few bad entries need, and an end to what hostile ones cost."""
PART = 500
"""Entries given to feedparser at a time: what it makes of them takes a hundred times their room."""


@dataclass(frozen=True, slots=True)
class Syndicated:
    """What feedparser read.

    result        of the document, or of its first part that could be read; None where nothing had to be read
    slices        the bytes of each of the entries, where they can be told apart
    head          what stands before the first of them, likewise
    passed_over   what had to be left out and why, a sentence each
    mended        what was put right before, a clause each
    way           `delta`, or why all of it was read
    marks         digests of the entries' bytes, where they can be known again by them
    frame         digest of what stands about the entries, likewise
    skipped       marks of those that were known and not read; `places` are theirs among all
    part          the document without these; None where there are none
    """

    prepared: Prepared
    result: Any
    entries: Sequence[Any]
    slices: Sequence[bytes] | None = None
    head: bytes = b""
    passed_over: tuple[str, ...] = ()
    mended: tuple[str, ...] = ()
    way: str = "new"
    marks: tuple[bytes, ...] = ()
    frame: bytes | None = None
    skipped: tuple[bytes, ...] = ()
    places: tuple[int, ...] = ()
    part: bytes | None = None


@dataclass(slots=True)
class _Work:
    """A document under way: its bytes, and what is found out about them."""

    prepared: Prepared
    body: bytes
    spans: list[Span]
    headers: Mapping[str, str]
    frame: bytes = b""
    notes: list[str] = field(default_factory=list)
    mended: list[str] = field(default_factory=list)

    def parts(self, spans: Sequence[Span]) -> bytes:
        """Return the document with these of its entries alone."""
        wanted = set(spans)
        return without(self.body, [one for one in self.spans if one not in wanted])

    @property
    def head(self) -> bytes:
        """What stands before the first entry, known or not."""
        return self.body[: self.spans[0][0]] if self.spans else b""

    def slices(self, spans: Sequence[Span]) -> list[bytes]:
        """Return these entries' bytes, as they were written where that can be told."""
        if self.body != self.prepared.as_written:
            written = entry_spans(self.prepared.as_written)
            if len(written) == len(self.spans):
                places = dict(zip(self.spans, written, strict=True))
                spans, body = [places.get(one, (0, 0)) for one in spans], self.prepared.as_written
                return [body[start:end] for start, end in spans]
        return [self.body[start:end] for start, end in spans]


def read(fetched: Fetched, known: Known | None = None) -> Syndicated:
    """Return what the document holds. Raises FetchError where nothing in it can be read.

    known   entries that need not be read again, and the frame in which they stood
    """
    prepared = prepare(fetched)
    # No content-location: what the parser cannot join stays as it is written, and entry.joined joins it.
    headers = {"content-type": "application/xml; charset=utf-8"}
    if fetched.content_language:
        headers["content-language"] = fetched.content_language
    work = _Work(prepared, prepared.body, entry_spans(prepared.body), headers, mended=list(prepared.mended))
    if len(work.spans) > MOST_ENTRIES:
        work.notes += too_many(len(work.spans))
        work.body = without(work.body, work.spans[MOST_ENTRIES:])
        work.spans = entry_spans(work.body)
    about = (fetched.url, fetched.content_language or "", prepared.decoded.encoding, READER)
    work.frame = frame_of(work.body, work.spans, *about)
    way = _why_all(work, known)
    if known is not None and way == "delta":
        found = _unseen(work, known)
        if found is not None:
            return found
        way = "count"
    return _whole(work, way)


def _why_all(work: _Work, known: Known | None) -> str:
    """Return `delta`, or why a document cannot be read in part."""
    if known is None:
        return "new"
    if work.prepared.entities:
        return "entities"
    if not work.spans:
        return "empty"
    return "delta" if known.frame == work.frame else "frame"


def _unseen(work: _Work, known: Known) -> Syndicated | None:
    """Return the entries whose bytes are new, or None where the parser does not see as many."""
    marks = marks_of(work.body, work.spans)
    unseen = [number for number, mark in enumerate(marks) if mark not in known.marks]
    known_ones = [number for number, mark in enumerate(marks) if mark in known.marks]
    body = work.parts([work.spans[number] for number in unseen])
    result = _part(work, body, len(unseen)) if unseen else None
    if unseen and result is None:
        return None
    return Syndicated(
        work.prepared,
        result,
        result.entries if result is not None else (),
        slices=work.slices([work.spans[number] for number in unseen]),
        head=work.head,
        passed_over=tuple(work.notes),
        mended=tuple(work.mended),
        way="delta",
        marks=tuple(marks[number] for number in unseen),
        frame=work.frame,
        skipped=tuple(marks[number] for number in known_ones),
        places=tuple(known_ones),
        part=body,
    )


def _part(work: _Work, body: bytes, count: int) -> Any:
    """Return what feedparser makes of a part of a document, or None where it does not see so many entries."""
    if survey(body).deepest > MOST_DEPTH:
        return None
    try:
        result = parse_bytes(body, work.headers)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - feedparser raises whatever its helpers raise; then all is read
        return None
    return None if result.get("bozo") or len(result.entries) != count else result


def _whole(work: _Work, way: str) -> Syndicated:
    """Return all of a document, by parts where it is large and well-formed."""
    seen = survey(work.body)
    if seen.deepest > MOST_DEPTH or (not seen.well_formed and work.body.count(b"<") > 4 * MOST_DEPTH):
        work.body, removed = flattened(work.body)
        if removed:
            work.mended.append(f"{removed} tags in it stand deeper than {MOST_DEPTH} and are left out")
            work.spans = entry_spans(work.body)
            seen = survey(work.body)
    if not seen.well_formed and seen.open_names and (cut := _closed(work, seen.open_names)) is not None:
        return cut
    fit = seen.well_formed and seen.spans == work.spans and not work.prepared.entities
    if fit and len(work.spans) > PART and (found := _by_parts(work, way)) is not None:
        return found
    try:
        result = parse_bytes(work.body, work.headers)
    except MemoryError:
        raise
    except Exception as error:
        found = _in_halves(work)
        if found is None:
            raise FetchError(f"is no feed that can be read: {stumble(error)}") from error
        return found
    entries = result.entries
    spans = next((one for one in (seen.spans, work.spans) if len(one) == len(entries)), None)
    fit = fit and not result.get("bozo") and spans == work.spans
    return Syndicated(
        work.prepared,
        result,
        entries,
        slices=work.slices(spans) if spans is not None else None,
        head=work.head,
        passed_over=tuple(work.notes),
        mended=tuple(work.mended),
        way=way if fit or way != "new" else "ill-formed",
        marks=tuple(marks_of(work.body, work.spans)) if fit else (),
        frame=work.frame if fit else None,
    )


def _closed(work: _Work, open_names: tuple[str, ...]) -> Syndicated | None:
    """Return the entries of a document that breaks off, whole ones only; None where it is ill in another way."""
    if not work.spans:
        return None
    end = work.spans[-1][1]
    if b"</" + open_names[0].encode() in work.body[end:]:
        return None
    body = work.body[:end] + b"".join(b"</%s>" % name.encode() for name in reversed(open_names))
    if not survey(body).well_formed:
        return None
    try:
        result = parse_bytes(body, work.headers)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - feedparser raises whatever its helpers raise; it is then read in halves
        return None
    if result.get("bozo") or len(result.entries) != len(work.spans):
        return None
    return Syndicated(
        work.prepared,
        result,
        result.entries,
        slices=work.slices(work.spans),
        head=work.head,
        passed_over=tuple(work.notes),
        mended=(*work.mended, f"it breaks off behind its entry {len(work.spans)}"),
        way="cut",
    )


def _by_parts(work: _Work, way: str) -> Syndicated | None:
    """Return a large well-formed document; None where the parts do not add up."""
    entries: list[Any] = []
    first: Any = None
    for start in range(0, len(work.spans), PART):
        some = work.spans[start : start + PART]
        try:
            result = parse_bytes(work.parts(some), work.headers)
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - feedparser raises whatever its helpers raise; it is then read in halves
            return None
        if result.get("bozo") or len(result.entries) != len(some):
            return None
        first = first or result
        entries += result.entries
    return Syndicated(
        work.prepared,
        first,
        entries,
        slices=work.slices(work.spans),
        head=work.head,
        passed_over=tuple(work.notes),
        mended=tuple(work.mended),
        way=way,
        marks=tuple(marks_of(work.body, work.spans)),
        frame=work.frame,
    )


def _in_halves(work: _Work) -> Syndicated | None:
    """Return all that can be read of a document that cannot be read as a whole, or None."""
    body, spans = work.body, work.spans
    if not spans:
        return None
    head, tail = body[: spans[0][0]], body[spans[-1][1] :]
    parts: list[Any] = []
    passed_over: list[str] = []
    waiting = [(0, len(spans))]
    for _ in range(MOST_TRIES):
        if not waiting:
            break
        first, end = waiting.pop()
        try:
            parts.append(
                parse_bytes(head + b"".join(body[a:b] for a, b in spans[first:end]) + tail, work.headers)
            )
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - feedparser raises whatever its helpers raise
            if end - first == 1:
                passed_over.append(f"its entry {end} cannot be read and is passed over: {stumble(error)}")
            else:
                middle = (first + end) // 2
                waiting += [(middle, end), (first, middle)]
    left = sum(end - first for first, end in waiting)
    if left:
        passed_over.append(f"{left} of its entries cannot be read and are passed over")
    if not parts:
        return None
    return Syndicated(
        work.prepared,
        parts[0],
        [entry for part in parts for entry in part.entries],
        passed_over=(*work.notes, *passed_over),
        mended=tuple(work.mended),
        way="halves",
    )
