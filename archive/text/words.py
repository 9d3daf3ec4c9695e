"""text -> words: normalised once, the same for documents, queries and the index.

The rule, in full:

* letters, digits and the marks that belong to them make words; all else parts them
  (`peace-talks` is two words, `U.S.` is `u s`);
* case is folded; accents fall from Latin, Greek and Cyrillic letters, but
  the short i of Cyrillic stays itself;
* a possessive at the end of a word falls (`Kabul's` is `kabul`); any other
  apostrophe parts words (`l'homme` is `l homme`);
* scripts that write without spaces give overlapping pairs of characters.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

_APOSTROPHES = "'\u2019\u02bc\uff07"


def _marks() -> str:
    """Return a character class body of all combining marks below U+3100."""
    found = [c for c in range(0x300, 0x3100) if unicodedata.category(chr(c)) in ("Mn", "Mc")]
    return "".join(chr(c) for c in found)


MARKS = _marks()
"""Combining marks, as the body of a character class."""
_WORD = re.compile(rf"(?:[^\W_][{MARKS}]*)+(?:[{_APOSTROPHES}]s(?![^\W_]))?", re.IGNORECASE)

UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f"
)
"""Written without spaces: Han, kana, Thai, Lao, Khmer, Myanmar. (Korean parts its words.)"""
_UNSPACED = re.compile(f"[{UNSPACED}]+")
_POSSESSIVE = re.compile(r"([A-Za-z0-9]+)'[sS](?![A-Za-z0-9])")
_FOLDED = bytes(ord(chr(c).lower()) if c < 128 and chr(c).isalnum() else 32 for c in range(256))
"""Of ASCII: small letters and digits as they are, all else blank."""
_PLAIN_ASCII = re.compile(r"[a-z0-9]+\Z")


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text.

    text    normalised: what is compared
    start   offset of its first character in the text, counted in characters
    end     offset behind its last
    """

    text: str
    start: int
    end: int


def fold(word: str) -> str:
    """Return *word* with case and accents folded, possessive dropped."""
    low = word.casefold()
    if _PLAIN_ASCII.match(low):
        return low
    if len(low) > 2 and low[-1] == "s" and low[-2] in _APOSTROPHES:
        low = low[:-2]
    kept: list[str] = []
    base = ""
    # Folded again: some letters have a small form only once they are taken apart.
    for char in unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", low).casefold()):
        if "\u0300" <= char <= "\u036f":
            # U+0306 on the Cyrillic i makes another letter, not an accent.
            if (base == "\u0438" and char == "\u0306") or not _drops_accents(base):
                kept.append(char)
            continue
        base = char
        kept.append(char)
    return unicodedata.normalize("NFC", "".join(kept))


def _drops_accents(base: str) -> bool:
    """Say whether accents on *base* are spelling only: Latin, Greek, Cyrillic."""
    return base < "\u0530" or "\u1e00" <= base <= "\u1fff"


def words(text: str) -> Iterator[Word]:
    """Yield the words of *text* in order."""
    for match in _WORD.finditer(text):
        start = match.start()
        whole = match.group()
        if whole.isascii():
            yield Word(fold(whole), start, match.end())
            continue
        at = 0
        for unspaced in _UNSPACED.finditer(whole):
            if before := fold(whole[at : unspaced.start()]):
                yield Word(before, start + at, start + unspaced.start())
            yield from _pairs(unspaced.group(), start + unspaced.start())
            at = unspaced.end()
        if behind := fold(whole[at:]):  # A mark behind a sign of an unspaced script is no word.
            yield Word(behind, start + at, match.end())


def _pairs(run: str, start: int) -> Iterator[Word]:
    """Yield the overlapping pairs of an unspaced run; one character alone is itself."""
    if len(run) == 1:
        yield Word(fold(run), start, start + 1)
        return
    for at in range(len(run) - 1):
        yield Word(fold(run[at : at + 2]), start + at, start + at + 2)


def parted(text: str) -> str:
    """Return the words of *text* as they are compared, parted by blanks: several times as quick as `words`."""
    if text.isascii():
        whole = _POSSESSIVE.sub(r"\1 ", text) if "'" in text else text
        return whole.encode().translate(_FOLDED).decode()
    found: list[str] = []
    for word in _WORD.findall(text):
        if word.isascii() and word.isalnum():
            found.append(word.lower())
        else:
            found += [one.text for one in words(word)]
    return " ".join(found)


def spelled(text: str) -> list[str]:
    """Return the words of *text* as they are compared, without their places."""
    return parted(text).split()


def plain(text: str) -> str:
    """Return the words of *text* with single spaces: the key by which titles agree."""
    return " ".join(spelled(text))


@dataclass(frozen=True)
class Tokens:
    """A text as its words, ready to be asked: which stand in it, and where."""

    words: tuple[Word, ...]

    @classmethod
    def of(cls, text: str) -> "Tokens":
        """Return the tokens of *text*."""
        return cls(tuple(words(text)))

    @cached_property
    def places(self) -> dict[str, list[int]]:
        """Return for each word the numbers of the places where it stands, ascending."""
        found: dict[str, list[int]] = {}
        for number, word in enumerate(self.words):
            found.setdefault(word.text, []).append(number)
        return found

    @cached_property
    def vocabulary(self) -> list[str]:
        """Return the distinct words, sorted: prefixes are found by bisection."""
        return sorted(self.places)
