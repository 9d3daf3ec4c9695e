"""A page's tree -> what it states of itself: title, authors, date, language, picture, address."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from feeds.ingest.pages import authors, dated, linked, titles
from feeds.ingest.text.clean import line, web_address

_BESIDE = frozenset(("nav", "footer", "aside"))
_SITE_METAS = ("og:site_name", "application-name", "apple-mobile-web-app-title", "publisher", "dc.publisher",
               "twitter:site", "al:ios:app_name", "al:android:app_name", "copyright")  # fmt: skip
_MOST_METAS = 50
"""Of one name."""
_SUFFIXES = frozenset("com org net co uk de at ch gov edu info news www m amp mobile online".split())


@dataclass(frozen=True, slots=True)
class Stated:
    """What a page's own markup says.

    published     as written; date_source says by whom: jsonld, og, dc, html (other markup) or none
    days          each day (2026-01-05) that the page or its address names for itself in a
                  form with one reading: not in comments, not as that of a change
    descriptions  what it says of itself in a sentence, in each place
    titles        every title it goes by, as written
    body          the article's text as JSON-LD has it
    amp           it is the AMP twin of the page at `canonical`
    headings      what stands as heading of the first order
    article       its node of JSON-LD
    """

    title: str | None = None
    authors: tuple[str, ...] = ()
    summary: str | None = None
    published: str | None = None
    date_source: str = "none"
    language: str | None = None
    image: str | None = None
    canonical: str | None = None
    days: frozenset[str] = frozenset()
    descriptions: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    body: str | None = None
    tags: tuple[str, ...] = ()
    amp: bool = False
    headings: tuple[str, ...] = ()
    article: linked.Node = field(default_factory=dict)


def read(tree: Any, url: str = "") -> Stated:
    """Return what the page at *url* states, the more explicit vocabulary first."""
    metas = _metas(tree)
    canonical = _canonical(tree, metas, url)
    graph = linked.read(tree, canonical or url)
    sites = _sites(graph, metas, canonical or url)
    candidates = _titles(tree, graph, metas)
    title = titles.choose(candidates, sites)
    source, published = dated.stated(tree, graph.article, metas)
    told = [linked.text(graph.article.get("description")), *metas.get("og:description", ()),
            *metas.get("description", ()), *metas.get("twitter:description", ())]  # fmt: skip
    descriptions = tuple(dict.fromkeys(found for one in told if (found := titles.bare(one))))
    return Stated(
        title=title,
        authors=authors.choose(tree, graph, metas, sites, title),
        summary=_first(metas, "og:description", "description") or next(iter(descriptions), None),
        published=published,
        date_source=source,
        language=tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang"),
        image=_first(metas, "og:image"),
        canonical=canonical,
        days=frozenset(dated.days(tree, (url, canonical or ""))),
        descriptions=descriptions,
        titles=tuple(text for _, text in candidates),
        body=linked.text(graph.article.get("articleBody")),
        tags=_tags(graph, metas),
        headings=tuple(_headings(tree)),
        article=graph.article,
        amp=tree.get("amp") is not None or tree.get("\u26a1") is not None,
    )


def _metas(tree: Any) -> dict[str, list[str]]:
    """Return the page's meta elements by their names in small letters, each with all it says."""
    found: dict[str, list[str]] = {}
    for element in tree.iter("meta"):
        content = (element.get("content") or "").strip()
        for key in ("property", "name", "itemprop"):
            name = (element.get(key) or "").strip().lower()
            texts = found.setdefault(name, [])
            if name and content and len(texts) < _MOST_METAS and content not in texts:
                texts.append(content)
    return {name: texts for name, texts in found.items() if texts}


def _first(metas: dict[str, list[str]], *names: str) -> str | None:
    return next((metas[name][0] for name in names if name in metas), None)


def _canonical(tree: Any, metas: dict[str, list[str]], url: str) -> str | None:
    """Return the address that the page gives as its own, absolute."""
    given = [*(str(one) for one in tree.xpath("//link[@rel='canonical']/@href")), *metas.get("og:url", ())]
    for one in given:
        try:
            found = web_address(urljoin(url, one.strip()))
        except ValueError:
            continue
        if found:
            return found
    return None


def _titles(tree: Any, graph: linked.Linked, metas: dict[str, list[str]]) -> list[tuple[str, str]]:
    """Return each title with its place, the most trusted spelling first."""
    found = [("jsonld", linked.text(graph.article.get("headline")))]
    headings = list(_headings(tree))
    others = [
        text for texts in (metas.get(name, ()) for name in ("og:title", "twitter:title")) for text in texts
    ]
    others += [text for _, text in found if text] + [
        titles.bare("".join(one.itertext())) or "" for one in tree.iter("title")
    ]
    agreed = [
        one
        for one in headings
        if any(titles.same(one, other) or (titles.bare(one) or one) in other for other in others)
    ]
    found += [("h1", one) for one in (agreed or headings)[:1]]
    found += [("og", text) for text in metas.get("og:title", ())[:1]]
    found += [("twitter", text) for text in metas.get("twitter:title", ())[:1]]
    found += [
        ("dc", text) for name in ("dc.title", "dcterms.title", "headline") for text in metas.get(name, ())[:1]
    ]
    found += [("title", "".join(one.itertext())) for one in tree.xpath("//title[not(ancestor::svg)]")[:1]]
    return [(place, text) for place, text in found if text and text.strip()]


def _headings(tree: Any) -> Iterator[str]:
    """Yield the texts of the headings that may be the article's, those within an article first."""
    marked = tree.xpath("//*[@itemprop='headline'][not(self::meta)]")
    for one in [*tree.xpath("//article//h1 | //main//h1"), *tree.iter("h1"), *marked]:
        if any(above.tag in _BESIDE for above in one.iterancestors()):
            continue
        if text := line("".join(one.itertext())):
            yield text


def _sites(graph: linked.Linked, metas: dict[str, list[str]], url: str) -> tuple[str, ...]:
    """Return every name that the site or its publisher goes by, its host's among them."""
    names = [*graph.sites, *(text.lstrip("@") for name in _SITE_METAS for text in metas.get(name, ()))]
    try:
        host = (urlsplit(url).hostname or "").lower()
    except ValueError:
        host = ""
    parts = [part for part in host.split(".") if part not in _SUFFIXES]
    names += [".".join(part for part in host.split(".") if part not in {"www", "m", "amp"}), *parts[-1:]]
    return tuple(dict.fromkeys(name for name in names if name and len(name) < 100))


def _tags(graph: linked.Linked, metas: dict[str, list[str]]) -> tuple[str, ...]:
    given = graph.article.get("keywords")
    texts = given if isinstance(given, list) else [given]
    found = [one for one in texts if isinstance(one, str)] + metas.get("article:tag", [])
    found = found or metas.get("news_keywords", []) or metas.get("keywords", [])
    parts = (part for text in found for part in re.split(r"\s*[,;]\s*", text))
    return tuple(dict.fromkeys(tag for part in parts if (tag := titles.bare(part)) and len(tag) < 80))
