"""A fetched page -> the feeds it leads to, the likeliest first. Pure.

What the page declares (`<link rel=alternate>`, the `Link:` header), else anchors
that look like feeds, else the paths that the software behind the page uses.
"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

from lxml import etree, html

from feeds.ingest.discovery.ranking import Choice, choice, ranked
from feeds.ingest.text.clean import line, web_address
from feeds.model import Fetched

MOST = 100
"""Declarations and anchors looked at, of each."""

_KINDS = {
    "application/rss+xml": "RSS",
    "application/atom+xml": "Atom",
    "application/rdf+xml": "RDF",
    "application/feed+json": "JSON Feed",
    "application/x.atom+xml": "Atom",
    "application/x-rss+xml": "RSS",
    "text/rss+xml": "RSS",
    "text/rss": "RSS",
    "application/rss": "RSS",
    "application/atom": "Atom",
}
_MAYBE = {"application/json": "JSON Feed", "application/xml": "RSS", "text/xml": "RSS"}
_FEEDLIKE = re.compile(
    r"(^|[/._-])(feeds?|rss2?|atom|rdf)([/._-]|$)|\.(rss|atom|rdf)$|/(index|news|blog-feed)\.xml$|feedburner\.com/",
    re.IGNORECASE,
)
_FEED_QUERY = re.compile(
    r"(^|&)((format|feed|alt|type|output|mode)=(rss2?|atom|feed)|rss=1)(&|$)", re.IGNORECASE
)
_SERVICES = re.compile(
    r"(^|\.)(feedly|inoreader|netvibes|newsblur|theoldreader|bloglines|newsgator|rojo|wikipedia|whatisrss|"
    r"facebook|twitter|google|yahoo|apple|aol|live|msn|addthis|feedspot|feedreader)\.(com|org)$"
)
_GUESSES = (
    ("wordpress", "/feed/"),
    ("ghost", "/rss/"),
    ("hugo", "/index.xml"),
    ("jekyll", "/feed.xml"),
    ("blogger", "/feeds/posts/default"),
    ("drupal", "/rss.xml"),
    ("joomla", "/?format=feed&type=rss"),
    ("squarespace", "/?format=rss"),
    ("wix", "/blog-feed.xml"),
    ("movable type", "/atom.xml"),
    ("typepad", "/atom.xml"),
    ("hexo", "/atom.xml"),
    ("zola", "/atom.xml"),
    ("pelican", "/feeds/all.atom.xml"),
    ("eleventy", "/feed/feed.xml"),
    ("gatsby", "/rss.xml"),
    ("astro", "/rss.xml"),
    ("nikola", "/rss.xml"),
    ("docusaurus", "/blog/rss.xml"),
    ("discourse", "/latest.rss"),
    ("mediawiki", "/index.php?title=Special:RecentChanges&feed=atom"),
    ("substack", "/feed"),
    ("medium", "/feed"),
)
_LIKELIEST = ("/feed", "/rss.xml", "/atom.xml", "/feed.xml", "/index.xml")


def choices(page: Fetched, link_header: str = "") -> tuple[Choice, ...]:
    """Return the feeds that *page* leads to, best first; none where it names none.

    Anchors count only where nothing but comments is declared: they mostly say
    the same again.
    """
    tree = _tree(page)
    base = _base(tree, page.url)
    declared = [*_of_links(tree, base, page.url), *_of_header(link_header, page.url)]
    found = declared
    if all(one.rank == 2 for one in declared):
        found = [*_of_anchors(tree, base, page.url), *declared]
    return ranked(found, page.url)


def guesses(page: Fetched) -> tuple[str, ...]:
    """Return where a page that names no feed is likeliest to have one, the likeliest first."""
    tree = _tree(page)
    generator = ""
    if tree is not None:
        told = tree.xpath("//meta[translate(@name, 'GENRATO', 'genrato')='generator']/@content")
        generator = " ".join(str(one) for one in told).lower()
    if not generator and b"/wp-content/" in page.body:
        generator = "wordpress"
    paths = [path for name, path in _GUESSES if name in generator]
    return tuple(dict.fromkeys(urljoin(page.url, path) for path in (*paths, *_LIKELIEST)))


def looks_like_page(page: Fetched) -> bool:
    """Say whether the body is a web page and no feed, by its own beginning before its label."""
    head = page.body[:8192].replace(b"\0", b"").lower()  # Also in UTF-16.
    if head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith((b"{", b"%pdf", b"\x89png")):
        return False
    first = re.search(rb"<(rss|feed|rdf:rdf|channel|!doctype\s+html|html|head|body|title|meta)\b", head)
    if first:
        return first[1] not in {b"rss", b"feed", b"rdf:rdf", b"channel"}
    return "html" in page.content_type.lower()


def _tree(page: Fetched) -> Any:
    charset = re.search(r"charset=[\"']?([\w.:-]+)", page.content_type, re.IGNORECASE)
    for encoding in (charset[1] if charset else _plainly(page.body), None):
        try:
            return html.document_fromstring(page.body, parser=html.HTMLParser(encoding=encoding))
        except (LookupError, ValueError, etree.ParserError):
            continue
    return None


def _plainly(body: bytes) -> str | None:
    """Return the encoding of a body that can hardly be in another one."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return None
    return "utf-8"


def _base(tree: Any, url: str) -> str:
    """Return what relative addresses count from: `<base href>`, else where the page was found."""
    hrefs = tree.xpath("//base/@href") if tree is not None else []
    return _joined(url, str(hrefs[0])) or url if hrefs else url


def _joined(base: str, href: str) -> str | None:
    bare = re.sub(r"[\r\n\t]", "", href).strip()
    bare = re.sub(r"^feed:(?=https?:)", "", bare)
    bare = re.sub(r"^feed:(?=//)", "", bare)
    if not bare or bare.startswith("#"):
        return None
    try:
        found = urldefrag(urljoin(base, bare)).url
        host = urlsplit(found).hostname
    except ValueError:
        return None
    return web_address(found.replace(" ", "%20")) if host else None


def _of_links(tree: Any, base: str, page: str) -> Iterator[Choice]:
    if tree is None:
        return
    for element in tree.xpath("//link[@href]")[: MOST * 5]:
        rel = (element.get("rel") or "").lower().split()
        if "stylesheet" in rel or not {"alternate", "feed"} & set(rel):
            continue
        url = _joined(base, element.get("href"))
        kind = _kind(element.get("type"), url)
        if url and kind is None and "feed" in rel:
            kind = ""
        if url and kind is not None:
            yield choice(url, element.get("title"), kind, "link", page)


def _kind(media_type: str | None, url: str | None) -> str | None:
    """Return the kind of feed that a media type names, or None where it names none."""
    bare = (media_type or "").partition(";")[0].strip().lower()
    if bare in _KINDS:
        return _KINDS[bare]
    return _MAYBE[bare] if bare in _MAYBE and url is not None and _feedlike(url) else None


def _feedlike(url: str) -> bool:
    parts = urlsplit(url)
    if "/wp-json/" in parts.path or "oembed" in parts.path:
        return False
    where = f"{parts.hostname}{parts.path}" if "feedburner" in parts.netloc else parts.path
    return bool(_FEEDLIKE.search(where.rstrip("/")) or _FEED_QUERY.search(parts.query))


def _of_header(text: str, page: str) -> Iterator[Choice]:
    """Yield what a `Link:` header declares (RFC 8288, section 3)."""
    for match in re.finditer(r"<([^>]*)>((?:\s*;\s*[\w*-]+\s*(?:=\s*(?:\"[^\"]*\"|[^\s,;\"]+))?)*)", text):
        pairs = re.findall(r";\s*([\w*-]+)\s*=\s*(?:\"([^\"]*)\"|([^\s,;\"]+))", match[2])
        said = {name.lower(): quoted or bare for name, quoted, bare in reversed(pairs)}
        url = _joined(page, match[1])
        kind = _kind(said.get("type"), url)
        if url and kind is not None and "alternate" in said.get("rel", "").lower().split():
            yield choice(url, said.get("title"), kind, "header", page)


def _of_anchors(tree: Any, base: str, page: str) -> Iterator[Choice]:
    if tree is None:
        return
    count = 0
    for element in tree.iter("a"):
        url = _joined(base, element.get("href") or "")
        if url is None or url == page or count >= MOST:
            continue
        texts = ("".join(element.itertext()), element.get("title"), *element.xpath(".//img/@alt"))
        text = next((found for one in texts if one and (found := line(str(one)))), "")
        named = len(text) <= 40 and re.search(r"\b(rss|atom)\b", text, re.IGNORECASE)
        host = urlsplit(url).hostname or ""
        if (named or _feedlike(url)) and not _SERVICES.search(host):
            count += 1
            yield choice(url, text[:100] or None, "", "anchor", page)
