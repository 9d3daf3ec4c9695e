"""A page's tree -> who wrote it by lines that nothing marks: what they begin or end with, and where they stand.

These are asked last, and hardly more than whole names are believed: `By Ann Bell`, a name
alone before the first paragraph or behind the last, `(Ann Bell)` at the end.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from feeds.ingest.pages import vocabulary
from feeds.ingest.pages.names import is_whole, key, names_in
from feeds.ingest.pages.shown import Shown, text_of

_TAGS = frozenset("p span div li address em strong small h2 h3 h4 h5 h6 dd cite a".split())
_SHORTEST, _LONGEST = 3, 120
_KOREAN = re.compile(
    r"(?<![\uac00-\ud7a3])([\uac00-\ud7a3]{2,4})\s?(?:\uae30\uc790|\ud2b9\ud30c\uc6d0)(?![\uac00-\ud7a3])"
)
_CHINESE = re.compile(
    r"(?:\u8a18\u8005|\u8bb0\u8005|\u4f5c\u8005|\u64b0\u6587|\A\u6587)"
    r"(?:[\uff1a:\uff0f/]\s*([\u4e00-\u9fff]{2,4})(?![\u4e00-\u9fff])|\s?([\u4e00-\u9fff]{2,4})(?=\s?[\uff0f/]))"
)
_AT_END = re.compile(r"\((?P<names>[^()\d]{5,60})\)\W*\Z|\A\W*(?P<alone>[^()\d:;]{5,60}?)\W*\Z")
_FEWEST_PARAGRAPHS, _MOST_CLOSING, _MOST_WORDS = 3, 3, 4
_LISTED = re.compile(r",.*\s(?:and|und|et|y|e|en|og|och|&)\s")


def begun(page: Shown) -> Iterator[tuple[str, ...]]:
    """Yield whom the first short text behind the title names that begins with `By`, then people in further ones."""
    first = True
    for text in _short(page):
        found = _by(text)
        if found and (first or all(_is_person(name) for name in found)):
            yield found
            first = False


def _by(text: str) -> tuple[str, ...]:
    """Return whom a line names that begins with `By`: of several with commas alone the first, the next may be a place."""
    match = vocabulary.LINE.match(text)
    if match is None:
        return ()
    rest = vocabulary.LINE_END.split(vocabulary.DATED.sub("", text[match.end() :]))[0]
    if not _LISTED.search(rest):
        rest = rest.partition(",")[0]
    found = () if rest[:1].islower() else names_in(rest)
    whole = found and (is_whole(found[0]) or found[0].isupper())
    return found if whole or match[0].strip().casefold() == "by" else ()


def in_east_asian(page: Shown) -> tuple[str, ...]:
    """Return whom a short text behind the title names as Korean and Chinese papers name their reporters."""
    for text in _short(page, 0):
        found = _KOREAN.findall(text) + ["".join(one) for one in _CHINESE.findall(text)]
        if found:
            return tuple(dict.fromkeys(found))
    return ()


def opened(page: Shown, descriptions: Iterable[str]) -> tuple[str, ...]:
    """Return whom a paragraph behind the title names, if it is a name with which the page's description begins."""
    told = [key(one) for one in descriptions]
    for one in page.behind():
        text = text_of(one) if one.tag == "p" and told else ""
        if is_whole(text) and len(text) < 60 and any(each.startswith(key(text)) for each in told):
            return names_in(text)
    return ()


def signed(page: Shown) -> tuple[str, ...]:
    """Return whom the article's last paragraph names, alone or in brackets at its end."""
    if page.heading is None:
        return ()
    holders: dict[Any, list[Any]] = {}
    for one in page.heading.xpath("following::p"):
        if text_of(one) and not page.is_beside(one):
            holders.setdefault(one.getparent(), []).append(one)
    paragraphs = max(holders.values(), key=lambda some: sum(len(text_of(one)) for one in some), default=[])
    if len(paragraphs) < _FEWEST_PARAGRAPHS:
        return ()
    for one in paragraphs[-_MOST_CLOSING:]:
        text = text_of(one)
        if len(text) < _LONGEST and (names := _by(text)) and all(_is_person(name) for name in names):
            return names
    match = _AT_END.search(text_of(paragraphs[-1]))
    names = names_in(match["names"] or match["alone"]) if match else ()
    return names if all(_is_person(one) for one in names) else ()


def _is_person(name: str) -> bool:
    """Say whether a text that nothing marks reads as a person's name, and as nothing else that is written in capitals."""
    return (
        is_whole(name)
        and not vocabulary.is_agency(name)
        and len(name.split()) <= _MOST_WORDS
        and not vocabulary.ROLE.search(name)
        and not vocabulary.is_wording(name)
    )


def _short(page: Shown, paragraphs: int = 3) -> Iterable[str]:
    """Yield the short texts behind the title that are lines of their own."""
    for one in page.behind(paragraphs):
        text = text_of(one) if one.tag in _TAGS else ""
        if _SHORTEST < len(text) < _LONGEST and not page.is_beside(one):
            yield text
