"""SafeHtml -> the same without pictures that are there to count readers, not to be seen."""

import re
from typing import Final

from feeds.model import SafeHtml

PICTURE = re.compile(r"<img((?:\s+[\w-]+(?:=\"[^\"]*\")?)*)\s*/?>")
"""A picture as `sanitize` writes it; its attributes are the first group."""
_ATTRIBUTE = re.compile(r"([\w-]+)=\"([^\"]*)\"")
_DOT: Final = 3
"""A picture narrower or lower than this is not there to be seen."""
_COUNTERS = re.compile(
    r"https?://(?:"
    r"(?:pixel|stats)\.(?:wp|wordpress)\.com/|feeds\.wordpress\.com/1\.0/|"
    r"(?:feeds\.|feedproxy\.)?(?:feedburner|google)\.com/~r/|feeds\.feedburner\.com/~|[\w.-]+\.feedsportal\.com/|"
    r"[\w.-]+\.pheedo\.com/|[\w.-]+\.(?:quantserve|scorecardresearch|doubleclick|google-analytics|imrworldwide|chartbeat)"
    r"\.(?:com|net)/|(?:www\.)?facebook\.com/tr\b|blogger\.googleusercontent\.com/tracker/|medium\.com/_/stat|"
    r"[\w.-]+\.vgwort\.de/|[\w.-]+\.ivwbox\.de/|api\.follow\.it/track|[\w.-]+/(?:[\w/.-]+/)?(?:pixel|tracker|beacon)\.(?:gif|png)\b"
    r")",
    re.IGNORECASE,
)


def without_counters(html: SafeHtml) -> SafeHtml:
    """Return *html*, as `sanitize` writes it, without such pictures."""
    return SafeHtml(PICTURE.sub(_kept, html)) if "<img" in html else html


def _kept(match: re.Match[str]) -> str:
    return "" if is_counter(attributes_of(match)) else match[0]


def attributes_of(picture: re.Match[str]) -> dict[str, str]:
    """Return the attributes of a picture, by name, as they are written."""
    return dict(_ATTRIBUTE.findall(picture[1]))


def is_counter(facts: dict[str, str]) -> bool:
    """Say whether a picture of these attributes is none to look at: a dot, a known counter, or none at all."""
    sizes = (facts.get(name, "").removesuffix("px") for name in ("width", "height"))
    if "src" not in facts or any(size.isdigit() and int(size) < _DOT for size in sizes):
        return True
    return _COUNTERS.match(facts["src"]) is not None
