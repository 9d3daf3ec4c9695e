"""What a page says of when it came out -> that, and who says so.

The rule: JSON-LD, then meta elements that name the day of publication, then a `<time>` that
is marked as it; after them what htmldate finds, if the page says the same with one reading.
"""

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from feeds.ingest.pages import linked
from feeds.ingest.text.dates import read_date

_METAS = (
    ("og", "article:published_time"), ("og", "og:article:published_time"), ("og", "og:published_time"),
    ("html", "datepublished"), ("html", "article:published"), ("html", "published_time"),
    ("html", "parsely-pub-date"), ("html", "sailthru.date"), ("html", "citation_publication_date"),
    ("html", "cxenseparse:recs:publishtime"), ("html", "publish-date"), ("html", "publish_date"),
    ("html", "publication_date"), ("html", "publishdate"), ("html", "pubdate"), ("html", "article_date_original"),
    ("dc", "dcterms.issued"), ("dc", "dc.date.issued"), ("dc", "dcterms.date"), ("dc", "dc.date"),
    ("dc", "dcterms.created"), ("dc", "dc.date.created"), ("html", "date"),
)  # fmt: skip
_DAY_IN_URL = re.compile(r"/([0-9]{4})[/-]([0-9]{2})[/-]([0-9]{2})(?=[/-]|$)")
_OF_DATES = re.compile(r"date|publi|posted|byline|timestamp", re.IGNORECASE)
_OF_PUBLICATION = re.compile(r"publi|posted|pubdate|created|first|erschien|veroeff", re.IGNORECASE)
_OF_CHANGES = re.compile(r"modif|updat|expir|event", re.IGNORECASE)
_BESIDE = re.compile(r"comment|repl[iy]|respon|related|disqus|sidebar|(?<![a-z])card", re.IGNORECASE)
_LABEL = re.compile(r"\A(?:posted|published|date|on|by|\s|:)+", re.IGNORECASE)
_DOTTED = re.compile(r"([0-9]{1,2})\.\s?([0-9]{1,2})\.\s?([0-9]{4})(?![0-9])")


def stated(tree: Any, article: linked.Node, metas: dict[str, list[str]]) -> tuple[str, str | None]:
    """Return who names the day of publication and how; ("none", None) where nobody does."""
    candidates = [("jsonld", linked.text(article.get("datePublished")))]
    candidates += [(source, text) for source, name in _METAS for text in metas.get(name, ())[:1]]
    candidates += [("html", text) for text in _marked(tree)]
    candidates += [("jsonld", linked.text(article.get("dateCreated")))]
    readable = ((source, text) for source, text in candidates if text and read_date(text) is not None)
    first = next(((source, text) for source, text in candidates if text), ("none", None))
    return next(readable, first)


def days(tree: Any, addresses: tuple[str, ...]) -> Iterator[str]:
    """Yield each day (2026-01-05) that the page or its address names for itself in a form with one reading."""
    for url in addresses:
        if in_url := _DAY_IN_URL.search(url):
            yield "-".join(in_url.groups())
    for element in tree.iter(etree.Element):
        names = " ".join(element.get(key) or "" for key in ("property", "name", "itemprop", "class", "id"))
        if not (element.tag == "time" or _OF_DATES.search(names)) or _OF_CHANGES.search(names):
            continue
        text = element.get("datetime") or element.get("content") or "".join(element.itertext())[:200]
        if (found := _day(text)) and not _is_beside(element):
            yield found


def _day(text: str) -> str | None:
    moment = read_date(text) or read_date(_LABEL.sub("", text.strip()))
    if moment is None:
        return _dotted(text)
    whole = re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text.strip())  # The day as written, in its own zone.
    return whole[0] if whole else f"{moment:%Y-%m-%d}"


def _dotted(text: str) -> str | None:
    """Return the day of a date with dots, as 28.04.2023: who writes dots writes the day first."""
    found = _DOTTED.search(text)
    return f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}" if found and int(found[2]) <= 12 else None


def _marked(tree: Any) -> Iterator[str]:
    """Yield what `<time>` elements say that are marked as the day of publication."""
    for element in tree.iter("time"):
        names = " ".join(element.get(key) or "" for key in ("itemprop", "class", "id", "data-testid"))
        marked = element.get("pubdate") is not None or _OF_PUBLICATION.search(names)
        text = element.get("datetime")
        if marked and text and not _OF_CHANGES.search(names) and not _is_beside(element):
            yield text


def _is_beside(element: Any) -> bool:
    """Say whether an element stands among comments and the like, beside the article."""
    return any(
        one.tag in {"aside", "footer"} or _BESIDE.search(f"{one.get('class') or ''} {one.get('id') or ''}")
        for one in (element, *element.iterancestors())
        if one.tag not in {"html", "body"}
    )
