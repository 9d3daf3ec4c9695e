"""A line of text -> its pieces: words as people see them, and the marks between. Pure.

Other than `archive.text.words`, which is for finding, this folds nothing and leaves
nothing out: the pieces and the single spaces between them are the line.

* `drug-enforcement`, `don't` and `1,234.5` are one piece each; any other mark is one;
* of scripts without spaces a character is a piece, with what belongs to it
  (a vowel of Thai, a stacked consonant of Khmer); a run of katakana is one piece.

Words are counted as between spaces; of scripts without spaces two pieces are a word.
"""

import re
from dataclasses import dataclass

from archive.text.words import MARKS, UNSPACED

_LEADING = "\u0e40-\u0e44\u0ec0-\u0ec4"  # Vowels of Thai and Lao that stand before their consonant,
_TRAILING = f"{MARKS}\u0e30\u0e32\u0e33\u0e45\u0e46\u0eb0\u0eb2\u0eb3"  # and those behind it.
_STACKS = "\u17d2\u1039"
_KATAKANA = "\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
_LETTER = rf"(?:(?![{UNSPACED}])[^\W_][{MARKS}\u200c\u200d]*)"
_PIECE = re.compile(
    rf"(?P<word>[{_KATAKANA}]+|{_LETTER}+(?:['\u2019\u02bc\uff07\-\u2010\u2011]{_LETTER}+|(?<=\d)[.,:](?=\d){_LETTER}+)*)"
    rf"|(?P<sign>[{_LEADING}]?[{UNSPACED}](?:[{_STACKS}][{UNSPACED}]|[{_TRAILING}])*)"
    rf"|\S(?:[{MARKS}\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]|\u200d\S)*"
)
_HAS_UNSPACED = re.compile(f"[{UNSPACED}]")
_PLAIN = re.compile(r"[^\W_]+")
_WORD, _SIGN = 2, 1
"""What a piece weighs, in half words."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """A line in pieces.

    line      white space made single spaces
    texts     of the pieces, in order
    starts    where each begins in the line
    weights   of each, in half words: marks weigh nothing unless they stand alone
    """

    line: str
    texts: tuple[str, ...]
    starts: tuple[int, ...]
    weights: tuple[int, ...]

    def end(self, number: int) -> int:
        """Return where a piece ends in the line."""
        return self.starts[number] + len(self.texts[number])

    def spaced(self, number: int) -> bool:
        """Say whether a space stands before a piece."""
        start = self.starts[number]
        return start > 0 and self.line[start - 1] == " "


def pieces(text: str) -> Pieces:
    """Return a line in pieces."""
    line = " ".join(text.split())
    texts: list[str] = []
    starts: list[int] = []
    weights: list[int] = []
    first = 0  # Where in these lists the run between two spaces begins,
    weighed = False  # whether any piece of it counts,
    in_word = False  # and whether a second word in it would still be the same one.
    for match in _PIECE.finditer(line):
        start = match.start()
        if start and line[start - 1] == " ":
            if not weighed and texts:
                weights[first] = _WORD
            first, weighed, in_word = len(texts), False, False
        kind = match.lastgroup
        weight = 0
        if kind == "sign":
            weight, in_word = _SIGN, False
        elif kind == "word":
            weight, in_word = 0 if in_word else _WORD, True
        weighed = weighed or weight > 0
        texts.append(match[0])
        starts.append(start)
        weights.append(weight)
    if texts and not weighed:
        weights[first] = _WORD
    return Pieces(line, tuple(texts), tuple(starts), tuple(weights))


def weight(text: str) -> int:
    """Return what a text weighs, in half words."""
    if not _HAS_UNSPACED.search(text):
        return _WORD * len(text.split())
    return sum(pieces(text).weights)


def whole_words(weight: int) -> int:
    """Return half words as words."""
    return (weight + 1) // 2


def count_words(text: str) -> int:
    """Return how many words a text has: what stands between spaces, or two characters without any."""
    return whole_words(weight(text))


def vocabulary(line: str) -> frozenset[str]:
    """Return what a line may be recognised by: its letters and digits in a row, or pairs of characters."""
    if not _HAS_UNSPACED.search(line):
        return frozenset(_PLAIN.findall(line) or line.split())
    flat = line.replace(" ", "")
    return frozenset(flat[at : at + 2] for at in range(len(flat)))
