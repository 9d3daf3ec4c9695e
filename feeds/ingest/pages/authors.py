"""What a page says of who wrote it, in several places -> its authors.

The rule: who says most exactly is asked first: JSON-LD, then meta elements, then a by-line
that is marked as one, then one that reads like one. The site itself, or its publisher, is an
author only where nobody else is.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from lxml import etree

from feeds.ingest.pages import linked
from feeds.ingest.pages.linked import Linked
from feeds.ingest.pages.names import is_whole, key, names_in, once

_METAS = (
    "author", "article:author", "parsely-author", "sailthru.author", "cxenseparse:author", "byl", "byline",
    "article.author", "dc.creator", "dcterms.creator", "dc.contributor.author", "citation_author", "og:author",
    "authors", "article:author_name", "vr:author", "shareaholic:article_author_name", "twitter:misc:written by",
)  # fmt: skip
_LAST_FIRST = frozenset(("dc.creator", "dcterms.creator", "citation_author", "dc.contributor.author"))
_LABELS = re.compile(
    r"\A\s*(?:written by|author|by|verfasst von|geschrieben von|autor(?:in)?|escrito por|publicado por|\u00e9crit par|"
    r"publi\u00e9 par|scritto da|geschreven door|skrevet av|skriven av|skrevet af|napisane przez|autor/in|autorin/autor|"
    r"\u043d\u0430\u043f\u0438\u0441\u0430\u043d\u043e \u0430\u0432\u0442\u043e\u0440\u043e\u043c|\u0430\u0432\u0442\u043e\u0440)\s*:?\s*\Z",
    re.IGNORECASE,
)
_MARKED = re.compile(
    r"(?<![a-z])(?:by-?line|author|autor|autore|auteur|writer|reporter|journalist|redakteur)", re.IGNORECASE
)
_MARKED_LESS = re.compile(
    r"bio|avatar|image|img|photo|pic|social|follow|descr|about|twitter|email|mail|role|title|job|function|"
    r"comment|caption|figure|copyright|credit|icon|logo|related|card|teaser|widget|share|form|newsletter|date|time",
    re.IGNORECASE,
)
_NAMED = re.compile(r"name|(?<![a-z])fn(?![a-z])|link|url|(?<![a-z])n(?![a-z])", re.IGNORECASE)
_BY = re.compile(
    r"\A\W*(?:by|von|di|de|por|par|door|av|af|przez|\u0430\u0432\u0442\u043e\u0440:?)\s+(?=\S)", re.IGNORECASE
)
_OF_AUTHOR = re.compile(
    r"/(?:authors?|autor(?:en|es|in|i|zy|ka)?|auteurs?|autori|autore|profiles?|by|people|person|writers?|columnists?|"
    r"journalists?|journaliste|reporter|redaktion|staff|contributors?|forfatter|av|penulis|yazar(?:lar)?)/",
    re.IGNORECASE,
)
_BESIDE = frozenset(("aside", "footer", "nav", "figure", "figcaption", "form", "script", "style", "button"))
_BESIDE_CLASS = re.compile(
    r"comment|related|recommend|sidebar|teaser|newsletter|promo|caption|most-?read|popular", re.IGNORECASE
)
_COMPANY = re.compile(
    r"\b(?:gmbh|ltd|limited|inc|llc|s\.?p\.?a|s\.?r\.?l|verlag|media group)\b|\.(?:com|net|org|de|co)\b",
    re.IGNORECASE,
)
_MOST_MARKED = 60


def choose(tree: Any, stated: Linked, metas: dict[str, list[str]], sites: Sequence[str]) -> tuple[str, ...]:
    """Return the authors, or none.

    metas   the page's meta elements by name in small letters
    sites   names that the site or its publisher goes by
    """
    ours = {key(re.sub(r"\([^()]*\)", "", one)) for one in sites} - {""}
    organisations: list[str] = []
    logins: tuple[str, ...] = ()
    for names in _ladder(tree, stated, metas):
        people = tuple(name for name in names if not _is_site(name, ours))
        organisations += [name for name in names if name not in people]
        if people and all(_is_login(name) for name in people):
            logins = logins or people
        elif people:
            return _shortened(people, tree)
    return logins or tuple(organisations[:1])


def _is_login(name: str) -> bool:
    """Say whether a name is that of an account: one word in small letters, or with a dot or stroke in it."""
    return " " not in name and (name.islower() or bool(re.search(r"\w[._]\w", name)))


def _shortened(people: tuple[str, ...], tree: Any) -> tuple[str, ...]:
    """Return names without what is put before them, where the by-line marks less of them as the name."""
    if all(len(name.split()) < 3 for name in people):
        return people
    marked = [name for name in (*_exact(tree), *_linked_to(tree)) if is_whole(name)]
    return tuple(
        next((one for one in marked if name != one and name.endswith(f" {one}")), name) for name in people
    )


def _ladder(tree: Any, stated: Linked, metas: dict[str, list[str]]) -> Iterator[tuple[str, ...]]:
    written = linked.authors(stated)
    yield _all(name for name, _ in written)
    if written == [] and stated.article.get("author") and len(stated.people) == 1:
        yield names_in(stated.people[0])
    for name in _METAS:
        yield _all(metas.get(name, ()), last_first=name in _LAST_FIRST)
    for number in ("1", "2", "3"):
        if _LABELS.match((metas.get(f"twitter:label{number}") or [""])[0]):
            yield _all(metas.get(f"twitter:data{number}", ()))
    yield _exact(tree)
    yield _linked_to(tree)
    yield _labelled(tree)
    yield _marked(tree)
    yield _read(tree)
    if len(stated.people) == 1:
        yield names_in(stated.people[0])


def _all(texts: Iterable[str], *, last_first: bool = False) -> tuple[str, ...]:
    """Return the names in several texts; an address alone names nobody."""
    whole = (text for text in texts if "://" not in text or re.search(r"\s", text.strip()))
    return once(name for text in whole for name in names_in(text, last_first=last_first))


def _is_site(name: str, ours: set[str]) -> bool:
    own = key(name)
    if not own or _COMPANY.search(name):
        return True
    return any(own == one or (len(one) > 3 and one in own and len(own) < 2 * len(one) + 6) for one in ours)


def _exact(tree: Any) -> tuple[str, ...]:
    """Return who is marked as author in a vocabulary: itemprop or rel."""
    exact = tree.xpath(
        "//*[@itemprop='author']//*[@itemprop='name'] | //*[@itemprop='author'][not(.//*[@itemprop='name'])] | //a[@rel='author']"
    )
    return _all(_texts(one for one in exact if not _is_beside(one)))


def _marked(tree: Any) -> tuple[str, ...]:
    """Return who stands first in elements whose class speaks of an author, and those beside."""
    marked = [one for one in tree.iter(etree.Element) if _is_marked(one)][:_MOST_MARKED]
    leaves = [one for one in marked if not any(other in marked for other in one.iterdescendants())]
    if not leaves:
        return ()
    named = [one for one in leaves if _NAMED.search(one.get("class") or "")]
    first = (named or leaves)[0]
    group = [one for one in (named or leaves) if _kin(one, first)]
    return tuple(name for name in _all(_texts(group)) if is_whole(name))


def _is_marked(element: Any) -> bool:
    words = f"{element.get('class') or ''} {element.get('data-testid') or ''}".split()
    if element.tag in {"body", "html", "img", "meta", "link", "svg", "input"} or not words:
        return False
    if not any(_MARKED.search(word) and not _MARKED_LESS.search(word) for word in words) or _is_beside(
        element
    ):
        return False
    return 0 < len("".join(element.itertext()).strip()) < 150


def _kin(one: Any, first: Any) -> bool:
    """Say whether an element stands beside the first of a by-line: with it, or one step away."""
    near = {first.getparent(), first.getparent().getparent() if first.getparent() is not None else None} - {
        None
    }
    return one is first or (
        one.get("class") == first.get("class") and not near.isdisjoint(one.iterancestors())
    )


def _linked_to(tree: Any) -> tuple[str, ...]:
    """Return whom the first links behind the title lead to, if these are pages about authors."""
    found = [
        one for one in _behind_title(tree, 150)
        if one.tag == "a" and _OF_AUTHOR.search(one.get("href") or "") and not _is_beside(one)
    ]  # fmt: skip
    if not found:
        return ()
    return _all(_texts(one for one in found if _near(one, found[0])))


def _near(one: Any, other: Any) -> bool:
    return (
        one.getparent() is other.getparent() or one.getparent().getparent() is other.getparent().getparent()
    )


def _labelled(tree: Any) -> tuple[str, ...]:
    """Return what stands behind a word that says `Author`."""
    for one in tree.iter("strong", "b", "span", "dt", "th", "div", "label", "h2", "h3", "h4"):
        if len(one) or not _LABELS.match(one.text or "") or _is_beside(one):
            continue
        behind = one.tail or ""
        following = one.getnext()
        if not behind.strip() and following is not None:
            behind = "".join(following.itertext())
        if found := names_in(behind):
            return found
    return ()


def _read(tree: Any) -> tuple[str, ...]:
    """Return whom a short text behind the title names that begins with `By`."""
    for one in _behind_title(tree, 60):
        text = (
            " ".join("".join(one.itertext()).split())
            if one.tag in {"p", "span", "div", "li", "address"}
            else ""
        )
        match = _BY.match(text) if 3 < len(text) < 120 and not _is_beside(one) else None
        if match is None:
            continue
        rest = re.split(
            r"[,|\u00b7\u2022(]|\s[\u2013\u2014-]\s|\d|\b(?:in|on|am|le|il|el)\b", text[match.end() :]
        )[0]
        if (found := names_in(rest)) and rest[:1].isupper():
            return found
    return ()


def _behind_title(tree: Any, most: int) -> Iterator[Any]:
    """Yield the elements that follow the article's heading."""
    headings = [one for one in tree.iter("h1") if not _is_beside(one)]
    if not headings:
        return
    yield from headings[0].xpath(f"following::*[position() <= {most}]")


def _texts(elements: Iterable[Any]) -> Iterator[str]:
    for one in elements:
        yield one.get("content") or " ".join("\n".join(one.itertext()).split("\n")).strip()


def _is_beside(element: Any) -> bool:
    return any(
        one.tag in _BESIDE or _BESIDE_CLASS.search(f"{one.get('class') or ''} {one.get('id') or ''}")
        for one in (element, *element.iterancestors())
        if one.tag not in {"html", "body"}
    )
