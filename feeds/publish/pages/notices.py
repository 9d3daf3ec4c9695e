"""What cannot be shown -> a page in the site's frame that says so, and a way on. Pure."""

import re
from datetime import datetime
from urllib.parse import unquote

from feeds.publish.pages.frame import render
from feeds.publish.text.wording import full_date
from feeds.settings import Site

_LONGEST = 100
_IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\.\w{2,4}$|\b(?:articles|static|html|index)\b")


def write_unknown(path: str, site: Site) -> bytes:
    """Return the page for an address at which there never was anything."""
    texts = ["There is nothing at this address. It may be mistyped, or have been that of another site."]
    return _notice("Nothing here", texts, site, words=words_of(path))


def write_missing(site: Site) -> bytes:
    """Return the page that a static server gives for what is not there; it cannot tell what is no more."""
    text = "There is nothing at this address: it may be mistyped, or what stood here was taken back."
    return _notice("Nothing here", [text], site)


def write_withdrawn(site: Site, when: datetime | None) -> bytes:
    """Return the page for an article that was taken back."""
    on = f"On {full_date(when)}. " if when else ""
    text = f"{on}Its address stays, so that links to it do not break, and the feeds carry a marker."
    return _notice("This cutting was withdrawn", [text], site)


def write_closed(site: Site) -> bytes:
    """Return the page for a topic that is no more."""
    text = "It is cut no longer, and its feeds are closed. What it published before is still kept."
    return _notice("This topic was closed", [text], site)


def write_broken(site: Site) -> bytes:
    """Return the page for a fault of our own."""
    text = (
        "The fault is ours, and the owner can read about it in the log. Nothing that is kept is lost, and the "
        "feeds stay up. Try again in a moment."
    )
    return _notice("This page could not be made", [text], site)


def write_busy(site: Site) -> bytes:
    """Return the page for when too many questions are being asked at once."""
    text = (
        "Too many are being looked into right now. Try again in a moment; all other pages answer as always."
    )
    return _notice("Too many questions at once", [text], site)


def words_of(path: str) -> str:
    """Return the words of an address, fit to search for: letters and digits in small letters."""
    text = _IDS.sub(" ", unquote(path).lower())
    found = (word for word in re.findall(r"[^\W_]+", text) if word not in {"and", "or", "not"})
    return " ".join(found)[:_LONGEST]


def _notice(heading: str, texts: list[str], site: Site, words: str | None = None) -> bytes:
    return render("notice.html", site, here="notice", heading=heading, texts=texts, words=words)
