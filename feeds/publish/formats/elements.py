"""One element that an entry had beside its members -> what it says, where it is of a vocabulary that readers know."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape
from typing import Final
from urllib.parse import urljoin

from archive import Element
from feeds.publish.formats.generator.values import Credit, Link, Person, Place
from feeds.publish.text.iris import feed_id
from feeds.publish.text.languages import known
from feeds.publish.text.legible import bare_name, worded
from feeds.publish.text.urls import as_uri

_RELATIONS: Final = frozenset(("alternate", "license", "payment", "related", "replies", "describedby", "up"))
"""Links of an entry that say something of it; what is left out leads to its own feed or to an editor's desk."""
_ROLES: Final = frozenset(
    "actor author composer conductor correspondent director editor illustrator performer photographer "
    "producer reporter translation".split()
)
_PAGES: Final = frozenset(("", "text/html", "application/xhtml+xml"))
_NUMBER = re.compile(r"[-+]?\d{1,3}(?:\.\d{1,15})?")
_TYPE = re.compile(r"[A-Za-z0-9_.+-]+/[A-Za-z0-9_.+-]+")


@dataclass(slots=True)
class Found:
    """What was found so far; the first of each counts."""

    texts: dict[str, str] = field(default_factory=dict)
    contributors: list[Person] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    credits: list[Credit] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)


def take(element: Element, found: Found, base: str) -> None:
    """Take what an element says, and what stands in it; relative addresses count from *base*."""
    space, name = _SPACES.get(_space(element.ns), ""), element.name.rpartition(":")[2]
    if (space, name) in _DEEP:  # What stands within such a one counts as if it stood beside it.
        for child in element.children:
            if isinstance(child, Element):
                take(child, found, base)
    if taker := _TAKERS.get((space, name)):
        taker(element, found, base)


def _space(namespace: str | None) -> str:
    """Return a namespace as it is compared: many are written with or without a slash, in capitals or not."""
    return (namespace or "").rstrip("/#").lower()


_SPACES: Final = {
    "": "",
    "http://www.w3.org/2005/atom": "atom",
    "http://purl.org/atom/ns": "atom",
    "http://purl.org/dc/elements/1.1": "dc",
    "http://search.yahoo.com/mrss": "media",
    "http://www.rssboard.org/media-rss": "media",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://purl.org/syndication/thread/1.0": "thr",
    "http://purl.org/rss/1.0/modules/slash": "slash",
    "http://wellformedweb.org/commentapi": "wfw",
    "http://www.georss.org/georss": "georss",
    "http://www.georss.org/georss/10": "georss",
    "http://www.opengis.net/gml": "gml",
    "http://www.w3.org/2003/01/geo/wgs84_pos": "geo",
}
_DEEP: Final = frozenset(
    (
        ("media", "group"), ("media", "content"), ("georss", "where"), ("gml", "Point"), ("gml", "LineString"), ("geo", "Point"),
    )
)  # fmt: skip


def _said(element: Element) -> str | None:
    """Return an element's text on one line, as plain text; None for none."""
    text = element.text or ""
    if element.attributes.get("type") in {"html", "text/html"} and ("<" in text or "&" in text):
        text = unescape(re.sub(r"<[^<>]*>", " ", text))
    return worded(text)


def _address(text: str | None, base: str) -> str | None:
    """Return an http(s) address, counted from the article's own."""
    if not text or not text.strip():
        return None
    try:
        return as_uri(urljoin(base, text.strip()))
    except ValueError:
        return None


def _text(key: str) -> Callable[[Element, Found, str], None]:
    def take(element: Element, found: Found, _: str) -> None:
        if text := _said(element):
            found.texts.setdefault(key, text)

    return take


def _place_of(key: str, attribute: str | None = None) -> Callable[[Element, Found, str], None]:
    """Return what takes an address, from an attribute or the text."""

    def take(element: Element, found: Found, base: str) -> None:
        value = element.value if isinstance(element.value, str) else element.text
        if address := _address(element.attributes.get(attribute) if attribute else value, base):
            found.texts.setdefault(key, address)

    return take


def _contributor(element: Element, found: Found, base: str) -> None:
    parts = {child.name.rpartition(":")[2]: child for child in element.children if isinstance(child, Element)}
    name = bare_name((parts.get("name") or element).text)
    if name and "@" not in name:
        address = parts.get("uri") or parts.get("url")
        found.contributors.append(Person(name, _address(address.text, base) if address else None))


def _link(element: Element, found: Found, base: str) -> None:
    given = element.attributes
    rel, href = given.get("rel", "alternate").lower(), _address(given.get("href"), base)
    if href is None or rel not in _RELATIONS:
        return
    kind = given.get("type", "").partition(";")[0].strip()
    tongue = given.get("hreflang", "").replace("_", "-")
    if rel == "alternate" and kind in _PAGES:
        if not tongue:
            return  # The entry's own, in other words.
        rel = "related"  # Many readers take the last of several for the entry's own.
    if rel == "replies":
        comments = "feed" if kind.endswith("+xml") else "page"
        found.texts.setdefault(f"comments {comments}", href)
        if comments == "feed" and _TYPE.fullmatch(kind):
            found.texts.setdefault("comments kind", kind)
        count = next((text for name, text in given.items() if name.endswith(":count")), None)
        if count:
            found.texts.setdefault("comments count", count)
        return
    title = worded(given.get("title"))
    size = given.get("length", "")
    found.links.append(
        Link(
            href=href,
            rel=rel,
            type=kind if _TYPE.fullmatch(kind) else None,
            hreflang=tongue if known(tongue) else None,
            length=int(size) if size.isascii() and size.isdigit() and len(size) < 16 else None,
            title=title if title and not re.search(r"&#?\w|</", title) else None,
        )
    )


def _answer(element: Element, found: Found, base: str) -> None:
    ref = feed_id((element.attributes.get("ref") or "").strip())
    if ref is not None and "ref" not in found.texts:
        found.texts["ref"] = ref
        if href := _address(element.attributes.get("href"), base):
            found.texts["answers"] = href


def _credit(element: Element, found: Found, _: str) -> None:
    role = element.attributes.get("role", "").lower()
    if name := _said(element):
        found.credits.append(Credit(name, role if role in _ROLES else None))


def _position(shape: str) -> Callable[[Element, Found, str], None]:
    """Return what takes a place: pairs of numbers, latitude first."""

    def take(element: Element, found: Found, _: str) -> None:
        numbers = tuple((element.text or "").replace(",", " ").split())
        least = {"point": 2, "line": 4, "polygon": 8}[shape]
        enough = len(numbers) == 2 if shape == "point" else len(numbers) >= least
        if enough and len(numbers) % 2 == 0 and _are_on_earth(numbers):
            found.places.append(Place(shape, numbers))

    return take


def _are_on_earth(numbers: tuple[str, ...]) -> bool:
    return all(
        _NUMBER.fullmatch(text) and abs(float(text)) <= (180 if odd % 2 else 90)
        for odd, text in enumerate(numbers)
    )


def _half(key: str) -> Callable[[Element, Found, str], None]:
    """Return what takes half of a position (W3C's Basic Geo); with the other half it is one."""

    def take(element: Element, found: Found, _: str) -> None:
        found.texts.setdefault(key, (element.text or "").strip())
        both = (found.texts.get("lat", ""), found.texts.get("long", ""))
        if all(both) and _are_on_earth(both):
            found.places.append(Place("point", both))

    return take


_TAKERS: Final[dict[tuple[str, str], Callable[[Element, Found, str], None]]] = {
    ("", "comments"): _place_of("comments page"),
    ("", "banner_image"): _place_of("banner"),
    ("atom", "contributor"): _contributor,
    ("atom", "link"): _link,
    ("atom", "rights"): _text("rights"),
    ("dc", "contributor"): _contributor,
    ("dc", "rights"): _text("rights"),
    ("media", "description"): _text("description"),
    ("media", "credit"): _credit,
    ("media", "copyright"): _text("rights"),
    ("itunes", "image"): _place_of("image", "href"),
    ("itunes", "author"): _text("author"),
    ("itunes", "subtitle"): _text("subtitle"),
    ("itunes", "explicit"): _text("explicit"),
    ("itunes", "episode"): _text("episode"),
    ("itunes", "season"): _text("season"),
    ("itunes", "episodeType"): _text("kind"),
    ("thr", "in-reply-to"): _answer,
    ("thr", "total"): _text("comments count"),
    ("slash", "comments"): _text("comments count"),
    ("wfw", "commentRss"): _place_of("comments feed"),
    ("wfw", "commentRSS"): _place_of("comments feed"),
    ("georss", "point"): _position("point"),
    ("georss", "line"): _position("line"),
    ("georss", "polygon"): _position("polygon"),
    ("gml", "pos"): _position("point"),
    ("gml", "posList"): _position("line"),
    ("geo", "lat"): _half("lat"),
    ("geo", "long"): _half("long"),
}
