"""A page's tree and address -> the address of the page on which its article goes on. Pure.

`rel=next` alone is not believed: sites write it on the article that came out after this one.
The address must be the same but for a page's number, and that number the following one.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import lxml.html

from feeds.ingest.pages import titles
from feeds.ingest.text.clean import web_address
from feeds.model import Page

MOST = 10
"""Pages of one article that are joined."""
_MOST_LINKS = 3000
_NUMBERED = re.compile(
    r"\W*\b(?:page|seite|pagina|part|teil|strana)?\W*[0-9]{1,2}(?:\s*(?:/|of|von|de)\s*[0-9]{1,2})?\W*\Z",
    re.IGNORECASE,
)
_KEYS = frozenset("page p pg seite pagina pag paged pageno pagenum pagenumber page_number strana".split())
_TAIL = re.compile(
    r"\A(?P<stem>.*?)(?:(?:/|[-_,])(?:(?:page|seite|pagina|strana|p|s)[-_/]?)?(?P<number>[1-9][0-9]?))?"
    r"(?P<end>\.(?:s?html?|php|aspx?))?/?\Z",
    re.IGNORECASE,
)


def following(tree: Any, url: str, canonical: str | None = None) -> str | None:
    """Return where the article at *url* goes on, or None."""
    here = [place for one in (url, canonical) if one and (place := _place(one))]
    for href in _hrefs(tree):
        try:
            there = web_address(urljoin(url, href.strip()))
        except ValueError:
            continue
        place = _place(there) if there else None
        if place and any(_follows(one, place) for one in here):
            return there
    return None


def goes_on(first: Page, page: Page) -> bool:
    """Say whether a page is of the same article: parts of a series have numbers too, but titles of their own."""
    if page.walled or not page.html:
        return False
    one, other = (_NUMBERED.sub("", found.title or "") for found in (first, page))
    return not other or titles.same(one, other) or page.canonical_url == first.canonical_url is not None


def joined(pages: Sequence[Page]) -> Page:
    """Return the first page with the texts of all, no block of them twice: headers and boxes come again."""
    seen: set[str] = set()
    parts: list[str] = []
    for page in pages:
        root = lxml.html.fragment_fromstring(page.html or "", create_parent="div")
        for block in list(root):
            text = " ".join("".join(block.itertext()).split())
            if text and text in seen:
                root.remove(block)
            seen.add(text)
        parts += [lxml.html.tostring(block, encoding="unicode") for block in root]
    return replace(pages[0], html="\n".join(parts), walled=any(page.walled for page in pages), following=None)


def _hrefs(tree: Any) -> Iterator[str]:
    """Yield what is marked as next, then every link with a number or a word for next as its text."""
    yield from (str(one) for one in tree.xpath("//link[@rel='next']/@href | //a[@rel='next']/@href"))
    for one in tree.xpath(f"(//a[@href])[position() <= {_MOST_LINKS}]"):
        text = "".join(one.itertext()).strip()
        if re.fullmatch(r"[2-9]|10|\W*(?:next(?: page)?|weiter|n\u00e4chste(?: seite)?|suivante?|siguiente|seguinte|pr\u00f3xima|"
                        r"avanti|volgende|neste|n\u00e4sta|\u0434\u0430\u043b\u0435\u0435|nast\u0119pna|\u6b21\u3078|\u4e0b\u4e00\u9875)\W*", text, re.IGNORECASE):  # fmt: skip
            yield str(one.get("href"))


def _place(url: str) -> tuple[str, str, str, frozenset[tuple[str, str]], int] | None:
    """Return host, path without number, path whole, query without number, and the page's number."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return None
    query = parse_qsl(parts.query, keep_blank_values=True)
    numbers = [
        int(value) for name, value in query if name.lower() in _KEYS and re.fullmatch(r"[0-9]{1,2}", value)
    ]
    rest = frozenset((name, value) for name, value in query if name.lower() not in _KEYS)
    match = _TAIL.match(parts.path)
    path = parts.path.rstrip("/")
    if numbers:
        return host, path, path, rest, numbers[0]
    if match is None or not match["number"]:
        return host, re.sub(r"\.(?:s?html?|php|aspx?)\Z", "", path), path, rest, 1
    return host, match["stem"].rstrip("/"), path, rest, int(match["number"])


def _follows(
    one: tuple[str, str, str, frozenset[tuple[str, str]], int],
    other: tuple[str, str, str, frozenset[tuple[str, str]], int],
) -> bool:
    """Say whether a place is that of the page behind another one."""
    if one[0] != other[0] or one[3] != other[3] or other[4] < 2:
        return False
    first = one[2] == other[2] or re.sub(r"\.(?:s?html?|php|aspx?)\Z", "", one[2]) == other[1]
    if first and other[4] == 2 and one[1:3] != other[1:3]:
        return True  # A first page without a number; its own may end in one.
    return one[1] == other[1] and other[4] == one[4] + 1
