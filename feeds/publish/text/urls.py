"""Names -> addresses below the site's base_url, and addresses every output can carry."""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

_ALLOWED = "!#$%&'()*+,/:;=?@~"
_AS_MOST = re.compile(
    r"https?://[A-Za-z0-9.-]+(?::[0-9]+)?"
    r"(?:[/?][A-Za-z0-9._~!$&'()*+,;=:@/?-]*(?:%[0-9A-Fa-f]{2}[A-Za-z0-9._~!$&'()*+,;=:@/?-]*)*)?"
)
"""A URI in which there is nothing to be mended: most are."""
_LONG = 500


@dataclass(frozen=True, slots=True)
class Urls:
    """Where everything published lies.

    base   the site's address, ending with a slash
    """

    base: str

    def topic(self, slug: str) -> str:
        """Return the address of a topic's page."""
        return f"{self.base}{slug}/"

    def feed(self, slug: str, name: str, number: int | None = None) -> str:
        """Return the address of one of a topic's feeds: rss.xml, atom.xml, feed.json; or of its archived document."""
        return f"{self.base}{feed_path(slug, name, number)}"

    def article(self, article: str) -> str:
        """Return the address of a published article's page."""
        return f"{self.base}articles/{bare(article)}/"

    def record(self, article: str) -> str:
        """Return the address of a published article's record."""
        return f"{self.base}articles/{bare(article)}.json"

    def at(self, path: str) -> str:
        """Return the address of any other file."""
        return f"{self.base}{path}"


def feed_path(slug: str, name: str, number: int | None = None) -> str:
    """Return where a topic's feed lies, or with a *number* one of its archived documents: `archive/3.rss.xml`."""
    return f"{slug}/{name}" if number is None else f"{slug}/archive/{number}.{name.removeprefix('feed.')}"


def bare(article: str) -> str:
    """Return the UUID of an article's id."""
    return article.removeprefix("urn:uuid:")


def as_uri(address: str | None) -> str | None:
    """Return an http(s) address as a URI (RFC 3986): what may not stand in one is escaped. None for others.

    User and password fall: whoever wrote them down did not mean them for every reader.
    """
    if address is None:
        return None
    return _lately_mended(address) if len(address) <= _LONG else _mended(address)


def _mended(address: str) -> str | None:
    if _AS_MOST.fullmatch(address):
        return address
    if not re.match(r"https?://[^/?#]", address, re.IGNORECASE):
        return None
    scheme, _, rest = address.partition("://")
    place = re.split("[/?#]", rest, maxsplit=1)[0]  # The path may be empty (RFC 3986, section 3.3).
    path, mark, fragment = rest[len(place) :].partition("#")
    tail = _quoted(path) + mark + _quoted(fragment).replace("#", "%23")
    host, colon, port = place.rpartition("@")[2].partition(":")
    try:
        host = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        pass
    # Bare IPv6 is of somebody's own network, and no feed's rules know it.
    if not host or "[" in host or not re.fullmatch(r"[0-9]{0,5}", port):
        return None
    host = _whole(quote(host, safe="%", errors="replace"))
    return f"{scheme}://{host}{colon if port else ''}{port}{_whole(tail)}"


_lately_mended = lru_cache(2000)(_mended)
"""Addresses are asked for in each format, and those of sources with each article."""


def _quoted(text: str) -> str:
    return quote(text, safe=_ALLOWED, errors="replace")


def _whole(text: str) -> str:
    """Return *text* with each `%` that escapes nothing escaped itself."""
    return re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", text)
