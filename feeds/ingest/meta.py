"""A page's tree -> what it states of itself: JSON-LD, Open Graph, Dublin Core."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
from lxml import etree

from feeds.ingest.dates import read_date

_ARTICLES = (
    "Article",
    "NewsArticle",
    "BlogPosting",
    "ReportageNewsArticle",
    "OpinionNewsArticle",
    "AnalysisNewsArticle",
)
_DEEPEST = 6
_DAY_IN_URL = re.compile(r"/([0-9]{4})[/-]([0-9]{2})[/-]([0-9]{2})(?=[/-]|$)")
_OF_DATES = re.compile(r"date|publi|posted|byline|timestamp", re.IGNORECASE)
_OF_CHANGES = re.compile(r"modif|updat|expir|event", re.IGNORECASE)
_BESIDE = re.compile(r"comment|repl[iy]|respon|related|disqus|sidebar", re.IGNORECASE)
_LABEL = re.compile(r"\A(?:posted|published|date|on|by|\s|:)+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Stated:
    """What a page's own markup says; each as written.

    date_source   who says `published`: jsonld, og or dc
    days          each day (2026-01-05) that the page or its address names for itself in a
                  form with one reading: not in comments, not as that of a change
    """

    title: str | None = None
    summary: str | None = None
    published: str | None = None
    date_source: str = "none"
    language: str | None = None
    image: str | None = None
    canonical: str | None = None
    days: frozenset[str] = frozenset()


def read(tree: Any, url: str = "") -> Stated:
    """Return what the page at *url* states, the more explicit vocabulary first."""
    article = next(_linked_articles(tree), {})
    named = _meta(tree)
    dates = (
        ("jsonld", _text(article.get("datePublished"))),
        ("og", named.get("article:published_time")),
        ("dc", named.get("dcterms.date") or named.get("dc.date") or named.get("dcterms.created")),
    )
    source, published = next(((name, date) for name, date in dates if date), ("none", None))
    canonical = next(iter(tree.xpath("//link[@rel='canonical']/@href")), None)
    return Stated(
        title=_text(article.get("headline")) or named.get("og:title") or named.get("dcterms.title"),
        summary=named.get("og:description") or named.get("description"),
        published=published,
        date_source=source,
        language=tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang"),
        image=named.get("og:image"),
        canonical=str(canonical) if canonical else named.get("og:url"),
        days=frozenset(_days(tree, url)),
    )


def _days(tree: Any, url: str) -> Iterator[str]:
    if in_url := _DAY_IN_URL.search(url):
        yield "-".join(in_url.groups())
    for element in tree.iter(etree.Element):
        names = " ".join(element.get(key) or "" for key in ("property", "name", "itemprop", "class", "id"))
        if not (element.tag == "time" or _OF_DATES.search(names)) or _OF_CHANGES.search(names):
            continue
        text = element.get("datetime") or element.get("content") or "".join(element.itertext())[:200]
        moment = read_date(text) or read_date(_LABEL.sub("", text.strip()))
        if moment is not None and not _is_beside(element):
            whole = re.match(
                r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text.strip()
            )  # The day as written, in its own zone.
            yield whole[0] if whole else f"{moment:%Y-%m-%d}"


def _is_beside(element: Any) -> bool:
    """Say whether an element stands among comments and the like, beside the article."""
    return any(
        one.tag in {"aside", "footer"} or _BESIDE.search(f"{one.get('class') or ''} {one.get('id') or ''}")
        for one in (element, *element.iterancestors())
        if one.tag not in {"html", "body"}
    )


def _meta(tree: Any) -> dict[str, str]:
    """Return the page's meta elements by their names in small letters, the first of each."""
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = (element.get("property") or element.get("name") or "").lower()
        content = (element.get("content") or "").strip()
        if name and content:
            found.setdefault(name, content)
    return found


def _linked_articles(tree: Any) -> Iterator[dict[str, Any]]:
    """Yield the articles that the page's JSON-LD describes."""
    for script in tree.xpath("//script[@type='application/ld+json']"):
        try:
            data = msgspec.json.decode((script.text or "").encode("utf-8", "replace"))
        except (msgspec.DecodeError, RecursionError):
            continue
        yield from _articles(data, 0)


def _articles(data: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > _DEEPEST:
        return
    if isinstance(data, list):
        for one in data:
            yield from _articles(one, depth + 1)
    elif isinstance(data, dict):
        kinds = data.get("@type")
        if any(kind in _ARTICLES for kind in (kinds if isinstance(kinds, list) else [kinds])):
            yield data
        yield from _articles(data.get("@graph"), depth + 1)


def _text(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None
