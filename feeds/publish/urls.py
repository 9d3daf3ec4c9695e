"""Names -> addresses below the site's base_url, and addresses every output can carry."""

import re
from dataclasses import dataclass
from urllib.parse import quote

_ALLOWED = "!#$%&'()*+,/:;=?@[]~"


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
    """Return an http(s) address as a URI (RFC 3986): what is not ASCII is escaped. None for others."""
    if address is None or not re.match(r"https?://[^/?#]", address, re.IGNORECASE):
        return None
    scheme, _, rest = address.partition("://")
    host = re.split("[/?#]", rest, maxsplit=1)[0]  # The path may be empty (RFC 3986, section 3.3).
    tail = quote(rest[len(host) :], safe=_ALLOWED)
    try:
        host = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        host = quote(host, safe=":@[]")
    return f"{scheme}://{quote(host, safe=':@[]%')}" + re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", tail)
