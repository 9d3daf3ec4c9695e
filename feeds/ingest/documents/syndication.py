"""An RSS or Atom document's bytes -> what feedparser reads in them, all but what it stumbles over.

It is given as few as possible: entries that were read at the last poll, in the same
frame, are named and not read again. A large document it reads entry by entry. On a few
texts it raises; then the document is read in halves until only the entries that do it
are left out.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice, repeat
from typing import Any

from feeds.errors import FetchError, stumble
from feeds.ingest.documents.feedparsing import parse_bytes
from feeds.ingest.documents.slices import (
    Span,
    Survey,
    entry_spans,
    frame_of,
    marks_of,
    spans_in,
    survey,
    without,
)
from feeds.ingest.documents.streaming import stream
from feeds.ingest.documents.wellness import MOST_DEPTH, Prepared, flattened, prepare
from feeds.model import LARGE, MOST_ENTRIES, READER, Fetched, Known, too_many

MOST_TRIES = 256
"""Readings of one document; more than a few bad entries need, and an end to what hostile ones cost."""
MANY = 500
"""Entries of a document from which it is read one by one, as a large one is: feedparser takes a hundred times its room."""
Take = Callable[[Any, bytes | None, bytes | None], None]
"""Handed an entry as feedparser has it, its own bytes where they can be told apart, and their digest where it
can be known again by them."""
Begin = Callable[[Any, bytes], Take]
"""Told of the feed as a whole and of what stands before its first entry; what it returns takes the entries."""


@dataclass(frozen=True, slots=True)
class Syndicated:
    """What feedparser read beside the entries.

    result        of the document, or of its first part that could be read; None where nothing had to be read
    passed_over   what had to be left out and why, a sentence each
    mended        what was put right before, a clause each
    way           `delta`, or why all of it was read
    frame         digest of what stands about the entries, where they can be known again
    skipped       marks of those that were known and not read; `places` are theirs among all
    part          the document without these; None where there are none
    """

    prepared: Prepared
    result: Any
    passed_over: tuple[str, ...] = ()
    mended: tuple[str, ...] = ()
    way: str = "new"
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
    begin: Begin
    frame: bytes = b""
    notes: list[str] = field(default_factory=list)
    mended: list[str] = field(default_factory=list)

    @property
    def head(self) -> bytes:
        """What stands before the first entry, known or not."""
        return self.body[: self.spans[0][0]] if self.spans else b""

    def slices(self) -> Callable[[Span], bytes]:
        """Return what gives the bytes of an entry, as they were written where that can be told."""
        body, places = self.body, {}
        if body != self.prepared.as_written:
            written = list(islice(spans_in(self.prepared.as_written), MOST_ENTRIES))
            if len(written) == len(self.spans):
                body, places = self.prepared.as_written, dict(zip(self.spans, written, strict=True))

        def slice_of(span: Span) -> bytes:
            start, end = places.get(span, (0, 0)) if places else span
            return body[start:end]

        return slice_of

    def hand_on(
        self, result: Any, spans: Sequence[Span] | None, marks: Iterable[bytes | None] = repeat(None)
    ) -> None:
        """Hand on what was read of these entries."""
        take = self.begin(result, self.head)
        cut_out = map(self.slices(), spans) if spans is not None else repeat(None)
        for entry, raw, mark in zip(result.entries, cut_out, marks, strict=False):
            take(entry, raw, mark)

    def read(self, result: Any, way: str, *, frame: bytes | None = None) -> Syndicated:
        """Return what was read, beside the entries."""
        mended = tuple(self.mended)
        return Syndicated(self.prepared, result, tuple(self.notes), mended, way, frame)


def read(fetched: Fetched, begin: Begin, known: Known | None = None) -> Syndicated:
    """Hand on the entries that the document holds, and return the rest. Raises FetchError where nothing can be read.

    known   entries that need not be read again, and the frame in which they stood
    """
    prepared = prepare(fetched)
    # No content-location: what the parser cannot join stays as it is written, and entry.joined joins it.
    headers = {"content-type": "application/xml; charset=utf-8"}
    if fetched.content_language:
        headers["content-language"] = fetched.content_language
    work = _Work(prepared, prepared.body, [], headers, begin, mended=list(prepared.mended))
    _count(work)
    about = (fetched.url, fetched.content_language or "", prepared.decoded.encoding, READER)
    work.frame = frame_of(work.body, work.spans, *about)
    way = _why_all(work, known)
    if known is not None and way == "delta":
        found = _unseen(work, known)
        if found is not None:
            return found
        way = "count"
    return _whole(work, way)


def _count(work: _Work) -> None:
    """Find the entries; of more than are read the rest is left out."""
    spans = spans_in(work.body)
    work.spans = list(islice(spans, MOST_ENTRIES))
    further = next(spans, None)
    if further is not None:
        (start, end), count = further, MOST_ENTRIES + 1
        for _, last in spans:
            end, count = last, count + 1
        work.notes += too_many(count)
        work.body = without(work.body, [(start, end)])


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
    """Hand on the entries whose bytes are new; None where the parser does not see as many."""
    marks = marks_of(work.body, work.spans)
    unseen = [number for number, mark in enumerate(marks) if mark not in known.marks]
    places = tuple(number for number, mark in enumerate(marks) if mark in known.marks)
    body = without(work.body, [work.spans[number] for number in places])
    if _is_large(body, unseen):  # Most of it is new: then all of it is read.
        return None
    result = _part(work, body, len(unseen)) if unseen else None
    if result is not None:
        work.hand_on(result, [work.spans[number] for number in unseen], [marks[number] for number in unseen])
    elif unseen:
        return None
    found = work.read(result, "delta", frame=work.frame)
    return replace(found, skipped=tuple(marks[number] for number in places), places=places, part=body)


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


def _is_large(body: bytes, entries: Sequence[object]) -> bool:
    return len(entries) > MANY or len(body) > LARGE


def _whole(work: _Work, way: str) -> Syndicated:
    """Hand on all of a document, entry by entry where it is large."""
    seen = survey(work.body)
    if seen.deepest > MOST_DEPTH or (not seen.well_formed and work.body.count(b"<") > 4 * MOST_DEPTH):
        work.body, removed = flattened(work.body)
        if removed:
            work.mended.append(f"{removed} tags in it stand deeper than {MOST_DEPTH} and are left out")
            work.spans = entry_spans(work.body)
            seen = survey(work.body)
    if not seen.well_formed and seen.open_names and (cut := _closed(work, seen.open_names)) is not None:
        return cut
    if _is_large(work.body, work.spans):
        return _one_by_one(work, seen, way)
    try:
        result = parse_bytes(work.body, work.headers)
    except MemoryError:
        raise
    except Exception as error:
        found = _in_halves(work)
        if found is None:
            raise FetchError(f"is no feed that can be read: {stumble(error)}") from error
        return found
    count = len(result.entries)
    spans = next((one for one in (seen.spans, work.spans) if len(one) == count), None)
    fit = _is_fit(work, seen) and not result.get("bozo") and spans == work.spans
    work.hand_on(result, spans, marks_of(work.body, work.spans) if fit else repeat(None))
    return work.read(result, way if fit or way != "new" else "ill-formed", frame=work.frame if fit else None)


def _is_fit(work: _Work, seen: Survey) -> bool:
    """Say whether the entries of a document can be known again by their bytes."""
    return seen.well_formed and seen.spans == work.spans and not work.prepared.entities


def _one_by_one(work: _Work, seen: Survey, way: str) -> Syndicated:
    """Hand on a large document's entries as they are read; what it says as a whole is read before."""
    spans = seen.spans if seen.well_formed else work.spans
    fit = _is_fit(work, seen)
    slice_of = work.slices()
    language = work.headers.get("content-language")
    about = stream(without(work.body, spans), [], language, lambda *_: None, strict=seen.well_formed)
    take = work.begin(about.result, work.head)

    numbers: list[int | None] = []

    def hand_on(entry: Any, number: int | None) -> None:
        numbers.append(number)
        span = spans[number] if number is not None else None
        mark = marks_of(work.body, [span])[0] if fit and span is not None else None
        take(entry, slice_of(span) if span is not None else None, mark)

    found = stream(work.body, spans, language, hand_on, strict=seen.well_formed)
    work.notes += found.passed_over
    fit = fit and found.strictly and numbers == [*range(len(spans))]
    if seen.fault is not None:
        found.result["bozo_exception"] = seen.fault
    return work.read(
        found.result, way if fit or way != "new" else "ill-formed", frame=work.frame if fit else None
    )


def _closed(work: _Work, open_names: tuple[str, ...]) -> Syndicated | None:
    """Hand on the entries of a document that breaks off, whole ones only; None where it is ill in another way."""
    if not work.spans:
        return None
    end = work.spans[-1][1]
    if b"</" + open_names[0].encode() in work.body[end:]:
        return None
    body = work.body[:end] + b"".join(b"</%s>" % name.encode() for name in reversed(open_names))
    seen = survey(body)
    if not seen.well_formed:
        return None
    note = f"it breaks off behind its entry {len(work.spans)}"
    if _is_large(body, work.spans):
        work.body = body
        work.mended.append(note)
        found = _one_by_one(work, seen, "cut")
        return replace(found, frame=None)
    try:
        result = parse_bytes(body, work.headers)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - feedparser raises whatever its helpers raise; it is then read in halves
        return None
    if result.get("bozo") or len(result.entries) != len(work.spans):
        return None
    work.mended.append(note)
    work.hand_on(result, work.spans)
    return work.read(result, "cut")


def _in_halves(work: _Work) -> Syndicated | None:
    """Hand on all that can be read of a document that cannot be read as a whole; None where nothing can."""
    body, spans = work.body, work.spans
    if not spans:
        return None
    head, tail = body[: spans[0][0]], body[spans[-1][1] :]
    parts: list[Any] = []
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
                work.notes.append(f"its entry {end} cannot be read and is passed over: {stumble(error)}")
            else:
                middle = (first + end) // 2
                waiting += [(middle, end), (first, middle)]
    left = sum(end - first for first, end in waiting)
    if left:
        work.notes.append(f"{left} of its entries cannot be read and are passed over")
    if not parts:
        return None
    take = work.begin(parts[0], b"")
    for entry in chain.from_iterable(part.entries for part in parts):
        take(entry, None, None)
    return work.read(parts[0], "halves")
