"""A page's tree -> the article's text as HTML: trafilatura, and where it is known to err.

What is stated: ruby stays readable; where a page says in one element what its paragraphs are
and the extractor left most of them, that element is read by itself; where nothing but a heap
of the whole page was found, it is tried again with less caution.
"""

import copy
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

import lxml.html
from lxml import etree

from feeds.ingest.pages import trims
from feeds.ingest.pages.stated import Stated

_BESIDE = frozenset(
    "nav footer aside form figure figcaption script style noscript button header template".split()
)
_BESIDE_CLASS = re.compile(
    r"comment|related|recommend|sidebar|teaser|newsletter|promo|share|social|cookie|consent|popular|footer|modal|"
    r"(?<![a-z])nav(?![a-z])|menu|disclaimer|author-?bio|read-?more",
    re.IGNORECASE,
)
_OWN_CLASS = re.compile(
    r"(?<![a-z])(?:article|story|post|entry|content|news)[-_]*(?:body|text|content)(?:[-_]*(?:text|content|wrapper))?(?![\w-])",
    re.IGNORECASE,
)
_SHORT = 8
_FEWEST_WORDS = 60
"""Words of paragraphs from which an element can be the article's own."""
_MOST = 0.75
"""Of all paragraphs' words, what stands in the article's own element."""
_MOST_PARAGRAPHS = 1000
"""Paragraphs that are looked for in a text, each in all of it."""
_LEFT = 0.7
"""Of that element's words, less than this found means that the extractor looked elsewhere."""


def extract(tree: Any, url: str, stated: Stated) -> str | None:
    """Return the article's text as HTML (not sanitised), or None where there is none to be told from the page."""
    from trafilatura.htmlprocessing import build_html_output  # noqa: PLC0415 - slow to import

    _flatten_ruby(tree)
    found = _read(tree, url)
    if found is None or len(found.body) == 1:  # All of a page in one heap: nothing better was found.
        again = _read(tree, url, favor_recall=True)
        if again is not None and (found is None or len(again.body) > 2):
            found = again
    own = _own_element(tree)
    for recall in (False, True) if own is not None else ():
        had = _share(own, found.body) if found is not None else 0.0
        again = _read(_alone(own), url, favor_recall=recall) if had < _LEFT else None
        if again is not None and _share(own, again.body) > had:
            found = again
    if found is None or not (found.text or "").strip():
        return None
    trims.trim(found.body, tree, stated)
    return build_html_output(found)


def _read(tree: Any, url: str, *, favor_recall: bool = False) -> Any:
    """Return what trafilatura makes of a tree; it is only ever given what is here: its own fetching is not used."""
    import trafilatura  # noqa: PLC0415

    return trafilatura.bare_extraction(
        tree,
        url=url or None,
        fast=True,
        with_metadata=False,
        include_comments=False,
        include_formatting=True,
        include_links=True,
        favor_recall=favor_recall,
    )


def _flatten_ruby(tree: Any) -> None:
    """Write readings in brackets behind what they belong to, as a text without ruby has them."""
    for ruby in list(tree.iter("ruby")):
        if not any(one.tag == "rp" for one in ruby.iter()):
            for reading in ruby.iter("rt"):
                reading.text = f"\uff08{''.join(reading.itertext())}\uff09"
                del reading[:]
        etree.strip_tags(ruby, "rb", "rt", "rp", "rtc")
        ruby.tag = "span"


def _own_element(tree: Any) -> Any:
    """Return the element that holds the article's paragraphs, or None.

    One that is marked as that, else the innermost with most of what the page has in paragraphs.
    """
    weights: dict[Any, int] = {}
    total = 0
    for paragraph in tree.iter("p"):
        words = _words(paragraph)
        total += words
        for above in paragraph.iterancestors() if words else ():
            weights[above] = weights.get(above, 0) + words
    marked = [one for one, words in weights.items() if words >= _FEWEST_WORDS and _is_marked(one)]
    if marked:
        largest = max(weights[one] for one in marked)
        return min((one for one in marked if weights[one] >= 0.6 * largest), key=lambda one: weights[one])
    most = [one for one, words in weights.items() if words >= max(_FEWEST_WORDS, _MOST * total)]
    inner = [one for one in most if one.tag not in {"body", "html"}]
    return min(inner, key=lambda one: weights[one], default=None)


def _words(paragraph: Any) -> int:
    """Return how many words a paragraph of an article has; 0 for what is none, or leads elsewhere."""
    words = trims.count("".join(paragraph.itertext()))
    if words < _SHORT or _is_beside(paragraph):
        return 0
    linked = sum(trims.count("".join(one.itertext())) for one in paragraph.iter("a"))
    return words if linked < words / 2 and next(paragraph.iterancestors("a"), None) is None else 0


def _is_marked(element: Any) -> bool:
    return element.get("itemprop") == "articleBody" or bool(_OWN_CLASS.search(element.get("class") or ""))


def _alone(element: Any) -> Any:
    """Return an element as a page of its own."""
    page = lxml.html.document_fromstring("<html><body><article></article></body></html>")
    page.body[0].append(copy.deepcopy(element))
    return page


def _share(element: Any, body: Any) -> float:
    """Return how much of an element's paragraphs stands in a text, by words."""
    text = _plain("".join(body.itertext()))
    had = missed = 0
    for words in islice(_paragraphs(element), _MOST_PARAGRAPHS):
        here = _plain(words)[:200] in text
        had, missed = had + here * len(words), missed + (not here) * len(words)
    return had / (had + missed) if had + missed else 1.0


def _paragraphs(element: Any) -> Iterator[str]:
    for paragraph in element.iter("p"):
        words = "".join(paragraph.itertext())
        if _words(paragraph):
            yield words


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


def _is_beside(element: Any) -> bool:
    return any(
        one.tag in _BESIDE or _BESIDE_CLASS.search(f"{one.get('class') or ''} {one.get('id') or ''}")
        for one in (element, *element.iterancestors())
        if one.tag not in {"html", "body"}
    )
