"""What a page gives as its title, in several places -> the title of its article. Pure.

The rule: each place has a vote, spellings that differ in nothing but signs are one
candidate, and of what has most votes the earliest place's spelling is taken. What a
site adds of itself is cut off before: its name, a date, a rubric, behind a stroke.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from html import unescape

from feeds.ingest.text.clean import line

_STROKE = re.compile(
    r"\s+(?:[|\u2022\u00b7\u00bb\u203a\u2013\u2014\u2212/~-]|::|:)\s+|\s*[|\u203a\u00bb\uff5c]\s*"
)
_DAY = re.compile(r"[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{1,4}")
_FEWEST_WORDS = 3
_LONGEST_NAME = 5
"""Words of a rubric or a site's name; what is longer behind a stroke is part of a title."""
WEIGHTS = {"jsonld": 8, "og": 6, "h1": 4, "dc": 2, "title": 1, "twitter": 0}
"""Votes: twitter:title mostly repeats og:title, and <title> is written for search engines."""


def choose(candidates: Sequence[tuple[str, str]], sites: Iterable[str]) -> str | None:
    """Return the title, or None where nothing is given.

    candidates   place (a key of WEIGHTS) and text, the more trusted spelling first
    sites        names that the site goes by
    """
    names = {_key(one) for one in sites} - {""}
    plain = [
        (place, found) for place, text in candidates if (found := bare(text)) and _key(found) not in names
    ]
    known = {_key(text) for place, text in plain if place == "h1"}
    votes: dict[str, int] = defaultdict(int)
    spelled: dict[str, str] = {}
    voted: set[tuple[str, str]] = set()
    for place, text in plain:
        cut = text if place == "h1" else _without_site(text, names, known)
        key = _key(cut)
        if (place, key) not in voted:
            voted.add((place, key))
            votes[key] += WEIGHTS[place]
            spelled.setdefault(key, cut)
    return spelled[max(votes, key=lambda key: votes[key])] if votes else None


def bare(text: str | None) -> str | None:
    """Return a title on one line, its references resolved even where they were written twice."""
    once = unescape(text or "")
    return line(re.sub(r"\u00ad|<[^<>]*>", "", unescape(once) if re.search(r"&#?\w+;", once) else once))


def same(one: str | None, other: str | None) -> bool:
    """Say whether two titles differ in nothing but signs."""
    return _key(one or "") == _key(other or "") != ""


def _key(text: str) -> str:
    """Return a text without what only its spelling decides: case, spaces, signs."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(one for one in folded if one.isalnum() or unicodedata.category(one).startswith("M"))


def _without_site(text: str, names: set[str], known: set[str]) -> str:
    """Return a title without what a site puts behind or before it."""
    while True:
        strokes = list(_STROKE.finditer(text))
        if not strokes:
            return text
        first, last = strokes[0], strokes[-1]
        head, tail = text[: last.start()].strip(), text[last.end() :].strip()
        if _key(text) in known:
            return text
        rubric = "|" in last[0] and len(tail.split()) <= _LONGEST_NAME and len(head.split()) >= _FEWEST_WORDS
        if _key(head) and (
            _is_site(tail, names) or any(_key(text[: one.start()]) in known for one in strokes)
        ):
            text = head
        elif _is_site(text[: first.start()], names) and _key(text[first.end() :]):
            text = text[first.end() :].strip()
        elif rubric:
            text = head
        else:
            return text


def _is_site(text: str, names: set[str]) -> bool:
    key = _key(text)
    if not key:
        return True
    if len(text.split()) > _LONGEST_NAME:
        return key in names
    return bool(_DAY.fullmatch(text)) or any(
        key == one or (len(one) > 4 and (one in key or (len(key) > 4 and key in one))) for one in names
    )
