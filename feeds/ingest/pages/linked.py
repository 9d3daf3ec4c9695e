"""A page's tree -> the articles, people and names of its site that its JSON-LD describes."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_DEEPEST = 6
_MOST_NODES = 2000
_LONGEST = 2_000_000
_ARTICLES = frozenset(
    "Article Report BlogPosting LiveBlogPosting SocialMediaPosting DiscussionForumPosting Review".split()
)
_PAGES = frozenset(("WebPage", "ItemPage"))
_PEOPLE = frozenset(("Person",))
_BODIES = frozenset(("Organization", "NewsMediaOrganization", "Corporation", "WebSite"))
_ADDRESSES = ("url", "@id", "mainEntityOfPage")

Node = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Linked:
    """What JSON-LD says.

    article   the node of the article itself; of a page that only describes itself as a page, that
    named     nodes by their @id
    people    names of the people that stand as nodes of their own
    sites     names of organisations and sites that stand as nodes of their own, or as publisher
    """

    article: Node
    named: dict[str, Node]
    people: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()


def read(tree: Any, address: str | None = None) -> Linked:
    """Return what the page, whose own address may be known, describes."""
    nodes: list[Node] = []
    for script in tree.xpath("//script[contains(@type, 'ld+json')]"):
        for node in _nodes(_decoded(script.text or ""), 0):
            if len(nodes) < _MOST_NODES:
                nodes.append(node)
    named = {
        node["@id"]: node for node in reversed(nodes) if isinstance(node.get("@id"), str) and len(node) > 1
    }
    articles = [node for node in nodes if _is_article(node)]
    pages = [
        node for node in nodes if _kinds(node) & _PAGES and ("author" in node or "datePublished" in node)
    ]
    publishers = [node.get("publisher") for node in articles]
    sites = [node for node in nodes if _kinds(node) & _BODIES]
    sites += [one for one in publishers if isinstance(one, dict)]
    return Linked(
        article=_own(articles, address) or (pages[0] if pages else {}),
        named=named,
        people=_names(node for node in nodes if _kinds(node) & _PEOPLE),
        sites=_names(sites),
    )


def text(value: Any) -> str | None:
    """Return a value that is a text, or the first of several; None for anything else."""
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, dict):
        value = value.get("@value")
    return value.strip() or None if isinstance(value, str) else None


def authors(found: Linked) -> list[tuple[str, bool]]:
    """Return the article's authors as written, and of each whether it is a person."""
    names: list[tuple[str, bool]] = []
    for key in ("author", "creator"):
        value = found.article.get(key)
        for one in value if isinstance(value, list) else [value]:
            names += _author(one, found.named)
        if names:
            break
    return names


def _author(value: Any, named: dict[str, Node]) -> list[tuple[str, bool]]:
    if isinstance(value, str):
        value = named.get(value, value)
    if isinstance(value, str):
        return [(value, True)]
    if not isinstance(value, dict):
        return []
    found = {**named.get(str(value.get("@id")), {}), **value}
    person = not (_kinds(found) & _BODIES) or bool(_kinds(found) & _PEOPLE)
    names = found.get("name")
    if isinstance(names, list):
        return [(one, person) for one in names if isinstance(one, str)]
    parts = (names,) if isinstance(names, str) else (found.get("givenName"), found.get("familyName"))
    name = " ".join(part for part in parts if isinstance(part, str))
    return [(name, person)] if name else []


def _own(articles: list[Node], address: str | None) -> Node | None:
    """Return the article of the page itself: that with its address, else the first."""
    wanted = _bare(address)
    for node in articles if wanted else ():
        if any(_bare(_address(node.get(key))) == wanted for key in _ADDRESSES):
            return node
    return articles[0] if articles else None


def _address(value: Any) -> str | None:
    return (
        _address(value.get("@id")) if isinstance(value, dict) else value if isinstance(value, str) else None
    )


def _bare(address: str | None) -> str:
    return re.sub(r"\A[a-z]+://(www\.)?|[#?].*\Z", "", (address or "").strip()).rstrip("/")


def _decoded(script: str) -> Any:
    bare = re.sub(
        r"\A\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[)|(?:-->|//\s*\]\]>|\]\]>)?[\s;]*\Z", "", script[:_LONGEST]
    )
    try:
        return json.loads(bare, strict=False)
    except (ValueError, RecursionError):
        return None


def _nodes(data: Any, depth: int) -> Iterator[Node]:
    """Yield what stands at the top, in a list or graph, or as a page's main thing."""
    if depth > _DEEPEST:
        return
    if isinstance(data, list):
        for one in data:
            yield from _nodes(one, depth + 1)
    elif isinstance(data, dict):
        yield data
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            if isinstance(data.get(key), dict | list):
                yield from _nodes(data[key], depth + 1)


def _kinds(node: Node) -> frozenset[str]:
    kinds = node.get("@type")
    return frozenset(
        one.rpartition("/")[2].rpartition(":")[2]
        for one in (kinds if isinstance(kinds, list) else [kinds])
        if isinstance(one, str)
    )


def _is_article(node: Node) -> bool:
    return any(kind in _ARTICLES or kind.endswith("Article") for kind in _kinds(node))


def _names(nodes: Any) -> tuple[str, ...]:
    names = (found for node in nodes for key in ("name", "alternateName") if (found := text(node.get(key))))
    return tuple(dict.fromkeys(names))
