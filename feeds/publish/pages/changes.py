"""Revisions of an article -> what its source changed, as its page shows it. Pure.

A page stays bounded however often and however much a source changes its mind: the
newest changes are shown, the first paragraphs of each, and of what did not change
only the sentences beside a change.
"""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from archive import Article, Comparison, Part, Passage, compare, count_words
from feeds.publish.formats.entries import title_of
from feeds.publish.text.wording import counted
from feeds.publish.topic.rights import excerpt
from feeds.settings import Content
from feeds.times import parse

SHOWN: Final = 5
"""Changes on one page, the newest first."""
MOST: Final = 20_000
"""Characters of changed paragraphs on one page."""
WHOLE: Final = 30_000
"""Characters of an old text that is shown again whole."""
_MARKUP = 100
"""Bytes round each piece, about; they count too."""
_LONGEST_PART = 2_000
_BESIDE = 160
_SENTENCE = re.compile(r"(?<=[.!?\u2026])[\"'\u201d\u2019\u00bb)]* |(?<=[\u3002\uff01\uff1f])")


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision as its tab names it."""

    rev: int
    kept: datetime
    words: int

    @classmethod
    def of(cls, article: Article) -> "Revision":
        """Return how the page names a revision."""
        found = article.archive
        return cls(found.rev, parse(found.fetched), count_words(article.content_text))


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a paragraph, with the space round what changed left outside of it."""

    kind: str
    lead: str
    text: str
    trail: str


Paragraph = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What changed from one revision to the next that is known.

    summary   how much that was, in words
    title     the title with what changed in it, where anything did
    text      changed paragraphs, and how many unchanged ones stand between them
    left_out  changed paragraphs for which there is no room
    """

    old: Revision
    new: Revision
    summary: str
    title: tuple[Paragraph, ...]
    text: tuple[Paragraph | int, ...] = ()
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Changes:
    """What the source changed.

    first     the oldest revision, its title, and its text where that is shown again
    steps     changes, the newest first
    total     changes that there were
    shared    the texts are shown; else only how much they changed, and when
    """

    first: Revision
    first_title: str
    first_text: tuple[str, ...]
    newest: Revision
    steps: tuple[Change, ...]
    total: int
    shared: bool


def wanted(rev: int) -> list[int]:
    """Return the numbers of the older revisions that the page of revision *rev* speaks of."""
    return sorted({1, *range(max(1, rev - SHOWN), rev)} - {rev})


def changes_of(article: Article, earlier: Sequence[Article], content: Content) -> Changes | None:
    """Return what the source changed up to this revision, or None where nothing is known of it.

    earlier   older revisions, those that are `wanted` and can be read, oldest first
    content   how much of the text readers are given: no comparison shows more
    """
    if not earlier:
        return None
    rev = article.archive.rev
    near = [one for one in earlier if one.archive.rev >= rev - SHOWN]
    shared = content == "full"
    room = MOST
    steps: list[Change] = []
    for old, new in reversed(list(itertools.pairwise([*near, article]))):
        step, room = _step(old, new, room, shared=shared)
        steps.append(step)
    first = earlier[0]
    rows = tuple(row for row in first.content_text.splitlines() if row.strip())
    again = shared and sum(len(row) + _MARKUP // 3 for row in rows) <= WHOLE
    return Changes(
        first=Revision.of(first),
        first_title=title_of(first),
        first_text=rows if again else (),
        newest=Revision.of(article),
        steps=tuple(steps),
        total=rev - 1,
        shared=shared,
    )


def _step(old: Article, new: Article, room: int, *, shared: bool) -> tuple[Change, int]:
    """Return one change, and how much room it leaves."""
    title, text = compare(old.title or "", new.title or ""), compare(old.content_text, new.content_text)
    shown: list[Paragraph | int] = []
    left_out = 0
    for changed, passages in itertools.groupby(text.passages if shared else (), lambda one: one.changed):
        if not changed:
            shown.append(sum(1 for _ in passages))
            continue
        for passage in passages:
            paragraph = _paragraph(passage)
            size = sum(len(piece.text) + _MARKUP for piece in paragraph)
            if left_out or size > room:
                left_out += 1
                continue
            room -= size
            shown.append(paragraph)
    if left_out:
        shown = shown[: _behind_last_paragraph(shown)]  # How many follow unchanged says nothing then.
    change = Change(
        old=Revision.of(old),
        new=Revision.of(new),
        summary=_summary(title, text),
        title=tuple(_paragraph(one) for one in title.passages) if title.changed else (),
        text=tuple(shown) if text.changed else (),
        left_out=left_out,
    )
    return change, room


def _behind_last_paragraph(shown: Sequence[Paragraph | int]) -> int:
    return max((at for at, one in enumerate(shown, 1) if not isinstance(one, int)), default=0)


def _summary(title: Comparison, text: Comparison) -> str:
    if text.added or text.taken_out:
        return f"{counted(text.added, 'word')} in, {text.taken_out:,} out"
    if text.changed:
        return "punctuation only"
    return "the title only" if title.changed else "the same words"


def _paragraph(passage: Passage) -> Paragraph:
    """Return a passage as it is shown: what did not change is cut to what stands beside a change."""
    found: list[Piece] = []
    last = len(passage.parts) - 1
    for number, part in enumerate(passage.parts):
        piece = _piece(part, behind_change=number > 0, before_change=number < last)
        if found and found[-1].kind == "taken_out" and piece.kind == "added" and not found[-1].trail:
            piece = Piece(piece.kind, piece.lead or " ", piece.text, piece.trail)
        found.append(piece)
    return tuple(found)


def _piece(part: Part, *, behind_change: bool, before_change: bool) -> Piece:
    if part.kind == "same":
        return Piece("same", "", _beside(part.text, behind=behind_change, before=before_change), "")
    core = part.text.strip()
    if not core:
        return Piece("same", "", part.text, "")
    text = core if len(core) <= _LONGEST_PART else excerpt(core, _LONGEST_PART - 2) + " \u2026"
    lead, _, trail = part.text.partition(core)
    return Piece(part.kind, lead, text, trail)


def _beside(text: str, *, behind: bool, before: bool) -> str:
    """Return what of an unchanged text stands beside a change: whole if short, else up to a sentence's end."""
    if len(text) <= 3 * _BESIDE:
        return text
    head = _head(text) if behind else ""
    tail = _tail(text) if before else ""
    return f"{head} \u2026 {tail}".strip(" ") if not (head and tail) else f"{head} \u2026 {tail}"


def _head(text: str) -> str:
    """Return the beginning of a text: its first sentence, else some words of it."""
    end = _SENTENCE.search(text, 1)
    if end is not None and end.end() <= 2 * _BESIDE:
        return text[: end.end()].rstrip()
    words, space, _ = text[:_BESIDE].rpartition(" ")
    return words if space else text[:_BESIDE]


def _tail(text: str) -> str:
    """Return the end of a text: its last sentence, be it unfinished, else some words of it."""
    starts = [found.end() for found in _SENTENCE.finditer(text) if found.end() < len(text.rstrip())]
    if starts and len(text) - starts[-1] <= 2 * _BESIDE:
        return text[starts[-1] :]
    _, space, words = text[-_BESIDE:].partition(" ")
    return words if space else text[-_BESIDE:]
