"""HTML -> plain text: what grep, the index, queries and digests read."""

import re

import lxml.html
from lxml import etree

from feeds.ingest.text.clean import clean, line
from feeds.ingest.text.sanitize import sanitize
from feeds.model import SafeHtml

_BLOCKS = frozenset(
    "address article aside blockquote caption center dd details div dl dt figcaption figure footer h1 h2 h3 h4 "
    "h5 h6 header hr main nav ol p pre section summary table ul".split()
)
_ROWS = frozenset(("br", "li", "tr"))
_SILENT = frozenset(("audio", "video", "track", "source", "rp"))


def to_text(html: SafeHtml) -> str:
    """Return the text of *html*: NFC, paragraphs parted by one empty line.

    A list item or table row is a line of its own; cells are parted by a tab's
    width of one space; pictures, sound and film say nothing.
    """
    if "<" not in html and "&" not in html:
        return _tidy(clean(html))
    try:
        # Without huge_tree lxml leaves out, silently, what stands deeper than 255 elements and all behind it.
        parser = lxml.html.HTMLParser(huge_tree=True)
        root = lxml.html.fragment_fromstring(f"<div>{html}</div>", parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return ""
    parts: list[str] = []
    _walk(root, parts)
    return _tidy(clean("".join(parts)))


def plain_title(text: str | None, *, markup: bool) -> str | None:
    """Return a title as plain text on one line, or None where nothing is left.

    markup   it was declared or looks to be HTML: what does not show falls,
             references are resolved
    """
    if text is not None and markup and ("<" in text or "&" in text):
        return line(to_text(sanitize(text)))
    return line(text)


def _walk(root: etree._Element, parts: list[str]) -> None:
    """Gather the text in document order without recursing: depth is the source's choice."""
    for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        if event in {"comment", "pi"}:
            parts.append(element.tail or "")
            continue
        tag = element.tag
        if event == "start":
            if tag in _SILENT:
                continue
            parts.append(_before(tag))
            text = element.text or ""
            parts.append(text if _preformatted(element) else re.sub(r"\s+", " ", text))
        else:
            if tag in _BLOCKS:
                parts.append("\n\n")
            elif tag in {"td", "th"}:
                parts.append(" ")
            if element is not root:
                tail = element.tail or ""
                parts.append(tail if _preformatted(element.getparent()) else re.sub(r"\s+", " ", tail))


def _before(tag: object) -> str:
    if tag in _BLOCKS:
        return "\n\n"
    return "\n" if tag in _ROWS else ""


def _preformatted(element: etree._Element | None) -> bool:
    return element is not None and (
        element.tag == "pre" or next(element.iterancestors("pre"), None) is not None
    )


def _tidy(text: str) -> str:
    text = re.sub(r"[ \t\u00a0]+", " ", text)
    text = re.sub(r" ?\n ?", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()
