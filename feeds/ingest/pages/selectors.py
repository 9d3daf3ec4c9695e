"""What a source's owner points at, by CSS, and a page's tree -> the elements that are meant. Pure."""

import copy
from functools import lru_cache
from typing import Any

import lxml.html
from lxml.cssselect import CSSSelector

from feeds.ingest.text.clean import line
from feeds.settings import Selectors


def remove(tree: Any, chosen: Selectors) -> None:
    """Take out of the tree what is not to be read, what follows it left in its place."""
    for text in chosen.remove:
        for one in _compiled(text)(tree):
            if one.getparent() is not None and one.tag not in {"html", "body"}:
                one.drop_tree()


def texts(tree: Any, selector: str | None) -> tuple[str, ...]:
    """Return the texts of the elements that are meant, each on a line; `datetime` and `content` before what shows."""
    if selector is None:
        return ()
    found = (
        one.get("datetime") or one.get("content") or "".join(one.itertext())
        for one in _compiled(selector)(tree)
    )
    return tuple(text for one in found if (text := line(one)))


def body(tree: Any, selector: str | None) -> str | None:
    """Return the HTML of the elements that are meant (not sanitised), none twice; None where there is none."""
    found = _compiled(selector)(tree) if selector is not None else []
    outer = [one for one in found if not any(above in found for above in one.iterancestors())]
    parts = [lxml.html.tostring(_bare(one), encoding="unicode") for one in outer]
    return "\n".join(parts) if any("".join(one.itertext()).strip() for one in outer) else None


def _bare(element: Any) -> Any:
    copied = copy.deepcopy(element)
    copied.tail = None
    return copied


@lru_cache(maxsize=500)
def _compiled(text: str) -> CSSSelector:
    return CSSSelector(text, translator="html")
