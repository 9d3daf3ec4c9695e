"""A page's scripts -> whom the data that they carry names as author of the article with a title.

Pages that are put together in the browser bring the article as JSON (`__NEXT_DATA__`,
`window.… =`), and tell those who count readers what is read (`dataLayer`). An object counts
where it has the article's title; any other word where all scripts say the same.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from feeds.ingest.pages.names import is_whole, key, names_in, once

_LONGEST = 2_000_000
"""Characters of a script that is read."""
_MOST_NODES = 100_000
_TITLES = ("title", "headline", "name", "articleTitle", "pageTitle", "seoTitle")
_AUTHORS = (
    "authors",
    "author",
    "byline",
    "bylines",
    "authorName",
    "author_name",
    "authorNames",
    "contributors",
    "writers",
)
_NAMES = ("name", "fullName", "full_name", "displayName", "display_name", "title")
_PARTS = ("firstName", "first_name", "lastName", "last_name")
_ASSIGNED = re.compile(
    r"\A\s*(?:(?:var|let|const)\s+)?(?:window|self|globalThis)?[\w.$\[\]\"']*\s*=\s*(?=[{\[])"
)
_TOLD = re.compile(
    r"""["']?\b(?:(?:article|page|content|post|story)[_-]?)?authors?(?:[_-]?names?)?["']?\s*:\s*"""
    r"""(?:\[?\s*\{(?:[^{}\[\]]{0,200}?[,{\s])?["']?(?:name|fullName|displayName)["']?\s*:\s*)?\[?\s*"""
    r"""(["'])((?:(?!\1)[^\\<>{}\[\]]){4,150})\1""",
    re.IGNORECASE,
)


def authors(tree: Any, title: str | None) -> tuple[str, ...]:
    """Return the authors that the page's scripts name, or none."""
    scripts = [one.text or "" for one in tree.iter("script") if "ld+json" not in (one.get("type") or "")]
    scripts = [one for one in scripts if "uthor" in one or "yline" in one]
    if wanted := key(title or ""):
        for script in scripts:
            for node in _nodes(_decoded(script)):
                same = any(key(str(node.get(name) or "")) == wanted for name in _TITLES)
                if same and (found := _all(node)):
                    return found
    told: set[tuple[str, ...]] = set()
    for text in dict.fromkeys(text for script in scripts for text in _told(script)):
        found = names_in(text, stated=True)
        told |= {found} if found and all(is_whole(one) for one in found) else set()
        if len(told) > 1:
            return ()
    return next(iter(told), ())


def _told(script: str) -> Iterator[str]:
    """Yield what a script gives to something called author, in strings within strings too."""
    for _, text in _TOLD.findall(script[:_LONGEST].replace('\\"', '"')):
        yield text


def _decoded(script: str) -> Any:
    """Return what a script holds that is JSON, alone or given to a variable; None for anything else."""
    bare = _ASSIGNED.sub("", script[:_LONGEST], count=1).strip()
    if bare[:1] not in {"{", "["}:
        return None
    try:
        return json.JSONDecoder(strict=False).raw_decode(bare)[0]
    except (ValueError, RecursionError):
        return None


def _nodes(data: Any) -> Iterator[dict[str, Any]]:
    """Yield every object in it, the outer ones first."""
    queue = [data]
    for _ in range(_MOST_NODES):
        if not queue:
            return
        one = queue.pop(0) if len(queue) < 1000 else queue.pop()
        if isinstance(one, dict):
            yield one
            queue += [child for child in one.values() if isinstance(child, dict | list)]
        elif isinstance(one, list):
            queue += [child for child in one if isinstance(child, dict | list)]


def _all(node: dict[str, Any]) -> tuple[str, ...]:
    for name in _AUTHORS:
        value = node.get(name)
        texts = [text for one in (value if isinstance(value, list) else [value]) for text in _named(one)]
        found = once(part for text in texts for part in names_in(text, stated=True))
        if found:
            return found
    return ()


def _named(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        texts = [one for name in _NAMES if isinstance(one := value.get(name), str) and one.strip()]
        parts = [one for name in _PARTS if isinstance(one := value.get(name), str) and one.strip()]
        yield from texts[:1] or ([" ".join(parts)] if len(parts) > 1 else [])
