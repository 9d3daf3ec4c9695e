"""What language a text is in, and who says so. A detector is asked last, if it is there."""

import re
import threading
from dataclasses import dataclass

from feeds.model import Channel, Entry, Page

_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_DETECT_WORDS = 20
_one_at_a_time = threading.Lock()
"""The first loads the model, in 0.6 s of a core; eight threads at once would load it eight times."""
UNKNOWN = "und"
"""What an entry says that takes back its feed's language and names no other (BCP 47)."""


@dataclass(frozen=True, slots=True)
class Tongue:
    """A language (BCP 47) and who names it: feed, html, detector or none."""

    tag: str | None
    source: str


def of(entry: Entry, page: Page | None, channel: Channel, text: str) -> Tongue:
    """Return the language: the entry's or feed's word, else the page's, else a detector's."""
    own, feeds = entry.language, channel.language
    if own == UNKNOWN:
        own = feeds = None
    for tag, source in (
        (own, "feed"),
        (feeds, "feed"),
        (page.language if page else None, "html"),
    ):
        if tag and _TAG.fullmatch(tag.strip()):
            return Tongue(tag.strip().replace("_", "-"), source)
    found = _detected(text)
    return Tongue(found, "detector") if found else Tongue(None, "none")


def _detected(text: str) -> str | None:
    """Return what py3langid makes of *text*, if it is installed (extra `language`) and the text long enough."""
    if len(text.split()) < _DETECT_WORDS:
        return None
    try:
        import py3langid  # noqa: PLC0415 - an extra, and slow to import
    except ImportError:
        return None
    with _one_at_a_time:
        return str(py3langid.classify(text[:2000])[0])
