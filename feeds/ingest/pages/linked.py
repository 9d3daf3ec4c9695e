"""A page's tree -> the articles, people and names of its site that its JSON-LD describes."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any

_DEEPEST = 6
_MOST_NODES = 2000
_LONGEST = 2_000_000
_MOST_VALUES = 100
"""Of one script."""
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
    alike     further nodes that say who wrote it: of the same headline or address, or of the page
    named     nodes by their @id
    people    names of the people that stand as nodes of their own
    sites     names of organisations and sites that stand as nodes of their own, or as publisher
    """

    article: Node
    named: dict[str, Node]
    alike: tuple[Node, ...] = ()
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
    own = _own(articles, address) or (pages[0] if pages else {})
    return Linked(
        article=own,
        named=named,
        alike=tuple(_alike(own, nodes, address)),
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
    for node in (found.article, *found.alike):
        for key in ("author", "authors", "creator"):
            names = [name for one in _listed(node.get(key)) for name in _author(one, found.named)]
            if names:
                return names
    return []


def addresses(found: Linked) -> list[str]:
    """Return the addresses by which the article's authors are named where they have no names."""
    values = (one for node in (found.article, *found.alike) for one in _listed(node.get("author")))
    told = [
        one if isinstance(one, str) else one.get(key)
        for one in values
        if isinstance(one, str | dict)
        for key in ("url", "@id", "sameAs")
    ]
    return list(dict.fromkeys(one for one in told if isinstance(one, str) and "://" in one))


def _listed(value: Any) -> list[Any]:
    """Return what a property holds, one or several, in lists within lists too."""
    if isinstance(value, dict) and "@list" in value:
        value = value["@list"]
    return [one for part in value for one in _listed(part)] if isinstance(value, list) else [value]


def _alike(own: Node, nodes: list[Node], address: str | None) -> Iterator[Node]:
    """Yield the nodes with an author that are about the same as the article's."""
    headline, wanted = _heading(own), _bare(address)
    for node in nodes:
        if node is own or not (node.get("author") or node.get("creator")):
            continue
        same = bool(wanted) and any(_bare(_address(node.get(key))) == wanted for key in _ADDRESSES)
        if same or (headline and _heading(node) == headline) or (_kinds(node) & _PAGES):
            yield node


def _heading(node: Node) -> str:
    return " ".join((text(node.get("headline")) or text(node.get("name")) or "").split()).casefold()


def _author(value: Any, named: dict[str, Node]) -> list[tuple[str, bool]]:
    if isinstance(value, str):
        value = named.get(value, value)
    if isinstance(value, str):
        return [(value, True)] if value.strip() else []
    if not isinstance(value, dict):
        return []
    found = {**named.get(str(value.get("@id")), {}), **{name: one for name, one in value.items() if one}}
    person = not (_kinds(found) & _BODIES) or bool(_kinds(found) & _PEOPLE)
    names = found.get("name")
    if isinstance(names, list):
        return [(one, person) for one in names if isinstance(one, str)]
    if isinstance(names, dict):
        names = names.get("@value")
    whole = isinstance(names, str) and names.strip()
    parts = (names,) if whole else (found.get("givenName"), found.get("familyName"))
    name = " ".join(part for part in parts if isinstance(part, str) and part.strip())
    return [(name, person)] if name else _in_role(found, named)


def _in_role(node: Node, named: dict[str, Node]) -> list[tuple[str, bool]]:
    """Return who stands in a node that says only as what somebody wrote: schema.org's Role."""
    within = (
        {key: one for key, one in value.items() if key != "author"} if isinstance(value, dict) else value
        for value in _listed(node.get("author"))
    )
    return [name for value in within for name in _author(value, named)]


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
    for spelling in _spellings(bare):
        try:
            return json.loads(spelling, strict=False)
        except RecursionError:
            return None
        except ValueError:
            continue
    return _one_by_one(bare)


def _spellings(script: str) -> Iterator[str]:
    """Yield JSON as written, then without what JavaScript allows and JSON does not, then with entities read."""
    yield script
    for one in (script, unescape(script)):
        yield re.sub(r",(?=\s*[}\]])", "", re.sub(r"\\(?![\"\\/bfnrtu])", "", one))


def _one_by_one(script: str) -> list[Any]:
    """Return the values that stand in a script one behind the other, up to what cannot be read."""
    decoder, at = json.JSONDecoder(strict=False), 0
    found: list[Any] = []
    while (at := script.find("{", at)) >= 0 and len(found) < _MOST_VALUES:
        try:
            value, at = decoder.raw_decode(script, at)
        except (ValueError, RecursionError):
            break
        found.append(value)
    return found


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
