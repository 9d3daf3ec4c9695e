"""A query's tree -> what it asks for, in words; a fault's place -> the part that is at fault. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from feeds.curate.query import And, Node, Not, Or, Term, token_at

Kind = Literal["term", "operator", "text"]
_PAIR = 2
_UNSPACED = 0x0E00
"""From here on lie the scripts that write without spaces, and are looked up by pairs of characters."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the sentence: what is looked for, what joins it, or the words between."""

    kind: Kind
    text: str


def spoken(node: Node) -> tuple[Piece, ...]:
    """Return what the query asks for: `opium or heroin, and the exact words northern border`."""
    return tuple(piece for piece in _say(node, inner=False) if piece.text)


def _say(node: Node, *, inner: bool) -> list[Piece]:
    match node:
        case Term():
            return _term(node, inner=inner)
        case Not(part=part):
            return [Piece("operator", "not "), *_say(part, inner=True)]
        case Or(parts=parts):
            return _bracketed(_series(parts, " or "), when=inner)
        case And(parts=parts):
            return _bracketed(_all(parts), when=inner)


def _term(term: Term, *, inner: bool) -> list[Piece]:
    """Return a term: `afghan...` for an open end; words in a row in quotation marks, or announced."""
    text = _rejoined(term.words) + ("\u2026" if term.prefix else "")
    found = [Piece("term", text)]
    if " " in text:
        found = (
            [Piece("term", f"\u201c{text}\u201d")] if inner else [Piece("text", "the exact words "), *found]
        )
    return [*found, Piece("text", " in the title")] if term.zone == "title" else found


def _rejoined(words: tuple[str, ...]) -> str:
    """Return the words as they were written: pairs of characters that overlap are one run."""
    text = words[0]
    for before, word in pairwise(words):
        overlap = len(word) == len(before) == _PAIR and before[-1] == word[0] and ord(word[0]) >= _UNSPACED
        text += word[1:] if overlap else f" {word}"
    return text


def _series(parts: tuple[Node, ...], joint: str) -> list[Piece]:
    """Return *parts* with commas between them and *joint* before the last."""
    found: list[Piece] = []
    for number, part in enumerate(parts):
        if number:
            found.append(Piece("operator", joint) if number == len(parts) - 1 else Piece("text", ", "))
        found += _say(part, inner=True)
    return found


def _all(parts: tuple[Node, ...]) -> list[Piece]:
    """Return parts that are all wanted; those that are not come last, behind a `but`."""
    wanted = [part for part in parts if not isinstance(part, Not)]
    unwanted = [part.part for part in parts if isinstance(part, Not)]
    simple = all(isinstance(part, Term) for part in wanted)
    found = _parted(wanted, comma=not simple)
    for number, part in enumerate(unwanted):
        but = "not " if number or not wanted else "but not "
        found += [Piece("text", ", " if found else ""), Piece("operator", but)]
        found += _say(part, inner=True)
    return found


def _parted(parts: Sequence[Node], *, comma: bool) -> list[Piece]:
    """Return parts that are all wanted; where some are alternatives, a comma shows where each ends."""
    found: list[Piece] = []
    for part in parts:
        found += [Piece("text", "," if comma else ""), Piece("operator", " and ")] if found else []
        found += _say(part, inner=not isinstance(part, Or | Term))
    return found


def _bracketed(pieces: list[Piece], *, when: bool) -> list[Piece]:
    return [Piece("text", "("), *pieces, Piece("text", ")")] if when else pieces


def faulty(text: str, position: int) -> tuple[int, int]:
    """Return the part of a query that stands at a fault's position, as offsets in *text*.

    Where the query ends too early that is its last character.
    """
    start, end = token_at(text, position)
    return (start, end) if start < end else (max(0, len(text) - 1), len(text))
