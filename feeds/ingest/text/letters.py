"""Bytes of unknown encoding -> the one by which they read like a language.

Words are what tells: of one script, small letters behind at most one capital,
accents among plain letters and not in rows. Read by the wrong table Russian turns
into rows of accents or of capitals in mid-word, and quotation marks into boxes.
"""

import re
import unicodedata
from functools import cache

FLUENT = 0.75
"""A reading rated so high is believed without looking for a better one."""
MARGIN = 0.15
"""By how much another must be better than what is declared."""

_USUAL = ("cp1252", "cp1251", "koi8-r", "cp932", "euc_jp", "gb18030", "big5hkscs", "cp949")
_SELDOM = ("cp1250", "cp1254", "cp1253", "cp1255", "cp1256", "cp874", "cp866", "iso8859-5", "iso8859-2")
_LESS_LIKELY = 0.05
"""By how much what is seldom met must read better."""
_ENOUGH = 5
"""Bytes beyond ASCII; of fewer, nothing can be said but what is most often met."""
_ODD, _PARTING = re.compile(rb"[\x80-\xff]"), re.compile(rb"[<>\n]")
_BEFORE, _PIECE = 100, 1000
_LONGEST = 4_000
_WORD = re.compile(r"[^\W\d_]+|[^\x00-\x7f]")
_TYPOGRAPHY = frozenset("\u2013\u2014\u2018\u2019\u201a\u201c\u201d\u201e\u2026\u2022\u00ab\u00bb\u00a9\u00ae\u2122\u20ac"
                        "\u00a3\u00a7\u00b0\u00b7\u00a0\u2116\u3001\u3002\u300c\u300d\uff0c\uff01\uff1f\uff1a\u3000\u201b"
                        "\uff08\uff09\u300a\u300b\u30fb\u00ad\u00bf\u00a1")  # fmt: skip
_COMMON = frozenset(
    "\u043e\u0435\u0430\u0438\u043d\u0442\u0441\u0440\u0432\u043b\u043a\u043c\u0434\u043f\u0443\u044f\u044b\u044c\u0433\u0437\u0431\u0456\u0439\u0447"
)
"""The letters of Russian and its neighbours that make up nine tenths of any text."""
_NO_KANA = frozenset(("gb18030", "big5hkscs", "cp949"))
_KANA = re.compile("[\u3041-\u30fa]")
_ALPHABETS = tuple(
    frozenset(letters)
    for letters in (
        "\u00e9\u00e8\u00ea\u00eb\u00e0\u00e2\u00e7\u00ee\u00ef\u00f4\u0153\u00fb\u00f9\u00fc\u00ec\u00f2\u00e1\u00ed\u00f3\u00fa\u00f1\u00e3\u00f5",
        "\u00e4\u00f6\u00fc\u00df\u00e5\u00e6\u00f8\u00e9\u00ed\u00e1\u00f0\u00fe\u00f3\u00fa\u00fd",
        "\u0105\u0107\u0119\u0142\u0144\u00f3\u015b\u017a\u017c",
        "\u00e1\u010d\u010f\u00e9\u011b\u00ed\u0148\u00f3\u0159\u0161\u0165\u00fa\u016f\u00fd\u017e\u00e4\u013e\u013a\u00f4\u0155\u0107\u0111",
        "\u00e1\u00e9\u00ed\u00f3\u00f6\u0151\u00fa\u00fc\u0171",
        "\u0103\u00e2\u00ee\u015f\u0163\u0219\u021b",
        "\u00e7\u011f\u0131\u00f6\u015f\u00fc\u00e2\u00ee",
    )
)
"""Letters beyond ASCII of: the Romance languages; the Germanic; Polish; Czech, Slovak and the South Slavic;
Hungarian; Romanian; Turkish."""
_RARE_LATIN = frozenset(
    "\u00aa\u00ba\u00b5\u0192\u00fe\u00de\u00f0\u00d0\u00ff\u0178\u00a4\u00a6\u00ac\u00b6\u00b8\u00af\u02c6\u02dc"
)


def sample(data: bytes) -> bytes:
    """Return pieces of text beyond ASCII, whole whatever their encoding: `<`, `>` and line feed part no character."""
    found: list[bytes] = []
    size = at = 0
    while size < _LONGEST and (match := _ODD.search(data, at)):
        before = data[max(at, match.start() - _BEFORE) : match.start()]
        behind = _PARTING.search(data, match.end())
        at = min(behind.start() if behind else len(data), match.end() + _PIECE)
        found.append(_PARTING.split(before)[-1] + data[match.start() : at])
        size += len(found[-1])
    return b"\n".join(found)


def beyond_ascii(data: bytes) -> int:
    """Return how many bytes are not ASCII."""
    return len(data) - len(data.translate(None, _HIGH))


_HIGH = bytes(range(0x80, 0x100))


def best(piece: bytes) -> tuple[str, float]:
    """Return the encoding by which *piece* reads best, and how well: 1 is faultless."""
    rated = [(rate(piece, codec), codec) for codec in _USUAL]
    if beyond_ascii(piece) >= _ENOUGH:
        rated += [(rate(piece, codec) - _LESS_LIKELY, codec) for codec in _SELDOM]
    score, codec = max(rated, key=lambda one: round(one[0], 2))  # The first of equals.
    return codec, score


def rate(piece: bytes, codec: str) -> float:
    """Return how well *piece* reads by a codec, at most 1."""
    text = piece.decode(codec, "replace")
    points = weight = 0.0
    for word in _WORD.findall(text):
        if not word.isascii():
            gained, counted = _word(word)
            points += gained
            weight += counted
    if not weight:
        return 0.0
    return (
        points / weight
        - _unlike_a_language(text)
        - (0.3 if codec in _NO_KANA and _KANA.search(text) else 0.0)
    )


def _unlike_a_language(text: str) -> float:
    """Return a deduction for accented letters that are of no one language."""
    accented = [char for char in text.lower() if "\xc0" <= char <= "\u024f" and char.isalpha()]
    if not accented:
        return 0.0
    share = max(sum(char in alphabet for char in accented) for alphabet in _ALPHABETS) / len(accented)
    return 0.4 * (1 - share)


def _word(word: str) -> tuple[float, float]:
    """Return the points of a word or sign beyond ASCII, and of how many it could have had."""
    odd = sum(not char.isascii() for char in word)
    if len(word) == 1 and not word.isalpha():
        return _sign(word), 1.0
    scripts = {_script(char) for char in word}
    if len(scripts) > 1 and not scripts <= _EASTERN:
        return -1.0 * odd, odd
    script = scripts.pop() if len(scripts) == 1 else "EAST"
    if script in _EASTERN or script == "EAST":
        return sum(map(_eastern, word)), odd * 1.0
    shaped = word.islower() or word.istitle() or word[1:].islower()
    if script == "LATIN":
        rare = sum(char in _RARE_LATIN for char in word)
        crowded = odd > 2 and odd > 0.7 * len(word)
        if crowded or not (shaped or word.isupper()):
            return -1.0 * odd, odd
        return (odd - 1.5 * rare) * (1.0 if shaped else 0.7), odd
    if script == "CYRILLIC":
        common = sum(char in _COMMON for char in word.lower()) / len(word)
        if shaped:
            return (min(odd, odd * (0.4 + 0.7 * common)) if odd > 1 else 0.6), odd
        return odd * (0.7 * common if word.isupper() else -1.0), odd
    if script == "HEBREW":
        return odd * 1.0, odd
    if script in {"GREEK", "ARABIC", "THAI", "ARMENIAN", "GEORGIAN"}:
        return (odd * 0.95 if shaped or word.isupper() or not word.upper().isupper() else -1.0 * odd), odd
    return -1.0 * odd, odd


_EASTERN = frozenset(("CJK", "HIRAGANA", "KATAKANA", "HANGUL"))


@cache
def _script(char: str) -> str:
    name = unicodedata.name(char, "NONE")
    return "CJK" if name.startswith("CJK") else name.split(" ", 1)[0]


@cache
def _eastern(char: str) -> float:
    script = _script(char)
    if script in {"HIRAGANA", "KATAKANA"}:
        return 1.0
    try:
        simplified = char.encode("gb2312")[0] < 0xD8
    except UnicodeEncodeError:
        simplified = False
    if script == "HANGUL":
        try:
            return 1.0 if 0xB0 <= char.encode("euc_kr")[0] <= 0xC8 else -0.5
        except UnicodeEncodeError:
            return -1.0
    try:
        traditional = 0xA4 <= char.encode("big5")[0] <= 0xC6
    except UnicodeEncodeError:
        traditional = False
    return 0.9 if simplified or traditional else -0.6


@cache
def _sign(char: str) -> float:
    if char in _TYPOGRAPHY:
        return 0.8
    if char == "\ufffd" or unicodedata.category(char) in {"Cc", "Co", "Cn"}:
        return -2.0
    return -0.6
