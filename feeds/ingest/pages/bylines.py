"""A page as it is shown -> who wrote it, by what is marked: vocabularies, links, attributes, labels, classes.

What stands beside the article (other articles, comments, boxes) says nothing.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any
from urllib.parse import unquote, urlsplit

from lxml import etree

from feeds.ingest.pages import vocabulary
from feeds.ingest.pages.names import is_whole, names_in, once
from feeds.ingest.pages.shown import Shown, text_of

_MARKED = re.compile(
    r"(?<![a-z])(?:by-?line|author(?!i[sz]|it)|autor|auteur|writer|reporter|journalist|redakteur|"
    r"(?:(?:written|posted|published)-?by|redactor|firma|signature|forfatter|skribent|kirjoittaja|toimittaja|penulis|yazar|"
    r"dziennikarz|contributors?|creator)(?![a-z]))"
)
_MARKED_LESS = re.compile(
    r"bio|avatar|image|img|photo|pic|social|follow|descr|about|twitter|email|mail|role|title|job|function|"
    r"comment|caption|figure|copyright|icon|logo|related|card|teaser|widget|share|form|newsletter|date|time"
)
_NAMED = re.compile(r"name|(?<![a-z])fn(?![a-z])|link|url|(?<![a-z])n(?![a-z])")
_OF_AUTHOR = re.compile(
    r"(?:/|\A)(?:news-?|our-?)?(?:authors?|autor(?:en|es|in|i|zy|ka|as|ius|id)?|auteurs?|autori|autore|profiles?|by(?=/\D)|people|person|writers?|columnists?|"
    r"journalists?|journaliste|reporters?|redaktion|redakteure?|staff|contributors?|correspondents?|opinionators?|forfatter|skribent(?:er)?|"
    r"av|penulis|yazar(?:lar)?|firmas?|redactor(?:es)?|periodistas?|colunistas?|columnistas?|kirjoittajat?|toimittajat?|bylines?|experts?|"
    r"avtor[iy]?|signatures?|medarbejder|dziennikarze|redakce|szerzo|ekspert|tac-gia)(?:/|[-_.?](?=\w))|[?&]author(?:_?(?:id|name))?=",
    re.IGNORECASE,
)
_SOCIAL = re.compile(
    r"(?:facebook|twitter|x|instagram|linkedin|youtube|tiktok|threads|google|pinterest|telegram|t|vk)\.(?:com|net|me)\Z"
)
_LABEL_TAGS = frozenset("strong b span dt th td div label h2 h3 h4 h5 em i small p li".split())
_MOST_MARKED = 60
_LONGEST_EAST_ASIAN = 8
_FEWEST_WORDS = 8
"""Words beside a link that make a sentence."""


def exact(page: Shown) -> tuple[str, ...]:
    """Return who is marked as author in a vocabulary: itemprop, property or rel."""
    vocabularies = page.tree.xpath("//*[@itemprop or @property or @rel][not(self::meta or self::link)]")
    found = list(
        islice((one for one in vocabularies if _is_exact(one) and not page.is_beside(one)), _MOST_MARKED)
    )
    named = [one.xpath(".//*[@itemprop='name']") for one in found]
    outer = [one for one, names in zip(found, named, strict=True) if not names]
    rels = [one for one in outer if _has(one, "rel", "author")]
    wanted = {name for names in named for name in names}
    wanted |= {one for one in outer if one not in rels or _near(one, rels[0])}
    return all_in(_texts(one for one in page.tree.iter(etree.Element) if one in wanted)) if wanted else ()


def _is_exact(element: Any) -> bool:
    return (
        _has(element, "itemprop", "author")
        or (element.tag in {"a", "span", "address"} and _has(element, "rel", "author"))
        or any(_has(element, "property", one) for one in ("author", "schema:author", "dc:creator"))
    )


def _has(element: Any, attribute: str, word: str) -> bool:
    return word in (element.get(attribute) or "").split()


def linked_to(page: Shown) -> tuple[str, ...]:
    """Return whom the first links behind the title lead to, if these are pages about authors."""
    found = [
        one for one in page.behind()
        if one.tag == "a" and _OF_AUTHOR.search(_path(one.get("href"))) and not page.is_beside(one)
        and names_in(text_of(one)) and not _is_in_text(one)
    ]  # fmt: skip
    return all_in(_texts(one for one in found if _near(one, found[0])))


def _is_in_text(link: Any) -> bool:
    """Say whether a link stands in the midst of a sentence."""
    above = next(link.iterancestors("p", "li", "div", "blockquote", "section"), None)
    return (
        above is not None and len((above.text or "").split()) + len((link.tail or "").split()) > _FEWEST_WORDS
    )


def attributed(page: Shown) -> tuple[str, ...]:
    """Return whom elements name in attributes for authors, where all of them name the same."""
    found = page.tree.xpath(
        "//@data-author | //@data-authors | //@data-author-name | //@data-article-author | //@data-byline"
    )
    named = [names for one in dict.fromkeys(map(str, found)) if (names := names_in(one, stated=True))]
    return named[0] if len(named) == 1 and all(is_whole(name) for name in named[0]) else ()


def addressed(page: Shown, addresses: Iterable[str]) -> tuple[str, ...]:
    """Return who stands behind authors' addresses: the text of a link there, else what the address spells."""
    names: list[str] = []
    for address in addresses:
        path = _path(address).rstrip("/")
        if not path.strip("/") or _SOCIAL.search(_host(address)):
            continue
        links = (one for one in page.tree.iter("a") if _path(one.get("href")).rstrip("/") == path)
        named = [found for one in links for found in names_in(text_of(one)) if is_whole(found)]
        spelt = re.sub(r"\.\w+\Z|[-_]?\d+[-_]?", "", unquote(path.rpartition("/")[2]))
        words = [word for word in re.split(r"[-_+. ]", spelt) if word]
        if not named and _OF_AUTHOR.search(path) and 2 <= len(words) <= 4 and all(map(str.isalpha, words)):
            named = list(names_in(" ".join(words).title()))
        names += named[:1]
    return once(names)


def labelled(page: Shown) -> tuple[str, ...]:
    """Return what stands behind a word that says `Author`: first of what follows the title."""
    for one in (*page.behind(), *page.tree.iter(etree.Element)):
        if one.tag not in _LABEL_TAGS or not vocabulary.LABEL.match(one.text or "") or page.is_beside(one):
            continue
        following = one[0] if len(one) else one.getnext()
        behind = "" if len(one) else one.tail or ""
        if not behind.strip() and following is not None:
            behind = text_of(following)
        if found := names_in(behind):
            return found
    return ()


def marked(page: Shown) -> tuple[str, ...]:
    """Return who stands first behind the title in elements whose class speaks of an author, and those beside."""
    before: list[Any] = []
    behind: list[Any] = []
    found = before
    for one in page.tree.iter(etree.Element):
        if one is page.heading:
            found = behind
        elif len(found) < _MOST_MARKED and _is_marked(one, page):
            found.append(one)
    some = set(behind or before)
    leaves = [one for one in behind or before if some.isdisjoint(one.iterdescendants())]
    if not leaves:
        return ()
    named = [one for one in leaves if _NAMED.search((one.get("class") or "").lower())] or leaves
    names = all_in(_texts(one for one in named if _kin(one, named[0])))
    people = tuple(
        name for name in names if (is_whole(name) or _is_east_asian(name)) and not vocabulary.is_agency(name)
    )
    return people or tuple(name for name in names if vocabulary.is_agency(name))


def _is_east_asian(name: str) -> bool:
    """Say whether a text may be a name in a script that parts no words."""
    return 2 <= len(name) <= _LONGEST_EAST_ASIAN and all(one > "\u2e7f" for one in name)


def _is_marked(element: Any, page: Shown) -> bool:
    words = _mark_words(element)
    if element.tag in {"body", "html", "img", "meta", "link", "svg", "input"} or not words:
        return False
    if not any(_MARKED.search(word) and not _MARKED_LESS.search(word) for word in words):
        return False
    return 0 < len(text_of(element)) < 150 and not page.is_beside(element)


def _mark_words(element: Any) -> list[str]:
    """Return the words by which an element is marked, `articleAuthor` as `article-author`."""
    told = " ".join(element.get(name) or "" for name in ("class", "data-testid", "data-qa", "data-test"))
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", told).lower().split()


def _kin(one: Any, first: Any) -> bool:
    """Say whether an element stands beside the first of a by-line: with it, or one step away."""
    near = {first.getparent(), first.getparent().getparent() if first.getparent() is not None else None} - {
        None
    }
    return one is first or (
        one.get("class") == first.get("class") and not near.isdisjoint(one.iterancestors())
    )


def all_in(texts: Iterable[str], *, last_first: bool = False) -> tuple[str, ...]:
    """Return the names in several texts; an address alone names nobody."""
    whole = (text for text in texts if "://" not in text or re.search(r"\s", text.strip()))
    return once(name for text in whole for name in names_in(text, last_first=last_first, stated=True))


def _near(one: Any, other: Any) -> bool:
    """Say whether two elements have a parent or grandparent in common, by which they are one by-line's."""
    return (
        one.getparent() is other.getparent() or one.getparent().getparent() is other.getparent().getparent()
    )


def _texts(elements: Iterable[Any]) -> Iterator[str]:
    for one in elements:
        yield one.get("content") or "; ".join(_parts(one)) or text_of(one)


def _parts(element: Any) -> list[str]:
    """Return the names in an element that has each in one of its own, and nothing between them; none in any other."""
    while len(element) == 1 and not _has_text(element):
        element = element[0]
    parts = [text_of(one) for one in element] if len(element) > 1 and not _has_text(element) else []
    return parts if all(is_whole(part) for part in parts) else []


def _has_text(element: Any) -> bool:
    return bool((element.text or "").strip() or any((one.tail or "").strip() for one in element))


def _path(address: str | None) -> str:
    try:
        parts = urlsplit((address or "").strip())
    except ValueError:
        return ""
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _host(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").lower()
    except ValueError:
        return ""
