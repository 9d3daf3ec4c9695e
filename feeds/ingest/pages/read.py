"""A page's bytes -> Page: what it states and what it says. Pure."""

import re
from datetime import datetime
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

import lxml.html

from archive import Author
from feeds.errors import FetchError
from feeds.ingest.pages import barriers, body, chain, names, selectors, stated
from feeds.ingest.text.clean import few_marks, line, web_address
from feeds.ingest.text.crowded import fewer_attributes
from feeds.ingest.text.dates import read_date
from feeds.ingest.text.encodings import decode
from feeds.model import Fetched, Page
from feeds.settings import Selectors

_NONE = Selectors()
MOST_BLOCKS = 20_000
"""Paragraphs, headings and the like; articles have a hundredth of them."""
_BLOCK = re.compile(
    r"<(?:p|h[1-6]|div|section|li|dt|dd|blockquote|pre|table|tr|td|th|br|hr|figure)\b", re.IGNORECASE
)
_MOST_SHOWN = 200_000
_EDITION = re.compile(
    r"/amp[./]|[./]amp(?:\.html?)?/|/print(?:version|ansicht|able)?[./]|/imprimer/|/druck(?:version)?[./]|-print\.|"
    r"&(?:amp|print|printable|printer|output_?type|outputType)(?:=(?:1|true|amp|yes|print))?&",
    re.IGNORECASE,
)


def read_page(fetched: Fetched, select: Selectors = _NONE) -> Page:
    """Return what the page holds. Raises FetchError where no article can be found in it.

    Of bytes and options alone: nothing is fetched, no clock is read.

    select   where things stand, as its owner knows; what is not there is looked for as ever
    """
    import trafilatura  # noqa: PLC0415 - half a second to import, and most commands need no page

    tree = trafilatura.load_html(
        _bounded(decode(fetched.body, fetched.content_type, told=fetched.encoding, page=True).text)
    )
    if tree is None:
        raise FetchError("is no page that can be read")
    selectors.remove(tree, select)
    said = stated.read(tree, fetched.url)
    published, raw, source = _published(tree, fetched.url, said)
    dates = [one for one in selectors.texts(tree, select.date) if read_date(one) is not None]
    if dates:
        published, raw, source = read_date(dates[0]), dates[0], "html"
    title = next(iter(selectors.texts(tree, select.title)), said.title)
    named = names.once(one for text in selectors.texts(tree, select.author) for one in names.names_in(text))
    shown = " ".join(tree.xpath("//body//text()[not(parent::script or parent::style)]"))[:_MOST_SHOWN]
    following = chain.following(tree, fetched.url, said.canonical)
    html = selectors.body(tree, select.body) or body.extract(tree, fetched.url, said)
    text = " ".join(lxml.html.fromstring(html).itertext()) if html else ""
    if (instead := barriers.instead((*said.titles, *said.headings), text or shown)) is not None:
        raise FetchError(f"is {instead}, not the article")
    if html is None:
        raise FetchError("holds no article that could be told from the page round it")
    return Page(
        url=fetched.url,
        title=title,
        html=html,
        summary=line(said.summary),
        published=published,
        published_raw=line(raw),
        date_source=source,
        authors=tuple(Author(name=name) for name in named or said.authors),
        tags=said.tags,
        language=line(said.language),
        image=web_address(said.image),
        canonical_url=said.canonical,
        walled=barriers.is_walled(said.article, text, shown),
        following=following,
        twin_of=_twin_of(said, fetched.url),
    )


def _bounded(text: str) -> str:
    """Return a page with no more than is read of one: of blocks each is compared with those before it."""
    behind = next(islice(_BLOCK.finditer(text), MOST_BLOCKS, None), None)
    return few_marks(fewer_attributes(text if behind is None else text[: behind.start()])[0])


def _twin_of(said: stated.Stated, url: str) -> str | None:
    """Return the address of the article whose AMP or print edition this is, or None.

    A canonical address alone is not believed: there are sites whose every page names the front page.
    """
    if said.canonical is None or said.canonical == url:
        return None
    marked = said.amp or any(_EDITION.search(part) for part in _parts(url))
    plain = not any(_EDITION.search(part) for part in _parts(said.canonical))
    return said.canonical if marked and plain and urlsplit(said.canonical).path.strip("/") else None


def _parts(url: str) -> tuple[str, str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", "", ""
    return f"/{parts.hostname}.", f"{parts.path}/", f"&{parts.query}&"


def _published(tree: Any, url: str, said: stated.Stated) -> tuple[datetime | None, str | None, str]:
    """Return when the page came out, as written, and who says so.

    htmldate takes 03/04/2019 for the third of April or the fourth of March, a comment's day
    for the article's: it is believed where the page says the same with one reading.
    """
    if said.published:
        return read_date(said.published), said.published, said.date_source
    from htmldate import find_date  # noqa: PLC0415 - slow to import

    found = find_date(tree, url=url or None, extensive_search=False, original_date=True)
    if found in said.days:
        return read_date(found), found, "htmldate"
    if found is None and len(said.days) == 1:
        (only,) = said.days
        return read_date(only), only, "html"
    return None, None, "none"
