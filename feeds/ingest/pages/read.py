"""A page's bytes -> Page: what it states and what it says. Pure."""

from datetime import datetime
from typing import Any

from archive import Author
from feeds.errors import FetchError
from feeds.ingest.clean import line, web_address
from feeds.ingest.dates import read_date
from feeds.ingest.encodings import escaped
from feeds.ingest.pages import body, stated
from feeds.model import Fetched, Page


def read_page(fetched: Fetched) -> Page:
    """Return what the page holds. Raises FetchError where no article can be found in it.

    Of bytes and options alone: nothing is fetched, no clock is read.
    """
    import trafilatura  # noqa: PLC0415 - half a second to import, and most commands need no page

    japanese = escaped(fetched.body)
    tree = trafilatura.load_html(fetched.body if japanese is None else japanese)
    if tree is None:
        raise FetchError("is no page that can be read")
    said = stated.read(tree, fetched.url)
    published, raw, source = _published(tree, fetched.url, said)
    html = body.extract(tree, fetched.url, said)
    if html is None:
        raise FetchError("holds no article that could be told from the page round it")
    return Page(
        url=fetched.url,
        title=said.title,
        html=html,
        summary=line(said.summary),
        published=published,
        published_raw=line(raw),
        date_source=source,
        authors=tuple(Author(name=name) for name in said.authors),
        tags=said.tags,
        language=line(said.language),
        image=web_address(said.image),
        canonical_url=said.canonical,
    )


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
