"""A page's tree -> what of it is shown with the article: its heading, what follows that, what stands beside.

What holds the article's own heading is never beside the article, whatever its class is called:
whole pages stand in a form, or in a box `has-sidebar`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

from lxml import etree

from feeds.ingest.pages.names import key

_BESIDE = frozenset(("aside", "footer", "nav", "figure", "figcaption", "form", "script", "style", "button"))
_BESIDE_CLASS = re.compile(
    r"comment|related|recommend|sidebar|teaser|newsletter|promo|caption|most-?read|popular", re.IGNORECASE
)
_NEAR = 400
"""Elements behind the title among which its by-line is looked for, at most."""
_LONG, _FEW = 25, 3
"""Words of a paragraph that is the article's own, and among how many of these its by-line may stand."""
_MOST_SHOWN = 200_000
_LONGEST_RIGHTS, _MOST_RIGHTS = 200, 20
_RIGHTS = re.compile(r"\W*(?:copyright\W*(?:\u00a9|\(c\)|\d{4}|by\b)|\u00a9)", re.IGNORECASE)
_LONGEST_TITLE, _LONGEST_TEXT = 1000, 5000
_TEXT = etree.XPath("string()")
_IS_LARGE = etree.XPath("count(descendant::*) > 300")


@dataclass(frozen=True)
class Shown:
    """A page as it is shown.

    heading   the article's own, or None
    home      what holds it: none of these is beside the article
    """

    tree: Any
    heading: Any
    home: frozenset[Any]

    @cached_property
    def words(self) -> str:
        """All that readers are shown, without signs and spaces."""
        texts = self.tree.xpath("//body//text()[not(parent::script or parent::style)]")
        return key(" ".join(texts)[:_MOST_SHOWN])

    @cached_property
    def rights(self) -> str:
        """The lines that say who holds the page's copyright, without signs and spaces."""
        held = "//body//*[text()[contains(., '\u00a9') or contains(., 'opyright')]][not(self::script or self::style)]"
        lines = (text_of(one) for one in self.tree.xpath(held) if one.tag not in {"figcaption", "figure"})
        return key(
            " ".join(text[:_LONGEST_RIGHTS] for text in islice(filter(_RIGHTS.match, lines), _MOST_RIGHTS))
        )

    @cached_property
    def _near(self) -> tuple[Any, ...]:
        """The first elements that follow the heading, without pictures' parts."""
        if self.heading is None:
            return ()
        return tuple(islice(_following(self.heading), _NEAR))

    @cached_property
    def _known(self) -> dict[Any, bool]:
        return dict.fromkeys(self.home, False)

    def is_beside(self, element: Any) -> bool:
        """Say whether an element stands in a part of the page that is about something else."""
        climbed: list[Any] = []
        one, answer = element, False
        while one is not None:
            if one in self._known:
                answer = self._known[one]
                break
            climbed.append(one)
            if one.tag in {"footer", "address"} and self._is_own(one):
                break
            if one.tag in _BESIDE or _BESIDE_CLASS.search(f"{one.get('class') or ''} {one.get('id') or ''}"):
                answer = True
                break
            one = one.getparent()
        self._known.update(dict.fromkeys(climbed, answer))
        return answer

    def _is_own(self, part: Any) -> bool:
        """Say whether a footer or address is the article's: that of an element `article` that holds the heading."""
        above = next(part.iterancestors("article"), None)
        return above is not None and above in self.home

    def behind(self, paragraphs: int = _FEW) -> Iterator[Any]:
        """Yield the elements that follow the article's heading, up to so many of its own paragraphs."""
        own = 0
        for one in self._near:
            if one.tag == "p" and len(text_of(one).split()) >= _LONG:
                own += 1
                if own > paragraphs:
                    return
            yield one


def shown(tree: Any, title: str | None) -> Shown:
    """Return a page with its article's heading found: that with the title, else the first."""
    whole = Shown(tree, None, frozenset(tree.iter("html", "body")))
    headings = [one for one in tree.iter("h1") if not whole.is_beside(one)]
    wanted = key(title or "")
    own = (one for one in (*headings, *tree.iter("h1")) if wanted and key(text_of(one)) == wanted)
    heading = next(own, None)
    if heading is None:
        heading = next(iter(headings), None)
    if heading is None and wanted:
        others = tree.iter("h2", "h3", "div", "p", "span", "strong")
        heading = next((one for one in others if key((one.text or "")[:_LONGEST_TITLE]) == wanted), None)
    if heading is None:
        return whole
    return Shown(tree, heading, frozenset((*heading.iterancestors(), *whole.home)))


def _following(heading: Any) -> Iterator[Any]:
    """Yield the elements behind one, in the order of the page, without what pictures are drawn of."""
    for above in (heading, *heading.iterancestors()):
        for beside in above.itersiblings():
            inner: Any = None
            for one in beside.iter(etree.Element):
                if inner is not None and one.getparent() in inner:
                    inner.add(one)
                elif one.tag == "svg":
                    inner = {one}
                else:
                    yield one


def text_of(element: Any) -> str:
    """Return what an element says, on one line; of one that is large, its beginning."""
    if _IS_LARGE(element):
        return " ".join(str(_TEXT(element))[:_LONGEST_TEXT].split())
    return " ".join(" ".join(element.itertext()).split())
