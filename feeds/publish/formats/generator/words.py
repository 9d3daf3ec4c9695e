"""Plain text -> an element that no reader takes for markup.

RSS has no word for plain text: what looks like a tag or a reference in a title is one
to many readers. There `&` and `<` leave as character references of their own
(`&#x26;`), as the RSS Profile asks; a title in which nothing looks so needs none.
"""

import re
from html.entities import html5
from typing import Any, Final

from lxml import etree

_MARKED = re.compile("[&<]")
_OPENED = re.compile("<[/A-Za-z!?]")
_REFERENCE = re.compile(r"&(#?\w+)")
_REFERENCES: Final = {"&": "#x26", "<": "#x3C"}
_PAIRED = re.compile(
    r"</(?:a|abbr|acronym|address|applet|area|article|aside|audio|b|base|bdi|bdo|big|blockquote|body|br|button|canvas|"
    r"caption|center|cite|code|col|colgroup|command|comment|data|datagrid|datalist|dd|del|details|dfn|dialog|dir|div|"
    r"dl|dt|em|embed|eventsource|fieldset|figcaption|figure|font|footer|form|frame|frameset|h[1-6]|head|header|hgroup|"
    r"hr|html|i|iframe|img|input|ins|isindex|kbd|label|legend|li|link|listing|m|main|map|mark|menu|meta|meter|nav|"
    r"noframes|noscript|object|ol|optgroup|option|output|p|param|picture|plaintext|pre|progress|q|rp|rt|ruby|s|samp|"
    r"script|section|select|slot|small|source|span|strike|strong|style|sub|summary|sup|svg|table|tbody|td|template|"
    r"textarea|tfoot|th|thead|time|title|tr|track|tt|u|ul|var|video|wbr|xmp)>",
    re.IGNORECASE,
)
_TAG = re.compile(r"<(/?[A-Za-z!?][^<>]*)>")


def is_like_html(text: str) -> bool:
    """Say whether a plain text would be read as HTML: an element of it ends there."""
    return "</" in text and _PAIRED.search(text) is not None


def unlike_html(text: str) -> str:
    """Return a plain text with other brackets about what looks like HTML's tags, where one is closed."""
    return _TAG.sub("\u2039\\1\u203a", text) if is_like_html(text) else text


def is_marked(text: str) -> bool:
    """Say whether anything in a plain text could be read as a tag or a reference of HTML."""
    if "<" in text and _OPENED.search(text):
        return True
    return "&" in text and any(
        not one.isalpha() or one in html5 or f"{one};" in html5 for one in _REFERENCE.findall(text)
    )


def put_plain(element: Any, text: str) -> None:
    """Set an element's text; where it could be read as HTML, its `&` and `<` as character references."""
    if "&" not in text and "<" not in text:  # As most are.
        element.text = text
        return
    text = unlike_html(text)
    if not is_marked(text):
        element.text = text
        return
    at, last = 0, None
    for match in _MARKED.finditer(text):
        before = text[at : match.start()] or None
        if last is None:
            element.text = before
        else:
            last.tail = before
        last = etree.Entity(_REFERENCES[match[0]])
        element.append(last)
        at = match.end()
    if last is not None:
        last.tail = text[at:] or None


def add_plain(parent: Any, name: str, text: str, **attributes: str) -> None:
    """Add an element of plain text."""
    put_plain(etree.SubElement(parent, name, attributes), text)


def put_text(element: Any, text: str) -> None:
    """Set the text of one of Atom's text constructs, which say whether they are HTML (RFC 4287, section 3.1)."""
    if "</" in text and is_like_html(text):
        element.set("type", "html")
        element.text = text.replace("&", "&amp;").replace("<", "&lt;")
    else:
        put_plain(element, text)


def add_text(parent: Any, name: str, text: str) -> None:
    """Add one of Atom's text constructs."""
    put_text(etree.SubElement(parent, name), text)
