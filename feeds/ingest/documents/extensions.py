"""An entry's own bytes, in UTF-8 -> the elements in it for which the record has no member.

Whatever a feed carries is kept, also what nobody here knows: podcast and media
elements, places, licences, threads, what comes next year. Each is kept whole, as
it is written, or not at all.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.entities import html5
from itertools import islice
from typing import Any

import msgspec
from lxml import etree

from archive import Element
from feeds.ingest.text.clean import portable
from feeds.ingest.text.dates import read_date
from feeds.ingest.text.references import whole_references

MOST_ELEMENTS = 1000
MOST_CHARACTERS = 2**17
"""Of all names and texts together. The whole entry is kept in its own bytes."""
DEEPEST = 16
_AN_END = 2**19
"""Bytes at each end of a large entry in which is looked."""
_MOST_NAMESPACES = 256
"""Of a document, for each entry of which they are declared anew."""

_RSS = (
    "http://purl.org/rss/1.0/",
    "http://backend.userland.com/rss",
    "http://blogs.law.harvard.edu/tech/rss",
    "http://my.netscape.com/rdf/simple/0.9/",
    "http://purl.org/rss/1.0/modules/rss091#",
)
_ATOM = ("http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#")
_XML = "http://www.w3.org/XML/1998/namespace"
_BODIES = frozenset(
    (("http://purl.org/rss/1.0/modules/content/", "encoded"), ("http://www.w3.org/1999/xhtml", "body"))
)
_MEMBERS = frozenset(
    "title description summary content abstract id guid pubdate published issued fullitem body".split()
)
"""Elements of RSS and Atom that the members of a record say whole."""
_DATES = frozenset(("updated", "modified", "lastbuilddate"))
_DECLARED = re.compile(r"""\bxmlns(?::([\w.-]+))?\s*=\s*(?:"([^"<]*)"|'([^'<]*)')""")
_NAMED = re.compile(r"&([A-Za-z][A-Za-z0-9]*);")
_OWN = frozenset(("amp", "lt", "gt", "quot", "apos"))


@dataclass(frozen=True, slots=True)
class Scope:
    """What an entry's bytes need to be read without their document.

    namespaces   by the prefixes that stand before the first entry; "" is the default
    """

    namespaces: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Extensions:
    """What an entry has beside the members of a record, and how many elements were too much."""

    elements: tuple[Element, ...] = ()
    cut: int = 0


def scope_of(head: bytes) -> Scope:
    """Return what holds in the entries that come behind *head*."""
    text = head.decode("utf-8", "replace")
    declared = {match[1] or "": match[2] or match[3] or "" for match in _DECLARED.finditer(text)}
    return Scope(dict(islice(declared.items(), _MOST_NAMESPACES)))


def extensions(raw: bytes, scope: Scope) -> Extensions:
    """Return the elements of an entry that no member of the record says, in their order."""
    entry = _element(raw, scope)
    if entry is None:
        return Extensions()
    found: list[Element] = []
    cut = 0
    linked = False
    tags: set[str] = set()
    left = _Room()
    for child in entry.iterchildren(tag=etree.Element):
        core = _core(child)
        said = _is_said(child, linked=linked)
        linked |= core == "link" and child.get("rel", "alternate") == "alternate"
        if core == "category":  # Of one tag in two schemes the record's members say one.
            term = child.get("term") or child.text or ""
            said = said and term not in tags
            tags.add(term)
        if said:
            continue
        if left.take(child):
            found.append(_kept(child))
        else:
            cut += 1
    return Extensions(tuple(found), cut)


def fit(elements: Sequence[Element]) -> tuple[Element, ...]:
    """Return those of a JSON Feed's own members for which there is room, in their order."""
    left = MOST_CHARACTERS
    found: list[Element] = []
    for one in elements:
        size = _size(one)
        if size <= left and len(found) < MOST_ELEMENTS:
            left -= size
            found.append(one)
    return tuple(found)


def _size(element: Element) -> int:
    """Return how long a member is in JSON; too long for any room, if it is deeper than what is kept."""
    waiting = [(element.value, 1)]
    while waiting:
        value, depth = waiting.pop()
        if depth > DEEPEST:
            return MOST_CHARACTERS + 1
        if isinstance(value, dict | list):
            within = value.values() if isinstance(value, dict) else value
            waiting += [(one, depth + 1) for one in within]
    return len(msgspec.json.encode(element))


def _element(raw: bytes, scope: Scope) -> Any:
    """Return the entry as an element; what cannot be read of it is left out."""
    if len(raw) > 2 * _AN_END:  # A parser needs many times as much; what is between is a body.
        raw = raw[:_AN_END] + raw[-_AN_END:]
    text = _NAMED.sub(_reference, whole_references(raw).decode("utf-8", "replace"))
    declared = "".join(
        f' xmlns{":" if prefix else ""}{prefix}="{_quoted(uri)}"'
        for prefix, uri in scope.namespaces.items()
        if prefix not in {"xml", "xmlns"}
    )
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(portable(f"<entries{declared}>{text}</entries>"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    return next(root.iterchildren(tag=etree.Element), None) if root is not None else None


def _quoted(text: str) -> str:
    return text.replace('"', "&quot;")


def _reference(match: re.Match[str]) -> str:
    """Return a reference to one of HTML's characters as XML knows it too."""
    name = match[1]
    character = html5.get(f"{name};") if name not in _OWN else None
    return "".join(f"&#{ord(one)};" for one in character) if character else match[0]


def _split(name: str) -> tuple[str, str]:
    """Return namespace and name of an element or attribute; "" is none."""
    namespace, _, local = name.rpartition("}")
    return namespace.removeprefix("{"), local


def _core(element: Any) -> str | None:
    """Return the name of an element of RSS or Atom itself, or None for one of another namespace."""
    namespace, local = _split(element.tag)
    if namespace in _ATOM or namespace.startswith(_RSS) or (not namespace and ":" not in local):
        return local.lower()
    return None


def _is_said(element: Any, *, linked: bool) -> bool:
    """Say whether the members of the record say all that an element does.

    linked   the link that `url` gives stands before it
    """
    core = _core(element)
    given = set(element.keys())
    text = element.text or ""
    if core is None:
        return _split(element.tag) in _BODIES
    if core == "link":
        rel = element.get("rel", "alternate")
        if rel == "enclosure":
            return given <= {"rel", "href", "type", "length"}
        return not linked and rel == "alternate" and _is_plain_link(element)
    if core == "category":
        return "label" not in given
    if core == "enclosure":
        return given <= {"url", "type", "length"}
    if core == "author":
        return {_core(child) for child in element} <= {"name", "uri", "url"} and "@" not in text
    if core in _DATES:
        return read_date(text.strip()) is not None
    return core in _MEMBERS


def _is_plain_link(element: Any) -> bool:
    return set(element.keys()) <= {"rel", "href", "type"} and element.get("type", "text/html") == "text/html"


class _Room:
    """What there is still room for."""

    def __init__(self) -> None:
        self._elements = MOST_ELEMENTS
        self._characters = MOST_CHARACTERS

    def take(self, element: Any) -> bool:
        """Say whether there was room for an element with all that is in it, and take it."""
        elements = characters = 0
        for one, depth in _walk(element):
            if depth > DEEPEST:
                return False
            elements += 1
            characters += len(one.tag) + len(one.text or "") + len(one.tail or "")
            characters += sum(len(name) + len(value) for name, value in one.items())
        if elements > self._elements or characters > self._characters:
            return False
        self._elements -= elements
        self._characters -= characters
        return True


def _walk(element: Any) -> Iterator[tuple[Any, int]]:
    """Yield an element and all within, each with how deep it stands."""
    waiting = [(element, 1)]
    while waiting:
        one, depth = waiting.pop()
        yield one, depth
        if depth <= DEEPEST:
            waiting += [(child, depth + 1) for child in one.iterchildren(tag=etree.Element)]


def _kept(element: Any) -> Element:
    within: list[Element | str] = []
    if len(element):
        within += [element.text] if _says(element.text) else []
        for child in element.iterchildren(tag=etree.Element):
            within.append(_kept(child))
            within += [child.tail] if _says(child.tail) else []
    namespace, local = _split(element.tag)
    return Element(
        name=f"{element.prefix}:{local}" if element.prefix else local,
        ns=namespace or None,
        attributes={_as_written(element, key): value for key, value in element.items()},
        text=(element.text or None) if not within else None,
        children=tuple(within),
    )


def _says(text: str | None) -> bool:
    return bool(text and text.strip())


def _as_written(element: Any, key: str) -> str:
    """Return an attribute's name with the prefix that it is written with."""
    namespace, local = _split(key)
    if namespace == _XML:
        return f"xml:{local}"
    if not namespace:
        return local
    prefix = next((own for own, uri in element.nsmap.items() if own and uri == namespace), None)
    return f"{prefix}:{local}" if prefix else key
