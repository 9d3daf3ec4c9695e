"""HTML from anywhere -> SafeHtml, by an explicit list of what may stay.

Nothing else makes a SafeHtml: what is shown has been through here, also what is
read back from disk, since disk is not to be trusted.
"""

import re
from html import escape, unescape
from urllib.parse import urljoin, urlsplit

import nh3

from feeds.ingest.text.clean import carried, clean, composed
from feeds.ingest.text.crowded import MOST_ATTRIBUTES, fewer_attributes
from feeds.ingest.text.depth import depth, depth_written
from feeds.model import SafeHtml

DEEPEST = 256
"""Elements within elements; deeper ones cost nh3 more than they say, so they are cut before."""

_MOST_TIMES = 8
"""How often what is clean is cleaned again, until it stays as it is: a parser that reads it meets
just what stands there, and does not mend it into something else."""

_TAGS = frozenset(
    "a abbr acronym address article aside b bdi big blockquote br caption center cite code col colgroup "
    "dd del details dfn div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li "
    "main map mark nav ol p picture pre q rp rt ruby s samp section small span strike strong sub summary sup "
    "table tbody td tfoot th thead time tr tt u ul var wbr audio video source track".split()
)
_DROPPED_WHOLE = frozenset(
    "script style iframe object embed applet form svg math template noscript noembed frameset "
    "textarea select button title head".split()
)
_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"lang", "dir", "title"},
    "a": {"href", "hreflang"},
    "audio": {"src", "controls", "loop", "muted"},
    "blockquote": {"cite"},
    "col": {"span"},
    "colgroup": {"span"},
    "del": {"cite", "datetime"},
    "img": {"src", "alt", "width", "height"},
    "ins": {"cite", "datetime"},
    "ol": {"start", "reversed", "type"},
    "q": {"cite"},
    "source": {"src", "type"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align", "scope"},
    "time": {"datetime"},
    "track": {"src", "kind", "srclang", "label"},
    "video": {"src", "poster", "controls", "loop", "muted", "width", "height"},
}
_ADDRESSES = frozenset(("href", "src", "cite", "poster"))
_MEDIA = frozenset("img picture audio video source track map".split())
_LINKS = frozenset(("http", "https", "mailto"))
_FILES = frozenset(("http", "https"))
_AS_MOST = re.compile(
    r"(https?)://[A-Za-z0-9.-]+(?:/[^\s<>\"\x00-\x1f\u200b\ufeff?#;]*)?(?:\?[^\s<>\"\x00-\x1f\u200b\ufeff#]+)?"
)
"""A whole address in which there is nothing to be mended: most are, and all are once they were."""
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)(?:\s[^\s=>\"]+(?:=\"[^\"]*\")?)*\s*/?>")
"""A tag as nh3 writes it."""
_VOID = frozenset("br col hr img source track wbr".split())
_DRAWING = re.compile(r"<(svg|math)\b", re.IGNORECASE)


def sanitize(text: str, base: str | None = None, *, media: bool = True, rel: bool = True) -> SafeHtml:
    """Return *text* with only what is listed here, every address absolute.

    base    the address relative ones count from; without it they fall
    media   False: pictures, sound and film fall too, so that showing it asks no other host
    rel     False: links say nothing of how they are followed; for what is kept, not shown
    """
    if len(text) > 2 * MOST_ATTRIBUTES:
        text, _ = fewer_attributes(text)
    if depth(text, DEEPEST) > DEEPEST and depth(text := _without_drawings(text), DEEPEST) > DEEPEST:
        return sanitize(_as_text(clean(text)))

    def absolute(tag: str, name: str, value: str) -> str | None:
        if name not in _ADDRESSES:
            return value
        return address(value, base, _LINKS if tag in {"a", "q", "blockquote", "ins", "del"} else _FILES)

    cleaner = nh3.Cleaner(
        tags=set(_TAGS if media else _TAGS - _MEDIA),
        clean_content_tags=set(_DROPPED_WHOLE),
        attributes=_ATTRIBUTES,
        attribute_filter=absolute,
        url_schemes=set(_LINKS),
        link_rel="noopener noreferrer" if rel else None,
        strip_comments=True,
    )
    cleaned = _rubies(cleaner.clean(carried(text)))
    if "&#" in text:  # What references stood for is there now.
        cleaned = carried(cleaned)
    before, cleaned = text, composed(cleaned).strip()
    for _ in range(_MOST_TIMES):
        before, cleaned = cleaned, cleaner.clean(cleaned).strip()
        if cleaned == before:
            if depth_written(cleaned) > DEEPEST:  # It saw tags where `depth` saw none.
                break
            return SafeHtml(cleaned)
    return sanitize(_as_text(cleaned))


def address(text: str, base: str | None, schemes: frozenset[str] = _FILES) -> str | None:
    """Return *text* as an absolute address with an allowed scheme, or None."""
    if (plain := _AS_MOST.fullmatch(text)) and plain[1] in schemes:
        return text
    stripped = re.sub(r"[\x00-\x1f\u200b\ufeff]", "", text).strip()  # As browsers do, before they look.
    try:
        whole = urljoin(base, stripped) if base else stripped
        parts = urlsplit(whole)
    except ValueError:
        return None
    if parts.scheme.lower() not in schemes or (parts.scheme.lower() in _FILES and not parts.netloc):
        return None
    return re.sub(r"[\s<>\"]", lambda m: f"%{ord(m.group()):02X}" if ord(m.group()) < 128 else "", whole)


def paragraphs_to_html(text: str) -> SafeHtml:
    """Return plain text, paragraphs parted by empty lines, as HTML."""
    blocks = (escape(block, quote=False).replace("\n", "<br>") for block in text.split("\n\n") if block)
    return SafeHtml(composed("\n".join(f"<p>{block}</p>" for block in blocks)))


def _rubies(html: str) -> str:
    """Return clean HTML in which what is read beside a word stands in its `ruby` itself, or as text."""
    if "<rt" not in html and "<rp" not in html:
        return html
    around: list[str] = []

    def kept(tag: re.Match[str]) -> str:
        ends, name = tag[1], tag[2]
        if name in _VOID:
            return tag[0]
        if ends:
            return tag[0] if not around or around.pop() else ""
        stays = name not in {"rt", "rp"} or next((one for one in reversed(around) if one), "") == "ruby"
        around.append(name if stays else "")
        return tag[0] if stays else ""

    return _TAG.sub(kept, html)


def _without_drawings(text: str) -> str:
    """Return *text* without drawings, which fall in any case: their elements close themselves by a `/`."""
    parts: list[str] = []
    at = 0
    while match := _DRAWING.search(text, at):
        end = re.compile(rf"</{match[1]}\s*>", re.IGNORECASE).search(text, match.end())
        if end is None:
            break
        parts.append(text[at : match.start()])
        at = end.end()
    return "".join([*parts, text[at:]])


def _as_text(text: str) -> str:
    """Return what *text* says, as HTML without any tag."""
    return escape(unescape(re.sub(r"<[^<>]*>", " ", text)), quote=False)
